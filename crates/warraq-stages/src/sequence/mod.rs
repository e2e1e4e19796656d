//! Labels for the words of a sentence, one after the other, by a model that `warraq train tagger` or `warraq train entities`
//! learned.
//!
//! A linear model (an averaged perceptron) goes from left to right and gives each word the label of the highest score; the
//! labels given to the words before it are among its features. Entities are labels, too: where a name begins, goes on, or is
//! none (BIO).

mod bio;
mod features;
mod labeller;
mod train;

pub(crate) use bio::{Bio, entities};
pub(crate) use features::{Hint, Unit};
pub(crate) use labeller::Labeller;
pub(crate) use train::train;

use crate::model::{Key, ModelError, Reader, Table, Writer, broken};

/// A trained model of labels.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// The labels, by name.
    pub(crate) labels: Vec<String>,
    /// The source of the spans that are hints, where entities were learned with some.
    pub(crate) hints: Option<String>,
    /// Frequent words with one label only: no feature is looked at for these.
    certain: Table,
    /// Features with the number of their row.
    rows: Table,
    /// Where each row begins in `cells`, and where the last one ends.
    starts: Vec<u32>,
    /// Labels and their weights.
    cells: Vec<(u16, f32)>,
}

impl Model {
    fn new(
        labels: Vec<String>,
        hints: Option<String>,
        certain: &[(Key, u32)],
        rows: &[(Key, Vec<(u16, f32)>)],
    ) -> Self {
        let numbers: Vec<_> = rows.iter().enumerate().map(|(n, (key, _))| (*key, n as u32)).collect();
        let mut starts = vec![0];
        let mut cells = Vec::new();
        for (_, row) in rows {
            cells.extend_from_slice(row);
            starts.push(cells.len() as u32);
        }
        Model { labels, hints, certain: Table::new(certain), rows: Table::new(&numbers), starts, cells }
    }

    /// Reads what [`Model::write`] wrote.
    ///
    /// # Errors
    /// When the bytes are not that.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut reader = Reader(bytes);
        let hints = hints_of(&mut reader)?;
        let labels = reader.list(|reader| Ok(reader.text()?.to_owned()))?;
        let count = labels.len();
        if count == 0 || count > usize::from(u16::MAX) {
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
            Ok((key, reader.list(|reader| Ok((reader.below(count)? as u16, reader.weight()?)))?))
        })?;
        reader.end()?;
        Ok(Self::new(labels, hints, &certain, &rows))
    }

    /// Labels the units of a sentence; `out` takes the numbers of their labels.
    pub(crate) fn label(&self, units: &[Unit], scores: &mut Vec<f32>, out: &mut Vec<u16>) {
        out.clear();
        let mut before = [NO_LABEL; 2];
        for n in 0..units.len() {
            let label = match self.certain.get(units[n].key()) {
                Some(label) => label as u16,
                None => {
                    scores.clear();
                    scores.resize(self.labels.len(), 0.0);
                    features::each(units, n, before, |key| {
                        if let Some(row) = self.rows.get(key) {
                            let row = row as usize;
                            for &(label, weight) in
                                &self.cells[self.starts[row] as usize..self.starts[row + 1] as usize]
                            {
                                scores[usize::from(label)] += weight;
                            }
                        }
                    });
                    highest(scores)
                }
            };
            out.push(label);
            before = [label, before[0]];
        }
    }
}

/// In the place of a label, before the first word.
const NO_LABEL: u16 = u16::MAX;

/// The label of the highest score; of equal ones, the first.
fn highest(scores: &[f32]) -> u16 {
    let mut best = 0;
    for (label, &score) in scores.iter().enumerate() {
        if score > scores[best] {
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
