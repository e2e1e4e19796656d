//! Learning labels: parts of speech from the column `upos`, entities from spans.

use super::{Bio, Hint, LAST, Model, NO_LABEL, Sums, Unit, bio, entities, features, highest, write};
use crate::model::{Averager, Key, Kind, seal, shuffle};
use crate::train::{Corpus, Forms, Progress, Score, Settings, TrainError, Trained};
use std::collections::{BTreeMap, BTreeSet};
use warraq_core::Document;

/// A word seen at least so often, and with one label always, has that label.
const CERTAIN: usize = 20;

/// A sentence with its labels; what has no label teaches nothing.
struct Example<'a> {
    units: Vec<Unit>,
    labels: Vec<Option<&'a str>>,
}

/// Labels by number.
type Numbers<'a> = BTreeMap<&'a str, u16>;

pub(crate) fn train(
    kind: Kind,
    corpus: &Corpus,
    dev: Option<&Corpus>,
    settings: &Settings,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Trained, TrainError> {
    let names = Names::of(corpus, dev);
    let examples = examples(kind, corpus, settings, &names);
    let dev = dev.map(|dev| self::examples(kind, dev, settings, &names));
    let labels: BTreeSet<&str> = examples.iter().flat_map(|example| example.labels.iter().flatten().copied()).collect();
    if labels.len() < 2 {
        return Err(TrainError(match kind {
            Kind::Entities => {
                "the training data have no spans to learn from: `NER=` in CoNLL-U, `spans` in JSON Lines".into()
            }
            _ => "the words of the training data have fewer than two different tags in `upos`, so there is nothing to \
                  learn from"
                .into(),
        }));
    }
    if labels.len() >= usize::from(LAST) {
        return Err(TrainError(format!("the training data have {} different labels", labels.len())));
    }
    let numbers: Numbers<'_> = labels.iter().enumerate().map(|(n, &label)| (label, n as u16)).collect();
    let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
    let certain = if kind == Kind::Tagger { certain(&examples, &numbers) } else { Vec::new() };

    let mut weights = Averager::default();
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let words = examples.iter().map(|example| example.units.len()).sum();
    let hints = settings.hints.clone().filter(|_| kind == Kind::Entities);
    let mut rows = Vec::new();
    for epoch in 1..=settings.epochs.max(1) {
        shuffle(&mut order, settings.seed.wrapping_add(epoch as u64));
        let wrong = order.iter().map(|&n| learn(&examples[n], &numbers, &certain, &mut weights)).sum();
        rows = weights.means();
        let dev = dev.as_ref().map(|dev| {
            let model = Model::new(labels.clone(), hints.clone(), &certain, &rows);
            measure(kind, &model, dev)
        });
        progress(&Progress { epoch, examples: words, wrong, dev });
    }
    let file = seal(kind, &settings.name, &write(hints.as_deref(), &labels, &certain, &rows));
    let count = rows.iter().map(|(_, row)| row.len()).sum();
    Ok(Trained {
        file,
        sizes: vec![
            ("sentences", examples.len()),
            ("words", words),
            ("labels", labels.len()),
            ("words of one label", certain.len()),
            ("features", rows.len()),
            ("weights", count),
        ],
    })
}

/// The names behind the labels of spans, for labels as strings.
struct Names {
    names: BTreeMap<u32, (String, String)>,
}

impl Names {
    fn of(corpus: &Corpus, dev: Option<&Corpus>) -> Self {
        let mut names = BTreeMap::new();
        for corpus in std::iter::once(corpus).chain(dev) {
            for span in corpus.documents.iter().flat_map(Document::spans) {
                let name = corpus.labels.name(span.label);
                names.entry(span.label.0).or_insert_with(|| (format!("B-{name}"), format!("I-{name}")));
            }
        }
        Names { names }
    }

    fn get(&self, label: u32, first: bool) -> &str {
        let (begin, inside) = &self.names[&label];
        if first { begin } else { inside }
    }
}

fn examples<'a>(kind: Kind, corpus: &'a Corpus, settings: &Settings, names: &'a Names) -> Vec<Example<'a>> {
    let (form, upos) = (corpus.labels.intern("form"), corpus.labels.intern("upos"));
    let hints = settings.hints.as_deref().filter(|_| kind == Kind::Entities).map(|name| corpus.labels.intern(name));
    let mut out = Vec::new();
    let mut units = Vec::new();
    for doc in &corpus.documents {
        let view = doc.view();
        let forms = Forms::new(&view, form);
        bio::units(&view, &forms, hints, &mut |label| Hint::new(&corpus.labels.name(label)), &mut units);
        let labels: Vec<Option<&str>> = match kind {
            Kind::Entities => {
                let gold = doc.spans().iter().filter(|span| Some(span.source) != hints);
                let covered = bio::cover(&forms, gold);
                covered.iter().map(|at| Some(at.map_or("O", |(label, first)| names.get(label.0, first)))).collect()
            }
            _ => {
                let column = doc.column(forms.layer, upos);
                (0..forms.len()).map(|n| column.and_then(|column| doc.cell(column, n))).collect()
            }
        };
        for range in forms.sentences() {
            out.push(Example { units: units[range.clone()].to_vec(), labels: labels[range].to_vec() });
        }
    }
    out
}

/// Words with one label only.
fn certain(examples: &[Example<'_>], numbers: &Numbers<'_>) -> Vec<(Key, u32)> {
    let mut seen: BTreeMap<Key, (Option<&str>, usize)> = BTreeMap::new();
    for (unit, label) in examples.iter().flat_map(|example| example.units.iter().zip(&example.labels)) {
        let Some(label) = label else { continue };
        let (known, count) = seen.entry(unit.key()).or_insert((Some(label), 0));
        *known = known.filter(|known| known == label);
        *count += 1;
    }
    let often = seen.into_iter().filter(|(_, (_, count))| *count >= CERTAIN);
    often.filter_map(|(key, (label, _))| Some((key, u32::from(numbers[label?])))).collect()
}

/// Labels a sentence with the weights of the moment, and learns where that is wrong. Returns how often it was.
fn learn(example: &Example<'_>, numbers: &Numbers<'_>, certain: &[(Key, u32)], weights: &mut Averager) -> usize {
    let mut wrong = 0;
    let mut before = [NO_LABEL; 2];
    let mut scores = vec![0.0; numbers.len()];
    let mut keys = Vec::new();
    for (n, label) in example.labels.iter().enumerate() {
        let key = example.units[n].key();
        let found = match certain.binary_search_by_key(&key, |entry| entry.0) {
            Ok(at) => certain[at].1 as u16,
            Err(_) => {
                keys.clear();
                features::each(&example.units, n, before, &mut keys);
                scores.fill(0.0);
                keys.iter().for_each(|&key| weights.add_to(key, &mut scores));
                let found = highest(&scores);
                if let Some(gold) = label.map(|label| numbers[label]) {
                    if found != gold {
                        wrong += 1;
                        for &key in &keys {
                            weights.update(key, gold, 1.0);
                            weights.update(key, found, -1.0);
                        }
                    }
                    weights.step();
                }
                found
            }
        };
        // The labels before are those that were given, as they will be later.
        before = [found, before[0]];
    }
    wrong
}

fn measure(kind: Kind, model: &Model, examples: &[Example<'_>]) -> Score {
    let mut score = Score::default();
    let (mut sums, mut found) = (Sums::new(model), Vec::new());
    for example in examples {
        model.label(&example.units, &mut sums, &mut found);
        let found = found.iter().map(|&label| &*model.labels[usize::from(label)]);
        if kind == Kind::Tagger {
            for (found, gold) in found.zip(&example.labels) {
                score.add(usize::from(Some(found) == *gold), gold.iter().len(), gold.iter().len());
            }
        } else {
            let (mut guessed, mut gold) = (BTreeSet::new(), BTreeSet::new());
            let insert = |set: &mut BTreeSet<_>, places: std::ops::Range<usize>, name: &str| {
                set.insert((places.start, places.end, name.to_owned()));
            };
            entities(found.map(Bio::parse), |places, name| insert(&mut guessed, places, name));
            let labels = example.labels.iter().map(|label| Bio::parse(label.unwrap_or("O")));
            entities(labels, |places, name| insert(&mut gold, places, name));
            score.add(guessed.intersection(&gold).count(), guessed.len(), gold.len());
        }
    }
    score
}
