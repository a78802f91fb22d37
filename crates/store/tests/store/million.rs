//! A million profiles of 300 bytes: what they cost. The figures are written down in the crate's documentation.

use std::path::Path;
use std::time::{Duration, Instant};

use segue_store::{Batch, Cache, Opened, Settings, Store};
use tempfile::tempdir;

use crate::support::{Numbers, identity};

const BATCH: u64 = 1_000;
const READS: u64 = 200_000;

fn profiles() -> u64 {
    std::env::var("SEGUE_STORE_PROFILES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000)
}

fn key(number: u64) -> Vec<u8> {
    format!("s/customer:{number:08}").into_bytes()
}

/// About as compressible as the text of a profile.
fn value(number: u64, version: u64) -> Vec<u8> {
    let mut numbers = Numbers(number ^ (version << 40));
    let mut text = format!("{{\"v\":1,\"customer\":\"{number:08}\",\"version\":{version}");
    while text.len() < 299 {
        text.push_str(&format!(",\"field\":\"{:010x}\"", numbers.below(1 << 40)));
    }
    text.truncate(299);
    text.push('}');
    text.into_bytes()
}

/// Memory of this process, in MiB: all that is in RAM, and the part that is not pages of files.
fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mib = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    (mib("VmRSS:"), mib("RssAnon:"))
}

fn disk_mib(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let each = std::fs::read_dir(path).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() { disk_mib(&path) } else { path.metadata().unwrap().blocks() * 512 / 1024 / 1024 }
    });
    each.sum()
}

/// Time on the clock and on the processor, all threads counted.
struct Watch(Instant, Duration);

fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), processor())
    }

    fn stop(self, what: &str, operations: u64) {
        let (clock, processor) = (self.0.elapsed(), processor() - self.1);
        let per = |time: Duration| time.as_nanos() / u128::from(operations.max(1));
        println!(
            "{what}: {clock:.2?}, {} ns each; processor {processor:.2?}, {} ns each",
            per(clock),
            per(processor)
        );
    }
}

fn load(store: &mut Store) {
    for first in (0..profiles()).step_by(BATCH as usize) {
        let batch: Batch =
            (first..first + BATCH).map(|number| (key(number), Some(value(number, 0)))).collect();
        store.apply(store.next(), first + BATCH, &batch).unwrap();
    }
}

fn read(store: &Store, what: &str, of: u64) {
    let mut numbers = Numbers(3);
    let watch = Watch::start();
    for _ in 0..READS {
        assert_eq!(store.get(&key(numbers.below(of))).unwrap().map(|value| value.len()), Some(300));
    }
    watch.stop(what, READS);
}

#[test]
#[ignore = "takes a minute, and measures"]
fn what_a_million_profiles_cost() {
    let root = tempdir().unwrap();
    let mib = |name: &str, otherwise: u64| {
        std::env::var(name).map_or(otherwise, |text| text.parse().unwrap()) << 20
    };
    let settings = Settings {
        block_cache_bytes: mib("SEGUE_STORE_BLOCK_CACHE_MIB", 32),
        write_buffer_bytes: mib("SEGUE_STORE_WRITE_BUFFER_MIB", 16),
        ..Settings::default()
    };
    println!("memory before: {:?} MiB", memory());
    let (mut store, _) = Store::open(root.path(), &identity(), &settings).unwrap();
    let watch = Watch::start();
    load(&mut store);
    watch.stop("load in batches of 1,000", profiles());
    println!("disk {} MiB, memory {:?} MiB", disk_mib(root.path()), memory());
    read(&store, "read one of all", profiles());
    read(&store, "read one of 10,000", 10_000);

    let mut numbers = Numbers(4);
    let watch = Watch::start();
    let mut applying = Duration::ZERO;
    for round in 0..READS / BATCH {
        let chosen: Vec<_> = (0..BATCH).map(|_| numbers.below(profiles())).collect();
        for number in &chosen {
            assert!(store.get(&key(*number)).unwrap().is_some());
        }
        let batch: Batch =
            chosen.iter().map(|number| (key(*number), Some(value(*number, 1 + round)))).collect();
        let begun = Instant::now();
        store.apply(store.next(), store.next() + BATCH, &batch).unwrap();
        applying += begun.elapsed();
    }
    watch.stop("read and change one of all", READS);
    println!("of which applying: {applying:.2?}");
    let watch = Watch::start();
    for round in 0..READS / BATCH {
        let batch: Batch =
            (0..BATCH).map(|n| (format!("d/{:020}", round * BATCH + n), Some("{\"v\":1}"))).collect();
        store.apply(store.next(), store.next() + BATCH, &batch).unwrap();
    }
    watch.stop("put a small one that was not there", READS);
    println!("disk {} MiB, memory {:?} MiB", disk_mib(root.path()), memory());

    let mut cache = Cache::new(64 << 20, 300);
    for number in 0..150_000 {
        cache.put(&key(number), value(number, 0), 300);
    }
    let kept: Vec<_> = (0..150_000).map(key).filter(|key| cache.get(key).is_some()).collect();
    let watch = Watch::start();
    for _ in 0..10 {
        assert!(kept.iter().all(|key| cache.get(key).is_some()));
    }
    watch.stop("read from the cache in front", 10 * kept.len() as u64);
    println!("cache: {} values in {} bytes", cache.values(), cache.bytes());
    drop(cache);

    let watch = Watch::start();
    store.close().unwrap();
    watch.stop("close", 1);
    for _ in 0..2 {
        let watch = Watch::start();
        let (store, opened) = Store::open(root.path(), &identity(), &settings).unwrap();
        watch.stop("open and look at all", profiles() + READS);
        assert!(matches!(opened, Opened::Resumed { .. }), "{opened:?}");
        assert_eq!(store.values(), profiles() + READS);
        println!("disk {} MiB, memory {:?} MiB", disk_mib(root.path()), memory());
        read(&store, "read one of all", profiles());
    }
}
