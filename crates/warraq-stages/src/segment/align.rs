//! From a token and the forms of its words to pieces of the token, a clitic or a host each, and to rules that rewrite a host.

use std::ops::Range;

/// A rewriting at the start or at the end of a piece: these characters become those.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Rule {
    pub(super) from: Vec<char>,
    pub(super) to: Vec<char>,
}

impl Rule {
    /// Whether it changes nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.from.is_empty() && self.to.is_empty()
    }
}

/// The pieces of `token` that the words come from, in order and without a gap: those by which the fewest characters change
/// (the edit distance of Levenshtein, summed). None where there are more words than characters.
pub(super) fn pieces(token: &[char], words: &[Vec<char>]) -> Option<Vec<Range<usize>>> {
    let (count, len) = (words.len(), token.len());
    // best[i][b]: the cost of the first i words for the first b characters, and where the last of these pieces begins.
    let mut best = vec![vec![(usize::MAX, 0); len + 1]; count + 1];
    best[0][0] = (0, 0);
    for (i, word) in words.iter().enumerate() {
        for a in (0..len).filter(|&a| best[i][a].0 != usize::MAX).collect::<Vec<_>>() {
            for b in a + 1..=len {
                let cost = best[i][a].0 + distance(&token[a..b], word);
                if cost < best[i + 1][b].0 {
                    best[i + 1][b] = (cost, a);
                }
            }
        }
    }
    if best[count][len].0 == usize::MAX {
        return None;
    }
    let mut pieces = Vec::with_capacity(count);
    let mut end = len;
    for i in (1..=count).rev() {
        let start = best[i][end].1;
        pieces.push(start..end);
        end = start;
    }
    pieces.reverse();
    Some(pieces)
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (above + 1).min(row[j] + 1).min(diagonal + usize::from(x != y));
            diagonal = above;
        }
    }
    row[b.len()]
}

/// How `form` differs from `raw` before and after the longest stretch that they share; none if they share nothing. A rule
/// that only inserts takes a character of the stretch along, so that it says where it applies.
pub(super) fn rewriting(raw: &[char], form: &[char]) -> Option<(Rule, Rule)> {
    let (mut i, mut j, mut len) = (0, 0, 0);
    for a in 0..raw.len() {
        for b in 0..form.len() {
            let same = raw[a..].iter().zip(&form[b..]).take_while(|(x, y)| x == y).count();
            if same > len {
                (i, j, len) = (a, b, same);
            }
        }
    }
    if len == 0 {
        return None;
    }
    let (before, after) = (usize::from(i == 0 && j > 0), usize::from(i + len == raw.len() && j + len < form.len()));
    let start = Rule { from: raw[..i + before].to_vec(), to: form[..j + before].to_vec() };
    let end = Rule { from: raw[i + len - after..].to_vec(), to: form[j + len - after..].to_vec() };
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn words_find_their_place_in_the_token() {
        for (token, words, expected) in [
            ("وكتابه", "و كتاب ه", "و|كتاب|ه"),
            ("للتعاون", "ل التعاون", "ل|لتعاون"),
            ("للاسلحة", "ل الأسلحة", "ل|لاسلحة"),
            ("زيارته", "زيارة ه", "زيارت|ه"),
            ("مما", "من ما", "م|ما"),
            ("وبانهم", "و ب أن هم", "و|ب|ان|هم"),
        ] {
            let words: Vec<_> = words.split(' ').map(chars).collect();
            let token = chars(token);
            let found = pieces(&token, &words).unwrap();
            let found: Vec<String> = found.into_iter().map(|range| token[range].iter().collect()).collect();
            assert_eq!(found.join("|"), expected);
        }
        assert_eq!(pieces(&chars("ب"), &[chars("ب"), chars("ه")]), None);
    }

    #[test]
    fn rewriting_is_what_differs_at_the_ends() {
        for (raw, form, expected) in [
            ("كتاب", "كتاب", ["", "", "", ""]),
            ("لتعاون", "التعاون", ["ل", "ال", "", ""]),
            ("لاسلحة", "الأسلحة", ["لا", "الأ", "", ""]),
            ("زيارت", "زيارة", ["", "", "ت", "ة"]),
            ("ادارت", "إدارة", ["ا", "إ", "ت", "ة"]),
            ("استقبلو", "استقبلوا", ["", "", "و", "وا"]),
            ("تاكيد", "تأكيد", ["تا", "تأ", "", ""]),
        ] {
            let (start, end) = rewriting(&chars(raw), &chars(form)).unwrap();
            let found = [start.from, start.to, end.from, end.to].map(|part| part.into_iter().collect::<String>());
            assert_eq!(found, expected, "{raw} {form}");
        }
        assert_eq!(rewriting(&chars("اب"), &chars("تث")), None);
    }
}
