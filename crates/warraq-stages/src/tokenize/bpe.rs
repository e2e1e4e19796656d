//! `tokenize.bpe`: the subwords of a Hugging Face tokenizer.

use super::words::kind_of;
use crate::options;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::sync::Arc;
use tokenizers::{Encoding, Tokenizer};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Error, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Token, Worker, parse_options,
};

const MANUAL: &str = "\
Cuts the text as a language model's tokenizer does. `file` is a `tokenizer.json` as the library `tokenizers` of Hugging Face
writes it: BPE, WordPiece, Unigram or WordLevel, with its normalizer and pre-tokenizer. Nothing is downloaded. Special tokens
are not added, and truncation and padding that the file asks for are left out, so that no text is lost.

**Tokens.** By default every subword becomes a token, in the place of those there are, where the tokenizer says it stands in
the text: a normalizer that folds letters does not change the text. The column `subword_id` holds its number in the
vocabulary. A tokenizer of bytes may cut a character in two; such subwords make one token, whose column lists all their
numbers, with spaces between them. Of subwords that overlap otherwise, the later one begins where the one before ends.

**A column.** With `output = \"column\"` the tokens stay as they are, and the column lists for each the numbers of the subwords
that begin in it: what a word costs, and where a vocabulary knows a language badly.

The score `bpe.subwords` is how many subwords the document has; with the number of words it gives the fertility of the
tokenizer.";

/// The options of `tokenize.bpe`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The `tokenizer.json`.
    file: String,
    /// What becomes of the subwords.
    output: Output,
}

/// What becomes of the subwords.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Output {
    /// They are the new tokens.
    #[default]
    Tokens,
    /// The tokens stay, and have a column with the numbers of their subwords.
    Column,
}

/// A tokenizer for the examples: it knows the letters of `low` and `er`, and puts them together.
const EXAMPLE: &str = r#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":{"type":"Lowercase"},
"pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,"model":{"type":"BPE","dropout":null,
"unk_token":"?","continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,
"vocab":{"?":0,"l":1,"o":2,"w":3,"e":4,"r":5,"lo":6,"low":7,"er":8},"merges":[["l","o"],["lo","w"],["e","r"]]}}"#;

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tokenize.bpe".into(),
            summary: "cuts the text into the subwords of a Hugging Face tokenizer".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens]),
            writes: Layers::of(&[Layer::Tokens, Layer::Columns, Layer::Scores]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("Subwords in the place of tokens", "Low lower")
                    .options("file = 'tokenizer.json'")
                    .file("tokenizer.json", EXAMPLE)
                    .tokens(&["Low", "low", "er"])
                    .column("subword_id", &["7", "7", "8"])
                    .scores(&[("bpe.subwords", 3.0)]),
                Example::new("Numbers beside words", "Low lower")
                    .options("file = 'tokenizer.json'\noutput = 'column'")
                    .file("tokenizer.json", EXAMPLE)
                    .after(&["tokenize.words"])
                    .tokens(&["Low", "lower"])
                    .column("subword_id", &["7", "7 8"]),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let error = |message: String| OptionError::new("file", message);
    if options.file.is_empty() {
        return Err(error("there is no tokenizer to cut the text with".into()).help("file = \"tokenizer.json\""));
    }
    let file = cx.resources.read(&options.file).map_err(|e| error(e.to_string()))?;
    let parsed = Tokenizer::from_bytes(&file.bytes);
    let mut tokenizer = parsed.map_err(|e| {
        error(format!("{}: it is no tokenizer: {e}", file.path))
            .help("it takes the `tokenizer.json` that `save` of the library `tokenizers` writes")
    })?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(|e| error(e.to_string()))?;
    Ok(Built::parallel(Subwords {
        tokenizer: Arc::new(tokenizer),
        output: options.output,
        column: cx.labels.intern("subword_id"),
        score: cx.labels.intern("bpe.subwords"),
        bounds: Vec::new(),
        ids: String::new(),
    }))
}

#[derive(Clone)]
struct Subwords {
    tokenizer: Arc<Tokenizer>,
    output: Output,
    column: LabelId,
    score: LabelId,
    /// The byte at which each code point of the text begins, and the text's length.
    bounds: Vec<u32>,
    ids: String,
}

