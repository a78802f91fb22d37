//! The adapter on a real Apache Kafka of one broker, which all tests of this binary share.

mod ground;
mod groups;
mod harness;
mod lives;
mod placing;
mod scans;
mod steps;
