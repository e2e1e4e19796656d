//! `filter.urls`: drops documents by where they come from.

use super::checks::{Check, Checks};
use super::score::Missing;
use crate::{options, tables};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Drops documents by their web address: those whose host is on a list (reason `url_host`), and those with more than `max_words`
listed words in their address (reason `url_words`). `field` names the field of the record that holds the address; without
it, the id is the address. A document without an address is kept, or with `missing = \"drop\"` dropped as `url_missing`.

**Hosts.** A host blocks itself and all hosts under it: `bad.example` blocks `bad.example` and `www.bad.example`, but not
`notbad.example`, and `co.example` blocks all of `co.example`. Case does not matter; names in other scripts are compared
as the address writes them, which mostly is their `xn--` form. An IP address blocks itself.

**Words** are compared with the stretches of letters and digits in the address, host included, once `%D8%A3` and the like
are decoded; case does not matter. `sport` is in `/sport/2024`, but not in `/transport`. The score `urls.words` is how many
of them are listed ones.

**Lists.** `host_files` and `word_files` are UTF-8 text, an entry a line, `#` for comments; `hosts` and `words` stand in the
pipeline file. An entry for a host may be a whole address, or have a `*.` before it: what counts is the host. Lists of
millions of hosts are no matter: a look-up takes as many steps as the host has parts.";

/// The options of `filter.urls`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The field of the record that holds the address; left out, the id does.
    field: Option<String>,
    /// Hosts to block, with all hosts under them.
    hosts: Vec<String>,
    /// Lists of such hosts, one a line.
    host_files: Vec<String>,
    /// Words to block in addresses.
    words: Vec<String>,
    /// Lists of such words, one a line.
    word_files: Vec<String>,
    /// Greatest number of blocked words in an address.
    max_words: u32,
    /// What becomes of documents without an address.
    missing: Missing,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "filter.urls".into(),
            summary: "drops documents by their web address: by host, or by words in it".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Meta]),
            writes: Layers::of(&[Layer::Scores, Layer::Verdict]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("A host, and those under it", "text")
                    .field("url", "\"https://m.spam.example:8080/a\"")
                    .options("field = \"url\"\nhost_files = [\"hosts.txt\"]")
                    .file("hosts.txt", "# seen in March\nspam.example\n")
                    .dropped("url_host"),
                Example::new("Not another that ends in the same letters", "text")
                    .field("url", "\"https://notspam.example/a\"")
                    .options("field = \"url\"\nhosts = [\"spam.example\"]"),
                Example::new("A word in the address", "text")
                    .field("url", "\"https://news.example/%D9%82%D9%85%D8%A7%D8%B1/x\"")
                    .options("field = \"url\"\nwords = [\"قمار\"]")
                    .scores(&[("urls.words", 1.0)])
                    .dropped("url_words"),
                Example::new("No address", "text")
                    .options("field = \"url\"\nwords = [\"casino\"]\nmissing = \"drop\"")
                    .dropped("url_missing"),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let (mut hosts, mut words) = (HashSet::new(), HashSet::new());
    let host = |entry: &str| host_entry(entry).ok_or_else(|| format!("{entry:?} is no host"));
    let word = |entry: &str| {
        let word: String = entry.trim().chars().flat_map(char::to_lowercase).collect();
        let is_word = !word.is_empty() && word.chars().all(char::is_alphanumeric);
        if is_word { Ok(word.into_boxed_str()) } else { Err(format!("{entry:?} is not letters and digits alone")) }
    };
    fill(("hosts", &options.hosts), ("host_files", &options.host_files), &host, cx, &mut hosts)?;
    fill(("words", &options.words), ("word_files", &options.word_files), &word, cx, &mut words)?;
    if hosts.is_empty() && words.is_empty() && options.missing == Missing::Keep {
        return Err(OptionError::new("", "it has nothing to look for")
            .help("give `hosts`, `host_files`, `words` or `word_files`"));
    }
    Ok(Built::parallel(Urls {
        lists: Arc::new(Lists { hosts, words }),
        field: options.field.map(Into::into),
        max_words: f64::from(options.max_words),
        missing: options.missing,
        host: cx.labels.intern("url_host"),
        none: cx.labels.intern("url_missing"),
        words: Check::new("urls.words", "url_words", cx.labels),
        lower: String::new(),
        decoded: Vec::new(),
    }))
}

/// Adds the entries of an option and those of the files that another one names.
fn fill(
    (option, entries): (&str, &[String]),
    (files_option, files): (&str, &[String]),
    read: &dyn Fn(&str) -> std::result::Result<Box<str>, String>,
    cx: &mut BuildContext<'_>,
    set: &mut HashSet<Box<str>>,
) -> std::result::Result<(), OptionError> {
    for (n, entry) in entries.iter().enumerate() {
        set.insert(read(entry).map_err(|message| OptionError::new(format!("{option}[{n}]"), message))?);
    }
    for (n, path) in files.iter().enumerate() {
        tables::read(path, &format!("{files_option}[{n}]"), 1, cx, |columns| {
            set.insert(read(columns[0])?);
            Ok(())
        })?;
    }
    Ok(())
}

struct Lists {
    /// In lower case.
    hosts: HashSet<Box<str>>,
    /// In lower case.
    words: HashSet<Box<str>>,
}

impl Lists {
    /// The listed host that the host is or is under.
    fn host<'a>(&self, host: &'a str) -> Option<&'a str> {
        let mut rest = host;
        loop {
            if self.hosts.contains(rest) {
                return Some(rest);
            }
            rest = rest.split_once('.')?.1;
        }
    }
}

