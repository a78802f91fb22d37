//! Files that are not what was written: bits flipped, ends cut off, files gone, old copies put back.
//!
//! Whatever is done to the files, the store opens. What it resumes is what was true at the position that it names; all
//! else it sets aside. A reading later on may still say that the files are damaged, and never gives other values.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use segue_store::{Batch, Error, Opened, Reason, Settings, Store};
use tempfile::{TempDir, tempdir};

use crate::support::{Numbers, batch, check, expected, identity, open, run, settings};

const NAME: &str = "segue.profiles-7";

/// How many times more than in the gate everything is tried.
fn times() -> u64 {
    std::env::var("SEGUE_STORE_DAMAGE_TIMES").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// A store with tables on several levels and a journal, and two states of it from before.
struct Before {
    root: TempDir,
    older: Vec<TempDir>,
}

const POSITIONS: [u64; 3] = [60, 240, 400];

fn before() -> Before {
    let root = tempdir().unwrap();
    let mut older = Vec::new();
    for position in POSITIONS {
        let (mut store, _) = open(root.path()).unwrap();
        run(&mut store, position);
        store.close().unwrap();
        // Opened once more, so that the journal no longer reserves room in advance.
        drop(open(root.path()).unwrap());
        let copy = tempdir().unwrap();
        copy_all(root.path(), copy.path());
        older.push(copy);
    }
    let _ = older.pop();
    let tables = files(root.path()).iter().filter(|path| path.to_string_lossy().contains("tables")).count();
    assert!(tables >= 2, "{:?}", files(root.path()));
    Before { root, older }
}

fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&to).unwrap();
            copy_all(&entry.path(), &to);
        } else {
            let _ = fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The files of the partition, in order.
fn files(root: &Path) -> Vec<PathBuf> {
    fn collect(path: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(path).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                collect(&entry.path(), files)
            } else {
                files.push(entry.path())
            }
        }
    }
    let mut all = Vec::new();
    collect(&root.join(NAME), &mut all);
    all.sort();
    all
}

/// What became of the damaged stores.
#[derive(Debug, Default)]
struct Outcomes {
    resumed: u64,
    behind: u64,
    set_aside: BTreeMap<String, u64>,
    told_later: u64,
}

impl Outcomes {
    /// Damages a copy of the store and uses it. `damage` says what it did.
    fn after(&mut self, before: &Before, damage: impl FnOnce(&Path) -> String) {
        let root = tempdir().unwrap();
        copy_all(before.root.path(), root.path());
        let what = damage(root.path());
        let (mut store, opened) = open(root.path()).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        match opened {
            Opened::Fresh => panic!("{what}: taken for nothing"),
            Opened::SetAside { reason, .. } => {
                let text = reason.to_string();
                let text = text.split_inclusive(['(', '{']).take(3).collect::<String>();
                *self.set_aside.entry(text).or_default() += 1;
                assert_eq!((store.next(), store.values()), (0, 0), "{what}");
            }
            Opened::Resumed { next } => {
                self.resumed += 1;
                self.behind += u64::from(next < POSITIONS[2]);
                let expected = expected(next);
                let mut found = BTreeMap::new();
                store.scan(b"", &mut |key, value| drop(found.insert(key.to_vec(), value.to_vec()))).unwrap();
                assert!(found == expected, "{what}: resumed at {next} with other values");
                for (key, value) in &expected {
                    match store.get(key) {
                        Ok(found) => {
                            assert!(found.as_ref() == Some(value), "{what}: another value for a key")
                        }
                        // The store says so, and the caller sets it aside.
                        Err(Error::Damaged { .. }) => {
                            self.told_later += 1;
                            let _ = store.set_aside().unwrap();
                            assert_eq!(open(root.path()).unwrap().1, Opened::Fresh);
                            return;
                        }
                        Err(error) => panic!("{what}: {error:?}"),
                    }
                }
            }
        }
        // Whatever it is now, it can be used.
        let to = store.next() + 20;
        for number in store.next()..to {
            match store.apply(number, number + 1, &batch(number)) {
                Ok(()) => {}
                Err(Error::Damaged { .. }) => return self.told_later += 1,
                Err(error) => panic!("{what}: {error:?}"),
            }
        }
        drop(store);
        let (store, opened) = open(root.path()).unwrap();
        assert_eq!(opened, Opened::Resumed { next: to }, "{what}, used, and opened again");
        check(&store);
    }

