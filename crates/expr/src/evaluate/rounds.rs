//! Loops: `all`, `exists`, `exists_one`, `map`, `filter`.

use segue_document as document;
use segue_value::{Fault, List, Shape, Value};

use super::truth::compare;
use super::{Failure, Frame, Frames, Outcome, ROUNDS_MAX, Run};
use crate::node::{Comparison, Loop, LoopKind, Node};

impl<'v> Run<'v, '_> {
    /// Runs a loop over the items of a list or the keys of a map.
    pub(super) fn run(&self, node: &'v Node, of: &'v Loop, frames: Frames<'_, 'v>) -> Outcome<'v> {
        if of.kind != LoopKind::Collect {
            return self.loop_truth(node, of, frames).map(Value::Bool);
        }
        let range = self.peek(&of.range, frames)?;
        let items = range.walk().map_err(|fault| Failure::of(fault, node, &[&range]))?;
        self.collect(node, of, within(items, frames))
    }

    /// What a loop comes to that asks whether something holds of its items.
    #[inline(never)]
    pub(super) fn loop_truth(
        &self,
        node: &'v Node,
        of: &'v Loop,
        frames: Frames<'_, 'v>,
    ) -> Result<bool, Failure<'v>> {
        let range = self.peek(&of.range, frames)?;
        // The items of a document, which most loops are about, are walked without asking at each what they are of.
        if let Value::List(List::Json(items, shape)) = *range
            && of.kind != LoopKind::ExistsOne
        {
            if let Some(truth) = self.any_against_constant(of, items, shape, frames) {
                return Ok(truth);
            }
            let items = items.items().map(|item| Value::of_json(item, shape));
            return self.any(node, of, within(items, frames), of.kind == LoopKind::Exists);
        }
        let items = range.walk().map_err(|fault| Failure::of(fault, node, &[&range]))?;
        match of.kind {
            LoopKind::ExistsOne => self.one(node, of, within(items, frames)),
            kind => self.any(node, of, within(items, frames), kind == LoopKind::Exists),
        }
    }

    /// As [`Run::any`] where each item is compared with a constant, without a frame for each. `None` where that ends in a
    /// failure, or is too much work: then all is done again, in the long way.
    fn any_against_constant(
        &self,
        of: &'v Loop,
        items: document::Value<'v>,
        shape: &'v Shape,
        outer: Frames<'_, 'v>,
    ) -> Option<bool> {
        let Node::Compare(comparison, parts) = &of.body else { return None };
        let (comparison, depth, constant) = match &**parts {
            [Node::Local(depth), Node::Constant(constant)] => (*comparison, *depth, constant),
            [Node::Constant(constant), Node::Local(depth)] => (comparison.flipped(), *depth, constant),
            _ => return None,
        };
        if depth != outer.map_or(0, |frame| frame.depth + 1) {
            return None;
        }
        let decisive = of.kind == LoopKind::Exists;
        let rounds = self.rounds.get();
        if items.len() > (ROUNDS_MAX - rounds) as usize {
            return None;
        }
        if let Value::Text(constant) = constant
            && comparison == Comparison::Equal
            && *shape != Shape::Timestamp
        {
            // A text among texts, as most are: no values are made.
            let found = items.position_of_text(constant.as_str(), decisive);
            self.rounds.set(rounds + found.map_or(items.len(), |at| at + 1) as u32);
            return Some(if found.is_some() { decisive } else { !decisive });
        }
        for (item, round) in items.items().zip(rounds + 1..) {
            if compare(comparison, &Value::of_json(item, shape), constant).ok()? == decisive {
                self.rounds.set(round);
                return Some(decisive);
            }
        }
        self.rounds.set(rounds + items.len() as u32);
        Some(!decisive)
    }

    /// Of `all` the first false, of `exists` the first true decides (`decisive`), whatever failed before.
    fn any<'p>(
        &self,
        node: &'v Node,
        of: &'v Loop,
        frames: impl Iterator<Item = Frame<'p, 'v>>,
        decisive: bool,
    ) -> Result<bool, Failure<'v>>
    where
        'v: 'p,
    {
        let mut failure = None;
        for frame in frames {
            self.round(node)?;
            match self.truth(&of.body, Some(&frame)) {
                Ok(truth) if truth == decisive => return Ok(decisive),
                Ok(_) => {}
                // Too much work is too much, whatever would come out of it.
                Err(found) if found.fault == Fault::TooMuchWork => return Err(found),
                Err(found) => {
                    let _ = failure.get_or_insert(found);
                }
            }
        }
        failure.map_or(Ok(!decisive), Err)
    }

    fn one<'p>(
        &self,
        node: &'v Node,
        of: &'v Loop,
        frames: impl Iterator<Item = Frame<'p, 'v>>,
    ) -> Result<bool, Failure<'v>>
    where
        'v: 'p,
    {
        let mut count = 0u32;
        for frame in frames {
            self.round(node)?;
            count += u32::from(self.truth(&of.body, Some(&frame))?);
        }
        Ok(count == 1)
    }

    fn collect<'p>(
        &self,
        node: &'v Node,
        of: &'v Loop,
        frames: impl Iterator<Item = Frame<'p, 'v>>,
    ) -> Outcome<'v>
    where
        'v: 'p,
    {
        let mut made = Vec::new();
        for frame in frames {
            self.round(node)?;
            let is_taken = match &of.filter {
                Some(filter) => self.truth(filter, Some(&frame))?,
                None => true,
            };
            if is_taken {
                made.push(self.value(&of.body, Some(&frame))?);
            }
        }
        Value::list(made).map_err(|fault| Failure::new(fault, node))
    }

    #[inline]
    fn round(&self, node: &'v Node) -> Result<(), Failure<'v>> {
        let rounds = self.rounds.get() + 1;
        self.rounds.set(rounds);
        if rounds > ROUNDS_MAX { Err(Failure::new(Fault::TooMuchWork, node)) } else { Ok(()) }
    }
}

/// A frame for each item, inside of those around the loop.
fn within<'p, 'v>(
    items: impl Iterator<Item = Value<'v>>,
    outer: Frames<'p, 'v>,
) -> impl Iterator<Item = Frame<'p, 'v>>
where
    'v: 'p,
{
    let depth = outer.map_or(0, |frame| frame.depth + 1);
    items.map(move |value| Frame { value, depth, outer })
}
