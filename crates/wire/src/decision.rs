//! Decisions on their way to `segue.decisions`: the data of CloudEvents in binary mode, of type `segue.decision`.

use segue_document::{Writer, member};
use segue_model::{Candidate, Decision, Learned, Stimulus, Verdict};

use crate::outgoing::Outgoing;
use crate::task::{write_double, write_priority};

/// What a decision takes without its candidates, and what a candidate takes, in bytes: most take a little less.
const ROOM: usize = 560;
const ROOM_OF_CANDIDATE: usize = 320;

/// The record of a decision.
pub fn encode(decision: &Decision<'_>) -> Outgoing {
    encode_as(decision, false)
}

/// Encodes what a bundle decides that decides beside the one that counts: nothing came of it.
pub fn encode_shadow(decision: &Decision<'_>) -> Outgoing {
    encode_as(decision, true)
}

fn encode_as(decision: &Decision<'_>, is_shadow: bool) -> Outgoing {
    let key = decision.subject.key();
    let mut writer = Writer::with_capacity(ROOM + decision.candidates.len() * ROOM_OF_CANDIDATE);
    let _ = writer.begin_object().member(member!(decision)).string(&decision.id);
    let _ = writer.member(member!(at)).plain(decision.at).member(member!(subject)).string(&key);
    let _ = writer.member(member!(per)).string(&decision.subject.kind);
    if is_shadow {
        let _ = writer.member(member!(shadow)).bool(true);
    }

    let stimulus = &decision.stimulus;
    let _ = writer.member(member!(stimulus)).begin_object().member(member!(source)).string(stimulus.source);
    let _ = writer.member(member!(event)).string(stimulus.event).member(member!(type)).string(stimulus.kind);
    write_place(&mut writer, stimulus);
    let _ = writer
        .end_object()
        .member(member!(bundle))
        .string(decision.bundle)
        .member(member!(rules))
        .begin_array();
    for rule in &decision.rules {
        let _ = writer.string(rule);
    }
    let _ = writer.end_array().member(member!(errors)).begin_array();
    for (rule, error) in &decision.errors {
        let _ = writer
            .begin_object()
            .member(member!(rule))
            .string(rule)
            .member(member!(error))
            .string(error)
            .end_object();
    }
    let _ = writer.end_array().member(member!(candidates)).begin_array();
    for candidate in &decision.candidates {
        write_candidate(&mut writer, candidate);
    }
    let _ = writer.end_array().member(member!(result)).string(result(decision)).end_object();
    // A bundle that decides beside another gives its decisions the same ids.
    let source = if is_shadow { "segue/shadow" } else { "segue" };
    Outgoing::text(key, writer.finish()).into_event(source, "segue.decision", &decision.id)
}

/// Where a stimulus stands in the log. Each log record has one decision at most: what follows from it has none of its
/// own there, but names what it goes back to, and a timer what moved the time on; one about everyone has one for each
/// subject that it concerns.
fn write_place(writer: &mut Writer, stimulus: &Stimulus<'_>) {
    if let Some(cause) = &stimulus.cause {
        let _ = writer.member(member!(cause)).begin_object().member(member!(source)).string(cause.source);
        let _ = writer.member(member!(event)).string(cause.event).member(member!(type)).string(cause.kind);
        if stimulus.is_logged {
            let _ = writer.end_object();
        }
    }
    if let Some(due) = stimulus.due {
        if stimulus.cause.is_some() {
            let _ = writer.end_object();
        }
        let _ = writer.member(member!(timer)).begin_object().member(member!(due)).plain(due);
    }
    if stimulus.is_everyones {
        let _ = writer.member(member!(everyone)).begin_object();
    }
    let _ = writer
        .member(member!(log))
        .begin_object()
        .member(member!(partition))
        .unsigned(u64::from(stimulus.partition));
    let _ = writer.member(member!(offset)).unsigned(stimulus.offset).end_object();
    let is_within_cause = stimulus.cause.is_some() && !stimulus.is_logged;
    if is_within_cause || stimulus.due.is_some() || stimulus.is_everyones {
        let _ = writer.end_object();
    }
}

fn write_candidate(writer: &mut Writer, candidate: &Candidate<'_>) {
    let _ = writer.begin_object().member(member!(action)).string(candidate.action);
    let _ = writer.member(member!(rule)).string(candidate.rule);
    let _ = writer
        .member(member!(verdict))
        .string(candidate.verdict.as_str())
        .member(member!(stage))
        .string(candidate.stage);
    let _ = writer.member(member!(by)).optional(candidate.by);
    let _ = writer.member(member!(detail)).optional(candidate.detail.as_deref()).member(member!(priority));
    match &candidate.priority {
        Some(priority) => {
            write_priority(writer, priority);
            if let Some(learned) = &candidate.learned {
                write_learned(writer, learned);
            }
            let _ = writer.end_object();
        }
        None => {
            let _ = writer.null();
        }
    }
    let _ = writer
        .member(member!(channel))
        .optional(candidate.channel)
        .member(member!(task))
        .optional(candidate.task.as_deref())
        .end_object();
}

/// Writes the figures of a propensity that is learned, of the priority that is being written.
fn write_learned(writer: &mut Writer, learned: &Learned) {
    let Learned { counted, start, evidence, drawn } = *learned;
    let _ = writer.member(member!(learned)).begin_object().member(member!(positives));
    let _ = writer.unsigned(counted.positives).member(member!(responses)).unsigned(counted.responses);
    write_double(writer.member(member!(start)), start);
    write_double(writer.member(member!(evidence)), evidence);
    if let Some(drawn) = drawn {
        write_double(writer.member(member!(drawn)), drawn);
    }
    let _ = writer.end_object();
}

