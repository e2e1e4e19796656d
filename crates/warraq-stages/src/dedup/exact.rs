//! `dedup.exact`: finds documents, paragraphs or lines that have been seen before.

use super::key::ByIdentity;
use super::saved::{self, Against};
use super::seen::Seen;
use super::{Memory, Temp, bad_journal, disk};
use crate::fold::{Folder, Folds};
use crate::options;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::Arc;
use twox_hash::XxHash3_128;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, Holds, InOrderStage, LabelId, Layer, Layers, OptionError, Order,
    Preparer, Result, StageDef, StageInfo, StageState, parse_options,
};

const MANUAL: &str = "\
Of equal texts the first one in input order is kept. With `unit = \"document\"` (the default) a later copy goes to the rejects
as a duplicate, with the id of the document that was kept. With `\"paragraph\"` or `\"line\"`, later copies are deleted from the
text, on record under the label `duplicate`, with the line ends after them; a document of which nothing is left is dropped
(`nothing_left`). A line ends at a line feed, a paragraph at a blank line. Blank units, and those with fewer than `min_chars`
code points, are left alone and not remembered. The share of the text's code points that repeats something is the score
`exact.repeated`.

White space around a unit does not count. Otherwise units must be equal byte for byte, unless `fold` says what else does not
matter: `fold = {}` takes the defaults for Arabic (see its keys), also with any white space as one space.

A unit is remembered as a hash of 128 bits (XXH3): two different ones are taken for the same with a probability of about
n² / 2¹²⁹. That is 38 to 76 bytes in memory for each, and for documents the id and four bytes more. Past `memory`, all of it
goes to temporary files, of which a filter stays in memory, two bytes for each.

`save` writes what was seen to a file, once the run is complete. Later runs read it with `against`, wholly into memory, and
take what stands in it as seen: a new crawl is cleaned of what an old one had. The settings of both must be the same.";

/// What is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Unit {
    /// Whole texts.
    #[default]
    Document,
    /// Stretches between blank lines.
    Paragraph,
    /// Lines.
    Line,
}

/// The options of `dedup.exact`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// What is compared: `document`, `paragraph` or `line`.
    unit: Unit,
    /// Units with fewer code points are left alone.
    min_chars: u32,
    /// What does not count when units are compared; left out, everything counts.
    fold: Option<Folds>,
    /// How much may be held in memory, as in `"512MB"`; the rest goes to temporary files. By default a share of `run.memory`,
    /// and without that 1 GB.
    memory: Option<String>,
    /// The folder for temporary files; by default the one that outputs go to.
    temp: Option<String>,
    /// Files that earlier runs have saved: what stands in them has been seen.
    against: Vec<String>,
    /// The file that what has been seen is saved to.
    save: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            unit: Unit::Document,
            min_chars: 0,
            fold: None,
            memory: None,
            temp: None,
            against: Vec::new(),
            save: None,
        }
    }
}

/// What a saved file must have been made with.
#[derive(Serialize)]
struct Settings<'a> {
    stage: &'static str,
    unit: Unit,
    fold: &'a Option<Folds>,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "dedup.exact".into(),
            summary: "finds documents, paragraphs or lines that have been seen before".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text]),
            writes: Layers::of(&[Layer::Text, Layer::Scores, Layer::Verdict]),
            order: Order::InOrder,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("The first of its kind is kept", "نص لم يسبق نشره.").unchanged(),
                Example::new("A line that comes again goes", "اقرأ أيضا\nخبر أول.\nاقرأ أيضا\nخبر ثان.")
                    .options("unit = 'line'")
                    .text("اقرأ أيضا\nخبر أول.\nخبر ثان.")
                    .removed(&[("duplicate", "اقرأ أيضا\n")])
                    .scores(&[("exact.repeated", 10.0 / 37.0)]),
                Example::new("Vowel signs do not count, if that is said", "إنّ الكتابَ\n\nان الكتاب\n\nآخر")
                    .options("unit = 'paragraph'\nfold = {}")
                    .text("إنّ الكتابَ\n\nآخر"),
                Example::new("Short lines may repeat", "نعم\nلا\nنعم")
                    .options("unit = 'line'\nmin_chars = 4")
                    .unchanged(),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let settings = Settings { stage: "dedup.exact", unit: options.unit, fold: &options.fold };
    let header = saved::header(&settings);
    let against = Against::read(&options.against, &header, cx)?;
    Ok(Built::in_order(Exact(Arc::new(Shared {
        unit: options.unit,
        min_chars: options.min_chars,
        folder: options.fold.map(Folder::new),
        memory: Memory::new(options.memory.as_deref(), cx)?,
        temp: Temp::new(cx, options.temp),
        against,
        header,
        save: options.save,
        label: cx.labels.intern("duplicate"),
        score: cx.labels.intern("exact.repeated"),
        nothing_left: cx.labels.intern("nothing_left"),
    }))))
}

