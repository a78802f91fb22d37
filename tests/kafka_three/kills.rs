//! Routers are killed over and over, and one stands still past its session; everything is done exactly once.

use crate::fleet::{Aim, Fleet, Scale};

#[test]
fn routers_that_are_killed_over_and_over_do_everything_exactly_once() {
    let scale = Scale::of(Scale { events: 20_000, kills: 4 }, Scale { events: 100_000, kills: 10 });
    let Some(mut fleet) = Fleet::start(scale, &[]) else { return };
    for kill in 0..scale.kills {
        fleet.allow(kill + 1, scale.kills + 2);
        fleet.wait_until_moved(100);
        let victim = fleet.random(2) as usize;
        let aim = match kill % 4 {
            0 => Aim::OpenTransaction,
            1 => Aim::OpenIntake,
            _ => Aim::Anywhere,
        };
        fleet.kill(victim, aim);
        // A router that is killed cannot notice that it was fenced; one that stood still and goes on must.
        if kill + 1 == scale.kills / 2 {
            fleet.let_stand_still(1 - victim, Aim::OpenTransaction);
        }
    }
    let tally = fleet.finish();
    tally.report.assert_clean();
    tally.require(&[
        ("fencing", tally.fenced),
        ("aborted records", tally.aborted),
        ("restored partitions beyond those of the start", tally.restored.saturating_sub(13)),
        ("records that intake wrote again", tally.seen),
        ("duplicates", tally.duplicates),
    ]);
}
