//! Everything hostile there is in one test: pipeline files, inputs, documents and plugins that are broken in every way that
//! has been thought of. Whatever it is, nothing panics, and no document is lost.
//!
//! The inputs are in `tests/hostile/*.cases`, the pipeline files also in `diagnostics/`, the plugins in
//! `tests/fixtures/broken-plugin.c` and `tests/plugins/misbehaving`. What each of them is answered with is the business of other tests.

mod documents;
mod formats;
mod here;
mod pipelines;
mod plugins;
mod streams;

use std::path::Path;
use std::time::Instant;
use warraq_core::testing::{Case, cases};

/// So many are promised.
const LEAST: usize = 400;

/// The cases of a file in `tests/hostile`.
fn read(name: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/hostile").join(name);
    cases(&std::fs::read_to_string(path).unwrap())
}

#[test]
fn nothing_panics_and_no_document_is_lost() {
    let timed = |what: &str, run: fn() -> usize| {
        let start = Instant::now();
        let count = run();
        println!("hostile: {what}: {count} in {:.1} s", start.elapsed().as_secs_f64());
        count
    };
    let pipelines = timed("pipelines", pipelines::all);
    let formats = timed("formats", formats::all) + timed("compressed formats", streams::all);
    let documents = timed("documents", documents::all);
    let plugins = timed("plugins", plugins::all);
    let all = pipelines + formats + documents + plugins;
    println!(
        "hostile: {all} cases (pipelines {pipelines}, formats {formats}, documents {documents}, plugins {plugins})"
    );
    assert!(all >= LEAST);
}

#[test]
#[ignore = "takes minutes in a debug build: cargo test --release --workspace --test it hostile -- --ignored"]
fn whole_documents_take_no_stage_down() {
    assert!(documents::whole() > 90);
}
