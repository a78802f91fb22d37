//! Where instants meet: exactly at one, two at one, nights in which the clock on the wall is put forward or back, events
//! from the past and the future, and a clock that jumps.

use segue_model::{OutcomeKind, Timestamp};

use super::absences::ABANDONED;
use super::lives::HELD;
use super::story::*;

fn instant(text: &str) -> i64 {
    Timestamp::parse(text).unwrap().0
}

#[test]
fn what_is_due_at_an_instant_comes_before_an_event_of_that_instant() {
    let done = |at| on("done", &session("a"), at);
    let begun = || on("started", &session("a"), T);
    // A held task leaves before what would have withdrawn it.
    let held = ABANDONED.to_owned() + "hold: 2h\n";
    let at = |at| told(&held, &[begun(), Step::Tick(T + HOUR), done(at)])[2].clone();
    assert_eq!(at(T + 3 * HOUR)[0], "released call 13:00");
    assert_eq!(at(T + 3 * HOUR - 1).last().unwrap(), "status withdrawn call done 12:59");
    // A task is over before what is said of it at that instant, and the last word counts all the same.
    let expires = HELD.replace("hold: 3h", "expires: 3h");
    let said = |kind, at| told(&expires, &[begun(), Step::Said("call", kind, None, at)])[1].clone();
    assert_eq!(
        said(OutcomeKind::Completed, T + 3 * HOUR),
        ["status expired call 13:00", "status completed call 13:00"]
    );
    assert_eq!(said(OutcomeKind::Completed, T + 3 * HOUR - 1), ["status completed call 12:59"]);
    // A reminder leaves before the word that would have stopped it.
    let remind = HELD.replace("hold: 3h", "remind: [3h]");
    let said = |at| told(&remind, &[begun(), Step::Said("call", OutcomeKind::Accepted, None, at)])[1].clone();
    assert_eq!(said(T + 3 * HOUR), ["reminder call 13:00", "status accepted call 13:00"]);
    assert_eq!(said(T + 3 * HOUR - 1), ["status accepted call 12:59"]);
}

