//! A router with a log of its own is killed under posts, several times: what was answered is decided exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use segue_testkit::topics::wait_for;

use crate::client::{BATCH, all_events, payment, send};
use crate::{causes, started};

const LIVES: usize = 3;
const POSTERS: usize = 3;
const BATCH_EVENTS: usize = 7;
/// How many events are answered before a router is killed.
const ANSWERED_LEAST: usize = 300;

#[test]
fn what_was_answered_is_decided_exactly_once_though_the_router_is_killed() {
    let log = tempfile::tempdir().unwrap();
    let mut answered: BTreeSet<String> = BTreeSet::new();
    for life in 0..LIVES {
        let router = started(log.path());
        let (url, is_over) = (router.url(), AtomicBool::new(false));
        let (tell, told) = std::sync::mpsc::channel();
        thread::scope(|scope| {
            for poster in 0..POSTERS {
                let (url, tell, is_over) = (&url, tell.clone(), &is_over);
                let _ = scope.spawn(move || {
                    for number in 0.. {
                        let id = |n: usize| format!("{life}-{poster}-{number}-{n}");
                        let ids: Vec<String> = (0..BATCH_EVENTS).map(id).collect();
                        let events: Vec<String> =
                            ids.iter().map(|id| payment(id, &format!("c-{}", number % 5), 1.0)).collect();
                        let body = format!("[{}]", events.join(","));
                        let headers = [("Content-Type", BATCH)];
                        match send(url, "POST", "/events", &headers, &body) {
                            Some(answer) if answer.status == 202 => tell.send(ids).unwrap(),
                            _ if is_over.load(Ordering::Relaxed) => return,
                            _ => {}
                        }
                    }
                });
            }
            drop(tell);
            let mut count = 0;
            while count < ANSWERED_LEAST {
                let ids = told.recv().unwrap();
                count += ids.len();
                answered.extend(ids);
            }
            is_over.store(true, Ordering::Relaxed);
            let _ = router.kill9();
            answered.extend(told.iter().flatten());
        });
    }
    let router = started(log.path());
    let tasks = wait_for("all that was answered to be decided", || {
        let tasks = all_events(&router, "/tasks/crm");
        let of: BTreeSet<&str> = causes(&tasks).into_iter().collect();
        answered.iter().all(|id| of.contains(id.as_str())).then_some(tasks)
    });
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for id in causes(&tasks) {
        *times.entry(id).or_default() += 1;
    }
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(answered.len() >= LIVES * ANSWERED_LEAST);
}
