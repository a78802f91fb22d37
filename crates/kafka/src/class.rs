//! Sorts the errors of the client library by what is to be done about them.
//!
//! | class | what it means | what is done |
//! |---|---|---|
//! | fatal | the producer is of no more use, or it is not known whether the step happened | a new producer, everything held is given up |
//! | abortable | the step did not happen | abort, go back to the last commit |
//! | retriable | the same call may be made again | make it again while there is time |
//!
//! What is not known is fatal: it is the safe side. The tests freeze which broker errors come out as which class.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// What is to be done about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Fatal,
    Abortable,
    Retriable,
}

/// Sorts an error of a producer or of a commit.
pub(crate) fn class(error: &KafkaError) -> Class {
    match error {
        KafkaError::Transaction(error) if error.is_fatal() || fences(error.code()) => Class::Fatal,
        KafkaError::Transaction(error) if error.txn_requires_abort() => Class::Abortable,
        KafkaError::Transaction(error) if error.is_retriable() => Class::Retriable,
        // A flush comes before the end of the transaction is asked for, so the step cannot have happened.
        KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut) => Class::Abortable,
        KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) => Class::Retriable,
        KafkaError::MessageProduction(code) if fatal(*code) => Class::Fatal,
        KafkaError::MessageProduction(_) | KafkaError::ConsumerCommit(_) => Class::Abortable,
        _ => Class::Fatal,
    }
}

/// Says whether an error means that another has taken the producer's place, or that the broker has ended its
/// transaction for taking too long; the two cannot be told apart.
pub(crate) fn fences(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced | RDKafkaErrorCode::InvalidProducerEpoch
    )
}

/// Says whether an error of one record's delivery means that its topic cannot be written.
pub(crate) fn unwritable(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::UnknownPartition
            | RDKafkaErrorCode::InvalidTopic
            | RDKafkaErrorCode::PolicyViolation
    )
}

/// Says whether an error means that a topic, or a partition of it, is or was not there.
pub(crate) fn vanished(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownTopicId
            | RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::UnknownPartition
    )
}

fn fatal(code: RDKafkaErrorCode) -> bool {
    code == RDKafkaErrorCode::Fatal || fences(code)
}

#[cfg(test)]
mod tests;
