//! The pass over a text: from one character that changes to the next, a letter with its marks at a time.

use super::forms;
use super::plan::{ASCII_DIGIT, BASE, INSIDE, MARK, SEPARATOR, SINGLE, Settings};
use crate::arabic::{TATWEEL, digit, is_alef, is_hamza_mark, is_letter, is_tashkeel};
use crate::clean::classes::{Classes, char_at, char_before};
use std::sync::Arc;
use warraq_core::{Changes, DocView, LabelId, Result, Worker};

/// What is done to texts of a language.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) settings: Settings,
    pub(super) classes: Arc<Classes>,
}

/// The labels of what is removed.
#[derive(Clone, Copy)]
pub(super) struct Labels {
    pub(super) tatweel: LabelId,
    pub(super) tashkeel: LabelId,
    pub(super) quranic: LabelId,
}

pub(super) struct ArabicWorker {
    /// For Arabic and text of unknown language, and for other languages.
    pub(super) plans: [Plan; 2],
    pub(super) labels: Labels,
    /// What a cluster becomes.
    pub(super) scratch: String,
}

impl Worker for ArabicWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let Plan { settings, classes } = self.plans[usize::from(!super::is_arabic(doc.lang))].clone();
        let text = doc.text;
        let (mut at, mut done) = (0, 0);
        // Where the run of ASCII that was looked at last ends, and whether its digits are a number.
        let (mut ascii_end, mut is_number) = (0, false);
        while let Some((found, class)) = classes.find(text, at) {
            let Some(c) = char_at(text, found) else { break };
            let end = found + c.len_utf8();
            at = end;
            match class {
                BASE => at = self.cluster(&settings, text, found, out),
                MARK if let Some(end) = self.marks(&settings, &classes, text, done..found, out) => at = end,
                INSIDE | MARK => {
                    let start = base(&settings, text, found, done);
                    at = self.cluster(&settings, text, start, out);
                }
                SINGLE => replace_single(&settings, found..end, c, out),
                ASCII_DIGIT => {
                    if found >= ascii_end {
                        (ascii_end, is_number) = ascii_number(text, found);
                    }
                    if is_number {
                        replace_single(&settings, found..end, c, out);
                    } else {
                        at = ascii_end;
                    }
                }
                SEPARATOR => {
                    let is_digit = |c: char| c.is_ascii_digit() || digit(c).is_some();
                    if char_before(text, found).is_some_and(is_digit) && char_at(text, end).is_some_and(is_digit) {
                        out.replace(found..end, if c == '٫' { "." } else { "," });
                    }
                }
                _ => {}
            }
            done = at;
        }
        Ok(())
    }
}

fn replace_single(settings: &Settings, range: std::ops::Range<usize>, c: char, out: &mut Changes) {
    if let Some(new) = settings.single(c) {
        out.replace(range, new.encode_utf8(&mut [0; 4]));
    }
}

/// Where the run of visible ASCII around `at` ends, and whether its digits are numbers: there is no letter in it.
fn ascii_number(text: &str, at: usize) -> (usize, bool) {
    let bytes = text.as_bytes();
    let start = bytes[..at].iter().rposition(|b| !b.is_ascii_graphic()).map_or(0, |n| n + 1);
    let end = bytes[at..].iter().position(|b| !b.is_ascii_graphic()).map_or(bytes.len(), |n| at + n);
    (end, !bytes[start..end].iter().any(u8::is_ascii_alphabetic))
}

/// Where the cluster begins that the mark at `at` is in: at the letter or digit it is on, or, if it is on none, at the
/// first of its marks; not before `done`.
fn base(settings: &Settings, text: &str, at: usize, done: usize) -> usize {
    let mut start = at;
    for c in text[done..at].chars().rev() {
        if settings.is_inside(c) {
            start -= c.len_utf8();
        } else {
            return if c.is_alphanumeric() { start - c.len_utf8() } else { start };
        }
    }
    start
}

/// What a tatweel is where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tatweel {
    /// It stretches the letter before or after it.
    Stretch,
    /// It carries marks that stay and have no letter of their own.
    Seat,
    /// It is a dash, as in ` ـ `.
    Dash,
    /// It is a dash of which the start is already written.
    DashGoesOn,
}

/// The cluster at hand.
struct Cluster {
    base: Option<char>,
    tatweel: Tatweel,
    /// What has been removed first.
    label: Option<LabelId>,
}

impl ArabicWorker {
    /// The usual case of [`Self::cluster`], quickly: a letter that stays with marks that all go. `range` ends at the first
    /// mark and begins where the letter may. Returns the end of the marks, if this is the case.
    fn marks(
        &self,
        settings: &Settings,
        classes: &Classes,
        text: &str,
        range: std::ops::Range<usize>,
        out: &mut Changes,
    ) -> Option<usize> {
        let base = text[range.clone()].chars().next_back().filter(|c| is_letter(*c) && classes.of(*c) == 0)?;
        let mut chars = text[range.end..].chars();
        let first = chars.next()?;
        let mut end = range.end + first.len_utf8();
        for c in chars {
            if classes.of(c) != MARK {
                if settings.is_inside(c) {
                    return None;
                }
                break;
            }
            end += c.len_utf8();
        }
        let label = if is_tashkeel(first) { self.labels.tashkeel } else { self.labels.quranic };
        out.replace_labelled(range.end - base.len_utf8()..end, base.encode_utf8(&mut [0; 4]), label, None);
        Some(end)
    }

