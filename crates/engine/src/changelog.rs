//! What a partition keeps, as records of the compacted topic `segue.profiles`, and back.
//!
//! Keys: `s/PERSON` and `k/KIND/ID` a profile, of a person and of a subject of another kind, `d/MARK` a duplicate mark, `e/MARK` that
//! somebody was erased, `r/TABLE/KEY` a row of everyone, `l/PARTITION/ACTION` how tasks were
//! responded to, `a/POLICY/ARM` what a control policy shows, `p` the partition's own
//! state. A step writes each changed thing once; a restart reads them all, the last of each key counting.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_document::{Document, Value, Writer};
use segue_log::{Place, Record};
use segue_model::subject::PERSON;
use segue_model::{Responses, Subject, Timestamp};
use segue_wire::topics::PROFILES;
use segue_wire::{Origin, profile};

mod marks;

use marks::{decode_mark, encode_mark, key_of};
pub use marks::{erased_at, erased_record, key_of_erased};

use crate::arms::Arm;
use crate::effects::Effects;
use crate::joined::{ENTRIES_MAX, Ending, Joined};
use crate::learned::Kept;
use crate::marks::Mark;
use crate::partition::{Partition, Role};
use crate::state::{Broadcast, Passed, Reaching, State};

/// The version of all changelog records. A record of another version is refused, not guessed at.
pub const VERSION: i64 = 1;

/// What the sides of a control policy are called.
const CONTROL: &str = "control";
const OTHERS: &str = "others";

/// Why a changelog record could not be restored.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("changelog record {key:?} at {topic}/{partition}/{offset}: {detail}")]
pub struct RestoreError {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The offset.
    pub offset: u64,
    /// The kind of record, which is the first letter of its key.
    pub key: char,
    /// What is wrong.
    pub detail: String,
}

/// Adds what the step changed to what is written.
pub(crate) fn write(partition: &mut Partition, effects: &mut Effects) {
    let place = Place::Partition(place(partition.role, partition.number));
    let topic: Arc<str> = PROFILES.into();
    let mut put = |key: String, value: Option<String>| {
        effects.appends.push(segue_log::Append {
            topic: topic.clone(),
            place,
            key: Some(key.into_bytes()),
            value: value.map(String::into_bytes),
            headers: Vec::new(),
        });
    };
    for (subject, written) in partition.known.profiles.written() {
        put(key_of_profile(subject), written);
    }
    for ((table, key), row) in partition.known.rows.pending() {
        put(format!("r/{table}/{key}"), row.map(profile::encode_row));
    }
    for (action, number, kept) in partition.known.learned.pending() {
        put(format!("l/{number}/{action}"), Some(encode_kept(kept)));
    }
    for (policy, is_control, arm) in partition.known.arms.pending() {
        put(format!("a/{policy}/{}", if is_control { CONTROL } else { OTHERS }), Some(encode_arm(arm)));
    }
    for (mark, set_at) in partition.marks.pending() {
        put(key_of('d', mark), set_at.map(encode_mark));
    }
    for (mark, set_at) in partition.known.erased.pending() {
        put(key_of('e', mark), set_at.map(encode_mark));
    }
    put("p".to_owned(), Some(encode_state(&partition.state)));
}

/// The changelog's partition for a partition of the log: the same number, and one more for `segue.shared`.
pub fn place(role: Role, number: u32) -> u32 {
    match role {
        Role::Log => number,
        Role::Shared { partitions } => partitions,
    }
}

impl Partition {
    /// Puts in what a changelog record says. Called for each record of the partition's changelog, in order, before the
    /// first step.
    ///
    /// # Errors
    /// The record is not one that this version wrote: the partition must not begin, and nothing may be guessed.
    pub fn restore(&mut self, record: &Record) -> Result<(), RestoreError> {
        let key = std::str::from_utf8(record.key.as_deref().unwrap_or_default()).unwrap_or_default();
        self.restore_at(key, record.value.as_deref()).map_err(|detail| RestoreError {
            topic: record.topic.to_string(),
            partition: record.partition,
            offset: record.offset,
            key: key.chars().next().unwrap_or('?'),
            detail,
        })
    }

