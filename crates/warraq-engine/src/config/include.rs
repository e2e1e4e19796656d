//! `include`: fragments of the same grammar, read from other files and laid under the one that names them.
//!
//! A file wins over those it includes, and of those a later one over an earlier one. Sources, stages and exports are not
//! replaced but put in a row: those of the included files first, in order. So are tests: what is promised of a fragment
//! holds in every pipeline that includes it.

use super::fields::{Fields, missing_key, strings};
use super::node::{Key, Kind, Node, Table, type_error};
use super::profile::merge_entry;
use super::{GRAMMAR, Spanned, read};
use crate::diagnostic::{Diagnostic, Diagnostics, FileId, Files, GRAMMAR_VERSION, INCLUDE, REFERENCE, Span};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

/// Reads a file that is included; an error says why it cannot.
pub type ReadFile<'a> = dyn Fn(&Path) -> Result<String, String> + 'a;

/// How deep files may include each other.
const MAX_DEPTH: usize = 16;
/// Most files that one pipeline is made of.
const MAX_FILES: usize = 256;

/// The lists of a pipeline file, which are joined and not merged.
const LISTS: &[&str] = &["source", "stage", "export", "test"];

/// The files that were included.
#[derive(Default)]
pub(super) struct Included {
    /// Their folders, as seen from the pipeline file's.
    pub(super) folders: HashMap<FileId, PathBuf>,
    /// Their paths, as seen from the pipeline file's folder, in the order in which they were read.
    pub(super) paths: Vec<PathBuf>,
    /// Whether one of them could not be had, which has been reported.
    pub(super) incomplete: bool,
}

/// Takes `include` out of the root table of `main`, and lays what it names under it.
pub(super) fn expand(
    root: &mut Node,
    main: &Path,
    files: &mut Files,
    read: &ReadFile<'_>,
    out: &mut Diagnostics,
) -> Included {
    let base = main.parent().unwrap_or(Path::new("")).to_owned();
    let own = PathBuf::from(main.file_name().unwrap_or(main.as_os_str()));
    let mut reader = Includer { base, files, read, out, included: Included::default(), seen: HashMap::new() };
    reader.file(root, &mut vec![own]);
    reader.included
}

struct Includer<'a> {
    base: PathBuf,
    files: &'a mut Files,
    read: &'a ReadFile<'a>,
    out: &'a mut Diagnostics,
    included: Included,
    /// Where each file was first included.
    seen: HashMap<PathBuf, Span>,
}

impl Includer<'_> {
    /// Resolves the `include` of a file; `chain` leads from the pipeline file to it.
    fn file(&mut self, root: &mut Node, chain: &mut Vec<PathBuf>) {
        let Kind::Table(table) = &mut root.kind else { return };
        let Some((_, list)) = table.remove("include") else { return };
        let mut merged = Table::new();
        for path in strings(&list, "`include`", self.out) {
            match self.one(&path, chain) {
                Some(fragment) => self.join(&mut merged, fragment),
                None => self.included.incomplete = true,
            }
        }
        let own = std::mem::take(table);
        self.join(&mut merged, own);
        *table = merged;
    }

    /// Reads one fragment with all that it includes itself.
    fn one(&mut self, path: &Spanned<String>, chain: &mut Vec<PathBuf>) -> Option<Table> {
        let including = chain.last().and_then(|file| file.parent()).unwrap_or(Path::new(""));
        let relative = normal(&including.join(path.as_str()));
        if let Err(error) = self.refusal(path, &relative, chain) {
            self.out.push(*error);
            return None;
        }
        let place = self.base.join(&relative);
        let text = match (self.read)(&place) {
            Ok(text) => text,
            Err(why) => {
                let message = format!("{} cannot be included: {why}", place.display());
                let error = Diagnostic::error(INCLUDE, message).at(path.span);
                self.out.push(error.help("the path starts at the folder of the file in which it is written"));
                return None;
            }
        };
        self.seen.insert(relative.clone(), path.span);
        let file = self.files.add(place.to_string_lossy(), text);
        self.included.folders.insert(file, relative.parent().unwrap_or(Path::new("")).to_owned());
        self.included.paths.push(relative.clone());
        let mut root = read::read(self.files, file, self.out);
        chain.push(relative);
        self.file(&mut root, chain);
        chain.pop();
        let Kind::Table(mut table) = root.kind else { return None };
        // Each file says for itself in which grammar it is written; a fragment need not.
        if let Some((_, version)) = table.remove("warraq")
            && version.kind != Kind::Int(GRAMMAR)
        {
            let message = format!("a file that is included is written in grammar version {GRAMMAR}, or does not say");
            self.out.push(Diagnostic::error(GRAMMAR_VERSION, message).at(version.span));
            return None;
        }
        Some(table)
    }

    /// Why a file is not even looked at.
    fn refusal(&self, path: &Spanned<String>, relative: &Path, chain: &[PathBuf]) -> Result<(), Box<Diagnostic>> {
        let error = |message: String| Box::new(Diagnostic::error(INCLUDE, message).at(path.span));
        if path.contains("${") {
            let error = Diagnostic::error(REFERENCE, "`include` takes no references").at(path.span);
            return Err(Box::new(error.help("files are included before variables are known")));
        }
        if path.contains("://") {
            return Err(error("only local files can be included".to_owned()));
        }
        if let Some(at) = chain.iter().position(|file| file == relative) {
            let circle = chain[at..].iter().map(PathBuf::as_path).chain([relative]);
            let circle: Vec<String> = circle.map(|file| file.display().to_string()).collect();
            return Err(error(format!("files include each other in a circle: {}", circle.join(" -> "))));
        }
        if let Some(first) = self.seen.get(relative) {
            let error = error(format!("{} is included twice", relative.display()));
            return Err(Box::new(error.also(*first, "the first time")));
        }
        if chain.len() > MAX_DEPTH {
            return Err(error(format!("files include each other more than {MAX_DEPTH} levels deep")));
        }
        if self.included.paths.len() >= MAX_FILES {
            return Err(error(format!("more than {MAX_FILES} files are included")));
        }
        Ok(())
    }

    /// Lays one file's keys over those below, and puts its lists after theirs.
    fn join(&mut self, below: &mut Table, above: Table) {
        for (key, node) in above {
            if !LISTS.contains(&key.name.as_str()) {
                merge_entry(below, &key, &node);
                continue;
            }
            match (below.get_mut(&key.name).map(|node| &mut node.kind), node) {
                (Some(Kind::Array(first)), Node { kind: Kind::Array(items), .. }) => first.extend(items),
                (None, node) => below.insert(key, node),
                // One of them is no list, which the check of the whole would find only in the other's place.
                (Some(Kind::Array(_)), wrong) => self.wrong_list(&key, &wrong),
                (Some(_), node) => {
                    if let Some((key, wrong)) = below.entry(&key.name) {
                        self.wrong_list(key, wrong);
                    }
                    below.insert(key, node);
                }
            }
        }
    }

    fn wrong_list(&mut self, key: &Key, node: &Node) {
        let error = type_error(node, "an array of tables", &format!("`{}` of the pipeline file", key.name));
        self.out.push(error.help(format!("each {0} is a table of its own: `[[{0}]]`", key.name)));
    }
}

