use super::*;
use crate::clean::testing::{check, run, text};
use proptest::prelude::*;
use std::time::{Duration, Instant};

#[test]
fn markup_goes_and_text_stays() {
    check(
        &definition(),
        "",
        "",
        &[
            ("", ""),
            ("a < b > c", "a < b > c"),
            ("x<y && y>z", "x<y && y>z"),
            ("a<b>c", "a<b>c"),
            ("a <b>c</b>", "a c"),
            ("كتاب<br>قلم", "كتاب\nقلم"),
            ("كتاب<br>\nقلم", "كتاب\nقلم"),
            ("<div><div><p>a</p></div></div>b", "\na\nb"),
            ("vijay@x.example <mailto:vijay@x.example> said", "vijay@x.example <mailto:vijay@x.example> said"),
            ("a<!-- never closed", "a<!-- never closed"),
            ("a <a href=\"http://x", "a <a href=\"http://x"),
            ("<![CDATA[نص & <b>غامق</b>]]>", "نص & غامق"),
            ("<STYLE type='text/css'>p{}</Style >x", "x"),
            ("<script>alert(1)", "alert(1)"),
            ("<!DOCTYPE html><p>x", "\nx"),
            ("&lt;p&gt;x&lt;/p&gt;", "\nx\n"),
            ("5 &lt; 6 &amp;&amp; 7", "5 < 6 && 7"),
            ("[b]x[/b] {{y}}", "[b]x[/b] {{y}}"),
            ("R&D AT&T; a&b; &foo;", "R&D AT&T; a&b; &foo;"),
        ],
    );
    check(&definition(), "escaped = false", "", &[("&lt;b&gt;<i>x</i>", "<b>x")]);
    check(&definition(), "block_tags = 'space'", "", &[("a<br>b<p>c", "a b c")]);
    check(&definition(), "block_tags = 'nothing'", "", &[("a<br>b", "ab")]);
    check(&definition(), "tags = false", "", &[("<b>&eacute;</b>", "<b>é</b>")]);
    check(&definition(), "entities = false", "", &[("<b>&eacute;</b>", "&eacute;")]);
    check(
        &definition(),
        "wiki = true\nbbcode = true",
        "",
        &[
            ("{{a {{b}} c}}x", "x"),
            ("[[ملف:x.jpg|تصغير|y]]نص [[a|b|c]]", "نص c"),
            ("a = b == c", "a = b == c"),
            ("l'été d''or''", "l'été dor"),
            ("[url=http://x.example/?a=1]y[/url] [unknown]", "y [unknown]"),
        ],
    );
}

#[test]
fn what_goes_is_on_record_with_its_kind() {
    let labels = warraq_core::Labels::new();
    let stage = crate::clean::testing::built(&definition(), &labels, serde_json::json!({"bbcode": true})).unwrap();
    let Built::Parallel(stage) = stage else { panic!("it is parallel") };
    let mut doc = warraq_core::Document::with_text("1", "&lt;b>a</b>[i]<!--c--><style>d</style>");
    let mut changes = Changes::new();
    stage.worker().process(&doc.view(), &mut changes).unwrap();
    doc.apply(&mut changes, 0, definition().info.writes).unwrap();
    let removed: Vec<_> = doc
        .removed()
        .iter()
        .map(|r| (labels.name(r.label).to_string(), &doc.source()[r.source_start as usize..r.source_end as usize]))
        .collect();
    let expected =
        [("tag", "&lt;b>"), ("tag", "</b>"), ("bbcode", "[i]"), ("comment", "<!--c-->"), ("style", "<style>d</style>")];
    assert_eq!(removed, expected.map(|(label, text)| (label.to_owned(), text)));
}

/// Each of these made a scanner quadratic that looks for an end again and again.
#[test]
fn hostile_texts_take_time_in_proportion_to_their_length() {
    let pieces = [
        "<",
        "</",
        "<!--",
        "<![CDATA[",
        "<a b='",
        "<a b=\"<a b='",
        "<p <",
        "&amp;",
        "&#38;",
        "<script>",
        "<style>",
        "<b>",
        "<!doctype",
        "[[",
        "{{",
        "'",
        "[url=",
        "==",
        "<a b=\" <a c=' ",
        "<<b>",
        "&",
        "&#",
        "<a hidden ",
        "<br>",
    ];
    for piece in pieces {
        let long = piece.repeat(100_000);
        let start = Instant::now();
        run(&definition(), "wiki = true\nbbcode = true", "", &long);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(20), "{piece:?} took {took:?}");
    }
}

proptest! {
    #[test]
    fn a_second_run_changes_nothing(pieces in prop::collection::vec(
        prop::sample::select(vec![
            "<", ">", "b", "</b>", "<b>", "<br>", "<p class=\"x\">", "&", "amp;", "&amp;", "&lt;", "&gt;", "lt;", "#38;",
            "<!--", "-->", "<script>", "</script>", "<![CDATA[", "]]>", " ", "\n", "كتاب", "a", "\"", "'", "<a href=", "=",
            "<td>", "&nbsp;", "&#x3c;", "[b]", "[[", "]]", "{{", "}}", "|", "==", "''",
        ]),
        0..12,
    )) {
        let input: String = pieces.concat();
        for options in ["", "wiki = true\nbbcode = true"] {
            let once = text(&definition(), options, "", &input);
            prop_assert_eq!(&text(&definition(), options, "", &once), &once);
        }
    }
}
