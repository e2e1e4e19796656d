//! Panics that are caught are told by the host, with the document they cost; the panic handler has nothing to add.
//!
//! A plugin has a standard library of its own, so the host's panic handler never hears of its panics: the plugin's must be
//! quietened here. Only panics under one of our functions are; `RUST_BACKTRACE` brings them back.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::thread;

thread_local! {
    static CAUGHT: Cell<u32> = const { Cell::new(0) };
}

/// As [`std::panic::catch_unwind`], without a word from the panic handler.
pub(super) fn catch_unwind<T>(act: AssertUnwindSafe<impl FnOnce() -> T>) -> thread::Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        if std::env::var_os("RUST_BACKTRACE").is_none() {
            let usual = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                if CAUGHT.get() == 0 {
                    usual(info);
                }
            }));
        }
    });
    CAUGHT.set(CAUGHT.get() + 1);
    let result = panic::catch_unwind(act);
    CAUGHT.set(CAUGHT.get() - 1);
    result
}
