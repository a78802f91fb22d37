//! The router as a service: its workers, its admin server, and how it ends.
//!
//! Each worker is one plain thread that owns its hold on the log. A worker that ends in an error ends them all: a router
//! that half works would hold partitions that others could serve.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use segue_bundle::Bundle;
use segue_console::{Answers, Doors};
use segue_intake::Intake;
use segue_kafka as kafka;
use segue_telemetry::{Health, Metrics, PartReport, State};

use crate::asked;
use crate::clock::Reader;
use crate::exit::{Exit, Failure};
use crate::loops::bundles::Bundles;
use crate::loops::databases::{self, Databases};
use crate::loops::outputs_first::OutputsFirst;
use crate::loops::standing::{Follower, LOOK_EVERY};
use crate::loops::{self, Around, decide::Rules};
use crate::place::Place;
use crate::settings::{Delivery, Faults, Settings, StateSettings};

/// The consumer group of intake.
pub const INTAKE_GROUP: &str = "segue.intake";
/// The consumer group of decide.
pub const DECIDE_GROUP: &str = "segue.decide";
/// How long workers may take to end once they were told to, and how long one may stand still before all are told to.
///
/// The first is shorter than the ten seconds that a stop is given. After the second the group has given a worker's partitions
/// to others anyway; what stands still so long is a call into the client library that does not come back, as in
/// librdkafka's issue 5476, and only a new process can go on.
const PATIENCE: Patience =
    Patience { end_within: Duration::from_secs(9), still_max: Duration::from_secs(300) };

struct Patience {
    end_within: Duration,
    still_max: Duration,
}

/// Runs until `stop` is set or a worker ends in an error. `file` is where the settings are read from by whoever asks why.
///
/// # Errors
/// The environment cannot be used: the broker cannot be reached, the router's own topics are missing, an address is
/// taken. Nothing is lost.
pub fn run(settings: &Settings, file: &Path, bundle: Bundle, stop: Arc<AtomicBool>) -> Result<(), Failure> {
    let bundles = Bundles::new(Arc::new(bundle));
    let bundle = bundles.first();
    let metrics = Metrics::new();
    metrics.set_build_info(env!("CARGO_PKG_VERSION"), &bundle.digest);
    let health = Health::new();
    let databases = databases(settings, file, bundle, &metrics)?;
    let (place, partitions) = Place::open(settings, bundle)?;
    let file = file.to_owned();
    let answers: Answers = Arc::new(move |question| asked::answer(&file, question));
    let listen = settings.admin_listen.to_string();
    let standing = bundles.clone();
    let doors = Doors {
        standing: Arc::new(move || standing.standing()),
        limits: crate::wiring::intake_limits(settings),
        write: place.writer(settings),
        embedded: place.embedded().map(|log| (log.clone(), INTAKE_GROUP.to_owned())),
    };
    let server = segue_console::serve(&listen, metrics.clone(), health.clone(), Some(answers), Some(doors))
        .map_err(|error| Failure::environment("admin", error.to_string()))?;
    tracing::info!(bundle = %bundle.digest, admin = %server.addr(), "router starts");
    let (ended, ends) = mpsc::channel();
    let mut running = 0;
    for number in 0..settings.workers.intake {
        let around = around(&stop, &metrics, &health, "intake", number, settings);
        let (place, settings, bundles) = (place.clone(), settings.clone(), bundles.clone());
        let databases = databases.clone();
        spawn(format!("intake-{number}"), ended.clone(), move || {
            intake(&place, &settings, number, (&bundles, databases), &around)
        })?;
        running += 1;
    }
    for number in 0..settings.workers.decide {
        let around = around(&stop, &metrics, &health, "decide", number, settings);
        let (place, settings, bundles) = (place.clone(), settings.clone(), bundles.clone());
        let work = move || decide(&place, &settings, number, bundles, partitions, &around);
        spawn(format!("decide-{number}"), ended.clone(), work)?;
        running += 1;
    }
    let result = watch(&ends, running, &stop, &health, &PATIENCE);
    server.stop();
    result
}

/// The databases of addresses, read. Without any, the places of addresses are not known, which somebody should know.
fn databases(
    settings: &Settings,
    file: &Path,
    bundle: &Bundle,
    metrics: &Metrics,
) -> Result<Arc<Databases>, Failure> {
    let files = settings.lookups.ip.clone();
    if files.is_empty() && bundle.places_by("ip") {
        tracing::warn!("sources place events by `ip`, and the settings name no database in `lookups.ip`");
    }
    let opened = Databases::open(files, databases::LOOK_EVERY, metrics.clone());
    let databases = opened.map_err(|unusable| {
        Failure::usage("settings", Faults::of_database(file, unusable.to_string()).to_string())
    })?;
    Ok(Arc::new(databases))
}

