//! `clean.repeated-lines`: lines that come back in the documents of one source, learned in the order of the input.

use crate::clean::cut;
use crate::fold::{Folder, Folds};
use crate::model::features::hash_str;
use crate::{options, tables};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Error, Example, Holds, InOrderStage, LabelId, Layer, Layers, OptionError,
    Order, Preparer, Result, StageDef, StageInfo, StageState, parse_options,
};

const MANUAL: &str = "\
Takes out the lines that a site sets into all its pages: menus, notices, invitations. A line that has been in `after` documents of
a source goes from the next one on; the documents before keep it, because they have been passed on. To clean those, too, run
the pipeline twice, or take what the first run has removed as a list.

**Source**: documents belong together when the field `source` of their record is the same. A value that is a URL counts by its
host, without `www.`. Documents without the field are one source.

**Lines** are the same when their letters and digits are: capital and small letters, Arabic vowel signs and letter variants,
punctuation and white space do not matter. Lines with fewer than `min_chars` or more than `max_chars` letters and digits are not
looked at, because paragraphs that are repeated are a matter of deduplication, and a line in a document counts once.

**Lists**: `files` name lines that go from every document, the first one, too; a line each, `#` for comments. With
`learn = false` only those count.

**Memory**: 17 to 36 bytes for each line that is remembered, which are at most `memory` (a million: 36 MB). When there is no
room, the lines that have been seen once are forgotten, then those seen twice, and so on until half of the room is free. What
goes depends on the order of the input alone, never on threads. Lines are remembered as 64-bit numbers, of which two different
lines share one about once in 10^7 runs of a million lines.

What goes is on record as `repeated-line`.";

/// The options of `clean.repeated-lines`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The field of the record that says where it is from: a name or a URL.
    source: String,
    /// In how many documents of a source a line may be before it goes from the next. At least 1.
    #[schemars(range(min = 1))]
    after: u32,
    /// The fewest letters and digits of a line that is looked at.
    min_chars: usize,
    /// The most letters and digits of a line that is looked at.
    max_chars: usize,
    /// How many lines are remembered at most. At least 2.
    #[schemars(range(min = 2))]
    memory: usize,
    /// Whether lines are learned from the documents.
    learn: bool,
    /// Lists of lines that go from every document.
    files: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            source: "url".into(),
            after: 5,
            min_chars: 3,
            max_chars: 200,
            memory: 1_000_000,
            learn: true,
            files: Vec::new(),
        }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "clean.repeated-lines".into(),
            summary: "lines that come back in the documents of one source".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Meta]),
            writes: Layers::of(&[Layer::Text]),
            order: Order::InOrder,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("Lines from a list", "افتتح الوزير المعرض.\nحمّل تطبيق الصحيفة الآن!\nوقال إنه الأكبر.")
                    .options("files = ['lines.txt']")
                    .file("lines.txt", "# the app\nحمل تطبيق الصحيفة الآن\n")
                    .text("افتتح الوزير المعرض.\nوقال إنه الأكبر.")
                    .removed(&[("repeated-line", "حمّل تطبيق الصحيفة الآن!\n")]),
                Example::new("What has not come back stays", "Sign up for our daily letter\nThe port opens on Monday.")
                    .field("url", "\"https://www.example.org/1\"")
                    .unchanged(),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    if !options.learn && options.files.is_empty() {
        let error = OptionError::new("files", "nothing is learned and there is no list, so no line would ever go");
        return Err(error.help("name a list of lines, or leave `learn` out"));
    }
    for (option, value, least) in [("after", options.after as usize, 1), ("memory", options.memory, 2)] {
        if value < least {
            return Err(OptionError::new(option, format!("it is at least {least}")));
        }
    }
    if options.min_chars > options.max_chars {
        let message =
            format!("no line has at least {} and at most {} characters", options.min_chars, options.max_chars);
        return Err(OptionError::new("min_chars", message));
    }
    let folder = Arc::new(Folder::new(Folds::default()));
    let mut listed = BTreeSet::new();
    let (mut folded, mut whole) = (String::new(), String::new());
    for (n, path) in options.files.iter().enumerate() {
        tables::read(path, &format!("files[{n}]"), usize::MAX, cx, |columns| {
            let line = columns.join(" ");
            match fold(&folder, &line, usize::MAX, &mut folded, &mut whole) {
                0 => Err("the line has no letter and no digit".to_owned()),
                _ => {
                    listed.insert(hash_str(&whole));
                    Ok(())
                }
            }
        })?;
    }
    Ok(Built::in_order(RepeatedLines {
        options: Arc::new(options),
        folder,
        listed: Arc::new(listed),
        label: cx.labels.intern("repeated-line"),
    }))
}

/// Writes the letters and digits of a line as they count to `whole`, and says how many characters those are; more than
/// `most` are not counted.
fn fold(folder: &Folder, line: &str, most: usize, word: &mut String, whole: &mut String) -> usize {
    whole.clear();
    let mut count = 0;
    for part in line.split(char::is_whitespace) {
        folder.word(part, word);
        for c in word.chars().filter(|c| c.is_alphanumeric()) {
            whole.push(c);
            count += 1;
            if count > most {
                return count;
            }
        }
    }
    count
}

