//! What stands, as intake follows it: the bundle that decide has been told to decide by, and the sources that are paused.
//!
//! It is said in the transaction that puts the command into every partition of the log. So what intake takes in by a new
//! bundle stands behind the command wherever it goes, and is decided by that bundle or a later one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use segue_bundle::Bundle;
use segue_log::{Error, TopicPartition, Worker};
use segue_wire::bundles::{STANDING, Standing};
use segue_wire::topics::BUNDLES;

use crate::bundles::{Bundles, Found};

/// How often it is looked for, unless something else is said.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What was written of what stands.
pub(crate) struct News {
    /// Another bundle, or why it cannot be used.
    pub(crate) bundle: Option<Found>,
    /// The ids of the sources that are paused, where that can be read.
    pub(crate) paused: Option<BTreeSet<String>>,
}

/// Follows what stands.
#[derive(Debug)]
pub struct Follower {
    bundles: Bundles,
    every: Duration,
    looked_at: Option<Instant>,
    /// The place in the topic up to which it has read.
    next: u64,
}

impl Follower {
    /// Has read nothing yet, and looks this often.
    pub fn new(bundles: Bundles, every: Duration) -> Follower {
        Follower { bundles, every, looked_at: None, next: 0 }
    }

    /// What stands, if it was written since it was looked for last: the bundle, if that is another than this one, or why it
    /// cannot be used; and the sources that are paused. It is not looked for if that was done a moment ago, unless it must be.
    pub(crate) fn look(
        &mut self,
        known: &Bundle,
        must: bool,
        worker: &mut dyn Worker,
    ) -> Result<Option<News>, Error> {
        if !must && self.looked_at.is_some_and(|at| at.elapsed() < self.every) {
            return Ok(None);
        }
        if worker.partitions(BUNDLES)?.is_none() {
            self.looked_at = Some(Instant::now());
            return Ok(None);
        }
        let place = TopicPartition { topic: BUNDLES.into(), partition: 0 };
        let mut standing: Option<Arc<[u8]>> = None;
        let extent = worker.scan(&place, self.next, &mut |record| {
            if record.key.as_deref() == Some(STANDING.as_bytes()) {
                standing = record.value.map(Into::into);
            }
        })?;
        let found = match standing.map(|standing| Standing::decode(&standing)) {
            None => None,
            Some(Err(error)) => {
                Some(News { bundle: Some(Err(format!("what stands cannot be read: {error}"))), paused: None })
            }
            Some(Ok(standing)) => {
                let bundle = match standing.bundle.filter(|digest| *digest != known.digest) {
                    None => None,
                    Some(digest) => {
                        let found = self.bundles.find(&digest, worker)?;
                        if let Ok(bundle) = &found {
                            self.bundles.stand(bundle.clone());
                        }
                        Some(found)
                    }
                };
                let sources = standing.paused.iter().filter_map(|part| part.strip_prefix("source/"));
                Some(News { bundle, paused: Some(sources.map(str::to_owned).collect()) })
            }
        };
        (self.next, self.looked_at) = (extent.end, Some(Instant::now()));
        Ok(found)
    }
}
