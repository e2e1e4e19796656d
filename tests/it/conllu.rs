//! CoNLL-U through the program: documents of many sentences, cut from files in any compression, with limits and rejects.

use crate::case::{Case, gzip, zstd};

const BOTH: &str = r#"
[[source]]
use = "conllu"
paths = ["in.conllu*"]
OPTIONS
[[export]]
path = "out/docs.jsonl"
[[export]]
path = "out/docs.conllu"
"#;

fn pipeline(options: &str) -> String {
    BOTH.replace("OPTIONS", options)
}

fn sentence(form: &str) -> String {
    format!("# text = {form}\n1\t{form}\t_\tNOUN\t_\t_\t0\troot\t_\tSpaceAfter=No\n\n")
}

#[test]
fn documents_are_cut_where_newdoc_says_or_by_number() {
    let plain: String = ["a", "b", "c", "d", "e"].map(sentence).concat();
    let marked = format!("# newdoc id = x\n{}{}# newdoc\n{}", sentence("a"), sentence("b"), sentence("c"));
    for (options, file, texts) in [
        ("", plain.clone(), vec!["a\nb\nc\nd\ne"]),
        ("sentences_per_document = 2", plain, vec!["a\nb", "c\nd", "e"]),
        ("sentences_per_document = 1", marked, vec!["a\nb", "c"]),
    ] {
        let crlf = file.replace('\n', "\r\n");
        let cut = file.trim_end().to_owned();
        for (name, bytes) in [
            ("in.conllu", file.clone().into_bytes()),
            ("in.conllu", crlf.into_bytes()),
            ("in.conllu", cut.into_bytes()),
            ("in.conllu.gz", gzip(file.as_bytes())),
            ("in.conllu.zst", zstd(file.as_bytes())),
        ] {
            let run = Case::new(&pipeline(options)).file(name, bytes).run().ends(0);
            let docs: Vec<String> = run.docs().iter().map(|doc| doc["text"].as_str().unwrap().to_owned()).collect();
            assert_eq!(docs, texts, "{name} {options}");
            run.report("out/report.json");
        }
        let run = Case::new(&pipeline(options)).file("in.conllu", &file).args(&["--limit", "1"]).run().ends(0);
        assert_eq!(run.docs().len(), 1);
    }
}

#[test]
fn a_document_that_fails_is_rejected_as_it_was_read() {
    let bad = "# newdoc id = bad\n# text = x\n1\ty\t_\t_\t_\t_\t_\t_\t_\t_\n\n";
    let file = format!("# newdoc id = good\n{}{bad}# newdoc id = last\n{}", sentence("a"), sentence("b"));
    let run = Case::new(&pipeline("")).file("in.conllu", &file).run().ends(5);
    assert_eq!(run.ids("out/docs.jsonl"), ["good", "last"]);
    let rejects = run.rejects();
    let place = &rejects[0]["source"];
    assert_eq!((rejects[0]["id"].as_str(), rejects[0]["reason"].as_str()), (Some("bad"), Some("conllu.text")));
    assert_eq!((rejects[0]["record"].as_str(), place["line"].as_u64()), (Some(bad), Some(7)));
    assert_eq!(place["byte"].as_u64().unwrap() as usize, file.find("1\ty").unwrap());
}

#[test]
fn a_document_past_the_limit_is_rejected_and_the_next_one_read() {
    let long: String = (0..200_000).map(|n| sentence(&format!("w{n}"))).collect();
    let file = format!("# newdoc id = long\n{long}# newdoc id = next\n{}", sentence("b"));
    let case = Case::new(&format!("[run]\nrecord_limit = \"2MB\"\n{}", pipeline(""))).file("in.conllu", &file);
    let run = case.run().ends(5);
    assert_eq!(run.ids("out/docs.jsonl"), ["next"]);
    assert_eq!(run.rejects()[0]["reason"], "record.too_large");
}

#[test]
fn threads_and_windows_change_no_byte() {
    let file: String = (0..60_000).map(|n| sentence(&format!("كلمة{n}"))).collect();
    let outputs = [("1", "1MB"), ("7", "1MB"), ("7", "64MB")].map(|(threads, window)| {
        let text =
            format!("[run]\nthreads = {threads}\nwindow = \"{window}\"\n{}", pipeline("sentences_per_document = 7"));
        let run = Case::new(&text).file("in.conllu", &file).run().ends(0);
        (run.bytes("out/docs.jsonl"), run.bytes("out/docs.conllu"))
    });
    assert!(outputs[0] == outputs[1] && outputs[0] == outputs[2]);
}
