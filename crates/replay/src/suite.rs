//! Runs a bundle's `test` documents on a virtual clock, through the same intake and engine as `run`.
//!
//! Shape: [`run`] takes one test through a [`Pipeline`] and gives a [`TestResult`]: step by step, what was expected, what
//! came and what is otherwise ([`compare`]). [`coverage`] adds up what the tests have reached, [`update`] writes what
//! came into the file, and [`record`] makes a test of recorded events.

pub mod compare;
pub mod coverage;
pub mod failures;
mod gathered;
mod input;
pub mod record;
pub mod update;
mod write;
mod yaml;

use std::collections::BTreeSet;
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_bundle::bundle::{Test, TestTime};
use segue_decide::Asked;
use segue_document::{Document, Value};
use segue_log::Record;
use segue_model::{Profile, Subject, Timestamp};

use crate::pipeline::Pipeline;
use gathered::Gathered;

pub use compare::{Comparison, Difference};

/// What became of one test.
#[derive(Debug)]
pub struct TestResult {
    /// The test's line of text.
    pub name: String,
    /// The file it stands in.
    pub file: String,
    /// The line it begins in.
    pub line: usize,
    /// What is wrong with what it gives.
    pub given: Vec<String>,
    /// Its steps, in order.
    pub steps: Vec<StepResult>,
    /// What it has reached.
    pub reached: Reached,
}

/// What became of one step.
#[derive(Debug)]
pub struct StepResult {
    /// Which step of its test, from 1.
    pub number: usize,
    /// The line it begins in.
    pub line: usize,
    /// When it happened.
    pub at: Timestamp,
    /// What went wrong with its event.
    pub failed: Vec<String>,
    /// What it expected and what came since the last step that expected something; `None` if it does not say.
    pub looked: Option<Looked>,
    /// What may explain a difference: expressions that ended in an error.
    pub notes: Vec<String>,
}

/// What was expected and what came.
#[derive(Debug)]
pub struct Looked {
    /// The tasks as the test names them: parts of tasks.
    pub expected: Vec<Document>,
    /// The tasks that came, best first: their data, and the topic they left on.
    pub actual: Vec<Document>,
    /// What is otherwise.
    pub comparison: Comparison,
}

/// What a test has reached, for coverage.
#[derive(Debug, Default)]
pub struct Reached {
    /// What every rule said that was asked.
    pub asked: Vec<Asked>,
    /// Which candidates were turned down, and by what: action and `by`.
    pub rejected: Vec<(String, String)>,
    /// The events that were sent: source and type.
    pub sent: BTreeSet<(String, String)>,
    /// The records that its steps were, and when each was logged.
    pub taken: Vec<(Record, Timestamp)>,
}

impl TestResult {
    /// True if all went as expected.
    pub fn passed(&self) -> bool {
        self.given.is_empty() && self.steps.iter().all(StepResult::passed)
    }
}

impl StepResult {
    /// True if all went as expected.
    pub fn passed(&self) -> bool {
        self.failed.is_empty() && self.looked.as_ref().is_none_or(|looked| looked.comparison.is_empty())
    }
}

/// Runs one test from an empty router.
pub fn run(bundle: &Arc<Bundle>, test: &Test, mut pipeline: Pipeline) -> TestResult {
    pipeline.observe();
    let mut result = TestResult {
        name: test.name.clone(),
        file: test.file.clone(),
        line: test.line,
        given: give(test, &mut pipeline),
        steps: Vec::new(),
        reached: Reached::default(),
    };
    let mut now = Timestamp(0);
    let mut gathered = Gathered::default();
    for (index, step) in test.steps.iter().enumerate() {
        now = time_of(step.when, now);
        let mut failed = Vec::new();
        let mut out = pipeline.advance(now);
        if let Some(event) = &step.event {
            match bundle.sources.get(&event.source) {
                Some(source) => {
                    let _ = result.reached.sent.insert((event.source.clone(), event.kind.clone()));
                    let record = input::input(test, index, event, source, now);
                    out.extend(pipeline.take(&record, now));
                    result.reached.taken.push((record, now));
                }
                None => failed.push(format!("no source `{}`", event.source)),
            }
        }
        if let Some(said) = &step.outcome {
            // What came before it may be the very task that is meant.
            gathered.take(std::mem::take(&mut out), &mut failed, &mut result.reached);
            match input::outcome(bundle, index, said, &gathered, now) {
                Ok(record) => {
                    out.extend(pipeline.take(&record, now));
                    result.reached.taken.push((record, now));
                }
                Err(message) => failed.push(message),
            }
        }
        gathered.take(out, &mut failed, &mut result.reached);
        let looked = gathered.look(step, &mut failed);
        let notes = match &looked {
            Some(looked) if looked.comparison.is_empty() => {
                gathered.notes.clear();
                Vec::new()
            }
            Some(_) => std::mem::take(&mut gathered.notes),
            None => Vec::new(),
        };
        let (number, line) = (index + 1, step.line);
        result.steps.push(StepResult { number, line, at: now, failed, looked, notes });
    }
    result.reached.asked = pipeline.asked();
    result
}

/// When a step happens that comes after `before`.
fn time_of(when: TestTime, before: Timestamp) -> Timestamp {
    match when {
        TestTime::At(at) => at,
        TestTime::After(span) => before.plus(span),
    }
}

/// Puts in what is known before the first step; returns what of it is wrong.
fn give(test: &Test, pipeline: &mut Pipeline) -> Vec<String> {
    let (given, wrong) = given(test);
    for (subject, profile, at) in given {
        pipeline.give(&subject, profile, at);
    }
    wrong
}

/// What is known of whom before the first step, and from when on; and what of it is wrong.
pub fn given(test: &Test) -> (Vec<(Subject, Profile, Timestamp)>, Vec<String>) {
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    let first = test.steps.first().map(|step| time_of(step.when, Timestamp(0))).unwrap_or_default();
    for (subject, who) in &test.given_who {
        match Document::parse_own(who) {
            Ok(who) => {
                let profile = Profile { who: Some(Arc::new(who)), ..Profile::default() };
                all.push((subject.clone(), profile, first));
            }
            Err(error) => wrong.push(format!("given.who.{subject}: {error}")),
        }
    }
    (all, wrong)
}

fn text(value: Value<'_>, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn list<'d>(value: Value<'d>, name: &str) -> Vec<Value<'d>> {
    value.get(name).into_iter().flat_map(Value::items).collect()
}
