//! Web pages through the program: a folder of them in several encodings, and the way from an annotation back to the page.

use crate::case::{Case, slice};

const PIPELINE: &str = r#"
[[source]]
use = "text"
paths = ["pages/*.html"]
encoding = "html"
[[stage]]
use = "clean.html"
[[stage]]
use = "tokenize.words"
[[export]]
path = "out/docs.jsonl"
source_offsets = true
"#;

/// A page in Arabic that declares `charset`, as text.
fn page(charset: &str) -> String {
    format!(
        "<!doctype html><html lang=\"ar\"><head><meta charset=\"{charset}\"><title>مرفأ قديم</title></head><body>\
         <nav><a href=\"/\">الرئيسية</a></nav><p>ترسو القوارب الصغيرة هنا كل مساء، &laquo;ثلاثة ثلاثة&raquo;، وتغادر فجراً.</p></body></html>"
    )
}

#[test]
fn a_folder_of_pages_is_read_as_each_declares() {
    let in_1256 = encoding_rs::WINDOWS_1256.encode(&page("windows-1256")).0.into_owned();
    let run = Case::new(PIPELINE)
        .file("pages/a.html", page("utf-8"))
        .file("pages/b.html", in_1256)
        .file("pages/c.html", b"<meta charset=utf-8><p>\xE3\xD1")
        .run()
        .ends(5);
    let docs = run.docs();
    assert_eq!(run.ids("out/docs.jsonl"), ["pages/a.html#1", "pages/b.html#1"]);
    for doc in &docs {
        assert_eq!(doc["text"], "ترسو القوارب الصغيرة هنا كل مساء، «ثلاثة ثلاثة»، وتغادر فجراً.");
        assert_eq!((&doc["meta"]["title"], &doc["meta"]["language"]), (&"مرفأ قديم".into(), &"ar".into()));
    }
    assert_eq!(run.rejects()[0]["reason"], "utf8.invalid");

    // Each token leads back to the page, also behind a character reference.
    let (text, source) = (docs[0]["text"].as_str().unwrap(), page("utf-8"));
    let tokens = docs[0]["tokens"].as_array().unwrap();
    assert!(tokens.len() > 12);
    for token in tokens {
        let n = |key: &str| token[key].as_u64().unwrap();
        let (here, there) = (slice(text, n("start"), n("end")), slice(&source, n("source_start"), n("source_end")));
        let there = there.replace("&laquo;", "«").replace("&raquo;", "»");
        assert_eq!(here, there);
    }
}
