//! For tests only: a real Apache Kafka in a box, and the tools around it.
//!
//! Shape: [`kafka_or_skip`] starts a cluster on free loopback ports and takes it down with the test, whatever becomes
//! of the test; [`topics`] makes topics, fills them and reads them back with a client of its own.
//!
//! Read in this order: [`kafka`] (the cluster), `node` (one broker's settings and process), `jars` (where the broker
//! comes from), [`topics`] (the tools), [`console`] (Kafka's own), [`load`] and [`timers`] (what is published in tests),
//! [`scene`] (the bundle that it is published for), [`router`] (the
//! router as a process), [`follow`] (how far a run is), [`evidence`] (what it left), [`checker`] (what must add up then).

pub mod checker;
pub mod console;
pub mod evidence;
pub mod follow;
mod jars;
pub mod kafka;
pub mod load;
mod node;
pub mod router;
pub mod scene;
pub mod timers;
pub mod topics;

pub use kafka::{Absent, Kafka, kafka_or_skip, shared_kafka_or_skip};
