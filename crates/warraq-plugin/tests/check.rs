//! The conformance suite: a plugin that behaves passes it, and for each rule there is one that breaks that rule and no other.

#![allow(unsafe_code)]

mod plugins;

use plugins::{export, in_order, in_order_export, open, raw, stage, stage_with};
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};
use warraq_core::{
    BatchStage, BatchWorker, Built, Changes, DocView, Error, Layer, Layers, OptionError, Registry, Span,
};
use warraq_plugin::check::{CheckOptions, Finding, RULES, Severity, check};
use warraq_plugin::import::Plugin;

fn toml(text: &str) -> Result<serde_json::Value, String> {
    toml::from_str(text).map_err(|e| e.to_string())
}

fn findings(plugin: &Plugin) -> Vec<Finding> {
    let mut registry = Registry::new();
    warraq_stages::register(&mut registry).unwrap();
    let mut all = Vec::new();
    check(plugin, &CheckOptions::new(&toml, &registry), &mut |finding| all.push(finding));
    all
}

/// What the suite has against a plugin. The program's memory is that of all tests here together: `check_memory.rs` has a program
/// to itself.
fn against(plugin: &Plugin) -> Vec<Finding> {
    findings(plugin).into_iter().filter(|f| f.severity >= Severity::Warning && f.rule != "memory").collect()
}

/// The plugin breaks this rule and no other, and the message says how.
#[track_caller]
fn breaks(plugin: &Plugin, rule: &str, severity: Severity, message: &str) {
    let found = against(plugin);
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((only.rule, only.severity), (rule, severity), "{only}");
    assert!(only.message.contains(message), "{only}");
}

/// The score that the misbehaving stages write.
fn score(changes: &mut Changes, name: warraq_core::LabelId, value: u64) {
    changes.score(name, value as f64);
}

#[test]
fn a_plugin_that_behaves_passes_every_rule() {
    let plugins = [
        open(|list| {
            list.stage(stage(|()| {
                Box::new(|doc, out, id| {
                    score(out, id, doc.text.chars().filter(|c| c.is_alphabetic()).count() as u64);
                    Ok(())
                })
            }));
        }),
        open(|list| {
            list.serial_stage(stage(|()| {
                Box::new(|doc, out, id| {
                    score(out, id, doc.tokens.len() as u64);
                    Ok(())
                })
            }));
        }),
        open(|list| list.stage(in_order(None, true))),
        open(|list| list.export(export(|| 7, || 7))),
        open(|list| list.export(in_order_export(|| 7))),
        raw(plugins::own_spans, plugins::strict),
    ];
    for plugin in &plugins {
        let all = findings(plugin);
        assert_eq!(against(plugin), [], "{}", plugin.stages[0].info.name);
        // Each rule is told once, and by its name.
        let mut rules: Vec<_> = all.iter().map(|f| f.rule).collect();
        rules.sort_unstable();
        assert!(rules.windows(2).all(|pair| pair[0] != pair[1]), "{rules:?}");
        assert!(rules.iter().all(|rule| RULES.iter().any(|(name, _)| name == rule)), "{rules:?}");
    }
    // Between them, they are held to every rule there is.
    let held: Vec<_> =
        plugins.iter().flat_map(findings).filter(|f| f.severity == Severity::Ok).map(|f| f.rule).collect();
    let left: Vec<_> = RULES.iter().filter(|(rule, _)| !held.contains(rule) && *rule != "memory").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn built_in_stages_pass_as_plugins() {
    let plugin = open(|list| {
        list.stage(warraq_stages::clean::unicode::definition());
        list.stage(warraq_stages::clean::arabic::definition());
        list.stage(warraq_stages::tokenize::words::definition());
        list.stage(warraq_stages::tag::regex::definition());
    });
    let errors: Vec<_> = against(&plugin).into_iter().filter(|f| f.severity == Severity::Error).collect();
    assert_eq!(errors, []);
}

#[test]
fn descriptions_are_looked_at() {
    let with = |change: fn(&mut warraq_core::StageInfo)| {
        open(|list| {
            let mut stage = stage(|()| Box::new(|_, _, _| Ok(())));
            change(&mut stage.info);
            list.stage(stage);
        })
    };
    breaks(&with(|info| info.summary = " ".into()), "description.summary", Severity::Error, "empty");
    breaks(&with(|info| info.summary = "a\nb".into()), "description.summary", Severity::Error, "one line");
    breaks(&with(|info| info.summary = "a".repeat(200).into()), "description.summary", Severity::Warning, "long");
    breaks(&with(|info| info.manual = "\n".into()), "description.manual", Severity::Warning, "none");
    breaks(&with(|info| info.writes = Layers::NONE), "description.layers", Severity::Warning, "no layer");
    breaks(
        &with(|info| (info.reads, info.writes) = (Layers::of(&[Layer::Text]), Layers::of(&[Layer::Columns]))),
        "description.layers",
        Severity::Warning,
        "columns",
    );
    breaks(&with(|info| info.examples.clear()), "description.examples", Severity::Warning, "none");
    breaks(&with(|info| info.examples[0].title = "".into()), "description.examples", Severity::Warning, "no title");
    for (schema, message) in [
        (json!({"type": "object"}), "additionalProperties"),
        (json!({"additionalProperties": false}), "\"type\""),
        (json!({"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string"}}}), "`a`"),
        (json!({"type": "object", "additionalProperties": false, "properties": {}, "required": ["b"]}), "b"),
    ] {
        let plugin = open(|list| {
            let mut stage = stage(|()| Box::new(|_, _, _| Ok(())));
            stage.info.schema = schema;
            list.stage(stage);
        });
        breaks(&plugin, "description.schema", Severity::Error, message);
    }
}

