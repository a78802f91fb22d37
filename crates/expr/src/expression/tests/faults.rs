//! What is refused, where, and with what hint; and what paths are read by what is not.

use super::*;
use crate::fixture::names;

/// Faults as `code@text: message [hint]`.
fn faults(source: &str) -> Vec<String> {
    let faults = compile(source, &names()).err().unwrap_or_default();
    let line = |fault: Fault| {
        let hint = fault.hint.map(|hint| format!(" [{hint}]")).unwrap_or_default();
        format!("{}@{}: {}{hint}", fault.code, &source[fault.start..fault.end], fault.message)
    };
    faults.into_iter().map(line).collect()
}

#[test]
fn every_fault_has_its_place_and_a_hint_where_there_is_one() {
    for (source, expected) in FAULTS {
        assert_eq!(faults(source), *expected, "{source}");
    }
}

/// Sources and what is wrong with them.
const FAULTS: &[(&str, &[&str])] = &[
    (
        "event.data.amuont > 1.0",
        &["unknown-field@amuont: no schema has a field `amuont` here [did you mean `amount`?]"],
    ),
    ("'é' == whoo.tier", &["unknown-name@whoo: unknown name `whoo` [did you mean `who`?]"]),
    (
        "acounts['A1'].balance > 0",
        &["unknown-name@acounts: unknown name `acounts` [did you mean `accounts`?]"],
    ),
    (
        "accounts['A1'].balanse > 0",
        &["unknown-field@balanse: no schema has a field `balanse` here [did you mean `balance`?]"],
    ),
    (
        "has(event.data . notee)",
        &["unknown-field@notee: no schema has a field `notee` here [did you mean `note`?]"],
    ),
    ("has(who.teir)", &["unknown-field@teir: no schema has a field `teir` here [did you mean `tier`?]"]),
    (
        "who['teir'] == 'x'",
        &["unknown-field@'teir': no schema has a field `teir` here [did you mean `tier`?]"],
    ),
    (
        "event.data.items.exists(i, i.prize > 1.0)",
        &["unknown-field@prize: no schema has a field `prize` here [did you mean `price`?]"],
    ),
    (
        "event.data.items.filter(i, i.count > 1)[0].sky",
        &["unknown-field@sky: no schema has a field `sky` here [did you mean `sku`?]"],
    ),
    ("{'a': 1}.b", &["unknown-field@b: no schema has a field `b` here [did you mean `a`?]"]),
    ("who.tier.x", &["unknown-field@x: a text has no field `x`"]),
    (
        "event.data.amount[0]",
        &["wrong-type@event.data.amount: `event.data.amount` is a number (double) and has no items"],
    ),
    (
        "where.country == 'FR'",
        &[
            "unknown-name@where: unknown name `where` [no source says where its events come from: give one `where`]",
        ],
    ),
    ("x.y > 1 && z", &["unknown-name@x: unknown name `x`", "unknown-name@z: unknown name `z`"]),
    ("contans(who.tier, 'g')", &["unknown-function@contans: unknown function `contans`"]),
    (
        "who.tier.contans('g')",
        &["unknown-function@contans: unknown function `contans` [did you mean `contains`?]"],
    ),
    (
        "contains(who.tier, 'g')",
        &["unknown-function@contains: unknown function `contains` [call it on a value: `x.contains(..)`]"],
    ),
    ("coutn('a') > 1", &["unknown-function@coutn: unknown function `coutn` [did you mean `count`?]"]),
    ("size(1, 2)", &["bad-call@size: `size` does not take 2 arguments"]),
    ("has(who.tier, who.tier)", &["bad-call@has: `has` does not take 2 arguments"]),
    (
        "now - duration('3')",
        &[
            "bad-duration@'3': `3` is no duration [write a number and a unit, as in `90s`, `15m`, `24h`, `7d`, `2w`]",
        ],
    ),
    (
        "now > timestamp('today')",
        &["bad-timestamp@'today': `today` is no timestamp [write it as in `2026-03-02T10:00:00Z`]"],
    ),
    ("who.tier.matches('(')", &["bad-pattern@'(': no pattern: unclosed group"]),
    (
        "who.tier.matches('a{2}{1000000}')",
        &["bad-pattern@'a{2}{1000000}': no pattern: compiled regex exceeds size limit of 1048576 bytes"],
    ),
    (
        "matches('a', who.tier)",
        &[
            "bad-call@who.tier: the pattern of `matches` is a text that stands here as it is [it is made ready when the bundle is read, so no event can make it slow]",
        ],
    ),
    ("Account{id: 1}", &["unknown-name@{: there is no type `Account` to make values of"]),
    (
        "[1].all(a, [1].all(b, [1].all(c, true)))",
        &["too-deep@(: more than 2 of `all`, `exists`, `map`, `filter` inside one another"],
    ),
    (
        "optional.of(1)",
        &["unknown-name@optional: unknown name `optional`", "unknown-function@of: unknown function `of`"],
    ),
    ("", &["syntax@: the expression is empty"]),
    ("1 +", &["syntax@: the expression ends too early"]),
    ("who.tier = 'a'", &["syntax@=: unexpected `=` [did you mean `==`?]"]),
    ("who.tier == 'a' and true", &["syntax@and: unexpected `and` [did you mean `&&`?]"]),
    ("who.tier who", &["syntax@who: unexpected `who`"]),
    ("'ä' + 'abc", &["syntax@'abc: text without an end, or with a wrong escape: 'abc"]),
    ("(1", &["syntax@: missing `)`"]),
    ("has(who)", &["syntax@w: invalid argument to has() macro"]),
    ("99999999999999999999", &["syntax@9: invalid int literal"]),
    ("a.?b", &["syntax@.: unsupported syntax '.?'"]),
];

