//! Pages of many kinds, and what is left of them; hostile pages; laws.

use super::definition;
use crate::clean::testing::{apply, run, text};
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use warraq_core::testing::{Case, cases, check_source_map};
use warraq_core::{BuildContext, Built, Changes, Document, Labels, MemoryResources, Worker};

/// The fields of `meta`, a line each, a blank line and the text: what the expectations of the fixtures look like.
fn account(doc: &Document) -> String {
    let mut account = String::new();
    for (name, json) in doc.meta().iter() {
        let value: String = serde_json::from_str(json).expect("fields are strings");
        account += &format!("{name}: {value}\n");
    }
    account + "\n" + doc.text() + "\n"
}

#[test]
fn fixtures_become_their_articles() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/clean/html/fixtures");
    let mut pages: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.extension().is_some_and(|e| e == "html"));
    pages.sort();
    assert!(pages.len() >= 10);
    let mut failures = String::new();
    for page in pages {
        let html = fs::read_to_string(&page).unwrap();
        let expected = fs::read_to_string(page.with_extension("txt")).unwrap();
        // The same page as an editor on Windows saves it.
        for (how, html) in [("", html.clone()), (" with CRLF", html.replace('\n', "\r\n"))] {
            let found = account(&run(&definition(), "", "ar", &html));
            if found != expected {
                failures += &format!("{}{how}:\n--- expected\n{expected}--- found\n{found}\n", page.display());
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// A page around this body.
fn page(body: &str) -> String {
    format!("<!doctype html><title>صفحة</title><body>{body}</body>")
}

const A: &str = "هذه فقرة طويلة بما يكفي، فيها فواصل، وفيها كلام كثير، لتكون من المقال لا من القوائم.";
const B: &str = "وهذه فقرة ثانية، تشبه الأولى في طولها، وتنتهي مثلها بنقطة، كما تنتهي الفقرات عادة.";

#[test]
fn what_goes_is_on_record_with_its_reason() {
    for (furniture, reason) in [
        ("<nav>قائمة</nav>", "navigation"),
        ("<ul class='breadcrumbs'><li>مسار</ul>", "navigation"),
        ("<div role=complementary>جانب</div>", "navigation"),
        ("<aside>جانب</aside>", "aside"),
        ("<div class='leftSidebar'>جانب</div>", "aside"),
        ("<footer>ذيل</footer>", "page-frame"),
        ("<div id=disqus_thread>تعليق</div>", "comments"),
        ("<div class='relatedPosts'>خبر آخر</div>", "related"),
        ("<div class='see-also'>خبر آخر</div>", "related"),
        ("<p class=social-share>شارك</p>", "share"),
        ("<div class='ad ad-300'>إعلان</div>", "advert"),
        ("<span class=byline>فلان</span>", "byline"),
        ("<figure><figcaption>صورة</figcaption></figure>", "caption"),
        ("<h1>صفحة</h1>", "title"),
        ("<p><a href=/x>خبر آخر تماماً</a></p>", "links"),
        ("<div hidden>خفي</div>", "hidden"),
        ("<p style='color:red; DISPLAY : none'>خفي</p>", "hidden"),
        ("<script>var x = '<p>';</script>", "no-text"),
        ("<form><select><option>اختر</select><button>أرسل</button></form>", "no-text"),
    ] {
        let labels = Labels::new();
        let mut resources = MemoryResources::new();
        let options = serde_json::json!({});
        let stage = definition();
        let built = (stage.build)(options, &mut BuildContext::new("clean.html", &labels, &mut resources)).unwrap();
        let Built::Parallel(built) = built else { panic!("it is parallel") };
        let mut doc =
            Document::with_text("test", &page(&format!("<div class=x><p>{A}</p>{furniture}<p>{B}</p></div>")));
        let mut changes = Changes::new();
        built.worker().process(&doc.view(), &mut changes).unwrap();
        doc.apply(&mut changes, 0, stage.info.writes).unwrap();
        assert_eq!(doc.text(), format!("{A}\n\n{B}"), "{furniture}");
        let reasons: Vec<String> =
            doc.removed().iter().filter_map(|r| r.reason.map(|r| labels.name(r).to_string())).collect();
        assert!(reasons.contains(&reason.to_owned()), "{furniture}: {reasons:?}");
    }
}

#[test]
fn classes_that_speak_of_the_page_prune_nothing() {
    for class in
        ["has-sidebar", "no-comments", "with-ads", "comments-open", "sidebar-layout", "adapted", "headline-navigator"]
    {
        let html = page(&format!("<div class='{class}'><p>{A}<p>{B}</div>"));
        assert_eq!(text(&definition(), "", "", &html), format!("{A}\n\n{B}"), "{class}");
    }
}

#[test]
fn words_in_sentences_stay_whatever_their_class() {
    let html = page(&format!(
        "<p>{A} وقالت <span class=author>سعاد</span> يوم <time datetime=2024-01-01>الإثنين</time> ذلك.<p>{B}"
    ));
    assert_eq!(text(&definition(), "", "", &html), format!("{A} وقالت سعاد يوم الإثنين ذلك.\n\n{B}"));
}

#[test]
fn character_references_become_what_browsers_show() {
    for (html, shown) in [
        ("&quot;م&quot;م", "\"م\"م"),
        ("&copyم", "©م"),
        ("&ampم", "&م"),
        ("&notم", "¬م"),
        ("&notin;م", "∉م"),
        ("&#1603ب", "كب"),
        ("&#x643;ب", "كب"),
        ("&#128;", "€"),
        ("&#xD800;م", "\u{fffd}م"),
        ("&م", "&م"),
        ("&#م", "&#م"),
        ("&#xم", "&#xم"),
        ("&bogus;م", "&bogus;م"),
        ("<كلمة", "<كلمة"),
        ("م &lt;p&gt; م", "م <p> م"),
        ("م&#32;&#10; م", "م م"),
    ] {
        assert_eq!(text(&definition(), "", "", &format!("<p>{html}")), shown, "{html}");
    }
}

#[test]
fn figures_that_hold_tables_stay() {
    let html =
        page(&format!("<p>{A}</p><figure class=wp-block-table><table><tr><td>خلية<td>أخرى</table></figure><p>{B}"));
    assert_eq!(text(&definition(), "", "", &html), format!("{A}\n\nخلية\tأخرى\n\n{B}"));
}

#[test]
fn options_drop_or_keep_parts() {
    let html = page(&format!(
        "<article><h1>صفحة</h1><p>{A}<h2>عنوان</h2><p>{B}<ul><li>بند أول هنا.</ul><blockquote>قول مأثور.</blockquote>\
         <table><tr><td>خلية.</table><figure><figcaption>شرح صورة.</figcaption></figure><p>{A}</article>"
    ));
    for (options, gone, kept) in [
        ("", "صفحة|شرح صورة.", "عنوان|بند أول هنا.|قول مأثور.|خلية."),
        ("title = 'keep'\ncaptions = 'keep'", "", "صفحة|شرح صورة.|عنوان"),
        ("headings = 'drop'", "عنوان", "بند أول هنا."),
        ("lists = 'drop'", "بند أول هنا.", "عنوان"),
        ("quotes = 'drop'", "قول مأثور.", "خلية."),
        ("tables = 'drop'", "خلية.", "قول مأثور."),
    ] {
        let found = text(&definition(), options, "", &html);
        let has = |part: &&str| found.split('\n').any(|line| line == *part);
        let parts = |list: &'static str| list.split('|').filter(|part| !part.is_empty());
        assert!(!parts(gone).any(|part| has(&part)), "{options}: {found}");
        assert!(parts(kept).all(|part| has(&part)), "{options}: {found}");
    }
}

#[test]
fn fields_come_from_where_pages_have_them() {
    let ld = |json: &str| format!("<script type='application/ld+json'>{json}</script>");
    for (head, field, expected) in [
        ("<title>أ | ب</title><meta property=og:site_name content=ب>".to_owned(), "title", "أ"),
        ("<title>أ | ب</title>".into(), "title", "أ | ب"),
        ("<title>أ | ب</title><body><h1> أ\n</h1>".into(), "title", "أ"),
        ("<title>أ</title><meta property=og:title content='ج &amp; د'>".into(), "title", "ج & د"),
        (
            ld(r#"{"@type":"NewsArticle","headline":"من البيانات"}"#) + "<meta property=og:title content=x>",
            "title",
            "من البيانات",
        ),
        (ld("{\"@type\":\"BlogPosting\",\"headline\":\"سطر\nمكسور\"}"), "title", "سطر مكسور"),
        ("<svg><title>شعار</title></svg><title>أ</title>".into(), "title", "أ"),
        (
            "<meta name=author content='فلان'><meta property=article:author content=https://x.example/>".into(),
            "author",
            "فلان",
        ),
        (ld(r#"{"@type":"Article","author":[{"name":"س"},"ص",{"name":"س"}]}"#), "author", "س, ص"),
        ("<meta name=pubdate content=2020-01-02>".into(), "date", "2020-01-02"),
        ("<article><time datetime=2020-01-03>أمس</time>".into(), "date", "2020-01-03"),
        (
            "<body><span itemprop=datePublished content=2020-01-04>أمس</span><time datetime=2019-01-01>".into(),
            "date",
            "2020-01-04",
        ),
        ("<meta name=application-name content='دفتر'>".into(), "sitename", "دفتر"),
        (
            "<link rel='canonical' href='https://a.example/1'><meta property=og:url content=https://a.example/2>"
                .into(),
            "url",
            "https://a.example/1",
        ),
        ("<link rel=canonical href=/relative>".into(), "url", ""),
        ("<html lang=fa><meta property=og:locale content=ar_AR>".into(), "language", "fa"),
        ("<meta property=og:locale content=ar_AR>".into(), "language", "ar-AR"),
        ("<p>لا شيء".into(), "title", ""),
        (ld(r#"{"@type":"Article","headline":7,"author":{},"publisher":[]}"#), "title", ""),
        (ld("{not json"), "title", ""),
    ] {
        let doc = run(&definition(), "", "", &format!("<!doctype html>{head}<p>نص"));
        let found = doc.meta().get(field).map(|json| serde_json::from_str::<String>(json).unwrap()).unwrap_or_default();
        assert_eq!(found, expected, "{field} of {head}");
    }
}

#[test]
fn fields_of_the_record_are_replaced_only_if_asked() {
    for (options, expected) in
        [("", "\"old\""), ("overwrite = true", "\"new\""), ("overwrite = true\nmeta = ['url']", "\"old\"")]
    {
        let mut doc = Document::with_text("test", "<title>new</title><p>نص");
        doc.meta_mut().push("title", "\"old\"");
        apply(&definition(), options, &mut doc);
        assert_eq!(doc.meta().get("title"), Some(expected), "{options}");
    }
}

#[test]
fn text_that_is_no_page_stays() {
    for plain in ["", "نص", "a < b > c", "<3 &amp; <<", "أ <كلمة> ب", "<foo>bar</foo>", "</p", "<", "<!-- -->x"]
    {
        assert_eq!(text(&definition(), "", "", plain), plain);
    }
}

/// Takes a page through a worker, and says how long that took. The generous limits are for a debug build.
fn timed(html: &str) -> (Document, Duration) {
    let labels = Labels::new();
    let mut resources = MemoryResources::new();
    let stage = definition();
    let options = serde_json::json!({});
    let built = (stage.build)(options, &mut BuildContext::new("clean.html", &labels, &mut resources)).unwrap();
    let Built::Parallel(built) = built else { panic!("it is parallel") };
    let mut worker: Box<dyn Worker> = built.worker();
    let mut doc = Document::with_text("hostile", html);
    let mut changes = Changes::new();
    let start = Instant::now();
    worker.process(&doc.view(), &mut changes).unwrap();
    let took = start.elapsed();
    doc.apply(&mut changes, 0, stage.info.writes).unwrap();
    check_source_map(&doc).unwrap();
    (doc, took)
}

#[test]
fn hostile_pages_take_bounded_time_and_no_recursion() {
    for Case { name: what, bytes } in cases(include_str!("../../../../../tests/hostile/html.cases")) {
        let html = String::from_utf8(bytes).unwrap();
        let (doc, took) = timed(&html);
        assert!(took < Duration::from_secs(20), "{what}: {took:?}");
        assert!(doc.text().contains(A), "{what}: {:?}", doc.text().chars().take(200).collect::<String>());
    }
}

#[test]
fn an_attribute_of_50_mb_is_read_past() {
    let (doc, took) = timed(&format!("<p>{A}</p><img alt=\"{}\"><p>{B}</p>", "x y ".repeat(50_000_000 / 4)));
    assert_eq!(doc.text(), format!("{A}\n\n{B}"));
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn a_page_past_the_limit_loses_its_end_and_says_so() {
    let (doc, took) = timed(&format!("<p>{A}</p>{}<p>{B}</p>", "<br>".repeat(super::tree::MAX_NODES)));
    assert_eq!(doc.text(), A);
    assert!(took < Duration::from_secs(30), "{took:?}");
}

/// Pieces of pages in any order.
fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<p>",
        "</p>",
        "<div class='related'>",
        "<div class=entry-content>",
        "</div>",
        "<li>",
        "<ul>",
        "</ul>",
        "<td>",
        "<table>",
        "</table>",
        "<b>",
        "</b>",
        "<a href=x>",
        "</a>",
        "<br>",
        "<pre>",
        "</pre>",
        "<h1>",
        "</h2>",
        "<script>",
        "</script>",
        "<title>",
        "</title>",
        "<!--",
        "-->",
        "&amp;",
        "&nbsp;",
        "&#32;",
        "&lt",
        "&",
        "<",
        ">",
        "\"",
        "\r\n",
        "\r",
        "\n",
        " ",
        "\t",
        "\u{a0}",
        "\0",
        "كلمة",
        "word",
        A,
        "<svg/>",
        "<![CDATA[x]]>",
        "<textarea>",
        "</textarea>",
        "<span itemprop=articleBody>",
        "<plaintext>",
        "<article>",
        "</article>",
        "<?x?>",
        "</>",
        "é",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_soup_keeps_the_contract(html in soup()) {
        // `run` applies the changes and checks the source map.
        let doc = run(&definition(), "", "", &html);
        prop_assert!(doc.text().len() <= html.len());
    }

    #[test]
    fn words_come_out_as_they_stand(words in prop::collection::vec("[a-zا-ي]{1,9}", 12..60), gaps in prop::collection::vec(0..6usize, 60)) {
        let gap = [" ", "\n", "  ", " <b>", "</b> ", "\t<!-- x -->"];
        let mut html = String::from("<article><p>");
        for (word, which) in words.iter().zip(gaps) {
            html += word;
            html += gap[which];
        }
        prop_assert_eq!(text(&definition(), "", "", &html), words.join(" "));
    }
}
