//! Timers fall due while routers are killed: each fires once, none early; held tasks are neither lost nor doubled.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use segue_log::Record;
use segue_testkit::checker::{AtLeast, instant_ms};
use segue_testkit::timers::{self, Timers};
use serde_json::Value;

use crate::fleet::{Aim, Fleet, Scale, now_ms, of_scale};

/// How the timers of a run are spread.
struct Spread {
    visits: u64,
    subjects: u64,
    kills: usize,
    /// How long after the events the first timer falls due, and how much later the last.
    ahead: Duration,
    over: Duration,
}

impl Spread {
    fn of_run() -> Spread {
        let secs = Duration::from_secs;
        let gate = Spread { visits: 380, subjects: 300, kills: 2, ahead: secs(8), over: secs(18) };
        let full = Spread { visits: 22_000, subjects: 2_000, kills: 20, ahead: secs(90), over: secs(300) };
        of_scale(gate, full)
    }

    fn timers(&self, first_due_ms: i64) -> Timers {
        let Spread { visits, subjects, over, .. } = *self;
        Timers { visits, subjects, first_due_ms, spread_ms: over.as_millis() as i64 }
    }
}

#[test]
fn timers_that_fall_due_while_routers_are_killed_fire_once_each_and_none_early() {
    let spread = Spread::of_run();
    let scale = Scale { events: spread.timers(0).events(), kills: spread.kills };
    let mut timers = spread.timers(0);
    let started = Fleet::start_on(timers::scene(), (2, &[]), scale, |_| {
        timers = spread.timers(now_ms() + spread.ahead.as_millis() as i64);
        timers.records().collect()
    });
    let Some(mut fleet) = started else { return };
    let expected = timers.expected();
    fleet.note(&format!("{expected:?}, over {} s", spread.over.as_secs()));
    fleet.is_timed(timers.last_due_ms());
    fleet.allow(1, 1);
    fleet.wait_until_ms(timers.first_due_ms);
    let began = Instant::now();
    // One after the other by the clock, whether or not what the last one left is taken over by then.
    for kill in 0..scale.kills {
        fleet.wait_until_ms(timers.first_due_ms + timers.spread_ms * kill as i64 / scale.kills as i64);
        let aim = if kill % 2 == 0 { Aim::OpenTransaction } else { Aim::Anywhere };
        assert!(now_ms() < timers.last_due_ms(), "INVALID: the timers were over before kill {kill}");
        // The one, twice the other, twice the one: each is hit in both ways.
        fleet.strike((kill + kill / 2) % 2, aim);
    }
    fleet.wait_until_shared_out();
    fleet.note(&format!("all kills are done after {} s", began.elapsed().as_secs()));
    let tally = fleet.finish_with(AtLeast {
        inputs: scale.events as usize,
        tasks: (expected.released + expected.reminders) as usize,
    });
    tally.report.assert_clean();
    for (name, count) in [
        ("absences", expected.absences),
        ("held and released", expected.released),
        ("reminders", expected.reminders),
    ] {
        assert_eq!(tally.report.counted(name) as u64, count, "{name}\n{tally}");
    }
    let told: Vec<Value> = tally.tasks.iter().map(read).collect();
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for task in told.iter().filter(|task| task["type"] == "segue.task.released") {
        let visit = &task["data"]["shared"]["event"]["data"]["visit_id"];
        let of = visit.as_str().or(task["data"]["subject"].as_str()).unwrap();
        *times.entry(of.to_owned()).or_default() += 1;
    }
    assert!(times.values().all(|count| *count == 1), "once each");
    assert!(times.into_keys().eq(timers.awaited()), "exactly those that nobody came to, and all contracts");
    // By the clock on the wall, which the router's log has nothing to do with.
    let lateness = tally.tasks.iter().zip(&told).map(|(record, task)| record.appended_at_ms - said_ms(task));
    let mut late: Vec<i64> = lateness.collect();
    late.sort_unstable();
    let at = |share: usize| late[(late.len() - 1) * share / 100];
    fleet.note(&format!("late by {} ms at least, {} at the median, {} at most", at(0), at(50), at(100)));
    fleet.publish();
    assert!(at(0) >= 0, "none early");
    tally.require(&[
        ("aborted records", tally.aborted),
        ("restored partitions beyond those of the start", tally.restored.saturating_sub(13)),
    ]);
}

fn read(record: &Record) -> Value {
    serde_json::from_slice(record.value.as_deref().unwrap()).unwrap()
}

/// When the router says that it told of a task.
fn said_ms(task: &Value) -> i64 {
    instant_ms(task["time"].as_str().unwrap()).unwrap()
}
