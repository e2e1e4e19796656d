//! The bytes that come out depend on the pipeline and the input alone.

use crate::case::{Case, Run, gzip, json_lines, zstd};
use serde_json::Value;
use std::fmt::Write;
use std::io::Read;

/// Texts of different sizes and scripts, the same ones every time.
struct Writer(u64);

impl Writer {
    fn below(&mut self, n: u64) -> u64 {
        // Knuth's MMIX generator: good enough to look irregular.
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % n
    }

    fn text(&mut self) -> String {
        const WORDS: &[&str] = &[
            "السوق",
            "القديم،",
            "وقال",
            "مُحَمَّدٌ",
            "فتحـــت",
            "في",
            "12,5",
            "أبوابها.\\n",
            "market",
            "l’été",
            "٢٠٢٤",
            "بتونس",
            "😀",
            "\u{a0}",
            "  ",
            "https://example.org/a?b=1",
            "والكتاب",
            "گرم",
            "\u{200f}«نص»",
            "...",
        ];
        let most = if self.below(40) == 0 { 4000 } else { 150 };
        let words = 3 + self.below(most);
        let mut text = String::new();
        for _ in 0..words {
            text += WORDS[self.below(WORDS.len() as u64) as usize];
            text.push(' ');
        }
        text
    }

    /// So many JSON lines, some of them bad or blank, with the ids of the good ones.
    fn jsonl(&mut self, name: &str, documents: usize, line_end: &str, ids: &mut Vec<String>) -> String {
        let mut lines = String::new();
        for n in 0..documents {
            let text = self.text();
            match self.below(50) {
                0 => lines += line_end,
                1 => write!(lines, "{{\"id\":\"{name}-{n}\",\"text\":\"{text}{line_end}").unwrap(),
                2 => write!(lines, "[\"{text}\"]{line_end}").unwrap(),
                _ => {
                    write!(lines, r#"{{"id":"{name}-{n}","n":{n},"text":"{text}"}}{line_end}"#).unwrap();
                    ids.push(format!("{name}-{n}"));
                }
            }
        }
        lines
    }
}

/// Splits bytes at places that care for no line, and compresses each part by itself.
fn members(bytes: &[u8], compress: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let cut = bytes.len() / 3 + 1;
    bytes.chunks(cut).flat_map(compress).chain(compress(b"")).collect()
}

const PIPELINE: &str = r#"
[run]
errors = "100%"
[[source]]
paths = ["a.jsonl", "b.jsonl.gz", "c.jsonl.zst"]
[[source]]
use = "text"
paths = ["texts/*.txt"]
[[source]]
use = "text"
document = "line"
paths = ["lines.txt.gz", "empty.txt", "blank.txt"]
[[stage]]
use = "clean.whitespace"
[[stage]]
use = "tokenize.words"
[[stage]]
use = "filter.length"
min_words = 8
[[export]]
use = "jsonl"
path = "out/docs.jsonl"
fields = ["id", "text", "meta", "spans", "removed", "scores"]
[[export]]
use = "jsonl"
path = "out/tokens.jsonl.zst"
fields = ["id", "tokens"]
[[export]]
path = "out/raw.jsonl.gz"
after = "clean.whitespace"
fields = ["id", "text"]
"#;

/// Several megabytes in every form a source comes in; the ids of what can be read, in order; the number of blank lines.
fn corpus() -> (Case, Vec<String>, usize) {
    let (mut writer, mut ids) = (Writer(7), Vec::new());
    let a = writer.jsonl("a", 1200, "\r\n", &mut ids);
    let b = writer.jsonl("b", 700, "\n", &mut ids);
    let c = writer.jsonl("c", 700, "\n", &mut ids);
    let blank = [a.trim_end(), &b, &c, "\n \n"]
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| line.trim().is_empty())
        .count();
    let mut case = Case::new(PIPELINE)
        .file("a.jsonl", format!("\u{feff}{}", a.trim_end()))
        .file("b.jsonl.gz", members(b.as_bytes(), gzip))
        .file("c.jsonl.zst", members(c.as_bytes(), zstd));
    for n in 0..12 {
        case = case.file(&format!("texts/{n:02}.txt"), writer.text().replace("\\n", "\r\n"));
        ids.push(format!("texts/{n:02}.txt#1"));
    }
    let lines: Vec<String> = (0..200).map(|_| writer.text().replace("\\n", " ")).collect();
    ids.extend((1..=200).map(|n| format!("lines.txt.gz#{n}")));
    let case =
        case.file("lines.txt.gz", gzip(lines.join("\n").as_bytes())).file("empty.txt", "").file("blank.txt", "\n \n");
    (case, ids, blank)
}

const OUTPUTS: &[&str] = &["docs.jsonl", "tokens.jsonl.zst", "raw.jsonl.gz", "rejects.jsonl"];

/// The report without what may differ: the clock, and the folder.
fn report(run: &Run, folder: &str) -> String {
    let mut report = run.report(&format!("{folder}/report.json"));
    report.as_object_mut().unwrap().remove("timing");
    report.to_string().replace(&format!("{folder}/"), "out/")
}

