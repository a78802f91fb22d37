//! What each path answers.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use segue_telemetry::{Health, Metrics, Report};
use serde_json::json;

use crate::desk::{Answers, Desk, Question, ToDo, asked};
use crate::door::{self, Doors, Open};

/// The largest body of a request, in bytes.
const BODY_BYTES_MAX: usize = 1 << 20;

/// What the server answers, as the OpenAPI document describes it.
pub(crate) const OPENAPI: &str = include_str!("../../../schemas/openapi.json");

/// Every path there is, with its method.
pub(crate) const ROUTES: [(&str, &str); 17] = [
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/why"),
    ("GET", "/export"),
    ("POST", "/erase"),
    ("GET", "/failed"),
    ("GET", "/failed/event"),
    ("POST", "/failed/retry"),
    ("POST", "/pause"),
    ("POST", "/resume"),
    ("POST", "/events"),
    ("POST", "/outcomes/{destination}"),
    ("GET", "/tasks/{destination}"),
    ("GET", "/status/{source}"),
    ("GET", "/decisions"),
];

#[derive(Clone)]
struct Shown {
    metrics: Metrics,
    health: Health,
}

/// Makes all pages.
///
/// # Errors
/// The system gives no thread to write on.
pub(crate) fn pages(
    metrics: Metrics,
    health: Health,
    answers: Option<Answers>,
    doors: Option<Doors>,
) -> std::io::Result<Router> {
    let doors = match doors {
        Some(doors) => Router::new()
            .route("/events", post(door::post_events))
            .route("/outcomes/{destination}", post(door::post_outcomes))
            .route("/tasks/{destination}", get(door::tasks))
            .route("/status/{source}", get(door::statuses))
            .route("/decisions", get(door::decisions))
            .with_state(Open::new(doors)?),
        None => Router::new(),
    };
    let answered = Router::new()
        .route("/why", get(|a, b, c, d| asked(Question::Why, a, b, c, d)))
        .route("/export", get(|a, b, c, d| asked(Question::Export, a, b, c, d)))
        .route("/erase", post(|a, b, c, d| asked(Question::Erase, a, b, c, d)))
        .route("/failed", get(|a, b, c, d| asked(|of| Question::Failed(ToDo::List, of), a, b, c, d)))
        .route("/failed/event", get(|a, b, c, d| asked(|of| Question::Failed(ToDo::Show, of), a, b, c, d)))
        .route("/failed/retry", post(|a, b, c, d| asked(|of| Question::Failed(ToDo::Retry, of), a, b, c, d)))
        .route("/pause", post(|a, b, c, d| asked(Question::Pause, a, b, c, d)))
        .route("/resume", post(|a, b, c, d| asked(Question::Resume, a, b, c, d)));
    Ok(Router::new()
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
        .route("/openapi.json", get(openapi))
        .with_state(Shown { metrics, health })
        .merge(answered.with_state(Desk::new(answers)))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        // The doors limit what they take in themselves.
        .merge(doors)
        .fallback(nowhere))
}

async fn live(State(shown): State<Shown>) -> Response {
    let report = shown.health.report();
    answer(report.live, "live", &report)
}

async fn ready(State(shown): State<Shown>) -> Response {
    let report = shown.health.report();
    answer(report.ready, "ready", &report)
}

async fn scrape(State(shown): State<Shown>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, shown.metrics.render()).into_response()
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

async fn nowhere(uri: Uri) -> Response {
    let pages: Vec<String> = ROUTES.iter().map(|(method, path)| format!("{method} {path}")).collect();
    let body = json!({"error": format!("there is no page {}", uri.path()), "pages": pages});
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

fn answer(good: bool, word: &str, report: &Report) -> Response {
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if good { word.to_owned() } else { format!("not {word}") };
    // What is asked again and again must not be answered by a cache on the way.
    let uncached = [(header::CACHE_CONTROL, "no-store")];
    (status, uncached, Json(json!({"status": word, "parts": report.parts}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_is_in_the_openapi_document_and_each_path_of_it_is_a_route() {
        let document: serde_json::Value = serde_json::from_str(OPENAPI).expect("it is JSON");
        let paths = document["paths"].as_object().expect("paths");
        let mut described: Vec<(String, String)> = paths
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().expect("methods").keys();
                methods.map(move |method| (method.to_uppercase(), path.clone()))
            })
            .collect();
        let mut routes: Vec<_> = ROUTES.map(|(method, path)| (method.to_owned(), path.to_owned())).to_vec();
        routes.sort();
        described.sort();
        assert_eq!(routes, described);
    }
}