/// Reads the file of tests beside a pipeline file, and puts its tests after those of the pipeline file.
pub(super) fn tests(root: &mut Node, name: &str, text: &str, files: &mut Files, out: &mut Diagnostics) {
    let file = files.add(name, text);
    let mut beside = read::read(files, file, out);
    let (Kind::Table(root), Kind::Table(table)) = (&mut root.kind, &mut beside.kind) else { return };
    let start = Span::new(file, 0, 0);
    let fields = Fields { table, span: start, owner: "the file of tests".to_owned() };
    fields.check_keys(&["warraq", "test"], out);
    match fields.get("warraq") {
        Some(version) if version.kind != Kind::Int(GRAMMAR) => {
            let message = format!("a file of tests is written in grammar version {GRAMMAR}");
            out.push(Diagnostic::error(GRAMMAR_VERSION, message).at(version.span));
            return;
        }
        Some(_) => {}
        None => {
            out.push(missing_key("warraq", &fields.owner, start).help(format!("begin it with `warraq = {GRAMMAR}`")));
        }
    }
    let Some((key, node)) = table.remove("test") else { return };
    match (root.get_mut("test").map(|node| &mut node.kind), node) {
        (Some(Kind::Array(first)), Node { kind: Kind::Array(items), .. }) => first.extend(items),
        (None, node) => root.insert(key, node),
        (Some(_), node) => {
            let error = type_error(&node, "an array of tables", "`test` of the file of tests");
            out.push(error.help("each test is a table of its own: `[[test]]`"));
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

/// Lets the paths of sources, exports, rejects and plugins that are written in an included file start at that file's
/// folder. Where a string is written counts, not where its variable is defined.
pub(super) fn rebase(root: &mut Node, included: &Included) {
    let Kind::Table(root) = &mut root.kind else { return };
    if included.folders.is_empty() {
        return;
    }
    for (key, node) in root.iter_mut() {
        match (key.name.as_str(), &mut node.kind) {
            ("source", Kind::Array(items)) => {
                items.iter_mut().for_each(|item| rebase_key(item, "paths", true, included));
            }
            ("export", Kind::Array(items)) => {
                items.iter_mut().for_each(|item| rebase_key(item, "path", false, included));
            }
            ("rejects", _) => rebase_key(node, "path", false, included),
            ("plugins", Kind::Table(plugins)) => {
                plugins.iter_mut().for_each(|(_, plugin)| rebase_key(plugin, "path", false, included));
            }
            _ => {}
        }
    }
}

fn rebase_key(node: &mut Node, key: &str, is_pattern: bool, included: &Included) {
    let Kind::Table(table) = &mut node.kind else { return };
    let Some(node) = table.get_mut(key) else { return };
    let one = |node: &mut Node| {
        let folder = included.folders.get(&node.span.file);
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
        // Standard input has no folder, and nothing is no path.
        if let (Some(folder), Kind::Str(text)) = (folder, &mut node.kind)
            && !text.is_empty()
            && text != "-"
        {
            let folder = folder.to_string_lossy();
            let folder = if is_pattern { glob::Pattern::escape(&folder) } else { folder.into_owned() };
            *text = Path::new(&folder).join(text.as_str()).to_string_lossy().into_owned();
        }
    };
    match &mut node.kind {
        Kind::Array(items) => items.iter_mut().for_each(one),
        _ => one(node),
    }
}
