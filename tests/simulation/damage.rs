//! Injuries to the directory in which state is kept: each is found, or does no harm. What leaves is what leaves without
//! any disk, to the byte, and a router begins again after each.
//!
//! The full scale is a proof: `./proof state`.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_log::{Append, Place};
use segue_model::Timestamp;
use segue_testkit::checker::check;
use segue_testkit::load::{Load, bundle_dir};

use crate::in_memory;
use crate::world::{Seeded, World};

/// Of a file, only so much is looked at for bytes that were written: a journal reserves far more.
const LOOKED_AT: u64 = 1 << 20;
/// How many turns the loops may take to come to rest.
const TURNS_MAX: usize = 500;

/// What is done to the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Injury {
    None,
    BitFlipped,
    Truncated,
    Deleted,
    OldFile,
    OldPartition,
}

/// What came of injuries of one kind.
#[derive(Debug, Default)]
struct Seen {
    found: u32,
    harmless: u32,
}

/// The load of one seed, in three parts, with what is done to the state after the second.
fn lived(seed: u64, bundle: &Arc<Bundle>, dir: Option<&Path>, injury: Injury) -> World {
    let mut world = World::new(seed, bundle);
    world.dir = dir.map(Path::to_owned);
    let load = Load { seed, events: 120, subjects: 12, pace_ms: 600_000, ..Load::default() };
    let records: Vec<Append> = load.records().map(|append| Append { place: Place::Key, ..append }).collect();
    let mut seeded = Seeded(seed);
    let old = in_memory();
    let mut published = 0;
    for (part, batch) in records.chunks(records.len().div_ceil(3)).enumerate() {
        published += batch.len() as u64;
        world.hand.set(world.hand.now().max(Timestamp(load.time_ms(published))));
        let _ = world.log.append(batch.to_vec()).unwrap();
        come_to_rest(&mut world);
        // A router is told to stop, or is killed.
        let (decide, _) = world.decides[0].take().unwrap();
        if seeded.below(2) == 0 {
            decide.close()
        } else {
            drop(decide)
        }
        if let Some(dir) = dir {
            match part {
                0 => copy_all(&dir.join("0"), old.path()),
                1 => hurt(&dir.join("0"), old.path(), injury, &mut seeded),
                _ => {}
            }
        }
    }
    world.drain();
    world
}

fn come_to_rest(world: &mut World) {
    let (mut last, mut still) = (Vec::new(), 0);
    for _ in 0..TURNS_MAX {
        world.turn_intake(0);
        world.turn_decide(0);
        let ends = world.ends();
        still = if ends == last { still + 1 } else { 0 };
        last = ends;
        if still == 8 {
            return;
        }
    }
    panic!("the routers did not come to rest");
}

/// Every file under a directory, in order; locks are none of the state.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_none_or(|extension| extension != "lock") {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// Copies a directory, empty ones in it as well.
fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_all(&path, &copy);
        } else {
            let _ = fs::copy(&path, &copy).unwrap();
        }
    }
}

fn hurt(dir: &Path, old: &Path, injury: Injury, seeded: &mut Seeded) {
    let all = files(dir);
    let path = all[seeded.below(all.len() as u64) as usize].clone();
    let file = File::options().read(true).write(true).open(&path).unwrap();
    let mut bytes = Vec::new();
    let _ = (&file).take(LOOKED_AT).read_to_end(&mut bytes).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1);
    let within = seeded.below(written.max(1));
    match injury {
        Injury::None => {}
        Injury::BitFlipped if written == 0 => {}
        Injury::BitFlipped => {
            let flipped = [bytes[within as usize] ^ (1 << seeded.below(8))];
            file.write_all_at(&flipped, within).unwrap();
        }
        Injury::Truncated => file.set_len(within).unwrap(),
        Injury::Deleted => fs::remove_file(&path).unwrap(),
        Injury::OldFile | Injury::OldPartition => {
            let partition = path.strip_prefix(dir).unwrap().iter().next().unwrap();
            let (was, is) = (old.join(partition), dir.join(partition));
            if injury == Injury::OldPartition {
                fs::remove_dir_all(&is).unwrap();
                copy_all(&was, &is);
            } else if let Ok(before) = fs::read(old.join(path.strip_prefix(dir).unwrap())) {
                fs::write(&path, before).unwrap();
            }
        }
    }
}

#[test]
fn whatever_is_done_to_the_files_of_state_nothing_else_leaves_and_routers_begin_again() {
    let bundle = Arc::new(segue_bundle::load(&bundle_dir()).unwrap().bundle);
    let is_full = std::env::var("SEGUE_SCALE").is_ok_and(|scale| scale == "full");
    let first: u64 = std::env::var("SEGUE_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut report = String::new();
    for (injury, full, small) in [
        (Injury::None, 3, 1),
        (Injury::BitFlipped, 50, 3),
        (Injury::Truncated, 20, 2),
        (Injury::Deleted, 10, 2),
        (Injury::OldFile, 10, 1),
        (Injury::OldPartition, 10, 2),
    ] {
        let mut seen = Seen::default();
        for seed in first..first + if is_full { full } else { small } {
            let dir = in_memory();
            let hurt = lived(seed, &bundle, Some(dir.path()), injury);
            let whole = lived(seed, &bundle, None, Injury::None);
            for topic in whole.everything() {
                assert!(
                    hurt.read(&topic) == whole.read(&topic),
                    "SEGUE_SEED={seed} {injury:?}: {topic} differs"
                );
            }
            let checked = check(&hurt.evidence_of(120));
            assert!(checked.is_clean(), "SEGUE_SEED={seed} {injury:?}\n{checked}");
            assert!(hurt.counted("segue_profile_reads_total{from=\"disk\"}") > 0, "nothing was on disk");
            let given_up = hurt.counted("segue_state_given_up_total");
            assert!(given_up <= 1, "SEGUE_SEED={seed} {injury:?}: one injury was met {given_up} times");
            if given_up > 0 { seen.found += 1 } else { seen.harmless += 1 }
        }
        let Seen { found, harmless } = seen;
        assert!(injury != Injury::None || found == 0, "healthy files were given up");
        report.push_str(&format!("- {injury:?}: {found} found, {harmless} harmless\n"));
    }
    println!("{report}");
    if let Ok(path) = std::env::var("SEGUE_PROOF") {
        let mut page = File::options().append(true).create(true).open(path).unwrap();
        writeln!(page, "Of each injury, how often it was found (and the state restored from the changelog) and how often it did no harm; what left was the same every time as without a disk, and every router began again.\n\n{report}").unwrap();
    }
}
