//! Regular expressions in options: read in one place, so that the same mistake reads the same in every stage.

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

/// How large a pattern may be once it is compiled, in bytes; for a set, all of them together. Each worker thread may hold as
/// much again for its work. What is larger repeats a class such as `\w`, which knows every letter of Unicode, hundreds of
/// times, and is slow.
const SIZE_LIMIT: usize = 10 << 20;

/// Reads a regular expression.
///
/// # Errors
/// What is wrong with it, on one line and with its place where that is known.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).build().map_err(|e| explain(&e, pattern))
}

/// Reads a list of regular expressions, each of which [`compile`] has taken.
///
/// # Errors
/// When they are too large together.
pub(crate) fn compile_set(patterns: &[String]) -> Result<RegexSet, String> {
    let built = RegexSetBuilder::new(patterns).size_limit(SIZE_LIMIT).build();
    built.map_err(|e| format!("together, {}", explain(&e, "").replace("the pattern needs", "the patterns need")))
}

fn explain(error: &regex::Error, pattern: &str) -> String {
    match error {
        regex::Error::CompiledTooBig(limit) => format!(
            "the pattern needs more than {} MiB once it is compiled: repeat less, or less than all letters of Unicode, as in \
             `[a-z]` for `\\w`",
            limit >> 20
        ),
        regex::Error::Syntax(message) => {
            let reason = message.lines().last().unwrap_or(message).trim_start_matches("error: ");
            // For a pattern of one line, the report is a title, the pattern, carets under it, and the reason.
            let carets = message.lines().nth(2).filter(|line| line.contains('^') && !pattern.contains('\n'));
            match carets.and_then(|line| line.find('^')?.checked_sub(4)) {
                Some(column) => format!("{reason}, at character {} of the pattern", column + 1),
                None => reason.to_owned(),
            }
        }
        other => other.to_string(),
    }
}
