//! `[expect]`: what must be true of a finished run, as comparisons of its counts. A closed set of subjects, five operators,
//! and no expression language.

use super::fields::{Fields, missing_key};
use super::node::{Key, Kind, Node, shorten, type_error};
use super::spec::{Spanned, StageSpec};
use super::suggest;
use super::write::toml_key;
use crate::diagnostic::{COMPARISON, Diagnostic, Diagnostics, MALFORMED, NO_SUCH_STAGE, Span};
use std::cmp::Ordering;
use std::fmt;

/// One expectation of `[expect]`. A list of comparisons is one of these for each.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectSpec {
    /// What is compared.
    pub subject: Subject,
    /// Where its key stands.
    pub key: Span,
    /// What it is compared with; its place is that of the text.
    pub comparison: Spanned<Comparison>,
}

/// A number of a finished run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Documents read.
    Read,
    /// Documents kept; a share is of those read, as of the next three.
    Kept,
    /// Documents that a filter dropped.
    Dropped,
    /// Documents that repeat another.
    Duplicate,
    /// Documents that failed.
    Failed,
    /// Documents that one stage dropped, for one reason or for any; a share is of those read.
    DroppedBy {
        /// The stage's name.
        stage: String,
        /// The reason, as in the summary of a run and in the rejects.
        reason: Option<String>,
    },
    /// Tokens of all kinds per kept document, on average.
    TokensPerDocument,
    /// Kept documents of a language; a share is of those kept. A document without a language has the language `und`.
    Lang(String),
    /// Spans with a label in kept documents; a share is of the kept documents, of those that have such a span.
    Label(String),
}

/// Its key in `[expect]`, such as `lang.ar`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read => f.write_str("read"),
            Self::Kept => f.write_str("kept"),
            Self::Dropped => f.write_str("dropped"),
            Self::Duplicate => f.write_str("duplicate"),
            Self::Failed => f.write_str("failed"),
            Self::DroppedBy { stage, reason: None } => write!(f, "dropped_by.{}", toml_key(stage)),
            Self::DroppedBy { stage, reason: Some(reason) } => {
                write!(f, "dropped_by.{}", toml_key(&format!("{stage}: {reason}")))
            }
            Self::TokensPerDocument => f.write_str("tokens_per_document"),
            Self::Lang(lang) => write!(f, "lang.{}", toml_key(lang)),
            Self::Label(label) => write!(f, "labels.{}", toml_key(label)),
        }
    }
}

/// An operator and what stands on its right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    op: Op,
    /// The number without its decimal point.
    digits: u64,
    /// How many of the digits stand behind the point.
    decimals: u32,
    /// Whether it is a percentage.
    pub is_share: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    AtLeast,
    AtMost,
    More,
    Less,
    Equal,
}

/// Longer ones first, so that `>=` is not read as `>`.
const OPS: [(&str, Op); 5] =
    [(">=", Op::AtLeast), ("<=", Op::AtMost), (">", Op::More), ("<", Op::Less), ("=", Op::Equal)];

/// Most digits of a number: with them, no product below leaves 128 bits.
const MAX_DIGITS: usize = 15;

impl Comparison {
    /// Reads `>= 80%`: an operator (`>=`, `<=`, `>`, `<`, `=`) and a number, with or without decimals and a percent sign.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (rest, op) = OPS.iter().find_map(|(sign, op)| Some((text.strip_prefix(sign)?, *op)))?;
        let rest = rest.trim();
        let (number, is_share) = match rest.strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (rest, false),
        };
        let (whole, decimals) = match number.split_once('.') {
            Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
            Some(_) => return None,
            None => (number, ""),
        };
        let digits = format!("{whole}{decimals}");
        if whole.is_empty() || digits.len() > MAX_DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(Self { op, digits: digits.parse().ok()?, decimals: u32::try_from(decimals.len()).ok()?, is_share })
    }

    /// Whether `count` out of `of` is as asked; never for a part of nothing. Exact: no rounding decides.
    #[must_use]
    pub fn holds(self, count: u64, of: u64) -> bool {
        if of == 0 {
            return false;
        }
        let scale = 10u128.pow(self.decimals) * if self.is_share { 100 } else { 1 };
        let order = (u128::from(count) * scale).cmp(&(u128::from(self.digits) * u128::from(of)));
        match self.op {
            Op::AtLeast => order != Ordering::Less,
            Op::AtMost => order != Ordering::Greater,
            Op::More => order == Ordering::Greater,
            Op::Less => order == Ordering::Less,
            Op::Equal => order == Ordering::Equal,
        }
    }

    /// Whether a share of more than the whole is asked for.
    fn is_beyond_all(self) -> bool {
        self.is_share && u128::from(self.digits) > 100 * 10u128.pow(self.decimals)
    }
}

