//! `clean.unicode`: normalises the text and takes out characters that nobody sees.

mod context;
mod normal;
#[cfg(test)]
mod tests;

use crate::clean::classes::{Classes, char_at, char_before};
use crate::options;
use context::Around;
use normal::{BOM, Form, JOINER, LAST_MARK, PLAIN, REPLACEMENT, SLOW, ZERO_WIDTH};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Brings the text into one normalisation form and takes out characters that nobody sees and that break searching, counting
and tokenizing. It belongs at the head of a pipeline. By default it loses nothing that a reader could miss: the text looks
as before.

**Normalisation.** NFC by default: a letter and its marks are encoded in the one usual way, so that `أ` is one character
whether it was typed as one or as alef and hamza. `form = \"nfkc\"` also folds compatibility characters (ligatures, Arabic
presentation forms, full-width letters, superscripts) and is lossy: `x²` becomes `x2`. For Arabic presentation forms alone,
`clean.arabic` is the better tool. Only what changes is replaced, one letter with its marks at a time. Note that NFC puts a
vowel sign before the shadda it is written on.

**Stripped**, each under a label of its own in the list of removals:

| option | label | characters |
|---|---|---|
| `bom` | `bom` | U+FEFF, wherever it stands |
| `controls` | `control` | U+0000–001F and U+007F–009F, except white space and line ends, which are for `clean.whitespace` |
| `bidi` | `bidi` | direction marks, embeddings, overrides and isolates (U+061C, 200E, 200F, 202A–202E, 2066–206F) |
| `zero_width` | `zero_width` | zero width space (U+200B) and word joiner (U+2060) |
| `soft_hyphen` | `soft_hyphen` | U+00AD |
| `joiners` | `joiner` | ZWNJ and ZWJ (U+200C, 200D) that mean nothing where they stand |
| `selectors` | `selector` | variation selectors and tag characters that choose nothing where they stand |
| `noncharacters` | `noncharacter` | code points that are not characters, such as U+FFFE |
| `replacement` | `replacement` | U+FFFD; kept by default, since it stands for something lost |

**What stays because it carries meaning.** ZWNJ between two letters of Arabic script of which the first would join (the
half-space of Persian and Urdu, `می\\u{200c}شود`); after a letter that does not join anyway, beside spaces, in Latin words
and doubled it goes. ZWJ that gives an Arabic letter the shape it has in a word (`ه\\u{200d}`), and in emoji. Both after a
virama and inside clusters of the scripts of India and South-East Asia. A zero width space between two characters of a
script that writes no spaces (Thai, Lao, Khmer, Myanmar), where it is a word boundary. One variation selector after a
character that can have variants; tag characters in the flags that are made of them.

**Score.** `unicode.replacement` is the number of U+FFFD that the text had: the traces of a decoder that met bytes it could
not read. Filters can drop documents by it.";

/// What happens to a kind of character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Treat {
    /// Taken out.
    Strip,
    /// Left in the text.
    Keep,
}

/// What happens to a kind of character that means something in some places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum TreatByPlace {
    /// Taken out where it means nothing.
    Meaningful,
    /// Taken out everywhere.
    Strip,
    /// Left in the text.
    Keep,
}

