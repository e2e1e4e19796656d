use super::{decode, source};
use proptest::prelude::*;
use serde_json::{Value, json};
use warraq_core::{Document, Labels, Layer, Layers, Record};

fn meta(doc: &Document) -> String {
    doc.meta().iter().map(|(key, json)| format!("{key}={json}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn fields_find_their_place() {
    // options, record, id, text, lang, metadata
    let cases = [
        (json!({}), r#"{"id":"a","text":"نص","lang":"ar"}"#, "a", "نص", "ar", ""),
        (json!({}), r#" { "text" : "t" , "n" : 1.50 } "#, "in.jsonl#7", "t", "", "n=1.50"),
        (json!({}), "{\"text\":\"t\"}\r", "in.jsonl#7", "t", "", ""),
        (json!({}), r#"{"text":"a\u0628\n","id":"\u00e9\"x"}"#, "é\"x", "aب\n", "", ""),
        (json!({}), r#"{"text":"","id":""}"#, "in.jsonl#7", "", "", ""),
        (json!({}), r#"{"text":"t","id":null,"lang":null}"#, "in.jsonl#7", "t", "", ""),
        (json!({}), r#"{"text":"t","id":12345678901234567890}"#, "12345678901234567890", "t", "", ""),
        (json!({}), r#"{"text":"t","id":-1.0e2}"#, "-1.0e2", "t", "", ""),
        (
            json!({"text": "body", "id": "url", "lang": "l"}),
            r#"{"id":3,"url":"u","body":"b","l":"fr","text":"x"}"#,
            "u",
            "b",
            "fr",
            r#"id=3 text="x""#,
        ),
        // Other fields keep their order, their numbers and their spacing.
        (
            json!({}),
            r#"{"z":[1, 2.0,{"k":"\ud800"}],"text":"t","a":1e400,"z":-0}"#,
            "in.jsonl#7",
            "t",
            "",
            r#"z=[1, 2.0,{"k":"\ud800"}] a=1e400 z=-0"#,
        ),
        // Dots lead into objects, unless a field has that very name.
        (
            json!({"text": "data.body", "id": "data.ref.id"}),
            r#"{"data":{"ref":{"id":5},"body":"b"},"n":1}"#,
            "5",
            "b",
            "",
            r#"data={"ref":{"id":5},"body":"b"} n=1"#,
        ),
        (json!({"text": "a.b"}), r#"{"a":{"b":"no"},"a.b":"yes"}"#, "in.jsonl#7", "yes", "", r#"a={"b":"no"}"#),
        (json!({"id": "a.b"}), r#"{"a":{"c":1},"text":"t"}"#, "in.jsonl#7", "t", "", r#"a={"c":1}"#),
    ];
    for (options, record, id, text, lang, fields) in cases {
        let (doc, result) = decode(options, record.as_bytes(), &Labels::new());
        assert!(result.is_ok(), "{record}: {result:?}");
        let found = (doc.id(), doc.text(), doc.lang().unwrap_or_default(), &*meta(&doc));
        assert_eq!(found, (id, text, lang, fields), "{record}");
    }
}

#[test]
fn a_byte_order_mark_belongs_to_the_file_and_not_to_its_text() {
    let labels = Labels::new();
    let bytes = "\u{feff}{\"text\":\"t\"}x".as_bytes();
    let mut decoder = source(json!({}), &labels).unwrap().decoder();
    let mut doc = Document::new();
    let record = |bytes, number| Record { bytes, path: "p", number };
    assert!(decoder.decode(&record(&bytes[..bytes.len() - 1], 1), &mut doc).is_ok());
    let mut doc = Document::new();
    let error = decoder.decode(&record(bytes, 1), &mut doc).unwrap_err();
    assert_eq!((&*error.reason, error.at), ("json.syntax", Some(15)), "places count the mark");
    let error = decoder.decode(&record(bytes, 2), &mut Document::new()).unwrap_err();
    assert_eq!((&*error.reason, error.at), ("json.syntax", Some(0)));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    // record, id, reason, byte, message
    let cases: &[(&[u8], &str, &str, u64, &str)] = &[
        (b"", "", "json.syntax", 0, "the record is empty"),
        (b"[1, 2]", "", "json.not_object", 0, "a record is an object, `{…}`, and this is a list"),
        (b" \"text\"", "", "json.not_object", 1, "a record is an object, `{…}`, and this is a string"),
        (b"17", "", "json.not_object", 0, "a record is an object, `{…}`, and this is a number"),
        (b"null", "", "json.not_object", 0, "a record is an object, `{…}`, and this is null"),
        (b"id,text", "", "json.syntax", 0, "`id` is no JSON value"),
        (b"{", "", "json.syntax", 1, "the record ends inside an object; in JSON Lines a record is one line"),
        (
            br#"{"id":"a","text":"t""#,
            "a",
            "json.syntax",
            20,
            "the record ends inside an object; in JSON Lines a record is one line",
        ),
        (br#"{"id":"a","text":"t"#, "a", "json.syntax", 19, "the record ends inside the string that begins at byte 17"),
        (br#"{"id":"a","text":"t"} {"#, "a", "json.syntax", 22, "expected the record to end with its `}`, found `{`"),
        (br#"{"id":"a" "text":"t"}"#, "a", "json.syntax", 10, "expected `,` or `}` after a field, found `\"`"),
        (br#"{"id":"a","text":"t",}"#, "a", "json.syntax", 21, "there is a `,` after the last field"),
        (br#"{'id':'a'}"#, "", "json.syntax", 1, "a field name takes double quotes, not single ones"),
        (br#"{"id":"a","text":'t'}"#, "a", "json.syntax", 17, "a string takes double quotes, not single ones"),
        (br#"{"id":"a","text" "t"}"#, "a", "json.syntax", 17, "expected `:` after a field's name, found `\"`"),
        (br#"{"id":"a","n":NaN}"#, "a", "json.syntax", 14, "`NaN` is no JSON value"),
        (br#"{"id":"a","n":01}"#, "a", "json.syntax", 14, "a number has no leading zeros"),
        (br#"{"id":"a","n":[1,]}"#, "a", "json.syntax", 17, "there is a `,` after the last item of a list"),
        (br#"{"id":"a","n":[1 2]}"#, "a", "json.syntax", 17, "expected `,` or `]` after an item of a list, found `2`"),
        (br#"{"id":"a","text":"\x"}"#, "a", "json.syntax", 18, r"JSON has no escape `\x`"),
        (br#"{"id":"a","text":"\u12"}"#, "a", "json.syntax", 18, r"the escape `\u` takes four hexadecimal digits"),
        (
            b"{\"id\":\"a\",\"text\":\"a\tb\"}",
            "a",
            "json.syntax",
            19,
            "the control character U+0009 must be escaped in a string",
        ),
        (
            br#"{"id":"a","body":"b"}"#,
            "a",
            "json.missing_field",
            0,
            "there is no field `text`; the record has `id`, `body`. `text` names the field that holds the text",
        ),
        (
            b"{}",
            "",
            "json.missing_field",
            0,
            "there is no field `text`; the record has no field at all. `text` names the field that holds the text",
        ),
        (br#"{"text":7,"id":"a"}"#, "a", "json.wrong_type", 8, "field `text` is a number; the text must be a string"),
        (br#"{"text":null,"id":"a"}"#, "a", "json.wrong_type", 8, "field `text` is null; the text must be a string"),
        (
            br#"{"id":["a"],"text":"t"}"#,
            "",
            "json.wrong_type",
            6,
            "field `id` is a list; an id is a string or a number. `id` names the field to take it from",
        ),
        (
            br#"{"id":"a","lang":{},"text":"t"}"#,
            "a",
            "json.wrong_type",
            17,
            "field `lang` is an object; a language tag is a string. `lang` names the field to take it from",
        ),
        (
            br#"{"text":"a\ud83d","id":"a"}"#,
            "a",
            "json.surrogate",
            10,
            r"`\ud83d` is half of a surrogate pair and stands alone, so it is no character",
        ),
        (
            br#"{"\udc00":1,"text":"t","id":"a"}"#,
            "a",
            "json.surrogate",
            2,
            r"`\udc00` is half of a surrogate pair and stands alone, so it is no character",
        ),
        (
            br#"{"text":"t","text":"u","id":"a"}"#,
            "a",
            "json.duplicate_field",
            12,
            "there are two fields `text`: which one is meant?",
        ),
        (
            br#"{"id":"a","text":"t","\u0069d":"b"}"#,
            "a",
            "json.duplicate_field",
            21,
            "there are two fields `id`: which one is meant?",
        ),
        (
            b"{\"id\":\"a\",\"text\":\"\xD9\"}",
            "a",
            "utf8.invalid",
            18,
            "0xD9 is not valid UTF-8: if the input has another encoding, set `encoding`",
        ),
        (
            b"{\"id\":\"a\",\"text\":7,\"n\":\"\xC3",
            "a",
            "utf8.invalid",
            24,
            "0xC3 is not valid UTF-8 (the record ends inside a character): if the input has another encoding, set `encoding`",
        ),
    ];
    for (record, id, reason, byte, message) in cases {
        let shown = String::from_utf8_lossy(record);
        let (doc, result) = decode(json!({}), record, &Labels::new());
        let error = result.expect_err(&shown);
        assert_eq!((&*error.reason, error.at, &*error.message), (*reason, Some(*byte), *message), "{shown}");
        assert_eq!(doc.id(), if id.is_empty() { "in.jsonl#7" } else { id }, "{shown}");
    }
}

#[test]
fn nesting_has_a_limit() {
    let labels = Labels::new();
    let nested = |n: usize| format!(r#"{{"id":"a","text":"t","n":{}{}}}"#, "[".repeat(n), "]".repeat(n));
    assert!(decode(json!({}), nested(127).as_bytes(), &labels).1.is_ok());
    for n in [128, 100_000] {
        let (doc, result) = decode(json!({}), nested(n).as_bytes(), &labels);
        let error = result.unwrap_err();
        assert_eq!((doc.id(), &*error.reason, error.at), ("a", "json.depth", Some(25 + 127)));
    }
}

#[test]
fn places_in_other_encodings_are_those_of_the_record() {
    let labels = Labels::new();
    // `نص` in windows-1256, then bad syntax.
    let record = b"{\"text\":\"\xE4\xD5\",!}";
    let error = decode(json!({"encoding": "windows-1256"}), record, &labels).1.unwrap_err();
    assert_eq!((&*error.reason, error.at), ("json.syntax", Some(13)));
    let (doc, result) = decode(json!({"encoding": "windows-1256"}), b"{\"text\":\"\xE4\xD5\"}", &labels);
    assert!(result.is_ok());
    assert_eq!(doc.text(), "نص");
    let error = decode(json!({"encoding": "euc-kr"}), b"{\"id\":1,\"text\":\"\xFF\"}", &labels).1.unwrap_err();
    assert_eq!((&*error.reason, error.at), ("encoding.invalid", Some(16)));
}

/// What the document got, as text.
fn layers(doc: &Document, labels: &Labels) -> String {
    let text = doc.text();
    let cell = |layer, row: usize| -> String {
        let columns = doc.columns().iter().filter(|c| c.layer == layer);
        columns.filter_map(|c| Some(format!("[{}={}]", labels.name(c.name), doc.cell(c, row)?))).collect()
    };
    let mut parts = Vec::new();
    for (n, token) in doc.tokens().iter().enumerate() {
        parts.push(format!(
            "{}:{}{}",
            &text[token.start as usize..token.end as usize],
            token.kind.name(),
            cell(Layer::Tokens, n)
        ));
        for (row, word) in doc.words().iter().enumerate().filter(|(_, word)| word.token as usize == n) {
            parts.push(format!("+{}{}", &text[word.start as usize..word.end as usize], cell(Layer::Words, row)));
        }
    }
    parts.extend(doc.sentences().iter().map(|s| format!("({})", &text[s.start as usize..s.end as usize])));
    for span in doc.spans() {
        let covered = &text[span.start as usize..span.end as usize];
        parts.push(format!("<{} {covered} {} {}>", labels.name(span.label), span.score, labels.name(span.source)));
    }
    parts.extend(doc.scores().iter().map(|s| format!("{}={}", labels.name(s.name), s.value)));
    parts.join(" ")
}

#[test]
fn layers_are_read_where_they_have_the_shape() {
    // what follows the text `لل بيت 😀!`, layers, metadata
    let cases = [
        (r#""tokens":[{"start":0,"end":2,"id":0},{"start":3,"end":6,"id":1}]"#, "لل:word بيت:word", ""),
        (r#""tokens":[ {"end":8, "id":4, "start":7, "kind":"emoji"} ]"#, "😀:emoji", ""),
        (r#""tokens":[{"start":3,"end":6,"lemma":"بيت","pos":"\u004e"}]"#, "بيت:word[lemma=بيت][pos=N]", ""),
        (r#""tokens":[{"start":0,"end":2},{"start":3,"end":6,"pos":"N"}]"#, "لل:word بيت:word[pos=N]", ""),
        (
            r#""tokens":[{"start":0,"end":2,"words":[{"form":"ل"},{"form":"ال","pos":"D"}]}]"#,
            "لل:word +ل +[pos=D][form=ال]",
            "",
        ),
        (r#""tokens":[{"words":[{"form":"ال","start":1,"end":2}],"start":0,"end":2}]"#, "لل:word +ل[form=ال]", ""),
        (r#""tokens":[{"text":"لل","start":0,"end":2,"id":0,"ws":true}]"#, "لل:word", ""),
        (r#""tokens":[{"start":0,"end":2,"source_start":5,"source_end":9}]"#, "لل:word", ""),
        (r#""tokens":[]"#, "", ""),
        (r#""sents":[{"start":0,"end":6},{"start":7,"end":9,"source_start":0,"source_end":1}]"#, "(لل بيت) (😀!)", ""),
        (
            r#""spans":[{"start":3,"end":6,"label":"LOC"},{"start":0,"end":6,"label":"X","score":0.5,"source":"me"}]"#,
            "<LOC بيت NaN > <X لل بيت 0.5 me>",
            "",
        ),
        (
            r#""spans":[{"start":3,"end":6,"token_start":1,"token_end":1,"label":"LOC","text":"بيت"}]"#,
            "<LOC بيت NaN >",
            "",
        ),
        (r#""scores":{"a.b":3,"c":-1.5e-3}"#, "a.b=3 c=-0.0015", ""),
        (r#""meta":{"a": 1, "b":[ ]},"removed":[]"#, "", "a=1 b=[ ]"),
        // What an earlier run removed refers to its own source: it is kept, beside what was kept before.
        (
            r#""removed":[{"x":1}],"meta":{"removed":[],"removed.2":0},"rebased_by":"html""#,
            "",
            r#"removed=[] removed.2=0 removed.3=[{"x":1}] rebased_by="html""#,
        ),
        // Any other field makes it a foreign record, whose `meta` is a field like others.
        (r#""meta":{"a":1},"url":"u","removed":[]"#, "", r#"meta={"a":1} url="u" removed=[]"#),
        (r#""meta":"none""#, "", r#"meta="none""#),
        // Anything of another shape stays as it is.
        (r#""tokens":["لل","بيت"]"#, "", r#"tokens=["لل","بيت"]"#),
        (r#""tokens":null"#, "", "tokens=null"),
        (r#""tokens":[{"start":0,"end":99}]"#, "", r#"tokens=[{"start":0,"end":99}]"#),
        (
            r#""tokens":[{"start":3,"end":6},{"start":0,"end":2}]"#,
            "",
            r#"tokens=[{"start":3,"end":6},{"start":0,"end":2}]"#,
        ),
        (r#""tokens":[{"start":0,"end":2,"head":1}]"#, "", r#"tokens=[{"start":0,"end":2,"head":1}]"#),
        (r#""tokens":[{"start":0,"end":2,"kind":"verb"}]"#, "", r#"tokens=[{"start":0,"end":2,"kind":"verb"}]"#),
        (r#""tokens":[{"start":0,"end":2,"text":"بي"}]"#, "", r#"tokens=[{"start":0,"end":2,"text":"بي"}]"#),
        (r#""tokens":[],"tokens":[{"start":0,"end":2}]"#, "", r#"tokens=[{"start":0,"end":2}]"#),
        (r#""sents":[{"start":0,"end":2,"n":1}]"#, "", r#"sents=[{"start":0,"end":2,"n":1}]"#),
        (r#""spans":[{"start":0,"end":2}]"#, "", r#"spans=[{"start":0,"end":2}]"#),
        (r#""spans":[{"start":2,"end":2,"label":"X"}]"#, "", r#"spans=[{"start":2,"end":2,"label":"X"}]"#),
        (r#""scores":{"a":"high"}"#, "", r#"scores={"a":"high"}"#),
        (r#""scores":{"a":1e999}"#, "", r#"scores={"a":1e999}"#),
    ];
    for (fields, expected, kept) in cases {
        for record in [format!(r#"{{"text":"لل بيت 😀!",{fields}}}"#), format!(r#"{{{fields},"text":"لل بيت 😀!"}}"#)]
        {
            let labels = Labels::new();
            let (doc, result) = decode(json!({}), record.as_bytes(), &labels);
            assert!(result.is_ok(), "{record}: {result:?}");
            assert_eq!((&*layers(&doc, &labels), &*meta(&doc)), (expected, kept), "{record}");
            let (doc, _) = decode(json!({"layers": "ignore"}), record.as_bytes(), &labels);
            assert_eq!(layers(&doc, &labels), "", "{record}");
            assert!(!doc.meta().is_empty());
        }
    }
}

#[test]
fn offsets_count_what_the_option_says() {
    // From the emoji to the exclamation mark, after `é😀`.
    for (unit, start, end) in [("char", 1, 3), ("byte", 2, 7), ("utf16", 1, 4)] {
        let record = format!(r#"{{"text":"é😀!","sents":[{{"start":{start},"end":{end}}}]}}"#);
        let labels = Labels::new();
        let (doc, _) = decode(json!({"offsets": unit}), record.as_bytes(), &labels);
        assert_eq!(layers(&doc, &labels), "(😀!)", "{unit}");
    }
}

#[test]
fn a_required_layer_has_to_be_there_and_in_shape() {
    // record, byte, message
    let cases = [
        (
            r#"{"text":"ab","id":"a"}"#,
            0,
            "there is no field `tokens`, which `require` asks for; the record has `text`, `id`",
        ),
        (r#"{"text":"ab","tokens":{},"id":"a"}"#, 22, "field `tokens`: expected a list, found an object"),
        (
            r#"{"text":"ab","tokens":[{"start":0,"end":1},7],"id":"a"}"#,
            43,
            "field `tokens`: item 1: expected an object, found a number",
        ),
        (
            r#"{"text":"ab","tokens":[{"start":0}],"id":"a"}"#,
            23,
            "field `tokens`: item 0: an item has both `start` and `end`",
        ),
        (
            r#"{"text":"ab","tokens":[{"start":0,"end":-1}],"id":"a"}"#,
            40,
            "field `tokens`: item 0: expected a whole number from 0, found -1",
        ),
        (
            r#"{"tokens":[{"start":0,"end":5}],"text":"ab","id":"a"}"#,
            11,
            "field `tokens`: item 0: offset 5 is past the end of the text or inside a character: is `offsets` right?",
        ),
        (
            r#"{"text":"ab","tokens":[{"start":0,"end":1,"text":"b"}],"id":"a"}"#,
            23,
            "field `tokens`: item 0: 0..1 is \"a\" and not \"b\": is `offsets` right?",
        ),
        (
            r#"{"text":"ab","tokens":[{"start":0,"end":2},{"start":1,"end":2}],"id":"a"}"#,
            22,
            "field `tokens`: token 1 at 1..2 begins before byte 2, where the one before it ends (in bytes)",
        ),
        (
            r#"{"text":"ab","tokens":[{"start":0,"end":1,"head":0}],"id":"a"}"#,
            49,
            "field `tokens`: item 0: expected a string, found a number",
        ),
        (
            r#"{"text":"ab","tokens":[{"start":0,"end":1,"words":[{}]}],"id":"a"}"#,
            51,
            "field `tokens`: item 0: item 0: a word has a `form`",
        ),
    ];
    let options = || json!({"require": ["tokens"]});
    for (record, byte, message) in cases {
        let (doc, result) = decode(options(), record.as_bytes(), &Labels::new());
        let error = result.expect_err(record);
        assert_eq!((&*error.reason, error.at, &*error.message), ("json.layer", Some(byte), message), "{record}");
        assert_eq!(doc.id(), "a", "{record}");
    }
    let unit_error =
        decode(options(), br#"{"text":"ab","tokens":[{"start":0,"end":1}}"#, &Labels::new()).1.unwrap_err();
    assert_eq!((&*unit_error.reason, unit_error.at), ("json.syntax", Some(42)), "bad syntax is called that");
    let declared = source(json!({"require": ["tokens", "scores"]}), &Labels::new()).unwrap().layers();
    assert_eq!(declared, Layers::of(&[Layer::Tokens, Layer::Words, Layer::Columns, Layer::Scores]));
}

#[test]
fn options_are_checked() {
    let cases = [
        (json!({"encoding": "latin-9000"}), "`encoding`: there is no encoding `latin-9000`"),
        (json!({"text": ""}), "`text`: it takes the name of a field"),
        (json!({"id": "text"}), "`id`: `text` is the field of `text` already"),
        (json!({"lang": "id"}), "`lang`: `id` is the field of `id` already"),
        (json!({"layers": "ignore", "require": ["spans"]}), "`require`: layers that are ignored cannot be required"),
        (
            json!({"require": ["spans", "ents"]}),
            "`require[1]`: unknown variant `ents`, expected one of `tokens`, `sents`, `spans`, `scores`",
        ),
        (
            json!({"offsets": "grapheme"}),
            "`offsets`: unknown variant `grapheme`, expected one of `char`, `byte`, `utf16`",
        ),
    ];
    for (options, message) in cases {
        assert_eq!(source(options, &Labels::new()).err().unwrap().to_string(), message);
    }
}

/// Records with everything that may stand in them, cut and broken.
fn recordish() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        r#"{"text":"لل بيت 😀!","#,
        r#""text":"x","#,
        r#""id":"a","#,
        r#""id":7,"#,
        r#""lang":"ar","#,
        r#""meta":{"a":1},"#,
        r#""tokens":[{"start":0,"end":2,"id":0,"words":[{"form":"ل"},{"form":"ال","start":1,"end":2}]}],"#,
        r#""tokens":[{"start":3,"end":6,"n":"x"},{"start":7,"end":8}],"#,
        r#""sents":[{"start":2,"end":1}],"#,
        r#""spans":[{"start":4294967295,"end":99999999999999999999,"label":"X"}],"#,
        r#""scores":{"a":1}"#,
        r#""removed":[],"#,
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "\\",
        ":",
        "\\ud800",
        "0",
        "null",
        " ",
    ]);
    let bytes = prop_oneof![
        4 => piece.prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(bytes, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop_oneof![recordish(), prop::collection::vec(any::<u8>(), 0..100)],
        offsets in prop::sample::select(vec!["char", "byte", "utf16"]),
        encoding in prop::sample::select(vec!["utf-8", "windows-1256", "gb18030", "shift_jis", "utf-16le"]),
        require in prop::sample::select(vec![json!([]), json!(["tokens"])]),
        number in 1..3u64,
    ) {
        let options = json!({"offsets": offsets, "encoding": encoding, "require": require, "text": "text", "id": "id"});
        let mut doc = Document::new();
        let record = Record { bytes: &bytes, path: "p", number };
        let result = source(options, &Labels::new()).unwrap().decoder().decode(&record, &mut doc);
        prop_assert!(!doc.id().is_empty());
        if let Err(error) = result {
            prop_assert!(error.at.is_some_and(|at| at <= bytes.len() as u64), "{:?}", error);
        }
    }

    #[test]
    fn what_serde_json_reads_we_read_alike(fields in prop::collection::vec(("[a-z]{1,3}", "\\PC{0,12}"), 0..5), text in "\\PC{0,60}") {
        let mut record = serde_json::Map::new();
        for (key, value) in fields {
            record.insert(key, value.into());
        }
        record.insert("text".into(), text.clone().into());
        record.remove("id");
        let (doc, result) = decode(json!({}), Value::Object(record.clone()).to_string().as_bytes(), &Labels::new());
        prop_assert!(result.is_ok());
        prop_assert_eq!(doc.text(), &text);
        for (key, json) in doc.meta().iter() {
            prop_assert_eq!(&serde_json::from_str::<Value>(json).unwrap(), &record[key]);
        }
        prop_assert_eq!(doc.meta().len(), record.len() - 1);
    }
}

/// Records that once took the square of their length in time.
#[test]
fn offsets_that_jump_about_and_repeated_fields_cost_no_more_than_their_bytes() {
    let begin = std::time::Instant::now();
    let n = 60_000;
    let text = "كلمة ".repeat(n);
    let span = |k: usize| match k % 2 {
        0 => r#"{"start":0,"end":4,"label":"A"}"#.to_owned(),
        _ => format!(r#"{{"start":{},"end":{},"label":"Z"}}"#, 5 * n - 5, 5 * n - 1),
    };
    let spans: Vec<String> = (0..n).map(span).collect();
    let record = format!(r#"{{"text":"{text}","spans":[{}]}}"#, spans.join(","));
    let (doc, result) = decode(json!({"require": ["spans"]}), record.as_bytes(), &Labels::new());
    result.unwrap();
    assert_eq!(doc.spans().len(), n);
    assert_eq!(doc.spans()[n - 1].end as usize, doc.text().len() - 1);

    let repeated = r#","removed":1"#.repeat(n);
    let record = format!(r#"{{"text":"","meta":{{"removed.3":0}}{repeated}}}"#);
    let (doc, result) = decode(json!({}), record.as_bytes(), &Labels::new());
    result.unwrap();
    let names: Vec<&str> = doc.meta().iter().map(|(name, _)| name).take(5).collect();
    assert_eq!(names, ["removed.3", "removed", "removed.2", "removed.4", "removed.5"]);
    assert_eq!(doc.meta().len(), n + 1);
    assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
}
