//! The n-gram model: which languages an n-gram speaks for, and how to find it.
//!
//! **What it is.** For each script that several languages share, rows for n-grams of up to five symbols; a symbol is a
//! letter or the bound of a word. A row says for each language ln(p / b): p the probability of the n-gram's last symbol
//! after the others in that language, b the same in the languages that have those others taken together. At each symbol
//! of a text the longest n-gram that has a row speaks, so that a text's sums are those of a Markov model with backoff. A
//! column after the languages' stands for no language: letters without order.
//!
//! **The file**, compressed with zstd. Numbers have seven bits to a byte, the lowest first; a text is its length and its
//! bytes. `WQLANG1` and a line feed; the number of groups; per group its script, the number of languages and their codes,
//! the number of letters and their code points as differences, the number of rows, and six streams, each with its length in
//! front: lengths, symbols, shifts, sizes, columns, values. An n-gram is its suffix of one symbol less, which is the last
//! one of that length before it, with a symbol in front: 1 is the bound, 2 and up the letters. Its row is that of the suffix
//! (or zeros), moved by its shift, in which `size` columns, each given as the difference to the one before, have values of
//! their own.

use super::scripts::Script;
use super::tags::Language;

/// The bound of a word.
pub(super) const BOUND: u64 = 1;
/// A letter of the script that the model does not have.
pub(super) const OTHER: u8 = 255;
/// The columns of a row: of a group's languages, and of none.
pub(super) const COLUMNS: usize = 56;
/// The steps of a row's values in one unit of natural logarithm.
pub(super) const STEPS: f32 = 8.0;
/// The longest n-gram.
const ORDER: usize = 5;
/// The bits of n-grams of five to two symbols.
const MASKS: [u64; ORDER - 1] = [(1 << 40) - 1, (1 << 32) - 1, (1 << 24) - 1, (1 << 16) - 1];
/// How many n-grams are looked for together.
pub(super) const BATCH: usize = 64;

/// What an n-gram says for each language, with its key: one line of the processor's cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Row {
    /// A value per column; 0 where there is no language.
    pub(super) values: [i8; COLUMNS],
    key: u64,
}

/// Bits of a slot that are a row's number; the others are bits of the key's hash.
const NUMBER: u32 = 18;

/// The languages that share a script.
pub(super) struct Group {
    pub(super) script: Script,
    /// In the order of the columns.
    pub(super) languages: Vec<Language>,
    /// The letters, in the order of their symbols, which begin at 2.
    pub(super) letters: Vec<char>,
    rows: Vec<Row>,
    /// The row of each single symbol.
    single: [u32; 256],
    /// Open addressing for n-grams of two symbols and more.
    slots: Vec<u32>,
    shift: u32,
}

/// The model of all groups.
pub(super) struct Model {
    pub(super) groups: Vec<Group>,
}

impl Model {
    /// Reads a model.
    ///
    /// # Errors
    /// What of it is not as this module's description says.
    pub(super) fn read(packed: &[u8]) -> Result<Model, String> {
        let file = zstd::decode_all(packed).map_err(|e| e.to_string())?;
        let mut input = Input(file.strip_prefix(b"WQLANG1\n").ok_or("it is no language model")?);
        let groups = (0..input.number()?).map(|_| Group::read(&mut input)).collect::<Result<_, _>>()?;
        Ok(Model { groups })
    }
}

