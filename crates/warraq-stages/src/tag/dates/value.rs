//! What an expression is worth: TIMEX3 values, and dates of three calendars.
//!
//! Values are those of the attribute `value` of TimeML 1.2.1: ISO 8601 with `X` for what is not known. Conversions between
//! calendars are those of ICU4X; Hijri dates are taken as dates of the Umm al-Qura calendar, which is that of Saudi Arabia
//! and may be a day off elsewhere.

use icu_calendar::cal::Hijri;
use icu_calendar::types::RataDie;
use icu_calendar::{Date, Iso};
use std::fmt::{self, Write};

/// A calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Calendar {
    Gregorian,
    Hijri,
    Persian,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
    Decade,
    Century,
}

/// The attribute `mod` of TIMEX3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mod {
    MoreThan,
    LessThan,
    Approx,
}

impl Mod {
    pub(super) fn name(self) -> &'static str {
        match self {
            Mod::MoreThan => "MORE_THAN",
            Mod::LessThan => "LESS_THAN",
            Mod::Approx => "APPROX",
        }
    }
}

/// The attribute `type` of TIMEX3, and the label of the span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Date,
    Time,
    Duration,
    Set,
}

/// What an expression says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    /// A date, as far as it is said. `shift` is last, this or next (-1, 0, 1).
    Date(Parts),
    /// So many units from the day of writing.
    Relative(Unit, i32),
    /// So many units.
    Duration(Unit, u32),
    /// Every so many units.
    Set(Unit, u32),
    /// Every week, on this day.
    EveryWeekday(u8),
    /// A time of day.
    Time(u8, u8, Option<u8>),
}

/// The parts of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) calendar: Calendar,
    pub(super) year: Option<i32>,
    pub(super) month: Option<u8>,
    pub(super) day: Option<u8>,
    pub(super) weekday: Option<u8>,
    pub(super) shift: Option<i32>,
}

impl Parts {
    pub(super) const NONE: Parts =
        Parts { calendar: Calendar::Gregorian, year: None, month: None, day: None, weekday: None, shift: None };

    /// Whether there is such a date, as far as it is said.
    pub(super) fn is_possible(&self) -> bool {
        match (self.month, self.day) {
            (Some(month), Some(day)) => {
                // Without a year, the longest that the month can be.
                let year = self.year.unwrap_or(match self.calendar {
                    Calendar::Gregorian => 2000,
                    Calendar::Hijri => return (1..=12).contains(&month) && (1..=30).contains(&day),
                    Calendar::Persian => 1399,
                });
                self.iso(year, month, day).is_some()
            }
            (Some(month), None) => (1..=12).contains(&month),
            _ => true,
        }
    }

    fn iso(&self, year: i32, month: u8, day: u8) -> Option<Date<Iso>> {
        match self.calendar {
            Calendar::Gregorian => Date::try_new_iso(year, month, day).ok(),
            Calendar::Hijri => {
                let umm_al_qura = Hijri::new_umm_al_qura();
                let date = Date::try_new_hijri_with_calendar(year, month, day, umm_al_qura).ok();
                date.map(|date| date.to_calendar(Iso))
            }
            Calendar::Persian => Date::try_new_persian(year, month, day).ok().map(|date| date.to_calendar(Iso)),
        }
    }

    /// Appends the date in its own calendar, if that is not the Gregorian: `hijri:1436-09-12`.
    pub(super) fn native(&self, out: &mut String) {
        let name = match self.calendar {
            Calendar::Gregorian => return,
            Calendar::Hijri => "hijri",
            Calendar::Persian => "persian",
        };
        let _ = write!(out, "{name}:");
        parts(out, self.year, self.month, self.day);
    }
}

impl Expression {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Expression::Date(_) => Kind::Date,
            Expression::Relative(Unit::Second | Unit::Minute | Unit::Hour, _) | Expression::Time(..) => Kind::Time,
            Expression::Relative(..) => Kind::Date,
            Expression::Duration(..) => Kind::Duration,
            Expression::Set(..) | Expression::EveryWeekday(_) => Kind::Set,
        }
    }

    /// Appends the value; `anchor` is the day of writing, where it is known. Nothing, where there is none to be had.
    pub(super) fn value(&self, anchor: Option<Date<Iso>>, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = match *self {
            Expression::Date(parts) => date(parts, anchor, out),
            Expression::Relative(unit, shift) => relative(unit, shift, anchor, out),
            Expression::Duration(unit, count) | Expression::Set(unit, count) => period(unit, count, out),
            Expression::EveryWeekday(day) => write!(out, "XXXX-WXX-{day}"),
            Expression::Time(hour, minute, None) => write!(out, "T{hour:02}:{minute:02}"),
            Expression::Time(hour, minute, Some(second)) => write!(out, "T{hour:02}:{minute:02}:{second:02}"),
        };
    }
}