struct Shared {
    unit: Unit,
    min_chars: u32,
    folder: Option<Folder>,
    memory: Memory,
    temp: Temp,
    against: Against<u128>,
    header: String,
    save: Option<String>,
    label: LabelId,
    score: LabelId,
    nothing_left: LabelId,
}

#[derive(Clone)]
struct Exact(Arc<Shared>);

impl InOrderStage for Exact {
    fn preparer(&self) -> Box<dyn Preparer> {
        Box::new(Hasher { shared: Arc::clone(&self.0), folded: String::new() })
    }

    fn state(&self) -> Box<dyn StageState> {
        let seen = Seen::new(self.0.memory.limit(), self.0.temp.clone());
        Box::new(State { shared: Arc::clone(&self.0), seen, journal: Vec::new(), own: HashSet::default() })
    }

    fn holds(&self) -> Holds {
        self.0.memory.holds()
    }

    fn saves(&self) -> Option<&str> {
        self.0.save.as_deref()
    }
}

/// A unit of a document: a record of the key.
#[derive(Clone, Copy)]
struct Piece {
    start: u32,
    /// The end, with the line ends after it.
    end: u32,
    /// Code points from start to end.
    chars: u32,
    hash: u128,
}

impl Piece {
    const WIDTH: usize = 28;

    fn write(self, key: &mut Vec<u8>) {
        [self.start, self.end, self.chars].iter().for_each(|n| key.extend_from_slice(&n.to_le_bytes()));
        key.extend_from_slice(&self.hash.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let number = |n: usize| Some(u32::from_le_bytes(*bytes.get(4 * n..)?.first_chunk()?));
        let hash = u128::from_le_bytes(*bytes.get(12..)?.first_chunk()?);
        Some(Piece { start: number(0)?, end: number(1)?, chars: number(2)?, hash })
    }
}

/// The parallel half: hashes units.
struct Hasher {
    shared: Arc<Shared>,
    folded: String,
}

impl Hasher {
    fn unit(&mut self, text: &str, start: usize, end: usize, key: &mut Vec<u8>) {
        let whole = &text[start..end];
        let unit = whole.trim();
        if unit.is_empty() || unit.chars().take(self.shared.min_chars as usize).count() < self.shared.min_chars as usize
        {
            return;
        }
        let hash = match &self.shared.folder {
            Some(folder) => {
                folder.whole(unit, &mut self.folded);
                XxHash3_128::oneshot(self.folded.as_bytes())
            }
            None => XxHash3_128::oneshot(unit.as_bytes()),
        };
        let chars = whole.chars().count() as u32;
        Piece { start: start as u32, end: end as u32, chars, hash }.write(key);
    }
}

impl Preparer for Hasher {
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        let text = doc.text;
        if self.shared.unit == Unit::Document {
            self.unit(text, 0, text.len(), key);
            return Ok(());
        }
        // A unit begins at a line that is not blank: each one, or the first after a blank one.
        let mut start = None;
        let (mut at, mut after_blank) = (0, true);
        for line in text.split_inclusive('\n') {
            let blank = line.trim().is_empty();
            if !blank
                && (after_blank || self.shared.unit == Unit::Line)
                && let Some(start) = start.replace(at)
            {
                self.unit(text, start, at, key);
            }
            after_blank = blank;
            at += line.len();
        }
        if let Some(start) = start {
            self.unit(text, start, at, key);
        }
        Ok(())
    }
}

