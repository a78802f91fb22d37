//! The truth of a node: true, false, or a failure. `&&` and `||` take no notice of a failure on the one side if the
//! other decides.

use segue_document::same_text;
use segue_value::{Fault, Value, function, operator};

use super::number::Number;
use super::{Failure, Frames, Run};
use crate::function::Call;
use crate::node::{Comparison, LoopKind, Node, Set, Test};

type Truth<'v> = Result<bool, Failure<'v>>;

impl<'v> Run<'v, '_> {
    /// The truth of a node. What conditions are mostly made of is here, so that it needs little of the stack.
    pub(crate) fn truth(&self, node: &'v Node, frames: Frames<'_, 'v>) -> Truth<'v> {
        match node {
            Node::Test(test) => self.test(node, test),
            Node::And(parts) => self.all(parts, frames, false),
            Node::Or(parts) => self.all(parts, frames, true),
            Node::Not(of) => self.truth(of, frames).map(|truth| !truth),
            Node::Slot(slot) => match self.scope.read(*slot) {
                Ok(Value::Bool(truth)) => Ok(*truth),
                Ok(other) => Err(Failure::no_bool(node, other)),
                Err(fault) => Err(Failure::new(fault, node)),
            },
            Node::Member(of, set) => self.member(of, set, frames),
            Node::Compare(comparison, parts) => self.comparison(node, *comparison, parts, frames),
            Node::Call(call @ (Call::Contains | Call::EndsWith | Call::StartsWith), parts) => {
                self.text(node, *call, parts, frames)
            }
            Node::Loop(of) if of.kind != LoopKind::Collect => self.loop_truth(node, of, frames),
            _ => self.truth_of_other(node, frames),
        }
    }

    #[inline(never)]
    fn truth_of_other(&self, node: &'v Node, frames: Frames<'_, 'v>) -> Truth<'v> {
        match node {
            Node::In(parts) => {
                let [item, list] = &**parts;
                let (item, list) = (self.peek(item, frames)?, self.peek(list, frames)?);
                operator::is_in(&item, &list).map_err(|fault| Failure::of(fault, node, &[&item, &list]))
            }
            Node::InTable(table, key) => {
                let key = self.peek(key, frames)?;
                let rows = self.scope.rows(table);
                match &*key {
                    Value::Text(text) => Ok(rows.is_some_and(|rows| rows.0.contains_key(text.as_str()))),
                    // What could be the key of a map, though of none of these.
                    Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Double(_) => Ok(false),
                    other => Err(Failure::of(Fault::NoOverload, node, &[other])),
                }
            }
            Node::Has(of, name) => self.has(node, of, name, frames),
            Node::Matches(of, pattern) => {
                let value = self.peek(of, frames)?;
                match &*value {
                    Value::Text(text) => Ok(pattern.is_match(text.as_str())),
                    other => Err(Failure::of(Fault::NoOverload, node, &[other])),
                }
            }
            _ => match &*self.peek(node, frames)? {
                Value::Bool(truth) => Ok(*truth),
                other => Err(Failure::no_bool(node, other)),
            },
        }
    }

    /// Compares what two nodes give. What most comparisons are of needs no value of its own; all else, and whatever
    /// ends in a failure, goes the long way.
    fn comparison(
        &self,
        node: &'v Node,
        comparison: Comparison,
        parts: &'v [Node; 2],
        frames: Frames<'_, 'v>,
    ) -> Truth<'v> {
        let [a, b] = parts;
        let is_computed = |part: &Node| matches!(part, Node::Arithmetic(..));
        if !is_computed(a)
            && !is_computed(b)
            && let (Some(a), Some(b)) = (self.at_hand(a, frames), self.at_hand(b, frames))
        {
            return compare(comparison, a, b).map_err(|fault| Failure::of(fault, node, &[a, b]));
        }
        if let (Some(a), Some(b)) = (self.number(a, frames), self.number(b, frames))
            && let Some(truth) = Number::compare(comparison, a, b)
        {
            return Ok(truth);
        }
        self.comparison_of_others(node, comparison, parts, frames)
    }

    #[inline(never)]
    fn comparison_of_others(
        &self,
        node: &'v Node,
        comparison: Comparison,
        parts: &'v [Node; 2],
        frames: Frames<'_, 'v>,
    ) -> Truth<'v> {
        let [a, b] = parts;
        let (a, b) = (self.peek(a, frames)?, self.peek(b, frames)?);
        compare(comparison, &a, &b).map_err(|fault| Failure::of(fault, node, &[&a, &b]))
    }

    fn member(&self, of: &'v Node, set: &'v Set, frames: Frames<'_, 'v>) -> Truth<'v> {
        match of {
            Node::Slot(slot) => match self.scope.read(*slot) {
                Ok(value) => Ok(is_member(value, set)),
                Err(fault) => Err(Failure::new(fault, of)),
            },
            _ => Ok(is_member(&*self.peek(of, frames)?, set)),
        }
    }

    fn text(&self, node: &'v Node, call: Call, parts: &'v [Node], frames: Frames<'_, 'v>) -> Truth<'v> {
        let [text, part] = parts else { return Err(Failure::new(Fault::NoOverload, node)) };
        match (self.at_hand(text, frames), self.at_hand(part, frames)) {
            (Some(text), Some(part)) => text_of(node, call, text, part),
            _ => self.text_of_others(node, call, (text, part), frames),
        }
    }

    #[inline(never)]
    fn text_of_others(
        &self,
        node: &'v Node,
        call: Call,
        (text, part): (&'v Node, &'v Node),
        frames: Frames<'_, 'v>,
    ) -> Truth<'v> {
        let (text, part) = (self.peek(text, frames)?, self.peek(part, frames)?);
        text_of(node, call, &text, &part)
    }

    /// Of `&&` the first false, of `||` the first true decides (`decisive`); else the first failure is the result.
    #[inline]
    fn all(&self, parts: &'v [Node], frames: Frames<'_, 'v>, decisive: bool) -> Truth<'v> {
        let mut failure = None;
        for part in parts {
            let truth = match part {
                Node::Test(test) => self.test(part, test),
                _ => self.truth(part, frames),
            };
            match truth {
                Ok(truth) if truth == decisive => return Ok(decisive),
                Ok(_) => {}
                Err(found) => {
                    let _ = failure.get_or_insert(found);
                }
            }
        }
        failure.map_or(Ok(!decisive), Err)
    }

    #[inline]
    fn test(&self, node: &'v Node, test: &'v Test) -> Truth<'v> {
        let value = match self.scope.read(test.slot) {
            Ok(value) => value,
            Err(fault) => return Err(Failure::new(fault, node)),
        };
        compare(test.comparison, value, &test.constant).map_err(|fault| {
            let values: [&Value<'_>; 2] =
                if test.is_flipped { [&test.constant, value] } else { [value, &test.constant] };
            Failure::of(fault, node, &values)
        })
    }
}

