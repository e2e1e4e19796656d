//! Where a run writes: paths resolved, moved by `--out`, and kept apart from its inputs.

use super::Export;
use super::inputs::STANDARD;
use crate::diagnostic::{DUPLICATE_PATH, Diagnostic, Diagnostics, OVERWRITES_INPUT, Span};
use crate::temporary::{PARTIAL, partial};
use std::path::{Component, Path, PathBuf};
use warraq_core::{CodecDef, Registry};

/// Where an output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Standard,
    /// A file, by its final path.
    File(PathBuf),
    /// A sink of the format's own; what is known of it here is the format's name.
    Own(String),
}

impl Target {
    /// The path, unless what stands there is a device or the like, which is written to and has nothing beside it.
    fn replaceable(&self) -> Option<&Path> {
        match self {
            Target::File(path) if !is_special(path) => Some(path),
            _ => None,
        }
    }

    /// The path, or what stands for it where there is none, as shown to people.
    pub fn name(&self) -> String {
        match self {
            Target::Standard => STANDARD.into(),
            Target::Own(format) => format.clone(),
            Target::File(path) => path.display().to_string(),
        }
    }
}

/// The folder of the first export that is a file. Without one it is the current folder, or `own_only` where all exports
/// have sinks of their own.
pub(super) fn folder<'a>(exports: impl Iterator<Item = &'a Export> + Clone, own_only: &Path) -> PathBuf {
    let file = exports.clone().find_map(|e| e.target.replaceable()?.parent().map(Path::to_path_buf));
    file.unwrap_or_else(|| {
        let has_path = exports.into_iter().any(|e| !matches!(e.target, Target::Own(_)));
        if has_path { PathBuf::new() } else { own_only.into() }
    })
}

/// A file of this name beside the first export that has a path, otherwise in the pipeline file's folder `base`.
pub(super) fn beside(first: Option<&Target>, base: &Path, name: &str) -> Target {
    Target::File(match first {
        Some(target) => target.replaceable().map_or(name.into(), |path| path.with_file_name(name)),
        None => base.join(name),
    })
}

/// A path of the pipeline file, from that file's folder.
pub(super) fn resolve(path: &str, base: &Path) -> Target {
    if path == STANDARD { Target::Standard } else { Target::File(base.join(path)) }
}

/// Moves all files to `out`: the folder they have in common becomes `out`, and what is below it stays as it is.
pub(super) fn relocate(targets: &mut [&mut Target], out: &Path) {
    // Seen from the root, all paths have a folder in common, and none leads out of it.
    let whole = |path: &Path| normal(&std::path::absolute(path).unwrap_or_else(|_| path.into()));
    let files = || {
        targets.iter().filter_map(|t| match &**t {
            Target::File(path) => whole(path).parent().map(Path::to_path_buf),
            Target::Standard | Target::Own(_) => None,
        })
    };
    let Some(first) = files().next() else { return };
    let common = files().fold(first, |common, folder| {
        common.components().zip(folder.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    });
    for target in targets {
        if let Target::File(path) = &mut **target {
            let whole = whole(path);
            let below = whole.strip_prefix(&common).unwrap_or(&whole).components();
            let below = below.filter(|part| matches!(part, Component::Normal(_)));
            *path = out.join(below.collect::<PathBuf>());
        }
    }
}

/// The path without `.` and, where that needs no look at the file system, `..`.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut normal, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            // The root is its own parent.
            Component::ParentDir if normal.has_root() && normal.parent().is_none() => {}
            part => normal.push(part),
        }
        normal
    })
}

/// The codec whose extension a path bears.
pub(super) fn codec(target: &Target, registry: &Registry) -> Option<CodecDef> {
    let Target::File(path) = target else { return None };
    let extension = path.extension()?.to_string_lossy().to_lowercase();
    registry.codecs().iter().find(|c| c.extensions.contains(&&*extension)).copied()
}

/// The path by which a file can be compared with others: links followed as far as it exists already.
fn identity(path: &Path) -> PathBuf {
    let real = path.canonicalize().ok().or_else(|| {
        let folder = path.parent().map(|f| if f.as_os_str().is_empty() { Path::new(".") } else { f })?;
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    });
    real.unwrap_or_else(|| std::path::absolute(path).map_or_else(|_| normal(path), |path| normal(&path)))
}

