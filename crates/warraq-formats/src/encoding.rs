//! Character encodings of text formats: the `encoding` option, and the way from a record's bytes to UTF-8 and back.

use encoding_rs::{Decoder as Transcoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{self, Read};
use warraq_core::{Error, OptionError, Record};

/// The encoding of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charset {
    encoding: &'static Encoding,
    /// Whether the source has an option `encoding`, which errors can advise.
    has_option: bool,
}

/// What stands in the transcoded stream for bytes that mean nothing in their encoding. No UTF-8 text has this byte, so
/// the record it falls into fails, and fails alone.
const MALFORMED: u8 = 0xFF;

/// What to do about another encoding where no option is for it.
const CONVERT: &str = "convert it to UTF-8 first, with `iconv` for instance";

const BOM: &[u8] = b"\xEF\xBB\xBF";

impl Charset {
    pub(crate) fn of(encoding: &'static Encoding) -> Self {
        Charset { encoding, has_option: true }
    }

    /// That of a format whose files are in UTF-8, and which has no option for anything else.
    pub(crate) fn always_utf8() -> Self {
        Charset { encoding: UTF_8, has_option: false }
    }

    /// The encoding of this name: any label of the WHATWG Encoding Standard.
    pub(crate) fn named(label: &str) -> Result<Self, OptionError> {
        Encoding::for_label_no_replacement(label.as_bytes()).map(Charset::of).ok_or_else(|| {
            OptionError::new("encoding", format!("there is no encoding `{label}`")).help(
                "use a name from the WHATWG Encoding Standard, such as `utf-8`, `utf-16le`, `windows-1256`, \
                 `iso-8859-6`, `windows-1252`, `gb18030`, `shift_jis` or `euc-kr`",
            )
        })
    }

    /// Wraps the reader where a line feed is not the byte 0x0A (UTF-16) or may be part of a longer sequence
    /// (ISO-2022-JP): the records are then those of the stream as UTF-8.
    pub(crate) fn reader(self, inner: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        if self.is_transcoded_as_stream() { Box::new(Utf8Reader::new(self.encoding, inner)) } else { inner }
    }

    /// Whether [`Self::reader`] gives other bytes than are stored.
    pub(crate) fn is_transcoded_as_stream(self) -> bool {
        !self.encoding.is_ascii_compatible()
    }

    /// The record as UTF-8, without a byte order mark if it is the input's first. Where it is malformed, the text up to
    /// there, and the error.
    pub(crate) fn decode<'a>(self, record: &Record<'a>, buffer: &'a mut String) -> (&'a str, Option<Error>) {
        if self.encoding == UTF_8 || self.is_transcoded_as_stream() {
            return self.utf8(record);
        }
        if record.number == 1 && record.bytes.starts_with(BOM) {
            let message = format!(
                "the input begins with a UTF-8 byte order mark, but `encoding` says {}: set `encoding = \"utf-8\"`",
                self.encoding.name()
            );
            return ("", Some(Error::decode("encoding.invalid", message).at(0)));
        }
        let malformed = self.transcode(record.bytes, buffer);
        (buffer, malformed)
    }

    /// The bytes as UTF-8 in `buffer`: up to where they are malformed, and then the error.
    pub(crate) fn transcode(self, bytes: &[u8], buffer: &mut String) -> Option<Error> {
        buffer.clear();
        let mut decoder = self.encoding.new_decoder_without_bom_handling();
        buffer.reserve(decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len() * 3));
        let (mut at, mut malformed) = (0, None);
        loop {
            let (result, read) = decoder.decode_to_string_without_replacement(&bytes[at..], buffer, true);
            at += read;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => buffer.reserve(bytes.len() - at + 16),
                DecoderResult::Malformed(length, after) => {
                    let start = at - usize::from(length) - usize::from(after);
                    let sequence = &bytes[start..start + usize::from(length)];
                    let message = format!(
                        "the bytes {} mean nothing in {}: is `encoding` right?",
                        hex(sequence),
                        self.encoding.name()
                    );
                    malformed = Some(Error::decode("encoding.invalid", message).at(start as u64));
                    break;
                }
            }
        }
        malformed
    }

    fn utf8<'a>(self, record: &Record<'a>) -> (&'a str, Option<Error>) {
        let mark = self.mark(record);
        let bytes = &record.bytes[mark..];
        let error = match simdutf8::compat::from_utf8(bytes) {
            Ok(text) => return (text, None),
            Err(error) => error,
        };
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        let at = (mark + valid.len()) as u64;
        let error = if self.encoding != UTF_8 {
            let message = format!(
                "the input is not valid {}: a sequence of bytes that means nothing stood here (places are those of the \
                 input as UTF-8)",
                self.encoding.name()
            );
            Error::decode("encoding.invalid", message)
        } else if record.number == 1 && at == 0 && (rest.starts_with(b"\xFF\xFE") || rest.starts_with(b"\xFE\xFF")) {
            let advice = if self.has_option { "set `encoding = \"utf-16\"`" } else { CONVERT };
            Error::decode("utf8.invalid", format!("the input is not UTF-8: it begins like UTF-16, so {advice}"))
        } else {
            let length = error.error_len().unwrap_or(rest.len());
            let cut = if error.error_len().is_none() { " (the record ends inside a character)" } else { "" };
            let advice = if self.has_option { "set `encoding`" } else { CONVERT };
            let bytes = hex(&rest[..length]);
            let message = format!("{bytes} is not valid UTF-8{cut}: if the input has another encoding, {advice}");
            Error::decode("utf8.invalid", message)
        };
        // The bytes before the first invalid one are valid, as the error just said.
        (std::str::from_utf8(valid).unwrap_or_default(), Some(error.at(at)))
    }

    /// The length of the byte order mark at the start of this record.
    fn mark(self, record: &Record<'_>) -> usize {
        if record.number == 1 && record.bytes.starts_with(BOM) { BOM.len() } else { 0 }
    }

    /// The byte of the record where the byte `at` of its decoded text stands.
    pub(crate) fn byte(self, record: &Record<'_>, at: usize) -> u64 {
        if self.encoding == UTF_8 || self.is_transcoded_as_stream() {
            return (self.mark(record) + at) as u64;
        }
        // Only for messages, so a second, slow pass is fine: the byte before which the text reaches that far.
        let mut decoder = self.encoding.new_decoder_without_bom_handling();
        let (mut written, mut last_start, mut pending) = (0, 0, false);
        let mut out = [0; 16];
        for (n, byte) in record.bytes.iter().enumerate() {
            if !pending {
                last_start = n;
            }
            let (_, _, count) = decoder.decode_to_utf8_without_replacement(&[*byte], &mut out, false);
            pending = count == 0;
            written += count;
            if written > at {
                return last_start as u64;
            }
        }
        record.bytes.len() as u64
    }
}