#[test]
fn two_events_of_one_instant_keep_the_order_of_the_log() {
    let (begun, done) = (|| on("started", &session("a"), T), || on("done", &session("a"), T));
    let after = |steps: [Step; 3]| tasks(ABANDONED, &steps).concat();
    assert_eq!(after([begun(), done(), Step::Tick(T + HOUR)]).len(), 0);
    assert_eq!(after([done(), begun(), Step::Tick(T + HOUR)]), ["released call 11:00"]);
    // Of two that say what is true, the later in the log is.
    let balance = |balance: &str| on("changed", &format!(r#"{{"balance": {balance}}}"#), T);
    let after = |steps: [Step; 4]| tasks(HELD, &steps).concat();
    let release = || Step::Tick(T + 3 * HOUR);
    assert_eq!(after([begun(), balance("9.0"), balance("1.0"), release()]), ["released call 13:00"]);
    assert_eq!(after([begun(), balance("1.0"), balance("9.0"), release()]).len(), 0);
}

#[test]
fn what_falls_due_at_one_instant_has_one_order() {
    let bundle = r#"
rule: begun
on: started
propose: [over, quiet, late, again, held]
---
rule: abandoned
on: started
unless: done
within: 1h
propose: [missed]
---
rule: at-the-moment
at: who.rent_due
propose: [now-is-it]
---
action: over
to: desk
what: X
expires: 1h
---
action: quiet
to: desk
what: X
ask: {question: "?", answers: [yes], wait: 1h}
---
action: late
to: desk
what: X
due: 1h
---
action: again
to: desk
what: X
remind: [1h]
---
action: held
to: desk
what: X
hold: 1h
---
action: missed
to: desk
what: X
---
action: now-is-it
to: desk
what: X
"#;
    let due = format!(r#"{{"rent_due": "{}"}}"#, Timestamp(T + HOUR));
    let steps = [on("changed", &due, T), on("started", &session("a"), T), Step::Tick(T + HOUR)];
    let mut told = told(bundle, &steps)[2].clone();
    told.retain(|line| !line.starts_with("status released"));
    let (of_tasks, of_rules) = told.split_at(told.len() - 3);
    assert_eq!(of_rules, ["released held 11:00", "released missed 11:00", "released now-is-it 11:00"]);
    let mut of_tasks = of_tasks.to_vec();
    of_tasks.sort_unstable();
    assert_eq!(
        of_tasks,
        [
            "reminder again 11:00",
            "status expired over 11:00",
            "status overdue late 11:00",
            "status unanswered quiet 11:00"
        ]
    );
}

/// A task that may leave only in these hours of the person's own clock, and what becomes of it that is decided at each
/// instant: when it leaves.
fn leaves(zone: &str, hours: &str, decided: &str) -> String {
    let bundle = HELD.replace("hold: 3h", "during: night")
        + &format!("---\ncalendar: night\ntimezone: person\nopen: {{mon-sun: \"{hours}\"}}\n");
    let at = instant(decided);
    let mut story = Story::new(&bundle, false);
    let zone = format!(r#"{{"timezone": "{zone}"}}"#);
    let _ = story.take(&on("changed", &zone, at - 1));
    let lines = story.take(&on("started", &session("a"), at));
    if lines.iter().any(|line| line.starts_with("released")) {
        return "at once".to_owned();
    }
    // Joined records fall due on the way.
    for _ in 0..5 {
        let due = story.machine.due_at().unwrap();
        let mut released = |at| story.take(&Step::Tick(at)).iter().any(|line| line.starts_with("released"));
        assert!(!released(due.0 - 1), "{due}");
        if released(due.0) {
            return due.to_string();
        }
    }
    panic!("it does not leave");
}

#[test]
fn hours_of_a_night_that_is_put_forward_or_back_by_half_an_hour_go_by_the_clock_on_the_wall() {
    let howe = |hours: &str, decided: &str| leaves("Australia/Lord_Howe", hours, decided);
    // On 5 April 2026 the clock goes from 02:00 back to 01:30, at 15:00 UTC of the day before.
    for (decided, left) in [
        ("2026-04-04T14:44:59Z", "2026-04-04T14:45:00Z"),
        ("2026-04-04T14:59:59.999Z", "at once"),
        ("2026-04-04T15:00:00Z", "2026-04-04T15:15:00Z"),
        ("2026-04-04T15:44:59.999Z", "at once"),
        ("2026-04-04T15:45:00Z", "2026-04-05T15:15:00Z"),
    ] {
        assert_eq!(howe("01:45-02:15", decided), left, "{decided}");
    }
    // On 4 October it goes from 02:00 to 02:30, at 15:30 UTC of the day before.
    for (decided, left) in [
        ("2026-10-03T15:14:59Z", "2026-10-03T15:15:00Z"),
        ("2026-10-03T15:29:59.999Z", "at once"),
        ("2026-10-03T15:30:00Z", "2026-10-04T14:45:00Z"),
    ] {
        assert_eq!(howe("01:45-02:15", decided), left, "{decided}");
    }
    // Hours that are left out of that night are not made up for.
    assert_eq!(howe("02:00-02:30", "2026-10-03T15:29:59Z"), "2026-10-04T15:00:00Z");
}

#[test]
fn hours_of_a_night_that_is_put_forward_or_back_where_zones_lie_half_an_hour_off() {
    let johns = |decided: &str| leaves("America/St_Johns", "01:30-02:30", decided);
    for (decided, left) in [
        // On 8 March 2026 the clock goes from 02:00 to 03:00, at 05:30 UTC.
        ("2026-03-08T04:59:59.999Z", "2026-03-08T05:00:00Z"),
        ("2026-03-08T05:29:59.999Z", "at once"),
        ("2026-03-08T05:30:00Z", "2026-03-09T04:00:00Z"),
        // On 1 November it goes from 02:00 back to 01:00, at 04:30 UTC.
        ("2026-11-01T03:59:59.999Z", "2026-11-01T04:00:00Z"),
        ("2026-11-01T04:29:59.999Z", "at once"),
        ("2026-11-01T04:30:00Z", "2026-11-01T05:00:00Z"),
        ("2026-11-01T05:59:59.999Z", "at once"),
        ("2026-11-01T06:00:00Z", "2026-11-02T05:00:00Z"),
    ] {
        assert_eq!(johns(decided), left, "{decided}");
    }
}

#[test]
fn a_moment_sees_the_persons_own_clock_in_such_a_night() {
    let bundle = "
rule: at-night
at: who.rent_due
when: local.hour == 1 && local.minute >= 30
propose: [call]
---
action: call
to: desk
what: Call
";
    let fires = |zone: &str, at: &str| {
        let who = format!(r#"{{"timezone": "{zone}", "rent_due": "{at}"}}"#);
        let steps = [on("changed", &who, instant(at) - DAY), Step::Tick(instant(at) + DAY)];
        tasks(bundle, &steps).concat().len() == 1
    };
    for (at, is_so) in [
        ("2026-11-01T04:15:00Z", true),  // 01:45, for the first time
        ("2026-11-01T04:45:00Z", false), // 01:15, again
        ("2026-11-01T05:15:00Z", true),  // 01:45, for the second time
        ("2026-03-08T05:29:59Z", true),  // 01:59:59
        ("2026-03-08T05:30:00Z", false), // 03:00
    ] {
        assert_eq!(fires("America/St_Johns", at), is_so, "{at}");
    }
    for (at, is_so) in [
        ("2026-04-04T14:59:59Z", true),  // 01:59:59
        ("2026-04-04T15:00:00Z", true),  // 01:30, again
        ("2026-04-04T15:30:00Z", false), // 02:00
        ("2026-10-03T15:29:59Z", true),  // 01:59:59
        ("2026-10-03T15:30:00Z", false), // 02:30
    ] {
        assert_eq!(fires("Australia/Lord_Howe", at), is_so, "{at}");
    }
}

#[test]
fn an_event_of_the_future_counts_from_when_it_was_logged_and_one_of_the_past_from_when_it_happened() {
    let event = |kind, time, at| Step::Event(kind, session("a"), time, at);
    let future = [event("started", T + 20 * HOUR, T), Step::Tick(T + HOUR - 1), Step::Tick(T + HOUR)];
    assert_eq!(tasks(ABANDONED, &future)[1..], [vec![], vec!["released call 11:00".to_owned()]]);
    let past = [event("started", T - 59 * MINUTE, T), Step::Tick(T + MINUTE)];
    assert_eq!(tasks(ABANDONED, &past)[1], ["released call 10:01"]);
    // What is older than what is known does not replace it, however late it comes.
    let balance =
        |balance: &str, time, at| Step::Event("changed", format!(r#"{{"balance": {balance}}}"#), time, at);
    let after = |known, late| {
        let steps = [on("started", &session("a"), T), known, late, Step::Tick(T + 3 * HOUR)];
        tasks(HELD, &steps).concat().len()
    };
    assert_eq!(after(balance("9.0", T + 2, T + 2), balance("1.0", T + 1, T + 3)), 0);
    assert_eq!(after(balance("9.0", T + 2, T + 2), balance("1.0", T + 3, T + 3)), 1);
}

#[test]
fn a_clock_that_jumps_a_day_ahead_fires_all_on_the_way_each_at_its_own_time() {
    let bundle = ABANDONED.to_owned() + "remind: [2h, 4h]\nexpires: 5h\n";
    let steps = [on("started", &session("a"), T), on("seen", &session("a"), T + DAY)];
    let mut told = told(&bundle, &steps)[1].clone();
    told.retain(|line| !line.starts_with("status released"));
    assert_eq!(
        told[..4],
        ["released call 11:00", "reminder call 13:00", "reminder call 15:00", "status expired call 16:00"]
    );
}

#[test]
fn a_clock_that_is_put_back_does_not_take_time_back() {
    let back = |kind, s: &str, at| Step::Event(kind, session(s), at, at);
    let steps = [
        on("started", &session("a"), T),
        on("seen", &session("a"), T + 50 * MINUTE),
        // The clock of intake is put back by an hour: it waits from that time, and the time of the log stands still.
        back("started", "b", T - 10 * MINUTE),
        back("started", "c", T - 30 * MINUTE),
        Step::Tick(T - MINUTE),
        Step::Tick(T + HOUR - 1),
        Step::Tick(T + HOUR),
    ];
    let none: [&str; 0] = [];
    assert_eq!(
        tasks(ABANDONED, &steps),
        [
            &none[..],
            &none,
            &["released call 10:50"],
            &["released call 10:50"],
            &none,
            &none,
            &["released call 11:00"]
        ]
    );
}
