//! What conditions demand of fields.

use segue_value::Value;

use super::learn;
use crate::check::{Origin, Root};

/// The demands of a source, as `path operator constants`, and `...` where there is more to it.
fn demands(source: &str) -> String {
    let demands = learn(source).demands;
    let mut lines: Vec<String> = Vec::new();
    for comparison in &demands.comparisons {
        let constants: Vec<String> = comparison
            .constants
            .iter()
            .map(|constant| segue_value::json::json(constant).unwrap_or_default())
            .collect();
        lines.push(format!(
            "{} {:?} {}",
            comparison.path.join("."),
            comparison.operator,
            constants.join(",")
        ));
    }
    lines.extend((!demands.is_whole).then(|| "...".to_owned()));
    lines.join("; ")
}

#[test]
fn what_must_hold_and_never_does_is_known_with_its_place() {
    for (source, expected) in [
        ("1 == 2", Some("1 == 2")),
        ("who.tier == 'a' && !(1 < 2 || who.phone == '')", Some("1 < 2")),
        ("who.tier != who['tier']", Some("who.tier != who['tier']")),
        ("event.data.amount < event.data.amount || false", None),
        (
            "!(count('page.viewed', '1h') >= count('page.viewed',  '1h'))",
            Some("count('page.viewed', '1h') >= count('page.viewed',  '1h')"),
        ),
        ("who.tier in []", Some("who.tier in []")),
        ("who.tier == 'a' || 1 == 2", None),
        ("who.tier == who.tier", None),
        ("1 == 1", None),
    ] {
        let place = learn(source).demands.impossible;
        assert_eq!(place.map(|(start, end)| &source[start..end]), expected, "{source}");
    }
}

#[test]
fn every_comparison_and_every_field_is_known_wherever_it_stands() {
    let source =
        "who.tier == 'a' ? has(who.phone) : event.data.items.exists(i, i.sku == 'b' && who.phone in ['c'])";
    let learnt = learn(source);
    let compared: Vec<String> =
        learnt.comparisons.iter().map(|one| format!("{} {:?}", one.path.join("."), one.operator)).collect();
    assert_eq!(compared, ["who.tier OneOf", "who.phone NoneOf", "who.phone OneOf"]);
    let fields: Vec<&str> = learnt.fields.iter().map(|(_, (start, end))| &source[*start..*end]).collect();
    assert_eq!(fields, ["who.tier", "event.data.items", "who.phone"]);
    // A variable is no name, even if it is called like one.
    assert!(learn("event.data.items.exists(who, who.sku == 'b')").comparisons.is_empty());
}

#[test]
fn what_a_decision_table_is_asked_with_is_known() {
    let source = "decide('tone-by-mood', {'mood': has(who.tier) ? who.tier : 'x', 'tier': who.tier + 'y'}).tone == 'a'";
    let learnt = learn(source);
    let asked: Vec<String> = learnt.asked[0]
        .inputs
        .iter()
        .map(|input| {
            format!(
                "{} {:?} {} {}",
                input.name,
                input.shape,
                input.origins.len(),
                &source[input.place.0..input.place.1]
            )
        })
        .collect();
    assert_eq!(asked, ["mood Text 2 has(who.tier) ? who.tier : 'x'", "tier Text 1 who.tier + 'y'"]);
    assert!(matches!(&learnt.asked[0].inputs[0].origins[..], [Origin::Reading(_), Origin::Constant(_)]));
    assert!(
        matches!(&learnt.comparisons[..], [one, _] if one.root == Root::Row("tone-by-mood".to_owned()) && one.path[1] == "tone")
    );
}

