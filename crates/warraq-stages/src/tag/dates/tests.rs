//! Expressions and what is found in them, a line each.

use super::*;
use warraq_core::{Document, Labels, MemoryResources};

/// What the stage finds, as `text=LABEL:value` with `/mod` and `/native` where there are any.
fn found(text: &str, date: Option<&str>, options: serde_json::Value) -> String {
    let (labels, mut resources) = (Labels::new(), MemoryResources::new());
    let mut doc = Document::with_text("1", text);
    if let Some(date) = date {
        doc.meta_mut().push("date", &format!("\"{date}\""));
    }
    let steps = [(crate::tokenize::words::definition(), serde_json::json!({})), (definition(), options)];
    for (stage, options) in steps {
        let mut cx = BuildContext::new(&stage.info.name, &labels, &mut resources);
        let Built::Parallel(built) = (stage.build)(options, &mut cx).unwrap() else { panic!("a parallel stage") };
        let mut changes = Changes::new();
        built.worker().process(&doc.view(), &mut changes).unwrap();
        doc.apply(&mut changes, 0, Layers::ALL).unwrap();
    }
    let cell = |name: &str, n: usize| {
        let column = doc.column(Layer::Spans, labels.get(name)?)?;
        doc.cell(column, n)
    };
    let show = |(n, span): (usize, &Span)| {
        let text = &doc.text()[span.start as usize..span.end as usize];
        let mut shown = format!("{text}={}:{}", labels.name(span.label), cell("value", n).unwrap_or("-"));
        for more in ["mod", "native"].into_iter().filter_map(|name| cell(name, n)) {
            shown += &format!("/{more}");
        }
        shown
    };
    doc.spans().iter().enumerate().map(show).collect::<Vec<_>>().join(" | ")
}

