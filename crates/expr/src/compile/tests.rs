//! What becomes a slot, and what the functions of the router come to.

use std::sync::Arc;

use segue_model::Timestamp;

use crate::fixture::{World, compile, event};
use crate::past::{Needs, remember, seen};
use crate::{Expression, Slots};

/// The facts that a source reads, in the order of their slots.
fn slots(source: &str) -> Vec<String> {
    let (_, layout) = compile(source, &World::new().names).unwrap_or_else(|f| panic!("{source}: {f:?}"));
    (0..layout.len() as u32).map(|slot| layout.name(slot)).collect()
}

#[test]
fn constant_paths_and_rows_by_their_values_are_slots_and_nothing_else_is() {
    for (source, expected) in [
        ("who.tier == 'a' || who['tier'] == 'b'", &["who.tier"][..]),
        ("event.data.items[0].price + event.data.amount", &["event.data.items", "event.data.amount"]),
        ("accounts['A1'].open && accounts.A1.open && 'A1' in accounts", &["accounts.A1.open"]),
        ("accounts[who.tier].open || accounts[who.tier].open", &["who.tier", "accounts[who.tier].open"]),
        ("accounts[who.tier + 'x'].open", &["who.tier"]),
        ("has(who.phone) && who.phone == 'x'", &["has(who.phone)", "who.phone"]),
        ("['a'].exists(who, who == 'a') && .who.tier == 'a'", &["who.tier"]),
        ("count('payment.failed', '1h') > 1 || count('payment.failed', '1h') > 2", &["count"]),
        ("count('payment.failed', '1h') > count('payment.failed', '2h')", &["count", "count"]),
        ("action.id == 'call'", &[]),
        ("1 + 2 == 3", &[]),
    ] {
        assert_eq!(slots(source), expected, "{source}");
    }
}

#[test]
fn the_expressions_of_a_bundle_share_their_slots() {
    let names = World::new().names;
    let mut slots = Slots::new();
    for source in ["who.tier == 'a'", "who.tier == 'b' && event.data.amount > 1.0", "event.data.amount < 3.0"]
    {
        let _ = Expression::compile(source, &names, &mut slots).unwrap();
    }
    assert_eq!(slots.finish().len(), 2);
}

/// What a source comes to after three failed payments, of 5, 7.5 and 20, the last of them now, an hour apart.
fn after_payments(source: &str) -> String {
    let mut world = World::new();
    let (expression, layout) = compile(source, &world.names).unwrap_or_else(|f| panic!("{source}: {f:?}"));
    let mut needs = Needs::default();
    expression.needs().iter().for_each(|need| needs.add(need));
    let last = world.event.logged_at;
    for (hours, amount) in [(2, "5"), (1, "7.5"), (0, "20")] {
        let mut payment = event(&format!(r#"{{"amount": {amount}, "account_id": "A1", "secret": 1}}"#));
        payment.logged_at = Timestamp(last.0 - hours * 3_600_000);
        payment.time = payment.logged_at;
        payment.id = format!("p{hours}");
        let Some(of_type) = needs.events.get("payment.failed") else { continue };
        let remembered = world.past.events.entry("payment.failed".to_owned()).or_default();
        let _ = remember(Arc::make_mut(remembered), of_type, seen(&payment, of_type), payment.logged_at);
        world.event = payment;
    }
    expression.evaluate_json(&world.scope(&layout)).unwrap_or_else(|error| format!("!{error}"))
}

#[test]
fn the_past_is_asked_by_slots() {
    for (source, expected) in [
        ("count('payment.failed', '90m')", "2"),
        ("count('payment.failed', '24h') >= 3", "true"),
        ("count(['payment.failed', 'payment.settled']) in [3]", "true"),
        ("sum('payment.failed', 'data.amount', '24h')", "32.5"),
        ("min('payment.settled', 'data.amount')", "!`min` of none has no value"),
        ("min('payment.settled', 'data.amount') > 1", "!`min` of none has no value"),
        ("last('payment.failed').data.amount", "7.5"),
        ("last('payment.failed').data['amount'] > 7.0 && last('payment.failed').id == 'p1'", "true"),
        ("has(last('payment.failed').data.due)", "false"),
        ("last('payment.failed').data.due", "!there is no `due`"),
        ("last('payment.settled') == null", "true"),
        ("null != last('payment.failed')", "true"),
        ("last('payment.settled').data.amount", "!a field is read of what has none: null_type"),
        ("since('payment.failed') == duration('1h') || since('payment.failed') > duration('1h')", "true"),
        ("released('call', '7d')", "0"),
        ("age(accounts, 'A9') > duration('1h')", "!there is nothing of that key"),
    ] {
        assert_eq!(after_payments(source), expected, "{source}");
    }
}

#[test]
fn of_a_latest_event_only_what_is_read_is_remembered() {
    for (source, expected) in [
        ("last('payment.failed').data.amount > 1.0", vec!["data.amount"]),
        ("last('payment.failed') == null", vec![]),
        ("last('payment.failed').id == 'x'", vec![]),
        ("last('payment.failed').data == event.data", vec!["data"]),
    ] {
        let (expression, _) = compile(source, &World::new().names).unwrap();
        let fields = expression.needs().iter().flat_map(|need| &need.fields).map(|path| path.join("."));
        assert_eq!(fields.collect::<Vec<_>>(), expected, "{source}");
    }
}

#[test]
fn decision_tables_are_asked_by_the_names_of_their_inputs() {
    let world = World::new();
    for (source, expected) in [
        ("decide('tone-by-mood', {'tier': who.tier, 'mood': 'good'}).tone", r#""warm""#),
        ("decide('tone-by-mood', {'mood': 'bad', 'tier': who.tier})", r#"{"tone":"apologetic"}"#),
        ("decide('tone-by-mood', {'mood': 'good', 'tier': 'none'}) == null", "true"),
        ("decide('tone-by-mood', {'mood': 'bad', 'tier': who.phone}).tone", "!there is no `phone`"),
        ("decide('tone-by-mood', dyn({'mood': 'bad'})).tone", r#""apologetic""#),
        ("decide('tone-by-mood', event.data.free).tone", "!a field is read of what has none: null_type"),
    ] {
        let (expression, layout) =
            compile(source, &world.names).unwrap_or_else(|f| panic!("{source}: {f:?}"));
        let found = expression.evaluate_json(&world.scope(&layout)).unwrap_or_else(|e| format!("!{e}"));
        assert_eq!(found, expected, "{source}");
    }
}

#[test]
fn places_are_as_far_apart_as_on_the_earth() {
    let world = World::new();
    let source = "distance_km({'lat': 48.8566, 'lon': 2.3522}, {'lat': 51.5074, 'lon': -0.1278}) > 343.0";
    let (expression, layout) = compile(source, &world.names).unwrap();
    assert_eq!(expression.truth(&world.scope(&layout)), Ok(true));
}

#[test]
fn a_table_is_named_by_its_name_or_its_id() {
    for source in ["age(accounts, 'A1') > duration('1h')", "age('accounts', 'A1') > duration('1h')"] {
        assert!(compile(source, &World::new().names).is_ok(), "{source}");
    }
}
