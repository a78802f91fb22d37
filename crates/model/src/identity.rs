//! Persons who are known by several ids: what a namespaced id looks like, which of two ids stays, and what is left of
//! the other.
//!
//! An id of the canonical namespace stands for itself; one of any other is `NAMESPACE:ID`. Which of two stays follows
//! from their texts alone, so that whoever is asked says the same, and no chain of links ever comes back to its beginning.

use std::cmp::Ordering;

use crate::id::Id;
use crate::subject::PERSON;
use crate::time::Timestamp;

/// The type of the events that say that two ids are one person.
pub const LINKED: &str = "identity.linked";
/// How many tasks of a subject that goes by another id now are still known by theirs. Over it, those go of which
/// nothing is heard any more first.
pub const TASKS_MAX: usize = 1_000;
/// The longest namespace, in bytes.
pub const NAMESPACE_BYTES_MAX: usize = 64;

/// What is left of a subject that goes by another id now: whatever is about it goes on to that one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forward {
    /// The id that stays.
    pub to: String,
    /// The tasks that went there, each with when nothing is known of it any more: what destinations say of them
    /// comes here first.
    pub tasks: Vec<(Id, Timestamp)>,
}

/// True if a text can be a namespace: a small letter, then small letters, digits and `-`.
pub fn is_namespace(text: &str) -> bool {
    let is_small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.len() <= NAMESPACE_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(is_small)
}

/// The id of a person whom a namespace knows by `id`.
pub fn person_in(namespace: &str, id: &str) -> String {
    if namespace == PERSON { id.to_owned() } else { [namespace, ":", id].concat() }
}

/// True if it is the id of a namespace other than the canonical one.
pub fn is_foreign(id: &str) -> bool {
    id.split_once(':').is_some_and(|(namespace, _)| is_namespace(namespace))
}

/// Which of two ids of a person stays: the lesser does. One of the canonical namespace is less than any other; of two of
/// one rank the smaller by bytes is.
pub fn rank(one: &str, other: &str) -> Ordering {
    is_foreign(one).cmp(&is_foreign(other)).then_with(|| one.as_bytes().cmp(other.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_id_stays_and_of_two_of_one_rank_the_smaller() {
        assert_eq!(rank("z9", "billing:1"), Ordering::Less, "a canonical id, however great");
        assert_eq!(rank("billing:2", "billing:10"), Ordering::Greater, "by bytes, not as numbers");
        assert_eq!(rank("a", "b"), Ordering::Less);
        assert_eq!(rank("a", "a"), Ordering::Equal);
        assert_eq!(person_in("person", "a"), "a");
        assert_eq!(person_in("web", "a:b"), "web:a:b");
        assert!(is_foreign("web:a:b") && !is_foreign("Web:a") && !is_foreign(":a") && !is_foreign("7:a"));
    }
}