/// Appends a date as far as it is known, `X` for the rest.
fn parts(out: &mut String, year: Option<i32>, month: Option<u8>, day: Option<u8>) {
    let _ = match year {
        Some(year) => write!(out, "{year:04}"),
        None => write!(out, "XXXX"),
    };
    let _ = match (month, day) {
        (Some(month), _) => write!(out, "-{month:02}"),
        (None, Some(_)) => write!(out, "-XX"),
        (None, None) => Ok(()),
    };
    if let Some(day) = day {
        let _ = write!(out, "-{day:02}");
    }
}

fn year_of(date: Date<Iso>) -> i32 {
    date.year().extended_year()
}

/// Appends a date as ISO 8601 has it.
fn iso(date: Date<Iso>, out: &mut String) {
    parts(out, Some(year_of(date)), Some(date.month().ordinal), Some(date.day_of_month().0));
}

fn plus(date: Date<Iso>, days: i64) -> Date<Iso> {
    Date::from_rata_die(RataDie::new(date.to_rata_die().to_i64_date().saturating_add(days)), Iso)
}

fn date(said: Parts, anchor: Option<Date<Iso>>, out: &mut String) -> fmt::Result {
    let Parts { year, month, day, weekday, shift, .. } = said;
    if said.calendar != Calendar::Gregorian {
        // Only a whole date of another calendar is a date of this one.
        if let (Some(year), Some(month), Some(day)) = (year, month, day)
            && let Some(date) = said.iso(year, month, day)
        {
            iso(date, out);
        }
        return Ok(());
    }
    match (year, month, day, weekday, anchor) {
        (None, None, None, Some(weekday), None) => write!(out, "XXXX-WXX-{weekday}"),
        (None, None, None, Some(weekday), Some(anchor)) => {
            // The day itself, or the last one; what is to come is said to be next.
            let back = (i64::from(anchor.weekday() as u8) - i64::from(weekday)).rem_euclid(7);
            let days = match shift {
                Some(1..) => 7 - back,
                Some(..=-1) if back == 0 => -7,
                _ => -back,
            };
            iso(plus(anchor, days), out);
            Ok(())
        }
        (None, Some(month), _, _, Some(anchor)) => {
            let (this, now) = (year_of(anchor), anchor.month().ordinal);
            let year = match (shift, day) {
                (Some(..=-1), _) => this - i32::from(month >= now),
                (Some(1..), _) => this + i32::from(month <= now),
                (Some(0), _) | (None, None) => this,
                // The nearest such day.
                (None, Some(day)) => {
                    let distance = |year: i32| {
                        let date = Date::try_new_iso(year, month, day).ok();
                        date.map_or(i64::MAX, |date| (date.to_rata_die() - anchor.to_rata_die()).abs())
                    };
                    [this, this - 1, this + 1].into_iter().min_by_key(|&year| distance(year)).unwrap_or(this)
                }
            };
            // A month that is only named may be of any year.
            let known = shift.is_some() || day.is_some();
            parts(out, known.then_some(year), Some(month), day);
            Ok(())
        }
        _ => {
            parts(out, year, month, day);
            Ok(())
        }
    }
}

fn relative(unit: Unit, shift: i32, anchor: Option<Date<Iso>>, out: &mut String) -> fmt::Result {
    let Some(anchor) = anchor else {
        return out.write_str(match unit {
            _ if shift == 0 => "PRESENT_REF",
            Unit::Second | Unit::Minute | Unit::Hour => "XXXX-XX-XXTXX",
            Unit::Day => "XXXX-XX-XX",
            Unit::Week => "XXXX-WXX",
            Unit::Month => "XXXX-XX",
            Unit::Year => "XXXX",
            Unit::Decade => "XXX",
            Unit::Century => "XX",
        });
    };
    let year = year_of(anchor);
    match unit {
        Unit::Second | Unit::Minute | Unit::Hour => {
            // The anchor is a day: how its hours lie is not known.
            return out.write_str(if shift < 0 { "PAST_REF" } else { "FUTURE_REF" });
        }
        Unit::Day => iso(plus(anchor, i64::from(shift)), out),
        Unit::Week => {
            let week = plus(anchor, 7 * i64::from(shift)).week_of_year();
            return write!(out, "{:04}-W{:02}", week.iso_year, week.week_number);
        }
        Unit::Month => {
            let months = year.saturating_mul(12) + i32::from(anchor.month().ordinal) - 1;
            let months = months.saturating_add(shift);
            parts(out, Some(months.div_euclid(12)), Some(months.rem_euclid(12) as u8 + 1), None);
        }
        Unit::Year => parts(out, Some(year.saturating_add(shift)), None, None),
        Unit::Decade => return write!(out, "{:03}", (year / 10).saturating_add(shift)),
        Unit::Century => return write!(out, "{:02}", (year / 100).saturating_add(shift)),
    }
    Ok(())
}

