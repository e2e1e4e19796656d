//! `warraq new plugin` and `warraq new pipeline`: projects that work as they are, made from the files in `templates/`. A plugin
//! is a small but real stage with its tests and a sample pipeline.

mod cli;
mod pipeline;

pub(crate) use cli::{NewArgs, run};

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Lang {
    /// Rust, with the SDK `warraq-plugin`.
    Rust,
    /// C99, with the header `warraq_plugin.h` alone.
    C,
}

/// The files of a project: where they go, and what is in them before the placeholders are filled in.
type Template = (&'static str, &'static str);

const RUST: &[Template] = &[
    ("Cargo.toml", include_str!("templates/rust/Cargo.toml.in")),
    ("src/lib.rs", include_str!("templates/rust/lib.rs.in")),
    ("src/tests.rs", include_str!("templates/rust/tests.rs.in")),
    ("README.md", include_str!("templates/rust/README.md.in")),
    ("pipeline.toml", include_str!("templates/rust/pipeline.toml.in")),
    ("sample.txt", include_str!("templates/sample.txt")),
    (".gitignore", include_str!("templates/rust/gitignore.in")),
];

const C: &[Template] = &[
    ("Makefile", include_str!("templates/c/Makefile.in")),
    ("include/warraq_plugin.h", include_str!("../../../warraq-plugin/include/warraq_plugin.h")),
    ("src/elongation.h", include_str!("templates/c/elongation.h.in")),
    ("src/elongation.c", include_str!("templates/c/elongation.c.in")),
    ("src/options.h", include_str!("templates/c/options.h.in")),
    ("src/options.c", include_str!("templates/c/options.c.in")),
    ("src/plugin.c", include_str!("templates/c/plugin.c.in")),
    ("tests/tests.c", include_str!("templates/c/tests.c.in")),
    ("README.md", include_str!("templates/c/README.md.in")),
    ("pipeline.toml", include_str!("templates/c/pipeline.toml.in")),
    ("sample.txt", include_str!("templates/sample.txt")),
    (".gitignore", include_str!("templates/c/gitignore.in")),
];

/// Makes the project `dir/name`. `sdk` is a checkout of Warraq's sources, for Rust; where it is not given, one is looked for
/// above the current folder and above this program, and where none is found, the published crate is named.
///
/// # Errors
/// A message for a person: the name cannot be used, the folder is there already, a file cannot be written.
pub(crate) fn new_plugin(name: &str, lang: Lang, dir: &Path, sdk: Option<&Path>) -> Result<Vec<PathBuf>, String> {
    let names = Names::new(name)?;
    let sdk = match lang {
        Lang::Rust => {
            let starts = [env::current_dir().ok(), env::current_exe().ok()];
            dependency(sdk, starts.into_iter().flatten())?
        }
        Lang::C => String::new(),
    };
    let templates = match lang {
        Lang::Rust => RUST,
        Lang::C => C,
    };
    write_project(&dir.join(name), templates, |template| names.fill(template).replace("@SDK@", &sdk))
}

/// Makes the folder `project` of these files, each of them filled in.
fn write_project(
    project: &Path,
    templates: &[Template],
    fill: impl Fn(&str) -> String,
) -> Result<Vec<PathBuf>, String> {
    if project.symlink_metadata().is_ok() {
        return Err(format!("{}: this is there already; choose another name or another folder", project.display()));
    }
    let dir = project.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    fs::create_dir(project).map_err(|e| format!("{}: {e}", project.display()))?;
    let written = templates.iter().map(|(path, template)| {
        let path = project.join(path);
        let text = fill(template);
        let folder = path.parent().unwrap_or(project);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(|e| format!("{}: {e}; what is in {} is not complete", path.display(), project.display()))?;
        Ok(path)
    });
    written.collect()
}

/// The two commands that are next: one builds and tests the project, one runs its sample pipeline. `program` is how this
/// program was called.
pub(crate) fn next_steps(project: &Path, lang: Lang, program: &str) -> [String; 2] {
    let folder = shell_word(&project.to_string_lossy());
    let pipeline = shell_word(&project.join("pipeline.toml").to_string_lossy());
    let is_on_path = !program.contains(['/', '\\']);
    let build = match lang {
        Lang::Rust => format!("(cd {folder} && cargo test --release && cargo build --release)"),
        Lang::C if is_on_path => format!("make -C {folder} test"),
        Lang::C => {
            // Make runs in the project's folder, where a relative path would lead elsewhere.
            let absolute = std::path::absolute(program).unwrap_or_else(|_| program.into());
            format!("make -C {folder} test WARRAQ={}", shell_word(&absolute.to_string_lossy()))
        }
    };
    [build, format!("{} run {pipeline}", shell_word(program))]
}

