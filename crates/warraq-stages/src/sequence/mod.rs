//! Labels for the words of a sentence, one after the other, by a model that `warraq train tagger` or `warraq train entities`
//! learned.
//!
//! A linear model (an averaged perceptron) goes from left to right and gives each word the label of the highest score; the
//! labels given to the words before it are among its features. Entities are labels, too: where a name begins, goes on, or is
//! none (BIO).

mod bio;
mod features;
mod labeller;
mod sums;
mod train;

pub(crate) use bio::{Bio, entities};
pub(crate) use features::{Hint, Unit};
pub(crate) use labeller::Labeller;
pub(crate) use sums::Sums;
pub(crate) use train::train;

use crate::model::{Key, ModelError, Reader, Table, Writer, broken, steps};

/// A trained model of labels.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// The labels, by name.
    pub(crate) labels: Vec<String>,
    /// The source of the spans that are hints, where entities were learned with some.
    pub(crate) hints: Option<String>,
    /// Frequent words with one label only: no feature is looked at for these.
    certain: Table,
    /// Features with the place where their row begins in `cells`.
    rows: Table,
    /// Labels and their weights in steps; the last one of a row is marked by [`LAST`].
    cells: Vec<(u16, i16)>,
}

impl Model {
    fn new(
        labels: Vec<String>,
        hints: Option<String>,
        certain: &[(Key, u32)],
        rows: &[(Key, Vec<(u16, f32)>)],
    ) -> Self {
        let mut places = Vec::with_capacity(rows.len());
        let mut cells = Vec::new();
        for (key, row) in rows {
            places.push((*key, cells.len() as u32));
            for (n, &(label, weight)) in row.iter().enumerate() {
                let last = if n + 1 == row.len() { LAST } else { 0 };
                cells.push((label | last, steps(weight)));
            }
        }
        Model { labels, hints, certain: Table::new(certain), rows: Table::new(&places), cells }
    }

    /// Reads what [`write`] wrote.
    ///
    /// # Errors
    /// When the bytes are not that.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut reader = Reader(bytes);
        let hints = hints_of(&mut reader)?;
        let labels = reader.list(|reader| Ok(reader.text()?.to_owned()))?;
        let count = labels.len();
        if count == 0 || count >= usize::from(LAST) {
            return Err(broken());
        }
        let mut last = 0_u64;
        let mut key = |reader: &mut Reader<'_>| {
            last = (last + reader.number()?) & u64::from(Key::MAX);
            Ok(last as Key)
        };
        let certain = reader.list(|reader| Ok((key(reader)?, reader.below(count)? as u32)))?;
        last = 0;
        let mut key = |reader: &mut Reader<'_>| {
            last = (last + reader.number()?) & u64::from(Key::MAX);
            Ok(last as Key)
        };
        let rows = reader.list(|reader| {
            let key = key(reader)?;
            let row = reader.list(|reader| Ok((reader.below(count)? as u16, reader.weight()?)))?;
            if row.is_empty() { Err(broken()) } else { Ok((key, row)) }
        })?;
        reader.end()?;
        Ok(Self::new(labels, hints, &certain, &rows))
    }

    /// Labels the units of a sentence; `out` takes the numbers of their labels.
    pub(crate) fn label(&self, units: &[Unit], sums: &mut Sums, out: &mut Vec<u16>) {
        out.clear();
        sums.begin(self, units);
        let mut before = [NO_LABEL; 2];
        for n in 0..units.len() {
            let label = match self.certain.get(units[n].key()) {
                Some(label) => label as u16,
                None => {
                    let scores = sums.scores(n);
                    self.add(&features::together(units, n, before), scores);
                    if let Some(keys) = features::hinted(units, n, before[0]) {
                        self.add(&keys, scores);
                    }
                    highest(scores)
                }
            };
            out.push(label);
            before = [label, before[0]];
        }
    }

    /// Adds the weights of features to the scores of the labels.
    #[inline]
    fn add<const N: usize>(&self, keys: &[Key; N], scores: &mut [i32]) {
        for row in self.rows.get_all(keys).into_iter().flatten() {
            for &(label, steps) in &self.cells[row as usize..] {
                scores[usize::from(label & !LAST)] += i32::from(steps);
                if label & LAST != 0 {
                    break;
                }
            }
        }
    }
}

/// In the place of a label, before the first word.
const NO_LABEL: u16 = u16::MAX;

/// Marks the last label of a row.
const LAST: u16 = 1 << 15;

/// The label of the highest score; of equal ones, the first.
fn highest<T: PartialOrd>(scores: &[T]) -> u16 {
    let mut best = 0;
    for (label, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = label;
        }
    }
    best as u16
}

fn hints_of(reader: &mut Reader<'_>) -> Result<Option<String>, ModelError> {
    Ok(if reader.below(2)? == 1 { Some(reader.text()?.to_owned()) } else { None })
}

/// The source of hints that a model's bytes name.
///
/// # Errors
/// When the bytes are not a model's.
pub(crate) fn hints(bytes: &[u8]) -> Result<Option<String>, ModelError> {
    hints_of(&mut Reader(bytes))
}

/// The bytes of a model, which is made of these.
fn write(hints: Option<&str>, labels: &[String], certain: &[(Key, u32)], rows: &[(Key, Vec<(u16, f32)>)]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.number(hints.is_some().into());
    hints.iter().for_each(|name| writer.text(name));
    writer.list(labels, |writer, label| writer.text(label));
    let mut last = 0;
    writer.list(certain, |writer, &(key, label)| {
        writer.number((key - last).into());
        writer.number(label.into());
        last = key;
    });
    last = 0;
    writer.list(rows, |writer, (key, row)| {
        writer.number((key - last).into());
        writer.list(row, |writer, &(label, weight)| {
            writer.number(label.into());
            writer.weight(weight);
        });
        last = *key;
    });
    writer.0
}