/// What has been seen. A journal entry is the hashes that were new, and for documents the id after them.
struct State {
    shared: Arc<Shared>,
    seen: Seen<u128>,
    /// Of the document at hand: its units that have not been seen before.
    journal: Vec<u128>,
    /// The same as a set, because it may have many lines.
    own: HashSet<u128, ByIdentity>,
}

impl State {
    /// The id of the document that had a unit first.
    fn kept(&mut self, hash: u128) -> io::Result<Option<String>> {
        if let Some(id) = self.shared.against.get(hash)? {
            return Ok(Some(id));
        }
        match self.seen.index.get(hash)? {
            Some(place) => self.seen.ids.get(place).map(Some),
            None => Ok(None),
        }
    }

    /// Whether a unit was in a document before.
    fn repeats(&mut self, hash: u128) -> io::Result<bool> {
        Ok(self.shared.against.get(hash)?.is_some() || self.seen.index.get(hash)?.is_some())
    }

    /// The place that stands for the units of one document: of its id, where that is wanted.
    fn remember(&mut self, id: &str, hashes: &[u128]) {
        let place = self.seen.ids.push(id);
        hashes.iter().for_each(|&hash| self.seen.index.insert(hash, place));
    }

    /// What is kept of a document beside its hashes. Only whole documents are named.
    fn id<'d>(&self, doc: &DocView<'d>) -> &'d str {
        if self.shared.unit == Unit::Document { doc.id } else { "" }
    }
}

impl StageState for State {
    fn decide(&mut self, doc: &DocView<'_>, key: &[u8], out: &mut Changes, journal: &mut Vec<u8>) -> Result<()> {
        self.seen.make_room(key.len() / Piece::WIDTH).map_err(disk)?;
        let pieces = key.chunks_exact(Piece::WIDTH).filter_map(Piece::read);
        let mut new = std::mem::take(&mut self.journal);
        new.clear();
        self.own.clear();
        // What stays of the text is looked for between the deletions.
        let (mut repeated, mut at, mut left) = (0u64, 0, false);
        let blank = |range: std::ops::Range<usize>| doc.text[range].trim().is_empty();
        for piece in pieces {
            if self.shared.unit == Unit::Document {
                match self.kept(piece.hash).map_err(disk)? {
                    Some(id) => out.duplicate_of(&id),
                    None => new.push(piece.hash),
                }
            } else if self.repeats(piece.hash).map_err(disk)? || !self.own.insert(piece.hash) {
                let range = piece.start as usize..piece.end as usize;
                left |= !blank(at..range.start);
                at = range.end;
                out.remove(range, self.shared.label);
                repeated += u64::from(piece.chars);
            } else {
                new.push(piece.hash);
            }
        }
        if self.shared.unit != Unit::Document {
            let all = doc.text.chars().count();
            out.score(self.shared.score, if all == 0 { 0.0 } else { repeated as f64 / all as f64 });
            if at > 0 && !left && blank(at..doc.text.len()) {
                out.drop_document(self.shared.nothing_left, "all of it has been seen before");
            }
        }
        if !new.is_empty() {
            let id = self.id(doc);
            self.remember(id, &new);
            journal.extend_from_slice(&(new.len() as u32).to_le_bytes());
            new.iter().for_each(|hash| journal.extend_from_slice(&hash.to_le_bytes()));
            journal.extend_from_slice(id.as_bytes());
        }
        self.journal = new;
        Ok(())
    }

    fn replay(&mut self, journal: &[u8]) -> Result<()> {
        let (count, rest) = journal.split_first_chunk().ok_or_else(bad_journal)?;
        let (hashes, id) = rest.split_at_checked(16 * u32::from_le_bytes(*count) as usize).ok_or_else(bad_journal)?;
        let id = std::str::from_utf8(id).map_err(|_| bad_journal())?;
        let (hashes, _) = hashes.as_chunks();
        let hashes: Vec<u128> = hashes.iter().map(|bytes| u128::from_le_bytes(*bytes)).collect();
        self.seen.make_room(hashes.len()).map_err(disk)?;
        self.remember(id, &hashes);
        Ok(())
    }

    fn save(&mut self, out: &mut dyn Write) -> io::Result<()> {
        saved::save(&mut self.seen, &self.shared.header, out)
    }
}

#[cfg(test)]
#[path = "exact_tests.rs"]
mod tests;
