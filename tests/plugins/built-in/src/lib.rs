//! The built-in stages and the `jsonl` export as a plugin.
//!
//! Whatever a pipeline does with a built-in stage it must do with the same stage from here, to the byte; and what that costs can
//! be measured side by side.

use warraq_plugin::{FormatDef, Registry};

fn jsonl() -> FormatDef {
    let mut registry = Registry::new();
    warraq_formats::register(&mut registry).expect("the formats fit together");
    registry.format("jsonl").cloned().expect("there is a format `jsonl`")
}

warraq_plugin::export_plugin! {
    stages: [
        warraq_stages::clean::arabic::definition,
        warraq_stages::clean::replace::definition,
        warraq_stages::clean::unicode::definition,
        warraq_stages::clean::whitespace::definition,
        warraq_stages::tokenize::bpe::definition,
        warraq_stages::tokenize::characters::definition,
        warraq_stages::tokenize::ngrams::definition,
        warraq_stages::tokenize::segment_ar::definition,
        warraq_stages::tokenize::sentences::definition,
        warraq_stages::tokenize::words::definition,
        warraq_stages::tag::dates::definition,
        warraq_stages::tag::entities::definition,
        warraq_stages::tag::gazetteer::definition,
        warraq_stages::tag::keywords::definition,
        warraq_stages::tag::language::definition,
        warraq_stages::tag::lemma_lookup::definition,
        warraq_stages::tag::numbers::definition,
        warraq_stages::tag::pos::definition,
        warraq_stages::tag::regex::definition,
        warraq_stages::tag::stats::definition,
        warraq_stages::tag::stopwords::definition,
        warraq_stages::filter::length::definition,
    ],
    exports: [jsonl],
}
