//! Results of tests, as people read them.

use segue_bundle::visible;

use super::Report;
use crate::suite::TestResult;
use crate::suite::coverage::{ClauseCoverage, Coverage, RuleCoverage};
use crate::suite::failures::{Failure, FailureKind, failures, shown, shown_task};
use crate::suite::update::Change;
use crate::terminal::{Stop, Style, Terminal};

/// Writes what was rewritten, then each test, then what was reached.
pub(super) fn write(report: &Report, terminal: &Terminal) -> Result<(), Stop> {
    for one in report.changes.iter().flatten() {
        change(one, terminal)?;
    }
    for one in &report.results {
        result(one, terminal)?;
    }
    match &report.coverage {
        Some(one) => coverage(one, terminal),
        None => Ok(()),
    }
}

fn change(change: &Change, terminal: &Terminal) -> Result<(), Stop> {
    let Change { file, test, step, line, removed, added } = change;
    let (file, test) = (visible(file), visible(test));
    let place = terminal.styled(Style::Faint, &format!("{file}:{line}"));
    terminal
        .show(&format!("{} {place}: step {step} of {test}", terminal.styled(Style::Strong, "rewrote")))?;
    for line in removed {
        terminal.show(&terminal.styled(Style::Error, &format!("-{}", visible(line))))?;
    }
    for line in added {
        terminal.show(&terminal.styled(Style::Good, &format!("+{}", visible(line))))?;
    }
    terminal.show("")
}

fn result(result: &TestResult, terminal: &Terminal) -> Result<(), Stop> {
    if result.passed() {
        return terminal.show(&format!(
            "{}  {}",
            terminal.styled(Style::Good, "passed"),
            visible(&result.name)
        ));
    }
    terminal.show(&format!("{}  {}", terminal.styled(Style::Error, "FAILED"), visible(&result.name)))?;
    let mut last = None;
    for failure in failures(result) {
        let place = (failure.line, failure.step);
        if last.as_ref() != Some(&place) {
            say_notes(result, last.take(), terminal)?;
            let step = failure.step.map_or(String::new(), |(number, at)| format!(": step {number}, at {at}"));
            let file = format!("{}:{}", visible(&result.file), failure.line);
            terminal.show(&format!("        {}{step}", terminal.styled(Style::Faint, &file)))?;
            last = Some(place);
        }
        lines(&failure, terminal).iter().try_for_each(|line| terminal.show(&format!("          {line}")))?;
    }
    say_notes(result, last, terminal)
}

type StepPlace = (usize, Option<(usize, segue_model::Timestamp)>);

/// What may explain the differences of a step comes after them.
fn say_notes(result: &TestResult, place: Option<StepPlace>, terminal: &Terminal) -> Result<(), Stop> {
    let number = place.and_then(|(_, step)| Some(step?.0));
    let step = result.steps.iter().find(|step| Some(step.number) == number);
    let notes = step.into_iter().flat_map(|step| &step.notes);
    notes.into_iter().try_for_each(|note| {
        terminal.show(&format!("          {} {}", terminal.styled(Style::Strong, "note:"), visible(note)))
    })
}

/// A failure, in lines below its step.
fn lines(failure: &Failure, terminal: &Terminal) -> Vec<String> {
    let task = visible(failure.task.as_deref().unwrap_or_default());
    let head = match failure.kind {
        FailureKind::Given | FailureKind::Event => visible(&failure.message).into_owned(),
        FailureKind::Differs => format!("{task}: {}", visible(failure.path.as_deref().unwrap_or_default())),
        FailureKind::Missing => format!("{} {task}", terminal.styled(Style::Error, "missing:")),
        FailureKind::Extra => format!("{} {task}", terminal.styled(Style::Error, "not expected:")),
        FailureKind::Order => "another order, best first".to_owned(),
    };
    let clean = |text: String| visible(&text).into_owned();
    let expected = failure.expected.as_deref().map(shown).map(clean);
    let actual = failure.actual.as_deref().map(match failure.kind {
        FailureKind::Extra => shown_task,
        _ => shown,
    });
    let actual = actual.map(clean);
    let mut lines = vec![head];
    if let Some(expected) = expected {
        lines.push(format!("  expected {}", terminal.styled(Style::Good, &expected)));
    }
    match (failure.kind, actual) {
        (FailureKind::Differs, None) => lines.push("  actual   nothing".to_owned()),
        (_, Some(actual)) => lines.push(format!("  actual   {}", terminal.styled(Style::Error, &actual))),
        (_, None) => {}
    }
    lines
}

