//! Tasks that live: held, reminded of, over; questions, outcomes, news.

use segue_model::OutcomeKind;

use super::story::*;

pub(crate) const HELD: &str = r#"
rule: trouble
on: started
propose: [call]
---
action: call
to: desk
what: "Call"
hold: 3h
applicable: "!has(who.balance) || who.balance < 5.0"
"#;

#[test]
fn a_held_task_is_decided_again_in_the_context_of_its_release() {
    let begun = || on("started", &session("a"), T);
    let expected = [
        &["status decided 10:00", "status held call hold 10:00"][..],
        &["released call 13:00", "status released call 13:00"],
    ];
    assert_eq!(told(HELD, &[begun(), Step::Tick(T + 3 * HOUR)]), expected);
    let paid = on("changed", r#"{"balance": 9.0}"#, T + HOUR);
    let withdrawn = told(HELD, &[begun(), paid, Step::Tick(T + 3 * HOUR)]);
    assert_eq!(withdrawn[2], ["status withdrawn call applicable 13:00"]);
}

#[test]
fn a_calendar_holds_until_it_opens_by_the_clock_on_the_wall() {
    let bundle = HELD.replace("hold: 3h", "during: office-hours")
        + "---\ncalendar: office-hours\ntimezone: Europe/Paris\nopen: {mon-fri: \"09:00-17:30\"}\n";
    // Monday, 11:00 in Paris.
    assert_eq!(tasks(&bundle, &[on("started", &session("a"), T)])[0], ["released call 10:00"]);
    // Friday, 17:30 in Paris: closed until Monday. The night from Saturday to Sunday is the one in which summer begins.
    let friday = T + 25 * DAY + 6 * HOUR + 30 * MINUTE;
    let monday = T + 28 * DAY - 3 * HOUR;
    let steps = [on("started", &session("a"), friday), Step::Tick(monday - 1), Step::Tick(monday)];
    let told = told(&bundle, &steps);
    assert_eq!(told[0][1], "status held call office-hours 16:30");
    assert_eq!((told[1].len(), told[2][0].as_str()), (0, "released call 07:00"));
}

const LIVES: &str = r#"
rule: trouble
on: started
propose: [call]
---
action: call
to: desk
what: "Call"
due: 4h
remind: [1h, 2h]
expires: 6h
"#;

#[test]
fn a_task_is_reminded_of_then_overdue_then_over() {
    let hours = |hours: i64| Step::Tick(T + hours * HOUR);
    let told =
        told(LIVES, &[on("started", &session("a"), T), hours(1), hours(2), hours(4), hours(6), hours(9)]);
    assert_eq!(told[1..3], [["reminder call 11:00"], ["reminder call 12:00"]]);
    assert_eq!(told[3..5], [["status overdue call 14:00"], ["status expired call 16:00"]]);
    assert!(told[5].is_empty());
}

#[test]
fn an_outcome_stops_what_it_is_to_stop() {
    let said = |kind| Step::Said("call", kind, None, T + 1);
    let after = |kind| told(LIVES, &[on("started", &session("a"), T), said(kind), Step::Tick(T + 9 * HOUR)]);
    let accepted = after(OutcomeKind::Accepted);
    assert_eq!(accepted[1], ["status accepted call 10:00"]);
    assert_eq!(accepted[2], ["status overdue call 14:00", "status expired call 16:00"]);
    for kind in [OutcomeKind::Completed, OutcomeKind::Declined, OutcomeKind::Failed] {
        let ended = after(kind);
        assert_eq!(ended[1], [format!("status {} call 10:00", kind.as_str())]);
        assert!(ended[2].is_empty(), "{ended:?}");
    }
}

#[test]
fn an_outcome_of_no_known_task_is_a_failed_event() {
    let said = |at| Step::Said("call", OutcomeKind::Completed, None, at);
    assert_eq!(told(LIVES, &[said(T)])[0], ["failed unknown-task"]);
    let end = T + 6 * HOUR + 30 * DAY;
    let known = told(LIVES, &[on("started", &session("a"), T), said(end - 1)]);
    assert_eq!(known[1].last().unwrap(), "status completed call 15:59");
    let forgotten = told(LIVES, &[on("started", &session("a"), T), said(end)]);
    assert_eq!(forgotten[1].last().unwrap(), "failed unknown-task");
    // One that is held has not left: nobody can say anything of it.
    let held = told(HELD, &[on("started", &session("a"), T), said(T + 1)]);
    assert_eq!(held[1], ["failed unknown-task"]);
}

#[test]
fn an_answer_is_news_and_so_is_silence_and_a_reason() {
    let bundle = r#"
rule: late
on: started
propose: [ask]
---
action: ask
to: desk
what: "Ask"
ask: {question: "Move it?", answers: ["yes", "no"], wait: 4h}
---
rule: said-yes
on: task.answered
when: event.data.answer == 'yes' && event.data.action == 'ask' && cause.data.n == 7
propose: [move]
---
rule: silent
on: task.unanswered
propose: [phone]
---
rule: cannot
on: task.failed
when: event.data.reason == "can't"
propose: [phone]
---
action: move
to: desk
what: "Move {{ cause.data.n }}"
---
action: phone
to: desk
what: "Phone"
"#;
    let begun = || on("started", r#"{"user":"c1","n":7}"#, T);
    let said = |kind, text, at| Step::Said("ask", kind, Some(text), at);
    let yes =
        tasks(bundle, &[begun(), said(OutcomeKind::Answered, "yes", T + HOUR), Step::Tick(T + 5 * HOUR)]);
    assert_eq!(
        yes,
        [vec!["released ask 10:00".to_owned()], vec!["released move 11:00".to_owned()], Vec::new()]
    );
    let no = tasks(bundle, &[begun(), said(OutcomeKind::Answered, "no", T + HOUR), Step::Tick(T + 5 * HOUR)]);
    assert_eq!(no[1..].concat().len(), 0);
    let silent = tasks(bundle, &[begun(), Step::Tick(T + 5 * HOUR)]);
    assert_eq!(silent[1], ["released phone 14:00"]);
    let cannot = tasks(bundle, &[begun(), said(OutcomeKind::Failed, "can't", T + HOUR)]);
    assert_eq!(cannot[1], ["released phone 11:00"]);
    let will_not = tasks(bundle, &[begun(), said(OutcomeKind::Failed, "won't", T + HOUR)]);
    assert_eq!(will_not[1].len(), 0);
}

#[test]
fn outcomes_are_counted_over_half_open_windows() {
    let bundle = r#"
rule: trouble
on: started
when: outcomes('call', 'declined', '1h') == 0 && outcomes('call', 'declined') < 2
propose: [call]
---
action: call
to: desk
what: "Call"
"#;
    let no = |at| Step::Said("call", OutcomeKind::Declined, None, at);
    let begun = |at| on("started", &session("a"), at);
    let steps = [begun(T), no(T + 1), begun(T + HOUR), begun(T + HOUR + 1), no(T + HOUR + 2), begun(T + DAY)];
    let counts: Vec<usize> = tasks(bundle, &steps).iter().map(Vec::len).collect();
    assert_eq!(counts, [1, 0, 0, 1, 0, 0]);
}

#[test]
fn news_that_raise_news_end_after_sixteen_steps() {
    let bundle = r#"
rule: first
on: started
propose: [call]
---
rule: again
on: task.released
propose: [call]
---
action: call
to: desk
what: "Call"
"#;
    let released = tasks(bundle, &[on("started", &session("a"), T)]).concat();
    assert_eq!(released.len(), 17, "the first and sixteen that follow");
}

#[test]
fn what_was_said_is_not_said_again() {
    let said = |kind, at| Step::Said("call", kind, None, at);
    let begun = || on("started", &session("a"), T);
    let (accepted, completed) = (OutcomeKind::Accepted, OutcomeKind::Completed);
    let steps = [
        begun(),
        said(accepted, T + 1),
        said(accepted, T + 2),
        said(completed, T + 3),
        said(accepted, T + 4),
    ];
    let counts: Vec<usize> = told(LIVES, &steps).iter().map(Vec::len).collect();
    assert_eq!(counts, [3, 1, 0, 1, 0]);
}
