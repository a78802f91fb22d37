//! The entries of the journal, as bytes: a topic made, a topic gone, or a step.
//!
//! Numbers are little-endian. A text or a value is its length as `u32` and its bytes; the length `u32::MAX` stands
//! for none. Each append's body is a stretch of its own, so that a record can be read without the rest of its entry.

use crate::embedded::frame;
use crate::record::{Append, Header, Progress};

const TOPIC_MADE: u8 = 1;
const TOPIC_GONE: u8 = 2;
const STEP: u8 = 3;
const NONE: u32 = u32::MAX;

/// An entry, as it is read back; it borrows its bytes.
#[derive(Debug)]
pub(super) enum Entry<'a> {
    /// A topic was made.
    TopicMade { name: &'a str, partitions: u32 },
    /// A topic was removed.
    TopicGone { name: &'a str },
    /// Records were appended and a group read on.
    Step { group: Option<&'a str>, appends: Vec<Placed<'a>>, progress: Vec<Read<'a>> },
}

/// An append within an entry.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    pub(super) topic: &'a str,
    pub(super) partition: u32,
    /// Where its body begins, in bytes from the entry's beginning, its frame included.
    pub(super) at: usize,
    /// How long its body is.
    pub(super) length: usize,
}

/// How far a group has read a partition.
#[derive(Debug)]
pub(super) struct Read<'a> {
    pub(super) topic: &'a str,
    pub(super) partition: u32,
    pub(super) next: u64,
}

/// What an append said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) at_ms: i64,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) headers: Vec<Header>,
}

/// The bytes are no entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Makes the framed entry of a new topic.
pub(super) fn topic_made(name: &str, partitions: u32) -> Vec<u8> {
    let mut bytes = begin(TOPIC_MADE);
    put_bytes(&mut bytes, Some(name.as_bytes()));
    put_u32(&mut bytes, partitions);
    frame::seal(&mut bytes);
    bytes
}

/// Makes the framed entry of a removed topic.
pub(super) fn topic_gone(name: &str) -> Vec<u8> {
    let mut bytes = begin(TOPIC_GONE);
    put_bytes(&mut bytes, Some(name.as_bytes()));
    frame::seal(&mut bytes);
    bytes
}

/// Makes the framed entry of a step. `partitions` says for each append where it goes.
pub(super) fn step(
    at_ms: i64,
    group: Option<&str>,
    appends: &[Append],
    partitions: &[u32],
    progress: &[Progress],
) -> Vec<u8> {
    let mut bytes = begin(STEP);
    put_bytes(&mut bytes, group.map(str::as_bytes));
    put_u32(&mut bytes, count(appends.len()));
    for (append, partition) in appends.iter().zip(partitions) {
        put_bytes(&mut bytes, Some(append.topic.as_bytes()));
        put_u32(&mut bytes, *partition);
        put_body(&mut bytes, at_ms, append);
    }
    put_u32(&mut bytes, count(progress.len()));
    for one in progress {
        put_bytes(&mut bytes, Some(one.topic.as_bytes()));
        put_u32(&mut bytes, one.partition);
        bytes.extend_from_slice(&one.next.to_le_bytes());
    }
    frame::seal(&mut bytes);
    bytes
}

/// Reads a framed entry whose checksums were found right.
pub(super) fn read(framed: &[u8]) -> Result<Entry<'_>, Malformed> {
    let mut reader = Reader { bytes: framed, at: frame::FRAME_HEADER };
    let entry = match reader.u8()? {
        TOPIC_MADE => Entry::TopicMade { name: reader.text()?, partitions: reader.u32()? },
        TOPIC_GONE => Entry::TopicGone { name: reader.text()? },
        STEP => read_step(&mut reader)?,
        _ => return Err(Malformed),
    };
    if reader.at == framed.len() { Ok(entry) } else { Err(Malformed) }
}

/// Reads the body of an append.
pub(super) fn read_body(bytes: &[u8]) -> Result<Body, Malformed> {
    let mut reader = Reader { bytes, at: 0 };
    let at_ms = reader.u64()? as i64;
    let key = reader.bytes()?.map(<[u8]>::to_vec);
    let value = reader.bytes()?.map(<[u8]>::to_vec);
    let mut headers = Vec::new();
    for _ in 0..reader.u32()? {
        let name = reader.text()?.to_owned();
        headers.push(Header { name, value: reader.bytes()?.map(<[u8]>::to_vec) });
    }
    if reader.at == bytes.len() { Ok(Body { at_ms, key, value, headers }) } else { Err(Malformed) }
}

fn read_step<'a>(reader: &mut Reader<'a>) -> Result<Entry<'a>, Malformed> {
    let group = reader.bytes()?.map(as_text).transpose()?;
    let mut appends = Vec::new();
    for _ in 0..reader.u32()? {
        let (topic, partition) = (reader.text()?, reader.u32()?);
        let length = reader.u32()? as usize;
        let at = reader.at;
        let _ = reader.take(length)?;
        appends.push(Placed { topic, partition, at, length });
    }
    let mut progress = Vec::new();
    for _ in 0..reader.u32()? {
        progress.push(Read { topic: reader.text()?, partition: reader.u32()?, next: reader.u64()? });
    }
    Ok(Entry::Step { group, appends, progress })
}

fn begin(kind: u8) -> Vec<u8> {
    let mut bytes = vec![0; frame::FRAME_HEADER];
    bytes.push(kind);
    bytes
}

fn put_body(bytes: &mut Vec<u8>, at_ms: i64, append: &Append) {
    let length_at = bytes.len();
    put_u32(bytes, 0);
    bytes.extend_from_slice(&at_ms.to_le_bytes());
    put_bytes(bytes, append.key.as_deref());
    put_bytes(bytes, append.value.as_deref());
    put_u32(bytes, count(append.headers.len()));
    for header in &append.headers {
        put_bytes(bytes, Some(header.name.as_bytes()));
        put_bytes(bytes, header.value.as_deref());
    }
    let length = count(bytes.len() - length_at - 4);
    bytes[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
}

fn put_bytes(bytes: &mut Vec<u8>, value: Option<&[u8]>) {
    match value {
        None => put_u32(bytes, NONE),
        Some(value) => {
            put_u32(bytes, count(value.len()));
            bytes.extend_from_slice(value);
        }
    }
}

fn put_u32(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("steps are limited far below 4 GiB")
}

fn as_text(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let taken = self.bytes[self.at..].get(..length).ok_or(Malformed)?;
        self.at += length;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.take(1)?[0])
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().expect("four bytes were taken")))
    }

    fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into().expect("eight bytes were taken")))
    }

    fn bytes(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        match self.u32()? {
            NONE => Ok(None),
            length => self.take(length as usize).map(Some),
        }
    }

    fn text(&mut self) -> Result<&'a str, Malformed> {
        as_text(self.bytes()?.ok_or(Malformed)?)
    }
}