impl Stage for Subwords {
    fn reads(&self) -> Option<Layers> {
        (self.output == Output::Tokens).then_some(Layers::of(&[Layer::Text]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Subwords {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        // Offsets in code points never lie inside a character, whatever the tokenizer works on.
        let encoding = self.tokenizer.encode_char_offsets(doc.text, false);
        let encoding = encoding.map_err(|e| Error::stage("bpe.encode", format!("the tokenizer failed: {e}")))?;
        self.bounds.clear();
        self.bounds.extend(doc.text.char_indices().map(|(at, _)| at as u32).chain([doc.text.len() as u32]));
        out.score(self.score, encoding.get_ids().len() as f64);
        match self.output {
            Output::Tokens => self.tokens(doc, &encoding, out),
            Output::Column => self.column(doc, &encoding, out),
        }
        Ok(())
    }
}

impl Subwords {
    /// Where the subwords stand in the text, in bytes, and their numbers.
    fn subwords<'a>(&'a self, encoding: &'a Encoding) -> impl Iterator<Item = (u32, u32, u32)> + 'a {
        let bound = |n: usize| self.bounds[n.min(self.bounds.len() - 1)];
        let ranges = encoding.get_offsets().iter().zip(encoding.get_ids());
        ranges.map(move |(&(start, end), &id)| (bound(start), bound(end), id))
    }

    fn tokens(&self, doc: &DocView<'_>, encoding: &Encoding, out: &mut Changes) {
        let mut end = 0;
        let tokens = out.tokens();
        for (from, to, _) in self.subwords(encoding) {
            let from = from.max(end);
            // What covers nothing new belongs to the subword before.
            if from < to {
                let kind = kind_of(doc.slice(from, to));
                tokens.push(Token { start: from, end: to, kind });
                end = to;
            }
        }
        let (mut ids, mut end) = (String::new(), 0);
        let mut column = out.column(Layer::Tokens, self.column);
        for (from, to, id) in self.subwords(encoding) {
            if from.max(end) < to {
                if end > 0 {
                    column.push(Some(&ids));
                    ids.clear();
                }
                end = to;
            }
            if end > 0 {
                let space = if ids.is_empty() { "" } else { " " };
                // Writing to a string cannot fail.
                let _ = write!(ids, "{space}{id}");
            }
        }
        if end > 0 {
            column.push(Some(&ids));
        }
    }

    fn column(&mut self, doc: &DocView<'_>, encoding: &Encoding, out: &mut Changes) {
        let mut ids = std::mem::take(&mut self.ids);
        let mut column = out.column(Layer::Tokens, self.column);
        let mut subwords = self.subwords(encoding).peekable();
        for token in doc.tokens {
            ids.clear();
            while subwords.next_if(|&(from, ..)| from < token.start).is_some() {}
            while let Some((.., id)) = subwords.next_if(|&(from, ..)| from < token.end) {
                let space = if ids.is_empty() { "" } else { " " };
                let _ = write!(ids, "{space}{id}");
            }
            column.push((!ids.is_empty()).then_some(&ids));
        }
        drop(subwords);
        self.ids = ids;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use std::sync::LazyLock;
    use tokenizers::models::bpe::{BPE, BpeTrainer};
    use tokenizers::pre_tokenizers::byte_level::ByteLevel;
    use tokenizers::{AddedToken, TokenizerBuilder};
    use warraq_core::{Document, Labels, MemoryResources};

    const CORPUS: &str =
        "كتب الكاتب كتابا عن الكتابة، وقرأ القارئ الكتاب في المكتبة. The writer wrote what the reader read.";

    /// A tokenizer of bytes, trained here.
    static TRAINED: LazyLock<String> = LazyLock::new(|| {
        let bytes = ByteLevel::default().add_prefix_space(false).trim_offsets(false);
        let mut tokenizer = TokenizerBuilder::new()
            .with_model(BPE::default())
            .with_normalizer(None::<tokenizers::NormalizerWrapper>)
            .with_pre_tokenizer(Some(bytes))
            .with_post_processor(None::<tokenizers::PostProcessorWrapper>)
            .with_decoder(Some(bytes))
            .build()
            .unwrap();
        let mut trainer = BpeTrainer::builder()
            .show_progress(false)
            .vocab_size(330)
            .min_frequency(2)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .special_tokens(vec![AddedToken::from("<s>", true)])
            .build();
        tokenizer.train(&mut trainer, std::iter::repeat_n(CORPUS, 4)).unwrap();
        tokenizer.to_string(false).unwrap()
    });

    fn run(output: &str, text: &str) -> Document {
        let labels = Labels::new();
        let mut resources = MemoryResources::new().with("t.json", TRAINED.as_str());
        let mut cx = BuildContext::new("tokenize.bpe", &labels, &mut resources);
        let built = build(json!({"file": "t.json", "output": output}), &mut cx).unwrap();
        let Built::Parallel(stage) = built else { panic!("a parallel stage") };
        let mut doc = Document::with_text("1", text);
        let mut changes = Changes::new();
        stage.worker().process(&doc.view(), &mut changes).unwrap();
        doc.apply(&mut changes, 0, Layers::ALL).unwrap();
        doc
    }

    proptest! {
        /// A tokenizer of bytes loses nothing: its subwords are all of the text, and their numbers lead back to it.
        #[test]
        fn nothing_of_the_text_is_lost(text in "[ -~ا-ي،؟é€漢😀\n]{0,30}") {
            let doc = run("tokens", &text);
            let covered: String = doc.tokens().iter().map(|t| &text[t.start as usize..t.end as usize]).collect();
            prop_assert_eq!(&covered, &text);
            let ids: Vec<u32> = match doc.columns() {
                [column] => (0..doc.tokens().len())
                    .flat_map(|n| doc.cell(column, n).unwrap().split(' ').map(|id| id.parse().unwrap()))
                    .collect(),
                _ => Vec::new(),
            };
            let tokenizer = Tokenizer::from_bytes(TRAINED.as_bytes()).unwrap();
            prop_assert_eq!(tokenizer.decode(&ids, false).unwrap(), text);
            prop_assert_eq!(doc.scores()[0].value, ids.len() as f64);
        }
    }

    #[test]
    fn words_of_the_training_text_are_few_subwords() {
        let count = |text| run("tokens", text).scores()[0].value;
        // Six letters of two bytes each, and three.
        assert!(count("الكتاب") <= 3.0 && count("ظضغ") == 6.0, "{} and {}", count("الكتاب"), count("ظضغ"));
        assert_eq!(run("tokens", "ظضغ").tokens().len(), 3, "a character is not cut in two");
    }

    #[test]
    fn what_is_no_tokenizer_is_refused() {
        for (options, expected) in [
            (json!({}), "`file`: there is no tokenizer to cut the text with"),
            (json!({"file": "none"}), "`file`: none: no such file"),
            (json!({"file": "bad"}), "`file`: bad: it is no tokenizer: expected ident at line 1 column 2"),
        ] {
            let (labels, mut resources) = (Labels::new(), MemoryResources::new().with("bad", "no JSON"));
            let mut cx = BuildContext::new("tokenize.bpe", &labels, &mut resources);
            assert_eq!(build(options, &mut cx).unwrap_err().to_string(), expected);
        }
    }
}