#[test]
fn a_false_example_is_caught() {
    let plugin = open(|list| {
        let mut stage = stage(|()| Box::new(|_, _, _| Ok(())));
        stage.info.examples[0] = stage.info.examples[0].clone().tokens(&["x"]);
        list.stage(stage);
    });
    breaks(&plugin, "examples", Severity::Error, "tokens");
}

#[test]
fn a_refusal_without_a_word_is_caught() {
    let plugin = open(|list| {
        let mut stage = stage_with(|options| match options.as_object().map(|o| o.len()) {
            Some(0) => Err(OptionError::new("", "")),
            _ if options == &json!({"a": 1}) => Ok(()),
            _ => Err(OptionError::new("a", "only 1 will do")),
        });
        stage.info.examples[0] = stage.info.examples[0].clone().options("a = 1");
        list.stage(stage);
    });
    breaks(&plugin, "options.default", Severity::Error, "without options");
    breaks(&raw(plugins::own_spans, plugins::mute_on_garbage), "options.garbage", Severity::Error, "without a reason");
    breaks(&raw(plugins::own_spans, plugins::anything), "options.garbage", Severity::Warning, "no table");
}

#[test]
fn a_stage_without_known_options_is_left_out_and_given_ones_are_used() {
    let plugin = open(|list| {
        let mut stage = stage_with(|options| match options["a"] == json!(1) {
            true => Ok(()),
            false => Err(OptionError::new("a", "it has to be 1")),
        });
        stage.info.examples.clear();
        list.stage(stage);
    });
    let all = findings(&plugin);
    assert!(all.iter().any(|f| (f.rule, f.severity) == ("texts", Severity::Skipped)), "{all:#?}");
    breaks(&plugin, "description.examples", Severity::Warning, "none");

    let registry = Registry::new();
    let run = |given: serde_json::Value| {
        let mut options = CheckOptions::new(&toml, &registry);
        options.stages.insert("it".into(), given);
        let mut all = Vec::new();
        check(&plugin, &options, &mut |finding| all.push((finding.rule, finding.severity)));
        all
    };
    assert!(run(json!({"a": 1})).contains(&("texts", Severity::Ok)));
    assert!(run(json!({"a": 2})).contains(&("options.default", Severity::Error)));
}

