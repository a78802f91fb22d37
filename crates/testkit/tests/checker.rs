//! The checker is checked: an honest run is clean, and each fault that is planted into it is caught as what it is.

#[path = "checker/memory.rs"]
mod memory;
#[path = "checker/world.rs"]
mod world;

use std::collections::BTreeSet;

use segue_log::Record;
use segue_testkit::checker::{Evidence, FaultKind, LOG, check};
use serde_json::{Value, json};
use world::{IGNORED, INPUTS, LOOKS_REFUSED, bytes, honest, parsed, run};

/// Checks evidence that must be faulty in exactly these ways.
fn caught(evidence: &Evidence, kinds: &[FaultKind]) {
    let report = check(evidence);
    assert_eq!(report.kinds(), kinds.iter().copied().collect::<BTreeSet<_>>(), "{report}");
}

/// The index of the first record of which that is true.
fn find(records: &[Record], is: impl Fn(&Record, &Value) -> bool) -> usize {
    records.iter().position(|record| is(record, &parsed(record))).expect("the honest run has one")
}

fn edit(record: &mut Record, change: impl FnOnce(&mut Value)) {
    let mut value = parsed(record);
    change(&mut value);
    record.value = Some(bytes(&value));
}

/// Appends a copy of a record to its partition.
fn again(records: &mut Vec<Record>, index: usize) {
    let mut copy = records[index].clone();
    let same = |record: &&Record| (&record.topic, record.partition) == (&copy.topic, copy.partition);
    copy.offset = records.iter().filter(same).map(|record| record.offset + 1).max().unwrap_or(0);
    records.push(copy);
}

fn is_joined(record: &Record) -> bool {
    parsed(record)["decision"].is_null()
}

/// True of a decision on an event of a source.
fn is_of_event(record: &Record) -> bool {
    parsed(record)["stimulus"]["log"].is_object()
}

#[test]
fn an_honest_run_is_clean_and_everything_in_it_was_looked_at() {
    let report = check(&honest());
    report.assert_clean();
    assert_eq!(report.counted("inputs"), INPUTS);
    let results = ["intake logged", "intake failed", "intake ignored"];
    let results: Vec<usize> = results.iter().map(|name| report.counted(name)).collect();
    assert_eq!(results, [45, 4, 1]);
    for fate in ["decision", "no_rule", "duplicate", "seen", "failed", "tick", "copied", "unchanged"] {
        assert!(report.counted(&format!("fate {fate}")) > 0, "{fate}: {report}");
    }
    assert!(report.counted("tasks") > 20, "{report}");
    assert_eq!(report.counted("decisions on signals"), 11);
    assert_eq!(report.counted("rejected by a cap"), LOOKS_REFUSED);
    assert!(report.to_string().starts_with("accounting: 0 faults"));
}

#[test]
fn a_record_lost_at_intake_is_caught() {
    caught(&run(&[25]), &[FaultKind::LostRecord]);
}

#[test]
fn a_lost_tail_is_caught() {
    let report = check(&run(&[45, 46, 47, 48, 49]));
    assert_eq!(report.kinds(), BTreeSet::from([FaultKind::LostRecord]), "{report}");
    assert_eq!(report.faults.len(), 5);
}

#[test]
fn a_record_ignored_where_that_is_not_declared_is_caught() {
    let mut evidence = honest();
    evidence.declared.get_mut("shop.clicks").unwrap().ignore_undeclared = false;
    caught(&evidence, &[FaultKind::IgnoredUndeclared]);
}

#[test]
fn a_record_of_a_declared_type_that_was_ignored_is_caught() {
    let mut evidence = honest();
    let _ = evidence.declared.get_mut("shop.clicks").unwrap().types.insert("cart.painted".into());
    caught(&evidence, &[FaultKind::LostRecord]);
}

#[test]
fn an_event_logged_though_its_type_is_not_declared_is_caught() {
    let mut evidence = honest();
    let _ = evidence.declared.get_mut("crm.events").unwrap().types.remove("case.opened");
    caught(&evidence, &[FaultKind::LoggedUndeclared]);
}

#[test]
fn no_inputs_or_no_tasks_is_a_fault() {
    caught(&Evidence::default(), &[FaultKind::TooLittle]);
    let mut evidence = honest();
    evidence.at_least.tasks = evidence.tasks.len() + 1;
    caught(&evidence, &[FaultKind::TooLittle]);
}

#[test]
fn a_record_of_the_log_from_nowhere_is_caught() {
    let mut evidence = honest();
    let _ = evidence.inputs.remove(0);
    caught(&evidence, &[FaultKind::PhantomRecord]);
}

