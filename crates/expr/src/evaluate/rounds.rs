//! Loops: `all`, `exists`, `exists_one`, `map`, `filter`.

use segue_value::{Fault, Value};

use super::{Failure, Frame, Frames, Outcome, ROUNDS_MAX, Run};
use crate::node::{Loop, LoopKind, Node};

impl<'v> Run<'v, '_> {
    /// Runs a loop over the items of a list or the keys of a map.
    pub(super) fn run(&self, node: &'v Node, of: &'v Loop, frames: Frames<'_, 'v>) -> Outcome<'v> {
        let range = self.peek(&of.range, frames)?;
        let items = range.walk().map_err(|fault| Failure::of(fault, node, &[&range]))?;
        let depth = frames.map_or(0, |frame| frame.depth + 1);
        let frames = items.map(|value| Frame { value, depth, outer: frames });
        match of.kind {
            LoopKind::All => self.any(node, of, frames, false),
            LoopKind::Exists => self.any(node, of, frames, true),
            LoopKind::ExistsOne => self.one(node, of, frames),
            LoopKind::Collect => self.collect(node, of, frames),
        }
    }

    /// Of `all` the first false, of `exists` the first true decides (`decisive`), whatever failed before.
    fn any<'p>(
        &self,
        node: &'v Node,
        of: &'v Loop,
        frames: impl Iterator<Item = Frame<'p, 'v>>,
        decisive: bool,
    ) -> Outcome<'v>
    where
        'v: 'p,
    {
        let mut failure = None;
        for frame in frames {
            self.round(node)?;
            match self.truth(&of.body, Some(&frame)) {
                Ok(truth) if truth == decisive => return Ok(Value::Bool(decisive)),
                Ok(_) => {}
                // Too much work is too much, whatever would come out of it.
                Err(found) if found.fault == Fault::TooMuchWork => return Err(found),
                Err(found) => {
                    let _ = failure.get_or_insert(found);
                }
            }
        }
        failure.map_or(Ok(Value::Bool(!decisive)), Err)
    }

    fn one<'p>(
        &self,
        node: &'v Node,
        of: &'v Loop,
        frames: impl Iterator<Item = Frame<'p, 'v>>,
    ) -> Outcome<'v>
    where
        'v: 'p,
    {
        let mut count = 0u32;
        for frame in frames {
            self.round(node)?;
            count += u32::from(self.truth(&of.body, Some(&frame))?);
        }
        Ok(Value::Bool(count == 1))
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

    fn round(&self, node: &'v Node) -> Result<(), Failure<'v>> {
        let rounds = self.rounds.get() + 1;
        self.rounds.set(rounds);
        if rounds > ROUNDS_MAX { Err(Failure::new(Fault::TooMuchWork, node)) } else { Ok(()) }
    }
}
