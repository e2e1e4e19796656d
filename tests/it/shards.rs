//! `--shard i/n`: one after the other, the outputs of all shards are those of one run.

use crate::case::{Case, gzip};

/// Records of different lengths, with blank lines, broken ones and no line feed at the end.
fn lines(records: usize, name: &str) -> String {
    let record = |n: usize| match n % 13 {
        5 => "\n".to_owned(),
        7 => format!("{{\"id\":\"{name}{n}\"}}\n"),
        3 | 11 => format!("{{\"id\":\"{name}{n}\",\"lang\":\"ar\",\"text\":\"كتاب\"}}\n"),
        _ => format!("{{\"id\":\"{name}{n}\",\"text\":\"{}\"}}\n", "كتاب ".repeat(n % 29)),
    };
    let text: String = (0..records).map(record).collect();
    text.trim_end().to_owned()
}

fn treebank(sentences: usize) -> String {
    let sentence = |n: usize| {
        let head = if n.is_multiple_of(4) { format!("# newdoc id = t{n}\n") } else { String::new() };
        format!("{head}# sent_id = {n}\n# text = كتاب\n1\tكتاب\tكتاب\tNOUN\t_\t_\t0\troot\t_\t_\n\n")
    };
    (0..sentences).map(sentence).collect()
}

const PIPELINE: &str = r#"
run = { errors = "100%" }
[[source]]
use = "jsonl"
paths = ["a.jsonl", "b.jsonl", "c.jsonl.gz"]
[[source]]
paths = ["d.conllu"]
[[source]]
use = "text"
paths = ["e.txt", "f.txt"]
document = "line"
[[stage]]
use = "clean.whitespace"
[[export]]
path = "out/docs-{shard}.jsonl"
[[export]]
path = "out/arabic-{shard}.jsonl"
where = { lang = "ar" }
[rejects]
path = "out/rejects-{shard}.jsonl"
"#;

fn case() -> Case {
    Case::new(PIPELINE)
        .file("a.jsonl", lines(300, "a"))
        .file("b.jsonl", "")
        .file("c.jsonl.gz", gzip(lines(40, "c").as_bytes()))
        .file("d.conllu", treebank(200))
        .file("e.txt", "one\ntwo\n\nthree")
        .file("f.txt", "x".repeat(3000) + "\nlast\n")
}

#[test]
fn shards_one_after_the_other_are_the_whole() {
    let whole = case().run().ends(0);
    let read = whole.report("out/report.json")["ledger"]["read"].as_u64().unwrap();
    assert!(read > 300 && whole.lines("out/arabic-0.jsonl").len() > 40);
    for count in [1, 2, 3, 4, 7, 23] {
        let case = case();
        let width = (count - 1_u64).to_string().len();
        let (mut docs, mut arabic, mut rejects, mut total) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for index in 0..count {
            let run = case.command(&["run", "p.toml", "--shard", &format!("{index}/{count}")]).ends(0);
            let name = format!("{index:0width$}");
            docs.extend(run.bytes(&format!("out/docs-{name}.jsonl")));
            arabic.extend(run.bytes(&format!("out/arabic-{name}.jsonl")));
            rejects.extend(run.bytes(&format!("out/rejects-{name}.jsonl")));
            total += run.report(&format!("out/report-{name}.json"))["ledger"]["read"].as_u64().unwrap();
        }
        assert_eq!(total, read, "{count} shards");
        assert!(docs == whole.bytes("out/docs-0.jsonl"), "{count} shards");
        assert!(rejects == whole.bytes("out/rejects-0.jsonl"), "{count} shards");
        assert!(arabic == whole.bytes("out/arabic-0.jsonl"), "{count} shards");
    }
}

/// Whatever is beside an export is in its folder, also where the shard is part of its name.
#[test]
fn a_shard_can_have_a_folder_of_its_own() {
    let pipeline =
        "run = { errors = 9 }\n[[source]]\npaths = [\"in.jsonl\"]\n[[export]]\npath = \"out/{shard}/docs.jsonl\"\n";
    let case = Case::new(pipeline).file("in.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\"}\nnone\n");
    for (args, folder, files) in [
        (&["--shard", "1/2"][..], "out/1", ["docs.jsonl", "rejects-1.jsonl", "report-1.json"]),
        (&[], "out/0", ["docs.jsonl", "rejects.jsonl", "report.json"]),
    ] {
        let run = case.command(&[&["run", "p.toml"], args].concat()).ends(0);
        assert_eq!(run.files(folder), files);
        assert_eq!(run.files("out").len(), 1, "{:?}", run.files("out"));
        std::fs::remove_dir_all(case.path("out")).unwrap();
    }
}

#[test]
fn all_shards_write_to_files_of_their_own() {
    let case = Case::stages("").file("in.jsonl", "{\"text\":\"one\"}\n");
    let run = case.command(&["run", "p.toml", "--shard", "1/2"]).ends(78);
    assert!(run.stderr.contains("all shards would write to the same file"), "{}", run.stderr);
    assert!(run.stderr.contains("the path needs `{shard}`"), "{}", run.stderr);
    for (shard, why) in [("2/2", "expected a shard such as `0/4`"), ("x", "expected a shard such as `0/4`")] {
        let run = case.command(&["run", "p.toml", "--shard", shard]).ends(2);
        assert!(run.stderr.contains(why), "{}", run.stderr);
    }
    let stdin = Case::new("[[source]]\nuse = \"jsonl\"\npaths = [\"-\"]\n[[export]]\npath = \"out/{shard}.jsonl\"\n");
    let run = stdin.command(&["run", "p.toml", "--shard", "0/2"]).ends(74);
    assert!(run.stderr.contains("standard input cannot be divided into shards"), "{}", run.stderr);
}
