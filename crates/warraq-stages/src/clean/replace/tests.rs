use super::definition;
use crate::clean::testing::{built, check, messy_text, run, text};
use proptest::prelude::*;
use regex::Regex;
use warraq_core::Labels;

#[test]
fn rules_replace() {
    for (options, cases) in [
        (r#"rules = [{ pattern = '(\p{L})\p{M}+', with = "$1" }]"#, &[("بًتّ x\u{301}", "بت x"), ("", "")][..]),
        (r#"rules = [{ pattern = '\b', with = "x" }]"#, &[("ab cd", "ab cd")]),
        (r#"rules = [{ pattern = '\bx|y', with = "" }]"#, &[("x yx", " x")]),
        (r#"rules = [{ pattern = '(a)|(b)', with = "<$1$2>" }]"#, &[("abc", "<a><b>c")]),
        (r#"rules = [{ pattern = '(?m)^- ', with = "• " }]"#, &[("- a\n- b", "• a\n• b")]),
        (
            r#"rules = [{ pattern = "a", with = "bb" }, { pattern = "bc", with = "" }, { pattern = "b", with = "a" }]"#,
            &[("aca", "aaa"), ("b", "a")],
        ),
        // The second undoes the first.
        (r#"rules = [{ pattern = "a", with = "b" }, { pattern = "b", with = "a" }]"#, &[("aca", "aca")]),
    ] {
        check(&definition(), options, "", cases);
    }
}

fn removed(options: &str, input: &str) -> Vec<String> {
    let doc = run(&definition(), options, "", input);
    doc.removed().iter().map(|r| doc.source()[r.source_start as usize..r.source_end as usize].to_owned()).collect()
}

#[test]
fn only_labelled_rules_and_deletions_are_on_record() {
    assert_eq!(removed(r#"rules = [{ pattern = "a", with = "b" }]"#, "a"), [""; 0]);
    assert_eq!(removed(r#"rules = [{ pattern = "a", with = "" }]"#, "bab"), ["a"]);
    assert_eq!(removed(r#"rules = [{ pattern = "xay", with = "xy", label = "l" }]"#, "xay"), ["a"]);
    // In the source, not in what other rules have made of it.
    let rules = r#"rules = [{ pattern = "a", with = "A" }, { pattern = "b", with = "", label = "l" }]"#;
    assert_eq!(removed(rules, "abab"), ["b", "b"]);
    let rules = r#"rules = [{ pattern = "a", with = "bb" }, { pattern = "bb", with = "", label = "l" }]"#;
    assert_eq!(removed(rules, "xay"), ["a"]);
    let rules = r#"rules = [{ pattern = "b", with = "", label = "l" }, { pattern = "ac", with = "d" }, { pattern = "x", with = "y" }]"#;
    assert_eq!(removed(rules, "abc xb"), ["abc", "b"]);
}

#[test]
fn only_what_differs_is_edited() {
    let doc = run(&definition(), r#"rules = [{ pattern = '(\w+) +(\w+)', with = "$1 $2" }]"#, "", "one   two");
    let runs: Vec<_> = doc.source_map().runs().iter().map(|r| (r.source_start, r.source_end)).collect();
    assert_eq!(runs, [(4, 6)]);
    // A mark goes with its letter.
    let doc = run(&definition(), r#"rules = [{ pattern = '(\p{L})\p{M}+', with = "$1", label = "l" }]"#, "", "بً");
    assert_eq!(doc.source_map().range(0, 2), (0, 4));
    assert_eq!((doc.removed()[0].source_start, doc.removed()[0].source_end), (2, 4));
}

#[test]
fn mistakes_name_their_option() {
    for (options, expected) in [
        ("", "`rules`: there is no rule, so nothing would ever be replaced"),
        (
            "rules = [{ pattern = 'a', with = '' }, { pattern = '(', with = '' }]",
            "`rules[1].pattern`: unclosed group, at character 1 of the pattern",
        ),
        ("rules = [{ pattern = 'a', with = '$1' }]", "`rules[0].with`: the pattern has no group `1`: it has no groups"),
        (
            "rules = [{ pattern = 'a*', with = '' }]",
            "`rules[0].pattern`: it matches the empty text, which is everywhere",
        ),
        ("rules = [{ pattern = 'a', with = '', label = '' }]", "`rules[0].label`: a label has at least one character"),
        ("rules = [{ pattern = 'a' }]", "`rules[0]`: missing field `with`"),
        (
            r"rules = [{ pattern = '(?=a)', with = '' }]",
            "`rules[0].pattern`: look-around, including look-ahead and look-behind, is not supported, at character 1 of the pattern",
        ),
        (
            r"rules = [{ pattern = '\w{5000}', with = '' }]",
            "`rules[0].pattern`: the pattern needs more than 10 MiB once it is compiled: repeat less, or less than all letters of Unicode, as in `[a-z]` for `\\w`",
        ),
    ] {
        let options = toml::from_str(options).expect("it is TOML");
        let error = built(&definition(), &Labels::new(), options).expect_err("it is refused");
        assert_eq!(error.to_string(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Against the regex crate, rule by rule.
    #[test]
    fn rules_are_replace_all_in_turn(input in prop_oneof![messy_text(), "[abc]{0,12}"]) {
        let rules = [("(a|ب)+", "<$1>"), ("b(c?)", "$1"), (r"(?<m>\p{M})", "$m$m"), ("[>< ]", ""), ("ca?", "aa")];
        let list: Vec<String> = rules.iter().map(|(p, w)| format!("{{ pattern = '{p}', with = '{w}' }}")).collect();
        let found = text(&definition(), &format!("rules = [{}]", list.join(", ")), "", &input);
        let expected = rules.iter().fold(input, |text, (pattern, with)| {
            Regex::new(pattern).expect("it is valid").replace_all(&text, *with).into_owned()
        });
        prop_assert_eq!(found, expected);
    }
}
