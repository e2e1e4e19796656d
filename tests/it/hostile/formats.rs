//! Records that are none, between good ones: each ends in the export or in the rejects, and costs no other.

use super::here::{Bench, Ran};
use super::read;

/// A format and its cases.
struct Format {
    name: &'static str,
    /// The cases.
    file: &'static str,
    /// The source.
    source: &'static str,
    /// A document before the case and one after it; neither where a case is a whole file.
    around: Option<(&'static str, &'static str)>,
    /// How many documents there are in the bytes, where that can be said without reading them.
    documents: fn(&[u8]) -> Option<usize>,
}

const CONLLU: (&str, &str) = (
    "# newdoc id = before\n1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n\n# newdoc id = case\n",
    "\n\n# newdoc id = after\n1\tb\t_\t_\t_\t_\t_\t_\t_\t_\n\n",
);

const FORMATS: &[Format] = &[
    Format { name: "jsonl", file: "jsonl.cases", source: "use = \"jsonl\"", around: Some(JSONL), documents: lines },
    Format { name: "layers", file: "layers.cases", source: "use = \"jsonl\"", around: Some(JSONL), documents: lines },
    Format {
        name: "required layers",
        file: "layers.cases",
        source: "use = \"jsonl\"\nrequire = [\"tokens\", \"spans\"]\noffsets = \"byte\"",
        around: None,
        documents: lines,
    },
    Format {
        name: "conllu",
        file: "conllu.cases",
        source: "use = \"conllu\"",
        around: Some(CONLLU),
        documents: |_| None,
    },
    Format {
        name: "conllu by sentences",
        file: "conllu.cases",
        source: "use = \"conllu\"\nsentences_per_document = 1",
        around: None,
        documents: |_| None,
    },
    Format {
        name: "bio",
        file: "bio.cases",
        source: "use = \"bio\"",
        around: Some(("-DOCSTART- O\n\nbefore O\n\n-DOCSTART- O\n\n", "\n\n-DOCSTART- O\n\nafter O\n")),
        documents: |_| None,
    },
    Format { name: "text", file: "text.cases", source: "use = \"text\"", around: None, documents: |_| Some(1) },
    Format {
        name: "lines of text",
        file: "text.cases",
        source: "use = \"text\"\ndocument = \"line\"",
        around: None,
        documents: |_| None,
    },
    Format {
        name: "UTF-16",
        file: "text.cases",
        source: "use = \"text\"\nencoding = \"utf-16\"",
        around: None,
        documents: |_| Some(1),
    },
    Format {
        name: "web pages",
        file: "text.cases",
        source: "use = \"text\"\nencoding = \"html\"",
        around: None,
        documents: |_| Some(1),
    },
];

const JSONL: (&str, &str) = ("{\"id\":\"before\",\"text\":\"a\"}\n", "\n{\"id\":\"after\",\"text\":\"b\"}\n");

/// What compressed inputs are known by, whatever they are called.
const COMPRESSED: [&[u8]; 2] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd"];

/// Lines that are not blank.
fn lines(bytes: &[u8]) -> Option<usize> {
    Some(bytes.split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty()).count())
}

/// The number of inputs. One that is read in several ways counts once.
pub(super) fn all() -> usize {
    let bench = Bench::new();
    let mut files: Vec<&str> = Vec::new();
    let mut count = 0;
    for format in FORMATS {
        let cases = read(format.file);
        for case in &cases {
            let what = format!("{}: {}", format.name, case.name);
            let (before, after) = format.around.unwrap_or_default();
            let bytes = [before.as_bytes(), &case.bytes, after.as_bytes()].concat();
            bench.write("in", &bytes);
            let ran = bench.run(&what, &format!("{}\npaths = [\"in\"]", format.source), "");
            if COMPRESSED.iter().any(|magic| bytes.starts_with(magic)) {
                assert_eq!(ran.code, 74, "{what}: it is taken for what it says it is, and cannot be read");
                continue;
            }
            assert_ne!(ran.code, 74, "{what}: {}", ran.report["message"]);
            if let Some(documents) = (format.documents)(&bytes) {
                assert_eq!(ran.read(), documents, "{what}: {}", ran.report["ledger"]);
            }
            if format.around.is_some() {
                neighbours(&what, &ran);
            }
        }
        if !files.contains(&format.file) {
            files.push(format.file);
            count += cases.len();
        }
    }
    count
}

/// The good documents around a case are exported, first and last.
fn neighbours(what: &str, ran: &Ran) {
    let (first, last) = (ran.docs.first(), ran.docs.last());
    let text = |doc: Option<&super::here::Doc>| doc.map_or(String::new(), |doc| doc.text.clone());
    let (first, last) = (text(first), text(last));
    assert!(["a", "before"].contains(&first.trim_end()), "{what}: before it stands {first:?}; {:?}", ran.rejects);
    assert!(["b", "after"].contains(&last.trim_end()), "{what}: after it stands {last:?}; {:?}", ran.rejects);
}
