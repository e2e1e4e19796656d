//! What this process must not show: the secrets of the pipeline files it has read. All that goes to a terminal or into a log
//! passes here, whoever said it.

use std::borrow::Cow;
use std::sync::{LazyLock, PoisonError, RwLock};
use warraq_engine::secret::Secrets;

static SECRETS: LazyLock<RwLock<Secrets>> = LazyLock::new(RwLock::default);

/// Hides these from now on.
pub(crate) fn keep(secrets: &Secrets) {
    if !secrets.is_empty() {
        SECRETS.write().unwrap_or_else(PoisonError::into_inner).extend(secrets);
    }
}

/// The text without them.
pub(crate) fn hide(text: &str) -> Cow<'_, str> {
    SECRETS.read().unwrap_or_else(PoisonError::into_inner).hide(text)
}
