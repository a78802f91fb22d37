//! One transaction through the client library on a real broker: the ground that everything else stands on.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use segue_testkit::{shared_kafka_or_skip, topics};

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn a_committed_transaction_is_read_and_an_aborted_one_is_not() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("ground", 1, &[]);
    let producer: ThreadedProducer<_> = ClientConfig::new()
        .set("bootstrap.servers", kafka.brokers())
        .set("transactional.id", "ground-1")
        .create()
        .expect("the settings are right");
    producer.init_transactions(LIMIT).expect("the coordinator answers");

    for (value, committed) in [("first", true), ("second", false), ("third", true)] {
        producer.begin_transaction().expect("no transaction is open");
        producer
            .send(BaseRecord::<[u8], str>::to("ground").payload(value))
            .expect("there is room in the queue");
        producer.flush(LIMIT).expect("the broker takes the record");
        let ended =
            if committed { producer.commit_transaction(LIMIT) } else { producer.abort_transaction(LIMIT) };
        ended.expect("the transaction ends");
    }

    // Three records and three markers, which the broker writes after it has answered: the aborted record is in the
    // log, and readers of committed records skip it.
    topics::wait_for("all markers", || (topics::end_offsets(kafka.brokers(), "ground") == [6]).then_some(()));
    let read = topics::read_all(kafka.brokers(), "ground").into_iter();
    let read: Vec<_> = read.filter_map(|record| record.value).collect();
    assert_eq!(read, [b"first".to_vec(), b"third".to_vec()]);
}