    /// Puts in what the shelf's own store keeps under a changelog record's key: as [`Partition::restore`], but for the
    /// profiles, which are there already. Called for each value, in any order, after [`Partition::keep_on`].
    ///
    /// # Errors
    /// What is wrong with it: what is kept was not written by this version.
    pub fn restore_kept(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        let key = std::str::from_utf8(key).map_err(|_| "a key is not UTF-8".to_owned())?;
        let Some(subject) = subject_of(key) else { return self.restore_at(key, Some(value)) };
        self.known.profiles.count_kept();
        let sides = &self.bundle.sides;
        // Of most subjects nothing waits, and nothing has to be known before they are decided on.
        if !sides.is_empty() || profile::may_wait(value) {
            let profile = profile::decode(value).map_err(|error| error.to_string())?;
            self.known.index_profile(sides, &subject, &profile);
        }
        Ok(())
    }

    fn restore_at(&mut self, key: &str, value: Option<&[u8]>) -> Result<(), String> {
        let text = match value {
            None => None,
            Some(value) => Some(std::str::from_utf8(value).map_err(|_| "not UTF-8".to_owned())?),
        };
        match key.split_once('/') {
            None if key == "p" => {
                let state =
                    text.and_then(decode_state).ok_or_else(|| "not a partition's state".to_owned())?;
                (self.state, self.committed) = (state.clone(), state);
            }
            Some(("s" | "k", _)) => {
                let decoded = text.map(|text| profile::decode(text.as_bytes())).transpose();
                let known = decoded.map_err(|error| error.to_string())?;
                let subject = subject_of(key).unwrap_or_default();
                let bytes = text.map_or(0, str::len);
                self.known.restore_profile(&self.bundle.sides, subject, known, bytes);
            }
            Some(("r", place)) => {
                let (table, key) = place.split_once('/').ok_or_else(|| "a row without a key".to_owned())?;
                let decoded = text.map(|text| profile::decode_row(text.as_bytes())).transpose();
                self.known.restore_row(table, key, decoded.map_err(|error| error.to_string())?);
            }
            Some(("l", place)) => {
                let place =
                    place.split_once('/').and_then(|(number, action)| Some((number.parse().ok()?, action)));
                let (number, action) = place.ok_or_else(|| "responses without an action".to_owned())?;
                let kept = text.map(|text| decode_kept(text).ok_or_else(|| "not responses".to_owned()));
                self.known.learned.restore(action, number, kept.transpose()?);
            }
            Some(("a", side)) => {
                let (policy, arm) =
                    side.split_once('/').ok_or_else(|| "an arm without a policy".to_owned())?;
                let is_control = match arm {
                    CONTROL => true,
                    OTHERS => false,
                    _ => return Err("not an arm".to_owned()),
                };
                let arm = text.map(|text| decode_arm(text).ok_or_else(|| "not an arm".to_owned()));
                self.known.arms.restore(policy, is_control, arm.transpose()?);
            }
            Some((kind @ ("d" | "e"), mark)) => {
                let set_at = match text {
                    None => None,
                    Some(text) => Some(decode_mark(text).ok_or_else(|| "not a mark".to_owned())?),
                };
                let mark = Mark::parse(mark).ok_or_else(|| "not a mark".to_owned())?;
                let marks = if kind == "d" { &mut self.marks } else { &mut self.known.erased };
                marks.restore(mark, set_at);
            }
            _ => return Err("unknown key".to_owned()),
        }
        Ok(())
    }
}

/// The changelog's key of the profile of the subject of an inner key.
pub fn key_of_profile(subject: &str) -> String {
    match Subject::kind_of_inner_key(subject) {
        PERSON => ["s/", subject].concat(),
        _ => format!("k/{}", Subject::of_inner_key(subject)),
    }
}

/// The inner key of the subject whose profile a changelog record keeps; `None` for a record of another kind.
pub fn subject_of(key: &str) -> Option<String> {
    match key.split_once('/')? {
        ("s", id) => Some(Subject::person(id).inner_key()),
        ("k", subject) => {
            let (kind, id) = subject.split_once('/').unwrap_or(("", subject));
            let kind = if kind.is_empty() { PERSON } else { kind };
            Some(Subject { kind: kind.to_owned(), id: id.to_owned() }.inner_key())
        }
        _ => None,
    }
}

