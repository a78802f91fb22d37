//! Keys of what leaves, as pseudonyms: for whoever reads keys and may not know ids, and so that no id stays in a key when the
//! person is erased.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use segue_log::{Append, Place, murmur2};
use segue_wire::topics::{DECISIONS, FAILED, KEPT, LOG, PROFILES, SHARED};
use sha2::Sha256;

/// The least that a secret has, in bytes.
pub const SECRET_BYTES_MIN: usize = 16;
/// How many bytes of the code a pseudonym has; none of so many ids has that of another.
const BYTES: usize = 16;

/// Makes pseudonyms of keys. The same key has the same one, with the same secret.
#[derive(Clone)]
pub struct Pseudonyms(Hmac<Sha256>);

impl Pseudonyms {
    /// With this secret; everyone who has it can tell whose pseudonym one is.
    pub fn new(secret: &str) -> Pseudonyms {
        Pseudonyms(Hmac::new_from_slice(secret.as_bytes()).expect("a key of any length will do"))
    }

    /// Gives records that leave a pseudonym in the place of their keys. They stay in the partitions that the keys led to.
    pub(crate) fn veil(&self, appends: &mut [Append]) {
        for append in appends.iter_mut().filter(|append| append.place == Place::Key && leaves(&append.topic))
        {
            let Some(key) = append.key.take() else { continue };
            append.place = Place::Spread(murmur2(&key) & 0x7fff_ffff);
            append.key = Some(self.of(&key).into_bytes());
        }
    }

    /// HMAC-SHA-256 (RFC 2104), its first 16 bytes as hexadecimal digits.
    fn of(&self, key: &[u8]) -> String {
        let code = self.0.clone().chain_update(key).finalize().into_bytes();
        code[..BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms")
    }
}

/// True of tasks, statuses and decisions. What the router reads back itself is found by its key; failed events have that with
/// which they came, and decisions on tasks that of the decision.
fn leaves(topic: &str) -> bool {
    topic == DECISIONS || ![LOG, SHARED, PROFILES, FAILED, KEPT].contains(&topic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_log::partition_of;

    fn append(topic: &str) -> Append {
        Append {
            topic: topic.into(),
            place: Place::Key,
            key: Some(b"c-17".to_vec()),
            value: None,
            headers: Vec::new(),
        }
    }

    /// Of RFC 4231, the second case, cut to 128 bits.
    #[test]
    fn a_pseudonym_is_the_code_that_the_rfc_says() {
        assert_eq!(
            Pseudonyms::new("Jefe").of(b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c7"
        );
    }

    #[test]
    fn what_leaves_has_it_for_a_key_and_stays_where_it_was_and_what_is_read_back_is_as_it_was() {
        let mut all =
            ["care.tasks", DECISIONS, "crm.status", LOG, PROFILES, FAILED, SHARED, KEPT].map(append);
        Pseudonyms::new("0123456789abcdef").veil(&mut all);
        for veiled in &all[..3] {
            let Place::Spread(number) = veiled.place else { panic!("{veiled:?}") };
            assert_eq!((number % 12, number % 7), (partition_of(b"c-17", 12), partition_of(b"c-17", 7)));
            assert_eq!(veiled.key.as_ref().map(Vec::len), Some(32));
            assert_eq!(veiled.key, all[0].key);
        }
        assert!(all[3..].iter().all(|own| *own == append(&own.topic)));
        assert!(!format!("{:?}", Pseudonyms::new("0123456789abcdef")).contains("0123"));
    }
}
