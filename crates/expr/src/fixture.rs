//! The bundle, event and profile that the tests of this crate speak about.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_decision_table::{DecisionTable, Hit};
use segue_document::Document;
use segue_model::profile::Row;
use segue_model::{Event, Past, Rows, Subject, Timestamp};

use crate::{ActionFacts, Expression, Facts, Fault, Layout, Names, Scope, Slots, Template};

pub(crate) use declared::{map, names};

/// The names that the tests of the checker speak about, too.
#[path = "../../syntax/src/fixture.rs"]
mod declared;

/// An expression, and the layout of its slots.
pub(crate) fn compile(source: &str, names: &Names) -> Result<(Expression, Layout), Vec<Fault>> {
    let rows = [["bad", "", "apologetic"], ["", "gold", "warm"]];
    let tone = DecisionTable::new(Hit::First, &["mood", "tier"], &["tone"], &rows.map(Vec::from)).unwrap();
    let mut slots = Slots::with_tables(BTreeMap::from([("tone-by-mood".to_owned(), Arc::new(tone))]));
    Expression::compile(source, names, &mut slots).map(|expression| (expression, slots.finish()))
}

/// A template, and the layout of its slots.
pub(crate) fn compile_template(text: &str, names: &Names) -> Result<(Template, Layout), Vec<Fault>> {
    let mut slots = Slots::new();
    Template::compile(text, names, &mut slots).map(|template| (template, slots.finish()))
}

/// A failed payment of Ada, in Paris, on a Monday at noon there.
pub(crate) struct World {
    pub(crate) names: Names,
    pub(crate) event: Event,
    pub(crate) who: Option<Document>,
    pub(crate) own: BTreeMap<String, Rows>,
    pub(crate) everyone: BTreeMap<String, Rows>,
    pub(crate) past: Past,
    pub(crate) now: Timestamp,
}

impl World {
    pub(crate) fn new() -> World {
        let data = r#"{"account_id": "A1", "amount": 20, "days_late": 3, "due": "2026-03-01T12:00:00+01:00",
            "items": [{"sku": "a", "price": 1.50, "count": 2}, {"sku": "b", "price": 10, "count": 1.0}],
            "note": "say \"hi\"", "free": {"whole": 7, "part": 7.5, "big": 18446744073709551615, "b": 1, "a": [null, true]}}"#;
        let who = r#"{"first_name": "Ada", "tier": "gold", "timezone": "Europe/Paris", "main_account": "A1",
            "sentiment": -0.5, "scores": {"call": 1}}"#;
        World {
            names: names(),
            event: event(data),
            who: Some(Document::parse_own(who).unwrap()),
            own: BTreeMap::from([(
                "accounts".to_owned(),
                rows(&[
                    ("A2", r#"{"balance": 1.5, "open": false}"#),
                    ("A1", r#"{"balance": 100, "open": true}"#),
                ]),
            )]),
            everyone: BTreeMap::new(),
            past: Past::default(),
            now: Timestamp::parse("2026-03-02T11:00:00Z").unwrap(),
        }
    }

    /// A scope for expressions that were compiled with these slots.
    pub(crate) fn scope<'a>(&'a self, layout: &'a Layout) -> Scope<'a> {
        Scope::new(
            layout,
            Facts {
                event: Some(&self.event),
                cause: None,
                is_timer: false,
                who: self.who.as_ref(),
                own: &self.own,
                everyone: &self.everyone,
                channel: None,
                place: None,
                device: None,
                past: &self.past,
                now: self.now,
                zone: "America/New_York",
                action: Some(ActionFacts {
                    id: "call",
                    group: None,
                    complexity: "simple",
                    sensitivity: "personal",
                    transactional: false,
                }),
            },
        )
    }
}

pub(crate) fn event(data: &str) -> Event {
    let at = Timestamp::parse("2026-03-02T10:59:59.5Z").unwrap();
    Event {
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
    }
}

fn rows(rows: &[(&str, &str)]) -> Rows {
    let row = |json: &str| Row {
        document: Arc::new(Document::parse_own(json).unwrap()),
        instants: BTreeMap::new(),
    };
    Rows(rows.iter().map(|(key, json)| ((*key).to_owned(), row(json))).collect())
}