/// `0xC3 0x28`; the first few, where there are many.
fn hex(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(4).map(|b| format!("0x{b:02X}")).collect();
    shown.join(" ")
}

/// A stream of some encoding as UTF-8.
struct Utf8Reader {
    inner: Box<dyn Read + Send>,
    transcoder: Transcoder,
    input: Box<[u8]>,
    /// What of `input` has not been transcoded.
    unread: std::ops::Range<usize>,
    output: Box<[u8]>,
    /// What of `output` has not been handed on.
    ready: std::ops::Range<usize>,
    /// The input has ended.
    ended: bool,
    /// And so has the output.
    done: bool,
}

impl Utf8Reader {
    const BUFFER: usize = 64 * 1024;

    fn new(encoding: &'static Encoding, inner: Box<dyn Read + Send>) -> Self {
        // In UTF-16 a byte order mark is stronger than the option, which may just say "utf-16".
        let utf16 = encoding == UTF_16LE || encoding == UTF_16BE;
        Utf8Reader {
            inner,
            transcoder: if utf16 { encoding.new_decoder() } else { encoding.new_decoder_with_bom_removal() },
            input: vec![0; Self::BUFFER].into(),
            unread: 0..0,
            output: vec![0; Self::BUFFER].into(),
            ready: 0..0,
            ended: false,
            done: false,
        }
    }

    /// Transcodes some more into the empty `output`.
    fn fill(&mut self) -> io::Result<()> {
        if self.unread.is_empty() && !self.ended {
            let read = self.inner.read(&mut self.input)?;
            self.unread = 0..read;
            self.ended = read == 0;
        }
        // One byte is left for the mark of a malformed sequence.
        let room = self.output.len() - 1;
        let (result, read, mut written) = self.transcoder.decode_to_utf8_without_replacement(
            &self.input[self.unread.clone()],
            &mut self.output[..room],
            self.ended,
        );
        self.unread.start += read;
        match result {
            DecoderResult::InputEmpty => self.done = self.ended,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                self.output[written] = MALFORMED;
                written += 1;
            }
        }
        self.ready = 0..written;
        Ok(())
    }
}

