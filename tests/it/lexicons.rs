//! The lexicons that come with the project: each has the format that its README states, and as many phrases.

use std::fs;
use std::path::Path;

#[test]
fn every_lexicon_is_what_its_readme_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines/lexicons");
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let mut lexicons = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(".tsv") {
            continue;
        }
        lexicons += 1;
        let text = fs::read_to_string(&path).unwrap();
        let entries: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let row = readme.lines().find(|line| line.contains(&format!("`{name}`")));
        let row: Vec<&str> = row.unwrap_or_else(|| panic!("{name} is not in the README")).split('|').collect();
        let (label, count) = (row[2].trim().trim_matches('`'), row[3].trim());
        assert_eq!(count, entries.len().to_string(), "{name}");
        for (n, entry) in entries.iter().enumerate() {
            let columns: Vec<&str> = entry.split('\t').collect();
            assert!(columns.len() == 2 && columns[1] == label, "{name}, entry {n}: {entry:?}");
            let phrase = columns[0];
            assert!(!phrase.is_empty() && phrase == phrase.trim() && !phrase.contains("  "), "{name}: {phrase:?}");
        }
        assert!(
            text.starts_with('#') && text.to_lowercase().contains("licence"),
            "{name} names its source and licence"
        );
    }
    assert_eq!(lexicons, 7);
}
