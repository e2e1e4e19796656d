//! What a page says about itself: `meta`, `link`, `time` and `title` elements, microdata, and JSON-LD.

use super::tag::Tag;
use super::tree::{NodeId, Tree};
use super::{json_ld, text};

/// The most JSON-LD scripts of a page that are read.
const MAX_SCRIPTS: usize = 16;
/// The longest JSON-LD script that is read, in bytes.
const MAX_SCRIPT: usize = 1 << 20;

/// The longest value of a field, in bytes: what is longer is no title and no name.
const MAX_FIELD: usize = 4096;

/// A field of a page, with the rank of the place it was found in: a lower one is better.
#[derive(Debug, Default)]
struct Field {
    value: String,
    rank: u8,
}

impl Field {
    fn set(&mut self, value: &str, rank: u8) {
        let value = value.trim();
        if !value.is_empty() && value.len() <= MAX_FIELD && (self.value.is_empty() || rank < self.rank) {
            self.value.clear();
            text::push_folded(value, &mut self.value);
            self.rank = rank;
        }
    }
}

/// What is known of a page.
#[derive(Debug, Default)]
pub(super) struct Head {
    title: Field,
    author: Field,
    date: Field,
    site: Field,
    url: Field,
    language: Field,
    /// The text of the `title` element: often the title and the name of the site.
    page_title: String,
    scripts: Vec<NodeId>,
    /// The text of the article as JSON-LD has it, which pages give to search engines.
    pub(super) body: String,
}

/// The finished fields: name in `meta` and value; empty where the page does not say.
pub(super) type Fields<'a> = [(&'static str, &'a str); 6];

impl Head {
    pub(super) fn clear(&mut self) {
        let Head { title, author, date, site, url, language, page_title, scripts, body } = self;
        [title, author, date, site, url, language].into_iter().for_each(|field| field.value.clear());
        page_title.clear();
        scripts.clear();
        body.clear();
    }

    pub(super) fn has_title(&self) -> bool {
        !self.page_title.is_empty()
    }

    pub(super) fn set_title(&mut self, title: &str) {
        text::push_folded(title, &mut self.page_title);
    }

    pub(super) fn set_language(&mut self, tag: &str) {
        self.language.set(tag, 0);
    }

    /// A `meta` element.
    pub(super) fn meta(&mut self, key: &str, content: &str) {
        let key = key.trim().to_ascii_lowercase();
        match key.as_str() {
            "og:title" => self.title.set(content, 1),
            "twitter:title" | "parsely-title" | "sailthru.title" | "dc.title" | "dcterms.title" => {
                self.title.set(content, 2);
            }
            "headline" => self.title.set(content, 3),
            "author" | "parsely-author" | "sailthru.author" | "dc.creator" | "dcterms.creator" | "byl"
            | "citation_author" => {
                self.author(content, 1);
            }
            "article:author" | "og:author" | "twitter:creator" | "article:author_name" => self.author(content, 2),
            "article:published_time" | "og:article:published_time" | "og:published_time" => self.date.set(content, 1),
            "datepublished"
            | "parsely-pub-date"
            | "sailthru.date"
            | "article.published"
            | "pubdate"
            | "publishdate"
            | "publish-date"
            | "publication_date"
            | "dc.date.issued"
            | "dcterms.issued"
            | "citation_publication_date"
            | "cxenseparse:recs:publishtime" => {
                self.date.set(content, 2);
            }
            "date" | "dc.date" | "dcterms.date" | "dcterms.created" | "dc.date.created" | "article.created" => {
                self.date.set(content, 3);
            }
            "og:site_name" => self.site.set(content, 1),
            "application-name" | "apple-mobile-web-app-title" | "dc.publisher" | "publisher" => {
                self.site.set(content, 3);
            }
            "og:url" => self.url(content, 2),
            "content-language" | "language" | "dc.language" | "inlanguage" => self.language.set(content, 2),
            "og:locale" => self.language.set(content, 3),
            _ => {}
        }
    }

