//! The built-in stages, one file each: manual, options, examples, code and tests together.
//!
//! To add a stage, write its file, add a `mod` line in its family's `mod.rs` and a line to [`ALL`]. The manual `docs/stages.md`
//! and the JSON Schema are then made anew with `WARRAQ_UPDATE=1 cargo test -p warraq --test it generated`.

pub mod clean;
pub mod dedup;
pub mod filter;
pub mod tag;
#[doc(hidden)]
pub mod testing;
pub mod tokenize;
pub mod train;

mod arabic;
mod fold;
mod model;
mod options;
mod patience;
mod patterns;
mod segment;
mod sequence;
mod stops;
mod tables;

use warraq_core::{Registry, RegistryError, StageDef};

/// Every built-in stage, a line each.
#[rustfmt::skip]
pub static ALL: &[fn() -> StageDef] = &[
    clean::arabic::definition,
    clean::html::definition,
    clean::markup::definition,
    clean::mojibake::definition,
    clean::pii::definition,
    clean::lines::definition,
    clean::news::definition,
    clean::repeated_lines::definition,
    clean::replace::definition,
    clean::unicode::definition,
    clean::whitespace::definition,
    tokenize::bpe::definition,
    tokenize::characters::definition,
    tokenize::ngrams::definition,
    tokenize::regex::definition,
    tokenize::segment_ar::definition,
    tokenize::sentences::definition,
    tokenize::words::definition,
    tag::dates::definition,
    tag::entities::definition,
    tag::gazetteer::definition,
    tag::keywords::definition,
    tag::language::definition,
    tag::lemma_lookup::definition,
    tag::numbers::definition,
    tag::pos::definition,
    tag::regex::definition,
    tag::stats::definition,
    tag::stopwords::definition,
    filter::blocklist::definition,
    filter::c4::definition,
    filter::fineweb::definition,
    filter::gopher_quality::definition,
    filter::gopher_repetition::definition,
    filter::language::definition,
    filter::length::definition,
    filter::sample::definition,
    filter::score::definition,
    filter::urls::definition,
    dedup::exact::definition,
    dedup::minhash::definition,
];

/// Adds every built-in stage to a registry.
///
/// # Errors
/// If the registry has a stage of the same name.
pub fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    ALL.iter().try_for_each(|definition| registry.add_stage(definition()))
}
