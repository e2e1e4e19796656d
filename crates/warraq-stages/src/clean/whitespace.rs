//! `clean.whitespace`: one kind of space, one kind of line end, and no more of either than needed.

use crate::clean::classes::{Classes, char_at};
use crate::options;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Leaves one kind of space and one kind of line end, and no more of either than the text needs:

- every space of Unicode (category Zs: no-break, thin, ideographic and so on) and the tab become U+0020;
- `\\r\\n`, `\\r`, vertical tab, form feed, U+0085, U+2028 and U+2029 become `\\n`;
- several spaces in a row become one;
- spaces at the start and the end of a line go;
- of several blank lines in a row, `blank_lines` stay: one by default, so that paragraphs remain apart;
- white space at the start and the end of the text goes.

Each of these can be turned off. What goes is on record under the label `whitespace`; a space or line end that becomes
another one is not a loss and is not listed.

The no-break spaces U+00A0 and U+202F become ordinary spaces by default, also where French writes them before `! ? : ; »`
and after `«`: most tools that come later know only one space. `no_break = \"punctuation\"` keeps them beside such
punctuation, `no_break = \"keep\"` keeps them everywhere.

Characters without width, such as U+200B, are not white space; `clean.unicode` takes them out.";

/// What happens to a kind of white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Fold {
    /// Becomes the ordinary one of its kind.
    Fold,
    /// Stays as it is.
    Keep,
}

/// What happens to no-break spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum NoBreak {
    /// They become ordinary spaces.
    Fold,
    /// A single one before `! ? : ; » ›` or after `« ‹` stays; others become ordinary spaces.
    Punctuation,
    /// They stay as they are.
    Keep,
}

/// The options of `clean.whitespace`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Spaces other than U+0020, except tabs and no-break spaces.
    spaces: Fold,
    /// No-break spaces (U+00A0, U+202F), as in French before punctuation.
    no_break: NoBreak,
    /// Tabs.
    tabs: Fold,
    /// Line ends other than `\n`.
    line_ends: Fold,
    /// Whether several spaces in a row become one.
    collapse: bool,
    /// Whether spaces at the start and the end of each line go.
    trim_lines: bool,
    /// Whether white space at the start and the end of the text goes.
    trim: bool,
    /// How many blank lines in a row may stay. Lines of nothing but spaces are blank.
    blank_lines: u32,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            spaces: Fold::Fold,
            no_break: NoBreak::Fold,
            tabs: Fold::Fold,
            line_ends: Fold::Fold,
            collapse: true,
            trim_lines: true,
            trim: true,
            blank_lines: 1,
        }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "clean.whitespace".into(),
            summary: "one kind of space and line end, and no more than needed".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text]),
            writes: Layers::of(&[Layer::Text]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("Clean text stays as it is", "سطر أول\nسطر ثان\n\nفقرة").unchanged().removed(&[]),
                Example::new("Spaces of all kinds, and too many", "  كلمة\u{a0}\u{a0} أخرى\u{3000}هنا\t ").text("كلمة أخرى هنا"),
                Example::new("Line ends of all kinds; paragraphs stay apart", "a \r\nb\rc\u{2028}d\r\n\r\n \r\n\r\n e\n")
                    .text("a\nb\nc\nd\n\ne"),
                Example::new("What goes is on record", "كلمة  أخرى \n\n\n").text("كلمة أخرى").removed(&[
                    ("whitespace", " "),
                    ("whitespace", " \n\n\n"),
                ]),
                Example::new("No blank lines", "a\n\n\nb").options("blank_lines = 0").text("a\nb"),
                Example::new("French spacing can stay", "«\u{a0}Quoi\u{202f}?\u{a0}»\u{a0}dit-il")
                    .options("no_break = \"punctuation\"")
                    .lang("fr")
                    .text("«\u{a0}Quoi\u{202f}?\u{a0}» dit-il"),
                Example::new("Only the line ends", "  a\t b\r\n\r\n\r\n\r\n").options(
                    "spaces = \"keep\"\nno_break = \"keep\"\ntabs = \"keep\"\ncollapse = false\ntrim_lines = false\ntrim = false\nblank_lines = 100",
                ).text("  a\t b\n\n\n\n"),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    Ok(Built::parallel(Whitespace { options, label: cx.labels.intern("whitespace") }))
}

const SPACE: u8 = 1;
const OTHER_SPACE: u8 = 2;
const NO_BREAK: u8 = 3;
const TAB: u8 = 4;
/// This and all classes above end a line.
const LINE_FEED: u8 = 5;
const OTHER_LINE_END: u8 = 6;

