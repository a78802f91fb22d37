//! What is remembered of a subject's past. Events are written as lists, since there may be thousands of them:
//! `[time, logged_at, source, id, data, journey, namespace, place, where, device]`, with `null` for a journey that is the
//! id and for no namespace; the last two are left out where neither is kept. In version 1 there were no places: such events stand before all others of their instant.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_document::{Kind, Value, Writer, member};
use segue_model::past::{Datum, Figures, PathFigures, Running};
use segue_model::{Past, Remembered, Seen, Surroundings};

use crate::own::{self, DecodeError};

const MEMBER: &str = "past";

/// Writes a past as an object.
pub(super) fn write(writer: &mut Writer, past: &Past) {
    let _ = writer.begin_object().member(member!(placed)).unsigned(past.placed);
    for (name, all) in [("events", &past.events), ("released", &past.released), ("outcomes", &past.outcomes)]
    {
        if all.is_empty() && name == "outcomes" {
            continue;
        }
        let _ = writer.key(name).begin_object();
        for (name, remembered) in all {
            write_remembered(writer.key(name), remembered);
        }
        let _ = writer.end_object();
    }
    let _ = writer.end_object();
}

fn write_remembered(writer: &mut Writer, remembered: &Remembered) {
    let _ = writer.begin_object();
    write_all(writer.member(member!(seen)), &remembered.seen);
    let _ = writer.member(member!(running)).begin_array();
    for running in &remembered.running {
        write_running(writer, running);
    }
    let _ = writer.end_array().end_object();
}

fn write_all(writer: &mut Writer, all: &[Arc<Seen>]) {
    let _ = writer.begin_array();
    for seen in all {
        let _ = writer.begin_array().integer(seen.time.0).integer(seen.logged_at.0).string(&seen.source);
        let _ = writer.string(&seen.id).value(seen.data.root());
        let _ = writer.optional((seen.journey != seen.id).then_some(&seen.journey));
        let _ = writer.optional(seen.namespace.as_deref()).unsigned(seen.place);
        let Surroundings { place, device } = &seen.surroundings;
        if place.is_some() || device.is_some() {
            for facts in [place, device] {
                let _ = match facts {
                    Some(facts) => writer.value(facts.root()),
                    None => writer.null(),
                };
            }
        }
        let _ = writer.end_array();
    }
    let _ = writer.end_array();
}

fn write_running(writer: &mut Writer, running: &Running) {
    let _ = writer.begin_object().member(member!(same)).begin_array();
    for path in &running.same {
        let _ = writer.string(&path.join("."));
    }
    let _ = writer.end_array().member(member!(paths)).begin_object();
    for (path, is_time) in &running.paths {
        let _ = writer.key(&path.join(".")).bool(*is_time);
    }
    let _ = writer
        .end_object()
        .member(member!(latest))
        .bool(running.keeps_latest)
        .member(member!(keys))
        .begin_object();
    for (key, figures) in &running.keys {
        let _ = writer.key(key).begin_object().member(member!(count)).unsigned(figures.count);
        let _ = writer.member(member!(touched)).integer(figures.touched.0);
        if !figures.latest.is_empty() {
            write_all(writer.member(member!(latest)), &figures.latest);
        }
        for (path, of_path) in &figures.paths {
            // Every path begins with `data`, so that it is none of the names above.
            let _ = writer.key(&path.join(".")).begin_array().unsigned(of_path.count);
            let _ = writer.raw(&of_path.whole.to_string()).double(of_path.part);
            write_datum(writer, of_path.min.as_ref());
            write_datum(writer, of_path.max.as_ref());
            let _ = writer.end_array();
        }
        let _ = writer.end_object();
    }
    let _ = writer.end_object().end_object();
}

fn write_datum(writer: &mut Writer, datum: Option<&Datum>) {
    let _ = match datum {
        None => writer.null(),
        Some(Datum::Bool(truth)) => writer.bool(*truth),
        Some(Datum::Whole(whole)) => writer.integer(*whole),
        Some(Datum::Part(part)) => writer.double(*part),
        Some(Datum::Text(text)) => writer.string(text),
        Some(Datum::Time(seconds, nanos)) => {
            writer.begin_array().integer(*seconds).integer(i64::from(*nanos)).end_array()
        }
    };
}

