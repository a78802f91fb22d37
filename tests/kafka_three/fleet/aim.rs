//! Where a blow hits: a router is stopped in its tracks over and over, until it has left open what is to be interrupted.

use std::thread::{self, JoinHandle};
use std::time::Duration;

use segue_log::Append;
use segue_testkit::router::Router;
use segue_testkit::topics::{trickle, wait_within};

use super::{Fleet, PARTITIONS, Places, SHARED_OUT_WITHIN};

/// What is on its way when a router is stopped has arrived after so long.
const SETTLED_AFTER: Duration = Duration::from_millis(150);
/// How often a blow is aimed before it is given up.
const AIMED_MAX: usize = 200;
/// For how long, and with how many records at most, routers are fed while a blow is aimed.
const FED_FOR: Duration = Duration::from_millis(60);
const AIMED_FED_MAX: u64 = 20;

/// Where a blow is to hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// Anywhere.
    Anywhere,
    /// Between the first record of a transaction and its end.
    OpenTransaction,
    /// Between a record that intake wrote and the commit of its progress.
    OpenIntake,
    /// Between a decision and the state that knows of it, where that is no transaction.
    OpenDecide,
}

impl Fleet {
    /// The router that is to be hit there: this one, or the next that does what is to be interrupted. One may have been left
    /// with partitions of outcomes alone, and of those nothing comes.
    pub(super) fn at_work(&mut self, victim: usize, aim: Aim) -> usize {
        if aim != Aim::OpenIntake {
            return victim;
        }
        let before = self.taken_by_each();
        wait_within(SHARED_OUT_WITHIN, "a router to take something in", || {
            self.feed_aside().join().unwrap();
            let now = self.taken_by_each();
            let order = (0..now.len()).map(|step| (victim + step) % now.len());
            order.into_iter().find(|router| now[*router] > before[*router])
        })
    }

    /// How many records each router has taken in.
    fn taken_by_each(&self) -> Vec<Option<f64>> {
        let taken = |router: &Router| router.metric("segue_intake_records_total", &[]);
        self.routers.iter().map(|router| router.as_ref().and_then(taken)).collect()
    }

    /// Stops a router in its tracks where it is to be hit, and returns what it has open there.
    pub(crate) fn stop_in_tracks(&mut self, victim: usize, aim: Aim) -> Places {
        for tried in 1..=AIMED_MAX {
            // Fed without a gap while it is aimed at, so that the router is at work wherever it is stopped.
            let feeding = self.feed_aside();
            thread::sleep(Duration::from_millis(5 + self.random(FED_FOR.as_millis() as u64)));
            self.routers[victim].as_ref().unwrap().sigstop();
            feeding.join().unwrap();
            let open = if aim == Aim::Anywhere { Places::new() } else { self.left_open(aim) };
            if aim == Aim::Anywhere || !open.is_empty() {
                self.note(&format!("router {victim} was stopped at {aim:?} at attempt {tried}"));
                return open;
            }
            self.routers[victim].as_ref().unwrap().sigcont();
            if self.fed >= self.scale.events && self.is_over() {
                break;
            }
        }
        panic!("INVALID: no blow could be aimed at {aim:?}, {} of {} fed", self.fed, self.scale.events);
    }

    /// Feeds a five-hundredth of the load, one record after the other.
    fn feed_aside(&mut self) -> JoinHandle<()> {
        let share = (self.scale.events / 500).min(AIMED_FED_MAX);
        let few: Vec<Append> = self.load.by_ref().take(share as usize).collect();
        self.fed += few.len() as u64;
        self.allowed = self.allowed.max(self.fed);
        let pause = FED_FOR / few.len().max(1) as u32;
        let brokers = self.kafka.brokers().to_owned();
        thread::spawn(move || trickle(&brokers, few, pause))
    }

    /// Returns what stays open while a router stands still. The other goes on, so what is its own moves.
    fn left_open(&mut self, aim: Aim) -> Places {
        thread::sleep(SETTLED_AFTER);
        let mut lasting = self.open(aim);
        for _ in 0..4 {
            if lasting.is_empty() {
                break;
            }
            thread::sleep(SETTLED_AFTER);
            lasting = &lasting & &self.open(aim);
        }
        lasting
    }

    fn open(&mut self, aim: Aim) -> Places {
        self.follower.advance();
        let named = |(partition, place)| (String::new(), partition, place);
        match aim {
            Aim::Anywhere => Places::new(),
            Aim::OpenTransaction => {
                self.ends.open("segue.profiles", PARTITIONS).into_iter().map(named).collect()
            }
            Aim::OpenIntake => self.follower.intake_open(),
            Aim::OpenDecide => self.follower.decide_open().into_iter().map(named).collect(),
        }
    }
}
