//! Every limit of `[run]` hit: what is said, what is lost (as little as can be) and that threads make no difference. The page
//! `docs/limits.md` names them all.

use crate::case::{BOTH_ENDS, Case, Run, gzip, zstd};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn lines(documents: impl IntoIterator<Item = Value>) -> String {
    documents.into_iter().map(|document| format!("{document}\n")).collect()
}

fn document(id: impl Into<Value>, text: &str) -> Value {
    json!({ "id": id.into(), "text": text })
}

/// So many lines of a mebibyte of nothing.
fn blanks(lines: usize) -> Vec<u8> {
    let line = [&vec![b' '; (1 << 20) - 1][..], b"\n"].concat();
    line.repeat(lines)
}

/// Of each reject: id, stage, reason.
fn fates(run: &Run) -> Vec<(String, String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    run.rejects().iter().map(|r| (word(&r["id"]), word(&r["stage"]), word(&r["reason"]))).collect()
}

fn fate(id: &str, stage: &str, reason: &str) -> (String, String, String) {
    (id.to_owned(), stage.to_owned(), reason.to_owned())
}

#[test]
fn a_decompression_bomb_is_an_error_of_its_input() {
    let good = lines([document("one", "نص"), document("two", "نص آخر")]);
    let bomb = [good.as_bytes(), &blanks(60)].concat();
    let pipeline = BOTH_ENDS.replace(r#"["in.jsonl"]"#, r#"["a.jsonl", "bomb.*", "z.jsonl"]"#);
    // gzip makes no more than 1032 bytes of one.
    for (name, bytes, limit) in [("bomb.jsonl.zst", zstd(&bomb), 1000), ("bomb.jsonl.gz", gzip(&bomb), 100)] {
        let set = format!("run.expansion_limit={limit}");
        let case = Case::new(&pipeline).file("a.jsonl", lines([document("zero", "x")])).file(name, &bytes);
        let case = case.file("z.jsonl", lines([document("never", "x")]));
        let run = case.command(&["run", "p.toml", "--set", &set]).ends(74);
        for words in
            [&format!("input {name}: byte "), &format!("more than {limit} times as many"), "`run.expansion_limit`"]
        {
            assert!(run.stderr.contains(words), "{words} is not in:\n{}", run.stderr);
        }
        assert_eq!(run.files("out"), ["report.json"], "nothing was published");
        let report = run.report("out/report.json");
        assert_eq!(report["ledger"]["read"], 3, "what was read before stays on the account: {report}");
        let blank = report["ledger"]["blank"].as_u64().unwrap();
        assert!((1..60).contains(&blank), "it was stopped on the way: {blank}");
        // Who trusts the input says so.
        let run = case.command(&["run", "p.toml", "--set", "run.expansion_limit=1000000"]).ends(0);
        assert_eq!(run.ids("out/docs.jsonl"), ["zero", "one", "two", "never"]);
    }
}

#[test]
fn what_is_small_may_expand_as_it_likes() {
    let small = [lines([document("one", "نص")]).as_bytes(), &blanks(15)].concat();
    let pipeline = BOTH_ENDS.replace("in.jsonl", "in.jsonl.zst");
    Case::new(&format!("[run]\nexpansion_limit = 1\n{pipeline}")).file("in.jsonl.zst", zstd(&small)).run().ends(0);
    let plain = [lines([document("one", "نص")]).as_bytes(), &blanks(40)].concat();
    Case::stages("[run]\nexpansion_limit = 1\n").file("in.jsonl", plain).run().ends(0);
}

#[test]
fn an_export_that_is_a_bomb_is_not_compared() {
    let bomb = [lines([document("one", "نص")]).as_bytes(), &blanks(60)].concat();
    let case = Case::stages("").file("a.jsonl.zst", zstd(&bomb)).file("b.jsonl", lines([document("one", "نص")]));
    let run = case.command(&["diff", "a.jsonl.zst", "b.jsonl"]).ends(74);
    assert!(
        run.stderr.contains("more than 1000 times as many: if that is meant, decompress it first"),
        "{}",
        run.stderr
    );
}

/// Three tokens, two words, one sentence.
const FEW: &str = "Rain fell.";
/// Five words, three sentences.
const MANY: &str = "It rains. We stay. Done";

/// Stages that make items, and a limit that the second document of three is past.
const ITEMS: &[(&str, &str, &str, &str)] = &[
    ("token_limit = 3", "[[stage]]\nuse = \"tokenize.words\"\n", "tokenize.words", "limit.tokens"),
    ("token_limit = 1", "[[stage]]\nuse = \"tokenize.sentences\"\n", "tokenize.sentences", "limit.sentences"),
    (
        "span_limit = 3",
        "[[stage]]\nuse = \"tag.regex\"\npatterns = [{ label = 'X', pattern = '\\p{L}+' }]\n",
        "tag.regex",
        "limit.spans",
    ),
    (
        "span_limit = 5",
        "[[stage]]\nuse = \"tag.regex\"\nname = \"first\"\npatterns = [{ label = 'X', pattern = '\\p{L}+' }]\n\
         [[stage]]\nuse = \"tag.regex\"\nname = \"second\"\npatterns = [{ label = 'Y', pattern = '\\p{L}+' }]\n",
        "second",
        "limit.spans",
    ),
];

#[test]
fn a_document_with_too_many_items_fails_alone_and_whole() {
    for (limit, stages, stage, reason) in ITEMS {
        let input = lines([document("few", FEW), document("many", MANY), document("after", FEW)]);
        let case = Case::stages(&format!("[run]\n{limit}\n{stages}")).file("in.jsonl", input);
        let mut bytes = Vec::new();
        for threads in ["1", "2", "4"] {
            let run = case.command(&["run", "p.toml", "--threads", threads]).ends(5);
            assert_eq!(run.ids("out/docs.jsonl"), ["few", "after"], "{limit}");
            assert_eq!(fates(&run), [fate("many", stage, reason)]);
            let reject = &run.rejects()[0];
            let option = limit.split(' ').next().unwrap();
            let message = reject["message"].as_str().unwrap();
            assert!(message.contains(&format!("`run.{option}` is ")), "{message}");
            assert_eq!(reject["record"], document("many", MANY), "the record is kept");
            bytes.push([run.bytes("out/docs.jsonl"), run.bytes("out/rejects.jsonl")]);
        }
        assert!(bytes.windows(2).all(|pair| pair[0] == pair[1]), "{limit}: threads make a difference");
    }
}

#[test]
fn layers_that_are_read_back_are_held_to_the_limits() {
    let token = |n: u64| json!({ "start": n, "end": n + 1, "id": n });
    let record = |id: &str, count: u64| json!({ "id": id, "text": "x".repeat(9), "tokens": (0..count).map(token).collect::<Vec<_>>() });
    let input = lines([record("few", 3), record("many", 4)]);
    let run = Case::stages("[run]\ntoken_limit = 3\n").file("in.jsonl", input).run().ends(5);
    assert_eq!(run.ids("out/docs.jsonl"), ["few"]);
    assert_eq!(fates(&run), [fate("many", "-", "limit.tokens")]);
    let conllu = "# newdoc id = many\n1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n2\tb\t_\t_\t_\t_\t_\t_\t_\t_\n\n";
    let pipeline = BOTH_ENDS.replace("use = \"jsonl\"\npaths = [\"in.jsonl\"]", "paths = [\"in.conllu\"]");
    let run = Case::new(&format!("[run]\ntoken_limit = 1\n{pipeline}")).file("in.conllu", conllu).run().ends(5);
    assert_eq!(fates(&run), [fate("many", "-", "limit.tokens")]);
}

#[test]
fn a_single_document_is_held_to_the_limits_by_trace_and_test() {
    let stages = "[run]\ntoken_limit = 2\n[[stage]]\nuse = \"tokenize.words\"\n[[test]]\nname = \"t\"\n\
                  input = { text = \"a b c\" }\nexpect = { failed = \"limit.tokens\" }\n";
    let case = Case::stages(stages).file("in.jsonl", lines([document("one", "a b c")]));
    let run = case.command(&["trace", "p.toml", "--text", "a b c"]);
    assert!(run.stdout.contains("limit.tokens"), "{}{}", run.stdout, run.stderr);
    case.command(&["test", "p.toml"]).ends(0);
}

/// A pattern that looks to the end of the text for what is not there, from every place where it may begin.
const SQUARE: &str = "pattern = 'a[^b]*b|a'";

#[test]
fn a_stage_that_takes_too_long_for_a_document_fails_it() {
    let input = lines([document("short", "a"), document("long", &"a".repeat(1 << 20)), document("after", "a")]);
    let spans = format!("[[stage]]\nuse = \"tag.regex\"\npatterns = [{{ label = 'X', {SQUARE} }}]\n");
    let tokens = format!("[[stage]]\nuse = \"tokenize.regex\"\n{SQUARE}\n");
    let replaced = format!("[[stage]]\nuse = \"clean.replace\"\nrules = [{{ {SQUARE}, with = 'c' }}]\n");
    for (run, stage, run_of_stage) in [
        ("[run]\ntimeout = \"500ms\"\n", &spans, ""),
        ("[run]\ntimeout = \"500ms\"\n", &tokens, ""),
        ("[run]\ntimeout = \"500ms\"\n", &replaced, ""),
        ("", &spans, "run = { timeout = \"500ms\" }\n"),
        ("[run]\ntimeout = \"10h\"\n", &spans, "run.timeout = \"500ms\"\n"),
    ] {
        let started = Instant::now();
        let case = Case::stages(&format!("{run}{stage}{run_of_stage}")).file("in.jsonl", &input);
        let run = case.run().ends(5);
        assert!(started.elapsed() < Duration::from_secs(60), "it gave up on the way: {:?}", started.elapsed());
        assert_eq!(run.ids("out/docs.jsonl"), ["short", "after"]);
        let reject = &run.rejects()[0];
        assert_eq!((&reject["id"], &reject["reason"]), (&json!("long"), &json!("limit.time")));
        let message = reject["message"].as_str().unwrap();
        assert!(message.contains("500ms") && message.contains("`run.timeout`"), "{message}");
    }
}

/// Records from small to too large for a ceiling, some of them near copies.
fn corpus() -> String {
    let text = |n: u64| {
        let seed = (n % 70).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (0..200).map(|word| format!("كلمة{} ", seed.rotate_left(word) % 500)).collect::<String>()
    };
    let documents = (0..400).map(|n| document(format!("d{n}"), &text(n)));
    let large = [1, 2, 4, 6].map(|n| document(format!("large{n}"), &"نص طويل. ".repeat(n * 70_000)));
    lines(documents.chain(large))
}

#[test]
fn a_memory_ceiling_changes_no_bytes_for_any_threads() {
    for mode in ["stream", "cluster"] {
        let stages = format!(
            "[run]\nerrors = \"100%\"\n[[stage]]\nuse = \"tokenize.words\"\n[[stage]]\nuse = \"dedup.minhash\"\nmode = \"{mode}\"\n"
        );
        let case = Case::stages(&stages).file("in.jsonl", corpus());
        let outputs = |args: &[&str]| {
            let run = case.command(&[&["run", "p.toml"][..], args].concat()).ends(0);
            (run.bytes("out/docs.jsonl"), run.bytes("out/rejects.jsonl"), fates(&run))
        };
        let free = outputs(&["--threads", "1"]);
        let roomy = outputs(&["--set", "run.memory=\"64GB\"", "--threads", "2"]);
        assert!(roomy == free, "{mode}: there is room for all");
        let tight = outputs(&["--set", "run.memory=\"600MiB\"", "--threads", "1"]);
        for threads in ["2", "3", "5"] {
            let other = outputs(&["--set", "run.memory=\"600MiB\"", "--threads", threads]);
            assert!(other == tight, "{mode}: {threads} threads make a difference");
        }
        // What a record may have depends on the ceiling alone.
        assert!(free.2.iter().all(|(_, _, reason)| reason == "duplicate"), "{:?}", free.2);
        let lost: Vec<_> = tight.2.iter().filter(|(_, _, reason)| reason == "record.too_large").collect();
        assert_eq!(lost.len(), 1, "{mode}: {:?}", tight.2);
    }
}

#[test]
fn a_record_that_does_not_fit_into_the_memory_is_rejected_with_the_reason() {
    let input = lines([document("small", "x"), document("large", &"x".repeat(4 << 20))]);
    let case = Case::stages("[run]\nmemory = \"256MiB\"\nthreads = 1\n").file("in.jsonl", input);
    let run = case.run().ends(5);
    assert_eq!(run.ids("out/docs.jsonl"), ["small"]);
    let reject = &run.rejects()[0];
    assert_eq!(reject["reason"], "record.too_large");
    let message = reject["message"].as_str().unwrap();
    assert!(message.contains("`run.memory`, which is 268435456, has room for one of "), "{message}");
    assert_eq!(reject["truncated"]["held"], 4096, "it was never held");
}

#[test]
fn what_the_error_says_is_the_least_is_enough() {
    for (stages, threads) in [("", "1"), ("", "3"), ("[[stage]]\nuse = \"dedup.exact\"\n", "2")] {
        let case = Case::stages(stages).file("in.jsonl", lines([document("one", "x")]));
        let check = |memory: &str| {
            let (memory, threads) = (format!("run.memory=\"{memory}\""), format!("run.threads={threads}"));
            case.command(&["check", "p.toml", "--set", &memory, "--set", &threads])
        };
        let refused = check("1MB").ends(78).stderr;
        let least = refused.split("the least is \"").nth(1).and_then(|rest| rest.split('"').next()).expect("the least");
        check(least).ends(0);
        let number: u64 = least.strip_suffix("MiB").unwrap().parse().unwrap();
        check(&format!("{}MiB", number - 1)).ends(78);
    }
}

/// The sums are for words. What makes a hundred times as much of a byte goes past the ceiling, and is told.
#[test]
#[cfg(target_os = "linux")]
fn a_run_that_has_held_more_than_its_ceiling_says_so() {
    let stages = "[run]\nmemory = \"200MiB\"\n[[stage]]\nuse = \"tokenize.characters\"\n\
                  [[stage]]\nuse = \"tokenize.ngrams\"\nmin = 1\nmax = 6\n";
    let case = Case::stages(stages).file("in.jsonl", lines([1, 2].map(|n| document(n, &"a ".repeat(250_000)))));
    let run = case.command(&["run", "p.toml", "--threads", "1"]).ends(0);
    assert!(run.stderr.contains("more than `run.memory`, which is 209715200"), "{}", run.stderr);
    let run = case.command(&["run", "p.toml", "--threads", "1", "--set", "run.memory=8GiB"]).ends(0);
    assert!(!run.stderr.contains("run.memory"), "{}", run.stderr);
}

#[test]
fn the_page_names_every_limit() {
    let page = include_str!("../../docs/limits.md");
    for key in ["record_limit", "expansion_limit", "token_limit", "span_limit", "timeout", "memory"] {
        assert!(page.contains(&format!("| `run.{key}` |")), "docs/limits.md has no row for `run.{key}`");
    }
    for reason in ["record.too_large", "limit.tokens", "limit.words", "limit.sentences", "limit.spans", "limit.time"] {
        assert!(page.contains(&format!("`{reason}`")), "docs/limits.md does not name `{reason}`");
    }
}
