//! `clean.news` on whole articles: those of `articles.txt`, and a real one where the project's data lie beside it.

use super::{Kind, definition};
use crate::clean::testing::{built, check, messy_text, run};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::Path;
use warraq_core::{Built, Changes, Document, Labels};

const ARTICLES: &str = include_str!("articles.txt");

/// A page, and what the stage is to make of it.
#[derive(Default)]
struct Article {
    name: &'static str,
    page: String,
    /// Labels and texts in the order of the page.
    labels: Vec<(&'static str, &'static str)>,
}

fn articles() -> Vec<Article> {
    let mut articles: Vec<Article> = Vec::new();
    for line in ARTICLES.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("=== ") {
            articles.push(Article { name, ..Article::default() });
            continue;
        }
        let article = articles.last_mut().expect("an article begins with its name");
        if !article.page.is_empty() || !article.labels.is_empty() {
            article.page.push('\n');
        }
        let mut parts = line.split('\t');
        let first = parts.next().unwrap_or_default();
        match (parts.next(), parts.next()) {
            (None, _) => article.page += first,
            (Some(marked), rest) => {
                article.labels.push((first, marked));
                article.page += marked;
                if let Some(rest) = rest {
                    article.page += &format!(" {rest}");
                }
            }
        }
    }
    articles
}

/// Runs the stage on a page: the document, and the names of its labels.
fn run_on(page: &str, options: &str) -> (Document, Labels) {
    let labels = Labels::new();
    let options: serde_json::Value = toml::from_str(options).expect("options are TOML");
    let Ok(Built::Parallel(stage)) = built(&definition(), &labels, options) else { panic!("it is a parallel stage") };
    let (mut doc, mut changes) = (Document::with_text("test", page), Changes::new());
    stage.worker().process(&doc.view(), &mut changes).expect("it takes any text");
    doc.apply(&mut changes, 0, definition().info.writes).expect("the changes keep the contract");
    (doc, labels)
}

/// Every kind with the same action.
fn all(action: &str) -> String {
    Kind::LABELS.map(|label| format!("{} = '{action}'\n", label.replace('-', "_"))).concat()
}

#[test]
fn every_line_of_a_page_is_what_it_is() {
    let articles = articles();
    assert!(articles.len() >= 15);
    let mut failures = String::new();
    for Article { name, page, labels: expected } in &articles {
        let (doc, labels) = run_on(page, &all("annotate"));
        assert_eq!(doc.text(), page, "{name}");
        let mut found: Vec<_> =
            doc.spans().iter().map(|span| (span.start, span.end, labels.name(span.label))).collect();
        found.sort_unstable();
        let found: Vec<(&str, &str)> =
            found.iter().map(|(start, end, label)| (&**label, &page[*start as usize..*end as usize])).collect();
        if found != *expected {
            let _ = write!(failures, "\n{name}:\n  found    {found:?}\n  expected {expected:?}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn what_is_removed_is_on_record_and_all_else_stays() {
    for Article { name, page, labels: expected } in articles() {
        let (doc, labels) = run_on(&page, &all("remove"));
        let removed: Vec<_> = doc
            .removed()
            .iter()
            .map(|removed| {
                let text = &page[removed.source_start as usize..removed.source_end as usize];
                (labels.name(removed.label).to_string(), text.trim().to_owned())
            })
            .collect();
        let expected: Vec<_> = expected.iter().map(|(label, text)| ((*label).to_owned(), (*text).to_owned())).collect();
        assert_eq!(removed, expected, "{name}");
        let mut left = page.clone();
        for (_, gone) in &expected {
            let at = left.find(gone).expect("it is in the page");
            left.replace_range(at..at + gone.len(), "");
        }
        let lines = |text: &str| -> Vec<String> {
            text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
        };
        assert_eq!(lines(doc.text()), lines(&left), "{name}");
        assert_eq!(run_on(&page, &all("keep")).0.text(), page, "{name}");
    }
}

#[test]
fn parts_go_and_the_rest_moves_up() {
    check(
        &definition(),
        "inline_dateline = 'remove'",
        "",
        &[
            ("PARIS (AFP) - The minister arrived on Monday.\nENDS", "The minister arrived on Monday."),
            ("  PARIS (AFP) -  The minister arrived on Monday.", "  The minister arrived on Monday."),
        ],
    );
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for (options, expected) in [
        ("publishers = ['']", "`publishers[0]`: a name has at least one letter"),
        ("places = ['باريس', '-']", "`places[1]`: a name has at least one letter"),
        ("threshold = inf", "`threshold`: invalid type: null, expected f64"),
    ] {
        let options: serde_json::Value = toml::from_str(options).expect("options are TOML");
        let error = built(&definition(), &Labels::new(), options).expect_err("it is refused");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_real_article_keeps_its_body_byte_for_byte() {
    let folder = std::env::var_os("WARRAQ_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), Into::into)
        .join("data/seed");
    if !folder.is_dir() {
        eprintln!("skipped: there is no folder {}", folder.display());
        return;
    }
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the file is there");
    let structure: serde_json::Value = serde_json::from_str(&read("structure.json")).expect("it is JSON");
    let (doc, labels) = run_on(read("article.txt").trim_start_matches('\u{feff}'), "");
    let hash: String = Sha256::digest(doc.text()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, structure["clean_body_sha256"]);
    let removed: Vec<_> = doc.removed().iter().map(|removed| labels.name(removed.label).to_string()).collect();
    assert_eq!(removed, ["dateline", "related-headline", "related-headline", "related-headline"]);
    let dateline: serde_json::Value =
        serde_json::from_str(doc.meta().get("dateline").expect("it is set")).expect("JSON");
    let expected = &structure["dateline"];
    let places: Vec<_> = expected["place"].as_array().expect("an array").iter().map(|place| &place["text"]).collect();
    assert_eq!(dateline["publisher"], expected["publisher"]["text"]);
    assert_eq!(dateline["places"].as_array().expect("an array").iter().collect::<Vec<_>>(), places);
    assert_eq!((&dateline["credit"], dateline.get("date")), (&expected["credit"]["text"], None));
}

proptest! {
    #[test]
    fn any_text_is_taken(input in prop::collection::vec(messy_text(), 0..8), action in 0..3usize) {
        let options = all(["remove", "annotate", "keep"][action]);
        run(&definition(), &options, "", &input.join("\n"));
    }
}
