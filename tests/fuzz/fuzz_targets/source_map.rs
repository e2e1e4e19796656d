#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| warraq_fuzz_targets::source_map(data));
