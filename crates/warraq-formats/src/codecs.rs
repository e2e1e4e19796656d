//! Compression: gzip and zstd, read as any number of members or frames and written as one at a time.

use flate2::bufread::MultiGzDecoder;
use flate2::{Compression, GzBuilder};
use std::io::{self, BufRead, BufReader, Read, Write};
use warraq_core::{Codec, CodecDef, Registry, RegistryError};

/// Every codec.
pub(crate) const ALL: &[CodecDef] = &[
    CodecDef { name: "gzip", extensions: &["gz"], magics: &[&[0x1F, 0x8B]], codec: &Gzip },
    CodecDef { name: "zstd", extensions: &["zst"], magics: ZSTD_MAGICS, codec: &Zstd },
];

/// RFC 8878, sections 3.1.1 and 3.1.2: of a frame, and of the sixteen kinds of skippable frames, with one of which the
/// files of parallel and seekable writers begin.
const ZSTD_MAGICS: &[&[u8]] = &[
    &[0x28, 0xB5, 0x2F, 0xFD],
    &[0x50, 0x2A, 0x4D, 0x18],
    &[0x51, 0x2A, 0x4D, 0x18],
    &[0x52, 0x2A, 0x4D, 0x18],
    &[0x53, 0x2A, 0x4D, 0x18],
    &[0x54, 0x2A, 0x4D, 0x18],
    &[0x55, 0x2A, 0x4D, 0x18],
    &[0x56, 0x2A, 0x4D, 0x18],
    &[0x57, 0x2A, 0x4D, 0x18],
    &[0x58, 0x2A, 0x4D, 0x18],
    &[0x59, 0x2A, 0x4D, 0x18],
    &[0x5A, 0x2A, 0x4D, 0x18],
    &[0x5B, 0x2A, 0x4D, 0x18],
    &[0x5C, 0x2A, 0x4D, 0x18],
    &[0x5D, 0x2A, 0x4D, 0x18],
    &[0x5E, 0x2A, 0x4D, 0x18],
    &[0x5F, 0x2A, 0x4D, 0x18],
];

pub(crate) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    ALL.iter().try_for_each(|codec| registry.add_codec(*codec))
}

struct Gzip;

/// The usual level: higher ones cost much time for a percent or two.
const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 3;

impl Codec for Gzip {
    fn reader(&self, inner: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Members::new(inner, |input| Ok(Box::new(MultiGzDecoder::new(input))))))
    }

    fn compress(&self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        // The time is left at zero: the same bytes in give the same bytes out.
        let mut encoder = GzBuilder::new().write(out, Compression::new(GZIP_LEVEL));
        encoder.write_all(bytes)?;
        encoder.finish()?;
        Ok(())
    }
}

struct Zstd;

impl Codec for Zstd {
    fn reader(&self, inner: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Members::new(inner, |input| Ok(Box::new(zstd::stream::read::Decoder::with_buffer(input)?)))))
    }

    fn compress(&self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        let mut compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
        compressor.include_checksum(true)?;
        out.append(&mut compressor.compress(bytes)?);
        Ok(())
    }
}

type Input = BufReader<Box<dyn Read + Send>>;
type Open = fn(Input) -> io::Result<Box<dyn Read + Send>>;

/// The members of a stream, which may be none: an empty export is an empty file, which the decompressors take for a
/// truncated one. The first byte is read when it is asked for, not when the reader is made.
enum Members {
    Unopened(Option<Input>, Open),
    Open(Box<dyn Read + Send>),
    Empty,
}

impl Members {
    fn new(inner: Box<dyn Read + Send>, open: Open) -> Self {
        Members::Unopened(Some(BufReader::with_capacity(64 * 1024, inner)), open)
    }
}

