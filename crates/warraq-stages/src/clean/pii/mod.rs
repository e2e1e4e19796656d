//! `clean.pii`: personal data that can be told by its form, found, and masked, hashed or deleted.

mod bank;
mod digits;
mod national;
mod net;
mod phone;
mod seek;
#[cfg(test)]
mod tests;

use crate::options;
use digits::digit;
use hmac::{Hmac, KeyInit, Mac};
use schemars::JsonSchema;
use seek::Seeker;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, REDACTED, Result, Span,
    Stage, StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Finds personal data that has a form of its own, adds a span for each, and takes it out. Nothing goes without a span or a
record of it.

| label | what | how sure |
|---|---|---|
| `EMAIL` | e-mail addresses | by form (RFC 5322 dot-atom, a domain with a top label of letters) |
| `PHONE` | `+966 50 123 4567`, `00…`, `0501234567`, `06 12 34 56 78`, `(212) 555-0123` | by country code and length, or by first digits, length and grouping |
| `IBAN` | with its check digits | country, length, ISO 7064 MOD 97-10 |
| `CARD` | payment cards | first digits and length of the issuer, Luhn's check, usual grouping |
| `IP` | IPv4 and IPv6; `public_ips_only = false` takes in private and reserved ones | by form |
| `NATIONAL_ID` | numbers that states give to persons | see below |

**Digits** may be those of ASCII, Arabic-Indic or Persian, with spaces, dashes, points, brackets and marks of direction between
them. Prices, dates, counts and numbers with decimals are no telephone numbers: one without a country code or the shape of a
national number counts only after a word that announces it (`هاتف`, `للتواصل`, `tél.`, `fax` …), at most 24 characters before.

**National numbers**: Emirates, Egypt and France by themselves, since they are long or checked twice, Spain by its check
letter; Saudi Arabia, Kuwait (with their check digits), Turkey, Iran (both checks), Jordan, Qatar, Bahrain, Iraq, Algeria,
Tunisia, Morocco and the United States only after a word such as `الهوية`, `الرقم الوطني`, `CIN`, `ID`, `SSN`: shorter numbers
are too often something else. `countries` narrows them.

**What becomes of it** (`action`):

- `mask` (the default) writes `mask` in its place, with `{label}` for the label: `<EMAIL>`. `replacements` has texts for
  a label instead, used in turn from the first in each document, which keeps sentences natural.
- `hash` writes the label and 16 letters made of the HMAC-SHA256 of what it says with the key `salt`: the same address has the
  same letters everywhere, in whatever digits or grouping it is written, and nobody without the key can try out addresses. Keep
  the key out of the file: `salt = \"${vars.salt}\"` with `salt = { env = \"CORPUS_SALT\", secret = true }` in `[vars]`.
- `drop` deletes it. What stood around it comes together, and may look like a number then.
- `annotate` only adds the spans.

**On record.** The spans stay, on what was written in place of the data, and `removed` has an entry with the label and the
reason `redacted`. Exports write such an entry *without* its text, so that what was masked does not leave with it; its
offsets lead back into the source for whoever has it. Four things still show the data: `annotate`, of course; the
*rejects*, which hold records as they were read; `trace`; and other fields of the record (`meta`), which this stage does not
look at. The score `pii.found` is the number of spans.

Names of people are not looked for; see `tag.entities`.";

/// Kinds of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Kind {
    /// E-mail addresses.
    Email,
    /// Telephone numbers.
    Phone,
    /// International bank account numbers.
    Iban,
    /// Payment cards.
    Card,
    /// IP addresses.
    Ip,
    /// Numbers that states give to persons.
    NationalId,
}

const KINDS: [(Kind, &str); 6] = [
    (Kind::Email, "EMAIL"),
    (Kind::Phone, "PHONE"),
    (Kind::Iban, "IBAN"),
    (Kind::Card, "CARD"),
    (Kind::Ip, "IP"),
    (Kind::NationalId, "NATIONAL_ID"),
];

/// What becomes of what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Action {
    /// Another text stands in its place.
    Mask,
    /// Its keyed hash stands in its place.
    Hash,
    /// It is deleted.
    Drop,
    /// It stays; there are spans only.
    Annotate,
}

/// Texts to be put in the place of each kind.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
struct Replacements {
    /// For e-mail addresses.
    email: Vec<String>,
    /// For telephone numbers.
    phone: Vec<String>,
    /// For bank accounts.
    iban: Vec<String>,
    /// For payment cards.
    card: Vec<String>,
    /// For IP addresses.
    ip: Vec<String>,
    /// For national numbers.
    national_id: Vec<String>,
}

