//! Bundles that are deployed under a fleet, one after the other by the clock; one in five is bad.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use segue_testkit::router::Setup;
use segue_testkit::topics::produce;

use crate::bundles::{Variants, unusable};
use crate::fleet::now_ms;

/// How many deploys are under way at once at most: each waits until its bundle stands, and while the owner of the shared
/// log is dead none does.
const UNDER_WAY_MAX: usize = 12;

/// What was given in all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Given {
    /// Bundles that `segue deploy` took.
    pub(crate) good: usize,
    /// Those of them that did not stand within half a minute.
    pub(crate) late: usize,
    /// Bundles that `segue deploy` refused for their findings.
    pub(crate) refused: usize,
    /// Commands that were written past it, and name a bundle that cannot be used.
    pub(crate) unusable: usize,
}

/// Deploys at work.
pub(crate) struct Reloads {
    stop: Arc<AtomicBool>,
    running: JoinHandle<Given>,
}

impl Reloads {
    pub(crate) fn begin(variants: &Variants, setup: &Setup, every: Duration) -> Reloads {
        let stop = Arc::new(AtomicBool::new(false));
        let goods: Vec<PathBuf> = (1..=6).map(|number| variants.path(number)).collect();
        let deployer = Deployer { goods, bad: variants.bad(), setup: setup.clone(), under_way: Vec::new() };
        let stopped = stop.clone();
        let running = thread::spawn(move || deployer.run(every, &stopped));
        Reloads { stop, running }
    }

    /// Gives no more, and waits for those that are under way.
    pub(crate) fn end(self) -> Given {
        self.stop.store(true, Ordering::Relaxed);
        self.running.join().unwrap()
    }
}

struct Deployer {
    goods: Vec<PathBuf>,
    bad: PathBuf,
    setup: Setup,
    under_way: Vec<JoinHandle<bool>>,
}

impl Deployer {
    fn run(mut self, every: Duration, stop: &AtomicBool) -> Given {
        let began = Instant::now();
        let mut given = Given::default();
        for number in 0u32.. {
            while began.elapsed() < every * number && !stop.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(50));
            }
            if stop.load(Ordering::Relaxed) {
                break;
            }
            match (number % 5, number / 5 % 3) {
                (2, 0) => {
                    let output = self.setup.run(&["deploy", self.bad.to_str().unwrap()]);
                    let said = String::from_utf8_lossy(&output.stderr);
                    assert!(output.status.code() == Some(1) && said.contains("case.opend"), "{said}");
                    given.refused += 1;
                }
                (2, kind) => {
                    produce(&self.setup.brokers, unusable(kind == 1, now_ms()));
                    given.unusable += 1;
                }
                _ => {
                    self.deploy(self.goods[given.good % self.goods.len()].clone());
                    given.good += 1;
                }
            }
        }
        let stood = self.under_way.into_iter().map(|deploy| deploy.join().unwrap());
        given.late += stood.filter(|stood| !stood).count();
        given
    }

    fn deploy(&mut self, path: PathBuf) {
        let setup = self.setup.clone();
        while self.under_way.iter().filter(|deploy| !deploy.is_finished()).count() >= UNDER_WAY_MAX {
            thread::sleep(Duration::from_millis(50));
        }
        self.under_way.push(thread::spawn(move || {
            let output = setup.run(&["deploy", path.to_str().unwrap(), "--output", "json"]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(0 | 4)), "{}: {said}", output.status);
            output.status.success()
        }));
    }
}
