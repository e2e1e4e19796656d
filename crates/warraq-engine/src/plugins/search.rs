//! Where a plugin's library is: a path beside the pipeline file, or a name in one of the plugin directories.
//!
//! The current folder is never searched: whoever can write there could otherwise have their code run.

use crate::config::PluginPlace;
use std::env::consts::{DLL_EXTENSION, DLL_PREFIX};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The environment variable that names plugin directories, between colons (semicolons on Windows).
pub const PLUGIN_PATH: &str = "WARRAQ_PLUGIN_PATH";

/// The file name of a library called `name` on this system: `libwarraq_x.so` for `warraq_x`. Hyphens become underscores, as
/// they do when Cargo names a library.
pub fn file_name(name: &str) -> String {
    format!("{DLL_PREFIX}{}.{DLL_EXTENSION}", name.replace('-', "_"))
}

/// The plugin directories, in the order they are searched: those that were `given`, those of the environment variable, the
/// program's own and its `plugins` and `../lib/warraq` beside it. The second list has what was refused because it is not
/// absolute.
pub fn directories(
    given: &[PathBuf],
    variable: Option<&OsStr>,
    program: Option<&Path>,
) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let mut all: Vec<PathBuf> = given.to_vec();
    all.extend(variable.into_iter().flat_map(std::env::split_paths).filter(|path| !path.as_os_str().is_empty()));
    let (mut absolute, relative): (Vec<_>, Vec<_>) = all.into_iter().partition(|path| path.is_absolute());
    if let Some(own) = program.and_then(Path::parent).filter(|own| own.is_absolute()) {
        absolute.extend([own.to_owned(), own.join("plugins"), own.join("../lib/warraq")]);
    }
    (absolute, relative)
}

/// Finds a plugin.
///
/// # Errors
/// All the places where it was looked for.
pub fn find(place: &PluginPlace, base: &Path, directories: &[PathBuf]) -> Result<PathBuf, Vec<PathBuf>> {
    let candidates: Vec<PathBuf> = match place {
        PluginPlace::Path(path) => {
            let path = base.join(&path.value);
            let spelled = path.file_name().and_then(OsStr::to_str).map(|name| path.with_file_name(file_name(name)));
            [Some(path), spelled].into_iter().flatten().collect()
        }
        PluginPlace::Name(name) => directories.iter().map(|folder| folder.join(file_name(&name.value))).collect(),
    };
    match candidates.iter().find(|path| path.is_file()) {
        // A bare file name would make the loader search the system's own directories.
        Some(found) => std::path::absolute(found).map_err(|_| vec![found.clone()]),
        None => Err(candidates),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Spanned;
    use crate::diagnostic::{Files, Span};

    fn spanned(text: &str) -> Spanned<String> {
        Spanned::new(text.to_owned(), Span::new(Files::new().add("p.toml", ""), 0, 0))
    }

    #[test]
    fn relative_directories_are_refused_and_the_program_comes_last() {
        let given = [PathBuf::from("/given"), PathBuf::from("here")];
        let variable = std::env::join_paths(["/first", "", ".", "/second"]).unwrap();
        let (absolute, relative) = directories(&given, Some(&variable), Some(Path::new("/opt/bin/warraq")));
        let expected = ["/given", "/first", "/second", "/opt/bin", "/opt/bin/plugins", "/opt/bin/../lib/warraq"];
        assert_eq!(absolute, expected.map(PathBuf::from));
        assert_eq!(relative, ["here", "."].map(PathBuf::from));
    }

    #[test]
    fn names_are_spelled_as_the_system_does_and_the_first_directory_wins() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        for dir in [&a, &b] {
            std::fs::create_dir(dir).unwrap();
            std::fs::write(dir.join(file_name("warraq_x")), "").unwrap();
        }
        let directories = [folder.path().join("none"), b.clone(), a.clone()];
        let name = |text| PluginPlace::Name(spanned(text));
        assert_eq!(find(&name("warraq-x"), folder.path(), &directories), Ok(b.join(file_name("warraq_x"))));
        assert_eq!(find(&name("warraq_y"), folder.path(), &directories).unwrap_err().len(), 3);
        for path in ["a/warraq_x", &format!("a/{}", file_name("warraq_x"))] {
            let place = PluginPlace::Path(spanned(path));
            assert_eq!(find(&place, folder.path(), &[]), Ok(a.join(file_name("warraq_x"))), "{path}");
        }
    }
}