impl Group {
    fn read(input: &mut Input<'_>) -> Result<Group, String> {
        let name = input.text()?;
        let script = Script::named(name).ok_or_else(|| format!("unknown script {name:?}"))?;
        let language = |input: &mut Input<'_>| {
            let code = input.text()?;
            Language::named(code).ok_or_else(|| format!("{name}: unknown language {code:?}"))
        };
        let languages = (0..input.number()?).map(|_| language(input)).collect::<Result<Vec<Language>, String>>()?;
        if languages.len() >= COLUMNS {
            return Err(format!("{name}: {} languages", languages.len()));
        }
        let mut point = 0;
        let mut letter = |input: &mut Input<'_>| {
            point += input.number()? as u32;
            char::from_u32(point).ok_or_else(|| format!("{name}: no letter {point:#x}"))
        };
        let letters = (0..input.number()?).map(|_| letter(input)).collect::<Result<Vec<char>, _>>()?;
        let count = input.number()? as usize;
        let [mut lengths, mut symbols, mut shifts, mut sizes, mut columns, mut values] = [(); 6].map(|()| Input(&[]));
        for stream in [&mut lengths, &mut symbols, &mut shifts, &mut sizes, &mut columns, &mut values] {
            let length = input.number()? as usize;
            *stream = Input(input.bytes(length)?);
        }
        if count >= 1 << NUMBER {
            return Err(format!("{name}: {count} rows"));
        }
        let bits = (count * 2).next_power_of_two().trailing_zeros().max(4);
        let mut group = Group {
            script,
            languages,
            letters,
            rows: Vec::with_capacity(count + 1),
            single: [0; 256],
            slots: vec![0; 1 << bits],
            shift: u64::BITS - bits,
        };
        group.rows.push(Row { values: [0; COLUMNS], key: 0 });
        // The last row of each length.
        let mut last = [0usize; ORDER + 1];
        for _ in 0..count {
            let length = usize::from(lengths.byte()?);
            if !(1..=ORDER).contains(&length) {
                return Err(format!("{name}: an n-gram of {length} symbols"));
            }
            let mut row = group.rows[last[length - 1]];
            row.key |= u64::from(symbols.byte()?) << (8 * (length - 1));
            last[length] = group.rows.len();
            let shift = shifts.byte()? as i8;
            row.values.iter_mut().for_each(|v| *v = v.saturating_add(shift).clamp(-120, 120));
            let mut column = 0;
            for _ in 0..sizes.byte()? {
                column += usize::from(columns.byte()?);
                *row.values.get_mut(column).ok_or_else(|| format!("{name}: column {column}"))? = values.byte()? as i8;
            }
            group.insert(row);
        }
        Ok(group)
    }

    fn insert(&mut self, row: Row) {
        let number = self.rows.len() as u32;
        self.rows.push(row);
        if row.key < 0x100 {
            self.single[row.key as usize] = number;
            return;
        }
        let (mut at, tag) = self.home(row.key);
        while self.slots[at] != 0 {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = tag << NUMBER | number;
    }

    /// Where the search for a key begins, and the bits that its slot has (Fibonacci hashing, Knuth 6.4).
    #[inline]
    fn home(&self, key: u64) -> (usize, u32) {
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((hash >> self.shift) as usize, (hash >> 16) as u32 >> NUMBER)
    }

    /// The row of exactly this n-gram of two or more symbols.
    #[inline]
    fn exact(&self, key: u64) -> Option<usize> {
        let (mut at, tag) = self.home(key);
        loop {
            let slot = self.slots[at];
            let number = (slot & ((1 << NUMBER) - 1)) as usize;
            if slot >> NUMBER == tag && self.rows[number].key == key {
                return Some(number);
            }
            if slot == 0 {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// The row of the longest n-gram at the end of `window`; one that says nothing if there is none.
    fn row(&self, window: u64) -> &Row {
        let found = MASKS.iter().find_map(|mask| self.exact(window & mask));
        &self.rows[found.unwrap_or(self.single[(window & 0xff) as usize] as usize)]
    }

    /// Passes on the row of the longest n-gram at the end of each of at most [`BATCH`] windows.
    ///
    /// Nearly all the time of a search is waiting for memory. So the slots of all windows are read first, none of which
    /// depends on another, then the rows that their tags promise, and only rows that turn out to be others are searched for
    /// one by one.
    pub(super) fn rows(&self, windows: &[u64], mut pass: impl FnMut(&[i8; COLUMNS])) {
        let mut slots = [[0u32; MASKS.len()]; BATCH];
        for (slots, window) in slots.iter_mut().zip(windows) {
            for (slot, mask) in slots.iter_mut().zip(MASKS) {
                *slot = self.slots[self.home(window & mask).0];
            }
        }
        let mut found = [(0u32, 0u64); BATCH];
        for ((slots, window), found) in slots.iter().zip(windows).zip(&mut found) {
            let single = (window & 0xff, self.single[(window & 0xff) as usize]);
            let (key, number) = (slots.iter().zip(MASKS))
                .find_map(|(slot, mask)| Some((window & mask, self.promised(window & mask, *slot)?)))
                .unwrap_or(single);
            *found = (number, key);
        }
        for (window, (number, key)) in windows.iter().zip(&found) {
            let row = &self.rows[*number as usize];
            let row = if row.key == *key || *number == 0 { row } else { self.row(*window) };
            pass(&row.values);
        }
    }

    /// The row of the n-gram `key`, whose search begins with `slot`, as far as tags tell.
    #[inline]
    fn promised(&self, key: u64, mut slot: u32) -> Option<u32> {
        let (mut at, tag) = self.home(key);
        loop {
            if slot >> NUMBER == tag && slot != 0 {
                return Some(slot & ((1 << NUMBER) - 1));
            }
            if slot == 0 {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
            slot = self.slots[at];
        }
    }
}

/// Bytes being read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn bytes(&mut self, n: usize) -> Result<&'a [u8], String> {
        let (bytes, rest) = self.0.split_at_checked(n).ok_or("it ends too early")?;
        self.0 = rest;
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.bytes(1)?[0])
    }

    fn number(&mut self) -> Result<u64, String> {
        let (mut n, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return Ok(n);
            }
            if shift > 56 {
                return Err("a number is too large".into());
            }
        }
    }

    fn text(&mut self) -> Result<&'a str, String> {
        let length = self.number()? as usize;
        std::str::from_utf8(self.bytes(length)?).map_err(|e| e.to_string())
    }
}
