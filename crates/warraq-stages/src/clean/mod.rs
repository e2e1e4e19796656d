//! Stages that change the text.

mod classes;
#[cfg(test)]
mod testing;
pub mod unicode;
pub mod whitespace;
