//! Numbers and what is found in them, a line each.

use super::*;
use warraq_core::{Document, Labels, MemoryResources};

/// What the stage finds, as `text=LABEL:value`, with the unit behind it if there is one.
fn found(text: &str) -> String {
    let (labels, mut resources) = (Labels::new(), MemoryResources::new());
    let mut doc = Document::with_text("1", text);
    for stage in [crate::tokenize::words::definition(), definition()] {
        let mut cx = BuildContext::new(&stage.info.name, &labels, &mut resources);
        let built = (stage.build)(serde_json::json!({}), &mut cx).unwrap();
        let Built::Parallel(built) = built else { panic!("a parallel stage") };
        let mut changes = Changes::new();
        built.worker().process(&doc.view(), &mut changes).unwrap();
        doc.apply(&mut changes, 0, Layers::ALL).unwrap();
    }
    let cell = |name: &str, n: usize| doc.cell(doc.column(Layer::Spans, labels.get(name)?)?, n);
    let show = |(n, span): (usize, &Span)| {
        let text = &doc.text()[span.start as usize..span.end as usize];
        let unit = cell("unit", n).map(|unit| format!(" {unit}")).unwrap_or_default();
        format!("{text}={}:{}{unit}", labels.name(span.label), cell("value", n).unwrap_or("-"))
    };
    doc.spans().iter().enumerate().map(show).collect::<Vec<_>>().join(" | ")
}

#[test]
fn numbers_and_what_they_are_of() {
    let mut failures = String::new();
    for (text, expected) in [
        ("", ""),
        ("قتل 25 شخصا", "25=NUMBER:25"),
        ("وبلغ ٣٬٥٠٠٫٢٥ و8،3", "٣٬٥٠٠٫٢٥=NUMBER:3500.25 | 8،3=NUMBER:8.3"),
        ("3,5 ملايين", "3,5 ملايين=NUMBER:3500000"),
        ("خمسة وعشرون كتابا", "خمسة وعشرون=NUMBER:25"),
        ("ثلاثة آلاف وخمسمئة", "ثلاثة آلاف وخمسمئة=NUMBER:3500"),
        ("مليونين ومئتي", "مليونين=NUMBER:2000000"),
        ("خمسة عشر ألفا", "خمسة عشر ألفا=NUMBER:15000"),
        ("ثلاثة رجال وواحد", ""),
        ("ألف ليلة", ""),
        ("two hundred and fifty thousand people", "two hundred and fifty thousand=NUMBER:250000"),
        ("one of three, twenty-one", "twenty-one=NUMBER:21"),
        (
            "quatre-vingt-dix, quarante-deux, deux cents",
            "quatre-vingt-dix=NUMBER:90 | quarante-deux=NUMBER:42 | deux cents=NUMBER:200",
        ),
        (
            "12.5%, ٧٪, 5 في المئة، 6 بالمئة",
            "12.5%=PERCENT:12.5 | ٧٪=PERCENT:7 | 5 في المئة=PERCENT:5 | 6 بالمئة=PERCENT:6",
        ),
        ("ten percent, dix pour cent", "ten percent=PERCENT:10 | dix pour cent=PERCENT:10"),
        ("$5, 5 $ و5 دولارات", "$5=MONEY:5 USD | 5 $=MONEY:5 USD | 5 دولارات=MONEY:5 USD"),
        ("٥٠٠ مليون ريال سعودي", "٥٠٠ مليون ريال سعودي=MONEY:500000000 SAR"),
        ("100 ريال، 20 دينارا كويتيا", "100 ريال=MONEY:100 | 20 دينارا كويتيا=MONEY:20 KWD"),
        ("خمسة دولارات", "خمسة دولارات=MONEY:5 USD"),
        ("€3.5 billion", "€3.5 billion=MONEY:3500000000 EUR"),
        ("10:30 15/7/2016 2016-07-15", ""),
        ("10 20", "10=NUMBER:10 | 20=NUMBER:20"),
    ] {
        let found = found(text);
        if found != expected {
            failures += &format!("{text}\n  expected {expected}\n  found    {found}\n");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