/// A word as a POSIX shell reads it back.
fn shell_word(text: &str) -> String {
    if !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "/._-+:,@%".contains(c)) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What a plugin is called in each place.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    /// The folder's name and the pipeline's: as it was given.
    name: String,
    /// The family of its stages in the sample pipeline.
    alias: String,
    /// The package: `warraq-` and the alias.
    package: String,
    /// The library, as Cargo names it.
    library: String,
}

/// Families of built-in stages and formats, which no alias may be.
const FAMILIES: [&str; 6] = ["clean", "filter", "tokenize", "tag", "jsonl", "text"];

/// Packages of Warraq itself are `warraq-` and one of these.
const OWN_PACKAGES: [&str; 5] = ["core", "engine", "formats", "plugin", "stages"];

impl Names {
    fn new(name: &str) -> Result<Self, String> {
        let alias = name.strip_prefix("warraq-").unwrap_or(name);
        let refuse = |why: &str| Err(format!("`{name}` cannot be a plugin's name: {why}"));
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.chars().any(|c| c.is_ascii_uppercase()) {
            let lower = name.to_ascii_lowercase();
            return refuse(&format!("it takes lower-case letters; `{lower}` would do"));
        }
        if !name.chars().all(is_part) || !alias.starts_with(|c: char| c.is_ascii_lowercase()) {
            return refuse("it takes lower-case letters, digits and hyphens, a letter first");
        }
        if alias.ends_with('-') || alias.contains("--") {
            return refuse("a hyphen stands between two letters or digits");
        }
        if name.len() > 64 {
            return refuse("it has more than 64 characters");
        }
        if alias == "warraq" {
            return refuse("that is this program");
        }
        if FAMILIES.contains(&alias) {
            return refuse(&format!("`{alias}` is a family of built-in stages or formats"));
        }
        if OWN_PACKAGES.contains(&alias) {
            return refuse(&format!("its package would be `warraq-{alias}`, which is one of Warraq's own"));
        }
        let package = format!("warraq-{alias}");
        let library = package.replace('-', "_");
        Ok(Names { name: name.into(), alias: alias.into(), package, library })
    }

    fn fill(&self, template: &str) -> String {
        template
            .replace("@NAME@", &self.name)
            .replace("@ALIAS@", &self.alias)
            .replace("@PACKAGE@", &self.package)
            .replace("@LIB@", &self.library)
    }
}

/// How a project names the SDK: by the path of the checkout that is `given` or lies above one of `starts`, or else by version.
fn dependency(given: Option<&Path>, starts: impl IntoIterator<Item = PathBuf>) -> Result<String, String> {
    let found = match given {
        Some(given) => Some(sdk_crate(given).ok_or_else(|| {
            format!("{}: this is no checkout of Warraq: there is no crates/warraq-plugin in it", given.display())
        })?),
        None => starts.into_iter().find_map(|start| start.ancestors().find_map(sdk_crate)),
    };
    let Some(found) = found else { return Ok(format!("version = \"{}\"", env!("CARGO_PKG_VERSION"))) };
    let text = found.to_str().filter(|text| !text.contains(char::is_control));
    let text = text.ok_or_else(|| format!("{}: a path like this cannot stand in Cargo.toml", found.display()))?;
    Ok(format!("path = \"{}\"", text.replace('\\', r"\\").replace('"', "\\\"")))
}

/// The folder of the SDK's crate in a checkout, or `checkout` itself if it is that folder; absolute.
fn sdk_crate(checkout: &Path) -> Option<PathBuf> {
    let checkout = std::path::absolute(checkout).ok()?;
    let is_sdk = |path: &PathBuf| {
        let is_named = path.file_name().is_some_and(|name| name == "warraq-plugin");
        is_named && path.join("Cargo.toml").is_file() && path.join("include/warraq_plugin.h").is_file()
    };
    [checkout.join("crates/warraq-plugin"), checkout].into_iter().find(is_sdk)
}

#[cfg(test)]
mod tests;
