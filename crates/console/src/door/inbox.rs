//! The one thread that writes what is posted: what waits is written together, so that it waits for one disk or broker.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use segue_log::{Append, Error};
use tokio::sync::oneshot;

/// How many requests may wait to be written.
pub(crate) const WAITING_MAX: usize = 64;
/// The most records that are written together.
const TOGETHER_MAX: usize = 2_000;

/// Writes appends, all of them durable when it returns; used by one thread.
pub type Write = Box<dyn FnMut(&[Append]) -> Result<(), Error> + Send>;

/// Why it is not known that something was written.
#[derive(Debug)]
pub(crate) enum NotWritten {
    /// Too many wait.
    Full,
    /// The log said so.
    Said(Error),
    /// The thread that writes has ended.
    Ended,
}

struct Letter {
    appends: Vec<Append>,
    told: oneshot::Sender<Result<(), Error>>,
}

/// A handle to the thread. It ends with the last handle.
#[derive(Clone)]
pub(crate) struct Inbox(SyncSender<Letter>);

impl Inbox {
    pub(crate) fn start(write: Write) -> std::io::Result<Inbox> {
        let (send, letters) = sync_channel(WAITING_MAX);
        let work = move || run(&letters, write);
        let _ = std::thread::Builder::new().name("segue-inbox".to_owned()).spawn(work)?;
        Ok(Inbox(send))
    }

    /// Returns when all of it is in the log.
    pub(crate) async fn put(&self, appends: Vec<Append>) -> Result<(), NotWritten> {
        let (told, tells) = oneshot::channel();
        self.0.try_send(Letter { appends, told }).map_err(|error| match error {
            TrySendError::Full(_) => NotWritten::Full,
            TrySendError::Disconnected(_) => NotWritten::Ended,
        })?;
        tells.await.map_err(|_| NotWritten::Ended)?.map_err(NotWritten::Said)
    }
}

fn run(letters: &Receiver<Letter>, mut write: Write) {
    while let Ok(first) = letters.recv() {
        let mut records = first.appends.len();
        let mut together = vec![first];
        while records < TOGETHER_MAX
            && let Ok(next) = letters.try_recv()
        {
            records += next.appends.len();
            together.push(next);
        }
        let all: Vec<Append> = together.iter().flat_map(|letter| letter.appends.iter().cloned()).collect();
        let written = write(&all);
        let is_alone = together.len() == 1;
        for letter in together {
            let result = match &written {
                Ok(()) => Ok(()),
                // Whose fault it is shows when each is written alone; what was written before is a duplicate then.
                Err(_) if !is_alone => write(&letter.appends),
                Err(error) => Err(again(error)),
            };
            // Whoever asked may have gone.
            let _ = letter.told.send(result);
        }
    }
}

/// The same error once more.
fn again(error: &Error) -> Error {
    match error {
        Error::Rewound { reason } => Error::Rewound { reason },
        Error::Lost { reason } => Error::Lost { reason },
        Error::Unwritable { topic, detail } => {
            Error::Unwritable { topic: topic.clone(), detail: detail.clone() }
        }
        Error::TooLarge { topic, index } => Error::TooLarge { topic: topic.clone(), index: *index },
        Error::Environment(text) => Error::Environment(text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_log::Place;

    fn letter(topic: &str) -> Vec<Append> {
        let place = Place::Key;
        vec![Append { topic: topic.into(), place, key: None, value: None, headers: Vec::new() }]
    }

    #[test]
    fn one_that_cannot_be_written_does_not_spoil_those_beside_it() {
        let (send, letters) = sync_channel(4);
        let mut answers = Vec::new();
        for topic in ["good", "gone", "good"] {
            let (told, tells) = oneshot::channel();
            send.send(Letter { appends: letter(topic), told }).expect("there is room");
            answers.push(tells);
        }
        drop(send);
        let write = |appends: &[Append]| match appends.iter().find(|append| &*append.topic == "gone") {
            None => Ok(()),
            Some(_) => Err(Error::Unwritable { topic: "gone".to_owned(), detail: "x".to_owned() }),
        };
        run(&letters, Box::new(write));
        let told: Vec<bool> =
            answers.into_iter().map(|answer| answer.blocking_recv().expect("told").is_ok()).collect();
        assert_eq!(told, [true, false, true]);
    }
}
