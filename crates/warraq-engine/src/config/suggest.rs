//! "Did you mean": the nearest of the names that would have been right.
//!
//! One rule for keys, values, stage names and `use` names, so that every error suggests alike. A suggestion that is not
//! close is worse than none: the reader would trust it.

/// Longest name that is compared; nothing so long is a slip of the finger.
const MAX_LEN: usize = 128;

/// Most names that a help line spells out.
const MAX_LISTED: usize = 12;

/// The candidate nearest to `name`: another spelling (case, `-` for `_`), the same last part of a dotted name, a longer or
/// shorter form of it, or at most a third of their characters apart.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.is_empty() || name.len() > MAX_LEN {
        return None;
    }
    let wanted = fold(name);
    let length = wanted.chars().count();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate.is_empty() || candidate.len() > MAX_LEN {
            continue;
        }
        let other = fold(candidate);
        let limit = length.max(other.chars().count()) / 3;
        let distance = if wanted == other {
            0
        } else if last_part(&wanted) == other || wanted == last_part(&other) {
            1.min(limit)
        } else {
            let distance = strsim::damerau_levenshtein(&wanted, &other);
            match is_short_form(&wanted, &other) || is_short_form(&other, &wanted) {
                true => distance.min(limit),
                false => distance,
            }
        };
        // Of equally near names the first one stays, so that the answer follows the order of the caller's list.
        if distance <= limit && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The help line of an unknown name: the nearest one, else the list of `what` (such as `keys`) that are there.
#[must_use]
pub fn help<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>, what: &str) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(near) = nearest(name, candidates.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    (!candidates.is_empty()).then(|| format!("{what}: {}", list(&candidates)))
}

/// Names in backticks with commas between, cut where nobody would read on.
#[must_use]
pub fn list(names: &[&str]) -> String {
    let shown = names.iter().take(MAX_LISTED);
    let shown: Vec<_> = shown.map(|name| format!("`{name}`")).collect();
    let mut text = shown.join(", ");
    if names.len() > MAX_LISTED {
        text.push_str(&format!(" and {} more", names.len() - MAX_LISTED));
    }
    text
}

fn fold(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// Whether `short` begins `long`, and says enough to be meant as it.
fn is_short_form(short: &str, long: &str) -> bool {
    short.len() >= 3 && long.starts_with(short)
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_suggested() {
        let names = ["tashkeel", "tatweel", "digits", "clean.arabic", "min_chars"];
        for (name, expected) in [
            ("tashkel", Some("tashkeel")),
            ("tahskeel", Some("tashkeel")),
            ("Digits", Some("digits")),
            ("digit", Some("digits")),
            ("min-chars", Some("min_chars")),
            ("arabic", Some("clean.arabic")),
            ("text.arabic.digits", Some("digits")),
            ("clean.arabc", Some("clean.arabic")),
            ("tash", Some("tashkeel")),
            ("digits_to_ascii", Some("digits")),
            ("lang", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, names), expected, "{name}");
        }
        assert_eq!(nearest(&"x".repeat(100_000), names), None);
    }

    #[test]
    fn short_names_must_share_most_of_their_letters() {
        assert_eq!(nearest("ue", ["use"]), Some("use"));
        assert_eq!(nearest("c", ["a", "b"]), None);
        assert_eq!(nearest("ar", ["fr", "en"]), None);
    }

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<String> = (0..20).map(|i| format!("k{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(list(&names).ends_with("`k11` and 8 more"));
        assert_eq!(list(&names[..2]), "`k0`, `k1`");
    }
}
