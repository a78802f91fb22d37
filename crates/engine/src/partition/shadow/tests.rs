use segue_document::Document;
use segue_model::{Event, Span};
use segue_wire::{Command, Origin, command::Says};

use super::*;
use crate::Settings;

const TEXT: &str = "source: crm\ntopic: crm.events\nevents: {asked: {schema: open.json}}\n---\n\
    rule: ask\non: asked\npropose: [call]\n---\naction: call\nto: desk\nwhat: Call\n---\n\
    destination: desk\ntopic: desk.tasks\n";

fn bundle(text: &str) -> Arc<Bundle> {
    let files = vec![
        ("all.yaml".to_owned(), text.to_owned()),
        ("open.json".to_owned(), "{\"type\":\"object\"}".into()),
    ];
    match segue_bundle::read(files) {
        Ok(loaded) => Arc::new(loaded.bundle),
        Err(findings) => panic!("{findings:?}"),
    }
}

fn record(offset: u64, record: &LogRecord) -> Record {
    let value = Some(log_record::encode(record).into_bytes());
    let (topic, key, headers) = (LOG.into(), None, Vec::new());
    Record { topic, partition: 0, incarnation: 0, offset, appended_at_ms: 0, key, value, headers }
}

fn asked(offset: u64, subject: &str) -> Record {
    let at = Timestamp(1_000 + offset as i64);
    let event = Event {
        source: "crm".into(),
        namespace: None,
        id: offset.to_string(),
        kind: "asked".into(),
        time: at,
        logged_at: at,
        subject: Some(Subject::person(subject)),
        journey: String::new(),
        traceparent: None,
        surroundings: Default::default(),
        data: Document::empty_object(),
    };
    let origin = Origin { topic: "crm.events".into(), incarnation: 0, partition: 0, offset, n: 0 };
    record(offset, &LogRecord::Event { event, origin })
}

fn shadowed() -> Partition {
    let settings = Settings { dedup: Span(60_000), profile_bytes_max: 8_000, zone: "UTC".into() };
    let mut one = Partition::new(Role::Log, 0, bundle(TEXT), settings);
    let other = bundle(&TEXT.replace("rule: ask\n", "rule: beg\n"));
    let says = Says::Shadow(Some(other.digest.clone()));
    one.offer(other);
    one.step(
        &record(0, &LogRecord::Command(Command { given_at: Timestamp(0), says, origin: None })),
        &mut Effects::default(),
    );
    one.settle();
    one
}

fn step(one: &mut Partition, record: &Record) -> Effects {
    let mut effects = Effects::default();
    one.step(record, &mut effects);
    effects
}

#[test]
fn one_in_which_something_breaks_off_begins_anew_and_the_first_goes_on() {
    let mut one = shadowed();
    if let Some(shadow) = &mut one.shadow {
        shadow.breaks = true;
    }
    let broken = step(&mut one, &asked(1, "p1"));
    assert_eq!(broken.tally.shadow, [("broke-off", 1)].into());
    assert_eq!(broken.tally.tasks.values().sum::<u64>(), 1);
    assert!(broken.tally.differences.is_empty(), "nothing is known of what it would have done");
    // The step is undone, and with it that it was there in one piece: it begins anew all the same.
    one.undo();
    let again = step(&mut one, &asked(1, "p1"));
    assert_eq!(again.tally.shadow, [("written", 1)].into());
    one.settle();
    let after = step(&mut one, &asked(2, "p1"));
    assert_eq!(after.tally.shadow, [("written", 1)].into());
    assert_eq!(after.tally.differences, [(("ask".into(), "changed"), 1)].into(), "by another rule");
}

#[test]
fn one_that_follows_too_many_subjects_or_writes_too_much_is_counted() {
    let mut one = shadowed();
    one.limit_shadow(ShadowLimits { subjects: 2, ..ShadowLimits::default() });
    let all: Vec<Effects> = (1..=4).map(|n| step(&mut one, &asked(n, &format!("p{n}")))).collect();
    let full: Vec<bool> = all.iter().map(|effects| effects.tally.shadow.contains_key("full")).collect();
    assert_eq!(full, [false, false, true, false]);
    assert!(all.iter().all(|effects| effects.tally.shadow["written"] == 1));

    one.limit_shadow(ShadowLimits { bytes: 10, ..ShadowLimits::default() });
    let large = step(&mut one, &asked(5, "p5"));
    assert_eq!(large.tally.shadow, [("too-large", 1)].into());
    assert_eq!(large.appends.iter().filter(|append| &*append.topic == DECISIONS).count(), 1);
    one.limit_shadow(ShadowLimits { subjects: 0, bytes: 0 });
    assert!(!one.cast(Some(&one.bundle.digest.clone()), &mut Effects::default()));
}
