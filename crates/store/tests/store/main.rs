//! The store from outside: what is kept, what is refused, what is found again after kills, damage and a full disk.

#![allow(
    clippy::unwrap_used,
    reason = "these files are all tests; their helpers stand outside the test functions"
)]

mod cache;
mod damage;
mod full;
mod hand_over;
mod kill;
mod million;
mod rewrite;
mod sequences;
mod support;
