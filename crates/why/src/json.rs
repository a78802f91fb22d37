//! Why, as programs read it: see `schemas/why.json`.

use segue_document::Writer;

use crate::change::{Change, Turn};
use crate::explain::{CandidateWhy, ClauseWhy, RuleWhy, Why};

/// All of it in one document.
pub fn document(all: &[Why], has_more: bool) -> String {
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("v").integer(1).key("decisions").begin_array();
    all.iter().for_each(|one| why(&mut writer, one));
    let _ = writer.end_array().key("has_more").bool(has_more).end_object();
    writer.finish()
}

/// What became of an event on which nothing was decided: in one word, and in sentences.
pub fn of_event(became: &str, says: &str, hint: Option<&str>) -> String {
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("v").integer(1).key("decisions").begin_array().end_array();
    let _ = writer.key("has_more").bool(false).key("event").begin_object();
    let _ = writer.key("became").string(became).key("says").string(says).key("hint").optional(hint);
    let _ = writer.end_object().end_object();
    writer.finish()
}

fn why(writer: &mut Writer, why: &Why) {
    let _ = writer.begin_object().key("decision").string(&why.decision);
    let _ = writer
        .key("recorded")
        .bool(why.is_recorded)
        .key("run_again")
        .bool(why.is_run)
        .key("at")
        .string(&why.at);
    let _ = writer.key("subject").string(&why.subject).key("per").string(&why.per);
    let _ = writer.key("stimulus").begin_object().key("source").string(&why.source);
    let _ = writer.key("about").optional(why.source_about.as_deref());
    let _ = writer.key("event").string(&why.event).key("type").string(&why.kind).key("cause");
    match &why.cause {
        None => {
            let _ = writer.null();
        }
        Some((source, event)) => {
            let _ = writer.begin_object().key("source").string(source);
            let _ = writer.key("event").string(event).end_object();
        }
    }
    let _ = writer.end_object().key("bundle").string(&why.bundle).key("rules").begin_array();
    why.rules.iter().for_each(|one| rule(writer, one));
    let _ = writer.end_array().key("not_fired").begin_array();
    for one in &why.others {
        let _ = writer.string(one);
    }
    let _ = writer.end_array().key("candidates").begin_array();
    why.candidates.iter().for_each(|one| candidate(writer, one));
    let _ = writer.end_array().end_object();
}

fn rule(writer: &mut Writer, rule: &RuleWhy) {
    let _ = writer.begin_object().key(if rule.is_signal { "signal" } else { "rule" }).string(&rule.id);
    let _ = writer.key("about").optional(rule.about.as_deref());
    truth(writer.key("fired"), rule.fired);
    let _ = writer.key("began").optional(rule.began.as_deref());
    let _ = writer.key("not_asked").optional(rule.not_asked.as_deref());
    let _ = writer.key("error").optional(rule.error.as_deref());
    clauses(writer, &rule.clauses);
    turn(writer, rule.turn.as_ref());
    let _ = writer.end_object();
}

fn truth(writer: &mut Writer, truth: Option<bool>) {
    let _ = match truth {
        Some(truth) => writer.bool(truth),
        None => writer.null(),
    };
}

fn clauses(writer: &mut Writer, clauses: &[ClauseWhy]) {
    let _ = writer.key("clauses").begin_array();
    for clause in clauses {
        let _ = writer.begin_object().key("source").string(&clause.source);
        truth(writer.key("truth"), clause.truth);
        let _ = writer.key("error").optional(clause.error.as_deref()).key("says").begin_array();
        for sentence in &clause.sentences {
            let _ = writer.string(sentence);
        }
        let _ = writer.end_array().key("values").begin_array();
        for (name, value) in &clause.values {
            json(writer.begin_object().key("name").string(name).key("value"), value.as_deref());
            let _ = writer.end_object();
        }
        let _ = writer.end_array().end_object();
    }
    let _ = writer.end_array();
}

fn json(writer: &mut Writer, json: Option<&str>) {
    let _ = match json {
        Some(json) => writer.raw(json),
        None => writer.null(),
    };
}

fn candidate(writer: &mut Writer, one: &CandidateWhy) {
    let _ = writer.begin_object().key("action").string(&one.action);
    let _ = writer.key("about").optional(one.about.as_deref()).key("rule").string(&one.rule);
    let _ = writer.key("verdict").string(&one.verdict).key("stage").string(&one.stage);
    let _ = writer.key("by").optional(one.by.as_deref());
    let _ = writer.key("by_about").optional(one.by_about.as_deref());
    let _ = writer.key("detail").optional(one.detail.as_deref());
    json(writer.key("priority"), one.priority.as_deref());
    let _ = writer.key("channel").optional(one.channel.as_deref());
    let _ = writer.key("task").optional(one.task.as_deref());
    clauses(writer, &one.clauses);
    turn(writer, one.turn.as_ref());
    let _ = writer.end_object();
}

fn turn(writer: &mut Writer, turn: Option<&Turn>) {
    let _ = writer.key("smallest_change");
    match turn {
        None => {
            let _ = writer.null();
        }
        Some(Turn::By(changes)) => {
            let _ = writer.begin_object().key("found").bool(true).key("changes").begin_array();
            changes.iter().for_each(|one| change(writer, one));
            let _ = writer.end_array().end_object();
        }
        Some(Turn::None { tried, then }) => {
            let _ = writer.begin_object().key("found").bool(false);
            let _ = writer.key("tried").integer(*tried as i64);
            if let Some((one, by)) = then.as_deref() {
                change(writer.key("then").begin_object().key("change"), one);
                let _ = writer.key("by").string(by).end_object();
            }
            let _ = writer.end_object();
        }
        Some(Turn::TooLong) => {
            let _ = writer.begin_object().key("found").bool(false).key("tried").integer(0).end_object();
        }
    }
}

fn change(writer: &mut Writer, change: &Change) {
    let _ = writer.begin_object().key("field").string(&change.field);
    json(writer.key("was"), change.was.as_deref());
    json(writer.key("to"), change.to.as_deref());
    let _ = writer.key("if").string(&change.words).end_object();
}
