//! What classes and ids say about an element. The words are those that content management systems and web frameworks use the
//! world over, in English mostly also where the page is not; none belongs to one site.

/// Why a text is not part of the article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Reason {
    /// Scripts, styles, forms and what else is no text.
    NoText,
    /// The page does not show it.
    Hidden,
    /// Navigation: menus, breadcrumbs, page numbers, tags.
    Navigation,
    /// Beside the article: `aside`, side bars.
    Aside,
    /// Head and foot of the page.
    PageFrame,
    /// Comments of readers.
    Comments,
    /// Links to other articles.
    Related,
    /// Buttons and links to share it.
    Share,
    /// Advertisements and offers of the site itself.
    Advert,
    /// Author, date and the like.
    Byline,
    /// Captions and credits of pictures.
    Caption,
    /// The title, which is in `meta`.
    Title,
    /// A block of links, or too little text where only text stands.
    Links,
    /// Not in the part of the page that holds the article.
    Outside,
    /// Headings, lists, quotes, tables, where the options drop them.
    Option,
    /// Past the limits of what is read of a page.
    TooLarge,
}

impl Reason {
    /// All, in the order of their numbers.
    pub(super) const ALL: [Reason; 16] = [
        Reason::NoText,
        Reason::Hidden,
        Reason::Navigation,
        Reason::Aside,
        Reason::PageFrame,
        Reason::Comments,
        Reason::Related,
        Reason::Share,
        Reason::Advert,
        Reason::Byline,
        Reason::Caption,
        Reason::Title,
        Reason::Links,
        Reason::Outside,
        Reason::Option,
        Reason::TooLarge,
    ];

    /// The word for reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Reason::NoText => "no-text",
            Reason::Hidden => "hidden",
            Reason::Navigation => "navigation",
            Reason::Aside => "aside",
            Reason::PageFrame => "page-frame",
            Reason::Comments => "comments",
            Reason::Related => "related",
            Reason::Share => "share",
            Reason::Advert => "advert",
            Reason::Byline => "byline",
            Reason::Caption => "caption",
            Reason::Title => "title",
            Reason::Links => "links",
            Reason::Outside => "outside",
            Reason::Option => "option",
            Reason::TooLarge => "too-large",
        }
    }
}

/// The longest hint that is kept of an element, in bytes.
const MAX_HINT: usize = 256;