/// Reads a past back; an absent one is empty.
pub(super) fn read(value: Option<Value<'_>>) -> Result<Past, DecodeError> {
    let Some(value) = value else { return Ok(Past::default()) };
    let all = |name: &str| -> Result<BTreeMap<String, Arc<Remembered>>, DecodeError> {
        let of = |(name, value): (&str, Value<'_>)| Ok((name.to_owned(), Arc::new(read_remembered(value)?)));
        object(value.get(name))?.members().map(of).collect()
    };
    let outcomes = if value.get("outcomes").is_some() { all("outcomes")? } else { BTreeMap::new() };
    let placed = count(value.get("placed"))?;
    Ok(Past { events: all("events")?, released: all("released")?, outcomes, placed })
}

fn read_remembered(value: Value<'_>) -> Result<Remembered, DecodeError> {
    let running = own::required(value.get("running"), MEMBER)?.items().map(read_running);
    Ok(Remembered {
        seen: read_all(own::required(value.get("seen"), MEMBER)?)?,
        running: running.collect::<Result<_, _>>()?,
    })
}

fn read_all(value: Value<'_>) -> Result<Vec<Arc<Seen>>, DecodeError> {
    let of = |value: Value<'_>| {
        let id = own::string(value.item(3), MEMBER)?;
        Ok(Arc::new(Seen {
            time: own::instant(value.item(0), MEMBER)?,
            logged_at: own::instant(value.item(1), MEMBER)?,
            source: own::string(value.item(2), MEMBER)?,
            data: own::required(value.item(4), MEMBER)?.to_document(),
            journey: own::optional(value.item(5), MEMBER)?.unwrap_or_else(|| id.clone()),
            namespace: own::optional(value.item(6), MEMBER)?,
            surroundings: own::surroundings(value.item(8), value.item(9), MEMBER)?,
            place: count(value.item(7))?,
            id,
        }))
    };
    value.items().map(of).collect()
}

fn read_running(value: Value<'_>) -> Result<Running, DecodeError> {
    let same = own::required(value.get("same"), MEMBER)?.items();
    let paths = object(value.get("paths"))?.members().map(|(text, is_time)| {
        let is_time = own::required(is_time.as_bool(), MEMBER)?;
        Ok((path(text), is_time))
    });
    let keys = object(value.get("keys"))?.members();
    Ok(Running {
        same: same
            .map(|text| own::required(text.as_str(), MEMBER).map(path))
            .collect::<Result<_, DecodeError>>()?,
        paths: paths.collect::<Result<_, DecodeError>>()?,
        keeps_latest: own::required(value.get("latest").and_then(Value::as_bool), MEMBER)?,
        keys: keys
            .map(|(key, figures)| Ok((key.to_owned(), read_figures(figures)?)))
            .collect::<Result<_, DecodeError>>()?,
    })
}

fn read_figures(value: Value<'_>) -> Result<Figures, DecodeError> {
    let paths = value.members().filter(|(name, _)| name.contains('.')).map(|(text, figures)| {
        let whole = figures.item(1).and_then(|whole| whole.raw().parse().ok());
        Ok((
            path(text),
            PathFigures {
                count: own::unsigned(figures.item(0), MEMBER)?,
                whole: own::required(whole, MEMBER)?,
                // A sum beyond the greatest double stays one that has no value.
                part: own::required(figures.item(2), MEMBER)?.as_f64().unwrap_or(f64::NAN),
                min: figures.item(3).and_then(read_datum),
                max: figures.item(4).and_then(read_datum),
            },
        ))
    });
    Ok(Figures {
        count: own::unsigned(value.get("count"), MEMBER)?,
        touched: own::instant(value.get("touched"), MEMBER)?,
        latest: value.get("latest").map(read_all).transpose()?.unwrap_or_default(),
        paths: paths.collect::<Result<_, DecodeError>>()?,
    })
}

fn read_datum(value: Value<'_>) -> Option<Datum> {
    match value.kind() {
        Kind::Array => {
            let nanos = u32::try_from(value.item(1)?.as_i64()?).ok()?;
            Some(Datum::Time(value.item(0)?.as_i64()?, nanos))
        }
        _ => Datum::of(value, false),
    }
}

/// A number that version 1 did not have.
fn count(value: Option<Value<'_>>) -> Result<u64, DecodeError> {
    value.map_or(Ok(0), |value| own::unsigned(Some(value), MEMBER))
}

