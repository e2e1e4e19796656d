//! Numbers and strings as bytes. Numbers take one byte for every seven bits (LEB128); strings have their length in front.

use super::ModelError;

/// Weights are multiples of one of so many parts of 1: finer ones make models larger and not better.
pub(super) const STEPS: f64 = 64.0;

/// The nearest weight that a model file can hold.
pub(crate) fn round(weight: f32) -> f32 {
    ((f64::from(weight) * STEPS).round() / STEPS) as f32
}

/// A weight in steps, as tables have it.
pub(crate) fn steps(weight: f32) -> i16 {
    (f64::from(weight) * STEPS).round() as i16
}

/// Appends values to bytes.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(crate) fn float(&mut self, value: f32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A weight that [`round`] has made one of few.
    pub(crate) fn weight(&mut self, weight: f32) {
        let steps = (f64::from(weight) * STEPS).round() as i64;
        // Small ones of either sign take one byte (the zigzag encoding of Protocol Buffers).
        self.number((steps << 1 ^ steps >> 63) as u64);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// The number of items, and each of them.
    pub(crate) fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        self.number(items.len() as u64);
        items.iter().for_each(|each| item(self, each));
    }
}

/// Reads what a [`Writer`] wrote. The checksum has vouched for the bytes; an error means a defect of whoever wrote them.
#[derive(Debug)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

type Result<T> = std::result::Result<T, ModelError>;

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n).ok_or_else(broken)?;
        self.0 = rest;
        Ok(head)
    }

    pub(crate) fn number(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(broken())
    }

    /// A number below `limit`, such as an index.
    pub(crate) fn below(&mut self, limit: usize) -> Result<usize> {
        usize::try_from(self.number()?).ok().filter(|&n| n < limit).ok_or_else(broken)
    }

    pub(crate) fn float(&mut self) -> Result<f32> {
        let bytes = self.take(4)?;
        let value = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        if value.is_finite() { Ok(value) } else { Err(broken()) }
    }

    pub(crate) fn weight(&mut self) -> Result<f32> {
        let zigzag = self.number()?;
        let steps = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
        Ok((steps as f64 / STEPS) as f32)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str> {
        let len = self.number()?;
        let bytes = self.take(usize::try_from(len).map_err(|_| broken())?)?;
        std::str::from_utf8(bytes).map_err(|_| broken())
    }

    /// A list, of which no more is believed at first than the bytes can hold.
    pub(crate) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let len = self.below(self.0.len() + 1)?;
        (0..len).map(|_| item(self)).collect()
    }

    /// Nothing may be left.
    pub(crate) fn end(&self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(broken()) }
    }
}

pub(crate) fn broken() -> ModelError {
    ModelError::new("the model's bytes do not mean anything: train it again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(numbers in prop::collection::vec(any::<u64>(), 0..20), text: String, float in -1e9..1e9_f32, weight in -1e4..1e4_f32) {
            let mut writer = Writer::default();
            writer.list(&numbers, |w, &n| w.number(n));
            writer.text(&text);
            writer.float(float);
            writer.weight(round(weight));
            let mut reader = Reader(&writer.0);
            prop_assert_eq!(reader.list(Reader::number).unwrap(), numbers);
            prop_assert_eq!(reader.text().unwrap(), text);
            prop_assert_eq!(reader.float().unwrap(), float);
            prop_assert_eq!(reader.weight().unwrap(), round(weight));
            prop_assert!((round(weight) - weight).abs() <= 0.5 / STEPS as f32 + weight.abs() * f32::EPSILON);
            prop_assert!(reader.end().is_ok());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let mut reader = Reader(&bytes);
            while reader.list(|r| r.text().map(str::len)).is_ok() && reader.float().is_ok() && !reader.0.is_empty() {}
        }
    }
}
