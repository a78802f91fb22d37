//! The settings of a running router: one YAML file, each value also by environment.
//!
//! Shape: file + environment -> [`raw`] (as typed, unknown keys refused) -> [`resolve`] -> [`Settings`] (checked, with
//! defaults, paths relative to the file), or all [`Faults`] at once. There are no global settings.
//!
//! An environment variable names a key by its path: `SEGUE__KAFKA__BROKERS` is `kafka.brokers`. It wins over the file.
//! In the name of a librdkafka property a dot is written as `_`: `SEGUE__KAFKA__PROPERTIES__SASL_PASSWORD`.

mod properties;
mod raw;
mod resolve;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use segue_loops::clock::Clock;
use segue_model::Span;

pub use properties::Properties;
pub use segue_loops::pseudonyms::Pseudonyms;
pub use segue_loops::state::Settings as StateSettings;

/// What a database of addresses is, for whoever gave something else.
pub const DATABASE_HINT: &str =
    "a whole file in MaxMind's format with cities or countries, such as GeoLite2-City.mmdb";

/// What the settings are read for: some keys are required for some commands only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `run`: needs `instance` besides the rest.
    Run,
    /// `topics`: needs a log on Kafka.
    Topics,
}

/// Settings that were checked. All values are in force; what was not given has its default.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The stable id of this instance; empty only where the purpose does not need it.
    pub instance: String,
    /// The directory of the bundle.
    pub bundle: PathBuf,
    /// Where the log is.
    pub log: LogPlace,
    /// How Kafka is reached; empty where the log is embedded.
    pub kafka: KafkaSettings,
    /// The topics that the router makes for itself.
    pub topics: TopicSettings,
    /// What is promised of outputs.
    pub delivery: Delivery,
    /// How long a duplicate is recognised. Default 24h.
    pub dedup: Span,
    /// How much of anything is taken in.
    pub limits: Limits,
    /// What intake looks up beside what comes with the program.
    pub lookups: Lookups,
    /// What the keys of what leaves are made pseudonyms with; `None`: ids stand in them, which is the default.
    pub pseudonyms: Option<Pseudonyms>,
    /// The time zone of persons of whom none is known. Default UTC.
    pub zone: String,
    /// How many workers each loop has.
    pub workers: Workers,
    /// How much one step takes.
    pub batch: Batch,
    /// Where decide keeps its state on disk; `None`: in memory alone. Default: in memory.
    pub state: Option<StateSettings>,
    /// Where intake's time comes from. Default: the system's clock.
    pub clock: Clock,
    /// How old what is decided next may be before nothing is released until the router has caught up. Default 1m; where
    /// the clock is a file, and moved in leaps, none unless it is given.
    pub behind: Option<Span>,
    /// The admin server's address. Default 127.0.0.1:8080.
    pub admin_listen: SocketAddr,
}

/// Where the log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogPlace {
    /// On Kafka.
    Kafka,
    /// In this directory, in this process.
    Embedded(PathBuf),
}

/// How Kafka is reached.
#[derive(Clone, Debug, Default)]
pub struct KafkaSettings {
    /// `host:port`, several separated by commas.
    pub brokers: String,
    /// Passed through to librdkafka.
    pub properties: Properties,
}

/// The topics that the router makes for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicSettings {
    /// How many partitions `segue.log` gets; fixed from then on. Default 12.
    pub partitions: u32,
    /// How many replicas each partition gets; `None` for the cluster's default.
    pub replication: Option<u32>,
    /// How long decisions that made, held or withdrew a task are kept. Default 396 days, which are 13 months.
    pub keep_decisions: Span,
}

/// What is promised of outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Each output exactly once, by transactions.
    ExactlyOnce,
    /// Each output at least once.
    AtLeastOnce,
}

