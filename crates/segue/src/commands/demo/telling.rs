//! Tells the demo's story on a terminal, or as lines of tasks for a program.
//!
//! Shape: the story's moments are published one at a time, what each led to is shown by [`Show`](super::show::Show), and
//! between them it pauses, so that a person can follow.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use segue_bundle::Bundle;
use segue_demo::random::Random;
use segue_demo::router::{Error, Outcome, Router};
use segue_demo::story::{self, Story};
use segue_demo::systems::Moment;
use segue_demo::{accounts, cast};
use segue_model::{Span, Timestamp};

use super::show::Show;
use crate::cli::Output;
use crate::exit::{Exit, Failure};
use crate::terminal::{Done, Stop, Terminal, shown};
use crate::wiring;

/// A pause is cut into pieces of this length, to be ended by an interrupt.
const GLANCE: Duration = Duration::from_millis(20);
/// How long the end waits for the books to be complete.
const BOOKS_WITHIN: Duration = Duration::from_millis(400);
/// How far the clock goes on at the end: what the router gathers before it writes it down is due by then.
const EVENING: Span = Span(3_600_000);

/// What the demo is asked for.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// Where the numbers begin.
    pub(super) seed: u64,
    /// The directory that the bundle was read from, if it is not the one built in.
    pub(super) bundle: Option<PathBuf>,
    /// The pause after an event that led to something; half of it after another.
    pub(super) pace: Duration,
    /// How many days; `None`: until interrupted.
    pub(super) rounds: Option<u64>,
    /// How this program was called.
    pub(super) program: String,
}

/// Tells the story until its end or until `interrupted` is set.
///
/// # Errors
/// The router cannot be started or stops, or nobody reads what is written.
pub(super) fn run(options: &Options, bundle: Bundle, terminal: &Terminal, interrupted: &AtomicBool) -> Done {
    let begin = Timestamp::parse(story::BEGIN).expect("it is written as RFC 3339");
    let mut random = Random::new(options.seed);
    let customers = cast::customers(&mut random);
    let introduction = cast::introduction(&customers, &mut random);
    let mut told = Telling {
        options,
        terminal,
        interrupted,
        router: Router::start(bundle, wiring::default_engine_settings(), begin).map_err(failure)?,
        show: Show::on(terminal),
        published: 0,
    };
    told.introduce(&introduction, begin)?;
    let mut story = Story::new(random, customers, begin);
    let mut rounds = 0;
    while !told.is_over() && options.rounds.is_none_or(|most| rounds < most) {
        told.day(&mut story)?;
        rounds += 1;
    }
    told.end(story.morning())?;
    Ok(if told.is_over() { Exit::Interrupted } else { Exit::Fine })
}

struct Telling<'a> {
    options: &'a Options,
    terminal: &'a Terminal,
    interrupted: &'a AtomicBool,
    router: Router,
    show: Show<'a>,
    /// How many events were sent.
    published: usize,
}

impl Telling<'_> {
    fn introduce(&mut self, moments: &[Moment], at: Timestamp) -> Result<(), Stop> {
        if self.is_shown() {
            let bundle = self.options.bundle.as_ref();
            let bundle = bundle.map_or("built in".to_owned(), |path| shown(path));
            self.show.opening(self.options.seed, &bundle, self.options.rounds.is_none())?;
            self.show.day(at)?;
        }
        for moment in moments {
            let outcome = self.publish(moment, at)?;
            self.show.count(moment);
            self.tasks(&outcome)?;
        }
        if self.is_shown() { self.show.introduction(at) } else { Ok(()) }
    }

    fn day(&mut self, story: &mut Story) -> Result<(), Stop> {
        let is_first = story.morning().to_string() == story::BEGIN;
        if self.is_shown() && !is_first {
            self.show.day(story.morning())?;
        }
        for (at, moment) in story.day() {
            if self.is_over() {
                break;
            }
            let outcome = self.publish(&moment, at)?;
            self.tasks(&outcome)?;
            if self.is_shown() {
                self.show.moment(at, &moment, &outcome.tasks, &outcome.failed)?;
            }
            let is_quiet = outcome.tasks.is_empty() && outcome.failed.is_empty();
            self.pause(if is_quiet { self.options.pace / 2 } else { self.options.pace });
        }
        Ok(())
    }

    fn end(&mut self, morning: Timestamp) -> Result<(), Stop> {
        if !self.is_shown() {
            return Ok(());
        }
        // The day after the last one's evening: nothing of the story is later.
        self.router.set_clock(morning.plus(EVENING));
        let asked = Instant::now();
        let mut accounts = accounts::read(&self.router, self.published);
        while accounts.open > 0 && asked.elapsed() < BOOKS_WITHIN {
            thread::sleep(GLANCE);
            accounts = accounts::read(&self.router, self.published);
        }
        self.show.sum(&accounts)?;
        self.show.next_steps(&self.options.program)
    }

    fn publish(&mut self, moment: &Moment, at: Timestamp) -> Result<Outcome, Failure> {
        self.published += 1;
        self.router.publish(moment.publish(at), at).map_err(failure)
    }

    /// Writes the tasks for a program to read.
    fn tasks(&self, outcome: &Outcome) -> Result<(), Stop> {
        if self.is_shown() {
            return Ok(());
        }
        outcome.tasks.iter().try_for_each(|task| self.terminal.data(&task.text))
    }

    fn pause(&self, pause: Duration) {
        let begun = Instant::now();
        while !self.is_over() && begun.elapsed() < pause {
            thread::sleep(GLANCE.min(pause.saturating_sub(begun.elapsed())));
        }
    }

    fn is_shown(&self) -> bool {
        self.terminal.output == Output::Human
    }

    fn is_over(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

fn failure(error: Error) -> Failure {
    Failure::environment("demo", error.to_string())
}
