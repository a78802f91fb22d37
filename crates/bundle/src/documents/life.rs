//! How the tasks of an action live: held, released while a calendar is open, asked, brought up again, over.

use segue_expr::Template;
use segue_model::Span;
use segue_yaml::{Node, Report, ScalarKind, Value, did_you_mean};

use super::Documents;
use super::expressions::span;
use super::fields::{Fields, Keys, duration, positive, text, texts};
use crate::bundle::{Ask, Complexity, Hold, Sensitivity};
use crate::context::{Compiler, Context};

const ASK_KEYS: Keys = Keys { known: &["question", "answers", "wait"] };

/// When a task is released, and what becomes of it then.
pub(super) struct Times {
    pub(super) during: Option<String>,
    pub(super) due: Option<Span>,
    pub(super) expires: Option<Span>,
    pub(super) remind: Vec<Span>,
}

pub(super) fn complexity(report: &mut Report<'_>, fields: &Fields<'_>) -> Complexity {
    match fields.word(report, "complexity", &["simple", "complex", "difficult"]) {
        Some("complex") => Complexity::Complex,
        Some("difficult") => Complexity::Difficult,
        _ => Complexity::Simple,
    }
}

pub(super) fn sensitivity(report: &mut Report<'_>, fields: &Fields<'_>) -> Sensitivity {
    match fields.word(report, "sensitivity", &["public", "personal", "private"]) {
        Some("public") => Sensitivity::Public,
        Some("private") => Sensitivity::Private,
        _ => Sensitivity::Personal,
    }
}

/// Reads how long a task is held at least: a duration, or an expression that gives one.
pub(super) fn hold(
    report: &mut Report<'_>,
    node: &Node,
    context: &Context<'_>,
    compiler: &mut Compiler,
) -> Option<Hold> {
    if let Value::Scalar(scalar) = &node.value {
        let is_number = matches!(scalar.kind, ScalarKind::Int | ScalarKind::Float);
        if is_number || Span::parse(&scalar.text).is_some() {
            return duration(report, "hold", node).map(Hold::Span);
        }
        for (start, end) in chosen(&scalar.text) {
            let written = &scalar.text[start..end];
            if Span::parse(written).is_none() {
                let place = node.place_inside(&report.files[node.place.file], start, end);
                report.error("bad-duration", place, format!("`{written}` is no duration")).hint =
                    Some("write a number and its unit: `90s`, `15m`, `24h`, `7d`, `2w`, `1h30m`".to_owned());
            }
        }
    }
    span(report, "hold", node, context, compiler).map(|hold| Hold::Expression(Box::new(hold)))
}

