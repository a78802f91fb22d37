//! The mark: what every batch says of the whole store, so that opening can tell whether it is all there.
//!
//! A mark is the position, the number of values, and the sum of the hashes of all values with their keys. The sum does not
//! depend on any order, and changes with each value that is put or taken away; so it is kept up without reading
//! the rest, and found again by reading everything once.

use xxhash_rust::xxh3::Xxh3;

const VERSION: u8 = 1;
const BYTES: usize = 1 + 8 + 8 + 8 + 16 + 4;

/// What is true of all values together after a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Of the identity it belongs to.
    pub(crate) fingerprint: u64,
    /// The position after the batch.
    pub(crate) next: u64,
    /// The values, counted and summed.
    pub(crate) sum: Sum,
}

/// The number of values and the sum of their hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    pub(crate) values: u64,
    hashes: u128,
}

impl Sum {
    /// Counts a value in.
    pub(crate) fn add(&mut self, key: &[u8], value: &[u8]) {
        self.values = self.values.wrapping_add(1);
        self.hashes = self.hashes.wrapping_add(hash(key, value));
    }

    /// Counts a value out.
    pub(crate) fn subtract(&mut self, key: &[u8], value: &[u8]) {
        self.values = self.values.wrapping_sub(1);
        self.hashes = self.hashes.wrapping_sub(hash(key, value));
    }
}

impl Mark {
    /// The mark as bytes: numbers little-endian, a CRC-32 at the end.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.push(VERSION);
        for number in [self.fingerprint, self.next, self.sum.values] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.sum.hashes.to_le_bytes());
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The mark that the bytes are, if they are one.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (body, crc) = bytes.split_last_chunk::<4>()?;
        let whole = bytes.len() == BYTES && u32::from_le_bytes(*crc) == crc32fast::hash(body);
        if !whole || body[0] != VERSION {
            return None;
        }
        let number = |at: usize| body[at..].first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
        let hashes = body[25..].first_chunk().map(|bytes| u128::from_le_bytes(*bytes))?;
        let sum = Sum { values: number(17)?, hashes };
        Some(Self { fingerprint: number(1)?, next: number(9)?, sum })
    }
}

fn hash(key: &[u8], value: &[u8]) -> u128 {
    let mut hasher = Xxh3::new();
    hasher.update(&(key.len() as u64).to_le_bytes());
    hasher.update(key);
    hasher.update(value);
    hasher.digest128()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark() -> Mark {
        let mut sum = Sum::default();
        sum.add(b"a", b"1");
        sum.add(b"b", b"2");
        Mark { fingerprint: 7, next: 9, sum }
    }

    #[test]
    fn a_mark_is_read_back_as_it_was_written() {
        assert_eq!(Mark::decode(&mark().encode()), Some(mark()));
    }

    #[test]
    fn a_mark_with_any_bit_flipped_or_byte_missing_is_none() {
        let bytes = mark().encode();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Mark::decode(&flipped), None, "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert_eq!(Mark::decode(&bytes[..length]), None, "length {length}");
        }
    }

    #[test]
    fn the_sum_is_that_of_what_is_there_whatever_was_there_before() {
        let mut sum = Sum::default();
        sum.add(b"b", b"2");
        sum.add(b"a", b"0");
        sum.add(b"c", b"3");
        sum.subtract(b"a", b"0");
        sum.subtract(b"c", b"3");
        sum.add(b"a", b"1");
        assert_eq!(sum, mark().sum);
    }

    #[test]
    fn a_byte_that_moves_from_the_key_to_the_value_changes_the_sum() {
        let (mut one, mut other) = (Sum::default(), Sum::default());
        one.add(b"ab", b"c");
        other.add(b"a", b"bc");
        assert_ne!(one, other);
    }
}
