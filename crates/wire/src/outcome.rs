//! Outcomes as destinations write them: bare, or as the data of a CloudEvent in either mode.

use segue_document::{Document, Limits, Value, Writer};
use segue_model::{FailureCode, Outcome, OutcomeKind, Timestamp};

use crate::incoming::{ATTRIBUTE_BYTES_MAX, Failure, Frame, instant};

/// The longest reason that is kept, in bytes: it is for people, and it goes into profiles and news.
pub const REASON_BYTES_MAX: usize = 4096;

/// Reads the outcome in a record of the topic of `destination`, which is logged at `now`.
///
/// # Errors
/// The first thing that is wrong, with its code and its place: the codes of what is no JSON, else `bad-outcome`.
pub fn decode(
    frame: &Frame<'_>,
    destination: &str,
    now: Timestamp,
    limits: &Limits,
) -> Result<Outcome, Failure> {
    frame.refuse_too_large(limits)?;
    let bytes = frame.body()?.ok_or_else(|| Failure::new(FailureCode::NoData, "the record has no value"))?;
    let document = Document::parse(bytes, limits).map_err(|error| Failure::of_parse(error, ""))?;
    let root = document.root();
    // In binary mode the value is the data already.
    let (root, base) = match (root.get("specversion"), root.get("data")) {
        (Some(_), Some(data)) => (data, "/data"),
        _ => (root, ""),
    };
    let bad = |name: &str, detail: &'static str| {
        Failure::new(FailureCode::BadOutcome, detail).at(format!("{base}/{name}"))
    };
    let text = |name: &str, bytes_max: usize| match root.get(name).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => match value.as_str() {
            Some(text) if text.len() <= bytes_max => Ok(Some(text.to_owned())),
            Some(_) => Err(bad(name, "longer than an outcome may say")),
            None => Err(bad(name, "not a string")),
        },
    };
    let task = text("task", ATTRIBUTE_BYTES_MAX)?.filter(|task| !task.is_empty());
    let task = task.ok_or_else(|| bad("task", "no task"))?;
    let kind = root.get("outcome").and_then(Value::as_str).and_then(OutcomeKind::parse).ok_or_else(|| {
        bad("outcome", "none of `accepted`, `completed`, `declined`, `failed` and `answered`")
    })?;
    let answer = text("answer", ATTRIBUTE_BYTES_MAX)?;
    if kind == OutcomeKind::Answered && answer.is_none() {
        return Err(bad("answer", "`answered` without an answer"));
    }
    let time = match root.get("at").filter(|at| !at.is_null()) {
        None => return Err(bad("at", "it does not say when")),
        Some(at) => {
            at.as_str().and_then(instant).ok_or_else(|| bad("at", "`at` is not an RFC 3339 instant"))?
        }
    };
    Ok(Outcome {
        destination: destination.to_owned(),
        task,
        kind,
        answer,
        reason: text("reason", REASON_BYTES_MAX)?,
        time,
        logged_at: now,
    })
}

/// Writes an outcome as a destination would.
pub fn encode(outcome: &Outcome) -> String {
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("task").string(&outcome.task);
    let _ = writer.key("outcome").string(outcome.kind.as_str());
    for (name, text) in [("answer", &outcome.answer), ("reason", &outcome.reason)] {
        if let Some(text) = text {
            let _ = writer.key(name).string(text);
        }
    }
    let _ = writer.key("at").string(&outcome.time.to_string()).end_object();
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Outcome, (FailureCode, Option<String>)> {
        let frame = Frame { value: Some(value.as_bytes()), ..Frame::default() };
        decode(&frame, "crm", Timestamp(9), &Limits::CONTRACT).map_err(|f| (f.code, f.pointer))
    }

    #[test]
    fn an_outcome_is_read_bare_and_as_the_data_of_a_cloudevent() {
        let bare = r#"{"task":"t-1","outcome":"declined","reason":"not now","at":"1970-01-01T00:00:00.005Z","more":1}"#;
        let outcome = read(bare).unwrap();
        assert_eq!(
            (outcome.task.as_str(), outcome.kind, outcome.time),
            ("t-1", OutcomeKind::Declined, Timestamp(5))
        );
        assert_eq!(
            (outcome.reason.as_deref(), outcome.answer.as_deref(), outcome.instant()),
            (Some("not now"), None, Timestamp(5))
        );
        let wrapped = format!(r#"{{"specversion":"1.0","id":"1","source":"/crm","type":"o","data":{bare}}}"#);
        assert_eq!(read(&wrapped).unwrap().task, "t-1");
    }

    #[test]
    fn what_is_no_outcome_says_where() {
        use FailureCode::{BadOutcome, NotJson};
        let at = r#""at":"1970-01-01T00:00:00Z""#;
        for (text, code, pointer) in [
            ("[".to_owned(), NotJson, None),
            ("[]".to_owned(), BadOutcome, Some("/task")),
            (format!(r#"{{"outcome":"completed",{at}}}"#), BadOutcome, Some("/task")),
            (format!(r#"{{"task":"","outcome":"completed",{at}}}"#), BadOutcome, Some("/task")),
            (format!(r#"{{"task":7,"outcome":"completed",{at}}}"#), BadOutcome, Some("/task")),
            (format!(r#"{{"task":"t","outcome":"won","x":1,{at}}}"#), BadOutcome, Some("/outcome")),
            (format!(r#"{{"task":"t","outcome":"answered",{at}}}"#), BadOutcome, Some("/answer")),
            (r#"{"task":"t","outcome":"completed"}"#.to_owned(), BadOutcome, Some("/at")),
            (r#"{"task":"t","outcome":"completed","at":"noon"}"#.to_owned(), BadOutcome, Some("/at")),
            (format!(r#"{{"specversion":"1.0","data":{{"task":1,{at}}}}}"#), BadOutcome, Some("/data/task")),
        ] {
            let (found, place) = read(&text).expect_err(&text);
            assert_eq!(
                (found, pointer.is_none_or(|p| place.as_deref() == Some(p))),
                (code, true),
                "{text} {place:?}"
            );
        }
    }
}
