//! Pipeline files: text to tree to spec, with every problem of a file reported at once.
//!
//! [`load`] is the door. It reads the TOML into a tree that keeps order and places ([`node`], [`read`]), lays the `--set`
//! arguments over it ([`set`]) and turns it into a typed [`PipelineSpec`]. Options of stages and formats stay
//! nodes: their owners' schemas are only known to the plan, which checks them with [`schema`].

mod build;
mod condition;
mod fields;
pub mod node;
mod plugins;
pub mod read;
pub mod schema;
pub mod set;
pub mod spec;
pub mod suggest;
#[cfg(test)]
mod tests;
pub mod units;

pub use build::{EXPORT_KEYS, GRAMMAR, SOURCE_KEYS, STAGE_KEYS};
pub use node::{Key, Kind, Node, Table, locate, to_json};
pub use spec::{
    Budget, Condition, DEFAULT_RECORD_LIMIT, ExportSpec, Isolation, MAX_THREADS, OnError, PipelineSpec, PluginPlace,
    PluginSpec, RejectsSpec, RunSpec, Scalar, ScoreRange, SourceSpec, Spanned, StageSpec,
};

use crate::diagnostic::{Diagnostic, Diagnostics, Files, INCOMPLETE, MISSING_KEY, NO_SUCH_STAGE, SYNTAX};

/// Reads a pipeline file with its `--set` arguments.
///
/// `path_name` is the name under which the text is added to `files` and shown in errors. The spec is there even when
/// there are errors, as far as it can be, so that the plan can go on and report what it finds in the options; only a
/// result without [errors](Diagnostics::has_errors) may be run.
pub fn load(files: &mut Files, path_name: &str, text: &str, sets: &[String]) -> (Option<PipelineSpec>, Diagnostics) {
    let file = files.add(path_name, text);
    let mut diagnostics = Diagnostics::new();
    let mut root = read::read(files, file, &mut diagnostics);
    set::apply(&mut root, files, sets, &mut diagnostics);
    let mut found = Diagnostics::new();
    let default_name = std::path::Path::new(path_name).file_stem();
    let default_name = default_name.map_or("pipeline".into(), |stem| stem.to_string_lossy());
    let spec = build::build(&root, file, &default_name, &mut found);
    follow_up(&mut found, &diagnostics, files);
    diagnostics.append(found);
    (spec, diagnostics)
}

/// Drops what is only the consequence of text that could not be read: things missing, and errors on the same line.
fn follow_up(found: &mut Diagnostics, read: &Diagnostics, files: &Files) {
    let line = |d: &Diagnostic| {
        let (span, _) = d.primary.as_ref()?;
        Some((span.file, files.line_col(span.file, span.start).0))
    };
    let broken = read.iter().filter(|d| d.code == SYNTAX);
    let broken: Vec<_> = broken.filter_map(line).collect();
    if !broken.is_empty() {
        found.retain(|d| {
            ![MISSING_KEY, INCOMPLETE, NO_SUCH_STAGE].contains(&d.code)
                && line(d).is_none_or(|place| !broken.contains(&place))
        });
    }
}
