//! warraq-stages
