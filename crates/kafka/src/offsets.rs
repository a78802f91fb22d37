//! Gives offsets to a transaction, on a thread that can be left behind.
//!
//! The call takes a time-out, but librdkafka 2.12.1 does not keep to it once it waits for the group's coordinator: where
//! that broker has died and is gone from the cluster's metadata, what it waits for can never happen, and the call does
//! not come back (confluentinc/librdkafka#5456, #5511). So a thread of its own makes the call. If that does not answer,
//! the thread is left behind with its producer, and a new producer with the same id ends the transaction. A thread that
//! was left behind ends, and lets its producer go, when librdkafka comes back to it.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{Producer, ThreadedProducer};
use segue_log::Error;

use crate::class::{Class, class};
use crate::context::WriterContext;

/// How much longer than it was given the call may take before it is taken for one that never comes back.
const GRACE: Duration = Duration::from_millis(500);

/// What a transaction carries besides its appends.
pub(crate) struct Offsets {
    pub(crate) list: TopicPartitionList,
    pub(crate) group: ConsumerGroupMetadata,
}

/// The thread that makes the call, and the way to it.
pub(crate) struct OffsetsThread {
    asks: Option<SyncSender<(Offsets, Instant)>>,
    answers: Receiver<KafkaResult<()>>,
    thread: Option<JoinHandle<()>>,
    is_stuck: Cell<bool>,
}

impl OffsetsThread {
    /// Starts the thread of a producer.
    pub(crate) fn start(producer: Arc<ThreadedProducer<WriterContext>>) -> Result<Self, Error> {
        let (asks, asked) = sync_channel::<(Offsets, Instant)>(1);
        let (answer, answers) = sync_channel(1);
        let serve = move || {
            for (offsets, deadline) in asked {
                if answer.send(give(&producer, &offsets, deadline)).is_err() {
                    break;
                }
            }
        };
        let thread = thread::Builder::new().name("kafka offsets".to_owned()).spawn(serve);
        let thread =
            thread.map_err(|error| Error::Environment(format!("no thread can be started: {error}")))?;
        Ok(Self { asks: Some(asks), answers, thread: Some(thread), is_stuck: Cell::new(false) })
    }

    /// Gives offsets to the transaction that is open.
    pub(crate) fn give(&self, offsets: Offsets, deadline: Instant) -> KafkaResult<()> {
        let asked = self.asks.as_ref().is_some_and(|asks| asks.send((offsets, deadline)).is_ok());
        let wait = deadline.saturating_duration_since(Instant::now()) + GRACE;
        let answer =
            if asked { self.answers.recv_timeout(wait) } else { Err(RecvTimeoutError::Disconnected) };
        answer.unwrap_or_else(|_| {
            tracing::warn!("the group's coordinator is away and the client library waits for ever");
            self.is_stuck.set(true);
            Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::OperationTimedOut))
        })
    }

    /// Says that the thread has not answered. Its producer must not be used any more.
    pub(crate) fn is_stuck(&self) -> bool {
        self.is_stuck.get()
    }
}

impl Drop for OffsetsThread {
    fn drop(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take().filter(|_| !self.is_stuck()) {
            // So that whoever drops the writer is the last to hold its producer, and knows that it is gone.
            let _ = thread.join();
        }
    }
}

fn give(producer: &ThreadedProducer<WriterContext>, offsets: &Offsets, deadline: Instant) -> KafkaResult<()> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match producer.send_offsets_to_transaction(&offsets.list, &offsets.group, left) {
            // Tried again it must be with the very same offsets.
            Err(error) if class(&error) == Class::Retriable && Instant::now() < deadline => {}
            answer => return answer,
        }
    }
}

#[cfg(test)]
mod tests;