/// As [`identity`], of a file that is written: a link that stands there is replaced, whatever it leads to.
fn place(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => identity(path),
    }
}

/// A file that the run touches, and where the pipeline file says so.
pub(super) struct File<'a> {
    /// What it is, for messages: `the export`, `the input`.
    pub(super) what: &'static str,
    pub(super) path: &'a Path,
    pub(super) span: Option<Span>,
}

/// Refuses outputs that would write over each other or over what the run reads, under their final or temporary names.
pub(super) fn collisions(writes: &[File<'_>], reads: &[File<'_>], out: &mut Diagnostics) {
    let names = |file: &File<'_>| [place(file.path), place(&partial(file.path))];
    let shown = |file: &File<'_>| format!("{} {}", file.what, file.path.display());
    for (n, write) in writes.iter().enumerate() {
        if is_special(write.path) {
            continue;
        }
        let own = names(write);
        let other = writes[..n]
            .iter()
            .find(|other| !is_special(other.path) && names(other).iter().any(|name| own.contains(name)));
        let found = match other {
            Some(other) => Some((DUPLICATE_PATH, other)),
            None => {
                let read = reads.iter().find(|read| own.contains(&identity(read.path)));
                read.map(|read| (OVERWRITES_INPUT, read))
            }
        };
        let Some((code, other)) = found else { continue };
        // The pipeline file's own paths have been compared as they are written.
        let known = |d: &Diagnostic| d.code == code && d.primary.as_ref().map(|(span, _)| *span) == write.span;
        if write.span.is_some() && out.iter().any(known) {
            continue;
        }
        let mut error = Diagnostic::error(code, format!("{} would overwrite {}", shown(write), shown(other)));
        if let Some(span) = write.span {
            error = error.label(span, "written here");
        }
        if let Some(span) = other.span.filter(|span| Some(*span) != write.span) {
            error = error.also(span, format!("{} stands here", other.what));
        }
        out.push(error.help(format!("outputs are written as NAME{PARTIAL} first; both names must be free for them")));
    }
}

/// Whether a device, a pipe or the like stands at a path: it is written to, never replaced. A link to one is a link, which
/// anybody may have put there, but for those of the system: `/dev/stdout` is one.
pub(crate) fn is_special(path: &Path) -> bool {
    let is_systems = || ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
    let found =
        path.symlink_metadata().and_then(|m| if m.is_symlink() && is_systems() { path.metadata() } else { Ok(m) });
    found.is_ok_and(|m| !m.is_file() && !m.is_dir() && !m.is_symlink())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_takes_the_place_of_the_folder_that_all_outputs_share() {
        let cases: &[(&[&str], &[&str])] = &[
            (&["p/out/a.jsonl", "p/out/rejects.jsonl"], &["X/a.jsonl", "X/rejects.jsonl"]),
            (&["p/out/ar/a.jsonl", "p/out/fr/a.jsonl"], &["X/ar/a.jsonl", "X/fr/a.jsonl"]),
            (&["p/../o/a.jsonl", "o/./b.jsonl"], &["X/a.jsonl", "X/b.jsonl"]),
            (&["/abs/a.jsonl", "-"], &["X/a.jsonl", "-"]),
            (&["a.jsonl"], &["X/a.jsonl"]),
            // Nothing leads out of the folder.
            (&["../x.jsonl", "a/b.jsonl"], &["X/x.jsonl", "X/p/a/b.jsonl"]),
            (&["../../x.jsonl", "../../y/b.jsonl"], &["X/x.jsonl", "X/y/b.jsonl"]),
            (&["../../../../../../../../x.jsonl", "/y/b.jsonl"], &["X/x.jsonl", "X/y/b.jsonl"]),
            (&["/../x.jsonl", "/../../y/../z.jsonl"], &["X/x.jsonl", "X/z.jsonl"]),
            (&["a/../../../w/x.jsonl", "../../w/y.jsonl"], &["X/x.jsonl", "X/y.jsonl"]),
        ];
        for (before, after) in cases {
            let mut targets: Vec<Target> = before.iter().map(|p| resolve(p, Path::new("/h/p"))).collect();
            relocate(&mut targets.iter_mut().collect::<Vec<_>>(), Path::new("X"));
            assert_eq!(targets.iter().map(Target::name).collect::<Vec<_>>(), *after);
        }
    }
}
