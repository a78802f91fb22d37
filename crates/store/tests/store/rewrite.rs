//! A store that is written anew holds what it held, and its files nothing of what was taken away.

use std::fs;
use std::path::Path;

use segue_store::{Batch, Opened};
use tempfile::tempdir;

use crate::support::{check, open, run, values};

const SECRET: &[u8] = b"what nobody may find again";

/// How many files under a directory hold the secret.
fn holders(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let holds = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        usize::from(bytes.windows(SECRET.len()).any(|part| part == SECRET))
    };
    entries.map(|path| if path.is_dir() { holders(&path) } else { holds(&path) }).sum()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            let _ = fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Puts the secret in and takes it away again, at the position where the store is.
fn keep_and_forget(store: &mut segue_store::Store) {
    let mut kept = Batch::default();
    kept.put("s/secret", SECRET);
    let next = store.next();
    store.apply(next, next, &kept).unwrap();
    let mut gone = Batch::default();
    gone.remove("s/secret");
    store.apply(next, next, &gone).unwrap();
}

#[test]
fn no_file_holds_what_was_taken_away_and_all_else_is_there_whatever_is_written_meanwhile() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    run(&mut store, 120);
    keep_and_forget(&mut store);
    run(&mut store, 200);
    assert!(holders(root.path()) > 0, "removed, it is still in a file");
    assert_eq!(store.begin_rewrite().unwrap(), 0);
    let mut slices = 0;
    while !store.rewrite_some(9_000).unwrap() {
        slices += 1;
        let next = store.next();
        run(&mut store, next + 3);
        check(&store);
    }
    assert!(slices > 5 && !store.is_rewriting());
    check(&store);
    assert_eq!(holders(root.path()), 0);
    let next = store.next();
    run(&mut store, next + 40);
    store.close().unwrap();
    let (store, opened) = open(root.path()).unwrap();
    assert_eq!(opened, Opened::Resumed { next: next + 40 });
    check(&store);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2, "the directory and its lock");
}

#[test]
fn what_was_set_aside_goes_as_well() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    keep_and_forget(&mut store);
    let moved_to = store.set_aside().unwrap().unwrap();
    assert!(moved_to.exists() && holders(root.path()) > 0);
    let (mut store, _) = open(root.path()).unwrap();
    run(&mut store, 5);
    assert_eq!(store.begin_rewrite().unwrap(), 1);
    while !store.rewrite_some(9_000).unwrap() {}
    assert_eq!(holders(root.path()), 0);
    check(&store);
}

#[test]
fn wherever_it_is_cut_off_there_is_the_old_store_the_new_one_or_none() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    run(&mut store, 60);
    keep_and_forget(&mut store);
    let _ = store.begin_rewrite().unwrap();
    assert!(!store.rewrite_some(20_000).unwrap());
    let cut = |store: segue_store::Store| {
        // A copy of the files as they are, without the lock being given back in between.
        let copied = tempdir().unwrap();
        copy(root.path(), copied.path());
        (store, copied)
    };
    let (mut store, half) = cut(store);
    while !store.rewrite_some(20_000).unwrap() {}
    let (store, whole) = cut(store);
    drop(store);

    let (resumed, opened) = open(half.path()).unwrap();
    assert_eq!(opened, Opened::Resumed { next: 60 });
    check(&resumed);
    drop(resumed);
    assert!(!half.path().join("segue.profiles-7.anew").exists(), "what was half made is gone");

    // The old one is away, and the new one not yet in its place.
    let away = tempdir().unwrap();
    copy(&half.path().join("segue.profiles-7"), &away.path().join("segue.profiles-7.scrap"));
    copy(&whole.path().join("segue.profiles-7"), &away.path().join("segue.profiles-7.anew"));
    let (fresh, opened) = open(away.path()).unwrap();
    assert_eq!((opened, values(&fresh).len()), (Opened::Fresh, 0));
    assert_eq!(holders(away.path()), 0);

    // The new one is in its place, and the old one not yet removed.
    copy(&half.path().join("segue.profiles-7"), &whole.path().join("segue.profiles-7.scrap"));
    assert!(holders(whole.path()) > 0);
    let (resumed, opened) = open(whole.path()).unwrap();
    assert_eq!(opened, Opened::Resumed { next: 60 });
    check(&resumed);
    assert_eq!(holders(whole.path()), 0);
}

#[test]
fn one_that_is_closed_half_way_leaves_nothing_of_it() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    run(&mut store, 60);
    let _ = store.begin_rewrite().unwrap();
    assert!(!store.rewrite_some(500).unwrap());
    store.close().unwrap();
    assert!(!root.path().join("segue.profiles-7.anew").exists());
    let (mut store, _) = open(root.path()).unwrap();
    assert!(!store.is_rewriting() && store.rewrite_some(1).unwrap(), "nothing is written anew");
    check(&store);
}
