//! Light markup: what is left of forum posts (BBCode) and of wiki pages.

/// The names of BBCode in wide use.
const CODES: &[&str] = &[
    "b", "i", "u", "s", "url", "img", "quote", "code", "color", "colour", "size", "font", "list", "center", "left",
    "right", "justify", "youtube", "video", "email", "spoiler", "table", "tr", "td", "th", "sub", "sup", "indent",
    "hr",
];

/// The length of the BBCode tag at the start of `text`, which begins with `[`.
pub(super) fn bbcode(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let name = inner.strip_prefix('/').unwrap_or(inner);
    let length = name.bytes().take(10).take_while(u8::is_ascii_alphabetic).count();
    let is_known = CODES.iter().any(|code| code.eq_ignore_ascii_case(&name[..length]));
    let skipped = text.len() - name.len() + length;
    let rest = &text[skipped..];
    // A value is no longer than an address.
    let value = match rest.bytes().next()? {
        b']' => 0,
        b'=' | b' ' if !inner.starts_with('/') => {
            rest.bytes().take(2048).position(|b| matches!(b, b']' | b'[' | b'\n'))?
        }
        _ => return None,
    };
    (is_known && rest[value..].starts_with(']')).then_some(skipped + value + 1)
}

/// A piece of wiki markup at the start of a text: the parts of it that go.
pub(super) enum Wiki {
    /// The bytes up to here go.
    Gone(usize),
    /// The bytes before the first go, those up to the second stay, those up to the third go.
    Inner(usize, usize, usize),
}

/// How long a link or template is at most: what has no end should not be looked for through all of a text.
const MOST: usize = 4096;

/// The wiki markup at the start of `text`; `begins_line` says whether a line begins there.
pub(super) fn wiki(text: &str, begins_line: bool) -> Option<Wiki> {
    let bytes = &text.as_bytes()[..text.len().min(MOST)];
    let close = |open: &[u8; 2], end: &[u8; 2]| {
        let inner = &bytes[2..];
        let at = inner.windows(2).position(|pair| pair == end || pair == open)? + 2;
        bytes[at..].starts_with(end).then_some(at)
    };
    if bytes.starts_with(b"'''") {
        return Some(Wiki::Gone(3));
    }
    if bytes.starts_with(b"''") {
        return Some(Wiki::Gone(2));
    }
    if bytes.starts_with(b"{{") {
        return close(b"{{", b"}}").map(|end| Wiki::Gone(end + 2));
    }
    if bytes.starts_with(b"[[") {
        let end = close(b"[[", b"]]")?;
        let inner = &text[2..end];
        let target = inner.split('|').next().unwrap_or_default();
        let is_file = target.split_once(':').is_some_and(|(space, _)| {
            ["file", "image", "category", "ملف", "صورة", "تصنيف", "fichier", "catégorie", "datei", "kategorie"]
                .iter()
                .any(|known| space.trim().to_lowercase() == *known)
        });
        if is_file {
            return Some(Wiki::Gone(end + 2));
        }
        let label = inner.rfind('|').map_or(2, |at| 2 + at + 1);
        return Some(Wiki::Inner(label, end, end + 2));
    }
    if begins_line && bytes.starts_with(b"==") {
        let line = text.lines().next().unwrap_or_default();
        let marks = line.bytes().take_while(|b| *b == b'=').count();
        let inner = line[marks..].trim_end().strip_suffix(&line[..marks])?;
        let end = marks + inner.len();
        return (!inner.trim().is_empty() && marks <= 6).then_some(Wiki::Inner(marks, end, end + marks));
    }
    None
}
