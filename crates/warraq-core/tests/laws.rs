//! The laws of documents and changes: what must hold for any text and any edits.

use proptest::prelude::*;
use proptest::sample::Index;
use warraq_core::testing::{check_source_map, describe};
use warraq_core::{
    Changes, Document, EditList, Labels, Layer, Layers, Sentence, Span, Token, TokenKind, Verdict, Word,
};

/// Text of few different characters of one to four bytes, so that edits meet often.
fn text() -> impl Strategy<Value = String> {
    "[abبت ً😀]{0,24}"
}

/// Edits of `text` as pairs of cut points and replacements; resolved against the text's char boundaries.
fn cuts() -> impl Strategy<Value = Vec<(Index, Index, String)>> {
    prop::collection::vec((any::<Index>(), any::<Index>(), "[xyي]{0,3}"), 0..6)
}

fn boundaries(text: &str) -> Vec<usize> {
    text.char_indices().map(|(i, _)| i).chain([text.len()]).collect()
}

/// In order and apart: sorted by place, those that would overlap left out.
fn edits(text: &str, cuts: &[(Index, Index, String)]) -> EditList {
    let places = boundaries(text);
    let mut ranges: Vec<(usize, usize, &str)> = cuts
        .iter()
        .map(|(a, b, with)| {
            let (a, b) = (*a.get(&places), *b.get(&places));
            (a.min(b), a.max(b), with.as_str())
        })
        .collect();
    ranges.sort();
    let mut list = EditList::new();
    let mut last = 0;
    for (start, end, with) in ranges {
        if start >= last {
            list.push(start..end, with, None, None);
            last = end;
        }
    }
    list
}

fn changes(list: &EditList) -> Changes {
    let mut changes = Changes::new();
    for edit in list.edits() {
        changes.replace(edit.start as usize..edit.end as usize, list.replacement(edit));
    }
    changes
}

fn edited(text: &str, lists: &[&EditList]) -> Document {
    let mut doc = Document::with_text("d", text);
    for list in lists {
        doc.apply(&mut changes(list), 0, Layers::ALL).expect("the edits fit");
    }
    doc
}