/// The options of `clean.pii`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// What is looked for.
    kinds: Vec<Kind>,
    /// What becomes of it.
    action: Action,
    /// What `mask` writes; `{label}` stands for the label.
    mask: String,
    /// What `mask` writes instead for some kinds: texts that are used in turn.
    replacements: Replacements,
    /// The key of `hash`, at least 16 bytes long.
    salt: Option<String>,
    /// Whether only IP addresses count that are reachable from anywhere.
    public_ips_only: bool,
    /// Of which countries national numbers are looked for (ISO 3166-1); left out, of all that are known.
    countries: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            kinds: KINDS.map(|(kind, _)| kind).into(),
            action: Action::Mask,
            mask: "<{label}>".into(),
            replacements: Replacements::default(),
            salt: None,
            public_ips_only: true,
            countries: Vec::new(),
        }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "clean.pii".into(),
            summary: "finds and masks e-mail addresses, telephone, account, card and national numbers, IP addresses"
                .into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text]),
            writes: Layers::of(&[Layer::Text, Layer::Spans, Layer::Scores]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: examples(),
        },
        build: Box::new(build),
    }
}

fn examples() -> Vec<Example> {
    let example = Example::new;
    vec![
        example("Prices, dates and counts are none", "في 12-05-2024 دفع 1.250.000 ريال عن 20242025 وحدة، 15:30").unchanged(),
        example("Masked, with spans that stay", "راسلونا على info@news.example أو هاتف ٠٥٠١٢٣٤٥٦٧")
            .text("راسلونا على <EMAIL> أو هاتف <PHONE>")
            .spans(&[("EMAIL", "<EMAIL>"), ("PHONE", "<PHONE>")])
            .removed(&[("EMAIL", "info@news.example"), ("PHONE", "٠٥٠١٢٣٤٥٦٧")])
            .scores(&[("pii.found", 2.0)]),
        example("Numbers with check digits", "IBAN SA03 8000 0000 6080 1016 7519, card 4111 1111 1111 1111")
            .text("IBAN <IBAN>, card <CARD>"),
        example("A wrong check digit", "SA04 8000 0000 6080 1016 7519; 4111 1111 1111 1112").unchanged(),
        example("National numbers", "الرقم القومي 29001011234567 ورقم الهوية 1000000008")
            .text("الرقم القومي <NATIONAL_ID> ورقم الهوية <NATIONAL_ID>"),
        example("Only spans", "call +44 20 7946 0958")
            .options("action = \"annotate\"")
            .text("call +44 20 7946 0958")
            .spans(&[("PHONE", "+44 20 7946 0958")]),
        example("Deleted", "a@b.example, c").options("action = \"drop\"").text(", c").spans(&[]).removed(&[("EMAIL", "a@b.example")]),
        example("As datatrove's PIIFormatter does, with its texts", "x@y.com from 8.8.8.8 and 10.0.0.1, z@y.com")
            .options(
                "kinds = [\"email\", \"ip\"]
replacements = { email = [\"email@example.com\", \"firstname.lastname@example.org\"], ip = [\"22.214.171.124\", \"126.96.36.199\", \"188.8.131.52\", \"184.108.40.206\", \"220.127.116.11\", \"18.104.22.168\"] }",
            )
            .text("email@example.com from 22.214.171.124 and 10.0.0.1, firstname.lastname@example.org"),
        example("Hashed: who it is stays hidden, that it is the same does not", "0501234567 ٠٥٠ ١٢٣ ٤٥٦٧")
            .options("action = \"hash\"\nsalt = \"only-for-this-example\"")
            .text("<PHONE:nmnomcgifmnkgegk> <PHONE:nmnomcgifmnkgegk>"),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    if options.kinds.is_empty() {
        return Err(OptionError::new("kinds", "there is nothing to look for"));
    }
    let key = match (options.action, &options.salt) {
        (Action::Hash, Some(salt)) if salt.len() >= 16 => {
            Some(Hmac::new_from_slice(salt.as_bytes()).map_err(|e| OptionError::new("salt", e.to_string()))?)
        }
        (Action::Hash, Some(_)) => return Err(OptionError::new("salt", "a key has at least 16 bytes")),
        (Action::Hash, None) => {
            let help = "salt = \"${vars.salt}\", and in [vars]: salt = { env = \"CORPUS_SALT\", secret = true }";
            return Err(OptionError::new("salt", "without a key, hashes could be tried out").help(help));
        }
        (_, Some(_)) => return Err(OptionError::new("salt", "a key is for `action = \"hash\"`")),
        (_, None) => None,
    };
    if let Some(n) = options.countries.iter().position(|c| !national::countries().any(|known| known == c)) {
        let known: Vec<&str> = national::countries().collect();
        let message = format!("no national numbers are known of {:?}", options.countries[n]);
        return Err(OptionError::new(format!("countries[{n}]"), message).help(format!("known: {}", known.join(" "))));
    }
    let r = &options.replacements;
    let given = [&r.email, &r.phone, &r.iban, &r.card, &r.ip, &r.national_id];
    if options.action != Action::Mask && given.iter().any(|texts| !texts.is_empty()) {
        return Err(OptionError::new("replacements", "replacements are for `action = \"mask\"`"));
    }
    let texts = std::array::from_fn(|n| {
        let (_, label) = KINDS[n];
        if given[n].is_empty() { vec![options.mask.replace("{label}", label)] } else { given[n].clone() }
    });
    let settings = Settings {
        labels: KINDS.map(|(_, name)| cx.labels.intern(name)),
        wanted: KINDS.map(|(kind, _)| options.kinds.contains(&kind)),
        texts,
        key,
        redacted: cx.labels.intern(REDACTED),
        found: cx.labels.intern("pii.found"),
        source: cx.labels.intern(cx.name),
        options,
    };
    Ok(Built::parallel(Pii(Arc::new(settings))))
}

struct Settings {
    options: Options,
    /// By number of the kind.
    labels: [LabelId; KINDS.len()],
    wanted: [bool; KINDS.len()],
    texts: [Vec<String>; KINDS.len()],
    key: Option<Hmac<Sha256>>,
    redacted: LabelId,
    found: LabelId,
    source: LabelId,
}

impl Settings {
    fn wants(&self, kind: Kind) -> bool {
        self.wanted[kind as usize]
    }
}

struct Pii(Arc<Settings>);

impl Stage for Pii {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(Redactor { settings: Arc::clone(&self.0), seeker: Seeker::default(), scratch: String::new() })
    }
}

struct Redactor {
    settings: Arc<Settings>,
    seeker: Seeker,
    scratch: String,
}

impl Worker for Redactor {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let settings = &*self.settings;
        self.seeker.seek(doc.text, settings);
        let mut used = [0; KINDS.len()];
        for (range, kind) in &self.seeker.found {
            let n = *kind as usize;
            let (start, end) = (range.start as u32, range.end as u32);
            out.spans().push(Span { start, end, label: settings.labels[n], score: f32::NAN, source: settings.source });
            let with = match settings.options.action {
                Action::Annotate => continue,
                Action::Drop => "",
                Action::Mask => {
                    let texts = &settings.texts[n];
                    used[n] += 1;
                    &texts[(used[n] - 1) % texts.len()]
                }
                Action::Hash => {
                    hash(settings, n, &doc.text[range.clone()], &mut self.scratch);
                    &self.scratch
                }
            };
            // Such as the replacement of an earlier run.
            if doc.text[range.clone()] != *with {
                out.replace_labelled(range.clone(), with, settings.labels[n], Some(settings.redacted));
            }
        }
        if !self.seeker.found.is_empty() {
            out.score(settings.found, self.seeker.found.len() as f64);
        }
        Ok(())
    }
}

/// Writes `<LABEL:…>` with letters only, so that no part of it looks like a number.
fn hash(settings: &Settings, kind: usize, text: &str, out: &mut String) {
    out.clear();
    let Some(key) = &settings.key else { return };
    let mut mac = key.clone();
    mac.update(KINDS[kind].1.as_bytes());
    let is_number = matches!(KINDS[kind].0, Kind::Phone | Kind::Card | Kind::NationalId | Kind::Iban);
    for c in text.chars() {
        match digit(c) {
            Some(value) => mac.update(&[b'0' + value]),
            None if is_number && !c.is_alphanumeric() => {}
            None => mac.update(c.to_lowercase().collect::<String>().as_bytes()),
        }
    }
    out.push('<');
    out.push_str(KINDS[kind].1);
    out.push(':');
    let letter = |nibble: u8| char::from(b'a' + nibble);
    mac.finalize().into_bytes().iter().take(8).for_each(|b| out.extend([letter(b >> 4), letter(b & 15)]));
    out.push('>');
}
