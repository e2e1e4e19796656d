//! `warraq diff`: two exports of one corpus, document by document.

use crate::difference::{Page, counted};
use crate::show;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::{Path, PathBuf};
use warraq_core::{CodecDef, OffsetUnit, Registry};
use warraq_engine::Exit;
use warraq_engine::compare::{
    Comparison, Counts, Decided, DocumentChange, Fates, Kind, LAYERS, Options, Run, Unreadable, compare, is_run, pairs,
};
use warraq_engine::config::suggest;
use warraq_engine::diagnostic::revealed;

/// Compares documents by their `id`. What is said about an item of a layer counts, and its text; that it stands elsewhere
/// because the text before it changed does not. `meta` and keys that are no layer are compared as they are written.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The first export, in JSON Lines, compressed or not; or the folder of a run, whose report names its exports and rejects.
    a: PathBuf,
    /// The second export, or the folder of a run.
    b: PathBuf,
    /// The rejects of both runs, which tell what became of documents that are in one export alone.
    #[arg(long, value_name = "A,B", value_delimiter = ',', num_args = 1)]
    rejects: Vec<PathBuf>,
    /// Leave this out: a layer (text, lang, meta, tokens, words, sents, spans, removed, scores) or another key of a record.
    /// May be given several times.
    #[arg(long, value_name = "KEY")]
    ignore: Vec<String>,
    /// What the offsets of both exports count.
    #[arg(long, value_enum, default_value = "char", value_name = "UNIT")]
    offsets: Unit,
    /// Show so many documents.
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    /// Show no documents, only how many there are of each kind.
    #[arg(long, conflicts_with_all = ["limit", "full"])]
    summary: bool,
    /// Show every change of a document, however many there are.
    #[arg(long, conflicts_with = "json")]
    full: bool,
    /// As JSON (`warraq_diff: 1`): all documents that differ, of which the first come in detail.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Unit {
    /// Unicode code points.
    Char,
    /// UTF-8 bytes.
    Byte,
    /// UTF-16 code units.
    Utf16,
}

/// Two sets of exports, paired.
struct Sides {
    pairs: Vec<(PathBuf, PathBuf)>,
    /// Exports in JSON Lines that one run alone has.
    alone: Vec<PathBuf>,
    rejects: [Option<PathBuf>; 2],
}

pub(crate) fn diff(registry: &Registry, args: &DiffArgs) -> Exit {
    if !args.rejects.is_empty() && args.rejects.len() != 2 {
        note!("error: --rejects names two files, with a comma between them");
        return Exit::Usage;
    }
    match run(registry.codecs(), args) {
        Ok(exit) => exit,
        Err(Unreadable(message)) => {
            note!("error: {message}");
            Exit::Io
        }
    }
}

fn run(codecs: &[CodecDef], args: &DiffArgs) -> Result<Exit, Unreadable> {
    let sides = sides(args)?;
    let mut same = sides.alone.is_empty();
    if args.json {
        print(&format!("{{\"warraq_diff\":1,\"alone\":{},\"exports\":[", json!(sides.alone)))?;
    }
    for (n, (a, b)) in sides.pairs.iter().enumerate() {
        let fates = |path: &Option<PathBuf>| match path {
            Some(path) => Fates::read(path, codecs),
            None => Ok(Fates::default()),
        };
        let [a_rejects, b_rejects] = &sides.rejects;
        let comparison = compare((a, fates(a_rejects)?), (b, fates(b_rejects)?), options(args), codecs)?;
        comparison.warnings.iter().for_each(|warning| note!("warning: {warning}"));
        same &= comparison.counts.are_same();
        if args.json {
            print(if n > 0 { "," } else { "" })?;
            write_json(&comparison, (a, b), args)?;
        } else {
            print(&page(&comparison, (a, b), args)?)?;
        }
        unused(&comparison, args);
    }
    if args.json {
        print(&format!("],\"same\":{same}}}\n"))?;
    }
    Ok(if same { Exit::Done } else { Exit::Differences })
}

fn options(args: &DiffArgs) -> Options {
    let offsets = match args.offsets {
        Unit::Char => OffsetUnit::Char,
        Unit::Byte => OffsetUnit::Byte,
        Unit::Utf16 => OffsetUnit::Utf16,
    };
    Options { ignore: args.ignore.iter().cloned().collect(), offsets }
}

/// Finds out which files are compared.
fn sides(args: &DiffArgs) -> Result<Sides, Unreadable> {
    let side = |path: &Path| -> Result<Run, Unreadable> {
        if is_run(path) {
            return Run::read(path);
        }
        Ok(Run { exports: vec![path.to_owned()], ..Run::default() })
    };
    let (a, b) = (side(&args.a)?, side(&args.b)?);
    for (run, path) in [(&a, &args.a), (&b, &args.b)] {
        for other in &run.others {
            note!("warning: {}: the export {other} is not JSON Lines, and is not compared", path.display());
        }
        if run.exports.is_empty() {
            return Err(Unreadable(format!("{}: the run has no export in JSON Lines", path.display())));
        }
    }
    let (pairs, alone) = pairs(&a, &b);
    alone.iter().for_each(|path| note!("warning: {} has no counterpart in the other run", path.display()));
    let given = |n: usize| args.rejects.get(n).cloned();
    Ok(Sides { pairs, alone, rejects: [given(0).or(a.rejects), given(1).or(b.rejects)] })
}

