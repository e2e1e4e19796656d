//! Learning to split tokens from a treebank.
//!
//! What counts as a clitic is learned, too: of the words of a token, the host is the one that is found beside the fewest
//! different others. Tokens that are frequent in the training data will be looked up, so the candidates of the rare ones are
//! what the weights are learned from, each with the counts of the lexicon that it did not contribute to itself: as if the
//! token had not been seen.

use super::align::{Rule, pieces, rewriting};
use super::candidates::{Candidates, Clitics, Inventory};
use super::features::{Neighbour, Parts, around, own};
use super::lexicon::{Counts, Lexicon, key};
use super::store::Store;
use super::{Analyser, LONGEST, Letters, Model, Splitter, is_divisible, is_mark};
use crate::model::{Averager, Key, Kind, Weights, hash_str, seal, shuffle};
use crate::train::{Corpus, Forms, Progress, Score, Settings, TrainError, Trained, common, words_of_tokens};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A sequence of clitics, or a rule, counts as one if it was seen with so many different hosts.
const PRODUCTIVE: usize = 4;

/// Tokens seen at most so often are examples for tokens never seen.
const RARE: usize = 10;

/// Weights below this are as good as none; without them, the table fits into a processor's second cache.
const LEAST_WEIGHT: f32 = 0.05;

/// The share of examples for whose best candidates the neighbours' whole influence fits into the margin.
const COVERED: f64 = 0.9;

/// A token of the training data, and the words it was analysed as.
struct Example<'a> {
    token: &'a str,
    words: Vec<&'a str>,
}

/// An analysis of a type of token.
struct Seen<'a> {
    words: Vec<&'a str>,
    count: usize,
    /// Surface and form of each word, and which of them is the host; none where the words do not cover the token.
    parts: Option<(Vec<Rule>, usize)>,
}

type Types<'a> = BTreeMap<&'a str, Vec<Seen<'a>>>;

pub(crate) fn train(
    corpus: &Corpus,
    dev: Option<&Corpus>,
    settings: &Settings,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Trained, TrainError> {
    let documents: Vec<Vec<Example<'_>>> = corpus.documents.iter().map(|doc| examples(doc, corpus)).collect();
    if !documents.iter().flatten().any(|example| example.words.len() > 1) {
        let message = "no Arabic token of the training data has more than one word, so there is nothing to learn from";
        return Err(TrainError(message.into()));
    }
    let keep_marks = keeps_marks(&documents);
    let types = types(&documents, keep_marks);
    let inventory = inventory(&types, keep_marks);
    let lexicon = lexicon(&types);
    let model =
        Model { inventory, lexicon, known: known(&types, keep_marks), weights: Weights::default(), margin: 0.0 };
    let mut examples = Vec::new();
    documents.iter().for_each(|document| model.examples(document, &types, &mut examples));

    let mut weights = Averager::default();
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut shared = Arc::new(model);
    for epoch in 1..=settings.epochs.max(1) {
        shuffle(&mut order, settings.seed.wrapping_add(epoch as u64));
        let wrong = order.iter().filter(|&&n| !examples[n].learn(&mut weights)).count();
        // No splitter is left, so this copies nothing.
        let model = Arc::get_mut(&mut shared).expect("nobody else holds the model");
        model.weights = Weights::new(&means(&weights));
        model.margin = margin(&examples, &model.weights);
        let dev = dev.map(|dev| measure(&shared, dev));
        progress(&Progress { epoch, examples: examples.len(), wrong, dev });
    }
    let model = shared;
    let tokens = documents.iter().map(Vec::len).sum();
    Ok(Trained {
        file: seal(Kind::Segmenter, &settings.name, &model.write()),
        sizes: vec![
            ("tokens", tokens),
            ("different tokens", types.len()),
            ("proclitic sequences", model.inventory.proclitics.len() - 1),
            ("enclitic sequences", model.inventory.enclitics.len() - 1),
            ("rewriting rules", model.inventory.starts.len() + model.inventory.ends.len() - 2),
            ("examples", examples.len()),
            ("weights", model.weights.len()),
        ],
    })
}

/// The tokens of a document that may have several words.
fn examples<'a>(doc: &'a warraq_core::Document, corpus: &Corpus) -> Vec<Example<'a>> {
    let view = doc.view();
    let forms = Forms::new(&view, corpus.labels.intern("form"));
    let words = words_of_tokens(view.tokens.len(), view.words);
    (view.tokens.iter().zip(words))
        .map(|(token, words)| {
            let text = &doc.text()[token.start as usize..token.end as usize];
            let words: Vec<&str> = words.map(|n| forms.get(n)).collect();
            Example { token: text, words: if words.is_empty() { vec![text] } else { words } }
        })
        .collect()
}