/// Where a document is from: the host of a URL, or the value itself.
fn source(json: Option<&str>) -> u64 {
    let Some(json) = json.filter(|json| *json != "null") else { return 0 };
    let value: String = serde_json::from_str(json).unwrap_or_else(|_| json.to_owned());
    let host = value.split_once("://").map(|(_, rest)| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default().to_lowercase();
        host.strip_prefix("www.").map(str::to_owned).unwrap_or(host)
    });
    hash_str(host.as_deref().unwrap_or(&value))
}

struct RepeatedLines {
    options: Arc<Options>,
    folder: Arc<Folder>,
    listed: Arc<BTreeSet<u64>>,
    label: LabelId,
}

/// What a line that is remembered takes, in bytes, at most.
const PER_LINE: u64 = 36;

impl InOrderStage for RepeatedLines {
    fn holds(&self) -> Holds {
        Holds::Bytes(self.options.memory as u64 * PER_LINE)
    }

    fn preparer(&self) -> Box<dyn Preparer> {
        Box::new(LinePreparer {
            options: Arc::clone(&self.options),
            folder: Arc::clone(&self.folder),
            lines: Vec::new(),
            word: String::new(),
            whole: String::new(),
        })
    }

    fn state(&self) -> Box<dyn StageState> {
        Box::new(Seen {
            options: Arc::clone(&self.options),
            listed: Arc::clone(&self.listed),
            label: self.label,
            counts: HashMap::new(),
            lines: Vec::new(),
            fresh: Vec::new(),
        })
    }
}

struct LinePreparer {
    options: Arc<Options>,
    folder: Arc<Folder>,
    lines: Vec<Range<usize>>,
    word: String,
    whole: String,
}

/// A line that is not looked at.
const NOT_LOOKED_AT: u64 = 0;

impl Preparer for LinePreparer {
    /// The source, then a number for each line.
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        key.extend(source(doc.meta.get(&self.options.source)).to_le_bytes());
        cut::lines(doc.text, &mut self.lines);
        let Options { min_chars, max_chars, .. } = *self.options;
        for line in &self.lines {
            let count = fold(&self.folder, &doc.text[line.clone()], max_chars, &mut self.word, &mut self.whole);
            let looked_at = (min_chars.max(1)..=max_chars).contains(&count);
            // A line whose number happens to be that of none is treated as none.
            let number = if looked_at { hash_str(&self.whole) } else { NOT_LOOKED_AT };
            key.extend(number.to_le_bytes());
        }
        Ok(())
    }
}

/// How often each line of each source has been seen.
struct Seen {
    options: Arc<Options>,
    listed: Arc<BTreeSet<u64>>,
    label: LabelId,
    /// By source and line. Nothing depends on the order in which this is gone through.
    counts: HashMap<u64, u32>,
    lines: Vec<Range<usize>>,
    /// The lines of a document that are to be remembered.
    fresh: Vec<u64>,
}

fn numbers(bytes: &[u8]) -> impl ExactSizeIterator<Item = u64> {
    bytes.as_chunks::<8>().0.iter().map(|number| u64::from_le_bytes(*number))
}

