//! `clean.markup`: tags, comments and character references that were left in text which is otherwise plain.

mod entity;
mod light;
mod tag;
#[cfg(test)]
mod tests;

use crate::clean::classes::Classes;
use crate::clean::rounds::Rounds;
use crate::options;
use light::Wiki;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use tag::{Role, Tag};
use warraq_core::{
    BuildContext, Built, Changes, DocView, EditList, Example, LabelId, Layer, Layers, OptionError, Order, Result,
    Stage, StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Takes markup out of text that is plain but for what an extractor, a feed or a form has left in it. Whole pages of HTML are for
`clean.html`, which finds the article in them; this stage keeps all of the text, and the source map.

| what | becomes | on record as |
|---|---|---|
| tags: `<b>`, `</p>`, `<a href=\"…\">`, `<br/>`, `<o:p>` | nothing; block elements and `br` a line end, cells a space | `tag` |
| `<script>…</script>`, `<style>…</style>` with what is in them | nothing | `script`, `style` |
| comments `<!-- … -->`, `<!DOCTYPE …>`, `<?xml … ?>` | nothing | `comment` |
| `<![CDATA[ … ]]>` | what is in it | `tag` |
| character references: `&eacute;` `&#233;` `&#xE9;` `&amp;amp;nbsp;` | what they stand for in the end | not a loss, not listed |
| `bbcode = true`: `[b]`, `[/url]`, `[size=4]` | nothing | `bbcode` |
| `wiki = true`: `[[target\\|words]]`, `'''`, `{{…}}`, `== title ==` | the words; templates, files and categories nothing | `wiki` |

**What is no markup stays**: `a < b`, `<3`, `if a<b and c>d`, `List<String>`, `<name@mail.example>`, `AT&T`, `?a=1&copy=2`. A tag
has the name of an HTML element (or one of a word processor's, such as `o:p`), and after it only attributes as HTML
writes them: names with a value, or ones known to need none. A start tag of one letter without attributes, such as `<b>` or
`<i>`, counts only if the text has its end tag, too. What is not closed (`<a href=\"…` at the end of a text, `<!-- …`) stays.
References without a semicolon stay, but for `&nbsp` and `&quot`; so do those of controls.

**Line ends.** `block_tags = \"newline\"` writes one line end for tags of blocks that follow each other, and none where there is
one already; `\"space\"` writes a space instead, `\"nothing\"` deletes. `clean.whitespace` evens out what is around them, and turns
the no-break space of `&nbsp;` into an ordinary one.

**Escaped markup.** What comes out of references may be markup again (`&lt;b&gt;` in a feed), so the text is gone through until
nothing more is found, eight times at most. `escaped = false` stops after the first time, for texts about HTML.";

/// What tags of block elements become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum BlockTags {
    /// The end of a line.
    Newline,
    /// A space.
    Space,
    /// Nothing.
    Nothing,
}

/// The options of `clean.markup`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Whether tags, comments, scripts and styles are taken out.
    tags: bool,
    /// Whether character references become the characters they stand for.
    entities: bool,
    /// What tags of block elements become.
    block_tags: BlockTags,
    /// Whether markup that comes out of references is taken out, too.
    escaped: bool,
    /// Whether BBCode is taken out.
    bbcode: bool,
    /// Whether wiki markup is taken out.
    wiki: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            tags: true,
            entities: true,
            block_tags: BlockTags::Newline,
            escaped: true,
            bbcode: false,
            wiki: false,
        }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    let example = Example::new;
    StageDef {
        info: StageInfo {
            name: "clean.markup".into(),
            summary: "takes tags, comments and character references out of almost plain text".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text]),
            writes: Layers::of(&[Layer::Text]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                example("What is no markup stays", "a < b, 3<5, I <3 U, if a<b and c>d, List<T>, AT&T, <x@y.example>")
                    .unchanged()
                    .removed(&[]),
                example("Tags and references", "قال <b>الوزير</b> إنّ&nbsp;الأسعار &laquo;مستقرة&raquo;")
                    .text("قال الوزير إنّ\u{a0}الأسعار «مستقرة»")
                    .removed(&[("tag", "<b>"), ("tag", "</b>")]),
                example("Blocks part lines, cells words", "<p>a</p><p>b<br/>c</p><tr><td>d</td><td>e</td></tr>")
                    .text("\na\nb\nc\nd e \n"),
                example("Scripts and comments go whole", "a<script>if (x<y) f();</script> b<!-- c --> d")
                    .text("a b d")
                    .removed(&[("script", "<script>if (x<y) f();</script>"), ("comment", "<!-- c -->")]),
                example("Escaped again and again", "caf&amp;amp;eacute; &lt;i&gt;noir&lt;/i&gt;").text("café noir"),
                example("Forum posts", "[b]مرحبا[/b] [url=http://x.example]هنا[/url] [1]")
                    .options("bbcode = true")
                    .text("مرحبا هنا [1]"),
                example("Wiki pages", "== عنوان ==\n'''تونس''' [[دولة|بلد]] في [[أفريقيا]]{{مصدر}}")
                    .options("wiki = true")
                    .text(" عنوان \nتونس بلد في أفريقيا"),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    if !(options.tags || options.entities || options.bbcode || options.wiki) {
        return Err(OptionError::new("", "all kinds of markup are off, so nothing would ever be taken out"));
    }
    let label = |name: &str| cx.labels.intern(name);
    let labels = Labels {
        tag: label("tag"),
        comment: label("comment"),
        script: label("script"),
        style: label("style"),
        bbcode: label("bbcode"),
        wiki: label("wiki"),
    };
    Ok(Built::parallel(Markup { options, labels }))
}

