//! A choice between schemas: which one was meant, and the one error that says what is wrong with it.

use super::keywords::{Keywords, constants, either, expectations, fits, is_union, one_of, types};
use super::{Checker, MAX_HOPS, Path};
use crate::config::fields::missing_key;
use crate::config::node::{Kind, Node, Table, type_error};
use crate::diagnostic::Diagnostics;
use serde_json::Value;

impl<'a> Checker<'a> {
    pub(super) fn union(&self, node: &Node, keywords: &'a Keywords, path: &Path, hops: usize, out: &mut Diagnostics) {
        let mut alternatives = Vec::new();
        self.flatten(keywords, hops, &mut alternatives);
        let mut attempts = Vec::with_capacity(alternatives.len());
        for keywords in &alternatives {
            let mut problems = Diagnostics::new();
            if hops < MAX_HOPS {
                self.keywords(node, keywords, path, hops + 1, &mut problems);
            }
            if problems.is_empty() {
                return;
            }
            attempts.push(problems);
        }
        if let Kind::Table(table) = &node.kind
            && let Some(chosen) = self.tagged(node, table, &alternatives, path, out)
        {
            // What the table says about itself singles out one alternative, so all its errors are real.
            out.extend(chosen.and_then(|index| attempts.into_iter().nth(index)).into_iter().flatten());
            return;
        }
        self.best(node, &alternatives, attempts, path, out);
    }

    /// The alternatives of a union and of the unions in it, without `null`, which TOML cannot write.
    fn flatten(&self, union: &'a Keywords, hops: usize, into: &mut Vec<&'a Keywords>) {
        let lists = ["anyOf", "oneOf"].into_iter();
        let lists = lists.filter_map(|key| union.get(key)?.as_array());
        for schema in lists.flatten() {
            match self.resolve(schema).as_object() {
                Some(inner) if is_union(inner) && hops < MAX_HOPS => {
                    self.flatten(inner, hops + 1, into);
                }
                Some(inner) if types(inner) == ["null"] => {}
                Some(inner) => into.push(inner),
                None => {}
            }
        }
    }

    /// The alternative that a table names by its tag or its only key. `Some(None)`: it names none, which was reported.
    fn tagged(
        &self,
        node: &Node,
        table: &Table,
        alternatives: &[&'a Keywords],
        path: &Path,
        out: &mut Diagnostics,
    ) -> Option<Option<usize>> {
        if let Some(tag) = tag(alternatives) {
            let words = alternatives.iter().filter_map(|k| tag_value(k, tag));
            let words: Vec<&Value> = words.collect();
            let Some(value) = table.get(tag) else {
                let error = missing_key(tag, &self.label(path), node.span);
                out.push(error.help(format!("expected {}", one_of(&words))));
                return Some(None);
            };
            let chosen = alternatives.iter().position(|keywords| {
                let word = tag_value(keywords, tag).and_then(Value::as_str);
                word.is_some() && word == value.as_str()
            });
            if chosen.is_none() {
                self.not_a_constant(value, &words, &path.key(tag), out);
            }
            return Some(chosen);
        }
        // Serde's default form of an enum: the table's only key is the variant.
        let [(key, _)] = table.iter().as_slice() else {
            return None;
        };
        let variants: Vec<Option<&str>> = alternatives.iter().map(|k| variant(k)).collect();
        let known: Vec<&str> = variants.iter().flatten().copied().collect();
        if known.len() < 2 {
            return None;
        }
        let chosen = variants.iter().position(|variant| *variant == Some(key.name.as_str()));
        if chosen.is_none() {
            out.push(self.unknown_key(&key.name, path, &known).at(key.span));
        }
        Some(chosen)
    }

    /// One error for a value that fits no alternative.
    fn best(
        &self,
        node: &Node,
        alternatives: &[&'a Keywords],
        mut attempts: Vec<Diagnostics>,
        path: &Path,
        out: &mut Diagnostics,
    ) {
        let words: Vec<&Value> = (alternatives.iter().copied()).filter_map(constants).flatten().collect();
        let matching: Vec<usize> = (0..alternatives.len())
            .filter(|index| {
                let types = types(alternatives[*index]);
                types.is_empty() || types.iter().any(|name| fits(node, name))
            })
            .collect();
        if matching.is_empty() {
            let mut expected = Vec::new();
            if !words.is_empty() {
                expected.push(one_of(&words));
            }
            let free = alternatives.iter().filter(|k| constants(k).is_none());
            expected.extend(free.flat_map(|keywords| expectations(keywords)));
            out.push(type_error(node, &either(expected), &self.label(path)));
        } else if matching.iter().all(|index| constants(alternatives[*index]).is_some()) {
            // Only single words can match here: one list says more than an error for each of them.
            self.not_a_constant(node, &words, path, out);
        } else if let [only] = matching.as_slice() {
            out.append(std::mem::take(&mut attempts[*only]));
        } else {
            let nearest = matching.iter().min_by_key(|index| attempts[**index].len());
            let nearest = nearest.and_then(|index| attempts[*index].sorted().first().copied().cloned());
            out.extend(nearest);
        }
    }
}

/// The key whose constant tells the alternatives apart, if all that are tables have one.
fn tag<'a>(alternatives: &[&'a Keywords]) -> Option<&'a str> {
    let tables = alternatives.iter().filter(|k| types(k) == ["object"]);
    let tables: Vec<&&Keywords> = tables.collect();
    let (first, others) = tables.split_first()?;
    let properties = first.get("properties")?.as_object()?;
    let mut names = properties.keys().map(String::as_str);
    names.find(|name| {
        let tagged = |keywords: &Keywords| tag_value(keywords, name).is_some();
        !others.is_empty() && tagged(first) && others.iter().all(|k| tagged(k))
    })
}

fn tag_value<'a>(keywords: &'a Keywords, tag: &str) -> Option<&'a Value> {
    let property = keywords.get("properties")?.get(tag)?.as_object()?;
    constants(property)?.first().copied()
}

/// The variant that a table with one required key stands for.
fn variant(keywords: &Keywords) -> Option<&str> {
    let properties = keywords.get("properties")?.as_object()?;
    match keywords.get("required")?.as_array()?.as_slice() {
        [Value::String(name)] if properties.len() == 1 && properties.contains_key(name) => Some(name),
        _ => None,
    }
}
