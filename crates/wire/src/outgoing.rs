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
}
