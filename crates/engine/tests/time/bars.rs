//! What keeps tasks from leaving: a router that is behind, and destinations that are closed. A small shell drives one
//! machine as the loop does: it notes what it finds out, undoes steps that cannot be written, and begins anew from the
//! changelog after each commit. What leaves must be what the whole log gives when it is run again.

use std::collections::BTreeSet;

use segue_engine::Effects;
use segue_log::{Append, Record};
use segue_model::Timestamp;
use segue_wire::command::Says;
use segue_wire::topics::{LOG, PROFILES};
use segue_wire::{Command, LogRecord, log_record};

use super::story::*;

pub(super) enum Do {
    /// A record comes into the log.
    Log(Step),
    /// The clock is set, by which the shell sees how late it is.
    Clock(i64),
    /// A topic cannot be written from now on.
    Close(&'static str),
    /// A topic can be written again.
    Heal(&'static str),
    /// The shell lets the partition try a topic.
    Try(&'static str),
    /// Whoever runs the router tells it something.
    Tell(Says),
    /// The shell takes all that is in the log, and ticks for what is due.
    Run,
}

struct Shell {
    story: Story,
    log: Vec<Record>,
    read: usize,
    clock: i64,
    unwritable: BTreeSet<&'static str>,
    shut: BTreeSet<String>,
    changelog: Vec<Record>,
    out: Vec<Append>,
    undone: usize,
}

impl Shell {
    fn append(&mut self, value: Vec<u8>) {
        let offset = self.log.len() as u64;
        self.log.push(Record {
            topic: LOG.into(),
            partition: 0,
            incarnation: 0,
            offset,
            appended_at_ms: 0,
            key: None,
            value: Some(value),
            headers: Vec::new(),
        });
        self.story.next = offset + 1;
    }

    fn act(&mut self, what: &Do) {
        match what {
            Do::Log(step) => {
                let record = self.story.log_record(step);
                self.append(log_record::encode(&record).into_bytes());
            }
            Do::Clock(clock) => self.clock = *clock,
            Do::Close(topic) => assert!(self.unwritable.insert(topic)),
            Do::Heal(topic) => assert!(self.unwritable.remove(topic)),
            Do::Try(topic) => {
                let _ = self.shut.remove(*topic);
                let opening = self.story.machine.opening(topic, Timestamp(self.clock));
                self.append(opening.value.unwrap());
            }
            Do::Tell(says) => {
                let given_at = Timestamp(self.clock);
                let command = Command { given_at, says: says.clone(), origin: None };
                self.append(log_record::encode_command(&command).into_bytes());
            }
            Do::Run => self.run(),
        }
    }

    fn run(&mut self) {
        for turn in 0.. {
            assert!(turn < 100, "it comes to rest");
            while self.read < self.log.len() {
                self.take();
            }
            if self.story.machine.due_at().is_none_or(|due| due > Timestamp(self.clock)) {
                return;
            }
            self.append(log_record::encode_tick(Timestamp(self.clock)).into_bytes());
        }
    }

    /// Takes one slice of one record, as a step of its own.
    fn take(&mut self) {
        let record = self.log[self.read].clone();
        let machine = &mut self.story.machine;
        let (mut effects, now) = (Effects::default(), Timestamp(self.clock));
        let is_timeless = log_record::command(record.value.as_deref().unwrap()).is_some();
        if !is_timeless && now.since(machine.next_at(&record)).0 > MINUTE {
            machine.note_behind(&record, now, &mut effects);
        }
        let closed: Vec<String> = machine.closed().map(str::to_owned).collect();
        for topic in self.shut.iter().filter(|topic| !closed.contains(topic)) {
            machine.note_closed(&record, topic, now, &mut effects);
        }
        let is_done = machine.step_some(&record, &mut effects);
        machine.finish(&mut effects);
        let refused = effects.appends.iter().find(|append| self.unwritable.contains(&*append.topic));
        if let Some(refused) = refused {
            assert!(self.shut.insert(refused.topic.to_string()), "a closed topic is not written to");
            self.undone += 1;
            return machine.undo();
        }
        machine.settle();
        self.read += usize::from(is_done);
        for append in effects.appends {
            match &*append.topic {
                PROFILES => self.changelog.push(Record {
                    topic: append.topic,
                    key: append.key,
                    value: append.value,
                    ..record.clone()
                }),
                LOG => self.append(append.value.unwrap()),
                _ => self.out.push(append),
            }
        }
        self.story.machine = machine_of(&self.story);
        self.changelog.iter().for_each(|record| self.story.machine.restore(record).unwrap());
    }

    /// All that the log leads to when it is run again, in one go.
    fn again(&self) -> Vec<Append> {
        let mut machine = machine_of(&self.story);
        for record in &self.log {
            if let Ok(LogRecord::Note(note)) = log_record::decode(record.value.as_deref().unwrap())
                && note.from().is_some()
            {
                machine.foretell(&note);
            }
        }
        let mut effects = Effects::default();
        self.log.iter().for_each(|record| machine.step(record, &mut effects));
        effects.appends
    }
}

fn machine_of(story: &Story) -> segue_engine::Partition {
    machine(&story.bundle)
}

/// What leaves, and how many steps were undone.
pub(super) fn run(documents: &str, all: &[Do]) -> (Vec<String>, usize) {
    let mut shell = Shell {
        story: Story::new(documents, false),
        log: Vec::new(),
        read: 0,
        clock: T,
        unwritable: BTreeSet::new(),
        shut: BTreeSet::new(),
        changelog: Vec::new(),
        out: Vec::new(),
        undone: 0,
    };
    all.iter().for_each(|what| shell.act(what));
    assert!(shell.again() == shell.out, "the log gives the same when it is run again");
    let out = std::mem::take(&mut shell.out);
    (out.iter().filter_map(|append| shell.story.line(append)).collect(), shell.undone)
}

pub(super) fn begun(session_id: &str, at: i64) -> Do {
    Do::Log(on("started", &session(session_id), at))
}

pub(super) const CALL: &str = r#"
rule: trouble
on: started
propose: [call]
---
action: call
to: desk
what: "Call"
"#;

const OFFICE: &str =
    "during: office-hours\n---\ncalendar: office-hours\ntimezone: UTC\nopen: {mon-fri: \"09:00-17:30\"}\n";

#[test]
fn an_outage_at_noon_and_a_catch_up_in_the_night_send_nothing_in_the_night() {
    let night = T + 17 * HOUR;
    let story = [
        begun("a", T + 2 * HOUR),
        begun("b", T + 2 * HOUR + 1),
        Do::Clock(night),
        Do::Run,
        Do::Clock(night + 5 * HOUR),
        Do::Run,
        Do::Clock(night + 6 * HOUR),
        Do::Run,
    ];
    let (told, _) = run(&format!("{CALL}{OFFICE}"), &story);
    let held = ["status decided 12:00", "status held call behind 12:00"];
    let again = ["status held call office-hours 03:00", "status held call office-hours 03:00"];
    let released = ["released call 09:00", "released call 09:00"];
    assert_eq!(told[..4], [held, held].concat());
    assert_eq!(told[4..6], again);
    assert_eq!(told[6..8], released);
    assert_eq!(told[8..], ["status released call 09:00", "status released call 09:00"]);
}

#[test]
fn what_may_leave_at_any_hour_leaves_once_the_router_has_caught_up_and_caps_count_it_then() {
    let cap = "---\npolicy: once\ncap: {at_most: 1, per: 1h, action: call}\n";
    // The second stands within a minute of the clock; it is decided after the first all the same.
    let story = [begun("a", T), begun("b", T + HOUR - 2_000), Do::Clock(T + HOUR), Do::Run];
    let (told, _) = run(&format!("{CALL}{cap}"), &story);
    let tasks: Vec<&str> = told.iter().map(String::as_str).filter(|line| !line.contains("decided")).collect();
    let expected = [
        "status held call behind 10:00",
        "status held call behind 10:59",
        "released call 11:00",
        "status released call 11:00",
        "status withdrawn call once 11:00",
    ];
    assert_eq!(tasks, expected);
}

#[test]
fn a_record_of_less_than_a_minute_is_no_reason_to_wait_and_one_of_more_is() {
    let line = |late: i64| run(CALL, &[begun("a", T), Do::Clock(T + late), Do::Run]).0;
    assert_eq!(line(MINUTE)[0], "released call 10:00");
    assert_eq!(line(MINUTE + 1)[..2], ["status decided 10:00", "status held call behind 10:00"]);
    assert_eq!(line(MINUTE + 1)[2], "released call 10:01");
}

#[test]
fn what_falls_due_in_a_quiet_outage_waits_as_well() {
    let held = CALL.replace("what:", "hold: 1h\nwhat:");
    // Nothing comes after it: only the timer shows how late it is.
    let story = [begun("a", T), Do::Run, Do::Clock(T + 15 * HOUR), Do::Run];
    let (told, _) = run(&held, &story);
    assert_eq!(
        told[2..],
        ["status held call behind 11:00", "released call 01:00", "status released call 01:00"]
    );
}

#[test]
fn a_closed_destination_holds_its_tasks_and_lets_them_go_once_when_it_opens() {
    let to_other = "---\nrule: other\non: seen\npropose: [write]\n---\naction: write\nto: paper\nwhat: W\n---\n\
                    destination: paper\ntopic: paper.tasks\n";
    let story = [
        Do::Close("desk.tasks"),
        begun("a", T),
        Do::Log(on("seen", &session("x"), T + 1)),
        begun("b", T + 2),
        Do::Run,
        Do::Clock(T + 1_000),
        Do::Try("desk.tasks"),
        Do::Run,
        Do::Clock(T + 2_000),
        Do::Heal("desk.tasks"),
        Do::Try("desk.tasks"),
        Do::Run,
        begun("c", T + 3_000),
        Do::Run,
    ];
    let (told, undone) = run(&format!("{CALL}{to_other}"), &story);
    let tasks: Vec<&str> = told.iter().map(String::as_str).filter(|line| !line.contains("decided")).collect();
    let held = "status held call destination-closed 10:00";
    let (left, is) = ("released call 10:00", "status released call 10:00");
    let other = ["released write 10:00", "status released write 10:00"];
    assert_eq!(tasks, [&[held][..], &other, &[held, left, left, is, is, left, is]].concat());
    assert_eq!(undone, 2, "when it was found closed, and when it was tried too early");
}

#[test]
fn only_the_lane_that_is_closed_waits() {
    let bundle = CALL
        .replace("what:", "priority: {value: \"double(event.data.n)\"}\nwhat:")
        .replace("to: desk", "to: lanes")
        + "---\ndestination: lanes\ntopic: slow\nlanes: {fast: {at_least: 5, topic: fast}}\nshare: [event.data.n]\n";
    let of = |n: u32, at| Do::Log(on("started", &format!(r#"{{"user":"c1","n":{n}}}"#), at));
    let story = [
        Do::Close("fast"),
        of(9, T),
        of(1, T + 1),
        Do::Run,
        Do::Heal("fast"),
        Do::Clock(T + HOUR),
        Do::Try("fast"),
        Do::Run,
    ];
    let (told, undone) = run(&bundle, &story);
    let tasks: Vec<&str> =
        told.iter().map(String::as_str).filter(|line| !line.starts_with("status decided")).collect();
    let expected = [
        "status held call destination-closed 10:00",
        "released call 10:00",
        "status released call 10:00",
        "released call 11:00",
        "status released call 11:00",
    ];
    assert_eq!((tasks, undone), (expected.to_vec(), 1));
}

#[test]
fn reminders_of_a_closed_destination_come_once_it_opens_and_statuses_of_a_closed_source_are_let_go() {
    let reminded = CALL.replace("what:", "remind: [1h, 2h]\nexpires: 9h\nwhat:");
    let story = [
        begun("a", T),
        Do::Run,
        Do::Close("desk.tasks"),
        Do::Clock(T + HOUR),
        Do::Run,
        Do::Clock(T + 2 * HOUR),
        Do::Run,
        Do::Heal("desk.tasks"),
        Do::Clock(T + 3 * HOUR),
        Do::Try("desk.tasks"),
        Do::Run,
        Do::Close("shop.status"),
        Do::Clock(T + 9 * HOUR),
        Do::Run,
        begun("b", T + 9 * HOUR + 1),
        Do::Run,
    ];
    let (told, _) = run(&reminded, &story);
    let expected = [
        "released call 10:00",
        "status decided 10:00",
        "status released call 10:00",
        "reminder call 13:00",
        "released call 19:00",
    ];
    assert_eq!(told, expected);
}
