//! Records to documents.

use super::layers::{LayerField, LayerReader};
use super::scan::{MAX_DEPTH, Scan, Scanner};
use super::string::Str;
use super::{LayerMode, OWN, SourceOptions};
use crate::encoding::Charset;
use crate::flaw::Flaw;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::sync::Arc;
use warraq_core::{Decoder, Document, Framing, Labels, Layer, Layers, OffsetUnit, Record, Result, SourceFormat};

/// The source with its options.
pub(super) struct Source(Arc<Setup>);

struct Setup {
    /// The names of the fields for the text, the id and the language.
    names: [String; 3],
    layers: LayerMode,
    require: Vec<LayerField>,
    offsets: OffsetUnit,
    charset: Charset,
    labels: Labels,
}

impl Source {
    pub(super) fn new(options: SourceOptions, charset: Charset, labels: Labels) -> Self {
        Source(Arc::new(Setup {
            names: [options.text, options.id, options.lang],
            layers: options.layers,
            require: options.require,
            offsets: options.offsets.into(),
            charset,
            labels,
        }))
    }
}

impl SourceFormat for Source {
    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn reader(&self, inner: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        self.0.charset.reader(inner)
    }

    fn layers(&self) -> Layers {
        self.0.require.iter().fold(Layers::NONE, |layers, field| layers.union(field.layers()))
    }

    fn may_bring(&self) -> Layers {
        match self.0.layers {
            LayerMode::Auto => Layers::ALL,
            LayerMode::Ignore => Layers::of(&[Layer::Lang, Layer::Meta]),
        }
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(JsonlDecoder {
            setup: Arc::clone(&self.0),
            buffer: String::new(),
            layers: LayerReader::new(self.0.offsets, self.0.labels.clone()),
        })
    }
}

struct JsonlDecoder {
    setup: Arc<Setup>,
    buffer: String,
    layers: LayerReader,
}

impl Decoder for JsonlDecoder {
    fn decode(&mut self, record: &Record<'_>, doc: &mut Document) -> Result<()> {
        let (text, malformed) = self.setup.charset.decode(record, &mut self.buffer);
        let result = crate::check_length(text).map(|()| {
            let mut reading = Reading {
                setup: &self.setup,
                text,
                fields: Vec::with_capacity(8),
                found: [false; 3],
                layers: Vec::new(),
                flaw: None,
            };
            reading.read(doc, &mut self.layers)
        });
        if doc.id().is_empty() {
            crate::set_default_id(record, doc);
        }
        match malformed {
            // What is wrong after the first malformed byte only follows from it.
            Some(error) => Err(error),
            None => result?.map_err(|flaw| {
                let at = self.setup.charset.byte(record, flaw.at);
                flaw.error().at(at)
            }),
        }
    }
}

/// What a field is to the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Text,
    Id,
    Lang,
}

const ROLES: [Role; 3] = [Role::Text, Role::Id, Role::Lang];

struct FieldAt<'a> {
    name: Cow<'a, str>,
    value: &'a str,
    at: usize,
    /// It was the text, the id, the language or a layer. Other fields are metadata.
    taken: bool,
    /// It is a layer still to be read: it came before the text.
    waiting: Option<LayerField>,
}

/// One record being read.
struct Reading<'s, 'a> {
    setup: &'s Setup,
    text: &'a str,
    fields: Vec<FieldAt<'a>>,
    /// Which of text, id and language were there.
    found: [bool; 3],
    /// Which layers were there.
    layers: Vec<LayerField>,
    /// The first flaw after which reading could go on: the id may still come.
    flaw: Option<Flaw>,
}

