//! Snapshots of rendered diagnostics: what users read is compared as a whole, so that it is also reviewed as a whole.

use super::{Diagnostics, Files, render};

/// Compares the rendered problems with `snapshots/<name>.snap`.
pub(crate) fn assert_rendered(name: &str, diagnostics: &Diagnostics, files: &Files) {
    let text = render(diagnostics, files, false);
    insta::with_settings!({
        snapshot_path => "../../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}