#[derive(Clone, Copy)]
struct Labels {
    tag: LabelId,
    comment: LabelId,
    script: LabelId,
    style: LabelId,
    bbcode: LabelId,
    wiki: LabelId,
}

#[derive(Clone, Copy)]
struct Markup {
    options: Options,
    labels: Labels,
}

impl Stage for Markup {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(MarkupWorker { stage: *self, rounds: Rounds::default(), scratch: String::new() })
    }
}

/// How often the text is gone through at most: each time undoes one layer of escapes.
const MOST_ROUNDS: usize = 8;

struct MarkupWorker {
    stage: Markup,
    rounds: Rounds,
    scratch: String,
}

impl Worker for MarkupWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        self.rounds.begin();
        let most = if self.stage.options.escaped { MOST_ROUNDS } else { 1 };
        for _ in 0..most {
            let (stage, scratch) = (&self.stage, &mut self.scratch);
            let found =
                self.rounds.round(doc.text, |text, edits| Pass::new(stage, doc.text, text, edits).run(scratch))?;
            if !found {
                break;
            }
        }
        self.rounds.finish(doc.text, self.stage.labels.tag, out);
        Ok(())
    }
}

const LESS: u8 = 1;
const AMPERSAND: u8 = 2;
const BRACKET: u8 = 3;
const WIKI: u8 = 4;

fn classes() -> &'static Classes {
    static CLASSES: OnceLock<Classes> = OnceLock::new();
    let class = |c| match c {
        '<' => LESS,
        '&' => AMPERSAND,
        '[' => BRACKET,
        '\'' | '{' | '=' => WIKI,
        _ => 0,
    };
    CLASSES.get_or_init(|| Classes::new(class, |_| 0))
}

/// One time through a text.
struct Pass<'a> {
    stage: &'a Markup,
    /// The text before the first pass.
    source: &'a str,
    text: &'a str,
    edits: &'a mut EditList,
    /// Whether what is written so far ends with what parts lines or words.
    parted: (usize, char),
    /// The closing parts that are known not to come any more, so that none is searched for twice.
    absent: Vec<&'static str>,
    /// How many bytes may still be looked at again, of tags that turned out to be none.
    budget: usize,
    /// Per letter, whether the end tag of that name is in the text; found out when it matters.
    ends: Option<[bool; 26]>,
}

impl<'a> Pass<'a> {
    fn new(stage: &'a Markup, source: &'a str, text: &'a str, edits: &'a mut EditList) -> Self {
        // Four times the text is far more than any but hostile ones need, and keeps the time in proportion to the length.
        let budget = text.len().saturating_mul(4);
        Pass { stage, source, text, edits, parted: (usize::MAX, ' '), absent: Vec::new(), budget, ends: None }
    }

    fn run(mut self, scratch: &mut String) {
        let options = self.stage.options;
        let mut at = 0;
        while let Some((here, class)) = classes().find(self.text, at) {
            let rest = &self.text[here..];
            at = match class {
                LESS if options.tags => self.angle(here),
                AMPERSAND if options.entities => match entity::read(rest, scratch) {
                    Some(length) => {
                        self.edits.push(here..here + length, scratch, None, None);
                        here + length
                    }
                    None => here + 1,
                },
                BRACKET => match options.bbcode.then(|| light::bbcode(rest)).flatten() {
                    Some(length) => self.remove(here, length, self.stage.labels.bbcode),
                    None if options.wiki => self.wiki(here),
                    None => here + 1,
                },
                WIKI if options.wiki => self.wiki(here),
                _ => here + 1,
            };
        }
    }

    fn remove(&mut self, at: usize, length: usize, label: LabelId) -> usize {
        self.edits.push(at..at + length, "", Some(label), None);
        at + length
    }