impl<'a> Reading<'_, 'a> {
    fn read(&mut self, doc: &mut Document, layers: &mut LayerReader) -> Scan<()> {
        let scanned = self.scan(doc, layers);
        for role in ROLES {
            let name = &self.setup.names[role as usize];
            if !self.found[role as usize]
                && let Some(scanner) = self.nested(name)
            {
                self.note(take(role, scanner, name, doc));
                self.found[role as usize] = true;
            }
        }
        if let Some(flaw) = self.flaw.take() {
            return Err(flaw);
        }
        let start = scanned?;
        if !self.found[Role::Text as usize] {
            return Err(self.no_text(start));
        }
        if let Some(layer) = self.setup.require.iter().find(|layer| !self.fields.iter().any(|f| f.name == layer.name()))
        {
            let message =
                format!("there is no field `{}`, which `require` asks for; {}", layer.name(), self.fields_there());
            return Err(Flaw::new("json.layer", start, message));
        }
        self.keep(doc, layers)
    }

    fn note(&mut self, result: Scan<()>) {
        if let (Err(flaw), None) = (result, &self.flaw) {
            self.flaw = Some(flaw);
        }
    }

    /// Reads the record's fields, and the document's id, text and language with them. Gives the place of the record's `{`.
    fn scan(&mut self, doc: &mut Document, layers: &mut LayerReader) -> Scan<usize> {
        let mut scanner = Scanner::new(self.text, 0);
        scanner.skip_space();
        let start = scanner.at;
        match scanner.peek() {
            Some(b'{') => scanner.at += 1,
            None => return Err(Flaw::syntax(start, "the record is empty")),
            Some(_) => {
                let kind = scanner.kind();
                scanner.value(MAX_DEPTH)?;
                let message = format!("a record is an object, `{{…}}`, and this is {kind}");
                return Err(Flaw::new("json.not_object", start, message));
            }
        }
        let mut first = true;
        while let Some(key) = scanner.next_key(&mut first)? {
            let name = match key.decode() {
                Ok(name) => name,
                Err(flaw) => {
                    self.note(Err(flaw));
                    Cow::Borrowed(key.raw)
                }
            };
            let at = scanner.at;
            let mut role = ROLES.into_iter().find(|&role| self.setup.names[role as usize] == name);
            if let Some(known) = role
                && std::mem::replace(&mut self.found[known as usize], true)
            {
                let message = format!("there are two fields `{name}`: which one is meant?");
                self.note(Err(Flaw::new("json.duplicate_field", key.at(), message)));
                role = None;
            }
            let layer = self.layer(&name);
            let (mut taken, mut waiting) = (role.is_some(), None);
            if role == Some(Role::Text) && scanner.peek() == Some(b'"') {
                let text = scanner.string()?;
                self.note(take_text(text, doc));
            } else if let Some(layer) = layer
                && self.found[Role::Text as usize]
                && self.flaw.is_none()
            {
                // The export puts layers after the text, so they are read here and now, without a pass to find their end.
                let read = layers.read(layer, scanner, doc);
                taken = read.is_ok();
                match read {
                    Ok(end) => scanner.at = end,
                    Err(flaw) => {
                        scanner.value(MAX_DEPTH - 1)?;
                        if self.setup.require.contains(&layer) || flaw.is_limit() {
                            self.note(Err(flaw));
                        }
                    }
                }
            } else {
                // Our own metadata stands one level deeper than where it came from.
                scanner.value(if name == "meta" { MAX_DEPTH } else { MAX_DEPTH - 1 })?;
                if let Some(role) = role {
                    self.note(take(role, Scanner::new(self.text, at), &name, doc));
                }
                waiting = layer;
            }
            self.fields.push(FieldAt { name, value: &self.text[at..scanner.at], at, taken, waiting });
        }
        scanner.skip_space();
        if scanner.peek().is_some() {
            let message = format!("expected the record to end with its `}}`, found {}", scanner.found());
            return Err(Flaw::syntax(scanner.at, message));
        }
        Ok(start)
    }

    /// The layer of this name, if it is to be read: once, so that a second one is kept as it is.
    fn layer(&mut self, name: &str) -> Option<LayerField> {
        let layer = LayerField::named(name).filter(|_| self.setup.layers == LayerMode::Auto)?;
        let is_first = !self.layers.contains(&layer) && !self.setup.names.iter().any(|taken| taken == name);
        is_first.then(|| {
            self.layers.push(layer);
            layer
        })
    }

    /// Where the dots of `path` lead, when no field has that name.
    fn nested(&self, path: &str) -> Option<Scanner<'a>> {
        let (first, rest) = path.split_once('.')?;
        let field = self.fields.iter().find(|f| f.name == first && !f.taken)?;
        rest.split('.').try_fold(Scanner::new(self.text, field.at), |scanner, name| scanner.field(name))
    }

    fn no_text(&self, at: usize) -> Flaw {
        let message = format!(
            "there is no field `{}`; {}. `text` names the field that holds the text",
            self.setup.names[Role::Text as usize],
            self.fields_there()
        );
        Flaw::new("json.missing_field", at, message)
    }

    fn fields_there(&self) -> String {
        if self.fields.is_empty() {
            return "the record has no field at all".into();
        }
        let name = |f: &FieldAt<'_>| format!("`{}`", f.name.chars().take(40).collect::<String>());
        let names: Vec<String> = self.fields.iter().take(20).map(name).collect();
        let more = if self.fields.len() > names.len() { " and more" } else { "" };
        format!("the record has {}{more}", names.join(", "))
    }

    /// Reads the layers, and keeps all that nobody reads as metadata.
    fn keep(&mut self, doc: &mut Document, layers: &mut LayerReader) -> Scan<()> {
        let mode = self.setup.layers;
        let own = mode != LayerMode::Ignore && self.fields.iter().all(|f| OWN.contains(&&*f.name));
        let is_own_meta = |f: &FieldAt<'_>| own && !f.taken && f.name == "meta" && f.value.starts_with('{');
        let own_meta = self.fields.iter().position(is_own_meta);
        if let Some(at) = own_meta {
            unwrap(self.text, self.fields[at].at, doc)?;
        }
        // The names that the metadata has, and the next number to tell a field from others of its name.
        let (mut taken, mut numbers) = (None::<HashSet<String>>, HashMap::<&str, u64>::new());
        for (n, field) in self.fields.iter().enumerate() {
            if field.taken || own_meta == Some(n) {
                continue;
            }
            if let Some(layer) = field.waiting {
                match layers.read(layer, Scanner::new(self.text, field.at), doc) {
                    Ok(_) => continue,
                    Err(flaw) if self.setup.require.contains(&layer) || flaw.is_limit() => return Err(flaw),
                    Err(_) => {}
                }
            }
            if own && says_nothing(field) {
                continue;
            }
            if own_meta.is_none() {
                doc.meta_mut().push(&field.name, field.value);
                continue;
            }
            // The record of an earlier run is there under this name: both are kept.
            let taken = taken.get_or_insert_with(|| doc.meta().iter().map(|(name, _)| name.to_owned()).collect());
            let mut name = field.name.clone().into_owned();
            let next = numbers.entry(&field.name).or_insert(2);
            while !taken.insert(name.clone()) {
                name = format!("{}.{next}", field.name);
                *next += 1;
            }
            doc.meta_mut().push(&name, field.value);
        }
        Ok(())
    }
}