/// Says so when a key is to be left out that is not there: it may be a slip, and a difference be taken for none.
fn unused(comparison: &Comparison, args: &DiffArgs) {
    for key in args.ignore.iter().filter(|key| !LAYERS.contains(&key.as_str()) && !comparison.has_ignored(key)) {
        let help = suggest::nearest(key, LAYERS).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        note!("warning: --ignore: no record that was compared has a key `{key}`{help}");
    }
}

fn write_json(comparison: &Comparison, (a, b): (&Path, &Path), args: &DiffArgs) -> Result<(), Unreadable> {
    let (counts, warnings) = (json!(comparison.counts), json!(comparison.warnings));
    let (a, b) = (json!(a.to_string_lossy()), json!(b.to_string_lossy()));
    print(&format!("{{\"a\":{a},\"b\":{b},\"counts\":{counts},\"warnings\":{warnings},\"documents\":["))?;
    let (mut written, mut first) = (Ok(()), true);
    if !args.summary {
        comparison.each(args.limit, &mut |document| {
            let comma = if std::mem::take(&mut first) { "" } else { "," };
            let line = serde_json::to_string(&document).map_err(|e| Unreadable(e.to_string()));
            let line = line.and_then(|line| print(&format!("{comma}\n{line}")));
            written = std::mem::replace(&mut written, Ok(())).and(line);
        })?;
    }
    written?;
    print("]}")
}

fn print(text: &str) -> Result<(), Unreadable> {
    match show::print(text) {
        Exit::Done => Ok(()),
        _ => Err(Unreadable("standard output cannot be written".into())),
    }
}

fn page(comparison: &Comparison, (a, b): (&Path, &Path), args: &DiffArgs) -> Result<String, Unreadable> {
    let mut page = Page::new(args.full);
    let counts = &comparison.counts;
    if !args.summary {
        let mut left = 0;
        let mut shown = 0;
        comparison.each(args.limit, &mut |document| {
            if shown < args.limit {
                shown += 1;
                show_document(&mut page, &document);
            } else {
                left += 1;
            }
        })?;
        if left > 0 {
            page.aside(0, format!("… and {} more that differ; --limit shows more", counted(left, "document")));
            page.line(0, "");
        }
    }
    summary(&mut page, counts, (a, b));
    Ok(page.into_text())
}

fn show_document(page: &mut Page, document: &DocumentChange) {
    let id = page.quoted(&document.id);
    let what = match document.kind {
        Kind::Changed => format!("changed: {}", names(&document.layers)),
        Kind::Lost => "lost: in the first alone".to_owned(),
        Kind::Added => "added: in the second alone".to_owned(),
        Kind::Verdict => {
            format!("{} → {}", decided(page, &document.a_verdict), decided(page, &document.b_verdict))
        }
    };
    page.title(format!("{id} {what}"));
    let lines = [
        document.a_line.map(|n| format!("line {n} of the first")),
        document.b_line.map(|n| format!("line {n} of the second")),
    ];
    let mut about: Vec<String> = lines.into_iter().flatten().collect();
    if document.kind == Kind::Changed && !document.stages.is_empty() {
        about.push(format!("by {}", names(&document.stages)));
    }
    if !about.is_empty() {
        page.aside(1, about.join(", "));
    }
    if let Some(details) = &document.details {
        page.edits(&details.text, &details.edits);
        page.layers(&details.layers);
        page.fields(&details.fields);
    }
    page.line(0, "");
}

fn decided(page: &Page, verdict: &Option<Decided>) -> String {
    let Some(Decided { verdict, stage, reason, kept_id }) = verdict else { return "kept".into() };
    let stage = stage.as_ref().map_or(String::new(), |stage| format!(" by {}", revealed(stage)));
    let why = match kept_id {
        Some(kept) => format!("of {}", page.quoted(kept)),
        None => format!("({})", revealed(reason)),
    };
    format!("{}{stage} {why}", revealed(verdict))
}

fn summary(page: &mut Page, counts: &Counts, (a, b): (&Path, &Path)) {
    for (sign, path, documents) in [("first", a, counts.a), ("second", b, counts.b)] {
        let path = path.display().to_string();
        page.line(0, format!("{sign:<6}  {}: {}", revealed(&path), counted(documents as usize, "document")));
    }
    let Counts { same, changed, lost, added, verdict, .. } = counts;
    page.line(0, format!("{same} same, {changed} changed, {lost} lost, {added} added, {verdict} with another verdict"));
    for (what, table) in [("by layer", &counts.layers), ("by stage", &counts.stages)] {
        if !table.is_empty() {
            let parts = table.iter().map(|(name, n)| format!("{} {n}", revealed(name)));
            page.line(1, format!("{what}: {}", parts.collect::<Vec<_>>().join(", ")));
        }
    }
}

fn names(names: &[String]) -> String {
    names.iter().map(|name| revealed(name).into_owned()).collect::<Vec<_>>().join(", ")
}
