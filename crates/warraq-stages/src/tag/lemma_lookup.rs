//! `tag.lemma-lookup`: lemmas from a table.

use crate::fold::{Folder, Folds};
use crate::{options, tables};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, Column, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Looks each token up in a table and writes what stands there to the column `lemma`. The table is UTF-8 text, an entry a line:
the form, a tab, its lemma and, if you like, a tab and a part of speech. Lines that begin with `#` are comments.

**Parts of speech.** An entry with a part of speech is taken only for items whose column `upos` says the same; an entry
without one for any. Of the entries that fit, one with a part of speech comes first, and then the one that is listed first.

**Words.** With `layer = \"words\"` the syntactic words are looked up instead of the tokens, by their forms: for Arabic that
is where lemmas belong, after `tokenize.segment-ar`.

**What counts as the same** is set in `fold`, as in `tag.gazetteer`: by default case, Arabic vowel signs, tatweel and
letter variants do not matter. A form that is not in the table has no lemma, or with `unknown = \"form\"` itself.";

/// The options of `tag.lemma-lookup`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The tables: on each line a form, a tab and its lemma; then, if there is one, a tab and its part of speech.
    files: Vec<String>,
    /// What is looked up.
    layer: Items,
    /// What a form that is in no table gets.
    unknown: Unknown,
    /// What counts as the same.
    fold: Folds,
}

/// What is looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Items {
    /// The tokens.
    #[default]
    Tokens,
    /// The syntactic words.
    Words,
}

/// What a form that is in no table gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Unknown {
    /// No lemma.
    #[default]
    None,
    /// The form itself.
    Form,
}

/// What the stage is.
pub fn definition() -> StageDef {
    let table = "books\tbook\nsaw\tsee\tVERB\nsaw\tsaw\tNOUN\nكتب\tكتاب\n";
    StageDef {
        info: StageInfo {
            name: "tag.lemma-lookup".into(),
            summary: "looks lemmas up in a table".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens, Layer::Words, Layer::Columns]),
            writes: Layers::of(&[Layer::Columns]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("Case and vowel signs do not matter", "Books كُتُب here")
                    .options("files = ['lemmas.tsv']")
                    .file("lemmas.tsv", table)
                    .after(&["tokenize.words"])
                    .column("lemma", &["book", "كتاب", ""]),
                Example::new("An unknown form is its own lemma", "books here saw")
                    .options("files = ['lemmas.tsv']\nunknown = 'form'")
                    .file("lemmas.tsv", table)
                    .after(&["tokenize.words"])
                    .column("lemma", &["book", "here", "saw"]),
            ],
        },
        build: Box::new(build),
    }
}

/// A lemma and the part of speech it is for.
struct Entry {
    upos: Option<Box<str>>,
    lemma: Box<str>,
}

struct Table {
    folder: Folder,
    entries: HashMap<Box<str>, Vec<Entry>>,
}

