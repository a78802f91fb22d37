//! The log in a directory: what is there after a crash, and what is refused.

use std::fs;

use super::*;

/// Everything that a log holds, for comparing.
fn contents(log: &Embedded) -> Vec<(String, u32, Vec<Record>, Vec<Progress>)> {
    let mut all = Vec::new();
    for (topic, partitions) in log.topics() {
        for partition in 0..partitions {
            let records = log.read(&topic, partition, 0, usize::MAX).unwrap();
            all.push((topic.to_string(), partition, records, log.committed("g")));
        }
    }
    all
}

/// Makes a log of some steps in `dir`, and returns the length of its segment before and after the last one.
fn write_some(dir: &Path) -> (u64, u64) {
    let log = Embedded::open(dir).unwrap();
    fill(&log);
    let mut worker = started(&log, "g");
    let _ = worker.commit(copy_first()).unwrap();
    let before = fs::metadata(segment_path(dir, 0)).unwrap().len();
    let appends = vec![append("out", 0, "B"), append("in", 1, "C")];
    let _ = worker.commit(Step { appends, progress: vec![progress("in", 0, 2)] }).unwrap();
    (before, fs::metadata(segment_path(dir, 0)).unwrap().len())
}

#[test]
fn a_log_that_is_opened_again_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let options = || Options { segment_bytes_max: 100, clock: Arc::new(|| 7), ..Options::default() };
    let log = Embedded::open_with(dir.path(), options()).unwrap();
    fill(&log);
    let mut worker = started(&log, "g");
    let _ = worker.commit(copy_first()).unwrap();
    assert!(log.delete_topic("out").unwrap());
    assert!(log.create_topic("out", 3).unwrap());
    let _ = log.append(vec![append("out", 2, "D")]).unwrap();
    let before = contents(&log);
    drop((worker, log));

    let log = Embedded::open_with(dir.path(), options()).unwrap();
    assert_eq!(contents(&log), before);
    assert_eq!(log.torn(), None);
    assert!(segment_path(dir.path(), 2).exists(), "it took several segments");
    let mut worker = started(&log, "g");
    assert_eq!(polled(&mut worker), ["b", "c"]);
    let _ = log.append(vec![append("out", 2, "E")]).unwrap();
    assert_eq!(values(&log, "out", 2), ["D", "E"]);
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_off_and_its_step_has_not_happened() {
    let made = tempfile::tempdir().unwrap();
    let (before, after) = write_some(made.path());
    let whole = fs::read(segment_path(made.path(), 0)).unwrap();
    for length in before..after {
        let dir = tempfile::tempdir().unwrap();
        let path = segment_path(dir.path(), 0);
        fs::write(&path, &whole[..length as usize]).unwrap();
        let log = Embedded::open(dir.path()).unwrap();
        assert_eq!(values(&log, "out", 0), ["A"], "cut at {length}");
        assert_eq!(log.end("in", 1), Some(0));
        assert_eq!(log.committed("g"), [progress("in", 0, 1)]);
        let torn = log.torn().map(|torn| (torn.position, torn.bytes));
        assert_eq!(torn, (length > before).then_some((before, length - before)));
        let _ = log.append(vec![append("out", 0, "again")]).unwrap();
        drop(log);
        let log = Embedded::open(dir.path()).unwrap();
        assert_eq!(values(&log, "out", 0), ["A", "again"]);
        assert_eq!(log.torn(), None);
    }
}

#[test]
fn a_last_entry_whose_bytes_did_not_all_reach_the_disk_is_cut_off() {
    let made = tempfile::tempdir().unwrap();
    let (before, after) = write_some(made.path());
    let whole = fs::read(segment_path(made.path(), 0)).unwrap();
    for at in before..after {
        let dir = tempfile::tempdir().unwrap();
        let mut bytes = whole.clone();
        bytes[at as usize..].fill(0);
        if bytes == whole {
            continue;
        }
        fs::write(segment_path(dir.path(), 0), &bytes).unwrap();
        let log = Embedded::open(dir.path()).unwrap();
        assert_eq!(values(&log, "out", 0), ["A"], "zero from {at}");
    }
}

