//! Several workers of one group: who owns what, and what becomes of the steps of those who lost it.

use super::*;

/// Starts what is assigned until nothing changes any more, and returns all that the worker reads.
fn settle(worker: &mut EmbeddedWorker, owned: &mut Vec<TopicPartition>) {
    loop {
        match worker.poll(0, NO_WAIT).unwrap() {
            Happening::Assigned(new) => {
                let all: Vec<_> = new.iter().map(|of| (of.clone(), None)).collect();
                worker.start(&all).unwrap();
                owned.extend(new);
            }
            Happening::Revoked(gone) => owned.retain(|of| !gone.contains(of)),
            Happening::Records(_) => return owned.sort(),
        }
    }
}

#[test]
fn workers_share_partitions_evenly_as_they_come_and_go() {
    let log = Embedded::in_memory();
    let _ = log.create_topic("in", 5).unwrap();
    let (mut a, mut b, mut c) = (Vec::new(), Vec::new(), Vec::new());
    let mut first = log.worker("g", &["in"]);
    settle(&mut first, &mut a);
    assert_eq!(a.len(), 5);

    let mut second = log.worker("g", &["in"]);
    let mut third = log.worker("g", &["in"]);
    settle(&mut first, &mut a);
    settle(&mut second, &mut b);
    settle(&mut third, &mut c);
    let mut loads = [a.len(), b.len(), c.len()];
    loads.sort_unstable();
    assert_eq!(loads, [1, 2, 2]);
    let mut all = [a.clone(), b.clone(), c].concat();
    all.sort();
    assert_eq!(all, (0..5).map(|partition| of("in", partition)).collect::<Vec<_>>());

    let kept = a.clone();
    third.close_boxed();
    settle(&mut first, &mut a);
    settle(&mut second, &mut b);
    assert_eq!(a.len() + b.len(), 5);
    assert!(kept.iter().all(|of| a.contains(of)), "nothing moves without need");
}

#[test]
fn members_that_read_different_topics_get_only_theirs() {
    let log = Embedded::in_memory();
    let _ = log.create_topic("x", 4).unwrap();
    let mut first = log.worker("g", &["x", "y"]);
    let mut second = log.worker("g", &["y"]);
    let _ = log.create_topic("y", 4).unwrap();
    let (mut a, mut b) = (Vec::new(), Vec::new());
    settle(&mut first, &mut a);
    settle(&mut second, &mut b);
    assert_eq!((a.len(), b.len()), (4, 4));
    assert!(b.iter().all(|of| &*of.topic == "y"));
}

#[test]
fn groups_do_not_disturb_each_other() {
    let log = log_with_input();
    let mut one = started(&log, "one");
    let mut two = started(&log, "two");
    assert_eq!(polled(&mut one).len(), 3);
    assert_eq!(polled(&mut two).len(), 3);
    let _ = one.commit(Step { appends: Vec::new(), progress: vec![progress("in", 0, 3)] }).unwrap();
    assert_eq!(log.committed("two"), []);
}

#[test]
fn a_step_that_reads_a_partition_of_another_is_lost() {
    let log = log_with_input();
    let mut old = started(&log, "g");
    assert_eq!(polled(&mut old).len(), 3);
    log.expel(old.id());
    let mut new = started(&log, "g");
    assert!(matches!(old.commit(copy_first()), Err(Error::Lost { reason: "fenced" })));
    assert_eq!(values(&log, "out", 0), [""; 0]);
    let _ = new.commit(copy_first()).unwrap();
    assert_eq!(values(&log, "out", 0), ["A"]);

    // It joins again, and reads what was not done.
    let mut owned = Vec::new();
    settle(&mut old, &mut owned);
    assert_eq!(owned.len(), 1);
}

