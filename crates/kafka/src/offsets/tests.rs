//! A cluster that librdkafka plays itself loses a broker: what is tested is the client library, not delivery.

use rdkafka::consumer::BaseConsumer;
use rdkafka::mocking::{MockCluster, MockCoordinator};
use segue_log::Append;

use super::*;
use crate::settings::{Delivery, STEP_WITHIN, Settings};
use crate::writer::{Placed, Writer};

const LIMIT: Duration = Duration::from_secs(10);
const WRITES: i32 = 1;
const COORDINATES: i32 = 2;

fn settings(brokers: String) -> Settings {
    Settings {
        brokers,
        properties: [("log_level".to_owned(), "0".to_owned())].into(),
        group: "group".to_owned(),
        instance: "one".to_owned(),
        topics: vec!["in".to_owned()],
        delivery: Delivery::Transactional { id: "one".to_owned() },
    }
}

fn step(writer: &Writer, member: &BaseConsumer) -> Result<(), Box<crate::writer::Failure>> {
    use rdkafka::consumer::Consumer;
    let (key, value, headers) = (None, Some(b"x".to_vec()), Vec::new());
    let append = Append { topic: "out".into(), place: segue_log::Place::Partition(0), key, value, headers };
    let mut list = TopicPartitionList::new();
    list.add_partition_offset("in", 0, rdkafka::Offset::Offset(1)).expect("the offset is a legal one");
    let group = member.group_metadata().expect("the consumer has a group");
    let placed = [Placed { append: &append, partition: 0 }];
    writer.transact(&placed, || Ok(Some(Offsets { list, group }))).map(|_| ())
}

#[test]
fn a_step_whose_groups_coordinator_is_away_fails_in_time_and_its_successor_goes_on() {
    let cluster = MockCluster::new(2).expect("a cluster can be played");
    for topic in ["in", "out"] {
        cluster.create_topic(topic, 1, 1).expect("the topic can be made");
        cluster.partition_leader(topic, 0, Some(WRITES)).expect("the leader can be set");
    }
    cluster.coordinator(MockCoordinator::Transaction("one".to_owned()), WRITES).expect("it can be set");
    cluster.coordinator(MockCoordinator::Group("group".to_owned()), COORDINATES).expect("it can be set");
    let settings = settings(cluster.bootstrap_servers());
    let member = settings.reader().create().expect("the settings are right");
    let begin = || Writer::transactional(&settings, LIMIT).expect("it may").expect("the cluster answers");
    let writer = begin();
    step(&writer, &member).expect("all is well");

    cluster.broker_down(COORDINATES).expect("the broker can be taken down");
    let began = Instant::now();
    let failure = step(&writer, &member).expect_err("nobody takes the offsets");
    let took = began.elapsed();
    assert!(took < STEP_WITHIN + 2 * GRACE, "it took {took:?}");
    assert_eq!(failure.class, Class::Abortable, "{failure:?}");
    assert!(failure.spent, "its producer is not to be used again: {failure:?}");
    // Neither the drop nor the successor waits for the call.
    drop(writer);
    cluster.broker_up(COORDINATES).expect("the broker can be taken up");
    step(&begin(), &member).expect("all is well again");
    assert!(began.elapsed() < took + LIMIT, "it took {:?}", began.elapsed());
}
