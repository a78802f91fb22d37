//! `POST /events` and `POST /outcomes/DESTINATION`: what comes in over HTTP, on any log; and what goes out of an embedded one.
//!
//! Shape: [`Doors`] say which bundle stands and how to write; a request is taken in within limits, read by `posted`,
//! addressed by `addressed`, and answered when `inbox` has it in the log. What goes out is read by `feed`.

pub(crate) mod addressed;
pub(crate) mod feed;
pub(crate) mod inbox;
mod out;
pub(crate) mod posted;
pub(crate) mod refusal;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use segue_bundle::Bundle;
use segue_document::Limits;
use segue_log::Error;
use segue_log::embedded::Embedded;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::caller::Peer;
use addressed::Addressed;
use inbox::{Inbox, NotWritten, Write};
use posted::Request;
use refusal::Refusal;

pub(crate) use out::{decisions, statuses, tasks};

/// The longest request of several events, in bytes; one event is limited by the settings.
const BATCH_BYTES_MAX: usize = 4 << 20;
/// What a request may be longer than its event, in bytes.
const ENVELOPE_BYTES_MAX: usize = 16 << 10;
/// How many requests are taken in at once; the next are told to come again.
const POSTS_MAX: usize = 32;
/// How many readers may wait for what goes out.
const READERS_MAX: usize = 16;
/// How long a body may take to come.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// How long writing may take before it is said that it is not known.
const WRITTEN_WITHIN: Duration = Duration::from_secs(20);
/// How many records of an embedded log's sources may wait for intake before no more are taken in.
const BACKLOG_MAX: u64 = 200_000;

/// The bundle that is taken in by now.
pub type Standing = Arc<dyn Fn() -> Arc<Bundle> + Send + Sync>;

/// What the doors need of a running router.
pub struct Doors {
    /// The bundle that is taken in by now.
    pub standing: Standing,
    /// What one event may weigh.
    pub limits: Limits,
    /// Writes to the log.
    pub write: Write,
    /// The log, where it is embedded: what goes out is read from it. With it the group that reads the sources.
    pub embedded: Option<(Embedded, String)>,
}

impl std::fmt::Debug for Doors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doors").field("embedded", &self.embedded.is_some()).finish_non_exhaustive()
    }
}

/// The doors, open.
#[derive(Clone)]
pub(crate) struct Open {
    standing: Standing,
    limits: Limits,
    inbox: Inbox,
    embedded: Option<(Embedded, String)>,
    posts: Arc<Semaphore>,
    readers: Arc<Semaphore>,
}

impl Open {
    pub(crate) fn new(doors: Doors) -> std::io::Result<Open> {
        Ok(Open {
            standing: doors.standing,
            limits: doors.limits,
            inbox: Inbox::start(doors.write)?,
            embedded: doors.embedded,
            posts: Arc::new(Semaphore::new(POSTS_MAX)),
            readers: Arc::new(Semaphore::new(READERS_MAX)),
        })
    }

