//! The table, held to what a map and a plain reading of the options say.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use warraq_plugin::MemoryResources;

fn table(contents: &str, mut options: Value) -> std::result::Result<Table, OptionError> {
    options["file"] = "t.csv".into();
    let options: Options = parse_options(options)?;
    options.table(&mut MemoryResources::new().with("t.csv", contents))
}

fn row(table: &Table, key: &str) -> Option<String> {
    let fields = |row: table::Row<'_>| row.fields().map(|(name, json)| format!("{name}={json}")).collect::<Vec<_>>();
    table.row(key).map(|row| fields(row).join(" "))
}

#[test]
fn rows_are_found_by_their_keys() {
    let found = table("k,a,b\nx,1,\"2,3\"\n\nتونس,\"say \"\"hi\"\"\",\n", json!({"key": "k"})).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(row(&found, "x").as_deref(), Some("a=\"1\" b=\"2,3\""));
    assert_eq!(row(&found, "تونس").as_deref(), Some("a=\"say \\\"hi\\\"\" b=\"\""));
    assert_eq!(row(&found, "y"), None);
    assert_eq!(row(&found, ""), None);
}

#[test]
fn columns_are_chosen_renamed_and_prefixed() {
    let contents = "a,k,b,c\n1,x,2,3\n";
    for (options, expected) in [
        (json!({}), "a=\"1\" b=\"2\" c=\"3\""),
        (json!({"prefix": "p_"}), "p_a=\"1\" p_b=\"2\" p_c=\"3\""),
        (json!({"columns": ["c", "k"], "prefix": "p_"}), "p_c=\"3\" p_k=\"x\""),
        (json!({"columns": {"c": "z", "a": "y"}, "prefix": "p_"}), "y=\"1\" z=\"3\""),
        (json!({"columns": []}), ""),
        (json!({"types": {"a": "number", "b": "json"}}), "a=1 b=2 c=\"3\""),
    ] {
        let mut options = options;
        options["key"] = "k".into();
        assert_eq!(row(&table(contents, options).unwrap(), "x").as_deref(), Some(expected));
    }
}

#[test]
fn keys_that_occur_twice_are_settled_as_asked() {
    let contents = "k,v\nx,1\ny,2\nx,3\nx,4\n";
    for (duplicates, expected) in [("first", "v=\"1\""), ("last", "v=\"4\"")] {
        let found = table(contents, json!({"key": "k", "duplicates": duplicates})).unwrap();
        assert_eq!((row(&found, "x").as_deref(), row(&found, "y").as_deref()), (Some(expected), Some("v=\"2\"")));
        assert_eq!(found.len(), 2);
    }
}

