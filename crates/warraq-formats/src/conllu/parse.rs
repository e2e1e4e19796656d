//! The lines of CoNLL-U: comments and rows of a sentence, with the place of each and nothing changed.
//!
//! The rules are those of <https://universaldependencies.org/format.html>.

use crate::flaw::Flaw;

/// The first column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id {
    /// `3`: a syntactic word.
    Word(u32),
    /// `3-4`: a token of several words.
    Range(u32, u32),
    /// `3.1`: an empty node, which stands for no text.
    Empty(u32, u32),
}

impl Id {
    fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| {
            let plain =
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
            if plain { text.parse().ok() } else { None }
        };
        if let Some((first, last)) = text.split_once('-') {
            return Some(Id::Range(number(first)?, number(last)?));
        }
        if let Some((word, node)) = text.split_once('.') {
            return Some(Id::Empty(number(word)?, number(node)?));
        }
        number(text).map(Id::Word)
    }
}

/// The columns by their places.
pub(super) const FORM: usize = 1;
pub(super) const LEMMA: usize = 2;
pub(super) const UPOS: usize = 3;
pub(super) const XPOS: usize = 4;
pub(super) const FEATS: usize = 5;
pub(super) const HEAD: usize = 6;
pub(super) const DEPREL: usize = 7;
pub(super) const DEPS: usize = 8;
pub(super) const MISC: usize = 9;
/// How many there are.
pub(super) const COLUMNS: usize = 10;

/// A line with columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    /// Its first byte.
    pub(super) at: usize,
    pub(super) line: &'a str,
    pub(super) id: Id,
    pub(super) fields: [&'a str; COLUMNS],
}

impl<'a> Row<'a> {
    fn parse(at: usize, line: &'a str) -> Result<Self, Flaw> {
        let mut fields = [""; COLUMNS];
        let mut count = 0;
        for field in line.split('\t') {
            if let Some(place) = fields.get_mut(count) {
                *place = field;
            }
            count += 1;
        }
        if count != COLUMNS {
            let columns = if count == 1 { "1 column".into() } else { format!("{count} columns") };
            let message = format!("the line has {columns}, and CoNLL-U has {COLUMNS}, with a tab between each two");
            return Err(Flaw::new("conllu.columns", at, message));
        }
        let mut place = at;
        for (n, field) in fields.iter().enumerate() {
            if field.trim().is_empty() {
                let message = format!("column {} ({}) is empty; what is not known is written `_`", n + 1, NAMES[n]);
                return Err(Flaw::new("conllu.columns", place, message));
            }
            place += field.len() + 1;
        }
        let Some(id) = Id::parse(fields[0]) else {
            let shown: String = fields[0].chars().take(20).collect();
            let message =
                format!("`{shown}` is no id: a word has `3`, a token of several words `3-4`, an empty node `3.1`");
            return Err(Flaw::new("conllu.id", at, message));
        };
        Ok(Row { at, line, id, fields })
    }

    /// A column's value, unless it is `_`.
    pub(super) fn get(&self, column: usize) -> Option<&'a str> {
        Some(self.fields[column]).filter(|value| *value != "_")
    }
}

const NAMES: [&str; COLUMNS] = ["ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC"];

/// A comment without its `#`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Comment<'a> {
    pub(super) at: usize,
    pub(super) text: &'a str,
}

impl<'a> Comment<'a> {
    fn parse(at: usize, line: &'a str) -> Option<Self> {
        line.strip_prefix('#').map(|text| Comment { at, text: text.trim() })
    }

    /// The value, if this is `name = value`.
    pub(super) fn value(&self, name: &str) -> Option<&'a str> {
        let (key, value) = self.text.split_once('=')?;
        (key.trim() == name).then(|| value.trim())
    }
}

/// One sentence of a record; its buffers are reused.
#[derive(Debug, Default)]
pub(super) struct Sentence<'a> {
    /// The first byte of its first line.
    pub(super) at: usize,
    pub(super) comments: Vec<Comment<'a>>,
    pub(super) rows: Vec<Row<'a>>,
}

