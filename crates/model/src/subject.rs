//! Whom a decision is about.

use std::fmt;

/// The kind of subject that is meant where none is named.
pub const PERSON: &str = "person";

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

    /// The key of this subject's records in the log and of its tasks: the id of a person, `kind/id` of any other.
    pub fn key(&self) -> String {
        if self.kind == PERSON { self.id.clone() } else { self.to_string() }
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