#[test]
fn damage_before_the_last_entry_is_refused_with_its_place_and_changes_nothing() {
    let made = tempfile::tempdir().unwrap();
    let (before, _) = write_some(made.path());
    let whole = fs::read(segment_path(made.path(), 0)).unwrap();
    for at in 0..before {
        let dir = tempfile::tempdir().unwrap();
        let path = segment_path(dir.path(), 0);
        let mut bytes = whole.clone();
        bytes[at as usize] ^= 0x10;
        fs::write(&path, &bytes).unwrap();
        match Embedded::open(dir.path()) {
            Err(OpenError::Damaged { path: named, position, .. }) => {
                assert_eq!(named, path);
                assert!(position <= at, "the entry at {position} holds byte {at}");
            }
            other => panic!("byte {at} was changed and nobody saw it: {other:?}"),
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_segment_that_is_missing_or_cut_short_is_refused() {
    let options = || Options { segment_bytes_max: 1, ..Options::default() };
    let make = || {
        let dir = tempfile::tempdir().unwrap();
        fill(&Embedded::open_with(dir.path(), options()).unwrap());
        dir
    };
    let dir = make();
    fs::remove_file(segment_path(dir.path(), 1)).unwrap();
    let error = Embedded::open(dir.path()).unwrap_err().to_string();
    assert!(
        error.ends_with("journal-0000000001.log is damaged at byte 0: this segment is missing"),
        "{error}"
    );

    let dir = make();
    let first = fs::OpenOptions::new().write(true).open(segment_path(dir.path(), 0)).unwrap();
    first.set_len(frame::SEGMENT_HEADER as u64).unwrap();
    let error = Embedded::open(dir.path()).unwrap_err().to_string();
    assert!(error.ends_with("entries are missing before this segment"), "{error}");

    let dir = make();
    let first = fs::OpenOptions::new().write(true).open(segment_path(dir.path(), 0)).unwrap();
    first.set_len(frame::SEGMENT_HEADER as u64 + 3).unwrap();
    let error = Embedded::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("journal-0000000000.log is damaged at byte 24"), "{error}");
}

#[test]
fn a_segment_that_was_just_begun_when_the_process_died_is_begun_again() {
    for length in 0..frame::SEGMENT_HEADER {
        let dir = tempfile::tempdir().unwrap();
        let options = || Options { segment_bytes_max: 1, ..Options::default() };
        let log = Embedded::open_with(dir.path(), options()).unwrap();
        let _ = log.create_topic("t", 1).unwrap();
        drop(log);
        fs::write(segment_path(dir.path(), 1), vec![0; length]).unwrap();
        let log = Embedded::open_with(dir.path(), options()).unwrap();
        let _ = log.append(vec![append("t", 0, "x")]).unwrap();
        drop(log);
        assert_eq!(values(&Embedded::open(dir.path()).unwrap(), "t", 0), ["x"], "{length} bytes");
    }
}

#[test]
fn a_newer_format_is_named_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(Embedded::open(dir.path()).unwrap());
    let path = segment_path(dir.path(), 0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[8] = 9;
    let sum = crc32fast::hash(&bytes[..20]);
    bytes[20..24].copy_from_slice(&sum.to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let error = Embedded::open(dir.path()).unwrap_err().to_string();
    assert!(error.ends_with("has format 9, and this version reads format 1"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_directory_belongs_to_one_log_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let log = Embedded::open(dir.path()).unwrap();
    assert!(matches!(Embedded::open(dir.path()), Err(OpenError::InUse { .. })));
    drop(log);
    let _ = Embedded::open(dir.path()).unwrap();
}

#[test]
fn batched_steps_are_visible_at_once_and_on_disk_when_the_log_closes() {
    let dir = tempfile::tempdir().unwrap();
    let batched = Durability::Batched(Duration::from_secs(3600));
    let options = Options { durability: batched, ..Options::default() };
    let log = Embedded::open_with(dir.path(), options).unwrap();
    fill(&log);
    assert_eq!(values(&log, "in", 0), ["a", "b", "c"]);
    log.sync().unwrap();
    drop(log);
    assert_eq!(values(&Embedded::open(dir.path()).unwrap(), "in", 0), ["a", "b", "c"]);
}
