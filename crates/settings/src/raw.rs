//! Settings as they were typed: which keys there are, and their texts. Values are not looked at here.
//!
//! Scalars stay texts until [`crate::resolve`] reads them: the `config` crate would turn `'7'` into 7 without a word, and
//! one wrong type would hide all other faults.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use config::{Config, Environment, File, FileFormat};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::Fault;

/// Every key there is; `*` stands for any name. A key that is a mapping as well as a value stands here as both.
const KEYS: &[&str] = &[
    "admin.listen",
    "batch.records_max",
    "batch.wait",
    "behind",
    "bundle",
    "clock",
    "clock.file",
    "dedup",
    "delivery",
    "instance",
    "kafka.brokers",
    "kafka.properties.*",
    "limits.bytes_max",
    "limits.depth_max",
    "limits.profile_bytes_max",
    "limits.values_max",
    "log",
    "log.embedded",
    "lookups.ip",
    "pseudonyms.secret",
    "state.cache_bytes",
    "state.dir",
    "topics.keep_decisions",
    "topics.partitions",
    "topics.replication",
    "workers.decide",
    "workers.intake",
    "zone",
];

/// The settings as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawSettings {
    pub(super) admin: RawAdmin,
    pub(super) batch: RawBatch,
    pub(super) behind: Option<Scalar>,
    pub(super) bundle: Option<Scalar>,
    pub(super) clock: Option<Scalar>,
    pub(super) dedup: Option<Scalar>,
    pub(super) delivery: Option<Scalar>,
    pub(super) instance: Option<Scalar>,
    pub(super) kafka: RawKafka,
    pub(super) limits: RawLimits,
    pub(super) log: Option<Scalar>,
    pub(super) lookups: RawLookups,
    pub(super) pseudonyms: RawPseudonyms,
    pub(super) state: RawState,
    pub(super) topics: RawTopics,
    pub(super) workers: RawWorkers,
    pub(super) zone: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawAdmin {
    pub(super) listen: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawBatch {
    pub(super) records_max: Option<Scalar>,
    pub(super) wait: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawKafka {
    pub(super) brokers: Option<Scalar>,
    pub(super) properties: BTreeMap<String, Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLimits {
    pub(super) bytes_max: Option<Scalar>,
    pub(super) depth_max: Option<Scalar>,
    pub(super) profile_bytes_max: Option<Scalar>,
    pub(super) values_max: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLookups {
    pub(super) ip: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawPseudonyms {
    pub(super) secret: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawState {
    pub(super) cache_bytes: Option<Scalar>,
    pub(super) dir: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawTopics {
    pub(super) partitions: Option<Scalar>,
    pub(super) keep_decisions: Option<Scalar>,
    pub(super) replication: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawWorkers {
    pub(super) decide: Option<Scalar>,
    pub(super) intake: Option<Scalar>,
}

/// One value as typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    /// A text, a number or a truth value, as text.
    Text(String),
    /// A list of texts, joined by commas.
    List(String),
    /// A mapping of one name to one text, such as `{file: PATH}`.
    Named(String, String),
    /// Something else, which no key takes.
    Other,
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsTyped;
        impl<'de> Visitor<'de> for AsTyped {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_owned()))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_string()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_string()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_string()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_string()))
            }
            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar, A::Error> {
                let mut texts = Vec::new();
                while let Some(item) = items.next_element::<Scalar>()? {
                    let Scalar::Text(text) = item else {
                        while items.next_element::<IgnoredAny>()?.is_some() {}
                        return Ok(Scalar::Other);
                    };
                    texts.push(text);
                }
                Ok(Scalar::List(texts.join(",")))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Scalar, A::Error> {
                let mut all = Vec::new();
                while let Some(member) = members.next_entry::<String, Scalar>()? {
                    all.push(member);
                }
                match (all.pop(), all.is_empty()) {
                    (Some((name, Scalar::Text(text))), true) => Ok(Scalar::Named(name, text)),
                    _ => Ok(Scalar::Other),
                }
            }
        }
        deserializer.deserialize_any(AsTyped)
    }
}

/// Reads the file's text, lays the environment over it, and refuses keys that there are not.
pub(super) fn read(
    text: &str,
    environment: HashMap<String, String>,
    faults: &mut Vec<Fault>,
) -> Result<RawSettings, String> {
    let environment =
        Environment::with_prefix("SEGUE").prefix_separator("__").separator("__").source(Some(environment));
    let mut builder = Config::builder();
    if !is_empty(text) {
        builder = builder.add_source(File::from_str(text, FileFormat::Yaml));
    }
    let config = builder.add_source(environment).build().map_err(|error| error.to_string())?;
    let mut all: Map<String, Value> = config.try_deserialize().map_err(|error| error.to_string())?;
    refuse_unknown(&mut all, "", faults);
    RawSettings::deserialize(Value::Object(all)).map_err(|error| serde_json::Error::custom(error).to_string())
}

/// True for a text without any key: `config` takes such a file for a broken one.
fn is_empty(text: &str) -> bool {
    text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#') || line == "---")
}

/// Removes keys that there are not, and reports them, so that what is left can be read.
fn refuse_unknown(table: &mut Map<String, Value>, above: &str, faults: &mut Vec<Fault>) {
    table.retain(|name, value| {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        let below = format!("{path}.");
        let is_value = KEYS.contains(&path.as_str()) || KEYS.contains(&format!("{above}.*").as_str());
        let is_table = KEYS.iter().any(|key| key.starts_with(&below));
        let fault = |message: String, hint| Some(Fault { key: path.clone(), message, hint, variable: None });
        let wrong = match value {
            _ if !is_value && !is_table => fault("unknown key".into(), did_you_mean(name, above)),
            Value::Null => None,
            Value::Object(members) if is_table => {
                refuse_unknown(members, &path, faults);
                return true;
            }
            _ if !is_value => fault(format!("is a mapping of {}", names_in(&path).join(", ")), None),
            _ => return true,
        };
        faults.extend(wrong);
        false
    });
}

/// The names that may stand in a mapping.
fn names_in(path: &str) -> Vec<&'static str> {
    let below = KEYS.iter().filter_map(|key| match path {
        "" => Some(*key),
        _ => key.strip_prefix(path)?.strip_prefix('.'),
    });
    let mut names: Vec<_> = below.map(|key| key.split('.').next().unwrap_or(key)).collect();
    names.dedup();
    names
}

fn did_you_mean(name: &str, above: &str) -> Option<String> {
    let names = names_in(above);
    let nearest = names.iter().map(|known| (distance(name, known), *known)).min()?;
    let near = nearest.0 <= (name.len() / 3).max(1);
    Some(if near {
        format!("did you mean `{}`?", nearest.1)
    } else {
        format!("known here: {}", names.join(", "))
    })
}

/// How many letters are to be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.chars().enumerate() {
            let best = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[b.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_keys_and_what_is_read_are_the_same() {
        let mut all = Map::new();
        for key in KEYS.iter().filter(|key| !key.contains('.')) {
            let _ = all.insert((*key).to_owned(), Value::from("x"));
        }
        for key in KEYS
            .iter()
            .filter(|key| key.contains('.') && !key.starts_with("log.") && !key.starts_with("clock."))
        {
            let (section, name) = key.split_once('.').unwrap();
            let value =
                if name == "properties.*" { serde_json::json!({"a.b": "x"}) } else { Value::from("x") };
            let section = all.entry(section).or_insert_with(|| Value::Object(Map::new()));
            let name = name.trim_end_matches(".*").to_owned();
            let _ = section.as_object_mut().unwrap().insert(name, value);
        }
        let read = RawSettings::deserialize(Value::Object(all)).unwrap();
        assert!(!format!("{read:?}").contains("None"), "{read:?}");
    }

    #[test]
    fn values_are_kept_as_they_were_typed() {
        for (typed, expected) in [
            ("7", Scalar::Text("7".into())),
            ("\"7\"", Scalar::Text("7".into())),
            ("false", Scalar::Text("false".into())),
            ("[\"a:1\", \"b:2\"]", Scalar::List("a:1,b:2".into())),
            ("{\"file\": \"p\"}", Scalar::Named("file".into(), "p".into())),
            ("{\"file\": \"p\", \"more\": 1}", Scalar::Other),
            ("[{\"a\": {\"b\": 1}}, 2]", Scalar::Other),
        ] {
            assert_eq!(serde_json::from_str::<Scalar>(typed).unwrap(), expected, "{typed}");
        }
    }
}
