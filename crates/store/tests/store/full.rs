//! A machine that refuses: no space, no rights, no directory. Nothing that is whole is set aside for that.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use segue_store::{Error, Opened};
use tempfile::tempdir;

use crate::support::{batch, check, child, open, root_of_child, run};

/// The process that may not write long files: it says how far it came and what stopped it.
#[test]
#[ignore = "runs as a process of its own, started by the tests below"]
fn writes_until_there_is_no_room() {
    let Some(root) = root_of_child() else { return };
    let mut store = match open(&root) {
        Ok((store, _)) => store,
        Err(error) => return println!("refused {}", matches!(error, Error::Io { .. })),
    };
    let error = loop {
        let next = store.next();
        match store.apply(next, next + 1, &batch(next)) {
            Ok(()) if next < 100_000 => println!("at {}", store.next()),
            Ok(()) => panic!("nothing stopped it"),
            Err(error) => break error,
        }
    };
    println!("stopped {}", matches!(error, Error::Failed { .. }));
    let again = store.apply(store.next(), store.next() + 1, &batch(store.next()));
    println!("stays {}", matches!(again, Err(Error::Failed { .. })));
}

fn lines(root: &Path, blocks: u32) -> Vec<String> {
    // The signal is ignored so that a write beyond the limit is an error, as it is on a full disk.
    let before = format!("trap '' XFSZ; ulimit -f {blocks};");
    let output = child("full::writes_until_there_is_no_room", root, &before).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_store_that_runs_out_of_room_keeps_what_it_had() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    run(&mut store, 100);
    drop(store);
    // Opened once more, so that the journal no longer reserves room in advance.
    drop(open(root.path()).unwrap());

    let lines = lines(root.path(), 2_000);
    assert!(lines.contains(&"stopped true".to_owned()), "{lines:?}");
    assert!(lines.contains(&"stays true".to_owned()), "{lines:?}");
    let said: u64 =
        lines.iter().filter_map(|line| line.strip_prefix("at ")?.parse().ok()).next_back().unwrap();

    let (mut store, opened) = open(root.path()).unwrap();
    assert_eq!(opened, Opened::Resumed { next: said });
    check(&store);
    run(&mut store, said + 50);
    check(&store);
}

#[test]
fn a_store_that_has_no_room_to_begin_is_refused_and_begins_when_there_is() {
    let root = tempdir().unwrap();
    assert!(lines(root.path(), 100).contains(&"refused true".to_owned()));
    assert_eq!(open(root.path()).unwrap().1, Opened::Fresh);
}

#[test]
fn a_root_that_cannot_be_a_directory_is_refused() {
    let root = tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    for root in [file.as_path(), &file.join("below"), Path::new("/sys/segue")] {
        let error = open(root).unwrap_err();
        assert!(matches!(error, Error::Io { .. }), "{error:?}");
    }
}

#[test]
fn a_directory_without_the_right_to_write_is_refused_and_left_where_it_is() {
    let root = tempdir().unwrap();
    let (mut store, _) = open(root.path()).unwrap();
    run(&mut store, 3);
    drop(store);
    let path = root.path().join("segue.profiles-7");
    let rights = |mode| {
        for path in [path.as_path(), &path.join("data"), root.path()] {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
    };
    rights(0o555);
    // The superuser may write all the same.
    let may_write = fs::write(path.join("probe"), "").is_ok();
    match open(root.path()) {
        Err(error) => assert!(!may_write && matches!(error, Error::Io { .. }), "{error:?}"),
        Ok((_, opened)) => assert!(may_write && opened == Opened::Resumed { next: 3 }, "{opened:?}"),
    }
    rights(0o755);
    assert_eq!(open(root.path()).unwrap().1, Opened::Resumed { next: 3 });
}
