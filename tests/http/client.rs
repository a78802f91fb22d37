//! A client of the admin server over a plain socket, and the bundle of these tests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use segue_testkit::router::{Router, Setup};
use segue_testkit::topics::wait_for;
use serde_json::Value;

pub(crate) const STRUCTURED: &str = "application/cloudevents+json";
pub(crate) const BATCH: &str = "application/cloudevents-batch+json";

pub(crate) fn bundle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/http")
}

/// A router on an embedded log in that directory.
pub(crate) fn embedded(log: &Path) -> Setup {
    let setup = Setup::new("nowhere:9092", "http-0", 3);
    Setup { bundle: bundle(), ..setup }.with(&format!("log: {{embedded: \"{}\"}}", log.display()))
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.split_once(": ").filter(|(of, _)| *of == name)).map(|(_, value)| value)
    }
}

/// Sends a request; `None` where no whole answer came.
pub(crate) fn send(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<Answer> {
    let mut socket = TcpStream::connect(url.strip_prefix("http://")?).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
    socket.write_all(text.as_bytes()).ok()?;
    let mut answer = String::new();
    let _ = socket.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

pub(crate) fn post(router: &Router, path: &str, kind: &str, body: &str) -> Answer {
    send(&router.url(), "POST", path, &[("Content-Type", kind)], body).expect("it answers")
}

pub(crate) fn get(router: &Router, path: &str) -> Answer {
    send(&router.url(), "GET", path, &[], "").expect("it answers")
}

/// A failed payment, as a structured event.
pub(crate) fn payment(id: &str, customer: &str, amount: f64) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/billing","type":"payment.failed","data":{{"customer":"{customer}","amount":{amount:?}}}}}"#
    )
}

/// Waits until so many events were read behind a path, from the beginning, and returns them.
pub(crate) fn wait_for_events(router: &Router, path: &str, least: usize) -> Vec<Value> {
    wait_for(&format!("{least} events of {path}"), || {
        let all = all_events(router, path);
        (all.len() >= least).then_some(all)
    })
}

/// All that is there behind a path.
pub(crate) fn all_events(router: &Router, path: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = get(router, &format!("{path}?max=1000&after={cursor}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        cursor = answer.header("segue-cursor").expect("a cursor").to_owned();
        let Value::Array(events) = answer.json() else { panic!("no batch: {answer:?}") };
        if events.is_empty() {
            return all;
        }
        all.extend(events);
    }
}