/// Whether the words of tokens with vowel signs or tatweel mostly have them, too.
fn keeps_marks(documents: &[Vec<Example<'_>>]) -> bool {
    let marked = |text: &str| text.chars().any(is_mark);
    let (mut kept, mut lost) = (0, 0);
    for example in documents.iter().flatten().filter(|e| e.words.len() > 1 && marked(e.token)) {
        if example.words.iter().any(|word| marked(word)) { kept += 1 } else { lost += 1 }
    }
    kept > lost
}

/// All tokens with their analyses, the most frequent first.
fn types<'a>(documents: &[Vec<Example<'a>>], keep_marks: bool) -> Types<'a> {
    let mut counts: BTreeMap<&str, BTreeMap<&[&str], usize>> = BTreeMap::new();
    for example in documents.iter().flatten().filter(|e| is_divisible(warraq_core::TokenKind::Word, e.token)) {
        *counts.entry(example.token).or_default().entry(&example.words).or_default() += 1;
    }
    // What each word was seen before, and behind.
    let mut beside: BTreeMap<(bool, &str), BTreeSet<String>> = BTreeMap::new();
    for words in counts.values().flat_map(BTreeMap::keys) {
        for n in 0..words.len() - 1 {
            beside.entry((true, words[n])).or_default().insert(words[n + 1..].concat());
            beside.entry((false, words[n + 1])).or_default().insert(words[..n + 1].concat());
        }
    }
    let company = |words: &[&str], n: usize| {
        let count = |before: bool| beside.get(&(before, words[n])).map_or(0, BTreeSet::len);
        let before = if n + 1 < words.len() { count(true) } else { 0 };
        before.max(if n > 0 { count(false) } else { 0 })
    };
    (counts.into_iter())
        .map(|(token, analyses)| {
            let letters = Letters::of(token, keep_marks).chars;
            let mut seen: Vec<Seen<'_>> = (analyses.into_iter())
                .map(|(words, count)| {
                    let parts = parts(&letters, words).map(|parts| {
                        let host = (0..words.len())
                            .min_by_key(|&n| (company(words, n), usize::MAX - parts[n].from.len()))
                            .unwrap_or_default();
                        (parts, host)
                    });
                    Seen { words: words.to_vec(), count, parts }
                })
                .collect();
            seen.sort_by_key(|seen| usize::MAX - seen.count);
            (token, seen)
        })
        .collect()
}

fn parts(letters: &[char], words: &[&str]) -> Option<Vec<Rule>> {
    let forms: Vec<Vec<char>> = words.iter().map(|word| word.chars().collect()).collect();
    if letters.len() > LONGEST || forms.iter().any(Vec::is_empty) {
        return None;
    }
    let pieces = pieces(letters, &forms)?;
    Some(pieces.into_iter().zip(forms).map(|(range, to)| Rule { from: letters[range].to_vec(), to }).collect())
}

/// Clitics and rules that were seen often enough to be expected elsewhere.
fn inventory(types: &Types<'_>, keep_marks: bool) -> Inventory {
    type Hosts = BTreeSet<Vec<char>>;
    let (mut before, mut after) = (BTreeMap::<Vec<Rule>, Hosts>::new(), BTreeMap::<Vec<Rule>, Hosts>::new());
    let (mut starts, mut ends) = (BTreeMap::<Rule, Hosts>::new(), BTreeMap::<Rule, Hosts>::new());
    // Which rules were seen beside which clitic.
    let (mut starts_with, mut ends_with) = (BTreeSet::new(), BTreeSet::new());
    for (parts, host) in types.values().flatten().filter_map(|seen| seen.parts.as_ref()).filter(|(p, _)| p.len() > 1) {
        let word = &parts[*host];
        let Some((start, end)) = rewriting(&word.from, &word.to) else { continue };
        let (proclitics, enclitics) = (&parts[..*host], &parts[host + 1..]);
        before.entry(proclitics.to_vec()).or_default().insert(word.to.clone());
        after.entry(enclitics.to_vec()).or_default().insert(word.to.clone());
        starts.entry(start.clone()).or_default().insert(word.to.clone());
        ends.entry(end.clone()).or_default().insert(word.to.clone());
        starts_with.insert((proclitics.last().map(|rule| rule.from.clone()), start));
        ends_with.insert((enclitics.first().map(|rule| rule.from.clone()), end));
    }
    let rules = |seen: BTreeMap<Rule, Hosts>| -> Vec<Rule> {
        let productive = seen.into_iter().filter(|(rule, hosts)| !rule.is_empty() && hosts.len() >= PRODUCTIVE);
        std::iter::once(Rule::default()).chain(productive.map(|(rule, _)| rule)).collect()
    };
    let (starts, ends) = (rules(starts), rules(ends));
    let clitics = |seen: BTreeMap<Vec<Rule>, Hosts>, rules: &[Rule], with: &BTreeSet<_>, last: bool| -> Vec<Clitics> {
        let productive = seen.into_iter().filter(|(items, hosts)| !items.is_empty() && hosts.len() >= PRODUCTIVE);
        let all = std::iter::once(Vec::new()).chain(productive.map(|(items, _)| items));
        all.map(|items| {
            let nearest = if last { items.last() } else { items.first() }.map(|rule| rule.from.clone());
            let fit = |rule: &Rule| with.contains(&(nearest.clone(), rule.clone()));
            let fitting = (1..rules.len()).filter(|&n| fit(&rules[n])).map(|n| n as u32).collect();
            Clitics::new(items, fitting)
        })
        .collect()
    };
    let proclitics = clitics(before, &starts, &starts_with, true);
    let enclitics = clitics(after, &ends, &ends_with, false);
    Inventory { proclitics, enclitics, starts, ends, keep_marks }
}