/// Appends a class or an id: lower case, words apart by `-`, classes apart by a space: `articleBody is_Main` becomes
/// `article-body is-main`.
pub(super) fn normalise(value: &str, out: &mut String) {
    if !out.is_empty() {
        out.push(' ');
    }
    let mut was_lower = false;
    for c in value.chars() {
        if out.len() >= MAX_HINT {
            return;
        }
        if c.is_whitespace() {
            out.push(' ');
        } else if c.is_alphanumeric() {
            if c.is_ascii_uppercase() && was_lower {
                out.push('-');
            }
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with(['-', ' ']) {
            out.push('-');
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
}

/// Whether a script of this type holds data about the page (JSON-LD).
pub(super) fn is_json_ld(kind: &str) -> bool {
    kind.trim().eq_ignore_ascii_case("application/ld+json")
}

/// Whether the hint says that the element holds the text of an article.
pub(super) fn is_body(hint: &str) -> bool {
    hint.split(' ').any(|class| {
        let mut words = class.split('-').peekable();
        while let Some(word) = words.next() {
            match word {
                "articlebody" | "articletext" | "articlecontent" | "storybody" | "storytext" | "storycontent"
                | "postbody" | "postcontent" | "bodytext" | "maintext" | "entrytext" | "newstext" | "newsbody"
                | "richtext" | "artikeltext" | "bodycopy" | "fulltext" => return true,
                "article" | "story" | "post" | "entry" | "news" | "blog" | "artikel" | "articulo" | "noticia"
                | "materia" | "page" | "single" | "field" | "node" | "details" | "main" => {
                    if let Some(&next) = words.peek()
                        && matches!(
                            next,
                            "body"
                                | "content"
                                | "text"
                                | "copy"
                                | "txt"
                                | "corpo"
                                | "contenido"
                                | "conteudo"
                                | "inhalt"
                        )
                    {
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    })
}

/// What the hint says that an element is, if not the article.
pub(super) fn furniture(hint: &str) -> Option<Reason> {
    hint.split(' ').find_map(of_class)
}

fn of_class(class: &str) -> Option<Reason> {
    let mut words = class.split('-');
    let first = words.next()?;
    // Page builders call every part of a page a widget.
    if matches!(first, "elementor" | "siteorigin" | "so" | "wpb" | "vc" | "et") {
        return None;
    }
    // They speak of the page, not of the element: `has-sidebar`, `no-comments`.
    if matches!(
        first,
        "has"
            | "no"
            | "with"
            | "is"
            | "without"
            | "layout"
            | "js"
            | "single"
            | "type"
            | "status"
            | "format"
            | "category"
    ) {
        return None;
    }
    let mut before = "";
    let mut found = None;
    for word in std::iter::once(first).chain(words) {
        if matches!(word, "wrapper" | "layout" | "page" | "open" | "enabled" | "disabled" | "right" | "left")
            && matches!(found, Some(Reason::Aside))
        {
            // `sidebar-right` may be the layout with a side bar.
            if matches!(word, "layout" | "page" | "enabled" | "disabled" | "open") {
                return None;
            }
        }
        if found.is_none() {
            found = of_word(before, word);
        } else if matches!(word, "open" | "count" | "enabled") && found == Some(Reason::Comments) {
            return if word == "count" { Some(Reason::Byline) } else { None };
        }
        before = word;
    }
    found
}

fn of_word(before: &str, word: &str) -> Option<Reason> {
    Some(match word {
        "comment" | "comments" | "commentlist" | "commentaires" | "commentaire" | "comentarios" | "comentario"
        | "kommentare" | "kommentar" | "commenti" | "disqus" | "respond" | "discussion" | "livefyre" | "coral"
        | "replies" => Reason::Comments,
        "related" | "relatednews" | "relatedposts" | "relatedarticles" | "similar" | "recommended"
        | "recommendation" | "recommendations" | "recommend" | "recirc" | "recirculation" | "relacionadas"
        | "relacionados" | "relacionado" | "correlati" | "outbrain" | "taboola" | "yarpp" | "trending" | "popular"
        | "mostread" | "mostpopular" | "readmore" | "seealso" | "readalso" | "teaser" | "teasers" | "zergnet"
        | "mgid" | "carousel" | "upnext" => Reason::Related,
        "read" if before == "most" || before == "also" => Reason::Related,
        "also" if before == "read" || before == "see" => Reason::Related,
        "more" if matches!(before, "read" | "see" | "load" | "view") => Reason::Related,
        "from" | "stories" | "news" | "articles" | "posts"
            if matches!(before, "more" | "latest" | "recent" | "other" | "top") =>
        {
            Reason::Related
        }
        "share" | "sharing" | "sharethis" | "sharedaddy" | "addthis" | "addtoany" | "shariff" | "social"
        | "socials" | "socialmedia" | "sociallinks" | "sharebar" | "sharebuttons" | "ssba" | "heateor" => Reason::Share,
        "buttons" | "icons" | "links" if matches!(before, "social" | "share" | "follow") => Reason::Share,
        "nav" | "navbar" | "navigation" | "menu" | "menus" | "submenu" | "breadcrumb" | "breadcrumbs" | "crumbs"
        | "pagination" | "pager" | "paginator" | "toolbar" | "tags" | "taglist" | "tagcloud" | "topics"
        | "skiplink" | "sitemap" | "toc" => Reason::Navigation,
        "links" if matches!(before, "tag" | "post" | "cat") => Reason::Navigation,
        "sidebar" | "aside" | "rail" | "widget" | "widgets" | "sidecol" | "rightrail" => Reason::Aside,
        "footer" | "masthead" | "copyright" | "colophon" | "topbar" | "disclaimer" | "legal" => Reason::PageFrame,
        "ad" | "ads" | "advert" | "adverts" | "advertisement" | "advertising" | "advertorial" | "adsbygoogle"
        | "adslot" | "adunit" | "banner" | "sponsor" | "sponsored" | "promo" | "promos" | "promotion"
        | "newsletter" | "newsletters" | "subscribe" | "subscription" | "signup" | "paywall" | "cookie" | "cookies"
        | "gdpr" | "consent" | "modal" | "popup" | "overlay" | "donate" | "dfp" | "cta" | "dianomi" | "affiliate"
        | "login" => Reason::Advert,
        "byline" | "bylines" | "author" | "authors" | "autor" | "auteur" | "dateline" | "timestamp" | "datetime"
        | "pubdate" | "postmeta" | "entrymeta" | "postinfo" | "writer" | "metadata" | "bio" | "eyebrow" | "kicker"
        | "readtime" => Reason::Byline,
        "meta" | "info" if matches!(before, "post" | "entry" | "article" | "story" | "node") => Reason::Byline,
        "date" | "time"
            if matches!(before, "post" | "entry" | "article" | "published" | "publish" | "story" | "pub" | "news") =>
        {
            Reason::Byline
        }
        "caption" | "captions" | "figcaption" | "credit" | "credits" | "gallery" | "slideshow" | "lightbox"
        | "photocredit" | "imagecaption" => Reason::Caption,
        "text" if before == "caption" => Reason::Caption,
        _ => return None,
    })
}
