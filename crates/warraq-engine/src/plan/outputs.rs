//! Where a run writes: paths resolved, moved by `--out`, and kept apart from its inputs.

use super::inputs::STANDARD;
use super::{Input, Place};
use std::path::{Component, Path, PathBuf};
use warraq_core::{CodecDef, Registry};

/// Where an output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Standard,
    /// A file, by its final path.
    File(PathBuf),
}

impl Target {
    /// The path as shown in reports.
    pub fn name(&self) -> String {
        match self {
            Target::Standard => STANDARD.into(),
            Target::File(path) => path.display().to_string(),
        }
    }
}

/// A path of the pipeline file, from that file's folder.
pub(super) fn resolve(path: &str, base: &Path) -> Target {
    if path == STANDARD { Target::Standard } else { Target::File(base.join(path)) }
}

/// Moves all files to `out`: the folder they have in common becomes `out`, and what is below it stays as it is.
pub(super) fn relocate(targets: &mut [&mut Target], out: &Path) {
    let files = || {
        targets.iter().filter_map(|t| match &**t {
            Target::File(path) => path.parent().map(normal),
            Target::Standard => None,
        })
    };
    let Some(first) = files().next() else { return };
    let common = files().fold(first, |common, folder| {
        common.components().zip(folder.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    });
    for target in targets {
        if let Target::File(path) = &mut **target {
            let moved = normal(path).strip_prefix(&common).map(|below| out.join(below));
            *path = moved.unwrap_or_else(|_| path.clone());
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

/// Whether two paths lead to one file, as far as can be seen without creating anything.
pub(super) fn same_file(a: &Path, b: &Path) -> bool {
    normal(a) == normal(b) || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// The input that an output would replace.
pub(super) fn overwritten<'a>(target: &Target, inputs: impl IntoIterator<Item = &'a Input>) -> Option<&'a Input> {
    let Target::File(output) = target else { return None };
    inputs.into_iter().find(|input| matches!(&input.place, Place::File(path) if same_file(path, output)))
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
        ];
        for (before, after) in cases {
            let mut targets: Vec<Target> = before.iter().map(|p| resolve(p, Path::new(""))).collect();
            relocate(&mut targets.iter_mut().collect::<Vec<_>>(), Path::new("X"));
            assert_eq!(targets.iter().map(Target::name).collect::<Vec<_>>(), *after);
        }
    }
}
