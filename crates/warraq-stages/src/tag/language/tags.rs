//! The languages that can be answered.

/// A language, by its place in [`LANGUAGES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Language(pub(super) u8);

/// Codes (ISO 639-1), sorted, and the script of their tag when scripts are asked for (ISO 15924).
#[rustfmt::skip]
pub(super) const LANGUAGES: &[(&str, &str)] = &[
    ("af", "Latn"), ("ar", "Arab"), ("az", "Latn"), ("be", "Cyrl"), ("bg", "Cyrl"), ("bn", "Beng"), ("bs", "Latn"),
    ("ca", "Latn"), ("cs", "Latn"), ("cy", "Latn"), ("da", "Latn"), ("de", "Latn"), ("dv", "Thaa"), ("el", "Grek"),
    ("en", "Latn"), ("eo", "Latn"), ("es", "Latn"), ("et", "Latn"), ("eu", "Latn"), ("fa", "Arab"), ("fi", "Latn"),
    ("fr", "Latn"), ("ga", "Latn"), ("gu", "Gujr"), ("he", "Hebr"), ("hi", "Deva"), ("hr", "Latn"), ("hu", "Latn"),
    ("hy", "Armn"), ("id", "Latn"), ("is", "Latn"), ("it", "Latn"), ("ja", "Jpan"), ("ka", "Geor"), ("kk", "Cyrl"),
    ("km", "Khmr"), ("kn", "Knda"), ("ko", "Kore"), ("la", "Latn"), ("lg", "Latn"), ("lo", "Laoo"), ("lt", "Latn"),
    ("lv", "Latn"), ("mi", "Latn"), ("mk", "Cyrl"), ("ml", "Mlym"), ("mn", "Cyrl"), ("mr", "Deva"), ("ms", "Latn"),
    ("my", "Mymr"), ("nb", "Latn"), ("nl", "Latn"), ("nn", "Latn"), ("or", "Orya"), ("pa", "Guru"), ("pl", "Latn"),
    ("pt", "Latn"), ("ro", "Latn"), ("ru", "Cyrl"), ("si", "Sinh"), ("sk", "Latn"), ("sl", "Latn"), ("sn", "Latn"),
    ("so", "Latn"), ("sq", "Latn"), ("sr", "Cyrl"), ("st", "Latn"), ("sv", "Latn"), ("sw", "Latn"), ("ta", "Taml"),
    ("te", "Telu"), ("th", "Thai"), ("tl", "Latn"), ("tn", "Latn"), ("tr", "Latn"), ("ts", "Latn"), ("uk", "Cyrl"),
    ("ur", "Arab"), ("vi", "Latn"), ("xh", "Latn"), ("yo", "Latn"), ("zh", "Hans"), ("zu", "Latn"),
];

/// The script of Chinese in traditional characters.
pub(super) const TRADITIONAL: &str = "Hant";

impl Language {
    /// `zh`, which is written in two ways.
    pub(super) const CHINESE: Language = Language(LANGUAGES.len() as u8 - 2);

    /// The language of this code.
    pub(super) fn named(code: &str) -> Option<Language> {
        LANGUAGES.binary_search_by_key(&code, |(code, _)| code).ok().map(|n| Language(n as u8))
    }
}
