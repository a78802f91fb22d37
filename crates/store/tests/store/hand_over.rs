//! Whose files they are: kept over a hand-over, refused to strangers, locked while in use.

use std::fs;
use std::path::Path;
use std::time::Duration;

use segue_store::{Batch, Error, Held, Identity, Opened, Reason, Store, discard_held, discard_unused, held};
use tempfile::tempdir;

use crate::support::{batch, check, expected, identity, open, run, settings, values};

fn reopened(root: &Path, identity: &Identity) -> Opened {
    Store::open(root, identity, &settings()).unwrap().1
}

#[test]
fn a_partition_that_was_given_away_is_resumed_where_it_was() {
    let root = tempdir().unwrap();
    let (mut store, opened) = open(root.path()).unwrap();
    assert_eq!(opened, Opened::Fresh);
    assert_eq!((store.next(), store.values()), (0, 0));
    run(&mut store, 50);
    store.close().unwrap();

    let (mut store, opened) = open(root.path()).unwrap();
    assert_eq!(opened, Opened::Resumed { next: 50 });
    check(&store);
    run(&mut store, 90);
    check(&store);
    drop(store);

    let (store, opened) = open(root.path()).unwrap();
    assert_eq!(opened, Opened::Resumed { next: 90 });
    check(&store);
}

#[test]
fn a_prefix_gives_its_own_values_in_order() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    let batch: Batch =
        ["r/a/2", "s/1", "r/b/1", "r/a/10", "d/7", ""].map(|key| (key, Some(key))).into_iter().collect();
    store.apply(0, 1, &batch).unwrap();
    let keys = |prefix: &[u8]| {
        let mut keys = Vec::new();
        store.scan(prefix, &mut |key, _| keys.push(String::from_utf8(key.to_vec()).unwrap())).unwrap();
        keys
    };
    assert_eq!(keys(b"r/a/"), ["r/a/10", "r/a/2"]);
    assert_eq!(keys(b""), ["", "d/7", "r/a/10", "r/a/2", "r/b/1", "s/1"]);
    assert_eq!(keys(b"x"), [""; 0]);
}

#[test]
fn a_batch_that_does_not_begin_where_the_store_ends_changes_nothing() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    run(&mut store, 5);
    for (from, next) in [(4, 5), (6, 7), (5, 4)] {
        assert!(
            matches!(store.apply(from, next, &batch(5)), Err(Error::Gap { held: 5, .. })),
            "{from} to {next}"
        );
    }
    check(&store);
    let long: Batch = [(vec![b'k'; 65_535], Some("v"))].into_iter().collect();
    assert!(matches!(
        store.apply(5, 6, &long),
        Err(Error::TooLong { what: "key", bytes: 65_535, max: 65_534 })
    ));
    check(&store);
    let longest: Batch = [(vec![b'k'; 65_534], Some("v"))].into_iter().collect();
    store.apply(5, 6, &longest).unwrap();
    assert_eq!(store.get(&[b'k'; 65_534]).unwrap(), Some(b"v".to_vec()));
}

#[test]
fn positions_may_leap_as_those_of_a_compacted_log_do() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    store.apply(0, 1_000_000, &batch(0)).unwrap();
    store.apply(1_000_000, 1_000_000, &Batch::default()).unwrap();
    store.apply(1_000_000, u64::MAX, &Batch::default()).unwrap();
    drop(store);
    let (store, opened) = open(root.path()).unwrap();
    assert_eq!(opened, Opened::Resumed { next: u64::MAX });
    assert!(values(&store) == expected(1));
}

#[test]
fn only_one_has_a_partition_open_at_a_time() {
    let root = tempdir().unwrap();
    let (store, _) = open(root.path()).unwrap();
    assert!(matches!(open(root.path()), Err(Error::InUse { .. })));
    let held = &held(root.path()).unwrap()[0];
    assert!(matches!(discard_held(root.path(), held), Err(Error::InUse { .. })));
    let other = Identity { partition: 8, ..identity() };
    assert_eq!(reopened(root.path(), &other), Opened::Fresh);
    drop(store);
    assert_eq!(reopened(root.path(), &identity()), Opened::Resumed { next: 0 });
}

