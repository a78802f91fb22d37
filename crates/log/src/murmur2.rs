//! The hash by which Kafka's Java client places a keyed record, so that every client agrees where a key lives.
//!
//! This is MurmurHash2 with Kafka's fixed seed and little-endian reads. It is not a cryptographic hash.

/// Hashes a key as `org.apache.kafka.common.utils.Utils.murmur2` does; Java shows the same 32 bits with a sign.
#[must_use]
pub fn murmur2(key: &[u8]) -> u32 {
    ::murmur2::murmur2(key, ::murmur2::KAFKA_SEED)
}

/// Says which of `partitions` a key belongs to: the hash with its sign bit cleared, modulo the count.
///
/// # Panics
/// When `partitions` is 0: there is no topic without partitions.
#[must_use]
pub fn partition_of(key: &[u8], partitions: u32) -> u32 {
    (murmur2(key) & 0x7fff_ffff) % partitions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_java_client() {
        // The cases of Kafka's own UtilsTest.
        let cases: [(&[u8], i32); 6] = [
            (b"21", -973_932_308),
            (b"foobar", -790_332_482),
            (b"a-little-bit-long-string", -985_981_536),
            (b"a-little-bit-longer-string", -1_486_304_829),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            (b"abc", 479_470_107),
        ];
        for (key, expected) in cases {
            assert_eq!(murmur2(key) as i32, expected, "{}", String::from_utf8_lossy(key));
        }
    }

    #[test]
    fn a_negative_hash_falls_into_a_partition_by_its_lower_31_bits() {
        assert_eq!(partition_of(b"foobar", 12), (-790_332_482_i32 & 0x7fff_ffff) as u32 % 12);
        assert_eq!(partition_of(b"abc", 12), 479_470_107 % 12);
    }
}
