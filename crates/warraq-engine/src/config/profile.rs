//! `[profile.NAME]`: keys of the pipeline file that hold instead of others when the profile is asked for.
//!
//! Tables are merged key by key; everything else is replaced. A profile changes what is there: it adds no source, stage or
//! export, so that what a pipeline does can be read from top to bottom whatever the profile.

use super::fields::{Fields, unknown_key};
use super::node::{Key, Kind, Node, Table, type_error};
use super::set::stage_names;
use super::suggest;
use crate::diagnostic::{Diagnostic, Diagnostics, Files, PROFILE_TARGET, Span, UNKNOWN_PROFILE};
use std::collections::HashSet;

/// The keys of the root that a profile may have.
pub(crate) const PROFILE_KEYS: &[&str] =
    &["name", "vars", "run", "plugins", "source", "stage", "export", "rejects", "expect"];
/// What a stage is; a profile that could change it would make it another stage.
const STAGE_IDENTITY: &[&str] = &["use", "name"];

/// The profiles of a file, taken out of its root.
pub(super) struct Profiles(Vec<(Key, Node)>);

impl Profiles {
    /// Takes `[profile]` out of the root table.
    pub(super) fn take(root: &mut Node, out: &mut Diagnostics) -> Self {
        let Kind::Table(table) = &mut root.kind else { return Self(Vec::new()) };
        let Some((_, node)) = table.remove("profile") else { return Self(Vec::new()) };
        let Some(fields) = Fields::of(&node, "`[profile]`", out) else { return Self(Vec::new()) };
        let all = fields.table.iter();
        let all = all.filter(|(key, node)| node.expect_table(&format!("`[profile.{}]`", key.name), out).is_some());
        Self(all.cloned().collect())
    }

    /// The profiles in file order.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, (Key, Node)> {
        self.0.iter()
    }

    /// The profile that the command line asks for; that it is not there is reported.
    pub(super) fn find(&self, name: &str, files: &mut Files, out: &mut Diagnostics) -> Option<&(Key, Node)> {
        let found = self.0.iter().find(|(key, _)| key.name == name);
        if found.is_none() {
            let file = files.add("--profile", name);
            let shown = super::node::shorten(name);
            let names: Vec<&str> = self.0.iter().map(|(key, _)| key.name.as_str()).collect();
            let near = suggest::nearest(name, names.iter().copied());
            let list = match names.as_slice() {
                [] => "the file has no profiles".to_owned(),
                names => format!("profiles: {}", suggest::list(names)),
            };
            let error = Diagnostic::error(UNKNOWN_PROFILE, format!("there is no profile `{shown}`"));
            let error = error.at(Span::new(file, 0, name.len()));
            out.push(error.help_if(near.map(|near| format!("did you mean `{near}`?"))).help(list));
        }
        found
    }
}

/// Every place of a profile at which a problem can be: its keys and values.
pub(super) fn places((key, node): &(Key, Node)) -> HashSet<Span> {
    let mut places = HashSet::from([key.span]);
    let mut todo = vec![node];
    while let Some(node) = todo.pop() {
        places.insert(node.span);
        match &node.kind {
            Kind::Array(items) => todo.extend(items),
            Kind::Table(table) => {
                places.extend(table.iter().map(|(key, _)| key.span));
                todo.extend(table.iter().map(|(_, node)| node));
            }
            _ => {}
        }
    }
    places
}

/// Lays a profile over the root table.
pub(super) fn lay_over(root: &mut Node, (name, profile): &(Key, Node), out: &mut Diagnostics) {
    let (Kind::Table(root), Kind::Table(profile)) = (&mut root.kind, &profile.kind) else { return };
    let owner = format!("`[profile.{}]`", name.name);
    for (key, node) in profile {
        let what = format!("`{}` of {owner}", key.name);
        match key.name.as_str() {
            "stage" => {
                if let Some(table) = addressed(node, "stage", &what, out) {
                    let items = items(root, "stage");
                    let names: Vec<String> = stage_names(items).into_iter().flatten().collect();
                    stages(items, &names, table, "", &what, out);
                }
            }
            list @ ("source" | "export") => {
                if let Some(table) = addressed(node, list, &what, out) {
                    by_number(items(root, list), list, table, &what, out);
                }
            }
            word @ ("warraq" | "include" | "profile" | "test") => {
                let error = Diagnostic::error(PROFILE_TARGET, format!("`{word}` cannot stand in a profile"));
                out.push(error.label(key.span, &owner));
            }
            known if PROFILE_KEYS.contains(&known) => merge_entry(root, key, node),
            unknown => out.push(unknown_key(unknown, key.span, &owner, PROFILE_KEYS)),
        }
    }
}