/// Tokens that tile the text at the given cut points.
fn tiles(text: &str, cuts: &[Index]) -> Vec<(u32, u32)> {
    let places = boundaries(text);
    let mut ends: Vec<usize> = cuts.iter().map(|c| *c.get(&places)).chain([0, text.len()]).collect();
    ends.sort_unstable();
    ends.dedup();
    ends.windows(2).map(|w| (w[0] as u32, w[1] as u32)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn untouched_text_maps_back_to_equal_source(text in text(), first in cuts(), second in cuts(), third in cuts()) {
        let mut doc = Document::with_text("d", &text);
        for cuts in [&first, &second, &third] {
            let list = edits(doc.text(), cuts);
            doc.apply(&mut changes(&list), 0, Layers::ALL).expect("the edits fit");
            prop_assert_eq!(doc.source(), &text);
            prop_assert_eq!(check_source_map(&doc), Ok(()));
            let runs = doc.source_map().runs();
            for (at, c) in doc.text().char_indices() {
                let (at, end) = (at as u32, (at + c.len_utf8()) as u32);
                let (from, to) = doc.source_map().range(at, end);
                prop_assert!(from <= to && text.is_char_boundary(from as usize) && text.is_char_boundary(to as usize));
                if !runs.iter().any(|r| r.text_start < end && at < r.text_end) {
                    prop_assert_eq!(&text[from as usize..to as usize], c.to_string());
                }
            }
        }
    }

    #[test]
    fn a_cursor_agrees_with_single_look_ups_in_any_order(
        text in text(), first in cuts(), second in cuts(), asked in prop::collection::vec(any::<(Index, Index)>(), 1..9)
    ) {
        let a = edits(&text, &first);
        let middle = edited(&text, &[&a]);
        let doc = edited(&text, &[&a, &edits(middle.text(), &second)]);
        let places = boundaries(doc.text());
        let mut cursor = doc.source_map().cursor();
        for (a, b) in asked {
            let (a, b) = (*a.get(&places) as u32, *b.get(&places) as u32);
            let (a, b) = (a.min(b), a.max(b));
            prop_assert_eq!(cursor.range(a, b), doc.source_map().range(a, b));
        }
    }

    #[test]
    fn a_composed_list_equals_its_parts_in_sequence(text in text(), first in cuts(), second in cuts()) {
        let a = edits(&text, &first);
        let b = edits(edited(&text, &[&a]).text(), &second);
        let composed = a.compose(&b, &text).expect("both fit");
        let (sequence, once) = (edited(&text, &[&a, &b]), edited(&text, &[&composed]));
        prop_assert_eq!(sequence.text(), once.text());
        prop_assert_eq!(sequence.source_map().runs(), once.source_map().runs());
    }

    #[test]
    fn tokens_stay_a_partition(text in text(), at in prop::collection::vec(any::<Index>(), 0..6), cuts in cuts()) {
        let list = edits(&text, &cuts);
        let before = tiles(&text, &at);
        let mut doc = Document::with_text("d", &text);
        let mut all = changes(&list);
        all.tokens().extend(before.iter().map(|&(start, end)| Token { start, end, kind: TokenKind::Word }));
        all.sentences().extend(before.iter().map(|&(start, end)| Sentence { start, end }));
        doc.apply(&mut all, 0, Layers::ALL).expect("they fit");

        let after: Vec<_> = doc.tokens().iter().map(|t| (t.start, t.end)).collect();
        prop_assert_eq!(&after, &doc.sentences().iter().map(|s| (s.start, s.end)).collect::<Vec<_>>());
        // Every byte of the new text is in exactly one token, but for what was inserted at a boundary.
        let mut outside = String::new();
        let mut last = 0;
        for &(start, end) in &after {
            prop_assert!(last <= start && start < end);
            outside += &doc.text()[last as usize..start as usize];
            last = end;
        }
        outside += &doc.text()[last as usize..];
        let inserted: String = list.edits().iter()
            .filter(|e| e.start == e.end && (e.start == 0 || before.iter().any(|&(_, end)| end == e.start)))
            .map(|e| list.replacement(e))
            .collect();
        prop_assert_eq!(outside, inserted);
        // A token no edit touches is still there, with its text and its source.
        for &(start, end) in &before {
            if !list.edits().iter().any(|e| e.start < end && start < e.end) {
                let found = after.iter().find(|&&(a, b)| doc.source_map().range(a, b) == (start, end));
                let text_of = |&(a, b): &(u32, u32)| doc.text()[a as usize..b as usize].to_owned();
                prop_assert_eq!(found.map(text_of), Some(text[start as usize..end as usize].to_owned()));
            }
        }
    }

    #[test]
    fn a_span_stays_exactly_as_long_as_something_of_it_does(text in text(), at in any::<(Index, Index)>(), cuts in cuts()) {
        let places = boundaries(&text);
        let (a, b) = (*at.0.get(&places), *at.1.get(&places));
        let (start, end) = (a.min(b) as u32, a.max(b) as u32);
        prop_assume!(start < end);
        let labels = Labels::new();
        let list = edits(&text, &cuts);
        let mut all = changes(&list);
        let (label, source) = (labels.intern("X"), labels.intern("test"));
        all.spans().push(Span { start, end, label, score: f32::NAN, source });
        let mut doc = Document::with_text("d", &text);
        doc.apply(&mut all, 0, Layers::ALL).expect("they fit");

        let overlapping = || list.edits().iter().filter(|e| e.start < end && start < e.end);
        let grown = overlapping().fold((start, end), |(a, b), e| (a.min(e.start), b.max(e.end)));
        let growth = |e: &warraq_core::Edit| i64::from(e.text_end - e.text_start) - i64::from(e.end - e.start);
        let left = overlapping().map(growth).sum::<i64>() + i64::from(grown.1 - grown.0);
        match doc.spans() {
            [] => prop_assert_eq!(left, 0),
            [span] => {
                prop_assert_eq!(i64::from(span.end - span.start), left);
                let (from, to) = doc.source_map().range(span.start, span.end);
                prop_assert!(grown.0 <= from && to <= grown.1, "{:?} is not in {:?}", (from, to), grown);
            }
            more => prop_assert!(false, "{:?}", more),
        }
    }
}

fn token(start: u32, end: u32) -> Token {
    Token { start, end, kind: TokenKind::Word }
}

fn span(labels: &Labels, start: u32, end: u32) -> Span {
    Span { start, end, label: labels.intern("THING"), score: 0.5, source: labels.intern("test") }
}

/// A document with one layer of each kind over `وبالكتاب قال`.
fn annotated(labels: &Labels) -> Document {
    let mut doc = Document::with_text("d", "وبالكتاب قال");
    let mut all = Changes::new();
    all.tokens().extend([token(0, 16), token(17, 23)]);
    let word = |(token, start, end)| Word { token, start, end };
    all.words().extend([(0, 0, 2), (0, 2, 4), (0, 4, 16), (1, 17, 23)].map(word));
    all.sentences().push(Sentence { start: 0, end: 23 });
    all.spans().push(span(labels, 4, 16));
    let mut lemma = all.column(Layer::Tokens, labels.intern("lemma"));
    lemma.push(Some("كتاب"));
    lemma.push(Some("قول"));
    let mut upos = all.column(Layer::Words, labels.intern("upos"));
    for tag in ["CCONJ", "ADP", "NOUN", "VERB"] {
        upos.push(Some(tag));
    }
    all.score(labels.intern("s"), 1.0);
    all.meta("url", "\"x\"");
    all.lang("ar");
    doc.apply(&mut all, 0, Layers::ALL).expect("it fits");
    doc
}

#[test]
fn words_and_columns_of_a_touched_token_go_and_the_others_move() {
    let labels = Labels::new();
    let mut doc = annotated(&labels);
    let mut all = Changes::new();
    all.replace(2..4, "");
    doc.apply(&mut all, 1, Layers::ALL).expect("it fits");
    assert_eq!(doc.text(), "والكتاب قال");
    assert_eq!(doc.words(), [Word { token: 1, start: 15, end: 21 }]);
    let lemma = doc.column(Layer::Tokens, labels.intern("lemma")).expect("it is kept");
    assert_eq!((doc.cell(lemma, 0), doc.cell(lemma, 1)), (None, Some("قول")));
    let upos = doc.column(Layer::Words, labels.intern("upos")).expect("it is kept");
    assert_eq!((upos.cells.len(), doc.cell(upos, 0)), (1, Some("VERB")));
    assert_eq!((doc.spans()[0].start, doc.spans()[0].end), (2, 14));

    // A whole token goes, with its column's value; the other one's index changes.
    all.clear();
    all.remove(0..15, labels.intern("first"));
    doc.apply(&mut all, 2, Layers::ALL).expect("it fits");
    assert_eq!((doc.text(), doc.tokens().len(), doc.spans().len()), ("قال", 1, 0));
    assert_eq!(doc.words(), [Word { token: 0, start: 0, end: 6 }]);
    let removed = doc.removed()[0];
    assert_eq!(&doc.source()[removed.source_start as usize..removed.source_end as usize], "وبالكتاب ");
    assert_eq!(removed.stage, 2);
}

#[test]
fn a_word_whose_surface_is_not_in_its_token_is_carried_like_a_span() {
    for (edit, with, places) in [
        (0..2, "", [(0, 8), (7, 8), (3, 4)]),
        (3..4, "\u{64e}", [(0, 11), (10, 11), (6, 7)]),
        (6..8, "", [(0, 8), (7, 8), (5, 6)]),
        (4..6, "", [(0, 8), (7, 8), (4, 4)]),
        (3..8, "x", [(0, 6), (5, 6), (3, 4)]),
    ] {
        let mut doc = Document::with_text("d", "abc defg h");
        let mut all = Changes::new();
        all.tokens().extend([token(0, 3), token(9, 10)]);
        all.words().extend([(1, 0, 10), (1, 9, 10), (1, 5, 6)].map(|(token, start, end)| Word { token, start, end }));
        all.replace(edit.clone(), with);
        doc.apply(&mut all, 0, Layers::ALL).expect("it fits");
        let found: Vec<_> = doc.words().iter().map(|w| (w.start, w.end)).collect();
        assert_eq!(found, places, "{edit:?} {with:?}: {:?}", doc.text());
    }
}

#[test]
fn text_that_was_never_in_the_source_is_not_removed_from_it() {
    let labels = Labels::new();
    let mut doc = Document::with_text("d", "ab");
    let mut all = Changes::new();
    all.replace(1..1, "xy");
    doc.apply(&mut all, 0, Layers::ALL).expect("it fits");
    all.clear();
    all.remove(1..3, labels.intern("cut"));
    doc.apply(&mut all, 1, Layers::ALL).expect("it fits");
    assert_eq!((doc.text(), doc.removed()), ("ab", &[][..]));
}

/// How one edit carries the tokens `[ab] [cd]` of `ab cd` and a span over the same bytes as the second token.
#[test]
fn one_edit_and_its_neighbours() {
    type Case = (&'static str, std::ops::Range<usize>, &'static str, &'static [&'static str], Option<&'static str>);
    let cases: &[Case] = &[
        ("inside a token", 0..1, "xyz", &["xyzb", "cd"], Some("cd")),
        ("a whole token", 3..5, "x", &["ab", "x"], Some("x")),
        ("a whole token deleted", 3..5, "", &["ab"], None),
        ("across the gap: the left one takes it", 1..4, "-", &["a-", "d"], Some("-d")),
        ("across the gap, deleted", 1..4, "", &["a", "d"], Some("d")),
        ("all of both: the left one takes it", 0..5, "x", &["x"], Some("x")),
        ("from the gap into a token: no left one, so it takes it", 2..4, "-", &["ab", "-d"], Some("-d")),
        ("the gap alone belongs to nobody", 2..3, "--", &["ab", "cd"], Some("cd")),
        ("an insertion at a token's end", 2..2, "!", &["ab", "cd"], Some("cd")),
        ("an insertion at a token's start", 3..3, "!", &["ab", "cd"], Some("cd")),
        ("an insertion inside a token", 4..4, "!", &["ab", "c!d"], Some("c!d")),
        ("an insertion at the very end", 5..5, "!", &["ab", "cd"], Some("cd")),
    ];
    for (what, range, with, tokens, expected) in cases {
        let labels = Labels::new();
        let mut doc = Document::with_text("d", "ab cd");
        let mut all = Changes::new();
        all.tokens().extend([token(0, 2), token(3, 5)]);
        all.spans().push(span(&labels, 3, 5));
        doc.apply(&mut all, 0, Layers::ALL).expect("it fits");
        all.clear();
        all.replace(range.clone(), with);
        doc.apply(&mut all, 0, Layers::ALL).expect("it fits");
        let found = describe(&doc, &labels);
        assert_eq!(found.tokens.unwrap_or_default(), *tokens, "{what}");
        let spans: Vec<_> = found.spans.unwrap_or_default().into_iter().map(|(_, text)| text).collect();
        assert_eq!(spans, Vec::from_iter(*expected), "{what}");
    }
}

#[test]
fn values_of_spans_stay_with_them() {
    let labels = Labels::new();
    let value = labels.intern("value");
    let mut doc = annotated(&labels);
    let mut all = Changes::new();
    all.spans().extend([span(&labels, 0, 2), span(&labels, 17, 23)]);
    let mut column = all.column(Layer::Spans, value);
    column.push(Some("and"));
    column.push(Some("said"));
    doc.apply(&mut all, 1, Layers::ALL).expect("it fits");
    let values = |doc: &Document| -> Vec<Option<String>> {
        let column = doc.column(Layer::Spans, value).expect("it is kept");
        assert_eq!(column.cells.len(), doc.spans().len());
        (0..doc.spans().len()).map(|n| doc.cell(column, n).map(str::to_owned)).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(values(&doc), [None, some("and"), some("said")]);

    // A further stage adds spans of its own, with values and without.
    all.clear();
    all.spans().push(span(&labels, 2, 4));
    doc.apply(&mut all, 2, Layers::ALL).expect("it fits");
    all.clear();
    all.spans().push(span(&labels, 4, 6));
    all.column(Layer::Spans, value).push(Some("the"));
    doc.apply(&mut all, 3, Layers::ALL).expect("it fits");
    assert_eq!(values(&doc), [None, some("and"), some("said"), None, some("the")]);

    // An edit touches one and deletes another; new tokens take nothing of it away.
    all.clear();
    all.remove(0..2, labels.intern("and"));
    all.replace(17..19, "ك");
    doc.apply(&mut all, 4, Layers::ALL).expect("it fits");
    assert_eq!(values(&doc), [None, some("said"), None, some("the")]);
    all.clear();
    all.tokens().push(token(0, 4));
    doc.apply(&mut all, 5, Layers::ALL).expect("it fits");
    assert_eq!(values(&doc), [None, some("said"), None, some("the")]);
    all.clear();
    all.clear_spans();
    all.spans().push(span(&labels, 0, 2));
    doc.apply(&mut all, 6, Layers::ALL).expect("it fits");
    assert!(doc.column(Layer::Spans, value).is_none() && doc.spans().len() == 1);
}

#[test]
fn removals_on_record_leave_out_what_the_replacement_keeps() {
    let labels = Labels::new();
    let tashkeel = labels.intern("tashkeel");
    let mut doc = Document::with_text("d", "تعقبٍ بِ");
    let mut all = Changes::new();
    all.replace_labelled(6..10, "ب", tashkeel, None);
    all.replace_labelled(11..15, "ب", tashkeel, None);
    doc.apply(&mut all, 0, Layers::ALL).expect("it fits");
    let removed: Vec<_> = doc.removed().iter().map(|r| (r.source_start, r.source_end)).collect();
    assert_eq!((doc.text(), &*removed), ("تعقب ب", &[(8, 10), (13, 15)][..]));
    // The token's source keeps its last vowel.
    assert_eq!(doc.source_map().range(0, 8), (0, 10));
}

type Break<'a> = &'a dyn Fn(&mut Changes, &Labels);

/// Every way to break the contract, the reason it is refused for, and the document that is left as it was.
#[test]
fn a_broken_proposal_leaves_the_document_as_it_was() {
    #[allow(clippy::reversed_empty_ranges)]
    let cases: &[(&str, Break<'_>)] = &[
        ("edit.bounds", &|c, _| c.replace(0..99, "")),
        ("edit.bounds", &|c, _| c.replace(usize::MAX..usize::MAX, "")),
        ("edit.bounds", &|c, _| c.replace(4..2, "")),
        ("edit.boundary", &|c, _| c.replace(0..1, "")),
        ("edit.order", &|c, _| {
            c.replace(4..6, "");
            c.replace(2..4, "");
        }),
        ("score.finite", &|c, l| c.score(l.intern("x"), f64::NAN)),
        ("meta.json", &|c, _| c.meta("k", "{")),
        ("word.place", &|c, _| c.words().push(Word { token: 2, start: 0, end: 2 })),
        ("word.place", &|c, _| c.words().push(Word { token: 0, start: 0, end: 1 })),
        ("column.length", &|c, l| c.column(Layer::Tokens, l.intern("x")).push(None)),
        ("column.length", &|c, l| c.column(Layer::Spans, l.intern("x")).push(None)),
        ("column.layer", &|c, l| c.column(Layer::Sentences, l.intern("x")).push(None)),
        ("rebase.layers", &|c, _| {
            c.rebase("new".into());
            c.replace(0..2, "");
        }),
        ("layer.bounds", &|c, l| c.spans().push(span(l, 4, 4))),
        ("layer.bounds", &|c, l| c.spans().push(span(l, 4, 99))),
        ("layer.boundary", &|c, l| c.spans().push(span(l, 0, 1))),
        ("layer.bounds", &|c, _| c.tokens().push(token(0, 99))),
        ("layer.order", &|c, _| c.tokens().extend([token(4, 8), token(6, 10)])),
    ];
    let labels = Labels::new();
    let check = |reason: &str, broken: Break<'_>, writes: Layers| {
        let (mut doc, untouched) = (annotated(&labels), annotated(&labels));
        let mut all = Changes::new();
        all.lang("fr");
        broken(&mut all, &labels);
        let error = doc.apply(&mut all, 1, writes).expect_err(reason);
        assert_eq!(error.reason, reason, "{error}");
        assert_eq!(describe(&doc, &labels), describe(&untouched, &labels));
        assert_eq!(
            (doc.lang(), doc.words(), doc.columns()),
            (untouched.lang(), untouched.words(), untouched.columns())
        );
        assert_eq!((doc.meta(), doc.source_map()), (untouched.meta(), untouched.source_map()));
    };
    for (reason, broken) in cases {
        check(reason, *broken, Layers::ALL);
    }
    check("undeclared", &|_, _| {}, Layers::of(&[Layer::Text]));
}

#[test]
fn a_rebase_starts_the_source_anew_and_says_who_did_it() {
    let labels = Labels::new();
    let mut doc = annotated(&labels);
    let mut all = Changes::new();
    all.rebase("نص جديد".into());
    doc.apply(&mut all, 7, Layers::ALL).expect("it fits");
    assert_eq!((doc.text(), doc.source(), doc.rebased()), ("نص جديد", "نص جديد", Some(7)));
    assert!(doc.tokens().is_empty() && doc.words().is_empty() && doc.spans().is_empty() && doc.columns().is_empty());
}

#[test]
fn a_verdict_names_its_stage_and_a_reset_document_is_new() {
    let labels = Labels::new();
    let mut doc = annotated(&labels);
    let mut all = Changes::new();
    all.drop_document(labels.intern("too_short"), "it has 2");
    doc.apply(&mut all, 3, Layers::ALL).expect("it fits");
    let dropped = Verdict::Dropped { stage: 3, reason: labels.intern("too_short"), message: "it has 2".into() };
    assert_eq!(*doc.verdict(), dropped);
    doc.reset();
    assert_eq!(describe(&doc, &labels), describe(&Document::new(), &labels));
    assert_eq!((doc.id(), doc.lang(), doc.meta().len(), doc.words().len()), ("", None, 0, 0));
}