fn period(unit: Unit, count: u32, out: &mut String) -> fmt::Result {
    match unit {
        Unit::Second => write!(out, "PT{count}S"),
        Unit::Minute => write!(out, "PT{count}M"),
        Unit::Hour => write!(out, "PT{count}H"),
        Unit::Day => write!(out, "P{count}D"),
        Unit::Week => write!(out, "P{count}W"),
        Unit::Month => write!(out, "P{count}M"),
        Unit::Year => write!(out, "P{count}Y"),
        Unit::Decade => write!(out, "P{}Y", u64::from(count) * 10),
        Unit::Century => write!(out, "P{}Y", u64::from(count) * 100),
    }
}

/// The date that a field of the record begins with, as ISO 8601 writes it: `2016-08-01`, whatever follows.
pub(super) fn anchor(json: &str) -> Option<Date<Iso>> {
    let text = json.strip_prefix('"')?;
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        let digits = text.get(range)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let dashes = text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().get(7) == Some(&b'-');
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    dashes.then(|| Date::try_new_iso(year as i32, month as u8, day as u8).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(expression: Expression, anchor: &str) -> String {
        let mut out = String::new();
        expression.value(super::anchor(anchor), &mut out);
        out
    }

    #[test]
    fn relative_values_are_resolved_from_the_day_of_writing() {
        let (none, tuesday) = ("", "\"2016-08-02T10:00:00Z\"");
        let month = |month, shift| Expression::Date(Parts { month: Some(month), shift, ..Parts::NONE });
        let weekday = |day, shift| Expression::Date(Parts { weekday: Some(day), shift, ..Parts::NONE });
        let day = |month, day| Expression::Date(Parts { month: Some(month), day: Some(day), ..Parts::NONE });
        for (expression, unknown, known) in [
            (month(7, Some(-1)), "XXXX-07", "2016-07"),
            (month(8, Some(-1)), "XXXX-08", "2015-08"),
            (month(8, Some(1)), "XXXX-08", "2017-08"),
            (month(9, Some(1)), "XXXX-09", "2016-09"),
            (month(9, None), "XXXX-09", "XXXX-09"),
            (day(12, 31), "XXXX-12-31", "2016-12-31"),
            (day(1, 5), "XXXX-01-05", "2017-01-05"),
            (weekday(1, None), "XXXX-WXX-1", "2016-08-01"),
            (weekday(2, None), "XXXX-WXX-2", "2016-08-02"),
            (weekday(2, Some(-1)), "XXXX-WXX-2", "2016-07-26"),
            (weekday(2, Some(1)), "XXXX-WXX-2", "2016-08-09"),
            (weekday(3, Some(1)), "XXXX-WXX-3", "2016-08-03"),
            (Expression::Relative(Unit::Day, 0), "PRESENT_REF", "2016-08-02"),
            (Expression::Relative(Unit::Day, -2), "XXXX-XX-XX", "2016-07-31"),
            (Expression::Relative(Unit::Week, -1), "XXXX-WXX", "2016-W30"),
            (Expression::Relative(Unit::Month, -8), "XXXX-XX", "2015-12"),
            (Expression::Relative(Unit::Year, -1), "XXXX", "2015"),
            (Expression::Duration(Unit::Decade, 2), "P20Y", "P20Y"),
        ] {
            let found = (value(expression, none), value(expression, tuesday));
            assert_eq!(found, (unknown.to_owned(), known.to_owned()), "{expression:?}");
        }
    }

    /// From the tables of the Umm al-Qura calendar and of the Iranian calendar.
    #[test]
    fn dates_of_other_calendars_are_converted() {
        for (calendar, year, month, day, expected) in [
            (Calendar::Hijri, 1436, 9, 1, "2015-06-18"),
            (Calendar::Hijri, 1440, 1, 1, "2018-09-11"),
            (Calendar::Persian, 1395, 1, 1, "2016-03-20"),
        ] {
            let parts = Parts { calendar, year: Some(year), month: Some(month), day: Some(day), ..Parts::NONE };
            assert_eq!(value(Expression::Date(parts), ""), expected);
        }
        let parts = Parts { calendar: Calendar::Hijri, year: Some(1436), month: Some(9), ..Parts::NONE };
        let mut native = String::new();
        parts.native(&mut native);
        assert_eq!((value(Expression::Date(parts), ""), &*native), (String::new(), "hijri:1436-09"));
    }

    #[test]
    fn only_iso_dates_are_days_of_writing() {
        for (json, is_date) in [
            ("\"2016-08-02\"", true),
            ("\"2016-08-02 11:00\"", true),
            ("\"2016-13-02\"", false),
            ("\"2016/08/02\"", false),
            ("\"02-08-2016\"", false),
            ("20160802", false),
            ("\"\"", false),
            ("\"٢٠١٦-٠٨-٠٢\"", false),
        ] {
            assert_eq!(anchor(json).is_some(), is_date, "{json}");
        }
    }
}
