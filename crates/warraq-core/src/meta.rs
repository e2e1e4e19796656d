//! The fields of a record that no stage has parsed: raw JSON slices in their order, so that numbers, key order and
//! formatting come out as they went in.

/// An ordered list of fields, each a name and a raw JSON value.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    arena: String,
    fields: Vec<Field>,
}

#[derive(Clone, Copy, Debug)]
struct Field {
    key: (u32, u32),
    value: (u32, u32),
}

impl Meta {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all fields and keeps the buffers.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.fields.clear();
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Appends a field. `json` is the value as valid JSON text; it is not checked here.
    ///
    /// # Panics
    /// If the fields of one document together pass 4 GiB; sources bound a record far below that.
    pub fn push(&mut self, key: &str, json: &str) {
        let key = self.store(key);
        let value = self.store(json);
        self.fields.push(Field { key, value });
    }

    /// Sets a field: replaces the value of the first field of that name in place, or appends.
    pub fn set(&mut self, key: &str, json: &str) {
        match self.fields.iter().position(|f| self.slice(f.key) == key) {
            Some(at) => self.fields[at].value = self.store(json),
            None => self.push(key, json),
        }
    }

    /// The raw JSON of the first field of that name.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(k, _)| *k == key).map(|(_, v)| v)
    }

    /// All fields in order: name and raw JSON.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|f| (self.slice(f.key), self.slice(f.value)))
    }

    fn store(&mut self, text: &str) -> (u32, u32) {
        let start = self.arena.len();
        self.arena.push_str(text);
        let at = |n: usize| u32::try_from(n).expect("the fields of a record fit into 4 GiB");
        (at(start), at(self.arena.len()))
    }

    fn slice(&self, (start, end): (u32, u32)) -> &str {
        &self.arena[start as usize..end as usize]
    }
}

/// Two lists are equal when they hold the same fields in the same order.
impl PartialEq for Meta {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_their_bytes() {
        let mut meta = Meta::new();
        meta.push("views", "12345678901234567890");
        meta.push("ratio", "1.50");
        meta.set("views", "7");
        meta.set("new", "null");
        let fields: Vec<_> = meta.iter().collect();
        assert_eq!(fields, [("views", "7"), ("ratio", "1.50"), ("new", "null")]);
        assert_eq!((meta.get("ratio"), meta.get("none")), (Some("1.50"), None));
    }
}
