//! Bundles that are deployed in the middle of a schedule: several that decide alike and say it in other words, and some
//! that cannot be used.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use segue::loops::bundles;
use segue_bundle::Bundle;
use segue_log::{Append, Place, Record};
use segue_model::Timestamp;
use segue_testkit::checker::{Evidence, FaultKind, LOG, check};
use segue_testkit::load::{bundle_dir, marked};
use segue_wire::command::{Command, Says};
use segue_wire::log_record;
use segue_wire::topics::{BUNDLES, SHARED};

use crate::beside::otherwise;
use crate::world::World;

/// How many bundles there are that decide alike, the first one among them.
const ALIKE: usize = 4;

/// What can be deployed.
pub(crate) struct Variants {
    /// Bundles that can be used, the first one among them; all decide alike.
    pub(crate) usable: Vec<Arc<Bundle>>,
    files: Vec<Vec<(String, String)>>,
    /// One that decides otherwise, and only beside, with its files.
    other: (Arc<Bundle>, Vec<(String, String)>),
}

impl Variants {
    /// The digest of one of those that decide alike, and its files.
    pub(crate) fn file(&self, number: usize) -> (String, &[(String, String)]) {
        (self.usable[number].digest.clone(), &self.files[number])
    }

    /// The same of the one that decides otherwise.
    pub(crate) fn other(&self) -> (String, &[(String, String)]) {
        (self.other.0.digest.clone(), &self.other.1)
    }

    /// What the tasks of each say at their end.
    pub(crate) fn marks(&self) -> BTreeMap<String, String> {
        let marked = self.usable.iter().enumerate().skip(1);
        marked.map(|(number, bundle)| (bundle.digest.clone(), mark(number))).collect()
    }
}

fn mark(number: usize) -> String {
    format!("[v{number}]")
}

/// Compiled once for all schedules.
pub(crate) fn variants() -> Arc<Variants> {
    static ALL: OnceLock<Arc<Variants>> = OnceLock::new();
    let make = || {
        let texts = segue_bundle::texts(&bundle_dir()).unwrap();
        let files: Vec<_> = (0..ALIKE).map(|number| variant(&texts, number)).collect();
        let compiled = files.iter().map(|files| Arc::new(segue_bundle::read(files.clone()).unwrap().bundle));
        let usable = compiled.collect();
        let other = otherwise(&texts);
        let other = (Arc::new(segue_bundle::read(other.clone()).unwrap().bundle), other);
        Arc::new(Variants { usable, files, other })
    };
    ALL.get_or_init(make).clone()
}

/// The same bundle in other words.
fn variant(texts: &[(String, String)], number: usize) -> Vec<(String, String)> {
    let mut files = texts.to_vec();
    if number > 0 {
        for (_, text) in files.iter_mut().filter(|(path, _)| path.ends_with(".yaml")) {
            *text = marked(text, &mark(number));
        }
    }
    files.sort();
    files
}

/// What most routers compile by: a bundle that is known from its files to the letter is not compiled again, which would be half of
/// all work.
pub(crate) fn known_or_compiled(files: Vec<(String, String)>) -> Result<Arc<Bundle>, String> {
    let variants = variants();
    let (other, other_files) = &variants.other;
    let mut known = variants.files.iter().zip(&variants.usable).chain([(other_files, other)]);
    match known.find(|(known, _)| **known == files) {
        Some((_, bundle)) => Ok(bundle.clone()),
        None => bundles::compile(files),
    }
}

