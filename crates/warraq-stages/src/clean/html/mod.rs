//! `clean.html`: the article of a web page as text, with the way back to the page.

mod attributes;
mod blocks;
mod content;
mod head;
mod hints;
mod json_ld;
mod reader;
mod render;
mod sink;
mod tag;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use self::content::{Finder, Keep};
use self::head::Head;
use self::hints::Reason;
use self::render::Cut;
use self::tree::Tree;
use crate::options;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = include_str!("manual.md");

/// Whether a part of the article stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Part {
    /// It stays.
    Keep,
    /// It goes.
    Drop,
}

/// What can be known of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Field {
    /// The title of the article.
    Title,
    /// Its authors.
    Author,
    /// When it was published, as the page writes it.
    Date,
    /// The name of the site.
    Sitename,
    /// The canonical URL.
    Url,
    /// The language of the page (BCP 47).
    Language,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Field::Title => "title",
            Field::Author => "author",
            Field::Date => "date",
            Field::Sitename => "sitename",
            Field::Url => "url",
            Field::Language => "language",
        }
    }
}

/// The options of `clean.html`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Which fields go to `meta`, where the page has them.
    meta: Vec<Field>,
    /// Whether they replace fields that the record has already.
    overwrite: bool,
    /// The title, where it stands within the text. It is in `meta` anyway.
    title: Part,
    /// Headings within the article.
    headings: Part,
    /// Lists.
    lists: Part,
    /// Block quotes.
    quotes: Part,
    /// Tables.
    tables: Part,
    /// Captions and credits of pictures.
    captions: Part,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            meta: vec![Field::Title, Field::Author, Field::Date, Field::Sitename, Field::Url, Field::Language],
            overwrite: false,
            title: Part::Drop,
            headings: Part::Keep,
            lists: Part::Keep,
            quotes: Part::Keep,
            tables: Part::Keep,
            captions: Part::Drop,
        }
    }
}

const PAGE: &str = "<!doctype html><html lang=\"ar\"><title>افتتاح المكتبة | الورّاق</title>\
<meta property=\"og:site_name\" content=\"الورّاق\"><nav><a href=\"/\">الرئيسية</a> <a href=\"/culture\">ثقافة</a></nav>\
<article><h1>افتتاح المكتبة</h1><p>افتُتحت في المدينة، صباح اليوم، مكتبة عامة تضم آلاف الكتب &amp; المخطوطات.\
<p>وقال مديرها إن الأبواب مفتوحة للجميع، كل يوم، من الصباح حتى المساء.\
<div class=\"share-buttons\"><a href=\"#s\">شارك</a></div></article><footer>جميع الحقوق محفوظة</footer>";

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "clean.html".into(),
            summary: "the article of a web page as text, and what the page says about it".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Meta]),
            writes: Layers::of(&[Layer::Text, Layer::Meta]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("The article stays, the page around it goes", PAGE)
                    .text(
                        "افتُتحت في المدينة، صباح اليوم، مكتبة عامة تضم آلاف الكتب & المخطوطات.\n\n\
                         وقال مديرها إن الأبواب مفتوحة للجميع، كل يوم، من الصباح حتى المساء.",
                    )
                    .meta(&[("title", "\"افتتاح المكتبة\""), ("sitename", "\"الورّاق\""), ("language", "\"ar\"")]),
                Example::new("Fields of the record stay", "<title>صفحة</title><p>نص قصير في صفحة قصيرة.")
                    .field("title", "\"عنوان السجل\"")
                    .text("نص قصير في صفحة قصيرة.")
                    .meta(&[("title", "\"عنوان السجل\"")]),
                Example::new("Text without tags stays as it is", "5 < 7 &amp; 7 > 5\n\n  سطر").unchanged().removed(&[]),
                Example::new("What goes is on record", "<p>فقرة  أولى.</p>\n<p>فقرة ثانية.</p>")
                    .text("فقرة أولى.\n\nفقرة ثانية.")
                    .removed(&[("markup", "<p>"), ("whitespace", " "), ("markup", "</p>\n<p>"), ("markup", "</p>")]),
                Example::new(
                    "Lists and line breaks keep their lines",
                    "<p>اثنان:<br>سطر ثان</p><ul><li>واحد<li>اثنان</ul>",
                )
                .text("اثنان:\nسطر ثان\n\nواحد\nاثنان"),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let keeps = |part| part == Part::Keep;
    Ok(Built::parallel(Html(Arc::new(Shared {
        keep: Keep {
            headings: keeps(options.headings),
            lists: keeps(options.lists),
            quotes: keeps(options.quotes),
            tables: keeps(options.tables),
            captions: keeps(options.captions),
            title: keeps(options.title),
        },
        fields: options.meta.iter().map(|field| field.name()).collect(),
        overwrite: options.overwrite,
        markup: cx.labels.intern("markup"),
        boilerplate: cx.labels.intern("boilerplate"),
        whitespace: cx.labels.intern("whitespace"),
        reasons: Reason::ALL.map(|reason| cx.labels.intern(reason.name())),
    }))))
}

struct Shared {
    keep: Keep,
    fields: Vec<&'static str>,
    overwrite: bool,
    markup: LabelId,
    boilerplate: LabelId,
    whitespace: LabelId,
    /// By the number of the reason.
    reasons: [LabelId; Reason::ALL.len()],
}

struct Html(Arc<Shared>);

impl Stage for Html {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(HtmlWorker {
            stage: Arc::clone(&self.0),
            tree: Tree::default(),
            head: Head::default(),
            finder: Finder::default(),
        })
    }
}

struct HtmlWorker {
    stage: Arc<Shared>,
    tree: Tree,
    head: Head,
    finder: Finder,
}

impl Worker for HtmlWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let page = doc.text;
        // Without a tag it is no page, and reading it as one would change it.
        if memchr::memchr(b'<', page.as_bytes()).is_none() {
            return Ok(());
        }
        let HtmlWorker { stage, tree, head, finder } = self;
        sink::read(page, tree, head);
        if !tree.is_html {
            return Ok(());
        }
        head.finish(page, tree);
        for (name, value) in head.fields() {
            let is_free = stage.overwrite || doc.meta.get(name).is_none();
            if !value.is_empty() && is_free && stage.fields.contains(&name) {
                out.meta(name, &serde_json::Value::from(value).to_string());
            }
        }
        finder.find(page, tree, head, stage.keep);
        render::cuts(page, tree, &finder.nodes, &mut |range, cut| match cut {
            Cut::Markup(gap) => out.replace_labelled(range, gap, stage.markup, None),
            Cut::Text(reason, gap) => {
                out.replace_labelled(range, gap, stage.boilerplate, Some(stage.reasons[reason as usize]));
            }
            Cut::Reference(text) => out.replace(range, text),
            Cut::Space if range.len() > 1 => out.replace_labelled(range, " ", stage.whitespace, None),
            Cut::Space => out.replace(range, " "),
        });
        Ok(())
    }
}