#[test]
fn a_condition_demands_what_must_hold_for_it_to_be_true() {
    for (source, expected) in [
        ("who.tier == 'gold'", r#"who.tier OneOf "gold""#),
        (
            "5 < event.data.amount && who['tier'] != 'x'",
            r#"event.data.amount Greater 5; who.tier NoneOf "x""#,
        ),
        ("who.tier in ['a', 'b']", r#"who.tier OneOf "a","b""#),
        ("who.tier == 'a' || who.tier in ['b', 'c'] || 'd' == who.tier", r#"who.tier OneOf "a","b","c","d""#),
        ("!(who.tier in ['a', 'b'])", r#"who.tier NoneOf "a","b""#),
        (
            "!(event.data.amount < 5 || who.tier == 'a')",
            r#"event.data.amount AtLeast 5; who.tier NoneOf "a""#,
        ),
        (
            "accounts['A1'].open && !event.data.free",
            "accounts.A1.open OneOf true; event.data.free OneOf false",
        ),
        (
            "event.data.due < timestamp('2026-03-02T10:00:00Z')",
            r#"event.data.due Less "2026-03-02T10:00:00Z""#,
        ),
        ("true && who.tier == null", "who.tier OneOf null"),
        ("who.tier == 'a' || event.data.amount > 1.0", "..."),
        ("who.tier == 'a' && size(who . phone) > 1", r#"who.tier OneOf "a"; size(who . phone) Greater 1"#),
        ("who.tier == 'a' && who.phone.contains('1')", r#"who.tier OneOf "a"; ..."#),
        ("has(who.tier) && !has(who.phone)", "who.tier NoneOf ; who.phone OneOf "),
        ("last( 'payment.failed' ).data.amount > 1.0", "last( 'payment.failed' ).data.amount Greater 1.0"),
        ("1 < 2 && ['a'] == ['b'] && 'a' in ['a', 'b']", "..."),
        ("!(1 > 2 || false)", ""),
        ("accounts[who.main_account].open", "accounts[who.main_account].open OneOf true"),
        ("who.tier == who.phone", "..."),
        ("event.data.items.exists(i, i.sku == 'a')", "..."),
        ("false", "..."),
    ] {
        assert_eq!(demands(source), expected, "{source}");
    }
}

#[test]
fn a_contradiction_is_two_comparisons_that_cannot_both_hold() {
    for (source, expected) in [
        ("who.tier == 'a' && who.tier == 'b'", Some("who.tier == 'a' / who.tier == 'b'")),
        (
            "event.data.amount > 5 && who.tier == 'a' && event.data.amount < 3",
            Some("event.data.amount > 5 / event.data.amount < 3"),
        ),
        (
            "event.data.amount > 5.0 && event.data.amount <= 5",
            Some("event.data.amount > 5.0 / event.data.amount <= 5"),
        ),
        (
            "who.tier in ['a', 'b'] && who.tier != 'a' && !(who.tier == 'b')",
            Some("who.tier in ['a', 'b'] / who.tier == 'b'"),
        ),
        ("accounts['A'].open && !accounts['A'].open", Some("accounts['A'].open / accounts['A'].open")),
        (
            "event.data.free == null && event.data.free > 1",
            Some("event.data.free == null / event.data.free > 1"),
        ),
        ("event.data.free > 'a' && event.data.free < 5", Some("event.data.free > 'a' / event.data.free < 5")),
        ("event.data.amount >= 5 && event.data.amount <= 5.0", None),
        ("event.data.amount > 5 && event.data.days_late < 3", None),
        ("who.tier == 'a' || who.tier == 'b'", None),
        ("event.data.amount > 1 && event.data.amount > 3 && event.data.amount != 4", None),
        ("who.tier in ['a', 'b'] && who.tier != 'a'", None),
    ] {
        let found = learn(source).demands.contradiction();
        let text = found.map(|(a, b)| format!("{} / {}", &source[a.0..a.1], &source[b.0..b.1]));
        assert_eq!(text.as_deref(), expected, "{source}");
    }
}

#[test]
fn one_condition_implies_another_if_it_leaves_less() {
    for (one, other, expected) in [
        ("event.data.amount > 5", "event.data.amount > 3", true),
        ("event.data.amount > 5", "event.data.amount >= 5.0", true),
        ("event.data.amount >= 5", "event.data.amount > 5", false),
        ("event.data.amount < 5", "event.data.amount <= 5", true),
        ("event.data.amount == 5", "event.data.amount > 3 && event.data.amount != 4", true),
        ("who.tier == 'a' && event.data.amount > 1", "who.tier in ['a', 'b']", true),
        ("who.tier in ['a', 'c']", "who.tier in ['a', 'b']", false),
        ("who.tier != 'a' && who.tier != 'b'", "who.tier != 'a'", true),
        ("!(who.tier in ['a', 'b'])", "who.tier != 'b'", true),
        ("event.data.amount > 5", "event.data.amount != 3", true),
        ("event.data.amount > 5", "event.data.amount != 6", false),
        ("event.data.amount > 5", "true", true),
        ("event.data.amount > 5 && size(who.tier) > 1", "event.data.amount > 5", true),
        ("event.data.amount > 5", "event.data.amount > 5 && size(who.tier) > 1", false),
        ("event.data.amount > 5", "who.tier == 'a'", false),
        ("who.tier != 'a'", "who.tier == 'b'", false),
    ] {
        assert_eq!(learn(one).demands.implies(&learn(other).demands), expected, "{one} => {other}");
    }
}

#[test]
fn a_comparison_admits_the_values_that_pass_it() {
    let demands = learn("event.data.amount >= 5").demands;
    let admits = |value: Value<'_>| demands.comparisons[0].admits(&value);
    assert!(admits(Value::Int(5)) && admits(Value::Double(5.5)) && admits(Value::UInt(6)));
    assert!(!admits(Value::Double(4.9)) && !admits(Value::Null) && !admits(Value::text("7")));
}
