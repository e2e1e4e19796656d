//! Stages that change the text.

pub mod arabic;
mod classes;
pub(crate) mod cut;
pub mod html;
pub mod lines;
pub mod markup;
pub mod mojibake;
pub mod news;
pub mod pii;
pub mod repeated_lines;
pub mod replace;
mod rounds;
#[cfg(test)]
mod testing;
pub mod unicode;
pub mod whitespace;
