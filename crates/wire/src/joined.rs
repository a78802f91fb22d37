//! The joined records of `segue.decisions`: one says what became of many log records that made no decision.

use segue_document::Writer;
use segue_model::Timestamp;

use crate::outgoing::Outgoing;
use crate::ranges::Ranges;
use crate::topics;

/// What became of the log records of one partition that made no decision of their own. Each of their offsets is in
/// exactly one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// Of a partition of `segue.log`.
    Log {
        /// The partition.
        partition: u32,
        /// No rule fired, and none ended in an error.
        no_rule: Ranges,
        /// The same event had come before, within the window for duplicates.
        duplicate: Ranges,
        /// The same origin had been seen before.
        seen: Ranges,
        /// Became a failed event.
        failed: Ranges,
        /// Ticks without effect.
        tick: Ranges,
        /// About somebody who was erased, from before that; the list is only there if it holds any.
        erased: Ranges,
    },
    /// Of `segue.shared`.
    Shared {
        /// Copied to every partition of the log.
        copied: Ranges,
        /// Rows that change nothing.
        unchanged: Ranges,
        /// As in the log.
        duplicate: Ranges,
        /// As in the log.
        seen: Ranges,
        /// As in the log.
        failed: Ranges,
        /// As in the log.
        tick: Ranges,
    },
}

impl Joined {
    /// Nothing yet, of a partition of the log.
    pub fn of_log(partition: u32) -> Joined {
        Joined::Log {
            partition,
            no_rule: Ranges::new(),
            duplicate: Ranges::new(),
            seen: Ranges::new(),
            failed: Ranges::new(),
            tick: Ranges::new(),
            erased: Ranges::new(),
        }
    }

    /// Nothing yet, of `segue.shared`.
    pub fn of_shared() -> Joined {
        Joined::Shared {
            copied: Ranges::new(),
            unchanged: Ranges::new(),
            duplicate: Ranges::new(),
            seen: Ranges::new(),
            failed: Ranges::new(),
            tick: Ranges::new(),
        }
    }

    /// True if no list holds an offset: then there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|(_, ranges)| ranges.is_empty())
    }

    /// The key of its record: `TOPIC/PARTITION`.
    pub fn key(&self) -> String {
        match self {
            Joined::Log { partition, .. } => format!("{}/{partition}", topics::LOG),
            Joined::Shared { .. } => format!("{}/0", topics::SHARED),
        }
    }

    fn lists(&self) -> Vec<(&'static str, &Ranges)> {
        match self {
            Joined::Log { no_rule, duplicate, seen, failed, tick, erased, .. } => {
                let mut lists = vec![
                    ("no_rule", no_rule),
                    ("duplicate", duplicate),
                    ("seen", seen),
                    ("failed", failed),
                    ("tick", tick),
                ];
                if !erased.is_empty() {
                    lists.push(("erased", erased));
                }
                lists
            }
            Joined::Shared { copied, unchanged, duplicate, seen, failed, tick } => vec![
                ("copied", copied),
                ("unchanged", unchanged),
                ("duplicate", duplicate),
                ("seen", seen),
                ("failed", failed),
                ("tick", tick),
            ],
        }
    }
}

/// The record of what was joined.
pub fn encode(joined: &Joined, at: Timestamp, bundle: &str) -> Outgoing {
    let partition = match joined {
        Joined::Log { partition, .. } => *partition,
        Joined::Shared { .. } => 0,
    };
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("decision").null().key("at").string(&at.to_string());
    let _ = writer.key("bundle").string(bundle).key("log").begin_object();
    let _ = writer.key("partition").raw(&partition.to_string());
    for (name, ranges) in joined.lists() {
        let _ = writer.key(name).begin_array();
        for text in ranges.texts() {
            let _ = writer.string(&text);
        }
        let _ = writer.end_array();
    }
    let _ = writer.end_object().key("result").string("no-rule").end_object();
    let firsts = joined.lists().into_iter().filter_map(|(_, ranges)| ranges.iter().next());
    let first = firsts.map(|(first, _)| first).min().unwrap_or_default();
    let key = joined.key();
    let id = format!("{key}/{first}");
    Outgoing::text(key, writer.finish()).into_event("segue", "segue.decision.joined", &id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_records_name_each_offset_in_its_list() {
        let mut joined = Joined::of_log(4);
        assert!(joined.is_empty());
        if let Joined::Log { no_rule, duplicate, .. } = &mut joined {
            (0..42).for_each(|offset| no_rule.push(offset));
            duplicate.push(42);
            no_rule.push(43);
        }
        let record = encode(&joined, Timestamp(1_772_445_600_000), "b");
        assert_eq!(record.key.as_deref(), Some(&b"segue.log/4"[..]));
        let id = record.headers.iter().find(|(name, _)| name == "ce_id").and_then(|(_, id)| id.as_deref());
        assert_eq!(id, Some(&b"segue.log/4/0"[..]), "by the first offset, which no other record has");
        let expected = concat!(
            r#"{"decision":null,"at":"2026-03-02T10:00:00Z","bundle":"b","log":{"partition":4,"#,
            r#""no_rule":["0-41","43"],"duplicate":["42"],"seen":[],"failed":[],"tick":[]},"#,
            r#""result":"no-rule"}"#,
        );
        assert_eq!(String::from_utf8(record.value.unwrap()).unwrap(), expected);

        if let Joined::Log { erased, .. } = &mut joined {
            erased.push(44);
        }
        let text = String::from_utf8(encode(&joined, Timestamp(0), "b").value.unwrap()).unwrap();
        assert!(text.contains(r#""tick":[],"erased":["44"]},"#), "{text}");

        let record = encode(&Joined::of_shared(), Timestamp(0), "b");
        assert_eq!(record.key.as_deref(), Some(&b"segue.shared/0"[..]));
        let json: serde_json::Value = serde_json::from_slice(&record.value.unwrap()).unwrap();
        assert_eq!(
            json["log"],
            serde_json::json!({"partition": 0, "copied": [], "unchanged": [], "duplicate": [], "seen": [],
                "failed": [], "tick": []})
        );
    }
}
