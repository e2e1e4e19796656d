//! Names that stand in datelines and signatures: places, agencies, publishers.

use crate::fold::{Folder, Folds};
use std::collections::BTreeMap;

const PLACES: &str = include_str!("places.txt");
const AGENCIES: &str = include_str!("agencies.txt");

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Place,
    Agency,
    Publisher,
}

/// Names by their folded form.
pub(crate) struct Names {
    folder: Folder,
    names: BTreeMap<Box<str>, Name>,
}

impl Names {
    /// The names that come with the stage, and `publishers`.
    pub(crate) fn new(publishers: &[String]) -> Self {
        let mut names = Names { folder: folder(), names: BTreeMap::new() };
        let entries = |list: &'static str| list.lines().filter(|line| !line.starts_with('#'));
        for place in entries(PLACES).flat_map(|line| line.split(',')) {
            names.add(place, Name::Place);
        }
        entries(AGENCIES).for_each(|agency| names.add(agency, Name::Agency));
        publishers.iter().for_each(|publisher| names.add(publisher, Name::Publisher));
        names
    }

    /// Adds a name, which is then known as this and nothing else.
    pub(crate) fn add(&mut self, name: &str, kind: Name) {
        self.names.insert(self.folder.phrase(name).into(), kind);
    }

    /// What a name is of, if it is known.
    pub(crate) fn get(&self, name: &str) -> Option<Name> {
        self.names.get(&*self.folder.phrase(name)).copied()
    }

    /// The folded forms of the agencies and publishers.
    pub(crate) fn signatures(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter(|(_, name)| **name != Name::Place).map(|(folded, _)| &**folded)
    }
}

/// What counts as the same in the phrases and names of news pages.
pub(crate) fn folder() -> Folder {
    Folder::new(Folds { accents: true, ..Folds::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_three_languages() {
        let names = Names::new(&["أخبار الآن".into()]);
        for (name, expected) in [
            ("باريس", Some(Name::Place)),
            ("PARIS", Some(Name::Place)),
            ("Etats-Unis", Some(Name::Place)),
            ("مكه المكرمه", Some(Name::Place)),
            ("(رويترز)", None),
            ("AFP", Some(Name::Agency)),
            ("اخبار الان", Some(Name::Publisher)),
            ("كلمة", None),
        ] {
            assert_eq!(names.get(name), expected, "{name}");
        }
    }
}