/// The host of a list's entry.
fn host_entry(entry: &str) -> Option<Box<str>> {
    let entry = entry.trim();
    let host = host_of(entry.strip_prefix("*.").or_else(|| entry.strip_prefix('.')).unwrap_or(entry));
    let is_host = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c == '*');
    is_host.then(|| host.to_lowercase().into())
}

/// The host in an address, without user and port; what has no scheme begins with it.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or_else(|| url.trim_start_matches('/'), |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or(host),
    };
    host.trim_end_matches('.')
}

#[derive(Clone)]
struct Urls {
    lists: Arc<Lists>,
    field: Option<Arc<str>>,
    max_words: f64,
    missing: Missing,
    host: LabelId,
    none: LabelId,
    words: Check,
    lower: String,
    decoded: Vec<u8>,
}

/// The string that a JSON value is, if it is one that is not empty.
fn string(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.trim().strip_prefix('"')?.strip_suffix('"')?;
    let text = if inner.contains('\\') { serde_json::from_str::<String>(json).ok()?.into() } else { inner.into() };
    Some(text).filter(|text: &Cow<'_, str>| !text.trim().is_empty())
}

impl Urls {
    /// How many listed words there are in the address.
    fn count_words(&mut self, url: &str) -> usize {
        if self.lists.words.is_empty() {
            return 0;
        }
        self.decoded.clear();
        percent_decode(url, &mut self.decoded);
        self.lower.clear();
        self.lower.extend(String::from_utf8_lossy(&self.decoded).chars().flat_map(char::to_lowercase));
        let words = self.lower.split(|c: char| !c.is_alphanumeric());
        words.filter(|word| self.lists.words.contains(*word)).count()
    }
}

/// Appends the bytes of `text`, with `%` and two hexadecimal digits read as a byte.
fn percent_decode(text: &str, out: &mut Vec<u8>) {
    let digit = |byte: Option<&u8>| byte.and_then(|&byte| char::from(byte).to_digit(16));
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (byte, digit(tail.first()), digit(tail.get(1))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                rest = &tail[2..];
            }
            _ => out.push(*byte),
        }
    }
}

impl Stage for Urls {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Urls {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let url = match &self.field {
            Some(field) => doc.meta.get(field).and_then(string),
            None => Some(doc.id.into()),
        };
        let Some(url) = url else {
            if self.missing == Missing::Drop {
                out.drop_document(self.none, "");
            }
            return Ok(());
        };
        let words = self.count_words(&url) as f64;
        self.lower.clear();
        self.lower.extend(host_of(url.trim()).chars().flat_map(char::to_lowercase));
        let mut checks = Checks::new(out);
        if let Some(host) = self.lists.host(&self.lower) {
            checks.fail(self.host, || host.to_owned());
        }
        checks.at_most(self.words, words, Some(self.max_words));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use warraq_core::{Labels, MemoryResources};

    #[test]
    fn the_host_is_found_in_addresses_of_all_kinds() {
        for (url, host) in [
            ("https://News.example.org/a?b=c@d", "News.example.org"),
            ("http://user:secret@host.example:8080", "host.example"),
            ("host.example./path", "host.example"),
            ("//host.example/path", "host.example"),
            ("http://[2001:db8::1]:80/", "2001:db8::1"),
            ("https://evil.example\\@good.example/", "evil.example"),
            ("https:///path", ""),
            ("", ""),
            ("doc-17", "doc-17"),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }

    #[test]
    fn entries_of_lists_are_hosts() {
        for (entry, host) in [
            ("Bad.Example", Some("bad.example")),
            ("*.bad.example", Some("bad.example")),
            ("https://bad.example/x", Some("bad.example")),
            ("bad example", None),
            ("*", None),
            ("/", None),
        ] {
            assert_eq!(host_entry(entry).as_deref(), host, "{entry}");
        }
    }

    #[test]
    fn words_are_decoded_and_whole() {
        let labels = Labels::new();
        let mut resources = MemoryResources::new();
        let mut cx = BuildContext::new("filter.urls", &labels, &mut resources);
        let options = json!({"words": ["Casino", "قمار"]});
        let Ok(Built::Parallel(stage)) = build(options, &mut cx) else { panic!("it is built") };
        let score = labels.intern("urls.words");
        for (url, count) in [
            ("https://a.example/CASINO-online", 1.0),
            ("https://casino.example/casinos/%d9%82%d9%85%d8%a7%d8%b1", 2.0),
            ("https://a.example/%zz%d9%/%", 0.0),
            ("https://a.example/occasino", 0.0),
        ] {
            let mut changes = Changes::new();
            let doc = warraq_core::Document::with_text(url, "text");
            stage.worker().process(&doc.view(), &mut changes).unwrap();
            let found = changes.parts().scores.iter().find(|s| s.name == score).map(|s| s.value);
            assert_eq!(found, Some(count), "{url}");
        }
    }

    #[test]
    fn bad_options_are_refused() {
        for (options, expected) in [
            (json!({}), "it has nothing to look for"),
            (json!({"hosts": ["a.example", "a b"]}), "`hosts[1]`: \"a b\" is no host"),
            (json!({"word_files": ["list"]}), "`word_files[0]`: list, line 2: \"a-b\" is not letters and digits alone"),
        ] {
            let labels = Labels::new();
            let mut resources = MemoryResources::new().with("list", "casino\na-b\n");
            let mut cx = BuildContext::new("filter.urls", &labels, &mut resources);
            assert_eq!(build(options, &mut cx).unwrap_err().to_string(), expected);
        }
    }
}
