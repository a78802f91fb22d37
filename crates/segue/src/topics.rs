//! The topics that the service needs, and how those that exist differ from it.
//!
//! Shape: settings + the bundle's topics -> [`Wanted`]; with what exists -> [`Row`]s. Pure; `commands::topics` asks the
//! cluster and writes.

use std::collections::BTreeMap;

use segue_kafka::admin::{Topic, TopicPlan};

use crate::settings::Settings;

const DAY_MS: u64 = 86_400_000;

/// How long what may hold personal data is kept in topics that are not compacted: with the day that a segment is written to, no
/// longer than the 30 days within which whoever is erased has to be gone.
const KEEP_DAYS: u64 = 29;

/// What a topic may take where nothing is set; Kafka's own default.
const MESSAGE_BYTES_DEFAULT: usize = 1_048_588;

/// What a record holds besides the event: envelope, headers, the record's own framing.
pub(crate) const OVERHEAD_BYTES: usize = 65_536;

/// The topics that a bundle names, by name, with the document that names each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Topics that sources publish on.
    pub sources: BTreeMap<String, String>,
    /// Topics, lanes included, that tasks go to.
    pub tasks: BTreeMap<String, String>,
    /// Topics on which destinations say what became of their tasks.
    pub outcomes: BTreeMap<String, String>,
    /// Topics on which sources are told what became of their events.
    pub statuses: BTreeMap<String, String>,
}

/// A topic that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it is for, such as `tasks of crm-service`.
    pub purpose: String,
    /// How it is made.
    pub plan: TopicPlan,
    /// True if the number of partitions has to be that of the plan, and not only when it is made.
    pub partitions_fixed: bool,
    /// True for a topic of a source: it is its owner's, and never made here.
    pub only_looked_at: bool,
}

/// How a topic stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is there, as it should be.
    Exists,
    /// It is not there; `apply` makes it.
    Missing,
    /// It is not there, and its owner has to make it.
    MissingAtOwner,
    /// It is there, and these things are not as they should be.
    Differs(Vec<String>),
}

/// A topic that is needed, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is needed.
    pub wanted: Wanted,
    /// How many partitions it has, if it is there.
    pub partitions: Option<u32>,
    /// How it stands.
    pub state: State,
}

