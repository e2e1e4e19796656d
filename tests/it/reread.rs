//! What the program exports it reads back: a corpus is cut anew without running everything again.

use crate::case::Case;

const FULL: &str = r#"
[[source]]
paths = ["in.jsonl"]
[[stage]]
use = "clean.arabic"
tashkeel = "strip"
[[stage]]
use = "tokenize.words"
[[stage]]
use = "tokenize.sentences"
[[stage]]
use = "tag.regex"
patterns = [{ label = "NUM", pattern = '\d+' }, { label = "LOC", pattern = 'تونس' }]
[[stage]]
use = "filter.length"
"#;

const DOCS: &str = "{\"id\":\"1\",\"lang\":\"ar\",\"url\":\"x\",\"n\":1.50,\"text\":\"وصل ٥ إلى تُونس. 😀 ثم 12 غادر!\"}\n{\"id\":\"2\",\"text\":\"\"}\n{\"text\":\"لا شيء\"}\n";

#[test]
fn an_export_read_back_gives_the_same_export() {
    for offsets in ["char", "byte", "utf16"] {
        let unit = format!("offsets = \"{offsets}\"\n");
        let export = format!("[[export]]\nuse = \"jsonl\"\npath = \"out/docs.jsonl.zst\"\n{unit}");
        let first = Case::new(&format!("{FULL}{export}")).file("in.jsonl", DOCS).run().ends(0);
        let corpus = first.bytes("out/docs.jsonl.zst");
        let again =
            format!("[[source]]\npaths = [\"corpus.jsonl.zst\"]\n{unit}layers = \"require\"\nrequire = []\n{export}");
        let again = again.replace("layers = \"require\"\nrequire = []\n", "");
        let second = Case::new(&again).file("corpus.jsonl.zst", &corpus).run().ends(0);
        let third = Case::new(&again).file("corpus.jsonl.zst", second.bytes("out/docs.jsonl.zst")).run().ends(0);
        let text = |bytes: &[u8]| String::from_utf8(zstd::decode_all(bytes).unwrap()).unwrap();
        // What was removed then is metadata now: its offsets are about a text that this run has not seen.
        let (first, second) = (text(&corpus), text(&second.bytes("out/docs.jsonl.zst")));
        let removed = r#""removed":[{"source_start":"#;
        assert!(first.contains(removed), "{first}");
        let lines = first.lines().zip(second.lines());
        for (before, after) in lines {
            let cut = |line: &str| {
                let mut doc: serde_json::Value = serde_json::from_str(line).unwrap();
                doc.as_object_mut().unwrap().remove("removed");
                doc["meta"].as_object_mut().unwrap().remove("removed");
                doc
            };
            assert_eq!(cut(before), cut(after), "{offsets}");
            if !before.contains(removed) {
                assert_eq!(before, after, "{offsets}");
            }
        }
        assert!(first.contains(r#""n":1.50"#) && second.contains(r#""n":1.50"#));
        assert_eq!(second, text(&third.bytes("out/docs.jsonl.zst")), "from then on, not a byte changes");
    }
}

#[test]
fn layers_read_back_are_there_for_stages() {
    let corpus =
        Case::new(&format!("{FULL}[[export]]\npath = \"out/docs.jsonl\"\n")).file("in.jsonl", DOCS).run().ends(0);
    let recut = r#"
[[source]]
paths = ["docs.jsonl"]
LAYERS
[[stage]]
use = "filter.length"
min_words = 3
[[export]]
path = "out/docs.jsonl"
where = { label = "LOC" }
"#;
    let bytes = corpus.bytes("out/docs.jsonl");
    let layers = r#"require = ["tokens"]"#;
    let case = Case::new(&recut.replace("LAYERS", layers)).file("docs.jsonl", &bytes);
    let run = case.run().ends(0);
    assert_eq!(run.ids("out/docs.jsonl"), ["1"], "filtered by the tokens of the earlier run");
    // Without the promise, a stage that reads tokens has nobody to write them.
    Case::new(&recut.replace("LAYERS", "")).file("docs.jsonl", &bytes).run().ends(78);
}