impl<'a> Sentence<'a> {
    /// Reads the sentence that begins at `at` or after it, and moves `at` behind it. False: there is none any more.
    pub(super) fn read(&mut self, text: &'a str, at: &mut usize) -> Result<bool, Flaw> {
        self.comments.clear();
        self.rows.clear();
        let mut order = Order::default();
        while *at < text.len() {
            let (start, line) = next_line(text, at);
            if line.trim().is_empty() {
                if self.comments.is_empty() && self.rows.is_empty() {
                    continue;
                }
                break;
            }
            if self.comments.is_empty() && self.rows.is_empty() {
                self.at = start;
            }
            match Comment::parse(start, line) {
                Some(comment) if self.rows.is_empty() => self.comments.push(comment),
                Some(_) => {
                    let message = "a comment stands between the words of a sentence; comments come before its first word, \
                                   and an empty line ends a sentence";
                    return Err(Flaw::new("conllu.comment", start, message));
                }
                None => {
                    let row = Row::parse(start, line)?;
                    order.next(row.id, start)?;
                    self.rows.push(row);
                }
            }
        }
        if self.rows.is_empty() {
            if self.comments.is_empty() {
                return Ok(false);
            }
            return Err(Flaw::new(
                "conllu.no_words",
                self.at,
                "there are comments here, and no word of a sentence after them",
            ));
        }
        order.end(self.at)?;
        Ok(true)
    }

    /// The value of the first comment `# name = value`.
    pub(super) fn value(&self, name: &str) -> Option<(usize, &'a str)> {
        self.comments.iter().find_map(|comment| Some((comment.at, comment.value(name)?)))
    }

    /// How many words it has.
    pub(super) fn words(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.id, Id::Word(_))).count()
    }
}

/// The line at `at`, without its end, and its first byte; `at` moves to the next one.
fn next_line<'a>(text: &'a str, at: &mut usize) -> (usize, &'a str) {
    let start = *at;
    let end = memchr::memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |n| start + n);
    *at = (end + 1).min(text.len());
    let line = &text[start..end];
    (start, line.strip_suffix('\r').unwrap_or(line))
}

/// The id that `# newdoc` gives the record, read before anything can be wrong with the rest.
pub(super) fn document_id(text: &str) -> Option<&str> {
    let mut at = 0;
    let mut begun = false;
    while at < text.len() {
        let (start, line) = next_line(text, &mut at);
        if line.trim().is_empty() && !begun {
            continue;
        }
        begun = true;
        let comment = Comment::parse(start, line)?;
        if let Some(id) = comment.value("newdoc id").filter(|id| !id.is_empty()) {
            return Some(id);
        }
    }
    None
}

/// Watches over the ids of a sentence.
#[derive(Default)]
struct Order {
    /// The last word's.
    word: u32,
    /// The last empty node's after that word.
    node: u32,
    /// The last word of the last range.
    range: u32,
}

impl Order {
    fn next(&mut self, id: Id, at: usize) -> Result<(), Flaw> {
        let expected = self.word.saturating_add(1);
        let wrong = |message: String| Err(Flaw::new("conllu.id", at, message));
        match id {
            Id::Word(n) if n == expected => (self.word, self.node) = (n, 0),
            Id::Word(n) => return wrong(format!("word {n} stands where word {expected} is due: words count from 1")),
            Id::Range(first, last) if first != expected || last <= first => {
                return wrong(format!(
                    "the token {first}-{last} stands where word {expected} is due: it has to begin with that word and end \
                     with a later one"
                ));
            }
            Id::Range(first, last) if first <= self.range => {
                return wrong(format!(
                    "the token {first}-{last} begins inside the one before it, which ends with word {}",
                    self.range
                ));
            }
            Id::Range(_, last) => self.range = last,
            Id::Empty(word, node) if word == self.word && node == self.node + 1 => self.node = node,
            Id::Empty(word, node) => {
                return wrong(format!(
                    "the empty node {word}.{node} stands where {}.{} would be the next one",
                    self.word,
                    self.node + 1
                ));
            }
        }
        Ok(())
    }

    fn end(&self, at: usize) -> Result<(), Flaw> {
        if self.word == 0 {
            return Err(Flaw::new("conllu.no_words", at, "the sentence has no word"));
        }
        if self.range > self.word {
            let message =
                format!("the sentence has a token up to word {}, and its last word is {}", self.range, self.word);
            return Err(Flaw::new("conllu.id", at, message));
        }
        Ok(())
    }
}
