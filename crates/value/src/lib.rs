//! What CEL computes with: values, their shapes, and all that its operators and functions do on them.
//!
//! Shape: [`Value`]s in, a [`Value`] or a [`Fault`] out. Values borrow from documents; what is made is counted by reference.
//! Pure: no clock, no environment, no syntax tree. Invariant: no value makes an operator or a function panic.
//!
//! Read in this order: [`shape`], [`value`], [`time`], [`fault`]; then [`operator`], [`function`] and [`json`].

pub mod fault;
pub mod function;
pub mod json;
pub mod operator;
pub mod shape;
pub mod time;
pub mod value;

pub use fault::Fault;
pub use regex::Regex;
pub use shape::{Rest, Shape};
pub use time::{Duration, Timestamp, Zone};
pub use value::{List, Map, Text, Type, Value};
