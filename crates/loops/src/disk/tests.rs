//! Whoever is erased leaves the files, through restarts and whatever goes wrong meanwhile.

use std::fs;
use std::io;
use std::path::Path;

use segue_store::{Identity, Settings};

use super::*;

const SECRET: &str = "what nobody may find again";

fn open(root: &Path) -> Disk {
    let identity = Identity {
        format: 1,
        cluster: "c".to_owned(),
        topic: "segue.profiles".to_owned(),
        incarnation: "i".to_owned(),
        partition: 7,
        partitions: 12,
    };
    // Nothing that was read stays in memory, and tables are written soon.
    let settings = Settings { block_cache_bytes: 0, write_buffer_bytes: 64 << 10, aside_max: 2 };
    let (store, _) = Store::open(root, &identity, &settings).unwrap();
    Disk::new(store, Rc::new(RefCell::new(Cache::new(1 << 20, 100))), 1)
}

/// How many files under a directory hold the secret. While a store is open it may remove one just then: that one holds nothing.
fn holders(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let holds = |path: &Path| {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.unwrap(),
        };
        usize::from(bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()))
    };
    entries.map(|path| if path.is_dir() { holders(&path) } else { holds(&path) }).sum()
}

/// Keeps others, and a person.
fn keep(disk: &mut Disk, person: &str) {
    let mut kept = Batch::default();
    for other in 0..400u32 {
        let value: Vec<u8> = (0..500u32).map(|byte| (other * 31 + byte * byte) as u8).collect();
        kept.put(format!("s/other-{other}"), value);
    }
    kept.put(format!("s/{person}"), SECRET);
    disk.apply(0, kept);
}

fn erase(disk: &mut Disk, person: &str) {
    let mut gone = Batch::default();
    gone.remove(format!("s/{person}"));
    gone.put(format!("e/{person}"), "1");
    disk.apply(0, gone);
}

/// Goes on until there is something to say.
fn forget(disk: &mut Disk) -> Option<Forgot> {
    (0..10_000).find_map(|_| disk.forget())
}

fn values(disk: &Disk) -> u64 {
    disk.store.as_ref().map_or(0, Store::values)
}

#[test]
fn no_file_holds_whoever_is_erased_and_others_are_there() {
    let root = tempfile::tempdir().unwrap();
    let mut disk = open(root.path());
    keep(&mut disk, "ann");
    assert!(!disk.is_forgetting() && disk.forget().is_none(), "nobody was erased");
    erase(&mut disk, "ann");
    assert!(disk.is_forgetting() && holders(root.path()) > 0);
    assert!(matches!(forget(&mut disk), Some(Forgot::All { again: false, .. })));
    assert_eq!((holders(root.path()), disk.is_forgetting()), (0, false));
    disk.close().unwrap();
    let disk = open(root.path());
    assert!(!disk.is_forgetting(), "it is done");
    // Others, the mark, and when it was up to date.
    assert_eq!(values(&disk), 402);
}

#[test]
fn a_restart_on_the_way_goes_on() {
    let root = tempfile::tempdir().unwrap();
    let mut disk = open(root.path());
    keep(&mut disk, "ann");
    erase(&mut disk, "ann");
    for is_killed in [true, false] {
        assert_eq!(disk.forget(), None, "it has begun");
        assert!(root.path().join("segue.profiles-7.anew").exists());
        if is_killed {
            drop(disk);
        } else {
            disk.close().unwrap();
        }
        disk = open(root.path());
        assert!(disk.is_forgetting() && holders(root.path()) > 0);
    }
    assert!(matches!(forget(&mut disk), Some(Forgot::All { again: false, .. })));
    assert_eq!(holders(root.path()), 0);
}

#[test]
fn whoever_is_erased_on_the_way_goes_with_the_next_time_also_after_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let mut disk = open(root.path());
    keep(&mut disk, "ann");
    erase(&mut disk, "ann");
    assert_eq!(disk.forget(), None, "it has begun");
    keep(&mut disk, "bo");
    erase(&mut disk, "bo");
    assert!(matches!(forget(&mut disk), Some(Forgot::All { again: true, .. })));
    drop(disk);
    let mut disk = open(root.path());
    assert!(disk.is_forgetting());
    assert!(matches!(forget(&mut disk), Some(Forgot::All { again: false, .. })));
    assert_eq!(holders(root.path()), 0);
}

#[test]
fn a_machine_that_refuses_leaves_the_store_as_it_was_and_the_wish() {
    let root = tempfile::tempdir().unwrap();
    let mut disk = open(root.path());
    keep(&mut disk, "ann");
    erase(&mut disk, "ann");
    assert_eq!(disk.forget(), None, "it has begun");
    fs::rename(root.path().join("segue.profiles-7.anew"), root.path().join("away")).unwrap();
    assert!(matches!(forget(&mut disk), Some(Forgot::Refused(_))));
    assert!(disk.trouble().is_none() && !disk.is_forgetting(), "it is tried again later");
    keep(&mut disk, "bo");
    assert!(disk.trouble().is_none());
    disk.close().unwrap();
    assert!(open(root.path()).is_forgetting());
}

#[test]
fn damage_that_is_met_on_the_way_is_handled_as_any() {
    let root = tempfile::tempdir().unwrap();
    let mut disk = open(root.path());
    // So much, and in such small batches, that nearly all of it is in tables.
    for number in 0..800u32 {
        let mut kept = Batch::default();
        let value: Vec<u8> = (0..4_000u32).map(|byte| (number * 31 + byte * byte) as u8).collect();
        kept.put(format!("s/{number}"), value);
        disk.apply(0, kept);
    }
    erase(&mut disk, "ann");
    disk.close().unwrap();
    let mut disk = open(root.path());
    let mut damaged = 0;
    for tree in fs::read_dir(root.path().join("segue.profiles-7/data/keyspaces")).unwrap() {
        for table in fs::read_dir(tree.unwrap().path().join("tables")).unwrap() {
            let path = table.unwrap().path();
            let length = fs::metadata(&path).unwrap().len() as usize;
            fs::write(path, vec![7; length]).unwrap();
            damaged += 1;
        }
    }
    assert!(damaged > 0);
    assert_eq!(forget(&mut disk), None);
    assert!(matches!(disk.trouble(), Some(Trouble::Damaged(_))), "{disk:?}");
}
