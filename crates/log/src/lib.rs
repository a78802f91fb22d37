//! The port: what the router needs of an ordered, partitioned, transactional log. Knows no domain noun.
//!
//! Shape: a worker polls [`Happening`]s, hands back one [`Step`] for what it polled, and commits it: all of the
//! step happens or nothing of it does. Two adapters serve it: the embedded log of this crate and Apache Kafka.
//!
//! Read in this order: [`record`] (what flows), [`worker`] (the port), [`embedded`] (the log in one
//! process).

pub mod embedded;
pub mod murmur2;
pub mod record;
pub mod worker;

pub use murmur2::{murmur2, partition_of};
pub use record::{Append, Header, Identity, Place, Progress, Record, Step, TopicPartition};
pub use worker::{Error, Happening, Worker};
