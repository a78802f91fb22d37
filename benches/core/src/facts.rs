//! Events and profiles as rules meet them.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_document::Document;
use segue_expr::{Facts, Scope};
use segue_model::{Event, Profile, Rows, Subject, Surroundings, Timestamp};

use crate::world::BEGAN_MS;

/// An event, its subject's profile, and what everyone sees.
pub struct Met {
    pub event: Event,
    pub profile: Profile,
    pub everyone: BTreeMap<String, Rows>,
}

impl Met {
    /// Of the text of a CloudEvent and the JSON of a customer.
    pub fn of(event: &str, who: &str) -> Met {
        let document = Document::parse_own(event).expect("an event is JSON");
        let member = |name: &str| {
            document.root().get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
        };
        let data = document.root().get("data").expect("an event has data").to_document();
        let event = Event {
            source: "shop".to_owned(),
            namespace: None,
            id: member("id"),
            kind: member("type"),
            time: Timestamp(BEGAN_MS),
            logged_at: Timestamp(BEGAN_MS),
            subject: Some(Subject::person(member("subject"))),
            journey: member("id"),
            traceparent: None,
            surroundings: Surroundings::default(),
            data,
        };
        let who = Document::parse_own(who).expect("a customer is JSON");
        let profile = Profile { who: Some(Arc::new(who)), ..Profile::default() };
        Met { event, profile, everyone: BTreeMap::new() }
    }

    pub fn scope<'a>(&'a self, bundle: &'a Bundle) -> Scope<'a> {
        let facts = Facts {
            event: Some(&self.event),
            cause: Some(&self.event),
            is_timer: false,
            who: self.profile.who.as_deref(),
            own: &self.profile.tables,
            everyone: &self.everyone,
            channel: None,
            place: None,
            device: None,
            past: &self.profile.past,
            now: Timestamp(BEGAN_MS),
            zone: "UTC",
            action: None,
        };
        Scope::new(&bundle.layout, facts)
    }
}
