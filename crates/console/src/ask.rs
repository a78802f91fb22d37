//! Asks a running router over its admin server: for commands that take `--url`.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Uri, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::desk::NOTES;

/// The longest answer that is taken, in bytes.
const ANSWER_BYTES_MAX: usize = 32 << 20;
/// How long connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Whether something is asked, or to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// It is asked.
    Get,
    /// It is to be done.
    Post,
}

/// What a router has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The HTTP status.
    pub status: u16,
    /// What else has to be known.
    pub notes: Vec<String>,
    /// The body.
    pub text: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The address makes no sense.
    #[error("`{0}` is no address of a router; write it as http://127.0.0.1:8080")]
    Address(String),
    /// Nobody answers there.
    #[error("no router answers at {url}: {reason}")]
    NoAnswer {
        /// The address.
        url: String,
        /// What went wrong.
        reason: String,
    },
}

/// Asks for a path with these parameters, and waits for so long.
///
/// # Errors
/// See [`AskError`].
pub fn ask(
    url: &str,
    verb: Verb,
    path: &str,
    asked: &[(&str, &str)],
    within: Duration,
) -> Result<Said, AskError> {
    let no_answer = |reason: &dyn std::fmt::Display| AskError::NoAnswer {
        url: url.to_owned(),
        reason: reason.to_string(),
    };
    let authority = authority(url).ok_or_else(|| AskError::Address(url.to_owned()))?;
    let query: Vec<String> = asked.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let method = if verb == Verb::Get { Method::GET } else { Method::POST };
    let request = Request::builder()
        .method(method)
        .uri(format!("{path}?{}", query.join("&")))
        .header(header::HOST, &authority)
        .header(header::CONNECTION, "close")
        .body(Body::empty())
        .map_err(|_| AskError::Address(url.to_owned()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| no_answer(&error))?;
    runtime.block_on(async {
        let connected = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(&authority)).await;
        let stream = connected.map_err(|error| no_answer(&error))?.map_err(|error| no_answer(&error))?;
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| no_answer(&error))?;
        // It ends with the runtime; what goes wrong in it is said by the request.
        drop(tokio::spawn(connection));
        let answered = async {
            let response = sender.send_request(request).await.map_err(|error| no_answer(&error))?;
            let status = response.status().as_u16();
            let notes = response.headers().get(NOTES).and_then(|notes| notes.to_str().ok());
            let notes =
                notes.map(|notes| notes.split(" | ").map(str::to_owned).collect()).unwrap_or_default();
            let body = to_bytes(Body::new(response.into_body()), ANSWER_BYTES_MAX).await;
            let text = String::from_utf8_lossy(&body.map_err(|error| no_answer(&error))?).into_owned();
            Ok(Said { status, notes, text })
        };
        tokio::time::timeout(within, answered).await.map_err(|error| no_answer(&error))?
    })
}

/// Host and port of an address such as `http://127.0.0.1:8080`.
fn authority(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
    let authority = uri.authority().filter(|_| is_bare && uri.scheme_str() == Some("http"))?;
    let host = authority.host();
    (!authority.as_str().contains('@')).then(|| format!("{host}:{}", authority.port_u16().unwrap_or(80)))
}

/// The text as a value of a query.
fn escaped(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match is_plain(byte) {
            true => escaped.push(char::from(byte)),
            false => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