    fn wiki(&mut self, at: usize) -> usize {
        let label = self.stage.labels.wiki;
        let begins_line = at == 0 || self.text.as_bytes()[at - 1] == b'\n';
        match light::wiki(&self.text[at..], begins_line) {
            None => at + 1,
            Some(Wiki::Gone(length)) => self.remove(at, length, label),
            Some(Wiki::Inner(start, end, length)) => {
                self.remove(at, start, label);
                self.remove(at + end, length - end, label)
            }
        }
    }

    /// What begins with the `<` at byte `at`; where to go on.
    fn angle(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let labels = self.stage.labels;
        if rest.starts_with("<!--") {
            return match self.close(at + 4, "-->") {
                Some(end) => self.remove(at, end + 3 - at, labels.comment),
                None => at + 1,
            };
        }
        if rest.starts_with("<![CDATA[") {
            let Some(end) = self.close(at + 9, "]]>") else { return at + 1 };
            self.remove(at, 9, labels.tag);
            return self.remove(end, 3, labels.tag);
        }
        let is_prolog = rest.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"))
            || rest.starts_with("<?xml")
            || rest.starts_with("<?php");
        if is_prolog {
            // None of them is longer than this.
            return match rest.bytes().take(1024).position(|b| b == b'>') {
                Some(end) => self.remove(at, end + 1, labels.comment),
                None => at + 1,
            };
        }
        match tag::read(rest) {
            Ok(tag) => self.tag(at, &tag),
            Err(seen) if seen <= self.budget => {
                self.budget -= seen;
                at + 1
            }
            Err(seen) => self.text.floor_char_boundary(at + seen),
        }
    }

    fn tag(&mut self, at: usize, tag: &Tag<'_>) -> usize {
        let labels = self.stage.labels;
        let end = at + tag.length;
        if !tag.is_end {
            for (name, close, label) in [("script", "</script", labels.script), ("style", "</style", labels.style)] {
                if tag.name.eq_ignore_ascii_case(name)
                    && let Some(inner) = self.close(end, close)
                    && let Some(last) = self.text[inner..].bytes().take(64).position(|b| b == b'>')
                {
                    return self.remove(at, inner + last + 1 - at, label);
                }
            }
            let is_doubtful = tag.is_bare && tag.name.len() == 1 && !tag.name.eq_ignore_ascii_case("p");
            if is_doubtful && !self.has_end(tag.name) {
                return at + 1;
            }
        }
        let with = match (tag.role, self.stage.options.block_tags) {
            (Role::Inline, _) | (Role::Block, BlockTags::Nothing) => "",
            (Role::Block, BlockTags::Newline) => "\n",
            (Role::Block, BlockTags::Space) | (Role::Cell, _) => " ",
        };
        // Nothing is written beside what parts already.
        let before = if self.parted.0 == at { Some(self.parted.1) } else { self.text[..at].chars().next_back() };
        let after = self.text[end..].chars().next();
        let parts = |c: Option<char>| match with {
            "\n" => c == Some('\n'),
            _ => c.is_some_and(char::is_whitespace),
        };
        let with = if parts(before) || parts(after) { "" } else { with };
        self.parted = (end, with.chars().next().or(before).unwrap_or('\0'));
        self.edits.push(at..end, with, Some(labels.tag), None);
        end
    }

    /// Where `what` is first found from byte `from` on, whatever its case.
    fn close(&mut self, from: usize, what: &'static str) -> Option<usize> {
        if self.absent.contains(&what) {
            return None;
        }
        let bytes = self.text.as_bytes();
        let mut starts = memchr::memchr_iter(what.as_bytes()[0], &bytes[from..]).map(|n| from + n);
        let found = starts
            .find(|at| bytes.get(*at..at + what.len()).is_some_and(|part| part.eq_ignore_ascii_case(what.as_bytes())));
        if found.is_none() {
            self.absent.push(what);
        }
        found
    }

    /// Whether the text has an end tag of this name of one letter.
    fn has_end(&mut self, name: &str) -> bool {
        let (source, text) = (self.source, self.text);
        let ends = self.ends.get_or_insert_with(|| {
            let mut ends = [false; 26];
            // An earlier pass may have taken out the end and left the start, which was escaped.
            for bytes in [source.as_bytes(), text.as_bytes()] {
                for n in memchr::memmem::find_iter(bytes, "</") {
                    if let [letter, b'>', ..] = bytes[n + 2..]
                        && letter.is_ascii_alphabetic()
                    {
                        ends[usize::from(letter.to_ascii_lowercase() - b'a')] = true;
                    }
                }
            }
            ends
        });
        ends[usize::from(name.as_bytes()[0].to_ascii_lowercase() - b'a')]
    }
}