/// The texts that an expression gives as they stand there, as far as that is plain to see: it is one, or chooses among
/// some by `?` and `:`. Where they stand, in bytes, without their quotes.
fn chosen(source: &str) -> Vec<(usize, usize)> {
    let (mut found, mut at, mut depth, mut before) = (Vec::new(), 0, 0usize, None);
    while let Some(first) = source[at..].chars().next() {
        let mut length = first.len_utf8();
        if matches!(first, '\'' | '"') {
            let inner = &source[at + 1..];
            let Some(close) = inner.find(first) else { return found };
            let after = inner[close + 1..].trim_start().chars().next();
            let is_branch = matches!(before, None | Some('?' | ':')) && matches!(after, None | Some(':'));
            if depth == 0 && is_branch && !inner[..close].contains('\\') {
                found.push((at + 1, at + 1 + close));
            }
            length = close + 2;
        }
        match first {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if !first.is_whitespace() {
            before = Some(first);
        }
        at += length;
    }
    found
}

/// Reads when a task is released, and what becomes of it then.
pub(super) fn times(report: &mut Report<'_>, documents: &Documents<'_>, fields: &Fields<'_>) -> Times {
    let during = fields
        .text(report, "during")
        .filter(|during| documents.check(report, "calendar", during.text, during.place))
        .map(|during| during.text.to_owned());
    let mut length = |name: &str| fields.get(name).and_then(|node| positive(report, name, node));
    let (due, expires) = (length("due"), length("expires"));
    if let (Some(due), Some(expires), Some(node)) = (due, expires, fields.get("due"))
        && due >= expires
    {
        let message = format!("the task is over after {expires}, before it is due");
        let _ = report.warning("never-fires", node.place, message);
    }
    let remind = fields.get("remind").map(|node| remind(report, node, expires)).unwrap_or_default();
    Times { during, due, expires, remind }
}

/// Reads the reminders: one after the other, and all before the task is over.
fn remind(report: &mut Report<'_>, node: &Node, expires: Option<Span>) -> Vec<Span> {
    let Value::List(items) = &node.value else {
        let message = format!("`remind` is a list of durations, not {}", node.describe());
        report.error("wrong-type", node.place, message).hint =
            node.as_text().map(|text| format!("write `[{text}]`"));
        return Vec::new();
    };
    if items.is_empty() {
        let _ = report.error("wrong-type", node.place, "`remind` must name at least one");
    }
    let mut remind: Vec<Span> = Vec::new();
    for item in items {
        let Some(at) = positive(report, "remind", item) else { continue };
        if let Some(last) = remind.last().filter(|last| at <= **last) {
            let message = format!("the reminder after {at} does not come after the one after {last}");
            report.error("bad-duration", item.place, message).hint =
                Some("write them in their order, each once".to_owned());
        } else if let Some(expires) = expires.filter(|expires| at >= *expires) {
            let message = format!("the task is over after {expires}, before the reminder after {at}");
            report.error("bad-duration", item.place, message).hint =
                Some("let it come earlier, or let the task expire later".to_owned());
        }
        remind.push(at);
    }
    remind
}

/// Reads a question; `compile` compiles its text for the destination that is told.
pub(super) fn ask(
    report: &mut Report<'_>,
    node: &Node,
    compile: &mut impl FnMut(&mut Report<'_>, &str, &Node) -> Option<Template>,
) -> Option<Ask> {
    let fields = Fields::of_node(report, "`ask`".to_owned(), node, &ASK_KEYS)?;
    let question = fields.required(report, "question").and_then(|node| compile(report, "question", node));
    let answers = fields.required(report, "answers").map(|node| answers(report, node));
    let wait = fields.required(report, "wait").and_then(|node| positive(report, "wait", node));
    Some(Ask { question: question?, answers: answers?, wait: wait? })
}

fn answers(report: &mut Report<'_>, node: &Node) -> Vec<String> {
    let mut answers: Vec<String> = Vec::new();
    for answer in texts(report, "answers", node, false) {
        if answer.text.contains("{{") {
            let message = "an answer is a plain text, the same for everyone";
            report.error("wrong-type", answer.place, message).hint =
                Some("leave `{{ }}` to the question".to_owned());
        } else if answers.iter().any(|other| other == answer.text) {
            let message = format!("`{}` is an answer twice", answer.text);
            let _ = report.error("duplicate-key", answer.place, message);
        }
        answers.push(answer.text.to_owned());
    }
    answers
}

/// Reports an answer that an action does not offer, as far as that can be told. `ask` is the action's key.
pub(super) fn check_answer(report: &mut Report<'_>, action: &str, ask: Option<&Node>, answer: &Node) {
    let Some(given) = text(report, "answer", answer) else { return };
    let Some(ask) = ask else {
        let _ = report.error("unknown-name", given.place, format!("the action `{action}` asks nothing"));
        return;
    };
    let Value::Map(members) = &ask.value else { return };
    let Some(Value::List(items)) = ASK_KEYS.find(members, "answers").map(|node| &node.value) else { return };
    let offered = || items.iter().filter_map(Node::as_text);
    if !offered().any(|one| one == given.text) {
        let message = format!("`{}` is no answer to what the action `{action}` asks", given.text);
        report.error("unknown-name", given.place, message).hint = did_you_mean(given.text, offered());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_that_an_expression_chooses_among_are_found() {
        for (source, expected) in [
            ("'3h'", vec!["3h"]),
            ("\"3h\" ", vec!["3h"]),
            ("device.kind == 'phone' ? '3h' : '0s'", vec!["3h", "0s"]),
            ("a ? 'x' : b == 'y' ? '1h' : 'é'", vec!["x", "1h", "é"]),
            ("(a ? 'x' : 'y') == 'z' ? f('1') : {'k': '3h'}['k']", vec![]),
            ("who.hold", vec![]),
            ("'3h", vec![]),
            ("a ? 'x' + 'y' : 'z'", vec!["z"]),
        ] {
            let found: Vec<&str> =
                chosen(source).into_iter().map(|(start, end)| &source[start..end]).collect();
            assert_eq!(found, expected, "{source}");
        }
    }
}
