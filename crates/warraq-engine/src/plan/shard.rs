//! Shards: a contiguous part of the inputs for one of several runs, which together do what one run would.

use super::Compiler;
use crate::config::Spanned;
use crate::diagnostic::{Diagnostic, PATH, Span};
use std::fmt;
use std::str::FromStr;

/// The placeholder in paths that stands for the shard.
const PLACEHOLDER: &str = "{shard}";

/// One of so many parts of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 0.
    pub index: u64,
    /// Of how many; more than `index`.
    pub count: u64,
}

impl FromStr for Shard {
    type Err = String;

    /// As `0/4`, the first of four.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        let shard = parts.map(|(index, count)| Shard { index, count }).filter(|shard| shard.index < shard.count);
        shard.ok_or_else(|| "expected a shard such as `0/4`: its number from 0, and how many there are".into())
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl Shard {
    /// What stands for it in paths: its number, with zeros before it, so that shards sort as they follow each other.
    fn name(self) -> String {
        let width = (self.count - 1).to_string().len();
        format!("{:0width$}", self.index)
    }

    /// A path with its placeholder filled in. Without shards there is one, of number 0.
    pub(super) fn fill(shard: Option<Self>, path: &str) -> String {
        path.replace(PLACEHOLDER, &shard.map_or_else(|| "0".into(), Shard::name))
    }

    /// The name of a file beside others of the run.
    pub(super) fn beside(shard: Option<Self>, stem: &str, extension: &str) -> String {
        shard.map_or(format!("{stem}.{extension}"), |shard| format!("{stem}-{}.{extension}", shard.name()))
    }
}

impl Compiler<'_> {
    /// A path of an output with its placeholder filled in. All shards must write to files of their own.
    pub(super) fn filled(&mut self, path: &Spanned<String>) -> String {
        self.filled_at(&path.value, path.span)
    }

    pub(super) fn filled_at(&mut self, path: &str, span: Span) -> String {
        let filled = Shard::fill(self.shard, path);
        if self.shard.is_some() && filled == path && path != super::inputs::STANDARD {
            let error = Diagnostic::error(PATH, "all shards would write to the same file");
            let help =
                format!("with `--shard`, the path needs `{PLACEHOLDER}`, such as \"out/docs-{PLACEHOLDER}.jsonl\"");
            self.out.push(error.label(span, "the same for every shard").help(help));
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_numbered_from_0() {
        for (text, name) in [("0/1", Some("0")), ("3/4", Some("3")), ("7/100", Some("07")), ("99/100", Some("99"))] {
            assert_eq!(text.parse::<Shard>().ok().map(Shard::name).as_deref(), name);
        }
        for text in ["", "1", "4/4", "1/0", "-1/4", "a/b", "0/4/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
