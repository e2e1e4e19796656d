//! Compressed inputs that are broken: they are read to the end, or the run fails and publishes nothing. There is no third way.

use super::here::Bench;
use crate::case::{gzip, zstd};

/// Documents in the stream that the others are made of.
const DOCUMENTS: usize = 200;

fn good() -> Vec<u8> {
    (0..DOCUMENTS).map(|n| format!("{{\"id\":\"d{n}\",\"text\":\"جملة رقم {n}\"}}\n")).collect::<String>().into_bytes()
}

/// The stream cut off after so many bytes.
fn cut(stream: &[u8], length: usize) -> Vec<u8> {
    stream[..length.min(stream.len())].to_vec()
}

/// The stream with one byte changed.
fn flipped(stream: &[u8], at: usize) -> Vec<u8> {
    let mut stream = stream.to_vec();
    stream[at] ^= 0xff;
    stream
}

/// What becomes of a stream.
#[derive(Clone, Copy)]
enum Then {
    /// It is read: so many documents.
    Read(usize),
    /// It is refused, or it is not, and then there are at least so many.
    Either(usize),
}
use Then::{Either, Read};

/// What can be done to any stream.
fn damaged(stream: &[u8]) -> Vec<(String, Vec<u8>, Then)> {
    let (length, half) = (stream.len(), stream.len() / 2);
    let mut cases = Vec::new();
    for at in [1, 2, 3, 4, 5, 9, 10, half, length - 9, length - 8, length - 4, length - 1] {
        cases.push((format!("cut after {at}"), cut(stream, at), Either(DOCUMENTS)));
        cases.push((format!("byte {at} changed"), flipped(stream, at), Either(DOCUMENTS)));
    }
    let with = |tail: &[u8]| [stream, tail].concat();
    cases.push(("twice".into(), with(stream), Read(2 * DOCUMENTS)));
    cases.push(("a second one that is cut".into(), with(&cut(stream, half)), Either(2 * DOCUMENTS)));
    cases.push(("a second one that is changed".into(), with(&flipped(stream, half)), Either(2 * DOCUMENTS)));
    cases.push(("its own head after it".into(), with(&cut(stream, 4)), Either(DOCUMENTS)));
    cases.push(("text after it".into(), with(b"{\"text\":\"not compressed\"}\n"), Either(DOCUMENTS + 1)));
    cases.push(("zeros after it".into(), with(&[0; 512]), Either(DOCUMENTS)));
    cases.push(("text before it".into(), [b"{\"text\":\"x\"}\n".as_slice(), stream].concat(), Either(DOCUMENTS + 1)));
    cases.push(("nothing".into(), Vec::new(), Read(0)));
    cases.push(("text".into(), good(), Either(DOCUMENTS)));
    cases.push(("zeros".into(), vec![0; 1000], Either(0)));
    cases
}

/// A line of zeros, which is a thousandth of its length when it is compressed.
fn bomb() -> Vec<u8> {
    [b"{\"text\":\"".as_slice(), &vec![b'0'; 20 << 20], b"\"}\n"].concat()
}

/// A zstd frame that asks for a window of 2 TiB.
const HUGE_WINDOW: &[u8] = b"\x28\xb5\x2f\xfd\x00\xf8\x01\x00\x00";
/// One that needs a dictionary.
const DICTIONARY: &[u8] = b"\x28\xb5\x2f\xfd\x03\x58\x78\x56\x34\x12\x01\x00\x00";
/// One that nothing is in, but a length that says otherwise.
const LIAR: &[u8] = b"\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\x7f\x01\x00\x00";
/// A gzip head with every flag set and nothing after it.
const FLAGS: &[u8] = b"\x1f\x8b\x08\xff\x00\x00\x00\x00\x00\xff\xff\xffname";

pub(super) fn all() -> usize {
    let bench = Bench::new();
    let mut count = 0;
    for (extension, compress) in [("gz", gzip as fn(&[u8]) -> Vec<u8>), ("zst", zstd)] {
        let stream = compress(&good());
        let mut cases = damaged(&stream);
        cases.push(("compressed twice".into(), compress(&stream), Either(0)));
        cases.push(("empty members".into(), compress(b"").repeat(1000), Read(0)));
        cases.push(("a bomb".into(), compress(&bomb()), Either(1)));
        cases.push(("a line in many members".into(), good().chunks(7).flat_map(compress).collect(), Read(DOCUMENTS)));
        cases.push((
            "the other's head".into(),
            if extension == "gz" { zstd(&good()) } else { gzip(&good()) },
            Either(DOCUMENTS),
        ));
        match extension {
            "gz" => cases.push(("all flags".into(), FLAGS.to_vec(), Either(0))),
            _ => cases.extend([
                ("a huge window".into(), HUGE_WINDOW.to_vec(), Either(0)),
                ("a dictionary".into(), DICTIONARY.to_vec(), Either(0)),
                ("a length that lies".into(), LIAR.to_vec(), Either(0)),
                (
                    "a skippable frame".into(),
                    [b"\x50\x2a\x4d\x18\x04\0\0\0abcd", stream.as_slice()].concat(),
                    Read(DOCUMENTS),
                ),
                ("a skippable frame without end".into(), b"\x50\x2a\x4d\x18\xff\xff\xff\xffabcd".to_vec(), Either(0)),
            ]),
        }
        for (name, bytes, then) in &cases {
            let what = format!("{extension}: {name}");
            let file = format!("in.jsonl.{extension}");
            bench.write(&file, bytes);
            let source = format!("use = \"jsonl\"\npaths = [\"{file}\"]");
            let ran = bench.run(&what, &source, "");
            match *then {
                Read(documents) => assert_eq!((ran.code, ran.read()), (0, documents), "{what}"),
                Either(documents) => assert!(ran.code == 74 || ran.read() >= documents, "{what}: {}", ran.read()),
            }
        }
        count += cases.len();
    }
    count
}
