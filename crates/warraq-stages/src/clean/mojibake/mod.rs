//! `clean.mojibake`: text that was decoded with the wrong charset, decoded again with the right one.

mod charset;
mod swap;
#[cfg(test)]
mod tests;
mod utf8;

use crate::clean::classes::{Classes, char_at, char_before};
use crate::clean::rounds::Rounds;
use crate::options;
use charset::Charsets;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use swap::Swapper;
use utf8::Finder;
use warraq_core::{
    BuildContext, Built, Changes, DocView, EditList, Example, LabelId, Layer, Layers, OptionError, Order, Result,
    Stage, StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Repairs text that was decoded with the wrong charset, where that is certain; whatever could be meant as it stands stays.

| what was written | and read as | looks like | becomes |
|---|---|---|---|
| UTF-8 | windows-1252, ISO 8859-1 | `cafÃ©`, `â€™`, `Ø§Ù„` | `café`, `’`, `ال` |
| UTF-8 | windows-1256 | `ط§ظ„ط³ظ„ط§ظ…` | `السلام` |
| UTF-8 | windows-1251, KOI8-R | `РџСЂРёРІРµС‚` | `Привет` |
| windows-1256 | windows-1252 | `ÇáÓáÇã Úáíßã` | `السلام عليكم` |
| windows-1251, KOI8-R | windows-1252 | `Ïðèâåò, ìèð` | `Привет, мир` |
| KOI8-R and windows-1251 | each other | `рТЙЧЕФ` | `Привет` |
| windows-1252 | windows-1256 | `dةveloppement` | `dÉveloppement`, if the word is one |

The controls U+0080–009F count as the bytes that windows-1252 has no character for. A text that went through it several times
is repaired layer by layer.

**How it decides.** Line by line, and inside a line only the runs that are broken, so that a quotation in an otherwise good text
is repaired and nothing else is touched. Evidence is counted in units of natural logarithm:

- *UTF-8.* Characters whose bytes make up a sequence of UTF-8 prove little where clean text has them too (`É»`, `Gruß“`,
  `فقط،`); any other such pair counts 5. One is enough for Latin letters and punctuation in windows-1252, otherwise a line needs
  10 for the script. What it becomes must be an assigned character of a script in wide use.
- *Other charsets.* Words wholly of letters that would be others are read both ways. The n-gram model of `tag.language` tells
  how much likelier than letters without order each reading is in the best of its languages; the other one must be better
  by at least 12 for the line and by 1.2 for each letter, be a language itself, and have 5 letters or more. Capitals inside
  words count against a reading.

**On record.** Repairs are edits, one per character, which the source map leads back from. They lose nothing, so `removed` does not
list them. The score `mojibake.gain` is the evidence of what was repaired, `mojibake.repaired` the number of characters it
became, and `mojibake.doubt` the most evidence of a line that was not enough. A document without any suspicion has no scores.

**What it does not do.** Bytes that were lost on the way (`�`, or a no-break space that became a space) do not come back.
KOI8-R text wholly in small letters, which windows-1251 shows wholly in capitals, is left alone. Put this stage first: after
`clean.unicode`, controls and no-break spaces that are bytes of letters are gone.";

/// The options of `clean.mojibake`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Whether UTF-8 that was read as something else is repaired.
    utf8: bool,
    /// Whether texts in charsets of single bytes that were read as others are repaired.
    charsets: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { utf8: true, charsets: true }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    let example = Example::new;
    StageDef {
        info: StageInfo {
            name: "clean.mojibake".into(),
            summary: "repairs text that was decoded with the wrong charset".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text]),
            writes: Layers::of(&[Layer::Text, Layer::Scores]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                example("Clean text stays as it is", "«À l’été…», Gruß“, ESPAÑA, فقط، США»").unchanged().scores(&[]),
                example("UTF-8 read as windows-1252", "Le cafÃ© de lâ€™Ã©tÃ©").text("Le café de l’été").removed(&[]),
                example("Several layers", "cafÃƒÂ©").text("café"),
                example("Arabic that was UTF-8", "قال: ط§ظ„ط³ظ„ط§ظ… ط¹ظ„ظٹظƒظ…").text("قال: السلام عليكم"),
                example("Arabic that was windows-1256", "ÇáÓáÇã Úáíßã æÑÍãÉ Çááå").text("السلام عليكم ورحمة الله"),
                example("Russian", "Ïðèâåò, êàê äåëà ñåãîäíÿ").text("Привет, как дела сегодня"),
                example("Only what is broken", "Ø§Ù„Ø³Ù„Ø§Ù… عليكم – déjà vu").text("السلام عليكم – déjà vu"),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    if !options.utf8 && !options.charsets {
        return Err(OptionError::new("", "with `utf8` and `charsets` both off there is nothing to repair"));
    }
    let label = |name: &str| cx.labels.intern(name);
    Ok(Built::parallel(Mojibake {
        options,
        gain: label("mojibake.gain"),
        repaired: label("mojibake.repaired"),
        doubt: label("mojibake.doubt"),
        deleted: label("mojibake"),
    }))
}

#[derive(Clone, Copy)]
struct Mojibake {
    options: Options,
    gain: LabelId,
    repaired: LabelId,
    doubt: LabelId,
    deleted: LabelId,
}

impl Stage for Mojibake {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(MojibakeWorker {
            stage: *self,
            rounds: Rounds::default(),
            repairer: Repairer { options: self.options, finder: Finder::new(), swapper: Swapper::default() },
        })
    }
}