#[test]
fn paths_are_what_is_read_and_flows_what_can_be_seen() {
    for (source, reads, flows) in [
        ("who.first_name", "who.first_name", "who.first_name"),
        ("who", "who", "who"),
        ("who.sentiment < 0.0 ? who.tier : 'x'", "who.sentiment who.tier", "who.tier"),
        ("accounts[who.main_account].balance", "accounts.[].balance who.main_account", "accounts.[].balance"),
        ("accounts.A1", "accounts.[]", "accounts.[]"),
        ("who.scores['call'] + 1.0", "who.scores.call", "who.scores.call"),
        ("event.data.items[0].price", "event.data.items.[].price", "event.data.items.[].price"),
        ("event.data.items.exists(i, i.price > 1.0)", "event.data.items event.data.items.[].price", ""),
        (
            "event.data.items.map(i, i.sku)",
            "event.data.items event.data.items.[].sku",
            "event.data.items.[].sku",
        ),
        (
            "event.data.items.map(i, i.price > 1.0, i.sku)",
            "event.data.items event.data.items.[].price event.data.items.[].sku",
            "event.data.items.[].sku",
        ),
        (
            "(true ? event.data : cause.data).note",
            "cause.data.note event.data.note",
            "cause.data.note event.data.note",
        ),
        ("size(event.data.items) > 1", "event.data.items", ""),
        ("has(who.tier)", "who.tier", ""),
        (
            "string(who.sentiment) + string(who.tier.matches('a')) + string(now)",
            "now who.sentiment who.tier",
            "now who.sentiment",
        ),
        ("{'a': who.tier}.a", "who.tier", "who.tier"),
        ("accounts.map(k, k)", "accounts", "accounts"),
    ] {
        let (expression, _) =
            compile(source, &names()).unwrap_or_else(|faults| panic!("{source}: {faults:?}"));
        let text =
            |paths: &[Vec<String>]| paths.iter().map(|path| path.join(".")).collect::<Vec<_>>().join(" ");
        assert_eq!(text(expression.paths()), reads, "{source}");
        assert_eq!(text(expression.flows()), flows, "{source}");
    }
}
