//! The adapter of the log port to Apache Kafka, over librdkafka. Knows no domain noun.
