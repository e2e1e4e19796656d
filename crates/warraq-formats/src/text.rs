//! `text`: plain text, a document per file or per line.

use crate::encoding::Charset;
use crate::{declared, schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::Read;
use warraq_core::{
    BuildContext, Decoder, Document, FormatDef, Framing, Layers, OptionError, Record, Result, SourceDef, SourceFormat,
    parse_options,
};

const MANUAL: &str = "\
Reads plain text. By default a file is one document; with `document = \"line\"` every line is one, blank lines are skipped.

- The **id** is `path#1` for a file and `path#line` for a line. Blank lines count, so the number is that of the line in an
  editor.
- The **text** is what the file holds, line ends included. A byte order mark at the start of the file is dropped. A line's
  text ends before its line feed, or before its carriage return and line feed.
- There is no metadata.

```toml
[[source]]
use = \"text\"
paths = [\"books/*.txt\"]
encoding = \"windows-1256\"
```

With `encoding = \"html\"` each file is read in the encoding that it declares as a web page: by a byte order mark, else by
`<meta charset>`, `<meta http-equiv>` or an XML declaration in its first 4,096 bytes, else UTF-8. `clean.html` then takes the
article out of the page.

Bytes that are not valid in the `encoding` fail the document (`utf8.invalid`, or `encoding.invalid` for another encoding)
and say where they are; nothing is replaced by `�` on the quiet. UTF-16 is turned into UTF-8 as it is read, so places in it
count UTF-8 bytes.";

/// The options of the `text` source.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// What is a document: the whole `file` or each `line`.
    document: Unit,
    /// The character encoding, by a name of the WHATWG Encoding Standard, such as `utf-8`, `utf-16` or `windows-1256`; or
    /// `html`: as each file, a web page, declares.
    encoding: String,
}

impl Default for Options {
    fn default() -> Self {
        Options { document: Unit::File, encoding: "utf-8".into() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    /// The file.
    File,
    /// Each line.
    Line,
}

/// What the format is.
pub(crate) fn definition() -> FormatDef {
    FormatDef {
        name: "text".into(),
        summary: "plain text, a document per file or per line".into(),
        manual: MANUAL.into(),
        extensions: &["txt", "text", "html", "htm", "xhtml"],
        source: Some(SourceDef { schema: schema::<Options>(), build }),
        export: None,
    }
}

fn build(options: Value, _: &mut BuildContext<'_>) -> std::result::Result<Box<dyn SourceFormat>, OptionError> {
    let options: Options = parse_options(options)?;
    let charset = if options.encoding == "html" {
        if options.document == Unit::Line {
            let error = OptionError::new("encoding", "a line declares no encoding");
            return Err(error.help("with `document = \"line\"`, name the encoding of the file"));
        }
        None
    } else {
        Some(Charset::named(&options.encoding)?)
    };
    Ok(Box::new(Text { unit: options.document, charset }))
}

#[derive(Clone, Copy)]
struct Text {
    unit: Unit,
    /// `None`: what each file declares.
    charset: Option<Charset>,
}

impl SourceFormat for Text {
    fn framing(&self) -> Framing {
        match self.unit {
            Unit::File => Framing::File,
            Unit::Line => Framing::Lines,
        }
    }

    fn reader(&self, inner: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        match self.charset {
            Some(charset) => charset.reader(inner),
            None => inner,
        }
    }

    fn divisible(&self) -> bool {
        self.charset.is_none_or(|charset| !charset.is_transcoded_as_stream())
    }

    fn may_bring(&self) -> Layers {
        Layers::NONE
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(TextDecoder { format: *self, buffer: String::new() })
    }
}

struct TextDecoder {
    format: Text,
    buffer: String,
}

impl Decoder for TextDecoder {
    fn decode(&mut self, record: &Record<'_>, doc: &mut Document) -> Result<()> {
        crate::set_default_id(record, doc);
        let (text, malformed) = match self.format.charset {
            Some(charset) => charset.decode(record, &mut self.buffer),
            None => declared::decode(record, &mut self.buffer),
        };
        if let Some(error) = malformed {
            return Err(error);
        }
        let text = match self.format.unit {
            Unit::File => text,
            Unit::Line => text.strip_suffix('\r').unwrap_or(text),
        };
        crate::check_length(text)?;
        doc.text_mut().push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use warraq_core::{Labels, MemoryResources};

    fn source(options: Value) -> std::result::Result<Box<dyn SourceFormat>, OptionError> {
        let (labels, mut resources) = (Labels::new(), MemoryResources::new());
        build(options, &mut BuildContext::new("text", &labels, &mut resources))
    }

    fn decode(options: Value, bytes: &[u8], number: u64) -> (Document, Result<()>) {
        let mut doc = Document::new();
        let record = Record { bytes, path: "a.txt", number };
        let result = source(options).unwrap().decoder().decode(&record, &mut doc);
        (doc, result)
    }

    #[test]
    fn a_file_or_a_line_is_a_document() {
        let cases = [
            (json!({}), "\u{feff}one\r\ntwo\r\n", 1, "one\r\ntwo\r\n"),
            (json!({}), "", 1, ""),
            (json!({"document": "line"}), "\u{feff}سطر\r", 1, "سطر"),
            (json!({"document": "line"}), "\u{feff}a", 7, "\u{feff}a"),
            (json!({"encoding": "html"}), "\u{feff}<p>سطر\r\n", 1, "<p>سطر\r\n"),
        ];
        for (options, bytes, number, text) in cases {
            let (doc, result) = decode(options, bytes.as_bytes(), number);
            assert!(result.is_ok());
            assert_eq!((doc.text(), doc.id()), (text, &*format!("a.txt#{number}")));
        }
        assert_eq!(source(json!({})).unwrap().framing(), Framing::File);
        assert_eq!(source(json!({"document": "line"})).unwrap().framing(), Framing::Lines);
    }

    #[test]
    fn a_malformed_text_fails_with_an_id_and_a_place() {
        let (doc, result) = decode(json!({"document": "line"}), b"ab\xFFc", 4);
        let error = result.unwrap_err();
        assert_eq!((doc.id(), &*error.reason, error.at), ("a.txt#4", "utf8.invalid", Some(2)));
    }

    #[test]
    fn options_are_checked() {
        assert_eq!(source(json!({"encoding": "arabic-ish"})).err().unwrap().path, "encoding");
        assert_eq!(source(json!({"document": "page"})).err().unwrap().path, "document");
        assert_eq!(source(json!({"document": "line", "encoding": "html"})).err().unwrap().path, "encoding");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), number in 1..3u64,
                                  encoding in prop::sample::select(vec!["utf-8", "utf-16", "gb18030", "iso-2022-jp", "big5", "html"])) {
            let options = json!({"encoding": encoding});
            let mut read = Vec::new();
            let inner = Box::new(std::io::Cursor::new(bytes));
            source(options.clone()).unwrap().reader(inner).read_to_end(&mut read).unwrap();
            let (doc, result) = decode(options, &read, number);
            prop_assert!(!doc.id().is_empty());
            if let Err(error) = result {
                prop_assert!(error.at.is_some_and(|at| at <= read.len() as u64));
            }
        }
    }
}
