//! `segue failed retry`: each event that is asked for goes to the topic that it came from, once.
//!
//! An event and the record that says so are one transaction: ended at any moment, the next call goes on where this one
//! stopped. Two calls at once cannot both send: the later one fences the earlier. What fails anew while it runs has to wait
//! for the next call.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, stdin};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use segue_kafka::direct::{NotWritten, Transactions};
use segue_log::Append;
use segue_model::Timestamp;
use segue_wire::topics::RETRIED;
use serde_json::json;

use super::nothing;
use super::read::{self, Known};
use crate::cli::{FailedRetryArgs, Output};
use crate::commands::broker::Broker;
use crate::commands::standing::unreachable;
use crate::exit::{Exit, Failure};
use crate::failed::FailedEvent;
use crate::failed::again::{self, Kept};
use crate::failed::select::Selection;
use crate::interrupt::Interrupt;
use crate::terminal::{Done, Terminal, many, shown};

/// The transactional id: one of those that the router's principal may use.
const TRANSACTIONAL_ID: &str = "segue-failed-retry";
/// How many events one transaction sends at most.
const BATCH_MAX: usize = 500;
/// How many bytes of events one transaction sends before it is ended.
const BATCH_BYTES: usize = 4 << 20;
/// The largest value that is taken from a file.
const VALUE_BYTES_MAX: u64 = 1_000_000;

pub(super) fn run(args: &FailedRetryArgs, file: &Path, terminal: &Terminal, interrupt: &Interrupt) -> Done {
    let selection = read::selection(&args.which, &args.ids)?;
    if selection.is_all() && !args.all {
        let failure = Failure::usage("usage", "nothing says which failed events to send");
        return Err(failure
            .hint("name them, filter them by `--error`, `--source`, `--topic` or time, or give `--all`")
            .into());
    }
    if args.value.is_some() && args.ids.len() != 1 {
        let failure = Failure::usage("usage", "`--value` goes with one failed event");
        return Err(failure.hint("name it: `segue failed retry PARTITION/OFFSET --value FILE`").into());
    }
    let value = args.value.as_deref().map(value).transpose()?;
    let broker = read::connect(file)?;
    let _ = broker.needs(RETRIED)?;
    // Whoever is sending can send no more from here on, so that what is read next is all that was sent.
    let transactions = if args.dry_run { None } else { Some(broker.transactions(TRANSACTIONAL_ID)?) };
    let round = Round { broker: &broker, selection, known: read::known(&broker)?, again: args.again };
    let (counts, ends) = round.count()?;
    if counts.selected() == 0 {
        return Err(nothing().into());
    }
    let Some(transactions) = transactions else { return say(&counts, true, terminal) };
    let mut sending = Sending::new(&broker, transactions, args.rate, value, interrupt.heed());
    let sent = round.send(&ends, &mut sending);
    let mut counts = Counts { to: sending.sent, ..counts };
    if sending.refused > 0 {
        let _ = counts.kept.insert(Kept::Refused, sending.refused);
    }
    match sent {
        Ok(()) if sending.asked_to_stop.load(Ordering::SeqCst) => {
            let _ = say(&counts, false, terminal)?;
            terminal.note("interrupted: the same command goes on with the rest");
            Ok(Exit::Interrupted)
        }
        Ok(()) => say(&counts, false, terminal),
        Err(failure) => {
            terminal.note(&format!(
                "{} had been sent; the same command goes on with the rest",
                many(counts.sent(), "event")
            ));
            Err(failure.into())
        }
    }
}

/// How many events are sent, by topic, and how many are not, by reason.
#[derive(Clone, Debug, Default)]
struct Counts {
    to: BTreeMap<String, u64>,
    kept: BTreeMap<Kept, u64>,
}

impl Counts {
    fn sent(&self) -> u64 {
        self.to.values().sum()
    }

    fn selected(&self) -> u64 {
        self.sent() + self.kept.values().sum::<u64>()
    }
}

/// Which events go round.
struct Round<'a> {
    broker: &'a Broker,
    selection: Selection,
    known: Known,
    again: bool,
}

impl Round<'_> {
    /// Counts what will be sent; returns also where each partition of the failed events ends.
    fn count(&self) -> Result<(Counts, Vec<u64>), Failure> {
        let mut counts = Counts::default();
        let ends = read::each(self.broker, &self.known, None, &mut |event| {
            if self.selection.has(&event) {
                match self.place(&event) {
                    Ok(_) => *counts.to.entry(event.reason.topic).or_default() += 1,
                    Err(kept) => *counts.kept.entry(kept).or_default() += 1,
                }
            }
            Ok(())
        })?;
        Ok((counts, ends))
    }

    fn send(&self, ends: &[u64], sending: &mut Sending<'_>) -> Result<(), Failure> {
        let _ = read::each(self.broker, &self.known, Some(ends), &mut |event| {
            if self.selection.has(&event)
                && !sending.asked_to_stop.load(Ordering::SeqCst)
                && let Ok(partition) = self.place(&event)
            {
                sending.add(&event, partition, self.known.retried.rounds(&event))?;
            }
            Ok(())
        })?;
        sending.flush()
    }

    fn place(&self, event: &FailedEvent) -> Result<u32, Kept> {
        let partitions = self.broker.partitions(&event.reason.topic);
        again::place(event, partitions, &self.known.retried, self.again)
    }
}