    /// Lets a request in, if it may come and there is room.
    fn let_in(&self, peer: Peer, headers: &HeaderMap) -> Result<SemaphorePermit<'_>, Refusal> {
        refuse_pages(peer, headers)?;
        self.posts.try_acquire().map_err(|_| {
            let message = format!("{POSTS_MAX} requests are being taken in");
            let hint = "send again after Retry-After, or more events in one batch";
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "busy", message, hint).again_after(1)
        })
    }

    async fn receive(&self, headers: &HeaderMap, body: Body) -> Result<Request, Refusal> {
        let one = self.limits.bytes_max + ENVELOPE_BYTES_MAX;
        let bytes_max = if posted::is_batch(headers) { BATCH_BYTES_MAX.max(one) } else { one };
        let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        if length.and_then(|length| length.parse::<u64>().ok()).is_some_and(|sent| sent > bytes_max as u64) {
            return Err(posted::too_large(bytes_max));
        }
        let received = tokio::time::timeout(BODY_WITHIN, to_bytes(body, bytes_max)).await;
        let received = received.map_err(|_| {
            let message = format!("the body did not come within {} s", BODY_WITHIN.as_secs());
            Refusal::new(StatusCode::REQUEST_TIMEOUT, "too-slow", message, "send again: nothing was written")
        })?;
        posted::read(headers, &received.map_err(|_| posted::too_large(bytes_max))?)
    }

    /// Writes, and answers when all of it is in the log.
    async fn write(&self, addressed: Addressed, of: &str) -> Result<Response, Refusal> {
        self.refuse_when_behind(&addressed).await?;
        let accepted = addressed.appends.len();
        if accepted > 0 {
            let written = tokio::time::timeout(WRITTEN_WITHIN, self.inbox.put(addressed.appends)).await;
            written.map_err(|_| unwritten("the log did not answer in time"))?.map_err(|not| refused(&not))?;
        }
        Ok((StatusCode::ACCEPTED, Json(json!({"accepted": accepted, of: addressed.to}))).into_response())
    }

    /// Refuses what intake would not come to for long.
    async fn refuse_when_behind(&self, addressed: &Addressed) -> Result<(), Refusal> {
        let Some((log, group)) = self.embedded.clone() else { return Ok(()) };
        let topics: Vec<String> = addressed.appends.iter().map(|one| one.topic.to_string()).collect();
        let waiting = tokio::task::spawn_blocking(move || {
            let committed = log.committed(&group);
            let waits = |topic: &String| {
                let done = committed.iter().find(|one| *one.topic == **topic).map_or(0, |one| one.next);
                log.end(topic, 0).unwrap_or(0).saturating_sub(done)
            };
            topics.iter().collect::<std::collections::BTreeSet<_>>().into_iter().map(waits).max()
        });
        match waiting.await.ok().flatten() {
            Some(waiting) if waiting > BACKLOG_MAX => {
                let message = format!("{waiting} events wait to be taken in");
                let hint = "send again after Retry-After: nothing was written";
                let status = StatusCode::SERVICE_UNAVAILABLE;
                Err(Refusal::new(status, "behind", message, hint).again_after(5))
            }
            _ => Ok(()),
        }
    }
}

/// Refuses what a browser sends for somebody else's page.
fn refuse_pages(peer: Peer, headers: &HeaderMap) -> Result<(), Refusal> {
    if peer.may_use_doors(headers) {
        return Ok(());
    }
    let message = "pages of the web may not come in, nor names that are not this machine's";
    let hint = "call 127.0.0.1 or localhost from a program, without `Origin`";
    Err(Refusal::new(StatusCode::FORBIDDEN, "not-from-here", message, hint))
}

fn unwritten(message: &str) -> Refusal {
    let hint = "send the same again after Retry-After: what was written already is a duplicate then";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "not-known", message, hint).again_after(2)
}

fn refused(not: &NotWritten) -> Refusal {
    match not {
        NotWritten::Full => {
            let hint = "send again after Retry-After: nothing was written";
            let status = StatusCode::SERVICE_UNAVAILABLE;
            Refusal::new(status, "busy", "the log does not keep up", hint).again_after(1)
        }
        NotWritten::Said(Error::TooLarge { topic, .. }) => {
            let message = format!("topic {topic} does not take so large a record");
            let hint = "send less, or let the topic take more (`max.message.bytes`)";
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", message, hint)
        }
        NotWritten::Said(Error::Unwritable { topic, detail }) => {
            let message = format!("topic {topic} cannot be written: {detail}");
            let hint = "make the topic, or let the router write to it, and send again";
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "unwritable", message, hint).again_after(30)
        }
        NotWritten::Said(error) => unwritten(&error.to_string()),
        NotWritten::Ended => unwritten("the router ends"),
    }
}

/// What may stand behind `POST /events`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    source: Option<String>,
}

pub(crate) async fn post_events(
    State(open): State<Open>,
    Extension(peer): Extension<Peer>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let _permit = open.let_in(peer, &headers)?;
    let Query(asked) = asked.map_err(|wrong| wrong_query(&wrong.body_text(), "it takes `source=ID`"))?;
    let request = open.receive(&headers, body).await?;
    let bundle = (open.standing)();
    let addressed = addressed::events(&bundle, request, asked.source.as_deref(), &open.limits)?;
    open.write(addressed, "sources").await
}

pub(crate) async fn post_outcomes(
    State(open): State<Open>,
    Extension(peer): Extension<Peer>,
    Path(destination): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let _permit = open.let_in(peer, &headers)?;
    let request = open.receive(&headers, body).await?;
    let bundle = (open.standing)();
    let addressed = addressed::outcomes(&bundle, request, &destination, &open.limits)?;
    open.write(addressed, "destinations").await
}

fn wrong_query(text: &str, hint: &str) -> Refusal {
    Refusal::bad("wrong-query", text.lines().next().unwrap_or_default(), hint)
}