fn object(value: Option<Value<'_>>) -> Result<Value<'_>, DecodeError> {
    own::required(value.filter(|value| value.kind() == Kind::Object), MEMBER)
}

fn path(text: &str) -> Vec<String> {
    text.split('.').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_document::Document;
    use segue_model::{Profile, Timestamp};

    use crate::profile::{decode, encode};

    fn seen(id: &str, at: i64, data: &str) -> Arc<Seen> {
        Arc::new(Seen {
            source: "billing".into(),
            namespace: (at % 2 == 0).then(|| "https://billing".into()),
            id: id.into(),
            time: Timestamp(at),
            logged_at: Timestamp(at + 5),
            journey: if at > 10 { "case-1".into() } else { id.into() },
            data: Document::parse_own(data).unwrap(),
            surroundings: Surroundings {
                place: (at % 3 == 0).then(|| Arc::new(Document::parse_own(r#"{"lat":1.50}"#).unwrap())),
                device: (at % 2 == 0).then(|| Arc::new(Document::parse_own(r#"{"kind":"tv"}"#).unwrap())),
            },
            place: at as u64,
        })
    }

    #[test]
    fn a_past_reads_back_as_it_was() {
        let path = |text: &str| path(text);
        let mut remembered = Remembered::default();
        remembered.running.push(Running { keeps_latest: true, ..Running::default() });
        remembered.running.push(Running {
            same: vec![path("data.a.b"), path("journey")],
            paths: [
                (path("data.n"), false),
                (path("data.at"), true),
                (path("data.big"), false),
                (path("data.t"), false),
            ]
            .into(),
            ..Running::default()
        });
        for (n, data) in [
            r#"{"a":{"b":"x\"y"},"n":1,"at":"2026-03-02T10:00:00.000000001+01:00","big":9223372036854775807}"#,
            r#"{"a":{"b":7.0},"n":0.1,"at":"2026-03-02T10:00:00Z","big":9223372036854775807,"t":true}"#,
            r#"{"n":-1e308,"t":"a"}"#,
            r#"{"a":{"b":7},"n":1e308,"big":1e308,"t":[1]}"#,
        ]
        .into_iter()
        .enumerate()
        {
            remembered.add(seen(&format!("e{n}"), 9 + n as i64, data));
        }
        let mut past = Past { placed: 12, ..Past::default() };
        let _ = past.released.insert("call".into(), Arc::new(remembered.clone()));
        let _ = past.events.insert("payment.failed".into(), Arc::new(remembered));
        let profile = Profile { past, ..Profile::default() };
        let text = encode(&profile);
        assert_eq!(decode(text.as_bytes()).unwrap().past, profile.past, "{text}");
    }

    #[test]
    fn a_past_of_version_1_is_read_and_comes_before_what_follows() {
        let text = r#"{"v":1,"who_instants":{},"tables":{},"past":{"events":{"bought":{"seen":
            [[5,5,"shop","e1",{},null,null]],"running":[]}},"released":{}}}"#;
        let mut past = decode(text.as_bytes()).unwrap().past;
        let old = &past.events["bought"].seen[0];
        assert_eq!((old.id.as_str(), old.place), ("e1", 0));
        assert_eq!(past.next_place(), 1);
        let newer = text.replace("null]]", "null,-1]]");
        assert_eq!(decode(newer.as_bytes()).expect_err("damaged"), DecodeError::Member { member: "past" });
    }

    #[test]
    fn a_profile_without_a_past_says_nothing_of_one_and_a_damaged_one_is_refused() {
        let text = encode(&Profile::default());
        assert!(!text.contains("past"), "{text}");
        assert_eq!(decode(text.as_bytes()).unwrap().past, Past::default());
        for damaged in [
            r#"{"events":{}}"#,
            r#"{"events":{"x":{"seen":[[1]],"running":[]}},"released":{}}"#,
            r#"{"events":{"x":{"seen":[],"running":[{"same":[],"paths":{},"latest":true}]}},"released":{}}"#,
        ] {
            let text = format!(r#"{{"v":1,"who_instants":{{}},"tables":{{}},"past":{damaged}}}"#);
            let error = decode(text.as_bytes()).expect_err(damaged);
            assert_eq!(error, DecodeError::Member { member: "past" }, "{damaged}");
        }
    }
}
