//! Nodes + scope -> a value, or why there is none.
//!
//! A failure is small and says only what went wrong and at which node; words are made of it by `describe`, once it is
//! known that it is not absorbed by an `&&` or `||`. Nothing is allocated for values that are not made.
//! The depth of a tree is bounded by the guard, so it is walked by calls; the work of loops is bounded here.

mod call;
mod describe;
mod number;
mod place;
mod read;
mod rounds;
mod truth;

use std::cell::Cell;

use segue_value::{Fault, Type, Value, operator};

use crate::function::Call;
use crate::node::{Arithmetic, Node};
use crate::scope::Scope;
use number::Number;

/// The most rounds that the loops of one evaluation take together. The cost limit at load time keeps expressions far
/// below it; this holds whatever the facts are.
const ROUNDS_MAX: u32 = 1_000_000;

/// Why a node has no value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure<'v> {
    pub(crate) fault: Fault,
    /// The node that failed.
    pub(crate) node: &'v Node,
    /// The types of what it was given, where they are the trouble.
    pub(crate) types: [Option<Type>; 2],
    /// True if a bool was wanted and the node has a value of another type.
    pub(crate) is_no_bool: bool,
}

impl<'v> Failure<'v> {
    #[cold]
    pub(crate) fn new(fault: Fault, node: &'v Node) -> Failure<'v> {
        Failure { fault, node, types: [None, None], is_no_bool: false }
    }

    #[cold]
    pub(crate) fn of(fault: Fault, node: &'v Node, values: &[&Value<'_>]) -> Failure<'v> {
        let type_at = |at: usize| values.get(at).map(|value| value.type_of());
        Failure { fault, node, types: [type_at(0), type_at(1)], is_no_bool: false }
    }

    #[cold]
    pub(crate) fn no_bool(node: &'v Node, value: &Value<'_>) -> Failure<'v> {
        let types = [Some(value.type_of()), None];
        Failure { fault: Fault::NoOverload, node, types, is_no_bool: true }
    }
}

/// The variables of the loops that are under way, innermost first.
#[derive(Debug)]
pub(crate) struct Frame<'p, 'v> {
    pub(crate) value: Value<'v>,
    pub(crate) depth: u32,
    pub(crate) outer: Option<&'p Frame<'p, 'v>>,
}

/// The frames of loops around a node.
pub(crate) type Frames<'p, 'v> = Option<&'p Frame<'p, 'v>>;

/// What a node gave.
pub(crate) type Outcome<'v> = Result<Value<'v>, Failure<'v>>;

/// A value that is at hand, or one that was made.
#[derive(Debug)]
pub(crate) enum Peek<'r, 'v> {
    Held(&'r Value<'v>),
    Made(Value<'v>),
}

impl<'v> std::ops::Deref for Peek<'_, 'v> {
    type Target = Value<'v>;

    #[inline]
    fn deref(&self) -> &Value<'v> {
        match self {
            Peek::Held(value) => value,
            Peek::Made(value) => value,
        }
    }
}

/// One evaluation.
#[derive(Debug)]
pub(crate) struct Run<'v, 'a> {
    scope: &'v Scope<'a>,
    rounds: Cell<u32>,
}

impl<'v, 'a> Run<'v, 'a> {
    #[inline]
    pub(crate) fn new(scope: &'v Scope<'a>) -> Run<'v, 'a> {
        Run { scope, rounds: Cell::new(0) }
    }

