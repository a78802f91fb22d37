//! Random expressions of the language, mostly well typed, and random facts for them.

use std::fmt::Write;

/// What an expression is meant to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    UInt,
    Double,
    Text,
    Time,
    Length,
    Numbers,
    Texts,
    Items,
    Map,
    Null,
}

const KINDS: [Kind; 12] = [
    Kind::Bool,
    Kind::Int,
    Kind::UInt,
    Kind::Double,
    Kind::Text,
    Kind::Time,
    Kind::Length,
    Kind::Numbers,
    Kind::Texts,
    Kind::Items,
    Kind::Map,
    Kind::Null,
];

/// What ends an expression of each kind.
const LEAVES: &[(Kind, &[&str])] = &[
    (
        Kind::Bool,
        &[
            "true",
            "false",
            "event.data.free.b",
            "accounts['A1'].open",
            "accounts[who.main_account].open",
            "has(who.phone)",
            "has(event.data.note)",
            "has(event.data.free.whole)",
            "has(accounts.A1)",
            "'A2' in accounts",
            "has(accounts[who.tier].open)",
            "has(cause.data.note)",
        ],
    ),
    (
        Kind::Int,
        &[
            "1",
            "0",
            "-1",
            "2",
            "7",
            "event.data.days_late",
            "event.data.items[0].count",
            "event.data.free.whole",
            "local.hour",
            "9223372036854775807",
            "-9223372036854775808",
            "weather['x']",
        ],
    ),
    (Kind::UInt, &["1u", "0u", "7u", "18446744073709551615u", "event.data.free.big"]),
    (
        Kind::Double,
        &[
            "1.0",
            "0.0",
            "-0.5",
            "7.0",
            "2.5",
            "event.data.amount",
            "event.data.items[1].price",
            "who.sentiment",
            "who.scores.call",
            "who['scores']['call']",
            "accounts['A2'].balance",
            "1e308",
        ],
    ),
    (
        Kind::Text,
        &[
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
            "action.id",
            "local.date",
            "event.data.account_id",
            "'7'",
            "'1.5'",
            "'1h'",
            "who.main_account",
        ],
    ),
    (
        Kind::Time,
        &[
            "now",
            "event.time",
            "event.data.due",
            "timestamp('2026-03-02T10:00:00Z')",
            "timestamp('9999-12-31T23:59:59.5Z')",
            "timestamp('0001-01-01T00:00:00Z')",
            "timestamp('2026-03-01T12:00:00.25+01:00')",
        ],
    ),
    (
        Kind::Length,
        &[
            "duration('1h')",
            "duration('0s')",
            "duration('-1.5s')",
            "duration('1d12h')",
            "duration('250ms')",
            "duration('500000w')",
            "(now - event.data.due)",
        ],
    ),
    (Kind::Numbers, &["[1, 2, 3]", "[]", "[1, 2.0, 3u]", "[7]"]),
    (Kind::Texts, &["['a', 'b']", "['gold', 'platinum', '']", "[]"]),
    (
        Kind::Map,
        &[
            "{'a': 1}",
            "{}",
            "who",
            "who.scores",
            "event.data.free",
            "accounts",
            "{1: 'a', 2u: 'b'}",
            "weather",
            "{true: 1}",
        ],
    ),
    (Kind::Null, &["null", "action.group", "cause.subject", "event.data.free.a[0]"]),
];

/// Choices, read from bytes; past their end, the first choice is always taken, which ends what is begun.
pub(crate) struct Choices<'b> {
    bytes: &'b [u8],
    /// The variables of loops around, and what they are.
    locals: Vec<(&'static str, Kind)>,
}

