//! The encoding that a web page declares: a byte order mark, else what stands near its start, as in the WHATWG's prescan.

use crate::encoding::Charset;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;
use warraq_core::{Error, Record};

/// How much of a page is searched, in bytes. Browsers search 1,024; pages that declare it later are many.
const PRESCAN: usize = 4096;

/// A page as UTF-8 by the encoding it declares. Where it is malformed, the text up to there, and the error.
///
/// A page that declares none is read as UTF-8: what it might be instead is not guessed.
pub(crate) fn decode<'a>(record: &Record<'a>, buffer: &'a mut String) -> (&'a str, Option<Error>) {
    if let Some((encoding, length)) = Encoding::for_bom(record.bytes)
        && encoding != UTF_8
    {
        let malformed = Charset::of(encoding).transcode(&record.bytes[length..], buffer);
        let place = |error: Error| match error.at {
            Some(at) => error.at(at + length as u64),
            None => error,
        };
        return (buffer, malformed.map(place));
    }
    if Encoding::for_bom(record.bytes).is_some() {
        return Charset::of(UTF_8).decode(record, buffer);
    }
    let declared = label(&record.bytes[..record.bytes.len().min(PRESCAN)]);
    let Some(label) = declared else {
        let (text, error) = Charset::of(UTF_8).decode(record, buffer);
        let error = error.map(|error| {
            let at = error.at.unwrap_or_default();
            let message = format!("the page declares no encoding, and {}", error.message);
            Error::decode("encoding.undeclared", message).at(at)
        });
        return (text, error);
    };
    match Encoding::for_label_no_replacement(&label) {
        // A page whose declaration can be read byte by byte is not in UTF-16, whatever it says.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Charset::of(UTF_8).decode(record, buffer),
        Some(encoding) if encoding.name() == "x-user-defined" => Charset::of(WINDOWS_1252).decode(record, buffer),
        Some(encoding) if !encoding.is_ascii_compatible() => {
            let malformed = Charset::of(encoding).transcode(record.bytes, buffer);
            (buffer, malformed)
        }
        Some(encoding) => Charset::of(encoding).decode(record, buffer),
        None => {
            let message = format!(
                "the page declares the encoding `{}`, which there is not: set `encoding` to the right one",
                String::from_utf8_lossy(&label).escape_debug()
            );
            ("", Some(Error::decode("encoding.unknown", message).at(0)))
        }
    }
}

/// The label in the first declaration of `head`: `<meta charset>`, `<meta http-equiv>` with `charset=` in its content, or
/// an XML declaration at the very start.
fn label(head: &[u8]) -> Option<Cow<'_, [u8]>> {
    if head.starts_with(b"<?xml") {
        let end = head.iter().position(|&b| b == b'>').unwrap_or(head.len());
        if let Some(label) = value_after(&head[..end], b"encoding") {
            return Some(label.into());
        }
    }
    let mut at = 0;
    while let Some(open) = head[at..].iter().position(|&b| b == b'<') {
        at += open;
        let rest = &head[at..];
        if rest.starts_with(b"<!--") {
            at += rest[4..].windows(3).position(|w| w == b"-->").map_or(rest.len(), |end| end + 7);
            continue;
        }
        let is_meta = rest.len() > 5 && rest[1..5].eq_ignore_ascii_case(b"meta") && !rest[5].is_ascii_alphanumeric();
        let end = rest.iter().position(|&b| b == b'>').unwrap_or(rest.len());
        if is_meta && let Some(label) = value_after(&rest[..end], b"charset") {
            return Some(label.into());
        }
        at += if is_meta { end } else { 1 };
    }
    None
}

/// What stands after `name` and an equals sign, without quotes.
fn value_after<'a>(tag: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut at = 0;
    while let Some(found) = tag[at..].windows(name.len()).position(|part| part.eq_ignore_ascii_case(name)) {
        at += found + name.len();
        let Some(value) = tag[at..].trim_ascii_start().strip_prefix(b"=") else { continue };
        let value = value.trim_ascii_start();
        let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value).trim_ascii_start();
        let end = value.iter().position(|b| b.is_ascii_whitespace() || b"\"';/>".contains(b)).unwrap_or(value.len());
        let value = value[..end].trim_ascii();
        if !value.is_empty() {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(bytes: &[u8]) -> (String, Option<(String, u64)>) {
        let mut buffer = String::new();
        let (text, error) = decode(&Record { bytes, path: "a.html", number: 1 }, &mut buffer);
        (text.into(), error.map(|e| (e.reason.into_owned(), e.at.unwrap())))
    }

    #[test]
    fn a_page_is_read_as_it_declares() {
        let in_1256 = |head: &str| [head.as_bytes(), b"\xE3\xD1\xCD\xC8\xC7"].concat();
        for head in [
            "<meta charset=windows-1256>",
            "<!doctype html><META  CharSet = 'windows-1256' />",
            "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1256\">",
            "<meta name=charset content=x><meta charset=\"cp1256\">",
            "<!-- <meta charset=utf-8> --><meta charset=windows-1256>",
            "<?xml version=\"1.0\" encoding=\"windows-1256\"?>",
            "<metal charset=utf-8><meta charset=\" windows-1256 \">",
        ] {
            assert_eq!(decoded(&in_1256(head)), (format!("{head}مرحبا"), None), "{head}");
        }
        let utf8 = "<meta charset=windows-1256>مرحبا";
        assert_eq!(decoded(format!("\u{feff}{utf8}").as_bytes()), (utf8.into(), None), "a byte order mark is stronger");
        let utf16 = |big: bool| -> Vec<u8> {
            let unit = |u: u16| if big { u.to_be_bytes() } else { u.to_le_bytes() };
            format!("\u{feff}{utf8}").encode_utf16().flat_map(unit).collect()
        };
        assert_eq!(decoded(&utf16(true)), (utf8.into(), None));
        assert_eq!(decoded(&utf16(false)), (utf8.into(), None));
        let lies = "<meta charset=utf-16>مرحبا";
        assert_eq!(decoded(lies.as_bytes()), (lies.into(), None));
        assert_eq!(decoded("<p>مرحبا".as_bytes()), ("<p>مرحبا".into(), None), "UTF-8 where nothing is declared");
    }

    #[test]
    fn what_cannot_be_read_says_why_and_where() {
        let reason = |bytes: &[u8]| decoded(bytes).1.unwrap();
        assert_eq!(reason(b"<p>\xE3\xD1"), ("encoding.undeclared".into(), 3));
        assert_eq!(reason(b"<meta charset=arabic-ish>\xE3"), ("encoding.unknown".into(), 0));
        assert_eq!(reason(b"<meta charset=utf-8>\xE3"), ("utf8.invalid".into(), 20));
        assert_eq!(reason(b"<meta charset=euc-kr>\xFF"), ("encoding.invalid".into(), 21));
        assert_eq!(reason(b"\xFF\xFEa\0\x3D\xD8b\0"), ("encoding.invalid".into(), 4));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            parts in prop::collection::vec(
                prop::sample::select(vec!["<meta", " charset", "=", "'", "utf-8", "iso-2022-jp", ">", "<!--", "-->", "\u{e9}", "<?xml", "encoding", "/"]),
                0..20,
            ),
            tail in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let bytes = [parts.concat().into_bytes(), tail].concat();
            let (_, error) = decoded(&bytes);
            if let Some((_, at)) = error {
                prop_assert!(at <= bytes.len() as u64);
            }
        }
    }
}
