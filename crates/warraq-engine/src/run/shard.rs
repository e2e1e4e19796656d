//! Which part of the inputs a shard reads.
//!
//! The inputs, one after the other and as they are stored, are divided into parts of the same number of bytes. A record belongs
//! to the part in which it begins, and an input that cannot be divided, because it is compressed or is one record, to the part
//! in which that begins. So every record is in exactly one shard, and the shards follow each other as the records do.

use super::chunk::Position;
use super::reader::blocks::Finder;
use crate::plan::{Place, Plan, Shard};
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use warraq_core::{CodecDef, Framing, SourceFormat};

/// By input: the bytes in which a shard's records begin; none of an input that it has nothing of.
pub(super) type Ranges = Vec<Option<Range<u64>>>;

/// For each input, the bytes in which the shard's records begin; none if there are no such.
///
/// # Errors
/// When the size of an input cannot be told, with its name.
pub(super) fn ranges(plan: &Plan, shard: Shard) -> Result<Ranges, String> {
    let mut inputs = Vec::new();
    for source in &plan.sources {
        for input in &source.inputs {
            let Place::File(path) = &input.place else {
                return Err("standard input cannot be divided into shards".into());
            };
            let fail = |error: io::Error| format!("input {}: {error}", input.name);
            let found = path.metadata().map_err(fail)?;
            if !found.is_file() {
                return Err(format!("input {}: it is not a file, and cannot be divided into shards", input.name));
            }
            let mut head = Vec::new();
            File::open(path).and_then(|file| file.take(CodecDef::HEAD).read_to_end(&mut head)).map_err(fail)?;
            inputs.push((found.len(), is_divisible(&*source.format, &head, &plan.codecs)));
        }
    }
    Ok(parts(&inputs, shard))
}

fn is_divisible(format: &dyn SourceFormat, head: &[u8], codecs: &[CodecDef]) -> bool {
    format.framing() != Framing::File && format.divisible() && !codecs.iter().any(|codec| codec.begins(head))
}

/// For inputs of these sizes in bytes, and whether they can be divided.
fn parts(inputs: &[(u64, bool)], shard: Shard) -> Ranges {
    let total: u64 = inputs.iter().map(|(size, _)| size).sum();
    let border = |n: u64| (u128::from(total) * u128::from(n)).div_ceil(u128::from(shard.count)) as u64;
    let is_last = shard.index + 1 == shard.count;
    // What begins at the very end, such as an empty file, is in the last shard.
    let end = if is_last { u64::MAX } else { border(shard.index + 1) };
    let mine = border(shard.index)..end;
    let mut offset = 0;
    let part = |&(size, divisible): &(u64, bool)| {
        let start = offset;
        offset += size;
        if !divisible {
            return mine.contains(&start).then_some(0..u64::MAX);
        }
        let part = mine.start.saturating_sub(start)..mine.end.saturating_sub(start);
        (!part.is_empty() && (part.start < size || part.start == 0)).then_some(part)
    };
    inputs.iter().map(part).collect()
}

/// Reads up to the first record of the input that begins at byte `from` or later. Returns where it begins, and the bytes from
/// there on that have been read already.
pub(super) fn seek(
    framing: Framing,
    input: usize,
    bytes: &mut dyn Read,
    from: u64,
    block: usize,
) -> io::Result<(Position, Vec<u8>)> {
    let mut finder = match framing {
        Framing::Blocks(rule) => Some(Finder::new(rule, 0)),
        Framing::Lines | Framing::File => None,
    };
    // The place of the first byte that is held, and the line that it is in.
    let (mut at, mut number, mut held) = (0u64, 1, Vec::new());
    loop {
        let seen = held.len();
        held.resize(seen + block, 0);
        let n = super::reader::read_some(bytes, &mut held[seen..])?;
        held.truncate(seen + n);
        let found = match &mut finder {
            // A line begins after a line feed.
            None => {
                let before = from.saturating_sub(1).saturating_sub(at) as usize;
                let rest = held.get(before.max(seen)..).unwrap_or_default();
                memchr::memchr(b'\n', rest).map(|n| at + (before.max(seen) + n) as u64 + 1)
            }
            Some(finder) => loop {
                let found = finder.next(&held[(finder.place() - at) as usize..]);
                match found.or_else(|| if n == 0 { finder.end_line() } else { None }) {
                    Some(found) if found < from => {}
                    found => break found,
                }
            },
        };
        let end = match found {
            Some(found) => found,
            None if n == 0 => at + held.len() as u64,
            None => finder.as_ref().map_or(at + held.len() as u64, Finder::open),
        };
        let passed = (end - at) as usize;
        number += memchr::memchr_iter(b'\n', &held[..passed]).count() as u64;
        held.drain(..passed);
        at = end;
        if found.is_some() || n == 0 {
            return Ok((Position { input, byte: at, number }, held));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_byte_is_in_one_shard(
            inputs in prop::collection::vec((0..50u64, any::<bool>()), 1..6),
            count in 1..9u64,
        ) {
            let shards: Vec<_> = (0..count).map(|index| parts(&inputs, Shard { index, count })).collect();
            let mut last = 0;
            for (n, &(size, divisible)) in inputs.iter().enumerate() {
                for byte in 0..size.max(1) {
                    let holds = |range: &Option<Range<u64>>| range.as_ref().is_some_and(|range| range.contains(&byte));
                    let owners: Vec<usize> = (0..shards.len()).filter(|&shard| holds(&shards[shard][n])).collect();
                    prop_assert_eq!(owners.len(), 1, "input {}, byte {} of {}, {}", n, byte, size, divisible);
                    prop_assert!(owners[0] >= last, "shards follow each other as the bytes do");
                    last = owners[0];
                }
            }
        }
    }
}
