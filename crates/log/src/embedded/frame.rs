//! The format of a segment: a header, then entries, each in a frame that tells whether it is whole.
//!
//! ```text
//! segment: "SEGUELOG" | format u32 | number of its first entry u64 | crc32 of these 20 bytes u32
//! frame:   length of payload u32 | crc32 of payload u32 | crc32 of these 8 bytes u32 | payload
//! ```
//! All numbers are little-endian. The header of a frame has a checksum of its own, since a damaged length would
//! otherwise look like an entry that reaches past the end, which is how a torn write looks.

/// The format that is written and read.
pub(super) const FORMAT: u32 = 1;
/// Bytes of a segment's header.
pub(super) const SEGMENT_HEADER: usize = 24;
/// Bytes of a frame before its payload.
pub(super) const FRAME_HEADER: usize = 12;

const MAGIC: &[u8; 8] = b"SEGUELOG";

/// What is wrong with a segment's header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadHeader {
    /// It is not all there, or not what was written.
    Broken,
    /// It is whole, and of another format.
    Format(u32),
}

/// What stands at one place of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A whole entry that ends here.
    Entry {
        /// Where the next one begins.
        end: usize,
    },
    /// The end of the segment.
    End,
    /// Something that is no whole entry.
    Bad(&'static str),
}

/// Makes the header of a segment whose first entry has the number `first`.
pub(super) fn segment_header(first: u64) -> [u8; SEGMENT_HEADER] {
    let mut header = [0; SEGMENT_HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&FORMAT.to_le_bytes());
    header[12..20].copy_from_slice(&first.to_le_bytes());
    let sum = crc32fast::hash(&header[..20]);
    header[20..].copy_from_slice(&sum.to_le_bytes());
    header
}

/// Reads a segment's header: the number of its first entry.
pub(super) fn read_segment_header(bytes: &[u8]) -> Result<u64, BadHeader> {
    if bytes.len() < SEGMENT_HEADER || &bytes[..8] != MAGIC {
        return Err(BadHeader::Broken);
    }
    if crc32fast::hash(&bytes[..20]) != number(bytes, 20) {
        return Err(BadHeader::Broken);
    }
    let format = number(bytes, 8);
    if format != FORMAT {
        return Err(BadHeader::Format(format));
    }
    Ok(u64::from(number(bytes, 12)) | u64::from(number(bytes, 16)) << 32)
}

/// Fills in the header of a frame. `framed` is [`FRAME_HEADER`] free bytes and the payload, which is below 4 GiB.
pub(super) fn seal(framed: &mut [u8]) {
    let payload = &framed[FRAME_HEADER..];
    let length = u32::try_from(payload.len()).expect("entries are limited far below 4 GiB");
    let sum = crc32fast::hash(payload);
    framed[..4].copy_from_slice(&length.to_le_bytes());
    framed[4..8].copy_from_slice(&sum.to_le_bytes());
    let sum = crc32fast::hash(&framed[..8]);
    framed[8..FRAME_HEADER].copy_from_slice(&sum.to_le_bytes());
}

/// Says what stands at byte `at` of a segment.
pub(super) fn find(bytes: &[u8], at: usize) -> Found {
    let rest = &bytes[at..];
    if rest.is_empty() {
        return Found::End;
    }
    if rest.len() < FRAME_HEADER {
        return Found::Bad("an entry's header is cut off");
    }
    if crc32fast::hash(&rest[..8]) != number(rest, 8) {
        return Found::Bad("the checksum of an entry's header does not match");
    }
    let length = number(rest, 0) as usize;
    let Some(payload) = rest[FRAME_HEADER..].get(..length) else {
        return Found::Bad("an entry is cut off");
    };
    if crc32fast::hash(payload) != number(rest, 4) {
        return Found::Bad("the checksum of an entry does not match");
    }
    Found::Entry { end: at + FRAME_HEADER + length }
}

/// Says whether any whole entry begins after byte `at`. If so, what is bad at `at` is no torn tail.
pub(super) fn entry_follows(bytes: &[u8], at: usize) -> bool {
    (at + 1..bytes.len()).any(|at| matches!(find(bytes, at), Found::Entry { .. }))
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
