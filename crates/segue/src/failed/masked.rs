//! What is shown of a failed event to somebody who need not know whom it is about: its names and types, not its values.
//!
//! Which fields are private is said by the schema of the type, and what failed may not even have one: so all values are
//! masked, but for those attributes of a CloudEvent that say which event it is.

use segue_model::Timestamp;
use serde_json::{Map, Value};

/// The attributes of an event that are shown as they are.
const SHOWN: [&str; 7] = ["specversion", "id", "source", "type", "time", "datacontenttype", "dataschema"];

/// The value of a failed event with every value in it masked; text that is no JSON becomes the number of its bytes.
pub fn value(bytes: &[u8]) -> Value {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => {
            // Of plain JSON nobody knows what such a member says.
            let is_event = members.get("specversion").is_some_and(|version| version == "1.0");
            let one = |(name, value): (String, Value)| {
                let is_shown = is_event && SHOWN.contains(&name.as_str()) && is_harmless(&name, &value);
                let value = if is_shown { value } else { masked(value) };
                (name, value)
            };
            Value::Object(members.into_iter().map(one).collect())
        }
        Ok(value) => masked(value),
        Err(_) => Value::String(format!("<{} bytes that are no JSON>", bytes.len())),
    }
}

/// A header's value, masked unless it says which event it is.
pub fn header(name: &str, bytes: Option<&[u8]>) -> Value {
    let is_shown = name == "content-type"
        || name.strip_prefix("ce_").is_some_and(|attribute| SHOWN.contains(&attribute));
    match bytes {
        None => Value::Null,
        Some(bytes) => {
            let text = Value::String(String::from_utf8_lossy(bytes).into_owned());
            if is_shown && is_harmless(name, &text) { text } else { hidden(bytes) }
        }
    }
}

fn hidden(bytes: &[u8]) -> Value {
    Value::String(format!("<{} bytes>", bytes.len()))
}

/// True of a text that can be what it is called: a source may write anything under these names.
fn is_harmless(name: &str, value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let name = name.strip_prefix("ce_").unwrap_or(name);
    let is_token = |more: &str| {
        text.len() <= 100 && text.chars().all(|one| one.is_ascii_alphanumeric() || more.contains(one))
    };
    match name {
        "time" => Timestamp::parse(text).is_some(),
        "specversion" => is_token("."),
        "content-type" | "datacontenttype" => is_token("/+;=.- "),
        _ => true,
    }
}

fn masked(value: Value) -> Value {
    let word = |word: &str| Value::String(word.to_owned());
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => word("<boolean>"),
        Value::Number(number) if number.is_f64() => word("<number>"),
        Value::Number(_) => word("<integer>"),
        Value::String(_) => word("<string>"),
        Value::Array(items) => Value::Array(items.into_iter().map(masked).collect()),
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(name, value)| (name, masked(value))).collect::<Map<_, _>>(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_and_types_are_shown_and_of_the_values_only_those_that_say_which_event_it_is() {
        let event = json!({
            "specversion": "1.0", "id": "e-1", "type": "payment.failed", "subject": "ada@example.org",
            "data": {"amount": "twenty", "days": 3, "rate": 0.5, "is_new": true, "none": null, "tags": ["vip"], "id": "4711"},
        });
        let shown = value(event.to_string().as_bytes());
        let expected = json!({
            "specversion": "1.0", "id": "e-1", "type": "payment.failed", "subject": "<string>",
            "data": {"amount": "<string>", "days": "<integer>", "rate": "<number>", "is_new": "<boolean>", "none": null,
                "tags": ["<string>"], "id": "<string>"},
        });
        assert_eq!(shown, expected);
        assert_eq!(value(b"ada, 20"), json!("<7 bytes that are no JSON>"));
        assert_eq!(value(br#"{"id": {"name": "ada"}}"#), json!({"id": {"name": "<string>"}}));
        assert_eq!(
            value(br#"{"id": "ada", "type": "x"}"#),
            json!({"id": "<string>", "type": "<string>"}),
            "plain JSON"
        );
        let odd = br#"{"specversion": "1.0", "time": "ask ada", "datacontenttype": "for: ada!"}"#;
        let hidden = json!({"specversion": "1.0", "time": "<string>", "datacontenttype": "<string>"});
        assert_eq!(value(odd), hidden);
        assert_eq!(header("content-type", Some(b"ada@example.org")), json!("<15 bytes>"));
        assert_eq!(header("ce_id", Some(b"e-1")), json!("e-1"));
        assert_eq!(header("ce_subject", Some(b"ada")), json!("<3 bytes>"));
        assert_eq!(header("token", None), Value::Null);
    }
}
