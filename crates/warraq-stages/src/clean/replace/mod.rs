//! `clean.replace`: search and replace by regular expressions.

mod template;
#[cfg(test)]
mod tests;

use crate::clean::rounds::Rounds;
use crate::options;
use crate::patience::Patience;
use crate::patterns;
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use regex::{CaptureLocations, Regex};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use template::Template;
use warraq_core::{
    BuildContext, Built, Changes, DocView, EditList, Example, LabelId, Layer, Layers, OptionError, Order, Result,
    Stage, StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Replaces what matches a regular expression. The rules apply one after another, each to the result of the one before:

```toml
[[stage]]
use = \"clean.replace\"
rules = [
  { pattern = '(?m)^\\s*\\.\\.\\.المزيد\\s*$', with = \"\", label = \"furniture\" },
  { pattern = '(\\d+) ?(كلم|كيلومتر)', with = \"$1 كم\" },
]
```

**Patterns** are those of Rust's `regex` crate: Unicode throughout, linear in the length of the text, without look-around and
back-references. Flags stand in the pattern: `(?i)` ignores case, `(?m)` lets `^` and `$` match at each line, `(?s)` lets `.`
match line ends, `(?x)` allows white space and comments. `\\w` takes in combining marks, so an Arabic word is matched with
its vowel signs; `\\p{Arabic}` matches the script, `\\p{M}` marks. Single quotes in TOML leave back-slashes alone.

A pattern that matches the empty text is refused; an empty match that still comes up (as of `\\b`) changes nothing.

**Replacements** refer to groups as `$1`, `$name`, `${1}` or `${name}`; `$0` is the whole match, `$$` a dollar sign. A name
goes on as far as letters, digits and underscores do: write `${1}a`, not `$1a`. A group that the pattern does not have is an
error; one that took no part in a match is empty.

**On record.** A rule with a `label` puts what it takes out on record as removed under that label. Without one, what is deleted
with nothing in its place is on record under `replace`, and the rest is rewriting, which is not listed. In either case only
what differs is edited: where match and replacement begin or end alike, that part stays as it is, so the source map is exact
and annotations there stay. A deleted mark is edited with the letter that it is on.";

/// The options of `clean.replace`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The rules, in the order in which they apply. At least one.
    rules: Vec<RuleOptions>,
}

