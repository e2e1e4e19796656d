//! A fuzzer's bytes as decisions: numbers, choices and texts, taken from the front. Whatever comes after the end is zero, so
//! that every input means something and seeds can be written by hand.

use std::borrow::Cow;

/// What is left of the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn u8(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes([self.u8(), self.u8(), self.u8(), self.u8()])
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.u8() & 1 == 1
    }

    /// A number below `n`, which is not 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let wide = if n > 256 { usize::from(self.u8()) << 8 } else { 0 };
        (wide | usize::from(self.u8())) % n
    }

    pub(crate) fn choice<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// As many bytes as there are, up to `n`.
    pub(crate) fn take(&mut self, n: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(n.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A byte for the length, and the text of as many bytes.
    pub(crate) fn text(&mut self) -> Cow<'a, str> {
        let len = usize::from(self.u8() & 0x3f);
        String::from_utf8_lossy(self.take(len))
    }

    /// Everything that is left.
    pub(crate) fn rest(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
