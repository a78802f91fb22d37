//! The bundles that this process can decide by: the one it was started with, and those that were deployed since, which are
//! read from `segue.bundles` and compiled when they are first needed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use segue_bundle::Bundle;
use segue_log::{Error, TopicPartition, Worker};
use segue_wire::bundles::Gathered;
use segue_wire::topics::BUNDLES;

/// How many bundles are kept compiled, beside those that are decided by.
const KEPT_MAX: usize = 8;

/// The bundles of a process. Clones are handles to the same.
#[derive(Clone, Debug)]
pub struct Bundles {
    first: Arc<Bundle>,
    /// The one that intake takes in by.
    standing: Arc<Mutex<Arc<Bundle>>>,
    /// Those that were asked for last, with what is wrong with them if something is.
    kept: Arc<Mutex<VecDeque<(String, Found)>>>,
    compile: Compile,
}

/// A bundle that was looked for, or why it cannot be used.
pub(crate) type Found = Result<Arc<Bundle>, String>;

/// Makes a bundle of its files, paths and texts, or says why it cannot be used.
pub type Compile = fn(Vec<(String, String)>) -> Result<Arc<Bundle>, String>;

impl Bundles {
    /// Begins with the bundle that the process was started with.
    pub fn new(first: Arc<Bundle>) -> Bundles {
        let standing = Arc::new(Mutex::new(first.clone()));
        Bundles { first, standing, kept: Arc::default(), compile }
    }

    /// The same, which compiles by these means: for tests, which read the same files thousands of times.
    #[must_use]
    pub fn compiling(self, compile: Compile) -> Bundles {
        Bundles { compile, ..self }
    }

    /// The bundle that the process was started with: decided by as long as none was deployed.
    pub fn first(&self) -> &Arc<Bundle> {
        &self.first
    }

    /// The bundle that intake takes in by: the first, until it went over to another.
    pub fn standing(&self) -> Arc<Bundle> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says that intake takes in by this one from now on.
    pub(crate) fn stand(&self, bundle: Arc<Bundle>) {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = bundle;
    }

    /// The bundle of a digest; it is read by the worker where it is not known yet.
    pub(crate) fn find(&self, digest: &str, worker: &mut dyn Worker) -> Result<Found, Error> {
        if self.first.digest == digest {
            return Ok(Ok(self.first.clone()));
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = kept.iter().find(|(known, _)| known == digest) {
            return Ok(found.clone());
        }
        let Some(gathered) = read(digest, worker)? else {
            return Ok(Err(format!("there is no topic {BUNDLES}")));
        };
        let found = match gathered.files() {
            // It may still come: nothing is concluded from it for later.
            Ok(None) => return Ok(Err(format!("{BUNDLES} does not have it"))),
            Err(error) => Err(error.to_string()),
            Ok(Some(files)) => (self.compile)(files).and_then(|bundle| named(digest, bundle)),
        };
        kept.push_front((digest.to_owned(), found.clone()));
        kept.truncate(KEPT_MAX);
        Ok(found)
    }
}

fn read(digest: &str, worker: &mut dyn Worker) -> Result<Option<Gathered>, Error> {
    if worker.partitions(BUNDLES)?.is_none() {
        return Ok(None);
    }
    let mut gathered = Gathered::default();
    let place = TopicPartition { topic: BUNDLES.into(), partition: 0 };
    let _ = worker.scan(&place, 0, &mut |record| {
        let (key, value) = (record.key.unwrap_or_default(), record.value.unwrap_or_default());
        gathered.take(digest, &key, &value);
    })?;
    Ok(Some(gathered))
}

/// What [`Bundles`] compile by, unless something else is said.
///
/// # Errors
/// How many faults the files have, and the first of them.
pub fn compile(files: Vec<(String, String)>) -> Result<Arc<Bundle>, String> {
    let loaded = segue_bundle::read(files).map_err(|findings| {
        let first = findings.first().map(|finding| finding.message.clone()).unwrap_or_default();
        format!("this version finds {} faults in it, first: {first}", findings.len())
    })?;
    Ok(Arc::new(loaded.bundle))
}

fn named(digest: &str, bundle: Arc<Bundle>) -> Found {
    match bundle.digest == digest {
        true => Ok(bundle),
        false => Err("its files are not those that its digest names".to_owned()),
    }
}
