//! `GET /tasks/DESTINATION`, `/status/SOURCE`, `/decisions` on an embedded log: by long polls, or as a stream.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use segue_log::embedded::Embedded;
use segue_wire::topics::DECISIONS;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::feed::{Cursor, Left, read_on};
use super::refusal::Refusal;
use super::{Open, READERS_MAX, addressed, refuse_pages, wrong_query};
use crate::caller::Peer;
use crate::server::Stopping;

/// The header of an answer that says where to go on.
const CURSOR: &str = "segue-cursor";
/// What an answer is: events, or records that are none.
const BATCH: &str = "application/cloudevents-batch+json; charset=utf-8";
const RECORDS: &str = "application/json";
/// How many events an answer has unless told, and at most.
const EVENTS_DEFAULT: usize = 100;
const EVENTS_MAX: usize = 1_000;
/// The longest wait, in seconds.
const WAIT_MAX: u64 = 60;
/// How often a reader that waits looks.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// How often a stream without news shows that it lives.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(15);
/// How many events of a stream may wait for a slow reader.
const AHEAD_MAX: usize = 100;

/// What may stand behind the path.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    after: Option<String>,
    wait: Option<u64>,
    max: Option<usize>,
    lane: Option<String>,
}

type Query1 = Result<Query<Asked>, QueryRejection>;

pub(crate) async fn tasks(
    State(open): State<Open>,
    Extension(peer): Extension<Peer>,
    Extension(stopping): Extension<Stopping>,
    Path(id): Path<String>,
    asked: Query1,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let bundle = (open.standing)();
    let reading = Reading::begin(&open, peer, &headers, asked)?;
    let to = addressed::destination(&bundle, &id)?;
    let lanes = to.lanes.iter().map(|lane| (lane.name.as_str(), &lane.topic));
    let all = lanes.chain([("", &to.topic)]);
    let lane = reading.asked.lane.as_deref();
    let topics: Vec<String> = all
        .filter(|(name, _)| lane.is_none_or(|lane| lane == *name))
        .map(|(_, topic)| topic.clone())
        .collect();
    if topics.is_empty() {
        let names: Vec<&str> = to.lanes.iter().map(|lane| lane.name.as_str()).collect();
        let hint = format!("it has: {}; `lane=` is what goes to none of them", names.join(", "));
        let message = format!("destination `{id}` has no such lane");
        return Err(Refusal::new(StatusCode::NOT_FOUND, "unknown-name", message, &hint));
    }
    reading.answer(topics, stopping, &headers).await
}

pub(crate) async fn statuses(
    State(open): State<Open>,
    Extension(peer): Extension<Peer>,
    Extension(stopping): Extension<Stopping>,
    Path(id): Path<String>,
    asked: Query1,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let bundle = (open.standing)();
    let reading = Reading::begin(&open, peer, &headers, asked)?;
    let Some(topic) = addressed::source(&bundle, &id)?.status.clone() else {
        let message = format!("source `{id}` has no `status`");
        let hint = "name a topic in its document, such as `status: billing.status`";
        return Err(Refusal::new(StatusCode::NOT_FOUND, "no-status", message, hint));
    };
    reading.without_lanes()?.answer(vec![topic], stopping, &headers).await
}

pub(crate) async fn decisions(
    State(open): State<Open>,
    Extension(peer): Extension<Peer>,
    Extension(stopping): Extension<Stopping>,
    asked: Query1,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let reading = Reading { kind: RECORDS, ..Reading::begin(&open, peer, &headers, asked)? };
    reading.without_lanes()?.answer(vec![DECISIONS.to_owned()], stopping, &headers).await
}

/// A reader that was let in.
struct Reading {
    log: Embedded,
    asked: Asked,
    cursor: Cursor,
    events_max: usize,
    wait: Duration,
    kind: &'static str,
    permit: OwnedSemaphorePermit,
}

