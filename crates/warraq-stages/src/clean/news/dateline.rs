//! Datelines: the line, or the beginning of the first sentence, that says where an article was written, for whom, and when.

use super::names::{Name, Names};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// What a dateline says, as byte ranges of its line. What is not written is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dateline {
    pub(crate) publisher: Option<Range<usize>>,
    pub(crate) places: Vec<Range<usize>>,
    pub(crate) credit: Option<Range<usize>>,
    pub(crate) date: Option<Range<usize>>,
}

/// The longest dateline, in bytes; Arabic letters have two.
const LONGEST: usize = 240;
/// The most words of a name that no list has.
const MOST_WORDS: usize = 5;

/// A written date: a number and a month, or numbers alone, with weekday, year and era where they are there, and a second
/// calendar after it. The names of months: CLDR, in its Arabic forms of east and west.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    let month = "يناير|فبراير|مارس|[أا]بريل|مايو|يونيو|يونيه|يوليو|يوليه|[أا]غسطس|سبتمبر|[أا]كتوبر|نوفمبر|ديسمبر|\
        كانون (?:الثاني|الأول|الاول)|شباط|[آا]ذار|نيسان|[أا]يار|حزيران|تموز|[آا]ب|[أا]يلول|تشرين (?:الثاني|الأول|الاول)|\
        جانفي|فيفري|[أا]فريل|ماي|جوان|جويلية|[أا]وت|محرم|صفر|ربيع (?:الأول|الاول|الآخر|الثاني)|\
        جمادى (?:الأولى|الآخرة|الثانية)|رجب|شعبان|رمضان|شوال|ذو القعدة|ذي القعدة|ذو الحجة|ذي الحجة|\
        january|february|march|april|may|june|july|august|september|october|november|december|\
        jan\\.?|feb\\.?|mar\\.?|apr\\.?|jun\\.?|jul\\.?|aug\\.?|sept?\\.?|oct\\.?|nov\\.?|dec\\.?|\
        janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre";
    let weekday = "(?:(?:ال)?(?:سبت|[أا]حد|[إا]ثنين|ثلاثاء|[أا]ربعاء|خميس|جمعة)|monday|tuesday|wednesday|thursday|friday|\
        saturday|sunday|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\\s*[,،]?\\s+";
    let day = "(?:\\d{1,2}(?:er|st|nd|rd|th)?)";
    let year = "(?:\\s*[,،]?\\s*\\d{4}(?:\\s*(?:هـ|ه|م)(?:\\b|$))?)";
    let one = format!(
        "(?:\\b{day}\\s+(?:{month})(?:\\b|$){year}?|\\b(?:{month})\\s+{day}\\b{year}?|\\b\\d{{1,2}}[/.-]\\d{{1,2}}[/.-]\\d{{2,4}}\\b(?:\\s*(?:هـ|م)(?:\\b|$))?|\
         \\b\\d{{4}}-\\d{{2}}-\\d{{2}}\\b)"
    );
    Regex::new(&format!("(?i)(?:{weekday})?{one}(?:\\s*[-/]?\\s*(?:الموافق(?:\\s+ل)?)?\\s*{one})?"))
        .unwrap_or_else(|e| unreachable!("the pattern is a constant: {e}"))
});

/// Reads a whole line as a dateline.
pub(crate) fn line(line: &str, names: &Names) -> Option<Dateline> {
    let text = line.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—'));
    (text.len() <= LONGEST && !text.ends_with(['.', '!', '?', '؟'])).then(|| parse(text, names, false))?
}

/// Reads the beginning of a paragraph as a dateline: `PARIS (Reuters) - `. With it comes where the paragraph goes on.
pub(crate) fn opening(line: &str, names: &Names) -> Option<(Dateline, usize)> {
    let mut found = None;
    for (at, c) in line.char_indices().take_while(|(at, _)| *at < LONGEST / 2) {
        let rest = &line[at + c.len_utf8()..];
        let parts = matches!(c, '-' | '–' | '—') && rest.starts_with(char::is_whitespace) || c == ':';
        if !parts || rest.trim_start().chars().nth(20).is_none() {
            continue;
        }
        if let Some(dateline) = parse(line[..at].trim_end(), names, c != ':') {
            found = Some((dateline, line.len() - rest.trim_start().len()));
        }
    }
    found
}

