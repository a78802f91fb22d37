//! A record on its way out: what every encoder here gives, for any log to carry.

/// The key, headers and value of a record that goes out; its topic and place are the caller's to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// The record's key.
    pub key: Option<Vec<u8>>,
    /// The record's headers in their order; `None` is Kafka's null.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// The record's value.
    pub value: Option<Vec<u8>>,
}

impl Outgoing {
    /// A record of text, without headers.
    pub(crate) fn text(key: String, value: String) -> Outgoing {
        Outgoing { key: Some(key.into_bytes()), headers: Vec::new(), value: Some(value.into_bytes()) }
    }

    /// The same as a CloudEvent in binary mode: its value is the data, and what else an event needs stands in headers.
    pub(crate) fn into_event(mut self, source: &str, kind: &str, id: &str) -> Outgoing {
        let attributes = [
            ("content-type", "application/json"),
            ("ce_specversion", "1.0"),
            ("ce_source", source),
            ("ce_type", kind),
            ("ce_id", id),
        ];
        self.headers = attributes.map(|(name, value)| (name.to_owned(), Some(value.into()))).into();
        self
    }
}
