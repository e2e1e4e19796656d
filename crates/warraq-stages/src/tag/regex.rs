//! `tag.regex`: finds what regular expressions describe, such as amounts, dates and ids.

use crate::options;
use crate::patience::Patience;
use crate::patterns;
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Span, Stage,
    StageDef, StageInfo, Token, Worker, parse_options,
};

const MANUAL: &str = "\
Looks for regular expressions in the text and adds a span for every match. The syntax is that of the Rust crate
[`regex`](https://docs.rs/regex/latest/regex/#syntax): Unicode throughout, no look-around and no back-references, and in
return a search that takes time in proportion to the text, whatever the pattern. `(?i)` at the start ignores case, `(?m)`
lets `^` and `$` match at lines, `(?x)` allows white space and comments. In TOML, write patterns in single quotes, so that
backslashes stay as they are.

**Arabic.** `\\w` and `\\b` know letters, digits and most marks, but the safe way to write \"the rest of this word\" is
`[\\p{L}\\p{M}\\p{N}]+`: it keeps vowel signs, tatweel and all digits inside the word. `\\d` matches the digits of every
script, `[0-9]` only those of ASCII. The text is matched as it is; to match without vowel signs, put a cleaning stage first.

**Groups.** With `group`, a number or a name, the span is what that group matched, and a match in which the group took no
part gives no span. An empty match never gives one.

**Whole tokens.** With `tokens = true`, a span is kept only if it begins where a token begins and ends where a token ends;
a tokenizer has to come before. The search itself does not know of tokens: a match that is turned away is not tried again
at another length.

**Overlaps.** Matches of one pattern do not overlap. Matches of different patterns may, and all of them are kept. Spans come
in the order of their first byte, those that begin at the same byte in the order of the patterns. Several patterns may
have the same label. Spans that the document already has are neither read nor changed.

Spans carry no score; their source is the stage's name in the pipeline.";

/// The options of `tag.regex`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// What to look for.
    patterns: Vec<Pattern>,
    /// Whether to keep only what begins and ends at the bounds of tokens.
    tokens: bool,
}

/// A pattern and the label of what it matches.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Pattern {
    /// The label of the spans.
    label: String,
    /// The regular expression.
    pattern: String,
    /// The group that becomes the span, by number or name; left out, the whole match.
    group: Option<Group>,
}

/// A group of a pattern.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Group {
    /// By its number; 0 is the whole match.
    Number(usize),
    /// By its name, as in `(?<name>…)`.
    Name(String),
}

