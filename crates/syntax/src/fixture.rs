//! The names that the tests of this crate and of those that stand on it speak about.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{DecisionShape, Names};
use segue_value::{Rest, Shape};

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
