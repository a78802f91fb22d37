//! The router end to end on a real Apache Kafka of one broker.
//!
//! Each test has a broker of its own, since the names of the router's topics are fixed. Two stories run at once; the others are alone,
//! since they look at how long things take.

#![allow(
    clippy::unwrap_used,
    reason = "this file and its modules are all tests; their helpers stand outside the test functions"
)]

mod abandonment;
mod accounting;
mod addresses;
mod analytics;
mod application;
mod clickstream;
mod closed;
mod community;
mod contact;
mod context;
mod corpus;
mod deployed;
mod effort;
mod ends;
mod erased;
mod everyone;
mod failures;
mod governance;
mod paused;
mod plan;
mod records;
mod round_again;
mod sales;
mod service;
mod time;
mod topics;
mod travel;
mod world;