/// The options of `clean.unicode`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The normalisation form.
    form: Form,
    /// Byte order marks, anywhere in the text.
    bom: Treat,
    /// Control characters, except white space and line ends.
    controls: Treat,
    /// Invisible characters that set the direction of text.
    bidi: Treat,
    /// Zero width spaces, except as word boundaries of scripts without spaces, and word joiners.
    zero_width: Treat,
    /// Soft hyphens: places where a word could be divided.
    soft_hyphen: Treat,
    /// Zero width joiners and non-joiners.
    joiners: TreatByPlace,
    /// Variation selectors and tag characters.
    selectors: TreatByPlace,
    /// Code points that Unicode says are not characters.
    noncharacters: Treat,
    /// Replacement characters (U+FFFD). They are counted in any case.
    replacement: Treat,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            form: Form::Nfc,
            bom: Treat::Strip,
            controls: Treat::Strip,
            bidi: Treat::Strip,
            zero_width: Treat::Strip,
            soft_hyphen: Treat::Strip,
            joiners: TreatByPlace::Meaningful,
            selectors: TreatByPlace::Meaningful,
            noncharacters: Treat::Strip,
            replacement: Treat::Keep,
        }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "clean.unicode".into(),
            summary: "normalises Unicode and strips invisible characters".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text]),
            writes: Layers::of(&[Layer::Text, Layer::Scores]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("Clean text stays as it is", "وقال المتحدّث: «إنّ النموّ بلغ 3,5٪»!")
                    .unchanged()
                    .removed(&[])
                    .scores(&[("unicode.replacement", 0.0)]),
                Example::new("One encoding for one letter", "ا\u{654}حمد cafe\u{301}").text("أحمد café").removed(&[]),
                Example::new("Invisible characters go", "\u{feff}\u{202b}مر\u{ad}حبا\u{200f}\u{202c}\u{200b}\0")
                    .text("مرحبا")
                    .removed(&[
                        ("bom", "\u{feff}"),
                        ("bidi", "\u{202b}"),
                        ("soft_hyphen", "\u{ad}"),
                        ("bidi", "\u{200f}\u{202c}"),
                        ("zero_width", "\u{200b}"),
                        ("control", "\0"),
                    ]),
                Example::new(
                    "The half-space of Persian stays, a stray one goes",
                    "می\u{200c}شود \u{200c}کار\u{200c}ها foo\u{200c}",
                )
                .lang("fa")
                .text("می\u{200c}شود کارها foo"),
                Example::new(
                    "A joiner that shapes a letter or an emoji stays",
                    "١٤٣٥ه\u{200d} 👩\u{200d}💻 a\u{200d}b",
                )
                .text("١٤٣٥ه\u{200d} 👩\u{200d}💻 ab"),
                Example::new("Replacement characters are counted", "ab\u{fffd}\u{fffd}c")
                    .unchanged()
                    .scores(&[("unicode.replacement", 2.0)]),
                Example::new("Replacement characters can go as well", "ab\u{fffd}\u{fffd}c")
                    .options("replacement = \"strip\"")
                    .text("abc")
                    .scores(&[("unicode.replacement", 2.0)]),
                Example::new("Compatibility characters are folded when asked", "ﬁn ﻣﺮﺣﺒﺎ ｘ²")
                    .options("form = \"nfkc\"")
                    .text("fin مرحبا x2"),
                Example::new("Everything can be kept", "\u{feff}ا\u{654}\u{200f}")
                    .options("form = \"none\"\nbom = \"keep\"\nbidi = \"keep\"")
                    .unchanged(),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let by_place = |treat| if treat == Treat::Strip { TreatByPlace::Strip } else { TreatByPlace::Keep };
    // Zero width spaces, too, mean something in some places.
    let zero_width = match options.zero_width {
        Treat::Strip => TreatByPlace::Meaningful,
        Treat::Keep => TreatByPlace::Keep,
    };
    // In the order of the classes, from BOM on.
    let kinds = [
        ("bom", by_place(options.bom)),
        ("control", by_place(options.controls)),
        ("bidi", by_place(options.bidi)),
        ("zero_width", zero_width),
        ("soft_hyphen", by_place(options.soft_hyphen)),
        ("joiner", options.joiners),
        ("selector", options.selectors),
        ("noncharacter", by_place(options.noncharacters)),
        ("replacement", by_place(options.replacement)),
    ];
    Ok(Built::parallel(Unicode {
        form: options.form,
        classes: options.form.classes(),
        kinds: kinds.map(|(label, treat)| (cx.labels.intern(label), treat)),
        score: cx.labels.intern("unicode.replacement"),
    }))
}

const KINDS: usize = (REPLACEMENT - BOM) as usize + 1;

#[derive(Clone, Copy)]
struct Unicode {
    form: Form,
    classes: &'static Classes,
    /// Label and treatment by class, from [`BOM`] on.
    kinds: [(LabelId, TreatByPlace); KINDS],
    score: LabelId,
}

