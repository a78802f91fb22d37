//! What has left since the last step that looked, sorted into what tests look at.

use segue_bundle::bundle::TestStep;
use segue_document::{Document, Value, Writer};
use segue_log::Append;
use segue_model::Subject;
use segue_wire::topics::{DECISIONS, FAILED, KEPT};

use super::{Looked, Reached, compare, list, text};

/// What came since the last step that looked.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    tasks: Vec<Document>,
    rejected: Vec<Document>,
    withdrawn: Vec<Document>,
    status: Vec<Document>,
    pub(super) notes: Vec<String>,
    /// All tasks that left so far: action, the subject's kind and key, id.
    left: Vec<[String; 4]>,
}

impl Gathered {
    pub(super) fn take(&mut self, out: Vec<Append>, failed: &mut Vec<String>, reached: &mut Reached) {
        for append in out {
            match &*append.topic {
                FAILED => failed.push(failure(&append)),
                KEPT => {}
                DECISIONS => {
                    let decision = document(&append);
                    self.notes.extend(errors_of(decision.root()));
                    for candidate in list(decision.root(), "candidates") {
                        self.take_candidate(candidate, decision.root(), reached);
                    }
                }
                _ => self.take_told(&append),
            }
        }
    }

    /// A candidate that was not released: turned down, held, or withdrawn if it was a task already.
    fn take_candidate(&mut self, candidate: Value<'_>, decision: Value<'_>, reached: &mut Reached) {
        let (Some(action), Some(by)) = (text(candidate, "action"), text(candidate, "by")) else { return };
        let is_rejected = text(candidate, "verdict").as_deref() == Some("rejected");
        if is_rejected {
            reached.rejected.push((action, by.clone()));
        }
        let mut writer = Writer::new();
        let _ = writer.begin_object();
        for (name, value) in candidate.members() {
            let _ = writer.key(name).value(value);
        }
        let _ = writer.key("subject").optional(text(decision, "subject").as_deref());
        let is_task = candidate.get("task").is_some_and(|task| !task.is_null());
        if is_rejected && is_task {
            let _ = writer.key("reason").string(&by).end_object();
            self.withdrawn.push(own(writer));
        } else {
            let _ = writer.end_object();
            self.rejected.push(own(writer));
        }
    }

    fn take_told(&mut self, append: &Append) {
        let told = document(append);
        let data = told.root().get("data");
        match text(told.root(), "type").as_deref() {
            Some("segue.status") => self.status.extend(data.map(Value::to_document)),
            // A reminder is of a task that came before, and what is withdrawn is no task any more.
            Some("segue.task.reminder" | "segue.task.withdrawn") => {}
            _ => {
                let named = data.and_then(|data| {
                    let (kind, key) = (text(data, "per")?, text(data, "subject")?);
                    Some([text(data, "action")?, kind, key, text(data, "task")?])
                });
                self.left.extend(named);
                self.tasks.push(as_expected(append));
            }
        }
    }

    /// The latest task of an action, for a subject if one is named.
    pub(super) fn latest(&self, action: &str, subject: Option<&Subject>) -> Option<&str> {
        let is_of = |kind: &str, key: &str| {
            subject.is_none_or(|subject| subject.kind == kind && subject.key() == key)
        };
        let mut left = self.left.iter().rev();
        left.find(|[of, kind, key, _]| of == action && is_of(kind, key)).map(|[.., task]| task.as_str())
    }

    /// Compares the tasks that came with those that a step expects, if it does; and all else that it looks at.
    pub(super) fn look(&mut self, step: &TestStep, failed: &mut Vec<String>) -> Option<Looked> {
        let others = [
            ("rejected", &step.rejected, &mut self.rejected),
            ("withdrawn", &step.withdrawn, &mut self.withdrawn),
            ("status", &step.status, &mut self.status),
        ];
        for (name, expected, actual) in others {
            if let Some(expected) = expected {
                let looked = look(name, expected, std::mem::take(actual), failed);
                failed.extend(otherwise(name, &looked));
            }
        }
        let expected = step.expect.as_ref()?;
        Some(look("expect", expected, std::mem::take(&mut self.tasks), failed))
    }
}

