//! Stages that change the text.

pub mod arabic;
mod classes;
pub mod html;
pub mod markup;
pub mod mojibake;
pub mod pii;
pub(crate) mod cut;
pub mod lines;
pub mod news;
pub mod repeated_lines;
pub mod replace;
mod rounds;
#[cfg(test)]
mod testing;
pub mod unicode;
pub mod whitespace;