/// A character whose byte in the charset of that number can continue a sequence of UTF-8.
const CONTINUES: [u8; 4] = [1, 2, 4, 8];
/// A letter of ISO 8859-1 beyond ASCII.
const WESTERN_LETTER: u8 = 16;
/// A Russian capital.
const CYRILLIC_CAPITAL: u8 = 32;

/// What every worker looks things up in.
struct Tables {
    charsets: Charsets,
    /// Where a line may begin to look suspicious.
    classes: Classes,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let charsets = Charsets::new();
    let class = |c: char| {
        if c.is_ascii() {
            return 0;
        }
        let continues = |(n, charset): (usize, &charset::Charset)| {
            if charset.byte(c).is_some_and(|b| b < 0xc0) { CONTINUES[n] } else { 0 }
        };
        let mut class: u8 = charsets.all().iter().enumerate().map(continues).sum();
        if matches!(c, 'À'..='ÿ') {
            class |= WESTERN_LETTER;
        }
        if matches!(c, 'А'..='Я') {
            class |= CYRILLIC_CAPITAL;
        }
        class
    };
    Tables { classes: Classes::new(class, |_| 0), charsets }
});

/// How many layers are taken off at most. Each halves what it is taken off, so that a text of that many is hardly possible.
const MOST_ROUNDS: usize = 16;

struct MojibakeWorker {
    stage: Mojibake,
    rounds: Rounds,
    repairer: Repairer,
}

/// What is known of a document's repairs.
#[derive(Default)]
struct Tally {
    gain: f32,
    repaired: usize,
    doubt: f32,
}

impl Worker for MojibakeWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        self.rounds.begin();
        let mut tally = Tally::default();
        for _ in 0..MOST_ROUNDS {
            tally.doubt = 0.0;
            let repairer = &mut self.repairer;
            if !self.rounds.round(doc.text, |text, edits| repairer.repair(text, edits, &mut tally))? {
                break;
            }
        }
        self.rounds.finish(doc.text, self.stage.deleted, out);
        if tally.repaired > 0 {
            out.score(self.stage.gain, f64::from(tally.gain));
            out.score(self.stage.repaired, tally.repaired as f64);
        }
        if tally.doubt > 0.0 {
            out.score(self.stage.doubt, f64::from(tally.doubt));
        }
        Ok(())
    }
}

struct Repairer {
    options: Options,
    finder: Finder,
    swapper: Swapper,
}

impl Repairer {
    /// The edits of one layer.
    fn repair(&mut self, text: &str, edits: &mut EditList, tally: &mut Tally) {
        let (mut odd, mut mixed) =
            (self.suspect(text, 0), if self.options.charsets { mixed_letters(text, 0) } else { None });
        let mut at = 0;
        loop {
            if odd.is_some_and(|n| n < at) {
                odd = self.suspect(text, at);
            }
            if mixed.is_some_and(|n| n < at) {
                mixed = mixed_letters(text, at);
            }
            let Some(found) = odd.into_iter().chain(mixed).min() else { return };
            let is_end = |c: char| matches!(c, '\n' | '\r');
            let start = at + text[at..found].rfind(is_end).map_or(0, |n| n + 1);
            let end = text[found..].find(is_end).map_or(text.len(), |n| found + n);
            self.line(&text[start..end], start, edits, tally);
            at = end;
        }
    }