/// Reads a name and a place or an outlet, `Salwa Madani – Jeddah`, as what a writer signs with.
pub(crate) fn is_signature(line: &str, names: &Names) -> bool {
    const LONGEST: usize = 110;
    if line.len() > LONGEST || line.contains(|c: char| c.is_numeric() || matches!(c, '.' | ':' | '؟' | '?' | '!' | '،'))
    {
        return false;
    }
    let (mut known, mut unknown) = (0, 0);
    for part in segments(line, 0..line.len()) {
        match names.get(&line[part.clone()]) {
            Some(_) => known += 1,
            None if words(&line[part]) <= 4 => unknown += 1,
            None => return false,
        }
    }
    known > 0 && unknown == 1
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// `lone_place`: a place alone is enough.
fn parse(text: &str, names: &Names, lone_place: bool) -> Option<Dateline> {
    let mut dateline = Dateline::default();
    let mut start = 0;
    if let Some((before, rest)) = text.split_once(['|', '｜']) {
        let publisher = trimmed(text, 0..before.len());
        let known = names.get(&text[publisher.clone()]);
        if matches!(known, None | Some(Name::Publisher)) {
            if publisher.is_empty() || words(before) > MOST_WORDS {
                return None;
            }
            dateline.publisher = Some(publisher);
            start = text.len() - rest.len();
        }
    }
    let mut rest: Vec<Range<usize>> = std::iter::once(start..text.len()).collect();
    if let Some(open) = text[start..].find('(').map(|at| start + at) {
        let close = open + text[open..].find(')')?;
        let credit = trimmed(text, open + 1..close);
        if credit.is_empty() || words(&text[credit.clone()]) > MOST_WORDS {
            return None;
        }
        match DATE.find(&text[credit.clone()]) {
            Some(date) if date.len() == credit.len() => dateline.date = Some(credit),
            _ => dateline.credit = Some(credit),
        }
        rest = [start..open, close + 1..text.len()].into();
    }
    if dateline.date.is_none() {
        let found = rest.iter().enumerate().find_map(|(n, part)| {
            DATE.find(&text[part.clone()]).map(|date| (n, part.start + date.start()..part.start + date.end()))
        });
        if let Some((n, date)) = found {
            let part = rest[n].clone();
            rest.splice(n..=n, [part.start..date.start, date.end..part.end]);
            dateline.date = Some(date);
        }
    }
    for part in rest.into_iter().flat_map(|part| segments(text, part)) {
        match names.get(&text[part.clone()])? {
            Name::Place => dateline.places.push(part),
            Name::Agency if dateline.credit.is_none() => dateline.credit = Some(part),
            Name::Publisher if dateline.publisher.is_none() => dateline.publisher = Some(part),
            Name::Agency | Name::Publisher => return None,
        }
    }
    let Dateline { publisher, places, credit, date } = &dateline;
    let known_credit = credit.as_ref().is_some_and(|credit| names.get(&text[credit.clone()]).is_some());
    let is_said = publisher.is_some() || date.is_some() || known_credit;
    let enough = match places.len() {
        0 => known_credit && date.is_some() || publisher.is_some() && (known_credit || date.is_some()),
        _ => is_said || lone_place,
    };
    enough.then_some(dateline)
}

/// The parts of `range` between dashes, commas, slashes and bars, without white space around them.
fn segments(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let base = range.start;
    let part = &text[range];
    // A hyphen parts only where there is white space on one of its sides: places have some of their own.
    let ends = part.char_indices().filter(|&(at, c)| match c {
        '|' | '｜' | '–' | '—' | ',' | '،' | '/' | ':' => true,
        '-' => part[..at].ends_with(char::is_whitespace) || part[at + 1..].starts_with(char::is_whitespace),
        _ => false,
    });
    let mut from = 0;
    let mut parts: Vec<Range<usize>> = Vec::new();
    for (at, c) in ends.chain([(part.len(), '\0')]) {
        parts.push(trimmed(text, base + from..base + at));
        from = at + if at < part.len() { c.len_utf8() } else { 0 };
    }
    parts.into_iter().filter(|part| !part.is_empty())
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.end - part.trim_start().len();
    start..start.max(range.start + part.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, dateline: &Dateline) -> String {
        let one = |name: &str, range: &Option<Range<usize>>| {
            range.clone().map(|range| format!("{name}={};", &text[range])).unwrap_or_default()
        };
        let places: String = dateline.places.iter().map(|place| format!("place={};", &text[place.clone()])).collect();
        one("publisher", &dateline.publisher)
            + &places
            + &one("credit", &dateline.credit)
            + &one("date", &dateline.date)
    }

    #[test]
    fn a_line_is_a_dateline_where_enough_of_it_is_known() {
        let names = Names::new(&["عين اليوم".into()]);
        for (text, expected) in [
            ("صحيفة الغد | عمّان - الأردن (خاص)", "publisher=صحيفة الغد;place=عمّان;place=الأردن;credit=خاص;"),
            ("صحيفة الغد | القاهرة", "publisher=صحيفة الغد;place=القاهرة;"),
            ("新聞｜Paris", "publisher=新聞;place=Paris;"),
            ("الرياض - واس", "place=الرياض;credit=واس;"),
            (
                "الرياض 26 شوال 1436 هـ الموافق 11 أغسطس 2015 م واس",
                "place=الرياض;credit=واس;date=26 شوال 1436 هـ الموافق 11 أغسطس 2015 م;",
            ),
            ("عين اليوم – الرياض", "publisher=عين اليوم;place=الرياض;"),
            ("بيروت، لبنان (أ ف ب) – ٣ مارس", "place=بيروت;place=لبنان;credit=أ ف ب;date=٣ مارس;"),
            ("PARIS (Reuters) -", "place=PARIS;credit=Reuters;"),
            ("Daily Courier | London, 4 May 2021", "publisher=Daily Courier;place=London;date=4 May 2021;"),
            ("Genève, le", ""),
            ("Genève, 3 juin 2020", "place=Genève;date=3 juin 2020;"),
            // Headlines, subheads, sentences.
            ("باريس - فرنسا", ""),
            ("باريس", ""),
            ("لندن: مظاهرات حاشدة", ""),
            ("رأي | لماذا تخسر الفرق الكبرى", ""),
            ("Live | What we know so far", ""),
            ("باريس تستقبل وفدا (صور)", ""),
            ("الرياض - واس.", ""),
            ("Paris (Texas)", ""),
            ("", ""),
            ("()|", ""),
        ] {
            assert_eq!(line(text, &names).map(|found| shown(text, &found)).unwrap_or_default(), expected, "{text}");
        }
    }

    #[test]
    fn a_paragraph_may_open_with_one() {
        let names = Names::new(&[]);
        for (text, expected) in [
            (
                "باريس (رويترز) - أعلنت الحكومة الفرنسية خطتها.",
                "place=باريس;credit=رويترز;|أعلنت الحكومة الفرنسية خطتها.",
            ),
            ("الرياض - واس: افتتح الأمير المعرض السنوي.", "place=الرياض;credit=واس;|افتتح الأمير المعرض السنوي."),
            ("WASHINGTON — The senate voted on Tuesday night.", "place=WASHINGTON;|The senate voted on Tuesday night."),
            (
                "Paris, 3 mai (AFP) - Le ministre a annoncé sa décision.",
                "place=Paris;credit=AFP;date=3 mai;|Le ministre a annoncé sa décision.",
            ),
            ("لندن: احتشد آلاف المتظاهرين في الساحة.", ""),
            ("Syria: what we know about the latest talks", ""),
            ("Paris-Nice is a race that begins in March.", ""),
            ("باريس - قريبا", ""),
            ("قال الوزير - وهو في باريس - إن الخطة جاهزة.", ""),
        ] {
            let found = opening(text, &names);
            let found = found.map(|(dateline, end)| format!("{}|{}", shown(text, &dateline), &text[end..]));
            assert_eq!(found.unwrap_or_default(), expected, "{text}");
        }
    }

    #[test]
    fn a_writer_signs_with_a_name_and_a_place() {
        let names = Names::new(&["عين اليوم".into()]);
        for (text, expected) in [
            ("سلوى المدني – جدة", true),
            ("سلوى المدني - عين اليوم", true),
            ("عبدالله الحربي (مكة)", false),
            ("Jane Doe | Reuters", true),
            ("جدة", false),
            ("جدة – حفل كبير لتكريم الطلاب المتفوقين", false),
            ("الهلال - الاتحاد", false),
        ] {
            assert_eq!(is_signature(text, &names), expected, "{text}");
        }
    }
}
