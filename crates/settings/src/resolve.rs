//! Settings as typed -> settings in force: defaults, ranges, units, paths. All faults are found, none is guessed over.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use segue_kafka::properties::Refused;
use segue_loops::clock::Clock;
use segue_loops::databases::DATABASES_MAX;
use segue_loops::pseudonyms::{Pseudonyms, SECRET_BYTES_MIN};
use segue_model::Span;

use crate::raw::{RawSettings, Scalar};
use crate::{
    Batch, DATABASE_HINT, Delivery, Fault, KafkaSettings, Limits, LogPlace, Lookups, Properties, Purpose,
    Settings, StateSettings, TopicSettings, Workers,
};

/// Properties that the router sets itself: another value would break what it promises.
const OWN_PROPERTIES: &[&str] = &[
    "acks",
    "auto.offset.reset",
    "bootstrap.servers",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "group.id",
    "group.protocol",
    "isolation.level",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "partitioner",
    "request.required.acks",
    "transactional.id",
];

/// The largest file that is read for a secret.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

const SECOND_MS: i64 = 1_000;
const DAY_MS: i64 = 86_400_000;

/// Reads every value; whatever is wrong goes to `faults`, and something harmless into the settings.
pub(super) fn resolve(raw: &RawSettings, base: &Path, purpose: Purpose, faults: &mut Vec<Fault>) -> Settings {
    let mut reader = Reader { base, faults };
    let log = reader.log(raw.log.as_ref());
    let clock = reader.clock(raw.clock.as_ref());
    Settings {
        instance: reader.instance(raw.instance.as_ref(), purpose),
        bundle: reader.bundle(raw.bundle.as_ref()),
        kafka: reader.kafka(raw, log == LogPlace::Kafka),
        log,
        topics: TopicSettings {
            keep_decisions: reader.span(
                "topics.keep_decisions",
                raw.topics.keep_decisions.as_ref(),
                "396d",
                30 * DAY_MS..=3_660 * DAY_MS,
            ),
            partitions: reader.number("topics.partitions", raw.topics.partitions.as_ref(), 12, 1..=1_024),
            replication: raw
                .topics
                .replication
                .as_ref()
                .map(|typed| reader.number("topics.replication", Some(typed), 3, 1..=9)),
        },
        delivery: reader.choice(
            "delivery",
            raw.delivery.as_ref(),
            &[("exactly-once", Delivery::ExactlyOnce), ("at-least-once", Delivery::AtLeastOnce)],
        ),
        dedup: reader.span("dedup", raw.dedup.as_ref(), "24h", SECOND_MS..=30 * DAY_MS),
        limits: reader.limits(raw),
        lookups: Lookups { ip: reader.databases(raw.lookups.ip.as_ref(), purpose) },
        pseudonyms: reader.pseudonyms(raw.pseudonyms.secret.as_ref()),
        zone: reader.zone(raw.zone.as_ref()),
        workers: Workers {
            intake: reader.number("workers.intake", raw.workers.intake.as_ref(), 1, 1..=64),
            decide: reader.number("workers.decide", raw.workers.decide.as_ref(), 1, 1..=64),
        },
        batch: Batch {
            records_max: reader.number(
                "batch.records_max",
                raw.batch.records_max.as_ref(),
                2_000,
                1..=100_000,
            ),
            wait: reader.wait(raw.batch.wait.as_ref()),
        },
        state: reader.state(raw),
        behind: reader.behind(raw.behind.as_ref(), clock == Clock::System),
        clock,
        admin_listen: reader.listen(raw.admin.listen.as_ref()),
    }
}

