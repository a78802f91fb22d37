//! The functions of CEL: what they are called with and what they give.

use std::collections::BTreeSet;

use crate::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

use super::constant::{beyond_a_day, is_duration, is_timestamp, is_too_long};
use super::kind::Kind;
use super::{Checker, Flow, elsewhere, extent, past};
use crate::hint::did_you_mean;
use segue_value::Shape;

/// The kinds that one argument may be of; none: any.
type Takes = &'static [Kind];

/// A function of CEL.
struct Function {
    name: &'static str,
    /// Called on a value, as in `who.name.size()`: the value is its first argument.
    is_member: bool,
    /// Each way to call it.
    overloads: &'static [&'static [Takes]],
    /// What it gives; `None`: anything.
    gives: Option<Kind>,
}

const fn global(name: &'static str, overloads: &'static [&'static [Takes]], gives: Kind) -> Function {
    Function { name, is_member: false, overloads, gives: Some(gives) }
}

const fn member(name: &'static str, overloads: &'static [&'static [Takes]], gives: Kind) -> Function {
    Function { name, is_member: true, overloads, gives: Some(gives) }
}

const ANY: Takes = &[];
const TEXT: Takes = &[Kind::Text];
const SIZED: Takes = &[Kind::Text, Kind::Bytes, Kind::List, Kind::Map];
const OF_DATE: &[&[Takes]] = &[&[&[Kind::Timestamp]], &[&[Kind::Timestamp], TEXT]];
const OF_TIME: &[&[Takes]] = &[&[&[Kind::Timestamp, Kind::Duration]], &[&[Kind::Timestamp], TEXT]];

#[rustfmt::skip]
static FUNCTIONS: &[Function] = &[
    global("bool", &[&[&[Kind::Bool, Kind::Text]]], Kind::Bool),
    global("bytes", &[&[&[Kind::Bytes, Kind::Text]]], Kind::Bytes),
    global("double", &[&[&[Kind::Double, Kind::Int, Kind::UInt, Kind::Text]]], Kind::Double),
    global("duration", &[&[&[Kind::Text, Kind::Duration]]], Kind::Duration),
    Function { name: "dyn", is_member: false, overloads: &[&[ANY]], gives: None },
    global("int", &[&[&[Kind::Int, Kind::UInt, Kind::Double, Kind::Text, Kind::Timestamp]]], Kind::Int),
    global("matches", &[&[TEXT, TEXT]], Kind::Bool),
    global("size", &[&[SIZED]], Kind::Int),
    global("string", &[&[&[
        Kind::Text, Kind::Bool, Kind::Int, Kind::UInt, Kind::Double, Kind::Bytes, Kind::Timestamp, Kind::Duration,
    ]]], Kind::Text),
    global("timestamp", &[&[&[Kind::Text, Kind::Timestamp, Kind::Int]]], Kind::Timestamp),
    global("type", &[&[ANY]], Kind::Type),
    global("uint", &[&[&[Kind::UInt, Kind::Int, Kind::Double, Kind::Text]]], Kind::UInt),
    member("contains", &[&[TEXT, TEXT]], Kind::Bool),
    member("endsWith", &[&[TEXT, TEXT]], Kind::Bool),
    member("getDate", OF_DATE, Kind::Int),
    member("getDayOfMonth", OF_DATE, Kind::Int),
    member("getDayOfWeek", OF_DATE, Kind::Int),
    member("getDayOfYear", OF_DATE, Kind::Int),
    member("getFullYear", OF_DATE, Kind::Int),
    member("getHours", OF_TIME, Kind::Int),
    member("getMilliseconds", OF_TIME, Kind::Int),
    member("getMinutes", OF_TIME, Kind::Int),
    member("getMonth", OF_DATE, Kind::Int),
    member("getSeconds", OF_TIME, Kind::Int),
    member("matches", &[&[TEXT, TEXT]], Kind::Bool),
    member("size", &[&[SIZED]], Kind::Int),
    member("startsWith", &[&[TEXT, TEXT]], Kind::Bool),
];

/// The macros, and whether they are called on a value: a call that is still one after parsing has wrong arguments.
const MACROS: [(&str, bool); 7] = [
    ("has", false),
    ("all", true),
    ("exists", true),
    ("existsOne", true),
    ("exists_one", true),
    ("filter", true),
    ("map", true),
];

/// The name of every function of CEL that is let through, and whether it is called on a value.
pub fn functions() -> impl Iterator<Item = (&'static str, bool)> {
    FUNCTIONS.iter().map(|function| (function.name, function.is_member))
}

impl Checker<'_> {
    pub(super) fn function(&mut self, node: &IdedExpr, call: &CallExpr) -> Flow {
        let name = call.func_name.as_str();
        let place = self.places.function(node, name);
        let is_member = call.target.is_some();
        if !is_member && past::FUNCTIONS.contains(&name) {
            return self.past(node, call);
        }
        let known = FUNCTIONS.iter().find(|known| known.name == name && known.is_member == is_member);
        let args: Vec<&IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
        let mut flows = BTreeSet::new();
        let mut shapes = Vec::new();
        for arg in &args {
            let flow = self.walk(arg);
            shapes.push(flow.shape.clone());
            flows.extend(match &flow.shape {
                Shape::Map { .. } if name == "size" => self.settle_keys(flow),
                _ => self.settle(flow),
            });
        }
        let Some(known) = known else {
            if MACROS.contains(&(name, is_member)) {
                let message = format!("`{name}` does not take {} arguments", call.args.len());
                self.fault(place, "bad-call", message, None);
            } else {
                self.unknown_function(place, name, is_member, &args);
            }
            return Flow::of(Shape::Any);
        };
        self.check_arguments(place, known, &args, &shapes);
        match known.gives {
            // Of a truth value or a length nothing can be seen.
            Some(Kind::Bool) if name != "bool" => Flow::of(Shape::Bool),
            Some(Kind::Int) if name == "size" => Flow::of(Shape::Int),
            Some(kind) => Flow { flows, ..Flow::of(kind.shape()) },
            None => Flow { flows, ..Flow::of(Shape::Any) },
        }
    }

    fn unknown_function(&mut self, place: (usize, usize), name: &str, is_member: bool, args: &[&IdedExpr]) {
        let functions = FUNCTIONS.iter().map(|known| (known.name, known.is_member));
        let of_router = past::FUNCTIONS.iter().map(|name| (*name, false));
        let all: Vec<(&str, bool)> = functions.chain(of_router).chain(MACROS).collect();
        let hint = match all.iter().find(|(known, _)| *known == name) {
            Some(("exists" | "count", _)) if args.len() == 1 => self.of_other_language(name, args),
            Some(_) if is_member => Some(format!("call it on nothing: `{name}(..)`")),
            Some(_) => Some(format!("call it on a value: `x.{name}(..)`")),
            None => {
                let known = all.iter().filter(|(_, of_value)| *of_value == is_member).map(|(name, _)| *name);
                did_you_mean(name, known).or_else(|| self.of_other_language(name, args))
            }
        };
        self.fault(place, "unknown-function", format!("unknown function `{name}`"), hint);
    }

    fn of_other_language(&self, name: &str, args: &[&IdedExpr]) -> Option<String> {
        let part = |at: usize| args.get(at).and_then(|arg| self.excerpt(arg));
        elsewhere::function(name, part(0).as_deref().unwrap_or("x"), part(1).as_deref().unwrap_or("y"))
    }

    fn check_arguments(
        &mut self,
        place: (usize, usize),
        known: &Function,
        args: &[&IdedExpr],
        shapes: &[Shape],
    ) {
        let name = known.name;
        let mut fitting: Vec<&[Takes]> =
            known.overloads.iter().copied().filter(|takes| takes.len() == args.len()).collect();
        if fitting.is_empty() {
            let given = args.len() - usize::from(known.is_member);
            self.fault(place, "bad-call", format!("`{name}` does not take {given} arguments"), None);
            return;
        }
        for (at, (arg, shape)) in args.iter().zip(shapes).enumerate() {
            let before = fitting.clone();
            fitting.retain(|takes| fits(takes[at], shape));
            if fitting.is_empty() {
                let wanted: Vec<Kind> = before.iter().flat_map(|takes| takes[at]).copied().collect();
                let verb = if known.is_member && at == 0 { "goes with" } else { "takes" };
                let message = format!("`{name}` {verb} {}; {}", either_of(&wanted), self.is_a(arg, shape));
                let hint = self.conversion(arg, shape, &wanted);
                self.fault(extent(self.places, arg), "wrong-type", message, hint);
                return;
            }
        }
        self.check_constants(name, args);
    }

    /// How the argument becomes what is wanted, where one function does that.
    fn conversion(&self, arg: &IdedExpr, shape: &Shape, wanted: &[Kind]) -> Option<String> {
        let kind = Kind::of(shape)?;
        let is_simple = !matches!(kind, Kind::Null | Kind::Type | Kind::List | Kind::Map);
        let function = match wanted {
            [Kind::Text] if is_simple => "string",
            [Kind::Timestamp, ..] if kind == Kind::Text => "timestamp",
            _ => return None,
        };
        Some(format!("write `{function}({})`", self.excerpt(arg)?))
    }

    /// What is wrong with arguments that are written out.
    fn check_constants(&mut self, name: &str, args: &[&IdedExpr]) {
        if name == "matches"
            && let [_, pattern] = args
            && !is_constant(pattern)
        {
            let message = "the pattern of `matches` is a text that stands here as it is".to_owned();
            let hint = "it is made ready when the bundle is read, so no event can make it slow".to_owned();
            self.fault(extent(self.places, pattern), "bad-call", message, Some(hint));
        }
        let [IdedExpr { expr: Expr::Literal(LiteralValue::String(text)), .. }] = args else { return };
        let at = self.places.token(args[0]);
        if name == "duration" && !is_duration(text.inner()) {
            self.bad_duration(at, text.inner());
        }
        if name == "timestamp" && !is_timestamp(text.inner()) {
            let (why, hint) = match beyond_a_day(text.inner()) {
                Some(offset) => (
                    format!("the offset `{offset}` of `{}` is beyond a day", text.inner()),
                    "an offset is at most `+23:59`".to_owned(),
                ),
                None => (
                    format!("`{}` is no timestamp", text.inner()),
                    "write it as in `2026-03-02T10:00:00Z`".to_owned(),
                ),
            };
            self.fault(at, "bad-timestamp", why, Some(hint));
        }
    }

    pub(super) fn bad_duration(&mut self, place: (usize, usize), text: &str) {
        if is_too_long(text) {
            let message = format!("`{text}` is longer than a duration can be, some 292 years");
            self.fault(place, "bad-duration", message, Some("write at most `15250w`".to_owned()));
            return;
        }
        let hint = Some("write a number and a unit, as in `90s`, `15m`, `24h`, `7d`, `2w`".to_owned());
        self.fault(place, "bad-duration", format!("`{text}` is no duration"), hint);
    }
}

/// True if the part asks for nothing but what is written in it.
fn is_constant(node: &IdedExpr) -> bool {
    match &node.expr {
        Expr::Literal(_) => true,
        Expr::Call(call) => call.target.is_none() && call.args.iter().all(is_constant),
        _ => false,
    }
}

fn fits(takes: Takes, shape: &Shape) -> bool {
    takes.is_empty() || Kind::of(shape).is_none_or(|kind| takes.contains(&kind))
}

/// "a text, a list or a map".
fn either_of(kinds: &[Kind]) -> String {
    let mut nouns: Vec<&str> = Vec::new();
    for kind in kinds {
        // Of numbers all kinds are taken, or that the number is whole matters.
        let is_any_number = kinds.contains(&Kind::Double) && kind.is_number();
        let noun = if is_any_number { "a number" } else { kind.noun() };
        if !nouns.contains(&noun) {
            nouns.push(noun);
        }
    }
    match nouns.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}