    /// Settles the cluster at `start`: a letter, or nothing, and the marks and tatweels after it. Returns its end.
    fn cluster(&mut self, settings: &Settings, text: &str, start: usize, out: &mut Changes) -> usize {
        let first = char_at(text, start).unwrap_or_default();
        let has_base = !settings.is_inside(first);
        let marks = if has_base { start + first.len_utf8() } else { start };
        let (end, has_hamza, keeps_mark) = look_ahead(settings, text, marks);

        self.scratch.clear();
        let mut cluster = Cluster { base: None, tatweel: Tatweel::Stretch, label: None };
        // How far the source has changed, and how long the result is up to there.
        let mut changed = None;
        let mut phrase = false;
        if has_base {
            let form = if settings.forms { forms::expansion(first) } else { None };
            if let Some(plain) = form {
                phrase = forms::is_phrase(first);
                let before = char_before(text, start);
                if phrase && before.is_some_and(|c| c.is_alphanumeric() || settings.is_inside(c) || forms::is_phrase(c))
                {
                    self.scratch.push(' ');
                }
                let plain = match first {
                    forms::ALLAH => forms::allah(&text[..start]),
                    forms::RIAL if !settings.arabic => forms::PERSIAN_RIAL,
                    _ => plain,
                };
                self.form(settings, plain, has_hamza, &mut cluster);
            } else {
                cluster.base = Some(first);
                self.scratch.push(settings.letter(first, has_hamza));
            }
            if form.is_some() || !self.scratch.ends_with(first) {
                changed = Some((marks, self.scratch.len()));
            }
        }
        let next = char_at(text, end);
        if !cluster.base.is_some_and(is_letter) {
            cluster.tatweel = match next {
                _ if keeps_mark => Tatweel::Seat,
                Some(next) if is_letter(next) => Tatweel::Stretch,
                _ => Tatweel::Dash,
            };
        }
        let mut at = marks;
        for c in text[marks..end].chars() {
            at += c.len_utf8();
            let form = if settings.forms && forms::is_mark_form(c) { forms::expansion(c) } else { None };
            let kept = match form {
                Some(plain) => {
                    plain.chars().for_each(|c| {
                        self.mark(settings, c, &mut cluster);
                    });
                    false
                }
                None => self.mark(settings, c, &mut cluster),
            };
            if !kept {
                changed = Some((at, self.scratch.len()));
            }
        }
        if phrase && next.is_some_and(|c| c.is_alphanumeric() && !forms::is_phrase(c)) {
            self.scratch.push(' ');
            changed = Some((end, self.scratch.len()));
        }
        if let Some((source_end, length)) = changed {
            self.scratch.truncate(length);
            match cluster.label {
                Some(label) => out.replace_labelled(start..source_end, &self.scratch, label, None),
                None => out.replace(start..source_end, &self.scratch),
            }
        }
        end
    }

    /// Writes the plain text of a presentation form; a hamza among the marks after it belongs to its last letter.
    fn form(&mut self, settings: &Settings, plain: &str, has_hamza: bool, cluster: &mut Cluster) {
        let mut chars = plain.chars().peekable();
        while let Some(c) = chars.next() {
            if settings.is_inside(c) {
                self.mark(settings, c, cluster);
            } else {
                cluster.base = Some(c);
                self.scratch.push(settings.letter(c, has_hamza && chars.peek().is_none()));
            }
        }
    }

    /// Writes a mark or tatweel, unless it goes; whether it stays as it is.
    fn mark(&mut self, settings: &Settings, c: char, cluster: &mut Cluster) -> bool {
        let label = if c == TATWEEL {
            match cluster.tatweel {
                _ if !settings.tatweel => None,
                Tatweel::Seat => None,
                Tatweel::Stretch => Some(self.labels.tatweel),
                Tatweel::Dash => {
                    self.scratch.push('-');
                    cluster.tatweel = Tatweel::DashGoesOn;
                    return false;
                }
                Tatweel::DashGoesOn => Some(self.labels.tatweel),
            }
        } else if settings.strips_mark(c) {
            Some(if is_tashkeel(c) { self.labels.tashkeel } else { self.labels.quranic })
        } else if is_hamza_mark(c)
            && let Some(base) = cluster.base
        {
            if settings.folds_hamza_mark(base, c) {
                // The letter and the mark are folded together: nothing that the record of removals is for.
                return false;
            }
            // A madda that is not part of a letter is a Quranic sign.
            (c == '\u{653}' && settings.quranic && is_letter(base) && !is_alef(base)).then_some(self.labels.quranic)
        } else {
            None
        };
        match label {
            None => {
                self.scratch.push(c);
                true
            }
            Some(label) => {
                cluster.label = cluster.label.or(Some(label));
                false
            }
        }
    }
}

/// Where the marks at `at` end, whether there is a hamza above among them, and whether any mark stays.
fn look_ahead(settings: &Settings, text: &str, at: usize) -> (usize, bool, bool) {
    let (mut end, mut has_hamza, mut keeps_mark) = (at, false, false);
    for c in text[at..].chars() {
        if !settings.is_inside(c) {
            break;
        }
        end += c.len_utf8();
        has_hamza |= c == '\u{654}';
        let form = if forms::is_mark_form(c) { forms::expansion(c) } else { None };
        keeps_mark |= match form {
            Some(plain) => plain.chars().any(|c| c != TATWEEL && !settings.strips_mark(c)),
            None => c != TATWEEL && !settings.strips_mark(c),
        };
    }
    (end, has_hamza, keeps_mark)
}
