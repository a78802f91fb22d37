//! The adapter of the log port to Apache Kafka, over librdkafka. Knows no domain noun.
//!
//! Shape: [`KafkaWorker`] holds a member of a consumer group, which reads, and a producer, which writes, and makes a
//! [`segue_log::Step`] of both all-or-nothing in the way that [`Delivery`] names. Everything happens on the thread that
//! calls the port: librdkafka's callbacks become a queue that a poll drains.
//!
//! Read in this order: [`settings`] (what a worker is told), [`worker`] (the port), `group` (reading), `begin` (where
//! reading begins), `lives` (which topic is made anew), `writer` (writing), `class` (what an error means), `scan` (restoring), `lookup` (asking the
//! cluster), [`admin`] (topics), [`direct`] (for commands), [`poster`] (what is posted), [`properties`] (what librdkafka takes), [`counters`].
//!
//! Known limits of librdkafka 2.12.1, the newest that the Rust client packages: no KIP-890, so a producer whose commit
//! was slow is replaced; the call that gives offsets to a transaction does not always come back, so its thread is left
//! behind with the producer; a rare crash on leaving a group whose coordinator is away, and a data race in its timers, are
//! fixed in later releases only.

pub mod admin;
mod begin;
mod class;
mod context;
pub mod counters;
pub mod direct;
mod group;
mod lives;
mod lookup;
mod offsets;
pub mod once;
pub mod poster;
pub mod properties;
mod scan;
pub mod settings;
pub mod worker;
mod writer;

pub use counters::{Counters, Counts};
pub use settings::{Delivery, Settings};
pub use worker::KafkaWorker;
