//! Random operations on a log in a directory, compared with a model that is two maps.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// What can be done to a log with topic `in` of two partitions.
#[derive(Clone, Debug)]
enum Operation {
    Append(u32, u8),
    /// Poll at most so many, and copy them to `out` in one step.
    Copy(usize),
    /// The same, with a fault.
    CopyWith(CrashPoint),
    /// Poll and forget.
    Poll,
    /// A second worker joins; the first learns of it by polling.
    SecondComesAndGoes,
    Expel,
    Reopen,
}

/// What should be there.
#[derive(Debug, Default)]
struct Model {
    input: BTreeMap<u32, Vec<u8>>,
    output: Vec<u8>,
    committed: BTreeMap<u32, u64>,
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        6 => (0..2_u32, any::<u8>()).prop_map(|(partition, byte)| Operation::Append(partition, byte)),
        6 => (1..5_usize).prop_map(Operation::Copy),
        1 => Just(Operation::CopyWith(CrashPoint::BeforeWrite)),
        1 => Just(Operation::CopyWith(CrashPoint::AfterWrite)),
        1 => Just(Operation::CopyWith(CrashPoint::Rewound)),
        1 => Just(Operation::Poll),
        1 => Just(Operation::SecondComesAndGoes),
        1 => Just(Operation::Expel),
        1 => Just(Operation::Reopen),
    ]
}

fn byte(partition: u32, topic: &str, byte: u8) -> Append {
    Append { value: Some(vec![byte]), ..append(topic, partition, "") }
}

fn open(dir: &Path) -> Embedded {
    let durability = Durability::Batched(Duration::from_secs(3600));
    let log = Embedded::open_with(dir, Options { segment_bytes_max: 300, durability, ..Options::default() });
    let log = log.unwrap();
    let _ = log.create_topic("in", 2).unwrap();
    let _ = log.create_topic("out", 1).unwrap();
    log
}

/// Polls until records (or none) come, starting and forgetting what it is told of on the way.
fn poll_records(worker: &mut EmbeddedWorker, most: usize) -> Vec<Record> {
    loop {
        match worker.poll(most, NO_WAIT).unwrap() {
            Happening::Assigned(new) => {
                let all: Vec<_> = new.into_iter().map(|of| (of, None)).collect();
                worker.start(&all).unwrap();
            }
            Happening::Revoked(_) => {}
            Happening::Records(records) => return records,
        }
    }
}

/// Copies what a poll brings, and does to the model what shall have happened.
fn copy(
    log: &Embedded,
    worker: &mut EmbeddedWorker,
    model: &mut Model,
    most: usize,
    fault: Option<CrashPoint>,
) {
    let records = poll_records(worker, most);
    let mut step = Step::default();
    let mut after = model.committed.clone();
    for record in &records {
        let read = after.entry(record.partition).or_default();
        assert_eq!(record.offset, *read, "records come from the last commit on, in order");
        assert_eq!(record.value.as_deref(), Some(&model.input[&record.partition][*read as usize..][..1]));
        *read += 1;
        step.appends.push(byte(0, "out", record.value.as_ref().unwrap()[0]));
    }
    let reads = after.iter().filter(|(partition, _)| records.iter().any(|one| one.partition == **partition));
    step.progress = reads.map(|(partition, next)| progress("in", *partition, *next)).collect();
    if let Some(fault) = fault {
        log.fail_next_commit(fault);
    }
    assert_eq!(worker.commit(step).is_ok(), fault.is_none());
    if matches!(fault, None | Some(CrashPoint::AfterWrite)) {
        model.committed = after;
        model.output.extend(records.iter().map(|record| record.value.as_ref().unwrap()[0]));
    }
}

fn compare(log: &Embedded, model: &Model) {
    let bytes = |topic: &str, partition: u32| -> Vec<u8> {
        let records = log.read(topic, partition, 0, usize::MAX).unwrap();
        records.iter().map(|record| record.value.as_ref().unwrap()[0]).collect()
    };
    for partition in 0..2 {
        assert_eq!(bytes("in", partition), model.input.get(&partition).cloned().unwrap_or_default());
    }
    assert_eq!(bytes("out", 0), model.output);
    let committed = model.committed.iter().map(|(partition, next)| progress("in", *partition, *next));
    assert_eq!(log.committed("g"), committed.collect::<Vec<_>>());
}

fn run(operations: &[Operation]) {
    let dir = tempfile::tempdir().unwrap();
    let mut model = Model::default();
    let mut log = open(dir.path());
    let mut worker = log.worker("g", &["in"]);
    for operation in operations {
        match operation {
            Operation::Append(partition, value) => {
                let positions = log.append(vec![byte(*partition, "in", *value)]).unwrap();
                let partition = model.input.entry(*partition).or_default();
                assert_eq!(positions[0].offset, partition.len() as u64);
                partition.push(*value);
            }
            Operation::Copy(most) => copy(&log, &mut worker, &mut model, *most, None),
            Operation::CopyWith(fault) => copy(&log, &mut worker, &mut model, 3, Some(*fault)),
            // What was polled and not committed is only read again after a rewind.
            Operation::Poll => {
                let _ = poll_records(&mut worker, 3);
                log.fail_next_commit(CrashPoint::Rewound);
                assert!(worker.commit(Step::default()).is_err());
            }
            Operation::SecondComesAndGoes => {
                let mut second = log.worker("g", &["in"]);
                copy(&log, &mut second, &mut model, 3, None);
            }
            Operation::Expel => log.expel(worker.id()),
            Operation::Reopen => {
                drop(worker);
                drop(log);
                log = open(dir.path());
                worker = log.worker("g", &["in"]);
            }
        }
        compare(&log, &model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_log_does_what_its_model_does(operations in prop::collection::vec(operation(), 1..40)) {
        run(&operations);
    }
}
