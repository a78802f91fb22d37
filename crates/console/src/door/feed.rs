//! What goes out of an embedded log: the records of a few topics, read on from a cursor.
//!
//! A cursor is a text such as `crm.tasks:12~crm.tasks.urgent:3`: of each topic the place that is read next. It needs nobody to
//! remember it, so it outlives readers and routers; a topic that it does not name is read from its beginning.

use std::collections::BTreeMap;

use segue_log::embedded::Embedded;

use super::refusal::Refusal;

/// The longest cursor, in bytes.
const CURSOR_BYTES_MAX: usize = 8 << 10;
/// Once an answer has so many bytes, it takes in no more events.
const ANSWER_BYTES_MAX: usize = 4 << 20;
/// How many records are read at a time.
const READ_MAX: usize = 100;

/// How far each topic was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor(BTreeMap<String, u64>);

impl Cursor {
    pub(crate) fn parse(text: &str) -> Result<Cursor, Refusal> {
        let bad = || {
            let hint = "give the `segue-cursor` of the answer before, or none to begin at the beginning";
            Refusal::bad("bad-cursor", "this is no cursor of this router", hint)
        };
        if text.len() > CURSOR_BYTES_MAX {
            return Err(bad());
        }
        let part = |part: &str| {
            let (topic, next) = part.split_once(':')?;
            Some((topic.to_owned(), next.parse().ok()?))
        };
        let parts = text.split('~').filter(|one| !one.is_empty());
        parts.map(part).collect::<Option<_>>().map(Cursor).ok_or_else(bad)
    }

    pub(crate) fn text(&self) -> String {
        let parts: Vec<String> = self.0.iter().map(|(topic, next)| format!("{topic}:{next}")).collect();
        parts.join("~")
    }
}

/// An event that goes out, with the cursor behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) text: String,
    pub(crate) cursor: String,
}

/// Reads on, each topic in its order and the first topics first; the cursor then stands behind what was read.
///
/// # Errors
/// The cursor stands behind the end: it is of another log.
pub(crate) fn read_on(
    log: &Embedded,
    topics: &[String],
    cursor: &mut Cursor,
    events_max: usize,
) -> Result<Vec<Left>, Refusal> {
    let mut all: Vec<Left> = Vec::new();
    let mut bytes = 0;
    for topic in topics {
        // A topic of a bundle that was deployed a moment ago may not be there yet.
        let Some(end) = log.end(topic, 0) else { continue };
        let mut next = cursor.0.get(topic).copied().unwrap_or(0);
        if next > end {
            let hint = "begin without `after`: the log's directory is another one";
            return Err(Refusal::bad("bad-cursor", "the cursor stands behind the log's end", hint));
        }
        while next < end && all.len() < events_max && bytes < ANSWER_BYTES_MAX {
            let wanted = READ_MAX.min(events_max - all.len());
            let records = log.read(topic, 0, next, wanted).unwrap_or_default();
            if records.is_empty() {
                break;
            }
            for record in records {
                next = record.offset + 1;
                let _ = cursor.0.insert(topic.clone(), next);
                let Some(text) = record.value.and_then(|value| String::from_utf8(value).ok()) else {
                    continue;
                };
                bytes += text.len();
                all.push(Left { text, cursor: cursor.text() });
                if bytes >= ANSWER_BYTES_MAX {
                    break;
                }
            }
        }
        let _ = cursor.0.entry(topic.clone()).or_insert(next);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_log::{Append, Place};

    #[test]
    fn a_cursor_goes_on_where_it_was_and_nothing_is_left_out_or_shown_twice() {
        let log = Embedded::in_memory();
        let topics = ["urgent".to_owned(), "plain".to_owned(), "not-yet".to_owned()];
        for topic in &topics[..2] {
            let _ = log.create_topic(topic, 1).expect("it is made");
        }
        let put = |topic: &str, value: &str| {
            let (topic, value) = (topic.into(), Some(value.into()));
            let append = Append { topic, place: Place::Key, key: None, value, headers: Vec::new() };
            let _ = log.append(vec![append]).expect("it is written");
        };
        for (topic, value) in [("plain", "1"), ("urgent", "2"), ("plain", "3")] {
            put(topic, value);
        }
        let mut cursor = Cursor::default();
        let mut seen = Vec::new();
        for expected in [2, 1, 0] {
            let read = read_on(&log, &topics, &mut cursor, 2).expect("it is read");
            assert_eq!(read.len(), expected);
            seen.extend(read.into_iter().map(|left| left.text));
            cursor = Cursor::parse(&cursor.text()).expect("what is given out is taken back");
        }
        assert_eq!(seen, ["2", "1", "3"]);
        assert_eq!(cursor.text(), "plain:2~urgent:1");
        put("urgent", "4");
        assert_eq!(read_on(&log, &topics, &mut cursor, 9).expect("it is read")[0].text, "4");
        for wrong in ["x", "plain:-1", "plain:1~x"] {
            assert_eq!(Cursor::parse(wrong).expect_err("no cursor").code, "bad-cursor", "{wrong}");
        }
        let mut far = Cursor::parse("plain:9").expect("it is one");
        assert_eq!(read_on(&log, &topics, &mut far, 9).expect_err("too far").code, "bad-cursor");
    }
}
