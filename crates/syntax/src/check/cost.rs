//! What an evaluation costs at most: how often each part of the tree is evaluated, with every loop as long as it can
//! be.

/// The most `all`, `exists`, `map` and `filter` inside one another: each multiplies the work.
pub(super) const LOOPS_MAX: usize = 2;
/// The most items of a list whose length is not known: no document has more values.
pub(super) const ITEMS_MAX: u64 = 10_000;
/// The most steps of one evaluation, each of some nanoseconds: a fifth of a second at the very worst.
pub(super) const STEPS_MAX: u64 = 20_000_000;
/// How many items `in` compares at the price of one step.
const COMPARED_PER_STEP: u64 = 10;

/// The cost, as far as the tree has been walked.
#[derive(Debug)]
pub(super) struct Cost {
    /// All steps so far.
    steps: u64,
    /// How often the part that is being walked is evaluated.
    weight: u64,
    /// How many loops it stands in.
    pub(super) loops: usize,
    /// True once a loop was told that it is too much.
    pub(super) is_told: bool,
}

impl Default for Cost {
    fn default() -> Cost {
        Cost { steps: 0, weight: 1, loops: 0, is_told: false }
    }
}

impl Cost {
    /// One part is evaluated.
    pub(super) fn step(&mut self) {
        self.steps = self.steps.saturating_add(self.weight);
    }

    /// A value is looked for among so many.
    pub(super) fn search(&mut self, items: u64) {
        self.steps = self.steps.saturating_add(self.weight.saturating_mul(items / COMPARED_PER_STEP));
    }

    /// Goes into a loop over so many items. `inside` is of the range, as [`super::Flow`] has it. Gives how often all
    /// stood outside is evaluated, for [`Cost::leave`].
    pub(super) fn enter(&mut self, items: u64, inside: Option<u64>) -> u64 {
        let outside = self.weight;
        let each = outside.saturating_mul(items);
        // The lists inside the items of one list have together no more items than the document has values.
        self.weight = inside.map_or(each, |times| each.min(times.saturating_mul(ITEMS_MAX)));
        self.loops += 1;
        outside
    }

    /// Comes out of a loop again.
    pub(super) fn leave(&mut self, outside: u64) {
        self.weight = outside;
        self.loops -= 1;
    }

    pub(super) fn is_too_much(&self) -> bool {
        self.steps > STEPS_MAX
    }
}