/// Whether the field of an export only says that there was nothing to say.
fn says_nothing(field: &FieldAt<'_>) -> bool {
    field.name == "removed" && field.value.strip_prefix('[').is_some_and(|rest| rest.trim_start() == "]")
}

/// The fields of our own `meta` are the document's.
fn unwrap(text: &str, at: usize, doc: &mut Document) -> Scan<()> {
    let mut scanner = Scanner::new(text, at + 1);
    let mut first = true;
    while let Some(key) = scanner.next_key(&mut first)? {
        let name = key.decode()?;
        let value = scanner.value(MAX_DEPTH)?;
        doc.meta_mut().push(&name, value);
    }
    Ok(())
}

fn take_text(text: Str<'_>, doc: &mut Document) -> Scan<()> {
    let taken = text.push_to(doc.text_mut());
    if taken.is_err() {
        doc.text_mut().clear();
    }
    taken
}

/// Takes the value at `scanner` for what `role` says.
fn take(role: Role, mut scanner: Scanner<'_>, name: &str, doc: &mut Document) -> Scan<()> {
    let wrong = |what: &str| {
        let message = format!("field `{name}` is {}; {what}", scanner.kind());
        Err(Flaw::new("json.wrong_type", scanner.at, message))
    };
    match (role, scanner.peek()) {
        (Role::Text, Some(b'"')) => take_text(scanner.string()?, doc),
        (Role::Id, Some(b'"')) => {
            doc.set_id(&scanner.string()?.decode()?);
            Ok(())
        }
        (Role::Id, Some(b'-' | b'0'..=b'9')) => {
            doc.set_id(scanner.number()?);
            Ok(())
        }
        (Role::Lang, Some(b'"')) => {
            doc.set_lang(&scanner.string()?.decode()?);
            Ok(())
        }
        (Role::Id | Role::Lang, Some(b'n')) => Ok(()),
        (Role::Text, _) => wrong("the text must be a string"),
        (Role::Id, _) => wrong("an id is a string or a number. `id` names the field to take it from"),
        (Role::Lang, _) => wrong("a language tag is a string. `lang` names the field to take it from"),
    }
}
