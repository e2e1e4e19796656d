use super::{change, decode, document, encode, export};
use serde_json::json;
use warraq_core::{Document, Labels, Layer, Sentence, Span, Token, TokenKind, Word};

fn token(start: u32, end: u32) -> Token {
    Token { start, end, kind: TokenKind::Word }
}

/// `وبيته 12`, cleaned of a mark, with one of everything.
fn full(labels: &Labels) -> Document {
    let mut doc = Document::with_text("a\"b", "وَبيته 12\n😀");
    doc.set_lang("ar");
    doc.meta_mut().push("url", "\"u\"");
    doc.meta_mut().push("n", "1.50");
    change(&mut doc, |changes| changes.replace_labelled(0..4, "و", labels.intern("tashkeel"), None));
    change(&mut doc, |changes| {
        changes.tokens().extend([token(0, 10), Token { start: 11, end: 13, kind: TokenKind::Number }]);
        changes.words().extend([
            Word { token: 0, start: 0, end: 2 },
            Word { token: 0, start: 2, end: 8 },
            Word { token: 0, start: 8, end: 10 },
        ]);
        let mut norm = changes.column(Layer::Tokens, labels.intern("norm"));
        norm.push(Some("وبيته"));
        norm.push(None);
        let mut pos = changes.column(Layer::Words, labels.intern("pos"));
        pos.push(Some("C"));
        pos.push(Some("N"));
        pos.push(None);
        let mut form = changes.column(Layer::Words, labels.intern("form"));
        form.push(None);
        form.push(Some("بيت\t"));
        form.push(None);
        changes.sentences().push(Sentence { start: 0, end: 13 });
        let (label, source) = (labels.intern("X"), labels.intern("tag.x"));
        changes.spans().push(Span { start: 14, end: 18, label, score: 0.1, source });
        changes.spans().push(Span { start: 2, end: 8, label, score: f32::NAN, source: labels.intern("") });
        changes.score(labels.intern("s.one"), 0.1);
        changes.score(labels.intern("s.two"), 3.0);
    });
    doc
}

#[test]
fn a_document_is_one_line_in_the_order_of_the_manual() {
    let labels = Labels::new();
    let expected = concat!(
        r#"{"id":"a\"b","text":"وبيته 12\n😀","lang":"ar","meta":{"url":"u","n":1.50},"#,
        r#""tokens":[{"start":0,"end":5,"id":0,"norm":"وبيته","words":[{"form":"و","pos":"C"},"#,
        r#"{"form":"بيت\t","start":1,"end":4,"pos":"N"},{"form":"ه"}]},"#,
        r#"{"start":6,"end":8,"id":1,"kind":"number"}],"#,
        r#""sents":[{"start":0,"end":8}],"#,
        r#""spans":[{"start":9,"end":10,"label":"X","score":0.1,"source":"tag.x"},{"start":1,"end":4,"label":"X"}],"#,
        r#""removed":[{"source_start":1,"source_end":2,"label":"tashkeel","stage":"second","text":"َ"}],"#,
        r#""scores":{"s.one":0.1,"s.two":3.0}}"#,
        "\n"
    );
    assert_eq!(encode(json!({}), &full(&labels), &labels).unwrap(), expected);
}

#[test]
fn an_empty_document_has_every_field() {
    let labels = Labels::new();
    let expected =
        r#"{"id":"d","text":"","lang":null,"meta":{},"tokens":[],"sents":[],"spans":[],"removed":[],"scores":{}}"#;
    assert_eq!(encode(json!({}), &Document::with_text("d", ""), &labels).unwrap().trim_end(), expected);
}