fn coverage(coverage: &Coverage, terminal: &Terminal) -> Result<(), Stop> {
    let Coverage { rules, signals, rejections, events } = coverage;
    table("rule", rules, terminal)?;
    table("signal", signals, terminal)?;
    for rule in rules.iter().chain(signals) {
        rule.clauses.iter().try_for_each(|clause| unreached(rule, clause, terminal))?;
    }
    if !rejections.is_empty() {
        terminal.show(&terminal.styled(Style::Strong, "\nturned down"))?;
    }
    for one in rejections {
        let never = if one.times == 0 { terminal.styled(Style::Warning, "  never") } else { String::new() };
        terminal.show(&format!("{} by {}: {}{never}", one.action, one.by, one.times))?;
    }
    let unsent: Vec<String> =
        events.iter().filter(|event| !event.2).map(|event| format!("{} of {}", event.1, event.0)).collect();
    if !unsent.is_empty() {
        let head = terminal.styled(Style::Strong, "\nevents never sent:");
        terminal.show(&format!("{head} {}", unsent.join(", ")))?;
    }
    let (reached, all) = coverage.branches();
    terminal.show(&format!("\ncoverage: {reached} of {all} branches"))
}

fn table(kind: &str, rules: &[RuleCoverage], terminal: &Terminal) -> Result<(), Stop> {
    if rules.is_empty() {
        return Ok(());
    }
    let names = rules.iter().map(|rule| rule.id.chars().count());
    let width = names.chain([kind.len()]).max().unwrap_or(0);
    let head = format!("\n{kind:width$}  {:>6}  {:>9}  {:>6}", "fired", "not fired", "errors");
    terminal.show(&terminal.styled(Style::Strong, &head))?;
    for rule in rules {
        let not_fired = rule.not_fired.map_or("-".to_owned(), |times| times.to_string());
        let row = format!("{:width$}  {:>6}  {not_fired:>9}  {:>6}", rule.id, rule.fired, rule.errors);
        terminal.show(&format!("{row}{}", remark(rule, terminal)))?;
    }
    Ok(())
}

fn remark(rule: &RuleCoverage, terminal: &Terminal) -> String {
    let remark = match (rule.fired, rule.not_fired) {
        (0, None | Some(0)) => "never asked",
        (0, _) => "never fired",
        (_, Some(0)) => "always fired",
        _ => return String::new(),
    };
    format!("  {}", terminal.styled(Style::Warning, remark))
}

/// Shows a part of a condition that was not both true and false, in its line.
fn unreached(rule: &RuleCoverage, clause: &ClauseCoverage, terminal: &Terminal) -> Result<(), Stop> {
    let Some(never) = clause.never() else { return Ok(()) };
    let never = terminal.styled(Style::Warning, never);
    let Some(spot) = &clause.spot else {
        let source = clause.source.split_whitespace().collect::<Vec<_>>().join(" ");
        return terminal.show(&format!("\n{}: `{}` is {never}", rule.id, visible(&source)));
    };
    let margin = spot.line.to_string().len();
    let place =
        terminal.styled(Style::Faint, &format!("{}:{}:{}", visible(&spot.file), spot.line, spot.column));
    let start = spot.column.saturating_sub(1);
    let end = spot.end_column.saturating_sub(1).max(start + 1);
    let (shown, mark) = segue_bundle::excerpt(&spot.line_text, start..end);
    let (indent, carets) = (" ".repeat(mark.start), "^".repeat(mark.len()));
    terminal.show(&format!("\n{:margin$}--> {place}", ""))?;
    terminal.show(&format!("{:margin$} |", ""))?;
    terminal.show(&format!("{} | {shown}", spot.line))?;
    terminal.show(&format!("{:margin$} | {indent}{carets} {never}", ""))
}
