//! `check --format github`: workflow commands, which GitHub shows beside the lines of a pull request.

use super::Checked;
use crate::diagnostic::{Diagnostic, Severity, printable};

/// A line per problem: `::error file=…,line=…,col=…,endColumn=…,title=WQ004::message`.
#[must_use]
pub fn github(checked: &[Checked]) -> String {
    let mut text = String::new();
    for file in checked {
        for diagnostic in file.diagnostics.sorted() {
            text.push_str(&command(file, diagnostic));
            text.push('\n');
        }
    }
    text
}

fn command(checked: &Checked, diagnostic: &Diagnostic) -> String {
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let region = checked.place(diagnostic);
    let mut text = format!("::{word} file={}", property(region.map_or(checked.name.as_str(), |region| region.file)));
    if let Some(region) = region {
        text.push_str(&format!(",line={}", region.start.0));
        // Columns of different lines are refused: with several lines, those are all that can be said.
        match region.start.0 == region.end.0 {
            true => text.push_str(&format!(",col={},endColumn={}", region.start.1, region.end.1)),
            false => text.push_str(&format!(",endLine={}", region.end.0)),
        }
    }
    text.push_str(&format!(",title={}::{}", property(diagnostic.code), data(&checked.whole_message(diagnostic))));
    text
}

/// A message: it ends at the line's end. Logs are read on terminals, too.
pub(crate) fn data(text: &str) -> String {
    printable(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")).into_owned()
}

/// The value of a property: it also ends at a comma, and all of them at a colon.
pub(crate) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