    /// Where, from `at` on, the second of two characters stands that may be broken together.
    fn suspect(&self, text: &str, mut at: usize) -> Option<usize> {
        let Tables { charsets, classes } = &*TABLES;
        while let Some((found, class)) = classes.find(text, at) {
            let c = char_at(text, found)?;
            at = found + c.len_utf8();
            let Some(before) = char_before(text, found).filter(|c| !c.is_ascii()) else { continue };
            let further = char_before(text, found - before.len_utf8());
            let is_odd = |which: usize| {
                let (charset, bit) = (&charsets.all()[which], CONTINUES[which]);
                class & bit != 0 && charset.byte(before).is_some() && !utf8::is_usual(which, before, c, further)
            };
            // Without an odd pair there is not enough evidence.
            let continues = self.options.utf8 && (0..CONTINUES.len()).any(is_odd);
            let is_swapped = self.options.charsets
                && (class & WESTERN_LETTER != 0 && matches!(before, 'À'..='ÿ')
                    || class & CYRILLIC_CAPITAL != 0 && matches!(before, 'а'..='я'));
            if continues || is_swapped {
                return Some(found);
            }
        }
        None
    }

    /// Repairs one layer of a line that begins at byte `start` of the text.
    fn line(&mut self, line: &str, start: usize, edits: &mut EditList, tally: &mut Tally) {
        let charsets = &TABLES.charsets;
        let mut buffer = [0; 4];
        // The evidence that it was UTF-8, and what it was read as.
        let mut utf8 = (0.0, 0);
        if self.options.utf8 {
            for (which, charset) in charsets.all().iter().enumerate() {
                let (gain, all) = self.finder.find(line, charset, which);
                tally.doubt = tally.doubt.max(if gain > 0.0 { 0.0 } else { all });
                if gain > utf8.0 {
                    utf8 = (gain, which);
                }
            }
        }
        let mut reading = if self.options.charsets { self.swapper.find(line, charsets) } else { None };
        // Windows-1256 with joiners can look like a little UTF-8.
        if utf8.0 > 0.0 && !reading.as_ref().is_some_and(|r| r.is_certain && r.gain > utf8.0) {
            self.finder.find(line, &charsets.all()[utf8.1], utf8.1);
            for unit in &self.finder.units {
                let with = unit.target.encode_utf8(&mut buffer);
                edits.push(start + unit.start..start + unit.end, with, None, None);
            }
            tally.gain += utf8.0;
            tally.repaired += self.finder.units.len();
            return;
        }
        if !self.options.charsets {
            return;
        }
        if !reading.as_ref().is_some_and(|r| r.is_certain) {
            let gain = reading.map_or(0.0, |r| r.gain);
            tally.doubt = tally.doubt.max(gain);
            reading = self.swapper.western(line, charsets);
        }
        let Some(reading) = reading else { return };
        if !reading.is_certain {
            tally.doubt = tally.doubt.max(reading.gain);
            return;
        }
        tally.gain += reading.gain;
        for (range, with) in self.swapper.changes(line, &reading, charsets) {
            edits.push(start + range.start..start + range.end, with.encode_utf8(&mut buffer), None, None);
            tally.repaired += 1;
        }
    }
}

/// Where, from `at` on, an Arabic letter follows a Latin one, or one of two comes before it.
fn mixed_letters(text: &str, at: usize) -> Option<usize> {
    let is_mixed = |pair: &[u8]| {
        pair[0].is_ascii_alphabetic() && matches!(pair[1], 0xd8..=0xdb)
            || matches!(pair[0], 0xa9 | 0x81) && pair[1].is_ascii_alphabetic()
    };
    let found = text.as_bytes()[at..].windows(2).position(is_mixed)?;
    Some(text.floor_char_boundary(at + found))
}
