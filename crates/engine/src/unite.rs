//! What is known of two subjects that turned out to be one, put together.
//!
//! Invariant: nothing is counted twice that both know by its id, and which of them was known first changes nothing: of
//! each attribute and each row what was said last holds.

use std::cmp::Ordering;
use std::sync::Arc;

use segue_document::{Document, Value, Writer};
use segue_model::profile::Latest;
use segue_model::{Agenda, Profile, Row, Timestamp, Wait};

/// Takes in what is known of another subject that turned out to be this one.
pub(crate) fn unite(own: &mut Profile, other: &Profile) {
    unite_who(own, other);
    for (table, rows) in &other.tables {
        let mine = &mut own.tables.entry(table.clone()).or_default().0;
        for (key, row) in &rows.0 {
            let united = mine.get(key).map_or_else(|| row.clone(), |mine| unite_rows(mine, row));
            let _ = mine.insert(key.clone(), united);
        }
    }
    if let Some(theirs) = &other.heard
        && own.heard.as_ref().is_none_or(|mine| (mine.at, &mine.channel) < (theirs.at, &theirs.channel))
    {
        own.heard = Some(theirs.clone());
    }
    unite_latest(&mut own.place, other.place.as_ref());
    unite_latest(&mut own.device, other.device.as_ref());
    own.past.merge(&other.past);
    for (policy, theirs) in &other.trials {
        let mine = own.trials.entry(policy.clone()).or_insert(*theirs);
        let is_reached = mine.is_reached || theirs.is_reached;
        if (theirs.since, theirs.is_control) < (mine.since, mine.is_control) {
            *mine = *theirs;
        }
        mine.is_reached = is_reached;
    }
    if !other.agenda.is_empty() {
        unite_agendas(Arc::make_mut(&mut own.agenda), &other.agenda);
    }
}

fn unite_who(own: &mut Profile, other: &Profile) {
    for (source, theirs) in &other.who_instants {
        let mine = own.who_instants.entry(source.clone()).or_insert(*theirs);
        *mine = (*mine).max(*theirs);
    }
    let Some(theirs) = &other.who else { return };
    let Some(mine) = own.who.clone() else {
        (own.who, own.who_said) = (Some(theirs.clone()), other.who_said.clone());
        return;
    };
    let (mine, theirs) = (mine.root(), theirs.root());
    let mut writer = Writer::new();
    let _ = writer.begin_object();
    let known = mine.members().map(|(name, _)| name);
    let new = theirs.members().map(|(name, _)| name).filter(|name| mine.get(name).is_none());
    for name in known.chain(new) {
        let said = |profile: &Profile| profile.who_said.get(name).copied();
        let sides = ((said(own), mine.get(name)), (said(other), theirs.get(name)));
        if let Some(value) = later(sides.0, sides.1) {
            let _ = writer.key(name).value(value);
        }
    }
    let _ = writer.end_object();
    let who = Document::parse_own(&writer.finish()).unwrap_or_else(|_| Document::empty_object());
    own.who = Some(Arc::new(who));
    for (name, theirs) in &other.who_said {
        let mine = own.who_said.entry(name.clone()).or_insert(*theirs);
        *mine = (*mine).max(*theirs);
    }
}

/// An attribute as one side knows it: when something was said of it, and what it is.
type Said<'v> = (Option<Timestamp>, Option<Value<'v>>);

/// What was said last; of one instant what is greater as it is written.
fn later<'v>(mine: Said<'v>, theirs: Said<'v>) -> Option<Value<'v>> {
    let text = |value: Option<Value<'v>>| value.map(|value| value.raw().to_owned());
    match mine.0.cmp(&theirs.0).then_with(|| text(mine.1).cmp(&text(theirs.1))) {
        Ordering::Less => theirs.1,
        Ordering::Equal | Ordering::Greater => mine.1,
    }
}

/// Where and on which device it was last.
fn unite_latest(mine: &mut Option<Latest>, theirs: Option<&Latest>) {
    let order = |latest: &Latest| (latest.at, latest.facts.text().to_owned());
    if let Some(theirs) = theirs
        && mine.as_ref().is_none_or(|mine| order(mine) < order(theirs))
    {
        *mine = Some(theirs.clone());
    }
}