/// The sources, stages or exports.
fn items<'a>(root: &'a mut Table, list: &str) -> &'a mut [Node] {
    match root.get_mut(list).map(|node| &mut node.kind) {
        Some(Kind::Array(items)) => items,
        _ => &mut [],
    }
}

/// The table by which a profile addresses elements; an array of tables would add some.
fn addressed<'a>(node: &'a Node, list: &str, what: &str, out: &mut Diagnostics) -> Option<&'a Table> {
    if let Kind::Array(_) = node.kind {
        let error = Diagnostic::error(PROFILE_TARGET, format!("a profile cannot add a {list}"));
        let (by, example) = match list {
            "stage" => ("name", "stage.NAME"),
            "source" => ("number, from 0", "source.0"),
            _ => ("number, from 0", "export.0"),
        };
        let help = format!("it changes those that are there, by {by}: `[profile.….{example}]`");
        out.push(error.label(node.span, what).help(help));
        return None;
    }
    node.expect_table(what, out)
}

/// The parts of a stage's name may be tables in each other, as where it is written without quotes.
fn stages(items: &mut [Node], names: &[String], table: &Table, prefix: &str, what: &str, out: &mut Diagnostics) {
    let this = names.iter().position(|name| name == prefix);
    for (key, node) in table {
        let name = match prefix {
            "" => key.name.clone(),
            prefix => format!("{prefix}.{}", key.name),
        };
        let leads_on = names.iter().any(|known| {
            known.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if leads_on && let Kind::Table(inner) = &node.kind {
            stages(items, names, inner, &name, what, out);
        } else if let Some(this) = this.filter(|_| STAGE_IDENTITY.contains(&key.name.as_str())) {
            let message = format!("a profile cannot change `{}` of a stage", key.name);
            let error = Diagnostic::error(PROFILE_TARGET, message).label(key.span, format!("stage `{}`", names[this]));
            out.push(error.help("`when` says which documents a stage sees"));
        } else if let Some(this) = this {
            // Stages without a name are not in `names`: positions there are not those of stages.
            let of_name = |item: &&mut Node| stage_name(item).as_deref() == Some(names[this].as_str());
            if let Some(Kind::Table(stage)) = items.iter_mut().find(of_name).map(|item| &mut item.kind) {
                merge_entry(stage, key, node);
            }
        } else if leads_on {
            out.push(type_error(node, "a table", &format!("`{name}` in {what}")));
        } else {
            let shown = super::node::shorten(&name);
            let error = Diagnostic::error(PROFILE_TARGET, format!("no stage is named `{shown}`"));
            let help = suggest::help(&name, names.iter().map(String::as_str), "stages");
            out.push(error.label(key.span, what).help_if(help));
        }
    }
}

fn stage_name(item: &Node) -> Option<String> {
    stage_names(std::slice::from_ref(item)).pop().flatten()
}

fn by_number(items: &mut [Node], list: &str, table: &Table, what: &str, out: &mut Diagnostics) {
    for (key, node) in table {
        let number = key.name.bytes().all(|b| b.is_ascii_digit()).then(|| key.name.parse::<usize>().ok()).flatten();
        let count = items.len();
        let Some(item) = number.and_then(|number| items.get_mut(number)) else {
            let shown = super::node::shorten(&key.name);
            let error = Diagnostic::error(PROFILE_TARGET, format!("there is no {list} `{shown}`"));
            let help = match count {
                0 => format!("the file has no `[[{list}]]`"),
                count => format!("each {list} is addressed by its number, from 0 to {}", count - 1),
            };
            out.push(error.label(key.span, what).help(help));
            continue;
        };
        let Some(inner) = node.expect_table(what, out) else { continue };
        if let Kind::Table(item) = &mut item.kind {
            inner.iter().for_each(|(key, node)| merge_entry(item, key, node));
        }
    }
}

/// Lays one key over a table: tables are merged, everything else is replaced.
pub(super) fn merge_entry(table: &mut Table, key: &Key, node: &Node) {
    match (table.get_mut(&key.name).map(|node| &mut node.kind), &node.kind) {
        (Some(Kind::Table(below)), Kind::Table(above)) => {
            above.iter().for_each(|(key, node)| merge_entry(below, key, node));
        }
        _ => table.insert(key.clone(), node.clone()),
    }
}
