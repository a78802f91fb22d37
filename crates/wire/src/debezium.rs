//! Change events of Debezium, as its JSON converter writes them, with and without the envelope of a schema.
//!
//! | `op` | type of the event | its data |
//! |---|---|---|
//! | `c` | `TABLE.created` | the row after the change |
//! | `u` | `TABLE.updated` | the row after the change |
//! | `r`, of a snapshot | `TABLE.read` | the row |
//! | `d` | `TABLE.deleted` | the row before the change, as far as the database tells it |
//! | `t` | `TABLE.truncated` | none |
//!
//! TABLE is the table's own name, or the collection's. The time is when the database made the change. Change events have no
//! id: theirs follows from what they say and from the place in the database's own log, so that one that is sent again is
//! the same. A tombstone, which follows a deletion so that compaction can forget the row, says nothing new.

use segue_document::{Document, Kind, Limits, Value};
use segue_model::{FailureCode, Timestamp, id};

use crate::incoming::{ATTRIBUTE_BYTES_MAX, DataPlace, Failure, Frame, Incoming};

/// Where the parts of a change event stand: at the root, or in the envelope of a schema.
struct Parts {
    prefix: &'static str,
    after: DataPlace,
    before: DataPlace,
}

const BARE: Parts =
    Parts { prefix: "", after: DataPlace::At(&["after"]), before: DataPlace::At(&["before"]) };
const ENVELOPED: Parts = Parts {
    prefix: "/payload",
    after: DataPlace::At(&["payload", "after"]),
    before: DataPlace::At(&["payload", "before"]),
};