#[test]
fn quotation_marks_can_be_plain_characters() {
    let found = table("k,v\nx,\"1\ny,2\"\n", json!({"key": "k", "quotes": false})).unwrap();
    assert_eq!(row(&found, "x").as_deref(), Some(r#"v="\"1""#));
}

#[test]
fn the_delimiter_follows_the_name_of_the_file() {
    for (file, delimiter, contents) in [
        ("t.csv", None, "k,v\nx,1\n"),
        ("t.TSV", None, "k\tv\nx\t1\n"),
        ("a.tsv/t", None, "k,v\nx,1\n"),
        ("t.tab", Some(";"), "k;v\nx;1\n"),
    ] {
        let options = json!({"file": file, "key": "k", "delimiter": delimiter});
        let options: Options = parse_options(options).unwrap();
        let found = options.table(&mut MemoryResources::new().with(file, contents)).unwrap();
        assert_eq!(row(&found, "x").as_deref(), Some("v=\"1\""), "{file}");
    }
}

#[test]
fn errors_name_the_file_the_line_and_the_option() {
    let key = || json!({"key": "k"});
    for (contents, options, expected) in [
        ("k,v\nx,1\nx,2\n", key(), "`file`: t.csv, line 3: the key \"x\" is in line 2 already"),
        ("k,v\r\nx,1\r\n\r\nx,2\r\n", key(), "`file`: t.csv, line 4: the key \"x\" is in line 2 already"),
        ("k,v\n\"x\ny\",1\n\"x\ny\",2\n", key(), "`file`: t.csv, line 4: the key \"x\\ny\" is in line 2 already"),
        ("k,v\nx,1\ny\n", key(), "`file`: t.csv, line 3: it has 1 cells, and the first line 2"),
        ("k,v\r\nx,1\r\ny,2,3\r\n", key(), "`file`: t.csv, line 3: it has 3 cells, and the first line 2"),
        ("k,v\nx,\"1\ny,2\n", key(), "`file`: t.csv, line 2: a quotation mark is opened and not closed"),
        ("k,v\n,1\n", key(), "`file`: t.csv, line 2: the key column \"k\" is empty"),
        ("k,v,v\n", key(), "`file`: t.csv, line 1: columns 2 and 3 are both named \"v\""),
        ("a,b\n", key(), "`key`: t.csv has no column \"k\"; its columns: a, b"),
        ("", key(), "`key`: t.csv has no column \"k\"; its columns: "),
        (
            "k,v\n",
            json!({"key": "k", "columns": ["v", "w"]}),
            "`columns[1]`: t.csv has no column \"w\"; its columns: k, v",
        ),
        (
            "k,v\n",
            json!({"key": "k", "columns": {"w": "z"}}),
            "`columns.w`: t.csv has no column \"w\"; its columns: k, v",
        ),
        (
            "k,a,b\n",
            json!({"key": "k", "columns": {"a": "z", "b": "z"}}),
            "`columns`: \"a\" and \"b\" both become the field \"z\"",
        ),
        ("k,a\n", json!({"key": "k", "columns": ["a", "a"]}), "`columns`: \"a\" and \"a\" both become the field \"a\""),
        ("k,\n", key(), "`columns`: column 2 of t.csv would become a field without a name"),
        (
            "k,v\n",
            json!({"key": "k", "types": {"w": "json"}}),
            "`types.w`: t.csv has no column \"w\"; its columns: k, v",
        ),
        (
            "k,v\n",
            json!({"key": "k", "types": {"k": "json"}}),
            "`types.k`: the column \"k\" is not among those that are joined",
        ),
        (
            "k,v\nx,1\ny,many\n",
            json!({"key": "k", "types": {"v": "number"}}),
            "`file`: t.csv, line 3: column \"v\": \"many\" is no number; numbers are written as in JSON, such as -1250.75 or 1e6",
        ),
        ("k\n", json!({"key": "k", "delimiter": "،"}), "`delimiter`: '،' cannot part cells"),
        ("k\n", json!({"key": "k", "delimiter": "\""}), "`delimiter`: '\"' cannot part cells"),
    ] {
        assert_eq!(table(contents, options).unwrap_err().to_string(), expected, "{contents:?}");
    }
}

#[test]
fn values_of_the_record_are_compared_decoded() {
    for (json, expected) in [
        ("\"تونس\"", Some("تونس")),
        (r#""\u062a\u0648\u0646\u0633""#, Some("تونس")),
        (r#""a\"b\\""#, Some("a\"b\\")),
        ("\"\"", Some("")),
        ("7", Some("7")),
        (" 7.0 ", Some("7.0")),
        ("true", Some("true")),
        ("null", None),
        ("[\"a\"]", None),
        ("{}", None),
        (r#""\ud800""#, None),
        ("", None),
    ] {
        assert_eq!(key(json).as_deref(), expected, "{json}");
    }
}

proptest! {
    #[test]
    fn a_table_is_a_map(rows in prop::collection::vec(("[a-cتن\"]{1,2}", any::<String>()), 0..20), last: bool) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["k", "v"]).unwrap();
        let mut expected = BTreeMap::new();
        for (key, value) in &rows {
            writer.write_record([key, value]).unwrap();
            if last {
                expected.insert(key, value);
            } else {
                expected.entry(key).or_insert(value);
            }
        }
        let contents = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let found = table(&contents, json!({"key": "k", "duplicates": if last { "last" } else { "first" }})).unwrap();
        prop_assert_eq!(found.len(), expected.len());
        for (key, value) in expected {
            prop_assert_eq!(row(&found, key), Some(format!("v={}", serde_json::to_string(value).unwrap())));
        }
    }
}
