//! What the linear model looks at. A candidate's own features depend on the token alone, so a worker can remember their sum;
//! those of its neighbours are added where that leaves a doubt.

use super::candidates::{Candidate, Candidates};
use super::is_mark;
use super::lexicon::{Counts, Lexicon, bucket, key};
use crate::model::{Key, conjoin, hash, hash_str};

/// Numbers the features of one list: each call of [`Numbered::add`] is another template.
struct Numbered<'a> {
    out: &'a mut Vec<Key>,
    template: u64,
}

impl Numbered<'_> {
    fn add(&mut self, value: u64, with: u64) {
        self.template += 1;
        self.out.push(conjoin(conjoin(conjoin(5, self.template), value), with) as Key);
    }

    /// Passes a template by, so that the numbers of those after it stay.
    fn skip(&mut self) {
        self.template += 1;
    }
}

/// What stands for a candidate in the features of its neighbours: its proclitics, its enclitics, its host's form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) proclitics: u64,
    pub(super) enclitics: u64,
    pub(super) form: u64,
}

impl Parts {
    pub(super) fn of(candidate: &Candidate, form: &[char]) -> Self {
        Parts {
            proclitics: candidate.proclitics.into(),
            enclitics: candidate.enclitics.into(),
            form: conjoin(hash(form), clitic_class(candidate)),
        }
    }

    /// Of the analysis at index `n` of a known token.
    pub(super) fn of_known(token: &str, n: usize) -> Self {
        let id = conjoin(hash_str(token), n as u64);
        Parts { proclitics: conjoin(id, 1), enclitics: conjoin(id, 2), form: conjoin(id, 3) }
    }
}

/// Whether there are proclitics, and whether there are enclitics.
fn clitic_class(candidate: &Candidate) -> u64 {
    u64::from(candidate.proclitics > 0) + 2 * u64::from(candidate.enclitics > 0)
}

/// The candidate's own features.
pub(super) fn own(
    token: &[char],
    candidates: &Candidates,
    candidate: &Candidate,
    (lexicon, without): (&Lexicon, &[(Key, Counts)]),
    out: &mut Vec<Key>,
) {
    out.clear();
    let mut f = Numbered { out, template: 0 };
    let form = candidates.form(candidate);
    let raw = &token[candidate.host.clone()];
    let (p, e) = (u64::from(candidate.proclitics), u64::from(candidate.enclitics));
    let class = clitic_class(candidate);

    // The clitics and the rules.
    f.add(p, 0);
    f.add(e, 0);
    f.add(conjoin(p, e), 0);
    f.add(conjoin(candidate.start.into(), candidate.end.into()), class);
    f.add(candidate.start.into(), p);
    f.add(candidate.end.into(), e);

    // What the lexicon knows of the host, with and without its article, with and without ta marbuta.
    let mut buffer = ['\0'; super::LONGEST + 8];
    let has_article = form.len() > 4 && form.starts_with(&['ا', 'ل']);
    // The buffer is needed again.
    let related = key(if has_article { &form[2..] } else { joined(&['ا', 'ل'], form, &mut buffer) });
    let feminine = form.last() == Some(&'ة');
    let counterpart = if feminine { &form[..form.len() - 1] } else { joined(form, &['ة'], &mut buffer) };
    let [counts, related, other_gender] = lexicon.counts_of([key(form), related, key(counterpart)], without);
    let [alone, behind, before] = counts.map(bucket);
    f.add(alone, p);
    f.add(behind, p);
    f.add(before, e);
    f.add(conjoin(conjoin(alone, behind), before), class);
    let related = bucket(related.iter().sum());
    f.add(related, conjoin(has_article.into(), p));
    f.add(related, conjoin(has_article.into(), e));
    f.add(conjoin(related, alone), conjoin(has_article.into(), class));
    f.add(bucket(other_gender[0]), conjoin(e, feminine.into()));

    // The host's form and its letters at both ends.
    f.add(hash(form), class);
    for n in 1..=4 {
        if n <= raw.len() {
            f.add(hash(&raw[..n]), p);
            f.add(hash(&raw[raw.len() - n..]), e);
        } else {
            f.skip();
            f.skip();
        }
    }
    f.add(form.len().min(8) as u64, p);
    f.add(form.len().min(8) as u64, e);
    f.add(conjoin(raw.len().min(8) as u64, hash(&raw[..1])), p);
    f.add(conjoin(raw.len().min(8) as u64, hash(&raw[raw.len() - 1..])), e);

    // Its pattern: roots are three letters among a few that make up forms, and hamza follows from the pattern.
    let body = if has_article { &form[2..] } else { form };
    for n in 2..=5 {
        if n <= body.len() { f.add(hash(&body[..n]), class) } else { f.skip() }
    }
    for n in 2..=4 {
        if n <= form.len() { f.add(hash(&form[form.len() - n..]), class) } else { f.skip() }
    }
    let is_formative =
        |c| matches!(c, 'ا' | 'أ' | 'إ' | 'آ' | 'ى' | 'ة' | 'و' | 'ي' | 'ء' | 'ئ' | 'ؤ' | 'ت' | 'م' | 'ن');
    let is_vowel_or_hamza = |c| matches!(c, 'ا' | 'أ' | 'إ' | 'آ' | 'ى' | 'ة' | 'ئ' | 'ؤ' | 'ء');
    f.add(pattern(body, is_formative), class);
    f.add(pattern(body, is_vowel_or_hamza), has_article.into());
    if let (Some(first), Some(last)) = (body.first(), body.last()) {
        f.add(hash(&[*first]), conjoin(body.len().min(7) as u64, hash(&[*last])));
    } else {
        f.skip();
    }
}

