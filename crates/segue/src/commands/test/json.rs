//! Results of tests, as programs read them: see `schemas/tests.json`.

use segue_document::Writer;

use super::Report;
use crate::suite::TestResult;
use crate::suite::coverage::{ClauseCoverage, Coverage, RuleCoverage};
use crate::suite::failures::{Failure, failures};
use crate::suite::update::Change;

/// All of it in one document.
pub(super) fn document(report: &Report) -> String {
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("v").integer(1).key("tests").begin_array();
    report.results.iter().for_each(|result| test(&mut writer, result));
    let _ = writer.end_array().key("passed").integer(report.passed() as i64);
    let _ = writer.key("failed").integer(report.failed() as i64);
    if let Some(changes) = &report.changes {
        let _ = writer.key("updated").begin_array();
        changes.iter().for_each(|one| change(&mut writer, one));
        let _ = writer.end_array();
    }
    if let Some(coverage) = &report.coverage {
        write_coverage(writer.key("coverage"), coverage);
    }
    let _ = writer.end_object();
    writer.finish()
}

/// A test a line; then what was rewritten, a list a line; then what was reached, in one line.
pub(super) fn lines(report: &Report) -> Vec<String> {
    let mut lines: Vec<String> =
        report.results.iter().map(|result| line(|writer| test(writer, result))).collect();
    for one in report.changes.iter().flatten() {
        lines.push(line(|writer| {
            change(writer.begin_object().key("updated"), one);
            let _ = writer.end_object();
        }));
    }
    lines.extend(report.coverage.as_ref().map(|coverage| {
        line(|writer| {
            write_coverage(writer.begin_object().key("coverage"), coverage);
            let _ = writer.end_object();
        })
    }));
    lines
}

fn line(write: impl FnOnce(&mut Writer)) -> String {
    let mut writer = Writer::new();
    write(&mut writer);
    writer.finish()
}

fn test(writer: &mut Writer, result: &TestResult) {
    let _ = writer.begin_object().key("test").string(&result.name).key("file").string(&result.file);
    let _ = writer.key("line").integer(result.line as i64);
    let _ = writer.key("passed").bool(result.passed()).key("failures").begin_array();
    failures(result).iter().for_each(|one| failure(writer, one));
    let _ = writer.end_array().key("notes").begin_array();
    for step in &result.steps {
        for note in &step.notes {
            let _ = writer.begin_object().key("line").integer(step.line as i64);
            let _ = writer.key("step").integer(step.number as i64).key("message").string(note).end_object();
        }
    }
    let _ = writer.end_array().end_object();
}

fn failure(writer: &mut Writer, failure: &Failure) {
    let _ = writer.begin_object().key("line").integer(failure.line as i64);
    let _ = writer.key("message").string(&failure.message);
    let _ = writer.key("kind").string(failure.kind.as_str());
    if let Some((number, at)) = failure.step {
        let _ = writer.key("step").integer(number as i64).key("at").string(&at.to_string());
    }
    for (name, text) in [("task", &failure.task), ("path", &failure.path)] {
        if let Some(text) = text {
            let _ = writer.key(name).string(text);
        }
    }
    for (name, json) in [("expected", &failure.expected), ("actual", &failure.actual)] {
        if let Some(json) = json {
            let _ = writer.key(name).raw(json);
        }
    }
    let _ = writer.end_object();
}

fn change(writer: &mut Writer, change: &Change) {
    let _ = writer.begin_object().key("test").string(&change.test).key("file").string(&change.file);
    let _ = writer.key("line").integer(change.line as i64).key("step").integer(change.step as i64);
    for (name, lines) in [("removed", &change.removed), ("added", &change.added)] {
        let _ = writer.key(name).begin_array();
        for line in lines {
            let _ = writer.string(line);
        }
        let _ = writer.end_array();
    }
    let _ = writer.end_object();
}

fn write_coverage(writer: &mut Writer, coverage: &Coverage) {
    let (reached, all) = coverage.branches();
    let _ = writer.begin_object().key("branches").integer(all as i64);
    let _ = writer.key("reached").integer(reached as i64).key("rules").begin_array();
    coverage.rules.iter().for_each(|one| rule(writer, "rule", one));
    let _ = writer.end_array().key("signals").begin_array();
    coverage.signals.iter().for_each(|one| rule(writer, "signal", one));
    let _ = writer.end_array().key("rejections").begin_array();
    for one in &coverage.rejections {
        let _ = writer.begin_object().key("action").string(&one.action).key("by").string(&one.by);
        let _ = writer.key("times").integer(one.times as i64).end_object();
    }
    let _ = writer.end_array().key("events").begin_array();
    for (source, kind, is_sent) in &coverage.events {
        let _ = writer.begin_object().key("source").string(source).key("type").string(kind);
        let _ = writer.key("sent").bool(*is_sent).end_object();
    }
    let _ = writer.end_array().end_object();
}

fn rule(writer: &mut Writer, kind: &str, rule: &RuleCoverage) {
    let _ = writer.begin_object().key(kind).string(&rule.id);
    let _ = writer.key("fired").integer(rule.fired as i64).key("not_fired");
    let _ = match rule.not_fired {
        Some(times) => writer.integer(times as i64),
        None => writer.null(),
    };
    let _ = writer.key("errors").integer(rule.errors as i64).key("clauses").begin_array();
    rule.clauses.iter().for_each(|one| clause(writer, one));
    let _ = writer.end_array().end_object();
}

fn clause(writer: &mut Writer, clause: &ClauseCoverage) {
    let _ = writer.begin_object().key("source").string(&clause.source);
    for (name, times) in [("true", clause.was_true), ("false", clause.was_false), ("errors", clause.errors)] {
        let _ = writer.key(name).integer(times as i64);
    }
    if let Some(spot) = &clause.spot {
        let _ = writer.key("file").string(&spot.file).key("line").integer(spot.line as i64);
        let _ = writer.key("column").integer(spot.column as i64);
        let _ = writer.key("end_column").integer(spot.end_column as i64);
    }
    let _ = writer.end_object();
}
