//! Pipeline files: text to tree to spec, with every problem of a file reported at once.
//!
//! [`load`] is the door. It reads the TOML into a tree that keeps order and places ([`node`], [`read`]), lays it over the
//! files that it includes, lays the chosen profile and the `--set` arguments ([`set`]) over that, fills in the variables
//! and turns the whole into a typed [`PipelineSpec`]. Options of stages and formats stay nodes: their owners' schemas are
//! only known to the plan, which checks them with [`schema`].

mod build;
mod condition;
mod expect;
mod fields;
mod include;
mod limits;
pub mod node;
mod plugins;
mod profile;
mod provenance;
pub mod read;
mod references;
pub mod resolved;
pub mod schema;
pub mod set;
pub mod spec;
pub mod suggest;
mod test_spec;
mod test_table;
#[cfg(test)]
mod tests;
pub mod units;
mod vars;
mod write;

/// The keys of each table, where more than their reader needs them.
#[cfg(test)]
pub(crate) mod grammar {
    pub(crate) use super::build::{REJECTS_KEYS, ROOT_KEYS, RUN_KEYS, STAGE_RUN_KEYS};
    pub(crate) use super::condition::{KEYS as CONDITION_KEYS, RANGE_KEYS};
    pub(crate) use super::expect::KEYS as EXPECT_KEYS;
    pub(crate) use super::plugins::PLUGIN_KEYS;
    pub(crate) use super::profile::PROFILE_KEYS;
    pub(crate) use super::test_table::{INPUT_KEYS, KEYS as TEST_KEYS, LISTS, REMOVED_KEYS, SPAN_KEYS, VERDICTS};
    pub(crate) use super::vars::ENV_KEYS;
}

pub use build::{EXPORT_KEYS, GRAMMAR, SOURCE_KEYS, STAGE_KEYS};
pub use expect::{Comparison, ExpectSpec, Subject};
pub use include::ReadFile;
pub use limits::{DEFAULT_EXPANSION_LIMIT, LimitsSpec};
pub(crate) use node::shorten;
pub use node::{Key, Kind, Node, Table, locate, to_json};
pub(crate) use plugins::ISOLATE;
pub use provenance::{Origin, Provenance};
pub use spec::{
    Budget, Condition, DEFAULT_CHECKPOINT, DEFAULT_RECORD_LIMIT, ExportSpec, Isolation, MAX_THREADS, OnError,
    PipelineSpec, PluginPlace, PluginSpec, RejectsSpec, RunSpec, Scalar, ScoreRange, SourceSpec, Spanned, StageSpec,
};

pub use test_spec::{
    Expected, ExpectedField, ExpectedVerdict, LayerExpectation, TestContent, TestExpect, TestInput, TestLayer, TestSpec,
};
pub use vars::Env;
pub use write::{toml_key, toml_value};

use crate::diagnostic::{
    Diagnostic, Diagnostics, ENVIRONMENT, FileId, Files, INCOMPLETE, MISSING_KEY, NO_SUCH_STAGE, REFERENCE, SYNTAX,
    Span, UNKNOWN_VARIABLE, UNUSED_VARIABLE,
};
use std::collections::HashSet;
use std::path::Path;

/// What a pipeline file is read with: the command line's say, and the two things outside it that a file may ask for.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The `--set` arguments.
    pub sets: &'a [String],
    /// The `--profile`.
    pub profile: Option<&'a str>,
    /// Looks up an environment variable.
    pub env: &'a Env<'a>,
    /// Reads a file that is included.
    pub read: &'a ReadFile<'a>,
    /// The file of tests beside the pipeline file, if there is one: its name and its text.
    pub tests: Option<(&'a str, &'a str)>,
}

impl Default for Surroundings<'_> {
    /// Nothing is asked for, and there is nothing outside the file.
    fn default() -> Self {
        Self {
            sets: &[],
            profile: None,
            env: &|_| None,
            read: &|_| Err("there are no files here".to_owned()),
            tests: None,
        }
    }
}