/// What came of it all: the best that came of any candidate.
fn result(decision: &Decision<'_>) -> &'static str {
    let any = |verdict| decision.candidates.iter().any(|candidate| candidate.verdict == verdict);
    if any(Verdict::Released) {
        "released"
    } else if any(Verdict::Held) {
        "held"
    } else {
        "no-action"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::{Cause, Priority, Responses, Subject, Timestamp, id};

    fn decision(subject: &Subject) -> Decision<'_> {
        let candidate = Candidate {
            action: "call",
            rule: "trouble",
            verdict: Verdict::Released,
            stage: "release",
            by: None,
            detail: None,
            priority: Some(Priority {
                score: 3.0,
                rank: 1,
                propensity: 0.5,
                context: 1.0,
                value: 6.0,
                lever: 1.0,
            }),
            channel: Some("phone"),
            learned: None,
            task: Some(id::task("billing", "e1", "trouble", "call", subject)),
        };
        let rejected = Candidate {
            action: "mail",
            verdict: Verdict::Rejected,
            stage: "eligible",
            by: Some("eligible"),
            priority: None,
            channel: None,
            task: None,
            ..candidate.clone()
        };
        Decision {
            id: id::decision("billing", "e1", subject),
            at: Timestamp(1_772_445_600_000),
            subject,
            stimulus: Stimulus {
                source: "billing",
                event: "e1",
                kind: "payment.failed",
                partition: 3,
                offset: u64::MAX,
                cause: None,
                is_logged: false,
                due: None,
                is_everyones: false,
            },
            bundle: "b",
            rules: vec!["trouble"],
            errors: vec![("other", "no such key".into())],
            candidates: vec![candidate, rejected],
        }
    }

    #[test]
    fn a_decision_is_written_as_the_contract_has_it() {
        let subject = Subject::person("c1");
        let decision = decision(&subject);
        let record = encode(&decision);
        assert_eq!(record.key.as_deref(), Some(&b"c1"[..]));
        let expected = concat!(
            r#"{"decision":"d-1","at":"2026-03-02T10:00:00Z","subject":"c1","per":"person","#,
            r#""stimulus":{"source":"billing","event":"e1","type":"payment.failed","#,
            r#""log":{"partition":3,"offset":18446744073709551615}},"bundle":"b","rules":["trouble"],"#,
            r#""errors":[{"rule":"other","error":"no such key"}],"candidates":["#,
            r#"{"action":"call","rule":"trouble","verdict":"released","stage":"release","by":null,"#,
            r#""detail":null,"priority":{"score":3.0,"rank":1,"propensity":0.5,"context":1.0,"value":6.0,"#,
            r#""lever":1.0},"channel":"phone","task":"t-1"},"#,
            r#"{"action":"mail","rule":"trouble","verdict":"rejected","stage":"eligible","by":"eligible","#,
            r#""detail":null,"priority":null,"channel":null,"task":null}],"result":"released"}"#,
        );
        let task = decision.candidates[0].task.unwrap();
        let expected = expected.replace("t-1", &task).replace("d-1", &decision.id);
        assert_eq!(String::from_utf8(record.value.unwrap()).unwrap(), expected);
    }

    #[test]
    fn a_priority_that_was_learned_says_from_what() {
        let subject = Subject::person("c1");
        let mut decision = decision(&subject);
        let counted = Responses { positives: 3, responses: 4 };
        let mut learned = Learned { counted, start: 0.5, evidence: 20.0, drawn: None };
        for (drawn, expected) in [
            (None, r#""lever":1.0,"learned":{"positives":3,"responses":4,"start":0.5,"evidence":20.0}},"#),
            (Some(0.25), r#""start":0.5,"evidence":20.0,"drawn":0.25}},"channel""#),
        ] {
            learned.drawn = drawn;
            decision.candidates[0].learned = Some(learned);
            let text = String::from_utf8(encode(&decision).value.unwrap()).unwrap();
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn a_decision_on_a_signal_names_the_event_that_began_it() {
        let subject = Subject::person("c1");
        let mut decision = decision(&subject);
        decision.stimulus.source = "segue";
        decision.stimulus.cause = Some(Cause { source: "billing", event: "e0", kind: "payment.failed" });
        let text = String::from_utf8(encode(&decision).value.unwrap()).unwrap();
        let expected = concat!(
            r#""stimulus":{"source":"segue","event":"e1","type":"payment.failed","#,
            r#""cause":{"source":"billing","event":"e0","type":"payment.failed","#,
            r#""log":{"partition":3,"offset":18446744073709551615}}},"bundle""#,
        );
        assert!(text.contains(expected), "{text}");
        decision.stimulus.is_logged = true;
        let text = String::from_utf8(encode(&decision).value.unwrap()).unwrap();
        let expected = concat!(
            r#""cause":{"source":"billing","event":"e0","type":"payment.failed"},"#,
            r#""log":{"partition":3,"offset":18446744073709551615}},"bundle""#,
        );
        assert!(text.contains(expected), "a signal about another subject is in the log itself: {text}");
    }

    #[test]
    fn a_decision_that_released_nothing_says_so() {
        let subject = Subject::person("c1");
        let mut decision = decision(&subject);
        let _ = decision.candidates.remove(0);
        assert!(encode(&decision).value.unwrap().ends_with(br#""result":"no-action"}"#));
        decision.candidates[0].verdict = Verdict::Held;
        assert!(encode(&decision).value.unwrap().ends_with(br#""result":"held"}"#));
    }
}