impl<'b> Choices<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Choices<'b> {
        Choices { bytes, locals: Vec::new() }
    }

    fn next(&mut self) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*first)
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.next() % of.len()]
    }

    pub(crate) fn expression(&mut self) -> String {
        let kind = KINDS[self.next() % KINDS.len()];
        // Conditions are what is asked most.
        let kind = if self.next().is_multiple_of(2) { Kind::Bool } else { kind };
        self.of(kind, 4)
    }

    fn of(&mut self, kind: Kind, depth: usize) -> String {
        let pick = self.next();
        // Now and then something of a wrong type.
        let kind = if pick == 255 { KINDS[self.next() % KINDS.len()] } else { kind };
        let local = self.locals.iter().rev().find(|(_, of)| *of == kind).map(|(name, _)| *name);
        if let Some(local) = local
            && pick.is_multiple_of(3)
        {
            return local.to_owned();
        }
        if depth == 0 || pick.is_multiple_of(4) {
            return self.leaf(kind).to_owned();
        }
        self.branch(kind, depth - 1)
    }

    fn leaf(&mut self, kind: Kind) -> &'static str {
        let leaves =
            LEAVES.iter().find(|(known, _)| *known == kind).map_or(&["null"][..], |(_, leaves)| leaves);
        self.one(leaves)
    }

    fn branch(&mut self, kind: Kind, depth: usize) -> String {
        let pick = self.next();
        if pick.is_multiple_of(9) {
            let parts = (self.of(Kind::Bool, depth), self.of(kind, depth), self.of(kind, depth));
            return format!("({} ? {} : {})", parts.0, parts.1, parts.2);
        }
        match kind {
            Kind::Bool => self.truth(depth),
            Kind::Int => match pick % 8 {
                0 => format!("size({})", self.sized(depth)),
                1 => format!(
                    "int({})",
                    self.any_of(&[Kind::Double, Kind::Text, Kind::UInt, Kind::Time], depth)
                ),
                2 => format!("{}.{}()", self.of(Kind::Time, depth), self.part()),
                3 => format!("{}.{}('Europe/Paris')", self.of(Kind::Time, depth), self.part()),
                4 => format!("{}[{}]", self.of(Kind::Numbers, depth), self.of(Kind::Int, depth)),
                5 => format!("-({})", self.of(Kind::Int, depth)),
                _ => self.sum(Kind::Int, depth),
            },
            Kind::UInt if pick.is_multiple_of(2) => {
                format!("uint({})", self.any_of(&[Kind::Int, Kind::Text], depth))
            }
            Kind::Double if pick.is_multiple_of(4) => {
                format!("double({})", self.any_of(&[Kind::Int, Kind::Text, Kind::UInt], depth))
            }
            Kind::UInt | Kind::Double => self.sum(kind, depth),
            Kind::Text => match pick % 4 {
                0 => format!(
                    "string({})",
                    self.any_of(&[Kind::Int, Kind::UInt, Kind::Text, Kind::Bool], depth)
                ),
                1 => format!("{}[{}]", self.of(Kind::Texts, depth), self.of(Kind::Int, depth)),
                _ => format!("({} + {})", self.of(Kind::Text, depth), self.of(Kind::Text, depth)),
            },
            Kind::Time => {
                let operator = self.one(&["+", "-"]);
                format!("({} {operator} {})", self.of(Kind::Time, depth), self.of(Kind::Length, depth))
            }
            Kind::Length if pick.is_multiple_of(2) => {
                format!("({} - {})", self.of(Kind::Time, depth), self.of(Kind::Time, depth))
            }
            Kind::Length => {
                let operator = self.one(&["+", "-"]);
                format!("({} {operator} {})", self.of(Kind::Length, depth), self.of(Kind::Length, depth))
            }
            Kind::Numbers => match pick % 4 {
                0 => format!("[{}, {}]", self.of(Kind::Int, depth), self.of(Kind::Double, depth)),
                1 => format!("({} + {})", self.of(Kind::Numbers, depth), self.of(Kind::Numbers, depth)),
                _ => self.collect(Kind::Numbers, Kind::Int, Kind::Int, depth),
            },
            Kind::Texts => match pick % 4 {
                0 => format!("[{}, {}]", self.of(Kind::Text, depth), self.of(Kind::Text, depth)),
                1 => self.collect(Kind::Map, Kind::Text, Kind::Text, depth),
                _ => self.collect(Kind::Texts, Kind::Text, Kind::Text, depth),
            },
            Kind::Items => self.collect(Kind::Items, Kind::Map, Kind::Map, depth),
            Kind::Map => {
                format!(
                    "{{{}: {}, 'z': {}}}",
                    self.of(Kind::Text, depth),
                    self.of(Kind::Int, depth),
                    self.of(Kind::Text, depth)
                )
            }
            Kind::Null => self.leaf(Kind::Null).to_owned(),
        }
    }

    fn truth(&mut self, depth: usize) -> String {
        match self.next() % 12 {
            0 => format!("({} && {})", self.of(Kind::Bool, depth), self.of(Kind::Bool, depth)),
            1 => format!("({} || {})", self.of(Kind::Bool, depth), self.of(Kind::Bool, depth)),
            2 => format!("!({})", self.of(Kind::Bool, depth)),
            3 => {
                let kind = KINDS[self.next() % KINDS.len()];
                let operator = self.one(&["==", "!="]);
                format!("({} {operator} {})", self.of(kind, depth), self.of(kind, depth))
            }
            4 | 5 => {
                let numbers = [Kind::Int, Kind::UInt, Kind::Double];
                let (a, b) = (self.any_of(&numbers, depth), self.any_of(&numbers, depth));
                let operator = self.one(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({a} {operator} {b})")
            }
            6 => {
                let kind = [Kind::Text, Kind::Time, Kind::Length, Kind::Bool][self.next() % 4];
                let operator = self.one(&["<", "<=", ">", ">="]);
                format!("({} {operator} {})", self.of(kind, depth), self.of(kind, depth))
            }
            7 => match self.next() % 3 {
                0 => format!("({} in {})", self.of(Kind::Text, depth), self.of(Kind::Texts, depth)),
                1 => format!("({} in {})", self.of(Kind::Text, depth), self.of(Kind::Map, depth)),
                _ => {
                    let number = self.any_of(&[Kind::Int, Kind::UInt, Kind::Double], depth);
                    format!("({number} in {})", self.of(Kind::Numbers, depth))
                }
            },
            8 => {
                let function = self.one(&["startsWith", "endsWith", "contains"]);
                format!("{}.{function}({})", self.of(Kind::Text, depth), self.of(Kind::Text, depth))
            }
            9 => {
                let pattern = self.one(&["'^a'", "'[a-z]+$'", "'o.d'", "'\\\\d+'"]);
                format!("{}.matches({pattern})", self.of(Kind::Text, depth))
            }
            10 => self.quantified(depth),
            _ => {
                let kind = KINDS[self.next() % KINDS.len()];
                let name = self.one(&["int", "uint", "double", "string", "bool", "list", "map", "null_type"]);
                format!("(type({}) == {name})", self.of(kind, depth))
            }
        }
    }

    fn quantified(&mut self, depth: usize) -> String {
        let function = self.one(&["all", "exists", "exists_one"]);
        let (range, item) = [
            (Kind::Numbers, Kind::Int),
            (Kind::Texts, Kind::Text),
            (Kind::Map, Kind::Text),
            (Kind::Items, Kind::Map),
        ][self.next() % 4];
        let Some(variable) = self.variable() else { return self.leaf(Kind::Bool).to_owned() };
        let range = self.of(range, depth);
        self.locals.push((variable, item));
        let body = match item {
            Kind::Map => self.item_body(variable),
            _ => self.of(Kind::Bool, depth),
        };
        let _ = self.locals.pop();
        format!("{range}.{function}({variable}, {body})")
    }

    fn item_body(&mut self, item: &str) -> String {
        let test = self.one(&[
            ".price > 5.0",
            ".sku == 'a'",
            ".count >= 1",
            ".price * 2.0 < who.sentiment",
            ".sku.startsWith('b')",
            ".none == 1",
        ]);
        format!("{item}{test}")
    }

    /// `map` and `filter`.
    fn collect(&mut self, range: Kind, item: Kind, gives: Kind, depth: usize) -> String {
        let Some(variable) = self.variable() else { return "[]".to_owned() };
        let range = self.of(range, depth);
        self.locals.push((variable, item));
        let filter = if item == Kind::Map { self.item_body(variable) } else { self.of(Kind::Bool, depth) };
        let made = if item == Kind::Map { variable.to_owned() } else { self.of(gives, depth) };
        let _ = self.locals.pop();
        match self.next() % 3 {
            0 => format!("{range}.filter({variable}, {filter})"),
            1 => format!("{range}.map({variable}, {made})"),
            _ => format!("{range}.map({variable}, {filter}, {made})"),
        }
    }

    /// A variable of a loop; `None` if there are two around already.
    fn variable(&self) -> Option<&'static str> {
        ["i", "j"].get(self.locals.len()).copied()
    }

    fn sum(&mut self, kind: Kind, depth: usize) -> String {
        let operator = if kind == Kind::Double {
            self.one(&["+", "-", "*", "/"])
        } else {
            self.one(&["+", "-", "*", "/", "%"])
        };
        format!("({} {operator} {})", self.of(kind, depth), self.of(kind, depth))
    }

    fn sized(&mut self, depth: usize) -> String {
        self.any_of(&[Kind::Text, Kind::Numbers, Kind::Map, Kind::Items], depth)
    }

    fn any_of(&mut self, kinds: &[Kind], depth: usize) -> String {
        let kind = kinds[self.next() % kinds.len()];
        self.of(kind, depth)
    }

    fn part(&mut self) -> &'static str {
        self.one(&[
            "getFullYear",
            "getMonth",
            "getDate",
            "getDayOfMonth",
            "getDayOfWeek",
            "getDayOfYear",
            "getHours",
            "getMinutes",
            "getSeconds",
            "getMilliseconds",
        ])
    }

    /// The data of an event and the attributes of its subject.
    pub(crate) fn facts(&mut self) -> (String, String) {
        let data = self.object(&[
            ("account_id", &["\"A1\"", "\"A2\"", "\"\""]),
            ("amount", &["20", "20.5", "0", "-1e3", "1e2"]),
            ("days_late", &["3", "0", "-2", "1.0"]),
            ("due", &["\"2026-03-01T12:00:00+01:00\"", "\"2026-03-02T11:00:00.123Z\"", "\"soon\""]),
            (
                "items",
                &[
                    r#"[{"sku": "a", "price": 1.50, "count": 2}, {"sku": "b", "price": 10, "count": 1.0}]"#,
                    r#"[{"sku": "b", "count": 1}]"#,
                    "[]",
                ],
            ),
            ("note", &["\"say \\\"hi\\\"\"", "\"a\"", "null"]),
            (
                "free",
                &[
                    r#"{"whole": 7, "part": 7.5, "big": 18446744073709551615, "b": true, "a": [null, true]}"#,
                    r#"{"whole": "7", "b": 1, "a": {}}"#,
                    "null",
                ],
            ),
        ]);
        let who = self.object(&[
            ("first_name", &["\"Ada\"", "\"\""]),
            ("tier", &["\"gold\"", "\"A1\"", "\"silver\""]),
            ("timezone", &["\"Europe/Paris\"", "\"Nowhere\""]),
            ("main_account", &["\"A1\"", "\"A9\""]),
            ("sentiment", &["-0.5", "0", "1"]),
            ("scores", &[r#"{"call": 1}"#, "{}"]),
            ("phone", &["\"+33\""]),
        ]);
        (data, who)
    }

    fn object(&mut self, members: &[(&str, &[&str])]) -> String {
        let mut text = "{".to_owned();
        for (name, values) in members {
            let pick = self.next();
            if pick % 8 == 7 {
                continue;
            }
            let comma = if text.len() > 1 { "," } else { "" };
            write!(text, "{comma}\"{name}\": {}", values[pick / 8 % values.len()]).unwrap();
        }
        text + "}"
    }
}
