//! The words of the training data: how often each stood alone, behind a proclitic and before an enclitic, and which of them
//! differ only in what writers leave out (hamza, dots of ya, the small alef).

use crate::model::{Key, ModelError, Reader, Table, Writer, hash};
use std::collections::BTreeMap;

/// Counts alone, behind a proclitic, before an enclitic.
pub(super) type Counts = [u32; 3];

/// Counts are told apart up to here; see [`bucket`].
const ENOUGH: u32 = 16;

/// Words and their counts.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    words: Vec<Vec<char>>,
    /// The counts of each word in one number, ten bits for each.
    counts: Table,
    /// Words by their folded form: consecutive places in `alike`.
    folded: Table,
    alike: Vec<Vec<u32>>,
}

impl Lexicon {
    pub(super) fn new(words: BTreeMap<Vec<char>, Counts>) -> Self {
        let (words, counts) = words.into_iter().unzip();
        Self::from_words(words, counts)
    }

    fn from_words(words: Vec<Vec<char>>, counts: Vec<Counts>) -> Self {
        let entries: Vec<_> = words.iter().zip(counts).map(|(word, counts)| (key(word), pack(counts))).collect();
        let mut groups: BTreeMap<Key, Vec<u32>> = BTreeMap::new();
        for (n, word) in words.iter().enumerate() {
            groups.entry(folded_key(word)).or_default().push(n as u32);
        }
        let folded: Vec<_> = groups.keys().enumerate().map(|(n, &key)| (key, n as u32)).collect();
        Lexicon {
            counts: Table::new(&entries),
            folded: Table::new(&folded),
            alike: groups.into_values().collect(),
            words,
        }
    }

    /// The counts of a word, without those that are held against it.
    pub(super) fn counts(&self, word: &[char], without: &[(Key, Counts)]) -> Counts {
        let [counts] = self.counts_of([key(word)], without);
        counts
    }

    /// The counts of several words by their keys, without those that are held against them.
    pub(super) fn counts_of<const N: usize>(&self, keys: [Key; N], without: &[(Key, Counts)]) -> [Counts; N] {
        let mut all = self.counts.get_all(&keys).map(|counts| counts.map_or([0; 3], unpack));
        if !without.is_empty() {
            keys.iter().zip(&mut all).for_each(|(&key, counts)| Self::less(key, counts, without));
        }
        all
    }

    fn less(key: Key, counts: &mut Counts, without: &[(Key, Counts)]) {
        for (_, less) in without.iter().filter(|(other, _)| *other == key) {
            for (count, less) in counts.iter_mut().zip(less) {
                *count = count.saturating_sub(*less);
            }
        }
    }

    /// The words that fold to what `raw` folds to.
    pub(super) fn alike(&self, raw: &[char]) -> impl Iterator<Item = &[char]> {
        let group = self.folded.get(folded_key(raw)).map_or(&[][..], |n| &self.alike[n as usize]);
        group.iter().map(|&n| &*self.words[n as usize])
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.list(&self.words, |writer, word| {
            writer.text(&word.iter().collect::<String>());
            self.counts(word, &[]).iter().for_each(|&count| writer.number(count.min(ENOUGH).into()));
        });
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ModelError> {
        let words: Vec<(_, Counts)> = reader.list(|reader| {
            let word = reader.text()?.chars().collect();
            let mut counts = [0; 3];
            for count in &mut counts {
                *count = reader.below(ENOUGH as usize + 1)? as u32;
            }
            Ok((word, counts))
        })?;
        let (words, counts) = words.into_iter().unzip();
        Ok(Self::from_words(words, counts))
    }
}

/// More than this is as good as this: no more than a few are ever held against a word.
const MOST: u32 = (1 << 10) - 1;

fn pack(counts: Counts) -> u32 {
    counts.iter().fold(0, |packed, &count| packed << 10 | count.min(MOST))
}

fn unpack(packed: u32) -> Counts {
    [packed >> 20 & MOST, packed >> 10 & MOST, packed & MOST]
}

/// The key of a word, for what is held against it.
pub(super) fn key(word: &[char]) -> Key {
    hash(word) as Key
}

fn folded_key(word: &[char]) -> Key {
    use crate::model::conjoin;
    let fold = |hash, &c| match c {
        'أ' | 'إ' | 'آ' | 'ٱ' => conjoin(hash, u64::from('ا')),
        'ى' | 'ئ' => conjoin(hash, u64::from('ي')),
        'ؤ' => conjoin(hash, u64::from('و')),
        '\u{670}' => hash,
        _ => conjoin(hash, u64::from(c)),
    };
    word.iter().fold(3, fold) as Key
}

/// A count as features know it.
pub(super) fn bucket(count: u32) -> u64 {
    match count {
        0..=2 => count.into(),
        3..=5 => 3,
        6..ENOUGH => 4,
        _ => 5,
    }
}
