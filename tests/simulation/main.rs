//! Many schedules in one thread: two routers on the embedded log, which are crashed, expelled, and made to write twice,
//! at moments that a seed chooses. After each, everything must add up, and a replay of the log must give the same tasks.
//!
//! The seed of a schedule that fails is printed; `SEGUE_SCHEDULE=SEED` runs it alone, `SEGUE_SCHEDULES=N` runs N; the gate runs ten
//! thousand.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

mod beside;
mod damage;
mod deployed;
mod forgetful;
mod paused;
mod planted;
mod torn;
mod unanswered;
mod world;

use std::env;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use segue_bundle::Bundle;
use segue_log::{Append, Place};
use segue_model::Timestamp;
use segue_testkit::checker::check;
use segue_testkit::load::{Load, bundle_dir};

use tempfile::TempDir;

use world::{BARRED, CHANNELS, EVENTS, Faults, HOUR_MS, LIMITS, OF_TIME, PARTITIONS, Seeded, World};

/// Of how many schedules one is run a second time, with state on disk.
const ON_DISK_EVERY: u64 = 100;

/// Runs the schedule of a seed, and checks what it has left.
fn schedule(seed: u64, bundle: &Arc<Bundle>) -> Faults {
    // Of every eight schedules, one lets bundles decide beside: they take longest.
    let is_casting = seed.is_multiple_of(8);
    let run = |dir: Option<&Path>| {
        let dir = dir.map(Path::to_owned);
        run_in(World { dir, is_casting, ..World::new(seed, bundle) }, seed)
    };
    let world = run(None);
    let mut given_up = 0;
    if seed.is_multiple_of(ON_DISK_EVERY) {
        let dir = in_memory();
        let on_disk = run(Some(dir.path()));
        for topic in world.everything() {
            assert!(
                world.read(&topic) == on_disk.read(&topic),
                "SEGUE_SCHEDULE={seed}: {topic} differs on disk"
            );
        }
        assert!(on_disk.counted("segue_profile_reads_total{from=\"disk\"}") > 0, "nothing was on disk");
        assert_eq!(on_disk.counted("segue_state_given_up_total"), 0);
        let dir = in_memory();
        let failing = Some(Seeded(seed));
        let dir = Some(dir.path().to_owned());
        let failing = World { dir, failing, is_casting: true, ..World::new(seed, bundle) };
        let failing = run_in(failing, seed);
        let report = check(&failing.evidence());
        assert!(report.is_clean(), "SEGUE_SCHEDULE={seed}, on a disk that fails\n{report}");
        given_up = failing.counted("segue_state_given_up_total");
    }
    let mut faults = Faults { unanswered: world.silence.met(), given_up, ..world.faults };
    let report = check(&world.evidence());
    assert!(report.is_clean(), "SEGUE_SCHEDULE={seed}\n{report}\n{faults:?}");
    faults.signals = report.counted("decisions on signals") as u64;
    faults.switched = report.counted("decisions by a bundle switched to") as u64;
    let broken = world.counted("segue_shadow_decisions_total{result=\"broke-off\"}");
    assert_eq!(broken, 0, "SEGUE_SCHEDULE={seed}: what decides beside broke off");
    let [_, beside, differences] = &mut faults.cast;
    *beside = report.counted("decisions beside") as u64;
    *differences = world.counted("segue_shadow_differences_total");
    let [_, rejected, held] = &mut faults.paused;
    *rejected = report.counted("turned down since paused") as u64;
    *held = report.counted("held since paused") as u64;
    faults.capped = report.counted("rejected by a cap") as u64;
    faults.barred = BARRED.map(|name| report.counted(name) as u64);
    faults.channels = CHANNELS.map(|name| report.counted(name) as u64);
    faults.time = OF_TIME.map(|name| report.counted(name) as u64);
    faults
}

/// A directory that is gone with what is returned: in memory where the system has such a one, since what is asked for here does
/// not depend on how long a disk takes to keep what it is given.
fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Runs the schedule of a seed to its end.
fn run(seed: u64, bundle: &Arc<Bundle>, dir: Option<&Path>) -> World {
    run_in(World { dir: dir.map(Path::to_owned), ..World::new(seed, bundle) }, seed)
}

/// The same, where nothing bars the way of tasks, and no bundle is deployed.
fn run_unbarred(seed: u64, bundle: &Arc<Bundle>) -> World {
    run_in(
        World {
            is_behind: false,
            is_closing: false,
            is_deploying: false,
            is_pausing: false,
            ..World::new(seed, bundle)
        },
        seed,
    )
}

