//! How a router ends: told to, or because another has its place.

use std::time::Duration;

use segue_testkit::checker::AtLeast;
use segue_testkit::router::Router;
use segue_testkit::topics::{hidden, produce, wait_for};

use crate::records::cart;
use crate::world::{World, clean};

/// What an orchestrator grants before it kills.
const END_WITHIN: Duration = Duration::from_secs(10);

#[test]
fn a_router_that_is_told_to_end_drains_leaves_and_nothing_is_lost_or_done_twice() {
    let Some(world) = World::begin_beside() else { return };
    world.create_sources();
    let setup = world.setup_by_hand().with("batch: {records_max: 100}");
    setup.apply_topics();
    produce(world.brokers(), clean(5_000).records());
    let mut follower = world.follow();
    let mut lives = 0;
    // Small steps, so that each life ends in the middle of the work.
    loop {
        lives += 1;
        let mut router = Router::start(&setup);
        router.wait_until_ready();
        let before = follower.decided();
        wait_for("some more to be decided", || {
            follower.advance();
            (follower.decided() > before || follower.is_done()).then_some(())
        });
        if lives == 4 {
            world.wait_until_done(&mut follower);
        }
        let (status, took, log) = router.stop();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(took < END_WITHIN, "it took {took:?}");
        if lives == 4 {
            break;
        }
    }
    let _ = world.check(AtLeast { inputs: 5_000, tasks: 500 });
    // A step that was under way was finished, not broken off.
    let aborted: usize =
        ["segue.profiles", "segue.decisions"].iter().map(|topic| hidden(world.brokers(), topic).len()).sum();
    assert_eq!(aborted, 0, "records of aborted steps");
}

#[test]
fn of_two_routers_with_one_id_one_ends_and_says_why_and_the_other_goes_on() {
    let Some(world) = World::begin_beside() else { return };
    world.create_sources();
    let setup = world.setup_by_hand();
    setup.apply_topics();
    let mut routers = [Router::start(&setup), Router::start(&setup)];
    let mut published = 0;
    let ended = wait_for("one of the two to end", || {
        // Only who has something to write finds that its place was taken.
        produce(world.brokers(), [cart(&format!("cart-{published}"), &format!("p{}", published % 50), 80.0)]);
        published += 1;
        routers.iter_mut().position(|router| !router.is_running())
    });
    let status = routers[ended].wait_until_ended();
    let log = routers[ended].log();
    assert_eq!(status.code(), Some(3), "{log}");
    assert!(log.contains("another instance uses the transactional id segue-router-1-0"), "{log}");

    let mut follower = world.follow();
    world.wait_until_done(&mut follower);
    assert!(routers[1 - ended].is_running(), "the other goes on");
    let _ = world.check(AtLeast { inputs: published, tasks: published });
}
