//! What is kept of a subject, and rows of everyone, as the compacted topic and the store hold them.

mod agenda;
mod past;

pub(crate) use agenda::{read_event, write_event};

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_document::{Kind, Value, Writer, member};
use segue_model::id::Id;
use segue_model::{Forward, Heard, Latest, Profile, Row, Rows, Timestamp, Trial};

use crate::own::{self, DecodeError, PROFILE_VERSION, VERSION};

/// The version in which profiles are written.
pub const FORMAT: i64 = PROFILE_VERSION;

/// What a profile takes beside its attributes, in bytes, if it has no rows and a little past.
const ROOM: usize = 320;

/// Writes a profile.
pub fn encode(profile: &Profile) -> String {
    let who_bytes = profile.who.as_ref().map_or(0, |who| who.text().len());
    let mut writer = Writer::with_capacity(ROOM + who_bytes);
    let _ = writer.begin_object().member(member!(v)).integer(PROFILE_VERSION);
    if let Some(who) = &profile.who {
        let _ = writer.member(member!(who)).value(who.root());
    }
    write_instants(writer.member(member!(who_instants)), &profile.who_instants);
    if !profile.who_said.is_empty() {
        write_instants(writer.member(member!(who_said)), &profile.who_said);
    }
    if let Some(heard) = &profile.heard {
        let _ = writer.member(member!(heard)).begin_object().member(member!(at)).integer(heard.at.0);
        let _ = writer.member(member!(channel)).string(&heard.channel).end_object();
    }
    for (name, latest) in [("where", &profile.place), ("device", &profile.device)] {
        if let Some(latest) = latest {
            let _ = writer.key(name).begin_object().member(member!(at)).integer(latest.at.0);
            let _ = writer.key("is").value(latest.facts.root()).end_object();
        }
    }
    let _ = writer.member(member!(tables)).begin_object();
    for (table, rows) in &profile.tables {
        let _ = writer.key(table).begin_object();
        for (key, row) in &rows.0 {
            let _ = writer.key(key).begin_object();
            write_row(&mut writer, row);
            let _ = writer.end_object();
        }
        let _ = writer.end_object();
    }
    let _ = writer.end_object();
    if !profile.past.is_empty() {
        past::write(writer.member(member!(past)), &profile.past);
    }
    if !profile.trials.is_empty() {
        let _ = writer.key("trials").begin_object();
        for (policy, trial) in &profile.trials {
            let _ = writer.key(policy).begin_array().integer(trial.since.0);
            let _ = writer.bool(trial.is_control).bool(trial.is_reached).end_array();
        }
        let _ = writer.end_object();
    }
    if !profile.agenda.is_empty() {
        agenda::write(writer.member(member!(agenda)), &profile.agenda);
    }
    if let Some(forward) = &profile.forward {
        let _ = writer.member(member!(forward)).begin_object().member(member!(to)).string(&forward.to);
        let _ = writer.member(member!(tasks)).begin_object();
        for (task, forget) in &forward.tasks {
            let _ = writer.key(&task.to_string()).integer(forget.0);
        }
        let _ = writer.end_object().end_object();
    }
    let _ = writer.end_object();
    writer.finish()
}

/// Reads a profile back.
///
/// # Errors
/// When it is not one that this version writes or one before it: the state is of a newer router, or not a router's.
pub fn decode(bytes: &[u8]) -> Result<Profile, DecodeError> {
    let document = own::parse(bytes)?;
    let root = document.root();
    own::check_versions(root, VERSION..=PROFILE_VERSION)?;
    let tables = own::required(root.get("tables").filter(|tables| tables.kind() == Kind::Object), "tables")?;
    let tables = tables.members().map(|(table, rows)| {
        let rows = rows.members().map(|(key, row)| Ok((key.to_owned(), read_row(row)?)));
        Ok((table.to_owned(), Rows(rows.collect::<Result<_, DecodeError>>()?)))
    });
    let trials = root.get("trials").into_iter().flat_map(Value::members);
    let trials = trials.map(|(policy, trial)| read_trial(policy, trial));
    Ok(Profile {
        who: root.get("who").map(|who| Arc::new(who.to_document())),
        who_instants: own::instants(root.get("who_instants"), "who_instants")?,
        who_said: match root.get("who_said") {
            None => BTreeMap::new(),
            some => own::instants(some, "who_said")?,
        },
        heard: root.get("heard").map(read_heard).transpose()?,
        place: root.get("where").map(|value| read_latest(value, "where")).transpose()?,
        device: root.get("device").map(|value| read_latest(value, "device")).transpose()?,
        tables: tables.collect::<Result<_, DecodeError>>()?,
        trials: trials.collect::<Result<_, DecodeError>>()?,
        past: past::read(root.get("past"))?,
        agenda: Arc::new(agenda::read(root.get("agenda"))?),
        forward: root.get("forward").map(read_forward).transpose()?.map(Box::new),
    })
}

