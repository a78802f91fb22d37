//! Writes what came into the tests that expected otherwise, and leaves all else in their files as it stands.
//!
//! Shape: [`rewrite`] takes the text of a file and the results of its tests, and gives the text with other `expect:` lists
//! and each [`Change`]. Pure; who writes the file checks first that the tests of the new text pass.
//! A task that was expected keeps the keys that its author named, and the text of what has not changed; one that was
//! not expected gets what identifies it: action, channel, subject. A step that went as expected is never touched.

use std::ops::Range;

use segue_document::{Document, Kind, Value, Writer};

use super::yaml::{self, Node};
use super::{Difference, Looked, TestResult, write};

/// A line longer than this is broken up.
const LINE_LENGTH_MAX: usize = 120;

/// How what came is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// With the author's own text wherever it still holds.
    Kept,
    /// Every list anew, where keeping the author's text has led to something else than was meant.
    Anew,
}

/// One list that was rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub file: String,
    /// The test's line of text.
    pub test: String,
    /// Which step, from 1.
    pub step: usize,
    /// The first line that differs, from 1, in the text as it was.
    pub line: usize,
    /// The lines that went.
    pub removed: Vec<String>,
    /// The lines that came.
    pub added: Vec<String>,
}

struct Edit {
    range: Range<usize>,
    text: String,
}

/// Rewrites what failing tests of a file expect. A test whose events failed is left alone, since what came is not what
/// its author had in mind.
pub fn rewrite(
    file: &str,
    text: &str,
    results: &[TestResult],
    manner: impl Fn(&TestResult) -> Manner,
) -> (String, Vec<Change>) {
    let documents = yaml::documents(text).unwrap_or_default();
    let (mut edits, mut changes) = (Vec::new(), Vec::new());
    for result in results.iter().filter(|result| result.file == file && can_be_rewritten(result)) {
        let document = documents.iter().find(|one| first_is(one, "test", &result.name));
        let steps = document.and_then(|document| document.get("steps")).map_or(&[][..], Node::items);
        for step in result.steps.iter().filter(|step| !step.passed()) {
            let (Some(looked), Some(node)) = (&step.looked, steps.get(step.number - 1)) else { continue };
            let Some(edit) = rewrite_list(text, node, looked, manner(result)) else { continue };
            let mut change = change(text, &edit);
            (change.file, change.test, change.step) = (file.to_owned(), result.name.clone(), step.number);
            changes.push(change);
            edits.push(edit);
        }
    }
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
    let mut rewritten = text.to_owned();
    for edit in edits {
        rewritten.replace_range(edit.range, &edit.text);
    }
    (rewritten, changes)
}

/// True if writing down what came makes the test pass.
pub fn can_be_rewritten(result: &TestResult) -> bool {
    !result.passed() && result.given.is_empty() && result.steps.iter().all(|step| step.failed.is_empty())
}

/// True for a document of that kind and id.
pub(super) fn first_is(document: &Node, kind: &str, id: &str) -> bool {
    let yaml::Kind::Map(members) = &document.kind else { return false };
    members.first().is_some_and(|(key, value)| key.text() == Some(kind) && value.text() == Some(id))
}

