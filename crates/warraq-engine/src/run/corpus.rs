//! What the kept documents of a run are like: their tokens, languages and labels, counted as they are settled.
//!
//! Labels are counted in a column by id and get their names when the run is over, so that no name is looked up per span.

use std::collections::BTreeMap;
use warraq_core::{Document, Labels};

/// The language of a document that has none.
pub(crate) const UNDETERMINED: &str = "und";

/// How often a label occurs in kept documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabelCount {
    /// Spans with it.
    pub spans: u64,
    /// Documents with such a span.
    pub documents: u64,
}

/// Counts of the kept documents of a run or of a part of it. Parts add up in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corpus {
    /// Documents.
    pub documents: u64,
    /// Tokens of all kinds.
    pub tokens: u64,
    /// Documents by language; `und` are those without one.
    pub languages: BTreeMap<String, u64>,
    /// By the label's id. Beside each count stands the last document that was counted for it.
    labels: Vec<(LabelCount, u64)>,
}

impl Corpus {
    /// Counts a document that is kept.
    pub(super) fn count(&mut self, doc: &Document) {
        self.documents += 1;
        self.tokens += doc.tokens().len() as u64;
        let lang = doc.lang().unwrap_or(UNDETERMINED);
        match self.languages.get_mut(lang) {
            Some(count) => *count += 1,
            None => {
                self.languages.insert(lang.to_owned(), 1);
            }
        }
        for span in doc.spans() {
            let at = span.label.0 as usize;
            if at >= self.labels.len() {
                self.labels.resize_with(at + 1, Default::default);
            }
            let (count, last) = &mut self.labels[at];
            count.spans += 1;
            if *last != self.documents {
                *last = self.documents;
                count.documents += 1;
            }
        }
    }

    /// Adds another part.
    pub(super) fn add(&mut self, other: Corpus) {
        self.documents += other.documents;
        self.tokens += other.tokens;
        for (lang, count) in other.languages {
            *self.languages.entry(lang).or_default() += count;
        }
        if self.labels.len() < other.labels.len() {
            self.labels.resize_with(other.labels.len(), Default::default);
        }
        for ((sum, _), (part, _)) in self.labels.iter_mut().zip(other.labels) {
            sum.spans += part.spans;
            sum.documents += part.documents;
        }
    }

    /// Counts that were put on record: label, spans, documents.
    pub(super) fn restored(
        documents: u64,
        tokens: u64,
        languages: BTreeMap<String, u64>,
        counts: &[(String, u64, u64)],
        labels: &Labels,
    ) -> Self {
        let mut corpus = Corpus { documents, tokens, languages, labels: Vec::new() };
        for (name, spans, documents) in counts {
            let at = labels.intern(name).0 as usize;
            corpus.labels.resize_with(corpus.labels.len().max(at + 1), Default::default);
            corpus.labels[at].0 = LabelCount { spans: *spans, documents: *documents };
        }
        corpus
    }

    /// How often a label occurs, by its name in the run's table.
    pub fn label(&self, name: &str, labels: &Labels) -> LabelCount {
        let found = labels.get(name).and_then(|id| self.labels.get(id.0 as usize));
        found.map_or_else(LabelCount::default, |(count, _)| *count)
    }

    /// The labels that occur, sorted by name.
    pub fn labels(&self, labels: &Labels) -> Vec<(String, LabelCount)> {
        let mut names = labels.names();
        let names = names.all().iter().zip(&self.labels).filter(|(_, (count, _))| count.spans > 0);
        let mut found: Vec<_> = names.map(|(name, (count, _))| (name.to_string(), *count)).collect();
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warraq_core::{Changes, Layers, Span, Token};

    /// A document with spans of these labels, one after the other, and a token under each.
    fn doc(labels: &Labels, lang: Option<&str>, spans: &[&str]) -> Document {
        let mut doc = Document::with_text("d", &"x".repeat(spans.len()));
        let mut changes = Changes::new();
        for (n, label) in spans.iter().enumerate() {
            let (start, end) = (n as u32, n as u32 + 1);
            changes.tokens().push(Token { start, end, ..Token::default() });
            let (label, source) = (labels.intern(label), labels.intern("test"));
            changes.spans().push(Span { start, end, label, score: f32::NAN, source });
        }
        if let Some(lang) = lang {
            changes.lang(lang);
        }
        doc.apply(&mut changes, 0, Layers::ALL).unwrap();
        doc
    }

    #[test]
    fn parts_add_up_however_they_are_cut() {
        let labels = Labels::new();
        let docs = [
            doc(&labels, Some("ar"), &["LOC", "LOC", "ORG"]),
            doc(&labels, None, &[]),
            doc(&labels, Some("ar"), &["ORG"]),
            doc(&labels, Some("fr"), &["LOC"]),
        ];
        let count = |docs: &[Document]| {
            let mut corpus = Corpus::default();
            docs.iter().for_each(|doc| corpus.count(doc));
            corpus
        };
        for cut in 0..=docs.len() {
            let mut sum = Corpus::default();
            sum.add(count(&docs[cut..]));
            sum.add(count(&docs[..cut]));
            assert_eq!((sum.documents, sum.tokens), (4, 5));
            assert_eq!(sum.languages, BTreeMap::from([("ar".into(), 2), ("fr".into(), 1), ("und".into(), 1)]));
            let loc = LabelCount { spans: 3, documents: 2 };
            let org = LabelCount { spans: 2, documents: 2 };
            assert_eq!(sum.labels(&labels), [("LOC".to_owned(), loc), ("ORG".to_owned(), org)]);
            assert_eq!((sum.label("LOC", &labels), sum.label("PER", &labels)), (loc, LabelCount::default()));
        }
    }
}
