//! What the attributes of a tag say: classes and ids as hints, roles, microdata, and the values that head elements hold.

use super::hints;
use super::tree::Flags;

/// What the attributes of one tag say.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) flags: Flags,
    /// Classes and id, normalised.
    pub(super) hint: String,
    pub(super) name: String,
    pub(super) property: String,
    pub(super) content: String,
    pub(super) href: String,
    pub(super) rel: String,
    pub(super) lang: String,
    pub(super) date: String,
    pub(super) itemprop: String,
    pub(super) kind: String,
}

fn set(field: &mut String, value: &[u8]) {
    // Of two attributes of one name the first counts.
    if field.is_empty() {
        field.push_str(&String::from_utf8_lossy(value));
    }
}

/// Whether the value of an attribute of this name matters.
pub(super) fn is_wanted(name: &[u8]) -> bool {
    matches!(
        name,
        b"class"
            | b"http-equiv"
            | b"id"
            | b"name"
            | b"property"
            | b"content"
            | b"href"
            | b"rel"
            | b"lang"
            | b"datetime"
            | b"type"
            | b"style"
            | b"itemprop"
            | b"role"
    )
}

/// Whether a style makes its element invisible.
fn hides(style: &[u8]) -> bool {
    let style: Vec<u8> = style.iter().filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect();
    let has = |rule: &[u8]| style.windows(rule.len()).any(|part| part == rule);
    has(b"display:none") || has(b"visibility:hidden")
}

impl Element {
    pub(super) fn clear(&mut self) {
        self.flags = Flags::default();
        let Element { hint, name, property, content, href, rel, lang, date, itemprop, kind, .. } = self;
        [hint, name, property, content, href, rel, lang, date, itemprop, kind].into_iter().for_each(String::clear);
    }

    /// Takes in an attribute, its name in lower case.
    pub(super) fn attribute(&mut self, name: &[u8], value: &[u8]) {
        match name {
            b"class" | b"id" => hints::normalise(&String::from_utf8_lossy(value), &mut self.hint),
            b"name" | b"http-equiv" => set(&mut self.name, value),
            b"property" => set(&mut self.property, value),
            b"content" => set(&mut self.content, value),
            b"href" => {
                set(&mut self.href, value);
                if !value.is_empty() && value != b"#" {
                    self.flags.add(Flags::LINK);
                }
            }
            b"rel" => set(&mut self.rel, value),
            b"lang" => set(&mut self.lang, value),
            b"datetime" => set(&mut self.date, value),
            b"type" => set(&mut self.kind, value),
            b"hidden" => self.flags.add(Flags::HIDDEN),
            b"style" if hides(value) => self.flags.add(Flags::HIDDEN),
            b"itemprop" => self.microdata(value),
            b"role" => match value {
                b"navigation" | b"complementary" | b"banner" | b"contentinfo" | b"search" | b"dialog"
                | b"alertdialog" | b"menu" | b"menubar" | b"toolbar" | b"button" | b"tablist" => {
                    self.flags.add(Flags::FURNITURE);
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn microdata(&mut self, value: &[u8]) {
        set(&mut self.itemprop, value);
        let is = |names: &[&str]| names.iter().any(|name| value.eq_ignore_ascii_case(name.as_bytes()));
        if is(&["articleBody", "reviewBody"]) {
            self.flags.add(Flags::BODY);
        }
        if is(&["author", "datePublished", "dateModified", "dateCreated", "publisher"]) {
            self.flags.add(Flags::BYLINE);
        }
    }
}
