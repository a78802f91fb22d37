//! Random expressions of the language, and random facts for them.
//!
//! What is made is of the kind that is asked for, so that the checker has nothing against it. What must end in an error
//! comes in by the door that CEL has for it: a value of another kind behind `dyn`, a field that is not there, an index
//! out of bounds, a sum out of range. A [`Kind`] is what an expression gives; `leaf` has what ends one, `facts` what is
//! known. A small part is put together without regard to kinds.

mod facts;
mod leaf;
mod truth;

use leaf::leaves;

/// What an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    UInt,
    Double,
    Text,
    Bytes,
    Time,
    Length,
    Null,
    Type,
    Ints,
    Doubles,
    Texts,
    Times,
    /// Lists of whole numbers in a list.
    Grid,
    /// The items of an event, or some of them.
    Items,
    Item,
    /// A map from texts to whole numbers, with `a`.
    Counts,
    /// A map from whole numbers to texts.
    Names,
    /// A map from texts to lists of whole numbers, with `a`.
    Nested,
}

const KINDS: [Kind; 20] = [
    Kind::Bool,
    Kind::Int,
    Kind::UInt,
    Kind::Double,
    Kind::Text,
    Kind::Bytes,
    Kind::Time,
    Kind::Length,
    Kind::Null,
    Kind::Type,
    Kind::Ints,
    Kind::Doubles,
    Kind::Texts,
    Kind::Times,
    Kind::Grid,
    Kind::Items,
    Kind::Item,
    Kind::Counts,
    Kind::Names,
    Kind::Nested,
];

const NUMBERS: [Kind; 3] = [Kind::Int, Kind::UInt, Kind::Double];
const LISTS: [Kind; 6] = [Kind::Ints, Kind::Doubles, Kind::Texts, Kind::Times, Kind::Grid, Kind::Items];

impl Kind {
    /// What a list of this kind holds; what the keys of a map of it are.
    fn item(self) -> Option<Kind> {
        Some(match self {
            Kind::Ints | Kind::Names => Kind::Int,
            Kind::Doubles => Kind::Double,
            Kind::Texts | Kind::Counts | Kind::Nested => Kind::Text,
            Kind::Times => Kind::Time,
            Kind::Grid => Kind::Ints,
            Kind::Items => Kind::Item,
            _ => return None,
        })
    }

    /// The list that holds such items.
    fn list(self) -> Option<Kind> {
        LISTS.into_iter().find(|list| list.item() == Some(self))
    }
}

