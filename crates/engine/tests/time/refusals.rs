//! What is turned down, cut off or given up, and what is said of it.

use segue_model::OutcomeKind;

use super::story::*;

const HELD: &str = r#"
rule: trouble
on: started
propose: [call]
---
action: call
to: desk
what: "Call"
hold: 1h
"#;

#[test]
fn a_held_task_that_a_policy_turns_down_is_named() {
    let bundle = HELD.to_owned() + "---\npolicy: few\ncap: {at_most: 1, per: 1d, action: call}\n";
    let mut story = Story::new(&bundle, false);
    let candidates = |story: &Story| -> Vec<(String, String)> {
        let lists = story.decided.iter().filter_map(|one| one["candidates"].as_array());
        let text = |one: &serde_json::Value, name: &str| one[name].as_str().unwrap().to_owned();
        lists.flatten().map(|one| (text(one, "verdict"), text(one, "task"))).collect()
    };
    let mut held = Vec::new();
    for _ in 0..2 {
        let _ = story.take(&on("started", &session("a"), T));
        held.extend(candidates(&story));
    }
    let lines = story.take(&Step::Tick(T + HOUR));
    let withdrawn = lines.iter().filter(|line| *line == "status withdrawn call few 11:00").count();
    assert_eq!(withdrawn, 1, "{lines:?}");
    let verdicts: Vec<(String, String)> = candidates(&story);
    assert_eq!((verdicts[0].0.as_str(), verdicts[1].0.as_str()), ("released", "rejected"));
    let ids = |of: &[(String, String)]| of.iter().map(|(_, id)| id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&verdicts), ids(&held));
}

#[test]
fn only_the_destination_of_a_task_says_what_became_of_it_or_one_that_shares_its_topic() {
    let bundle = |to: &str| {
        format!(
            r#"
rule: trouble
on: started
propose: [call]
---
action: call
to: {to}
what: "Call"
---
destination: twin
topic: twin.tasks
outcomes: desk.outcomes
---
destination: archive
topic: archive.tasks
outcomes: archive.outcomes
---
destination: silent
topic: silent.tasks
---
action: file
to: silent
what: "File"
due: 1h
"#
        )
    };
    let steps = [on("started", &session("a"), T), Step::Said("call", OutcomeKind::Completed, None, T + 1)];
    for to in ["desk", "twin"] {
        assert_eq!(told(&bundle(to), &steps)[1], ["status completed call 10:00"], "{to}");
    }
    assert_eq!(told(&bundle("archive"), &steps)[1], ["failed unknown-task"]);
    // Also where its own destination says nothing at all.
    let silent = bundle("silent").replace("propose: [call]", "propose: [file]");
    let said = [on("started", &session("a"), T), Step::Said("file", OutcomeKind::Completed, None, T + 1)];
    assert_eq!(told(&silent, &said)[1], ["failed unknown-task"]);
}

#[test]
fn an_answer_that_a_question_does_not_offer_is_none() {
    let bundle = r#"
rule: late
on: started
propose: [ask]
---
action: ask
to: desk
what: "Ask"
ask: {question: "Move it?", answers: ["yes", "no"], wait: 4h}
"#;
    let said = |kind, text| Step::Said("ask", kind, Some(text), T + 1);
    let after = |step| told(bundle, &[on("started", &session("a"), T), step, Step::Tick(T + DAY)]);
    assert_eq!(after(said(OutcomeKind::Answered, "yes"))[1..], [vec!["status answered ask 10:00"], vec![]]);
    // It changes nothing: the question still waits.
    let perhaps = after(said(OutcomeKind::Answered, "perhaps"));
    assert_eq!(perhaps[1..], [["failed bad-outcome"], ["status unanswered ask 14:00"]]);
    assert_eq!(after(said(OutcomeKind::Failed, "perhaps"))[1], ["status failed ask perhaps 10:00"]);
}

#[test]
fn each_of_what_falls_due_together_may_raise_256_news_of_its_own() {
    const ACTIONS: usize = 300;
    let names: Vec<String> = (0..ACTIONS).map(|number| format!("a{number}")).collect();
    let actions = names.iter().map(|name| format!("---\naction: {name}\nto: archive\nwhat: X\n"));
    let bundle = format!(
        r#"
rule: abandoned
on: started
unless: done
within: 1h
same: data.s
propose: [{}]
---
rule: noted
on: task.released
when: event.data.action != 'note'
propose: [note]
---
action: note
to: archive
what: "Note"
---
destination: archive
topic: archive.tasks
{}"#,
        names.join(", "),
        actions.collect::<String>()
    );
    let mut story = Story::new(&bundle, false);
    for session_id in ["a", "b"] {
        let _ = story.take(&on("started", &session(session_id), T));
    }
    let lines = story.take(&Step::Tick(T + HOUR));
    let count = |wanted: &str| lines.iter().filter(|line| *line == wanted).count();
    assert_eq!((count("released a7 11:00"), count("released note 11:00")), (2, 2 * 256));
    let candidates = story.decided.iter().flat_map(|one| one["candidates"].as_array().into_iter().flatten());
    let cut = candidates.filter(|one| one["by"] == "loop").count();
    assert_eq!(cut, 2 * (ACTIONS - 256), "what is over the limit is rejected, and said to be");
}

#[test]
fn what_is_due_and_does_not_fit_is_given_up_and_what_it_was_is_told() {
    let bundle = r#"
rule: trouble
on: started
propose: [call, write]
---
action: write
to: desk
what: "Write"
remind: [1h]
due: 1h
---
action: call
to: desk
what: "Call"
how: ["{{ event.data.user }}", "{{ event.data.user }}", "{{ event.data.user }}", "{{ event.data.user }}", "{{ event.data.user }}"]
hold: 1h
"#;
    let long = format!(r#"{{"user":"{}"}}"#, "x".repeat(200_000));
    let steps = [
        on("started", &long, T),
        Step::Tick(T + HOUR),
        Step::Said("write", OutcomeKind::Completed, None, T + 2 * HOUR),
        Step::Tick(T + 100 * DAY),
    ];
    let told = told(bundle, &steps);
    assert_eq!(
        told[1],
        ["status withdrawn call too-large 11:00", "status overdue write 11:00", "failed too-large"]
    );
    assert_eq!(told[2], ["status completed write 12:00"], "what has left is still known");
    assert!(told[3].is_empty());
    let mut story = Story::new(bundle, false);
    let _ = steps[..2].iter().map(|step| story.take(step)).collect::<Vec<_>>();
    let candidate = story.decided.iter().find_map(|one| one["candidates"].get(0)).unwrap();
    assert_eq!((&candidate["action"], &candidate["by"]), (&"call".into(), &"too-large".into()));
    assert!(candidate["task"].is_string());
}