#[test]
fn panics_failures_and_breaches_are_told_apart() {
    let on_empty = |act: fn(&mut Changes, &DocView<'_>) -> warraq_core::Result<()>| {
        open(|list| {
            list.stage(stage(move |()| {
                Box::new(move |doc, out, _| if doc.text.is_empty() { act(out, doc) } else { Ok(()) })
            }));
        })
    };
    breaks(&on_empty(|_, _| panic!("at once")), "texts", Severity::Error, "panic");
    breaks(&on_empty(|_, _| Err(Error::stage("x.y", "gives up"))), "texts", Severity::Warning, "gives up");
    breaks(
        &on_empty(|out, _| {
            let name = warraq_core::LabelId(0);
            out.spans().push(Span { start: 0, end: 1, label: name, score: f32::NAN, source: name });
            Ok(())
        }),
        "contract",
        Severity::Error,
        "bytes 0..1",
    );
    breaks(
        &on_empty(|out, _| {
            out.lang("ar");
            Ok(())
        }),
        "undeclared",
        Severity::Error,
        "`lang`",
    );
    let always = open(|list| list.stage(stage(|()| Box::new(|_, _, _| Err(Error::stage("x.y", "gives up"))))));
    let found = against(&always);
    assert!(found.iter().any(|f| f.rule == "texts" && f.severity == Severity::Error), "{found:#?}");
}

#[test]
fn a_memory_of_earlier_documents_is_caught() {
    let seen = std::sync::Arc::new(AtomicU64::new(0));
    let plugin = open(|list| {
        list.stage(stage(move |()| {
            let seen = std::sync::Arc::clone(&seen);
            Box::new(move |_, out, id| {
                score(out, id, seen.fetch_add(1, Ordering::Relaxed));
                Ok(())
            })
        }));
    });
    breaks(&plugin, "repeat", Severity::Error, "other scores");

    let plugin = open(|list| {
        list.stage(stage(|()| {
            let mut first = None;
            Box::new(move |doc, out, id| {
                score(out, id, *first.get_or_insert(doc.text.len() as u64));
                Ok(())
            })
        }));
    });
    breaks(&plugin, "fresh", Severity::Error, "other scores");
}

#[test]
fn results_in_the_hosts_memory_are_caught() {
    breaks(&raw(plugins::spans_of_the_view, plugins::strict), "view", Severity::Error, "overwritten");
    breaks(&raw(plugins::columns_of_the_view, plugins::strict), "view", Severity::Error, "overwritten");
}