#[test]
fn expressions_without_a_day_of_writing() {
    let mut failures = String::new();
    for (text, expected) in [
        // Arabic: dates
        ("في 15 يوليو 2016م.", "15 يوليو 2016م=DATE:2016-07-15"),
        ("يوم الجمعة 15 يوليو/تموز 2016", "يوم الجمعة 15 يوليو/تموز 2016=DATE:2016-07-15"),
        ("الثلاثاء، 2 آب 2016،", "الثلاثاء، 2 آب 2016=DATE:2016-08-02"),
        ("٢٢ تموز (يوليو) ٢٠١٦", "٢٢ تموز (يوليو) ٢٠١٦=DATE:2016-07-22"),
        ("الثالث من 5 كانون الأول", "5 كانون الأول=DATE:XXXX-12-05"),
        ("في 3 من شهر غشت عام 2015", "3 من شهر غشت عام 2015=DATE:2015-08-03"),
        ("منذ جانفي 2011 وحتى فيفري", "جانفي 2011=DATE:2011-01 | فيفري=DATE:XXXX-02"),
        ("في شهر مارس المقبل", "شهر مارس المقبل=DATE:XXXX-03"),
        ("ومارس الرياضة آب إلى بيته", ""),
        ("في مارس", "مارس=DATE:XXXX-03"),
        ("31 فبراير 2016", "فبراير 2016=DATE:2016-02"),
        // Arabic: years
        ("منذ 2009 فى نيجيريا", "2009=DATE:2009"),
        ("عام 1990 وسنة 2000م", "عام 1990=DATE:1990 | سنة 2000م=DATE:2000"),
        ("في 2015، بنى 2015 بيتا في 2000 قرية", "2015=DATE:2015"),
        ("سنة 1436 هـ", "سنة 1436 هـ=DATE:-/hijri:1436"),
        ("١ محرم ١٤٤٠ هـ", "١ محرم ١٤٤٠ هـ=DATE:2018-09-11/hijri:1440-01-01"),
        ("1440/1/1", "1440/1/1=DATE:2018-09-11/hijri:1440-01-01"),
        ("في رمضان المبارك، رجب طيب", "رمضان=DATE:-/hijri:XXXX-09"),
        // Arabic: relative
        ("وبالشهر الماضي وللعام المقبل", "الشهر الماضي=DATE:XXXX-XX | لعام المقبل=DATE:XXXX"),
        ("هذا العام وهذه السنة", "هذا العام=DATE:PRESENT_REF | هذه السنة=DATE:PRESENT_REF"),
        ("الأمين العام للأمم بشكل عام", ""),
        (
            "قبل عام، قبل 3 أيام، قبل نحو شهرين",
            "قبل عام=DATE:XXXX | قبل 3 أيام=DATE:XXXX-XX-XX | قبل نحو شهرين=DATE:XXXX-XX/APPROX",
        ),
        ("أمس الأول واليوم وغدا", "أمس الأول=DATE:XXXX-XX-XX | اليوم=DATE:PRESENT_REF | غدا=DATE:XXXX-XX-XX"),
        ("اليوم الأول من كل شهر", "كل شهر=SET:P1M"),
        // Arabic: lengths
        ("منذ أكثر من عام", "أكثر من عام=DURATION:P1Y/MORE_THAN"),
        (
            "نحو ثلاثة أسابيع، عقدين، 24 ساعة",
            "نحو ثلاثة أسابيع=DURATION:P3W/APPROX | عقدين=DURATION:P20Y | 24 ساعة=DURATION:PT24H",
        ),
        ("خمسة عشر عاما، ثلاثة وعشرين يوما", "خمسة عشر عاما=DURATION:P15Y | ثلاثة وعشرين يوما=DURATION:P23D"),
        ("إبان الحرب، أربعة أو خمسة", ""),
        ("الساعة 10 مساء، عند 08:05", "الساعة 10 مساء=TIME:T22:00 | 08:05=TIME:T08:05"),
        ("النتيجة 3-1 و1:25000", ""),
        // English
        (
            "On Monday, July 15th, 2016 and 3 Mar. 2015",
            "Monday, July 15th, 2016=DATE:2016-07-15 | 3 Mar. 2015=DATE:2015-03-03",
        ),
        ("In May he may march; last March", "May=DATE:XXXX-05 | last March=DATE:XXXX-03"),
        ("since 1999, in 2015, by 2030, 2015 cases", "1999=DATE:1999 | 2015=DATE:2015 | 2030=DATE:2030"),
        (
            "last week, next Friday, this year",
            "last week=DATE:XXXX-WXX | next Friday=DATE:XXXX-WXX-5 | this year=DATE:PRESENT_REF",
        ),
        (
            "a year ago, more than two decades, the last three months",
            "a year ago=DATE:XXXX | more than two decades=DURATION:P20Y/MORE_THAN | last three months=DURATION:P3M",
        ),
        ("two years after", "two years=DURATION:P2Y"),
        ("every day, every Monday", "every day=SET:P1D | every Monday=SET:XXXX-WXX-1"),
        ("at 9:05 am, 12:30 a.m.", "9:05 am=TIME:T09:05 | 12:30 a.m.=TIME:T00:30"),
        ("an hour", ""),
        // French
        ("le 14 juillet 1789, mardi dernier", "14 juillet 1789=DATE:1789-07-14 | mardi dernier=DATE:XXXX-WXX-2"),
        (
            "depuis plus de deux ans, le mois dernier",
            "plus de deux ans=DURATION:P2Y/MORE_THAN | mois dernier=DATE:XXXX-XX",
        ),
        ("hier, demain, en 2015", "hier=DATE:XXXX-XX-XX | demain=DATE:XXXX-XX-XX | 2015=DATE:2015"),
        // Digits
        (
            "2016-07-15, 15.7.2016, 7/15/2016",
            "2016-07-15=DATE:2016-07-15 | 15.7.2016=DATE:2016-07-15 | 7/15/2016=DATE:2016-07-15",
        ),
        ("2016-13-15 99/99/2016 1/2", ""),
    ] {
        let found = found(text, None, serde_json::json!({}));
        if found != expected {
            failures += &format!("{text}\n  expected {expected}\n  found    {found}\n");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn expressions_on_a_known_day() {
    let tuesday = Some("2016-08-02");
    for (text, expected) in [
        ("قال الاثنين في يوليو الماضي", "الاثنين=DATE:2016-08-01 | يوليو الماضي=DATE:2016-07"),
        ("الشهر الماضي، العام الماضي", "الشهر الماضي=DATE:2016-07 | العام الماضي=DATE:2015"),
        (
            "last week, yesterday, 3 days ago",
            "last week=DATE:2016-W30 | yesterday=DATE:2016-08-01 | 3 days ago=DATE:2016-07-30",
        ),
        ("في 31 ديسمبر", "31 ديسمبر=DATE:2016-12-31"),
    ] {
        assert_eq!(found(text, tuesday, serde_json::json!({})), expected, "{text}");
    }
}

#[test]
fn options_do_what_they_say() {
    let american = serde_json::json!({"month_first": true});
    assert_eq!(found("7/5/2016", None, american), "7/5/2016=DATE:2016-07-05");
    assert_eq!(found("7/5/2016", None, serde_json::json!({})), "7/5/2016=DATE:2016-05-07");
    let other = serde_json::json!({"date_field": "published"});
    assert_eq!(found("yesterday", Some("2016-08-02"), other), "yesterday=DATE:XXXX-XX-XX");
}
