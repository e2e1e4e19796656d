//! The header and its mirror in Rust are one: a C program made from the mirror prints what the compiler makes of the header.

use std::fmt::Write;
use std::process::Command;
use warraq_plugin::abi::LAYOUTS;

#[test]
fn every_size_and_offset_is_what_the_c_compiler_says() {
    let folder = tempfile::tempdir().unwrap();
    let (mut program, mut expected) =
        (String::from("#include <stdio.h>\n#include \"warraq_plugin.h\"\n"), String::new());
    program += "int main(void) {\n";
    for (name, size, fields) in LAYOUTS {
        let _ = writeln!(program, "  printf(\"{name} %zu\\n\", sizeof({name}));");
        let _ = writeln!(expected, "{name} {size}");
        for (field, offset, size) in *fields {
            let _ = writeln!(
                program,
                "  printf(\"{name}.{field} %zu %zu\\n\", offsetof({name}, {field}), sizeof((({name} *)0)->{field}));"
            );
            let _ = writeln!(expected, "{name}.{field} {offset} {size}");
        }
    }
    program += "  return 0;\n}\n";
    let (source, binary) = (folder.path().join("layout.c"), folder.path().join("layout"));
    std::fs::write(&source, program).unwrap();
    let include = format!("-I{}/include", env!("CARGO_MANIFEST_DIR"));
    let built = Command::new("cc").args(["-std=c99", &include, "-o"]).args([&binary, &source]).status().unwrap();
    assert!(built.success());
    let output = Command::new(&binary).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn every_struct_of_the_header_is_mirrored() {
    let header = include_str!("../include/warraq_plugin.h");
    let mut names: Vec<&str> =
        header.split("typedef struct ").skip(1).filter_map(|rest| rest.split([' ', '\n']).next()).collect();
    names.sort_unstable();
    let mut mirrored: Vec<&str> = LAYOUTS.iter().map(|(name, ..)| *name).collect();
    mirrored.sort_unstable();
    assert_eq!(names, mirrored);
    // A field of the header that the mirror lacks would shift nothing if it stood last.
    for (name, _, fields) in LAYOUTS {
        let body = header.split(&format!("struct {name} {{")).nth(1).and_then(|b| b.split("\n}").next()).unwrap();
        let body = body.split("/*").map(|part| part.split("*/").last().unwrap_or("")).collect::<String>();
        assert_eq!(body.matches(';').count(), fields.len(), "{name}");
    }
}

#[test]
fn the_header_is_c99_and_cpp17_without_a_warning() {
    let header = format!("{}/include/warraq_plugin.h", env!("CARGO_MANIFEST_DIR"));
    for (compiler, language, standard) in [("gcc", "c", "-std=c99"), ("g++", "c++", "-std=c++17")] {
        let flags = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"];
        let status = Command::new(compiler).args(["-x", language, standard]).args(flags).arg(&header).status();
        assert!(status.unwrap().success(), "{compiler}");
    }
}