fn rewrite_list(text: &str, step: &Node, looked: &Looked, manner: Manner) -> Option<Edit> {
    let (key, list) = step.entry("expect")?;
    let is_block_step = !text[step.start..].starts_with('{');
    let items = match manner {
        Manner::Kept => list.items(),
        Manner::Anew => &[],
    };
    let wanted: Vec<Wanted<'_>> =
        (0..looked.actual.len()).map(|place| wanted(text, items, looked, place)).collect();
    if !text[list.start..].starts_with('[') && manner == Manner::Kept && !wanted.is_empty() {
        return Some(block(text, list, &wanted));
    }
    let start = if text[list.start..].starts_with('[') {
        list.start
    } else {
        // What follows the colon in its line is a comment, which stays.
        let colon = key.end + text[key.end..].find(':')? + 1;
        let line_end = colon + text[colon..].find('\n')?;
        let comment = text[colon..line_end].trim();
        let space = if comment.is_empty() { "" } else { "  " };
        let flow = format!(" {}{space}{comment}", flow(text, list, &wanted));
        return Some(Edit { range: colon..list.end, text: flow });
    };
    let new = flow(text, list, &wanted);
    let is_one_line = !text[list.start..list.end].contains('\n');
    let length = column(text, start) + new.chars().count();
    if is_block_step && is_one_line && !is_same(list, &wanted) && length > LINE_LENGTH_MAX {
        let indent = " ".repeat(column(text, key.start) + 2);
        let lines: String = wanted.iter().map(|wanted| format!("\n{indent}- {}", wanted.text)).collect();
        let blanks = text[..start].len() - text[..start].trim_end_matches(' ').len();
        return Some(Edit { range: start - blanks..list.end, text: lines });
    }
    Some(Edit { range: start..list.end, text: new })
}

/// A task as it is to be expected: its text, and which item of the old list it was.
struct Wanted<'n> {
    text: String,
    old: Option<&'n Node>,
}

fn wanted<'n>(text: &str, items: &'n [Node], looked: &Looked, actual_place: usize) -> Wanted<'n> {
    let actual = looked.actual[actual_place].root();
    let pair = looked.comparison.pairs.iter().find(|pair| pair.1 == actual_place);
    let Some(&(expected_place, _)) = pair else {
        return Wanted { text: identity(actual), old: None };
    };
    let anew = || write::flow(project(looked.expected[expected_place].root(), actual).root());
    let Some(item) = items.get(expected_place) else { return Wanted { text: anew(), old: None } };
    let different: Vec<&Difference> =
        looked.comparison.differences.iter().filter(|one| one.expected_place == expected_place).collect();
    let kept = with_differences(text, item, &different);
    Wanted { text: kept.unwrap_or_else(anew), old: Some(item) }
}

/// The text of an item with other values where they differ; `None` if one of them is nowhere.
fn with_differences(text: &str, item: &Node, different: &[&Difference]) -> Option<String> {
    let mut edits = Vec::new();
    for difference in different {
        let node = item.at_path(&difference.path)?;
        let actual = Document::parse_own(difference.actual.as_deref()?).ok()?;
        let old = &text[node.start..node.end];
        let new = match actual.root().as_str() {
            Some(new) if old.starts_with(['"', '\'', '|', '>']) => write::quoted(new),
            _ => write::flow(actual.root()),
        };
        edits.push((node.start - item.start..node.end - item.start, new));
    }
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut kept = text[item.start..item.end].to_owned();
    for (range, new) in edits {
        kept.replace_range(range, &new);
    }
    Some(kept)
}

/// What tells a task from others.
pub(super) fn identity(task: Value<'_>) -> String {
    let mut writer = Writer::new();
    let _ = writer.begin_object();
    for name in ["action", "channel", "subject"] {
        if let Some(value) = task.get(name).filter(|value| !value.is_null()) {
            let _ = writer.key(name).value(value);
        }
    }
    let _ = writer.end_object();
    write::flow(Document::parse_own(&writer.finish()).expect("what was written is JSON").root())
}

/// Of a value those parts that the other one names.
fn project(named: Value<'_>, actual: Value<'_>) -> Document {
    let mut writer = Writer::new();
    write_named(named, actual, &mut writer);
    Document::parse_own(&writer.finish()).expect("what was written is JSON")
}

