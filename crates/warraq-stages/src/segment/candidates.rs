//! The ways in which a token may be analysed, made from what the treebank does: its proclitics, its enclitics, and how it
//! rewrites what is left.

use super::align::Rule;
use super::lexicon::{Counts, Lexicon};
use crate::model::{Key, ModelError, Reader, Writer};
use std::ops::Range;

/// A sequence of clitics that are written together: surface and form of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clitics {
    pub(super) items: Vec<Rule>,
    /// The surfaces in one.
    pub(super) surface: Vec<char>,
    /// Which rules of the host go with them, by index.
    pub(super) rules: Vec<u32>,
}

impl Clitics {
    pub(super) fn new(items: Vec<Rule>, rules: Vec<u32>) -> Self {
        Clitics { surface: items.iter().flat_map(|item| item.from.iter().copied()).collect(), items, rules }
    }
}

/// The clitics and rules of a treebank. The first of each list is empty.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    pub(super) proclitics: Vec<Clitics>,
    pub(super) enclitics: Vec<Clitics>,
    pub(super) starts: Vec<Rule>,
    pub(super) ends: Vec<Rule>,
    /// Whether words keep vowel signs and tatweel of the token.
    pub(super) keep_marks: bool,
}

/// One way to analyse a token. The first candidate is the token as one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) proclitics: u16,
    pub(super) enclitics: u16,
    /// Rules by index; [`BY_LEXICON`] where the form comes from the lexicon.
    pub(super) start: u16,
    pub(super) end: u16,
    /// The host's place in the token's letters.
    pub(super) host: Range<usize>,
    /// The host's form, in the list's `forms`.
    pub(super) form: Range<usize>,
}

/// In the place of a rule: the lexicon has this form.
pub(super) const BY_LEXICON: u16 = u16::MAX;

/// The candidates of one token; buffers for reuse.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    pub(super) list: Vec<Candidate>,
    pub(super) forms: Vec<char>,
}

impl Candidates {
    pub(super) fn form(&self, candidate: &Candidate) -> &[char] {
        &self.forms[candidate.form.clone()]
    }

    /// Adds a candidate with the form at the end of `forms` from `form` on, unless one since `first` has that form.
    fn add(&mut self, first: usize, form: usize, candidate: Candidate) {
        let range = form..self.forms.len();
        if self.list[first..].iter().any(|other| self.forms[other.form.clone()] == self.forms[range.clone()]) {
            self.forms.truncate(form);
        } else {
            self.list.push(Candidate { form: range, ..candidate });
        }
    }
}

impl Inventory {
    /// Lists the candidates of a token. `without` are counts of the lexicon that do not count.
    pub(super) fn candidates(
        &self,
        token: &[char],
        lexicon: &Lexicon,
        without: &[(Key, Counts)],
        out: &mut Candidates,
    ) {
        out.list.clear();
        out.forms.clear();
        for (p, before) in self.proclitics.iter().enumerate() {
            // Most clitics are ruled out by one letter, without a call to compare memory.
            if before.surface.first().is_some_and(|c| token.first() != Some(c)) || !token.starts_with(&before.surface) {
                continue;
            }
            for (e, after) in self.enclitics.iter().enumerate() {
                let host = before.surface.len()..token.len().saturating_sub(after.surface.len());
                let whole = p == 0 && e == 0;
                if after.surface.last().is_some_and(|c| token.last() != Some(c)) {
                    continue;
                }
                if !token.ends_with(&after.surface) || host.len() < if whole { 1 } else { 2 } {
                    continue;
                }
                let raw = &token[host.clone()];
                let first = out.list.len();
                let plain = Candidate {
                    proclitics: p as u16,
                    enclitics: e as u16,
                    start: 0,
                    end: 0,
                    host: host.clone(),
                    form: 0..0,
                };
                let at = out.forms.len();
                out.forms.extend_from_slice(raw);
                out.add(first, at, plain.clone());
                if !whole {
                    self.rewritten(raw, (before, after), first, &plain, out);
                    for form in lexicon.alike(raw) {
                        if lexicon.counts(form, without) != [0; 3] {
                            let at = out.forms.len();
                            out.forms.extend_from_slice(form);
                            let by_lexicon = Candidate { start: BY_LEXICON, end: BY_LEXICON, ..plain.clone() };
                            out.add(first, at, by_lexicon);
                        }
                    }
                }
            }
        }
    }

    /// Adds what the rules make of the host `raw` between these clitics.
    fn rewritten(
        &self,
        raw: &[char],
        (before, after): (&Clitics, &Clitics),
        first: usize,
        plain: &Candidate,
        out: &mut Candidates,
    ) {
        for start in std::iter::once(&0).chain(&before.rules) {
            let start_rule = &self.starts[*start as usize];
            if !raw.starts_with(&start_rule.from) {
                continue;
            }
            for end in std::iter::once(&0).chain(&after.rules) {
                let end_rule = &self.ends[*end as usize];
                let touched = start_rule.from.len() + end_rule.from.len();
                if !raw.ends_with(&end_rule.from) || touched > raw.len() {
                    continue;
                }
                let at = out.forms.len();
                out.forms.extend_from_slice(&start_rule.to);
                out.forms.extend_from_slice(&raw[start_rule.from.len()..raw.len() - end_rule.from.len()]);
                out.forms.extend_from_slice(&end_rule.to);
                out.add(first, at, Candidate { start: *start as u16, end: *end as u16, ..plain.clone() });
            }
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        for rules in [&self.starts, &self.ends] {
            writer.list(rules, write_rule);
        }
        for clitics in [&self.proclitics, &self.enclitics] {
            writer.list(clitics, |writer, clitics| {
                writer.list(&clitics.items, write_rule);
                writer.list(&clitics.rules, |writer, &rule| writer.number(rule.into()));
            });
        }
        writer.number(self.keep_marks.into());
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ModelError> {
        let (starts, ends) = (reader.list(read_rule)?, reader.list(read_rule)?);
        let mut clitics = |rules: usize| {
            reader.list(|reader| {
                let items = reader.list(read_rule)?;
                Ok(Clitics::new(items, reader.list(|reader| Ok(reader.below(rules)? as u32))?))
            })
        };
        let (proclitics, enclitics) = (clitics(starts.len())?, clitics(ends.len())?);
        let keep_marks = reader.below(2)? == 1;
        let has_first = starts.first().is_some_and(Rule::is_empty) && ends.first().is_some_and(Rule::is_empty);
        if !has_first || starts.len().max(ends.len()) >= BY_LEXICON.into() {
            return Err(crate::model::broken());
        }
        Ok(Inventory { proclitics, enclitics, starts, ends, keep_marks })
    }
}

fn write_rule(writer: &mut Writer, rule: &Rule) {
    for part in [&rule.from, &rule.to] {
        writer.text(&part.iter().collect::<String>());
    }
}

fn read_rule(reader: &mut Reader<'_>) -> Result<Rule, ModelError> {
    Ok(Rule { from: reader.text()?.chars().collect(), to: reader.text()?.chars().collect() })
}
