//! The reader against a model of a few lines: whatever the bytes, however many come at once, and wherever chunks are cut,
//! every record comes out once, whole, in order, with its line and its byte.

use super::*;
use crate::config::{Budget, OnError};
use crate::plan::{Input, Limits, Source, Target, hex};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::num::NonZeroU32;
use std::path::PathBuf;
use warraq_core::{Blocks, Decoder, Labels, SourceFormat};

/// A format that hands out its bytes in pieces of given sizes, over and over.
#[derive(Clone)]
struct Choppy {
    framing: Framing,
    sizes: Vec<usize>,
}

struct Chopped {
    inner: Box<dyn Read + Send>,
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Chopped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()].clamp(1, buffer.len());
        self.turn += 1;
        self.inner.read(&mut buffer[..size])
    }
}

impl SourceFormat for Choppy {
    fn framing(&self) -> Framing {
        self.framing
    }

    fn reader(&self, inner: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        Box::new(Chopped { inner, sizes: self.sizes.clone(), turn: 0 })
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        unreachable!("the reader decodes nothing")
    }
}

/// What the reader is tested with.
#[derive(Clone, Debug)]
struct Setting {
    inputs: Vec<(Framing, Vec<u8>)>,
    target: usize,
    limit: u64,
    wanted: Option<u64>,
}

/// A record as a worker would see it. `Large` is one past the limit, with its length and head.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Blank,
    Whole(Vec<u8>),
    Large(u64, Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    input: usize,
    number: u64,
    byte: u64,
    content: Content,
}

fn content(bytes: &[u8], is_line: bool, setting: &Setting) -> Content {
    let mut bytes = bytes;
    if is_line {
        bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if bytes.trim_ascii().is_empty() {
            return Content::Blank;
        }
    }
    if bytes.len() as u64 > setting.limit {
        let head = HEAD.min(setting.target).min(bytes.len());
        return Content::Large(bytes.len() as u64, bytes[..head].to_vec());
    }
    Content::Whole(bytes.to_vec())
}

const RULE: Blocks = Blocks { marker: "#n", at_most: None };

/// Records of blocks, told from whole lines.
fn blocks(bytes: &[u8], rule: Blocks) -> Vec<&[u8]> {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|&b| b == b'\n').collect();
    // A byte order mark does not keep the first line from being one of the head.
    let text = |n: usize| if n == 0 { lines[n].strip_prefix(b"\xef\xbb\xbf").unwrap_or(lines[n]) } else { lines[n] };
    let blank = |n: usize| is_blank(lines[n], n as u64 + 1);
    let (mut starts, mut place, mut count, mut marked) = (vec![0], 0, 0, false);
    for n in 0..lines.len() {
        if !blank(n) && (n == 0 || blank(n - 1)) {
            let head = (n..lines.len()).take_while(|&n| text(n).starts_with(b"#"));
            let is_marked = head.into_iter().any(|n| {
                let rest = text(n).strip_prefix(rule.marker.as_bytes());
                rest.is_some_and(|rest| rest.first().is_none_or(|&b| b == b'=' || b.is_ascii_whitespace()))
            });
            let is_full = !marked && rule.at_most.is_some_and(|most| count == most.get());
            if is_marked || is_full {
                if count > 0 {
                    starts.push(place);
                }
                (marked, count) = (is_marked, 0);
            }
            count += 1;
        }
        place += lines[n].len();
    }
    starts.push(bytes.len());
    starts.windows(2).map(|at| &bytes[at[0]..at[1]]).filter(|part| !part.is_empty()).collect()
}

/// What must come out.
fn model(setting: &Setting) -> Vec<Seen> {
    let mut wanted = setting.wanted.unwrap_or(u64::MAX);
    let mut records = Vec::new();
    for (input, (framing, bytes)) in setting.inputs.iter().enumerate() {
        let parts: Vec<&[u8]> = match framing {
            Framing::Lines => bytes.split_inclusive(|&b| b == b'\n').collect(),
            Framing::File => vec![bytes],
            Framing::Blocks(rule) => blocks(bytes, *rule),
        };
        let (mut byte, mut number) = (0, 1);
        for part in parts {
            if wanted == 0 {
                return records;
            }
            let content = match framing {
                Framing::Blocks(_) if is_blank(part, number) => Content::Blank,
                _ => content(part, *framing == Framing::Lines, setting),
            };
            wanted -= u64::from(content != Content::Blank);
            records.push(Seen { input, number, byte, content });
            byte += part.len() as u64;
            number += memchr::memchr_iter(b'\n', part).count() as u64;
        }
    }
    records
}