/// The topics that are needed, the router's own first.
pub fn wanted(settings: &Settings, named: &Named) -> Vec<Wanted> {
    let count = settings.topics.partitions;
    let own = |name: &str, purpose: &str, partitions, fixed, configs: &[(&str, String)]| Wanted {
        purpose: purpose.to_owned(),
        plan: plan(name, partitions, settings, configs),
        partitions_fixed: fixed,
        only_looked_at: false,
    };
    let keep = |days: u64| ("retention.ms", (days * DAY_MS).to_string());
    let delete = ("cleanup.policy", "delete".to_owned());
    let larger = larger_messages(settings);
    let with = |configs: &[(&'static str, String)]| [configs, larger.as_slice()].concat();
    let mut all = vec![
        own("segue.log", "the log", count, true, &with(&[delete.clone(), keep(7), daily()])),
        own("segue.shared", "what concerns everyone", 1, true, &with(&[delete.clone(), keep(7), daily()])),
        own("segue.profiles", "the changelog of profiles", count + 1, true, &with(&compacted())),
        own("segue.bundles", "the bundles that were deployed", 1, true, &compacted()),
        own("segue.decisions", "decisions", count, false, &with(&[delete.clone(), keep(KEEP_DAYS), daily()])),
        own("segue.kept-decisions", "decisions on tasks", count, false, &with(&kept(settings))),
        own(
            "segue.failed",
            "failed events",
            count,
            false,
            &with(&[delete.clone(), keep(KEEP_DAYS), daily()]),
        ),
        own(
            "segue.retried",
            "which failed events were sent again",
            1,
            true,
            &[delete, keep(KEEP_DAYS + 1), daily()],
        ),
    ];
    for (topic, destination) in &named.tasks {
        let purpose = format!("tasks of {destination}");
        all.push(own(topic, &purpose, count, false, &[]));
    }
    for (topic, destination) in &named.outcomes {
        all.push(own(topic, &format!("outcomes of {destination}"), count, false, &[]));
    }
    for (topic, source) in &named.statuses {
        all.push(own(topic, &format!("statuses for {source}"), count, false, &[]));
    }
    for (topic, source) in &named.sources {
        let purpose = format!("events of {source}");
        all.push(Wanted { only_looked_at: true, ..own(topic, &purpose, count, false, &[]) });
    }
    all
}

/// Compares what is needed with what there is.
pub fn compare(wanted: Vec<Wanted>, existing: &BTreeMap<String, Topic>) -> Vec<Row> {
    let row = |wanted: Wanted| match existing.get(&wanted.plan.name) {
        None if wanted.only_looked_at => Row { wanted, partitions: None, state: State::MissingAtOwner },
        None => Row { wanted, partitions: None, state: State::Missing },
        Some(topic) => {
            let differences = if wanted.only_looked_at { Vec::new() } else { differences(&wanted, topic) };
            let state = if differences.is_empty() { State::Exists } else { State::Differs(differences) };
            Row { wanted, partitions: Some(topic.partitions), state }
        }
    };
    wanted.into_iter().map(row).collect()
}

fn plan(name: &str, partitions: u32, settings: &Settings, configs: &[(&str, String)]) -> TopicPlan {
    TopicPlan {
        name: name.to_owned(),
        partitions,
        replication: settings.topics.replication,
        configs: configs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    }
}

/// A changelog is read from its beginning: what is gone must stay known as gone for longer than an instance may be
/// down, and the cleaner must come round in a time that can be promised.
fn compacted() -> [(&'static str, String); 4] {
    [
        ("cleanup.policy", "compact".to_owned()),
        ("delete.retention.ms", (7 * DAY_MS).to_string()),
        ("max.compaction.lag.ms", (7 * DAY_MS).to_string()),
        ("min.cleanable.dirty.ratio", "0.1".to_owned()),
    ]
}

/// A record goes once the newest of its segment is too old: with a segment a day, a day later at the most.
fn daily() -> (&'static str, String) {
    ("segment.ms", DAY_MS.to_string())
}

/// Decisions on tasks go when they are too old, and before that where they are taken away one by one.
fn kept(settings: &Settings) -> Vec<(&'static str, String)> {
    let compacted = compacted().into_iter().filter(|(name, _)| *name != "cleanup.policy");
    let own = [
        ("cleanup.policy", "compact,delete".to_owned()),
        ("retention.ms", settings.topics.keep_decisions.0.to_string()),
    ];
    own.into_iter().chain(compacted).chain(larger_messages(settings)).collect()
}

/// Where the limits admit more than a topic takes by default, the topics have to take more.
fn larger_messages(settings: &Settings) -> Vec<(&'static str, String)> {
    let largest = settings.limits.bytes_max.max(settings.limits.profile_bytes_max) + OVERHEAD_BYTES;
    if largest > MESSAGE_BYTES_DEFAULT {
        vec![("max.message.bytes", largest.to_string())]
    } else {
        Vec::new()
    }
}

fn differences(wanted: &Wanted, topic: &Topic) -> Vec<String> {
    let mut all = Vec::new();
    let plan = &wanted.plan;
    if wanted.partitions_fixed && plan.partitions != topic.partitions {
        all.push(format!("{} partitions, not {}", topic.partitions, plan.partitions));
    }
    if let Some(replication) = plan.replication.filter(|replication| *replication != topic.replication) {
        all.push(format!("{} replicas, not {replication}", topic.replication));
    }
    for (name, value) in &plan.configs {
        match topic.configs.get(name) {
            Some(found) if !same(found, value) => all.push(format!("{name}={found}, not {value}")),
            // A topic whose settings may not be seen is taken as it should be.
            Some(_) | None => {}
        }
    }
    all
}

/// True for equal values; numbers are equal however they are written.
fn same(a: &str, b: &str) -> bool {
    a == b || a.parse::<f64>().is_ok_and(|a| b.parse::<f64>().is_ok_and(|b| a == b))
}

#[cfg(test)]
mod tests;
