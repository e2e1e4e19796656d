//! Documents under any proposals: one is carried out whole or refused whole, layers stay partitions, every offset leads back to
//! the source, and edits in sequence are what their composition is.

use crate::bytes::Bytes;
use crate::laws::{check_document, copy, state};
use crate::proposal::{LABELS, propose};
use warraq_core::{Changes, Document, EditList, Labels, Layers};

/// A byte says how long the text is, then come proposals, call by call.
pub(crate) fn source_map(data: &[u8]) {
    let mut bytes = Bytes(data);
    let labels = Labels::new();
    LABELS.iter().for_each(|name| _ = labels.intern(name));
    let len = usize::from(bytes.u8());
    let text = String::from_utf8_lossy(bytes.take(len));
    let mut doc = Document::with_text("d", &text);
    let mut composed = Some(EditList::new());
    for stage in 0..12 {
        if bytes.is_empty() {
            break;
        }
        let (before, was) = (copy(&doc), state(&doc, &labels));
        let mut changes = Changes::new();
        while !bytes.is_empty() && propose(&mut bytes, doc.text(), &mut changes) {}
        let edits = changes.edits().clone();
        let rebases = changes.parts().rebased.is_some();
        match doc.apply(&mut changes, stage, Layers::ALL) {
            Ok(()) => {
                check_document(&doc);
                if rebases {
                    composed = Some(EditList::new());
                } else if let Some(list) = &mut composed {
                    *list = list.compose(&edits, doc.source()).expect("both fit");
                    check_composition(list, &doc);
                }
                check_look_ups(&doc);
            }
            Err(error) => {
                assert!(!error.reason.is_empty() && !error.message.is_empty());
                assert_eq!(state(&doc, &labels), was, "a refused proposal changes nothing: {error}");
            }
        }
        check_declared(&before, &labels);
    }
}

/// One list of edits, made to the source, gives the text and the map.
fn check_composition(list: &EditList, doc: &Document) {
    let mut once = Document::with_text("d", doc.source());
    let mut changes = Changes::new();
    for edit in list.edits() {
        changes.replace(edit.start as usize..edit.end as usize, list.replacement(edit));
    }
    once.apply(&mut changes, 0, Layers::ALL).expect("the composition fits");
    assert_eq!((once.text(), once.source_map().runs()), (doc.text(), doc.source_map().runs()));
}

/// A cursor that jumps about answers as single look-ups do.
fn check_look_ups(doc: &Document) {
    let bounds: Vec<u32> =
        doc.text().char_indices().map(|(at, _)| at as u32).chain([doc.text().len() as u32]).collect();
    let mut cursor = doc.source_map().cursor();
    for n in 0..bounds.len().min(40) {
        let (a, b) = (bounds[n * 7 % bounds.len()], bounds[n * 11 % bounds.len()]);
        let (a, b) = (a.min(b), a.max(b));
        assert_eq!(cursor.range(a, b), doc.source_map().range(a, b));
    }
}

/// What is not declared is refused, and nothing of it is carried out.
fn check_declared(before: &Document, labels: &Labels) {
    let mut doc = copy(before);
    let mut changes = Changes::new();
    changes.lang("ar");
    changes.replace(0..0, "x");
    assert!(doc.apply(&mut changes, 0, Layers::of(&[warraq_core::Layer::Lang])).is_err());
    assert_eq!(state(&doc, labels), state(before, labels));
}