fn classes() -> &'static Classes {
    static CLASSES: OnceLock<Classes> = OnceLock::new();
    let class = |c| match c {
        ' ' => SPACE,
        '\t' => TAB,
        '\n' => LINE_FEED,
        '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => OTHER_LINE_END,
        '\u{a0}' | '\u{202f}' => NO_BREAK,
        '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{205f}' | '\u{3000}' => OTHER_SPACE,
        _ => 0,
    };
    CLASSES.get_or_init(|| Classes::new(class, |_| 0))
}

#[derive(Clone, Copy)]
struct Whitespace {
    options: Options,
    label: LabelId,
}

impl Stage for Whitespace {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(WhitespaceWorker { stage: *self, classes: classes(), scratch: String::new() })
    }
}

struct WhitespaceWorker {
    stage: Whitespace,
    classes: &'static Classes,
    /// What a run of white space becomes.
    scratch: String,
}

impl Worker for WhitespaceWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let text = doc.text;
        let mut at = 0;
        while let Some((start, class)) = self.classes.find(text, at) {
            let mut end = start + char_at(text, start).map_or(1, char::len_utf8);
            let mut chars = text[end..].chars();
            let mut length = 1;
            while let Some(c) = chars.next()
                && self.classes.of(c) != 0
            {
                end += c.len_utf8();
                length += 1;
            }
            at = end;
            // By far the most: one space between words, one end of a line.
            let plain = length == 1 && (class == SPACE || class == LINE_FEED);
            if !plain || start == 0 || end == text.len() {
                self.run(text, start, end, out);
            }
        }
        Ok(())
    }
}

impl WhitespaceWorker {
    /// Settles the white space `start..end`, which has none beside it.
    fn run(&mut self, text: &str, start: usize, end: usize, out: &mut Changes) {
        let Options { trim, .. } = self.stage.options;
        self.scratch.clear();
        let run = &text[start..end];
        let dropped = if trim && (start == 0 || end == text.len()) {
            true
        } else {
            let single = run.chars().nth(1).is_none();
            let french = single && (opens(text, start) || closes(text, end));
            self.rewrite(run, french, start == 0, end == text.len())
        };
        if self.scratch == run {
            return;
        }
        if dropped {
            out.replace_labelled(start..end, &self.scratch, self.stage.label, None);
        } else {
            out.replace(start..end, &self.scratch);
        }
    }

    /// Writes what the run becomes, and says whether anything of it was dropped. `first` and `last`: at the start and the
    /// end of the text.
    fn rewrite(&mut self, run: &str, french: bool, first: bool, last: bool) -> bool {
        let Options { spaces, no_break, tabs, line_ends, collapse, trim_lines, blank_lines, .. } = self.stage.options;
        let mut dropped = false;
        // At the start of the text, the first line end already leaves a blank line behind.
        let mut ends = u32::from(first);
        let allowed = blank_lines.saturating_add(1);
        // Where the spaces on the line begin in the result, and whether the line is the first of the run.
        let (mut line, mut in_first) = (0, true);
        let mut chars = run.chars().peekable();
        while let Some(c) = chars.next() {
            let class = self.classes.of(c);
            if class >= LINE_FEED {
                if c == '\r' && chars.peek() == Some(&'\n') {
                    if line_ends == Fold::Keep {
                        self.line_end("\r\n", &mut ends, allowed, &mut line, in_first, &mut dropped);
                        chars.next();
                        in_first = false;
                        continue;
                    }
                    chars.next();
                }
                let mut own = [0; 4];
                let end = if line_ends == Fold::Fold { "\n" } else { c.encode_utf8(&mut own) };
                self.line_end(end, &mut ends, allowed, &mut line, in_first, &mut dropped);
                in_first = false;
                continue;
            }
            if collapse && self.scratch.len() > line {
                // One space of the line is there already; an ordinary one stands for all.
                self.scratch.truncate(line);
                self.scratch.push(' ');
                dropped = true;
                continue;
            }
            let keep = match class {
                SPACE => true,
                TAB => tabs == Fold::Keep,
                NO_BREAK => no_break == NoBreak::Keep || no_break == NoBreak::Punctuation && french,
                _ => spaces == Fold::Keep,
            };
            self.scratch.push(if keep { c } else { ' ' });
        }
        let on_edge = !in_first || first || last;
        if trim_lines && on_edge && self.scratch.len() > line {
            self.scratch.truncate(line);
            dropped = true;
        }
        dropped
    }

