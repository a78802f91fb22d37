//! Records of the load's systems, made by hand.

use segue_log::{Append, Header, Place};

/// A cart left in the shop: over fifty it makes a task.
pub(crate) fn cart(id: &str, person: &str, total: f64) -> Append {
    let message = format!(
        r#"{{"event_name":"cart.left","message_id":"{id}","sent_at":"2026-03-02T10:00:00Z","user":{{"id":"{person}"}},"total":{total:?},"items":3}}"#
    );
    append("shop.clicks", person, None, message)
}

/// A payment that failed again: it makes a task.
pub(crate) fn failed_payment(id: &str, person: &str) -> Append {
    let event = format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/billing","type":"payment.failed","subject":"{person}","time":"2026-03-02T10:00:00Z","data":{{"account_id":"a","amount":20.5,"currency":"EUR","attempt":2}}}}"#
    );
    append("billing.events", person, Some("application/cloudevents+json"), event)
}

/// A new price of the standard tariff, about everyone.
pub(crate) fn tariff(id: &str, price: f64) -> Append {
    let event = format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/billing","type":"tariff.changed","time":"2026-03-02T10:00:00Z","data":{{"tariff":"standard","price":{price:?}}}}}"#
    );
    append("billing.events", "standard", Some("application/cloudevents+json"), event)
}

/// More about the standard tariff, in a member of its own; the load's bundle has no place for it.
pub(crate) fn tariff_note(id: &str, member: &str, note: &str) -> Append {
    let event = format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/billing","type":"tariff.changed","time":"2026-03-02T10:00:00Z","data":{{"tariff":"standard","price":1.0,"{member}":"{note}"}}}}"#
    );
    append("billing.events", "standard", Some("application/cloudevents+json"), event)
}

fn append(topic: &str, key: &str, content_type: Option<&str>, value: String) -> Append {
    let header =
        |text: &str| Header { name: "content-type".to_owned(), value: Some(text.as_bytes().to_vec()) };
    Append {
        topic: topic.into(),
        place: Place::Key,
        key: Some(key.as_bytes().to_vec()),
        value: Some(value.into_bytes()),
        headers: content_type.map(header).into_iter().collect(),
    }
}