fn joined<'a>(a: &[char], b: &[char], buffer: &'a mut [char]) -> &'a [char] {
    let len = a.len() + b.len();
    // Longer ones are in no lexicon.
    let Some(place) = buffer.get_mut(..len) else { return &[] };
    place[..a.len()].copy_from_slice(a);
    place[a.len()..].copy_from_slice(b);
    place
}

/// The hash of a form in which all letters but some count as the same.
fn pattern(form: &[char], keep: impl Fn(char) -> bool) -> u64 {
    form.iter().fold(form.len() as u64, |hash, &c| conjoin(hash, if keep(c) { c.into() } else { 0 }))
}

/// What features say of a neighbour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbour {
    whole: u64,
    first: u64,
    last: u64,
}

impl Neighbour {
    /// Beyond the ends of the document.
    pub(super) const NONE: Neighbour = Neighbour { whole: 1, first: 1, last: 1 };

    pub(super) fn of(token: &str) -> Self {
        let letters = || token.chars().filter(|&c| !is_mark(c));
        let two = |a: Option<char>, b: Option<char>| {
            conjoin(a.map_or(0, |c| u64::from(u32::from(c))), b.map_or(0, |c| u64::from(u32::from(c))))
        };
        let (mut front, mut back) = (letters(), letters().rev());
        Neighbour {
            whole: hash_str(token),
            first: two(front.next(), front.next()),
            last: two(back.next(), back.next()),
        }
    }
}

/// The features of a candidate and its neighbours.
pub(super) fn around(before: &Neighbour, after: &Neighbour, parts: &Parts, mut each: impl FnMut(Key)) {
    let mut template = 0;
    let mut add = |value: u64, with: u64| {
        template += 1;
        each(conjoin(conjoin(conjoin(6, template), value), with) as Key);
    };
    add(0, parts.form);
    add(before.whole, parts.proclitics);
    add(before.whole, parts.enclitics);
    add(before.whole, parts.form);
    add(before.first, parts.proclitics);
    add(before.first, parts.enclitics);
    add(before.last, parts.proclitics);
    add(before.last, parts.enclitics);
    add(before.last, parts.form);
    add(after.whole, parts.proclitics);
    add(after.whole, parts.enclitics);
    add(after.first, parts.proclitics);
    add(after.first, parts.enclitics);
    add(after.first, parts.form);
}