fn encode_arm(arm: Arm) -> String {
    let mut writer = Writer::with_capacity(64);
    let _ = writer.begin_object().key("v").integer(VERSION).key("subjects").unsigned(arm.subjects);
    let _ = writer.key("goals").unsigned(arm.goals).end_object();
    writer.finish()
}

fn decode_arm(text: &str) -> Option<Arm> {
    let document = Document::parse_own(text).ok()?;
    let root = document.root();
    let number = |name| u64::try_from(root.get(name)?.as_i64()?).ok();
    let arm = Arm { subjects: number("subjects")?, goals: number("goals")? };
    (root.get("v")?.as_i64()? == VERSION).then_some(arm)
}

fn encode_kept(kept: Kept) -> String {
    let mut writer = Writer::with_capacity(64);
    let _ = writer.begin_object().key("v").integer(VERSION).key("positives").unsigned(kept.counted.positives);
    let _ = writer.key("responses").unsigned(kept.counted.responses);
    if kept.is_untold {
        let _ = writer.key("untold").bool(true);
    }
    let _ = writer.end_object();
    writer.finish()
}

fn decode_kept(text: &str) -> Option<Kept> {
    let document = Document::parse_own(text).ok()?;
    let root = document.root();
    let number = |name| u64::try_from(root.get(name)?.as_i64()?).ok();
    let counted = Responses { positives: number("positives")?, responses: number("responses")? };
    (root.get("v")?.as_i64()? == VERSION).then_some(Kept { counted, is_untold: root.get("untold").is_some() })
}

fn encode_state(state: &State) -> String {
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("v").integer(VERSION).key("now").integer(state.now.0);
    if let Some(next) = state.next {
        let _ = writer.key("next").integer(next as i64);
    }
    if let Some(Broadcast { offset, after, reached, has_acted }) = &state.broadcast {
        let _ = writer.key("broadcast").begin_array().integer(*offset as i64).string(after);
        let _ = writer.unsigned(*reached).bool(*has_acted).end_array();
    }
    if state.passed.count > 0 {
        let _ = writer.key("passed").begin_array().integer(state.passed.offset as i64);
        let _ = writer.integer(i64::from(state.passed.count)).end_array();
    }
    if state.slices > 0 {
        let _ = writer.key("slices").integer(i64::from(state.slices));
    }
    if let Some(behind) = state.behind {
        let _ = writer.key("behind").integer(behind.0);
    }
    if let Some(told_at) = state.told_at {
        let _ = writer.key("told_at").integer(told_at.0);
    }
    write_bars(&mut writer, state);
    for (name, digest) in [("bundle", &state.bundle), ("former", &state.former), ("shadow", &state.shadow)] {
        if let Some(digest) = digest {
            let _ = writer.key(name).string(digest);
        }
    }
    if !state.reaching.is_empty() {
        let _ = writer.key("reaching").begin_array();
        for (row, Reaching { from, subjects, has_acted }) in &state.reaching {
            let _ = writer.begin_array().unsigned(*row).unsigned(*subjects).bool(*has_acted);
            for partition in from {
                let _ = writer.unsigned(u64::from(*partition));
            }
            let _ = writer.end_array();
        }
        let _ = writer.end_array();
    }
    let _ = writer.key("origins").begin_array();
    for origin in state.origins.iter() {
        let _ = writer.begin_array().string(&origin.topic).string(&origin.incarnation.to_string());
        let _ = writer.integer(i64::from(origin.partition)).integer(origin.offset as i64);
        let _ = writer.integer(i64::from(origin.n)).end_array();
    }
    let _ = writer.end_array().key("joined").begin_object();
    if let Some(since) = state.joined.since {
        let _ = writer.key("since").integer(since.0);
    }
    let _ = writer.key("entries").begin_array();
    for run in runs(&state.joined.entries) {
        let _ = writer
            .begin_array()
            .integer(run.0 as i64)
            .integer(run.1 as i64)
            .string(run.2.as_str())
            .end_array();
    }
    let _ = writer.end_array().end_object().end_object();
    writer.finish()
}

