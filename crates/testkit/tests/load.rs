//! The load is what it says it is to the code that reads it: good events are read, and garbage fails with its code.

use std::collections::BTreeSet;

use segue_bundle::bundle::PolicyKind;
use segue_document::Limits;
use segue_log::Append;
use segue_testkit::checker::Cap;
use segue_testkit::load::{Class, Garbage, Load, System, bundle_dir, caps, declared};
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
        let PolicyKind::Cap(cap) = &policy.kind;
        Cap {
            policy: policy.id.clone(),
            actions: cap.actions.iter().cloned().collect(),
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