/// Reads values one by one and collects what is wrong.
struct Reader<'r> {
    base: &'r Path,
    faults: &'r mut Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, key: &str, message: impl Into<String>, hint: Option<&str>) {
        self.faults.push(Fault {
            key: key.to_owned(),
            message: message.into(),
            hint: hint.map(str::to_owned),
            variable: None,
        });
    }

    /// The text of a value, if it was given and is one.
    fn text<'s>(&mut self, key: &str, typed: Option<&'s Scalar>) -> Option<&'s str> {
        match typed? {
            Scalar::Text(text) => Some(text),
            Scalar::List(_) | Scalar::Named(..) | Scalar::Other => {
                self.fault(key, "is a single value", None);
                None
            }
        }
    }

    fn number<N>(&mut self, key: &str, typed: Option<&Scalar>, default: N, range: RangeInclusive<u64>) -> N
    where
        N: TryFrom<u64>,
    {
        let Some(text) = self.text(key, typed) else { return default };
        let read = text.parse::<u64>().ok().filter(|number| range.contains(number));
        match read.and_then(|number| N::try_from(number).ok()) {
            Some(number) => number,
            None => {
                let (least, most) = (range.start(), range.end());
                self.fault(key, format!("`{text}` is no whole number from {least} to {most}"), None);
                default
            }
        }
    }

    fn span(&mut self, key: &str, typed: Option<&Scalar>, default: &str, range: RangeInclusive<i64>) -> Span {
        let text = self.text(key, typed).unwrap_or(default);
        let (least, most) = (Span(*range.start()), Span(*range.end()));
        match Span::parse(text) {
            Some(span) if range.contains(&span.0) => return span,
            Some(_) => self.fault(key, format!("`{text}` is not from {least} to {most}"), None),
            None => {
                let hint = "a length of time has a unit: 90s, 15m, 24h, 7d";
                self.fault(key, format!("`{text}` is no length of time"), Some(hint));
            }
        }
        least
    }

    fn choice<T: Copy>(&mut self, key: &str, typed: Option<&Scalar>, choices: &[(&str, T)]) -> T {
        let default = choices[0].1;
        let Some(text) = self.text(key, typed) else { return default };
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == text) {
            return *choice;
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        self.fault(key, format!("`{text}` is none of {}", names.join(", ")), None);
        default
    }

    fn instance(&mut self, typed: Option<&Scalar>, purpose: Purpose) -> String {
        let Some(text) = self.text("instance", typed) else {
            if typed.is_none() && purpose == Purpose::Run {
                let hint =
                    "a stable id, another for each instance, such as `router-0`; it names the transactions";
                self.fault("instance", "is missing", Some(hint));
            }
            return String::new();
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if text.is_empty() || text.len() > 64 || !text.chars().all(allowed) {
            let message = format!("`{text}` is not 1 to 64 letters, digits, `.`, `_` or `-`");
            self.fault("instance", message, None);
        }
        text.to_owned()
    }

    fn bundle(&mut self, typed: Option<&Scalar>) -> PathBuf {
        let Some(text) = self.text("bundle", typed) else {
            if typed.is_none() {
                self.fault("bundle", "is missing", Some("the bundle's directory, relative to this file"));
            }
            return PathBuf::new();
        };
        let directory = self.base.join(text);
        if !directory.is_dir() {
            self.fault("bundle", format!("{} is no directory", directory.display()), None);
        }
        directory
    }

    fn log(&mut self, typed: Option<&Scalar>) -> LogPlace {
        match typed {
            None => LogPlace::Kafka,
            Some(Scalar::Text(text)) if text == "kafka" => LogPlace::Kafka,
            Some(Scalar::Named(name, directory)) if name == "embedded" && !directory.is_empty() => {
                LogPlace::Embedded(self.base.join(directory))
            }
            Some(_) => {
                self.fault("log", "is `kafka` or `{embedded: DIRECTORY}`", None);
                LogPlace::Kafka
            }
        }
    }

    fn behind(&mut self, typed: Option<&Scalar>, is_system: bool) -> Option<Span> {
        let is_wanted = is_system || typed.is_some();
        is_wanted.then(|| self.span("behind", typed, "1m", SECOND_MS..=30 * DAY_MS))
    }

    fn clock(&mut self, typed: Option<&Scalar>) -> Clock {
        match typed {
            None => Clock::System,
            Some(Scalar::Text(text)) if text == "system" => Clock::System,
            Some(Scalar::Named(name, file)) if name == "file" => Clock::File(self.base.join(file)),
            Some(_) => {
                self.fault("clock", "is `system` or `{file: PATH}`", None);
                Clock::System
            }
        }
    }

    fn limits(&mut self, raw: &RawSettings) -> Limits {
        let typed = &raw.limits;
        let mut limit =
            |key, typed: &Option<Scalar>, default, range| self.number(key, typed.as_ref(), default, range);
        Limits {
            bytes_max: limit("limits.bytes_max", &typed.bytes_max, 262_144, 1_024..=16_777_216),
            depth_max: limit("limits.depth_max", &typed.depth_max, 32, 2..=128),
            values_max: limit("limits.values_max", &typed.values_max, 10_000, 10..=1_000_000),
            profile_bytes_max: limit(
                "limits.profile_bytes_max",
                &typed.profile_bytes_max,
                524_288,
                4_096..=16_777_216,
            ),
        }
    }

    fn state(&mut self, raw: &RawSettings) -> Option<StateSettings> {
        const RANGE: RangeInclusive<u64> = 16 << 20..=64 << 30;
        let typed = &raw.state;
        let cache_bytes = self.number("state.cache_bytes", typed.cache_bytes.as_ref(), 256 << 20, RANGE);
        let Some(text) = self.text("state.dir", typed.dir.as_ref()) else {
            if typed.dir.is_none() && typed.cache_bytes.is_some() {
                let hint = "the directory in which state is kept, relative to this file";
                self.fault("state.dir", "is missing", Some(hint));
            }
            return None;
        };
        let dir = self.base.join(text);
        if text.is_empty() || dir.exists() && !dir.is_dir() {
            self.fault("state.dir", format!("{} is no directory", dir.display()), None);
        }
        Some(StateSettings { dir, cache_bytes })
    }

    /// The files of databases. Only whoever runs needs them.
    fn databases(&mut self, typed: Option<&Scalar>, purpose: Purpose) -> Vec<PathBuf> {
        let text = match typed {
            Some(Scalar::List(files)) => Some(files.as_str()),
            typed => self.text("lookups.ip", typed),
        };
        let Some(text) = text else { return Vec::new() };
        let names: Vec<&str> = text.split(',').map(str::trim).collect();
        if names.contains(&"") || names.len() > DATABASES_MAX {
            let message = format!("is one file to {DATABASES_MAX} files, with commas or as a list");
            self.fault("lookups.ip", message, Some("leave it out to look no address up"));
            return Vec::new();
        }
        let files: Vec<PathBuf> = names.into_iter().map(|name| self.base.join(name)).collect();
        for file in files.iter().filter(|file| purpose == Purpose::Run && !file.is_file()) {
            self.fault("lookups.ip", format!("{} is no file", file.display()), Some(DATABASE_HINT));
        }
        files
    }

    fn zone(&mut self, typed: Option<&Scalar>) -> String {
        let text = self.text("zone", typed).unwrap_or("UTC");
        if jiff::tz::TimeZone::get(text).is_err() {
            self.fault("zone", format!("`{text}` is no time zone"), Some("such as `Europe/Paris`"));
        }
        text.to_owned()
    }

    /// A poll waits for less than a second, which is finer than the bundle's units go.
    fn wait(&mut self, typed: Option<&Scalar>) -> Duration {
        let text = self.text("batch.wait", typed).unwrap_or("100ms");
        let millis = text.strip_suffix("ms").and_then(|number| number.parse::<u64>().ok());
        let millis = millis.or_else(|| Span::parse(text).and_then(|span| u64::try_from(span.0).ok()));
        match millis {
            Some(millis @ 1..=5_000) => Duration::from_millis(millis),
            _ => {
                self.fault("batch.wait", format!("`{text}` is not from 1ms to 5s"), None);
                Duration::from_millis(100)
            }
        }
    }

    fn listen(&mut self, typed: Option<&Scalar>) -> SocketAddr {
        let text = self.text("admin.listen", typed).unwrap_or("127.0.0.1:8080");
        text.parse().unwrap_or_else(|_| {
            let hint = "such as `127.0.0.1:8080` or `[::1]:8080`";
            self.fault("admin.listen", format!("`{text}` is no address and port"), Some(hint));
            SocketAddr::from(([127, 0, 0, 1], 8080))
        })
    }

    fn kafka(&mut self, raw: &RawSettings, needed: bool) -> KafkaSettings {
        let brokers = match &raw.kafka.brokers {
            Some(Scalar::List(brokers)) => brokers.clone(),
            typed => self.text("kafka.brokers", typed.as_ref()).unwrap_or_default().to_owned(),
        };
        if needed && brokers.trim().is_empty() && !matches!(raw.kafka.brokers, Some(Scalar::Other)) {
            self.fault("kafka.brokers", "is missing", Some("such as `broker-1:9092,broker-2:9092`"));
        }
        let properties = self.properties(&raw.kafka.properties);
        for (name, value) in [
            ("enable.ssl.certificate.verification", "false"),
            ("ssl.endpoint.identification.algorithm", "none"),
        ] {
            if properties.get(name) == Some(value) && !all_loopback(&brokers) {
                let hint =
                    "give the authority in `ssl.ca.location`; only brokers on loopback may go unverified";
                self.fault(&format!("kafka.properties.{name}"), format!("may not be `{value}`"), Some(hint));
            }
        }
        KafkaSettings { brokers, properties }
    }

    /// What keys are made pseudonyms with; the secret is never told.
    fn pseudonyms(&mut self, typed: Option<&Scalar>) -> Option<Pseudonyms> {
        const KEY: &str = "pseudonyms.secret";
        let secret = match typed? {
            Scalar::Text(text) => text.clone(),
            Scalar::Named(file, path) if file == "file" => match read_secret(&self.base.join(path)) {
                Ok(secret) => secret,
                Err(message) => {
                    self.fault(KEY, message, None);
                    return None;
                }
            },
            _ => {
                self.fault(KEY, "is a text or `{file: PATH}`", None);
                return None;
            }
        };
        if secret.len() < SECRET_BYTES_MIN {
            let message = format!("is shorter than {SECRET_BYTES_MIN} bytes");
            self.fault(
                KEY,
                message,
                Some("such as what `openssl rand -hex 32` gives, the same for all instances"),
            );
            return None;
        }
        Some(Pseudonyms::new(&secret))
    }

    fn properties(&mut self, typed: &BTreeMap<String, Scalar>) -> Properties {
        let mut properties = Properties::default();
        // The environment cannot write a dot; no property of librdkafka has a `_`. What it says comes last and wins.
        let (from_environment, from_file): (Vec<_>, Vec<_>) =
            typed.iter().partition(|(name, _)| name.contains('_'));
        for (name, value) in from_file.into_iter().chain(from_environment) {
            let name = name.replace('_', ".");
            let key = format!("kafka.properties.{name}");
            if OWN_PROPERTIES.contains(&name.as_str()) {
                self.fault(&key, "is set by the router itself", Some("leave it out"));
                continue;
            }
            match value {
                Scalar::Text(text) => properties.set(name, text.clone(), false),
                Scalar::Named(file, path) if file == "file" => {
                    let read = read_secret(&self.base.join(path));
                    match read {
                        Ok(secret) => properties.set(name, secret, true),
                        Err(message) => self.fault(&key, message, None),
                    }
                }
                Scalar::List(_) => {
                    let hint = "several go into one text, joined by commas";
                    self.fault(&key, "is a single value or `{file: PATH}`", Some(hint));
                }
                Scalar::Named(..) | Scalar::Other => {
                    let hint = "write the name of a property as one key, with its dots";
                    self.fault(&key, "is a single value or `{file: PATH}`", Some(hint));
                }
            }
        }
        for Refused { name, detail } in segue_kafka::properties::refused(properties.reveal()) {
            // What librdkafka says may hold the value.
            let detail = if properties.is_secret(&name) { String::new() } else { format!(": {detail}") };
            self.fault(&format!("kafka.properties.{name}"), format!("librdkafka refuses it{detail}"), None);
        }
        properties
    }
}

/// Reads a secret from its file, without the line end that editors leave.
fn read_secret(path: &Path) -> Result<String, String> {
    let about = |error: std::io::Error| format!("{}: {error}", path.display());
    if std::fs::metadata(path).map_err(about)?.len() > SECRET_BYTES_MAX {
        return Err(format!("{} is longer than {SECRET_BYTES_MAX} bytes", path.display()));
    }
    let text = std::fs::read_to_string(path).map_err(about)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// True if every broker is on this machine.
fn all_loopback(brokers: &str) -> bool {
    brokers.split(',').all(|broker| {
        let broker = broker.trim();
        let broker = broker.split_once("://").map_or(broker, |(_, rest)| rest);
        let host = broker.rsplit_once(':').map_or(broker, |(host, _)| host);
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}
