use super::*;
use std::process::Command;

fn generate(name: &str, lang: Lang) -> (tempfile::TempDir, PathBuf, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let written = new_plugin(name, lang, folder.path(), None).unwrap();
    let project = folder.path().join(name);
    (folder, project, written)
}

#[test]
fn a_project_is_complete_and_every_placeholder_is_filled_in() {
    for (lang, expected) in [
        (
            Lang::Rust,
            &["Cargo.toml", "src/lib.rs", "src/tests.rs", "README.md", "pipeline.toml", "sample.txt", ".gitignore"][..],
        ),
        (
            Lang::C,
            &["Makefile", "include/warraq_plugin.h", "src/plugin.c", "tests/tests.c", "README.md", "pipeline.toml"],
        ),
    ] {
        let (_keep, project, written) = generate("my-shout2", lang);
        for file in expected {
            assert!(written.contains(&project.join(file)), "{file}");
        }
        for path in &written {
            let text = fs::read_to_string(path).unwrap();
            assert!(text.ends_with('\n'), "{}", path.display());
            for placeholder in ["@NAME@", "@ALIAS@", "@PACKAGE@", "@LIB@", "@SDK@"] {
                assert!(!text.contains(placeholder), "{placeholder} in {}", path.display());
            }
        }
        let pipeline = fs::read_to_string(project.join("pipeline.toml")).unwrap();
        assert!(pipeline.contains("[plugins.my-shout2]") && pipeline.contains("use = \"my-shout2.elongation\""));
        assert!(pipeline.contains("/warraq_my_shout2\""));
    }
}

#[test]
fn names_have_a_form_and_some_are_taken() {
    let names = Names::new("warraq-shout").unwrap();
    assert_eq!(
        (names.alias.as_str(), names.package.as_str(), names.library.as_str()),
        ("shout", "warraq-shout", "warraq_shout")
    );
    assert_eq!(Names::new("shout").unwrap().package, "warraq-shout");
    for (name, why) in [
        ("", "a letter first"),
        ("2fast", "a letter first"),
        ("-x", "a letter first"),
        ("warraq-", "a letter first"),
        ("a_b", "hyphens"),
        ("a/b", "hyphens"),
        ("../x", "hyphens"),
        ("كتاب", "hyphens"),
        ("Shout", "`shout` would do"),
        ("a--b", "a hyphen stands between"),
        ("a-", "a hyphen stands between"),
        ("clean", "family"),
        ("warraq-tag", "family"),
        ("core", "Warraq's own"),
        ("warraq-plugin", "Warraq's own"),
        ("warraq", "this program"),
        (&"a".repeat(65), "64"),
    ] {
        let error = Names::new(name).unwrap_err();
        assert!(error.contains(why), "{name}: {error}");
    }
    // Packages have a prefix, so words of the languages are names like others.
    assert!(["fn", "test", "std", "self", "int"].iter().all(|name| Names::new(name).is_ok()));
}

#[test]
fn what_is_there_already_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("file"), "mine").unwrap();
    for name in ["empty", "file"] {
        let error = new_plugin(name, Lang::C, folder.path(), None).unwrap_err();
        assert!(error.contains("there already"), "{error}");
    }
    assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"mine");
    assert_eq!(fs::read_dir(folder.path().join("empty")).unwrap().count(), 0);
    // A refused name leaves nothing behind, not even the folder it was to go into.
    assert!(new_plugin("X", Lang::C, &folder.path().join("new"), None).is_err());
    assert!(!folder.path().join("new").exists());
}

#[test]
fn the_sdk_is_the_given_checkout_or_one_above_or_the_published_crate() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let expected = format!("path = \"{}\"", own.join("crates/warraq-plugin").display());
    assert_eq!(dependency(Some(&own), []).unwrap(), expected);
    assert_eq!(dependency(Some(&own.join("crates/warraq-plugin")), []).unwrap(), expected);
    assert_eq!(dependency(None, [own.join("pipelines/samples")]).unwrap(), expected);
    let empty = tempfile::tempdir().unwrap();
    let version = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
    assert_eq!(dependency(None, [empty.path().join("x")]).unwrap(), version);
    let error = dependency(Some(empty.path()), [own]).unwrap_err();
    assert!(error.contains("no checkout of Warraq"), "{error}");
}

#[test]
fn the_next_two_commands_can_be_pasted() {
    let steps = |folder: &str, lang, program| next_steps(Path::new(folder), lang, program);
    assert_eq!(steps("shout", Lang::C, "warraq"), ["make -C shout test", "warraq run shout/pipeline.toml"]);
    assert_eq!(
        steps("my folder/it's", Lang::Rust, "/opt/warraq"),
        [
            r"(cd 'my folder/it'\''s' && cargo test --release && cargo build --release)",
            r"/opt/warraq run 'my folder/it'\''s/pipeline.toml'"
        ]
    );
    assert_eq!(steps("shout", Lang::C, "/opt/warraq")[0], "make -C shout test WARRAQ=/opt/warraq");
}

#[test]
fn a_project_in_c_builds_without_a_warning_and_passes_its_own_tests() {
    let (_keep, project, _) = generate("shout", Lang::C);
    // The conformance suite needs the whole program: `tests/it` has that.
    let output = Command::new("make").arg("-C").arg(&project).args(["test", "WARRAQ=true"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("../warraq-plugin/include/warraq_plugin.h");
    assert_eq!(fs::read(project.join("include/warraq_plugin.h")).unwrap(), fs::read(header).unwrap());
}

#[test]
fn the_tutorial_quotes_what_is_generated() {
    let manual = include_str!("../../../../docs/plugins.md");
    let names = Names::new("shout").unwrap();
    let all: Vec<String> = RUST.iter().chain(C).map(|(_, template)| names.fill(template)).collect();
    let mut quotes = 0;
    for language in ["rust", "c"] {
        for quote in manual.split(&format!("```{language}\n")).skip(1) {
            let quote = quote.split("```").next().unwrap();
            assert!(all.iter().any(|file| file.contains(quote)), "no template has this:\n{quote}");
            quotes += 1;
        }
    }
    assert!(quotes >= 8, "{quotes}");
}