/// How much of anything is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest event, in bytes. Default 262144.
    pub bytes_max: usize,
    /// The most containers inside one another. Default 32.
    pub depth_max: usize,
    /// The most values in an event. Default 10000.
    pub values_max: usize,
    /// The largest profile, in bytes of its changelog record. Default 524288.
    pub profile_bytes_max: usize,
}

/// What intake looks up beside what comes with the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookups {
    /// The databases that say where addresses are, in the order in which they are asked. Default none.
    pub ip: Vec<PathBuf>,
}

/// How many workers, each a thread with a client of its own, a loop has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workers {
    /// Of intake. Default 1.
    pub intake: u32,
    /// Of decide. Default 1.
    pub decide: u32,
}

/// How much one step takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The most records. Default 2000.
    pub records_max: usize,
    /// How long a poll waits for the first record. Default 100ms.
    pub wait: Duration,
}

/// One thing that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key, by its path; empty where it is the file itself.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The environment variable that it comes from; `None` where it comes from the file, or from nowhere.
    pub variable: Option<String>,
}

/// All that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, in the order of the keys; never empty.
    pub faults: Vec<Fault>,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be used", self.path.display())?;
        for Fault { key, message, hint, variable } in &self.faults {
            let from = variable.as_ref().map(|name| format!(", from {name}")).unwrap_or_default();
            let colon = if key.is_empty() { "" } else { ": " };
            write!(f, "\n  {key}{from}{colon}{message}")?;
            if let Some(hint) = hint {
                write!(f, " ({hint})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

impl Faults {
    /// What the settings say of databases of addresses, which shows only once one is read, is wrong.
    pub fn of_database(path: &Path, message: String) -> Faults {
        let fault = Fault {
            key: "lookups.ip".to_owned(),
            message,
            hint: Some(DATABASE_HINT.to_owned()),
            variable: None,
        };
        Faults { path: path.to_owned(), faults: vec![fault] }
    }
}

impl Settings {
    /// Reads a file of settings, with the environment of this process over it.
    ///
    /// # Errors
    /// All that is wrong, at once; nothing has been started or changed.
    pub fn read(path: &Path, purpose: Purpose) -> Result<Settings, Faults> {
        Settings::read_with(path, purpose, std::env::vars_os().filter_map(utf8).collect())
    }

    /// Reads a file of settings, with the given environment over it.
    ///
    /// # Errors
    /// As [`Settings::read`].
    pub fn read_with(
        path: &Path,
        purpose: Purpose,
        environment: HashMap<String, String>,
    ) -> Result<Settings, Faults> {
        let fault = |message| Fault { key: String::new(), message, hint: None, variable: None };
        let variables = variables(&environment);
        let faults = |mut faults: Vec<Fault>| {
            faults.sort_by(|a, b| a.key.cmp(&b.key));
            for fault in &mut faults {
                fault.variable = variables.get(&fault.key).cloned();
            }
            Faults { path: path.to_owned(), faults }
        };
        let text = std::fs::read_to_string(path).map_err(|error| faults(vec![fault(error.to_string())]))?;
        let mut found = Vec::new();
        let raw =
            raw::read(&text, environment, &mut found).map_err(|message| faults(vec![fault(message)]))?;
        let settings = resolve::resolve(&raw, path.parent().unwrap_or(Path::new("")), purpose, &mut found);
        if found.is_empty() { Ok(settings) } else { Err(faults(found)) }
    }
}

/// The variables that name keys, by the path of the key.
fn variables(environment: &HashMap<String, String>) -> BTreeMap<String, String> {
    let path = |name: &String| {
        let path = name.to_lowercase().strip_prefix("segue__")?.replace("__", ".");
        match path.strip_prefix("kafka.properties.") {
            Some(property) => Some(format!("kafka.properties.{}", property.replace('_', "."))),
            None => Some(path),
        }
    };
    environment.keys().filter_map(|name| Some((path(name)?, name.clone()))).collect()
}

fn utf8((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

#[cfg(test)]
mod tests;
