//! The click stream of a shop: who fills a cart and does not buy. The first `cart` of a session begins a wait for a
//! purchase of that session; what the router makes of it is what a recount by brute force says, in several windows.

// Helper functions of tests may fail loudly.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::Read;
use std::sync::Arc;

use segue_engine::Settings;
use segue_log::{Append, Record};
use segue_model::{Span, Timestamp};
use segue_replay::pipeline::Pipeline;

const STREAM: &[u8] = include_bytes!("../../../tests/data/clickstream/ecom.csv.gz");
const MINUTE: i64 = 60_000;

/// Minutes without a purchase, and how many sessions that concerns.
const WINDOWS: [(i64, Option<usize>); 4] = [(30, Some(689)), (5, Some(936)), (60, Some(673)), (20, None)];

struct Click {
    user: String,
    session: String,
    kind: String,
    at: i64,
}

/// The rows by time; those of one second in the order of the file.
fn clicks() -> Vec<Click> {
    let mut text = String::new();
    let _ = flate2::read::GzDecoder::new(STREAM).read_to_string(&mut text).unwrap();
    let mut clicks: Vec<Click> = text.lines().skip(1).map(click).collect();
    clicks.sort_by_key(|click| click.at);
    clicks
}

fn click(line: &str) -> Click {
    let fields: Vec<&str> = line.split(',').collect();
    let at = Timestamp::parse(&format!("{}Z", fields[3].replace(' ', "T"))).unwrap();
    Click { user: fields[0].into(), session: fields[1].into(), kind: fields[2].into(), at: at.0 }
}

fn bundle() -> String {
    let mut text = "source: shop
topic: shop.clicks
format: json
envelope: {type: kind, id: id, time: at, subject: user}
undeclared: ignore
events: {cart: {schema: click.json}, purchase: {schema: click.json}}
---
destination: desk
topic: desk.tasks
share: [event.data.session]
---
signal: cart-begun
on: cart
when: count('cart', 'data.session') == 1
"
    .to_owned();
    for (window, _) in WINDOWS {
        write!(
            text,
            "---
rule: abandoned-{window}
on: cart-begun
unless: purchase
within: {window}m
same: data.session
propose: [help-{window}]
---
action: help-{window}
to: desk
what: \"{{{{ event.data.session }}}}\"
"
        )
        .unwrap();
    }
    text
}

const SCHEMA: &str = r#"{"type": "object", "required": ["user", "session"],
  "properties": {"user": {"type": "string"}, "session": {"type": "string"}}}"#;

/// The sessions for which a task left, by action, with when it was due.
type Sessions = BTreeMap<String, BTreeSet<(String, String)>>;

fn gather(out: Vec<Append>, sessions: &mut Sessions) {
    for append in out.iter().filter(|append| &*append.topic == "desk.tasks") {
        let task: serde_json::Value = serde_json::from_slice(append.value.as_ref().unwrap()).unwrap();
        let text = |name: &str| task["data"][name].as_str().unwrap().to_owned();
        let is_new = sessions.entry(text("action")).or_default().insert((text("what"), text("released_at")));
        assert!(is_new, "one task a session: {task}");
    }
}

fn decided(clicks: &[Click]) -> Sessions {
    let files = vec![("all.yaml".to_owned(), bundle()), ("click.json".to_owned(), SCHEMA.to_owned())];
    let bundle = match segue_bundle::read(files) {
        Ok(loaded) => Arc::new(loaded.bundle),
        Err(findings) => {
            let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
            panic!("{}", shown.join("\n"))
        }
    };
    let settings = Settings { dedup: Span(60 * MINUTE), profile_bytes_max: 1 << 20, zone: "UTC".into() };
    let mut pipeline = Pipeline::new(bundle, segue_intake::Limits::CONTRACT, settings);
    let mut sessions = Sessions::new();
    let mut now = Timestamp(0);
    for (offset, click) in clicks.iter().enumerate() {
        now = Timestamp(click.at);
        let value = format!(
            r#"{{"kind": "{}", "id": "e{offset}", "at": "{now}", "user": "{}", "session": "{}"}}"#,
            click.kind, click.user, click.session
        );
        let record = Record {
            topic: "shop.clicks".into(),
            partition: 0,
            incarnation: 0,
            offset: offset as u64,
            appended_at_ms: click.at,
            key: None,
            value: Some(value.into_bytes()),
            headers: Vec::new(),
        };
        gather(pipeline.take(&record, now), &mut sessions);
    }
    gather(pipeline.advance(now.plus(Span(2 * 1440 * MINUTE))), &mut sessions);
    sessions
}

/// Of every session the first cart, and all rows after it are looked through: is there a purchase soon enough?
fn recounted(clicks: &[Click], window: i64) -> BTreeSet<(String, String)> {
    let mut begun = BTreeSet::new();
    let mut abandoned = BTreeSet::new();
    for (place, cart) in clicks.iter().enumerate().filter(|(_, click)| click.kind == "cart") {
        if !begun.insert(&cart.session) {
            continue;
        }
        let buys = |click: &Click| {
            click.session == cart.session && click.kind == "purchase" && click.at < cart.at + window
        };
        if !clicks[place + 1..].iter().any(buys) {
            let _ = abandoned.insert((cart.session.clone(), Timestamp(cart.at + window).to_string()));
        }
    }
    abandoned
}

#[test]
fn the_carts_that_are_left_are_those_of_a_recount_in_every_window() {
    let clicks = clicks();
    assert_eq!(clicks.len(), 31_106);
    let decided = decided(&clicks);
    for (window, known) in WINDOWS {
        let recounted = recounted(&clicks, window * MINUTE);
        if let Some(known) = known {
            assert_eq!(recounted.len(), known, "recounted for {window} minutes");
        }
        let found = decided.get(&format!("help-{window}")).cloned().unwrap_or_default();
        assert_eq!(found.len(), recounted.len(), "{window} minutes");
        assert_eq!(found, recounted, "{window} minutes");
        println!("{window} minutes: {}", found.len());
    }
}
