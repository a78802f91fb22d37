//! A stream of batches that can be made again at will, so that any position says what must be there.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use segue_store::{Batch, Error, Identity, Opened, Settings, Store};

/// How many keys the stream uses.
const KEYS: u64 = 700;
/// How many changes a batch has.
const CHANGES: u64 = 20;

pub(crate) type Values = BTreeMap<Vec<u8>, Vec<u8>>;

pub(crate) fn identity() -> Identity {
    Identity {
        format: 3,
        cluster: "cluster".into(),
        topic: "segue.profiles".into(),
        incarnation: "first".into(),
        partition: 7,
        partitions: 12,
    }
}

/// So small that tables are written, and merged, within a test.
pub(crate) fn settings() -> Settings {
    Settings { block_cache_bytes: 1 << 20, write_buffer_bytes: 64 << 10, aside_max: 2 }
}

pub(crate) fn open(root: &Path) -> Result<(Store, Opened), Error> {
    Store::open(root, &identity(), &settings())
}

/// A small generator of numbers, the same for the same seed.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// The batch that leads from position `number` to the next: puts and removals of values that do not compress well.
pub(crate) fn batch(number: u64) -> Batch {
    let mut numbers = Numbers(number.wrapping_mul(77));
    let change = |_| {
        let key = format!("s/{:04}", numbers.below(KEYS));
        let length = 20 + numbers.below(400);
        let value: Vec<u8> = (0..length).map(|_| numbers.below(256) as u8).collect();
        (key, (numbers.below(5) > 0).then_some(value))
    };
    (0..CHANGES).map(change).collect()
}

/// Applies the batches from where the store is up to a position.
pub(crate) fn run(store: &mut Store, to: u64) {
    for number in store.next()..to {
        store.apply(number, number + 1, &batch(number)).unwrap();
    }
}

/// What must be there at a position.
pub(crate) fn expected(next: u64) -> Values {
    let mut values = Values::new();
    for number in 0..next {
        for (key, value) in batch(number).iter() {
            let _ = match value {
                Some(value) => values.insert(key.to_vec(), value.to_vec()),
                None => values.remove(key),
            };
        }
    }
    values
}

/// What is there.
pub(crate) fn values(store: &Store) -> Values {
    let mut values = Values::new();
    store
        .scan(b"", &mut |key, value| assert!(values.insert(key.to_vec(), value.to_vec()).is_none()))
        .unwrap();
    values
}

/// Checks that the store holds what it says, read in both ways.
pub(crate) fn check(store: &Store) {
    let expected = expected(store.next());
    assert!(values(store) == expected, "a scan gives other values than were applied before {}", store.next());
    assert_eq!(store.values(), expected.len() as u64);
    for number in 0..KEYS {
        let key = format!("s/{number:04}").into_bytes();
        assert_eq!(store.get(&key).unwrap(), expected.get(&key).cloned());
    }
}

/// This test binary, to run one ignored test of it as a process of its own. `before` is a shell's preparation.
pub(crate) fn child(test: &str, root: &Path, before: &str) -> Command {
    let mut command = Command::new("sh");
    let script = format!("{before} exec \"$0\" \"$@\"");
    let _ = command.args(["-c", &script]).arg(std::env::current_exe().unwrap());
    let _ = command.args(["--exact", test, "--ignored", "--nocapture"]).env("SEGUE_STORE_TEST_ROOT", root);
    let _ = command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// In such a process: the root that it was given. None if somebody runs ignored tests by hand.
pub(crate) fn root_of_child() -> Option<std::path::PathBuf> {
    std::env::var_os("SEGUE_STORE_TEST_ROOT").map(Into::into)
}
