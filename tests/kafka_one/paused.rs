//! Parts that are paused under a router at work: what they would do waits or is turned down, also after a kill, and nothing is lost.

use std::process::Output;
use std::time::{SystemTime, UNIX_EPOCH};

use segue_model::Timestamp;
use segue_testkit::checker::{AtLeast, check};
use segue_testkit::evidence::{gather, replay};
use segue_testkit::load::{bundle_dir, scene};
use segue_testkit::router::{Router, Setup};
use segue_testkit::topics::{produce, read_all, wait_for};
use serde_json::{Value, json};

use crate::records::{cart, failed_payment};
use crate::world::{PARTITIONS, World};

fn told(setup: &Setup, word: &str, part: &str) {
    is_told(&setup.run(&[word, part, "--output", "json"]), word, part);
}

fn is_told(output: &Output, word: &str, part: &str) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said, json!({"v": 1, "part": part, "paused": word == "pause", "stands": true}));
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_millis().try_into().unwrap()
}

/// How many candidates there are with that verdict since something is paused.
fn paused(world: &World, verdict: &str) -> usize {
    let decisions = read_all(world.brokers(), "segue.decisions").into_iter();
    let candidates = decisions.flat_map(|record| {
        let decision: Value = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
        decision["candidates"].as_array().cloned().unwrap_or_default()
    });
    let is_it = |one: &Value| one["verdict"] == verdict && one["stage"] == "paused";
    candidates.filter(is_it).count()
}

#[test]
fn what_is_paused_waits_or_is_turned_down_over_a_kill_and_goes_on_when_it_is_resumed() {
    let Some(world) = World::begin_beside() else { return };
    world.create_sources();
    let setup = world.setup();
    setup.apply_topics();
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    let refused = setup.run(&["pause", "rule/cart-lefd"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("cart-left"), "the rules that there are");
    let refused = router.ask(&["pause", "rule/cart-lefd"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("cart-left"), "as without the router");
    told(&setup, "pause", "source/billing");
    let output = router.ask(&["pause", "destination/sales", "--output", "json"]);
    is_told(&output, "pause", "destination/sales");
    wait_for("intake to see which sources are paused", || {
        router.log().contains("sources that are paused have changed").then_some(())
    });
    let persons: Vec<String> = (0..12).map(|number| format!("p-{number}")).collect();
    produce(world.brokers(), persons.iter().map(|id| failed_payment(&format!("pay-{id}"), id)));
    produce(world.brokers(), persons.iter().map(|id| cart(&format!("cart-{id}"), id, 80.0)));
    wait_for("carts to be held", || (paused(&world, "held") == 12).then_some(()));

    let _ = router.kill9();
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    wait_for("the pause to be known again", || {
        (router.metric("segue_paused", &["destination/sales"]) == Some(1.0)).then_some(())
    });
    told(&setup, "pause", "rule/cart-left");
    produce(world.brokers(), persons[..3].iter().map(|id| cart(&format!("again-{id}"), id, 80.0)));
    wait_for("carts to be turned down", || (paused(&world, "rejected") == 3).then_some(()));
    for topic in ["care.tasks", "sales.tasks"] {
        assert!(read_all(world.brokers(), topic).is_empty(), "{topic}: nothing leaves");
    }
    let resumed = now_ms();
    for part in ["rule/cart-left", "destination/sales", "source/billing"] {
        let resumed = router.ask(&["resume", part, "--output", "json"]);
        is_told(&resumed, "resume", part);
    }
    for topic in ["care.tasks", "sales.tasks"] {
        wait_for("what waited to leave", || (read_all(world.brokers(), topic).len() == 12).then_some(()));
    }
    for task in read_all(world.brokers(), "sales.tasks") {
        let task: Value = serde_json::from_slice(&task.value.unwrap()).unwrap();
        let released = Timestamp::parse(task["data"]["released_at"].as_str().unwrap()).unwrap().0;
        assert!(
            released >= resumed,
            "it left after it was let go, and not at the time of the last record: {task}"
        );
    }
    let mut follower = world.follow();
    world.wait_until_done(&mut follower);
    let mut evidence = gather(world.brokers(), PARTITIONS, &scene());
    evidence.at_least = AtLeast { inputs: 27, tasks: 24 };
    evidence.replayed = Some(replay(&bundle_dir(), &evidence.log));
    let to = [("ask-about-cart", "sales")].map(|(action, to)| (action.to_owned(), to.to_owned()));
    evidence.destinations = to.into();
    let report = check(&evidence);
    report.assert_clean();
    assert_eq!(report.counted("pauses and ends of pauses"), 6 * PARTITIONS as usize, "{report}");
}
