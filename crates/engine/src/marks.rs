//! The duplicates window: an event that came before, from the same source and about the same subject, changes nothing.

use std::collections::BTreeSet;

use segue_model::{Span, Timestamp};

use crate::overlay::Overlay;

/// Names an event for a subject: 128 bits of SHA-256 over (subject, namespace, id), in hexadecimal digits.
pub type Mark = String;

/// How many marks that have run out one step takes away, so that a long pause does not end in one huge step.
const EXPIRED_PER_STEP_MAX: usize = 1_000;

/// The marks of the events seen within the window.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    marks: Overlay<Mark, Timestamp>,
    /// The kept marks by age: the order in which they run out.
    by_age: BTreeSet<(Timestamp, Mark)>,
}

impl Marks {
    /// True if the mark was set within `window` before `now`. The window is half open: a duplicate that comes exactly
    /// `window` later is an event of its own.
    pub fn is_duplicate(&self, mark: &Mark, now: Timestamp, window: Span) -> bool {
        self.marks.get(mark).is_some_and(|set_at| now.since(*set_at) < window)
    }

    /// Marks an event that took effect. One that failed is not marked, so that it can be sent again.
    pub fn set(&mut self, mark: Mark, now: Timestamp) {
        self.marks.set(mark, Some(now));
    }

    /// Takes away marks that have run out by `now`.
    pub fn expire(&mut self, now: Timestamp, window: Span) {
        let expired: Vec<Mark> = self
            .by_age
            .iter()
            .take(EXPIRED_PER_STEP_MAX)
            .take_while(|(set_at, _)| now.since(*set_at) >= window)
            .map(|(_, mark)| mark.clone())
            .collect();
        for mark in expired {
            if self.marks.get(&mark).is_some_and(|set_at| now.since(*set_at) >= window) {
                self.marks.set(mark, None);
            }
        }
    }

    /// What the step changed.
    pub fn pending(&self) -> impl Iterator<Item = (&Mark, Option<Timestamp>)> {
        self.marks.pending().map(|(mark, set_at)| (mark, set_at.copied()))
    }

    /// Puts a mark in as kept, when it is restored.
    pub fn restore(&mut self, mark: Mark, set_at: Option<Timestamp>) {
        if let Some(old) = self.marks.get(&mark) {
            let _ = self.by_age.remove(&(*old, mark.clone()));
        }
        if let Some(set_at) = set_at {
            let _ = self.by_age.insert((set_at, mark.clone()));
        }
        self.marks.restore(mark, set_at);
    }

    /// The step is committed.
    pub fn settle(&mut self) {
        let changed: Vec<(Mark, Option<Timestamp>)> =
            self.pending().map(|(mark, set_at)| (mark.clone(), set_at)).collect();
        self.marks.undo();
        for (mark, set_at) in changed {
            self.restore(mark, set_at);
        }
    }

    /// The step is undone.
    pub fn undo(&mut self) {
        self.marks.undo();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Span = Span(100);

    fn is_new(marks: &mut Marks, now: i64) -> bool {
        let is_new = !marks.is_duplicate(&"m".into(), Timestamp(now), WINDOW);
        if is_new {
            marks.set("m".into(), Timestamp(now));
        }
        is_new
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
        marks.expire(Timestamp(101), WINDOW);
        assert_eq!(marks.pending().collect::<Vec<_>>(), [(&"m".to_owned(), None)]);
        marks.settle();
        assert!(is_new(&mut marks, 101));
    }
}