impl Table {
    fn lemma(&self, form: &str, upos: Option<&str>) -> Option<&str> {
        let entries = self.entries.get(form)?;
        let exact = entries.iter().find(|entry| entry.upos.is_some() && entry.upos.as_deref() == upos);
        exact.or_else(|| entries.iter().find(|entry| entry.upos.is_none())).map(|entry| &*entry.lemma)
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    if options.files.is_empty() {
        return Err(OptionError::new("files", "there is no table to look lemmas up in")
            .help("files = [\"lemmas.tsv\"], on each line a form, a tab and its lemma"));
    }
    let mut table = Table { folder: Folder::new(options.fold), entries: HashMap::new() };
    for (n, path) in options.files.iter().enumerate() {
        let Table { folder, entries } = &mut table;
        tables::read(path, &format!("files[{n}]"), 3, cx, |columns| {
            let lemma = columns.get(1).filter(|lemma| !lemma.is_empty());
            let lemma = lemma.ok_or("there is no lemma: write it after the form and a tab")?;
            let upos = columns.get(2).filter(|upos| !upos.is_empty()).map(|&upos| upos.into());
            let form = folder.phrase(columns[0]);
            entries.entry(form.into()).or_default().push(Entry { upos, lemma: (*lemma).into() });
            Ok(())
        })?;
    }
    Ok(Built::parallel(Lookup {
        table: Arc::new(table),
        layer: match options.layer {
            Items::Tokens => Layer::Tokens,
            Items::Words => Layer::Words,
        },
        unknown: options.unknown,
        lemma: cx.labels.intern("lemma"),
        upos: cx.labels.intern("upos"),
        form: cx.labels.intern("form"),
        folded: String::new(),
    }))
}

#[derive(Clone)]
struct Lookup {
    table: Arc<Table>,
    layer: Layer,
    unknown: Unknown,
    lemma: LabelId,
    upos: LabelId,
    form: LabelId,
    /// A form as it is looked up.
    folded: String,
}

impl Stage for Lookup {
    fn reads(&self) -> Option<Layers> {
        // Columns are looked at where there are any.
        Some(Layers::of(&[Layer::Text, self.layer]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Lookup {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let (table, folded) = (&self.table, &mut self.folded);
        let upos = doc.column(self.layer, self.upos);
        let forms = doc.column(self.layer, self.form);
        let cell =
            |column: Option<&Column>, n: usize| column.and_then(|c| c.cells.get(n)).and_then(|c| c.get(doc.forms));
        let mut column = out.column(self.layer, self.lemma);
        let mut look_up = |n: usize, start: u32, end: u32| {
            let form = cell(forms, n).unwrap_or_else(|| doc.slice(start, end));
            table.folder.word(form, folded);
            let unknown = (self.unknown == Unknown::Form).then_some(form);
            column.push(table.lemma(folded, cell(upos, n)).or(unknown));
        };
        match self.layer {
            Layer::Words => doc.words.iter().enumerate().for_each(|(n, word)| look_up(n, word.start, word.end)),
            _ => doc.tokens.iter().enumerate().for_each(|(n, token)| look_up(n, token.start, token.end)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use warraq_core::{Document, Labels, MemoryResources, Token, Word};

    const TABLE: &str = "saw\tsee\tVERB\nsaw\tsaw\tNOUN\nال\tال\nكتب\tكتاب\tNOUN\nكتب\tكتب\n";

    #[test]
    fn words_are_looked_up_by_form_and_part_of_speech() {
        let (labels, mut resources) = (Labels::new(), MemoryResources::new().with("t", TABLE));
        let mut cx = BuildContext::new("tag.lemma-lookup", &labels, &mut resources);
        let options = json!({"files": ["t"], "layer": "words", "unknown": "form"});
        let Built::Parallel(stage) = build(options, &mut cx).unwrap() else { panic!("a parallel stage") };
        let mut doc = Document::with_text("1", "لكتب saw");
        let mut all = Changes::new();
        all.tokens().extend([(0, 8), (9, 12)].map(|(start, end)| Token { start, end, ..Token::default() }));
        let word = |(token, start, end)| Word { token, start, end };
        all.words().extend([(0, 0, 2), (0, 2, 2), (0, 2, 8), (1, 9, 12)].map(word));
        let mut forms = all.column(Layer::Words, labels.intern("form"));
        [None, Some("ال"), None, None].into_iter().for_each(|form| forms.push(form));
        let mut upos = all.column(Layer::Words, labels.intern("upos"));
        ["ADP", "DET", "NOUN", "VERB"].into_iter().for_each(|tag| upos.push(Some(tag)));
        doc.apply(&mut all, 0, Layers::ALL).unwrap();
        let mut changes = Changes::new();
        stage.worker().process(&doc.view(), &mut changes).unwrap();
        doc.apply(&mut changes, 1, Layers::ALL).unwrap();
        let lemma = doc.column(Layer::Words, labels.intern("lemma")).unwrap();
        let found: Vec<_> = (0..4).map(|n| doc.cell(lemma, n).unwrap()).collect();
        assert_eq!(found, ["ل", "ال", "كتاب", "see"]);
    }

    #[test]
    fn a_table_without_lemmas_is_refused() {
        for (options, expected) in [
            (json!({}), "`files`: there is no table to look lemmas up in"),
            (
                json!({"files": ["bad"]}),
                "`files[0]`: bad, line 1: there is no lemma: write it after the form and a tab",
            ),
            (json!({"files": ["none"]}), "`files[0]`: none: no such file"),
        ] {
            let (labels, mut resources) = (Labels::new(), MemoryResources::new().with("bad", "alone\n"));
            let mut cx = BuildContext::new("tag.lemma-lookup", &labels, &mut resources);
            assert_eq!(build(options, &mut cx).unwrap_err().to_string(), expected);
        }
    }
}
