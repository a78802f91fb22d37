//! What each path answers.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use segue_telemetry::{Health, Metrics, Report};
use serde_json::json;

use crate::why::{self, Answers, Desk};

/// The largest body of a request, in bytes.
const BODY_BYTES_MAX: usize = 1 << 20;

const PATHS: [&str; 4] = ["/livez", "/readyz", "/metrics", "/why"];

#[derive(Clone)]
struct Shown {
    metrics: Metrics,
    health: Health,
}

/// Makes all pages.
pub(crate) fn pages(metrics: Metrics, health: Health, answers: Option<Answers>) -> Router {
    Router::new()
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
        .with_state(Shown { metrics, health })
        .merge(Router::new().route("/why", get(why::why)).with_state(Desk::new(answers)))
        .fallback(nowhere)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
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

async fn nowhere(uri: Uri) -> Response {
    let body = json!({"error": format!("there is no page {}", uri.path()), "pages": PATHS});
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

fn answer(good: bool, word: &str, report: &Report) -> Response {
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if good { word.to_owned() } else { format!("not {word}") };
    // What is asked again and again must not be answered by a cache on the way.
    let uncached = [(header::CACHE_CONTROL, "no-store")];
    (status, uncached, Json(json!({"status": word, "parts": report.parts}))).into_response()
}
