//! Erased bytes leave the disk: the store is written anew, some of it in each turn of the loop.

use std::time::{Duration, Instant};

use segue_store::Store;

/// So many bytes are copied before the clock is looked at.
const SLICE_BYTES: usize = 64 << 10;
/// So long of each turn is spent on it.
const TURN_MAX: Duration = Duration::from_millis(5);
/// After it has ended it does not begin again for so many times as long as it took: erasing thousands does not write the disk for
/// ever.
const REST_TIMES: u32 = 10;
/// When it is tried again that the machine refused.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Whether a store's files may hold what was erased, and how far it has come with writing them anew.
#[derive(Debug, Default)]
pub(super) struct Forgetting {
    /// True from an erasure on, until files that were begun after it have taken the place of the old ones.
    is_wished: bool,
    /// An erasure came while they were being written: they may hold it as well.
    is_late: bool,
    began: Option<Instant>,
    not_before: Option<Instant>,
}

/// What a turn has come to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Forgot {
    /// The files hold nothing of what was erased before they were begun; that was so long ago. With `again`, more was erased
    /// since.
    All { took: Duration, again: bool },
    /// So many directories that were set aside are gone; the rest goes on.
    Aside(usize),
    /// The machine refused: it is tried again later.
    Refused(String),
}

impl Forgetting {
    pub(super) fn wish(&mut self) {
        self.is_late = self.began.is_some();
        self.is_wished = true;
    }

    /// True if the next turn has to do with it.
    pub(super) fn is_due(&self) -> bool {
        self.is_wished && self.not_before.is_none_or(|at| at <= Instant::now())
    }

    /// Goes on for a turn.
    ///
    /// # Errors
    /// The store is of no use any more.
    pub(super) fn go_on(&mut self, store: &mut Store) -> Result<Option<Forgot>, segue_store::Error> {
        if !self.is_due() {
            return Ok(None);
        }
        let now = Instant::now();
        let Some(began) = self.began else {
            return Ok(match store.begin_rewrite() {
                Ok(aside) => {
                    self.began = Some(now);
                    (aside > 0).then_some(Forgot::Aside(aside))
                }
                Err(error) => Some(self.refused(&error.to_string())),
            });
        };
        // What was written to the store could not be written to the new files.
        if !store.is_rewriting() {
            return Ok(Some(self.refused("the new files could not be written")));
        }
        while now.elapsed() < TURN_MAX {
            match store.rewrite_some(SLICE_BYTES) {
                Ok(false) => {}
                Ok(true) => return Ok(Some(self.ended(began.elapsed()))),
                // Old files that cannot be read would keep for good what was erased: they are given up as any that are damaged.
                Err(error @ (segue_store::Error::Failed { .. } | segue_store::Error::Damaged { .. })) => {
                    return Err(error);
                }
                Err(error) => return Ok(Some(self.refused(&error.to_string()))),
            }
        }
        Ok(None)
    }

    fn ended(&mut self, took: Duration) -> Forgot {
        self.began = None;
        self.not_before = Some(Instant::now() + took * REST_TIMES);
        self.is_wished = std::mem::take(&mut self.is_late);
        Forgot::All { took, again: self.is_wished }
    }

    fn refused(&mut self, detail: &str) -> Forgot {
        self.began = None;
        self.not_before = Some(Instant::now() + AGAIN_AFTER);
        Forgot::Refused(detail.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_it_has_ended_it_rests_for_so_many_times_as_long_as_it_took() {
        let hour = Duration::from_secs(3_600);
        let mut forgetting = Forgetting::default();
        assert!(!forgetting.is_due());
        forgetting.wish();
        assert!(forgetting.is_due());
        forgetting.began = Some(Instant::now());
        forgetting.wish();
        assert_eq!(forgetting.ended(hour), Forgot::All { took: hour, again: true });
        assert!(!forgetting.is_due(), "it is wished, and rests");
        let rests = forgetting.not_before.map(|at| at.saturating_duration_since(Instant::now()));
        assert!(rests.is_some_and(|rests| rests > 9 * hour && rests <= 10 * hour), "{rests:?}");
    }
}
