//! librdkafka properties, some of them secrets that must never be printed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Parts of names whose values are secrets wherever they come from.
const SECRET_PARTS: [&str; 6] = ["password", "secret", "token", "jaas", "ssl.key", "private"];

/// Properties passed through to librdkafka. Printing them shows names, and values only where they are no secret.
#[derive(Clone, Default)]
pub struct Properties {
    values: BTreeMap<String, String>,
    /// Names of values that were read from a file of their own.
    from_files: BTreeSet<String>,
}

impl Properties {
    pub(super) fn set(&mut self, name: String, value: String, from_file: bool) {
        if from_file {
            let _ = self.from_files.insert(name.clone());
        } else {
            let _ = self.from_files.remove(&name);
        }
        let _ = self.values.insert(name, value);
    }

    /// The value of one property.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// All of them, secrets in the clear: for the client and for nothing else.
    pub fn reveal(&self) -> &BTreeMap<String, String> {
        &self.values
    }

    /// True where the value must never be printed.
    pub(super) fn is_secret(&self, name: &str) -> bool {
        self.from_files.contains(name) || SECRET_PARTS.iter().any(|part| name.contains(part))
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown =
            |name: &str, value: &'_ str| if self.is_secret(name) { "***".into() } else { value.to_owned() };
        f.debug_map().entries(self.values.iter().map(|(name, value)| (name, shown(name, value)))).finish()
    }
}