fn plan(setting: &Setting, folder: &Path, sizes: &[usize]) -> Plan {
    let source = |(n, (framing, bytes)): (usize, &(Framing, Vec<u8>))| {
        let path = folder.join(n.to_string());
        std::fs::write(&path, bytes).unwrap();
        let inputs = vec![Input { name: n.to_string(), place: Place::File(path) }];
        let format = Box::new(Choppy { framing: *framing, sizes: sizes.to_vec() });
        Source { format_name: "choppy".into(), index: 0, schema: serde_json::Value::Null, format, inputs }
    };
    Plan {
        report: PathBuf::new(),
        name: String::new(),
        file: String::new(),
        sources: setting.inputs.iter().enumerate().map(source).collect(),
        stages: Vec::new(),
        stage_names: Vec::new(),
        exports: Vec::new(),
        rejects: Target::Standard,
        rejects_codec: None,
        expect: Vec::new(),
        errors: Budget::Count(0),
        on_error: OnError::Quarantine,
        threads: 1,
        window: 1,
        record_limit: setting.limit,
        checkpoint: None,
        shard: None,
        secrets: Default::default(),
        settings: Vec::new(),
        limits: Limits::default(),
        resources: Vec::new(),
        codecs: Vec::new(),
        labels: Labels::new(),
        services: Arc::default(),
        plugins: Vec::new(),
        saves: Vec::new(),
    }
}

/// The records of each chunk, and what the reader says of its inputs.
fn read(setting: &Setting, block: usize, sizes: &[usize]) -> (Vec<Vec<Seen>>, Vec<InputRecord>) {
    let (chunks, inputs) = read_from(setting, block, sizes, &Start::new(), setting.wanted, None);
    (chunks.iter().map(|chunk| records(chunk, setting)).collect(), inputs)
}

fn read_from(
    setting: &Setting,
    block: usize,
    sizes: &[usize],
    start: &Start,
    wanted: Option<u64>,
    ranges: Option<Ranges>,
) -> (Vec<Chunk>, Vec<InputRecord>) {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(setting, folder.path(), sizes);
    let mut chunks = Vec::new();
    let mut sink = |chunk: Chunk| {
        chunks.push(chunk);
        true
    };
    let buffers = Pool::default();
    let mut reader = Reader::new(&plan, start, (wanted, ranges), Arc::default(), &buffers, &mut sink);
    (reader.target, reader.block) = (setting.target, block);
    let (inputs, result) = reader.read_all();
    result.unwrap();
    let numbers: Vec<u64> = chunks.iter().map(|c| c.number).collect();
    let expected = (start.chunk..).take(chunks.len()).collect::<Vec<_>>();
    assert_eq!(numbers, expected, "chunks are numbered in order");
    (chunks, inputs)
}

fn records(chunk: &Chunk, setting: &Setting) -> Vec<Seen> {
    let mut seen = Vec::new();
    for piece in &chunk.pieces {
        let before = seen.len();
        let bytes = &chunk.data[piece.range.clone()];
        let mut one = |number, byte, content| seen.push(Seen { input: piece.input, number, byte, content });
        match piece.kind {
            PieceKind::TooLarge { bytes: length } => {
                let head = &bytes[..bytes.len().min(HEAD.min(setting.target))];
                one(piece.first, piece.offset, Content::Large(length, head.to_vec()));
            }
            PieceKind::File => one(piece.first, piece.offset, content(bytes, false, setting)),
            PieceKind::Blocks(ref ends) => {
                let (mut start, mut number) = (piece.range.start, piece.first);
                for &end in ends {
                    let record = &chunk.data[start..end];
                    let byte = piece.offset + (start - piece.range.start) as u64;
                    let blank = is_blank(record, number);
                    one(number, byte, if blank { Content::Blank } else { content(record, false, setting) });
                    number += memchr::memchr_iter(b'\n', record).count() as u64;
                    start = end;
                }
                assert_eq!(start, piece.range.end);
            }
            PieceKind::Lines => {
                let mut byte = piece.offset;
                for (number, line) in (piece.first..).zip(bytes.split_inclusive(|&b| b == b'\n')) {
                    one(number, byte, content(line, true, setting));
                    byte += line.len() as u64;
                }
            }
        }
        assert_eq!(piece.framed, (seen.len() - before) as u64, "the reader counts what it cuts");
    }
    seen
}

