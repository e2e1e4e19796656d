//! The last column, `MISC`: what of it is about white space and spans, and how text is written there.
//!
//! `SpacesAfter`, `SpacesBefore` and `SpacesInToken` and their escapes are those of UDPipe.

use std::borrow::Cow;

/// What a row's `MISC` says that is not simply kept.
#[derive(Debug, Default)]
pub(super) struct Misc<'a> {
    /// `SpaceAfter=No`.
    pub(super) no_space: bool,
    /// `SpacesAfter=…`, still escaped.
    pub(super) after: Option<&'a str>,
    /// `SpacesBefore=…`, still escaped.
    pub(super) before: Option<&'a str>,
    /// `SpacesInToken=…`, still escaped: the token as it stands in the text.
    pub(super) in_token: Option<&'a str>,
    /// `NER=…`, still escaped.
    pub(super) tag: Option<&'a str>,
    /// Whether something is left.
    rest: bool,
}

impl<'a> Misc<'a> {
    pub(super) fn read(misc: &'a str) -> Self {
        let mut found = Misc::default();
        if misc == "_" {
            return found;
        }
        for part in misc.split('|') {
            match split(part) {
                Some(("SpaceAfter", value)) => found.no_space = value == "No",
                Some(("SpacesAfter", value)) => found.after = Some(value),
                Some(("SpacesBefore", value)) => found.before = Some(value),
                Some(("SpacesInToken", value)) => found.in_token = Some(value),
                Some(("NER", value)) => found.tag = Some(value),
                _ => found.rest |= !is_taken(part),
            }
        }
        found
    }

    /// Appends what is left to be kept of `misc`, from which this was read. Returns whether there is something.
    pub(super) fn keep(&self, misc: &str, out: &mut String) -> bool {
        if self.rest {
            let start = out.len();
            for part in misc.split('|').filter(|part| !is_taken(part)) {
                if out.len() > start {
                    out.push('|');
                }
                out.push_str(part);
            }
        }
        self.rest
    }
}

fn split(part: &str) -> Option<(&str, &str)> {
    part.split_once('=')
}

/// Whether the export writes this part anew, from the layers. The places in the source lead to that of an earlier run.
pub(super) fn is_taken(part: &str) -> bool {
    const TAKEN: [&str; 7] =
        ["SpaceAfter", "SpacesAfter", "SpacesBefore", "SpacesInToken", "NER", "SourceStart", "SourceEnd"];
    part.is_empty() || split(part).is_some_and(|(name, _)| TAKEN.contains(&name))
}

/// Appends `text` so that it can stand in `MISC`.
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        let letter = match byte {
            b' ' => b's',
            b'\t' => b't',
            b'\n' => b'n',
            b'\r' => b'r',
            b'|' => b'p',
            b'\\' => b'\\',
            _ => {
                out.push(byte);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', letter]);
    }
}

/// What was escaped. A backslash before another letter stands for itself.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.clone().next() {
            Some('s') => out.push(' '),
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('p') => out.push('|'),
            Some('\\') => out.push('\\'),
            _ => {
                out.push('\\');
                continue;
            }
        }
        chars.next();
    }
    Cow::Owned(out)
}
