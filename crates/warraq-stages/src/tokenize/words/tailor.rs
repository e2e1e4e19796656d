//! The tailorings that look at more than two characters: proclitics, dates and runs.

/// Whether these letters are Arabic proclitics and nothing else: `و` or `ف`, then `ب`, `ك` or `ل`, then `ال` (or `لل` for
/// `ل` with `ال`), each or none, with tatweel or vowel signs between or after.
pub(super) fn are_proclitics(letters: &[u8]) -> bool {
    // The longest such letters are four, and a sign or two on each; a word is refused without reading it.
    if letters.len() > 24 {
        return false;
    }
    let Ok(letters) = std::str::from_utf8(letters) else { return false };
    let mut letters =
        letters.chars().filter(|&c| c != crate::arabic::TATWEEL && !crate::arabic::is_tashkeel(c)).peekable();
    letters.next_if(|&c| matches!(c, 'و' | 'ف'));
    if letters.next_if_eq(&'ل').is_some() {
        if letters.next_if_eq(&'ل').is_some() {
            return letters.next().is_none();
        }
    } else {
        letters.next_if(|&c| matches!(c, 'ب' | 'ك'));
    }
    if letters.next_if_eq(&'ا').is_some() && letters.next() != Some('ل') {
        return false;
    }
    letters.next().is_none()
}

/// Whether the first `len` bytes of `text` are single Latin letters with a full stop between them, and one follows: `U.S.`.
pub(super) fn is_acronym(text: &[u8], len: usize) -> bool {
    text.get(len) == Some(&b'.')
        && (3..=15).contains(&len)
        && text[..len].iter().enumerate().all(|(i, b)| if i % 2 == 0 { b.is_ascii_alphabetic() } else { *b == b'.' })
        // Before a further full stop it is the first of an ellipsis.
        && text.get(len + 1) != Some(&b'.')
}

/// The end of the date of which `start..end` is the first number and `end` the first separator: `15/7/2024`, `2024/7/15` or
/// `2024-07-15`, in any of the digits used with Arabic script.
pub(super) fn date(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    let separator = *bytes.get(end)?;
    let (first, first_end) = digits(bytes, start);
    if first_end != end {
        return None;
    }
    let (second, second_end) = digits(bytes, end + 1);
    if bytes.get(second_end) != Some(&separator) {
        return None;
    }
    let (third, third_end) = digits(bytes, second_end + 1);
    let fits = match separator {
        b'-' => (first, second, third) == (4, 2, 2),
        _ => matches!((first, second, third), (1 | 2, 1 | 2, 2 | 4) | (4, 1 | 2, 1 | 2)),
    };
    // Another part would make it a path, or a telephone or serial number.
    let goes_on = bytes.get(third_end) == Some(&separator) && digits(bytes, third_end + 1).0 > 0;
    (fits && !goes_on).then_some(third_end)
}

/// How many decimal digits start at byte `at`, counted up to five, and where they end.
fn digits(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let mut count = 0;
    while count < 5 {
        at += match bytes.get(at..) {
            Some([b'0'..=b'9', ..]) => 1,
            // U+0660–0669 and U+06F0–06F9.
            Some([0xd9, 0xa0..=0xa9, ..] | [0xdb, 0xb0..=0xb9, ..]) => 2,
            _ => break,
        };
        count += 1;
    }
    (count, at)
}

/// The end of the run of which `start..end` is the first character, if a run of its length is one token: three full stops
/// or more (an ellipsis), two apostrophes (a quotation mark), two or more of anything else.
pub(super) fn run(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    let c = &bytes[start..end];
    if bytes[..start].ends_with(c) {
        return None;
    }
    let more = bytes[end..].chunks_exact(c.len()).take_while(|&next| next == c).count();
    let one_token = match c {
        b"." => more >= 2,
        b"'" => more == 1,
        _ => more >= 1,
    };
    one_token.then_some(end + more * c.len())
}
