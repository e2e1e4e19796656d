//! Files of hostile inputs: any bytes, in lines that can be read, compared and kept in a repository.

/// An input and what is odd about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What is odd about it, for messages.
    pub name: String,
    /// The input.
    pub bytes: Vec<u8>,
}

/// Reads a file of cases: a line is `name: bytes`; lines that are blank or begin with `#` are none.
///
/// In the bytes, `%0A` is the byte of these two hexadecimal digits and `%(1000|x)` a thousand times `x`, in which both may
/// stand again. Any other `%` is itself, but at the end of the line nothing: a case may be of no bytes, or end in a space.
///
/// # Panics
/// When a line has no name, or a repetition no number or no end: the file is part of the tests.
pub fn cases(text: &str) -> Vec<Case> {
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, bytes) = line.split_once(": ").unwrap_or_else(|| panic!("no name in {line:?}"));
            Case { name: name.to_owned(), bytes: unfold(bytes) }
        })
        .collect()
}

fn unfold(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        rest = after;
        if let Some(repetition) = after.strip_prefix('(') {
            let end = end(repetition).unwrap_or_else(|| panic!("a repetition without an end: {text:.80}"));
            let inner = repetition[..end].split_once('|');
            let (count, inner) = inner.unwrap_or_else(|| panic!("a repetition without a bar: {text:.80}"));
            let count = count.parse().unwrap_or_else(|e| panic!("a repetition without a number: {e}: {text:.80}"));
            bytes.extend_from_slice(&unfold(inner).repeat(count));
            rest = &repetition[end + 1..];
        } else if let Some(byte) = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else if !after.is_empty() {
            bytes.push(b'%');
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Where the `)` of a repetition is: after those of the repetitions in it.
fn end(text: &str) -> Option<usize> {
    let (mut depth, mut before) = (1, b' ');
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' if before == b'%' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
        before = byte;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_can_be_written() {
        let found = cases(
            "# a comment\n\nnone: %\nbytes: a%FF%00b%0A%\nmany: <%(3|x%20%(2|y))>\nsigns: 5 % of 10%, %zz %{x}\n",
        );
        let expected: [(&str, &[u8]); 4] =
            [("none", b""), ("bytes", b"a\xff\0b\n"), ("many", b"<x yyx yyx yy>"), ("signs", b"5 % of 10%, %zz %{x}")];
        let found: Vec<_> = found.iter().map(|case| (case.name.as_str(), case.bytes.as_slice())).collect();
        assert_eq!(found, expected);
    }
}
