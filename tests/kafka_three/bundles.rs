//! The load's bundle with more caps, and the same in other words: what a fleet starts with and what is deployed under it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use segue_log::{Append, Place};
use segue_model::Timestamp;
use segue_testkit::checker::{self, Cap};
use segue_testkit::load::{self, marked};
use segue_testkit::scene::Scene;
use segue_wire::bundles::parts;
use segue_wire::command::{Command, Says};
use segue_wire::log_record;
use segue_wire::topics::{BUNDLES, SHARED};
use tempfile::TempDir;

/// How many there are in other words, beside the first.
const OTHERS: usize = 5;

/// Caps beside those of the load's bundle, of one and two: by action and by group, and two windows for one action.
const MORE_CAPS: &str = "\
policy: few-payment-calls
about: Payments that fail one after the other are one trouble
cap: {at_most: 3, per: 20s, action: call-about-payment}
---
policy: payment-calls-in-all
about: Who was called so often knows
cap: {at_most: 4, per: 1m, action: call-about-payment}
---
policy: few-case-calls
about: Who was called so often knows
cap: {at_most: 5, per: 2m, action: call-about-cases}
";

/// A rule that begins with nothing that is declared: `segue deploy` finds it.
const WITH_FINDINGS: &str = "rule: slip\non: case.opend\npropose: [look-at-case]\n";

/// Bundles on disk, gone with this.
pub(crate) struct Variants {
    directory: TempDir,
    digests: Vec<String>,
}

impl Variants {
    pub(crate) fn write() -> Variants {
        let directory = tempfile::tempdir().unwrap();
        let mut texts = segue_bundle::texts(&load::bundle_dir()).unwrap();
        texts.push(("more-caps.yaml".to_owned(), MORE_CAPS.to_owned()));
        for number in 0..=OTHERS {
            let worded = texts.iter().map(|(path, text)| match path.ends_with(".yaml") {
                true => (path.clone(), marked(text, &mark(number))),
                false => (path.clone(), text.clone()),
            });
            write(&directory.path().join(number.to_string()), worded);
        }
        texts.push(("slip.yaml".to_owned(), WITH_FINDINGS.to_owned()));
        write(&directory.path().join("bad"), texts.into_iter());
        let digest = |number: usize| segue_bundle::load(&directory.path().join(number.to_string()));
        let digests = (0..=OTHERS).map(|number| digest(number).unwrap().bundle.digest).collect();
        Variants { directory, digests }
    }

    /// What a run on them is told of: they differ in words only.
    pub(crate) fn scene(&self) -> Scene {
        let cap = |policy: &str, action: &str, at_most, per_ms| Cap {
            policy: policy.to_owned(),
            actions: [action.to_owned()].into(),
            channel: None,
            at_most,
            per_ms,
        };
        let more = [
            cap("few-payment-calls", "call-about-payment", 3, 20_000),
            cap("payment-calls-in-all", "call-about-payment", 4, 60_000),
            cap("few-case-calls", "call-about-cases", 5, 120_000),
        ];
        let usual = load::scene();
        Scene { bundle: self.path(0), caps: [usual.caps, more.to_vec()].concat(), ..usual }
    }

    /// What the checker is told of them.
    pub(crate) fn told(&self) -> checker::Bundles {
        let marks = self.digests.iter().enumerate().map(|(number, digest)| (digest.clone(), mark(number)));
        checker::Bundles {
            first: self.digests[0].clone(),
            usable: self.digests.iter().cloned().collect(),
            marks: marks.collect::<BTreeMap<_, _>>(),
        }
    }

    pub(crate) fn path(&self, number: usize) -> PathBuf {
        self.directory.path().join((number % (OTHERS + 1)).to_string())
    }

    /// The one that has findings.
    pub(crate) fn bad(&self) -> PathBuf {
        self.directory.path().join("bad")
    }
}

fn mark(number: usize) -> String {
    format!("[v{number}]")
}

fn write(directory: &Path, files: impl Iterator<Item = (String, String)>) {
    for (path, text) in files {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Records past `segue deploy`, which would not write them: a switch to a bundle that is not there, or to one that no
/// version can read.
pub(crate) fn unusable(is_there: bool, given_at_ms: i64) -> Vec<Append> {
    let digest = if is_there { "broken" } else { "missing" };
    let files = [("a.yaml".to_owned(), "rule: [".to_owned())];
    let kept = if is_there { parts(digest, &files).unwrap() } else { Vec::new() };
    let says = Says::Switch(digest.to_owned());
    let command = Command { given_at: Timestamp(given_at_ms), says, origin: None };
    let command = log_record::encode_command(&command);
    let kept = kept.into_iter().map(|(key, value)| append(BUNDLES, Some(key), value));
    kept.chain([append(SHARED, None, command.into_bytes())]).collect()
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