    fn aside(&self) -> u64 {
        self.set_aside.values().sum()
    }
}

fn flip(file: &Path, bit: u64) {
    let file = File::options().read(true).write(true).open(file).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, bit / 8).unwrap();
    file.write_all_at(&[byte[0] ^ (1 << (bit % 8))], bit / 8).unwrap();
}

fn pick<'a>(files: &'a [PathBuf], numbers: &mut Numbers) -> (&'a Path, u64) {
    let filled: Vec<_> = files.iter().filter(|path| path.metadata().unwrap().len() > 0).collect();
    let file = filled[numbers.below(filled.len() as u64) as usize];
    (file, file.metadata().unwrap().len())
}

#[test]
fn flipped_bits_are_found_or_do_no_harm() {
    let before = before();
    let mut numbers = Numbers(11);
    let mut outcomes = Outcomes::default();
    for _ in 0..50 * times() {
        outcomes.after(&before, |root| {
            let files = files(root);
            let (file, length) = pick(&files, &mut numbers);
            // Half of them near an end, where the small structures are.
            let at = match numbers.below(4) {
                0 => numbers.below(length.min(64)),
                1 => length - 1 - numbers.below(length.min(64)),
                _ => numbers.below(length),
            };
            flip(file, at * 8 + numbers.below(8));
            format!("byte {at} of {}", file.display())
        });
    }
    eprintln!("flips: {outcomes:#?}");
    assert!(outcomes.aside() > 10 * times(), "{outcomes:?}");
}

#[test]
fn files_cut_short_are_found_or_do_no_harm() {
    let before = before();
    let mut numbers = Numbers(12);
    let mut outcomes = Outcomes::default();
    for _ in 0..20 * times() {
        outcomes.after(&before, |root| {
            let files = files(root);
            let (file, length) = pick(&files, &mut numbers);
            let left = if numbers.below(4) == 0 { 0 } else { numbers.below(length) };
            File::options().write(true).open(file).unwrap().set_len(left).unwrap();
            format!("{} cut to {left}", file.display())
        });
    }
    eprintln!("truncations: {outcomes:#?}");
    assert!(outcomes.aside() > 5 * times(), "{outcomes:?}");
}

#[test]
fn each_file_or_directory_that_is_gone_or_strange_is_noticed_or_does_no_harm() {
    let before = before();
    let mut outcomes = Outcomes::default();
    for number in 0..files(before.root.path()).len() {
        outcomes.after(&before, |root| {
            let file = &files(root)[number];
            fs::remove_file(file).unwrap();
            format!("{} removed", file.display())
        });
    }
    for below in ["data", "data/keyspaces", "data/keyspaces/0", "data/keyspaces/1", "data/keyspaces/1/tables"]
    {
        outcomes.after(&before, |root| {
            fs::remove_dir_all(root.join(NAME).join(below)).unwrap();
            format!("{below} removed")
        });
    }
    for below in ["data/keyspaces/x", "data/keyspaces/2", "data/x.jnl"] {
        outcomes.after(&before, |root| {
            fs::create_dir(root.join(NAME).join(below)).unwrap();
            format!("{below} added")
        });
    }
    eprintln!("deletions: {outcomes:#?}");
    assert!(outcomes.aside() > 5, "{outcomes:?}");
}

#[test]
fn old_copies_of_some_files_are_found_or_do_no_harm() {
    let before = before();
    let mut numbers = Numbers(13);
    let mut outcomes = Outcomes::default();
    for trial in 0..30 * times() {
        outcomes.after(&before, |root| {
            let old = before.older[(trial % 2) as usize].path();
            let old_files = files(old);
            // One file, or each with one chance in two: also a manifest without its journal.
            let chosen: Vec<_> = if trial % 3 == 0 {
                vec![pick(&old_files, &mut numbers).0]
            } else {
                old_files.iter().filter(|_| numbers.below(2) == 0).map(PathBuf::as_path).collect()
            };
            for file in &chosen {
                let _ = fs::copy(file, root.join(file.strip_prefix(old).unwrap())).unwrap();
            }
            format!("old copies of {chosen:?}")
        });
    }
    eprintln!("old copies: {outcomes:#?}");
    assert!(outcomes.aside() > 0, "{outcomes:?}");
}

