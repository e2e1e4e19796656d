//! The manual page of a stage or a format, as data.

use super::example::Shown;
use super::options::{Opt, options};
use warraq_core::{FormatDef, Layers, Order, StageInfo};

/// A page.
pub(super) struct Page {
    pub(super) name: String,
    pub(super) summary: String,
    /// Markdown.
    pub(super) manual: String,
    /// What it reads and writes, or which files it is for: sentences.
    pub(super) facts: Vec<String>,
    /// Lists of options under their titles.
    pub(super) options: Vec<(&'static str, Vec<Opt>)>,
    /// None where a format has no examples of its own.
    pub(super) examples: Option<Vec<Shown>>,
}

impl Page {
    /// The page of a stage; `kind` is empty for a built-in one.
    pub(super) fn of_stage(info: &StageInfo, kind: &str) -> Self {
        let names = |layers: Layers| layers.iter().map(|l| l.name()).collect::<Vec<_>>().join(", ");
        let order = match info.order {
            Order::Parallel => "parallel",
            Order::InOrder => "in input order",
        };
        let kind = if kind.is_empty() { String::new() } else { format!("Kind: {kind}. ") };
        let (reads, writes) = (names(info.reads), names(info.writes));
        Page {
            name: info.name.to_string(),
            summary: info.summary.to_string(),
            manual: info.manual.trim().to_owned(),
            facts: vec![format!("{kind}Reads {reads}; writes {writes}; runs {order}.")],
            options: vec![("Options", options(&info.schema))],
            examples: Some(info.examples.iter().map(|example| Shown::new(&info.name, example)).collect()),
        }
    }

    pub(super) fn of_format(format: &FormatDef) -> Self {
        let mut facts = Vec::new();
        let mut lists = Vec::new();
        if !format.extensions.is_empty() {
            facts.push(format!("File names: .{}", format.extensions.join(", .")));
        }
        if let Some(source) = &format.source {
            lists.push(("Options as a source", options(&source.schema)));
        }
        if let Some(export) = &format.export {
            if export.own_sink {
                facts.push("An export of it writes to a sink of its own, and takes no `path`.".to_owned());
            }
            lists.push(("Options as an export", options(&export.schema)));
        }
        Page {
            name: format.name.to_string(),
            summary: format.summary.to_string(),
            manual: format.manual.trim().to_owned(),
            facts,
            options: lists,
            examples: None,
        }
    }
}
