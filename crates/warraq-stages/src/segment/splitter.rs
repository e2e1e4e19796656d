//! A model at work on one thread.

use super::candidates::Candidates;
use super::features::{Neighbour, Parts, around, own};
use super::recent::{Recent, Short};
use super::store::{Analysis, Piece, Place, Store};
use super::{LONGEST, Letters, Model, Rules};
use crate::model::{Key, hash_str};
use std::sync::Arc;

/// How large a memory of analysed tokens may get, as [`Store::size`] counts, before another one takes its place. There are two
/// of them: what is asked for again is taken over from the older one, so that frequent tokens stay.
const MEMORY: usize = 12 << 20;

/// The most candidates that the neighbours decide between.
const IN_DOUBT: usize = 6;

/// Who analyses tokens.
#[derive(Clone, Debug)]
pub(crate) enum Analyser {
    /// A model.
    Trained(Arc<Model>),
    /// The rules that are part of the program.
    BuiltIn(Arc<Rules>),
}

impl Analyser {
    fn model(&self) -> Option<&Model> {
        match self {
            Analyser::Trained(model) => Some(model),
            Analyser::BuiltIn(_) => None,
        }
    }
}

/// Splits tokens into words.
#[derive(Debug)]
pub(crate) struct Splitter {
    analyser: Analyser,
    /// What was found out about tokens that the model does not know. It changes nothing but the speed.
    found: Store,
    older: Store,
    /// Where the answers for some of either are.
    recent: Recent,
    letters: Letters,
    candidates: Candidates,
    features: Vec<Key>,
    /// The scores of the candidates.
    scores: Vec<(f32, usize)>,
}

impl Splitter {
    pub(crate) fn new(analyser: Analyser) -> Self {
        Splitter {
            analyser,
            found: Store::default(),
            older: Store::default(),
            recent: Recent::new(),
            letters: Letters::default(),
            candidates: Candidates::default(),
            features: Vec::new(),
            scores: Vec::new(),
        }
    }

    /// The words of `token`, with the store that has their forms; none where it is one word as it stands. The neighbours are
    /// asked for only when they matter.
    pub(crate) fn split<'a>(
        &mut self,
        token: &str,
        before: impl FnOnce() -> Option<&'a str>,
        after: impl FnOnce() -> Option<&'a str>,
    ) -> Option<(&[Piece], &Store)> {
        let short = Short::of(token);
        let place = match short.and_then(|short| self.recent.get(short)) {
            Some(place) => place,
            None => {
                let place = self.find(token);
                if let Some(short) = short {
                    self.recent.put(short, place);
                }
                place
            }
        };
        if place.is_whole() {
            return None;
        }
        let store = self.analyser.model().filter(|_| place.is_known).map_or(&self.found, |model| &model.known);
        Some((store.pieces(self.choice(store.analyses(place), before, after)), store))
    }

    /// Where the analyses of `token` are; it is analysed if it is met for the first time.
    fn find(&mut self, token: &str) -> Place {
        let hash = hash_str(token);
        if let Some(place) = self.analyser.model().and_then(|model| model.known.find(token, hash)) {
            return place.known();
        }
        if let Some(place) = self.found.find(token, hash) {
            return place;
        }
        self.analyse(token, hash);
        self.found.last()
    }

    /// The forms of the words of `token`, for where they are not wanted by the million.
    pub(crate) fn words<'t>(
        &'t mut self,
        token: &'t str,
        before: impl FnOnce() -> Option<&'t str>,
        after: impl FnOnce() -> Option<&'t str>,
    ) -> Vec<&'t str> {
        let Some((pieces, store)) = self.split(token, before, after) else { return vec![token] };
        let mut at = 0;
        let words = pieces.iter().map(|piece| {
            let surface = &token[at..piece.end as usize];
            at = piece.end as usize;
            piece.form(store).unwrap_or(surface)
        });
        words.collect()
    }

    fn choice<'s, 'a>(
        &'s self,
        analyses: &'s [Analysis],
        before: impl FnOnce() -> Option<&'a str>,
        after: impl FnOnce() -> Option<&'a str>,
    ) -> &'s Analysis {
        match (analyses, self.analyser.model()) {
            (several, Some(model)) if several.len() > 1 => {
                let neighbour = |token: Option<&str>| token.map_or(Neighbour::NONE, Neighbour::of);
                model.choose(several, &neighbour(before()), &neighbour(after()))
            }
            (only, _) => &only[0],
        }
    }

    /// Adds the token to what was found out.
    fn analyse(&mut self, token: &str, hash: u64) {
        if self.found.size() > MEMORY {
            std::mem::swap(&mut self.found, &mut self.older);
            self.found.clear();
            self.recent.clear();
        }
        let Splitter { analyser, found, older, letters, candidates, features, scores, .. } = self;
        found.begin(token, hash);
        if let Some(place) = older.find(token, hash) {
            older.analyses(place).iter().for_each(|analysis| found.take_over(token, analysis, older));
            return;
        }
        letters.set(token, analyser.model().is_some_and(|model| model.inventory.keep_marks));
        let len = letters.chars.len();
        if !(2..=LONGEST).contains(&len) {
            return;
        }
        let model = match analyser {
            Analyser::Trained(model) => model,
            Analyser::BuiltIn(rules) => return rules.analyse(token, letters, found),
        };
        model.inventory.candidates(&letters.chars, &model.lexicon, &[], candidates);
        scores.clear();
        if candidates.list.len() == 1 {
            return;
        }
        for (n, candidate) in candidates.list.iter().enumerate() {
            own(&letters.chars, candidates, candidate, (&model.lexicon, &[]), features);
            scores.push((model.weights.sum(features), n));
        }
        // The best first; of equal ones, the first that was made.
        scores.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let least = scores[0].0 - model.margin;
        let second = scores[1].0;
        let whole = |n: usize| candidates.list[n].proclitics == 0 && candidates.list[n].enclitics == 0;
        if second < least && whole(scores[0].1) {
            return;
        }
        for &(score, n) in scores.iter().take(IN_DOUBT).filter(|(score, _)| *score >= least) {
            let candidate = &candidates.list[n];
            let form = candidates.form(candidate);
            found.analysis(score, Parts::of(candidate, form));
            if whole(n) {
                found.word(token, token.len() as u32, token.chars());
                continue;
            }
            let mut at = 0;
            for clitic in &model.inventory.proclitics[usize::from(candidate.proclitics)].items {
                at += clitic.from.len();
                found.word(token, letters.byte(at, token), clitic.to.iter().copied());
            }
            found.word(token, letters.byte(candidate.host.end, token), form.iter().copied());
            at = candidate.host.end;
            for clitic in &model.inventory.enclitics[usize::from(candidate.enclitics)].items {
                at += clitic.from.len();
                found.word(token, letters.byte(at, token), clitic.to.iter().copied());
            }
        }
    }
}

impl Model {
    /// The analysis that fits best between these neighbours.
    fn choose<'a>(&self, analyses: &'a [Analysis], before: &Neighbour, after: &Neighbour) -> &'a Analysis {
        let mut best = (&analyses[0], f32::NEG_INFINITY);
        for analysis in analyses {
            let mut score = analysis.score;
            around(before, after, &analysis.parts, |key| score += self.weights.get(key));
            if score > best.1 {
                best = (analysis, score);
            }
        }
        best.0
    }
}