#[test]
fn fields_are_chosen_and_keep_their_order() {
    let labels = Labels::new();
    let doc = full(&labels);
    let cases = [
        (json!(["lang"]), r#"{"lang":"ar"}"#),
        (json!(["scores", "id", "id"]), r#"{"id":"a\"b","scores":{"s.one":0.1,"s.two":3.0}}"#),
        (json!(["sents", "meta"]), r#"{"meta":{"url":"u","n":1.50},"sents":[{"start":0,"end":8}]}"#),
    ];
    for (fields, expected) in cases {
        assert_eq!(encode(json!({"fields": fields}), &doc, &labels).unwrap().trim_end(), expected);
    }
    let error = export(json!({"fields": ["id", "text", "ents"]}), &labels).err().unwrap();
    assert_eq!(
        error.to_string(),
        "`fields[2]`: unknown variant `ents`, expected one of `id`, `text`, `lang`, `meta`, `tokens`, `sents`, `spans`, \
         `removed`, `scores`"
    );
    assert_eq!(export(json!({"fields": []}), &labels).err().unwrap().path, "fields");
}

#[test]
fn offsets_count_what_the_option_says_here_and_in_the_source() {
    let labels = Labels::new();
    let mut doc =
        document("é\u{64e}😀!", |changes| changes.replace_labelled(0..4, "é", labels.intern("mark"), None));
    change(&mut doc, |changes| {
        changes.tokens().push(token(2, 6));
        changes.words().push(Word { token: 0, start: 2, end: 6 });
        changes.sentences().push(Sentence { start: 0, end: 7 });
        let (label, source) = (labels.intern("E"), labels.intern("s"));
        changes.spans().push(Span { start: 6, end: 7, label, score: 1.0, source });
    });
    for (unit, [a, b, c, sa, sb, sc]) in
        [("char", [1, 2, 3, 2, 3, 4]), ("byte", [2, 6, 7, 4, 8, 9]), ("utf16", [1, 3, 4, 2, 4, 5])]
    {
        let fields = json!(["tokens", "sents", "spans"]);
        let line = encode(json!({"offsets": unit, "source_offsets": true, "fields": fields}), &doc, &labels).unwrap();
        let expected = format!(
            concat!(
                r#"{{"tokens":[{{"start":{a},"end":{b},"id":0,"source_start":{sa},"source_end":{sb},"#,
                r#""words":[{{"form":"😀","source_start":{sa},"source_end":{sb}}}]}}],"#,
                r#""sents":[{{"start":0,"end":{c},"source_start":0,"source_end":{sc}}}],"#,
                r#""spans":[{{"start":{b},"end":{c},"source_start":{sb},"source_end":{sc},"#,
                r#""label":"E","score":1.0,"source":"s"}}]}}"#,
            ),
            a = a,
            b = b,
            c = c,
            sa = sa,
            sb = sb,
            sc = sc
        );
        assert_eq!(line.trim_end(), expected, "{unit}");
    }
}

#[test]
fn a_rebased_document_names_the_stage() {
    let labels = Labels::new();
    let doc = document("<p>x", |changes| changes.rebase("x".into()));
    let line = encode(json!({"fields": ["text", "removed"]}), &doc, &labels).unwrap();
    assert_eq!(line.trim_end(), r#"{"text":"x","removed":[],"rebased_by":"second"}"#);
}

#[test]
fn a_stage_may_set_metadata_of_many_lines() {
    let labels = Labels::new();
    let doc = document("x", |changes| changes.meta("k", "{\n  \"a\": \"b\\nc\"\r\n}"));
    let line = encode(json!({"fields": ["meta"]}), &doc, &labels).unwrap();
    assert_eq!(line.trim_end(), r#"{"meta":{"k":{   "a": "b\nc"  }}}"#);
}

#[test]
fn a_column_cannot_have_the_name_of_a_field() {
    let labels = Labels::new();
    let doc = document("ab", |changes| {
        changes.tokens().push(token(0, 2));
        changes.column(Layer::Tokens, labels.intern("end")).push(Some("x"));
    });
    let error = encode(json!({}), &doc, &labels).unwrap_err();
    assert_eq!((error.kind.name(), &*error.reason), ("encode", "jsonl.column"));
    assert!(encode(json!({"fields": ["text"]}), &doc, &labels).is_ok());
    // The next document is not touched by what this one left.
    let mut names = labels.names();
    let mut cx = warraq_core::EncodeContext { labels: &mut names, stages: &[] };
    let mut encoder = export(json!({}), &labels).unwrap().encoder();
    let (mut after, mut fresh) = (Vec::new(), Vec::new());
    assert!(encoder.encode(&doc, &mut cx, &mut Vec::new()).is_err());
    encoder.encode(&full(&labels), &mut cx, &mut after).unwrap();
    export(json!({}), &labels).unwrap().encoder().encode(&full(&labels), &mut cx, &mut fresh).unwrap();
    assert_eq!(after, fresh);
}

#[test]
fn many_tokens_pass_the_buffer() {
    let labels = Labels::new();
    let text = "كلمة word ".repeat(3000);
    let mut doc = Document::with_text("d", &text);
    let mut at = 0;
    change(&mut doc, |changes| {
        for word in text.split_inclusive(' ') {
            changes.tokens().push(token(at, at + word.trim_end().len() as u32));
            at += word.len() as u32;
        }
    });
    let line = encode(json!({}), &doc, &labels).unwrap();
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    let chars: Vec<char> = text.chars().collect();
    for (n, token) in value["tokens"].as_array().unwrap().iter().enumerate() {
        let at = |key: &str| token[key].as_u64().unwrap() as usize;
        let covered: String = chars[at("start")..at("end")].iter().collect();
        assert_eq!((at("id"), &*covered), (n, if n % 2 == 0 { "كلمة" } else { "word" }));
    }
    let (again, result) = decode(json!({}), line.as_bytes(), &labels);
    assert!(result.is_ok());
    assert_eq!(again.tokens(), doc.tokens());
}

/// Pieces short and long, plain and escaped, inside the source and at its end, for one cause after another.
#[test]
fn what_was_removed_is_written_whatever_it_looks_like() {
    let labels = Labels::new();
    let long = "ـ".repeat(200);
    let name = "n".repeat(120);
    let cases: [(&str, &str, Option<&str>); 9] = [
        ("é", "a", None),
        ("\u{64e}\u{651}", "a", None),
        ("\"\\", "a", None),
        ("\n\u{1}", "b", None),
        ("0123456789abcdef", "b", Some("\"why\"")),
        ("0123456789abcdefg", "b", Some("\"why\"")),
        (&long, "b", None),
        ("x", &name, None),
        ("z", "a", None),
    ];
    let (mut source, mut expected) = (String::new(), Vec::new());
    let mut places = Vec::new();
    for (text, label, reason) in cases {
        source.push_str("ك ");
        let start = source.chars().count();
        places.push(source.len()..source.len() + text.len());
        source.push_str(text);
        let mut item = json!({"source_start": start, "source_end": source.chars().count(), "label": label});
        item["stage"] = "second".into();
        if let Some(reason) = reason {
            item["reason"] = reason.into();
        }
        item["text"] = text.into();
        expected.push(item);
    }
    let doc = document(&source, |changes| {
        for ((_, label, reason), place) in cases.into_iter().zip(places) {
            changes.replace_labelled(place, "", labels.intern(label), reason.map(|reason| labels.intern(reason)));
        }
    });
    let line = encode(json!({"fields": ["removed"]}), &doc, &labels).unwrap();
    let written: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(written["removed"], serde_json::Value::from(expected));
}

#[test]
fn what_was_redacted_is_written_without_its_text() {
    let labels = Labels::new();
    let mut doc = Document::with_text("a", "write to a@b.tn or not\nx");
    change(&mut doc, |changes| {
        let redacted = Some(labels.intern(warraq_core::REDACTED));
        changes.replace_labelled(9..15, "<EMAIL>", labels.intern("EMAIL"), redacted);
    });
    // A later stage takes out the line, and after that something else.
    change(&mut doc, |changes| {
        changes.remove(0..24, labels.intern("line"));
        changes.remove(24..25, labels.intern("x"));
    });
    let line = encode(json!({"fields": ["removed"]}), &doc, &labels).unwrap();
    assert_eq!(
        line.trim_end(),
        concat!(
            r#"{"removed":[{"source_start":9,"source_end":15,"label":"EMAIL","stage":"second","reason":"redacted"},"#,
            r#"{"source_start":0,"source_end":23,"label":"line","stage":"second"},"#,
            r#"{"source_start":23,"source_end":24,"label":"x","stage":"second","text":"x"}]}"#
        )
    );
}
