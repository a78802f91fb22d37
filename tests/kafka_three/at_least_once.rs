//! Without transactions a kill does leave traces, and the checker finds them: it can tell the one from the other.

use segue_testkit::checker::FaultKind;

use crate::fleet::{Aim, Fleet, Scale};

#[test]
fn without_transactions_a_kill_inside_a_step_does_something_twice_and_the_checker_says_so() {
    let scale = Scale::of(Scale { events: 10_000, kills: 1 }, Scale { events: 100_000, kills: 10 });
    let Some(mut fleet) = Fleet::start(scale, &["delivery: at-least-once"]) else { return };
    for kill in 0..scale.kills {
        fleet.allow(kill + 1, scale.kills + 2);
        fleet.wait_until_moved(100);
        let victim = fleet.random(2) as usize;
        fleet.kill(victim, Aim::OpenDecide);
    }
    let tally = fleet.finish();
    tally.require(&[("restored partitions beyond those of the start", tally.restored.saturating_sub(13))]);
    let kinds = tally.report.kinds();
    assert!(kinds.contains(&FaultKind::DecisionTwice) || kinds.contains(&FaultKind::TaskTwice), "{tally}");
    let lost = [FaultKind::LostRecord, FaultKind::TaskLost, FaultKind::Undecided, FaultKind::FailedEventLost];
    assert!(lost.iter().all(|kind| !kinds.contains(kind)), "once more is expected, once less never\n{tally}");
}
