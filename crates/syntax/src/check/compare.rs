//! What a condition demands of fields: the comparisons with constants that must hold for it to be true.
//!
//! With the bounds of the schemas they tell that a condition can never be true; with one another, that two of them
//! contradict; with those of another condition, that the one is true whenever the other is.

use std::cmp::Ordering;

use crate::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::extent;
use super::reading::{Reading, Root, reading};
use crate::parse::Places;
use segue_value::{Duration, Timestamp, Value, operator};

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`, or `in` where there are several constants: one of them.
    OneOf,
    /// `!=`, or not `in`: none of them.
    NoneOf,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// A field that is compared with constants.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The field: names from a root on, such as `["event", "data", "amount"]`; the root of a call is its source.
    pub path: Vec<String>,
    /// What the path begins with.
    pub root: Root,
    /// How it is compared.
    pub operator: Operator,
    /// What it is compared with: one constant, but any number of [`Operator::OneOf`] and [`Operator::NoneOf`]. None of
    /// no constants is what `has` asks: that it is there; one of none, that it is not.
    pub constants: Vec<Value<'static>>,
    /// Where the comparison stands in the source, in bytes: from `.0` to before `.1`.
    pub place: (usize, usize),
}

/// What must hold for a condition to be true.
#[derive(Clone, Debug, Default)]
pub struct Demands {
    /// Comparisons all of which must hold.
    pub comparisons: Vec<Comparison>,
    /// True if the condition is nothing but these: it is true whenever they hold.
    pub is_whole: bool,
    /// Where a part stands that must hold and never does, whatever comes.
    pub impossible: Option<(usize, usize)>,
}

impl Demands {
    /// What a tree demands.
    pub(crate) fn of(tree: &IdedExpr, places: &Places<'_>) -> Demands {
        let mut demands = Demands { is_whole: true, ..Demands::default() };
        demands.collect(tree, places, true);
        demands
    }

    /// Two comparisons that cannot both hold: where they stand.
    pub fn contradiction(&self) -> Option<((usize, usize), (usize, usize))> {
        for (at, one) in self.comparisons.iter().enumerate() {
            let others = self.comparisons.iter().filter(|other| other.path == one.path);
            if one.operator == Operator::OneOf && one.constants.is_empty() {
                // What is not there passes no other comparison.
                if let Some(other) = others.into_iter().find(|other| !other.is_absence()) {
                    return Some(in_order(one.place, other.place));
                }
            } else if one.operator == Operator::OneOf {
                // Constants that are left after each of the others.
                let mut left: Vec<&Value<'static>> = one.constants.iter().collect();
                for other in others {
                    left.retain(|constant| other.admits(constant));
                    if left.is_empty() {
                        return Some(in_order(one.place, other.place));
                    }
                }
            } else if let Some(other) =
                self.comparisons[..at].iter().find(|other| other.path == one.path && one.excludes(other))
            {
                return Some(in_order(one.place, other.place));
            }
        }
        None
    }

    /// True if `other` is true whenever this is.
    pub fn implies(&self, other: &Demands) -> bool {
        other.is_whole
            && other.comparisons.iter().all(|wanted| {
                self.comparisons.iter().any(|given| given.path == wanted.path && given.implies(wanted))
            })
    }

    /// Adds what must hold for the part to be `truth`.
    fn collect(&mut self, node: &IdedExpr, places: &Places<'_>, truth: bool) {
        if let Expr::Call(call) = &node.expr {
            match (call.func_name.as_str(), &call.args[..]) {
                (operators::LOGICAL_AND, args) if truth => {
                    return args.iter().for_each(|arg| self.collect(arg, places, truth));
                }
                (operators::LOGICAL_OR, args) if !truth => {
                    return args.iter().for_each(|arg| self.collect(arg, places, truth));
                }
                (operators::LOGICAL_NOT, [arg]) => return self.collect(arg, places, !truth),
                _ => {}
            }
        }
        if is_impossible(node, places, truth) {
            self.is_whole = false;
            let _ = self.impossible.get_or_insert_with(|| extent(places, node));
            return;
        }
        match comparison(node, places, truth) {
            Some(comparison) => self.comparisons.push(comparison),
            None if constant_truth(node) == Some(truth) => {}
            None => {
                self.is_whole &= matches!(&node.expr, Expr::Literal(LiteralValue::Boolean(value)) if *value.inner() == truth)
            }
        }
    }
}

impl Comparison {
    /// True if it says that the field is not there.
    pub fn is_absence(&self) -> bool {
        self.operator == Operator::OneOf && self.constants.is_empty()
    }

    /// True if it says that the field is there, and no more.
    pub fn is_presence(&self) -> bool {
        self.operator == Operator::NoneOf && self.constants.is_empty()
    }

    /// True if a field with that value passes.
    pub fn admits(&self, value: &Value<'_>) -> bool {
        let order = || operator::compare(value, self.constants.first()?).ok();
        match self.operator {
            Operator::OneOf => self.constants.iter().any(|constant| operator::equals(value, constant)),
            Operator::NoneOf => !self.constants.iter().any(|constant| operator::equals(value, constant)),
            Operator::Less => order() == Some(Ordering::Less),
            Operator::AtMost => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
            Operator::Greater => order() == Some(Ordering::Greater),
            Operator::AtLeast => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
        }
    }

    /// True if no value passes both; both are ranges or exclusions.
    fn excludes(&self, other: &Comparison) -> bool {
        let (Some(a), Some(b)) = (self.constants.first(), other.constants.first()) else { return false };
        let is_range = |operator| !matches!(operator, Operator::OneOf | Operator::NoneOf);
        if !is_range(self.operator) || !is_range(other.operator) {
            return false;
        }
        // A value has an order with a text or with a number, and not with both.
        let Ok(order) = operator::compare(a, b) else { return true };
        let is_open = matches!(self.operator, Operator::Less | Operator::Greater)
            || matches!(other.operator, Operator::Less | Operator::Greater);
        let is_upper = |operator| matches!(operator, Operator::Less | Operator::AtMost);
        match (is_upper(self.operator), is_upper(other.operator)) {
            (true, false) => order == Ordering::Less || (is_open && order == Ordering::Equal),
            (false, true) => order == Ordering::Greater || (is_open && order == Ordering::Equal),
            _ => false,
        }
    }

    /// True if every value that passes this one passes the other.
    fn implies(&self, other: &Comparison) -> bool {
        if self.is_absence() || other.is_absence() {
            return self.is_absence() && other.is_absence();
        }
        if other.is_presence() {
            return true;
        }
        if self.operator == Operator::OneOf {
            return self.constants.iter().all(|constant| other.admits(constant));
        }
        let (Some(a), Some(b)) = (self.constants.first(), other.constants.first()) else { return false };
        let order = operator::compare(a, b).ok();
        match (self.operator, other.operator) {
            (Operator::NoneOf, Operator::NoneOf) => {
                other.constants.iter().all(|constant| !self.admits(constant))
            }
            (Operator::Less, Operator::Less | Operator::AtMost) | (Operator::AtMost, Operator::AtMost) => {
                matches!(order, Some(Ordering::Less | Ordering::Equal))
            }
            (Operator::AtMost, Operator::Less) => order == Some(Ordering::Less),
            (Operator::Greater, Operator::Greater | Operator::AtLeast)
            | (Operator::AtLeast, Operator::AtLeast) => {
                matches!(order, Some(Ordering::Greater | Ordering::Equal))
            }
            (Operator::AtLeast, Operator::Greater) => order == Some(Ordering::Greater),
            // What is outside of a range is none of these constants.
            (Operator::OneOf | Operator::NoneOf, _) | (_, Operator::OneOf) => false,
            (_, Operator::NoneOf) => other.constants.iter().all(|constant| !self.admits(constant)),
            _ => false,
        }
    }
}

fn in_order(a: (usize, usize), b: (usize, usize)) -> ((usize, usize), (usize, usize)) {
    if a <= b { (a, b) } else { (b, a) }
}

/// The comparison that must hold for the part to be `truth`, if it is one.
fn comparison(node: &IdedExpr, places: &Places<'_>, truth: bool) -> Option<Comparison> {
    let place = || extent(places, node);
    let (Reading { path, root }, operator, constants) = match &node.expr {
        Expr::Call(call) if call.func_name != operators::INDEX && reading(node, places).is_none() => {
            of_call(call, places, truth)?
        }
        Expr::Select(select) if select.test => {
            let operator = if truth { Operator::NoneOf } else { Operator::OneOf };
            (reading(&select.operand, places)?.field(&select.field), operator, Vec::new())
        }
        _ => (reading(node, places)?, Operator::OneOf, vec![Value::Bool(truth)]),
    };
    Some(Comparison { path, root, operator, constants, place: place() })
}

/// The part as a comparison that is true, if it is one with constants that are written out.
pub(super) fn comparison_with(node: &IdedExpr, places: &Places<'_>) -> Option<Comparison> {
    let is_compared = match &node.expr {
        Expr::Call(call) => {
            [operators::EQUALS, operators::NOT_EQUALS, operators::IN].contains(&&*call.func_name)
        }
        Expr::Select(select) => select.test,
        _ => false,
    };
    comparison(node, places, true).filter(|_| is_compared)
}

type Compared = (Reading, Operator, Vec<Value<'static>>);

fn of_call(call: &CallExpr, places: &Places<'_>, truth: bool) -> Option<Compared> {
    let [left, right] = &call.args[..] else { return None };
    let operator = match call.func_name.as_str() {
        operators::EQUALS | operators::IN => Operator::OneOf,
        operators::NOT_EQUALS => Operator::NoneOf,
        operators::LESS => Operator::Less,
        operators::LESS_EQUALS => Operator::AtMost,
        operators::GREATER => Operator::Greater,
        operators::GREATER_EQUALS => Operator::AtLeast,
        // One of several constants, written as a choice between them.
        operators::LOGICAL_OR if truth => return of_choice(call, places),
        _ => return None,
    };
    let operator = if truth { operator } else { negated(operator) };
    if call.func_name == operators::IN {
        let Expr::List(list) = &right.expr else { return None };
        let constants: Option<Vec<_>> = list.elements.iter().map(constant).collect();
        return Some((reading(left, places)?, operator, constants.filter(|some| !some.is_empty())?));
    }
    match (constant(left), constant(right)) {
        (None, Some(constant)) => Some((reading(left, places)?, operator, vec![constant])),
        (Some(constant), None) => Some((reading(right, places)?, turned(operator), vec![constant])),
        _ => None,
    }
}

/// True if the part is never `truth`: constants are compared, or a value with itself.
fn is_impossible(node: &IdedExpr, places: &Places<'_>, truth: bool) -> bool {
    if constant_truth(node) == Some(!truth) {
        return !matches!(&node.expr, Expr::Literal(_));
    }
    let Expr::Call(call) = &node.expr else { return false };
    let [left, right] = &call.args[..] else { return false };
    let differs = match call.func_name.as_str() {
        operators::NOT_EQUALS | operators::LESS | operators::GREATER => truth,
        operators::EQUALS | operators::LESS_EQUALS | operators::GREATER_EQUALS => !truth,
        _ => return false,
    };
    let path = |node| reading(node, places).map(|reading| reading.path);
    differs && path(left).is_some_and(|left| path(right) == Some(left))
}

/// The truth of a part that is the same whatever comes.
fn constant_truth(node: &IdedExpr) -> Option<bool> {
    let Expr::Call(call) = &node.expr else {
        return match &node.expr {
            Expr::Literal(LiteralValue::Boolean(value)) => Some(*value.inner()),
            _ => None,
        };
    };
    match (call.func_name.as_str(), &call.args[..]) {
        (operators::LOGICAL_NOT, [arg]) => constant_truth(arg).map(|truth| !truth),
        (operators::LOGICAL_AND, args) => decided(args, false),
        (operators::LOGICAL_OR, args) => decided(args, true),
        (operators::IN, [left, IdedExpr { expr: Expr::List(list), .. }]) => {
            if list.elements.is_empty() {
                return Some(false);
            }
            let left = constant(left)?;
            let all: Option<Vec<_>> = list.elements.iter().map(constant).collect();
            Some(all?.iter().any(|one| operator::equals(&left, one)))
        }
        (name, [left, right]) => {
            let (left, right) = (constant(left)?, constant(right)?);
            let order = || operator::compare(&left, &right).ok();
            Some(match name {
                operators::EQUALS => operator::equals(&left, &right),
                operators::NOT_EQUALS => !operator::equals(&left, &right),
                operators::LESS => order()? == Ordering::Less,
                operators::LESS_EQUALS => order()? != Ordering::Greater,
                operators::GREATER => order()? == Ordering::Greater,
                operators::GREATER_EQUALS => order()? != Ordering::Less,
                _ => return None,
            })
        }
        _ => None,
    }
}

/// What decides parts joined by `&&` or `||`: one of them that is `by`, or all of them.
fn decided(args: &[IdedExpr], by: bool) -> Option<bool> {
    let truths: Vec<Option<bool>> = args.iter().map(constant_truth).collect();
    if truths.contains(&Some(by)) {
        return Some(by);
    }
    truths.into_iter().all(|truth| truth.is_some()).then_some(!by)
}

/// `x == 1 || x in [2, 3]` is one of 1, 2 and 3.
fn of_choice(call: &CallExpr, places: &Places<'_>) -> Option<Compared> {
    let mut found: Option<(Reading, Vec<Value<'static>>)> = None;
    for arg in &call.args {
        let Expr::Call(inner) = &arg.expr else { return None };
        let (reading, Operator::OneOf, constants) = of_call(inner, places, true)? else { return None };
        match &mut found {
            None => found = Some((reading, constants)),
            Some((known, all)) if known.path == reading.path => all.extend(constants),
            Some(_) => return None,
        }
    }
    found.map(|(reading, constants)| (reading, Operator::OneOf, constants))
}

fn negated(operator: Operator) -> Operator {
    match operator {
        Operator::OneOf => Operator::NoneOf,
        Operator::NoneOf => Operator::OneOf,
        // No document has a number that has no order.
        Operator::Less => Operator::AtLeast,
        Operator::AtMost => Operator::Greater,
        Operator::Greater => Operator::AtMost,
        Operator::AtLeast => Operator::Less,
    }
}

/// The operator with its sides exchanged.
fn turned(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::AtMost => Operator::AtLeast,
        Operator::Greater => Operator::Less,
        Operator::AtLeast => Operator::AtMost,
        same => same,
    }
}

/// The value of a part that is a constant.
pub(super) fn constant(node: &IdedExpr) -> Option<Value<'static>> {
    match &node.expr {
        Expr::Literal(literal) => Some(match literal {
            LiteralValue::Boolean(value) => Value::Bool(*value.inner()),
            LiteralValue::Int(value) => Value::Int(*value.inner()),
            LiteralValue::UInt(value) => Value::UInt(*value.inner()),
            LiteralValue::Double(value) => Value::Double(*value.inner()),
            LiteralValue::Null => Value::Null,
            LiteralValue::String(text) => Value::made(text.inner()).ok()?,
            LiteralValue::Bytes(_) => return None,
        }),
        Expr::Call(call) if call.target.is_none() => {
            let [IdedExpr { expr: Expr::Literal(LiteralValue::String(text)), .. }] = &call.args[..] else {
                return None;
            };
            match call.func_name.as_str() {
                "timestamp" => Timestamp::parse(text.inner()).map(Value::Timestamp),
                "duration" => Duration::parse(text.inner()).map(Value::Duration),
                _ => None,
            }
        }
        _ => None,
    }
}
