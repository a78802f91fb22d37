//! What stands, as commands find it and change it: a command goes to `segue.shared`, and stands once the owner of that topic
//! has copied it to every partition of the log.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use segue_bundle::Bundle;
use segue_kafka::direct::Direct;
use segue_log::{Append, Place, TopicPartition};
use segue_model::Timestamp;
use segue_wire::bundles::{Gathered, STANDING, Standing};
use segue_wire::command::Says;
use segue_wire::topics::{BUNDLES, SHARED};
use segue_wire::{Command, log_record};

use crate::exit::{BROKERS_HINT, Failure};
use crate::router::DECIDE_GROUP;
use crate::settings::{LogPlace, Purpose, Settings};
use crate::terminal::Terminal;

/// How long it waits until a command stands. A router reads it at once, unless it is starting or far behind.
pub(super) const STANDS_WITHIN: Duration = Duration::from_secs(30);
pub(super) const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// The settings in a file, of a router whose log is on brokers: what is asked here can be read nowhere else yet.
///
/// # Errors
/// They cannot be used, or the log is embedded.
pub(super) fn settings(file: &Path) -> Result<Settings, Failure> {
    let settings = Settings::read(file, Purpose::Topics);
    let settings = settings.map_err(|faults| Failure::usage("settings", faults.to_string()))?;
    if matches!(settings.log, LogPlace::Embedded(_)) {
        let message =
            "the log is embedded: it belongs to the process that runs, and this command needs Kafka";
        return Err(Failure::usage("not-built", message)
            .hint("read `/decisions`, `/status/SOURCE` and `/tasks/DESTINATION` of the router; a new bundle is taken by a restart"));
    }
    Ok(settings)
}

/// Connects to the brokers of the settings.
pub(super) fn connect(settings: &Settings) -> Result<Direct, Failure> {
    let kafka = &settings.kafka;
    Direct::connect(&kafka.brokers, kafka.properties.reveal(), DECIDE_GROUP).map_err(unreachable)
}

/// Gives a command, and waits until it stands; false, and it is said, if that takes too long.
pub(super) fn give(direct: &Direct, says: Says, terminal: &Terminal) -> Result<bool, Failure> {
    let given_at = tell(direct, says)?;
    let stands = wait(direct, given_at)?;
    if !stands {
        terminal.note(&format!(
            "the command is in {SHARED}, and no router has obeyed within {} s: it counts once one does; one that cannot says so on /readyz",
            STANDS_WITHIN.as_secs()
        ));
    }
    Ok(stands)
}

/// Gives a command, and returns as when it was given.
pub(super) fn tell(direct: &Direct, says: Says) -> Result<Timestamp, Failure> {
    let given_at = Timestamp(now_ms());
    let command = Command { given_at, says, origin: None };
    let command = append(SHARED, None, log_record::encode_command(&command).into_bytes());
    direct.write(&[command]).map_err(unreachable)?;
    Ok(given_at)
}

/// What the topic of bundles has.
pub(super) struct Known {
    /// What stands, if anything was ever commanded.
    pub(super) standing: Option<Standing>,
    /// The keys that are there.
    keys: BTreeSet<String>,
}

impl Known {
    /// Reads it.
    pub(super) fn read(direct: &Direct) -> Result<Known, Failure> {
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
            Some(fault) => Err(Failure::usage("deploy", format!("what stands cannot be read: {fault}"))
                .hint("run the version that wrote it")),
        }
    }

    /// True if a bundle is kept.
    pub(super) fn has(&self, digest: &str) -> bool {
        self.keys.contains(&format!("{digest}/0"))
    }

    /// The bundle that stands, if one was ever deployed.
    pub(super) fn bundle(&self) -> Option<&str> {
        self.standing.as_ref()?.bundle.as_deref()
    }

    /// The bundle before the one that stands.
    pub(super) fn former(&self) -> Option<&str> {
        self.standing.as_ref()?.former.as_deref()
    }

    /// The bundle that decides beside it.
    pub(super) fn shadow(&self) -> Option<&str> {
        self.standing.as_ref()?.shadow.as_deref()
    }

    /// What is paused.
    pub(super) fn paused(&self) -> &[String] {
        self.standing.as_ref().map_or(&[], |standing| &standing.paused)
    }
}

/// The bundle that is decided by: the one that stands, else that of the settings. `None` where it cannot be read here.
pub(super) fn decided_by(direct: &Direct, known: &Known, settings: &Settings) -> Option<Arc<Bundle>> {
    let loaded = match known.bundle() {
        None => segue_bundle::load(&settings.bundle).ok()?,
        Some(digest) => {
            let mut gathered = Gathered::default();
            let read = direct.read(&place(), 0, &mut |record| {
                let (key, value) = (record.key.unwrap_or_default(), record.value.unwrap_or_default());
                gathered.take(digest, &key, &value);
            });
            let _ = read.ok()?;
            segue_bundle::read(gathered.files().ok()??).ok()?
        }
    };
    Some(Arc::new(loaded.bundle))
}

/// Waits until the command stands in every partition of the log; false if that takes too long.
fn wait(direct: &Direct, given_at: Timestamp) -> Result<bool, Failure> {
    let began = Instant::now();
    let (mut next, mut stands) = (0, false);
    while !stands && began.elapsed() < STANDS_WITHIN {
        std::thread::sleep(LOOK_AGAIN_AFTER);
        let read = direct.read(&place(), next, &mut |record| {
            if record.key.as_deref() == Some(STANDING.as_bytes()) {
                let standing = Standing::decode(record.value.as_deref().unwrap_or_default());
                stands |= standing.is_ok_and(|now| now.given_at == given_at);
            }
        });
        next = read.map_err(unreachable)?.end;
    }
    Ok(stands)
}

/// A record of a topic of one partition.
pub(super) fn append(topic: &str, key: Option<String>, value: Vec<u8>) -> Append {
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

/// No broker gives a usable answer.
pub(super) fn unreachable(error: impl std::fmt::Display) -> Failure {
    Failure::environment("kafka", error.to_string()).hint(BROKERS_HINT)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