/// As it is written in a pipeline file.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = OPS.iter().find(|(_, op)| *op == self.op).map_or("", |(sign, _)| *sign);
        let (width, decimals) = (self.decimals as usize + 1, self.decimals as usize);
        let digits = format!("{:0width$}", self.digits);
        let (whole, rest) = digits.split_at(digits.len() - decimals);
        let point = if decimals == 0 { "" } else { "." };
        write!(f, "{op} {whole}{point}{rest}{}", if self.is_share { "%" } else { "" })
    }
}

pub(crate) const KEYS: &[&str] =
    &["read", "kept", "dropped", "duplicate", "failed", "dropped_by", "tokens_per_document", "lang", "labels"];
const FORM: &str = "a comparison such as \">= 80%\" or \"<= 10\"";
const COUNT_FORM: &str = "a comparison with a number, such as \">= 100\"";

/// Reads `[expect]`, in the order of the file.
pub(super) fn expect(root: &Fields<'_>, stages: &[StageSpec], out: &mut Diagnostics) -> Vec<ExpectSpec> {
    let fields = root.get("expect").and_then(|node| Fields::of(node, "`[expect]`", out));
    let Some(fields) = fields else { return Vec::new() };
    fields.check_keys(KEYS, out);
    let mut found = Vec::new();
    for (key, node) in fields.table {
        let what = fields.label(&key.name);
        let one = |subject: Subject, found: &mut Vec<ExpectSpec>, out: &mut Diagnostics| {
            comparisons(&subject, key.span, node, &what, found, out);
        };
        match key.name.as_str() {
            "read" => one(Subject::Read, &mut found, out),
            "kept" => one(Subject::Kept, &mut found, out),
            "dropped" => one(Subject::Dropped, &mut found, out),
            "duplicate" => one(Subject::Duplicate, &mut found, out),
            "failed" => one(Subject::Failed, &mut found, out),
            "tokens_per_document" => one(Subject::TokensPerDocument, &mut found, out),
            "lang" => named(node, &what, &mut found, out, |key, _| Some(Subject::Lang(key.name.clone()))),
            "labels" => named(node, &what, &mut found, out, |key, _| Some(Subject::Label(key.name.clone()))),
            "dropped_by" => named(node, &what, &mut found, out, |key, out| dropped_by(key, stages, &what, out)),
            _ => {}
        }
    }
    found
}

/// A table whose keys are names.
fn named(
    node: &Node,
    what: &str,
    found: &mut Vec<ExpectSpec>,
    out: &mut Diagnostics,
    subject: impl Fn(&Key, &mut Diagnostics) -> Option<Subject>,
) {
    let Some(table) = node.expect_table(what, out) else { return };
    for (key, node) in table {
        // An unquoted `filter.length = …` nests tables; the error would be about `filter`, which nobody has.
        if let Some((inner, _)) = node.as_table().and_then(|table| table.iter().next()) {
            let (outer, inner) = (shorten(&key.name), shorten(&inner.name));
            let error = Diagnostic::error(MALFORMED, "a name with a dot needs quotes").label(key.span, what);
            out.push(error.help(format!("write `\"{outer}.{inner}\" = …`")));
        } else if key.name.is_empty() {
            out.push(missing_key("NAME", what, key.span));
        } else if let Some(subject) = subject(key, out) {
            let what = format!("`{}` in {what}", shorten(&key.name));
            comparisons(&subject, key.span, node, &what, found, out);
        }
    }
}

/// `STAGE` or `STAGE: REASON`, as the summary of a run has it.
fn dropped_by(key: &Key, stages: &[StageSpec], what: &str, out: &mut Diagnostics) -> Option<Subject> {
    let is_stage = |name: &str| stages.iter().any(|stage| stage.name.value == name);
    let (stage, reason) = match key.name.split_once(':') {
        Some((stage, reason)) if !is_stage(&key.name) => (stage.trim(), Some(reason.trim().to_owned())),
        _ => (key.name.as_str(), None),
    };
    if !is_stage(stage) {
        let error = Diagnostic::error(NO_SUCH_STAGE, format!("no stage is named `{}`", shorten(stage)));
        let help = suggest::help(stage, stages.iter().map(|stage| stage.name.as_str()), "stages");
        out.push(error.label(key.span, what).help_if(help).help("a key here is `STAGE` or `STAGE: REASON`"));
        return None;
    }
    Some(Subject::DroppedBy { stage: stage.to_owned(), reason })
}