/// A rule.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RuleOptions {
    /// What to search for: a regular expression.
    pattern: String,
    /// What to replace it with; `$1` or `$name` for groups, `$$` for a dollar sign.
    with: String,
    /// The label under which what is taken out goes on record.
    #[serde(default)]
    label: Option<String>,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "clean.replace".into(),
            summary: "search and replace by regular expressions".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text]),
            writes: Layers::of(&[Layer::Text]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("One word for another", "تبعد ٥ كلم و١٢ كيلومتر")
                    .options(r#"rules = [{ pattern = '(\d+) ?(كلم|كيلومتر)', with = "$1 كم" }]"#)
                    .text("تبعد ٥ كم و١٢ كم")
                    .removed(&[("replace", "ل")]),
                Example::new("Deleted lines are on record", "الخبر\n...المزيد\nالبقية")
                    .options(r#"rules = [{ pattern = '(?m)^\.\.\.المزيد\n', with = "", label = "furniture" }]"#)
                    .text("الخبر\nالبقية")
                    .removed(&[("furniture", "...المزيد\n")]),
                Example::new("Rules apply one after another", "a b")
                    .options(r#"rules = [{ pattern = "a", with = "b" }, { pattern = "b", with = "c" }]"#)
                    .text("c c"),
                Example::new("Ignoring case, and a dollar sign", "5 usd, 7 USD")
                    .options(r#"rules = [{ pattern = '(?i)(?<sum>\d+) usd', with = "$$${sum}" }]"#)
                    .text("$5, $7"),
                Example::new("What does not match stays", "نص")
                    .options(r#"rules = [{ pattern = "x+", with = "y" }]"#)
                    .unchanged(),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    if options.rules.is_empty() {
        let error = OptionError::new("rules", "there is no rule, so nothing would ever be replaced");
        return Err(error.help("add one: rules = [{ pattern = 'x+', with = \"y\" }]"));
    }
    let rule = |(n, options): (usize, RuleOptions)| {
        let at = |option: &str| format!("rules[{n}].{option}");
        let pattern =
            patterns::compile(&options.pattern).map_err(|message| OptionError::new(at("pattern"), message))?;
        if pattern.is_match("") {
            let error = OptionError::new(at("pattern"), "it matches the empty text, which is everywhere");
            return Err(error.help("let it match at least one character: `+` for `*`, for instance"));
        }
        let with = Template::new(&options.with, &pattern).map_err(|(message, help)| {
            let error = OptionError::new(at("with"), message);
            match help {
                Some(help) => error.help(help),
                None => error,
            }
        })?;
        if options.label.as_deref() == Some("") {
            return Err(OptionError::new(at("label"), "a label has at least one character"));
        }
        Ok(Rule { label: options.label.map(|label| cx.labels.intern(&label)), pattern, with })
    };
    let rules = options.rules.into_iter().enumerate().map(rule).collect::<std::result::Result<_, _>>()?;
    Ok(Built::parallel(Replace { rules, deleted: cx.labels.intern("replace"), patience: Patience::new(cx) }))
}

#[derive(Clone)]
struct Rule {
    pattern: Regex,
    with: Template,
    label: Option<LabelId>,
}

struct Replace {
    rules: Vec<Rule>,
    /// The label of what is deleted by a rule that has none.
    deleted: LabelId,
    patience: Patience,
}

impl Stage for Replace {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(ReplaceWorker {
            groups: self.rules.iter().map(|rule| rule.pattern.capture_locations()).collect(),
            // A clone has search caches of its own, which no other thread waits for.
            rules: self.rules.clone(),
            deleted: self.deleted,
            patience: self.patience.clone(),
            rounds: Rounds::default(),
            scratch: String::new(),
        })
    }
}

struct ReplaceWorker {
    rules: Vec<Rule>,
    deleted: LabelId,
    patience: Patience,
    groups: Vec<CaptureLocations>,
    rounds: Rounds,
    scratch: String,
}

impl Worker for ReplaceWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        self.rounds.begin();
        for (rule, groups) in self.rules.iter().zip(&mut self.groups) {
            let (scratch, patience) = (&mut self.scratch, &mut self.patience);
            let mut found = Ok(());
            self.rounds.round(doc.text, |text, edits| {
                found = find_edits(rule, groups, text, (scratch, patience), edits);
            })?;
            found?;
        }
        self.rounds.finish(doc.text, self.deleted, out);
        Ok(())
    }
}

/// The edits that a rule makes to a text.
fn find_edits(
    rule: &Rule,
    groups: &mut CaptureLocations,
    text: &str,
    (scratch, patience): (&mut String, &mut Patience),
    out: &mut EditList,
) -> Result<()> {
    let needs_groups = rule.with.needs_groups();
    let mut at = 0;
    while at <= text.len() {
        patience.turn()?;
        let found =
            if needs_groups { rule.pattern.captures_read_at(groups, text, at) } else { rule.pattern.find_at(text, at) };
        let Some(found) = found else { break };
        let (start, end) = (found.start(), found.end());
        if start == end {
            // Nothing to replace: go on behind the next character.
            at = end + text[end..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        at = end;
        scratch.clear();
        rule.with.write(text, (start, end), groups, scratch);
        let (before, after) = shared_ends(&text[start..end], scratch);
        if before + after < end - start || before + after < scratch.len() {
            out.push(start + before..end - after, &scratch[before..scratch.len() - after], rule.label, None);
        }
    }
    Ok(())
}

/// How many bytes a match and its replacement share at the start and at the end: what is edited is the rest. An edit does
/// not begin with a mark, but with the letter it is on.
fn shared_ends(old: &str, new: &str) -> (usize, usize) {
    if old == new {
        return (old.len(), 0);
    }
    let same = |(a, b): &(char, char)| a == b;
    let mut before: usize = old.chars().zip(new.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let is_mark = |c: Option<char>| {
        let category = |c| CodePointMapData::<GeneralCategory>::new().get(c);
        c.is_some_and(|c| GeneralCategoryGroup::Mark.contains(category(c)))
    };
    while before > 0 && (is_mark(old[before..].chars().next()) || is_mark(new[before..].chars().next())) {
        before -= old[..before].chars().next_back().map_or(0, char::len_utf8);
    }
    let (old, new) = (&old[before..], &new[before..]);
    let after = old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    (before, after)
}
