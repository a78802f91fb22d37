//! `calendar` documents: when something is open.

use std::ops::Range;

use segue_calendar::{Calendar, Fault, Key as Part};
use segue_yaml::{Key, Node, Place, Report, Value};

use super::Document;
use super::fields::{Fields, Keys, Text, mapping, text, texts};

const KEYS: Keys = Keys { known: &["calendar", "about", "timezone", "open", "closed"] };

/// How the spans of a list are joined, as they are where they are written in one text.
const JOINT: &str = ", ";

/// The days and the hours of an entry of `open`.
struct Entry<'n> {
    days: &'n Key,
    hours: Vec<&'n Node>,
}

/// Reads one calendar.
pub(crate) fn read(report: &mut Report<'_>, document: &Document<'_>) -> Option<(String, Calendar)> {
    let owner = format!("calendar `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let _ = fields.about(report);
    let timezone = fields.required_text(report, "timezone");
    let zone_node = fields.get("timezone");
    let open_node = fields.required(report, "open");
    let open = open_node.and_then(|node| open(report, node));
    let closed_node = fields.get("closed");
    let closed = closed_node.map(|node| closed(report, node)).unwrap_or_default();
    let (entries, open_node) = (open?, open_node?);
    let hours: Vec<String> = entries.iter().map(hours_of).collect();
    let spans = entries.iter().zip(&hours).map(|(entry, hours)| (entry.days.text.as_str(), hours.as_str()));
    // Without a zone, which is in the report, the rest is read all the same.
    let zone = timezone.map_or("person", |timezone| timezone.text);
    let read = Calendar::new(zone, spans, closed.iter().map(|date| date.text));
    let faults = match read {
        Ok(calendar) => return Some((document.id.to_owned(), calendar)),
        Err(faults) => faults,
    };
    for Fault { key, range, message, hint } in faults {
        let place = match key {
            Part::Timezone => zone_node.map(|node| inside(report, node, &range)),
            Part::Days(at) => entries.get(at).map(|entry| in_key(entry.days, &range)),
            Part::Hours(at) => entries.get(at).map(|entry| in_hours(report, entry, &range)),
            Part::Closed(at) => closed.get(at).map(|date| date.place),
            Part::ClosedDates => closed_node.map(|node| node.place),
            Part::Open | Part::From | Part::Until => None,
        };
        report.error("bad-calendar", place.unwrap_or(open_node.place), message).hint = hint;
    }
    None
}

fn open<'n>(report: &mut Report<'_>, node: &'n Node) -> Option<Vec<Entry<'n>>> {
    let members = mapping(report, "`open`", node)?;
    let mut entries = Vec::new();
    let mut is_whole = true;
    for (days, node) in members {
        let hours: Vec<&Node> = match &node.value {
            Value::List(items) => items.iter().collect(),
            _ => vec![node],
        };
        // What is no text, or no list of texts, is said where it stands.
        let known = match &node.value {
            Value::List(_) => texts(report, &days.text, node, false).len(),
            _ => usize::from(text(report, &days.text, node).is_some()),
        };
        is_whole &= known == hours.len() && known > 0;
        entries.push(Entry { days, hours });
    }
    is_whole.then_some(entries)
}

fn closed<'n>(report: &mut Report<'_>, node: &'n Node) -> Vec<Text<'n>> {
    // No date at all is said best by an empty list.
    if matches!(&node.value, Value::List(items) if items.is_empty()) {
        return Vec::new();
    }
    texts(report, "closed", node, false)
}

fn hours_of(entry: &Entry<'_>) -> String {
    let texts: Vec<&str> = entry.hours.iter().filter_map(|node| node.as_text()).collect();
    texts.join(JOINT)
}

fn inside(report: &Report<'_>, node: &Node, range: &Range<usize>) -> Place {
    node.place_inside(&report.files[node.place.file], range.start, range.end)
}

/// The place of a stretch of the hours of an entry, which may be a list.
fn in_hours(report: &Report<'_>, entry: &Entry<'_>, range: &Range<usize>) -> Place {
    let mut start = 0;
    for node in &entry.hours {
        let end = start + node.as_text().unwrap_or_default().len();
        if range.start <= end {
            return inside(report, node, &(range.start - start..range.end.min(end) - start));
        }
        start = end + JOINT.len();
    }
    entry.days.place
}

/// The place of a stretch of a key: all of the key, where it is not written as it reads.
fn in_key(key: &Key, range: &Range<usize>) -> Place {
    let length = key.text.chars().count();
    let gap = match key.place.end_column.checked_sub(key.place.column + length) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return key.place,
    };
    let count = |end: usize| key.text.get(..end).map_or(0, |text| text.chars().count());
    let column = key.place.column + gap;
    Place::in_line(key.place.file, key.place.line, column + count(range.start), column + count(range.end))
}
