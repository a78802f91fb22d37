//! `segue deploy`: a bundle is checked, kept in `segue.bundles`, and named by a command in `segue.shared`, from where every
//! partition of the log goes over to it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use segue_bundle::Bundle;
use segue_kafka::admin;
use segue_kafka::direct::Direct;
use segue_log::{Append, Place, TopicPartition};
use segue_model::Timestamp;
use segue_wire::bundles::{self, STANDING, Standing};
use segue_wire::command::Says;
use segue_wire::topics::{BUNDLES, SHARED};
use segue_wire::{Command, log_record};
use serde_json::json;

use crate::bundles::load_for_running;
use crate::cli::{DeployArgs, Output};
use crate::commands::topics::named;
use crate::exit::{BROKERS_HINT, Exit, Failure};
use crate::router::DECIDE_GROUP;
use crate::settings::{Purpose, Settings};
use crate::terminal::{Done, Stop, Terminal};

/// How long it waits until the bundle stands. A router reads the command at once, unless it is starting or far behind.
const STANDS_WITHIN: Duration = Duration::from_secs(30);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Deploys a bundle, or goes back to the one before.
///
/// # Errors
/// The bundle has findings, and nothing is written; or settings, brokers or topics cannot be used.
pub fn run(args: &DeployArgs, terminal: &Terminal) -> Done {
    let settings = Settings::read(&args.settings, Purpose::Topics);
    let settings = settings.map_err(|faults| Failure::usage("settings", faults.to_string()))?;
    let bundle = match &args.bundle {
        Some(path) => Some((path.as_path(), load_for_running(path, terminal)?)),
        None => None,
    };
    look_for_topics(&settings, bundle.as_ref().map(|(_, bundle)| bundle), terminal)?;
    let kafka = &settings.kafka;
    let direct =
        Direct::connect(&kafka.brokers, kafka.properties.reveal(), DECIDE_GROUP).map_err(unreachable)?;
    let known = Known::read(&direct)?;
    let digest = match &bundle {
        Some((path, bundle)) => {
            keep(&direct, &known, path, bundle)?;
            if known.standing.is_none() {
                keep_first(&direct, &known, &settings);
            }
            bundle.digest.clone()
        }
        None => known.before()?,
    };
    let stands = known.standing.as_ref().is_some_and(|standing| standing.bundle == digest);
    if stands {
        terminal.note(&format!("{digest} stands already: nothing is changed"));
        return say(&digest, known.former(), true, terminal);
    }
    let given_at = Timestamp(now_ms());
    let command = Command { given_at, says: Says::Switch(digest.clone()), origin: None };
    let command = append(SHARED, None, log_record::encode_command(&command).into_bytes());
    direct.write(&[command]).map_err(unreachable)?;
    let stands = wait(&direct, &digest, given_at)?;
    if !stands {
        terminal.note(&format!(
            "the command is in {SHARED}, and no router has taken it within {} s: it counts once one does; one that cannot use the bundle says so on /readyz",
            STANDS_WITHIN.as_secs()
        ));
    }
    let former = known.standing.as_ref().map(|standing| standing.bundle.as_str());
    say(&digest, former, stands, terminal)
}

/// What the topic of bundles has.
struct Known {
    /// What stands, if anything was ever deployed.
    standing: Option<Standing>,
    /// The keys that are there.
    keys: BTreeSet<String>,
}

impl Known {
    fn read(direct: &Direct) -> Result<Known, Stop> {
        let mut known = Known { standing: None, keys: BTreeSet::new() };
        let mut fault = None;
        let read = direct.read(&place(), 0, &mut |record| {
            let key = String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned();
            if key == STANDING {
                match Standing::decode(record.value.as_deref().unwrap_or_default()) {
                    Ok(standing) => known.standing = Some(standing),
                    Err(error) => fault = Some(error.to_string()),
                }
            } else if record.value.is_some() {
                let _ = known.keys.insert(key);
            }
        });
        let _ = read.map_err(unreachable)?;
        match fault {
            None => Ok(known),
            Some(fault) => Err(deploy_failure(format!("what stands cannot be read: {fault}"))
                .hint("run the version that wrote it")
                .into()),
        }
    }

    fn has(&self, digest: &str) -> bool {
        self.keys.contains(&format!("{digest}/0"))
    }

    fn former(&self) -> Option<&str> {
        self.standing.as_ref().map(|standing| standing.former.as_str())
    }

    /// The bundle before the one that stands.
    fn before(&self) -> Result<String, Failure> {
        let Some(standing) = self.standing.as_ref().filter(|standing| standing.former != standing.bundle)
        else {
            let failure = deploy_failure("there is no bundle to go back to");
            return Err(failure.hint("`segue deploy BUNDLE --settings FILE` deploys one"));
        };
        if !self.has(&standing.former) {
            let what = format!("the bundle before, {}, is not in {BUNDLES}", standing.former);
            return Err(deploy_failure(what).hint("deploy it from its directory"));
        }
        Ok(standing.former.clone())
    }
}