impl Seen {
    /// Remembers the lines of a document, each once.
    fn learn(&mut self, lines: impl Iterator<Item = u64>) {
        for line in lines {
            if self.counts.len() >= self.options.memory && !self.counts.contains_key(&line) {
                self.make_room();
            }
            let count = self.counts.entry(line).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Forgets the lines that have been seen least, until half of the room is free.
    fn make_room(&mut self) {
        while self.counts.len() > self.options.memory / 2 {
            let Some(least) = self.counts.values().min().copied() else { return };
            self.counts.retain(|_, count| *count > least);
        }
    }
}

impl StageState for Seen {
    fn decide(&mut self, doc: &DocView<'_>, key: &[u8], out: &mut Changes, journal: &mut Vec<u8>) -> Result<()> {
        cut::lines(doc.text, &mut self.lines);
        let mut key = numbers(key);
        let source = key.next().unwrap_or_default();
        let hashes: Vec<u64> = key.collect();
        if hashes.len() != self.lines.len() {
            let message = format!("{} lines were prepared, and there are {}", hashes.len(), self.lines.len());
            return Err(Error::stage("other_document", message));
        }
        let of_source = |line: u64| crate::model::features::conjoin(source, line);
        let Options { learn, after, .. } = *self.options;
        let gone = |n: usize| {
            let line = hashes[n];
            let repeated = || self.counts.get(&of_source(line)).is_some_and(|&count| count >= after);
            let goes = line != NOT_LOOKED_AT && (self.listed.contains(&line) || learn && repeated());
            goes.then_some((self.label, None))
        };
        cut::remove(doc.text, &self.lines, gone, None, out);
        if learn {
            let mut fresh = std::mem::take(&mut self.fresh);
            fresh.clear();
            fresh.extend(hashes.iter().filter(|&&line| line != NOT_LOOKED_AT).map(|&line| of_source(line)));
            fresh.sort_unstable();
            fresh.dedup();
            journal.extend(fresh.iter().flat_map(|line| line.to_le_bytes()));
            self.learn(fresh.iter().copied());
            self.fresh = fresh;
        }
        Ok(())
    }

    fn replay(&mut self, journal: &[u8]) -> Result<()> {
        if !journal.len().is_multiple_of(8) {
            return Err(Error::stage(
                "broken_journal",
                format!("a journal entry of {} bytes holds no whole numbers", journal.len()),
            ));
        }
        self.learn(numbers(journal));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::testing::built;
    use warraq_core::{Document, Labels};

    /// Runs documents, source and text each, through the stage, and returns their texts and journals.
    fn texts(options: &str, documents: &[(&str, &str)]) -> (Vec<String>, Vec<Vec<u8>>) {
        let options: serde_json::Value = toml::from_str(options).expect("options are TOML");
        let stage = built(&definition(), &Labels::new(), options).expect("the options are valid");
        let Built::InOrder(stage) = stage else { panic!("it is in order") };
        let (mut preparer, mut state) = (stage.preparer(), stage.state());
        let (mut after, mut journals) = (Vec::new(), Vec::new());
        for (source, text) in documents {
            let mut doc = Document::with_text("test", text);
            if !source.is_empty() {
                doc.meta_mut().push("url", &format!("{source:?}"));
            }
            let (mut key, mut changes, mut journal) = (Vec::new(), Changes::new(), Vec::new());
            preparer.prepare(&doc.view(), &mut key).expect("it takes any text");
            // A state that has replayed what was written decides alike.
            let mut replayed = stage.state();
            journals.iter().for_each(|journal: &Vec<u8>| replayed.replay(journal).expect("it is a journal"));
            replayed.decide(&doc.view(), &key, &mut changes, &mut journal).expect("it takes any text");
            let edits = format!("{:?}", changes.edits());
            changes.clear();
            journal.clear();
            state.decide(&doc.view(), &key, &mut changes, &mut journal).expect("it takes any text");
            assert_eq!(edits, format!("{:?}", changes.edits()));
            doc.apply(&mut changes, 0, definition().info.writes).expect("the changes keep the contract");
            after.push(doc.text().to_owned());
            journals.push(journal);
        }
        (after, journals)
    }

    const A: &str = "https://www.a.org/1";

    #[test]
    fn a_line_goes_once_it_has_come_back() {
        let documents = [
            (A, "Menu!\none\nMenu"),
            ("http://a.org/2", "two\n MENU \n"),
            ("https://b.org/3", "Menu\nthree"),
            ("https://a.org/4?x", "four\n\nMenu\n\nfive"),
            ("", "Menu\nsix"),
        ];
        let expected = ["Menu!\none\nMenu", "two\n MENU \n", "Menu\nthree", "four\n\nfive", "Menu\nsix"];
        assert_eq!(texts("after = 2", &documents).0, expected);
        let all_goes: Vec<_> = [(A, "حمّل التطبيق"), (A, "حمل، التطبيق\nنص"), (A, "نص آخر")].into();
        assert_eq!(texts("after = 1", &all_goes).0, ["حمّل التطبيق", "نص", "نص آخر"]);
    }

    #[test]
    fn lines_too_short_or_too_long_are_not_looked_at() {
        let documents = [(A, "ab\nabc\nabcd\n--"), (A, "ab\nabc\nabcd\n--")];
        assert_eq!(texts("after = 1\nmin_chars = 3\nmax_chars = 3", &documents).0[1], "ab\nabcd\n--");
    }

    #[test]
    fn when_memory_is_full_the_rarest_lines_are_forgotten() {
        let documents = [(A, "aaa\nbbb"), (A, "aaa"), (A, "ccc\nddd"), (A, "eee"), (A, "aaa\nbbb\nfff")];
        assert_eq!(texts("after = 2\nmemory = 4", &documents).0[4], "bbb\nfff");
        assert_eq!(texts("after = 1\nmemory = 3", &documents).0[4], "bbb\nfff");
    }

    #[test]
    fn a_broken_journal_is_refused() {
        let stage = built(&definition(), &Labels::new(), serde_json::json!({})).expect("the options are valid");
        let Built::InOrder(stage) = stage else { panic!("it is in order") };
        assert!(stage.state().replay(&[1, 2, 3]).is_err());
    }

    #[test]
    fn options_that_make_no_sense_are_refused() {
        for (options, expected) in [
            ("learn = false", "`files`: nothing is learned and there is no list, so no line would ever go"),
            ("after = 0", "`after`: it is at least 1"),
            ("memory = 1", "`memory`: it is at least 2"),
            ("min_chars = 9\nmax_chars = 8", "`min_chars`: no line has at least 9 and at most 8 characters"),
            ("files = ['none.txt']", "`files[0]`: none.txt: no such file"),
        ] {
            let options: serde_json::Value = toml::from_str(options).expect("options are TOML");
            let error = built(&definition(), &Labels::new(), options).expect_err("it is refused");
            assert_eq!(error.to_string(), expected);
        }
    }
}
