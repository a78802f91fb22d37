//! Who was erased, and from when on: marks that are hashes of ids, as the changelog keeps them. Whoever has an id can ask;
//! nobody can list them. Pure; `commands::person` reads them.

use std::collections::{BTreeMap, BTreeSet};

use segue_document::{Document, Kind, Value};
use segue_engine::changelog;
use segue_model::{Subject, Timestamp};

use crate::failed::FailedEvent;

/// The marks of those who were erased.
#[derive(Clone, Debug, Default)]
pub struct Erased {
    marks: BTreeMap<String, Timestamp>,
}

impl Erased {
    /// Takes a record of the changelog; one that is no mark is left alone.
    pub fn take(&mut self, key: &str, value: Option<&[u8]>) {
        if !key.starts_with("e/") {
            return;
        }
        match value.and_then(changelog::erased_at) {
            Some(at) => {
                let latest = self.marks.entry(key.to_owned()).or_insert(at);
                *latest = at.max(*latest);
            }
            None => drop(self.marks.remove(key)),
        }
    }

    /// True if nobody is known to have been.
    pub fn is_nobody(&self) -> bool {
        self.marks.is_empty()
    }

    /// True if a person was erased, and not before that instant.
    pub fn is_erased(&self, person: &str, at: Timestamp) -> bool {
        !self.is_nobody()
            && Subject::is_id(person)
            && self.marks.get(&changelog::key_of_erased(person)).is_some_and(|erased_at| at < *erased_at)
    }

    /// True if a decision is about somebody who was erased since.
    pub fn has_decision(&self, decision: Value<'_>) -> bool {
        let text = |name: &str| decision.get(name).and_then(Value::as_str);
        let at = text("at").and_then(Timestamp::parse).unwrap_or_default();
        text("per").is_none_or(|per| per == "person")
            && text("subject").is_some_and(|subject| self.is_erased(subject, at))
    }

    /// True if a failed event names somebody who was erased since, as its key or as any text of its value, in one of these
    /// namespaces or in none. Nobody knows whom it is about, since that could not be made out.
    pub fn has_failed(&self, event: &FailedEvent, namespaces: &BTreeSet<String>) -> bool {
        let at = event.reason.at;
        let names = |text: &str| {
            self.is_erased(text, at)
                || namespaces.iter().any(|space| self.is_erased(&format!("{space}:{text}"), at))
        };
        if self.is_nobody() {
            return false;
        }
        names_any(event, &names)
    }
}

/// True if the key of a failed event is so, or any text or whole number of its value.
pub fn names_any(event: &FailedEvent, is_so: &dyn Fn(&str) -> bool) -> bool {
    let text = |bytes: Option<&[u8]>| bytes.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    if text(event.record.key.as_deref()).is_some_and(|key| is_so(&key)) {
        return true;
    }
    let document = text(event.record.value.as_deref()).and_then(|text| Document::parse_owned(text).ok());
    document.is_some_and(|document| any(document.root(), is_so))
}

/// True if a text or a number of a value is so; values are no deeper than a document may be.
fn any(value: Value<'_>, is_so: &dyn Fn(&str) -> bool) -> bool {
    match value.kind() {
        Kind::Object => value.members().any(|(_, member)| any(member, is_so)),
        Kind::Array => value.items().any(|item| any(item, is_so)),
        Kind::String => value.as_str().is_some_and(is_so),
        _ => value.as_i64().is_some_and(|number| is_so(&number.to_string())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use segue_log::{Header, Record};

    fn mark(person: &str, at: i64) -> Erased {
        let mut erased = Erased::default();
        let value = format!("{{\"v\":1,\"at\":{at}}}");
        erased.take(&changelog::key_of_erased(person), Some(value.as_bytes()));
        erased
    }

    fn failed(key: &str, value: &str) -> FailedEvent {
        let header = |name: &str, value: &str| Header {
            name: name.to_owned(),
            value: Some(value.as_bytes().to_vec()),
        };
        let record = Record {
            topic: "segue.failed".into(),
            partition: 0,
            incarnation: 0,
            offset: 3,
            appended_at_ms: 0,
            key: Some(key.into()),
            value: Some(value.into()),
            headers: vec![
                header("segue-error", "schema"),
                header("segue-detail", "no"),
                header("segue-origin", "crm.events/0/1"),
                header("segue-at", "1970-01-01T00:00:00.005Z"),
            ],
        };
        FailedEvent::read(record).unwrap()
    }

    #[test]
    fn who_was_erased_is_so_for_what_is_from_before_that_and_for_nobody_else() {
        let mut erased = mark("ann", 10);
        assert!(erased.is_erased("ann", Timestamp(9)));
        assert!(!erased.is_erased("ann", Timestamp(10)) && !erased.is_erased("bo", Timestamp(9)));
        erased.take(&changelog::key_of_erased("ann"), None);
        assert!(erased.is_nobody(), "a mark that ran out is gone");
        erased.take("s/ann", Some(b"{}"));
        assert!(erased.is_nobody());
    }

    #[test]
    fn a_failed_event_that_names_them_anywhere_is_theirs() {
        let erased = mark("web:7", 10);
        let namespaces: BTreeSet<String> = ["web".to_owned()].into();
        for (key, value) in
            [("7", "{"), ("k", "{\"a\":[{\"id\":\"7\"}]}"), ("k", "{\"a\":7}"), ("k", "\"web:7\"")]
        {
            assert!(erased.has_failed(&failed(key, value), &namespaces), "{key} {value}");
        }
        assert!(!erased.has_failed(&failed("k", "{\"a\":[70,\"77\"]}"), &namespaces));
        assert!(
            !erased.has_failed(&failed("7", "{}"), &BTreeSet::new()),
            "in another namespace it is another"
        );
    }

    #[test]
    fn a_decision_on_them_is_theirs_and_one_on_a_company_of_that_name_is_not() {
        let erased = mark("ann", 10);
        let has = |text: &str| erased.has_decision(Document::parse_own(text).unwrap().root());
        assert!(has(r#"{"subject":"ann","per":"person","at":"1970-01-01T00:00:00.009Z"}"#));
        assert!(!has(r#"{"subject":"ann","per":"company","at":"1970-01-01T00:00:00.009Z"}"#));
        assert!(!has(r#"{"subject":"ann","per":"person","at":"1970-01-01T00:00:00.010Z"}"#));
    }
}