    /// Ends a line: spaces before the end of a line go, and line ends beyond those allowed.
    fn line_end(
        &mut self,
        end: &str,
        ends: &mut u32,
        allowed: u32,
        line: &mut usize,
        in_first: bool,
        dropped: &mut bool,
    ) {
        let too_many = *ends >= allowed;
        if self.scratch.len() > *line && (self.stage.options.trim_lines || too_many && !in_first) {
            self.scratch.truncate(*line);
            *dropped = true;
        }
        if too_many {
            *dropped = true;
        } else {
            self.scratch.push_str(end);
            *ends += 1;
        }
        *line = self.scratch.len();
    }
}

fn opens(text: &str, at: usize) -> bool {
    matches!(text[..at].chars().next_back(), Some('«' | '‹'))
}

fn closes(text: &str, at: usize) -> bool {
    matches!(char_at(text, at), Some('!' | '?' | ':' | ';' | '»' | '›'))
}

#[cfg(test)]
mod tests {
    use super::definition;
    use crate::clean::testing::{check, messy_text, run, text};
    use proptest::prelude::*;

    #[test]
    fn by_default_little_is_left() {
        check(
            &definition(),
            "",
            "",
            &[
                ("", ""),
                (" \n\t", ""),
                ("a b", "a b"),
                ("a\u{a0}b", "a b"),
                ("a \u{a0} b", "a b"),
                ("a\n", "a"),
                ("a\r\nb", "a\nb"),
                ("a\n\nb", "a\n\nb"),
                ("a\n\r\nb", "a\n\nb"),
                ("a \u{c}\u{b} b", "a\n\nb"),
                ("a\r\rb\u{85}c\u{2029}d", "a\n\nb\nc\nd"),
                ("a\n \t\n\u{3000}\nb", "a\n\nb"),
                ("\u{feff} a", "\u{feff} a"),
            ],
        );
    }

    #[test]
    fn each_part_can_be_turned_off() {
        for (options, input, expected) in [
            ("spaces = \"keep\"", "a\u{3000}b\u{a0}c", "a\u{3000}b c"),
            ("tabs = \"keep\"", "a\tb\t\tc", "a\tb c"),
            ("tabs = \"keep\"\ncollapse = false", "a\t\tb  c", "a\t\tb  c"),
            ("collapse = false", " a\u{a0}\u{a0}b ", "a  b"),
            ("trim_lines = false", "a \n b\n\n\n\n  c", "a \n b\n\n c"),
            ("trim_lines = false", "a\n \n \n \nb", "a\n \nb"),
            ("trim_lines = false\nblank_lines = 0", "a \n \n b", "a \n b"),
            ("trim = false", " a \n\n\n", "a\n\n"),
            ("trim = false", "\n\n\n a", "\na"),
            ("trim = false\ntrim_lines = false", "  a  ", " a "),
            ("line_ends = \"keep\"", "a\r\nb\u{2028}c \r\n\r\n\r\nd", "a\r\nb\u{2028}c\r\n\r\nd"),
            ("blank_lines = 2", "a\n\n\n\n\nb", "a\n\n\nb"),
            ("no_break = \"keep\"", "a\u{a0}b\u{a0}\u{a0}c", "a\u{a0}b c"),
            ("no_break = \"punctuation\"", "a\u{a0}b\u{a0}! c\u{a0}\u{a0}?", "a b\u{a0}! c ?"),
        ] {
            check(&definition(), options, "", &[(input, expected)]);
        }
    }

    #[test]
    fn a_line_end_that_becomes_another_is_no_loss() {
        assert!(run(&definition(), "", "", "a\r\nb\u{a0}c\u{2028}d\r\n\r\ne").removed().is_empty());
    }

    const SETTINGS: [&str; 8] = [
        "",
        "collapse = false\ntrim = false",
        "trim_lines = false",
        "trim = false\nblank_lines = 0",
        "trim = false\ntrim_lines = false\nblank_lines = 2",
        "trim = false\ntrim_lines = false\ncollapse = false\nblank_lines = 0",
        "line_ends = \"keep\"\ntabs = \"keep\"",
        "spaces = \"keep\"\nno_break = \"punctuation\"",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn a_second_run_changes_nothing(
            input in prop_oneof![messy_text(), "[ \t\n\r\u{a0}\u{85}\u{3000}a!]{0,12}"],
            setting in 0..SETTINGS.len(),
        ) {
            let once = text(&definition(), SETTINGS[setting], "", &input);
            prop_assert_eq!(text(&definition(), SETTINGS[setting], "", &once), once);
        }

        #[test]
        fn only_white_space_changes(input in messy_text()) {
            let ink = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(ink(&text(&definition(), "", "", &input)), ink(&input));
        }
    }
}
