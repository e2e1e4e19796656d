//! `plan --format mermaid|dot`: the flow as a graph for programs that draw.

use super::ascii::{layers, notes, order, place, remarks, title};
use super::{Outline, words};
use crate::diagnostic::printable;

/// A box of the graph: what it is, and the lines in it.
struct Node {
    id: String,
    shape: Shape,
    lines: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// A source or an export.
    Data,
    Stage,
}

/// The boxes, and the arrows between them by their ids.
fn graph(outline: &Outline) -> (Vec<Node>, Vec<(String, String)>) {
    let (mut nodes, mut arrows) = (Vec::new(), Vec::new());
    let mut ends: Vec<String> = Vec::new();
    for (n, source) in outline.sources.iter().enumerate() {
        let id = format!("source{n}");
        let bytes = source.bytes.map_or(String::new(), |bytes| format!(", {}", words::size(bytes)));
        let inputs = format!("{}{bytes}", words::count(source.inputs.len(), "input"));
        nodes.push(Node {
            id: id.clone(),
            shape: Shape::Data,
            lines: vec![format!("source {}", source.format), inputs],
        });
        ends.push(id);
    }
    for after in 0..=outline.stages.len() {
        for (n, export) in outline.exports.iter().enumerate().filter(|(_, export)| export.after == after) {
            let id = format!("export{n}");
            let mut lines = vec![format!("export {}", export.format), place(export)];
            lines.extend(Some(remarks(export)).filter(|remarks| !remarks.is_empty()));
            nodes.push(Node { id: id.clone(), shape: Shape::Data, lines });
            arrows.extend(ends.iter().map(|end| (end.clone(), id.clone())));
        }
        if let Some(stage) = outline.stages.get(after) {
            let id = format!("stage{after}");
            let flow = format!("{} -> {}", layers(&stage.reads), layers(&stage.writes));
            let lines = [title(stage), order(stage), flow].into_iter().chain(notes(stage));
            nodes.push(Node { id: id.clone(), shape: Shape::Stage, lines: lines.collect() });
            arrows.extend(ends.iter().map(|end| (end.clone(), id.clone())));
            ends = vec![id];
        }
    }
    (nodes, arrows)
}

/// The plan as a Mermaid flowchart.
pub fn mermaid(outline: &Outline) -> String {
    let (nodes, arrows) = graph(outline);
    let mut text = String::from("flowchart TD\n");
    for Node { id, shape, lines } in nodes {
        let lines: Vec<String> = lines.iter().map(|line| mermaid_text(line)).collect();
        let (open, close) = if shape == Shape::Data { ("[(", ")]") } else { ("[", "]") };
        text.push_str(&format!("    {id}{open}\"{}\"{close}\n", lines.join("<br/>")));
    }
    arrows.iter().for_each(|(from, to)| text.push_str(&format!("    {from} --> {to}\n")));
    text
}

/// Text inside quotes: Mermaid has entities that begin with `#`, reads HTML, and takes what begins with a backtick for
/// Markdown.
fn mermaid_text(line: &str) -> String {
    let mut text = String::new();
    for c in printable(line).chars() {
        match c {
            '"' | '<' | '>' | '#' | '&' | '`' | '\\' | ';' => text.push_str(&format!("#{};", u32::from(c))),
            c => text.push(c),
        }
    }
    text
}

/// The plan as a graph for Graphviz.
pub fn dot(outline: &Outline) -> String {
    let (nodes, arrows) = graph(outline);
    let mut text = format!("digraph {} {{\n    node [fontname=\"sans-serif\"];\n", dot_text(&[&outline.name]));
    for Node { id, shape, lines } in nodes {
        let shape = if shape == Shape::Data { "cylinder" } else { "box" };
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        text.push_str(&format!("    {id} [shape={shape}, label={}];\n", dot_text(&lines)));
    }
    arrows.iter().for_each(|(from, to)| text.push_str(&format!("    {from} -> {to};\n")));
    text + "}\n"
}

/// A quoted string of lines. In labels a backslash begins an escape, such as the `\n` between lines.
fn dot_text(lines: &[&str]) -> String {
    let escaped = lines.iter().map(|line| printable(line).replace('\\', "\\\\").replace('"', "\\\""));
    format!("\"{}\"", escaped.collect::<Vec<_>>().join("\\n"))
}
