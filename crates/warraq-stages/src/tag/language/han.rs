//! Simplified or traditional: characters that only one of the two ways of writing Chinese has.
//!
//! Pairs of frequent characters of the official simplification (Table of General Standard Chinese Characters, 2013) in
//! which neither is in use on the other side; Japanese forms do not matter, as only Chinese is looked at.

/// The simplified characters, in the order of [`TRADITIONAL`].
const SIMPLIFIED: &str = "们这国来对时说会个学为产发动过还进没点样开关见现经问间题长门体实业电车东马鱼鸟龙语话读书认识让请谢谁错钱银铁风飞饭馆员贵买卖质费资财贝转轮轻较办务区压历双变级红线组织结给统继续绝维网罗节观规视觉亲军农伤价众优传伟侨养兴义";
/// The traditional characters.
const TRADITIONAL: &str = "們這國來對時說會個學為產發動過還進沒點樣開關見現經問間題長門體實業電車東馬魚鳥龍語話讀書認識讓請謝誰錯錢銀鐵風飛飯館員貴買賣質費資財貝轉輪輕較辦務區壓歷雙變級紅線組織結給統繼續絕維網羅節觀規視覺親軍農傷價眾優傳偉僑養興義";

/// Characters of both kinds, sorted, to be counted.
pub(super) struct Han {
    simplified: Vec<char>,
    traditional: Vec<char>,
}

impl Han {
    pub(super) fn new() -> Han {
        let sorted = |text: &str| {
            let mut chars: Vec<char> = text.chars().collect();
            chars.sort_unstable();
            chars
        };
        Han { simplified: sorted(SIMPLIFIED), traditional: sorted(TRADITIONAL) }
    }

    /// How much more often traditional than simplified characters occur.
    pub(super) fn traditional(&self, text: &str) -> i64 {
        let one = |list: &[char], c: char| i64::from(list.binary_search(&c).is_ok());
        text.chars().filter(|c| *c >= '\u{3400}').map(|c| one(&self.traditional, c) - one(&self.simplified, c)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_differs() {
        assert_eq!(SIMPLIFIED.chars().count(), TRADITIONAL.chars().count());
        for (simplified, traditional) in SIMPLIFIED.chars().zip(TRADITIONAL.chars()) {
            assert_ne!(simplified, traditional);
            assert!(
                !SIMPLIFIED.contains(traditional) && !TRADITIONAL.contains(simplified),
                "{simplified}{traditional}"
            );
        }
    }
}
