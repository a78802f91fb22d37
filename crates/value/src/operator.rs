//! The operators of CEL.
//!
//! Numbers compare across types, exactly and as on one line of numbers; they compute within their type alone.
//! Read on: `arithmetic` computes, `order` compares.

mod arithmetic;
mod order;

pub use arithmetic::{add, divide, modulo, multiply, negate, subtract};
pub use order::{compare, equals, is_in};

#[cfg(test)]
mod tests;