#[test]
fn results_that_depend_on_the_batch_are_caught() {
    struct Sizes(warraq_core::LabelId);
    impl BatchStage for Sizes {
        fn batch(&self) -> usize {
            64
        }
        fn worker(&self) -> warraq_core::Result<Box<dyn BatchWorker>> {
            Ok(Box::new(Sizes(self.0)))
        }
    }
    impl BatchWorker for Sizes {
        fn process(&mut self, docs: &[DocView<'_>], out: &mut [Changes], _: &mut [warraq_core::Result<()>]) {
            out.iter_mut().for_each(|out| score(out, self.0, docs.len() as u64));
        }
    }
    let plugin = open(|list| {
        let mut stage = stage(|()| Box::new(|_, _, _| Ok(())));
        stage.build = Box::new(|options, cx| {
            plugins::no_options(&options)?;
            Ok(Built::Batch(Box::new(Sizes(cx.labels.intern("size")))))
        });
        list.stage(stage);
    });
    breaks(&plugin, "batches", Severity::Error, "batch of 7");
}

#[test]
fn results_that_depend_on_the_thread_are_caught() {
    let plugin = open(|list| {
        list.stage(stage(|()| {
            Box::new(|_, out, id| {
                score(out, id, u64::from(std::thread::current().name().is_some()));
                Ok(())
            })
        }));
    });
    breaks(&plugin, "threads", Severity::Error, "of 1 threads");
}

#[test]
fn layers_that_are_read_in_secret_are_caught() {
    let plugin = open(|list| {
        list.stage(plugins::stage_reading(Layers::of(&[Layer::Text]), |doc, out, id| {
            score(out, id, doc.tokens.len() as u64);
            Ok(())
        }));
    });
    breaks(&plugin, "reads", Severity::Warning, "other scores");
}

#[test]
fn a_stage_that_can_be_built_only_so_often_is_caught() {
    let built = AtomicU64::new(0);
    let plugin = open(|list| {
        list.stage(stage_with(move |_| match built.fetch_add(1, Ordering::Relaxed) {
            0..150 => Ok(()),
            _ => Err(OptionError::new("", "no more of them")),
        }));
    });
    breaks(&plugin, "lifecycle", Severity::Error, "no more of them");
}

#[test]
fn decisions_that_cannot_be_repeated_or_replayed_are_caught() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let plugin = open(|list| list.stage(in_order(Some(|| CALLS.fetch_add(1, Ordering::Relaxed)), true)));
    breaks(&plugin, "order.decide", Severity::Error, "other scores");
    let plugin = open(|list| list.stage(in_order(None, false)));
    breaks(&plugin, "order.replay", Severity::Error, "journal");
}

#[test]
fn exports_are_held_to_their_bytes() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let next = || CALLS.fetch_add(1, Ordering::Relaxed);
    breaks(&open(|list| list.export(export(next, || 7))), "export.frame", Severity::Error, "other bytes");
    breaks(&open(|list| list.export(export(|| 7, next))), "repeat", Severity::Error, "other bytes");
    breaks(&open(|list| list.export(in_order_export(next))), "export.write", Severity::Error, "other bytes");
}

#[test]
fn the_manual_lists_every_rule() {
    let manual = include_str!("../../../docs/plugins.md");
    for (rule, says) in RULES {
        assert!(manual.contains(&format!("| `{rule}` | {says} |")), "{rule}");
    }
}

#[test]
fn the_example_of_an_example_can_be_read() {
    let manual = include_str!("../../../docs/plugins.md");
    let json = manual.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let examples: Vec<warraq_core::Example> = serde_json::from_str(json).unwrap();
    // Every field is shown.
    let shown = serde_json::to_value(&examples[0]).unwrap();
    assert_eq!(shown, serde_json::from_str::<serde_json::Value>(json).unwrap()[0]);
}

#[test]
fn an_export_in_order_goes_on_through_the_abi() {
    use warraq_core::{BuildContext, BuiltExport, Document, EncodeContext, Flushed, Labels, MemoryResources};
    let plugin = open(|list| list.export(in_order_export(|| 7)));
    let format = plugin.stage("numbers").unwrap().format("p");
    let (labels, mut files) = (Labels::new(), MemoryResources::new());
    let mut cx = BuildContext::new("p.numbers", &labels, &mut files);
    let built = (format.export.unwrap().build)(json!({}), &mut cx).unwrap();
    let BuiltExport::InOrder(export) = built else { panic!("{built:?}") };
    assert!(export.resumable());
    let (mut mark, mut out) = (Vec::new(), Vec::new());
    export.writer().unwrap().mark(&mut mark).unwrap();
    assert_eq!(mark, b"mark");
    let mut names = labels.names();
    let mut cx = EncodeContext { labels: &mut names, stages: &[] };
    let mut writer = export.resume(&Flushed { documents: 41, mark: &mark }).unwrap();
    writer.write(&Document::with_text("d", "text"), &mut cx, &mut out).unwrap();
    assert_eq!(out, b"42");
    let refused = export.resume(&Flushed { documents: 41, mark: b"other" }).err().unwrap();
    assert_eq!((refused.reason.as_ref(), refused.message.as_str()), ("test.mark", "that is not its mark"));
}