#[test]
fn a_step_that_reads_a_partition_that_a_rebalance_took_is_lost() {
    let log = log_with_input();
    let _ = log.append(vec![append("in", 1, "z")]).unwrap();
    let mut old = started(&log, "g");
    assert_eq!(polled(&mut old).len(), 4);
    let mut new = started(&log, "g");
    let mut step = copy_first();
    step.progress.push(progress("in", 1, 1));
    assert!(matches!(old.commit(step), Err(Error::Lost { reason: "fenced" })));
    assert_eq!(log.committed("g"), []);
    assert_eq!(polled(&mut new), ["z"]);
    assert_eq!(start_assigned(&mut old), [of("in", 0)], "what is still its own is assigned anew");
}

#[test]
fn a_step_of_a_worker_that_does_not_know_of_a_rebalance_is_undone() {
    let log = log_with_input();
    let mut old = started(&log, "g");
    assert_eq!(polled(&mut old).len(), 3);
    let mut new = log.worker("g", &["in"]);
    // Partition 1 has moved; the step reads only from partition 0, but might write for both.
    assert!(matches!(old.commit(copy_first()), Err(Error::Rewound { reason: "rebalance" })));
    assert_eq!(values(&log, "out", 0), [""; 0]);
    assert!(matches!(old.poll(10, NO_WAIT).unwrap(), Happening::Revoked(gone) if gone == [of("in", 1)]));
    assert_eq!(polled(&mut old).len(), 3, "it reads again from the last commit");
    let _ = old.commit(copy_first()).unwrap();
    assert_eq!(start_assigned(&mut new), [of("in", 1)]);
}

#[test]
fn a_partition_that_went_and_came_back_is_revoked_and_assigned() {
    let log = log_with_input();
    let mut worker = started(&log, "g");
    log.worker("g", &["in"]).close_boxed();
    assert!(matches!(worker.poll(10, NO_WAIT).unwrap(), Happening::Revoked(gone) if gone == [of("in", 1)]));
    assert_eq!(start_assigned(&mut worker), [of("in", 1)]);
}

#[test]
fn two_threads_copy_every_record_once_while_a_third_comes_and_goes() {
    let log = Embedded::in_memory();
    let _ = log.create_topic("in", 4).unwrap();
    let _ = log.create_topic("out", 4).unwrap();
    let total = 2_000;
    let appends = (0..total).map(|number| append("in", number % 4, &format!("{number:05}")));
    let _ = log.append(appends.collect()).unwrap();
    std::thread::scope(|scope| {
        for rounds in [usize::MAX, usize::MAX, 5] {
            let log = log.clone();
            let _ = scope.spawn(move || copy_until_done(&log, rounds, u64::from(total / 4)));
        }
    });
    for partition in 0..4 {
        assert_eq!(values(&log, "out", partition), values(&log, "in", partition));
    }
}

/// Copies `in` to `out` in small steps until all is copied, or for a number of steps.
fn copy_until_done(log: &Embedded, rounds: usize, each: u64) {
    let mut worker = log.worker("g", &["in"]);
    let mut done = 0;
    while done < rounds && (0..4).any(|partition| log.end("out", partition) < Some(each)) {
        let records = match worker.poll(7, Duration::from_millis(5)).unwrap() {
            Happening::Assigned(new) => {
                let all: Vec<_> = new.into_iter().map(|of| (of, None)).collect();
                worker.start(&all).unwrap();
                continue;
            }
            Happening::Revoked(_) => continue,
            Happening::Records(records) => records,
        };
        let mut step = Step::default();
        let mut ends = BTreeMap::new();
        for record in records {
            let _ = ends.insert(record.partition, record.offset + 1);
            let place = Place::Partition(record.partition);
            let (topic, headers) = ("out".into(), Vec::new());
            step.appends.push(Append { topic, place, key: record.key, value: record.value, headers });
        }
        step.progress = ends.into_iter().map(|(partition, next)| progress("in", partition, next)).collect();
        match worker.commit(step) {
            Ok(_) => done += 1,
            Err(Error::Rewound { .. } | Error::Lost { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