/// The milliseconds since 1970 that RFC 3339 can write.
const TIMES: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// Reads the event in a record; `None` for a tombstone.
///
/// # Errors
/// The first thing that is wrong, with its code and its place in the message.
pub fn decode(frame: &Frame<'_>, limits: &Limits) -> Result<Option<Incoming>, Failure> {
    frame.refuse_too_large(limits)?;
    let Some(bytes) = frame.body()? else { return Ok(None) };
    let document = Document::parse(bytes, limits).map_err(|error| Failure::of_parse(error, ""))?;
    let root = document.root();
    let (change, parts) = match root.get("payload").filter(|_| root.get("schema").is_some()) {
        Some(payload) => (payload, ENVELOPED),
        None => (root, BARE),
    };
    if change.is_null() {
        return Ok(None);
    }
    let missing = |name: &str, detail: &'static str| {
        Failure::new(FailureCode::NoType, detail).at(format!("{}{name}", parts.prefix))
    };
    let op = change.get("op").and_then(Value::as_str);
    let (verb, place) = match op {
        Some("c") => ("created", parts.after),
        Some("u") => ("updated", parts.after),
        Some("r") => ("read", parts.after),
        Some("d") => ("deleted", parts.before),
        Some("t") => ("truncated", DataPlace::Absent),
        _ => return Err(missing("/op", "no change that is known")),
    };
    let source = change.get("source");
    let name = |key: &str| source.and_then(|source| source.get(key)).and_then(Value::as_str);
    let table = name("table").or_else(|| name("collection"));
    let table = table.filter(|table| !table.is_empty() && table.len() <= ATTRIBUTE_BYTES_MAX);
    let table = table.ok_or_else(|| missing("/source/table", "no name of a table"))?;
    let millis = source.and_then(|source| source.get("ts_ms")).or_else(|| change.get("ts_ms"));
    let time = match millis.filter(|millis| !millis.is_null()) {
        None => None,
        Some(millis) => {
            Some(millis.as_i64().filter(|millis| TIMES.contains(millis)).map(Timestamp).ok_or_else(|| {
                Failure::new(FailureCode::BadTime, "no whole number of milliseconds of the years 0 to 9999")
                    .at(format!("{}/source/ts_ms", parts.prefix))
            })?)
        }
    };
    let raw = |value: Option<Value<'_>>| value.map_or("", |value| value.raw()).as_bytes().to_vec();
    let said = [raw(source), raw(change.get("before")), raw(change.get("after"))];
    let key = frame.key.unwrap_or_default();
    let id = id::digest(
        [op.unwrap_or_default().as_bytes(), key].into_iter().chain(said.iter().map(Vec::as_slice)),
    );
    let kind = format!("{table}.{verb}");
    // MongoDB's connector writes its documents as texts.
    let row = place.of(root).filter(|row| row.kind() == Kind::String).and_then(Value::as_str);
    let inner = row.map(|text| Document::parse(text.as_bytes(), limits)).transpose();
    let inner = inner.map_err(|error| Failure::of_parse(error, "/data"))?;
    let incoming = match inner {
        Some(row) => Incoming::of(row, DataPlace::Root),
        None => Incoming::of(document, place),
    };
    Ok(Some(Incoming { id, kind, time, ..incoming }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str =
        r#"{"connector":"postgresql","table":"accounts","lsn":24023128,"ts_ms":1772445600123}"#;

    fn change(op: &str, before: &str, after: &str) -> String {
        format!(
            r#"{{"before":{before},"after":{after},"source":{SOURCE},"op":"{op}","ts_ms":1772445600999}}"#
        )
    }

    fn take(message: &str) -> Result<Option<Incoming>, Failure> {
        let frame = Frame { key: Some(b"{\"id\":7}"), value: Some(message.as_bytes()), ..Frame::default() };
        decode(&frame, &Limits::CONTRACT)
    }

    #[test]
    fn each_change_is_an_event_of_its_table_with_and_without_the_envelope_of_a_schema() {
        let row = r#"{"id":7,"balance":1.50}"#;
        for (op, before, after, kind, data) in [
            ("c", "null", row, "accounts.created", Some(row)),
            ("u", r#"{"id":7,"balance":2.0}"#, row, "accounts.updated", Some(row)),
            ("r", "null", row, "accounts.read", Some(row)),
            ("d", row, "null", "accounts.deleted", Some(row)),
            ("t", "null", "null", "accounts.truncated", None),
            ("c", "null", "null", "accounts.created", None),
        ] {
            let bare = change(op, before, after);
            let enveloped = format!(r#"{{"schema":{{"type":"struct"}},"payload":{bare}}}"#);
            let events = [&bare, &enveloped].map(|message| take(message).unwrap().unwrap());
            for event in &events {
                assert_eq!((event.kind.as_str(), event.data().map(|data| data.raw())), (kind, data));
                assert_eq!(event.time, Some(Timestamp(1_772_445_600_123)));
            }
            assert_eq!(events[0].id, events[1].id);
        }
        let mongo = change("c", "null", r#""{\"_id\": {\"$oid\": \"a\"}, \"n\": 1.50}""#);
        assert_eq!(
            take(&mongo).unwrap().unwrap().data().unwrap().raw(),
            r#"{"_id": {"$oid": "a"}, "n": 1.50}"#
        );
    }

    #[test]
    fn a_change_that_is_sent_again_is_the_same_and_another_is_not() {
        let id = |message: &str| take(message).unwrap().unwrap().id;
        let first = change("c", "null", r#"{"id":7}"#);
        assert_eq!(
            id(&first),
            id(&first.replace("1772445600999", "1772445700000")),
            "only sent at another time"
        );
        assert_ne!(id(&first), id(&first.replace("24023128", "24023129")));
        assert_ne!(id(&first), id(&change("u", "null", r#"{"id":7}"#)));
    }

    #[test]
    fn a_tombstone_is_no_event_and_each_fault_has_its_code_and_its_place() {
        use FailureCode::*;
        assert!(decode(&Frame { key: Some(b"7"), ..Frame::default() }, &Limits::CONTRACT).unwrap().is_none());
        assert!(take(r#"{"schema":null,"payload":null}"#).unwrap().is_none());
        for (message, code, pointer) in [
            ("no", NotJson, None),
            ("7", NoType, Some("/op")),
            (r#"{"op":"x"}"#, NoType, Some("/op")),
            (r#"{"op":"c","source":{}}"#, NoType, Some("/source/table")),
            (r#"{"schema":1,"payload":{"op":"c"}}"#, NoType, Some("/payload/source/table")),
            (r#"{"op":"c","source":{"table":"a","ts_ms":"now"}}"#, BadTime, Some("/source/ts_ms")),
            (r#"{"op":"c","source":{"table":"a","ts_ms":-62167219200001}}"#, BadTime, Some("/source/ts_ms")),
            (r#"{"op":"c","source":{"table":"a"},"after":"{"}"#, NotJson, Some("/data")),
        ] {
            let failure = take(message).map(|_| ()).expect_err(message);
            assert_eq!((failure.code, failure.pointer.as_deref()), (code, pointer), "{message}");
        }
    }
}