#[test]
fn what_belongs_to_another_log_or_version_is_set_aside_and_what_is_right_is_not() {
    let is = identity();
    let foreign = |found: &str, wanted: &str| Reason::Foreign { found: found.into(), wanted: wanted.into() };
    let cases = [
        (
            Identity { cluster: "other".into(), ..is.clone() },
            foreign("cluster = \"other\"", "cluster = \"cluster\""),
        ),
        (
            Identity { incarnation: "second".into(), ..is.clone() },
            foreign("incarnation = \"second\"", "incarnation = \"first\""),
        ),
        (Identity { partitions: 13, ..is.clone() }, foreign("partitions = 13", "partitions = 12")),
        (Identity { format: 4, ..is.clone() }, Reason::TooNew { found: "1.4".into(), wanted: "1.3".into() }),
        (Identity { format: 2, ..is.clone() }, Reason::TooOld { found: "1.2".into(), wanted: "1.3".into() }),
    ];
    for (other, wanted) in cases {
        let root = tempdir().unwrap();
        let (mut store, _) = Store::open(root.path(), &other, &settings()).unwrap();
        run(&mut store, 3);
        drop(store);
        let (store, opened) = open(root.path()).unwrap();
        let Opened::SetAside { reason, moved_to: Some(moved_to) } = opened else { panic!("{opened:?}") };
        assert_eq!(reason, wanted);
        assert!(moved_to.join("data").is_dir());
        assert_eq!((store.next(), values(&store).len()), (0, 0));
    }
}

#[test]
fn files_of_another_partition_that_were_copied_into_place_are_set_aside() {
    let root = tempdir().unwrap();
    let other = Identity { partition: 8, ..identity() };
    let (mut store, _) = Store::open(root.path(), &other, &settings()).unwrap();
    run(&mut store, 3);
    drop(store);
    let [theirs, ours] = ["segue.profiles-8", "segue.profiles-7"].map(|name| root.path().join(name));
    fs::rename(&theirs, &ours).unwrap();
    assert!(matches!(
        reopened(root.path(), &identity()),
        Opened::SetAside { reason: Reason::Foreign { .. }, .. }
    ));

    // Only the data, under an identity file that is right.
    assert_eq!(reopened(root.path(), &other), Opened::Fresh);
    fs::remove_dir_all(ours.join("data")).unwrap();
    fs::rename(theirs.join("data"), ours.join("data")).unwrap();
    let opened = reopened(root.path(), &identity());
    let Opened::SetAside { reason: Reason::Damaged { detail }, .. } = opened else { panic!("{opened:?}") };
    assert_eq!(detail, "the data belong to another identity");
}

#[test]
fn no_more_directories_are_kept_aside_than_was_said() {
    let root = tempdir().unwrap();
    for round in 0..4 {
        drop(open(root.path()).unwrap());
        fs::write(root.path().join("segue.profiles-7/identity"), "nothing").unwrap();
        let (_, opened) = open(root.path()).unwrap();
        assert!(matches!(opened, Opened::SetAside { moved_to: Some(_), .. }), "round {round}: {opened:?}");
    }
    let mut names: Vec<_> =
        fs::read_dir(root.path().join("aside")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["segue.profiles-7.3", "segue.profiles-7.4"]);

    fs::write(root.path().join("segue.profiles-7/identity"), "nothing").unwrap();
    let none = segue_store::Settings { aside_max: 0, ..settings() };
    let (_, opened) = Store::open(root.path(), &identity(), &none).unwrap();
    assert!(matches!(opened, Opened::SetAside { moved_to: None, .. }));
}

