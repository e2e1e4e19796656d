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
    all: [warraq_stages::testing::exported],
    exports: [jsonl],
}
