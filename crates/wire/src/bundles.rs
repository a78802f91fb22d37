//! The records of `segue.bundles`: every bundle that was deployed, in parts, and what stands now.
//!
//! A part has the key `DIGEST/NUMBER`. Its value is one line of JSON, `{"v":1,"bundle":...,"part":...,"parts":...}`, and
//! after the line break the bytes of the part. All parts, one after the other, are the archive: of each file, in the order
//! of the paths, a line with the lengths of path and text in bytes, then both. The key `standing` has what stands.

use std::collections::BTreeMap;

use segue_document::Writer;
use segue_model::Timestamp;

use crate::own::{self, DecodeError};

/// The most bytes of an archive that one record holds: with the line before it, the record fits.
pub const PART_BYTES_MAX: usize = 900_000;
/// The most bytes of an archive.
pub const ARCHIVE_BYTES_MAX: usize = 64 << 20;
/// The key of what stands.
pub const STANDING: &str = "standing";

/// Why an archive is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// It is larger than an archive may be.
    #[error("it has {bytes} bytes, and {ARCHIVE_BYTES_MAX} are the most")]
    TooLarge {
        /// How large.
        bytes: usize,
    },
    /// Not all of its parts are there.
    #[error("{there} of its {parts} parts are there")]
    Incomplete {
        /// How many are.
        there: usize,
        /// How many it has.
        parts: usize,
    },
    /// What is there was not written by this version, or is damaged.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
}

/// The records that keep a bundle, as keys and values; `files` are paths and texts, in the order of the paths.
///
/// # Errors
/// [`ArchiveError::TooLarge`].
pub fn parts(digest: &str, files: &[(String, String)]) -> Result<Vec<(String, Vec<u8>)>, ArchiveError> {
    let mut archive = Vec::new();
    for (path, text) in files {
        archive.extend_from_slice(format!("{} {}\n{path}{text}", path.len(), text.len()).as_bytes());
    }
    if archive.len() > ARCHIVE_BYTES_MAX {
        return Err(ArchiveError::TooLarge { bytes: archive.len() });
    }
    let parts = archive.chunks(PART_BYTES_MAX);
    let count = parts.len();
    let part = |(number, bytes): (usize, &[u8])| {
        let mut head = Writer::new();
        let _ = head.begin_object().key("v").integer(own::VERSION).key("bundle").string(digest);
        let _ = head.key("part").integer(number as i64).key("parts").integer(count as i64).end_object();
        let value = [head.finish().as_bytes(), b"\n", bytes].concat();
        (format!("{digest}/{number}"), value)
    };
    Ok(parts.enumerate().map(part).collect())
}

/// Gathers the parts of one bundle from the records of the topic, in their order.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    parts: BTreeMap<usize, Vec<u8>>,
    count: usize,
}

impl Gathered {
    /// Takes a record, if it is a part of the bundle of that digest.
    pub fn take(&mut self, digest: &str, key: &[u8], value: &[u8]) {
        let number =
            std::str::from_utf8(key).ok().and_then(|key| key.strip_prefix(digest)?.strip_prefix('/'));
        let Some(number) = number.and_then(|number| number.parse::<usize>().ok()) else { return };
        let Some(end) = value.iter().position(|byte| *byte == b'\n') else { return };
        let parts = own::parse(&value[..end]).ok().and_then(|head| {
            own::check_version(head.root()).ok()?;
            usize::try_from(head.root().get("parts")?.as_i64()?).ok()
        });
        let Some(parts) = parts.filter(|parts| parts * PART_BYTES_MAX <= ARCHIVE_BYTES_MAX + PART_BYTES_MAX)
        else {
            return;
        };
        self.count = parts;
        let _ = self.parts.insert(number, value[end + 1..].to_vec());
    }

    /// The files: paths and texts. `None` if no part was there.
    ///
    /// # Errors
    /// Parts are missing, or what is there is no archive.
    pub fn files(self) -> Result<Option<Vec<(String, String)>>, ArchiveError> {
        let there = self.parts.range(..self.count).count();
        if self.parts.is_empty() {
            return Ok(None);
        }
        if there < self.count {
            return Err(ArchiveError::Incomplete { there, parts: self.count });
        }
        let archive: Vec<u8> = self.parts.into_iter().take(self.count).flat_map(|(_, bytes)| bytes).collect();
        let text = String::from_utf8(archive).map_err(|_| ArchiveError::Damaged("it is not UTF-8"))?;
        unpack(&text).map(Some).ok_or(ArchiveError::Damaged("its lengths do not add up"))
    }
}

