//! `[vars]` and the references to them: what they come to, and what is said of those that come to nothing.

use super::*;
use proptest::prelude::*;
use std::ffi::OsString;

const ENDS: &str = "[[source]]\npaths = 'in'\n[[export]]\npath = 'out'\n";

/// An environment for tests; the process's own is never asked.
fn env(name: &str) -> Option<OsString> {
    let text = match name {
        "WARRAQ_OUT" => "from/env",
        "THREADS" => "3",
        "YES" => "true",
        "SHARE" => "0.25",
        "EMPTY" => "",
        "WORD" => "many",
        "TRICKY" => "${vars.a}\"\n[run]",
        _ => return None,
    };
    Some(text.into())
}

fn read(text: &str, sets: &[&str]) -> (Files, Option<PipelineSpec>, Diagnostics) {
    let mut files = Files::new();
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    let around = Surroundings { sets: &sets, env: &env, ..Surroundings::default() };
    let (spec, found) = load(&mut files, "news.toml", text, &around);
    (files, spec, found)
}

fn problems(name: &str, text: &str, sets: &[&str]) {
    let (files, _, found) = read(text, sets);
    assert_rendered(name, &found, &files);
}

/// The options of the only stage, in a file with these variables.
fn option(vars: &str, value: &str, sets: &[&str]) -> serde_json::Value {
    let text = format!("warraq = 1\n[vars]\n{vars}\n[[stage]]\nuse = 'a.b'\nx = {value}\n{ENDS}");
    let (files, spec, found) = read(&text, sets);
    assert!(!found.has_errors(), "{}", crate::diagnostic::render(&found, &files, false));
    to_json(&spec.unwrap().stages[0].options)["x"].clone()
}

#[test]
fn references_are_filled_in_by_type() {
    use serde_json::json;
    let vars = "s = 'text'\ni = 7\nf = 1.0\nb = true\na = ['x', 1]\nl = 'a$${b'\nt = { env = 'TRICKY' }";
    for (value, expected) in [
        ("'${vars.s}'", json!("text")),
        ("'${vars.i}'", json!(7)),
        ("'${vars.f}'", json!(1.0)),
        ("'${vars.b}'", json!(true)),
        ("'${vars.a}'", json!(["x", 1])),
        ("'<${vars.s}|${vars.i}|${vars.f}|${vars.b}>'", json!("<text|7|1.0|true>")),
        ("' ${vars.i}'", json!(" 7")),
        ("['${vars.i}', { deep = '${vars.s}s' }]", json!([7, { "deep": "texts" }])),
        ("'$${vars.s}'", json!("${vars.s}")),
        ("'$$${vars.s}'", json!("$${vars.s}")),
        ("'${vars.l}'", json!("a${b")),
        ("'${1}$x$$${name}'", json!("${1}$x$$${name}")),
        ("'$ 5 and $'", json!("$ 5 and $")),
        // What the environment says is a value, whatever it looks like.
        ("'${vars.t}'", json!("${vars.a}\"\n[run]")),
    ] {
        assert_eq!(option(vars, value, &[]), expected, "{value}");
    }
}

#[test]
fn the_environment_is_read_as_the_type_of_the_default() {
    use serde_json::json;
    for (var, expected) in [
        ("{ env = 'WARRAQ_OUT', default = 'out' }", json!("from/env")),
        ("{ env = 'WARRAQ_OUT' }", json!("from/env")),
        ("{ env = 'UNSET', default = 'out' }", json!("out")),
        ("{ env = 'UNSET', default = 2 }", json!(2)),
        ("{ env = 'THREADS', default = 2 }", json!(3)),
        ("{ env = 'THREADS', default = 'two' }", json!("3")),
        ("{ env = 'THREADS' }", json!("3")),
        ("{ env = 'YES', default = false }", json!(true)),
        ("{ env = 'SHARE', default = 1.0 }", json!(0.25)),
        ("{ env = 'EMPTY', default = 'x' }", json!("")),
    ] {
        assert_eq!(option(&format!("v = {var}"), "'${vars.v}'", &[]), expected, "{var}");
    }
    assert_eq!(option("v = { env = 'UNSET' }", "'${vars.v}'", &["vars.v=5"]), json!(5));
    assert_eq!(option("v = { env = 'UNSET' }", "'${vars.v}'", &["vars.v.default=5"]), json!(5));
    assert_eq!(option("v = 1", "'x'", &["stage.0.x=<${vars.v}>"]), json!("<1>"));
}

#[test]
fn the_runners_own_keys_may_be_variables() {
    let text = "warraq = 1\nname = 'n-${vars.n}'\n[vars]\nn = 4\nout = 'o'\nins = ['a', 'b']\nlang = ['ar']\n\
        [run]\nthreads = '${vars.n}'\n[[source]]\npaths = '${vars.ins}'\n[[stage]]\nuse = 'a.b'\nname = 's${vars.n}'\n\
        when = { lang = '${vars.lang}' }\n[[export]]\npath = '${vars.out}/$${x}'\nafter = 's4'\n[rejects]\npath = '${vars.out}/r'\n";
    let (files, spec, found) = read(text, &[]);
    assert!(found.is_empty(), "{}", crate::diagnostic::render(&found, &files, false));
    let spec = spec.unwrap();
    assert_eq!((spec.name.as_str(), spec.run.threads.value), ("n-4", 4));
    assert_eq!(spec.sources[0].paths.len(), 2);
    assert_eq!(spec.exports[0].path.as_ref().unwrap().value, "o/${x}");
    assert_eq!(files.slice(spec.exports[0].path.as_ref().unwrap().span), "'${vars.out}/$${x}'");
}

