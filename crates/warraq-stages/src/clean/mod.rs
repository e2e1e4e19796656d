//! Stages that change the text.

pub mod arabic;
mod classes;
#[cfg(test)]
mod testing;
pub mod unicode;
pub mod whitespace;
