//! Training and measuring models, and using them: `train`, `eval` and the stages that take a model.

use crate::case::{Case, gzip, slice, zstd};
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

/// The same in CoNLL-U, a document a sentence.
fn conllu(sentences: &[&str]) -> String {
    let mut file = String::new();
    for (n, sentence) in sentences.iter().enumerate() {
        file += &format!("# newdoc id = {n}\n");
        let mut id = 0;
        for entry in sentence.split(' ') {
            let (entry, tag) = entry.rsplit_once('/').unwrap_or((entry, "X"));
            let (token, words) = entry.split_once('=').unwrap_or((entry, entry));
            let words: Vec<&str> = words.split('+').collect();
            if words.len() > 1 {
                file += &format!("{}-{}\t{token}{}\n", id + 1, id + words.len(), "\t_".repeat(8));
            }
            for word in words {
                id += 1;
                file += &format!("{id}\t{word}\t_\t{tag}{}\n", "\t_".repeat(6));
            }
        }
        file.push('\n');
    }
    file
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
fn a_treebank_teaches_the_same_in_whatever_file_it_comes() {
    let file = conllu(SENTENCES);
    let (first, second) = file.split_at(file.find("# newdoc id = 3").unwrap());
    let case = Case::new("")
        .file("bank.jsonl", treebank(SENTENCES))
        .file("bank.conllu", &file)
        .file("bank.conllu.gz", gzip(file.as_bytes()))
        .file("first.conllu", first)
        .file("second.conllu", second.replace('\n', "\r\n"));
    for kind in ["segmenter", "tagger"] {
        let train = |out: &str, files: &[&str]| {
            let mut args = vec!["train", kind, "--name", "n", "--out", out];
            files.iter().for_each(|file| args.extend(["--data", file]));
            let run = case.command(&args).ends(0);
            assert!(run.stderr.starts_with("6 documents, 21 tokens\n"), "{}", run.stderr);
            run.bytes(out)
        };
        let expected = train("a.model", &["bank.jsonl"]);
        for files in [&["bank.conllu"][..], &["bank.conllu.gz"], &["first.conllu", "second.conllu"]] {
            assert!(train("b.model", files) == expected, "{kind} from {files:?}");
        }
        let measured = case.command(&["eval", "b.model", "first.conllu", "second.conllu"]).ends(0);
        assert!(measured.stdout.contains("F1 100.00"), "{}", measured.stdout);
    }
}

#[test]
fn entities_are_learned_from_tags_in_either_format() {
    let tagged = |sentence: &str| -> Vec<(String, String)> {
        let split =
            |entry: &str| entry.split_once('/').map_or((entry.into(), "O".into()), |(a, b)| (a.into(), b.into()));
        sentence.split(' ').map(split).collect()
    };
    let (mut bio, mut bank) = (String::new(), String::new());
    for sentence in ["سافر أحمد/B-PER إلى تونس/B-LOC", "زار عمر/B-PER المختار/I-PER طرابلس/B-LOC", "نام الولد في البيت"]
    {
        bio += "-DOCSTART- O\n\n";
        bank += "# newdoc\n";
        for (n, (token, tag)) in tagged(sentence).iter().enumerate() {
            bio += &format!("{token} {tag}\n");
            let misc = if tag == "O" { "_".into() } else { format!("NER={tag}") };
            bank += &format!("{}\t{token}{}\t{misc}\n", n + 1, "\t_".repeat(7));
        }
        bio.push('\n');
        bank.push('\n');
    }
    let pipeline = r#"
[[source]]
use = "bio"
paths = ["names.bio"]
[[stage]]
use = "tag.entities"
model = "names.model"
[[export]]
use = "jsonl"
path = "out/docs.jsonl"
"#;
    let case = Case::new(pipeline).file("names.bio", &bio).file("names.conllu", &bank);
    let train = |file, out| {
        let run = case.command(&["train", "entities", "--name", "n", "--data", file, "--out", out]).ends(0);
        assert!(run.stderr.starts_with("3 documents, 12 tokens\n"), "{}", run.stderr);
        run.bytes(out)
    };
    assert!(train("names.bio", "names.model") == train("names.conllu", "again.model"), "same data, same bytes");
    for gold in ["names.bio", "names.conllu"] {
        let measured = case.command(&["eval", "names.model", gold]).ends(0);
        assert!(measured.stdout.starts_with("entities  P 100.00  R 100.00  F1 100.00"), "{}", measured.stdout);
    }
    let doc = &case.run().ends(0).docs()[1];
    let text = doc["text"].as_str().unwrap();
    let mut found: Vec<(&str, &str, &str)> = (doc["spans"].as_array().unwrap().iter())
        .map(|span| {
            let place = |key: &str| span[key].as_u64().unwrap();
            let name = |key: &str| span[key].as_str().unwrap();
            (name("source"), name("label"), slice(text, place("start"), place("end")))
        })
        .collect();
    found.sort_unstable();
    let (per, loc) = ("عمر المختار", "طرابلس");
    assert_eq!(
        found,
        [("bio", "LOC", loc), ("bio", "PER", per), ("tag.entities", "LOC", loc), ("tag.entities", "PER", per)]
    );
}

#[test]
fn what_cannot_be_trained_on_or_used_is_said() {
    let plain = "{\"id\":\"a\",\"text\":\"b\"}\n";
    let good = conllu(&["أ/X ب/Y"]);
    let case = Case::new("")
        .file("plain.jsonl", plain)
        .file("broken.jsonl", format!("{plain}{{"))
        .file("broken.conllu", format!("{good}{good}1\ta\n"))
        .file("broken.bio", "أ O\n\nب\n")
        .file("a.xyz", "");
    for (args, code, expected) in [
        (&["train", "tagger", "--data", "plain.jsonl", "--out", "m"][..], 4, "error: the training data have no tokens"),
        (&["train", "tagger", "--data", "broken.jsonl", "--out", "m"], 74, "error: broken.jsonl:2: "),
        (&["train", "tagger", "--data", "broken.conllu", "--out", "m"], 74, "error: broken.conllu: line 9: "),
        (&["train", "entities", "--data", "broken.bio", "--out", "m"], 74, "error: broken.bio: line 3: `ب` has no tag"),
        (&["eval", "plain.jsonl", "broken.conllu"], 74, "error: broken.conllu: line 9: "),
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

/// Neither what a file expands to nor a line of it is taken without a limit.
#[test]
fn a_line_without_end_is_refused() {
    let line = vec![b'x'; (64 << 20) + 2];
    let case = Case::new("").file("bomb.jsonl.zst", zstd(&line)).file("long.jsonl", line);
    for (file, why) in
        [("long.jsonl", "line 1 has more than 67108864 bytes"), ("bomb.jsonl.zst", "more than 1000 times as many")]
    {
        let run = case.command(&["train", "tagger", "--data", file, "--out", "m"]).ends(74);
        assert!(run.stderr.contains(why), "{}", run.stderr);
    }
}
