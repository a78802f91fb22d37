//! The duplicates window: an event that came before, from the same source and about the same subject, changes nothing.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use indexmap::IndexMap;
pub use segue_model::id::Mark;
use segue_model::{Span, Timestamp};

/// How many marks that have run out one step takes away, so that a long pause does not end in one huge step.
const EXPIRED_PER_STEP_MAX: usize = 1_000;

/// The marks of the events seen within the window.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    kept: IndexMap<Mark, Timestamp, BuildHasherDefault<Beginning>>,
    pending: BTreeMap<Mark, Option<Timestamp>>,
    /// When each mark was set, oldest first: the order in which they run out. One that was set anew stands here twice.
    by_age: VecDeque<(Timestamp, Mark)>,
    /// True if what was restored has put `by_age` out of order.
    is_unsorted: bool,
    /// How many of `by_age` this step has taken away.
    expired: usize,
}

impl Marks {
    /// True if the mark was set within `window` before `now`. The window is half open: a duplicate that comes exactly
    /// `window` later is an event of its own.
    pub fn is_duplicate(&self, mark: &Mark, now: Timestamp, window: Span) -> bool {
        self.set_at(mark).is_some_and(|set_at| now.since(set_at) < window)
    }

    /// Marks an event that took effect. One that failed is not marked, so that it can be sent again.
    pub fn set(&mut self, mark: Mark, now: Timestamp) {
        let _ = self.pending.insert(mark, Some(now));
    }

    /// Takes away marks that have run out by `now`. Called once a step.
    pub fn expire(&mut self, now: Timestamp, window: Span) {
        if std::mem::take(&mut self.is_unsorted) {
            self.by_age.make_contiguous().sort_by_key(|(set_at, _)| *set_at);
        }
        let is_due = |set_at: Timestamp| now.since(set_at) >= window;
        let due = self.by_age.iter().take(EXPIRED_PER_STEP_MAX).take_while(|(set_at, _)| is_due(*set_at));
        let due: Vec<Mark> = due.map(|(_, mark)| *mark).collect();
        self.expired = due.len();
        for mark in due {
            if self.set_at(&mark).is_some_and(is_due) {
                let _ = self.pending.insert(mark, None);
            }
        }
    }

    /// What the step changed, in the order of the marks.
    pub fn pending(&self) -> impl Iterator<Item = (&Mark, Option<Timestamp>)> {
        self.pending.iter().map(|(mark, set_at)| (mark, *set_at))
    }

    /// Puts a mark in as kept, when it is restored.
    pub fn restore(&mut self, mark: Mark, set_at: Option<Timestamp>) {
        let Some(set_at) = set_at else {
            let _ = self.kept.swap_remove(&mark);
            return;
        };
        let _ = self.kept.insert(mark, set_at);
        self.is_unsorted |= self.by_age.back().is_some_and(|last| set_at < last.0);
        self.by_age.push_back((set_at, mark));
    }

    /// The step is committed.
    pub fn settle(&mut self) {
        let _ = self.by_age.drain(..std::mem::take(&mut self.expired));
        let mut set = Vec::with_capacity(self.pending.len());
        for (mark, set_at) in std::mem::take(&mut self.pending) {
            match set_at {
                Some(set_at) => set.push((set_at, mark)),
                None => self.restore(mark, None),
            }
        }
        // Time does not go back, so that these come behind all others, once they are in order themselves.
        set.sort_by_key(|(set_at, _)| *set_at);
        set.into_iter().for_each(|(set_at, mark)| self.restore(mark, Some(set_at)));
    }

    /// The step is undone.
    pub fn undo(&mut self) {
        self.pending.clear();
        self.expired = 0;
    }

    /// True if no mark is kept: then none has to be made to ask for it.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.pending.is_empty()
    }

    /// When the mark was set, as the step sees it.
    pub(crate) fn set_at(&self, mark: &Mark) -> Option<Timestamp> {
        match self.pending.get(mark) {
            Some(changed) => *changed,
            None => self.kept.get(mark).copied(),
        }
    }
}

/// A mark is a hash already: the beginning of it serves.
#[derive(Clone, Copy, Debug, Default)]
struct Beginning(u64);

impl Hasher for Beginning {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(beginning) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*beginning);
        }
    }

    /// How long a mark is says nothing of it.
    fn write_usize(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Span = Span(100);
    const MARK: Mark = Mark([7; 16]);

    fn is_new(marks: &mut Marks, now: i64) -> bool {
        let is_new = !marks.is_duplicate(&MARK, Timestamp(now), WINDOW);
        if is_new {
            marks.set(MARK, Timestamp(now));
        }
        is_new
    }

    fn taken_away(marks: &mut Marks, now: i64) -> usize {
        marks.expire(Timestamp(now), WINDOW);
        marks.pending().filter(|(_, set_at)| set_at.is_none()).count()
    }

    #[test]
    fn the_window_is_half_open_and_counts_from_the_first() {
        let mut marks = Marks::default();
        assert!(is_new(&mut marks, 0));
        assert!(!is_new(&mut marks, 99));
        assert!(is_new(&mut marks, 100));
    }

    #[test]
    fn what_is_undone_was_never_seen_and_what_ran_out_is_taken_away() {
        let mut marks = Marks::default();
        assert!(is_new(&mut marks, 0));
        marks.undo();
        assert!(is_new(&mut marks, 1));
        marks.settle();
        marks.expire(Timestamp(100), WINDOW);
        assert_eq!(marks.pending().count(), 0);
        for _ in 0..2 {
            marks.undo();
            marks.expire(Timestamp(101), WINDOW);
            assert_eq!(marks.pending().collect::<Vec<_>>(), [(&MARK, None)]);
        }
        marks.settle();
        assert!(is_new(&mut marks, 101));
        assert!(marks.by_age.is_empty());
    }

    #[test]
    fn a_mark_that_was_set_anew_stays_as_long_as_the_new_one_holds() {
        let mut marks = Marks::default();
        for now in [0, 150] {
            assert!(is_new(&mut marks, now));
            marks.settle();
        }
        assert_eq!(taken_away(&mut marks, 249), 0);
        marks.settle();
        assert!(!is_new(&mut marks, 249));
        assert_eq!(taken_away(&mut marks, 250), 1);
        marks.settle();
        assert!(marks.kept.is_empty() && marks.by_age.is_empty());
    }

    #[test]
    fn steps_within_one_instant_leave_the_marks_in_order() {
        let mut marks = Marks::default();
        for first in [9, 3] {
            marks.set(Mark([first; 16]), Timestamp(0));
            marks.settle();
        }
        assert!(!marks.is_unsorted);
    }

    #[test]
    fn the_oldest_run_out_first_in_whatever_order_they_were_restored_and_only_so_many_a_step() {
        let mut marks = Marks::default();
        let count = EXPIRED_PER_STEP_MAX as i64 + 50;
        for at in (0..count).rev() {
            let mut mark = [0; 16];
            mark[..8].copy_from_slice(&at.to_le_bytes());
            marks.restore(Mark(mark), Some(Timestamp(at)));
        }
        marks.restore(Mark([0; 16]), None);
        assert_eq!(taken_away(&mut marks, WINDOW.0 + 9), 9, "all but the one that was taken away before");
        marks.settle();
        for expected in [EXPIRED_PER_STEP_MAX, 40, 0] {
            assert_eq!(taken_away(&mut marks, WINDOW.0 + count), expected);
            marks.settle();
        }
        assert!(marks.kept.is_empty() && marks.by_age.is_empty());
    }
}
