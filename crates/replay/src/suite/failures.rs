//! What went otherwise in a test, one thing after the other, as every form of output tells it.

use segue_document::{Document, Value, Writer};
use segue_model::Timestamp;

use super::{Looked, StepResult, TestResult, write};

/// One thing that went otherwise than expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The line of the step, or of the test.
    pub line: usize,
    /// Which step, from 1, and when it happened.
    pub step: Option<(usize, Timestamp)>,
    /// What kind of thing.
    pub kind: FailureKind,
    /// The task that is meant: what it is, for whom, on which channel.
    pub task: Option<String>,
    /// The field that differs.
    pub path: Option<String>,
    /// What was expected, as JSON.
    pub expected: Option<String>,
    /// What came, as JSON.
    pub actual: Option<String>,
    /// All of it in one line.
    pub message: String,
}

/// What kind of thing went otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// What the test gives cannot be used.
    Given,
    /// The step's event failed.
    Event,
    /// A field of a task has another value.
    Differs,
    /// An expected task did not come.
    Missing,
    /// A task came that was not expected.
    Extra,
    /// The tasks came in another order.
    Order,
}

impl FailureKind {
    /// The word for it in output.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::Given => "given",
            FailureKind::Event => "event",
            FailureKind::Differs => "differs",
            FailureKind::Missing => "missing",
            FailureKind::Extra => "extra",
            FailureKind::Order => "order",
        }
    }
}

/// All that went otherwise in a test.
pub fn failures(result: &TestResult) -> Vec<Failure> {
    let given = result.given.iter().map(|message| plain(FailureKind::Given, result.line, None, message));
    given.chain(result.steps.iter().flat_map(of_step)).collect()
}

/// A value on one line, as authors write it.
pub fn shown(json: &str) -> String {
    match Document::parse_own(json) {
        Ok(document) if document.root().as_str().is_none() => write::flow(document.root()),
        _ => json.to_owned(),
    }
}

/// Of a task that was not expected what tells it from others.
pub fn shown_task(json: &str) -> String {
    let Ok(document) = Document::parse_own(json) else { return json.to_owned() };
    let mut writer = Writer::new();
    let _ = writer.begin_object();
    for name in ["action", "channel", "subject", "what"] {
        if let Some(value) = document.root().get(name).filter(|value| !value.is_null()) {
            let _ = writer.key(name).value(value);
        }
    }
    let _ = writer.end_object();
    shown(&writer.finish())
}

fn plain(kind: FailureKind, line: usize, step: Option<(usize, Timestamp)>, message: &str) -> Failure {
    let message = message.to_owned();
    Failure { line, step, kind, task: None, path: None, expected: None, actual: None, message }
}

fn of_step(step: &StepResult) -> Vec<Failure> {
    let at = Some((step.number, step.at));
    let mut failures: Vec<Failure> =
        step.failed.iter().map(|message| plain(FailureKind::Event, step.line, at, message)).collect();
    let Some(looked) = &step.looked else { return failures };
    let blank = |kind| plain(kind, step.line, at, "");
    for difference in &looked.comparison.differences {
        let place = difference.expected_place + 1;
        let (path, expected) = (difference.path_text(), difference.expected.as_str());
        let got = match &difference.actual {
            Some(actual) => format!("got {actual}"),
            None => "but there is none".to_owned(),
        };
        failures.push(Failure {
            task: Some(label(looked.actual[difference.actual_place].root())),
            expected: Some(expected.to_owned()),
            actual: difference.actual.clone(),
            message: format!("task {place}: {path}: expected {expected}, {got}"),
            path: Some(path),
            ..blank(FailureKind::Differs)
        });
    }
    for &place in &looked.comparison.missing {
        let expected = looked.expected[place].root();
        failures.push(Failure {
            task: Some(label(expected)),
            expected: Some(expected.raw().to_owned()),
            message: format!("task {}: expected {}, but there is none", place + 1, expected.raw()),
            ..blank(FailureKind::Missing)
        });
    }
    for &place in &looked.comparison.extra {
        let actual = looked.actual[place].root();
        let what = actual.get("what").map_or("", Value::raw);
        failures.push(Failure {
            task: Some(label(actual)),
            actual: Some(actual.raw().to_owned()),
            message: format!("task {} that came was not expected: {}: {what}", place + 1, label(actual)),
            ..blank(FailureKind::Extra)
        });
    }
    if looked.comparison.is_disordered {
        let (expected, actual) = orders(looked);
        failures.push(Failure {
            message: format!("another order, best first: expected {expected}; got {actual}"),
            expected: Some(quoted(&expected)),
            actual: Some(quoted(&actual)),
            ..blank(FailureKind::Order)
        });
    }
    failures
}

/// The tasks that were expected and came, in the order of the one and of the other.
fn orders(looked: &Looked) -> (String, String) {
    let labels = |places: &mut dyn Iterator<Item = usize>| {
        places.map(|place| label(looked.actual[place].root())).collect::<Vec<_>>().join(", ")
    };
    let pairs = &looked.comparison.pairs;
    let mut came: Vec<usize> = pairs.iter().map(|pair| pair.1).collect();
    let expected = labels(&mut came.clone().into_iter());
    came.sort_unstable();
    (expected, labels(&mut came.into_iter()))
}

fn quoted(text: &str) -> String {
    let mut writer = Writer::new();
    let _ = writer.string(text);
    writer.finish()
}

/// What a task is, for whom, on which channel.
fn label(task: Value<'_>) -> String {
    let text = |name: &str| task.get(name).and_then(Value::as_str);
    let mut label = text("action").unwrap_or("a task").to_owned();
    for (word, name) in [("for", "subject"), ("on", "channel")] {
        if let Some(value) = text(name) {
            label.push_str(&format!(" {word} {value}"));
        }
    }
    label
}