fn read_forward(value: Value<'_>) -> Result<Forward, DecodeError> {
    let tasks = own::instants(value.get("tasks"), "forward")?.into_iter().map(|(task, forget)| {
        let task = own::required(Id::parse(&task), "forward")?;
        Ok((task, forget))
    });
    Ok(Forward { to: own::string(value.get("to"), "forward")?, tasks: tasks.collect::<Result<_, _>>()? })
}

fn read_heard(value: Value<'_>) -> Result<Heard, DecodeError> {
    Ok(Heard {
        channel: own::string(value.get("channel"), "heard")?,
        at: own::instant(value.get("at"), "heard")?,
    })
}

fn read_latest(value: Value<'_>, member: &'static str) -> Result<Latest, DecodeError> {
    let facts = own::required(own::around(value.get("is"), member)?, member)?;
    Ok(Latest { facts, at: own::instant(value.get("at"), member)? })
}

fn read_trial(policy: &str, value: Value<'_>) -> Result<(String, Trial), DecodeError> {
    let truth = |at| own::required(value.item(at).and_then(Value::as_bool), "trials");
    let since = own::instant(value.item(0), "trials")?;
    Ok((policy.to_owned(), Trial { since, is_control: truth(1)?, is_reached: truth(2)? }))
}

/// The id that a person goes by, as the profile of theirs is written whose other id this is; `None` where it is nobody else's.
pub fn goes_by(written: &[u8]) -> Option<String> {
    if !written.windows(FORWARD.len()).any(|found| found == FORWARD) {
        return None;
    }
    let document = own::parse(written).ok()?;
    own::string(document.root().get("forward")?.get("to"), "forward").ok()
}

/// What a profile holds whose person goes by another id.
const FORWARD: &[u8] = b"\"forward\":";

/// True if something waits for the subject of a profile, as it is written; it may also be true where nothing does.
pub fn may_wait(written: &[u8]) -> bool {
    const AGENDA: &[u8] = b"\"agenda\":";
    written.windows(FORWARD.len()).any(|found| found.starts_with(AGENDA) || found == FORWARD)
}

/// Writes a row of a table of everyone.
pub fn encode_row(row: &Row) -> String {
    let mut writer = Writer::new();
    let _ = writer.begin_object().member(member!(v)).integer(VERSION);
    write_row(&mut writer, row);
    let _ = writer.end_object();
    writer.finish()
}

/// Reads a row of a table of everyone back.
///
/// # Errors
/// As [`decode`].
pub fn decode_row(bytes: &[u8]) -> Result<Row, DecodeError> {
    let document = own::parse(bytes)?;
    own::check_version(document.root())?;
    read_row(document.root())
}

fn write_row(writer: &mut Writer, row: &Row) {
    let _ = writer.member(member!(row)).value(row.document.root());
    write_instants(writer.member(member!(instants)), &row.instants);
}

fn write_instants(writer: &mut Writer, instants: &BTreeMap<String, Timestamp>) {
    let _ = writer.begin_object();
    for (source, instant) in instants {
        let _ = writer.key(source).integer(instant.0);
    }
    let _ = writer.end_object();
}