impl Stage for Unicode {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(UnicodeWorker {
            stage: *self,
            kept: String::new(),
            stripped: Vec::new(),
            scratch: String::new(),
            near: Vec::new(),
            near_text: String::new(),
            place: Place::default(),
        })
    }
}

/// Characters to be stripped, and what for.
#[derive(Clone, Copy)]
struct Stripped {
    start: usize,
    end: usize,
    label: LabelId,
}

/// What has been kept just before where the worker stands; each is the byte up to which only stripped text follows it.
#[derive(Default)]
struct Place {
    joiner: Option<usize>,
    selector: Option<usize>,
    tag: Option<usize>,
    replacements: u64,
}

struct UnicodeWorker {
    stage: Unicode,
    /// The segment at hand without what is stripped.
    kept: String,
    stripped: Vec<Stripped>,
    scratch: String,
    /// The characters near a joiner, and the same as text.
    near: Vec<char>,
    near_text: String,
    place: Place,
}

impl Worker for UnicodeWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        self.place = Place::default();
        let Unicode { form, classes, score, .. } = self.stage;
        let text = doc.text;
        // Before `done`, everything is settled, and what follows it begins a segment.
        let (mut at, mut done) = (0, 0);
        while let Some((found, class)) = classes.find(text, at) {
            if class <= LAST_MARK {
                let (end, in_order) = marks(classes, text, found);
                if in_order {
                    at = end;
                    continue;
                }
            }
            let begins = class == SLOW && char_at(text, found).is_some_and(|c| form.begins_segment(c));
            let start = match char_before(text, found) {
                // Nothing was found between `at` and here: the character before is plain or a mark in order.
                Some(_) if !begins && found > done => segment_start(classes, text, found, done),
                _ => found,
            };
            done = self.segment(text, start, out);
            at = done;
        }
        out.score(score, self.place.replacements as f64);
        Ok(())
    }
}

/// The end of the run of marks at `at`, or of its beginning that is in canonical order, and whether it may stay: whether
/// plain text or the end follows.
fn marks(classes: &Classes, text: &str, at: usize) -> (usize, bool) {
    let (mut end, mut last) = (at, 0);
    for c in text[at..].chars() {
        let class = classes.of(c);
        if class == PLAIN {
            break;
        }
        if class > LAST_MARK || class < last {
            return (end, false);
        }
        last = class;
        end += c.len_utf8();
    }
    (end, true)
}

/// Where the segment begins that `at` is in: at the last plain character, over marks; not before `done`.
fn segment_start(classes: &Classes, text: &str, at: usize, done: usize) -> usize {
    let mut start = at;
    for c in text[done..at].chars().rev() {
        start -= c.len_utf8();
        if classes.of(c) == PLAIN {
            break;
        }
    }
    start
}

impl UnicodeWorker {
    /// Settles the segment that begins at `start`: a character that can begin one, with all that follows up to the next.
    /// Returns where that is.
    fn segment(&mut self, text: &str, start: usize, out: &mut Changes) -> usize {
        let Unicode { form, classes, .. } = self.stage;
        self.kept.clear();
        self.stripped.clear();
        let (mut at, mut kept_end) = (start, start);
        while let Some(c) = char_at(text, at) {
            let class = classes.of(c);
            let end = at + c.len_utf8();
            if class >= BOM {
                if let Some(label) = self.strips(text, at, c, class) {
                    self.strip(at, end, label);
                    at = end;
                    continue;
                }
                // Kept, and normalisation leaves it alone: the segment ends with it, whatever it is.
                at = end;
                break;
            }
            let begins = class == PLAIN || class == SLOW && form.begins_segment(c);
            if begins && at > start {
                break;
            }
            self.kept.push(c);
            at = end;
            kept_end = end;
        }
        if form.holds(&self.kept) {
            for Stripped { start, end, label } in &self.stripped {
                out.remove(*start..*end, *label);
            }
            return at;
        }
        self.scratch.clear();
        form.write(&self.kept, &mut self.scratch);
        match self.stripped.first() {
            // What is stripped inside the segment goes with its edit, since marks have closed ranks over it.
            Some(first) if first.start < kept_end => {
                out.replace_labelled(start..kept_end, &self.scratch, first.label, None);
            }
            _ => out.replace(start..kept_end, &self.scratch),
        }
        for Stripped { start, end, label } in self.stripped.iter().filter(|s| s.start >= kept_end) {
            out.remove(*start..*end, *label);
        }
        at
    }

