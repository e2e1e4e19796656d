//! The documents that stages are tried on: texts that have broken text tools before, bare and with layers made by rules as
//! simple as can be, in memory that can be overwritten once a call has returned.

use warraq_core::testing::hostile_texts;
use warraq_core::{
    Cell, Changes, Column, DocView, Document, LabelId, Labels, Layer, Layers, Meta, Origin, Removed, Run, Score,
    Sentence, Span, StageIndex, Token, TokenKind, Word,
};

/// A document with its name in messages.
pub(super) struct Case {
    pub(super) what: String,
    pub(super) doc: Document,
    /// Too large to be gone through by every rule.
    pub(super) is_big: bool,
}

/// How much stands beside the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum With {
    Nothing,
    Tokens,
    Everything,
}

/// All documents, with everything that a stage may be given. For exports, documents have been edited as well.
pub(super) fn cases(labels: &Labels, edited: bool) -> Vec<Case> {
    let mut texts: Vec<(&str, String)> = hostile_texts(false);
    texts.push(("plain Arabic", "وقال المتحدث، في ٢٢ يوليو: «إن النمو بلغ 3,5٪»!\nثم غادر تونس.".into()));
    texts.push(("plain English", "The talks began in Tunis on 22/07/2025.\nThey ended without a result.".into()));
    let mut cases = Vec::new();
    for (what, text) in &texts {
        for (with, how) in
            [(With::Nothing, ""), (With::Tokens, ", with tokens"), (With::Everything, ", with all layers")]
        {
            let id = format!("check-{}", cases.len());
            let doc = document(&id, text, with, edited, labels);
            cases.push(Case { what: format!("{what}{how}"), doc, is_big: false });
        }
    }
    let line = "وقال الـمـتحدّث، في ٢٢ يوليو: «إنّ النموّ بلغ 3,5٪»! And so on, 12 times.\n";
    let big = line.repeat(1_000_000 / line.len());
    let doc = document("check-big", &big, With::Everything, edited, labels);
    cases.push(Case { what: "a text of 1 MB, with all layers".into(), doc, is_big: true });
    cases
}

fn document(id: &str, text: &str, with: With, edited: bool, labels: &Labels) -> Document {
    let mut doc = Document::with_text(id, text);
    let mut changes = Changes::new();
    if with != With::Nothing {
        tokens(text, &mut changes);
    }
    if with == With::Everything {
        doc.set_lang("ar");
        doc.meta_mut().push("title", "\"عنوان \\\"x\\\"\"");
        doc.meta_mut().push("views", "12345678901234567890");
        more_layers(text, &mut changes, labels);
    }
    if edited && with == With::Everything {
        // The first character goes, and what is left comes with a way back.
        if let Some(first) = text.chars().next() {
            changes.remove(0..first.len_utf8(), labels.intern("check.removed"));
        }
    }
    doc.apply(&mut changes, 0, Layers::ALL).expect("layers made from a text fit it");
    doc
}

/// Words between white space, and what each begins with for its kind.
fn tokens(text: &str, changes: &mut Changes) {
    let out = changes.tokens();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, c.is_whitespace()) {
            (None, false) => start = Some(at),
            (Some(from), true) => {
                let kind = match text[from..].chars().next() {
                    Some(c) if c.is_numeric() => TokenKind::Number,
                    Some(c) if c.is_alphabetic() => TokenKind::Word,
                    _ => TokenKind::Punctuation,
                };
                out.push(Token { start: from as u32, end: at as u32, kind });
                start = None;
            }
            _ => {}
        }
    }
}

/// Lines for sentences, a word for each token, a span for every third and a value for every second one.
fn more_layers(text: &str, changes: &mut Changes, labels: &Labels) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        changes.sentences().push(Sentence { start: at as u32, end: (at + line.len()) as u32 });
        at += line.len();
    }
    let tokens = changes.tokens().clone();
    let word = |(n, t): (usize, &Token)| Word { token: n as u32, start: t.start, end: t.end };
    changes.words().extend(tokens.iter().enumerate().map(word));
    let (label, source) = (labels.intern("CHECK"), labels.intern("check.spans"));
    let span = |t: &Token| Span { start: t.start, end: t.end, label, score: 0.5, source };
    changes.spans().extend(tokens.iter().step_by(3).map(span));
    for (layer, name, step) in
        [(Layer::Tokens, "check", 1), (Layer::Words, "check-words", 1), (Layer::Spans, "check-spans", 3)]
    {
        let mut column = changes.column(layer, labels.intern(name));
        for (n, token) in tokens.iter().step_by(step).enumerate() {
            column.push((n % 2 == 0).then(|| &text[token.start as usize..token.end as usize]));
        }
    }
    changes.score(labels.intern("check.tokens"), tokens.len() as f64);
}

