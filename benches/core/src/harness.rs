//! Measures cases side by side: processor time of this thread, cases in turn, medians.
//!
//! Wall time would count whoever else uses the machine. One case after the other would favour whichever ran while the
//! machine was quiet; so every round runs each case for some milliseconds, and figures are compared within one run only.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

/// How long a case runs in a round, in nanoseconds.
const SLICE: f64 = 4e6;

/// One thing that is measured.
pub struct Case<'c> {
    name: String,
    run: Box<dyn FnMut() -> u64 + 'c>,
    /// How many things one call does.
    per_call: f64,
}

impl<'c> Case<'c> {
    /// A case whose call does `per_call` things, and gives something of them back so that it cannot be left out.
    pub fn new(name: impl Into<String>, per_call: usize, run: impl FnMut() -> u64 + 'c) -> Case<'c> {
        Case { name: name.into(), run: Box::new(run), per_call: per_call as f64 }
    }

    /// What its calls take, in nanoseconds for each thing.
    fn measure(&mut self, calls: u64) -> f64 {
        let began = thread_time();
        for _ in 0..calls {
            black_box((self.run)());
        }
        (thread_time() - began) / (calls as f64 * self.per_call)
    }
}

/// What the cases of one run took.
pub struct Figures(Vec<(String, f64)>);

impl Figures {
    /// Nanoseconds for each thing, of the case of that name.
    pub fn of(&self, name: &str) -> f64 {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("no case is named {name}")).1
    }
}

/// Runs the cases in turn for so many rounds.
pub fn run(mut cases: Vec<Case<'_>>, rounds: usize) -> Figures {
    let calls: Vec<u64> = cases
        .iter_mut()
        .map(|case| {
            let once = case.measure(1) * case.per_call;
            let again = case.measure((SLICE / 4.0 / once).clamp(1.0, 1e6) as u64) * case.per_call;
            (SLICE / again).clamp(1.0, 1e8) as u64
        })
        .collect();
    let mut taken: Vec<Vec<f64>> = vec![Vec::new(); cases.len()];
    for round in 0..rounds {
        for turn in 0..cases.len() {
            let at = (turn + round) % cases.len();
            taken[at].push(cases[at].measure(calls[at]));
        }
    }
    Figures(cases.into_iter().zip(taken).map(|(case, taken)| (case.name, median(taken))).collect())
}

/// The middle one.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The processor time of this thread, in nanoseconds.
pub fn thread_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
