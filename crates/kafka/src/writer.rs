//! The producer: it writes a step's appends and knows when all of them are safe.
//!
//! The client library polls a producer on a thread of its own here, and we count what was sent and delivered. Only when
//! nothing is in flight is the commit asked for: the library's commit would otherwise sleep 100 ms in its own flush,
//! because that thread takes the events it waits for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::util::Timeout;
use segue_log::{Append, Error};

use crate::class::{Class, class, fences};
use crate::context::{Delivered, WriterContext, number, purged};
use crate::lookup::environment;
use crate::offsets::{Offsets, OffsetsThread};
use crate::settings::{Delivery, STEP_WITHIN, Settings, TRANSACTION_TIMEOUT};

/// How long aborted records may take to come back.
const ABORTED_WITHIN: Duration = Duration::from_secs(2);
/// Above this, a commit was slow enough that a repeated request of it may still be under way.
const SLOW_AFTER: Duration = Duration::from_secs(5);

/// A producer, transactional or not.
pub(crate) struct Writer {
    // Dropped first: it holds the producer too.
    offsets: Option<OffsetsThread>,
    producer: Arc<ThreadedProducer<WriterContext>>,
}

/// An append and the partition that it goes to.
pub(crate) struct Placed<'a> {
    pub(crate) append: &'a Append,
    pub(crate) partition: u32,
}

/// How a step ended that did not happen, or of which that is not known.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) class: Class,
    pub(crate) error: Option<KafkaError>,
    /// The append that failed first, and why.
    pub(crate) append: Option<(usize, RDKafkaErrorCode)>,
    /// The topic that the broker refused to add to the transaction.
    pub(crate) refused: Option<String>,
    pub(crate) fenced: bool,
    /// Says that the producer is to be replaced before the next step.
    pub(crate) spent: bool,
}

/// What the broker was asked for before a transaction is aborted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    Commit,
}

/// How long a step took that happened.
pub(crate) enum Pace {
    Good,
    /// The producer is to be replaced.
    Slow,
}

impl Writer {
    /// Makes a producer that is not transactional. It connects when it is used.
    pub(crate) fn plain(settings: &Settings) -> Result<Self, Error> {
        let context = WriterContext::default();
        let producer = settings.writer().create_with_context(context).map_err(environment)?;
        Ok(Self { offsets: None, producer: Arc::new(producer) })
    }

    /// Makes a transactional producer: whoever had its id before is fenced, and what they left open is ended. `None`
    /// where the cluster did not manage it within the wait; it may be tried again.
    pub(crate) fn transactional(settings: &Settings, within: Duration) -> Result<Option<Self>, Error> {
        let mut writer = Self::plain(settings)?;
        let Err(error) = writer.producer.init_transactions(within) else {
            writer.offsets = Some(OffsetsThread::start(writer.producer.clone())?);
            return Ok(Some(writer));
        };
        let code = error.rdkafka_error_code();
        let denied = matches!(
            code,
            Some(
                RDKafkaErrorCode::TransactionalIdAuthorizationFailed
                    | RDKafkaErrorCode::ClusterAuthorizationFailed
                    | RDKafkaErrorCode::InvalidTransactionTimeout
            )
        );
        if denied && let Delivery::Transactional { id } = &settings.delivery {
            return Err(Error::Environment(format!("the transactional id {id} cannot be used: {error}")));
        }
        tracing::warn!(%error, "transactions cannot be begun yet");
        Ok(None)
    }

    /// Returns a handle to where the step's appends came to lie: it outlives the producer.
    pub(crate) fn delivered(&self) -> Delivered {
        self.producer.context().delivered_to()
    }