    /// The value of a node that is at hand: a constant, a fact that is there, the variable of a loop.
    #[inline]
    pub(crate) fn at_hand<'p>(&self, node: &'v Node, frames: Frames<'p, 'v>) -> Option<&'p Value<'v>>
    where
        'v: 'p,
    {
        match node {
            Node::Constant(value) => Some(value),
            Node::Slot(slot) => self.scope.slot(*slot),
            Node::Local(depth) => Some(&frame(frames, *depth).value),
            Node::Row(row) => self.scope.slot(row.slot?),
            _ => None,
        }
    }

    /// The number that a node gives, where that is quickly told; `None` says nothing.
    #[inline]
    pub(crate) fn number(&self, node: &'v Node, frames: Frames<'_, 'v>) -> Option<Number> {
        match node {
            Node::Arithmetic(arithmetic, parts) => self.computed(*arithmetic, parts, frames),
            _ => match self.at_hand(node, frames)? {
                Value::Int(number) => Some(Number::Int(*number)),
                Value::Double(number) => Some(Number::Double(*number)),
                _ => None,
            },
        }
    }

    fn computed(
        &self,
        arithmetic: Arithmetic,
        parts: &'v [Node; 2],
        frames: Frames<'_, 'v>,
    ) -> Option<Number> {
        let [a, b] = parts;
        Number::of(arithmetic, self.number(a, frames)?, self.number(b, frames)?)
    }

    /// The value of a node, without a copy where it is at hand.
    #[inline]
    pub(crate) fn peek<'p>(&self, node: &'v Node, frames: Frames<'p, 'v>) -> Result<Peek<'p, 'v>, Failure<'v>>
    where
        'v: 'p,
    {
        match node {
            Node::Constant(value) => Ok(Peek::Held(value)),
            Node::Slot(slot) => match self.scope.read(*slot) {
                Ok(value) => Ok(Peek::Held(value)),
                Err(fault) => Err(Failure::new(fault, node)),
            },
            Node::Local(depth) => Ok(Peek::Held(&frame(frames, *depth).value)),
            Node::Row(row) if let Some(value) = row.slot.and_then(|slot| self.scope.slot(slot)) => {
                Ok(Peek::Held(value))
            }
            _ => self.value(node, frames).map(Peek::Made),
        }
    }

    /// The value of a node.
    pub(crate) fn value(&self, node: &'v Node, frames: Frames<'_, 'v>) -> Outcome<'v> {
        match node {
            Node::Constant(value) => Ok(value.clone()),
            Node::Slot(slot) => match self.scope.read(*slot) {
                Ok(value) => Ok(value.clone()),
                Err(fault) => Err(Failure::new(fault, node)),
            },
            Node::Local(depth) => Ok(frame(frames, *depth).value.clone()),
            Node::Test(_)
            | Node::Member(..)
            | Node::InTable(..)
            | Node::Has(..)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Compare(..)
            | Node::In(_)
            | Node::Matches(..)
            | Node::Call(Call::Contains | Call::EndsWith | Call::StartsWith, _) => {
                self.truth(node, frames).map(Value::Bool)
            }
            Node::Row(row) => match row.slot.and_then(|slot| self.scope.slot(slot)) {
                Some(value) => Ok(value.clone()),
                None => self.row(node, row, frames),
            },
            Node::Age(table, key) => self.age(node, table, key, frames),
            Node::Field(of, name) => self.field(node, of, name, frames),
            Node::Index(parts) => self.index(node, parts, frames),
            Node::Choice(parts) => {
                let [condition, yes, no] = &**parts;
                self.value(if self.truth(condition, frames)? { yes } else { no }, frames)
            }
            Node::Arithmetic(arithmetic, parts) => self.arithmetic(node, *arithmetic, parts, frames),
            Node::Negate(of) => {
                let value = self.peek(of, frames)?;
                operator::negate(&value).map_err(|fault| Failure::of(fault, node, &[&value]))
            }
            Node::Call(call, parts) => self.call(node, *call, parts, frames),
            Node::Decide(decide) => self.decide(node, decide, frames),
            Node::List(items) => self.list(node, items, frames),
            Node::Map(entries) => self.map(node, entries, frames),
            Node::Loop(of) => self.run(node, of, frames),
        }
    }

    fn arithmetic(
        &self,
        node: &'v Node,
        arithmetic: Arithmetic,
        parts: &'v [Node; 2],
        frames: Frames<'_, 'v>,
    ) -> Outcome<'v> {
        let [a, b] = parts;
        let (a, b) = (self.peek(a, frames)?, self.peek(b, frames)?);
        let found = match arithmetic {
            Arithmetic::Add => operator::add(&a, &b),
            Arithmetic::Subtract => operator::subtract(&a, &b),
            Arithmetic::Multiply => operator::multiply(&a, &b),
            Arithmetic::Divide => operator::divide(&a, &b),
            Arithmetic::Modulo => operator::modulo(&a, &b),
        };
        found.map_err(|fault| Failure::of(fault, node, &[&a, &b]))
    }

    fn list(&self, node: &'v Node, items: &'v [Node], frames: Frames<'_, 'v>) -> Outcome<'v> {
        let items: Result<Vec<_>, _> = items.iter().map(|item| self.value(item, frames)).collect();
        Value::list(items?).map_err(|fault| Failure::new(fault, node))
    }

    fn map(&self, node: &'v Node, entries: &'v [(Node, Node)], frames: Frames<'_, 'v>) -> Outcome<'v> {
        let mut made = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            made.push((self.value(key, frames)?, self.value(value, frames)?));
        }
        Value::map(made).map_err(|fault| Failure::new(fault, node))
    }
}

/// The frame of the loop that is so deep.
fn frame<'p, 'v>(mut frames: Frames<'p, 'v>, depth: u32) -> &'p Frame<'p, 'v> {
    loop {
        let frame = frames.expect("a variable is compiled only inside its loop");
        if frame.depth == depth {
            return frame;
        }
        frames = frame.outer;
    }
}
