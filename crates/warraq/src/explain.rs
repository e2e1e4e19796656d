//! `warraq explain`: what a code means, at length.

use crate::cli::ExplainArgs;
use crate::show::print;
use std::io::IsTerminal;
use warraq_engine::Exit;
use warraq_engine::config::suggest;
use warraq_engine::diagnostic::CODES;
use warraq_engine::diagnostic::explain;
use warraq_engine::diagnostic::formats::Checked;

pub(crate) fn explain(args: &ExplainArgs) -> Exit {
    let Some(asked) = &args.code else {
        let lines: Vec<String> = CODES.iter().map(|(code, title)| format!("{code}  {title}\n")).collect();
        return print(&lines.concat());
    };
    // As it is copied from a message: `error[WQ012]`, in any case.
    let code = asked.trim_start_matches("error").trim_start_matches("warning").trim_matches(['[', ']']);
    let code = code.to_ascii_uppercase();
    if let Some(explanation) = explain::explain(&code) {
        return print(&explanation.page());
    }
    note!("error: there is no code `{asked}`");
    match nearest(&code) {
        Some(near) => note!("help: did you mean `{near}`?"),
        None => note!("help: `warraq explain` lists them all"),
    }
    Exit::Usage
}

/// The code meant by a number without zeros or letters, or the nearest in spelling.
fn nearest(asked: &str) -> Option<&'static str> {
    let codes = || CODES.iter().map(|(code, _)| *code);
    let number = asked.trim_start_matches(|c: char| !c.is_ascii_digit());
    let number: Option<u32> = number.parse().ok();
    let same = codes().find(|code| number.is_some() && code[2..].parse().ok() == number);
    same.or_else(|| suggest::nearest(asked, codes()))
}

/// Tells people at a terminal, once per check, that there is more to read.
pub(crate) fn hint(all: &[Checked]) {
    let first = all.iter().find_map(|checked| checked.diagnostics.sorted().first().map(|d| d.code));
    if let Some(code) = first.filter(|_| std::io::stderr().is_terminal()) {
        note!("for more: warraq explain {code}");
    }
}