#[test]
fn threads_and_window_change_no_byte() {
    let (case, ids, blank) = corpus();
    let reference = case.run().ends(0);
    let outputs =
        |run: &Run, folder: &str| OUTPUTS.iter().map(|name| run.bytes(&format!("{folder}/{name}"))).collect::<Vec<_>>();
    let expected = outputs(&reference, "out");

    // Output order is input order: what was read is what the branch before the filter has.
    let mut raw = Vec::new();
    flate2::read::MultiGzDecoder::new(&*expected[2]).read_to_end(&mut raw).unwrap();
    let id = |doc: &Value| doc["id"].as_str().unwrap().to_owned();
    assert_eq!(json_lines(&raw).iter().map(id).collect::<Vec<_>>(), ids);
    // Exports agree with each other, and compressed ones are read by anyone.
    let kept = reference.ids("out/docs.jsonl");
    let tokens = json_lines(&zstd::decode_all(&*expected[1]).unwrap());
    assert_eq!(tokens.iter().map(id).collect::<Vec<_>>(), kept);
    assert!(raw.len() > 3 << 20, "several chunks: {}", raw.len());
    let dropped = reference.rejects().iter().filter(|r| r["verdict"] == "dropped").count();
    assert!(dropped > 10 && kept.len() + dropped == ids.len(), "every document is in one place");
    assert_eq!(reference.report("out/report.json")["ledger"]["blank"], blank);

    let expected_report = report(&reference, "out");
    let mut runs = 0;
    for threads in ["1", "2", "7"] {
        for window in ["64KiB", "1MiB", "64MiB"] {
            runs += 1;
            let out = format!("out{runs}");
            let args = ["run", "p.toml", "--threads", threads, "--window", window, "--out", &out, "--quiet"];
            let run = case.command(&args).ends(0);
            assert!(outputs(&run, &out) == expected, "{threads} threads, window {window}");
            assert_eq!(report(&run, &out), expected_report, "{threads} threads, window {window}");
            assert!(run.stdout.is_empty() && run.stderr.is_empty(), "--quiet says nothing");
        }
    }
}

#[test]
fn standard_input_gives_what_the_file_gives() {
    let mut writer = Writer(3);
    let lines = writer.jsonl("d", 900, "\n", &mut Vec::new());
    let stages = "[run]\nerrors = \"100%\"\nrecord_limit = \"20 kB\"\n[[stage]]\nuse = \"clean.whitespace\"\n";
    for bytes in [lines.as_bytes().to_vec(), gzip(lines.as_bytes()), zstd(lines.as_bytes())] {
        let from_file = Case::stages(stages).file("in.jsonl", &bytes).run().ends(0);
        let from_stdin = Case::stages(stages).args(&["-"]).stdin(bytes.clone()).run().ends(0);
        assert!(from_file.bytes("out/docs.jsonl") == from_stdin.bytes("out/docs.jsonl"));
        // Places and default ids have the input's name in them.
        let renamed = String::from_utf8(from_stdin.bytes("out/rejects.jsonl")).unwrap();
        let renamed =
            renamed.replace(r#""path":"-""#, r#""path":"in.jsonl""#).replace(r#""id":"-#"#, r#""id":"in.jsonl#"#);
        assert!(renamed == String::from_utf8(from_file.bytes("out/rejects.jsonl")).unwrap());
        let input = |run: &Run| run.report("out/report.json")["inputs"][0]["sha256"].clone();
        assert_eq!(input(&from_file), input(&from_stdin));
        assert!(input(&from_file).is_string());
    }
}

#[test]
fn standard_output_gives_what_the_file_gives() {
    let input = "{\"text\":\"a\"}\n{\"text\":\"b\"}\n";
    let to_file = Case::stages("").file("in.jsonl", input).run().ends(0);
    let case = Case::stages("").file("in.jsonl", input).args(&["--set", "export.0.path=-", "--out", "out"]);
    let to_stdout = case.run().ends(0);
    assert_eq!(to_stdout.stdout.as_bytes(), to_file.bytes("out/docs.jsonl"));
    assert!(to_stdout.stderr.contains("read 2 = kept 2"), "the account is on standard error");
}

#[test]
fn a_limit_takes_the_first_documents_whatever_the_threads() {
    let (case, ..) = corpus();
    for limit in [0, 1, 5, 1500, 2600, 1_000_000] {
        let run = |threads: &str| {
            let run = case.command(&["run", "p.toml", "--limit", &limit.to_string(), "--threads", threads]).ends(0);
            let read = run.report("out/report.json")["ledger"]["read"].as_u64().unwrap();
            (read, OUTPUTS.iter().map(|name| run.bytes(&format!("out/{name}"))).collect::<Vec<_>>())
        };
        if limit > 1500 {
            assert!(run("2").0 <= limit);
            continue;
        }
        let (one, seven) = (run("1"), run("7"));
        assert_eq!(one.0, limit, "bad records count, blank lines do not");
        assert!(one == seven, "limit {limit}");
    }
}
