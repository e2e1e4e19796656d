//! The limits of `[run]`: what a document, an input and the whole run may take. `docs/limits.md` has them in a table.

use super::fields::Fields;
use super::node::Kind;
use super::plugins::time;
use super::spec::Spanned;
use crate::diagnostic::{Diagnostic, Diagnostics, OUT_OF_RANGE};
use std::time::Duration;
use warraq_core::DocumentLimits;

/// The default of `run.expansion_limit`. Prose shrinks to a third or a sixth, tables and logs to a thirtieth, and lines that
/// differ in a number to less than a hundredth; gzip cannot do better than 1032 to 1, and does so only for one byte repeated.
pub const DEFAULT_EXPANSION_LIMIT: u64 = 1000;

/// The limits of `[run]`, where the file sets them; `record_limit` and `window`, which are older, stand beside them.
#[derive(Clone, Debug, Default)]
pub struct LimitsSpec {
    /// Bytes that may come out of each compressed byte of an input.
    pub expansion: Option<Spanned<u64>>,
    /// Tokens of a document.
    pub tokens: Option<Spanned<u64>>,
    /// Spans of a document.
    pub spans: Option<Spanned<u64>>,
    /// The longest that a stage may take for a document; none by default.
    pub timeout: Option<Spanned<Duration>>,
    /// Bytes that the whole run may take; none by default.
    pub memory: Option<Spanned<u64>>,
}

impl LimitsSpec {
    pub(super) fn read(run: &Fields<'_>, out: &mut Diagnostics) -> Self {
        LimitsSpec {
            expansion: count(run, "expansion_limit", out),
            tokens: count(run, "token_limit", out),
            spans: count(run, "span_limit", out),
            timeout: run.get("timeout").and_then(|node| time(node, &run.label("timeout"), out)),
            memory: run.byte_size("memory", out),
        }
    }

    /// The limit of decompression, set or not.
    pub(crate) fn expansion(&self) -> u64 {
        self.expansion.map_or(DEFAULT_EXPANSION_LIMIT, |limit| limit.value)
    }

    /// The limits of each document, set or not.
    pub(crate) fn document(&self) -> DocumentLimits {
        let DocumentLimits { tokens, spans } = DocumentLimits::DEFAULT;
        let items = |limit: Option<Spanned<u64>>, default| {
            limit.map_or(default, |limit| usize::try_from(limit.value).unwrap_or(usize::MAX))
        };
        DocumentLimits { tokens: items(self.tokens, tokens), spans: items(self.spans, spans) }
    }
}

/// A number of at least 1.
fn count(run: &Fields<'_>, key: &str, out: &mut Diagnostics) -> Option<Spanned<u64>> {
    let node = run.get(key)?;
    let number = node.expect_int(&run.label(key), out)?;
    let count = u64::try_from(number).ok().filter(|&count| count > 0);
    if count.is_none() {
        let error = Diagnostic::error(OUT_OF_RANGE, format!("{number} would let nothing through"));
        out.push(error.label(node.span, run.label(key)).help("a limit is at least 1; a large one is as good as none"));
    }
    count.map(|count| Spanned::new(count, node.span))
}

/// The limits that have a default, as the file would give them.
pub(super) fn defaults() -> [(&'static str, Kind); 3] {
    let number = |number: u64| Kind::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let DocumentLimits { tokens, spans } = DocumentLimits::DEFAULT;
    [
        ("expansion_limit", number(DEFAULT_EXPANSION_LIMIT)),
        ("token_limit", number(tokens as u64)),
        ("span_limit", number(spans as u64)),
    ]
}
