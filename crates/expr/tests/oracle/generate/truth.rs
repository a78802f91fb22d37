//! Random conditions.

use super::{Choices, KINDS, Kind, LISTS, NUMBERS};

/// What has an order, beside numbers.
const ORDERED: [Kind; 5] = [Kind::Text, Kind::Time, Kind::Length, Kind::Bool, Kind::Bytes];

impl Choices<'_> {
    pub(super) fn truth(&mut self, depth: usize) -> String {
        match self.next() % 16 {
            0 | 1 => format!("({} && {})", self.of(Kind::Bool, depth), self.of(Kind::Bool, depth)),
            2 | 3 => format!("({} || {})", self.of(Kind::Bool, depth), self.of(Kind::Bool, depth)),
            4 => format!("!({})", self.of(Kind::Bool, depth)),
            5 | 6 => {
                let kind = self.one(&KINDS);
                let operator = self.one(&["==", "!="]);
                format!("({} {operator} {})", self.of(kind, depth), self.of(kind, depth))
            }
            7 | 8 => {
                let (a, b) = (self.any_of(&NUMBERS, depth), self.any_of(&NUMBERS, depth));
                let operator = self.one(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({a} {operator} {b})")
            }
            9 => {
                let kind = self.one(&ORDERED);
                let operator = self.one(&["<", "<=", ">", ">="]);
                format!("({} {operator} {})", self.of(kind, depth), self.of(kind, depth))
            }
            10 => self.membership(depth),
            11 => {
                let function = self.one(&["startsWith", "endsWith", "contains"]);
                format!("{}.{function}({})", self.of(Kind::Text, depth), self.of(Kind::Text, depth))
            }
            12 => {
                let pattern = self.one(&[
                    "'^a'",
                    "'[a-z]+$'",
                    "'o.d'",
                    "'\\\\d+'",
                    "r'^\\p{L}{2}$'",
                    "'(?i)ADA|ä'",
                    "''",
                ]);
                if self.is_one_in(4) {
                    format!("matches({}, {pattern})", self.of(Kind::Text, depth))
                } else {
                    format!("{}.matches({pattern})", self.of(Kind::Text, depth))
                }
            }
            13 | 14 => self.quantified(depth),
            _ => self.other_test(depth),
        }
    }

    fn membership(&mut self, depth: usize) -> String {
        match self.next() % 4 {
            0 => format!("({} in {})", self.of(Kind::Text, depth), self.of(Kind::Counts, depth)),
            1 => {
                let number = self.any_of(&NUMBERS, depth);
                format!("({number} in {})", self.any_of(&[Kind::Ints, Kind::Doubles, Kind::Names], depth))
            }
            _ => {
                let list = self.one(&LISTS);
                let item = list.item().unwrap_or(Kind::Int);
                format!("({} in {})", self.of(item, depth), self.of(list, depth))
            }
        }
    }

    fn quantified(&mut self, depth: usize) -> String {
        let function = self.one(&["all", "exists", "exists_one"]);
        let range = self.one(&[
            Kind::Ints,
            Kind::Texts,
            Kind::Items,
            Kind::Items,
            Kind::Counts,
            Kind::Names,
            Kind::Grid,
            Kind::Times,
            Kind::Doubles,
        ]);
        self.looped(Kind::Bool, range, depth, |choices, variable, depth| {
            format!(".{function}({variable}, {})", choices.of(Kind::Bool, depth))
        })
    }

    fn other_test(&mut self, depth: usize) -> String {
        match self.next() % 4 {
            0 => format!("has({}.a)", self.any_of(&[Kind::Counts, Kind::Nested], depth)),
            1 => format!("bool({})", self.any_of(&[Kind::Text, Kind::Bool], depth)),
            _ => {
                let kind = self.one(&KINDS);
                let name = self.one(&[
                    "int",
                    "uint",
                    "double",
                    "string",
                    "bool",
                    "bytes",
                    "list",
                    "map",
                    "null_type",
                    "type",
                    "google.protobuf.Timestamp",
                ]);
                format!("(type({}) == {name})", self.of(kind, depth))
            }
        }
    }
}
