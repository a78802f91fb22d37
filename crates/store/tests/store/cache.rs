//! The cache in front: bounded in bytes, and never older than what was put in last.

use std::collections::BTreeMap;

use segue_store::Cache;

use crate::support::Numbers;

#[test]
fn a_cache_stays_within_its_bytes_and_gives_only_what_was_put_last() {
    let mut cache = Cache::new(20_000, 200);
    let mut last = BTreeMap::new();
    let mut numbers = Numbers(1);
    let mut hits = 0;
    for round in 0..20_000u64 {
        let key = format!("s/{}", numbers.below(300)).into_bytes();
        if let Some(found) = cache.get(&key) {
            assert_eq!(last.get(&key), Some(found));
            hits += 1;
        }
        // Some are heavier than the whole cache.
        let bytes = if numbers.below(50) == 0 { 30_000 } else { numbers.below(400) };
        match numbers.below(10) {
            0 => {
                cache.remove(&key);
                let _ = last.remove(&key);
                assert_eq!(cache.get(&key), None);
            }
            _ => {
                cache.put(&key, round, bytes);
                let _ = last.insert(key, round);
            }
        }
        assert!(cache.bytes() <= 20_000, "{} bytes in round {round}", cache.bytes());
    }
    assert!(hits > 1_000, "{hits} hits");
    cache.clear();
    assert_eq!((cache.bytes(), cache.values()), (0, 0));
}

#[test]
fn what_is_used_again_and_again_stays_when_a_scan_goes_through() {
    let mut cache = Cache::new(30_000, 200);
    let often: Vec<_> = (0..20).map(|number| format!("often/{number}").into_bytes()).collect();
    for key in &often {
        cache.put(key, (), 200);
    }
    for _ in 0..3 {
        assert!(often.iter().all(|key| cache.get(key).is_some()));
    }
    for number in 0..5_000 {
        cache.put(format!("once/{number}").as_bytes(), (), 200);
    }
    let left = often.iter().filter(|key| cache.get(key).is_some()).count();
    assert!(left >= 15, "{left} of 20 are left");
}

#[test]
fn a_value_too_heavy_to_keep_does_not_leave_the_one_before_it() {
    for bytes in [900, 1_000, 5_000] {
        let mut cache = Cache::new(1_000, 100);
        cache.put(b"k", 1, 100);
        cache.put(b"k", 2, bytes);
        assert_ne!(cache.get(b"k"), Some(&1), "{bytes}");
    }
}