fn look(name: &str, expected: &[String], actual: Vec<Document>, failed: &mut Vec<String>) -> Looked {
    let mut documents = Vec::new();
    for (place, expected) in expected.iter().enumerate() {
        match Document::parse_own(expected) {
            Ok(expected) => documents.push(expected),
            Err(error) => failed.push(format!("{name} {}: {error}", place + 1)),
        }
    }
    // Only tasks leave in an order that means something.
    let mut comparison = compare::compare(&documents, &actual);
    comparison.is_disordered &= name == "expect";
    Looked { expected: documents, actual, comparison }
}

/// What is otherwise among what is no task, a line each.
fn otherwise(name: &str, looked: &Looked) -> Vec<String> {
    let Looked { expected, actual, comparison } = looked;
    let missing = comparison.missing.iter().map(|at| {
        let came: Vec<&str> = actual.iter().map(Document::text).collect();
        let came = if came.is_empty() { "nothing".to_owned() } else { came.join(", ") };
        format!("`{name}` expects {}, and there came {came}", expected[*at].text())
    });
    let extra = comparison.extra.iter().map(|at| format!("`{name}` does not expect {}", actual[*at].text()));
    let differs = comparison.differences.iter().map(|difference| {
        let path = difference.path_text();
        let came = difference.actual.as_deref().unwrap_or("nothing");
        format!("`{name}`: {path} is {came}, not {}", difference.expected)
    });
    missing.chain(extra).chain(differs).collect()
}

fn document(append: &Append) -> Document {
    let text = std::str::from_utf8(append.value.as_deref().unwrap_or_default()).unwrap_or("null");
    Document::parse_own(text).unwrap_or_else(|_| Document::empty_object())
}

fn own(writer: Writer) -> Document {
    Document::parse_own(&writer.finish()).expect("what was written is JSON")
}

/// The errors that a decision has kept. Such an expression is the likeliest cause of a difference, and shows in no task.
fn errors_of(decision: Value<'_>) -> Vec<String> {
    let rules = list(decision, "errors").into_iter().filter_map(|error| {
        let (rule, error) = (text(error, "rule")?, text(error, "error")?);
        Some(format!("the condition of rule `{rule}` ended in an error: {error}"))
    });
    let candidates = list(decision, "candidates").into_iter().filter_map(|candidate| {
        let action = text(candidate, "action")?;
        match (text(candidate, "by"), text(candidate, "detail")) {
            (Some(by), detail) if text(candidate, "verdict").as_deref() == Some("held") => {
                Some(format!("action `{action}` is held by `{by}` {}", detail.unwrap_or_default()))
            }
            (Some(by), Some(detail)) => {
                Some(format!("action `{action}` was turned down by `{by}`: {detail}"))
            }
            (Some(by), None) => Some(format!("action `{action}` was turned down by `{by}`")),
            (None, detail) => detail.map(|detail| format!("action `{action}`: {detail}")),
        }
    });
    rules.chain(candidates).collect()
}

fn failure(append: &Append) -> String {
    let header = |name: &str| {
        let found = append.headers.iter().find(|header| header.name == name)?;
        String::from_utf8(found.value.clone()?).ok()
    };
    let (code, detail) =
        (header("segue-error").unwrap_or_default(), header("segue-detail").unwrap_or_default());
    format!("the event failed: {code}: {detail}")
}

/// A task as tests see it: its data, and the topic it left on.
fn as_expected(task: &Append) -> Document {
    let document = document(task);
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("topic").string(&task.topic);
    for (name, value) in document.root().get("data").into_iter().flat_map(Value::members) {
        let _ = writer.key(name).value(value);
    }
    let _ = writer.end_object();
    Document::parse_own(&writer.finish()).expect("what was written is JSON")
}
