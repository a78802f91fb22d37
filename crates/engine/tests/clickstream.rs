//! The click stream of a shop: who asks for help after trouble with a payment, and who looks at
//! many products at once. What the engine makes of it is what a recount by brute force says.

// Helper functions of tests may fail loudly.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Read;
use std::sync::Arc;

use segue_document::Document;
use segue_engine::{Effects, Partition, Role, Settings};
use segue_log::Record;
use segue_model::{Event, Span, Subject, Timestamp};
use segue_wire::topics::LOG;
use segue_wire::{LogRecord, Origin, log_record};

const STREAM: &[u8] = include_bytes!("../../../tests/data/clickstream/ecom.csv.gz");

/// Help after trouble: within so many minutes of the session's latest payment details, and how many tasks that gives.
const HELP: [(i64, usize); 4] = [(10, 58), (5, 29), (15, 72), (30, 87)];
/// Interest: so many views of products within so many minutes, then silence of so many; and how many tasks that gives.
const INTEREST: [(i64, i64, i64, usize); 3] = [(4, 5, 60, 56), (3, 2, 30, 83), (6, 20, 1440, 57)];

const MINUTE: i64 = 60_000;

/// One row.
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

/// No field of this file has quotes.
fn click(line: &str) -> Click {
    let fields: Vec<&str> = line.split(',').collect();
    let at = Timestamp::parse(&format!("{}Z", fields[3].replace(' ', "T"))).unwrap();
    Click { user: fields[0].into(), session: fields[1].into(), kind: fields[2].into(), at: at.0 }
}

fn bundle(kinds: &[&str]) -> String {
    let mut text = "source: shop\ntopic: shop.clicks\nsubject: data.user\nevents:\n".to_owned();
    for kind in kinds {
        writeln!(text, "  {kind}: {{schema: click.json}}").unwrap();
    }
    text.push_str("---\ndestination: desk\ntopic: desk.tasks\n");
    for (window, _) in HELP {
        write!(
            text,
            "---
rule: help-{window}
on: support_chat
when: >-
  since('payment_details', 'data.session') < duration('{window}m') &&
  (last('purchase', 'data.session') == null || since('purchase', 'data.session') > since('payment_details', 'data.session'))
propose: [help-{window}]
---
action: help-{window}
to: desk
what: Help with the payment
"
        )
        .unwrap();
    }
    for (views, window, silence, _) in INTEREST {
        write!(
            text,
            "---
rule: interest-{window}
on: product_view
when: count('product_view', '{window}m') >= {views}
propose: [interest-{window}]
---
action: interest-{window}
to: desk
what: Offer advice
---
policy: silence-{window}
cap: {{at_most: 1, per: {silence}m, action: interest-{window}}}
"
        )
        .unwrap();
    }
    text
}

const SCHEMA: &str = r#"{"type": "object", "required": ["user", "session"],
  "properties": {"user": {"type": "string"}, "session": {"type": "string"}}}"#;

/// How many tasks of each action the engine releases.
fn decided(clicks: &[Click], kinds: &[&str]) -> BTreeMap<String, usize> {
    let files = vec![("all.yaml".to_owned(), bundle(kinds)), ("click.json".to_owned(), SCHEMA.to_owned())];
    let bundle = match segue_bundle::read(files) {
        Ok(loaded) => Arc::new(loaded.bundle),
        Err(findings) => {
            let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
            panic!("{}", shown.join("\n"))
        }
    };
    let settings = Settings { dedup: Span(60 * MINUTE), profile_bytes_max: 1 << 20, zone: "UTC".into() };
    let mut partition = Partition::new(Role::Log, 0, bundle, settings);
    let mut tasks = BTreeMap::new();
    for (offset, click) in clicks.iter().enumerate() {
        let mut effects = Effects::default();
        partition.step(&record(click, offset as u64), &mut effects);
        partition.finish(&mut Effects::default());
        partition.settle();
        for append in effects.appends.iter().filter(|append| &*append.topic == "desk.tasks") {
            let text = std::str::from_utf8(append.value.as_ref().unwrap()).unwrap();
            let task = Document::parse_own(text).unwrap();
            let action = task.root().at_path(["data", "action"]).and_then(|action| action.as_str()).unwrap();
            *tasks.entry(action.to_owned()).or_default() += 1;
        }
    }
    tasks
}

fn record(click: &Click, offset: u64) -> Record {
    let at = Timestamp(click.at);
    let data = format!(r#"{{"user": "{}", "session": "{}"}}"#, click.user, click.session);
    let event = Event {
        source: "shop".into(),
        namespace: None,
        id: format!("e{offset}"),
        kind: click.kind.clone(),
        time: at,
        logged_at: at,
        subject: Some(Subject::person(click.user.as_str())),
        journey: format!("j{offset}"),
        traceparent: None,
        surroundings: Default::default(),
        data: Document::parse_own(&data).unwrap(),
    };
    let origin = Origin { topic: "shop.clicks".into(), incarnation: 0, partition: 0, offset, n: 0 };
    Record {
        topic: LOG.into(),
        partition: 0,
        incarnation: 0,
        offset,
        appended_at_ms: click.at,
        key: None,
        value: Some(log_record::encode(&LogRecord::Event { event, origin }).into_bytes()),
        headers: Vec::new(),
    }
}

/// For every chat, all rows before it are looked through: is there a payment of the session short enough ago, and no
/// purchase since?
fn help_recounted(clicks: &[Click], window: i64) -> usize {
    let has_trouble = |at: usize| {
        let chat = &clicks[at];
        let before = clicks[..at].iter().rev().filter(|click| click.session == chat.session);
        let mut since = before.take_while(|click| click.kind != "purchase");
        let payment = since.find(|click| click.kind == "payment_details");
        payment.is_some_and(|payment| chat.at - payment.at < window)
    };
    (0..clicks.len()).filter(|at| clicks[*at].kind == "support_chat" && has_trouble(*at)).count()
}

/// For every view, all views of the user are counted anew; a task is released if none was too short ago.
fn interest_recounted(clicks: &[Click], views: i64, window: i64, silence: i64) -> usize {
    let mut of_users = BTreeMap::<&str, Vec<i64>>::new();
    for click in clicks.iter().filter(|click| click.kind == "product_view") {
        of_users.entry(&click.user).or_default().push(click.at);
    }
    let mut released = 0;
    for all in of_users.values() {
        let mut latest = None;
        for (place, at) in all.iter().enumerate() {
            let count = all[..=place].iter().filter(|seen| **seen > at - window).count();
            let is_silent = latest.is_some_and(|latest| at - latest < silence);
            if count as i64 >= views && !is_silent {
                (latest, released) = (Some(*at), released + 1);
            }
        }
    }
    released
}

#[test]
fn the_tasks_of_a_click_stream_are_those_of_a_recount_in_every_window() {
    let clicks = clicks();
    assert_eq!(clicks.len(), 31_106);
    let mut kinds: Vec<&str> = clicks.iter().map(|click| click.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let decided = decided(&clicks, &kinds);
    for (window, known) in HELP {
        let recounted = help_recounted(&clicks, window * MINUTE);
        assert_eq!(recounted, known, "recounted for {window} minutes");
        assert_eq!(decided.get(&format!("help-{window}")), Some(&recounted), "{decided:?}");
    }
    for (views, window, silence, known) in INTEREST {
        let recounted = interest_recounted(&clicks, views, window * MINUTE, silence * MINUTE);
        assert_eq!(recounted, known, "recounted for {window} minutes");
        assert_eq!(decided.get(&format!("interest-{window}")), Some(&recounted), "{decided:?}");
    }
}
