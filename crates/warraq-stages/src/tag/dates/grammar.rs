//! Which runs of items are expressions of time.
//!
//! The patterns are tried in the order in which they stand in [`Grammar::expression`], at every item from left to right;
//! what is found is not looked at again.

use super::items::Item;
use super::lexicon::{Lexicon, Sense};
use super::value::{Calendar, Expression, Mod, Parts, Unit};

/// An expression that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// First byte and byte past the end.
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) expression: Expression,
    pub(super) modifier: Option<Mod>,
}

pub(super) struct Grammar<'a> {
    pub(super) text: &'a str,
    pub(super) items: &'a [Item],
    pub(super) lexicon: &'a Lexicon,
    /// Whether `7/5/2016` is the fifth of July.
    pub(super) month_first: bool,
}

/// An expression and the item after it.
type Match = Option<(Expression, usize)>;

impl Grammar<'_> {
    /// Calls `found` with every expression, in order.
    pub(super) fn search(&self, mut found: impl FnMut(Found)) {
        let mut at = 0;
        while at < self.items.len() {
            match self.expression(at) {
                Some((first, end, expression, modifier)) if end > at => {
                    let (start, last) = (self.items[first].start, self.items[end - 1].end);
                    found(Found { start, end: last, expression, modifier });
                    at = end;
                }
                _ => at += 1,
            }
        }
    }

    /// The expression that begins here: its first item, the one after it, and what it says.
    fn expression(&self, at: usize) -> Option<(usize, usize, Expression, Option<Mod>)> {
        let plain = |(expression, end)| (at, end, expression, None);
        self.date(at)
            .or_else(|| self.time(at))
            .or_else(|| self.every(at))
            .or_else(|| self.shifted(at))
            .map(plain)
            .or_else(|| self.amount(at))
            .or_else(|| self.day(at).map(plain))
            .or_else(|| self.year_after_cue(at))
    }

    /// What the item at `at` says, if `pick` finds it among its senses.
    fn sense<T>(&self, at: usize, pick: impl Fn(Sense) -> Option<T>) -> Option<T> {
        let entry = self.items.get(at)?.entry?;
        self.lexicon.senses(entry).iter().find_map(|&sense| pick(sense))
    }

    fn is(&self, at: usize, sense: Sense) -> bool {
        self.sense(at, |found| (found == sense).then_some(())).is_some()
    }

    fn mark(&self, at: usize, marks: &[char]) -> bool {
        self.items.get(at).and_then(|item| item.mark).is_some_and(|mark| marks.contains(&mark))
    }

    fn slice(&self, item: &Item) -> &str {
        &self.text[item.start as usize..item.end as usize]
    }

    fn unit(&self, at: usize) -> Option<(Unit, u32)> {
        self.sense(at, |sense| match sense {
            Sense::Unit(unit, count) => Some((unit, count)),
            _ => None,
        })
    }

    fn weekday(&self, at: usize) -> Option<u8> {
        self.sense(at, |sense| match sense {
            Sense::Weekday(day) => Some(day),
            _ => None,
        })
    }

    fn before(&self, at: usize) -> Option<i32> {
        self.sense(at, |sense| match sense {
            Sense::Before(shift) => Some(shift),
            _ => None,
        })
    }

    fn after(&self, at: usize) -> Option<i32> {
        self.sense(at, |sense| match sense {
            Sense::After(shift) => Some(shift),
            _ => None,
        })
    }

    /// A day of a month in digits.
    fn day_number(&self, at: usize) -> Option<u8> {
        let item = self.items.get(at)?;
        let (number, digits) = item.number?;
        (item.era.is_none() && digits <= 2 && (1..=31).contains(&number)).then_some(number as u8)
    }

    /// A month and the item after it. The month may be named a second time, after a slash or in brackets: `تموز/يوليو`.
    fn month(&self, at: usize) -> Option<(u8, Calendar, bool, usize)> {
        let month = |at: usize| {
            self.sense(at, |sense| match sense {
                Sense::Month { number, calendar, weak } => Some((number, calendar, weak)),
                _ => None,
            })
        };
        let (number, calendar, weak) = month(at)?;
        let again = |at: usize| month(at).is_some_and(|(same, other, _)| (same, other) == (number, calendar));
        // An abbreviation has its full stop.
        let mut end = at + 1;
        if weak && self.mark(end, &['.']) && self.items[end].glued {
            end += 1;
        }
        if self.mark(end, &['/', '-']) && again(end + 1) {
            return Some((number, calendar, false, end + 2));
        }
        if self.mark(end, &['(']) && again(end + 1) && self.mark(end + 2, &[')']) {
            return Some((number, calendar, false, end + 3));
        }
        Some((number, calendar, weak, end))
    }

    /// A year in digits, with the name of its era or without, and the item after it.
    fn year(&self, at: usize) -> Option<(i32, Option<Calendar>, usize)> {
        let item = self.items.get(at)?;
        let (number, digits) = item.number?;
        let era = match item.era {
            Some('ه') => Some(Calendar::Hijri),
            Some(_) => Some(Calendar::Gregorian),
            None => None,
        };
        let spelt = self.sense(at + 1, |sense| match sense {
            Sense::Era(calendar) => Some(calendar),
            _ => None,
        });
        let spelt = spelt.filter(|_| era.is_none());
        let end = at + 1 + usize::from(spelt.is_some());
        let is_year = digits == 4 && (1000..2200).contains(&number) || era.or(spelt).is_some() && digits >= 3;
        is_year.then_some((number as i32, era.or(spelt), end))
    }

    /// A year behind a month or a date: `2016`, `, 2016`, `عام 2016`, `من عام 2016`, `of 2016`.
    fn year_behind(&self, at: usize) -> Option<(i32, Option<Calendar>, usize)> {
        let comma = at + usize::from(self.mark(at, &[',', '،']));
        let of = comma + usize::from(self.is(comma, Sense::Of));
        let word = of + usize::from(self.is(of, Sense::Unit(Unit::Year, 0)));
        self.year(word).or_else(|| self.year(at))
    }

    fn date(&self, at: usize) -> Match {
        if let Some(found) = self.digits(at) {
            return Some(found);
        }
        let mut next = at;
        // `يوم الاثنين`
        if self.is(next, Sense::Unit(Unit::Day, 0)) && self.weekday(next + 1).is_some() {
            next += 1;
        }
        let weekday = self.weekday(next);
        if weekday.is_some() {
            next += 1;
        }
        let behind_comma = next + usize::from(weekday.is_some() && self.mark(next, &[',', '،']));
        if let Some((parts, end)) = self.calendar_date(behind_comma) {
            let parts = Parts { weekday, ..parts };
            return parts.is_possible().then_some((Expression::Date(parts), end));
        }
        if let Some(weekday) = weekday {
            let shift = self.after(next);
            let end = next + usize::from(shift.is_some());
            return Some((Expression::Date(Parts { weekday: Some(weekday), shift, ..Parts::NONE }), end));
        }
        self.month_alone(at)
    }

    /// `15 يوليو 2016`, `15 من يوليو`, `15 de julio`, `July 15, 2016`.
    fn calendar_date(&self, at: usize) -> Option<(Parts, usize)> {
        let (day, month, calendar, end) = match self.day_number(at) {
            Some(day) => {
                let of = at + 1 + usize::from(self.is(at + 1, Sense::Of));
                // `15 شهر يوليو`
                let word = of + usize::from(self.is(of, Sense::Unit(Unit::Month, 0)));
                let (month, calendar, _, end) = self.month(word).or_else(|| self.month(at + 1))?;
                (day, month, calendar, end)
            }
            None => {
                let (month, calendar, _, next) = self.month(at)?;
                let is_latin = !self.items[at].arabic;
                let day = self.day_number(next).filter(|_| is_latin && self.unit(next + 1).is_none())?;
                (day, month, calendar, next + 1)
            }
        };
        let (year, era, end) = match self.year_behind(end) {
            Some((year, era, end)) => (Some(year), era, end),
            None => (None, None, end),
        };
        let shift = self.after(end).filter(|_| year.is_none());
        let end = end + usize::from(shift.is_some());
        // The name of the month says more than that of the era.
        let calendar = if calendar == Calendar::Gregorian { era.unwrap_or(calendar) } else { calendar };
        Some((Parts { calendar, year, month: Some(month), day: Some(day), weekday: None, shift }, end))
    }

    /// `يوليو 2016`, `شهر يوليو الماضي`, `last July`, `يوليو`.
    fn month_alone(&self, at: usize) -> Match {
        let shift_before = self.before(at);
        let word = at + usize::from(shift_before.is_some());
        let named = word + usize::from(self.is(word, Sense::Unit(Unit::Month, 0)));
        let (month, calendar, weak, end) = self.month(named)?;
        let parts = Parts { calendar, month: Some(month), ..Parts::NONE };
        if let Some((year, _, end)) = self.year_behind(end) {
            return Some((Expression::Date(Parts { year: Some(year), ..parts }), end));
        }
        if let Some(shift) = self.after(end) {
            return Some((Expression::Date(Parts { shift: Some(shift), ..parts }), end + 1));
        }
        let is_cue = |sense| matches!(sense, Sense::In | Sense::Since | Sense::Of).then_some(());
        let has_cue = named > word || shift_before.is_some() || at > 0 && self.sense(at - 1, is_cue).is_some();
        // In English a month has a capital letter, and `may` and `march` are mostly verbs.
        let is_small = self.slice(&self.items[named]).starts_with(|c: char| c.is_ascii_lowercase());
        let is_month = !weak || has_cue && !(is_small && self.slice(&self.items[named]).is_ascii());
        is_month.then_some((Expression::Date(Parts { shift: shift_before, ..parts }), end))
    }

    /// A date in digits alone: `2016-07-15`, `15/7/2016`, with a time or without.
    fn digits(&self, at: usize) -> Match {
        let item = self.items.get(at).filter(|item| item.compound)?;
        let text = self.slice(item);
        let mut numbers = [0u32; 3];
        let (mut count, mut lengths) = (0, [0u8; 3]);
        let separator = text.chars().find(|c| !is_digit(*c))?;
        if !matches!(separator, '-' | '/' | '.') {
            return None;
        }
        for part in text.split(separator) {
            let (value, length) = number(part)?;
            *numbers.get_mut(count)? = value;
            lengths[count] = length;
            count += 1;
        }
        if count != 3 {
            return None;
        }
        let [a, b, c] = numbers;
        let (year, month, day) = match lengths {
            [4, ..] => (a, b, c),
            [.., 4] if self.month_first && a <= 12 || b > 12 => (c, a, b),
            [.., 4] => (c, b, a),
            _ => return None,
        };
        let (_, era, end) = match self.sense(at + 1, |sense| match sense {
            Sense::Era(calendar) => Some(calendar),
            _ => None,
        }) {
            Some(era) => (year, era, at + 2),
            // Years below 1500 are those of the Hijri calendar wherever dates are written in digits.
            None if (1300..1500).contains(&year) => (year, Calendar::Hijri, at + 1),
            None => (year, Calendar::Gregorian, at + 1),
        };
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        let parts = Parts { calendar: era, year: Some(year as i32), month: Some(month), day: Some(day), ..Parts::NONE };
        ((1000..2200).contains(&year) && parts.is_possible()).then_some((Expression::Date(parts), end))
    }

    /// `10:30`, `الساعة 10 مساء`, `10.30 pm`.
    fn time(&self, at: usize) -> Match {
        let clock = usize::from(self.is(at, Sense::Clock));
        let item = self.items.get(at + clock)?;
        let half = self.sense(at + clock + 1, |sense| match sense {
            Sense::Half(hours) => Some(hours),
            _ => None,
        });
        let (hour, minute, second) = if item.compound {
            let text = self.slice(item);
            let mut parts = text.split([':', '.']).map(number);
            let (hour, minute) = (parts.next()??, parts.next()??);
            let second = match parts.next() {
                Some(second) => Some(second?),
                None => None,
            };
            let has_colon = text.contains(':');
            if minute.1 != 2 || parts.next().is_some() || !has_colon && clock == 0 && half.is_none() {
                return None;
            }
            (hour.0, minute.0, second.map(|(second, _)| second))
        } else {
            let (hour, digits) = item.number?;
            if digits > 2 || clock == 0 && half.is_none() {
                return None;
            }
            (hour, 0, None)
        };
        if hour > 24 || minute > 59 || second.is_some_and(|second| second > 59) {
            return None;
        }
        let hour = match half {
            Some(12) if hour < 12 => hour + 12,
            Some(0) if hour == 12 => 0,
            _ => hour,
        };
        let end = at + clock + 1 + usize::from(half.is_some());
        Some((Expression::Time(hour as u8, minute as u8, second.map(|second| second as u8)), end))
    }

    /// `كل يوم`, `every two weeks`, `chaque lundi`.
    fn every(&self, at: usize) -> Match {
        if !self.is(at, Sense::Every) {
            return None;
        }
        if let Some(day) = self.weekday(at + 1) {
            return Some((Expression::EveryWeekday(day), at + 2));
        }
        // With the article it is all of something: `كل اليوم`.
        let one = self.unit(at + 1).filter(|_| !self.items[at + 1].definite);
        let one = one.map(|(unit, count)| (unit, count, at + 2));
        let (unit, count, end) = one.or_else(|| self.counted(at + 1))?;
        Some((Expression::Set(unit, count.max(1)), end))
    }

    /// `الشهر الماضي`, `last week`, `le mois dernier`, `last three months`, `Monday last`.
    fn shifted(&self, at: usize) -> Match {
        if let Some(shift) = self.before(at) {
            if let Some(weekday) = self.weekday(at + 1) {
                return Some((
                    Expression::Date(Parts { weekday: Some(weekday), shift: Some(shift), ..Parts::NONE }),
                    at + 2,
                ));
            }
            if let Some((unit, 0)) = self.unit(at + 1) {
                return Some((Expression::Relative(unit, shift), at + 2));
            }
            let (unit, count, end) = self.counted(at + 1).filter(|_| shift != 0)?;
            return Some((Expression::Duration(unit, count), end));
        }
        let (unit, count) = self.unit(at)?;
        let shift = self.after(at + 1)?;
        let expression = match count {
            0 => Expression::Relative(unit, shift),
            _ => Expression::Duration(unit, count),
        };
        Some((expression, at + 2))
    }

    /// A number and a unit behind it, and the item after them: `3 أيام`, `three days`, `خمسة عشر عاما`.
    fn counted(&self, at: usize) -> Option<(Unit, u32, usize)> {
        let in_words = |at: usize| {
            self.sense(at, |sense| match sense {
                Sense::Number(number) => Some(number),
                _ => None,
            })
        };
        let item = self.items.get(at)?;
        let (number, end) = match item.number {
            Some((number, _)) if item.era.is_none() => (number, at + 1),
            _ => {
                let first = in_words(at)?;
                // Arabic says the ones first: three ten, three and twenty.
                match in_words(at + 1).filter(|&tens| first < 10 && tens >= 10) {
                    Some(tens) => (first + tens, at + 2),
                    None => (first, at + 1),
                }
            }
        };
        let (unit, 0) = self.unit(end)? else { return None };
        Some((unit, number, end + 1))
    }

    /// A length of time, with a bound before it or without, and `ago` or `قبل` that make a date of it.
    fn amount(&self, at: usize) -> Option<(usize, usize, Expression, Option<Mod>)> {
        let ago = self.is(at, Sense::AgoBefore);
        let bounded = at + usize::from(ago);
        let modifier = self.sense(bounded, |sense| match sense {
            Sense::Bound(modifier) => Some(modifier),
            _ => None,
        });
        let first = bounded + usize::from(modifier.is_some());
        let (unit, count, end) = if let Some(counted) = self.counted(first) {
            counted
        } else if self.is(first, Sense::Article) && self.unit(first + 1).is_some_and(|(_, count)| count == 0) {
            let (unit, _) = self.unit(first + 1)?;
            // `a year` alone is how often or how much.
            (modifier.is_some() || self.is(first + 2, Sense::AgoAfter)).then_some((unit, 1, first + 2))?
        } else {
            let (unit, count) = self.unit(first)?;
            // `عام` alone is a length of time only where something says so.
            let is_one = self.items[first].arabic && !self.items[first].definite && (ago || modifier.is_some());
            (count > 0 || is_one).then_some((unit, count.max(1), first + 1))?
        };
        if ago || self.is(end, Sense::AgoAfter) {
            let end = end + usize::from(!ago);
            return Some((at, end, Expression::Relative(unit, -i32::try_from(count).ok()?), modifier));
        }
        Some((at, end, Expression::Duration(unit, count), modifier))
    }

    /// `أمس`, `today`, `بعد غد`.
    fn day(&self, at: usize) -> Match {
        let day = self.sense(at, |sense| match sense {
            Sense::Day(day) => Some(day),
            _ => None,
        })?;
        // `اليوم الأول` is a first day, not today.
        let qualified = self.items[at].arabic
            && day == 0
            && self.items.get(at + 1).is_some_and(|next| {
                self.slice(next).starts_with("ال") && self.weekday(at + 1).is_none() && next.mark.is_none()
            });
        (!qualified).then_some((Expression::Relative(Unit::Day, day), at + 1))
    }

    /// A bare year where something says that it is one: `عام 2016`, `منذ 2009`, `in 2015`, `2016م`.
    fn year_after_cue(&self, at: usize) -> Option<(usize, usize, Expression, Option<Mod>)> {
        let expression = |year, calendar: Option<Calendar>| {
            let calendar = calendar.unwrap_or(Calendar::Gregorian);
            Expression::Date(Parts { calendar, year: Some(year), ..Parts::NONE })
        };
        if self.is(at, Sense::Unit(Unit::Year, 0))
            && let Some((year, era, end)) = self.year(at + 1)
        {
            return Some((at, end, expression(year, era.or(hijri_by_number(year))), None));
        }
        let (year, era, end) = self.year(at)?;
        let cue = |wanted| at > 0 && self.is(at - 1, wanted);
        let is_recent = (1800..2100).contains(&year);
        let is_year =
            era.is_some() || is_recent && (cue(Sense::Since) || cue(Sense::In) && !self.counts_something(end));
        is_year.then_some((at, end, expression(year, era), None))
    }

    /// Whether the item at `at` is what a number before it counts: an Arabic noun without article or preposition.
    fn counts_something(&self, at: usize) -> bool {
        self.items.get(at).is_some_and(|item| {
            let text = self.slice(item);
            item.arabic
                && item.mark.is_none()
                && !text.starts_with("ال")
                && !text.starts_with('و')
                && item.entry.is_none()
        })
    }
}

/// Years that are those of the Hijri calendar although nothing says so.
fn hijri_by_number(year: i32) -> Option<Calendar> {
    (1300..1500).contains(&year).then_some(Calendar::Hijri)
}

/// Whether a character is a digit of the scripts in which dates are written: ASCII, Arabic-Indic, Persian.
fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || crate::arabic::digit(c).is_some()
}

/// A number of at most four digits, and how many there are.
fn number(text: &str) -> Option<(u32, u8)> {
    let mut value = (0, 0);
    for c in text.chars() {
        let digit = c.to_digit(10).or_else(|| crate::arabic::digit(c).map(u32::from))?;
        value = (value.0 * 10 + digit, value.1 + 1);
        if value.1 > 4 {
            return None;
        }
    }
    (value.1 > 0).then_some(value)
}
