//! Which files a run reads, in which order, and as what.

use super::{Input, Place, Source};
use crate::config::{SourceSpec, Spanned};
use crate::diagnostic::{Diagnostic, Diagnostics, NO_INPUT, PATH, REPEATED_INPUT, UNKNOWN_FORMAT};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use warraq_core::{FormatDef, Registry};

/// Standard input or output, where a path is asked for.
pub(super) const STANDARD: &str = "-";

/// The files that one `paths` entry stands for, sorted by name, so that the order does not depend on the file system.
/// Names in ids and messages are relative to the pipeline file where the pattern is.
pub(super) fn expand(pattern: &Spanned<String>, base: &Path, out: &mut Diagnostics) -> Vec<Input> {
    let text = pattern.value.as_str();
    if text == STANDARD {
        return vec![Input { name: STANDARD.into(), place: Place::Standard }];
    }
    if !text.contains(['*', '?', '[']) {
        let path = base.join(text);
        if !path.exists() {
            out.push(
                Diagnostic::warning(NO_INPUT, format!("there is no file {}", path.display()))
                    .label(pattern.span, "no such file"),
            );
        }
        // A file that is asked for by name is read all the same, and fails the run if it is still not there: a corpus
        // must not come out short because of a slip in a name.
        return vec![Input { name: text.into(), place: Place::File(path) }];
    }
    let Some(folder) = base.to_str() else {
        let message = format!("the name of the folder {} is not UTF-8: patterns do not reach into it", base.display());
        let error = Diagnostic::error(PATH, message).label(pattern.span, "starts at that folder");
        out.push(error.help("rename the folder, or name the inputs on the command line"));
        return Vec::new();
    };
    let escaped = glob::Pattern::escape(folder);
    let full =
        if Path::new(text).is_absolute() || escaped.is_empty() { text.into() } else { format!("{escaped}/{text}") };
    let paths = match glob::glob(&full) {
        Ok(paths) => paths,
        Err(e) => {
            out.push(
                Diagnostic::error(PATH, format!("the pattern cannot be read: {}", e.msg))
                    .label(pattern.span, "not a pattern"),
            );
            return Vec::new();
        }
    };
    let mut inputs = Vec::new();
    for path in paths {
        match path {
            Ok(path) if path.is_file() => {
                let name = path.strip_prefix(base).unwrap_or(&path).to_string_lossy().into_owned();
                inputs.push(Input { name, place: Place::File(path) });
            }
            // Patterns match folders as a matter of course. Anything else is named, or a corpus would come out short: a link
            // that leads nowhere fails the run like a file that is not there.
            Ok(path) if path.is_dir() => {}
            Ok(path) if path.is_symlink() && !path.exists() => {
                let name = path.strip_prefix(base).unwrap_or(&path).to_string_lossy().into_owned();
                inputs.push(Input { name, place: Place::File(path) });
            }
            Ok(path) => {
                let error = Diagnostic::error(PATH, format!("{} is neither a file nor a folder", path.display()));
                let error = error.label(pattern.span, "matches it");
                out.push(error.help("name it in `paths` as it is if it is to be read, or take it away"));
            }
            Err(e) => {
                let error = Diagnostic::error(PATH, format!("{}: {}", e.path().display(), e.error()));
                out.push(error.label(pattern.span, "needs this folder"));
            }
        }
    }
    for path in not_utf8(&full) {
        let error =
            Diagnostic::error(PATH, format!("the name {} is not UTF-8: patterns do not match it", path.display()));
        out.push(error.label(pattern.span, "would match it").help("rename it, or name the inputs on the command line"));
    }
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    if inputs.is_empty() {
        out.push(
            Diagnostic::warning(NO_INPUT, format!("no file matches {text}")).label(pattern.span, "matches nothing"),
        );
    }
    inputs
}

