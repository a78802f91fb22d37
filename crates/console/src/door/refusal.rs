//! A request that was not done: why, and what to do about it, as RFC 9457 writes it.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request was not done. Nothing of it has happened, unless it says that this is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// A word for programs.
    pub(crate) code: String,
    /// What is wrong; it repeats no value of an event.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: String,
    /// Which event of a batch it is about, counted from 0.
    pub(crate) event: Option<usize>,
    /// When to try again, in seconds.
    pub(crate) retry_after: Option<u32>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>, hint: &str) -> Refusal {
        let (message, hint) = (message.into(), hint.to_owned());
        Refusal { status, code: code.to_owned(), message, hint, event: None, retry_after: None }
    }

    pub(crate) fn bad(code: &str, message: impl Into<String>, hint: &str) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, code, message, hint)
    }

    /// The same, of one event of a batch.
    pub(crate) fn of(self, event: usize) -> Refusal {
        Refusal { event: Some(event), ..self }
    }

    /// The same, with when to try again.
    pub(crate) fn again_after(self, seconds: u32) -> Refusal {
        Refusal { retry_after: Some(seconds), ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({
            "status": self.status.as_u16(),
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
        });
        if let Some(event) = self.event {
            body["event"] = event.into();
        }
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        let _ = headers.insert(header::CONTENT_TYPE, kind);
        if let Some(seconds) = self.retry_after {
            let _ = headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