fn text_of<'v>(node: &'v Node, call: Call, text: &Value<'_>, part: &Value<'_>) -> Truth<'v> {
    let found = match call {
        Call::Contains => function::contains(text, part),
        Call::EndsWith => function::ends_with(text, part),
        _ => function::starts_with(text, part),
    };
    found.map_err(|fault| Failure::of(fault, node, &[text, part]))
}

/// Compares two values. Equality is never an error.
#[inline]
pub(crate) fn compare(comparison: Comparison, a: &Value<'_>, b: &Value<'_>) -> Result<bool, Fault> {
    match comparison {
        Comparison::Equal => Ok(operator::equals(a, b)),
        Comparison::NotEqual => Ok(!operator::equals(a, b)),
        _ => {
            let order = operator::compare(a, b)?;
            Ok(comparison.admits(order))
        }
    }
}

/// Up to how many texts or numbers looking at each is quicker than halving.
const FEW: usize = 8;

fn is_member(value: &Value<'_>, set: &Set) -> bool {
    match value {
        Value::Text(text) => {
            let text = text.as_str();
            if set.texts.len() <= FEW {
                set.texts.iter().any(|known| same_text(known, text))
            } else {
                set.texts.binary_search_by(|known| (**known).cmp(text)).is_ok()
            }
        }
        Value::Int(number) => {
            set.whole.binary_search(number).is_ok()
                || set.others.iter().any(|other| operator::equals(value, other))
        }
        Value::UInt(_) | Value::Double(_) => {
            set.whole.iter().any(|whole| operator::equals(value, &Value::Int(*whole)))
                || set.others.iter().any(|other| operator::equals(value, other))
        }
        _ => set.others.iter().any(|other| operator::equals(value, other)),
    }
}