/// Reads a pipeline file.
///
/// `path_name` is the name under which the text is added to `files` and shown in errors; what it includes starts at its
/// folder. The spec is there even when there are errors, as far as it can be, so that the plan can go on and report what
/// it finds in the options; only a result without [errors](Diagnostics::has_errors) may be run.
pub fn load(
    files: &mut Files,
    path_name: &str,
    text: &str,
    around: &Surroundings<'_>,
) -> (Option<PipelineSpec>, Diagnostics) {
    let file = files.add(path_name, text);
    let mut diagnostics = Diagnostics::new();
    let mut root = read::read(files, file, &mut diagnostics);
    let default_name = Path::new(path_name).file_stem();
    let default_name = default_name.map_or("pipeline".into(), |stem| stem.to_string_lossy());
    if build::is_foreign(&root) {
        let spec = build::build(&root, file, &default_name, &mut diagnostics);
        return (spec, diagnostics);
    }
    let included = include::expand(&mut root, Path::new(path_name), files, around.read, &mut diagnostics);
    if let Some((name, text)) = around.tests {
        include::tests(&mut root, name, text, files, &mut diagnostics);
    }
    let profiles = profile::Profiles::take(&mut root, &mut diagnostics);
    let mut chosen = root.clone();
    let profile = around.profile.and_then(|name| profiles.find(name, files, &mut diagnostics));
    if let Some(profile) = profile {
        profile::lay_over(&mut chosen, profile, &mut diagnostics);
    }
    set::apply(&mut chosen, files, around.sets, &mut diagnostics);

    let secret = vars::secrets(&root);
    let pass = Pass { files, file, secret: &secret, default_name: &default_name, included: &included, env: around.env };
    let mut used = Usage::default();
    let (mut spec, mut found) = pass.spec(chosen, &mut used);
    for other in profiles.iter().filter(|other| Some(*other) != profile) {
        pass.try_profile(&root, other, &mut used, &mut found);
    }
    used.report(&included, &mut found);
    follow_up(&mut found, &diagnostics, files);
    diagnostics.append(found);
    if let Some(spec) = &mut spec {
        spec.included = included.paths;
        if included.incomplete {
            spec.provenance.set_incomplete();
        }
        if let Some(profile) = profile {
            spec.provenance.set_profile(&profile.0.name, profile::places(profile));
        }
        spec.provenance.settle(&mut diagnostics);
    }
    (spec, diagnostics)
}

/// From the tree with everything laid over it to the spec.
struct Pass<'a> {
    files: &'a Files,
    file: FileId,
    default_name: &'a str,
    included: &'a include::Included,
    /// The variables that the file declares secret: neither `--set` nor a profile makes them visible.
    secret: &'a HashSet<String>,
    env: &'a Env<'a>,
}

impl Pass<'_> {
    fn spec(&self, mut root: Node, used: &mut Usage) -> (Option<PipelineSpec>, Diagnostics) {
        let mut found = Diagnostics::new();
        let mut provenance = Provenance::default();
        let mut vars = vars::Vars::read(&root, self.secret, self.env, &mut found);
        let mut filler =
            references::Filler { files: self.files, vars: &mut vars, provenance: &mut provenance, out: &mut found };
        filler.root(&mut root);
        used.add(&vars);
        include::rebase(&mut root, self.included);
        let mut spec = build::build(&root, self.file, self.default_name, &mut found);
        provenance.settle(&mut found);
        if let Some(spec) = &mut spec {
            spec.provenance = provenance;
            // Nothing refers to them any more.
            if let Kind::Table(table) = &mut root.kind {
                table.remove("vars");
            }
            spec.root = root;
        }
        (spec, found)
    }

    /// Reports what is wrong in a profile that was not asked for: a file is right with all its profiles or it is not.
    fn try_profile(&self, root: &Node, profile: &(Key, Node), used: &mut Usage, found: &mut Diagnostics) {
        let mut root = root.clone();
        let mut wrong = Diagnostics::new();
        profile::lay_over(&mut root, profile, &mut wrong);
        wrong.append(self.spec(root, used).1);
        let places = profile::places(profile);
        let inside = |span: &Span| {
            places.contains(span)
                || places.iter().any(|p| p.file == span.file && p.start <= span.start && span.end <= p.end)
        };
        // What else is wrong has been found without the profile, or is nothing that the profile says. The environment that
        // it needs may be one that is not here.
        wrong.retain(|d| d.code != ENVIRONMENT && d.primary.as_ref().is_some_and(|(span, _)| inside(span)));
        found.append(wrong);
    }
}

/// Which variables something refers to, with or without a profile.
#[derive(Default)]
struct Usage {
    /// Where each is defined, in the order in which they are met.
    defined: Vec<(String, Span)>,
    used: HashSet<String>,
}

impl Usage {
    fn add(&mut self, vars: &vars::Vars) {
        for (name, key, used) in vars.usage() {
            if used {
                self.used.insert(name.to_owned());
            }
            if !self.defined.iter().any(|(known, _)| known == name) {
                self.defined.push((name.to_owned(), key));
            }
        }
    }

    /// Warns of the others, unless they stand in an included file: what many share, few need as a whole.
    fn report(&self, included: &include::Included, found: &mut Diagnostics) {
        // A reference that is misspelt makes its variable look unused.
        if found.iter().any(|d| [REFERENCE, UNKNOWN_VARIABLE].contains(&d.code)) {
            return;
        }
        for (name, key) in &self.defined {
            if !self.used.contains(name) && !included.folders.contains_key(&key.file) {
                let warning = Diagnostic::warning(UNUSED_VARIABLE, format!("nothing refers to the variable `{name}`"));
                found.push(warning.at(*key).help(format!("refer to it as `${{vars.{name}}}`, or remove it")));
            }
        }
    }
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
            ![MISSING_KEY, INCOMPLETE, NO_SUCH_STAGE, UNKNOWN_VARIABLE, UNUSED_VARIABLE].contains(&d.code)
                && line(d).is_none_or(|place| !broken.contains(&place))
        });
    }
}
