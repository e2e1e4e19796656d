//! Tags: what is one, and what only looks like one (`a < b`, `<3`, `if a<b and c>d`, `<name@mail.example>`).

/// Elements whose tags stand for an end of a line: the block elements of the HTML standard's rendering section (15.3), rows,
/// items and `br`.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "iframe",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "optgroup",
    "option",
    "p",
    "pre",
    "section",
    "select",
    "summary",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "title",
    "tr",
    "ul",
];

/// Elements whose tags part words: the cells of tables.
const CELLS: &[&str] = &["td", "th"];

/// The other elements of HTML, obsolete ones too, and the roots of what may stand in it.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "applet", "area", "audio", "b", "base", "basefont", "bdi", "bdo", "bgsound", "big",
    "blink", "button", "canvas", "cite", "code", "col", "colgroup", "data", "datalist", "del", "dfn", "em", "embed",
    "font", "frame", "i", "img", "input", "ins", "kbd", "keygen", "label", "link", "map", "mark", "marquee", "math",
    "meta", "meter", "nobr", "noembed", "noframes", "noscript", "object", "output", "param", "path", "picture",
    "progress", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "script", "small", "source", "span", "strike",
    "strong", "style", "sub", "sup", "svg", "template", "textarea", "time", "track", "tt", "u", "var", "video", "wbr",
    "xmp",
];

/// Prefixes of names that word processors and social networks write.
const PREFIXES: &[&str] = &["o", "v", "w", "x", "m", "st1", "fb", "g"];

/// Attributes that may stand without a value (HTML standard, 2.3.2, and obsolete ones).
const BOOLEAN: &[&str] = &[
    "allowfullscreen",
    "async",
    "autofocus",
    "autoplay",
    "checked",
    "compact",
    "controls",
    "default",
    "defer",
    "disabled",
    "hidden",
    "inert",
    "ismap",
    "itemscope",
    "loop",
    "multiple",
    "muted",
    "nohref",
    "nomodule",
    "noshade",
    "novalidate",
    "nowrap",
    "open",
    "readonly",
    "required",
    "reversed",
    "selected",
];

/// What a tag is in a line of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Block,
    Cell,
    Inline,
}

/// A tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    pub(super) role: Role,
    pub(super) is_end: bool,
    /// Whether it has nothing but its name, so that it may be something else.
    pub(super) is_bare: bool,
    /// Its length in bytes.
    pub(super) length: usize,
}

fn role(name: &str) -> Option<Role> {
    let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    if is(BLOCKS) {
        return Some(Role::Block);
    }
    if is(CELLS) {
        return Some(Role::Cell);
    }
    let is_prefixed = || name.split_once(':').is_some_and(|(p, _)| PREFIXES.iter().any(|k| k.eq_ignore_ascii_case(p)));
    (is(INLINE) || is_prefixed()).then_some(Role::Inline)
}

/// Reads the tag at the start of `text`, which begins with `<`.
///
/// # Errors
/// That there is none, with how many bytes were looked at to find out.
pub(super) fn read(text: &str) -> Result<Tag<'_>, usize> {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let is_end = byte(1) == b'/';
    let start = 1 + usize::from(is_end);
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b':';
    let mut at = start;
    // `blockquote` has ten letters; names with a prefix are longer.
    while is_name(byte(at)) && at - start < 40 {
        at += 1;
    }
    let name = &text[start..at];
    let role = role(name).ok_or(at)?;
    let mut attributes = 0;
    loop {
        let before = at;
        while byte(at).is_ascii_whitespace() {
            at += 1;
        }
        if byte(at) == b'/' && byte(at + 1) == b'>' {
            at += 1;
        }
        if byte(at) == b'>' {
            return Ok(Tag { name, role, is_end, is_bare: attributes == 0, length: at + 1 });
        }
        // Between attributes stands a space; tag soup forgets it after quotation marks.
        if before == at && !(attributes > 0 && matches!(byte(at - 1), b'"' | b'\'')) {
            return Err(at);
        }
        at = attribute(text, at)?;
        attributes += 1;
    }
}

/// The end of the attribute at byte `at`.
fn attribute(text: &str, mut at: usize) -> Result<usize, usize> {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let start = at;
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':' | b'.' | b'@');
    while is_name(byte(at)) {
        at += 1;
    }
    if at == start {
        return Err(at);
    }
    let name = &text[start..at];
    let mut sign = at;
    while byte(sign).is_ascii_whitespace() {
        sign += 1;
    }
    if byte(sign) != b'=' {
        let is_known = BOOLEAN.iter().any(|known| known.eq_ignore_ascii_case(name));
        return if is_known { Ok(at) } else { Err(sign) };
    }
    at = sign + 1;
    while byte(at).is_ascii_whitespace() {
        at += 1;
    }
    let quote = byte(at);
    if matches!(quote, b'"' | b'\'') {
        let close = memchr::memchr(quote, &bytes[at + 1..]).ok_or(bytes.len())?;
        return Ok(at + close + 2);
    }
    let value = at;
    while at < bytes.len() && !byte(at).is_ascii_whitespace() && !matches!(byte(at), b'<' | b'>' | b'"' | b'\'') {
        at += 1;
    }
    if at == value { Err(at) } else { Ok(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_what_looks_like_them() {
        for (text, expected) in [
            ("<br>", Some(4)),
            ("<br/>", Some(5)),
            ("<BR />x", Some(6)),
            ("</p>", Some(4)),
            ("<a href=\"x\">", Some(12)),
            ("<a href='x' title=\"a > b\">", Some(26)),
            ("<a href=http://x.example/a>", Some(27)),
            ("<p\nclass=\"x\"\n>", Some(14)),
            ("<input type=\"checkbox\" checked>", Some(31)),
            ("<img src=\"a\"alt=\"b\">", Some(20)),
            ("<o:p>", Some(5)),
            ("<td nowrap>", Some(11)),
            ("<3", None),
            ("< b>", None),
            ("<b and c>", None),
            ("<b+c>", None),
            ("<vector>", None),
            ("<T>", None),
            ("<name@mail.example>", None),
            ("<http://x.example>", None),
            ("<a href=\"x>", None),
            ("<p", None),
            ("<p <b>", None),
            ("<>", None),
            ("<a =>", None),
        ] {
            assert_eq!(read(text).ok().map(|tag| tag.length), expected, "{text}");
        }
    }
}