#[test]
fn a_topic_that_seems_to_have_begun_anew_is_caught() {
    let mut evidence = honest();
    let index = evidence.log.len() - 9;
    let index =
        find(&evidence.log[..index], |_, value| value["kind"] == "event" && value["origin"]["offset"] == 3);
    edit(&mut evidence.log[index], |value| value["origin"]["incarnation"] = json!(78));
    assert!(check(&evidence).kinds().contains(&FaultKind::IncarnationChanged));
}

#[test]
fn a_payload_changed_in_the_log_is_caught() {
    for change in [
        (|value: &mut Value| value["data"]["amount"] = json!(7)) as fn(&mut Value),
        |value| value["id"] = json!("e999"),
        |value| value["type"] = json!("payment.failed"),
        |value| value["namespace"] = json!("/other"),
    ] {
        let mut evidence = honest();
        let index =
            find(&evidence.log, |_, value| value["type"] == "case.opened" && value["data"]["amount"] == 0);
        edit(&mut evidence.log[index], change);
        assert!(check(&evidence).kinds().contains(&FaultKind::ContentChanged));
    }
}

#[test]
fn a_payload_changed_in_a_task_is_caught() {
    for change in [
        (|data: &mut Value| data["cause"]["event"] = json!("e1")) as fn(&mut Value),
        |data| data["priority"]["score"] = json!(99),
        |data| data["action"] = json!("wait"),
    ] {
        let mut evidence = honest();
        evidence.replayed = None;
        edit(&mut evidence.tasks[3], |value| change(&mut value["data"]));
        caught(&evidence, &[FaultKind::ContentChanged]);
    }
}

#[test]
fn swapped_records_of_one_source_partition_are_caught() {
    let mut evidence = honest();
    let of_shop = |value: &Value| value["source"] == "shop" && value["data"]["amount"].as_u64() > Some(250);
    let first = find(&evidence.log, |_, value| of_shop(value));
    let partition = evidence.log[first].partition;
    let second = first
        + 1
        + find(&evidence.log[first + 1..], |record, value| of_shop(value) && record.partition == partition);
    // Their offsets are swapped, and so are the decisions': nothing else is wrong.
    let (one, other) = (evidence.log[first].offset, evidence.log[second].offset);
    (evidence.log[first].offset, evidence.log[second].offset) = (other, one);
    for record in evidence.decisions.iter_mut().filter(|record| is_of_event(record)) {
        edit(record, |value| {
            let log = &mut value["stimulus"]["log"];
            if log["partition"] == partition {
                let offset = log["offset"].as_u64().unwrap();
                log["offset"] = json!(if offset == one {
                    other
                } else if offset == other {
                    one
                } else {
                    offset
                });
            }
        });
    }
    assert!(check(&evidence).kinds().contains(&FaultKind::OrderChanged));
}

#[test]
fn swapped_tasks_of_one_subject_are_caught() {
    let mut evidence = honest();
    evidence.replayed = None;
    let key = evidence.tasks[0].key.clone();
    let later = evidence.tasks.iter().rposition(|task| task.key == key).unwrap();
    let (one, other) = (evidence.tasks[0].offset, evidence.tasks[later].offset);
    (evidence.tasks[0].offset, evidence.tasks[later].offset) = (other, one);
    caught(&evidence, &[FaultKind::OrderChanged]);
    // Within one decision the rank is the order.
    let mut evidence = honest();
    evidence.replayed = None;
    let (one, other) = (evidence.tasks[0].offset, evidence.tasks[1].offset);
    (evidence.tasks[0].offset, evidence.tasks[1].offset) = (other, one);
    caught(&evidence, &[FaultKind::OrderChanged]);
}

#[test]
fn a_duplicate_task_is_caught() {
    let mut evidence = honest();
    evidence.replayed = None;
    let last = evidence.tasks.len() - 1;
    again(&mut evidence.tasks, last);
    caught(&evidence, &[FaultKind::TaskTwice]);
}

#[test]
fn a_phantom_task_is_caught() {
    let mut evidence = honest();
    evidence.replayed = None;
    let last = evidence.tasks.len() - 1;
    again(&mut evidence.tasks, last);
    edit(&mut evidence.tasks[last + 1], |value| {
        value["id"] = json!("t-none/released");
        value["data"]["task"] = json!("t-none");
    });
    caught(&evidence, &[FaultKind::TaskPhantom]);
}

#[test]
fn a_decision_whose_task_is_not_there_is_caught() {
    let mut evidence = honest();
    evidence.replayed = None;
    let _ = evidence.tasks.remove(4);
    caught(&evidence, &[FaultKind::TaskLost]);
}

