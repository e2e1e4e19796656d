//! A page as the tokenizer reads it, so that no page can take its stack.
//!
//! html5gum 0.9 goes from one attribute whose value stands in double quotes to the next by a call, and comes back when the
//! row of such attributes ends: some eight thousand of them in one tag are more than the stack of a thread holds. A solidus
//! between two attributes means what white space means (WHATWG HTML, section 13.2.5.40), and there the tokenizer does come
//! back. So, now and then, the white space after an attribute is read as one.

use html5gum::{Readable, Reader, StringReader};
use std::convert::Infallible;

/// After how many attributes in double quotes the row is broken. In a debug build, one takes some kilobytes of stack.
const ROW: u32 = 32;

pub(super) struct PageReader<'a> {
    inner: StringReader<'a>,
    page: &'a [u8],
    /// How many bytes have been read.
    at: usize,
    /// Whether the last that was read is a double quote that was looked for. If a single byte is asked for next, it has ended
    /// a value: the states in which it is looked for and does not end one go on looking.
    quoted: bool,
    row: u32,
}

impl<'a> PageReader<'a> {
    pub(super) fn new(page: &'a str) -> Self {
        PageReader { inner: page.to_reader(), page: page.as_bytes(), at: 0, quoted: false, row: 0 }
    }
}

impl Reader for PageReader<'_> {
    type Error = Infallible;

    #[inline(always)]
    fn read_byte(&mut self) -> Result<Option<u8>, Infallible> {
        let byte = self.inner.read_byte()?;
        self.at += usize::from(byte.is_some());
        if !std::mem::take(&mut self.quoted) {
            return Ok(byte);
        }
        self.row += 1;
        // Before the end of the tag, a solidus means something else.
        let may_break = byte.is_some_and(|b| b.is_ascii_whitespace()) && self.page.get(self.at) != Some(&b'>');
        if self.row >= ROW && may_break {
            self.row = 0;
            return Ok(Some(b'/'));
        }
        Ok(byte)
    }

    #[inline(always)]
    fn try_read_string(&mut self, text: &[u8], case_sensitive: bool) -> Result<bool, Infallible> {
        let is_read = self.inner.try_read_string(text, case_sensitive)?;
        self.at += if is_read { text.len() } else { 0 };
        self.quoted &= !is_read;
        Ok(is_read)
    }

    #[inline(always)]
    fn read_until<'b>(&'b mut self, needle: &[u8], buffer: &'b mut [u8; 4]) -> Result<Option<&'b [u8]>, Infallible> {
        let read = self.inner.read_until(needle, buffer)?;
        self.at += read.map_or(0, <[u8]>::len);
        self.quoted = read == Some(b"\"");
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use html5gum::{DefaultEmitter, Token, Tokenizer};

    fn tokens(reader: impl Reader<Error = Infallible>) -> Vec<Token> {
        Tokenizer::new_with_emitter(reader, DefaultEmitter::default())
            .map(|token| {
                let Ok(token) = token;
                token
            })
            .filter(|token| !matches!(token, Token::Error(_)))
            .collect()
    }

    #[test]
    fn the_tokens_are_those_of_the_page() {
        let attributes = |n: usize, between: &str, quote: &str| -> String {
            (0..n).map(|n| format!("{between}a{n}={quote}v {n} / > {quote}")).collect()
        };
        for n in [31, 32, 33, 500] {
            for between in [" ", "\n", "\r\n", "\t \u{c}", "/", "", "  /  "] {
                for end in [">", " >", "/>", " />", "  >", "\n>", " ", "", "<p>"] {
                    for quote in ["\"", "'"] {
                        let page = format!("a\"b <br{}{end}text \"of\" a page", attributes(n, between, quote));
                        assert_eq!(tokens(PageReader::new(&page)), tokens(page.to_reader()), "{n} {between:?} {end:?}");
                    }
                }
            }
        }
        let names = format!("<p \"\" \"x \" y='\"' {} >x", "z\" \"=\"q\" ".repeat(200));
        assert_eq!(tokens(PageReader::new(&names)), tokens(names.to_reader()));
    }
}