/// The files that a pattern would match if their names were UTF-8; those who expand patterns leave them out.
fn not_utf8(full: &str) -> Vec<PathBuf> {
    let Ok(pattern) = glob::Pattern::new(full) else { return Vec::new() };
    let is_fixed = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    let parts: Vec<_> = Path::new(full).components().collect();
    let fixed = parts.iter().take_while(|part| is_fixed(part)).count();
    let start: PathBuf = parts[..fixed].iter().collect();
    let depth = if full.contains("**") { usize::MAX } else { parts.len() - fixed };
    let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
    let (mut found, mut folders) = (Vec::new(), vec![(start, depth)]);
    while let Some((folder, depth)) = folders.pop() {
        let at = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
        for entry in std::fs::read_dir(at).into_iter().flatten().flatten() {
            let path = folder.join(entry.file_name());
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_dir && depth > 1 {
                folders.push((path, depth - 1));
            } else if !is_dir && path.to_str().is_none() && pattern.matches_with(&path.to_string_lossy(), options) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Reports inputs that are read more than once: standard input is empty the second time, and a file's documents come twice.
/// `asked` are the tables that say so, where it is not the command line.
pub(super) fn repeated(sources: &[Source], asked: &[SourceSpec], out: &mut Diagnostics) {
    let mut seen = BTreeSet::new();
    for input in sources.iter().flat_map(|s| &s.inputs) {
        let (key, severe) = match &input.place {
            Place::Standard => (PathBuf::from(STANDARD), true),
            Place::File(path) => (path.canonicalize().unwrap_or_else(|_| path.clone()), false),
        };
        if seen.insert(key) {
            continue;
        }
        let error = if severe {
            Diagnostic::error(
                REPEATED_INPUT,
                "standard input is to be read twice; there is nothing left the second time",
            )
        } else {
            Diagnostic::warning(REPEATED_INPUT, format!("the input {} is read more than once", input.name))
        };
        // The last entry that stands for it is the one too many.
        let paths = asked.iter().flat_map(|source| &source.paths);
        let stands = |path: &&Spanned<String>| {
            path.value == input.name
                || glob::Pattern::new(&path.value).is_ok_and(|pattern| pattern.matches(&input.name))
        };
        let again = paths.rev().find(stands);
        out.push(match again {
            Some(path) => error.label(path.span, "read again here"),
            None => error,
        });
    }
}

/// A path from the command line as an input.
pub(super) fn given(path: &Path) -> Input {
    let name = path.to_string_lossy().into_owned();
    let place = if name == STANDARD { Place::Standard } else { Place::File(PathBuf::from(path)) };
    Input { name, place }
}

/// The format whose extension a file name bears, compression aside.
pub(crate) fn by_extension<'a>(name: &str, registry: &'a Registry) -> Option<&'a FormatDef> {
    let extension = |name: &str| Path::new(name).extension().map(|e| e.to_string_lossy().to_lowercase());
    let mut name = name.to_owned();
    let mut found = extension(&name)?;
    if registry.codecs().iter().any(|c| c.extensions.contains(&&*found)) {
        name.truncate(name.len() - found.len() - 1);
        found = extension(&name)?;
    }
    registry.formats().iter().find(|f| f.extensions.contains(&&*found))
}

/// The format that a source's `use` names, or that the extension of one of its paths stands for.
pub(super) fn format<'a>(
    spec: &SourceSpec,
    path: &Spanned<String>,
    registry: &'a Registry,
    out: &mut Diagnostics,
) -> Option<&'a FormatDef> {
    let readable = || registry.formats().iter().filter(|f| f.source.is_some()).map(|f| f.name.as_ref());
    let (found, asked, span) = match &spec.use_name {
        Some(name) => (registry.format(&name.value), name.value.as_str(), name.span),
        None => (by_extension(&path.value, registry), path.value.as_str(), path.span),
    };
    match found {
        Some(format) if format.source.is_some() => return Some(format),
        Some(format) => {
            let error = Diagnostic::error(UNKNOWN_FORMAT, format!("format `{}` cannot be read", format.name));
            out.push(error.label(span, "only an export").help(super::known("formats that can be read", readable())));
        }
        None if spec.use_name.is_some() => out.push(super::unknown("format", asked, span, readable())),
        None => {
            let error =
                Diagnostic::error(UNKNOWN_FORMAT, format!("the name `{asked}` does not say which format it is"));
            out.push(
                error
                    .label(span, "add `use` to this source")
                    .help(super::known("formats that can be read", readable())),
            );
        }
    }
    None
}
