use std::collections::HashMap;
use std::fs;

use super::*;
use crate::settings::Purpose;

fn settings(more: &str) -> Settings {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("segue.yaml");
    fs::write(&path, format!("bundle: .\nkafka: {{brokers: b:1}}\n{more}")).unwrap();
    Settings::read_with(&path, Purpose::Topics, HashMap::new()).unwrap()
}

fn named() -> Named {
    Named {
        sources: BTreeMap::from([("crm.events".into(), "crm".into())]),
        tasks: BTreeMap::from([("crm.tasks".into(), "crm-service".into())]),
        outcomes: BTreeMap::from([("crm.outcomes".into(), "crm-service".into())]),
        statuses: BTreeMap::from([("crm.status".into(), "crm".into())]),
    }
}

fn states(settings: &Settings, existing: &BTreeMap<String, Topic>) -> BTreeMap<String, State> {
    let rows = compare(wanted(settings, &named()), existing);
    rows.into_iter().map(|row| (row.wanted.plan.name, row.state)).collect()
}

/// The topics as they would be if a plan were carried out.
fn made(settings: &Settings) -> BTreeMap<String, Topic> {
    let topic = |wanted: Wanted| {
        let TopicPlan { name, partitions, replication, configs } = wanted.plan;
        (name, Topic { partitions, replication: replication.unwrap_or(1), configs })
    };
    wanted(settings, &named()).into_iter().map(topic).collect()
}

#[test]
fn on_an_empty_cluster_all_is_missing_and_a_source_is_its_owners() {
    let states = states(&settings(""), &BTreeMap::new());
    assert_eq!(states.len(), 12);
    assert_eq!(states["crm.events"], State::MissingAtOwner);
    assert!(states.iter().all(|(name, state)| name == "crm.events" || *state == State::Missing));
}

#[test]
fn what_was_made_by_the_plan_is_as_it_should_be() {
    let settings = settings("topics: {partitions: 5, replication: 3}");
    let existing = made(&settings);
    assert_eq!(existing["segue.log"].partitions, 5);
    assert_eq!(existing["segue.shared"].partitions, 1);
    assert_eq!(existing["segue.profiles"].partitions, 6);
    assert_eq!(existing["segue.profiles"].configs["cleanup.policy"], "compact");
    assert!(states(&settings, &existing).values().all(|state| *state == State::Exists));
}

#[test]
fn a_difference_that_matters_is_named_and_one_that_does_not_is_none() {
    let settings = settings("topics: {partitions: 5, replication: 3}");
    let mut existing = made(&settings);
    existing.get_mut("segue.log").unwrap().partitions = 6;
    existing.get_mut("segue.decisions").unwrap().partitions = 6;
    existing.get_mut("crm.tasks").unwrap().replication = 1;
    existing.get_mut("crm.events").unwrap().replication = 1;
    let profiles = &mut existing.get_mut("segue.profiles").unwrap().configs;
    let _ = profiles.insert("cleanup.policy".into(), "delete".into());
    let _ = profiles.insert("min.cleanable.dirty.ratio".into(), "0.10".into());
    existing.get_mut("segue.failed").unwrap().configs.clear();
    let states = states(&settings, &existing);
    assert_eq!(states["segue.log"], State::Differs(vec!["6 partitions, not 5".into()]));
    assert_eq!(states["crm.tasks"], State::Differs(vec!["1 replicas, not 3".into()]));
    assert_eq!(states["segue.profiles"], State::Differs(vec!["cleanup.policy=delete, not compact".into()]));
    for fine in ["segue.decisions", "crm.events", "segue.failed", "segue.shared"] {
        assert_eq!(states[fine], State::Exists, "{fine}");
    }
}

#[test]
fn topics_take_as_much_as_the_limits_admit() {
    let configs = |more: &str| wanted(&settings(more), &Named::default())[0].plan.configs.clone();
    assert_eq!(configs("").get("max.message.bytes"), None);
    let larger = configs("limits: {bytes_max: 2097152}");
    assert!(larger["max.message.bytes"].parse::<usize>().unwrap() > 2_097_152);
}