/// A copy of a document.
pub(super) fn copy(doc: &Document) -> Document {
    let mut copy = Document::new();
    copy.restore(&doc.view(), &doc.origin());
    copy
}

/// A copy of a document without some of its layers. Words and columns go with their tokens.
pub(super) fn without(doc: &Document, layers: Layers) -> Document {
    let mut without = Document::new();
    let (view, none) = (doc.view(), Meta::new());
    let keeps = |layer| !layers.contains(layer);
    let (tokens, words) = (keeps(Layer::Tokens), keeps(Layer::Tokens) && keeps(Layer::Words));
    let columns: Vec<Column> = view
        .columns
        .iter()
        .filter(|c| {
            keeps(Layer::Columns)
                && match c.layer {
                    Layer::Words => words,
                    Layer::Spans => keeps(Layer::Spans),
                    _ => tokens,
                }
        })
        .cloned()
        .collect();
    let view = DocView {
        lang: view.lang.filter(|_| keeps(Layer::Lang)),
        meta: if keeps(Layer::Meta) { view.meta } else { &none },
        tokens: if tokens { view.tokens } else { &[] },
        words: if words { view.words } else { &[] },
        sentences: if keeps(Layer::Sentences) { view.sentences } else { &[] },
        spans: if keeps(Layer::Spans) { view.spans } else { &[] },
        columns: &columns,
        scores: if keeps(Layer::Scores) { view.scores } else { &[] },
        ..view
    };
    without.restore(&view, &doc.origin());
    without
}

/// A document in memory of its own.
pub(super) struct Buffers {
    id: String,
    text: String,
    lang: String,
    meta: Meta,
    tokens: Vec<Token>,
    words: Vec<Word>,
    sentences: Vec<Sentence>,
    spans: Vec<Span>,
    columns: Vec<Column>,
    forms: String,
    scores: Vec<Score>,
    source: String,
    runs: Vec<Run>,
    removed: Vec<Removed>,
    rebased: Option<StageIndex>,
}

impl Buffers {
    pub(super) fn of(doc: &Document) -> Self {
        let (view, origin) = (doc.view(), doc.origin());
        Buffers {
            id: view.id.into(),
            text: view.text.into(),
            lang: view.lang.unwrap_or_default().into(),
            meta: view.meta.clone(),
            tokens: view.tokens.into(),
            words: view.words.into(),
            sentences: view.sentences.into(),
            spans: view.spans.into(),
            columns: view.columns.into(),
            forms: view.forms.into(),
            scores: view.scores.into(),
            source: origin.source.into(),
            runs: origin.runs.into(),
            removed: origin.removed.into(),
            rebased: origin.rebased,
        }
    }

    pub(super) fn view(&self) -> DocView<'_> {
        DocView {
            id: &self.id,
            text: &self.text,
            lang: Some(&*self.lang).filter(|lang| !lang.is_empty()),
            meta: &self.meta,
            tokens: &self.tokens,
            words: &self.words,
            sentences: &self.sentences,
            spans: &self.spans,
            columns: &self.columns,
            forms: &self.forms,
            scores: &self.scores,
        }
    }

    pub(super) fn origin(&self) -> Origin<'_> {
        Origin { source: &self.source, runs: &self.runs, removed: &self.removed, rebased: self.rebased }
    }

    /// Overwrites everything in its place with what no stage would hand over.
    pub(super) fn spoil(&mut self) {
        const FAR: u32 = u32::MAX - 1;
        const NO_NAME: LabelId = LabelId(u32::MAX);
        for text in [&mut self.id, &mut self.text, &mut self.lang, &mut self.forms, &mut self.source] {
            let mut bytes = std::mem::take(text).into_bytes();
            bytes.fill(b'#');
            *text = String::from_utf8(bytes).expect("ASCII");
        }
        // Cleared and filled to the same length, the list stays where it is.
        let lengths: Vec<(usize, usize)> = self.meta.iter().map(|(key, json)| (key.len(), json.len())).collect();
        self.meta.clear();
        lengths.iter().for_each(|&(key, json)| self.meta.push(&"#".repeat(key), &"#".repeat(json)));
        self.tokens.fill(Token { start: FAR, end: FAR, kind: TokenKind::Word });
        self.words.fill(Word { token: FAR, start: FAR, end: FAR });
        self.sentences.fill(Sentence { start: FAR, end: FAR });
        self.spans.fill(Span { start: FAR, end: FAR, label: NO_NAME, score: 0.0, source: NO_NAME });
        self.columns.iter_mut().for_each(|column| column.cells.fill(Cell { start: FAR, len: FAR }));
        self.scores.fill(Score { name: NO_NAME, value: f64::NAN });
        self.runs.fill(Run { text_start: FAR, text_end: FAR, source_start: FAR, source_end: FAR });
        self.removed.fill(Removed { source_start: FAR, source_end: FAR, label: NO_NAME, reason: None, stage: 0 });
    }
}