#[test]
fn old_tables_under_a_newer_journal_are_set_aside_although_each_file_is_whole() {
    let root = tempdir().unwrap();
    let keyspace = root.path().join(NAME).join("data/keyspaces/1");
    let copy = tempdir().unwrap();
    // The journal compresses, and goes on in a new file at 64 MB.
    let large = |number: u64| {
        let mut numbers = Numbers(number);
        let value: Vec<_> = (0..1 << 17).flat_map(|_| numbers.below(u64::MAX).to_le_bytes()).collect();
        Batch::from_iter([(number.to_string(), Some(value))])
    };
    let (mut store, _) = open(root.path()).unwrap();
    for number in 0..10 {
        store.apply(number, number + 1, &large(number)).unwrap();
    }
    // Opened again, so that tables are written and stand in the manifest.
    for _ in 0..2 {
        store.close().unwrap();
        store = open(root.path()).unwrap().0;
    }
    drop(store);
    copy_all(&keyspace, copy.path());
    let (mut store, _) = open(root.path()).unwrap();
    while root.path().join(NAME).join("data/0.jnl").exists() {
        let number = store.next();
        assert!(number < 500, "the first journal is never given up");
        store.apply(number, number + 1, &large(number)).unwrap();
    }
    let values = store.values();
    store.close().unwrap();
    fs::remove_dir_all(&keyspace).unwrap();
    fs::create_dir(&keyspace).unwrap();
    copy_all(copy.path(), &keyspace);
    // The engine finds nothing wrong with it; only the sum tells that values between tables and journal are missing.
    let (_, opened) = open(root.path()).unwrap();
    let Opened::SetAside { reason: Reason::Damaged { detail }, .. } = opened else { panic!("{opened:?}") };
    assert!(detail.contains(&format!("are not the {values} that the mark is of")), "{detail}");
}

#[test]
fn an_old_copy_of_the_whole_directory_is_behind_and_true() {
    let before = before();
    for (old, position) in before.older.iter().zip(POSITIONS) {
        let (store, opened) = open(old.path()).unwrap();
        assert_eq!(opened, Opened::Resumed { next: position });
        check(&store);
    }
}

#[test]
fn bytes_that_were_never_written_are_set_aside() {
    let before = before();
    let mut numbers = Numbers(14);
    let mut outcomes = Outcomes::default();
    for _ in 0..10 * times() {
        outcomes.after(&before, |root| {
            let files = files(root);
            let (file, length) = pick(&files, &mut numbers);
            let garbage: Vec<_> = (0..length).map(|_| numbers.below(256) as u8).collect();
            fs::write(file, garbage).unwrap();
            format!("{} filled with garbage", file.display())
        });
    }
    eprintln!("garbage: {outcomes:#?}");
    assert!(outcomes.aside() > 3 * times(), "{outcomes:?}");
}

#[test]
fn an_empty_directory_is_nothing_and_a_file_in_its_place_is_damage() {
    let root = tempdir().unwrap();
    fs::create_dir(root.path().join(NAME)).unwrap();
    let (store, opened) = open(root.path()).unwrap();
    assert_eq!(opened, Opened::Fresh);
    store.discard().unwrap();

    fs::write(root.path().join(NAME), "a file").unwrap();
    let (mut store, opened) = open(root.path()).unwrap();
    assert!(matches!(opened, Opened::SetAside { reason: Reason::Damaged { .. }, .. }), "{opened:?}");
    run(&mut store, 2);
    check(&store);
}

#[test]
fn a_directory_that_was_half_made_or_half_removed_is_nothing() {
    let root = tempdir().unwrap();
    drop(open(root.path()).unwrap());
    fs::rename(root.path().join(NAME), root.path().join(format!("{NAME}.scrap"))).unwrap();
    fs::remove_file(root.path().join(format!("{NAME}.scrap/identity"))).unwrap();
    let settings = Settings { aside_max: 1, ..settings() };
    let (_, opened) = Store::open(root.path(), &identity(), &settings).unwrap();
    assert_eq!(opened, Opened::Fresh);
    assert!(!root.path().join(format!("{NAME}.scrap")).exists());
}