/// What keeps tasks from leaving: topics that cannot be written, and what is paused.
fn write_bars(writer: &mut Writer, state: &State) {
    if !state.closed.is_empty() {
        let _ = writer.key("closed").begin_array();
        for (topic, from) in &state.closed {
            let _ = writer.begin_array().string(topic).integer(*from as i64).end_array();
        }
        let _ = writer.end_array();
    }
    if !state.paused.is_empty() {
        let _ = writer.key("paused").begin_array();
        for part in &state.paused {
            let _ = writer.string(part);
        }
        let _ = writer.end_array();
    }
    if let Some(after) = &state.resumed {
        let _ = writer.key("resumed").string(after);
    }
}

/// Entries as runs of neighbouring offsets with one ending: first, last, ending. Order is kept, so that what was
/// gathered reads back as it was.
fn runs(entries: &[(u64, Ending)]) -> Vec<(u64, u64, Ending)> {
    let mut runs: Vec<(u64, u64, Ending)> = Vec::new();
    for (offset, ending) in entries {
        match runs.last_mut() {
            Some((_, last, its)) if its == ending && *last + 1 == *offset => *last = *offset,
            _ => runs.push((*offset, *offset, *ending)),
        }
    }
    runs
}

fn decode_reaching(root: Value<'_>) -> Option<BTreeMap<u64, Reaching>> {
    let number = |value: Option<Value<'_>>| u64::try_from(value?.as_i64()?).ok();
    let items = root.get("reaching").into_iter().flat_map(|reaching| reaching.items());
    let read = items.map(|item| {
        let from = item.items().skip(3).map(|value| u32::try_from(value.as_i64()?).ok());
        let from = from.collect::<Option<_>>()?;
        let (subjects, has_acted) = (number(item.item(1))?, item.item(2)?.as_bool()?);
        Some((number(item.item(0))?, Reaching { from, subjects, has_acted }))
    });
    read.collect()
}

/// What [`write_bars`] wrote.
fn read_bars(root: Value<'_>, state: &mut State) -> Option<()> {
    for item in root.get("closed").into_iter().flat_map(|closed| closed.items()) {
        let from = u64::try_from(item.item(1)?.as_i64()?).ok()?;
        let _ = state.closed.insert(item.item(0)?.as_str()?.to_owned(), from);
    }
    for part in root.get("paused").into_iter().flat_map(|paused| paused.items()) {
        let _ = state.paused.insert(part.as_str()?.to_owned());
    }
    if let Some(after) = root.get("resumed") {
        state.resumed = Some(after.as_str()?.to_owned());
    }
    Some(())
}

