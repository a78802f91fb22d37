//! Whose state a directory holds, as a small text file beside the data: `identity`.
//!
//! One `name = value` a line, in a fixed order, and a last line with the CRC-32 of the lines before it. The first line
//! carries the version of this crate's own layout, so that it can be read before anything else is looked at.

use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use crate::Error;
use crate::aside::Reason;

/// The version of the layout of directories, marks and hashes. Another one is not read.
const LAYOUT: u32 = 1;

/// What makes the state of one partition different from that of another. What is on disk is used again only if all of
/// it is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The version in which the caller writes keys and values.
    pub format: u32,
    /// The cluster's id.
    pub cluster: String,
    /// The changelog topic. It also names the directory.
    pub topic: String,
    /// The topic's life: its id, which changes when the topic is made anew.
    pub incarnation: String,
    /// The partition.
    pub partition: u32,
    /// How many partitions there are: with another number, other keys belong here.
    pub partitions: u32,
}

impl Identity {
    /// The name of the partition's directory.
    ///
    /// # Errors
    /// The topic's name has characters that names of Kafka topics do not have.
    pub(crate) fn name(&self) -> Result<String, Error> {
        name(&self.topic, self.partition)
    }

    /// The content of the identity file.
    pub(crate) fn encode(&self) -> String {
        let body = self.body();
        format!("{body}crc = {:08x}\n", crc32fast::hash(body.as_bytes()))
    }

    /// Says why a directory with this identity file is not this identity's, if it is not.
    pub(crate) fn differs(&self, found: &[u8]) -> Option<Reason> {
        let damaged = |detail: &str| Some(Reason::Damaged { detail: detail.to_owned() });
        let Some((body, layout, format)) = std::str::from_utf8(found).ok().and_then(parts) else {
            return damaged("the identity file is not one");
        };
        if layout != LAYOUT || format != self.format {
            let [found, wanted] = [(layout, format), (LAYOUT, self.format)].map(|(l, f)| format!("{l}.{f}"));
            let newer = layout > LAYOUT || (layout == LAYOUT && format > self.format);
            return Some(if newer {
                Reason::TooNew { found, wanted }
            } else {
                Reason::TooOld { found, wanted }
            });
        }
        let wanted = self.body();
        let different = wanted.lines().zip(body.lines()).find(|(wanted, found)| wanted != found);
        match different {
            Some((wanted, found)) => {
                Some(Reason::Foreign { found: found.to_owned(), wanted: wanted.to_owned() })
            }
            None if wanted == body => None,
            None => damaged("the identity file has other lines"),
        }
    }

    /// A number that differs where the identity does; every mark carries it.
    pub(crate) fn fingerprint(&self) -> u64 {
        xxh3_64(self.body().as_bytes())
    }

    fn body(&self) -> String {
        let Self { format, cluster, topic, incarnation, partition, partitions } = self;
        format!(
            "layout = {LAYOUT}\nformat = {format}\ncluster = {cluster:?}\ntopic = {topic:?}\n\
             incarnation = {incarnation:?}\npartition = {partition}\npartitions = {partitions}\n"
        )
    }
}

/// The name of the directory of a topic's partition.
pub(crate) fn name(topic: &str, partition: u32) -> Result<String, Error> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if topic.is_empty() || topic.starts_with('.') || topic.len() > 249 || !topic.bytes().all(allowed) {
        return Err(Error::Name { topic: topic.to_owned() });
    }
    Ok(format!("{topic}-{partition}"))
}

/// Reads the identity file of a directory.
pub(crate) fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    std::fs::read(path)
}

/// The lines under the checksum, with the two versions, if the text is whole.
fn parts(text: &str) -> Option<(&str, u32, u32)> {
    let (body, crc) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let body = &text[..body.len() + 1];
    let crc = u32::from_str_radix(crc.strip_prefix("crc = ")?, 16).ok()?;
    let mut lines = body.lines();
    let layout = lines.next()?.strip_prefix("layout = ")?.parse().ok()?;
    let format = lines.next()?.strip_prefix("format = ")?.parse().ok()?;
    (crc == crc32fast::hash(body.as_bytes())).then_some((body, layout, format))
}