#[test]
fn the_caller_may_set_aside_or_discard_and_begins_anew() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    run(&mut store, 3);
    let moved_to = store.set_aside().unwrap().unwrap();
    assert!(moved_to.join("identity").is_file());
    let (mut store, opened) = open(root.path()).unwrap();
    assert_eq!(opened, Opened::Fresh);
    run(&mut store, 3);
    store.discard().unwrap();
    assert_eq!(reopened(root.path(), &identity()), Opened::Fresh);
}

#[test]
fn what_is_held_for_partitions_that_went_to_others_can_be_listed_and_removed() {
    let root = tempdir().unwrap();
    assert_eq!(held(&root.path().join("none")).unwrap(), []);
    for partition in [7, 10, 8] {
        drop(Store::open(root.path(), &Identity { partition, ..identity() }, &settings()).unwrap());
    }
    fs::create_dir(root.path().join("notes-x")).unwrap();
    let one = |partition| Held { topic: "segue.profiles".into(), partition };
    assert_eq!(held(root.path()).unwrap(), [one(7), one(8), one(10)]);
    discard_held(root.path(), &one(8)).unwrap();
    assert_eq!(held(root.path()).unwrap(), [one(7), one(10)]);
    assert_eq!(reopened(root.path(), &identity()), Opened::Resumed { next: 0 });
}

#[test]
fn a_topic_that_would_lead_out_of_the_root_is_refused() {
    let root = tempdir().unwrap();
    for topic in ["", "..", "a/b", "../a", ".hidden", "ü"] {
        let identity = Identity { topic: topic.into(), ..identity() };
        assert!(
            matches!(Store::open(root.path(), &identity, &settings()), Err(Error::Name { .. })),
            "{topic}"
        );
    }
}

#[test]
fn a_value_that_is_already_there_is_not_written_again() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    let value = vec![7; 1 << 20];
    let batch: Batch = [("k", Some(value))].into_iter().collect();
    store.apply(0, 1, &batch).unwrap();
    let journal = || fs::metadata(root.path().join("segue.profiles-7/data/0.jnl")).unwrap().len();
    drop(store);
    let (mut store, _) = open(root.path()).unwrap();
    let before = journal();
    for next in 1..20 {
        store.apply(next, next + 1, &batch).unwrap();
    }
    assert!(journal() < before + 10_000, "{before} became {}", journal());
}

#[test]
fn what_nobody_has_open_or_wrote_to_for_long_is_removed_and_nothing_else() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    run(&mut store, 5);
    let none = Duration::ZERO;
    assert_eq!(discard_unused(root.path(), none).unwrap(), 0, "it is open");
    store.close().unwrap();
    assert_eq!(
        discard_unused(root.path(), Duration::from_secs(3_600)).unwrap(),
        0,
        "it was written to just now"
    );
    assert_eq!(discard_unused(root.path(), none).unwrap(), 1);
    assert!(held(root.path()).unwrap().is_empty());
    assert_eq!(discard_unused(&root.path().join("nowhere"), none).unwrap(), 0);
}

#[test]
fn what_is_left_of_a_partition_that_has_no_directory_goes_in_the_same_way() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    run(&mut store, 5);
    assert!(store.set_aside().unwrap().is_some());
    for left in ["scrap", "anew"] {
        let data = root.path().join(format!("segue.profiles-7.{left}/data"));
        fs::create_dir_all(&data).unwrap();
        fs::write(data.join("0.jnl"), "left").unwrap();
    }
    let names = |directory: &Path| {
        let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter_map(|name| name.into_string().ok()).filter(|name| !name.ends_with(".lock")).count()
    };
    assert_eq!(discard_unused(root.path(), Duration::from_secs(3_600)).unwrap(), 0);
    assert_eq!((names(root.path()), names(&root.path().join("aside"))), (3, 1));
    assert_eq!(discard_unused(root.path(), Duration::ZERO).unwrap(), 1);
    assert_eq!((names(root.path()), names(&root.path().join("aside"))), (1, 0));
}
