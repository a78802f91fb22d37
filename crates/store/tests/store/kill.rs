//! A process that is killed at any moment leaves a state that was true: behind, never ahead.

use std::io::{BufRead, BufReader};

use segue_store::Opened;
use tempfile::tempdir;

use crate::support::{Numbers, batch, check, child, open, root_of_child};

/// The process that is killed: it says each position once the batch is applied.
#[test]
#[ignore = "runs as a process of its own, started by the tests below"]
fn writes_until_it_is_killed() {
    let Some(root) = root_of_child() else { return };
    let (mut store, opened) = open(&root).unwrap();
    assert!(!matches!(opened, Opened::SetAside { .. }), "{opened:?}");
    loop {
        let next = store.next();
        println!("at {next}");
        store.apply(next, next + 1, &batch(next)).unwrap();
    }
}

#[test]
fn a_killed_process_leaves_the_values_of_the_position_that_is_found() {
    let root = tempdir().unwrap();
    let mut numbers = Numbers(5);
    let mut said = 0;
    for round in 0..12 {
        let mut process = child("kill::writes_until_it_is_killed", root.path(), "").spawn().unwrap();
        // Some are killed while they open.
        let lines_max = if round % 4 == 3 { 0 } else { 1 + numbers.below(300) };
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let positions =
            lines.by_ref().map_while(Result::ok).filter_map(|line| line.strip_prefix("at ")?.parse().ok());
        said = positions.take(lines_max as usize).last().unwrap_or(said);
        process.kill().unwrap();
        // What it had said before it died counts as well.
        let rest = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("at ")?.parse().ok());
        said = rest.last().unwrap_or(said);
        let _ = process.wait().unwrap();

        let (store, opened) = open(root.path()).unwrap();
        let next = store.next();
        assert!(next == said || next == said + 1, "round {round}: {said} was said, {opened:?} is found");
        check(&store);
    }
    assert!(said > 500, "only {said} batches were written");
}

#[test]
fn a_directory_that_ends_the_process_whenever_it_is_opened_is_set_aside_unopened() {
    let root = tempdir().unwrap();
    drop(open(root.path()).unwrap());
    let opening = root.path().join("segue.profiles-7/opening");
    // Two attempts that came to no end may have been killed for other reasons.
    std::fs::write(&opening, "..").unwrap();
    assert_eq!(open(root.path()).unwrap().1, Opened::Resumed { next: 0 });
    assert!(!opening.exists());
    std::fs::write(&opening, "...").unwrap();
    let (_, opened) = open(root.path()).unwrap();
    let never = segue_store::Reason::NeverOpened { attempts: 3 };
    assert!(matches!(&opened, Opened::SetAside { reason, .. } if *reason == never), "{opened:?}");
}
