//! A bundle's shapes, an event and a profile, once for us and once for the interpreter.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_document::Document;
use segue_expr::{ActionFacts, Facts, Layout, Names, Scope};
use segue_model::profile::Row;
use segue_model::{Event, Past, Rows, Subject, Timestamp};

use crate::convert;
use crate::declared;
use crate::interpreter::Roots;

pub(crate) struct World {
    pub(crate) names: Names,
    event: Event,
    who: Document,
    own: BTreeMap<String, Rows>,
    everyone: BTreeMap<String, Rows>,
    past: Past,
    now: Timestamp,
}

const ACTION: ActionFacts<'static> = ActionFacts {
    id: "call",
    group: None,
    complexity: "simple",
    sensitivity: "personal",
    transactional: false,
};

impl World {
    pub(crate) fn new(data: &str, who: &str) -> World {
        let row = |json: &str| Row {
            document: Arc::new(Document::parse_own(json).unwrap()),
            instants: BTreeMap::new(),
        };
        let rows = [("A1", r#"{"balance": 100, "open": true}"#), ("A2", r#"{"balance": 1.5}"#)];
        let rows = rows.map(|(key, json)| (key.to_owned(), row(json)));
        let at = Timestamp::parse("2026-03-02T10:59:59.5Z").unwrap();
        World {
            names: declared::names(),
            event: Event {
                source: "billing".to_owned(),
                namespace: None,
                id: "e1".to_owned(),
                kind: "payment.failed".to_owned(),
                time: at,
                logged_at: at,
                subject: Some(Subject::person("c1")),
                journey: "j1".to_owned(),
                traceparent: None,
                surroundings: Default::default(),
                data: Document::parse_own(data).unwrap(),
            },
            who: Document::parse_own(who).unwrap(),
            own: BTreeMap::from([("accounts".to_owned(), Rows(rows.into_iter().collect()))]),
            everyone: BTreeMap::new(),
            past: Past::default(),
            now: Timestamp::parse("2026-03-02T11:00:00Z").unwrap(),
        }
    }

    pub(crate) fn scope<'a>(&'a self, layout: &'a Layout) -> Scope<'a> {
        let facts = Facts {
            event: Some(&self.event),
            cause: None,
            is_timer: false,
            who: Some(&self.who),
            own: &self.own,
            everyone: &self.everyone,
            channel: None,
            place: None,
            device: None,
            past: &self.past,
            now: self.now,
            zone: "Europe/Paris",
            action: Some(ACTION),
        };
        Scope::new(layout, facts)
    }

    /// What the interpreter sees.
    pub(crate) fn roots(&self) -> Roots<'_> {
        let shape = |name: &str| &self.names.roots[name];
        // What a clock on the wall says at `now`; where the zone is none, that of Paris.
        let (hour, minute) = match self.who.root().get("timezone").and_then(|zone| zone.as_str()) {
            Some("America/New_York") => (6, 0),
            Some("Asia/Kolkata") => (16, 30),
            _ => (12, 0),
        };
        Roots(BTreeMap::from([
            ("event", convert::event(&self.event, shape("event"))),
            ("cause", convert::null() as convert::Held<'_>),
            ("who", convert::value(self.who.root(), shape("who"))),
            ("now", convert::moment(self.now)),
            ("local", convert::local(hour, minute, 1, "2026-03-02")),
            ("action", convert::action(ACTION.id)),
            ("accounts", convert::table(self.own.get("accounts"), shape("accounts"))),
            ("weather", convert::table(None, shape("weather"))),
        ]))
    }
}
