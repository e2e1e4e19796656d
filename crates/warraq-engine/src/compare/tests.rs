//! Laws of comparisons, over small exports with ids that repeat.

use super::*;
use proptest::prelude::*;
use std::io::Write;
use tempfile::NamedTempFile;

/// Records with few ids and few texts, so that they meet.
fn export() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0u8..6, 0u8..3), 0..12)
}

fn file(records: &[(u8, u8)]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("there is room for a file");
    for (id, text) in records {
        let word = ["a b", "a c", "d"][usize::from(*text)];
        writeln!(file, "{{\"id\":\"{id}\",\"text\":\"{word}\",\"scores\":{{\"s\":{text}}}}}")
            .expect("it can be written");
    }
    file
}

fn compared(a: &[(u8, u8)], b: &[(u8, u8)]) -> (Counts, Vec<(Kind, String, Vec<String>)>) {
    let (a, b) = (file(a), file(b));
    let sides = ((a.path(), Fates::default()), (b.path(), Fates::default()));
    let comparison = compare(sides.0, sides.1, Options::default(), &[]).expect("both are exports");
    let mut documents = Vec::new();
    let visit = &mut |document: DocumentChange| {
        assert_eq!(document.details.is_some(), document.kind == Kind::Changed);
        documents.push((document.kind, document.id, document.layers));
    };
    comparison.each(usize::MAX, visit).expect("both are still there");
    (comparison.counts, documents)
}

/// What a comparison should find, by a list per id.
fn model(a: &[(u8, u8)], b: &[(u8, u8)]) -> [u64; 4] {
    let mut counts = [0; 4];
    for id in 0..6 {
        let texts = |side: &[(u8, u8)]| -> Vec<u8> { side.iter().filter(|r| r.0 == id).map(|r| r.1).collect() };
        let (a, b) = (texts(a), texts(b));
        let same = a.iter().zip(&b).filter(|(a, b)| a == b).count();
        let pairs = a.len().min(b.len());
        for (count, n) in counts.iter_mut().zip([same, pairs - same, a.len() - pairs, b.len() - pairs]) {
            *count += n as u64;
        }
    }
    counts
}

proptest! {
    #[test]
    fn an_export_does_not_differ_from_itself(a in export()) {
        let (counts, documents) = compared(&a, &a);
        prop_assert!(counts.are_same() && documents.is_empty());
        prop_assert_eq!(counts.same, a.len() as u64);
    }

    #[test]
    fn documents_are_matched_by_id_in_order(a in export(), b in export()) {
        let (counts, documents) = compared(&a, &b);
        prop_assert_eq!([counts.same, counts.changed, counts.lost, counts.added], model(&a, &b));
        let of = |kind: Kind| documents.iter().filter(|d| d.0 == kind).count() as u64;
        prop_assert_eq!([of(Kind::Changed), of(Kind::Lost), of(Kind::Added)], [counts.changed, counts.lost, counts.added]);
    }

    #[test]
    fn the_other_way_round_added_and_lost_change_places(a in export(), b in export()) {
        let ((one, mut forth), (two, mut back)) = (compared(&a, &b), compared(&b, &a));
        prop_assert_eq!((one.lost, one.added), (two.added, two.lost));
        prop_assert_eq!((one.same, one.changed, &one.layers), (two.same, two.changed, &two.layers));
        for document in &mut back {
            document.0 = match document.0 {
                Kind::Lost => Kind::Added,
                Kind::Added => Kind::Lost,
                kind => kind,
            };
        }
        forth.sort_by(|a, b| (&a.1, &a.2).cmp(&(&b.1, &b.2)));
        back.sort_by(|a, b| (&a.1, &a.2).cmp(&(&b.1, &b.2)));
        prop_assert_eq!(forth, back);
    }
}