fn decode_state(text: &str) -> Option<State> {
    let document = Document::parse_own(text).ok()?;
    let root = document.root();
    if root.get("v")?.as_i64()? != VERSION {
        return None;
    }
    let mut state = State { now: Timestamp(root.get("now")?.as_i64()?), ..State::default() };
    if let Some(next) = root.get("next") {
        state.next = Some(u64::try_from(next.as_i64()?).ok()?);
    }
    if let Some(broadcast) = root.get("broadcast") {
        let offset = u64::try_from(broadcast.item(0)?.as_i64()?).ok()?;
        let after = broadcast.item(1)?.as_str()?.to_owned();
        let reached = broadcast.item(2).and_then(|count| count.as_i64()).unwrap_or(0);
        let has_acted = broadcast.item(3).and_then(|acted| acted.as_bool()).unwrap_or(false);
        state.broadcast = Some(Broadcast { offset, after, reached: u64::try_from(reached).ok()?, has_acted });
    }
    if let Some(passed) = root.get("passed") {
        let offset = u64::try_from(passed.item(0)?.as_i64()?).ok()?;
        state.passed = Passed { offset, count: u32::try_from(passed.item(1)?.as_i64()?).ok()? };
    }
    state.slices = match root.get("slices") {
        None => 0,
        Some(slices) => u32::try_from(slices.as_i64()?).ok()?,
    };
    state.behind = match root.get("behind") {
        None => None,
        Some(behind) => Some(Timestamp(behind.as_i64()?)),
    };
    state.told_at = match root.get("told_at") {
        None => None,
        Some(at) => Some(Timestamp(at.as_i64()?)),
    };
    read_bars(root, &mut state)?;
    for (name, digest) in
        [("bundle", &mut state.bundle), ("former", &mut state.former), ("shadow", &mut state.shadow)]
    {
        if let Some(known) = root.get(name) {
            *digest = Some(known.as_str()?.to_owned());
        }
    }
    state.reaching = decode_reaching(root)?;
    for item in root.get("origins")?.items() {
        let number = |at: usize| item.item(at).and_then(|number| number.as_i64());
        let _ = state.origins.admit(&Origin {
            topic: item.item(0)?.as_str()?.to_owned(),
            incarnation: item.item(1)?.as_str()?.parse().ok()?,
            partition: u32::try_from(number(2)?).ok()?,
            offset: u64::try_from(number(3)?).ok()?,
            n: u32::try_from(number(4)?).ok()?,
        });
    }
    let joined = root.get("joined")?;
    let mut entries = Vec::new();
    for run in joined.get("entries")?.items() {
        let place = |at: usize| u64::try_from(run.item(at)?.as_i64()?).ok();
        let (first, last) = (place(0)?, place(1)?);
        let count = last.checked_sub(first)?.checked_add(1)?;
        // A damaged record must not make the router gather what no partition ever gathers.
        if entries.len() as u64 + count > ENTRIES_MAX as u64 {
            return None;
        }
        let name = run.item(2)?.as_str()?;
        let ending = Ending::ALL.into_iter().find(|ending| ending.as_str() == name)?;
        entries.extend((first..=last).map(|offset| (offset, ending)));
    }
    let since = joined.get("since").and_then(|since| since.as_i64()).map(Timestamp);
    state.joined = Joined { since, entries };
    Some(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partitions_state_reads_back_as_it_was() {
        let mut state = State { next: Some(17), now: Timestamp(5), ..State::default() };
        state.broadcast = Some(Broadcast { offset: 16, after: "c/\"1".into(), reached: 7, has_acted: true });
        state.passed = Passed { offset: 16, count: 3 };
        let reaching = Reaching { from: [0, 3].into(), subjects: 5, has_acted: true };
        let _ = state.reaching.insert(12, reaching);
        (state.slices, state.behind) = (2, Some(Timestamp(9)));
        (state.bundle, state.former) = (Some("b2".into()), Some("b1".into()));
        let _ = state.closed.insert("desk.\"tasks".into(), 15);
        let _ = state.paused.insert("destination/desk".into());
        (state.shadow, state.resumed) = (Some("d3".into()), Some("c/\"2".into()));
        let origin = Origin { topic: "a".into(), incarnation: u64::MAX, partition: 3, offset: 9, n: 1 };
        assert!(state.origins.admit(&origin));
        for (offset, ending) in
            [(3, Ending::Tick), (4, Ending::NoRule), (5, Ending::NoRule), (9, Ending::NoRule)]
        {
            state.joined.add(offset, ending, Some(Timestamp(offset as i64)));
        }
        assert_eq!(decode_state(&encode_state(&state)), Some(state));
        assert_eq!(decode_state(r#"{"v":2}"#), None);
        for damaged in [
            r#"{"v":1,"now":5,"next":-7,"origins":[],"joined":{"entries":[]}}"#,
            r#"{"v":1,"now":5,"next":7,"origins":[],"joined":{"entries":[[5,3,"tick"]]}}"#,
            r#"{"v":1,"now":5,"next":7,"origins":[],"joined":{"entries":[[0,999999999999,"no_rule"]]}}"#,
            r#"{"v":1,"now":5,"next":7,"origins":[["a","1",0,-1,0]],"joined":{"entries":[]}}"#,
        ] {
            assert_eq!(decode_state(damaged), None, "{damaged}");
        }
    }
}
