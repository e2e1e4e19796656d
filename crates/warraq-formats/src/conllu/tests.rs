//! What the CoNLL-U format promises: a table of what is read, a table of what is refused, and the way out and back.

use crate::testing::check_conllu;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::io::Read;
use warraq_core::{
    BuildContext, Changes, Document, EncodeContext, Labels, Layer, Layers, MemoryResources, Record, Result, Sentence,
    Span, Token, TokenKind, Word,
};

fn decode(options: Value, record: &str, labels: &Labels) -> (Document, Result<()>) {
    let mut resources = MemoryResources::new();
    let source = super::build_source(options, &mut BuildContext::new("conllu", labels, &mut resources)).unwrap();
    let mut doc = Document::new();
    let record = Record { bytes: record.as_bytes(), path: "in.conllu", number: 1 };
    let result = source.decoder().decode(&record, &mut doc);
    (doc, result)
}

fn encode(options: Value, doc: &Document, labels: &Labels) -> Result<String> {
    let mut resources = MemoryResources::new();
    let export = super::build_export(options, &mut BuildContext::new("conllu", labels, &mut resources)).unwrap();
    let mut names = labels.names();
    let mut out = Vec::new();
    export.encoder().encode(doc, &mut EncodeContext { labels: &mut names, stages: &[] }, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

const TREE: &str = "\
# newdoc id = d1
# lang = ar
# sent_id = s1
# note = يبقى
# text = وصل للبيت اليوم.
1\tوصل\tوَصَل\tVERB\tV\tAspect=Perf\t0\troot\t_\tVform=x
2-3\tللبيت\t_\t_\t_\tTypo=Yes\t_\t_\t_\tRoot=byt
2\tل\tلِ\tADP\t_\t_\t3\tcase\t_\t_
3\tالبيت\tبيت\tNOUN\t_\tCase=Gen\t1\tobl\t1:obl\tNER=B-LOC
3.1\tx\t_\t_\t_\t_\t_\t_\t1:dep\t_
4\tاليوم\tيوم\tNOUN\t_\t_\t1\tobl\t_\tSpaceAfter=No
5\t.\t.\tPUNCT\t_\t_\t1\tpunct\t_\tSpacesAfter=\\s

# sent_id = s2
# newpar
# text = 10 000 نعم
1\t10 000\t_\tNUM\t_\t_\t2\tnummod\t_\t_
2\tنعم\t_\tINTJ\t_\t_\t0\troot\t_\tSpaceAfter=No

";

#[test]
fn a_tree_becomes_layers() {
    let labels = Labels::new();
    let (doc, result) = decode(json!({}), TREE, &labels);
    result.unwrap();
    assert_eq!((doc.id(), doc.lang()), ("d1", Some("ar")));
    assert_eq!(doc.text(), "وصل للبيت اليوم. 10 000 نعم");
    let slice = |start: u32, end: u32| &doc.text()[start as usize..end as usize];
    let tokens: Vec<&str> = doc.tokens().iter().map(|t| slice(t.start, t.end)).collect();
    assert_eq!(tokens, ["وصل", "للبيت", "اليوم", ".", "10 000", "نعم"]);
    let cell = |layer, name, item| doc.column(layer, labels.get(name)?).and_then(|column| doc.cell(column, item));
    let words: Vec<(u32, &str, Option<&str>)> =
        (0..).zip(doc.words()).map(|(n, w)| (w.token, slice(w.start, w.end), cell(Layer::Words, "form", n))).collect();
    assert_eq!(words[1..3], [(1, "ل", None), (1, "لبيت", Some("البيت"))]);
    for (name, item, value) in [
        ("lemma", 0, Some("وَصَل")),
        ("upos", 0, Some("VERB")),
        ("xpos", 0, Some("V")),
        ("feats", 2, Some("Case=Gen")),
        ("head", 2, Some("1")),
        ("deprel", 4, Some("punct")),
        ("deps", 2, Some("1:obl")),
        ("misc", 0, Some("Vform=x")),
        ("misc", 3, None),
        ("lemma", 5, None),
    ] {
        assert_eq!(cell(Layer::Words, name, item), value, "{name} of word {item}");
    }
    assert_eq!(cell(Layer::Tokens, "misc", 1), Some("Root=byt"));
    let spans: Vec<_> = doc.spans().iter().map(|s| (slice(s.start, s.end), labels.name(s.label).to_string())).collect();
    assert_eq!(spans, [("لبيت", "LOC".to_owned())]);
    assert_eq!(doc.sentences().len(), 2);
}

#[test]
fn a_tree_is_written_as_it_was_read() {
    let labels = Labels::new();
    let (doc, result) = decode(json!({}), TREE, &labels);
    result.unwrap();
    let file = encode(json!({}), &doc, &labels).unwrap();
    check_conllu(&file);
    assert_eq!(file, TREE);
}

#[test]
fn what_is_no_tree_is_refused_with_its_line() {
    let row = |id: &str, form: &str| format!("{id}\t{form}\t_\t_\t_\t_\t_\t_\t_\t_\n");
    let cases = [
        ("1\tكلمة\t_\n".to_owned(), "conllu.columns", 1, "3 columns"),
        (row("1", "a") + "2\tb\t\t_\t_\t_\t_\t_\t_\t_\n", "conllu.columns", 2, "column 3 (LEMMA) is empty"),
        (row("x", "a"), "conllu.id", 1, "`x` is no id"),
        (row("2", "a"), "conllu.id", 1, "word 1 is due"),
        (row("1", "a") + &row("3", "b"), "conllu.id", 2, "word 2 is due"),
        (row("1-1", "a") + &row("1", "a"), "conllu.id", 1, "a later one"),
        (row("1-3", "ab") + &row("1", "a") + &row("2", "b"), "conllu.id", 1, "a token up to word 3"),
        (row("1-2", "ab") + &row("1", "a") + &row("2-3", "b"), "conllu.id", 3, "inside the one before it"),
        (row("1", "a") + &row("1.2", "b"), "conllu.id", 2, "1.1 would be the next one"),
        (row("1", "a") + "# late\n", "conllu.comment", 2, "comments come before"),
        ("# only\n\n".to_owned(), "conllu.no_words", 1, "no word"),
        ("# text = a c\n".to_owned() + &row("1", "a") + &row("2", "b"), "conllu.text", 3, "the form `b`"),
        ("# text = ab\n".to_owned() + &row("1", "a") + &row("2", "b"), "conllu.text", 2, "no white space after `a`"),
        ("# text = a b\n".to_owned() + &row("1", "a"), "conllu.text", 1, "goes on after the last token"),
        (row("1", "a").replace("_\n", "SpacesAfter=x\n"), "conllu.misc", 1, "which is none"),
    ];
    for (record, reason, line, message) in cases {
        let (doc, result) = decode(json!({}), &record, &Labels::new());
        let error = result.unwrap_err();
        assert_eq!((&*error.reason, doc.id()), (reason, "in.conllu#1"), "{record}");
        let place = format!("line {line}: ");
        assert!(error.message.starts_with(&place) && error.message.contains(message), "{record}{}", error.message);
    }
}

#[test]
fn documents_without_tokens_are_refused_with_what_to_add() {
    for (text, reason, help) in [("نص", "conllu.no_tokens", "tokenize.words"), (" ", "conllu.empty", "filter.length")]
    {
        let error = encode(json!({}), &Document::with_text("d", text), &Labels::new()).unwrap_err();
        assert!(error.reason == reason && error.message.contains(help), "{error}");
    }
}

#[test]
fn a_span_of_words_without_a_surface_stays_one() {
    let labels = Labels::new();
    let row = |id: &str, form: &str, misc: &str| format!("{id}\t{form}\t_\t_\t_\t_\t_\t_\t_\t{misc}\n");
    let (tag, other) = ("NER=B-LOC", "SpaceAfter=No|NER=B-LOC");
    let record = row("1-2", "للبيت", "_") + &row("1", "x", "_") + &row("2", "البيت", tag) + &row("3", "مصر", other);
    let (doc, result) = decode(json!({}), &record, &labels);
    result.unwrap();
    let spans: Vec<_> = doc.spans().iter().map(|s| (s.start, s.end)).collect();
    assert_eq!(spans, [(0, 10), (11, 17)]);
    let file = encode(json!({}), &doc, &labels).unwrap();
    let misc: Vec<&str> = file.lines().filter_map(|line| line.split('\t').nth(9)).collect();
    assert_eq!(misc, ["_", "NER=B-LOC", "NER=I-LOC", "SpaceAfter=No|NER=B-LOC"]);
    let (again, result) = decode(json!({}), &file, &labels);
    result.unwrap();
    assert_eq!(again.spans().iter().map(|s| (s.start, s.end)).collect::<Vec<_>>(), spans);
}

#[test]
fn of_spans_that_overlap_the_longest_is_written() {
    let labels = Labels::new();
    let mut doc = Document::with_text("d", "a b c d");
    change(&mut doc, |changes| {
        *changes.tokens() = (0..4).map(|n| Token { start: 2 * n, end: 2 * n + 1, kind: TokenKind::Word }).collect();
        for (start, end, label) in [(0, 3, "X"), (2, 7, "Y"), (4, 5, "Z")] {
            let (label, source) = (labels.intern(label), labels.intern(""));
            changes.spans().push(Span { start, end, label, score: 1.0, source });
        }
    });
    let file = encode(json!({"source_offsets": true}), &doc, &labels).unwrap();
    check_conllu(&file);
    let misc: Vec<&str> = file.lines().filter_map(|line| line.split('\t').nth(9)).collect();
    assert_eq!(misc[0], "SourceStart=0|SourceEnd=1");
    assert_eq!(misc[1..3], ["SourceStart=2|SourceEnd=3|NER=B-Y", "SourceStart=4|SourceEnd=5|NER=I-Y"]);
}

/// Sentences that once took the square of their length in time or memory.
#[test]
fn long_tokens_and_many_empty_nodes_cost_no_more_than_their_bytes() {
    let row = |id: &str, form: &str| format!("{id}\t{form}\t_\t_\t_\t_\t_\t_\t_\t_\n");
    let n = 150_000;
    let nodes: String = (1..=n).map(|node| row(&format!("1.{node}"), "x")).collect();
    let token = "a".repeat(n);
    let words: String = (1..=2 * n).map(|id| row(&id.to_string(), if id <= n { "b" } else { "a" })).collect();
    for (record, words) in [
        (row("1", "a") + &nodes, 1),
        (nodes.replace("1.", "0.") + &row("1", "a"), 1),
        (row(&format!("1-{}", 2 * n), &token) + &words, 2 * n),
    ] {
        let begin = std::time::Instant::now();
        let (doc, result) = decode(json!({}), &record, &Labels::new());
        result.unwrap();
        assert_eq!(doc.words().len(), words);
        assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
    }
}

fn change(doc: &mut Document, fill: impl FnOnce(&mut Changes)) {
    let mut changes = Changes::new();
    fill(&mut changes);
    doc.apply(&mut changes, 0, Layers::ALL).expect("the changes are good");
}

/// A token: its text, the white space after it, whether a sentence ends with it, the forms of its words, and their tag.
type Piece = (String, String, bool, Vec<String>, Option<String>);

fn piece() -> impl Strategy<Value = Piece> {
    let text = prop_oneof![
        4 => "[a-zء-ي]{1,4}",
        1 => "[#_|\\\\=.\u{1}\u{200f}😀-]{1,3}",
        1 => "[a-z]\u{a0}[a-z]|[a-z][ \n\t\r]{1,2}[a-z]|[ \n]x| |x\t",
    ];
    let gap =
        prop_oneof![3 => Just(" ".to_owned()), 2 => Just(String::new()), 1 => "[ \n\r\t\u{a0}\u{2028}\u{b}]{1,3}"];
    let words = prop::collection::vec("[a-zء-ي|]{1,3}", 0..4);
    (text, gap, prop::bool::weighted(0.2), words, prop::option::weighted(0.3, "[A-Z|\\\\ ]{0,2}[A-Z]"))
}

/// What must be the same after the way out and back.
fn contents(doc: &Document, labels: &Labels) -> String {
    let blank = |start: u32, end: u32| doc.text()[start as usize..end as usize].trim().is_empty();
    let tokens: Vec<_> = doc.tokens().iter().filter(|t| !blank(t.start, t.end)).collect();
    let mut out = format!("{:?} {:?}\n{tokens:?}\n", doc.id(), doc.text());
    let cell = |name, n| doc.column(Layer::Words, labels.get(name)?).and_then(|column| doc.cell(column, n));
    for (n, word) in doc.words().iter().enumerate() {
        let surface = &doc.text()[word.start as usize..word.end as usize];
        out += &format!("{:?} {:?}\n", cell("form", n).unwrap_or(surface), cell("upos", n));
    }
    for span in doc.spans() {
        out += &format!("{}..{} {:?}\n", span.start, span.end, labels.name(span.label));
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn what_was_exported_is_valid_and_read_back(lead in "[ \n]{0,2}", pieces in prop::collection::vec(piece(), 1..12)) {
        let labels = Labels::new();
        let mut doc = Document::with_text("d 1", &pieces.iter().fold(lead.clone(), |text, p| text + &p.0 + &p.1));
        let upos = labels.intern("upos");
        let (form, source) = (labels.intern("form"), labels.intern("conllu"));
        change(&mut doc, |changes| {
            let (mut at, mut begin, mut forms) = (lead.len() as u32, None, Vec::new());
            for (n, (text, gap, ends, words, tag)) in pieces.iter().enumerate() {
                let (start, end) = (at, at + text.len() as u32);
                at = end + gap.len() as u32;
                changes.tokens().push(Token { start, end, kind: TokenKind::Word });
                if text.trim().is_empty() {
                    continue;
                }
                begin = begin.or(Some(start));
                if words.len() > 1 {
                    // The first has the whole surface, so that a span of the token is one of its words.
                    let surface = |k: usize| if k == 0 { (start, end) } else { (end, end) };
                    forms.extend(words.iter().cloned().map(Some));
                    changes.words().extend((0..words.len()).map(|k| Word { token: n as u32, start: surface(k).0, end: surface(k).1 }));
                } else {
                    forms.push(None);
                    changes.words().push(Word { token: n as u32, start, end });
                    if let Some(tag) = tag {
                        let label = labels.intern(tag);
                        changes.spans().push(Span { start, end, label, score: f32::NAN, source });
                    }
                }
                if *ends {
                    changes.sentences().push(Sentence { start: begin.take().unwrap_or(start), end });
                }
            }
            let mut column = changes.column(Layer::Words, form);
            forms.iter().for_each(|form| column.push(form.as_deref()));
            let mut column = changes.column(Layer::Words, upos);
            forms.iter().enumerate().for_each(|(n, _)| column.push((n % 3 > 0).then_some("X")));
        });
        prop_assume!(!doc.words().is_empty());
        let file = encode(json!({}), &doc, &labels).unwrap();
        check_conllu(&file);
        let (again, result) = decode(json!({"sentence_separator": "  "}), &file, &labels);
        prop_assert!(result.is_ok(), "{result:?} of {file}");
        prop_assert_eq!(contents(&again, &labels), contents(&doc, &labels), "{}", file);
        prop_assert_eq!(encode(json!({}), &again, &labels).unwrap(), file);
    }

    #[test]
    fn no_bytes_make_it_panic(record in "([0-9.-]{1,3}\t[a-z_#= \\\\]{0,3}(\t[a-z_=|\\\\]{0,4}){7,9}\n|\n|# [a-z= ]{0,9}\n){0,8}") {
        let labels = Labels::new();
        let (doc, result) = decode(json!({}), &record, &labels);
        if result.is_ok() {
            check_conllu(&encode(json!({}), &doc, &labels).unwrap());
        }
    }
}

/// Treebanks that are not part of the repository: read without an error, written, held to the rules and read again.
#[test]
fn real_treebanks_go_out_and_come_back() {
    let folder = match std::env::var_os("WARRAQ_SHARED") {
        Some(folder) => std::path::PathBuf::from(folder),
        None => std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let Ok(entries) = std::fs::read_dir(folder.join("data/ud")) else {
        eprintln!("skipped: there is no folder {}", folder.display());
        return;
    };
    for path in entries.map(|entry| entry.unwrap().path()).filter(|path| path.to_string_lossy().ends_with(".conllu.gz"))
    {
        let mut text = String::new();
        flate2::read::MultiGzDecoder::new(std::fs::File::open(&path).unwrap()).read_to_string(&mut text).unwrap();
        let labels = Labels::new();
        let (doc, result) = decode(json!({}), &text, &labels);
        assert!(result.is_ok(), "{}: {result:?}", path.display());
        let file = encode(json!({}), &doc, &labels).unwrap();
        check_conllu(&file);
        let rows = |file: &str| -> Vec<String> {
            file.lines()
                .filter(|line| line.contains('\t'))
                .map(|line| line.rsplit_once('\t').unwrap().0.into())
                .collect()
        };
        let (before, after) = (rows(&text), rows(&file));
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before, after, "{}", path.display());
        }
        assert_eq!(before.len(), after.len(), "{}", path.display());
        let (again, result) = decode(json!({}), &file, &labels);
        assert!(result.is_ok(), "{}: {result:?}", path.display());
        assert_eq!(contents(&again, &labels), contents(&doc, &labels), "{}", path.display());
    }
}
