//! The rule about memory, in a program of its own: what other tests allocate would be counted too.

#![cfg(target_os = "linux")]
#![allow(unsafe_code)]

#[allow(dead_code)]
mod plugins;

use plugins::{open, stage};
use warraq_core::Registry;
use warraq_plugin::check::{CheckOptions, Severity, check};
use warraq_plugin::import::Plugin;

fn verdict(plugin: &Plugin) -> (Severity, String) {
    let registry = Registry::new();
    let no_toml = |_: &str| Ok(serde_json::json!({}));
    let mut found = None;
    check(plugin, &CheckOptions::new(&no_toml, &registry), &mut |finding| {
        if finding.rule == "memory" {
            found = Some((finding.severity, finding.message));
        }
    });
    found.unwrap()
}

#[test]
fn memory_that_is_never_let_go_is_caught() {
    let plugin = open(|list| list.stage(stage(|()| Box::new(|_, _, _| Ok(())))));
    assert_eq!(verdict(&plugin), (Severity::Ok, String::new()));
    let plugin = open(|list| {
        list.stage(stage(|()| {
            Box::new(|_, _, _| {
                vec![1_u8; 16 << 10].leak();
                Ok(())
            })
        }));
    });
    let (severity, message) = verdict(&plugin);
    assert!(severity == Severity::Warning && message.contains("KiB"), "{severity:?} {message}");
}
