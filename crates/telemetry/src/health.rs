//! Whether the router's parts live and are ready, for `/livez` and `/readyz`.
//!
//! A part says its state, and its loop ticks. A tick that stays out means that the loop hangs, whatever it last said
//! of itself: so a part that is ready but does not tick is neither live nor ready.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

/// How long a loop may go without a tick, unless told otherwise.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// The health of all parts. Clones are handles to the same.
#[derive(Clone, Debug)]
pub struct Health {
    parts: Arc<Mutex<BTreeMap<String, Kept>>>,
    silence_max: Duration,
}

/// One part's own handle.
#[derive(Clone, Debug)]
pub struct Part {
    health: Health,
    name: String,
}

/// The state that a part says it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It cannot work yet.
    Starting,
    /// It works.
    Ready,
    /// It works no more.
    Stopped,
}

/// The health of all parts at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// No loop hangs. When this is false, only a new start helps.
    pub live: bool,
    /// There are parts, all are ready, and none hangs.
    pub ready: bool,
    /// The parts, by name.
    pub parts: Vec<PartReport>,
}

/// The health of one part at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartReport {
    /// The part's name.
    pub name: String,
    /// The state that it is in.
    pub state: State,
    /// Why it is not ready, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How long ago its loop ticked, in milliseconds; none if it has no loop or that has not begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_tick_ms_ago: Option<u64>,
}

#[derive(Debug)]
struct Kept {
    state: State,
    reason: Option<String>,
    ticked_at: Option<Instant>,
}

impl Health {
    /// Makes the health of a router that has no parts yet, and so is not ready.
    #[must_use]
    pub fn new() -> Self {
        Self::with_silence_max(SILENCE_MAX)
    }

    /// The same, with another limit on how long a loop may go without a tick.
    #[must_use]
    pub fn with_silence_max(silence_max: Duration) -> Self {
        Self { parts: Arc::default(), silence_max }
    }

    /// Adds a part, which is starting, and returns its handle.
    #[must_use]
    pub fn part(&self, name: &str) -> Part {
        let kept = Kept { state: State::Starting, reason: None, ticked_at: None };
        let _ = self.lock().insert(name.to_owned(), kept);
        Part { health: self.clone(), name: name.to_owned() }
    }

    /// Returns the health of all parts now.
    #[must_use]
    pub fn report(&self) -> Report {
        self.report_at(Instant::now())
    }

    fn report_at(&self, now: Instant) -> Report {
        let parts = self.lock();
        let mut report =
            Report { live: true, ready: !parts.is_empty(), parts: Vec::with_capacity(parts.len()) };
        for (name, kept) in parts.iter() {
            let silence = kept.ticked_at.map(|at| now.saturating_duration_since(at));
            let hangs = kept.state != State::Stopped && silence.is_some_and(|for_| for_ > self.silence_max);
            report.live &= !hangs;
            report.ready &= kept.state == State::Ready && !hangs;
            let hanging =
                || format!("its loop has not ticked for {} s", silence.unwrap_or_default().as_secs());
            report.parts.push(PartReport {
                name: name.clone(),
                state: kept.state,
                reason: if hangs { Some(hanging()) } else { kept.reason.clone() },
                last_tick_ms_ago: silence.map(|for_| u64::try_from(for_.as_millis()).unwrap_or(u64::MAX)),
            });
        }
        report
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        // Each change is a single assignment, so the map is whole even if a holder panicked.
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

impl Part {
    /// Says that the part cannot work yet, or not now, and why.
    pub fn starting(&self, reason: &str) {
        self.say(State::Starting, Some(reason));
    }

    /// Says that the part works.
    pub fn ready(&self) {
        self.say(State::Ready, None);
    }

    /// Says that the part works, but for something that people should know.
    pub fn ready_but(&self, reason: &str) {
        self.say(State::Ready, Some(reason));
    }

    /// Says that the part works no more, and why. Its loop is not expected to tick.
    pub fn stopped(&self, reason: &str) {
        self.say(State::Stopped, Some(reason));
    }

    /// Says that the part's loop goes round. From the first tick on, one is expected every few seconds.
    pub fn tick(&self) {
        self.change(|kept| kept.ticked_at = Some(Instant::now()));
    }

    fn say(&self, state: State, reason: Option<&str>) {
        self.change(|kept| (kept.state, kept.reason) = (state, reason.map(str::to_owned)));
    }

    fn change(&self, change: impl FnOnce(&mut Kept)) {
        if let Some(kept) = self.health.lock().get_mut(&self.name) {
            change(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_router_is_ready_when_all_its_parts_are() {
        let health = Health::new();
        assert!(!health.report().ready, "a router without parts does nothing yet");
        let (intake, decide) = (health.part("intake"), health.part("decide"));
        intake.ready();
        decide.starting("restoring 2 of 12 partitions");
        let report = health.report();
        assert_eq!((report.live, report.ready), (true, false));
        assert_eq!(report.parts[0].name, "decide");
        assert_eq!(report.parts[0].reason.as_deref(), Some("restoring 2 of 12 partitions"));
        decide.ready();
        let report = health.report();
        assert!(report.ready);
        assert_eq!(report.parts[0].reason, None);
    }

    #[test]
    fn a_loop_that_does_not_tick_is_neither_live_nor_ready() {
        let health = Health::with_silence_max(Duration::from_secs(30));
        let intake = health.part("intake");
        intake.ready();
        let begun = Instant::now();
        assert!(
            health.report_at(begun + Duration::from_secs(3600)).live,
            "a part without a loop never ticks"
        );
        intake.tick();
        assert!(health.report_at(begun + Duration::from_secs(29)).ready);
        let report = health.report_at(begun + Duration::from_secs(60));
        assert_eq!((report.live, report.ready), (false, false));
        assert!(report.parts[0].reason.as_ref().unwrap().starts_with("its loop has not ticked for "));
    }

    #[test]
    fn a_stopped_part_is_not_ready_and_says_why_and_need_not_tick() {
        let health = Health::new();
        let log = health.part("log");
        log.ready();
        log.tick();
        log.stopped("the disk is full");
        let report = health.report_at(Instant::now() + Duration::from_secs(3600));
        assert_eq!((report.live, report.ready), (true, false));
        let shown = serde_json::to_value(&report.parts[0]).unwrap();
        assert_eq!(
            (shown["state"].as_str(), shown["reason"].as_str()),
            (Some("stopped"), Some("the disk is full"))
        );
    }
}
