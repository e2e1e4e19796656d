//! Every built-in stage through export → C ABI → import: what holds for the stage itself holds for it as a plugin.

#![allow(unsafe_code)]

use std::collections::BTreeMap;
use warraq_core::testing::{describe, hostile_texts, run_example};
use warraq_core::{BuildContext, Built, Changes, Document, Labels, MemoryResources, Order, Registry, StageDef};
use warraq_plugin::import::Plugin;
use warraq_stages::testing::{files, options};

warraq_plugin::export_plugin! {
    all: [warraq_stages::testing::exported],
}

fn built_in() -> Registry {
    let mut registry = Registry::new();
    warraq_stages::register(&mut registry).unwrap();
    registry
}

/// The imported stages under the names of the built-in ones.
fn imported() -> BTreeMap<String, StageDef> {
    // SAFETY: the descriptor is this binary's own.
    let plugin = unsafe { Plugin::open(&warraq_plugin_v1) }.unwrap();
    let named = warraq_stages::testing::exported().into_iter().map(|stage| {
        let name = stage.info.name.to_string();
        let (family, rest) = name.split_once('.').unwrap();
        let imported = plugin.stage(rest).unwrap().definition(family);
        (name, imported)
    });
    named.collect()
}

fn toml(text: &str) -> Result<serde_json::Value, String> {
    toml::from_str(text).map_err(|e| e.to_string())
}

#[test]
fn descriptions_arrive_whole() {
    let registry = built_in();
    for (name, stage) in imported() {
        let own = &registry.stage(&name).unwrap().info;
        let text = |info: &warraq_core::StageInfo| {
            serde_json::json!([
                info.name,
                info.summary,
                info.manual,
                format!("{:?}", info.reads),
                format!("{:?}", info.writes),
                info.order,
                info.schema,
                info.examples,
            ])
        };
        assert_eq!(text(&stage.info), text(own), "{name}");
    }
}

#[test]
fn every_example_does_what_it_shows() {
    let registry = built_in();
    let mut failures = String::new();
    let mut examples = 0;
    for (name, stage) in imported() {
        for example in &stage.info.examples {
            examples += 1;
            if let Err(e) = run_example(&registry, &stage, example, &toml) {
                failures += &format!("\n{name}: {}\n{e}", example.title);
            }
        }
    }
    assert!(failures.is_empty() && examples > 20, "{examples} examples{failures}");
}

#[test]
fn hostile_texts_end_in_the_same_document() {
    let (registry, imported) = (built_in(), imported());
    let mut files = files();
    for (name, stage) in &imported {
        let options = options(name);
        let own = registry.stage(name).unwrap();
        // What a stage that works in order decides depends on more than one text.
        if own.info.order == Order::InOrder {
            continue;
        }
        let labels = Labels::new();
        let mut build = |stage: &StageDef| {
            let mut cx = BuildContext::new("stage", &labels, &mut files);
            match (stage.build)(toml(options).unwrap(), &mut cx).unwrap() {
                Built::Parallel(stage) => stage,
                other => panic!("{other:?}"),
            }
        };
        let (own_built, imported_built, tokenizer) = (
            build(own),
            build(stage),
            build(registry.stage("tokenize.words").filter(|_| options.is_empty()).unwrap_or(own)),
        );
        let (mut own_worker, mut worker, mut before) =
            (own_built.worker(), imported_built.worker(), tokenizer.worker());
        for (what, text) in hostile_texts(false) {
            let mut run = |worker: &mut dyn warraq_core::Worker| {
                let mut doc = Document::with_text("x", &text);
                let mut changes = Changes::new();
                if options.is_empty() {
                    before.process(&doc.view(), &mut changes).unwrap();
                    doc.apply(&mut changes, 0, warraq_core::Layers::ALL).unwrap();
                    changes.clear();
                }
                worker.process(&doc.view(), &mut changes).unwrap();
                doc.apply(&mut changes, 1, own.info.writes).unwrap();
                describe(&doc, &labels)
            };
            assert_eq!(run(&mut *worker), run(&mut *own_worker), "{name}: {what}");
        }
    }
}

#[test]
fn options_that_do_not_fit_are_refused_in_the_same_words() {
    let (registry, imported) = (built_in(), imported());
    for (name, options) in [
        ("clean.replace", "rules = [{ pattern = '(', with = '' }]"),
        ("tag.gazetteer", "files = ['missing.tsv']"),
        ("filter.length", "min_chars = 3\nmax_chars = 2"),
    ] {
        let labels = Labels::new();
        let refuse = |stage: &StageDef| {
            let mut files = MemoryResources::new();
            (stage.build)(toml(options).unwrap(), &mut BuildContext::new("x", &labels, &mut files)).unwrap_err()
        };
        assert_eq!(refuse(&imported[name]), refuse(registry.stage(name).unwrap()), "{name}");
    }
}

#[test]
fn one_thread_and_eight_make_the_same_documents() {
    let imported = imported();
    let labels = Labels::new();
    let mut files = MemoryResources::new();
    let mut build = |name: &str| {
        let mut cx = BuildContext::new("stage", &labels, &mut files);
        match (imported[name].build)(toml("").unwrap(), &mut cx).unwrap() {
            Built::Parallel(stage) => (stage, imported[name].info.writes),
            other => panic!("{other:?}"),
        }
    };
    let stages =
        ["clean.unicode", "clean.arabic", "tokenize.words", "tokenize.sentences", "filter.length"].map(&mut build);
    let texts: Vec<String> =
        (0..400).map(|n| format!("قال الـمـتحدّث رقم {n}: إنّ النموّ بلغ {n}٪. And so on!")).collect();
    let run = |threads: usize| {
        let chunk = texts.len().div_ceil(threads);
        std::thread::scope(|scope| {
            let parts: Vec<_> = texts
                .chunks(chunk)
                .map(|texts| {
                    scope.spawn(|| {
                        let mut workers: Vec<_> =
                            stages.iter().map(|(stage, writes)| (stage.worker(), *writes)).collect();
                        let each = texts.iter().map(|text| {
                            let (mut doc, mut changes) = (Document::with_text("x", text), Changes::new());
                            for (index, (worker, writes)) in workers.iter_mut().enumerate() {
                                changes.clear();
                                worker.process(&doc.view(), &mut changes).unwrap();
                                doc.apply(&mut changes, index as u16, *writes).unwrap();
                            }
                            describe(&doc, &labels)
                        });
                        each.collect::<Vec<_>>()
                    })
                })
                .collect();
            parts.into_iter().flat_map(|part| part.join().unwrap()).collect::<Vec<_>>()
        })
    };
    assert!(run(1) == run(8));
}
