//! Where a record of the log comes from, so that a copy written twice is recognised.

use segue_document::{Value, Writer, member};

use crate::own::{self, DecodeError};

/// Names one copy of one input record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The topic it was read from.
    pub topic: String,
    /// Tells one life of the topic from the next.
    pub incarnation: u64,
    /// The partition it was read from.
    pub partition: u32,
    /// Its offset in the partition.
    pub offset: u64,
    /// Which of the copies that were made of it, counted from 0.
    pub n: u32,
}

impl Origin {
    pub(crate) fn write(&self, writer: &mut Writer) {
        let _ = writer.member(member!(origin)).begin_object();
        let _ = writer.member(member!(topic)).string(&self.topic);
        let _ = writer.member(member!(incarnation)).unsigned(self.incarnation);
        let _ = writer.member(member!(partition)).unsigned(u64::from(self.partition));
        let _ = writer.member(member!(offset)).unsigned(self.offset);
        let _ = writer.member(member!(n)).unsigned(u64::from(self.n));
        let _ = writer.end_object();
    }

    pub(crate) fn read(value: Option<Value<'_>>) -> Result<Origin, DecodeError> {
        let origin = own::required(value, "origin")?;
        Ok(Origin {
            topic: own::string(origin.get("topic"), "origin.topic")?,
            incarnation: own::unsigned(origin.get("incarnation"), "origin.incarnation")?,
            partition: own::unsigned(origin.get("partition"), "origin.partition")?,
            offset: own::unsigned(origin.get("offset"), "origin.offset")?,
            n: own::unsigned(origin.get("n"), "origin.n")?,
        })
    }
}

/// As the header `segue-origin` carries it: `topic/partition/offset`.
impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.topic, self.partition, self.offset)
    }
}
