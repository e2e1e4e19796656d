//! Makes the model of `tag.language` from the n-gram models of lingua.
//!
//! ```sh
//! pip download --no-deps lingua-language-detector==1.3.5 && unzip lingua_language_detector-*.whl
//! cargo run --release -p warraq-stages --example language-model -- lingua/language-models languages.bin.zst
//! ```
//!
//! What the model is, and how it is laid out, stands in `src/tag/language/model.rs`.

mod counts;
mod rows;

use counts::{Counts, FIRST_LETTER, Source, length, suffix};
use rows::{Row, STEPS, choose};
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::Path;
use std::{env, fs};

/// The scripts that several languages share, their languages, and how many rows their model may have.
const GROUPS: [(&str, &str, usize); 4] = [
    (
        "Latn",
        "af az bs ca cs cy da de en eo es et eu fi fr ga hr hu id is it la lg lt lv mi ms nb nl nn pl pt ro sk sl sn so \
         sq st sv sw tl tn tr ts vi xh yo zu",
        130_000,
    ),
    ("Cyrl", "be bg kk mk mn ru sr uk", 30_000),
    ("Arab", "ar fa ur", 16_000),
    ("Deva", "hi mr", 6_000),
];

/// The most letters of a group: a symbol is a byte, and two values are taken.
const LETTERS: usize = 252;
/// A letter below this share in every language has no symbol.
const LEAST_SHARE: f64 = 2e-6;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [models, output] = &arguments[..] else {
        return Err("usage: language-model FOLDER OUTPUT; the folder has a folder per language, such as `ar`".into());
    };
    let mut file = b"WQLANG1\n".to_vec();
    number(&mut file, GROUPS.len() as u64);
    for (script, languages, budget) in GROUPS {
        let languages: Vec<&str> = languages.split_whitespace().collect();
        let sources: Vec<Source> =
            languages.iter().map(|code| Source::read(&Path::new(models).join(code))).collect::<Result<_, _>>()?;
        let alphabet = alphabet(&sources);
        let symbols: HashMap<char, u64> =
            alphabet.iter().enumerate().map(|(n, c)| (*c, n as u64 + FIRST_LETTER)).collect();
        let counts: Vec<Counts> = sources.iter().map(|source| Counts::new(source, &symbols)).collect();
        let rows = choose(&counts, budget);
        let before = file.len();
        write_group(&mut file, script, &languages, &alphabet, &rows);
        eprintln!("{script}: {} letters, {} rows, {} bytes", alphabet.len(), rows.len(), file.len() - before);
    }
    let packed = zstd::bulk::compress(&file, 22)?;
    eprintln!("{} bytes, {} compressed", file.len(), packed.len());
    Ok(fs::write(output, packed)?)
}

/// The letters of a group, in the order of their code points.
fn alphabet(sources: &[Source]) -> Vec<char> {
    let mut shares: BTreeMap<char, f64> = BTreeMap::new();
    for (letter, share) in sources.iter().flat_map(Source::alphabet) {
        let most = shares.entry(letter).or_default();
        *most = most.max(share);
    }
    let mut letters: Vec<(char, f64)> = shares.into_iter().filter(|(_, share)| *share >= LEAST_SHARE).collect();
    letters.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    letters.truncate(LETTERS);
    let mut letters: Vec<char> = letters.into_iter().map(|(letter, _)| letter).collect();
    letters.sort_unstable();
    letters
}

/// Whether a value may be left out for what the suffix's row leads to expect. It may differ by a quarter of a unit, and by
/// a whole one where the n-gram speaks against the language anyway.
fn is_negligible(value: i8, expected: i8) -> bool {
    let tolerance = if value.max(expected) > -(STEPS as i8) { STEPS / 4.0 } else { STEPS };
    (f64::from(value) - f64::from(expected)).abs() <= tolerance
}

/// Lays a group out: see `src/tag/language/model.rs`.
fn write_group(file: &mut Vec<u8>, script: &str, languages: &[&str], alphabet: &[char], rows: &[(u64, Row)]) {
    text(file, script);
    number(file, languages.len() as u64);
    languages.iter().for_each(|code| text(file, code));
    number(file, alphabet.len() as u64);
    let mut last = 0;
    for letter in alphabet {
        number(file, u64::from(*letter as u32 - last));
        last = *letter as u32;
    }
    number(file, rows.len() as u64);
    // An n-gram comes right after its suffix, or after others that have the same suffix.
    let mut ordered: Vec<&(u64, Row)> = rows.iter().collect();
    ordered.sort_by_key(|(key, _)| key.swap_bytes());
    // Streams of one kind compress better than what belongs together. Differences are from what will be read, so that what
    // is left out here is not left out twice further on.
    let mut known: HashMap<u64, Row> = HashMap::new();
    let (mut lengths, mut symbols, mut shifts, mut sizes, mut columns, mut values) =
        (vec![], vec![], vec![], vec![], vec![], vec![]);
    for (key, row) in ordered {
        lengths.push(length(*key) as u8);
        symbols.push((key >> (8 * (length(*key) - 1))) as u8);
        let width = row.len();
        let none = vec![0i8; width];
        let shorter = if length(*key) > 1 { &known[&suffix(*key)] } else { &none };
        let shift = common_shift(row, shorter);
        shifts.push(shift as u8);
        let mut read: Row = shorter.iter().map(|v| moved(*v, shift)).collect();
        let (mut count, mut at) = (0, 0);
        for (column, value) in row.iter().enumerate() {
            if !is_negligible(*value, read[column]) {
                columns.push((column - at) as u8);
                values.push(*value as u8);
                (count, at) = (count + 1, column);
                read[column] = *value;
            }
        }
        sizes.push(count as u8);
        known.insert(*key, read);
    }
    for stream in [lengths, symbols, shifts, sizes, columns, values] {
        number(file, stream.len() as u64);
        file.extend(stream);
    }
}

/// The change from the suffix's row that most columns have in common.
fn common_shift(row: &[i8], shorter: &[i8]) -> i8 {
    let mut best = (0, 0);
    for shift in -60i8..=60 {
        let same = row.iter().zip(shorter).filter(|(v, s)| (i16::from(**v) - i16::from(moved(**s, shift))).abs() <= 1);
        best = best.max((same.count() as i32 * 256 - i32::from(shift.abs()), i32::from(shift)));
    }
    best.1 as i8
}

/// A value after a shift.
fn moved(value: i8, shift: i8) -> i8 {
    value.saturating_add(shift).clamp(-120, 120)
}

/// An unsigned number, seven bits to a byte, the lowest first.
fn number(file: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        file.push(n as u8 | 0x80);
        n >>= 7;
    }
    file.push(n as u8);
}

/// A short text with its length in front.
fn text(file: &mut Vec<u8>, text: &str) {
    number(file, text.len() as u64);
    file.extend(text.as_bytes());
}
