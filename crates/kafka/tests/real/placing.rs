//! Where records go, beside what Kafka's own client does; and the topics themselves.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::Stdio;

use segue_kafka::admin::{self, Outcome, TopicPlan};
use segue_kafka::{Delivery, KafkaWorker};
use segue_log::{Append, Error, Header, Place, Step, Worker, partition_of};
use segue_testkit::{shared_kafka_or_skip, topics};

use crate::harness::{append, connect, settings};

#[test]
fn a_key_goes_where_the_java_client_puts_it() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("placing-java", 7, &[]);
    kafka.create_topic("placing-ours", 7, &[]);
    let keys: Vec<String> = (0..60).map(|n| format!("{}key-{n}", "é".repeat(n % 5))).collect();
    let mut console = kafka
        .java(
            "org.apache.kafka.tools.ConsoleProducer",
            &["--bootstrap-server", kafka.brokers(), "--topic", "placing-java"],
        )
        .args(["--property", "parse.key=true", "--property", "key.separator=:"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("java is there");
    let lines: String = keys.iter().map(|key| format!("{key}:{key}\n")).collect();
    let mut stdin = console.stdin.take().expect("it was asked for");
    stdin.write_all(lines.as_bytes()).expect("the tool reads");
    drop(stdin);
    assert!(console.wait().expect("the tool ends").success());

    let mut worker = connect(kafka, "placing", &["placing-java"], Delivery::Idempotent);
    let appends = keys.iter().map(|key| append("placing-ours", Place::Key, key.as_bytes()));
    let _ =
        worker.commit(Step { appends: appends.collect(), progress: Vec::new() }).expect("the step happens");

    let places = |topic| -> BTreeMap<Vec<u8>, u32> {
        let records = topics::read_all(kafka.brokers(), topic).into_iter();
        records.map(|record| (record.key.expect("a key was written"), record.partition)).collect()
    };
    let java = places("placing-java");
    assert_eq!(java.len(), keys.len());
    assert!(java.iter().all(|(key, partition)| partition_of(key, 7) == *partition));
    assert_eq!(java, places("placing-ours"));
}

#[test]
fn an_append_arrives_with_its_headers_and_nulls_where_it_was_sent() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("placing-shape", 5, &[]);
    let mut worker = connect(kafka, "placing-shape", &["placing-shape"], Delivery::AtLeastOnce);
    let headers = vec![
        Header { name: "a".to_owned(), value: Some(b"1".to_vec()) },
        Header { name: "a".to_owned(), value: None },
        Header { name: "b".to_owned(), value: Some(Vec::new()) },
    ];
    let tombstone = Append { value: None, ..append("placing-shape", Place::Partition(3), "k") };
    let keyless =
        Append { key: None, headers: headers.clone(), ..append("placing-shape", Place::Spread(9), "v") };
    let first = Append { key: None, ..append("placing-shape", Place::Key, "first") };
    let _ = worker
        .commit(Step { appends: vec![tombstone, keyless, first], progress: Vec::new() })
        .expect("the step happens");

    let read = topics::read_all(kafka.brokers(), "placing-shape");
    let at: Vec<u32> = read.iter().map(|record| record.partition).collect();
    assert_eq!(at, [0, 3, 4]);
    assert_eq!((read[1].key.as_deref(), read[1].value.as_deref()), (Some(&b"k"[..]), None));
    assert_eq!((read[2].key.as_deref(), read[2].value.as_deref()), (None, Some(&b"v"[..])));
    assert_eq!(read[2].headers, headers);
}

#[test]
fn topics_are_made_once_and_seen_with_their_settings() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    let plan = |name: &str, policy: &str| TopicPlan {
        name: name.to_owned(),
        partitions: 3,
        replication: Some(1),
        configs: [("cleanup.policy".to_owned(), policy.to_owned())].into(),
    };
    let plans = [plan("planned", "compact"), plan("misplanned", "none-such")];
    let properties = BTreeMap::new();
    let made = admin::create(kafka.brokers(), &properties, &plans).expect("the broker answers");
    assert_eq!(made[0], ("planned".to_owned(), Outcome::Created));
    assert!(matches!(&made[1].1, Outcome::Refused(_)), "{made:?}");
    let again = admin::create(kafka.brokers(), &properties, &plans[..1]).expect("the broker answers");
    assert_eq!(again[0].1, Outcome::Existed);

    let planned = topics::wait_for("the topic to be seen", || {
        admin::topics(kafka.brokers(), &properties).expect("the broker answers").remove("planned")
    });
    assert_eq!((planned.partitions, planned.replication), (3, 1));
    assert_eq!(planned.configs.get("cleanup.policy").map(String::as_str), Some("compact"));

    let mut worker = connect(kafka, "planned", &["planned"], Delivery::Idempotent);
    assert_eq!(worker.partitions("planned").expect("the broker answers"), Some(3));
    assert_eq!(worker.partitions("never-planned").expect("the broker answers"), None);
}

#[test]
fn brokers_that_do_not_answer_are_named() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    let mut settings = settings(kafka, "nobody", &["nothing"], Delivery::Idempotent);
    settings.brokers = "127.0.0.1:1".to_owned();
    let Err(Error::Environment(said)) = KafkaWorker::connect(settings) else { panic!("nobody is there") };
    assert!(said.contains("127.0.0.1:1"), "{said}");
}