#[test]
fn steps_that_happened_twice_are_caught() {
    let mut evidence = honest();
    for index in 0..evidence.decisions.len() {
        again(&mut evidence.decisions, index);
    }
    for index in 0..evidence.tasks.len() {
        again(&mut evidence.tasks, index);
    }
    let kinds = check(&evidence).kinds();
    for kind in
        [FaultKind::TaskTwice, FaultKind::DecisionTwice, FaultKind::CountedTwice, FaultKind::ReplayDiffers]
    {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
}

#[test]
fn a_lost_failed_event_is_caught() {
    let mut evidence = honest();
    let _ = evidence.failed.remove(1);
    caught(&evidence, &[FaultKind::FailedEventLost]);
}

#[test]
fn a_failed_event_too_many_is_caught() {
    let mut evidence = honest();
    again(&mut evidence.failed, 0);
    caught(&evidence, &[FaultKind::FailedEventTwice]);
    let mut evidence = honest();
    again(&mut evidence.failed, 0);
    let last = evidence.failed.len() - 1;
    let origin =
        evidence.failed[last].headers.iter_mut().find(|header| header.name == "segue-origin").unwrap();
    origin.value = Some(b"shop.clicks/0/0".to_vec());
    caught(&evidence, &[FaultKind::FailedEventPhantom]);
}

#[test]
fn any_change_of_a_failed_event_is_caught() {
    let changes: [fn(&mut Record); 7] = [
        |event| event.key = Some(b"another".to_vec()),
        |event| event.value = Some(event.value.clone().map_or(vec![1], |value| [value, vec![0]].concat())),
        |event| event.value = event.value.is_none().then(Vec::new),
        |event| event.headers.retain(|header| header.name != "segue-detail"),
        |event| event.headers.retain(|header| header.name != "segue-at"),
        |event| event.headers.insert(0, event.headers[0].clone()),
        |event| {
            let code = event.headers.iter_mut().find(|header| header.name == "segue-error").unwrap();
            code.value = Some(b"no-subject".to_vec());
        },
    ];
    for index in 0..honest().failed.len() {
        for (number, change) in changes.iter().enumerate() {
            let mut evidence = honest();
            change(&mut evidence.failed[index]);
            let kinds = check(&evidence).kinds();
            assert_eq!(
                kinds,
                BTreeSet::from([FaultKind::FailedEventChanged]),
                "change {number} of failed event {index}"
            );
        }
    }
}

#[test]
fn a_copy_counted_twice_is_caught() {
    let mut evidence = honest();
    let decided = find(&evidence.decisions, |record, _| is_of_event(record));
    let log = parsed(&evidence.decisions[decided])["stimulus"]["log"].clone();
    let joined = find(&evidence.decisions, |record, value| {
        is_joined(record)
            && record.key != evidence.decisions[0].key
            && value["log"]["partition"] == log["partition"]
    });
    edit(&mut evidence.decisions[joined], |value| {
        let mut list = value["log"]["no_rule"].as_array().cloned().unwrap_or_default();
        list.push(json!(log["offset"].to_string()));
        value["log"]["no_rule"] = json!(list);
    });
    caught(&evidence, &[FaultKind::CountedTwice]);
}

#[test]
fn a_copy_taken_twice_and_one_never_taken_are_caught() {
    for (from, to, kind) in
        [("seen", "no_rule", FaultKind::TakenTwice), ("no_rule", "seen", FaultKind::NeverTaken)]
    {
        let mut evidence = honest();
        let joined = find(&evidence.decisions, |record, value| {
            record.key != evidence.decisions[0].key && value["log"][from].is_array()
        });
        edit(&mut evidence.decisions[joined], |value| {
            let moved = value["log"][from].take();
            let _ = value["log"].as_object_mut().unwrap().remove(from);
            let mut list = value["log"][to].as_array().cloned().unwrap_or_default();
            list.extend(moved.as_array().unwrap().iter().cloned());
            value["log"][to] = json!(list);
        });
        assert!(check(&evidence).kinds().contains(&kind), "{kind:?}");
    }
}

#[test]
fn an_undecided_copy_is_a_fault_unless_the_run_goes_on() {
    let mut evidence = honest();
    let ticks = find(&evidence.decisions, |_, value| value["log"]["tick"].is_array());
    edit(&mut evidence.decisions[ticks], |value| value["log"]["tick"] = json!([]));
    caught(&evidence, &[FaultKind::Undecided]);
    evidence.undecided_allowed = true;
    caught(&evidence, &[]);
}

#[test]
fn a_fate_that_does_not_fit_is_caught() {
    // The offset of a tick said to be a duplicate; an event said to be a duplicate of nothing.
    for from in ["tick", "no_rule"] {
        let mut evidence = honest();
        let joined = find(&evidence.decisions, |_, value| value["log"][from].is_array());
        edit(&mut evidence.decisions[joined], |value| {
            let mut list = value["log"]["duplicate"].as_array().cloned().unwrap_or_default();
            list.extend(value["log"][from].take().as_array().unwrap().iter().cloned());
            value["log"][from] = json!([]);
            value["log"]["duplicate"] = json!(list);
        });
        caught(&evidence, &[FaultKind::WrongFate]);
    }
}

#[test]
fn what_is_dropped_as_erased_though_nobody_was_is_caught() {
    let mut evidence = honest();
    let joined = find(&evidence.decisions, |_, value| value["log"]["no_rule"].is_array());
    edit(&mut evidence.decisions[joined], |value| {
        value["log"]["erased"] = value["log"]["no_rule"].take();
        value["log"]["no_rule"] = json!([]);
    });
    caught(&evidence, &[FaultKind::WrongFate]);
}

#[test]
fn a_duplicate_that_was_not_recognised_is_caught() {
    let mut evidence = honest();
    let joined = find(&evidence.decisions, |_, value| value["log"]["duplicate"].is_array());
    edit(&mut evidence.decisions[joined], |value| {
        let mut list = value["log"]["no_rule"].as_array().cloned().unwrap_or_default();
        list.extend(value["log"]["duplicate"].take().as_array().unwrap().iter().cloned());
        value["log"]["duplicate"] = json!([]);
        value["log"]["no_rule"] = json!(list);
    });
    caught(&evidence, &[FaultKind::DuplicateMissed]);
}

#[test]
fn a_row_that_misses_a_partition_is_caught() {
    let mut evidence = honest();
    let _ = evidence.partitions.insert(LOG.into(), 5);
    assert!(check(&evidence).kinds().contains(&FaultKind::CopiesWrong));
}

#[test]
fn a_record_in_a_partition_not_of_its_key_is_caught() {
    for topic in [LOG, "segue.decisions", "service.tasks"] {
        let mut evidence = honest();
        let _ = evidence.partitions.insert(topic.into(), 9);
        assert!(check(&evidence).kinds().contains(&FaultKind::WrongPartition), "{topic}");
    }
}

#[test]
fn a_replay_that_differs_by_one_byte_or_in_order_is_caught() {
    let mut evidence = honest();
    let replayed = evidence.replayed.as_mut().unwrap();
    replayed[7].value.as_mut().unwrap()[90] ^= 1;
    caught(&evidence, &[FaultKind::ReplayDiffers]);
    let mut evidence = honest();
    evidence.replayed.as_mut().unwrap().swap(0, 1);
    caught(&evidence, &[FaultKind::ReplayDiffers]);
    let mut evidence = honest();
    let _ = evidence.replayed.as_mut().unwrap().pop();
    caught(&evidence, &[FaultKind::ReplayDiffers]);
}

#[test]
fn the_loss_of_any_one_record_is_noticed() {
    let lists: [fn(&mut Evidence) -> &mut Vec<Record>; 5] = [
        |evidence| &mut evidence.inputs,
        |evidence| &mut evidence.log,
        |evidence| &mut evidence.decisions,
        |evidence| &mut evidence.failed,
        |evidence| &mut evidence.tasks,
    ];
    for (number, list) in lists.into_iter().enumerate() {
        let count = list(&mut honest()).len();
        assert!(count > 0);
        for index in (0..count).filter(|index| number != 0 || *index != IGNORED) {
            let mut evidence = honest();
            evidence.replayed = None;
            let _ = list(&mut evidence).remove(index);
            assert!(!check(&evidence).is_clean(), "list {number}, record {index}");
            let mut evidence = honest();
            evidence.replayed = None;
            again(list(&mut evidence), index);
            assert!(!check(&evidence).is_clean(), "list {number}, record {index} twice");
        }
    }
}

#[test]
fn whatever_the_records_hold_the_checker_reports_and_does_not_panic() {
    let lists: [fn(&mut Evidence) -> &mut Vec<Record>; 4] = [
        |evidence| &mut evidence.log,
        |evidence| &mut evidence.decisions,
        |evidence| &mut evidence.failed,
        |evidence| &mut evidence.tasks,
    ];
    let values: [Option<&[u8]>; 6] =
        [None, Some(b""), Some(b"{}"), Some(b"[1"), Some(b"\xff\xfe"), Some(b"null")];
    for (number, list) in lists.into_iter().enumerate() {
        for value in values {
            let mut evidence = honest();
            let record = &mut list(&mut evidence)[0];
            record.value = value.map(<[u8]>::to_vec);
            record.headers.clear();
            assert!(!check(&evidence).is_clean(), "list {number}: {value:?}");
        }
    }
}
