//! The names that the sources may use, and facts made of documents that were found anywhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_decision_table::{DecisionTable, Hit};
use segue_document::Document;
use segue_expr::past::{Needs, remember, seen};
use segue_expr::{ActionFacts, Expression, Facts, Layout, Names, Scope, Shape, Slots};
use segue_model::profile::Row;
use segue_model::{Event, Past, Rows, Subject, Timestamp};

use crate::declared;

/// The names that the tests of the checker speak about, and some more of the subject.
pub(crate) fn names(untyped: bool) -> Names {
    let mut names = Names { untyped, ..declared::names() };
    if let Some(Shape::Map { fields, .. }) = names.roots.get_mut("who") {
        fields.extend([("mood".to_owned(), Shape::Text), ("on_holiday".to_owned(), Shape::Bool)]);
    }
    names
}

pub(crate) fn slots() -> Slots {
    let rows = [["bad", "", "apologetic"], ["", "gold", "warm"]];
    let tone = DecisionTable::new(Hit::First, &["mood", "tier"], &["tone"], &rows.map(Vec::from)).unwrap();
    Slots::with_tables(BTreeMap::from([("tone-by-mood".to_owned(), Arc::new(tone))]))
}

/// Facts made of four documents: the event's data, its cause's, the subject's attributes, a row.
pub(crate) struct World {
    event: Event,
    cause: Event,
    who: Document,
    own: BTreeMap<String, Rows>,
    everyone: BTreeMap<String, Rows>,
    now: Timestamp,
}

impl World {
    pub(crate) fn new([data, cause, who, row]: [Document; 4]) -> World {
        let row = Row { document: Arc::new(row), instants: BTreeMap::new() };
        let now = Timestamp::parse("2026-03-02T11:00:00Z").unwrap();
        let rows = |keys: &[&str]| Rows(keys.iter().map(|key| ((*key).to_owned(), row.clone())).collect());
        World {
            event: event("payment.failed", "e2", now, data),
            cause: event("page.viewed", "e1", now.plus(segue_model::Span(-90_000)), cause),
            who,
            own: BTreeMap::from([("accounts".to_owned(), rows(&["A1", "A2", ""]))]),
            everyone: BTreeMap::from([("weather".to_owned(), rows(&["x"]))]),
            now,
        }
    }

    /// What is remembered if an expression is to be asked: both events, each twice.
    pub(crate) fn past(&self, expression: &Expression) -> Past {
        let mut needs = Needs::default();
        expression.needs().iter().for_each(|need| needs.add(need));
        let mut past = Past::default();
        for event in [&self.cause, &self.event] {
            let Some(of_type) = needs.events.get(&event.kind) else { continue };
            let remembered = Arc::make_mut(past.events.entry(event.kind.clone()).or_default());
            let again = Event { id: format!("{}-again", event.id), ..event.clone() };
            for event in [&again, event] {
                let _ = remember(remembered, of_type, seen(event, of_type), self.now);
            }
        }
        past
    }

    pub(crate) fn scope<'a>(&'a self, past: &'a Past, layout: &'a Layout) -> Scope<'a> {
        let facts = Facts {
            event: Some(&self.event),
            cause: Some(&self.cause),
            is_timer: false,
            who: Some(&self.who),
            own: &self.own,
            everyone: &self.everyone,
            channel: None,
            place: None,
            device: None,
            past,
            now: self.now,
            zone: "Europe/Paris",
            action: Some(ActionFacts {
                id: "call",
                group: None,
                complexity: "simple",
                sensitivity: "personal",
                transactional: false,
            }),
        };
        Scope::new(layout, facts)
    }
}

fn event(kind: &str, id: &str, at: Timestamp, data: Document) -> Event {
    Event {
        source: "billing".to_owned(),
        namespace: None,
        id: id.to_owned(),
        kind: kind.to_owned(),
        time: at,
        logged_at: at,
        subject: Some(Subject::person("c1")),
        journey: "j1".to_owned(),
        traceparent: None,
        surroundings: Default::default(),
        data,
    }
}
