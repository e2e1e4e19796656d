//! `tokenize.segment-ar`: splits Arabic tokens into syntactic words: conjunctions, prepositions and pronouns off their hosts.

#[cfg(test)]
pub(crate) mod tests;

use crate::model::{self, Kind};
use crate::options;
use crate::segment::{Analyser, Model, Rules, Splitter, is_divisible};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Word, Worker, parse_options,
};

const MANUAL: &str = "\
Gives every token its syntactic words, as Universal Dependencies has them: «وكتابه» is `و` `كتاب` `ه`, «للحكومة» is `ل`
`الحكومة`. A tokenizer has to come first. Only tokens of Arabic letters are divided; every other token is one word. Words
that the document has are replaced, and so are their columns.

The surface of a word is a part of its token. Its form may be another one: what writing changes before a clitic is changed
back (`ل` + `لحكومة` is `ل` `الحكومة`, `زيارت` + `ه` is `زيارة` `ه`), and in a token of several words vowel signs and tatweel
go. The column `form` of the words has these forms. The article is not parted, which is the way of the Prague treebank.

**With `model`**, a file made by `warraq train segmenter` from a treebank. Tokens of the treebank are looked up; of others all
analyses that the treebank's clitics and rewritings allow are made, and a linear model (an averaged perceptron) chooses by
the letters of the token, the words of the treebank and, where these leave a doubt, the tokens before and after. It also
learns how the treebank writes words in divided tokens, such as hamza that the text leaves out (`واكد` is `و` `أكد`).

**Without `model`**, rules and word lists that are part of the program: `و` and `ف`, `ب`, `ك` and `ل`, the future `س`, the
question's `أ`, and the pronouns `ه ها هم هن هما ك كم نا ني ي`. They know common words that only look divided («وزير», «بعد»,
«متهم») and hosts that make a division likely, and leave hamza as it is written. A trained model is right far more often.

The neighbours of a token are those of the document, sentences aside.";

/// The options of `tokenize.segment-ar`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// A model of `warraq train segmenter`; left out, the built-in rules do it.
    model: Option<String>,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tokenize.segment-ar".into(),
            summary: "splits Arabic tokens into syntactic words, clitics off their hosts".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens]),
            writes: Layers::of(&[Layer::Words, Layer::Columns]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: examples(),
        },
        build: Box::new(build),
    }
}

fn examples() -> Vec<Example> {
    let example = |title, input| Example::new(title, input).after(&["tokenize.words"]).unchanged();
    vec![
        example("Clitics off their hosts", "وكتابه في المكتبة").words(&["و", "كتاب", "ه", "في", "المكتبة"]),
        example("What writing changes is changed back", "للحكومة وزيارتها").words(&[
            "ل",
            "الحكومة",
            "و",
            "زيارة",
            "ها",
        ]),
        example("Words that only look divided", "وزير بعد متهم").words(&["وزير", "بعد", "متهم"]),
        example("A model of a few sentences", "وغرفتها للباب")
            .options("model = \"tiny.model\"")
            .file("tiny.model", include_str!("example.model"))
            .words(&["و", "غرفة", "ها", "ل", "الباب"]),
        example("Everything else is one word", "CNN 2024 ، https://example.org").words(&[
            "CNN",
            "2024",
            "،",
            "https://example.org",
        ]),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let analyser = match &options.model {
        Some(path) => Analyser::Trained(Arc::new(model::load(path, Kind::Segmenter, cx, Model::read)?)),
        None => Analyser::BuiltIn(Arc::new(Rules::new())),
    };
    Ok(Built::parallel(SegmentAr { analyser, form: cx.labels.intern("form") }))
}

struct SegmentAr {
    analyser: Analyser,
    form: LabelId,
}

impl Stage for SegmentAr {
    fn worker(&self) -> Box<dyn Worker> {
        let splitter = Splitter::new(self.analyser.clone());
        Box::new(Segmenter { splitter, form: self.form, forms: String::new(), changed: Vec::new() })
    }
}

struct Segmenter {
    splitter: Splitter,
    form: LabelId,
    /// The forms that differ from the surface, one after the other, and where the words of each end here.
    forms: String,
    changed: Vec<(usize, usize)>,
}

impl Worker for Segmenter {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        self.forms.clear();
        self.changed.clear();
        let words = out.words();
        words.reserve(doc.tokens.len() * 5 / 4);
        let text = |n: usize| doc.tokens.get(n).map(|token| doc.slice(token.start, token.end));
        for (n, token) in doc.tokens.iter().enumerate() {
            let surface = doc.slice(token.start, token.end);
            if !is_divisible(token.kind, surface) {
                words.push(Word { token: n as u32, start: token.start, end: token.end });
                continue;
            }
            let before = || n.checked_sub(1).and_then(text);
            let Some((pieces, store)) = self.splitter.split(surface, before, || text(n + 1)) else {
                words.push(Word { token: n as u32, start: token.start, end: token.end });
                continue;
            };
            let mut start = token.start;
            for piece in pieces {
                let end = token.start + piece.end;
                if let Some(form) = piece.form(store) {
                    self.forms.push_str(form);
                    self.changed.push((words.len(), self.forms.len()));
                }
                words.push(Word { token: n as u32, start, end });
                start = end;
            }
        }
        let count = words.len();
        if !self.changed.is_empty() {
            let mut column = out.column(Layer::Words, self.form);
            let (mut word, mut at) = (0, 0);
            for &(next, end) in &self.changed {
                (word..next).for_each(|_| column.push(None));
                column.push(Some(&self.forms[at..end]));
                (word, at) = (next + 1, end);
            }
            (word..count).for_each(|_| column.push(None));
        }
        Ok(())
    }
}
