//! The load is what it says it is to the code that reads it: good events are read, and garbage fails with its code.

use std::collections::{BTreeMap, BTreeSet};

use segue_bundle::Bundle;
use segue_bundle::bundle::{Begins, Capped, Hold, PolicyKind, Rule};
use segue_document::Limits;
use segue_log::Append;
use segue_testkit::checker::{Absence, Cap, Life, Times};
use segue_testkit::load::{Class, Garbage, Load, System, bundle_dir, caps, declared, times};
use segue_testkit::timers::{self, Timers};
use segue_wire::incoming::{Failure, Frame, Incoming};
use segue_wire::{cloudevent, plain};

fn read(record: &Append) -> Result<Incoming, Failure> {
    let headers = record.headers.iter().map(|header| (header.name.as_str(), header.value.as_deref()));
    let frame =
        Frame { key: record.key.as_deref(), value: record.value.as_deref(), headers: headers.collect() };
    if &*record.topic != System::Shop.topic() {
        return cloudevent::decode(&frame, &Limits::CONTRACT);
    }
    let path = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
    let paths = ["event_name", "message_id", "sent_at", "user.id"].map(path);
    let [kind, id, time, subject] = &paths;
    let envelope = plain::Envelope { kind, id, time: Some(time), subject: Some(subject) };
    plain::decode(&frame, &envelope, &Limits::CONTRACT)
}

#[test]
fn good_events_are_read_and_garbage_fails_with_its_code() {
    let load = Load { events: 5_000, garbage_per_mille: 100, ..Load::default() };
    for made in load.made() {
        let read = read(&made.append);
        match made.class {
            // Only the bundle tells these from good ones.
            Class::Garbage(garbage @ (Garbage::Schema | Garbage::Undeclared)) => {
                assert!(read.is_ok(), "{garbage:?}")
            }
            Class::Garbage(Garbage::NoSubject) => {
                assert_eq!(read.expect("all but its subject is there").subject, None)
            }
            Class::Garbage(garbage) => {
                let failure = read.expect_err(garbage.code());
                assert_eq!(failure.code.as_str(), garbage.code(), "{garbage:?}: {failure}");
            }
            _ => {
                let event = read.expect("it is a good event");
                assert!(event.subject.is_some() && event.time.is_some());
            }
        }
    }
}

/// What a bundle says of time. The checker does not evaluate conditions, so there must be none where it counts again.
fn times_of(bundle: &Bundle) -> Times {
    let absence = |rule: &Rule| match &rule.begins {
        Begins::Absence(absence) => {
            assert!(rule.when.is_none(), "{}", rule.id);
            let path = absence.same.as_ref().map(|path| path[1..].join("/"));
            Some(Absence {
                rule: rule.id.clone(),
                on: rule.on.iter().cloned().collect(),
                unless: absence.unless.iter().cloned().collect(),
                within_ms: absence.within.0,
                same: path.map(|path| format!("/{path}")),
            })
        }
        _ => None,
    };
    let lives = bundle.actions.values().map(|action| {
        let hold_ms = match &action.hold {
            None => 0,
            Some(Hold::Span(span)) => span.0,
            Some(Hold::Expression(_)) => panic!("{}: the checker evaluates nothing", action.id),
        };
        let life = Life {
            hold_ms,
            due_ms: action.due.map(|span| span.0),
            expires_ms: action.expires.map(|span| span.0),
            remind_ms: action.remind.iter().map(|span| span.0).collect(),
            wait_ms: action.ask.as_ref().map(|ask| ask.wait.0),
            answers: action.ask.iter().flat_map(|ask| ask.answers.clone()).collect(),
            has_outcomes: bundle.destinations[&action.to].outcomes.is_some(),
        };
        (action.id.clone(), life)
    });
    let told = bundle.sources.values().filter(|source| source.status.is_some());
    let news = bundle.rules_by_type.iter().filter(|(kind, _)| kind.starts_with("task.")).map(|(kind, _)| {
        let rules: Vec<_> = bundle.rules.values().filter(|rule| rule.on.contains(kind)).collect();
        assert!(rules.len() == 1 && rules[0].when.is_none(), "{kind}");
        kind.clone()
    });
    Times {
        absences: bundle.rules.values().filter_map(|rule| absence(rule)).collect(),
        lives: lives.collect::<BTreeMap<_, _>>(),
        told: told.map(|source| source.id.clone()).collect(),
        news: news.collect(),
    }
}

#[test]
fn the_checker_is_told_what_the_bundle_says_of_time() {
    let loaded = segue_bundle::load(&bundle_dir()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(times_of(&loaded.bundle), times());
}

#[test]
fn the_checker_is_told_what_the_bundle_of_timers_says_and_its_load_is_what_it_declares() {
    let scene = timers::scene();
    let loaded = segue_bundle::load(&scene.bundle).unwrap_or_else(|error| panic!("{error}"));
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert_eq!(times_of(&loaded.bundle), scene.times);
    let source = &loaded.bundle.sources["visits"];
    let types = &scene.declared["visits.events"].types;
    assert_eq!(source.events.keys().cloned().collect::<BTreeSet<_>>(), *types);
    let timers = Timers { visits: 25, subjects: 10, first_due_ms: 0, spread_ms: 1_000 };
    assert_eq!(timers.records().count() as u64, timers.events());
    assert_eq!(timers.awaited().len() as u64, timers.expected().released);
}

#[test]
fn the_bundle_declares_what_the_load_holds() {
    let loaded = segue_bundle::load(&bundle_dir()).unwrap_or_else(|error| panic!("{error}"));
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let declared = declared();
    assert_eq!(loaded.bundle.sources.len(), declared.len());
    for source in loaded.bundle.sources.values() {
        let declared = &declared[&source.topics[0]];
        assert_eq!(source.events.keys().cloned().collect::<BTreeSet<_>>(), declared.types);
        assert_eq!(source.ignore_undeclared, declared.ignore_undeclared);
    }
    let told = loaded.bundle.policies.values().map(|policy| {
        assert!(policy.unless.is_none(), "the checker knows no exemptions");
        let PolicyKind::Cap(cap) = &policy.kind else { panic!("the checker knows caps alone") };
        Cap {
            policy: policy.id.clone(),
            actions: cap.actions.iter().cloned().collect(),
            channel: match &cap.of {
                Capped::Channel(channel) => Some(channel.clone()),
                _ => None,
            },
            at_most: cap.at_most,
            per_ms: cap.per.0,
        }
    });
    assert_eq!(told.collect::<Vec<_>>(), caps());
    assert!(!loaded.bundle.signals_by_type.is_empty());
    for made in (Load { events: 5_000, garbage_per_mille: 100, ..Load::default() }).made() {
        let schema = read(&made.append).ok().and_then(|event| {
            let mut sources = loaded.bundle.sources.values();
            let source = sources.find(|source| *source.topics[0] == *made.append.topic)?;
            let declared = source.events.get(&event.kind)?;
            Some(declared.schema.check(event.data().expect("all events have data")).is_ok())
        });
        match made.class {
            Class::Event | Class::Duplicate => assert_eq!(schema, Some(true), "{:?}", made.append),
            Class::Garbage(Garbage::Schema) => assert_eq!(schema, Some(false)),
            Class::Ignored | Class::Garbage(Garbage::Undeclared) => assert_eq!(schema, None),
            Class::Garbage(_) => {}
        }
    }
}