impl Read for Utf8Reader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() {
            if self.done || buf.is_empty() {
                return Ok(0);
            }
            self.fill()?;
        }
        let count = buf.len().min(self.ready.len());
        buf[..count].copy_from_slice(&self.output[self.ready.start..self.ready.start + count]);
        self.ready.start += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(bytes: &[u8], number: u64) -> Record<'_> {
        Record { bytes, path: "in.txt", number }
    }

    fn decoded(label: &str, bytes: &[u8], number: u64) -> (String, Option<(String, u64)>) {
        let mut buffer = String::new();
        let (text, error) = Charset::named(label).unwrap().decode(&record(bytes, number), &mut buffer);
        (text.into(), error.map(|e| (e.reason.into_owned(), e.at.unwrap())))
    }

    #[test]
    fn records_become_utf8_or_say_where_they_are_malformed() {
        let fails = |text: &str, reason: &str, at| (text.to_owned(), Some((reason.to_owned(), at)));
        let is = |text: &str| (text.to_owned(), None);
        let cases: &[(&str, &[u8], u64, _)] = &[
            ("utf-8", "مرحبا".as_bytes(), 1, is("مرحبا")),
            ("utf-8", b"\xEF\xBB\xBFa", 1, is("a")),
            ("utf-8", b"\xEF\xBB\xBFa", 2, is("\u{feff}a")),
            ("utf-8", b"ab\xE9t\xE9", 2, fails("ab", "utf8.invalid", 2)),
            ("utf-8", b"\xEF\xBB\xBFab\xFF", 1, fails("ab", "utf8.invalid", 5)),
            ("utf-8", b"ab\xD9", 2, fails("ab", "utf8.invalid", 2)),
            ("utf-8", b"\xFF\xFEa\0", 1, fails("", "utf8.invalid", 0)),
            ("windows-1256", b"\xE3\xD1\xCD\xC8\xC7", 1, is("مرحبا")),
            ("Windows-1256", b"\xEF\xBB\xBFa", 1, fails("", "encoding.invalid", 0)),
            ("windows-1256", b"\xEF\xBB\xBFa", 2, is("ï»؟a")),
            ("euc-kr", b"ab\xFF\xFFc", 1, fails("ab", "encoding.invalid", 2)),
            ("shift_jis", b"\x82\xA0\x82", 1, fails("あ", "encoding.invalid", 2)),
        ];
        for (label, bytes, number, expected) in cases {
            assert_eq!(&decoded(label, bytes, *number), expected, "{label} {bytes:x?} as record {number}");
        }
    }

    #[test]
    fn places_in_the_decoded_text_lead_back_to_the_record() {
        let arabic = Charset::named("windows-1256").unwrap();
        let bytes = b"a\xE3\xD1b";
        // `a`, two letters of two bytes each, `b`.
        let places: Vec<u64> = (0..=6).map(|at| arabic.byte(&record(bytes, 1), at)).collect();
        assert_eq!(places, [0, 1, 1, 2, 2, 3, 4]);
        let japanese = Charset::named("shift_jis").unwrap();
        assert_eq!(japanese.byte(&record(b"\x82\xA0b", 1), 3), 2);
        assert_eq!(japanese.byte(&record(b"\x82\xA0b", 1), 0), 0);
        assert_eq!(Charset::named("utf-8").unwrap().byte(&record(b"\xEF\xBB\xBFab", 1), 1), 4);
    }

    #[test]
    fn an_unknown_label_is_refused_with_names_that_work() {
        for label in ["utf8mb4", "", "hz-gb-2312", "iso-2022-kr"] {
            let error = Charset::named(label).unwrap_err();
            assert_eq!(error.to_string(), format!("`encoding`: there is no encoding `{label}`"));
            assert!(error.help.is_some_and(|help| help.contains("windows-1256")));
        }
    }

    /// Hands on one byte at a time, so that every character is cut.
    struct Trickle(io::Cursor<Vec<u8>>);

    impl Read for Trickle {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let count = buf.len().min(1);
            self.0.read(&mut buf[..count])
        }
    }

    fn through_reader(label: &str, bytes: Vec<u8>) -> Vec<u8> {
        let mut out = Vec::new();
        let inner = Box::new(Trickle(io::Cursor::new(bytes)));
        Charset::named(label).unwrap().reader(inner).read_to_end(&mut out).unwrap();
        out
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn utf16_streams_become_utf8_and_malformed_units_stay_visible() {
        let text = "سطر ૊ 😀\nline two\n";
        assert_eq!(through_reader("utf-16le", utf16(text, false)), text.as_bytes());
        assert_eq!(through_reader("utf-16be", utf16(text, true)), text.as_bytes());
        let marked = format!("\u{feff}{text}");
        assert_eq!(through_reader("utf-16", utf16(&marked, false)), text.as_bytes());
        assert_eq!(through_reader("utf-16", utf16(&marked, true)), text.as_bytes(), "the mark decides");
        assert_eq!(through_reader("utf-8", marked.clone().into()), marked.as_bytes(), "left alone");
        let long = text.repeat(20_000);
        assert_eq!(through_reader("utf-16le", utf16(&long, false)), long.as_bytes());

        let mut lone = utf16("a\n", false);
        lone.extend(0xD83Du16.to_le_bytes());
        lone.extend(utf16("b\nc", false));
        assert_eq!(through_reader("utf-16le", lone), b"a\n\xFFb\nc");
        let mut cut = utf16("a", false);
        cut.push(b'b');
        assert_eq!(through_reader("utf-16le", cut), b"a\xFF");
        assert_eq!(through_reader("iso-2022-jp", b"\x1B$B$\"\x1B(B\n".to_vec()), "あ\n".as_bytes());
    }

    #[test]
    fn a_record_with_a_malformed_unit_fails_as_its_encoding() {
        assert_eq!(decoded("utf-16le", b"b\xFF", 3), ("b".into(), Some(("encoding.invalid".into(), 1))));
    }
}
