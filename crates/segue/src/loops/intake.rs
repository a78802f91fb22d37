//! Intake: from source topics to the log. Keeps nothing between steps.

use std::time::Instant;

use segue_intake::{Intake, Outcome, Taken};
use segue_log::{Error, Happening, Record, Step, Worker};
use segue_telemetry::{Counter, Gauge, IntakeResult, Loop, StepResult, Timing};

use super::{Around, POLL_FOR, progress};
use crate::clock::Reader;

/// Runs until it is told to stop, then leaves.
///
/// # Errors
/// The log cannot be used at all; nothing is lost, and a restart goes on from the last commit.
pub fn run(
    mut worker: Box<dyn Worker>,
    intake: &Intake,
    mut clock: Reader,
    around: &Around,
) -> Result<(), Error> {
    let mut owned = 0i64;
    while !around.is_stopped() {
        around.health.tick();
        match worker.poll(around.records_max, POLL_FOR) {
            Ok(Happening::Assigned(partitions)) => {
                owned += partitions.len() as i64;
                tracing::info!(count = partitions.len(), "source partitions assigned");
                let starts: Vec<_> = partitions.into_iter().map(|partition| (partition, None)).collect();
                match worker.start(&starts) {
                    Ok(()) => around.health.ready(),
                    Err(error @ Error::Environment(_)) => return Err(error),
                    Err(error) => around.undone(Loop::Intake, &error),
                }
            }
            Ok(Happening::Revoked(partitions)) => {
                owned -= partitions.len() as i64;
                tracing::info!(count = partitions.len(), "source partitions revoked");
            }
            Ok(Happening::Records(records)) if records.is_empty() => {}
            Ok(Happening::Records(records)) => step(worker.as_mut(), intake, &mut clock, around, &records)?,
            Err(error @ Error::Environment(_)) => return Err(error),
            Err(error) => {
                if matches!(error, Error::Lost { .. }) {
                    owned = 0;
                }
                around.undone(Loop::Intake, &error);
            }
        }
        around.metrics.set(Gauge::PartitionsOwned { of: Loop::Intake }, owned.max(0));
    }
    worker.close();
    Ok(())
}

fn step(
    worker: &mut dyn Worker,
    intake: &Intake,
    clock: &mut Reader,
    around: &Around,
    records: &[Record],
) -> Result<(), Error> {
    let began = Instant::now();
    // One stamp for the whole batch: time is read once, in the shell.
    let now = clock.now();
    let mut step = Step { appends: Vec::with_capacity(records.len()), progress: progress::of(records) };
    let mut outcomes = Vec::with_capacity(records.len());
    for record in records {
        let mut taken = Taken::default();
        intake.take(record, now, &mut taken);
        step.appends.append(&mut taken.appends);
        outcomes.push((taken.source, taken.outcome));
    }
    match worker.commit(step) {
        Ok(()) => {
            around.metrics.count(Counter::Steps { of: Loop::Intake, result: StepResult::Committed }, 1);
            around.metrics.observe(Timing::Step { of: Loop::Intake }, began.elapsed().as_secs_f64());
            for (source, outcome) in outcomes {
                let result = match outcome {
                    Outcome::Logged { .. } => IntakeResult::Logged,
                    Outcome::Ignored => IntakeResult::Ignored,
                    Outcome::Failed(_) => IntakeResult::Failed,
                };
                let source = source.as_deref().unwrap_or("");
                around.metrics.count(Counter::IntakeRecords { source, result }, 1);
            }
            Ok(())
        }
        Err(error @ Error::Environment(_)) => Err(error),
        Err(error) => {
            around.undone(Loop::Intake, &error);
            Ok(())
        }
    }
}