fn run_in(mut world: World, seed: u64) -> World {
    // All at once, over a day and a half, or over nine days.
    let pace_ms = [1, HOUR_MS / 6, HOUR_MS][world.seeded.below(3) as usize];
    let load = Load {
        pace_ms,
        seed,
        events: EVENTS,
        subjects: 12,
        garbage_per_mille: 30,
        duplicates_per_mille: 50,
        large_bytes: LIMITS.bytes_max + 1,
        ..Load::default()
    };
    let mut records = load.records().map(|append| Append { place: Place::Key, ..append });
    let mut published = 0;
    loop {
        let batch: Vec<Append> = records.by_ref().take(1 + world.seeded.below(12) as usize).collect();
        if batch.is_empty() {
            break;
        }
        published += batch.len() as u64;
        world.hand.set(world.hand.now().max(Timestamp(load.time_ms(published))));
        let _ = world.log.append(batch).unwrap();
        for _ in 0..world.seeded.below(12) {
            world.step();
        }
    }
    world.drain();
    world
}

/// Runs so many schedules, each in one thread, on all processors.
fn side_by_side(schedules: u64, bundle: &Arc<Bundle>) -> Faults {
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let of_thread =
        |first: u64| (first..schedules).step_by(threads as usize).map(|seed| schedule(seed, bundle));
    thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads).map(|first| scope.spawn(move || of_thread(first).collect::<Vec<_>>())).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, Vec<Faults>>| match thread.join() {
            Ok(faults) => faults,
            // A schedule that fails has said which one it is.
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let mut all = Faults::default();
        for faults in running.into_iter().flat_map(join) {
            all.crashes += faults.crashes;
            all.expelled += faults.expelled;
            all.undone += faults.undone;
            all.written_twice += faults.written_twice;
            all.unanswered += faults.unanswered;
            all.given_up += faults.given_up;
            all.deployed.iter_mut().zip(faults.deployed).for_each(|(all, of)| *all += of);
            all.paused.iter_mut().zip(faults.paused).for_each(|(all, of)| *all += of);
            all.cast.iter_mut().zip(faults.cast).for_each(|(all, of)| *all += of);
            all.switched += faults.switched;
            all.signals += faults.signals;
            all.capped += faults.capped;
            all.barred.iter_mut().zip(faults.barred).for_each(|(all, of)| *all += of);
            all.channels.iter_mut().zip(faults.channels).for_each(|(all, of)| *all += of);
            all.time.iter_mut().zip(faults.time).for_each(|(all, of)| *all += of);
        }
        all
    })
}

#[test]
fn whatever_goes_wrong_everything_adds_up_and_a_replay_gives_the_same() {
    let bundle = Arc::new(segue_bundle::load(&bundle_dir()).unwrap().bundle);
    if let Ok(seed) = env::var("SEGUE_SCHEDULE") {
        let faults = schedule(seed.parse().unwrap(), &bundle);
        println!("schedule {seed}: {faults:?}");
        return;
    }
    let schedules: u64 = env::var("SEGUE_SCHEDULES").map_or(300, |text| text.parse().unwrap());
    let all = side_by_side(schedules, &bundle);
    println!("{schedules} schedules: {all:?}");
    let least = all.crashes.min(all.expelled).min(all.undone).min(all.written_twice).min(all.unanswered);
    let least = least.min(all.barred.into_iter().min().unwrap_or(0));
    let least = least.min(all.paused.into_iter().min().unwrap_or(0));
    let least = least.min(all.cast.into_iter().min().unwrap_or(0));
    let least = least.min(all.channels.into_iter().min().unwrap_or(0));
    let least = least.min(all.deployed[0]).min(all.deployed[1]).min(all.switched);
    let least = least.min(all.signals).min(all.capped).min(all.time.into_iter().min().unwrap_or(0));
    assert!(least >= schedules / 10, "INVALID: too little happened: {all:?}");
    // A disk that fails is met by most of those that have one.
    assert!(all.given_up >= schedules / ON_DISK_EVERY / 2, "INVALID: disks hardly failed: {all:?}");
}

#[test]
fn a_changelog_that_was_lost_is_refused() {
    let bundle = Arc::new(segue_bundle::load(&bundle_dir()).unwrap().bundle);
    let mut world = World::new(7, &bundle);
    let records = Load { events: 60, ..Load::default() };
    let _ = world.log.append(records.records().collect()).unwrap();
    world.drain();
    world.decides = [None, None];
    let _ = world.log.delete_topic("segue.profiles").unwrap();
    let _ = world.log.create_topic("segue.profiles", PARTITIONS + 1).unwrap();
    world.begin_decide(0);
    let (decide, _) = world.decides[0].as_mut().unwrap();
    let refused = (0..10).find_map(|_| decide.turn().err()).expect("it does not begin with nothing known");
    assert!(refused.to_string().contains("segue.profiles"), "{refused}");
}
