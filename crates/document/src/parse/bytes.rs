//! Looks at several bytes of a text at once.

/// Of eight bytes, those that a string's plain part ends before: the lowest of the bits that are set is right, which is
/// all that is asked for.
#[inline]
fn special_bytes(word: u64) -> u64 {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let quote = word ^ (LOW * b'"' as u64);
    let backslash = word ^ (LOW * b'\\' as u64);
    let zero = |word: u64| word.wrapping_sub(LOW) & !word;
    (zero(quote) | zero(backslash) | (word.wrapping_sub(LOW * 0x20) & !word)) & HIGH
}

/// Where in a string that has come so far the next quote, backslash or control character is, or the end of the bytes.
#[inline]
pub(crate) fn plain_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some((chunk, _)) = bytes[at..].split_first_chunk::<8>() {
        let special = special_bytes(u64::from_le_bytes(*chunk));
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| *byte != b'"' && *byte != b'\\' && *byte >= 0x20) {
        at += 1;
    }
    at
}

/// True if there is no quote, backslash or control character among the bytes.
#[inline]
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    // The last eight are looked at together, whichever of them were among the eight before.
    let Some(last) = bytes.last_chunk::<8>() else { return plain_end(bytes, 0) == bytes.len() };
    let (chunks, _) = bytes.as_chunks::<8>();
    let is_plain = |chunk: &[u8; 8]| special_bytes(u64::from_le_bytes(*chunk)) == 0;
    chunks.iter().all(is_plain) && is_plain(last)
}

/// What names share if they are equal, and seldom if not: the upper bits more seldom than the lower ones.
#[inline]
pub(crate) fn mark(name: &[u8]) -> u32 {
    let mut mixed = name.len() as u64;
    let mut rest = name;
    while let Some((chunk, after)) = rest.split_first_chunk::<8>() {
        mixed = (mixed ^ u64::from_le_bytes(*chunk)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        rest = after;
    }
    let mut tail = 0;
    for byte in rest {
        tail = tail << 8 | u64::from(*byte);
    }
    ((mixed ^ tail).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}