fn write_named(named: Value<'_>, actual: Value<'_>, writer: &mut Writer) {
    match (named.kind(), actual.kind()) {
        (Kind::Object, Kind::Object) => {
            let _ = writer.begin_object();
            for (name, named) in named.members() {
                if let Some(actual) = actual.get(name) {
                    write_named(named, actual, writer.key(name));
                }
            }
            let _ = writer.end_object();
        }
        (Kind::Array, Kind::Array) if named.len() == actual.len() => {
            let _ = writer.begin_array();
            named.items().zip(actual.items()).for_each(|(named, actual)| write_named(named, actual, writer));
            let _ = writer.end_array();
        }
        _ => {
            let _ = writer.value(actual);
        }
    }
}

/// The list in brackets. One whose tasks are the same keeps what stands between them.
fn flow(text: &str, list: &Node, wanted: &[Wanted<'_>]) -> String {
    let items = list.items();
    let is_flow = text[list.start..].starts_with('[');
    if is_flow && is_same(list, wanted) {
        let mut kept = text[list.start..list.end].to_owned();
        for (wanted, item) in wanted.iter().zip(items).rev() {
            kept.replace_range(item.start - list.start..item.end - list.start, &wanted.text);
        }
        return kept;
    }
    let texts: Vec<&str> = wanted.iter().map(|wanted| wanted.text.as_str()).collect();
    match items.first().filter(|_| is_flow && text[list.start..list.end].contains('\n')) {
        Some(first) if !texts.is_empty() => {
            let indent = " ".repeat(column(text, first.start));
            let outer = &indent[..indent.len().saturating_sub(2)];
            format!("[\n{indent}{},\n{outer}]", texts.join(&format!(",\n{indent}")))
        }
        _ => format!("[{}]", texts.join(", ")),
    }
}

/// True if the tasks are those of the list, in its order.
fn is_same(list: &Node, wanted: &[Wanted<'_>]) -> bool {
    let items = list.items();
    let is_item = |(one, item): (&Wanted<'_>, &Node)| one.old.is_some_and(|old| std::ptr::eq(old, item));
    wanted.len() == items.len() && wanted.iter().zip(items).all(is_item)
}

/// The list as lines with dashes. An item keeps its lines, and those of the comments above it.
fn block(text: &str, list: &Node, wanted: &[Wanted<'_>]) -> Edit {
    let items = list.items();
    let first = line_start(text, list.start);
    let line_end = |at: usize| text[at..].find('\n').map_or(text.len(), |end| at + end);
    let last = items.last().map_or(list.end, |item| line_end(item.end));
    let indent = &text[first..list.start];
    let mut lines = Vec::new();
    for wanted in wanted {
        let place = wanted.old.and_then(|old| items.iter().position(|item| std::ptr::eq(item, old)));
        lines.push(match place {
            None => format!("{indent}- {}", wanted.text),
            Some(place) => {
                let item = &items[place];
                let begin =
                    if place == 0 { first } else { (line_end(items[place - 1].end) + 1).min(item.start) };
                format!("{}{}{}", &text[begin..item.start], wanted.text, &text[item.end..line_end(item.end)])
            }
        });
    }
    Edit { range: first..last, text: lines.join("\n") }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// How many characters stand before it in its line.
fn column(text: &str, at: usize) -> usize {
    text[line_start(text, at)..at].chars().count()
}

/// The lines that an edit changes.
fn change(text: &str, edit: &Edit) -> Change {
    let begin = line_start(text, edit.range.start);
    let end = text[edit.range.end..].find('\n').map_or(text.len(), |end| edit.range.end + end);
    let old = &text[begin..end];
    let new = format!("{}{}{}", &text[begin..edit.range.start], edit.text, &text[edit.range.end..end]);
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - same;
    let same_at_end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let owned = |lines: &[&str]| {
        lines[same..lines.len() - same_at_end].iter().map(|line| (*line).to_owned()).collect::<Vec<_>>()
    };
    Change {
        file: String::new(),
        test: String::new(),
        step: 0,
        line: text[..begin].matches('\n').count() + 1 + same,
        removed: owned(&old),
        added: owned(&new),
    }
}

#[cfg(test)]
mod tests;