fn unite_rows(mine: &Row, theirs: &Row) -> Row {
    let is_mine = (mine.touched(), mine.document.text()) >= (theirs.touched(), theirs.document.text());
    let mut instants = mine.instants.clone();
    for (source, theirs) in &theirs.instants {
        let mine = instants.entry(source.clone()).or_insert(*theirs);
        *mine = (*mine).max(*theirs);
    }
    Row { document: if is_mine { mine } else { theirs }.document.clone(), instants }
}

/// Takes in what waits for another subject that turned out to be this one.
fn unite_agendas(own: &mut Agenda, other: &Agenda) {
    let is_known = |waits: &[Wait], wait: &Wait| waits.iter().any(|mine| is_same(mine, wait));
    for wait in &other.waits {
        if !is_known(&own.waits, wait) {
            own.waits.push(wait.clone());
        }
    }
    for (rule, theirs) in &other.moments {
        let mine = own.moments.entry(rule.clone()).or_insert(*theirs);
        mine.fired = mine.fired.max(theirs.fired);
    }
    for task in &other.tasks {
        if own.tasks.iter().all(|mine| mine.id != task.id) {
            own.tasks.push(task.clone());
        }
    }
}

/// True if both watch for the same absence since the same event.
fn is_same(one: &Wait, other: &Wait) -> bool {
    let began =
        |wait: &Wait| wait.begun.event.as_ref().map(|event| (event.namespace().to_owned(), event.id.clone()));
    one.rule == other.rule && began(one) == began(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::Heard;

    fn profile(said: &[(&str, i64, &str)]) -> Profile {
        let mut profile = Profile::default();
        for (source, at, patch) in said {
            let patch = Document::parse_own(patch).unwrap();
            if profile.merge_who(source, Timestamp(*at), patch.root()) {
                profile.date_who(Timestamp(*at), patch.root());
            }
        }
        profile
    }

    fn who(profile: &Profile) -> String {
        let root = profile.who.as_ref().unwrap().root();
        let mut members: Vec<String> =
            root.members().map(|(name, value)| format!("{name}={}", value.raw())).collect();
        members.sort();
        members.join(" ")
    }

    #[test]
    fn of_each_attribute_what_was_said_last_holds_and_what_was_taken_away_last_is_gone() {
        let one = profile(&[
            ("crm", 1, r#"{"name":"Ada","tier":"gold"}"#),
            ("web", 9, r#"{"lang":"en"}"#),
            ("crm", 12, r#"{"phone":null}"#),
        ]);
        let other = profile(&[("billing", 5, r#"{"tier":"red","phone":"1","lang":"de","debt":7}"#)]);
        for (a, b) in [(&one, &other), (&other, &one)] {
            let mut united = a.clone();
            unite(&mut united, b);
            assert_eq!(who(&united), r#"debt=7 lang="en" name="Ada" tier="red""#);
            assert_eq!(united.who_instants.len(), 3);
        }
    }

    #[test]
    fn rows_and_where_it_was_heard_go_by_the_latest() {
        let mut sides = [("a", 3), ("b", 8)].map(|(text, at)| {
            let mut profile = Profile::default();
            let row = Document::parse_own(&format!(r#"{{"of":"{text}"}}"#)).unwrap();
            let rows = profile.tables.entry("accounts".into()).or_default();
            assert!(rows.write("k", text, Timestamp(at), row.root(), false));
            profile.heard = Some(Heard { channel: text.into(), at: Timestamp(at) });
            profile
        });
        for _ in 0..2 {
            let mut united = sides[0].clone();
            unite(&mut united, &sides[1]);
            let row = &united.tables["accounts"].0["k"];
            assert_eq!(row.document.text(), r#"{"of":"b"}"#);
            assert_eq!((row.instants.len(), united.heard.unwrap().channel), (2, "b".to_owned()));
            sides.reverse();
        }
    }
}
