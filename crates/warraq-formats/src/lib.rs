//! warraq-formats
