//! Who fills a cart and does not buy, through a real broker: the same tasks, by their ids, as a replay of the stream gives.
//!
//! The stream is of half a year, so the clock is moved by hand: it is published in pieces, and the clock stands at the
//! time of a piece's last click while the piece is taken in. No piece reaches beyond the end of a wait that one of its
//! clicks begins or ends, so that each wait ends as it would have at that time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use segue_testkit::follow::Follower;
use segue_testkit::router::Router;
use segue_testkit::topics::{produce, read_all, wait_for, wait_within};
use serde_json::Value;

use crate::clickstream::stream::{Click, MINUTE, clicks};
use crate::clickstream::{MOVE_MS, TOPIC, id, record, replayed, set};
use crate::world::{PARTITIONS, World};

const WINDOW: i64 = 30 * MINUTE;
const BUNDLE: &str = r#"
source: shop
topic: shop.clicks
format: json
envelope: {type: event, id: click_id, time: clicked_at, subject: user_id}
undeclared: ignore
events: {cart: {schema: click.json}, purchase: {schema: click.json}}
---
signal: cart-begun
on: cart
when: count('cart', 'data.session_id') == 1
---
rule: cart-left
on: cart-begun
unless: purchase
within: 30m
same: data.session_id
propose: [help]
---
destination: desk
topic: desk.tasks
share: [event.data.session_id]
---
action: help
to: desk
what: "{{ event.data.session_id }}"
"#;
const SCHEMA: &str =
    r#"{"type": "object", "required": ["session_id"], "properties": {"session_id": {"type": "string"}}}"#;

#[test]
fn the_carts_that_are_left_are_those_that_a_replay_of_the_stream_gives() {
    let Some(world) = World::begin_beside() else { return };
    let clicks = clicks();
    let bundle = tempfile::tempdir().unwrap();
    fs::write(bundle.path().join("shop.yaml"), BUNDLE).unwrap();
    fs::write(bundle.path().join("click.json"), SCHEMA).unwrap();
    let clock = tempfile::NamedTempFile::new().unwrap();
    world.kafka.create_topic(TOPIC, PARTITIONS, &[]);
    let mut setup = world.setup().with(&format!("clock: {{file: \"{}\"}}", clock.path().display()));
    setup.bundle = bundle.path().to_owned();
    setup.apply_topics();
    set(clock.path(), clicks[0].at);
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    let mut follower = Follower::new(world.brokers(), PARTITIONS, &[TOPIC]);

    for piece in pieces(&clicks) {
        set(clock.path(), piece[piece.len() - 1].at);
        produce(world.brokers(), piece.iter().map(record));
        wait_for("a piece to be taken in", || follower.is_taken_in().then_some(()));
    }
    let mut now = clicks[clicks.len() - 1].at + WINDOW;
    let left = left_recounted(&clicks);
    assert_eq!(left.len(), 689);
    wait_within(Duration::from_secs(90), "all to be decided", || {
        now += MOVE_MS;
        set(clock.path(), now);
        (follower.is_done() && read_all(world.brokers(), "desk.tasks").len() >= left.len()).then_some(())
    });
    assert!(router.is_running());

    let tasks = read_all(world.brokers(), "desk.tasks");
    let sessions: BTreeSet<String> =
        tasks.iter().map(|task| session(task.value.as_deref().unwrap())).collect();
    assert_eq!((tasks.len(), sessions), (left.len(), left));
    let ids: BTreeSet<String> = tasks.iter().map(|task| id(task.value.as_deref().unwrap())).collect();
    assert_eq!(ids, replayed(bundle.path(), &clicks, now));
}

/// The stream in pieces, each as long as it may be.
fn pieces(clicks: &[Click]) -> Vec<&[Click]> {
    let mut begun: BTreeMap<&str, i64> = BTreeMap::new();
    let (mut pieces, mut first, mut end) = (Vec::new(), 0, i64::MAX);
    for (place, click) in clicks.iter().enumerate() {
        if click.at >= end {
            pieces.push(&clicks[first..place]);
            (first, end) = (place, i64::MAX);
        }
        match click.kind.as_str() {
            "cart" if !begun.contains_key(click.session.as_str()) => {
                let _ = begun.insert(&click.session, click.at);
                end = end.min(click.at + WINDOW);
            }
            "purchase" => {
                let waits = begun.get(click.session.as_str()).map(|at| at + WINDOW);
                end = end.min(waits.filter(|due| click.at < *due).unwrap_or(i64::MAX));
            }
            _ => {}
        }
    }
    pieces.push(&clicks[first..]);
    pieces
}

/// The sessions whose first cart no purchase of theirs followed in time: for each, all rows after it are looked through.
fn left_recounted(clicks: &[Click]) -> BTreeSet<String> {
    let mut begun = BTreeSet::new();
    let carts = clicks.iter().enumerate().filter(|(_, click)| click.kind == "cart");
    let firsts = carts.filter(|(_, cart)| begun.insert(cart.session.clone()));
    let buys = |click: &Click, cart: &Click| {
        click.session == cart.session && click.kind == "purchase" && click.at < cart.at + WINDOW
    };
    let left = firsts.filter(|(place, cart)| !clicks[place + 1..].iter().any(|click| buys(click, cart)));
    left.map(|(_, cart)| cart.session.clone()).collect()
}

/// The session that a task is about.
fn session(task: &[u8]) -> String {
    let task: Value = serde_json::from_slice(task).unwrap();
    task["data"]["what"].as_str().unwrap().to_owned()
}