/// Waits for the workers to end: for ever while all is well, for a while once one has ended, stands still, or was told to.
fn watch(
    ends: &mpsc::Receiver<Result<(), Failure>>,
    mut running: u32,
    stop: &AtomicBool,
    health: &Health,
    patience: &Patience,
) -> Result<(), Failure> {
    let mut result = Ok(());
    let mut left = patience.end_within;
    const GLANCE: Duration = Duration::from_millis(50);
    while running > 0 {
        match ends.recv_timeout(GLANCE) {
            Ok(end) => {
                running -= 1;
                stop.store(true, Ordering::Relaxed);
                result = result.and(end);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) if !stop.load(Ordering::Relaxed) => {
                if let Some(name) = stands_still(health, patience.still_max) {
                    stop.store(true, Ordering::Relaxed);
                    let what = format!(
                        "{name} has stood still for {} s: the process ends, so that a new one can go on",
                        patience.still_max.as_secs()
                    );
                    result = Err(Failure::environment("stands-still", what));
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                left = left.saturating_sub(GLANCE);
                if left.is_zero() {
                    tracing::warn!(running, "workers did not end in time and are left behind");
                    break;
                }
            }
        }
    }
    result
}

/// The first worker whose loop has not ticked for so long, if one is.
fn stands_still(health: &Health, still_max: Duration) -> Option<String> {
    let is_still = |part: &PartReport| {
        let silence = part.last_tick_ms_ago.map(Duration::from_millis);
        part.state != State::Stopped && silence.is_some_and(|silence| silence > still_max)
    };
    health.report().parts.into_iter().find(is_still).map(|part| part.name)
}

fn intake(
    place: &Place,
    settings: &Settings,
    number: u32,
    (bundles, databases): (&Bundles, Arc<Databases>),
    around: &Around,
) -> Result<(), Failure> {
    let limits = crate::wiring::intake_limits(settings);
    let intake = Intake::new(bundles.first().clone(), limits);
    let follower = Follower::new(bundles.clone(), LOOK_EVERY);
    let mut connect =
        |topics| place.worker(settings, INTAKE_GROUP, number, topics, kafka::Delivery::Idempotent);
    let clock = Reader::new(settings.clock.clone());
    loops::intake::run_following(&mut connect, intake, follower, databases, clock, around)
        .map_err(|error| place.failure(&error))
}

fn decide(
    place: &Place,
    settings: &Settings,
    number: u32,
    bundles: Bundles,
    partitions: u32,
    around: &Around,
) -> Result<(), Failure> {
    let delivery = match settings.delivery {
        Delivery::ExactlyOnce => {
            kafka::Delivery::Transactional { id: format!("segue-{}-{number}", settings.instance) }
        }
        Delivery::AtLeastOnce => kafka::Delivery::AtLeastOnce,
    };
    let topics = loops::decide::TOPICS.map(str::to_owned).to_vec();
    let worker = place
        .worker(settings, DECIDE_GROUP, number, topics, delivery)
        .map_err(|error| place.failure(&error))?;
    let worker = match (settings.delivery, place) {
        (Delivery::AtLeastOnce, Place::Kafka) => Box::new(OutputsFirst::new(worker)),
        (Delivery::ExactlyOnce, _) | (_, Place::Embedded(_)) => worker,
    };
    let rules = Rules {
        bundles,
        settings: crate::wiring::engine_settings(settings),
        partitions,
        behind_after: settings.behind,
        try_after: loops::decide::TRY_AFTER,
        pseudonyms: settings.pseudonyms.clone(),
    };
    // The workers of a process share what it may take.
    let share = |state: StateSettings| StateSettings {
        cache_bytes: state.cache_bytes / u64::from(settings.workers.decide.max(1)),
        ..state
    };
    let state = settings.state.clone().map(share);
    loops::decide::run(worker, rules, state, Reader::new(settings.clock.clone()), around)
        .map_err(|error| place.failure(&error))
}

fn around(
    stop: &Arc<AtomicBool>,
    metrics: &Metrics,
    health: &Health,
    name: &str,
    number: u32,
    settings: &Settings,
) -> Around {
    Around {
        stop: stop.clone(),
        metrics: metrics.share(),
        health: health.part(&format!("{name}-{number}")),
        records_max: settings.batch.records_max,
        wait: settings.batch.wait,
        said: Default::default(),
    }
}

/// Starts a worker on a thread of its own; however it ends, also in a panic, `ended` hears of it.
fn spawn(
    name: String,
    ended: mpsc::Sender<Result<(), Failure>>,
    work: impl FnOnce() -> Result<(), Failure> + Send + 'static,
) -> Result<(), Failure> {
    let panicked = Failure {
        exit: Exit::Environment,
        code: "internal",
        message: format!("{name} broke off"),
        hint: None,
    };
    let spawned = thread::Builder::new().name(name).spawn(move || {
        let _ = ended.send(catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(panicked)));
    });
    let _ = spawned.map_err(|error| Failure::environment("thread", error.to_string()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_stands_still_ends_the_process_and_one_that_ticks_does_not() {
        let patience =
            Patience { end_within: Duration::from_millis(100), still_max: Duration::from_millis(300) };
        let (health, stop) = (Health::new(), AtomicBool::new(false));
        let (still, at_work) = (health.part("decide-0"), health.part("intake-0"));
        let (_ended, ends) = mpsc::channel();
        let result = thread::scope(|scope| {
            let _ = scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    at_work.tick();
                    thread::sleep(Duration::from_millis(10));
                }
            });
            still.tick();
            watch(&ends, 2, &stop, &health, &patience)
        });
        let failure = result.expect_err("it stands still");
        assert!(failure.to_string().contains("decide-0 has stood still"), "{failure}");
    }
}