fn read_row(value: Value<'_>) -> Result<Row, DecodeError> {
    Ok(Row {
        document: Arc::new(own::required(value.get("row"), "row")?.to_document()),
        instants: own::instants(value.get("instants"), "instants")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_document::Document;

    fn profile() -> Profile {
        let mut profile = Profile::default();
        let who =
            Document::parse_own(r#"{"tier":"gold","balance":0.10,"big":12345678901234567890}"#).unwrap();
        let row = Document::parse_own(r#"{"a/b":[1,2,{"c":null}]}"#).unwrap();
        assert!(profile.merge_who("crm", Timestamp(5), who.root()));
        profile.heard = Some(Heard { channel: "web".into(), at: Timestamp(7) });
        let paris = Document::parse_own(r#"{"country":"FR","lat":48.850,"lon":2.35}"#).unwrap();
        profile.place = Some(Latest { facts: Arc::new(paris), at: Timestamp(-8) });
        let phone = Document::parse_own(r#"{"kind":"phone"}"#).unwrap();
        profile.device = Some(Latest { facts: Arc::new(phone), at: Timestamp(9) });
        let accounts = profile.tables.entry("accounts".into()).or_default();
        let trial = Trial { since: Timestamp(-3), is_control: true, is_reached: false };
        let _ = profile.trials.insert("service-control".into(), trial);
        assert!(accounts.write("A \"1\"", "billing", Timestamp(-7), row.root(), false));
        profile
    }

    #[test]
    fn a_profile_reads_back_as_it_was_written() {
        for profile in [Profile::default(), profile()] {
            let text = encode(&profile);
            let back = decode(text.as_bytes()).unwrap();
            assert_eq!(encode(&back), text);
            assert_eq!(back.who, profile.who);
            assert_eq!(back.who_instants, profile.who_instants);
            assert_eq!(back.trials, profile.trials);
            assert_eq!(back.heard, profile.heard);
            assert_eq!((back.place, back.device), (profile.place, profile.device));
        }
        let text = encode(&profile());
        assert!(text.contains(r#""balance":0.10,"big":12345678901234567890"#), "{text}");
        assert!(
            text.contains(r#""tables":{"accounts":{"A \"1\"":{"row":{"a/b":[1,2,{"c":null}]},"#),
            "{text}"
        );
    }

    #[test]
    fn one_who_goes_by_another_id_reads_back_and_is_known_to_be_asked_for() {
        let task = segue_model::id::task("s", "e", "r", "a", &segue_model::Subject::person("web:1"));
        let forward = Forward { to: "c\"1".into(), tasks: vec![(task, Timestamp(9))] };
        let mut gone = Profile { forward: Some(Box::new(forward)), ..Profile::default() };
        gone.date_who(Timestamp(4), Document::parse_own(r#"{"name":null}"#).unwrap().root());
        let written = encode(&gone);
        let back = decode(written.as_bytes()).unwrap();
        assert_eq!((back.forward, back.who_said), (gone.forward, gone.who_said));
        assert!(may_wait(written.as_bytes()), "{written}");
        assert!(!may_wait(encode(&Profile::default()).as_bytes()));
    }

    #[test]
    fn a_row_reads_back_as_it_was_written() {
        let row = profile().tables["accounts"].0["A \"1\""].clone();
        let back = decode_row(encode_row(&row).as_bytes()).unwrap();
        assert_eq!((back.document, back.instants), (row.document, row.instants));
    }

    #[test]
    fn what_another_version_wrote_is_refused_rather_than_guessed() {
        let newer = encode(&profile()).replace("\"v\":4", "\"v\":5");
        assert_eq!(decode(newer.as_bytes()).expect_err("newer"), DecodeError::Version { found: Some(5) });
        assert_eq!(decode(b"{}").expect_err("foreign"), DecodeError::Version { found: None });
        assert_eq!(decode_row(b"{\"v\":1}").expect_err("no row"), DecodeError::Member { member: "row" });
        assert_eq!(decode(b"\xff").expect_err("no text"), DecodeError::NotUtf8);
        assert!(matches!(decode(b"{"), Err(DecodeError::NotJson(_))));
    }
}
