//! warraq-engine
