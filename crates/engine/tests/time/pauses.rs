//! Parts that are paused by a record of the log, and resumed by another. Machines begin anew from the changelog after each
//! step, and the log gives the same when it is run again in one go.

use segue_wire::command::Says;

use super::bars::{CALL, Do, begun, run};
use super::story::*;

fn pause(part: &str) -> Do {
    Do::Tell(Says::Pause(part.to_owned()))
}

fn resume(part: &str) -> Do {
    Do::Tell(Says::Resume(part.to_owned()))
}

/// What leaves and what sources are told, but for `decided` and `no-action`.
fn told(documents: &str, story: &[Do]) -> Vec<String> {
    let (all, undone) = run(documents, story);
    assert_eq!(undone, 0);
    let quiet = ["status decided", "status no-action"];
    all.into_iter().filter(|line| !quiet.iter().any(|start| line.starts_with(start))).collect()
}

#[test]
fn tasks_of_a_paused_destination_wait_and_leave_once_when_it_is_resumed() {
    let story = [
        pause("destination/desk"),
        begun("a", T),
        pause("destination/desk"),
        begun("b", T + 1),
        Do::Run,
        // What is not of it lets nothing go.
        resume("rule/trouble"),
        Do::Run,
        Do::Clock(T + HOUR),
        resume("destination/desk"),
        begun("c", T + HOUR),
        Do::Run,
    ];
    let held = "status held call paused 10:00";
    // A command has no time, and the log's has stood still: what it lets go is decided again once the next record has one.
    let (left, is_told) = ("released call 11:00", "status released call 11:00");
    assert_eq!(told(CALL, &story), [held, held, left, left, is_told, is_told, left, is_told]);
}

#[test]
fn what_is_resumed_in_a_quiet_hour_is_decided_at_the_time_of_the_clock_and_not_of_the_last_record() {
    let late = |seconds: i64, documents: &str| {
        let at = T + seconds * 1_000;
        let story = [
            pause("destination/desk"),
            begun("a", T + 30_000),
            Do::Run,
            Do::Clock(at),
            resume("destination/desk"),
            Do::Run,
            Do::Clock(at + 21 * HOUR),
            Do::Run,
        ];
        told(documents, &story)[1..].join(", ")
    };
    // Less than a minute is no reason to be behind, and more is none either: the command is not late.
    assert_eq!(late(70, CALL), "released call 10:01, status released call 10:01");
    assert_eq!(late(7_200, CALL), "released call 12:00, status released call 12:00");
    // It is past closing time by now, and open at the time of the last record.
    let office = "during: hours\n---\ncalendar: hours\ntimezone: UTC\nopen: {mon-sun: \"09:00-11:00\"}\n";
    let held = "status held call hours 12:00, released call 09:00, status released call 09:00";
    assert_eq!(late(7_200, &format!("{CALL}{office}")), held);
}

#[test]
fn a_part_that_is_paused_again_before_the_next_record_that_has_a_time_lets_nothing_go() {
    let part = "destination/desk";
    let story = [
        pause(part),
        begun("a", T),
        Do::Run,
        resume(part),
        pause(part),
        Do::Run,
        Do::Clock(T + HOUR),
        Do::Run,
    ];
    assert_eq!(told(CALL, &story), ["status held call paused 10:00"]);
}

#[test]
fn more_tasks_than_a_slice_lets_go_leave_once_each() {
    // A slice is 500 subjects.
    let count = 1_001;
    let mut story = Story::new(CALL, false);
    let tell = |story: &mut Story, says| {
        let command = segue_wire::Command { given_at: segue_model::Timestamp(T), says, origin: None };
        story.take_record(segue_wire::LogRecord::Command(command))
    };
    let _ = tell(&mut story, Says::Pause("destination/desk".into()));
    for number in 0..count {
        let _ = story.take(&on("started", &session(&number.to_string()), T));
    }
    let _ = tell(&mut story, Says::Resume("destination/desk".into()));
    assert_eq!(story.machine.due_at(), Some(segue_model::Timestamp(T)), "a tick is asked for at once");
    let at = segue_model::Timestamp(T + HOUR);
    let told = story.take_record(segue_wire::LogRecord::Tick { at });
    let released = told.iter().filter(|line| *line == "released call 11:00").count();
    assert_eq!(released, count);
}

#[test]
fn what_a_paused_rule_or_action_would_propose_is_turned_down_and_what_is_held_already_waits() {
    let held = CALL.replace("what:", "hold: 1h\nwhat:");
    for part in ["rule/trouble", "action/call"] {
        let story = [
            begun("a", T),
            Do::Run,
            pause(part),
            begun("b", T + 1_000),
            Do::Run,
            Do::Clock(T + HOUR),
            Do::Run,
            resume(part),
            begun("c", T + HOUR + 1_000),
            Do::Clock(T + HOUR + 1_000),
            Do::Run,
        ];
        let expected = [
            "status held call hold 10:00",
            "status held call paused 11:00",
            "released call 11:00",
            "status released call 11:00",
            "status held call hold 11:00",
        ];
        assert_eq!(told(&held, &story), expected, "{part}");
    }
}

#[test]
fn an_action_that_another_rule_proposes_as_well_is_done_for_that_rule() {
    let both = format!("{CALL}---\nrule: zeal\non: started\npropose: [call]\n");
    let mut story = Story::new(&both, false);
    let tell = |story: &mut Story, says| {
        let (given_at, origin) = (segue_model::Timestamp(T), None);
        let _ =
            story.take_record(segue_wire::LogRecord::Command(segue_wire::Command { given_at, says, origin }));
    };
    tell(&mut story, Says::Pause("rule/trouble".into()));
    let _ = story.take(&on("started", &session("a"), T));
    let candidate = story.decided[0]["candidates"][0].clone();
    assert_eq!((&candidate["rule"], &candidate["verdict"]), (&"zeal".into(), &"released".into()));
    tell(&mut story, Says::Pause("rule/zeal".into()));
    let _ = story.take(&on("started", &session("b"), T + 1));
    let candidate = story.decided[0]["candidates"][0].clone();
    let said =
        ["rule", "verdict", "stage", "by", "detail"].map(|name| candidate[name].as_str().unwrap_or(""));
    assert_eq!(said, ["trouble", "rejected", "paused", "paused", "rule/trouble is paused"]);
}
