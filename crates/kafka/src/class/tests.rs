//! Freezes which class the broker's errors come out as, on a cluster that librdkafka plays itself.
//!
//! Such a cluster proves nothing about delivery; it is good for this because it answers what it is told to.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::util::Timeout;
use rdkafka::{Offset, TopicPartitionList};

use super::*;

const LIMIT: Duration = Duration::from_secs(8);

/// Where in a transaction the broker is told to fail.
#[derive(Clone, Copy, Debug)]
enum At {
    Produce,
    AddPartitions,
    Offsets,
    End,
}

struct Cluster {
    cluster: MockCluster<'static, DefaultProducerContext>,
    producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext>,
    member: BaseConsumer,
}

fn ready(name: &str) -> Cluster {
    let cluster = MockCluster::new(1).expect("a cluster can be played");
    for topic in ["in", "out"] {
        cluster.create_topic(topic, 1, 1).expect("the topic can be made");
    }
    let brokers = cluster.bootstrap_servers();
    let producer: ThreadedProducer<_> = ClientConfig::new()
        .set("bootstrap.servers", &brokers)
        .set("transactional.id", name)
        .set("transaction.timeout.ms", "10000")
        .set("socket.timeout.ms", "3000")
        .set("retry.backoff.ms", "10")
        .set("log_level", "0")
        .create()
        .expect("the settings are right");
    producer.init_transactions(LIMIT).expect("the cluster answers");
    let member = ClientConfig::new().set("bootstrap.servers", &brokers).set("group.id", "group").create();
    Cluster { cluster, producer, member: member.expect("the settings are right") }
}

/// Runs a transaction to its end and returns how it failed first.
fn transaction(on: &Cluster) -> Result<(), KafkaError> {
    let producer = &on.producer;
    producer.begin_transaction()?;
    producer.send(BaseRecord::<[u8], str>::to("out").payload("x")).map_err(|(error, _)| error)?;
    producer.flush(LIMIT)?;
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset("in", 0, Offset::Offset(1)).expect("the offset is a legal one");
    let membership = on.member.group_metadata().expect("the consumer has a group");
    producer.send_offsets_to_transaction(&offsets, &membership, LIMIT)?;
    producer.commit_transaction(Timeout::Never)
}

fn check(at: At, error: RDKafkaRespErr, expected: Class) {
    let on = ready("frozen");
    let api = match at {
        At::Produce => RDKafkaApiKey::Produce,
        At::AddPartitions => RDKafkaApiKey::AddPartitionsToTxn,
        At::Offsets => RDKafkaApiKey::TxnOffsetCommit,
        At::End => RDKafkaApiKey::EndTxn,
    };
    on.cluster.request_errors(api, &[error]);
    let failed = transaction(&on).expect_err("the broker was told to fail");
    assert_eq!(class(&failed), expected, "{error:?} at {at:?} came out as {failed:?}");
    on.cluster.clear_request_errors(api);

    let aborted = on.producer.abort_transaction(Timeout::Never);
    if expected == Class::Abortable {
        aborted.expect("it can be aborted");
        let next = transaction(&on);
        if matches!(at, At::Produce) {
            // A gap in the sequence numbers is left behind, which costs the next transaction; so the writer is
            // replaced after such a failure.
            let failed = next.expect_err("a gap is left behind");
            assert_eq!(class(&failed), Class::Abortable);
        } else {
            next.expect("the next transaction goes well");
        }
    } else {
        assert_eq!(aborted.map_err(|error| class(&error)), Err(Class::Fatal), "fatal stays fatal");
    }
}

#[test]
fn what_takes_the_producers_place_is_fatal() {
    check(At::End, RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, Class::Fatal);
    check(At::End, RDKafkaRespErr::RD_KAFKA_RESP_ERR_PRODUCER_FENCED, Class::Fatal);
    check(At::End, RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, Class::Fatal);
    check(At::Produce, RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, Class::Fatal);
}

#[test]
fn a_rebalance_is_abortable() {
    check(At::Offsets, RDKafkaRespErr::RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, Class::Abortable);
    check(At::Offsets, RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, Class::Abortable);
}

#[test]
fn what_may_not_be_written_is_abortable() {
    check(At::Offsets, RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, Class::Abortable);
    check(At::AddPartitions, RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Class::Abortable);
    check(At::Produce, RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Class::Abortable);
    check(At::End, RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, Class::Abortable);
}

#[test]
fn a_passing_trouble_of_the_broker_is_not_seen() {
    let on = ready("passing");
    on.cluster
        .request_errors(RDKafkaApiKey::Produce, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR]);
    transaction(&on).expect("librdkafka tries again by itself");
}

#[test]
fn a_flush_that_takes_too_long_is_abortable_and_the_unknown_is_fatal() {
    assert_eq!(class(&KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut)), Class::Abortable);
    assert_eq!(class(&KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)), Class::Retriable);
    assert_eq!(class(&KafkaError::MessageProduction(RDKafkaErrorCode::Fatal)), Class::Fatal);
    assert_eq!(class(&KafkaError::Canceled), Class::Fatal);
}
