//! What ends an expression of each kind. What comes first ends what was begun when the choices are used up.

use super::Kind;

pub(super) fn leaves(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Bool => BOOLS,
        Kind::Int => INTS,
        Kind::UInt => UINTS,
        Kind::Double => DOUBLES,
        Kind::Text => TEXTS,
        Kind::Bytes => BYTES,
        Kind::Time => TIMES,
        Kind::Length => LENGTHS,
        Kind::Null => &["null", "action.group", "cause", "dyn(null)"],
        Kind::Type => &["int", "string", "type(1)", "google.protobuf.Duration", "type", "list"],
        Kind::Ints => &[
            "[1, 2, 3]",
            "[7]",
            "[2, 7]",
            "[]",
            "[-1, 0, 1]",
            "[9007199254740993]",
            "[event.data.days_late]",
            "[event.data.free.whole, 1]",
        ],
        Kind::Doubles => {
            &["[1.0, 2.5]", "[0.0]", "[who.sentiment, -1.5]", "[9007199254740992.0]", "[1e308, -1e308]"]
        }
        Kind::Texts => &["['a', 'b']", "['gold', 'platinum', '']", "['ä', '日本', '😀']", "[who.tier, 'a']"],
        Kind::Times => &["[now, event.time]", "[timestamp('2026-03-02T10:00:00Z')]", "[event.data.due]"],
        Kind::Grid => &["[[1, 2], [3]]", "[[7]]", "[[], [1], []]", "[[0], []]"],
        Kind::Items => &["event.data.items"],
        Kind::Item => &["event.data.items[0]", "event.data.items[0]", "event.data.items[1]"],
        Kind::Counts => &["{'a': 1}", "{'a': 1, 'b': 2}", "{'ä': 3, 'a': 0, 'gold': 5}"],
        Kind::Names => &["{77: 'x'}", "{1: 'a', 77: 'b'}", "{-1: 'ä', 77: ''}"],
        Kind::Nested => &["{'a': [1]}", "{'a': [], 'b': [1, 2]}", "{'a': [3, 4], 'c': []}"],
    }
}

const BOOLS: &[&str] = &[
    "true",
    "false",
    "event.data.free.b",
    "accounts['A1'].open",
    "accounts['A1'].balance > 1.0",
    "accounts[who.main_account].open",
    "has(who.phone)",
    "has(event.data.note)",
    "has(event.data.free.whole)",
    "has(accounts.A1)",
    "'A2' in accounts",
    "has(accounts[who.main_account].open)",
    "has(cause.data.note)",
    "who.tier in ['gold', 'platinum']",
    "event.data.amount > 10.0",
    "'call' in who.scores",
    "event.data.note == null",
];

const INTS: &[&str] = &[
    "1",
    "0",
    "-1",
    "2",
    "7",
    "3",
    "event.data.days_late",
    "event.data.items[0].count",
    "event.data.free.whole",
    "local.hour",
    "local.weekday",
    "5",
    "local.minute",
    "0xff",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
];

const UINTS: &[&str] =
    &["1u", "0u", "7u", "2u", "0x1Fu", "9007199254740993u", "18446744073709551615u", "event.data.free.big"];

const DOUBLES: &[&str] = &[
    "1.0",
    "0.0",
    "-0.5",
    "7.0",
    "2.5",
    "1e3",
    "event.data.amount",
    "event.data.items[0].price",
    "who.sentiment",
    "who.scores.call",
    "who['scores']['call']",
    "accounts['A2'].balance",
    "accounts[who.main_account].balance",
    "9007199254740992.0",
    "1e308",
    "-1e-5",
];

const TEXTS: &[&str] = &[
    "'a'",
    "''",
    "'gold'",
    "who.tier",
    "who.first_name",
    "event.data.note",
    "event.id",
    "event.type",
    "who.phone",
    "'äöü'",
    "'日本'",
    "\"😀\"",
    "'e\\u0301\\x41\\n'",
    "r'\\d'",
    "'''it's'''",
    "action.id",
    "local.date",
    "event.data.account_id",
    "'7'",
    "'1.5'",
    "'1h'",
    "'-2h45m'",
    "'true'",
    "'2026-03-02T10:00:00.5+02:00'",
    "who.main_account",
];

const BYTES: &[&str] =
    &["b'a'", "b''", "b'\\xff\\x00'", "b'äö'", "b'\\303\\277'", "bytes(who.tier)", "br'\\x'"];

const TIMES: &[&str] = &[
    "now",
    "event.time",
    "event.data.due",
    "timestamp('2026-03-02T10:00:00Z')",
    "timestamp('2024-02-29T23:59:59.999999999Z')",
    "timestamp('9999-12-31T23:59:59.5Z')",
    "timestamp('0001-01-01T00:00:00Z')",
    "timestamp('2026-03-01T12:00:00.25+01:00')",
    "timestamp('1969-12-31T23:59:59.75-09:30')",
    "timestamp(0)",
];

/// The longest is a hundred years, three of which are too many. It leads from winter to winter: after 2099 the
/// interpreter knows no summer time, where the rules of the zone go on.
const LENGTHS: &[&str] = &[
    "duration('1h')",
    "duration('0s')",
    "duration('-1.5s')",
    "duration('1d12h')",
    "duration('250ms')",
    "duration('1h30m15s')",
    "duration('-90m')",
    "duration('1ns')",
    "duration('5218w')",
    "(now - event.data.due)",
];
