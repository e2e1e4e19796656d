//! What a run must have in common with the one it goes on from: the program, the pipeline, its files and its inputs.

use crate::plan::{Place, Plan};
use crate::run::RunOptions;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

/// Something that the bytes of the outputs depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::run) struct Fact {
    /// What it is, for people: `stage clean.arabic`, `input a.jsonl`.
    what: String,
    value: String,
    /// What may differ where the user says so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    soft: String,
}

impl Fact {
    fn new(what: impl Into<String>, value: impl Into<String>) -> Self {
        Fact { what: what.into(), value: value.into(), soft: String::new() }
    }
}

/// The facts of a run that is about to start.
pub(in crate::run) fn facts(plan: &Plan, options: &RunOptions) -> Vec<Fact> {
    let mut facts =
        vec![Fact { soft: env!("CARGO_PKG_VERSION").into(), ..Fact::new("the version of this program", "") }];
    facts.extend(plan.settings.iter().map(|(what, value)| Fact::new(what, value)));
    // A ceiling on memory may say less than the pipeline file.
    facts.push(Fact::new("the longest record that is read", plan.record_limit.to_string()));
    let limit = options.limit.map_or("none".into(), |limit| limit.to_string());
    facts.push(Fact::new("the option --limit", limit));
    let shard = plan.shard.map_or("none".into(), |shard| shard.to_string());
    facts.push(Fact::new("the option --shard", shard));
    facts.extend(plan.resources.iter().map(|file| Fact::new(format!("the file {}", file.name), &file.sha256)));
    facts.extend(plan.plugins.iter().map(|plugin| Fact::new(format!("the plugin {}", plugin.alias), &plugin.sha256)));
    let inputs = plan.sources.iter().flat_map(|source| &source.inputs);
    facts.push(Fact::new("the list of inputs", inputs.clone().map(|i| i.name.as_str()).collect::<Vec<_>>().join("\n")));
    facts.extend(inputs.filter_map(|input| match &input.place {
        Place::Standard => None,
        Place::File(path) => {
            let found = path.metadata().ok();
            let size = found.as_ref().map_or("missing".into(), |found| format!("{} bytes", found.len()));
            let time = found.and_then(|found| found.modified().ok()?.duration_since(UNIX_EPOCH).ok());
            let soft = time.map_or(String::new(), |time| format!("{}.{:09}", time.as_secs(), time.subsec_nanos()));
            Some(Fact { soft, ..Fact::new(format!("the input {}", input.name), size) })
        }
    }));
    let outputs = plan.exports.iter().map(|export| &export.target).chain([&plan.rejects]);
    let outputs = outputs.chain(plan.saves.iter().map(|saved| &saved.target)).map(crate::plan::Target::name);
    facts.push(Fact::new("the list of outputs", outputs.collect::<Vec<_>>().join("\n")));
    facts
}

/// What has changed since the earlier run, for people. With `force`, a program of another version and inputs of another time
/// of modification are taken for the same.
pub(in crate::run) fn changed(earlier: &[Fact], now: &[Fact], force: bool) -> Vec<String> {
    let by_name = |facts: &'_ [Fact]| -> BTreeMap<String, (String, String)> {
        facts.iter().map(|fact| (fact.what.clone(), (fact.value.clone(), fact.soft.clone()))).collect()
    };
    let (before, after) = (by_name(earlier), by_name(now));
    let mut changed = Vec::new();
    for fact in now {
        match before.get(&fact.what) {
            None => changed.push(format!("{} is new", fact.what)),
            Some((value, _)) if *value != fact.value => changed.push(format!("{} is another", fact.what)),
            Some((_, soft)) if *soft != fact.soft && !force => {
                let how = if fact.what.starts_with("the input ") { "was modified" } else { "is another" };
                changed.push(format!("{} {how}", fact.what));
            }
            Some(_) => {}
        }
    }
    changed.extend(before.into_keys().filter(|what| !after.contains_key(what)).map(|what| format!("{what} is gone")));
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_named() {
        let soft = |what: &str, value: &str, soft: &str| Fact { soft: soft.into(), ..Fact::new(what, value) };
        let earlier = [
            soft("the version of this program", "", "1"),
            Fact::new("stage a", "{}"),
            Fact::new("stage b", "{}"),
            soft("the input x", "3 bytes", "10"),
        ];
        let cases: &[(&[Fact], bool, &[&str])] = &[
            (&earlier, false, &[]),
            (
                &[
                    soft("the version of this program", "", "2"),
                    earlier[1].clone(),
                    earlier[2].clone(),
                    soft("the input x", "3 bytes", "11"),
                ],
                false,
                &["the version of this program is another", "the input x was modified"],
            ),
            (
                &[
                    soft("the version of this program", "", "2"),
                    earlier[1].clone(),
                    earlier[2].clone(),
                    soft("the input x", "3 bytes", "11"),
                ],
                true,
                &[],
            ),
            (
                &[
                    earlier[0].clone(),
                    Fact::new("stage a", "[]"),
                    Fact::new("stage c", ""),
                    soft("the input x", "4 bytes", "10"),
                ],
                true,
                &["stage a is another", "stage c is new", "the input x is another", "stage b is gone"],
            ),
        ];
        for (now, force, expected) in cases {
            assert_eq!(changed(&earlier, now, *force), *expected);
        }
    }
}
