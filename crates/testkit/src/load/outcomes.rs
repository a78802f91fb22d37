//! What the destination of visits says of a task that it was told of: mostly how it went, now and then nonsense.

use segue_log::{Append, Record};
use serde_json::Value;

use super::OUTCOME_TOPICS;
use super::events::rfc3339;
use super::random::Random;

/// What is said of a task, in its order, at that time: a function of the seed, the task and the time. Of what is no task
/// of visits nothing is.
#[must_use]
pub fn outcomes_of(seed: u64, task: &Record, at_ms: i64) -> Vec<Append> {
    let told: Option<Value> = task.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
    let Some(id) = told.as_ref().and_then(|told| told["data"]["task"].as_str()) else { return Vec::new() };
    if &*task.topic != "visits.tasks" {
        return Vec::new();
    }
    let mut random = Random::of(seed, task.offset.wrapping_mul(31).wrapping_add(u64::from(task.partition)));
    let at = rfc3339(at_ms);
    let say = |outcome: &str| {
        let more = match outcome {
            "answered" => r#","answer":"goes-on""#,
            "declined" => r#","reason":"no time""#,
            _ => "",
        };
        append(id, format!(r#"{{"task":"{id}","outcome":"{outcome}"{more},"at":"{at}"}}"#))
    };
    let unknown = || {
        let (route, _) = id.rsplit_once('-').unwrap_or((id, ""));
        let text = format!(
            r#"{{"task":"{route}-00000000000000000000000000000000","outcome":"completed","at":"{at}"}}"#
        );
        append(id, text)
    };
    // Of a task that asks, this is no answer; to one that does not, anything may be answered.
    let perhaps =
        || append(id, format!(r#"{{"task":"{id}","outcome":"answered","answer":"perhaps","at":"{at}"}}"#));
    match random.below(13) {
        0 | 1 => vec![say("accepted")],
        2 => vec![say("accepted"), say("completed")],
        3 => vec![say("declined")],
        4 => vec![say("declined"), say("declined")],
        5 => vec![say("answered"), say("accepted")],
        6 => vec![say("failed"), say("completed")],
        7 => vec![unknown()],
        8 => vec![append(id, format!(r#"{{"task":"{id}","outcome":"forgotten","at":"{at}"}}"#))],
        9 => vec![append(id, format!(r#"{{"task":"none","outcome":"completed","at":"{at}"}}"#))],
        10 => vec![append(id, "{".to_owned())],
        11 => vec![perhaps(), say("answered")],
        _ => Vec::new(),
    }
}

fn append(key: &str, value: String) -> Append {
    Append {
        topic: OUTCOME_TOPICS[0].into(),
        place: segue_log::Place::Key,
        key: Some(key.as_bytes().to_vec()),
        value: Some(value.into_bytes()),
        headers: Vec::new(),
    }
}