/// Deploys a bundle; one in five cannot be used: it is not there, or is broken.
pub(crate) fn deploy(world: &mut World) {
    let variants = world.variants.clone();
    let number = world.seeded.below(ALIKE as u64) as usize;
    let is_bad = world.seeded.below(5) == 0;
    let digest = variants.usable[number].digest.clone();
    let (digest, files) = match (is_bad, number % 2) {
        (false, _) => (digest, variants.files[number].clone()),
        (true, 0) => ("missing".to_owned(), Vec::new()),
        (true, _) => ("broken".to_owned(), vec![("a.yaml".to_owned(), "rule: [".to_owned())]),
    };
    let records = segue_wire::bundles::parts(&digest, &files).unwrap().into_iter();
    let parts = records.map(|(key, value)| append(BUNDLES, Some(key), value));
    let given_at = Timestamp(world.hand.now().0);
    let command = Command { given_at, says: Says::Switch(digest), origin: None };
    let command = append(SHARED, None, log_record::encode_command(&command).into_bytes());
    let _ = world.log.append(parts.collect()).unwrap();
    let _ = world.log.append(vec![command]).unwrap();
    world.faults.deployed[usize::from(is_bad)] += 1;
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

/// An honest run of several bundles, and without a replay, which would notice anything.
fn honest() -> Evidence {
    let bundle = variants().usable[0].clone();
    let is_told_apart = |evidence: &Evidence| {
        let report = check(evidence);
        let marks = &evidence.bundles.as_ref().unwrap().marks;
        let is_marked = |task: &Record| {
            let text = String::from_utf8_lossy(task.value.as_deref().unwrap());
            marks.values().any(|mark| text.contains(mark))
        };
        report.counted("bundles switched to") > 1
            && report.counted("decisions by a bundle switched to") > 0
            && report.counted("switches refused") > 0
            && evidence.tasks.iter().any(is_marked)
    };
    let evidence = (0..100).map(|seed| crate::run(seed, &bundle, None).evidence()).find(is_told_apart);
    let evidence =
        Evidence { replayed: None, ..evidence.expect("one of many schedules goes over to several") };
    check(&evidence).assert_clean();
    evidence
}

fn is_caught(evidence: &Evidence) {
    let report = check(evidence);
    assert!(report.kinds().contains(&FaultKind::WrongBundle), "{report}");
}

#[test]
fn a_task_in_the_words_of_another_bundle_than_it_names_is_caught() {
    let mut evidence = honest();
    let marks = evidence.bundles.clone().unwrap().marks;
    for (of, by) in [("[v1]\"", "[v2]\""), ("[v2]\"", "[v3]\""), ("[v3]\"", "\"")] {
        let has =
            |record: &&mut Record| String::from_utf8_lossy(record.value.as_deref().unwrap()).contains(of);
        let Some(task) = evidence.tasks.iter_mut().find(has) else { continue };
        let text = String::from_utf8(task.value.take().unwrap()).unwrap();
        task.value = Some(text.replacen(of, by, 1).into_bytes());
        is_caught(&evidence);
        return;
    }
    panic!("INVALID: no task says any of {marks:?}");
}

#[test]
fn a_bundle_that_cannot_be_used_and_was_passed_on_is_caught() {
    let mut evidence = honest();
    let is_switch = |record: &&Record| {
        let text = String::from_utf8_lossy(record.value.as_deref().unwrap());
        &*record.topic == LOG && text.contains("\"kind\":\"switch\"")
    };
    let switch = evidence.log.iter().find(is_switch).expect("it is switched");
    let value: serde_json::Value = serde_json::from_slice(switch.value.as_deref().unwrap()).unwrap();
    let bundle = value["bundle"].as_str().unwrap();
    assert!(evidence.bundles.as_mut().unwrap().usable.remove(bundle), "{bundle}");
    is_caught(&evidence);
}

#[test]
fn a_decision_by_another_bundle_than_was_told_is_caught() {
    let mut evidence = honest();
    let first_bundle = evidence.bundles.clone().unwrap().first;
    let first = format!("\"bundle\":\"{first_bundle}\"");
    let is_of_another = |record: &&mut Record| {
        let text = String::from_utf8_lossy(record.value.as_deref().unwrap());
        text.contains("\"candidates\"") && !text.contains(&first)
    };
    let decision = evidence.decisions.iter_mut().find(is_of_another).expect("it is switched");
    let text = String::from_utf8(decision.value.take().unwrap()).unwrap();
    let (head, tail) = text.split_once("\"bundle\":\"").unwrap();
    let (_, tail) = tail.split_once('"').unwrap();
    decision.value = Some(format!("{head}{first}{tail}").into_bytes());
    is_caught(&evidence);
}
