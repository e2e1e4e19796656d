//! What tests here and in other crates hold against what formats write and read.

use warraq_core::{Document, Labels, Layer};

/// Holds a file to the rules of CoNLL-U, without the parser under test.
///
/// # Panics
/// When it breaks one.
pub fn check_conllu(file: &str) {
    assert!(file.is_empty() || file.ends_with("\n\n"), "the last line of a sentence is empty");
    for block in file.split_terminator("\n\n") {
        let (mut text, mut said, mut word, mut range) = (String::new(), None, 0, 0);
        for line in block.split('\n') {
            if let Some(comment) = line.strip_prefix('#') {
                assert_eq!(word, 0, "comments come first: {block}");
                said = comment.strip_prefix(" text = ").or(said);
                continue;
            }
            let fields: Vec<&str> = line.split('\t').collect();
            assert_eq!(fields.len(), 10, "{line:?} in {block}");
            for (n, field) in fields.iter().enumerate() {
                assert!(!field.is_empty() && field.trim() == *field, "{line:?} in {block}");
                assert!(matches!(n, 1 | 2 | 9) || !field.contains(char::is_whitespace), "{line:?}");
            }
            let number = |text: &str| text.parse::<usize>().expect("ids are numbers");
            let is_surface = if let Some((from, to)) = fields[0].split_once('-') {
                let (from, to) = (number(from), number(to));
                assert!(from == word + 1 && to > from && from > range, "{block}");
                range = to;
                true
            } else if fields[0].contains('.') {
                false
            } else {
                word += 1;
                assert_eq!(fields[0], word.to_string(), "{block}");
                word > range
            };
            if is_surface {
                text += fields[1];
                if !fields[9].split('|').any(|part| part == "SpaceAfter=No") {
                    text.push(' ');
                }
            }
        }
        assert!(word >= range && word > 0, "{block}");
        assert_eq!(said, Some(text.trim_end()), "{block}");
    }
}

/// All that a JSON Lines export says of a document, with names for ids: equal for documents that are. A word without a form of its own has that of its surface.
#[must_use]
pub fn exported(doc: &Document, labels: &Labels) -> String {
    let mut out = format!("{:?} {:?} {:?}\n", doc.id(), doc.text(), doc.lang());
    for (key, json) in doc.meta().iter() {
        // A line end between two tokens of JSON is white space like any other, and no record of one line has it.
        out += &format!("{key:?} {}\n", json.replace(['\r', '\n'], " "));
    }
    let cells = |layer, row: usize| {
        let columns = doc.columns().iter().filter(|c| c.layer == layer);
        let mut cells: Vec<_> =
            columns.filter_map(|c| Some((labels.name(c.name), doc.cell(c, row)?.to_owned()))).collect();
        cells.sort();
        cells
    };
    for (n, token) in doc.tokens().iter().enumerate() {
        out += &format!("{token:?} {:?}\n", cells(Layer::Tokens, n));
    }
    for (n, word) in doc.words().iter().enumerate() {
        let mut cells = cells(Layer::Words, n);
        cells.retain(|(name, form)| &**name != "form" || *form != doc.text()[word.start as usize..word.end as usize]);
        out += &format!("{word:?} {cells:?}\n");
    }
    for (n, span) in doc.spans().iter().enumerate() {
        let (label, source, cells) = (labels.name(span.label), labels.name(span.source), cells(Layer::Spans, n));
        out += &format!("{}..{} {label:?} {} {source:?} {cells:?}\n", span.start, span.end, span.score);
    }
    for score in doc.scores() {
        out += &format!("{:?} {}\n", labels.name(score.name), score.value);
    }
    out + &format!("{:?}", doc.sentences())
}