/// The counts that an analysis adds to the lexicon, and to which word of it.
fn contribution(seen: &Seen<'_>) -> Option<(Vec<char>, Counts)> {
    let (parts, host) = seen.parts.as_ref()?;
    let count = seen.count as u32;
    let counts = if parts.len() == 1 {
        [count, 0, 0]
    } else {
        [0, if *host > 0 { count } else { 0 }, if host + 1 < parts.len() { count } else { 0 }]
    };
    // A token that is one word stands as it is written, marks and all.
    let word = if parts.len() == 1 { seen.words[0].chars().collect() } else { parts[*host].to.clone() };
    Some((word, counts))
}

fn lexicon(types: &Types<'_>) -> Lexicon {
    let mut words: BTreeMap<Vec<char>, Counts> = BTreeMap::new();
    for (word, counts) in types.values().flatten().filter_map(contribution) {
        words.entry(word).or_default().iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    Lexicon::new(words)
}

/// The tokens to be looked up.
fn known(types: &Types<'_>, keep_marks: bool) -> Store {
    let mut known = Store::default();
    for (&token, seen) in types {
        let usable: Vec<_> =
            seen.iter().filter_map(|seen| seen.parts.as_ref().map(|(parts, _)| (seen, parts))).collect();
        if usable.is_empty() {
            continue;
        }
        known.begin(token, hash_str(token));
        if let [(seen, _)] = &usable[..]
            && *seen.words == [token]
        {
            continue;
        }
        let letters = Letters::of(token, keep_marks);
        for (n, (seen, parts)) in usable.into_iter().enumerate() {
            known.analysis(0.0, Parts::of_known(token, n));
            let mut at = 0;
            for (part, word) in parts.iter().zip(&seen.words) {
                at += part.from.len();
                // The last word goes to the end of the token, whatever marks there are.
                known.word(token, letters.byte(at, token), word.chars());
            }
        }
    }
    known
}

/// What the weights are learned from: the features of each candidate, and which of them is right.
struct Choice {
    /// The features that depend on the token alone, then those of the neighbours.
    candidates: Vec<(Vec<Key>, Vec<Key>)>,
    gold: usize,
    /// Whether the token is one to be looked up, where the neighbours always decide.
    is_known: bool,
}

impl Choice {
    /// Chooses, and learns if the choice was wrong. Returns whether it was right.
    fn learn(&self, weights: &mut Averager) -> bool {
        let features = |n: usize| self.candidates[n].0.iter().chain(&self.candidates[n].1);
        let score = |n: usize| features(n).map(|&key| weights.weight(key)).sum::<f32>();
        let mut best = (0, f32::NEG_INFINITY);
        for n in 0..self.candidates.len() {
            let score = score(n);
            if score > best.1 {
                best = (n, score);
            }
        }
        if best.0 != self.gold {
            features(self.gold).for_each(|&key| weights.update(key, 0, 1.0));
            features(best.0).for_each(|&key| weights.update(key, 0, -1.0));
        }
        weights.step();
        best.0 == self.gold
    }
}

impl Model {
    /// Adds the choices that a document's tokens are examples of.
    fn examples(&self, document: &[Example<'_>], types: &Types<'_>, out: &mut Vec<Choice>) {
        let mut candidates = Candidates::default();
        for (n, example) in document.iter().enumerate() {
            let Some(seen) = types.get(example.token) else { continue };
            let usable: Vec<_> = seen.iter().filter(|seen| seen.parts.is_some()).collect();
            let neighbour = |at: Option<usize>| {
                at.and_then(|at| document.get(at)).map_or(Neighbour::NONE, |example| Neighbour::of(example.token))
            };
            let (before, after) = (neighbour(n.checked_sub(1)), neighbour(Some(n + 1)));
            let outer = |parts: &Parts| {
                let mut keys = Vec::new();
                around(&before, &after, parts, |key| keys.push(key));
                keys
            };
            if usable.len() > 1
                && let Some(gold) = usable.iter().position(|seen| seen.words == example.words)
            {
                let parts = (0..usable.len()).map(|n| Parts::of_known(example.token, n));
                let candidates = parts.map(|parts| (Vec::new(), outer(&parts))).collect();
                out.push(Choice { candidates, gold, is_known: true });
            }
            let letters = Letters::of(example.token, self.inventory.keep_marks).chars;
            if seen.iter().map(|seen| seen.count).sum::<usize>() > RARE || !(2..=LONGEST).contains(&letters.len()) {
                continue;
            }
            let without: Vec<(Key, Counts)> =
                seen.iter().filter_map(contribution).map(|(word, counts)| (key(&word), counts)).collect();
            self.inventory.candidates(&letters, &self.lexicon, &without, &mut candidates);
            let gold = candidates.list.iter().position(|candidate| {
                let before = &self.inventory.proclitics[usize::from(candidate.proclitics)].items;
                let after = &self.inventory.enclitics[usize::from(candidate.enclitics)].items;
                if before.is_empty() && after.is_empty() {
                    return example.words.len() == 1;
                }
                let form = std::iter::once(candidates.form(candidate));
                let forms = before.iter().map(|rule| &*rule.to).chain(form).chain(after.iter().map(|rule| &*rule.to));
                before.len() + 1 + after.len() == example.words.len()
                    && forms.zip(&example.words).all(|(form, word)| form.iter().copied().eq(word.chars()))
            });
            let Some(gold) = gold.filter(|_| candidates.list.len() > 1) else { continue };
            let features = |candidate| {
                let mut keys = Vec::new();
                own(&letters, &candidates, candidate, (&self.lexicon, &without), &mut keys);
                (keys, outer(&Parts::of(candidate, candidates.form(candidate))))
            };
            let choice = candidates.list.iter().map(features).collect();
            out.push(Choice { candidates: choice, gold, is_known: false });
        }
    }
}

fn means(weights: &Averager) -> Vec<(Key, f32)> {
    let means = weights.means().into_iter().map(|(key, row)| (key, row[0].1));
    means.filter(|(_, weight)| weight.abs() >= LEAST_WEIGHT).collect()
}

/// The margin within which the neighbours can change the order of nearly all examples' candidates.
fn margin(choices: &[Choice], weights: &Weights) -> f32 {
    let mut spreads: Vec<f32> = (choices.iter().filter(|choice| !choice.is_known))
        .map(|choice| {
            let scores = choice.candidates.iter().map(|(_, outer)| outer.iter().map(|&key| weights.get(key)).sum());
            let (least, most) = scores.fold((f32::MAX, f32::MIN), |(least, most), s: f32| (least.min(s), most.max(s)));
            most - least
        })
        .collect();
    spreads.sort_by(f32::total_cmp);
    let at = (spreads.len() as f64 * COVERED) as usize;
    spreads.get(at.min(spreads.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// The words that the model finds in the tokens of a corpus.
fn measure(model: &Arc<Model>, corpus: &Corpus) -> Score {
    let mut splitter = Splitter::new(Analyser::Trained(Arc::clone(model)));
    let mut score = Score::default();
    for doc in &corpus.documents {
        let gold = examples(doc, corpus);
        for (n, (example, token)) in gold.iter().zip(doc.tokens()).enumerate() {
            let found: Vec<&str> = if is_divisible(token.kind, example.token) {
                let before = || Some(gold.get(n.checked_sub(1)?)?.token);
                let after = || gold.get(n + 1).map(|next| next.token);
                splitter.words(example.token, before, after)
            } else {
                vec![example.token]
            };
            score.add(common(&found, &example.words), found.len(), example.words.len());
        }
    }
    score
}
