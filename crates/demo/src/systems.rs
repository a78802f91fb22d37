//! The simulated source systems: each frames what it says in its own way, as systems do.

use segue_log::{Append, Header, Place};
use segue_model::Timestamp;
use serde_json::{Value, json};

/// A system that publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// Customers and their cases: CloudEvents in structured mode.
    Crm,
    /// Clicks: plain JSON with an envelope of its own.
    Marketing,
    /// Payments and accounts: CloudEvents in binary mode.
    Billing,
    /// Posts: CloudEvents in structured mode.
    Social,
    /// Products, for everyone: CloudEvents in structured mode.
    Catalogue,
}

/// Something that a system says.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Who says it.
    pub system: System,
    /// The type of the event.
    pub kind: &'static str,
    /// The event's id.
    pub id: String,
    /// The customer's id; empty where it is about everyone.
    pub customer: String,
    /// The data.
    pub data: Value,
    /// The same in words, for who watches.
    pub says: String,
}

impl System {
    /// All of them.
    pub const ALL: [System; 5] =
        [System::Crm, System::Marketing, System::Billing, System::Social, System::Catalogue];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            System::Crm => "crm",
            System::Marketing => "marketing",
            System::Billing => "billing",
            System::Social => "social",
            System::Catalogue => "catalogue",
        }
    }

    /// The topic that it publishes on.
    pub fn topic(self) -> &'static str {
        match self {
            System::Crm => "crm.events",
            System::Marketing => "marketing.clicks",
            System::Billing => "billing.events",
            System::Social => "social.posts",
            System::Catalogue => "catalogue.products",
        }
    }
}

impl Moment {
    /// The record that the system publishes at that time.
    pub fn publish(&self, at: Timestamp) -> Append {
        let (headers, value) = match self.system {
            System::Marketing => (vec![header("content-type", "application/json")], self.plain(at)),
            System::Billing => (self.headers(at), self.data.clone()),
            _ => (vec![header("content-type", "application/cloudevents+json")], self.structured(at)),
        };
        Append {
            topic: self.system.topic().into(),
            place: Place::Key,
            key: (!self.customer.is_empty()).then(|| self.customer.clone().into_bytes()),
            value: Some(value.to_string().into_bytes()),
            headers,
        }
    }

    fn structured(&self, at: Timestamp) -> Value {
        json!({
            "specversion": "1.0",
            "id": self.id,
            "source": self.source(),
            "type": self.kind,
            "time": at.to_string(),
            "datacontenttype": "application/json",
            "data": self.data,
        })
    }

    fn headers(&self, at: Timestamp) -> Vec<Header> {
        vec![
            header("content-type", "application/json"),
            header("ce_specversion", "1.0"),
            header("ce_id", &self.id),
            header("ce_source", &self.source()),
            header("ce_type", self.kind),
            header("ce_time", &at.to_string()),
        ]
    }

    fn plain(&self, at: Timestamp) -> Value {
        let mut message = json!({
            "event_name": self.kind,
            "message_id": self.id,
            "sent_at": at.to_string(),
            "user": {"id": self.customer},
        });
        for (name, value) in self.data.as_object().into_iter().flatten() {
            message[name] = value.clone();
        }
        message
    }

    fn source(&self) -> String {
        format!("/{}", self.system.name())
    }
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: Some(value.as_bytes().to_vec()) }
}
