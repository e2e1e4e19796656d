//! Training and measuring models, and using them: `train`, `eval` and the stages that take a model.

use crate::case::{Case, slice};
use serde_json::{Value, json};

/// Records of JSON Lines with tokens, words and tags, from sentences as `token=word+word/TAG`.
fn treebank(sentences: &[&str]) -> String {
    let mut records = String::new();
    for (n, sentence) in sentences.iter().enumerate() {
        let (mut text, mut tokens) = (String::new(), Vec::new());
        for entry in sentence.split(' ') {
            let (entry, tag) = entry.rsplit_once('/').unwrap_or((entry, "X"));
            let (token, words) = entry.split_once('=').unwrap_or((entry, entry));
            let start = text.chars().count();
            text += token;
            let end = text.chars().count();
            let words: Vec<Value> = words.split('+').map(|form| json!({"form": form, "upos": tag})).collect();
            tokens.push(json!({"start": start, "end": end, "words": words}));
            text.push(' ');
        }
        records += &format!("{}\n", json!({"id": n.to_string(), "text": text, "tokens": tokens}));
    }
    records
}

const SENTENCES: &[&str] = &[
    "وكتب=و+كتب/VERB الولد/NOUN درسه=درس+ه/NOUN",
    "وقرأ=و+قرأ/VERB المعلم/NOUN كتابه=كتاب+ه/NOUN",
    "وعاد=و+عاد/VERB الصياد/NOUN للبيت=ل+البيت/NOUN",
    "وباع=و+باع/VERB سمكه=سمك+ه/NOUN للقرية=ل+القرية/NOUN",
    "ووصل=و+وصل/VERB قاربه=قارب+ه/NOUN للمدينة=ل+المدينة/NOUN",
    "باع/VERB درس/NOUN كتاب/NOUN سمك/NOUN قارب/NOUN للسوق=ل+السوق/NOUN",
];

#[test]
fn a_segmenter_is_trained_measured_and_used() {
    let case = Case::new(
        r#"
[[source]]
use = "text"
paths = ["in.txt"]
[[stage]]
use = "tokenize.words"
[[stage]]
use = "tokenize.segment-ar"
model = "words.model"
[[export]]
use = "jsonl"
path = "out/docs.jsonl"
"#,
    )
    .file("bank.jsonl", treebank(SENTENCES))
    .file("in.txt", "وقارب درسه");
    let train = |out: &str| {
        case.command(&[
            "train",
            "segmenter",
            "--data",
            "bank.jsonl",
            "--dev",
            "bank.jsonl",
            "--name",
            "n",
            "--out",
            out,
        ])
    };
    let trained = train("words.model").ends(0);
    assert!(trained.stderr.contains("epoch 8: ") && trained.stderr.contains("dev P "), "{}", trained.stderr);
    assert_eq!(trained.stdout, "");
    assert!(trained.bytes("words.model") == train("again.model").ends(0).bytes("again.model"), "same data, same bytes");

    let measured = case.command(&["eval", "words.model", "bank.jsonl"]).ends(0);
    assert!(measured.stdout.contains("F1 100.00"), "{}", measured.stdout);

    let doc = &case.run().ends(0).docs()[0];
    let words: Vec<&str> = (doc["tokens"].as_array().unwrap().iter())
        .flat_map(|token| token["words"].as_array().unwrap())
        .map(|word| word["form"].as_str().unwrap())
        .collect();
    assert_eq!(words, ["و", "قارب", "درس", "ه"]);
    assert_eq!(slice(doc["text"].as_str().unwrap(), 0, 5), "وقارب");
}

#[test]
fn a_tagger_is_trained_and_measured() {
    let case = Case::new("").file("bank.jsonl", treebank(SENTENCES));
    case.command(&["train", "tagger", "--data", "bank.jsonl", "--out", "tags.model"]).ends(0);
    let measured = case.command(&["eval", "tags.model", "bank.jsonl"]).ends(0);
    assert!(measured.stdout.starts_with("upos  P 100.00"), "{}", measured.stdout);
}

#[test]
fn what_cannot_be_trained_on_or_used_is_said() {
    let plain = "{\"id\":\"a\",\"text\":\"b\"}\n";
    let case = Case::new("").file("plain.jsonl", plain).file("broken.jsonl", format!("{plain}{{")).file("a.xyz", "");
    for (args, code, expected) in [
        (&["train", "tagger", "--data", "plain.jsonl", "--out", "m"][..], 4, "error: the training data have no tokens"),
        (&["train", "tagger", "--data", "broken.jsonl", "--out", "m"], 74, "error: broken.jsonl:2: "),
        (&["train", "tagger", "--data", "none.jsonl", "--out", "m"], 74, "error: none.jsonl: "),
        (&["train", "tagger", "--data", "a.xyz", "--out", "m"], 2, "error: a.xyz: its name does not say which format"),
        (
            &["train", "tagger", "--data", "plain.jsonl", "--out", "m", "--hints", "x"],
            2,
            "error: `--hints` is for entities",
        ),
        (&["eval", "plain.jsonl", "plain.jsonl"], 2, "error: plain.jsonl: this is not a model of `warraq train`"),
        (&["eval", "none.model", "plain.jsonl"], 74, "error: none.model: "),
    ] {
        let run = case.command(args).ends(code);
        assert!(run.stderr.contains(expected), "{args:?}: {}", run.stderr);
        assert!(run.files(".").iter().all(|name| !name.starts_with('m')), "nothing half is left");
    }
}
