//! What whoever works on this machine can ask, one question at a time: `GET /why`, why a task, a decision or an event came out as
//! it did; `GET /export`, what is held of a person; `POST /erase`, that it is held no longer; `GET /failed` and what follows it,
//! about failed events; `POST /pause` and `/resume`, that a part rests and goes on.
//!
//! What is said of a person is for those who may know it, and nobody is asked who they are: so only this machine is
//! answered, by a name of its own, so that no page of the web can ask through a browser. Of why, private values stay masked.

use std::sync::Arc;

use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::{Semaphore, oneshot};

use crate::caller::Peer;

/// The header of an answer that says what else has to be known, with ` | ` between notes.
pub(crate) const NOTES: &str = "segue-notes";
/// The longest notes, in bytes.
const NOTES_BYTES_MAX: usize = 4 << 10;

/// A question.
#[derive(Clone, Debug)]
pub enum Question {
    /// Why.
    Why(Asked),
    /// What is held of a person.
    Export(Whom),
    /// To erase one.
    Erase(Whom),
    /// About failed events.
    Failed(ToDo, AskedFailed),
    /// That a part rests.
    Pause(Part),
    /// That it goes on.
    Resume(Part),
}

/// What is to be done about failed events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToDo {
    /// To count them, by code, source and topic.
    List,
    /// To show one, masked.
    Show,
    /// To send them round again.
    Retry,
}

/// Which failed events are asked about, and how they are sent; as on the command line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AskedFailed {
    /// Their codes, with commas between.
    pub error: Option<String>,
    /// Their source.
    pub source: Option<String>,
    /// The topic that they came from.
    pub topic: Option<String>,
    /// Logged at this instant or later.
    pub since: Option<String>,
    /// Logged before this instant.
    pub until: Option<String>,
    /// These, as `PARTITION/OFFSET`, with commas between.
    pub id: Option<String>,
    /// All that are kept.
    pub all: bool,
    /// Only to say what would be sent.
    pub dry_run: bool,
    /// Also what was sent before.
    pub again: bool,
    /// How many a second at most.
    pub rate: Option<u32>,
    /// `human` or `json`, which it is without.
    pub output: Option<String>,
}

/// Which part rests or goes on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// As `KIND/ID`.
    pub part: String,
    /// `human` or `json`, which it is without.
    pub output: Option<String>,
}

/// Who is asked about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whom {
    /// Any id of theirs.
    pub subject: String,
    /// `human` or `json`, which it is without.
    pub output: Option<String>,
    /// Only to say what would be erased.
    #[serde(default)]
    pub dry_run: bool,
}

/// What why is asked of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// A task or a decision, by its id.
    pub id: Option<String>,
    /// An event, as `SOURCE/ID`.
    pub event: Option<String>,
    /// Of that event only this rule.
    pub rule: Option<String>,
    /// `human` or `json`, which it is without.
    pub output: Option<String>,
}

/// How it was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With why.
    Told,
    /// It was told to the routers, and not all have obeyed yet.
    Partly,
    /// Nothing is as it was asked for.
    Nothing,
    /// What was asked makes no sense.
    Wrong,
    /// What it needs cannot be reached.
    Unreachable,
    /// It took too long, or broke off.
    BrokeOff,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answered {
    /// How it ended.
    pub ended: Ended,
    /// What is written: the answer, or what went wrong.
    pub text: String,
    /// What else has to be known.
    pub notes: String,
}

/// Answers; it may take its time, on a thread of its own.
pub type Answers = Arc<dyn Fn(&Question) -> Answered + Send + Sync>;

/// Who answers, one at a time.
#[derive(Clone)]
pub(crate) struct Desk {
    answers: Option<Answers>,
    free: Arc<Semaphore>,
}

impl Desk {
    pub(crate) fn new(answers: Option<Answers>) -> Desk {
        Desk { answers, free: Arc::new(Semaphore::new(1)) }
    }
}

type Parsed<T> = Result<Query<T>, axum::extract::rejection::QueryRejection>;

/// What is asked, as the query of a request puts it.
pub(crate) trait Put: serde::de::DeserializeOwned + Send {
    /// How it is to be answered.
    fn output(&self) -> Option<&str>;
}

macro_rules! with_output {
    ($($asked:ty),*) => { $(impl Put for $asked {
        fn output(&self) -> Option<&str> {
            self.output.as_deref()
        }
    })* };
}
with_output!(Asked, Whom, AskedFailed, Part);

/// The route of a question, which is made of what is asked.
pub(crate) async fn asked<T: Put>(
    question: fn(T) -> Question,
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    query: Parsed<T>,
) -> Response {
    let is_human = query.as_ref().is_ok_and(|Query(asked)| asked.output() == Some("human"));
    answer(desk, peer, &headers, query.map(|Query(asked)| question(asked)), is_human).await
}

async fn answer(
    desk: Desk,
    peer: Peer,
    headers: &HeaderMap,
    question: Result<Question, axum::extract::rejection::QueryRejection>,
    is_human: bool,
) -> Response {
    let refused = |status: StatusCode, text: &str| (status, format!("{text}\n")).into_response();
    if !peer.works_here(headers) {
        let text = "only who works on this machine is answered; ask there, or use the command with `--settings FILE`";
        return refused(StatusCode::FORBIDDEN, text);
    }
    let Some(answers) = desk.answers else {
        return refused(StatusCode::NOT_FOUND, "nobody here has an answer");
    };
    let question = match question {
        Ok(question) => question,
        Err(rejected) => return refused(StatusCode::BAD_REQUEST, &rejected.body_text()),
    };
    let Ok(permit) = desk.free.try_acquire_owned() else {
        return refused(
            StatusCode::TOO_MANY_REQUESTS,
            "another question is being answered; ask again when it is",
        );
    };
    let (tell, told) = oneshot::channel();
    // A thread of its own, which nobody waits for when the server stops.
    let began = std::thread::Builder::new().name("segue-asked".to_owned()).spawn(move || {
        // Whoever asked may have gone.
        let _ = tell.send(answers(&question));
        drop(permit);
    });
    match (began, told.await) {
        (Ok(_), Ok(answered)) => respond(answered, is_human),
        _ => refused(StatusCode::INTERNAL_SERVER_ERROR, "the question could not be answered"),
    }
}

fn respond(answered: Answered, is_human: bool) -> Response {
    let status = match answered.ended {
        Ended::Told => StatusCode::OK,
        Ended::Partly => StatusCode::ACCEPTED,
        Ended::Nothing => StatusCode::NOT_FOUND,
        Ended::Wrong => StatusCode::BAD_REQUEST,
        Ended::Unreachable => StatusCode::BAD_GATEWAY,
        Ended::BrokeOff => StatusCode::GATEWAY_TIMEOUT,
    };
    let is_text = is_human || !matches!(answered.ended, Ended::Told | Ended::Partly);
    let kind = if is_text { "text/plain; charset=utf-8" } else { "application/json" };
    let mut response =
        (status, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], answered.text)
            .into_response();
    let lines: Vec<&str> = answered.notes.lines().collect();
    let mut notes: String = lines.join(" | ").chars().filter(|one| (' '..='~').contains(one)).collect();
    notes.truncate(NOTES_BYTES_MAX);
    if let Ok(value) = notes.parse()
        && !notes.is_empty()
    {
        let _ = response.headers_mut().insert(NOTES, value);
    }
    response
}