/// What the stage is.
pub fn definition() -> StageDef {
    let example = Example::new;
    StageDef {
        info: StageInfo {
            name: "tag.regex".into(),
            summary: "finds what regular expressions describe, such as amounts, dates and ids".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens]),
            writes: Layers::of(&[Layer::Spans]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                example("Digits of any script", "بلغت 3,5 ملايين دولار و٢٠٠ يورو")
                    .options(r"patterns = [{ label = 'MONEY', pattern = '\d+([.,٫]\d+)?( ملايين| مليون)? (دولار|يورو)' }]")
                    .spans(&[("MONEY", "3,5 ملايين دولار"), ("MONEY", "٢٠٠ يورو")]),
                example("Words with their vowel signs", "قال الوزيرُ محمّدٌ إنّ")
                    .options(r"patterns = [{ label = 'PER', pattern = 'الوزير\p{M}* ([\p{L}\p{M}]+)', group = 1 }]")
                    .spans(&[("PER", "محمّدٌ")]),
                example("A named group", "ref: AB-123, ref: none")
                    .options(r"patterns = [{ label = 'ID', pattern = 'ref: (?<id>[A-Z]+-\d+)?', group = 'id' }]")
                    .spans(&[("ID", "AB-123")]),
                example("Several patterns may overlap", "a@b.tn")
                    .options("patterns = [{ label = 'TLD', pattern = '[a-z]+$' }, { label = 'MAIL', pattern = '\\S+@\\S+' }]")
                    .spans(&[("MAIL", "a@b.tn"), ("TLD", "tn")]),
                example("Whole tokens only", "مصر مصرف")
                    .options("patterns = [{ label = 'LOC', pattern = 'مصر' }]\ntokens = true")
                    .after(&["tokenize.words"])
                    .spans(&[("LOC", "مصر")]),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    if options.patterns.is_empty() {
        return Err(OptionError::new("patterns", "there is no pattern to look for")
            .help("patterns = [{ label = \"YEAR\", pattern = '\\b(19|20)\\d\\d\\b' }]"));
    }
    let mut searches = Vec::new();
    for (n, pattern) in options.patterns.iter().enumerate() {
        let error = |key: &str, message: String| OptionError::new(format!("patterns[{n}].{key}"), message);
        if pattern.label.trim().is_empty() {
            return Err(error("label", "the label is empty".into()));
        }
        let regex = patterns::compile(&pattern.pattern).map_err(|message| error("pattern", message))?;
        let group = match &pattern.group {
            None => 0,
            Some(Group::Number(group)) if *group < regex.captures_len() => *group,
            Some(Group::Number(group)) => {
                let message = format!("the pattern has no group {group}; its last is {}", regex.captures_len() - 1);
                return Err(error("group", message));
            }
            Some(Group::Name(name)) => {
                regex.capture_names().position(|known| known == Some(name)).ok_or_else(|| {
                    let names: Vec<&str> = regex.capture_names().flatten().collect();
                    let known = if names.is_empty() { "none has a name".into() } else { names.join(", ") };
                    error("group", format!("the pattern has no group {name:?}; its groups: {known}"))
                })?
            }
        };
        searches.push(Search { regex, group, label: cx.labels.intern(pattern.label.trim()) });
    }
    Ok(Built::parallel(RegexTagger {
        searches,
        tokens: options.tokens,
        source: cx.labels.intern(cx.name),
        patience: Patience::new(cx),
    }))
}

#[derive(Clone)]
struct Search {
    regex: Regex,
    group: usize,
    label: LabelId,
}

struct RegexTagger {
    searches: Vec<Search>,
    tokens: bool,
    source: LabelId,
    patience: Patience,
}

impl Stage for RegexTagger {
    fn reads(&self) -> Option<Layers> {
        (!self.tokens).then_some(Layers::of(&[Layer::Text]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        // A clone of a regex has scratch space of its own, which workers need not wait for.
        Box::new(Finder {
            searches: self.searches.clone(),
            tokens: self.tokens,
            source: self.source,
            patience: self.patience.clone(),
            found: Vec::new(),
        })
    }
}

struct Finder {
    searches: Vec<Search>,
    tokens: bool,
    source: LabelId,
    patience: Patience,
    /// Start, pattern, end: in this order they sort as they are to come out.
    found: Vec<(usize, usize, usize)>,
}

impl Worker for Finder {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let found = &mut self.found;
        found.clear();
        for (n, search) in self.searches.iter().enumerate() {
            if search.group == 0 {
                for found_here in search.regex.find_iter(doc.text) {
                    self.patience.turn()?;
                    found.push((found_here.start(), n, found_here.end()));
                }
            } else {
                for captures in search.regex.captures_iter(doc.text) {
                    self.patience.turn()?;
                    found.extend(captures.get(search.group).map(|group| (group.start(), n, group.end())));
                }
            }
        }
        found.retain(|&(start, _, end)| start < end);
        if self.tokens {
            found.retain(|&(start, _, end)| is_whole(doc.tokens, start, end));
        }
        found.sort_unstable();
        let (searches, source) = (&self.searches, self.source);
        out.spans().extend(found.iter().map(|&(start, n, end)| Span {
            start: start as u32,
            end: end as u32,
            label: searches[n].label,
            score: f32::NAN,
            source,
        }));
        Ok(())
    }
}

/// Whether a token begins at `start` and a token ends at `end`.
fn is_whole(tokens: &[Token], start: usize, end: usize) -> bool {
    tokens.binary_search_by_key(&start, |t| t.start as usize).is_ok()
        && tokens.binary_search_by_key(&end, |t| t.end as usize).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use warraq_core::{Document, Labels, MemoryResources};

    fn build(options: Value) -> std::result::Result<(Built, Labels), OptionError> {
        let (labels, mut resources) = (Labels::new(), MemoryResources::new());
        let mut cx = BuildContext::new("amounts", &labels, &mut resources);
        super::build(options, &mut cx).map(|built| (built, labels))
    }

    fn check(options: Value, text: &str, expected: &[(&str, &str)]) {
        let (built, labels) = build(options).unwrap();
        let Built::Parallel(stage) = built else { panic!("a parallel stage") };
        let mut changes = Changes::new();
        stage.worker().process(&Document::with_text("1", text).view(), &mut changes).unwrap();
        let names: Vec<_> =
            changes.spans().iter().map(|s| (labels.name(s.label), &text[s.start as usize..s.end as usize])).collect();
        let names: Vec<(&str, &str)> = names.iter().map(|(label, text)| (&**label, *text)).collect();
        assert_eq!(names, expected);
        assert!(changes.spans().iter().all(|s| s.score.is_nan() && &*labels.name(s.source) == "amounts"));
    }

    #[test]
    fn matches_become_spans_in_the_order_of_the_text() {
        let two = json!({"patterns": [{"label": "A", "pattern": "b+"}, {"label": "B", "pattern": "[ab]+"}]});
        check(two.clone(), "ab bb", &[("B", "ab"), ("A", "b"), ("A", "bb"), ("B", "bb")]);
        check(two, "", &[]);
        check(json!({"patterns": [{"label": "A", "pattern": "x*"}]}), "axxb", &[("A", "xx")]);
        check(json!({"patterns": [{"label": "A", "pattern": "a(b)?", "group": 1}]}), "a ab", &[("A", "b")]);
        check(
            json!({"patterns": [{"label": "A", "pattern": "a(b)?", "group": 0}]}),
            "a ab",
            &[("A", "a"), ("A", "ab")],
        );
        check(
            json!({"patterns": [{"label": "A", "pattern": r"[\p{L}\p{M}\p{N}]+"}]}),
            "كتابًا ٢٢",
            &[("A", "كتابًا"), ("A", "٢٢")],
        );
    }

    #[test]
    fn what_cannot_work_is_refused_with_its_place() {
        for (options, expected) in [
            (json!({}), "`patterns`: there is no pattern to look for"),
            (json!({"patterns": [{"label": "A"}]}), "`patterns[0]`: missing field `pattern`"),
            (json!({"patterns": [{"label": " ", "pattern": "a"}]}), "`patterns[0].label`: the label is empty"),
            (
                json!({"patterns": [{"label": "A", "pattern": "a"}, {"label": "B", "pattern": "ab(c"}]}),
                "`patterns[1].pattern`: unclosed group, at character 3 of the pattern",
            ),
            (json!({"patterns": [{"label": "A", "pattern": "a\n(b"}]}), "`patterns[0].pattern`: unclosed group"),
            (
                json!({"patterns": [{"label": "A", "pattern": "(?=a)"}]}),
                "`patterns[0].pattern`: look-around, including look-ahead and look-behind, is not supported, at character 1 of the pattern",
            ),
            (
                json!({"patterns": [{"label": "A", "pattern": r"\w{500}{500}"}]}),
                "`patterns[0].pattern`: the pattern needs more than 10 MiB once it is compiled: repeat less, or less than all letters of Unicode, as in `[a-z]` for `\\w`",
            ),
            (
                json!({"patterns": [{"label": "A", "pattern": "(a)", "group": 2}]}),
                "`patterns[0].group`: the pattern has no group 2; its last is 1",
            ),
            (
                json!({"patterns": [{"label": "A", "pattern": "(?<y>a)", "group": "x"}]}),
                "`patterns[0].group`: the pattern has no group \"x\"; its groups: y",
            ),
        ] {
            assert_eq!(build(options).err().map(|e| e.to_string()).as_deref(), Some(expected));
        }
    }

    #[test]
    fn only_whole_tokens_count_when_asked_for() {
        let tokens: Vec<Token> =
            [(0, 2), (3, 5), (5, 6)].map(|(start, end)| Token { start, end, ..Token::default() }).into();
        for (range, whole) in
            [((0, 2), true), ((0, 5), true), ((3, 6), true), ((1, 2), false), ((0, 4), false), ((2, 5), false)]
        {
            assert_eq!(is_whole(&tokens, range.0, range.1), whole, "{range:?}");
        }
        for (options, reads) in [(json!(true), None), (json!(false), Some(Layers::of(&[Layer::Text])))] {
            let (built, _) = build(json!({"patterns": [{"label": "A", "pattern": "a"}], "tokens": options})).unwrap();
            assert_eq!(built.reads(), reads);
        }
    }
}
