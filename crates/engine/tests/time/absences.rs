//! What did not happen.

use segue_engine::Effects;
use segue_log::Record;
use segue_wire::log_record;
use segue_wire::topics::LOG;

use super::story::*;

pub(crate) const ABANDONED: &str = r#"
rule: abandoned
on: started
unless: done
within: 1h
same: data.s
propose: [call]
---
action: call
to: desk
what: "Call {{ event.data.user }}"
"#;

#[test]
fn an_absence_fires_when_its_time_is_over_and_not_before() {
    let begun = || on("started", &session("a"), T);
    let none: [&str; 0] = [];
    assert_eq!(
        tasks(ABANDONED, &[begun(), Step::Tick(T + HOUR - 1), Step::Tick(T + HOUR), Step::Tick(T + DAY)]),
        [&none[..], &none, &["released call 11:00"], &none],
    );
    // A record later than that fires it first, at its own time.
    assert_eq!(
        tasks(ABANDONED, &[begun(), on("seen", &session("a"), T + 2 * HOUR)]),
        [&none[..], &["released call 11:00"]]
    );
}

#[test]
fn what_comes_in_time_and_agrees_ends_an_absence() {
    let ends = |kind: &'static str, s: &str, at: i64| {
        let steps = [on("started", &session("a"), T), on(kind, &session(s), at), Step::Tick(T + DAY)];
        tasks(ABANDONED, &steps).concat().is_empty()
    };
    assert!(ends("done", "a", T));
    assert!(ends("done", "a", T + HOUR - 1));
    // The window is half open, and a timer fires before an event of the same instant.
    assert!(!ends("done", "a", T + HOUR));
    assert!(!ends("done", "b", T + 1));
    assert!(!ends("seen", "a", T + 1));
}

#[test]
fn instants_decide_what_follows_what_and_not_the_order_of_the_log() {
    let late = |kind: &'static str, time: i64, at: i64| Step::Event(kind, session("a"), time, at);
    let none = Vec::<String>::new();
    // It was done before it was begun, though it was logged after.
    let earlier = [on("started", &session("a"), T), late("done", T - 1, T + 5), Step::Tick(T + HOUR)];
    assert_eq!(tasks(ABANDONED, &earlier)[2], ["released call 11:00"]);
    // It was done after it was begun, though it was logged before.
    let later = [on("done", &session("a"), T + 5), late("started", T, T + 9), Step::Tick(T + DAY)];
    assert_eq!(tasks(ABANDONED, &later).concat(), none);
    // The waiting was over before it was known to begin: it fires at once.
    let over = [late("started", T, T + 3 * HOUR), Step::Tick(T + DAY)];
    assert_eq!(tasks(ABANDONED, &over), [vec!["released call 13:00".to_owned()], none]);
}

#[test]
fn the_condition_of_an_absence_sees_the_context_of_its_moment() {
    let bundle = ABANDONED.replace("propose", "when: count('seen', '1h') == 1 && since('seen') <= duration('40m') && event.data.s == 'a' && last('started').data.s == 'a'\npropose");
    let steps =
        [on("started", &session("a"), T), on("seen", &session("x"), T + 20 * MINUTE), Step::Tick(T + HOUR)];
    assert_eq!(tasks(&bundle, &steps).concat(), ["released call 11:00"]);
    let steps = [on("started", &session("a"), T), on("seen", &session("x"), T), Step::Tick(T + HOUR)];
    assert_eq!(tasks(&bundle, &steps).concat().len(), 0, "seen exactly an hour ago is outside of the window");
}

#[test]
fn what_an_absence_waited_for_withdraws_the_task_that_is_held_because_of_it() {
    let bundle = ABANDONED.to_owned() + "hold: 2h\n";
    let steps = [
        on("started", &session("a"), T),
        on("started", &session("b"), T),
        Step::Tick(T + HOUR),
        on("done", &session("a"), T + 2 * HOUR),
        Step::Tick(T + 3 * HOUR),
    ];
    let told = told(&bundle, &steps);
    assert_eq!(told[2], ["status held call hold 11:00"; 2]);
    assert_eq!(told[3], ["status no-action 12:00", "status withdrawn call done 12:00"]);
    assert_eq!(told[4], ["released call 13:00", "status released call 13:00"]);
}

#[test]
fn waits_that_go_back_to_one_cause_are_tasks_of_their_own() {
    let bundle = r#"
rule: first
on: started
propose: [call, write]
---
rule: silent
on: task.released
unless: task.completed
within: 1h
same: data.task
when: event.data.action != 'follow'
propose: [follow]
---
action: call
to: desk
what: "Call"
---
action: write
to: desk
what: "Write"
---
action: follow
to: desk
what: "Follow"
"#;
    let mut story = Story::new(bundle, false);
    let _ = story.take(&on("started", &session("a"), T));
    let mut effects = Effects::default();
    let value = log_record::encode(&story.log_record(&Step::Tick(T + HOUR))).into_bytes();
    let record = Record {
        topic: LOG.into(),
        partition: 0,
        incarnation: 0,
        offset: 1,
        appended_at_ms: 0,
        key: None,
        value: Some(value),
        headers: Vec::new(),
    };
    story.machine.step(&record, &mut effects);
    let values = effects.appends.iter().filter(|append| &*append.topic == "desk.tasks");
    let ids: std::collections::BTreeSet<String> = values
        .map(|append| {
            let task: serde_json::Value = serde_json::from_slice(append.value.as_ref().unwrap()).unwrap();
            task["data"]["task"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(ids.len(), 2);
}
