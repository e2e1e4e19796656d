//! `plan --format ascii`: the flow from top to bottom, in columns.

use super::{ExportOutline, Outline, StageOutline, words};
use crate::diagnostic::printable;
use unicode_width::UnicodeWidthStr;

/// Most inputs of a source that are named.
const SHOWN_INPUTS: usize = 3;
/// How much of a hash is shown: enough to tell two apart.
const SHOWN_HASH: usize = 12;

/// The plan as text.
pub fn ascii(outline: &Outline) -> String {
    let mut lines = vec![printable(&format!("{}: {}", outline.name, outline.file)).into_owned(), String::new()];
    lines.extend(table(sources(outline), ""));
    lines.push("  |".to_owned());
    lines.extend(flow(outline));
    lines.push(String::new());
    lines.extend(table(around(outline), ""));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Rows in columns that line up; the last column of a row is as wide as it likes.
fn table(mut rows: Vec<Vec<String>>, indent: &str) -> Vec<String> {
    // What is written out is as wide as it is shown.
    rows.iter_mut().flatten().for_each(|cell| *cell = printable(cell).into_owned());
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        let last = row.len().saturating_sub(1);
        for (at, cell) in row[..last].iter().enumerate() {
            if at >= widths.len() {
                widths.push(0);
            }
            widths[at] = widths[at].max(cell.width());
        }
    }
    let line = |row: Vec<String>| {
        let mut line = indent.to_owned();
        let last = row.len().saturating_sub(1);
        for (at, cell) in row.into_iter().enumerate() {
            let fill = if at < last { widths[at] - cell.width() + 2 } else { 0 };
            line.push_str(&cell);
            line.push_str(&" ".repeat(fill));
        }
        line
    };
    rows.into_iter().map(line).collect()
}

fn sources(outline: &Outline) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for source in &outline.sources {
        let bytes = source.bytes.map_or_else(|| "? B".to_owned(), words::size);
        let mut head = vec![
            "source".to_owned(),
            source.format.clone(),
            words::count(source.inputs.len(), "input"),
            if source.inputs.is_empty() { String::new() } else { bytes },
        ];
        for input in source.inputs.iter().take(SHOWN_INPUTS) {
            let path = match (input.bytes, input.path.as_str()) {
                (_, "-") => "standard input".to_owned(),
                (None, path) => format!("{path} (not there)"),
                (Some(_), path) => path.to_owned(),
            };
            head.push(path);
            rows.push(std::mem::replace(&mut head, vec![String::new(); 4]));
        }
        if source.inputs.is_empty() {
            rows.push(head);
        } else if source.inputs.len() > SHOWN_INPUTS {
            head.push(format!("... and {} more", source.inputs.len() - SHOWN_INPUTS));
            rows.push(head);
        }
    }
    rows
}

/// Stages, with the exports that branch off between them.
fn flow(outline: &Outline) -> Vec<String> {
    let rows = outline.stages.iter().enumerate().map(|(n, stage)| {
        vec![
            format!("{:>3}", n + 1),
            title(stage),
            order(stage),
            format!("{} -> {}", layers(&stage.reads), layers(&stage.writes)),
        ]
    });
    let mut rows = table(rows.collect(), "").into_iter();
    let mut lines = Vec::new();
    for after in 0..=outline.stages.len() {
        let exports: Vec<&ExportOutline> = outline.exports.iter().filter(|export| export.after == after).collect();
        if after == outline.stages.len() {
            lines.push("  |".to_owned());
        }
        let exports = exports.iter().map(|export| {
            let mut row = vec![format!("export {}", export.format), place(export)];
            row.push(remarks(export));
            row
        });
        lines.extend(table(exports.collect(), "  +-> "));
        lines.extend(rows.next());
        if let Some(stage) = outline.stages.get(after) {
            lines.extend(notes(stage).map(|note| format!("  |    {}", printable(&note))));
        }
    }
    lines
}

/// The name of a stage, and what it is where that is something else.
pub(super) fn title(stage: &StageOutline) -> String {
    match stage.name == stage.use_name {
        true => stage.name.clone(),
        false => format!("{} ({})", stage.name, stage.use_name),
    }
}

/// In which order a stage works, and where.
pub(super) fn order(stage: &StageOutline) -> String {
    let order = match stage.batch {
        Some(batch) => format!("{} of {batch}", stage.order),
        None => stage.order.to_owned(),
    };
    if stage.isolated { format!("{order}, isolated") } else { order }
}

/// What else is to be said of a stage.
pub(super) fn notes(stage: &StageOutline) -> impl Iterator<Item = String> {
    let when = stage.when_words.as_ref().map(|words| format!("when {words}"));
    let on_error = (stage.on_error != "quarantine").then(|| format!("on error: {}", stage.on_error));
    when.into_iter().chain(on_error)
}

pub(super) fn layers(layers: &[&'static str]) -> String {
    if layers.is_empty() { "-".to_owned() } else { layers.join(", ") }
}

/// Where an export goes.
pub(super) fn place(export: &ExportOutline) -> String {
    match export.path.as_deref() {
        None => "its own sink".to_owned(),
        Some("-") => "standard output".to_owned(),
        Some(path) => path.to_owned(),
    }
}

/// What else is to be said of an export.
pub(super) fn remarks(export: &ExportOutline) -> String {
    let codec = export.codec.map(|codec| format!("compressed by {codec}"));
    let order = (export.order != "parallel").then(|| export.order.to_owned());
    let filter = export.filter_words.as_ref().map(|words| format!("where {words}"));
    codec.into_iter().chain(order).chain(filter).collect::<Vec<_>>().join("; ")
}

/// What stands around the flow.
fn around(outline: &Outline) -> Vec<Vec<String>> {
    let row = |name: &str, text: String| vec![name.to_owned(), text];
    let hash = |sha256: &str| sha256.chars().take(SHOWN_HASH).collect::<String>();
    let run = &outline.run;
    let mut rows = vec![row("rejects", outline.rejects.clone()), row("report", outline.report.clone())];
    let files = outline
        .resources
        .iter()
        .map(|file| vec![file.path.clone(), words::size(file.bytes), format!("sha256 {}", hash(&file.sha256))]);
    let plugins = outline.plugins.iter().map(|plugin| {
        vec![
            plugin.alias.clone(),
            format!("{} {}", plugin.name, plugin.version),
            plugin.path.clone(),
            match plugin.named.rsplit_once(':') {
                Some((file, _)) if file != outline.file => {
                    format!("sha256 {}, named in {}", hash(&plugin.sha256), plugin.named)
                }
                _ => format!("sha256 {}", hash(&plugin.sha256)),
            },
        ]
    });
    rows.extend(table(files.collect(), "").into_iter().map(|line| row("resource", line)));
    rows.extend(table(plugins.collect(), "").into_iter().map(|line| row("plugin", line)));
    let expect = outline.expect.iter().map(|expect| vec![expect.key.clone(), expect.wanted.clone()]);
    rows.extend(table(expect.collect(), "").into_iter().map(|line| row("expect", line)));
    let memory = run.memory_bytes.map_or(String::new(), |memory| format!("memory {}, ", words::size(memory)));
    rows.push(row(
        "run",
        format!(
            "{}, {memory}window {}, records up to {}, errors {}, on error: {}",
            words::count(run.threads, "thread"),
            words::size(run.window_bytes),
            words::size(run.record_limit_bytes),
            run.errors,
            run.on_error
        ),
    ));
    rows
}