/// What is being sent.
struct Sending<'a> {
    broker: &'a Broker,
    transactions: Transactions,
    /// How many their topics did not take.
    refused: u64,
    value: Option<Vec<u8>>,
    rate: u32,
    began: Instant,
    batch: Vec<Append>,
    batch_bytes: usize,
    sent: BTreeMap<String, u64>,
    asked_to_stop: &'a AtomicBool,
}

impl<'a> Sending<'a> {
    fn new(
        broker: &'a Broker,
        transactions: Transactions,
        rate: u32,
        value: Option<Vec<u8>>,
        asked_to_stop: &'a AtomicBool,
    ) -> Sending<'a> {
        Sending {
            broker,
            transactions,
            refused: 0,
            value,
            rate,
            began: Instant::now(),
            batch: Vec::new(),
            batch_bytes: 0,
            sent: BTreeMap::new(),
            asked_to_stop,
        }
    }

    fn add(&mut self, event: &FailedEvent, partition: u32, rounds: u32) -> Result<(), Failure> {
        let at = Timestamp(now_ms());
        let appends = again::appends(event, partition, self.value.as_deref(), rounds, at);
        self.batch_bytes += appends[0].value.as_ref().map_or(0, Vec::len);
        self.batch.extend(appends);
        // Small rates go out in small portions.
        let most = BATCH_MAX.min(self.rate.div_ceil(4) as usize);
        if self.batch.len() / 2 >= most || self.batch_bytes >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        if !self.write(&batch)? {
            // What its topic takes is sent all the same: one after the other, to find what it does not.
            for one in batch.chunks(2) {
                if !self.write(one)? {
                    self.refused += 1;
                }
            }
        }
        let sent: u64 = self.sent.values().sum();
        #[expect(clippy::cast_precision_loss, reason = "a pause need not be exact")]
        let due = Duration::from_secs_f64(sent as f64 / f64::from(self.rate));
        std::thread::sleep(due.saturating_sub(self.began.elapsed()));
        Ok(())
    }
}

impl Sending<'_> {
    /// Writes events and their notes; false if a topic does not take one of them, and none is written.
    fn write(&mut self, batch: &[Append]) -> Result<bool, Failure> {
        match self.transactions.write(batch) {
            Ok(()) => {
                for append in batch.iter().step_by(2) {
                    *self.sent.entry(append.topic.to_string()).or_default() += 1;
                }
                Ok(true)
            }
            Err(NotWritten::Refused(_)) => {
                self.transactions = self.broker.transactions(TRANSACTIONAL_ID)?;
                Ok(false)
            }
            Err(NotWritten::Fenced) => {
                Err(Failure::environment("kafka", "another `segue failed retry` has begun")
                    .hint("it sends what is left; of two at once the later one goes on"))
            }
            Err(NotWritten::Unreachable(error)) => Err(unreachable(error)),
        }
    }
}

fn say(counts: &Counts, is_dry: bool, terminal: &Terminal) -> Done {
    if terminal.output == Output::Human {
        let word = if is_dry { "would be sent" } else { "sent" };
        for (topic, count) in &counts.to {
            terminal.show(&format!("{} {word} to {topic}", many(*count, "event")))?;
        }
        for (kept, count) in &counts.kept {
            terminal.show(&format!("{} not sent: {}", many(*count, "event"), kept.words()))?;
        }
    } else {
        let kept: BTreeMap<&str, u64> =
            counts.kept.iter().map(|(kept, count)| (kept.word(), *count)).collect();
        let said =
            json!({"v": 1, "dry_run": is_dry, "sent": counts.sent(), "to": counts.to, "not_sent": kept});
        terminal.data(&said.to_string())?;
    }
    // What was sent before is done; only what never will be leaves something open.
    let is_open = counts.kept.keys().any(|kept| *kept != Kept::Retried);
    Ok(if is_open { Exit::Partly } else { Exit::Fine })
}

/// What stands in a file, to be sent in the place of a value.
fn value(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        stdin().lock().take(VALUE_BYTES_MAX + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(VALUE_BYTES_MAX + 1).read_to_end(&mut bytes))
    };
    let _ = read.map_err(|error| {
        Failure::usage("usage", format!("the value cannot be read from {}: {error}", shown(path))).hint(
            "`--value` is a file that holds the event as its source should have sent it, or `-` for stdin",
        )
    })?;
    if bytes.len() as u64 > VALUE_BYTES_MAX {
        let what = format!("what {} holds is longer than {VALUE_BYTES_MAX} bytes", shown(path));
        return Err(Failure::usage("usage", what).hint("no topic of a source takes so much by default"));
    }
    if bytes.is_empty() {
        return Err(Failure::usage("usage", format!("{} holds nothing", shown(path)))
            .hint("an event without a value fails again"));
    }
    Ok(bytes)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
