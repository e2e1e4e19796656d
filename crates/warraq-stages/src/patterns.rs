//! Regular expressions in options: read in one place, so that the same mistake reads the same in every stage.

use regex::Regex;

/// Reads a regular expression.
///
/// # Errors
/// What is wrong with it, on one line and with its place where that is known.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|e| explain(&e, pattern))
}

fn explain(error: &regex::Error, pattern: &str) -> String {
    match error {
        regex::Error::CompiledTooBig(limit) => format!("the pattern needs more than {limit} bytes once it is compiled"),
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