    fn strip(&mut self, start: usize, end: usize, label: LabelId) {
        let place = &mut self.place;
        for place in [&mut place.joiner, &mut place.selector, &mut place.tag] {
            if *place == Some(start) {
                *place = Some(end);
            }
        }
        match self.stripped.last_mut() {
            Some(last) if last.end == start && last.label == label => last.end = end,
            _ => self.stripped.push(Stripped { start, end, label }),
        }
    }

    /// The label under which the character `c` at `at` is stripped, if it is.
    fn strips(&mut self, text: &str, at: usize, c: char, class: u8) -> Option<LabelId> {
        if class == REPLACEMENT {
            self.place.replacements += 1;
        }
        let (label, treat) = self.kind(class);
        let keep = match treat {
            TreatByPlace::Keep => true,
            TreatByPlace::Strip => false,
            TreatByPlace::Meaningful => self.means_something(text, at, c, class),
        };
        (!keep).then_some(label)
    }

    fn kind(&self, class: u8) -> (LabelId, TreatByPlace) {
        self.stage.kinds[usize::from(class - BOM)]
    }

    fn means_something(&mut self, text: &str, at: usize, c: char, class: u8) -> bool {
        let end = at + c.len_utf8();
        let (before, base_before) = self.neighbours(text[..at].chars().rev(), true);
        if class == JOINER {
            let (after, base_after) = self.neighbours(text[end..].chars(), false);
            let around = Around { before, base_before, after, base_after };
            let doubled = self.place.joiner == Some(at);
            let keep = !doubled && context::joiner_means_something(c, &around);
            if keep {
                self.place.joiner = Some(end);
            }
            return keep;
        }
        if class == ZERO_WIDTH {
            let (after, _) = self.neighbours(text[end..].chars(), false);
            return c == '\u{200b}' && [before, after].into_iter().all(|c| c.is_some_and(context::writes_no_spaces));
        }
        if matches!(c, '\u{e0000}'..='\u{e007f}') {
            // Flags such as Scotland's are a black flag, then tags.
            let keep = c >= '\u{e0020}' && (self.place.tag == Some(at) || before == Some('\u{1f3f4}'));
            if keep {
                self.place.tag = Some(end);
            }
            return keep;
        }
        let after_kept = [self.place.joiner, self.place.selector, self.place.tag].contains(&Some(at));
        let keep = !after_kept && before.is_some_and(context::takes_selector);
        if keep {
            self.place.selector = Some(end);
        }
        keep
    }

    /// The first of `chars` that is not stripped, and the first that is no mark either, both as normalisation leaves them.
    /// They come `backwards`, or forwards. Looks no further than any real text needs.
    fn neighbours(&mut self, chars: impl Iterator<Item = char>, backwards: bool) -> (Option<char>, Option<char>) {
        self.near.clear();
        let mut settled = true;
        for c in chars.take(32) {
            let class = self.stage.classes.of(c);
            // Those that mean something may stay; what stands around them is the same without them.
            if class >= BOM && self.kind(class).1 != TreatByPlace::Keep {
                continue;
            }
            self.near.push(c);
            settled &= class == PLAIN;
            if (class == PLAIN || class >= BOM) && !context::is_transparent(c) {
                break;
            }
        }
        let base = |c: &char| !context::is_transparent(*c);
        if settled {
            return (self.near.first().copied(), self.near.iter().copied().find(base));
        }
        self.near_text.clear();
        self.scratch.clear();
        if backwards {
            self.near_text.extend(self.near.iter().rev());
            self.stage.form.write(&self.near_text, &mut self.scratch);
            (self.scratch.chars().next_back(), self.scratch.chars().rev().find(base))
        } else {
            self.near_text.extend(self.near.iter());
            self.stage.form.write(&self.near_text, &mut self.scratch);
            (self.scratch.chars().next(), self.scratch.chars().find(base))
        }
    }
}