/// How deep what is made goes.
const DEPTH_MAX: usize = 5;

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

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.next() % of.len()]
    }

    /// True of one in so many.
    fn is_one_in(&mut self, many: usize) -> bool {
        self.next() % many == many - 1
    }

    /// A whole expression. Half of them are conditions, which is what is asked most.
    pub(crate) fn expression(&mut self) -> String {
        let kind = if self.is_one_in(2) { self.one(&KINDS) } else { Kind::Bool };
        self.of(kind, DEPTH_MAX)
    }

    fn of(&mut self, kind: Kind, depth: usize) -> String {
        let pick = self.next();
        // Now and then something of another kind, which the checker may see or not.
        if pick >= 253 {
            let other = self.one(&KINDS);
            let made = self.of(other, depth.saturating_sub(1));
            return if self.is_one_in(8) { made } else { format!("dyn({made})") };
        }
        if pick.is_multiple_of(3)
            && let Some(local) = self.local(kind)
        {
            return local;
        }
        if depth == 0 || pick.is_multiple_of(5) {
            return self.leaf(kind);
        }
        self.branch(kind, depth - 1)
    }

    /// A variable of that kind, or what is of that kind in one.
    fn local(&mut self, kind: Kind) -> Option<String> {
        if let Some((name, _)) = self.locals.iter().rev().find(|(_, of)| *of == kind) {
            return Some((*name).to_owned());
        }
        let (item, _) = *self.locals.iter().rev().find(|(_, of)| *of == Kind::Item)?;
        let of_item = match kind {
            Kind::Double => "{}.price",
            Kind::Int => self.one(&["{}.count", "{}['count']"]),
            Kind::Text => "{}.sku",
            Kind::Bool => self.one(&["has({}.sku)", "has({}.price)", "has({}.count)"]),
            _ => return None,
        };
        Some(of_item.replace("{}", item))
    }

    fn leaf(&mut self, kind: Kind) -> String {
        self.one(leaves(kind)).to_owned()
    }

    fn branch(&mut self, kind: Kind, depth: usize) -> String {
        match self.next() % 12 {
            10 => {
                let parts = (self.of(Kind::Bool, depth), self.of(kind, depth), self.of(kind, depth));
                format!("({} ? {} : {})", parts.0, parts.1, parts.2)
            }
            11 if kind.list().is_some() => {
                let list = kind.list().unwrap_or(Kind::Ints);
                let index = self.index(depth);
                format!("{}[{index}]", self.of(list, depth))
            }
            11 => format!("dyn({})", self.of(kind, depth)),
            _ => self.own(kind, depth),
        }
    }

    /// Most are within the bounds of most lists.
    fn index(&mut self, depth: usize) -> String {
        match self.next() % 8 {
            0..=5 => "0".to_owned(),
            6 => self.one(&["0u", "1.0", "1", "1u", "2", "-1", "0.5"]).to_owned(),
            _ => self.of(Kind::Int, depth),
        }
    }

    /// What is made of other things as only this kind is.
    fn own(&mut self, kind: Kind, depth: usize) -> String {
        match kind {
            Kind::Bool => self.truth(depth),
            Kind::Int => self.int(depth),
            Kind::UInt if self.is_one_in(3) => {
                format!("uint({})", self.number_of(&[Kind::Int, Kind::Text, Kind::Double, Kind::UInt], depth))
            }
            Kind::Double if self.is_one_in(4) => {
                format!(
                    "double({})",
                    self.number_of(&[Kind::Int, Kind::Text, Kind::UInt, Kind::Double], depth)
                )
            }
            Kind::UInt | Kind::Double => self.sum(kind, depth),
            Kind::Text => self.text(depth),
            Kind::Bytes if self.is_one_in(2) => format!("bytes({})", self.of(Kind::Text, depth)),
            Kind::Bytes => format!("({} + {})", self.of(kind, depth), self.of(kind, depth)),
            Kind::Time => self.time(depth),
            Kind::Length => self.length(depth),
            Kind::Null => self.leaf(kind),
            Kind::Type => {
                let of = self.one(&KINDS);
                format!("type({})", self.of(of, depth))
            }
            Kind::Item => self.leaf(kind),
            Kind::Counts => {
                format!(
                    "{{'a': {}, {}: {}}}",
                    self.of(Kind::Int, depth),
                    self.key(),
                    self.of(Kind::Int, depth)
                )
            }
            Kind::Names => {
                let key = self.of(Kind::Int, depth);
                format!("{{{key}: {}, 77: {}}}", self.of(Kind::Text, depth), self.of(Kind::Text, depth))
            }
            Kind::Nested => {
                format!(
                    "{{'a': {}, {}: {}}}",
                    self.of(Kind::Ints, depth),
                    self.key(),
                    self.of(Kind::Ints, depth)
                )
            }
            list => self.list(list, depth),
        }
    }

    /// A key of a map that has `a` already.
    fn key(&mut self) -> String {
        if self.is_one_in(4) {
            self.of(Kind::Text, 0)
        } else {
            self.one(&["'b'", "'ä'", "'c d'"]).to_owned()
        }
    }

    fn int(&mut self, depth: usize) -> String {
        match self.next() % 12 {
            0 => format!("size({})", self.sized(depth)),
            1 => format!("{}.size()", self.sized(depth)),
            2 => {
                let from = [Kind::Double, Kind::Text, Kind::UInt, Kind::Time, Kind::Int];
                format!("int({})", self.number_of(&from, depth))
            }
            3 => format!("{}.{}()", self.of(Kind::Time, depth), self.part()),
            4 => {
                let zone = self.one(&["'Europe/Paris'", "'+05:30'", "'-00:45'", "'UTC'", "who.timezone"]);
                format!("{}.{}({zone})", self.of(Kind::Time, depth), self.part())
            }
            5 => {
                let part = self.one(&["getHours", "getMinutes", "getSeconds", "getMilliseconds"]);
                format!("{}.{part}()", self.of(Kind::Length, depth))
            }
            6 => format!("-({})", self.of(Kind::Int, depth)),
            7 => format!("{}.a", self.of(Kind::Counts, depth)),
            8 => {
                format!("{}[{}]", self.of(Kind::Counts, depth), self.one(&["'a'", "'a'", "'b'", "who.tier"]))
            }
            _ => self.sum(Kind::Int, depth),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.next() % 6 {
            0 | 1 => {
                let from = [
                    Kind::Int,
                    Kind::UInt,
                    Kind::Double,
                    Kind::Text,
                    Kind::Bool,
                    Kind::Bytes,
                    Kind::Time,
                    Kind::Length,
                ];
                format!("string({})", self.any_of(&from, depth))
            }
            2 => format!("{}[{}]", self.of(Kind::Names, depth), self.one(&["77", "77u", "77.0", "77", "1"])),
            _ => format!("({} + {})", self.of(Kind::Text, depth), self.of(Kind::Text, depth)),
        }
    }

    fn time(&mut self, depth: usize) -> String {
        match self.next() % 5 {
            0 => format!("({} + {})", self.of(Kind::Length, depth), self.of(Kind::Time, depth)),
            1 => format!("timestamp({})", self.any_of(&[Kind::Time, Kind::Int], depth)),
            // A text that is written out and none is told by the checker.
            2 if self.is_one_in(4) => format!("timestamp('' + {})", self.of(Kind::Text, depth)),
            2 => format!("timestamp(string({}))", self.of(Kind::Time, depth)),
            _ => {
                let operator = self.one(&["+", "-"]);
                format!("({} {operator} {})", self.of(Kind::Time, depth), self.of(Kind::Length, depth))
            }
        }
    }

    fn length(&mut self, depth: usize) -> String {
        match self.next() % 5 {
            0 if self.is_one_in(4) => format!("duration('' + {})", self.of(Kind::Text, depth)),
            0 => format!("duration({})", self.of(Kind::Length, depth)),
            1 => format!("duration(string({}))", self.of(Kind::Length, depth)),
            2 => format!("({} - {})", self.of(Kind::Time, depth), self.of(Kind::Time, depth)),
            _ => {
                let operator = self.one(&["+", "-"]);
                format!("({} {operator} {})", self.of(Kind::Length, depth), self.of(Kind::Length, depth))
            }
        }
    }

    /// A list: written out, joined of two, or what `map` and `filter` make of another.
    fn list(&mut self, list: Kind, depth: usize) -> String {
        let item = list.item().unwrap_or(Kind::Int);
        match self.next() % 6 {
            0 if item != Kind::Item => {
                let items: Vec<String> =
                    (0..(self.next() % 8).div_ceil(2)).map(|_| self.of(item, depth)).collect();
                format!("[{}]", items.join(", "))
            }
            1 => format!("({} + {})", self.of(list, depth), self.of(list, depth)),
            2 | 3 => self.looped(list, list, depth, |choices, variable, depth| {
                format!(".filter({variable}, {})", choices.of(Kind::Bool, depth))
            }),
            pick => {
                let range =
                    self.one(&[Kind::Ints, Kind::Texts, Kind::Items, Kind::Counts, Kind::Names, list]);
                self.looped(list, range, depth, |choices, variable, depth| {
                    let made = choices.of(item, depth);
                    match pick {
                        4 => format!(".map({variable}, {made})"),
                        _ => format!(".map({variable}, {}, {made})", choices.of(Kind::Bool, depth)),
                    }
                })
            }
        }
    }

    /// A loop over `range`, which gives a `kind`. There are two inside one another at most, and inside of one there are
    /// only ranges of which is known how long they are, or the checker would say that it may take too long.
    fn looped(
        &mut self,
        kind: Kind,
        range: Kind,
        depth: usize,
        rest: impl FnOnce(&mut Self, &'static str, usize) -> String,
    ) -> String {
        let Some(variable) = ["i", "j"].get(self.locals.len()).copied() else { return self.leaf(kind) };
        let item = range.item().unwrap_or(Kind::Int);
        let over = if self.locals.is_empty() { self.of(range, depth) } else { self.short(range) };
        self.locals.push((variable, item));
        let rest = rest(self, variable, depth);
        let _ = self.locals.pop();
        format!("{over}{rest}")
    }

    /// A list or a map of a few items.
    fn short(&mut self, range: Kind) -> String {
        if let Some((name, _)) = self.locals.iter().find(|(_, of)| *of == range) {
            return (*name).to_owned();
        }
        if range == Kind::Items {
            return "[event.data.items[0]]".to_owned();
        }
        let written = leaves(range).iter().filter(|leaf| leaf.starts_with(['[', '{']));
        let written: Vec<&str> = written.copied().collect();
        self.one(&written).to_owned()
    }

    fn sum(&mut self, kind: Kind, depth: usize) -> String {
        let operator = match kind {
            Kind::Double => self.one(&["+", "-", "*", "/"]),
            _ => self.one(&["+", "-", "*", "+", "-", "*", "/", "%"]),
        };
        format!("({} {operator} {})", self.of(kind, depth), self.of(kind, depth))
    }

    fn sized(&mut self, depth: usize) -> String {
        let sized = [
            Kind::Text,
            Kind::Bytes,
            Kind::Ints,
            Kind::Texts,
            Kind::Items,
            Kind::Grid,
            Kind::Counts,
            Kind::Names,
        ];
        self.any_of(&sized, depth)
    }

    fn any_of(&mut self, kinds: &[Kind], depth: usize) -> String {
        let kind = self.one(kinds);
        self.of(kind, depth)
    }

    /// Something of one of these kinds; of texts, mostly those that say a number.
    fn number_of(&mut self, kinds: &[Kind], depth: usize) -> String {
        let kind = self.one(kinds);
        if kind == Kind::Text && !self.is_one_in(4) {
            return self.one(&["'7'", "'-12'", "'1.5'", "'0'", "'9007199254740993'", "'1e3'"]).to_owned();
        }
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
}
