//! What a diagnostic looks like, and that a hostile file cannot make it look like something else.

use super::testing::assert_rendered;
use super::*;

/// The span of the first `needle` in a text.
fn find(files: &Files, file: FileId, needle: &str) -> Span {
    let at = files.text(file).find(needle).unwrap();
    Span::new(file, at, at + needle.len())
}

#[test]
fn labels_helps_and_other_places_are_shown() {
    let mut files = Files::new();
    let file = files.add("news.toml", "a = 1\n\n# a comment\n\nkey = 'قيمة' # كتاب\nb = [\n  1,\n]\n");
    let other = files.add("--set", "a=2");
    let mut out = Diagnostics::new();
    out.push(Diagnostic::error(SYNTAX, "without a place").help("look around"));
    out.push(
        Diagnostic::warning(TYPE, "with everything")
            .label(find(&files, file, "'قيمة'"), "here")
            .also(find(&files, file, "a = 1"), "and here")
            .also(find(&files, other, "2"), "and in another file")
            .help("first advice")
            .help("second advice"),
    );
    out.push(Diagnostic::error(TYPE, "over several lines").at(find(&files, file, "[\n  1,\n]")));
    let end = files.text(file).len();
    out.push(Diagnostic::error(TYPE, "at the end of the file").at(Span::new(file, end, end)));
    out.push(Diagnostic::error(TYPE, "past it").at(Span::new(file, end + 7, end + 9)));
    assert_rendered("labels_helps_and_other_places", &out, &files);
}

#[test]
fn problems_are_sorted_by_place() {
    let mut files = Files::new();
    let first = files.add("a", "xyz");
    let second = files.add("b", "xyz");
    let mut out = Diagnostics::new();
    out.push(Diagnostic::error(TYPE, "nowhere"));
    out.push(Diagnostic::error(TYPE, "b0").at(Span::new(second, 0, 1)));
    out.push(Diagnostic::error(TYPE, "a2").at(Span::new(first, 2, 3)));
    out.push(Diagnostic::error(TYPE, "a1").at(Span::new(first, 1, 2)));
    let messages: Vec<_> = out.sorted().iter().map(|d| d.message.as_str()).collect();
    assert_eq!(messages, ["a1", "a2", "b0", "nowhere"]);
}

#[test]
fn one_line_names_the_place_in_code_points() {
    let mut files = Files::new();
    let file = files.add("news.toml", "a = 1\nاسم = 5\n");
    let error = Diagnostic::error(TYPE, "a number\nhere").at(find(&files, file, "5"));
    assert_eq!(error.one_line(&files), "news.toml:2:7: error[WQ003]: a number\\nhere");
    let placeless = Diagnostic::warning(SYNTAX, "no place");
    assert_eq!(placeless.one_line(&files), "warning[WQ001]: no place");
}

/// Everything that can come from a file: its name, its lines, and whatever messages quote from it.
#[test]
fn no_control_character_reaches_the_terminal() {
    let hostile = "\u{1b}[2J\u{7}\u{9b}31m\r\u{202e}txt\u{2066}\u{0}\u{7f}\u{2028}";
    let mut files = Files::new();
    let file = files.add(format!("{hostile}.toml"), format!("\tkey = '{hostile}'\r\nb = 1"));
    let span = find(&files, file, "b = 1");
    let mut out = Diagnostics::new();
    out.push(
        Diagnostic::error(TYPE, hostile).label(find(&files, file, hostile), hostile).also(span, hostile).help(hostile),
    );
    assert_rendered("no_control_character", &out, &files);
    let safe = |c: char| c == '\n' || printable(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8();
    for text in [render(&out, &files, false), out.iter().next().unwrap().one_line(&files)] {
        assert!(text.chars().all(safe), "{text:?}");
    }
}

#[test]
fn columns_of_both_forms_agree() {
    let mut files = Files::new();
    let file = files.add("a", "\tx\u{1b}كتاب\u{9b}= 1");
    let mut out = Diagnostics::new();
    out.push(Diagnostic::error(TYPE, "here").at(find(&files, file, "1")));
    assert!(out.iter().next().unwrap().one_line(&files).starts_with("a:1:11: "));
    assert!(render(&out, &files, false).contains("--> a:1:11\n"));
}

#[test]
fn colour_only_adds_styles() {
    let mut files = Files::new();
    let file = files.add("a.toml", "x = 1");
    let mut out = Diagnostics::new();
    out.push(Diagnostic::error(TYPE, "here").label(Span::new(file, 4, 5), "this"));
    let coloured = render(&out, &files, true);
    assert!(coloured.contains("\u{1b}["));
    let mut plain = String::new();
    let mut parts = coloured.split('\u{1b}');
    plain.push_str(parts.next().unwrap());
    for part in parts {
        plain.push_str(part.split_once('m').unwrap().1);
    }
    assert_eq!(plain, render(&out, &files, false));
}

#[test]
fn past_two_hundred_problems_are_only_counted() {
    let mut out = Diagnostics::new();
    for i in 0..203 {
        out.push(Diagnostic::error(TYPE, format!("problem {i}")));
    }
    let text = render(&out, &Files::new(), false);
    assert!(text.ends_with("problem 199\n\n3 more problems are not shown\n"));
}

#[test]
fn what_cannot_be_seen_is_written_out() {
    assert_eq!(quoted("إنّ\n\u{200f}\"x\"\u{1b}"), "\"إنّ\\n\\u{200f}\\\"x\\\"\\u{1b}\"");
    assert_eq!(revealed("a\u{200d}b\u{a0}\"\\"), "a\\u{200d}b\\u{a0}\"\\");
    assert_eq!(printable("a\u{200f}b\u{202e}"), "a\u{200f}b\\u{202e}");
}