fn setting() -> impl Strategy<Value = Setting> {
    let part = prop_oneof![
        4 => Just(b"\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => Just(b" \t".to_vec()),
        4 => prop::collection::vec(prop::sample::select(b"abc\r ".to_vec()), 1..8),
        4 => prop::sample::select(vec!["#n", "#n\n", "#n =", "#nx\n", "#x\n#n\n", "\n\n", "a\n\n"])
            .prop_map(|part| part.as_bytes().to_vec()),
        1 => (1..80usize).prop_map(|n| vec![b'x'; n]),
        1 => (1..80usize).prop_map(|n| vec![b' '; n]),
    ];
    let bytes = prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat());
    let rule = prop::option::of(1..4u32).prop_map(|n| Blocks { at_most: n.and_then(NonZeroU32::new), ..RULE });
    let framing = prop_oneof![4 => Just(Framing::Lines), 1 => Just(Framing::File), 4 => rule.prop_map(Framing::Blocks)];
    let input = (framing, bytes, prop::bool::weighted(0.2)).prop_map(|(framing, mut bytes, mark)| {
        if mark && matches!(framing, Framing::Blocks(_)) {
            bytes.splice(..0, *b"\xef\xbb\xbf");
        }
        (framing, bytes)
    });
    let inputs = prop::collection::vec(input, 1..4);
    (inputs, 1..40usize, prop_oneof![1..50u64, Just(1000)], prop::option::weighted(0.3, 0..9u64)).prop_map(
        |(inputs, target, limit, wanted)| Setting {
            inputs,
            target,
            // A record is looked at only once it fills a chunk; a limit below that is the worker's to notice.
            limit,
            wanted,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn records_come_out_whole_whatever_the_reads(
        setting in setting(),
        block in 1..60usize,
        sizes in prop::collection::vec(1..60usize, 1..5),
    ) {
        let (chunks, _) = read(&setting, block, &sizes);
        prop_assert_eq!(chunks.concat(), model(&setting));
        // Where chunks are cut decides where compressed frames begin: it depends on the bytes alone.
        let (at_once, inputs) = read(&setting, 1 << 12, &[1 << 12]);
        prop_assert_eq!(&chunks, &at_once);
        for chunk in &chunks {
            prop_assert!(!chunk.is_empty());
        }
        if setting.wanted.is_none() {
            for (input, (_, bytes)) in inputs.iter().zip(&setting.inputs) {
                prop_assert_eq!(input.bytes, bytes.len() as u64);
                prop_assert_eq!(input.sha256.clone(), Some(hex(&Sha256::digest(bytes))));
            }
        }
    }

    #[test]
    fn reading_goes_on_at_any_chunk(setting in setting(), block in 1..60usize) {
        let (whole, inputs) = read_from(&setting, block, &[7], &Start::new(), setting.wanted, None);
        let mut ended = Vec::new();
        let mut documents = 0;
        for (n, chunk) in whole.iter().enumerate() {
            let at = chunk.start().unwrap();
            ended.extend(chunk.ended.iter().cloned());
            prop_assert!(ended.len() >= at.input, "the inputs before are known when the chunk is");
            let start = Start { chunk: n as u64, at, ended: ended[..at.input].to_vec() };
            let wanted = setting.wanted.map(|wanted| wanted - documents);
            let (rest, records_of_rest) = read_from(&setting, 1 << 12, &[1 << 12], &start, wanted, None);
            let seen = |chunks: &[Chunk]| chunks.iter().map(|chunk| records(chunk, &setting)).collect::<Vec<_>>();
            prop_assert_eq!(seen(&rest), seen(&whole[n..]));
            if setting.wanted.is_none() {
                prop_assert_eq!(&records_of_rest, &inputs);
            }
            documents += seen(&whole[n..=n]).concat().iter().filter(|record| record.content != Content::Blank).count() as u64;
        }
    }

    #[test]
    fn shards_are_the_whole_one_after_the_other(
        mut setting in setting(),
        block in 1..60usize,
        cuts in prop::collection::vec(0..200u64, 0..4),
    ) {
        setting.wanted = None;
        let whole = model(&setting);
        // Inputs one after the other, cut anywhere; files are records, and are not cut.
        let total: u64 = setting.inputs.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        let mut borders: Vec<u64> = cuts.iter().map(|cut| cut % (total + 1)).chain([0, u64::MAX]).collect();
        borders.sort_unstable();
        let mut seen = Vec::new();
        for part in borders.windows(2) {
            let mut offset = 0;
            let range = |(framing, bytes): &(Framing, Vec<u8>)| {
                let start = offset;
                offset += bytes.len() as u64;
                if *framing == Framing::File {
                    return (part[0]..part[1]).contains(&start).then_some(0..u64::MAX);
                }
                let range = part[0].saturating_sub(start)..part[1].saturating_sub(start);
                (range.start < bytes.len() as u64 && !range.is_empty()).then_some(range)
            };
            let ranges = setting.inputs.iter().map(range).collect();
            let (chunks, _) = read_from(&setting, block, &[7], &Start::new(), None, Some(ranges));
            seen.extend(chunks.iter().flat_map(|chunk| records(chunk, &setting)));
        }
        prop_assert_eq!(seen, whole);
    }

    #[test]
    fn a_chunk_is_no_larger_than_its_target_or_its_one_record(mut setting in setting()) {
        setting.limit = 1000;
        let (chunks, _) = read(&setting, 7, &[3]);
        for chunk in chunks {
            let lines = chunk.iter().filter(|r| setting.inputs[r.input].0 == Framing::Lines).count();
            let size: usize = chunk.iter().map(|r| match &r.content {
                Content::Whole(bytes) => bytes.len() + 1,
                _ => 1,
            }).sum();
            prop_assert!(lines != chunk.len() || lines == 1 || size <= setting.target + lines, "{chunk:?}");
        }
    }
}

#[test]
fn a_reader_that_fails_says_where() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    #[derive(Clone)]
    struct Breaking(Framing);
    impl SourceFormat for Breaking {
        fn framing(&self) -> Framing {
            self.0
        }
        fn reader(&self, inner: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
            Box::new(inner.chain(Broken))
        }
        fn decoder(&self) -> Box<dyn Decoder> {
            unreachable!("the reader decodes nothing")
        }
    }
    for framing in [Framing::Lines, Framing::File, Framing::Blocks(RULE)] {
        for (bytes, limit) in [("one\ntwo\nthr", 100), ("one\ntwo\nlong long long", 6), ("", 100)] {
            let inputs = vec![(framing, bytes.as_bytes().to_vec())];
            let setting = Setting { inputs, target: 5, limit, wanted: None };
            let folder = tempfile::tempdir().unwrap();
            let mut plan = plan(&setting, folder.path(), &[100]);
            plan.sources[0].format = Box::new(Breaking(framing));
            let (mut sink, start) = (|_: Chunk| true, Start::new());
            let buffers = Pool::default();
            let mut reader = Reader::new(&plan, &start, (None, None), Arc::default(), &buffers, &mut sink);
            (reader.target, reader.block) = (5, 4);
            let (inputs, result) = reader.read_all();
            let error = result.unwrap_err();
            assert_eq!((error.name.as_str(), error.byte), ("0", bytes.len() as u64), "{framing:?} {bytes:?}");
            assert_eq!(inputs[0].sha256, None, "an input that was not read to its end has no checksum");
        }
    }
}
