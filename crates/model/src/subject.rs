//! Whom a decision is about.

use std::fmt;

/// The kind of subject that is meant where none is named.
pub const PERSON: &str = "person";
/// What the inner key of a subject that is no person begins with.
const OTHER_KIND: char = '\u{1}';

/// Whom an event or a decision is about: a person, unless another kind is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The kind, such as `person` or `company`.
    pub kind: String,
    /// The id within the kind, as the source gives it.
    pub id: String,
}

impl Subject {
    /// The person of that id.
    pub fn person(id: impl Into<String>) -> Subject {
        Subject { kind: PERSON.to_owned(), id: id.into() }
    }

    /// The key of this subject's records in the log and of its tasks: the id of a person, `kind/id` of any other. A person
    /// whose id reads like that has the same; see [`Subject::inner_key`].
    pub fn key(&self) -> String {
        if self.kind == PERSON { self.id.clone() } else { self.to_string() }
    }

    /// What names this subject among those of all kinds, for the router's own state: the id of a person; of any other its
    /// key behind a control character, which no id holds.
    pub fn inner_key(&self) -> String {
        if self.kind == PERSON { self.id.clone() } else { format!("{OTHER_KIND}{}/{}", self.kind, self.id) }
    }

    /// The subject of an inner key.
    pub fn of_inner_key(key: &str) -> Subject {
        let other = key.strip_prefix(OTHER_KIND).and_then(|key| key.split_once('/'));
        match other {
            Some((kind, id)) => Subject { kind: kind.to_owned(), id: id.to_owned() },
            None => Subject::person(key),
        }
    }

    /// The kind of the subject of an inner key.
    pub fn kind_of_inner_key(key: &str) -> &str {
        let other = key.strip_prefix(OTHER_KIND).and_then(|key| key.split_once('/'));
        other.map_or(PERSON, |(kind, _)| kind)
    }

    /// What routes this subject's records to a partition: murmur2 of the key, without its sign bit.
    pub fn route(&self) -> u32 {
        let of = |key: &str| murmur2::murmur2(key.as_bytes(), murmur2::KAFKA_SEED) & 0x7fff_ffff;
        if self.kind == PERSON { of(&self.id) } else { of(&self.key()) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == PERSON { f.write_str(&self.id) } else { write!(f, "{}/{}", self.kind, self.id) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_and_a_company_of_one_key_are_two_subjects() {
        let company = Subject { kind: "company".into(), id: "a/b".into() };
        let person = Subject::person("company/a/b");
        assert_eq!((company.key(), company.route()), (person.key(), person.route()));
        assert_ne!(company.inner_key(), person.inner_key());
        for subject in [company, person, Subject::person("c1"), Subject::person("/")] {
            let key = subject.inner_key();
            assert_eq!(Subject::kind_of_inner_key(&key), subject.kind);
            assert_eq!(Subject::of_inner_key(&key), subject);
        }
        assert_eq!(Subject::person("c1").inner_key(), "c1", "what is stored of persons stays readable");
    }
}
