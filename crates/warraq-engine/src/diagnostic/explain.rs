//! What each code means, at length: `explain/WQ001.md` and its neighbours, which `warraq explain` shows.
//!
//! A text says what the code means, shows a pipeline file that gets it and what is then said, the file as it should be, and
//! why it matters. Both files are checked by a test of the program, so that no text outlives what it describes.

use super::title;

/// The text of every code, from the file of its name.
macro_rules! texts {
    ($($code:literal)*) => {
        const TEXTS: &[(&str, &str)] = &[$(($code, include_str!(concat!("explain/", $code, ".md")))),*];
    };
}

texts! {
    "WQ001" "WQ002" "WQ003" "WQ004" "WQ005" "WQ006" "WQ007" "WQ008" "WQ009" "WQ010" "WQ011" "WQ012" "WQ013" "WQ014"
    "WQ015" "WQ016" "WQ017" "WQ018" "WQ019" "WQ020" "WQ021" "WQ022" "WQ023" "WQ024" "WQ025" "WQ026"
    "WQ030" "WQ031" "WQ032" "WQ033" "WQ034" "WQ035" "WQ036" "WQ037" "WQ038"
    "WQ040" "WQ041" "WQ042" "WQ043" "WQ044" "WQ045"
    "WQ050" "WQ051" "WQ052"
    "WQ060" "WQ061" "WQ062" "WQ063" "WQ064"
    "WQ070" "WQ071" "WQ072"
}

/// The name that the pipeline file has in all examples.
pub const EXAMPLE_FILE: &str = "corpus.toml";

/// The text of a code, in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The code.
    pub code: &'static str,
    /// The whole text, in Markdown.
    pub text: &'static str,
    /// What is wrong, and what is then said.
    pub wrong: Example,
    /// How it should be; nothing is then said.
    pub right: Example,
}

/// A pipeline file as a text shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// The file.
    pub file: &'static str,
    /// The command, where the arguments matter; else it is `warraq check corpus.toml`.
    pub command: Option<&'static str>,
    /// What the command says.
    pub shown: Option<&'static str>,
}

impl Example {
    fn of(section: &'static str) -> Option<Self> {
        let command = block(section, "console").and_then(|command| command.strip_prefix("$ "));
        Some(Example { file: block(section, "toml")?, command, shown: block(section, "text") })
    }
}

/// The explanation of a code, if the code exists.
#[must_use]
pub fn explain(code: &str) -> Option<Explanation> {
    let (code, text) = *TEXTS.iter().find(|(known, _)| *known == code)?;
    let part = |heading: &str| Some(text.split_once(heading)?.1.split("\n## ").next().unwrap_or_default());
    let (wrong, right) = (part("\n## Wrong\n")?, part("\n## Right\n")?);
    Some(Explanation { code, text, wrong: Example::of(wrong)?, right: Example::of(right)? })
}

impl Explanation {
    /// The text for a terminal: the title first, blocks indented, headings without marks.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = format!("{}: {}\n\n", self.code, title(self.code).unwrap_or_default());
        let mut in_block = false;
        for line in self.text.lines() {
            if line.starts_with("```") {
                in_block = !in_block;
                continue;
            }
            match in_block {
                true if !line.is_empty() => page.push_str("    "),
                _ => {}
            }
            page.push_str(line.strip_prefix("## ").filter(|_| !in_block).unwrap_or(line));
            page.push('\n');
        }
        page
    }
}

/// The first block of a language, without its fences.
fn block(text: &'static str, language: &str) -> Option<&'static str> {
    let (_, rest) = text.split_once(&format!("\n```{language}\n"))?;
    rest.split_once("\n```").map(|(block, _)| block)
}

#[cfg(test)]
mod tests {
    use super::super::CODES;
    use super::*;

    #[test]
    fn every_code_has_a_whole_text() {
        let explained: Vec<&str> = TEXTS.iter().map(|(code, _)| *code).collect();
        let known: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(explained, known, "a code and its text come together: add `explain/CODE.md`");
        for code in known {
            let found = explain(code).unwrap_or_else(|| panic!("{code} has no wrong and right example"));
            assert!(!found.text.starts_with(['#', '\n']), "{code} says first what it means");
            assert!(found.wrong.shown.is_some_and(|shown| shown.contains(code)), "{code} shows what is said");
            assert!(found.text.contains("\n## Why it matters\n\n"), "{code} says why");
            assert!(found.text.lines().all(|line| line.chars().count() <= 160), "{code} has a long line");
        }
        assert_eq!(explain("nothing"), None);
    }

    #[test]
    fn a_page_is_plain_text() {
        let page = explain("WQ012").unwrap().page();
        assert!(page.starts_with("WQ012: two stages have the same name\n\n"), "{page}");
        assert!(page.contains("\nWrong\n") && page.contains("\n    [[stage]]\n"), "{page}");
        assert!(!page.contains("```") && !page.contains("\n## "), "{page}");
    }
}
