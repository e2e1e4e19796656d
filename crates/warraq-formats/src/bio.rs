//! `bio`: a token and its tag a line, the format that corpora of names are published in.

use crate::encoding::Charset;
use crate::schema;
use crate::tags::{Tag, Tags};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use warraq_core::{
    Blocks, BuildContext, Changes, Decoder, Document, Error, FormatDef, Framing, LabelId, Labels, Layer, Layers,
    OptionError, Record, Result, Sentence, SourceDef, SourceFormat, Token, TokenKind, parse_options,
};

const MANUAL: &str = "\
Reads tokens with the tags of names, as in the corpora of the CoNLL-2002 and CoNLL-2003 shared tasks: a line has a token first
and its tag last, with spaces or tabs between; an empty line ends a sentence.

```toml
[[source]]
use = \"bio\"
paths = [\"corpus/*.bio\"]
lang = \"ar\"
```

- **A document** begins at a line `-DOCSTART-`; without any, a file is one. Its **id** is `path#line`, with the line it begins at.
- **The text** is the tokens with a space between them and a line feed between sentences, as these corpora do not say what stood
  there.
- **Tokens** and **sentences** are those of the file. Columns between the first and the last are not read.
- **Spans** come from the tags: `B-LOC` begins one, `I-LOC` goes on with it, or begins one where none is open; `S- U- E- L-` are
  read as well, and `O` is none.

| cause of a failure | meaning |
|---|---|
| `bio.columns` | a line has no tag |
| `bio.tag` | the tag is none: `O`, or `B-` or `I-` and a label |
| `bio.no_tokens` | the document has no token |
| `utf8.invalid` | it is not UTF-8 |

Messages name the line.";

/// Where a document begins.
const MARKER: &str = "-DOCSTART-";

/// The options of the `bio` source.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The language tag (BCP 47) of the documents; left out, it is unknown.
    lang: Option<String>,
}

/// What the format is.
pub(crate) fn definition() -> FormatDef {
    FormatDef {
        name: "bio".into(),
        summary: "a token and its tag a line: corpora of names".into(),
        manual: MANUAL.into(),
        extensions: &["bio", "iob", "iob2"],
        source: Some(SourceDef { schema: schema::<Options>(), build }),
        export: None,
    }
}

fn build(options: Value, cx: &mut BuildContext<'_>) -> std::result::Result<Box<dyn SourceFormat>, OptionError> {
    let options: Options = parse_options(options)?;
    let (charset, finder) = (Charset::always_utf8(), cx.labels.intern("bio"));
    Ok(Box::new(Bio(Arc::new(Setup { options, charset, finder, labels: cx.labels.clone() }))))
}

struct Bio(Arc<Setup>);

struct Setup {
    options: Options,
    charset: Charset,
    /// Who found the spans.
    finder: LabelId,
    labels: Labels,
}

impl SourceFormat for Bio {
    fn framing(&self) -> Framing {
        Framing::Blocks(Blocks { marker: MARKER, at_most: None })
    }

    fn layers(&self) -> Layers {
        Layers::of(&[Layer::Tokens, Layer::Sentences])
    }

    fn may_bring(&self) -> Layers {
        self.layers().union(Layers::of(&[Layer::Lang, Layer::Spans]))
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        let setup = Arc::clone(&self.0);
        Box::new(BioDecoder { setup, known: HashMap::new(), spans: Tags::default(), changes: Changes::new() })
    }
}

struct BioDecoder {
    setup: Arc<Setup>,
    /// The span labels met so far: asking here takes no lock.
    known: HashMap<String, LabelId>,
    spans: Tags,
    changes: Changes,
}

