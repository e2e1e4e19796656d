//! Lists and tables that stages read: UTF-8 text, an entry a line, columns parted by tabs, `#` for comments.

use warraq_core::{BuildContext, OptionError};

/// Calls `entry` with every line's columns, of which there are at least one and at most `most`; blank lines and lines that
/// begin with `#` are passed over.
///
/// # Errors
/// An error of the option `option` that names the file, its first bad line and how many more there are; also when the file
/// cannot be read, or has no entry.
pub(crate) fn read(
    path: &str,
    option: &str,
    most: usize,
    cx: &mut BuildContext<'_>,
    mut entry: impl FnMut(&[&str]) -> Result<(), String>,
) -> Result<(), OptionError> {
    let error = |message: String| OptionError::new(option, message);
    let file = cx.resources.read(path).map_err(|e| error(e.to_string()))?;
    let text = file.text().map_err(|e| error(e.to_string()))?;
    let (mut first, mut bad, mut entries) = (None, 0, 0);
    let mut columns = Vec::new();
    for (n, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        entries += 1;
        columns.clear();
        columns.extend(line.split('\t').map(str::trim));
        let result = match columns.len() > most {
            true => Err(format!("there are {} columns; there can be {most}, parted by tabs", columns.len())),
            false if columns[0].is_empty() => Err("the first column is empty".to_owned()),
            false => entry(&columns),
        };
        if let Err(problem) = result {
            bad += 1;
            first.get_or_insert_with(|| format!("{}, line {}: {problem}", file.path, n + 1));
        }
    }
    match first {
        Some(first) if bad == 1 => Err(error(first)),
        Some(first) => Err(error(format!("{first} (and {} more such lines)", bad - 1))),
        None if entries == 0 => Err(error(format!("{}: there is nothing in it", file.path))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warraq_core::{Labels, MemoryResources};

    #[test]
    fn a_bad_table_is_refused_with_its_first_bad_line() {
        for (text, expected) in [
            ("a\tb\n# c\n\n d \n", Ok(())),
            ("\n# only this\n", Err("`file`: t: there is nothing in it")),
            ("a\n\tb\n", Err("`file`: t, line 2: the first column is empty")),
            (
                "a\tb\tc\nx\ty\tz\n",
                Err("`file`: t, line 1: there are 3 columns; there can be 2, parted by tabs (and 1 more such lines)"),
            ),
            ("bad\n", Err("`file`: t, line 1: it is bad")),
        ] {
            let (labels, mut resources) = (Labels::new(), MemoryResources::new().with("t", text));
            let mut cx = BuildContext::new("x", &labels, &mut resources);
            let entry = |columns: &[&str]| if columns[0] == "bad" { Err("it is bad".to_owned()) } else { Ok(()) };
            let found = read("t", "file", 2, &mut cx, entry).map_err(|e| e.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{text:?}");
        }
    }
}
