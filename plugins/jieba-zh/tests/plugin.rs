//! The plugin as a host meets it: through the C ABI.

use warraq_plugin::test::Harness;

#[test]
fn its_examples_hold_across_the_boundary() {
    Harness::new(&warraq_jieba_zh::warraq_plugin_v1)
        .with(warraq_stages::tokenize::words::definition())
        .examples()
        .unwrap();
}
