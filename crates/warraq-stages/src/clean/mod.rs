//! Stages that change the text.

pub mod arabic;
mod classes;
pub mod html;
pub mod markup;
pub mod mojibake;
pub mod pii;
pub mod replace;
mod rounds;
#[cfg(test)]
mod testing;
pub mod unicode;
pub mod whitespace;