    /// Writes the appends and waits until every one is acknowledged by all replicas.
    pub(crate) fn write(&self, appends: &[Placed<'_>]) -> Result<(), Box<Failure>> {
        let deadline = Instant::now() + STEP_WITHIN;
        self.producer.context().begin();
        self.send(appends, deadline).map_err(|error| self.failure(error))?;
        self.settle(deadline).map_err(|error| self.failure(error))
    }

    /// Makes appends and offsets one transaction. If it fails, nothing of it is open any more, unless the class is
    /// fatal.
    pub(crate) fn transact(
        &self,
        appends: &[Placed<'_>],
        offsets: impl FnOnce() -> Result<Option<Offsets>, KafkaError>,
    ) -> Result<Pace, Box<Failure>> {
        let began = Instant::now();
        let deadline = began + STEP_WITHIN;
        self.producer.context().begin();
        self.producer.begin_transaction().map_err(|error| self.failure(Some(error)))?;
        let written = self
            .send(appends, deadline)
            .and_then(|()| self.settle(deadline))
            .and_then(|()| self.give(offsets().map_err(Some)?, deadline));
        if let Err(error) = written {
            let is_stuck = self.offsets.as_ref().is_some_and(OffsetsThread::is_stuck);
            return Err(if is_stuck { self.left_behind(error) } else { self.abort(error, Asked::Nothing) });
        }
        // Without a limit of ours: librdkafka then takes what is left of the transaction's own.
        match self.producer.commit_transaction(Timeout::Never) {
            Ok(()) if began.elapsed() > SLOW_AFTER => Ok(Pace::Slow),
            Ok(()) => Ok(Pace::Good),
            Err(error) if class(&error) == Class::Abortable => Err(self.abort(Some(error), Asked::Commit)),
            // A commit that timed out may have happened.
            Err(error) => {
                let mut failure = self.failure(Some(error));
                failure.class = Class::Fatal;
                Err(failure)
            }
        }
    }

    fn send(&self, appends: &[Placed<'_>], deadline: Instant) -> Result<(), Option<KafkaError>> {
        let context = self.producer.context();
        for (index, placed) in appends.iter().enumerate() {
            let mut record = record(index, placed);
            context.sent();
            while let Err((error, again)) = self.producer.send(record) {
                let full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
                if !full || Instant::now() >= deadline {
                    context.not_sent();
                    return Err(Some(error));
                }
                let outstanding = context.deliveries().outstanding;
                if context.wait(outstanding.saturating_sub(256).max(1), deadline).failed.is_some() {
                    context.not_sent();
                    return Err(None);
                }
                record = again;
            }
        }
        Ok(())
    }

    /// Waits until nothing is in flight.
    fn settle(&self, deadline: Instant) -> Result<(), Option<KafkaError>> {
        let deliveries = self.producer.context().wait(0, deadline);
        if deliveries.failed.is_some() {
            return Err(None);
        }
        if deliveries.outstanding > 0 {
            return Err(Some(KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut)));
        }
        // The last report is counted a moment before librdkafka lets go of its record.
        while self.producer.in_flight_count() > 0 && Instant::now() < deadline {
            std::thread::yield_now();
        }
        Ok(())
    }

    fn give(&self, offsets: Option<Offsets>, deadline: Instant) -> Result<(), Option<KafkaError>> {
        match (offsets, &self.offsets) {
            (Some(offsets), Some(thread)) => thread.give(offsets, deadline).map_err(Some),
            _ => Ok(()),
        }
    }

    /// Leaves a transaction open whose producer takes no call any more. No commit was asked for, so it cannot have
    /// happened; the successor ends it, by taking over the id.
    fn left_behind(&self, error: Option<KafkaError>) -> Box<Failure> {
        let mut failure = self.failure(error);
        failure.spent = true;
        failure
    }

    /// Ends a transaction that failed. Where that fails too, its successor ends it, by taking over the id.
    fn abort(&self, error: Option<KafkaError>, asked: Asked) -> Box<Failure> {
        let mut failure = self.failure(error);
        if failure.class == Class::Fatal {
            return failure;
        }
        failure.class = Class::Abortable;
        // By then the broker has ended it by itself.
        let aborted = self.producer.abort_transaction(TRANSACTION_TIMEOUT);
        // The aborted records come back as failed ones and must not be counted into the next step. By now the
        // most telling failure is known as well.
        let deadline = Instant::now() + ABORTED_WITHIN;
        while self.producer.context().deliveries().outstanding > 0 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        let deliveries = self.producer.context().deliveries();
        failure.append = deliveries.failed;
        failure.refused = self.producer.context().refused();
        // What the broker itself refused leaves a gap in the sequence numbers that costs the next transaction.
        let gap = deliveries.failed.is_some_and(|(_, code)| !purged(code));
        failure.spent = gap || aborted.is_err() || deliveries.outstanding > 0;
        if let Err(error) = aborted {
            tracing::warn!(%error, "transaction could not be aborted");
            failure.fenced = self.failure(Some(error)).fenced;
            // As long as no commit was asked for, the step cannot have happened.
            if failure.fenced || asked == Asked::Commit {
                failure.class = Class::Fatal;
            }
        }
        failure
    }

    fn failure(&self, error: Option<KafkaError>) -> Box<Failure> {
        let fatal = self.producer.client().fatal_error();
        let append = self.producer.context().deliveries().failed;
        let code = error.as_ref().and_then(KafkaError::rdkafka_error_code);
        let fenced = code.into_iter().chain(fatal.as_ref().map(|(code, _)| *code)).any(fences);
        let class = match &error {
            _ if fatal.is_some() || fenced => Class::Fatal,
            Some(error) => class(error),
            None => Class::Abortable,
        };
        Box::new(Failure {
            class,
            error,
            append,
            refused: self.producer.context().refused(),
            fenced,
            spent: false,
        })
    }
}

fn record<'a>(index: usize, placed: &Placed<'a>) -> BaseRecord<'a, [u8], [u8], usize> {
    let append = placed.append;
    let mut record = BaseRecord::with_opaque_to(&append.topic, index).partition(number(placed.partition));
    record.key = append.key.as_deref();
    record.payload = append.value.as_deref();
    if !append.headers.is_empty() {
        let headers = OwnedHeaders::new_with_capacity(append.headers.len());
        record.headers = Some(append.headers.iter().fold(headers, |headers, header| {
            headers.insert(Header { key: &header.name, value: header.value.as_ref() })
        }));
    }
    record
}