fn unpack(mut text: &str) -> Option<Vec<(String, String)>> {
    let mut files = Vec::new();
    while !text.is_empty() {
        let (head, rest) = text.split_once('\n')?;
        let (path, length) = head.split_once(' ')?;
        let (path_bytes, text_bytes): (usize, usize) = (path.parse().ok()?, length.parse().ok()?);
        let end = path_bytes.checked_add(text_bytes)?;
        files.push((rest.get(..path_bytes)?.to_owned(), rest.get(path_bytes..end)?.to_owned()));
        text = rest.get(end..)?;
    }
    Some(files)
}

/// What stands: written by the owner of `segue.shared`, in one transaction with the copies of the command to every partition
/// of the log. So whoever reads it knows that what is logged from then on stands behind the command, everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The bundle that is decided by; `None`: none was ever deployed, and each router goes by that of its settings.
    pub bundle: Option<String>,
    /// The one before.
    pub former: Option<String>,
    /// The bundle that decides beside it, if one does.
    pub shadow: Option<String>,
    /// The parts that are paused, such as `source/crm`, in their order.
    pub paused: Vec<String>,
    /// When the command was given.
    pub given_at: Timestamp,
}

impl Standing {
    /// As the topic has it.
    pub fn encode(&self) -> String {
        let mut writer = Writer::new();
        let _ = writer.begin_object().key("v").integer(own::VERSION);
        for (name, digest) in [("bundle", &self.bundle), ("former", &self.former), ("shadow", &self.shadow)] {
            if let Some(digest) = digest {
                let _ = writer.key(name).string(digest);
            }
        }
        let _ = writer.key("given_at").integer(self.given_at.0);
        if !self.paused.is_empty() {
            let _ = writer.key("paused").begin_array();
            for part in &self.paused {
                let _ = writer.string(part);
            }
            let _ = writer.end_array();
        }
        let _ = writer.end_object();
        writer.finish()
    }

    /// Reads it back.
    ///
    /// # Errors
    /// When it is not one that this version writes.
    pub fn decode(bytes: &[u8]) -> Result<Standing, DecodeError> {
        let document = own::parse(bytes)?;
        let root = document.root();
        own::check_version(root)?;
        let digest = |name| match root.get(name) {
            None => Ok(None),
            some => own::string(some, name).map(Some),
        };
        let paused = root.get("paused").into_iter().flat_map(|paused| paused.items());
        Ok(Standing {
            bundle: digest("bundle")?,
            former: digest("former")?,
            shadow: digest("shadow")?,
            paused: paused.map(|part| own::string(Some(part), "paused")).collect::<Result<_, _>>()?,
            given_at: own::instant(root.get("given_at"), "given_at")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> (String, String) {
        (path.to_owned(), text.to_owned())
    }

    fn gathered(records: &[(String, Vec<u8>)]) -> Result<Option<Vec<(String, String)>>, ArchiveError> {
        let mut gathered = Gathered::default();
        records.iter().for_each(|(key, value)| gathered.take("d1", key.as_bytes(), value));
        gathered.files()
    }

    #[test]
    fn a_bundle_comes_back_as_it_was_from_as_many_parts_as_it_takes() {
        let long = "é\n".repeat(PART_BYTES_MAX / 2);
        let files = [file("a.yaml", "rule: a\n"), file("é/b.json", ""), file("z.yaml", &long)];
        let records = parts("d1", &files).unwrap();
        assert_eq!(records.len(), 2);
        assert!(records.iter().all(|(_, value)| value.len() < 950_000));
        assert_eq!(gathered(&records), Ok(Some(files.to_vec())));
        assert_eq!(gathered(&[]), Ok(None));
        assert_eq!(gathered(&records[1..]), Err(ArchiveError::Incomplete { there: 1, parts: 2 }));
        let other = parts("d10", &files[..1]).unwrap();
        assert_eq!(gathered(&other), Ok(None), "a digest that begins alike is another");
    }

    #[test]
    fn what_is_damaged_is_no_bundle() {
        let mut records = parts("d1", &[file("a.yaml", "rule: a\n")]).unwrap();
        let length = records[0].1.len();
        records[0].1.truncate(length - 3);
        assert_eq!(gathered(&records), Err(ArchiveError::Damaged("its lengths do not add up")));
    }

    #[test]
    fn what_stands_reads_back_as_it_was() {
        let given_at = Timestamp(1_700_000_000_000);
        let (bundle, former) = (Some("b".to_owned()), Some("a".to_owned()));
        for standing in [
            Standing { bundle, former, shadow: Some("c".into()), paused: Vec::new(), given_at },
            Standing {
                bundle: None,
                former: None,
                shadow: None,
                paused: vec!["rule/a".into(), "source/b".into()],
                given_at,
            },
        ] {
            assert_eq!(Standing::decode(standing.encode().as_bytes()).unwrap(), standing);
        }
    }
}
