//! The records of a topic that are about a person.

use segue_document::{Document, Value};
use segue_log::{Record, partition_of};

use crate::commands::broker::Broker;
use crate::exit::Failure;

/// Shows each record of a topic of decisions that is about the person of an id, of the one partition that the id leads to. What
/// does not hold the id as it is written is not even looked into.
///
/// # Errors
/// The topic is not there, or cannot be read.
pub(super) fn each(
    broker: &Broker,
    topic: &str,
    id: &str,
    visit: &mut dyn FnMut(Record),
) -> Result<(), Failure> {
    let partition = partition_of(id.as_bytes(), broker.needs(topic)?);
    let written = serde_json::Value::from(id).to_string();
    let _ = broker.read(topic, partition, 0, &mut |record| {
        if record.value.as_deref().is_some_and(|value| is_about(value, id, &written)) {
            visit(record);
        }
    })?;
    Ok(())
}

fn is_about(value: &[u8], id: &str, written: &str) -> bool {
    if !value.windows(written.len()).any(|part| part == written.as_bytes()) {
        return false;
    }
    let text = std::str::from_utf8(value).ok();
    text.and_then(|text| Document::parse_own(text).ok()).is_some_and(|document| {
        let of = |name: &str| document.root().get(name).and_then(Value::as_str);
        of("subject") == Some(id) && of("per").is_none_or(|per| per == "person")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_about_its_subject_and_about_nobody_else_that_it_names() {
        let is = |text: &str| is_about(text.as_bytes(), "c\"1", r#""c\"1""#);
        assert!(is(r#"{"subject":"c\"1","per":"person"}"#));
        assert!(!is(r#"{"subject":"c-2","per":"person","by":"c\"1"}"#));
        assert!(!is(r#"{"subject":"c\"1","per":"company"}"#));
        assert!(!is(r#"{"subject":"c\"1""#));
    }
}