impl Read for Members {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            *self = match self {
                Members::Empty => return Ok(0),
                Members::Open(reader) => return reader.read(buf),
                Members::Unopened(input, open) => {
                    // The input is gone only when a reader went on after it could not be opened.
                    let gone = || io::Error::other("the decompressor could not be set up");
                    if input.as_mut().ok_or_else(gone)?.fill_buf()?.is_empty() {
                        Members::Empty
                    } else {
                        Members::Open(open(input.take().ok_or_else(gone)?)?)
                    }
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compressed(codec: &dyn Codec, parts: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        for part in parts {
            codec.compress(part, &mut out).unwrap();
        }
        out
    }

    fn read(codec: &dyn Codec, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        codec.reader(Box::new(io::Cursor::new(bytes.to_vec())))?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn members_and_frames_are_read_as_one_stream() {
        for def in ALL {
            let long = "سطر\n".repeat(100_000);
            let bytes = compressed(def.codec, &[b"one\n", b"", long.as_bytes(), b"two"]);
            assert!(def.begins(&bytes), "{}", def.name);
            let expected = [b"one\n", long.as_bytes(), b"two"].concat();
            assert_eq!(read(def.codec, &bytes).unwrap(), expected, "{}", def.name);
            assert_eq!(read(def.codec, b"").unwrap(), b"", "{}", def.name);
        }
    }

    #[test]
    fn skippable_frames_are_skipped_wherever_they_are() {
        let skippable = |kind: u8| [&[0x50 + kind, 0x2A, 0x4D, 0x18, 3, 0, 0, 0][..], b"any"].concat();
        let frame = |text: &[u8]| compressed(&Zstd, &[text]);
        for kind in 0..16 {
            let bytes = [skippable(kind), frame(b"one\n"), skippable(15 - kind), frame(b"two"), skippable(0)].concat();
            assert!(ALL.iter().find(|def| def.begins(&bytes)).is_some_and(|def| def.name == "zstd"), "{kind}");
            assert_eq!(read(&Zstd, &bytes).unwrap(), b"one\ntwo", "{kind}");
        }
        assert_eq!(read(&Zstd, &skippable(7)).unwrap(), b"");
        assert!(read(&Zstd, &skippable(7)[..9]).is_err(), "cut short");
    }

    #[test]
    fn the_same_bytes_give_the_same_bytes() {
        let gzip = compressed(&Gzip, &[b"abc"]);
        assert_eq!(gzip[4..8], [0; 4], "no time stamp");
        for def in ALL {
            assert_eq!(compressed(def.codec, &[b"abc"]), compressed(def.codec, &[b"abc"]));
        }
    }

    #[test]
    fn a_truncated_stream_never_looks_complete() {
        for def in ALL {
            let first = compressed(def.codec, &["أول\n".repeat(50).as_bytes()]);
            let both = [first.clone(), compressed(def.codec, &["ثان\n".repeat(50).as_bytes()])].concat();
            for cut in 1..both.len() {
                let result = read(def.codec, &both[..cut]);
                assert_eq!(result.is_ok(), cut == first.len(), "{} cut at {cut}: {result:?}", def.name);
            }
        }
    }

    #[test]
    fn a_flipped_bit_never_changes_the_text_in_silence() {
        let text = "نص\n".repeat(40);
        for def in ALL {
            let good = compressed(def.codec, &[text.as_bytes()]);
            for at in 0..good.len() * 8 {
                let mut bad = good.clone();
                bad[at / 8] ^= 1 << (at % 8);
                // Some header bits, such as gzip's operating system, say nothing about the text.
                if let Ok(read) = read(def.codec, &bad) {
                    assert_eq!(read, text.as_bytes(), "{}: bit {at}", def.name);
                }
            }
        }
    }

    #[test]
    fn garbage_after_the_last_member_is_an_error() {
        for def in ALL {
            let mut bytes = compressed(def.codec, &[b"abc"]);
            bytes.extend_from_slice(b"garbage");
            assert!(read(def.codec, &bytes).is_err(), "{}", def.name);
        }
    }
}
