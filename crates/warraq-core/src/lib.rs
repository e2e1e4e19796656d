//! warraq-core