/// Says which topics are not there: without the router's own, nothing can be deployed; tasks for others wait.
fn look_for_topics(settings: &Settings, bundle: Option<&Bundle>, terminal: &Terminal) -> Result<(), Stop> {
    let kafka = &settings.kafka;
    let existing = admin::topics(&kafka.brokers, kafka.properties.reveal()).map_err(unreachable)?;
    for topic in [SHARED, BUNDLES] {
        if !existing.contains_key(topic) {
            let failure = Failure::environment("topics", format!("topic {topic} is missing"));
            return Err(failure.hint("`segue topics apply` makes what is missing").into());
        }
    }
    let named = bundle.map(named).unwrap_or_default();
    let all = named.tasks.keys().chain(named.outcomes.keys()).chain(named.statuses.keys());
    let missing: Vec<&str> = all
        .chain(named.sources.keys())
        .filter(|topic| !existing.contains_key(*topic))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        terminal.note(&format!(
            "topics of the bundle are missing: {}; what goes there waits, and what comes from there is read once they are made",
            missing.join(", ")
        ));
    }
    Ok(())
}

/// Keeps a bundle, unless it is there already.
fn keep(direct: &Direct, known: &Known, path: &Path, bundle: &Bundle) -> Result<(), Failure> {
    if known.has(&bundle.digest) {
        return Ok(());
    }
    let mut files = segue_bundle::texts(path)
        .map_err(|error| deploy_failure(format!("cannot read it again: {error}")))?;
    files.sort();
    let again = segue_bundle::read(files.clone()).map(|loaded| loaded.bundle.digest);
    if again.ok().as_ref() != Some(&bundle.digest) {
        return Err(deploy_failure("its files changed while they were read").hint("deploy it again"));
    }
    let parts = bundles::parts(&bundle.digest, &files)
        .map_err(|error| deploy_failure(format!("the bundle cannot be kept: {error}")))?;
    let appends: Vec<Append> =
        parts.into_iter().map(|(key, value)| append(BUNDLES, Some(key), value)).collect();
    direct.write(&appends).map_err(unreachable)
}

/// Keeps the bundle of the settings, which routers were started with, so that there is a way back from the first that is
/// deployed. Where it cannot be read here, there is none.
fn keep_first(direct: &Direct, known: &Known, settings: &Settings) {
    if let Ok(loaded) = segue_bundle::load(&settings.bundle) {
        let _ = keep(direct, known, &settings.bundle, &loaded.bundle);
    }
}

/// Waits until the command stands in every partition of the log; false if that takes too long.
fn wait(direct: &Direct, digest: &str, given_at: Timestamp) -> Result<bool, Failure> {
    let began = Instant::now();
    let (mut next, mut stands) = (0, false);
    while !stands && began.elapsed() < STANDS_WITHIN {
        std::thread::sleep(LOOK_AGAIN_AFTER);
        let read = direct.read(&place(), next, &mut |record| {
            if record.key.as_deref() == Some(STANDING.as_bytes()) {
                let standing = Standing::decode(record.value.as_deref().unwrap_or_default());
                stands |= standing.is_ok_and(|now| now.bundle == digest && now.given_at == given_at);
            }
        });
        next = read.map_err(unreachable)?.end;
    }
    Ok(stands)
}

fn say(digest: &str, former: Option<&str>, stands: bool, terminal: &Terminal) -> Done {
    match terminal.output {
        Output::Human => {
            let former = former.map(|former| format!(", before it {former}")).unwrap_or_default();
            let word = if stands { "stands" } else { "was given" };
            terminal.show(&format!("{digest} {word}{former}"))?;
        }
        _ => {
            let data = json!({"v": 1, "bundle": digest, "former": former, "stands": stands});
            terminal.data(&data.to_string())?;
        }
    }
    Ok(if stands { Exit::Fine } else { Exit::Partly })
}

fn append(topic: &str, key: Option<String>, value: Vec<u8>) -> Append {
    Append {
        topic: topic.into(),
        place: Place::Partition(0),
        key: key.map(String::into_bytes),
        value: Some(value),
        headers: Vec::new(),
    }
}

fn place() -> TopicPartition {
    TopicPartition { topic: BUNDLES.into(), partition: 0 }
}

fn deploy_failure(message: impl Into<String>) -> Failure {
    Failure::usage("deploy", message)
}

fn unreachable(error: impl std::fmt::Display) -> Failure {
    Failure::environment("kafka", error.to_string()).hint(BROKERS_HINT)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
