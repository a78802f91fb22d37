//! The bundle, event and profile that the tests of this crate speak about.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_decision_table::{DecisionTable, Hit};
use segue_document::Document;
use segue_model::profile::Row;
use segue_model::{Event, Past, Rows, Subject, Timestamp};

use crate::{
    ActionFacts, DecisionShape, Expression, Facts, Fault, Layout, Names, Rest, Scope, Shape, Slots, Template,
};

pub(crate) fn map(fields: &[(&str, Shape)]) -> Shape {
    let fields = fields.iter().map(|(name, shape)| ((*name).to_owned(), shape.clone())).collect();
    Shape::Map { fields, rest: Box::new(Rest::Closed) }
}

fn event_shape() -> Shape {
    let item = map(&[("sku", Shape::Text), ("price", Shape::Double), ("count", Shape::Int)]);
    let data = map(&[
        ("account_id", Shape::Text),
        ("amount", Shape::Double),
        ("days_late", Shape::Int),
        ("due", Shape::Timestamp),
        ("items", Shape::List(Box::new(item))),
        ("note", Shape::Text),
        ("free", Shape::Any),
    ]);
    map(&[
        ("id", Shape::Text),
        ("type", Shape::Text),
        ("source", Shape::Text),
        ("time", Shape::Timestamp),
        ("subject", Shape::Text),
        ("journey", Shape::Text),
        ("data", data),
    ])
}

pub(crate) fn names() -> Names {
    let row = map(&[("balance", Shape::Double), ("open", Shape::Bool)]);
    let who = map(&[
        ("first_name", Shape::Text),
        ("tier", Shape::Text),
        ("timezone", Shape::Text),
        ("main_account", Shape::Text),
        ("sentiment", Shape::Double),
        ("scores", Shape::Map { fields: BTreeMap::new(), rest: Box::new(Rest::Open(Shape::Double)) }),
        ("phone", Shape::Text),
    ]);
    let local =
        map(&[("hour", Shape::Int), ("minute", Shape::Int), ("weekday", Shape::Int), ("date", Shape::Text)]);
    let action = map(&[("id", Shape::Text), ("group", Shape::Text)]);
    let table = |row| Shape::Map { fields: BTreeMap::new(), rest: Box::new(Rest::Open(row)) };
    let roots = [
        ("event", event_shape()),
        ("cause", event_shape()),
        ("who", who),
        ("now", Shape::Timestamp),
        ("local", local),
        ("action", action),
        ("accounts", table(row)),
        ("weather", table(Shape::Any)),
    ];
    let payment = |amount| map(&[("amount", amount), ("account_id", Shape::Text), ("due", Shape::Timestamp)]);
    let types = [
        ("payment.failed", payment(Shape::Double)),
        ("payment.settled", payment(Shape::Int)),
        ("page.viewed", map(&[("product", Shape::Text), ("account_id", Shape::Int)])),
    ];
    let tone = DecisionShape {
        inputs: ["mood", "tier"].map(str::to_owned).into(),
        result: map(&[("tone", Shape::Text)]),
    };
    let by_name = |(name, shape): (&str, Shape)| (name.to_owned(), shape);
    Names {
        roots: roots.into_iter().map(by_name).collect(),
        event_types: Arc::new(types.into_iter().map(by_name).collect()),
        decision_tables: Arc::new([("tone-by-mood".to_owned(), tone)].into()),
        actions: Arc::new(["call", "send-link"].map(str::to_owned).into()),
        ..Names::default()
    }
}

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
                event: &self.event,
                cause: None,
                who: self.who.as_ref(),
                own: &self.own,
                everyone: &self.everyone,
                past: &self.past,
                now: self.now,
                zone: "America/New_York",
                action: Some(ActionFacts { id: "call", group: None, transactional: false }),
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