impl Decoder for BioDecoder {
    fn decode(&mut self, record: &Record<'_>, doc: &mut Document) -> Result<()> {
        crate::set_default_id(record, doc);
        let mut buffer = String::new();
        let (text, malformed) = self.setup.charset.decode(record, &mut buffer);
        if let Some(error) = malformed {
            return Err(error);
        }
        crate::check_length(text)?;
        doc.set_lang(self.setup.options.lang.as_deref().unwrap_or_default());
        let BioDecoder { setup, known, spans, changes } = self;
        let fail = |reason, line: &str, what: String| {
            let at = line.as_ptr() as usize - text.as_ptr() as usize;
            let number = record.number + memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count() as u64;
            Error::decode(reason, format!("line {number}: {what}")).at(setup.charset.byte(record, at))
        };
        spans.clear();
        changes.clear();
        // Where the sentence that the tokens are in begins.
        let mut sentence = None;
        let mut end = 0;
        for line in text.lines().chain([""]) {
            let mut columns = line.split_ascii_whitespace();
            let Some(token) = columns.next().filter(|token| *token != MARKER) else {
                spans.end();
                if let Some(start) = sentence.take() {
                    changes.sentences().push(Sentence { start, end });
                }
                continue;
            };
            let tag = columns.next_back().ok_or_else(|| {
                let what = format!("`{token}` has no tag: a line is a token and its tag, with white space between");
                fail("bio.columns", line, what)
            })?;
            if end > 0 {
                doc.text_mut().push(if sentence.is_some() { ' ' } else { '\n' });
            }
            let start = doc.text().len() as u32;
            doc.text_mut().push_str(token);
            end = doc.text().len() as u32;
            sentence.get_or_insert(start);
            changes.tokens().push(Token { start, end, kind: TokenKind::Word });
            match Tag::parse(tag) {
                Some(tag) => {
                    let label = match known.get(tag.name) {
                        Some(label) => *label,
                        None => *known.entry(tag.name.into()).or_insert(setup.labels.intern(tag.name)),
                    };
                    spans.add(&tag, label, (start, end));
                }
                None if tag == "O" => spans.end(),
                None => {
                    let what = format!("`{tag}` is no tag: it is `O`, or `B-` or `I-` and a label, as in `B-LOC`");
                    return Err(fail("bio.tag", line, what));
                }
            }
        }
        if end == 0 {
            return Err(fail("bio.no_tokens", text, "the document has no token".into()));
        }
        changes.spans().extend(spans.all(setup.finder));
        doc.apply(changes, 0, Layers::ALL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use warraq_core::MemoryResources;

    fn decode(bytes: &[u8]) -> (Document, Labels, Result<()>) {
        let (labels, mut resources) = (Labels::new(), MemoryResources::new());
        let cx = &mut BuildContext::new("bio", &labels, &mut resources);
        let source = build(json!({"lang": "ar"}), cx).unwrap();
        let mut doc = Document::new();
        let result = source.decoder().decode(&Record { bytes, path: "a.bio", number: 5 }, &mut doc);
        (doc, labels, result)
    }

    #[test]
    fn lines_become_tokens_sentences_and_spans() {
        let file = "-DOCSTART- -X- O O\n\nسافر VBD O\r\nعمر B-PER\nالمختار\tx\tI-PER\n\n \nإلى O\nتونس I-LOC\nليبيا B-LOC\nx U-ORG\ny I-ORG";
        let (doc, labels, result) = decode(file.as_bytes());
        result.unwrap();
        assert_eq!((doc.id(), doc.lang()), ("a.bio#5", Some("ar")));
        assert_eq!(doc.text(), "سافر عمر المختار\nإلى تونس ليبيا x y");
        assert_eq!(doc.tokens().len(), 8);
        let sentences: Vec<&str> =
            doc.sentences().iter().map(|s| &doc.text()[s.start as usize..s.end as usize]).collect();
        assert_eq!(sentences, ["سافر عمر المختار", "إلى تونس ليبيا x y"]);
        let spans: Vec<(&str, String)> = (doc.spans().iter())
            .map(|s| (&doc.text()[s.start as usize..s.end as usize], labels.name(s.label).to_string()))
            .collect();
        let expected = [("عمر المختار", "PER"), ("تونس", "LOC"), ("ليبيا", "LOC"), ("x", "ORG"), ("y", "ORG")];
        assert_eq!(spans, expected.map(|(text, label)| (text, label.to_owned())));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (file, reason, message, at) in [
            ("a O\nb\n", "bio.columns", "line 6: `b` has no tag", 4),
            ("a O\n\nb LOC", "bio.tag", "line 7: `LOC` is no tag", 5),
            ("a B-", "bio.tag", "line 5: `B-` is no tag", 0),
            ("-DOCSTART- O\n", "bio.no_tokens", "line 5: the document has no token", 0),
        ] {
            let (doc, _, result) = decode(file.as_bytes());
            let error = result.unwrap_err();
            assert_eq!((&*error.reason, error.at), (reason, Some(at)), "{file:?}");
            assert!(error.message.starts_with(message), "{}", error.message);
            assert_eq!(doc.id(), "a.bio#5");
        }
        assert_eq!(&*decode(b"a O\n\xff O").2.unwrap_err().reason, "utf8.invalid");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(lines in prop::collection::vec("(-DOCSTART-|[a-zب]{0,3})[ \t\r]{0,2}(O|B-X|I-X|E-Y|I-|)", 0..12), bytes: Vec<u8>) {
            let (doc, _, result) = decode(lines.join("\n").as_bytes());
            prop_assert!(result.is_err() || doc.tokens().len() >= doc.sentences().len());
            prop_assert!(!decode(&bytes).0.id().is_empty());
        }
    }
}
