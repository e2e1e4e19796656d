//! Which joiners, selectors and tags mean something where they stand.

use super::normal::is_virama;
use icu_properties::props::{
    EmojiModifier, ExtendedPictographic, GeneralCategory, GeneralCategoryGroup, JoiningType, Script,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The characters around a place, as far as they matter for what stands there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around {
    /// The character before, over all that is stripped, as normalisation leaves it.
    pub(super) before: Option<char>,
    /// The character before, over marks too.
    pub(super) base_before: Option<char>,
    /// The character after, over all that is stripped.
    pub(super) after: Option<char>,
    /// The character after, over marks too.
    pub(super) base_after: Option<char>,
}

fn joining(c: Option<char>) -> JoiningType {
    c.map_or(JoiningType::NonJoining, |c| CodePointMapData::<JoiningType>::new().get(c))
}

fn is_letter(c: char) -> bool {
    GeneralCategoryGroup::Letter.contains(CodePointMapData::<GeneralCategory>::new().get(c))
}

fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

/// Whether shaping and joiners look through `c`, as through a vowel sign.
pub(super) fn is_transparent(c: char) -> bool {
    joining(Some(c)) == JoiningType::Transparent
}

/// Whether a joiner changes how its neighbours look. ZWNJ: what RFC 5892 (A.1) permits, and before any Arabic letter. ZWJ:
/// where it stands in for a neighbour that would join, in emoji, and where the scripts of India choose shapes by it.
pub(super) fn joiner_means_something(joiner: char, around: &Around) -> bool {
    let Around { before, base_before, after, base_after } = *around;
    if before.is_some_and(is_virama) {
        return true;
    }
    if let (Some(left), Some(right)) = (before, after)
        && is_brahmic(left)
        && is_brahmic(right)
    {
        return true;
    }
    let joins_left = matches!(joining(base_before), JoiningType::DualJoining | JoiningType::LeftJoining);
    let joins_right = matches!(joining(base_after), JoiningType::DualJoining | JoiningType::RightJoining);
    if joiner == '\u{200c}' {
        return joins_left && (joins_right || base_after.is_some_and(|c| script(c) == Script::Arabic && is_letter(c)));
    }
    let pictures = [base_before, base_after].map(|c| c.is_some_and(is_picture));
    let stands_before = joins_right && !base_before.is_some_and(is_letter);
    pictures == [true, true] || joins_left && !joins_right || stands_before
}

fn is_picture(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c) || CodePointSetData::new::<EmojiModifier>().contains(c)
}

/// Whether a variation selector can choose a shape of `c`: emoji, digits of key caps, signs, ideographs, the letters of
/// Mongolian or Myanmar, but not those of the scripts that have no variants.
pub(super) fn takes_selector(c: char) -> bool {
    let group = CodePointMapData::<GeneralCategory>::new().get(c);
    let never = GeneralCategoryGroup::Mark
        .union(GeneralCategoryGroup::Separator)
        .union(GeneralCategoryGroup::Other)
        .contains(group);
    let plain = matches!(script(c), Script::Latin | Script::Greek | Script::Cyrillic | Script::Hebrew | Script::Arabic);
    is_picture(c) || !(never || c.is_whitespace() || plain && is_letter(c))
}

/// The scripts of India and those descended from the same model, where joiners choose between shapes of a cluster.
fn is_brahmic(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{dff}' | '\u{f00}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{1b00}'..='\u{1bff}'
        | '\u{a8e0}'..='\u{a8ff}' | '\u{a980}'..='\u{a9df}' | '\u{11000}'..='\u{11fff}')
}

/// Scripts of South-East Asia that write no spaces: a zero width space between two of their characters is a word boundary.
pub(super) fn writes_no_spaces(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1950}'..='\u{19df}'
        | '\u{1a20}'..='\u{1aaf}' | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aadf}')
}