    fn author(&mut self, name: &str, rank: u8) {
        // Some name a page of the author there, or an account.
        let name = name.trim();
        if !name.starts_with('@') && !name.contains("://") {
            self.author.set(name, rank);
        }
    }

    fn url(&mut self, url: &str, rank: u8) {
        if url.trim_start().starts_with("http") {
            self.url.set(url, rank);
        }
    }

    /// A `link` element.
    pub(super) fn link(&mut self, rel: &str, href: &str) {
        if rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("canonical")) {
            self.url(href, 0);
        }
    }

    /// A `time` element. One outside of the article may be of anything.
    pub(super) fn time(&mut self, date: &str, itemprop: &str, in_article: bool) {
        if itemprop.eq_ignore_ascii_case("datePublished") {
            self.date.set(date, 4);
        } else if in_article {
            self.date.set(date, 6);
        }
    }

    /// An element with microdata that names its value in an attribute.
    pub(super) fn property(&mut self, itemprop: &str, value: &str) {
        if itemprop.eq_ignore_ascii_case("datePublished") {
            self.date.set(value, 4);
        }
    }

    /// A script of JSON-LD.
    pub(super) fn json_ld(&mut self, script: NodeId) {
        if self.scripts.len() < MAX_SCRIPTS {
            self.scripts.push(script);
        }
    }

    /// Reads what stands in the page itself: JSON-LD and headings.
    pub(super) fn finish(&mut self, page: &str, tree: &Tree) {
        let mut script = String::new();
        for id in std::mem::take(&mut self.scripts) {
            script.clear();
            for node in &tree.nodes[id as usize..tree.node(id).end as usize] {
                tree.chunks(node).iter().for_each(|chunk| script.push_str(tree.text(page, chunk)));
            }
            if script.len() <= MAX_SCRIPT
                && let Some(article) = json_ld::article(&script)
            {
                self.title.set(&article.headline, 0);
                self.author(&article.author, 0);
                self.date.set(&article.date, 0);
                self.site.set(&article.publisher, 2);
                self.url(&article.url, 3);
                self.language.set(&article.language, 1);
                if article.body.len() > self.body.len() {
                    self.body = article.body;
                }
            }
        }
        if self.title.value.is_empty() {
            self.title_from_page(page, tree);
        }
        if self.language.value.contains('_') {
            self.language.value = self.language.value.replace('_', "-");
        }
    }

    /// The only first heading, or the `title` without the name of the site.
    fn title_from_page(&mut self, page: &str, tree: &Tree) {
        let mut headings = (0..tree.nodes.len() as NodeId).filter(|&id| tree.node(id).tag == Tag::H1);
        let mut heading = String::new();
        if let (Some(id), None) = (headings.next(), headings.next()) {
            let mut raw = String::new();
            tree.collect(page, id, 1000, &mut raw);
            text::push_folded(&raw, &mut heading);
        }
        let title = &self.page_title;
        // A heading that the title has is the title; one that it has not may be the name of the site.
        let found = if !heading.is_empty() && (title.is_empty() || title.contains(&heading)) {
            heading
        } else {
            let without = [" | ", " - ", " – ", " — ", " :: ", " • ", " » "].iter().find_map(|separator| {
                let (before, after) = title.rsplit_once(separator)?;
                let is_site = !self.site.value.is_empty() && after.trim() == self.site.value;
                (is_site && !before.trim().is_empty()).then(|| before.trim().to_owned())
            });
            without.unwrap_or_else(|| if title.is_empty() { heading } else { title.clone() })
        };
        self.title.set(&found, 9);
    }

    /// The title.
    pub(super) fn title(&self) -> &str {
        &self.title.value
    }

    /// All fields.
    pub(super) fn fields(&self) -> Fields<'_> {
        [
            ("title", &self.title.value),
            ("author", &self.author.value),
            ("date", &self.date.value),
            ("sitename", &self.site.value),
            ("url", &self.url.value),
            ("language", &self.language.value),
        ]
    }
}