/// One comparison, or a list of which all must hold.
fn comparisons(
    subject: &Subject,
    key: Span,
    node: &Node,
    what: &str,
    found: &mut Vec<ExpectSpec>,
    out: &mut Diagnostics,
) {
    let items = match &node.kind {
        Kind::Array(items) if items.is_empty() => {
            out.push(Diagnostic::error(MALFORMED, "the array is empty").label(node.span, what));
            return;
        }
        Kind::Array(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let only_numbers = matches!(subject, Subject::Read | Subject::TokensPerDocument);
    let form = if only_numbers { COUNT_FORM } else { FORM };
    for item in items {
        let Some(text) = item.as_str() else {
            let error = type_error(item, &format!("{form}, or an array of these"), what);
            let number = match &item.kind {
                Kind::Int(number) => Some(number.to_string()),
                Kind::Float(number) => Some(number.to_string()),
                _ => None,
            };
            out.push(error.help_if(number.map(|number| format!("say how it compares: `\"= {number}\"`"))));
            continue;
        };
        let refuse = |message: String| Diagnostic::error(COMPARISON, message).label(item.span, what);
        match Comparison::parse(text) {
            None => {
                let message = format!("cannot understand \"{}\", expected {form}", shorten(text));
                out.push(refuse(message).help("operators: `>=`, `<=`, `>`, `<`, `=`; a list means that all must hold"));
            }
            Some(comparison) if comparison.is_share && only_numbers => {
                out.push(refuse(format!("`{subject}` is no part of anything: expected {COUNT_FORM}")));
            }
            Some(comparison) if comparison.is_beyond_all() => {
                out.push(refuse(format!("`{comparison}` asks for more than all: the most is 100%")));
            }
            Some(comparison) => {
                let comparison = Spanned::new(comparison, item.span);
                found.push(ExpectSpec { subject: subject.clone(), key, comparison });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn comparisons_are_an_operator_and_a_number() {
        for (text, shown) in [
            (">= 80%", Some(">= 80%")),
            ("  <=10 ", Some("<= 10")),
            (">0.25 %", Some("> 0.25%")),
            ("<007", Some("< 7")),
            ("= 1.50", Some("= 1.50")),
            ("80%", None),
            (">= ", None),
            ("=> 1", None),
            ("== 1", None),
            (">= -1", None),
            (">= 1e3", None),
            (">= .5", None),
            (">= 5.", None),
            (">= 1 2", None),
            (">= ٨٠", None),
            (">= 1234567890123456", None),
            ("", None),
        ] {
            assert_eq!(Comparison::parse(text).map(|c| c.to_string()).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn shares_are_compared_without_rounding() {
        for (text, count, of, expected) in [
            (">= 80%", 80, 100, true),
            (">= 80%", 79, 100, false),
            ("= 33.3%", 333, 1000, true),
            ("= 33.3%", 1, 3, false),
            ("<= 0.1%", 1, 1000, true),
            ("< 0.1%", 1, 1000, false),
            ("> 10", 11, 1, true),
            ("> 10", 21, 2, true),
            ("= 10.5", 21, 2, true),
            // A part of nothing is no part.
            (">= 0%", 0, 0, false),
            ("<= 100%", 0, 0, false),
        ] {
            assert_eq!(Comparison::parse(text).unwrap().holds(count, of), expected, "{count} of {of} {text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(op in 0..5usize, digits in 0..10u64.pow(14), decimals in 0..9u32, is_share: bool) {
            let comparison = Comparison { op: OPS[op].1, digits, decimals, is_share };
            prop_assert_eq!(Comparison::parse(&comparison.to_string()), Some(comparison));
        }

        #[test]
        fn exactly_one_of_less_equal_and_more_holds(count: u64, of in 1..u64::MAX, digits in 0..10u64.pow(15), decimals in 0..9u32) {
            let holds = |op| Comparison { op, digits, decimals, is_share: true }.holds(count, of);
            let all = [Op::Less, Op::Equal, Op::More].map(holds);
            prop_assert_eq!(all.iter().filter(|holds| **holds).count(), 1);
            prop_assert_eq!(holds(Op::AtLeast), !holds(Op::Less));
            prop_assert_eq!(holds(Op::AtMost), !holds(Op::More));
        }
    }
}
