//! What values expressions have; in `faults` what is refused, in `garbage` what must not make them panic.

mod conformance;
mod faults;
mod garbage;

use super::*;
use crate::fixture::{World, compile};

/// What the source gives in the world of the fixture: JSON, or `!` and the error.
fn result(world: &World, source: &str) -> String {
    let (expression, layout) =
        compile(source, &world.names).unwrap_or_else(|faults| panic!("{source}: {faults:?}"));
    expression.evaluate_json(&world.scope(&layout)).unwrap_or_else(|error| format!("!{error}"))
}

#[test]
fn values_have_the_types_of_their_schemas() {
    let world = World::new();
    for (source, expected) in [
        // A number is a double even when it is written as a whole one, and goes out as it came.
        ("event.data.amount", "20"),
        ("event.data.amount + 0.5", "20.5"),
        ("type(event.data.amount) == double", "true"),
        ("event.data.amount / 3.0 > 6.6", "true"),
        ("event.data.days_late", "3"),
        ("type(event.data.days_late) == int", "true"),
        ("type(event.data.items[1].count) == int", "true"),
        ("event.data.items[0].price", "1.5"),
        ("event.data.items", r#"[{"sku":"a","price":1.50,"count":2},{"sku":"b","price":10,"count":1.0}]"#),
        ("event.data.due", r#""2026-03-01T11:00:00Z""#),
        ("type(event.data.due) == google.protobuf.Timestamp", "true"),
        ("now - event.data.due", r#""86400s""#),
        ("now - event.data.due == duration('1d')", "true"),
        ("event.data.note", r#""say \"hi\"""#),
        // Where no schema says anything, a whole number is an int.
        ("type(event.data.free.whole) == int", "true"),
        ("type(event.data.free.part) == double", "true"),
        ("type(event.data.free.big) == uint", "true"),
        ("event.data.free.a", "[null,true]"),
        ("event.data.free.a[0] == null", "true"),
        (
            "event.id + event.type + event.source + event.subject + event.journey",
            r#""e1payment.failedbillingc1j1""#,
        ),
        ("event.time", r#""2026-03-02T10:59:59.5Z""#),
        ("now", r#""2026-03-02T11:00:00Z""#),
        ("local", r#"{"date":"2026-03-02","hour":12,"minute":0,"weekday":1}"#),
        ("action.id", r#""call""#),
        ("action.group", "null"),
        ("cause", "null"),
        ("who.scores['call']", "1.0"),
        ("who.scores", r#"{"call":1}"#),
        ("accounts['A1'].balance", "100.0"),
        ("accounts[who.main_account].open", "true"),
        ("accounts", r#"{"A1":{"balance":100.0,"open":true},"A2":{"balance":1.5,"open":false}}"#),
        ("weather", "{}"),
    ] {
        assert_eq!(result(&world, source), expected, "{source}");
    }
}

#[test]
fn numbers_compare_across_types() {
    let world = World::new();
    for (source, expected) in [
        ("event.data.amount == 20", "true"),
        ("event.data.amount >= 20", "true"),
        ("event.data.amount < 21u", "true"),
        ("event.data.amount in [20, 21]", "true"),
        ("20 in [event.data.amount]", "true"),
        ("20u != event.data.amount", "false"),
        ("event.data.days_late < 3.5", "true"),
        ("{1: 'a'}[1.0]", r#""a""#),
        ("[1, 2.0, 3u] == [1.0, 2, 3]", "true"),
        ("event.data.free.big > 1.0", "true"),
        ("dyn(1) == '1'", "false"),
    ] {
        assert_eq!(result(&world, source), expected, "{source}");
    }
}

#[test]
fn cel_is_evaluated_as_its_specification_says() {
    let world = World::new();
    for (source, expected) in [
        ("who.tier in ['gold', 'platinum']", "true"),
        ("who.sentiment < 0.0 ? 'apologetic' : 'warm'", r#""apologetic""#),
        ("has(who.first_name) && !has(who.phone)", "true"),
        ("who['first_name'].startsWith('A')", "true"),
        ("size(event.data.items) + 'äöü'.size()", "5"),
        ("event.data.items.exists(i, i.price > 5.0)", "true"),
        ("event.data.items.all(i, i.count > 1)", "false"),
        ("event.data.items.exists_one(i, i.sku == 'a')", "true"),
        ("event.data.items.filter(i, i.price > 5.0).map(i, i.sku)", r#"["b"]"#),
        ("event.data.items.map(i, i.count > 1, i.sku)", r#"["a"]"#),
        ("'2' + string(2) + string(2.5) + string(true)", r#""222.5true""#),
        ("int('7') + int(7.9)", "14"),
        ("timestamp('2026-03-02T10:00:00Z') < now", "true"),
        ("now.getHours('Europe/Paris')", "12"),
        ("now + duration('2w1d')", r#""2026-03-17T11:00:00Z""#),
        ("duration('1h30m') + duration('1.5s')", r#""5401.5s""#),
        ("duration('-1.5s')", r#""-1.5s""#),
        ("duration(string(3) + 'd') == duration('72h')", "true"),
        ("duration(now - now)", r#""0s""#),
        ("who.first_name.matches('^A.a$')", "true"),
        ("{'b': 1, 'a': {'c': [1, 2]}}", r#"{"a":{"c":[1,2]},"b":1}"#),
        ("{'simple': 0.16, 'complex': 0.38}['simple']", "0.16"),
        ("dyn(1) == 1 // a comment", "true"),
    ] {
        assert_eq!(result(&world, source), expected, "{source}");
    }
}

#[test]
fn maps_are_walked_in_the_order_of_their_keys() {
    let world = World::new();
    let letters: Vec<String> = ('a'..='z').rev().map(|letter| format!("'{letter}': 1")).collect();
    let expected: Vec<String> = ('a'..='z').map(|letter| format!("\"{letter}\"")).collect();
    let source = format!("{{{}}}.map(k, k)", letters.join(", "));
    assert_eq!(result(&world, &source), format!("[{}]", expected.join(",")));
    assert_eq!(result(&world, "accounts.map(k, accounts[k].balance)"), "[100.0,1.5]");
    assert_eq!(result(&world, "{3: 1, 1: 1, 2: 1}.filter(k, k > 1)"), "[2,3]");
}

#[test]
fn errors_say_what_is_wrong_and_no_value_of_a_customer() {
    let world = World::new();
    for (source, expected) in [
        ("who.phone", "!there is no `phone`"),
        ("who.phone == '1'", "!there is no `phone`"),
        ("accounts[who.tier].balance", "!there is nothing of that key"),
        ("accounts['A9'].balance", "!there is no `A9`"),
        ("cause.data.amount", "!a field is read of what has none: null_type"),
        ("event.data.free.whole / 0", "!division by zero"),
        ("event.data.items[7].sku", "!the list has no item of that index"),
        ("event.data.free.a + 1", "!`+` does not go with list and int"),
        ("who.tier > event.data.free.whole", "!`>` does not go with string and int"),
        ("timestamp(who.tier)", "!`timestamp` failed"),
        ("duration(who.tier)", "!`duration` failed"),
        ("int(who.tier)", "!`int` failed"),
        ("-event.data.free.big", "!`-` does not go with uint"),
        ("9223372036854775807 + event.data.free.whole", "!a result is out of range"),
        ("timestamp('9999-12-31T23:59:59Z') + duration('1w')", "!a result is out of range"),
        ("now + duration(string(99999999) + 'w')", "!`duration` failed"),
        ("1.0 / 0.0", "!the number is not finite"),
        ("type(1)", "!a value of type type cannot be written as JSON"),
    ] {
        assert_eq!(result(&world, source), expected, "{source}");
    }
}

#[test]
fn and_and_or_take_no_notice_of_an_error_if_the_other_side_decides() {
    let world = World::new();
    for (source, expected) in [
        ("who.phone == '1' || true", Ok(true)),
        ("true || who.phone == '1'", Ok(true)),
        ("who.phone == '1' && false", Ok(false)),
        ("who.phone == '1' && true", Err("there is no `phone`")),
        ("who.phone == '1' || false", Err("there is no `phone`")),
        ("event.data.items.exists(i, i.sku == who.phone || i.sku == 'b')", Ok(true)),
        ("who.tier", Err("the value is no bool but string")),
    ] {
        let (expression, layout) = compile(source, &world.names).unwrap();
        assert_eq!(
            expression.truth(&world.scope(&layout)),
            expected.map_err(|e: &str| EvalError(e.to_owned())),
            "{source}"
        );
    }
}

#[test]
fn a_number_is_any_finite_number() {
    let world = World::new();
    for (source, expected) in [
        ("1", Ok(1.0)),
        ("2u", Ok(2.0)),
        ("event.data.amount", Ok(20.0)),
        ("0.0 / 0.0", Err("the number is not finite")),
        ("'1'", Err("the value is no number but string")),
    ] {
        let (expression, layout) = compile(source, &world.names).unwrap();
        assert_eq!(
            expression.number(&world.scope(&layout)),
            expected.map_err(|e: &str| EvalError(e.to_owned())),
            "{source}"
        );
    }
}

#[test]
fn what_is_not_known_of_a_subject_is_empty() {
    let world = World { who: None, own: Default::default(), ..World::new() };
    assert_eq!(result(&world, "has(who.first_name)"), "false");
    assert_eq!(result(&world, "who"), "{}");
    assert_eq!(result(&world, "accounts"), "{}");
    assert_eq!(result(&world, "local.hour"), "6", "the default zone is that of New York");
}

#[test]
fn scopes_of_two_actions_share_what_was_converted_and_differ_in_the_action() {
    let world = World::new();
    let source = "action.id + string(action.group == null) + who.tier";
    let (expression, layout) = compile(source, &world.names).unwrap();
    let first = world.scope(&layout);
    let second = first.with_action(crate::ActionFacts {
        id: "mail",
        group: Some("service"),
        complexity: "complex",
        sensitivity: "public",
        transactional: true,
    });
    assert_eq!(expression.evaluate_json(&first).unwrap(), r#""calltruegold""#);
    assert_eq!(expression.evaluate_json(&second).unwrap(), r#""mailfalsegold""#);
}

#[test]
fn an_expression_goes_to_other_threads() {
    fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<Expression>();
    send_and_sync::<crate::Template>();
}