#[test]
fn wrong_definitions_are_explained() {
    problems(
        "vars_definitions",
        r#"warraq = 1
[vars]
date = 2024-01-01
nested = [["a"]]
"a b" = 1
other = "${vars.date}/x"
table = { default = 5 }
typo = { env = "A", defualt = 5 }
list = { env = "A", default = ["a"] }
number = { env = 5 }
unused = 1
[[source]]
paths = ["${vars.date}", "${vars.nested}", "${vars.other}", "${vars.table}", "${vars.typo}", "${vars.list}"]
[[stage]]
use = "${vars.number}"
[[export]]
path = "out"
"#,
        &[],
    );
    problems("vars_no_table", "warraq = 1\nvars = 5\n[[source]]\npaths = 'a'\n[[export]]\npath = '${vars.a}'\n", &[]);
}

#[test]
fn references_that_lead_nowhere_are_explained() {
    problems(
        "vars_references",
        r#"warraq = 1
name = "${vars.nmae}"
[vars]
name = "x"
list = ["a", "b"]
[run]
errors = "${HOME}"
[[source]]
paths = ["${vars.list}/x", "${env.DATA}/x", "${vars.name", "a${}b${vars.name}${vars.}"]
[[stage]]
use = "a.b"
pattern = "${1} ${var.name} ${env.HOME}"
escaped = "\u0061${vars.none}"
[[export]]
path = "${vars.name}/${vars.foo}"
"#,
        &["rejects.path=${vars.lst}"],
    );
}

#[test]
fn the_environment_is_asked_for_what_is_used() {
    problems(
        "vars_environment",
        r#"warraq = 1
[vars]
unset = { env = "NOT_SET" }
idle = { env = "NOT_SET_EITHER" }
number = { env = "WORD", default = 1 }
flag = { env = "WORD", default = true }
share = { env = "WORD", default = 0.5 }
[run]
threads = "${vars.number}"
errors = "${vars.share}"
[[source]]
paths = "${vars.unset}/a"
[[stage]]
use = "a.b"
x = "${vars.flag}"
[[export]]
path = "${vars.unset}/b"
"#,
        &[],
    );
}

#[test]
fn an_error_in_a_value_shows_where_it_is_from() {
    problems(
        "vars_origins",
        r#"warraq = 1
[vars]
threads = 5000
mode = "sikp"
paths = ["a", 5]
out = { env = "WARRAQ_OUT", default = "out" }
empty = { env = "EMPTY" }
[run]
threads = "${vars.threads}"
on_error = "${vars.mode}"
[[source]]
paths = "${vars.paths}"
[[export]]
path = "${vars.out}/${vars.mode}"
[[export]]
path = "${vars.out}/${vars.mode}"
[[export]]
path = "${vars.empty}"
[[export]]
path = "${vars.late}"
"#,
        &["vars.late=7", "vars.never=1"],
    );
}

/// A debug text without its places, by which specs of different texts can be compared.
fn without_places(spec: &PipelineSpec) -> String {
    let spec = PipelineSpec { provenance: Provenance::default(), ..spec.clone() };
    let text = format!("{spec:?}");
    let mut parts = text.split("Span {");
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |all, part| all + part.split_once('}').map_or("", |(_, rest)| rest))
}

/// A TOML value, by its text.
fn toml_value() -> impl Strategy<Value = String> {
    let scalar = || {
        prop_oneof![
            any::<i64>().prop_map(|n| n.to_string()),
            (-1e6..1e6f64).prop_map(|n| format!("{n:?}")),
            any::<bool>().prop_map(|b| b.to_string()),
            "[a-zA-Z0-9 /.كتاب-]{0,8}".prop_map(|s| format!("\"{s}\"")),
        ]
    };
    prop_oneof![4 => scalar(), 1 => prop::collection::vec(scalar(), 0..4).prop_map(|items| format!("[{}]", items.join(", ")))]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// A file with variables is the file with their values written out, whatever is wrong in it.
    #[test]
    fn a_variable_is_as_good_as_its_value(values in prop::collection::vec(toml_value(), 6)) {
        let file = |value: &dyn Fn(usize) -> String, vars: &str| format!(
            "warraq = 1\nname = {}\n{vars}[run]\nthreads = {}\nerrors = {}\n[[source]]\npaths = {}\n[[stage]]\nuse = 'a.b'\nx = {}\n\
             when = {{ meta = {{ k = {} }} }}\n[[export]]\npath = 'o'\n",
            value(0), value(1), value(2), value(3), value(4), value(5)
        );
        let vars: String = values.iter().enumerate().map(|(i, v)| format!("v{i} = {v}\n")).collect();
        let (_, one, wrong) = read(&file(&|i| values[i].clone(), ""), &[]);
        let (files, other, also) = read(&file(&|i| format!("\"${{vars.v{i}}}\""), &format!("[vars]\n{vars}")), &[]);
        prop_assert_eq!(without_places(&one.unwrap()), without_places(&other.unwrap()));
        let messages = |found: &Diagnostics| -> Vec<String> { found.iter().map(|d| d.message.clone()).collect() };
        prop_assert_eq!(messages(&wrong), messages(&also));
        for problem in &also {
            prop_assert!(!problem.secondary.is_empty(), "{}", problem.one_line(&files));
        }
    }
}
