//! Writing JSON by hand: the export is the hottest code of the program, and most of what it writes are offsets.

/// What becomes of each byte in a string: 0 for itself, `u` for a `\u` escape, else the letter after the backslash.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        table[control] = b'u';
        control += 1;
    }
    table[b'\n' as usize] = b'n';
    table[b'\r' as usize] = b'r';
    table[b'\t' as usize] = b't';
    table[0x08] = b'b';
    table[0x0C] = b'f';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

/// Appends `text` as a JSON string, quotes included.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut clean = 0;
    let mut at = 0;
    while let Some(next) = next_escape(bytes, at) {
        out.extend_from_slice(&bytes[clean..next]);
        let byte = bytes[next];
        match ESCAPES[byte as usize] {
            b'u' => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
            letter => out.extend_from_slice(&[b'\\', letter]),
        }
        at = next + 1;
        clean = at;
    }
    out.extend_from_slice(&bytes[clean..]);
    out.push(b'"');
}

/// Whether `text` can stand in a string as it is.
#[inline]
pub(super) fn is_plain(text: &[u8]) -> bool {
    text.iter().fold(true, |plain, &byte| plain & (ESCAPES[usize::from(byte)] == 0))
}

/// The next byte from `at` on that cannot stand in a string as it is.
#[inline]
fn next_escape(bytes: &[u8], mut at: usize) -> Option<usize> {
    // The fold over a block has no exit, so it is done on many bytes at a time.
    while let Some(block) = bytes.get(at..at + 32) {
        let any = block.iter().fold(false, |any, &b| any | (b < 0x20) | (b == b'"') | (b == b'\\'));
        if any {
            break;
        }
        at += 32;
    }
    bytes[at..].iter().position(|&b| ESCAPES[b as usize] != 0).map(|found| at + found)
}

/// Appends a raw JSON value. Line ends between its parts would end the record, and become spaces.
pub(super) fn raw(json: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(json.as_bytes());
    if memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_some() {
        // Inside a string they are escaped, so these are white space.
        for byte in &mut out[start..] {
            if matches!(*byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
}

/// Appends a finite number, as short as it can be read back.
pub(super) fn float(number: impl serde::Serialize, out: &mut Vec<u8>) {
    // Writing to a vector does not fail, and a number has nothing in it that could.
    let _ = serde_json::to_writer(out, &number);
}

/// `00`, `01` … `99`, as the two bytes that stand for them.
const PAIRS: [u16; 100] = {
    let mut table = [0; 100];
    let mut n = 0;
    while n < 100 {
        table[n] = u16::from_le_bytes([b'0' + (n / 10) as u8, b'0' + (n % 10) as u8]);
        n += 1;
    }
    table
};

/// Rows on their way into a larger buffer.
pub(super) struct Page {
    bytes: [u8; Page::SIZE],
    len: usize,
}

impl Page {
    const SIZE: usize = 4096;

    pub(super) fn new() -> Self {
        Page { bytes: [0; Page::SIZE], len: 0 }
    }

    /// Forgets what a document that could not be written has left.
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// Hands over all rows.
    #[inline]
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes[..self.len]);
        self.len = 0;
    }

    /// Begins a row, which [`Page::end`] takes in.
    #[inline(always)]
    pub(super) fn row(&mut self, out: &mut Vec<u8>) -> Row<'_> {
        if self.len > Self::SIZE - Row::SIZE {
            self.flush(out);
        }
        match self.bytes[self.len..].first_chunk_mut() {
            Some(bytes) => Row { bytes, len: 0 },
            None => unreachable!("there is room for a row"),
        }
    }

    /// Takes in a row of this length.
    #[inline(always)]
    pub(super) fn end(&mut self, row: usize) {
        self.len += row;
    }
}

/// A few short pieces, of [`Row::SIZE`] bytes at the most. A piece of known length costs a store here and no question of
/// capacity. The length is no part of what is written to, so it stays in a register from piece to piece.
pub(super) struct Row<'a> {
    bytes: &'a mut [u8; Row::SIZE],
    len: usize,
}

impl Row<'_> {
    pub(super) const SIZE: usize = 256;

    /// How long it is.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub(super) fn literal<const N: usize>(&mut self, piece: &[u8; N]) {
        self.bytes[self.len..self.len + N].copy_from_slice(piece);
        self.len += N;
    }

    /// The first `len` bytes of a piece. All of it is stored, because a store of known length is quicker.
    #[inline(always)]
    pub(super) fn start_of<const N: usize>(&mut self, piece: &[u8; N], len: usize) {
        self.bytes[self.len..self.len + N].copy_from_slice(piece);
        self.len += len;
    }

    #[inline(always)]
    pub(super) fn number(&mut self, n: u32) {
        if n < 10_000 {
            self.short(n);
        } else if n < 100_000_000 {
            self.short(n / 10_000);
            self.four(n % 10_000);
        } else {
            self.short(n / 100_000_000);
            let rest = n % 100_000_000;
            self.four(rest / 10_000);
            self.four(rest % 10_000);
        }
    }

    /// All four digits of a number below 10,000.
    #[inline(always)]
    fn four(&mut self, n: u32) {
        self.literal(&four_digits(n).to_le_bytes());
    }

    /// A number below 10,000 without leading zeros: four digits are stored, and only those that count are kept.
    #[inline(always)]
    fn short(&mut self, n: u32) {
        let zeros = 3 - u32::from(n >= 10) - u32::from(n >= 100) - u32::from(n >= 1000);
        self.start_of(&(four_digits(n) >> (8 * zeros)).to_le_bytes(), 4 - zeros as usize);
    }
}

#[inline]
fn four_digits(n: u32) -> u32 {
    let pair = |n: u32| u32::from(PAIRS[(n % 100) as usize]);
    pair(n / 100) | pair(n) << 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_of_every_length_are_written() {
        let mut expected = Vec::new();
        let (mut page, mut out) = (Page::new(), Vec::new());
        let powers = (0..10).map(|n| 10u32.pow(n));
        for n in powers.flat_map(|n| [n - 1, n, n + 1, n.saturating_mul(7)]).chain([12345, 98765432, u32::MAX]) {
            expected.extend_from_slice(n.to_string().as_bytes());
            let mut row = page.row(&mut out);
            row.number(n);
            let len = row.len();
            page.end(len);
        }
        page.flush(&mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn line_ends_between_the_parts_of_a_value_do_not_end_the_record() {
        let mut out = Vec::new();
        raw("{\r\n\"a\": \"x\\n\"\n}", &mut out);
        assert_eq!(out, b"{  \"a\": \"x\\n\" }");
    }

    proptest! {
        #[test]
        fn strings_are_those_of_serde_json(text in prop::collection::vec(prop_oneof![
            "[a-z ]{0,50}", "\\PC{0,20}", Just("\"\\/\n\r\t\u{8}\u{c}\u{0}\u{1f}\u{7f}\u{2028}".to_owned())
        ], 0..5)) {
            let text = text.concat();
            let mut out = Vec::new();
            string(&text, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&text).unwrap());
        }
    }
}
