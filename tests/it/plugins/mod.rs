//! Plugins end to end: libraries built here, loaded by the program, and everything that can be wrong with them.

pub(crate) mod crashing;
pub(crate) mod loading;
mod locking;
pub(crate) mod misbehaving;
mod same;

use std::env::consts::{DLL_EXTENSION, DLL_PREFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The file name of a plugin's library.
pub(crate) fn library(name: &str) -> String {
    format!("{DLL_PREFIX}{name}.{DLL_EXTENSION}")
}

/// Builds `tests/fixtures/broken-plugin.c` with the defect `case` as `folder/libbroken.so`.
pub(crate) fn broken(case: &str, folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = folder.join(library("broken"));
    let mut cc = Command::new("cc");
    cc.args(["-std=c99", "-Wall", "-Wextra", "-Wno-unused", "-Wno-unused-parameter", "-Werror", "-shared", "-fPIC"]);
    cc.arg(format!("-DCASE_{case}")).arg("-I").arg(root.join("crates/warraq-plugin/include"));
    // Libraries with undefined symbols are made where the linker is asked to.
    if cfg!(target_os = "macos") {
        cc.arg("-Wl,-undefined,dynamic_lookup");
    }
    let status = cc.arg(root.join("tests/fixtures/broken-plugin.c")).arg("-o").arg(&path).status().unwrap();
    assert!(status.success(), "cc: {case}");
    path
}

/// The library of a plugin crate of this workspace, which Cargo has built with these tests: they depend on it.
pub(crate) fn built(name: &str) -> PathBuf {
    let path = crate::case::plugins().join(library(name));
    assert!(path.is_file(), "{} is missing: `cargo test --workspace` builds it", path.display());
    path
}

/// Puts the library of a plugin crate into `folder`.
pub(crate) fn place(name: &str, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::copy(built(name), folder.join(library(name))).unwrap();
}

/// Documents with these texts and the ids `d0`, `d1`, …
pub(crate) fn docs(texts: &[&str]) -> String {
    let line = |(n, text): (usize, &&str)| format!("{}\n", serde_json::json!({ "id": format!("d{n}"), "text": text }));
    texts.iter().enumerate().map(line).collect()
}