impl Reading {
    fn begin(open: &Open, peer: Peer, headers: &HeaderMap, asked: Query1) -> Result<Reading, Refusal> {
        refuse_pages(peer, headers)?;
        let hint = "it takes `after=CURSOR`, `wait=SECONDS`, `max=N`, and of tasks `lane=NAME`";
        let Query(asked) = asked.map_err(|wrong| wrong_query(&wrong.body_text(), hint))?;
        let Some((log, _)) = open.embedded.clone() else {
            let message = "what goes out of this router goes to topics of Kafka";
            let hint = "read the topics that the bundle names; only `log: {embedded: DIR}` is read over HTTP";
            return Err(Refusal::new(StatusCode::NOT_FOUND, "on-kafka", message, hint));
        };
        let events_max = asked.max.unwrap_or(EVENTS_DEFAULT);
        let seconds = asked.wait.unwrap_or(0);
        if !(1..=EVENTS_MAX).contains(&events_max) || seconds > WAIT_MAX {
            let message = format!("`max` is 1 to {EVENTS_MAX}, `wait` at most {WAIT_MAX} seconds");
            return Err(wrong_query(&message, "ask again when the answer has come"));
        }
        // A browser's reader of streams says so of itself where it goes on.
        let last = headers.get("last-event-id").and_then(|last| last.to_str().ok());
        let cursor = last.or(asked.after.as_deref()).map_or_else(|| Ok(Cursor::default()), Cursor::parse)?;
        let permit = open.readers.clone().try_acquire_owned().map_err(|_| {
            let message = format!("{READERS_MAX} readers wait already");
            let hint = "let one reader of each destination ask, and try again after Retry-After";
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "busy", message, hint).again_after(1)
        })?;
        let wait = Duration::from_secs(seconds);
        Ok(Reading { log, asked, cursor, events_max, wait, kind: BATCH, permit })
    }

    fn without_lanes(self) -> Result<Reading, Refusal> {
        match self.asked.lane {
            None => Ok(self),
            Some(_) => Err(wrong_query("only tasks have lanes", "leave `lane` out")),
        }
    }

    async fn answer(
        mut self,
        topics: Vec<String>,
        stopping: Stopping,
        headers: &HeaderMap,
    ) -> Result<Response, Refusal> {
        let accepts = headers.get(header::ACCEPT).and_then(|accepts| accepts.to_str().ok());
        if accepts.is_some_and(|accepts| accepts.contains("text/event-stream")) {
            // What is wrong with the cursor is said before the stream begins.
            let _ = read_on(&self.log, &topics, &mut self.cursor.clone(), 1)?;
            return Ok(self.stream(topics, stopping));
        }
        let began = Instant::now();
        loop {
            let left = self.look(&topics).await?;
            if !left.is_empty() || began.elapsed() >= self.wait || stopping.is_set() {
                return Ok(batch(&left, &self.cursor.text(), self.kind));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Reads on, on a thread that may wait for the log.
    async fn look(&mut self, topics: &[String]) -> Result<Vec<Left>, Refusal> {
        let (log, mut cursor) = (self.log.clone(), self.cursor.clone());
        let (topics, events_max) = (topics.to_vec(), self.events_max);
        let looked = tokio::task::spawn_blocking(move || {
            let left = read_on(&log, &topics, &mut cursor, events_max)?;
            Ok((left, cursor))
        });
        let broke_off =
            |_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "reading broke off", "ask again");
        let (left, cursor) = looked.await.map_err(broke_off)??;
        self.cursor = cursor;
        Ok(left)
    }

    fn stream(mut self, topics: Vec<String>, stopping: Stopping) -> Response {
        let (send, events) = mpsc::channel(AHEAD_MAX);
        // It ends when its reader has gone, or the server stops.
        drop(tokio::spawn(async move {
            let mut said_at = Instant::now();
            while !stopping.is_set() && !send.is_closed() {
                let Ok(left) = self.look(&topics).await else { break };
                let is_still = left.is_empty();
                for Left { text, cursor } in left {
                    let event = format!("id: {cursor}\ndata: {}\n\n", text.replace(['\r', '\n'], " "));
                    if send.send(Bytes::from(event)).await.is_err() {
                        return;
                    }
                    said_at = Instant::now();
                }
                if is_still {
                    if said_at.elapsed() > SIGN_OF_LIFE_EVERY {
                        let _ = send.try_send(Bytes::from_static(b":\n\n"));
                        said_at = Instant::now();
                    }
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
            drop(self.permit);
        }));
        let kind = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
        (kind, Body::new(Flow(events))).into_response()
    }
}

/// All of them as an array, as they stand in the log.
fn batch(left: &[Left], cursor: &str, kind: &'static str) -> Response {
    let texts: Vec<&str> = left.iter().map(|one| one.text.as_str()).collect();
    let body = format!("[{}]", texts.join(","));
    let kind = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")];
    (kind, [(CURSOR, cursor.to_owned())], body).into_response()
}

/// The body of a stream.
struct Flow(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Flow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
