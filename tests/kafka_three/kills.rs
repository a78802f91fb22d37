//! Routers are killed over and over, and at full scale one stands still past its session; everything is done exactly once.
//!
//! There are three routers, many caps, and bundles that are deployed meanwhile, so that this is `caps` and `reload` in
//! small as well.

use std::time::Duration;

use crate::fleet::{Aim, Fleet, Scale, of_scale};

#[test]
fn routers_that_are_killed_over_and_over_do_everything_exactly_once() {
    let scale = Scale::of(Scale { events: 12_000, kills: 4 }, Scale { events: 100_000, kills: 10 });
    let Some(mut fleet) = Fleet::start_three(scale) else { return };
    fleet.reload(Duration::from_secs(of_scale(4, 2)));
    // The gate has `zombie` for that.
    let stands_still = of_scale(None, Some(scale.kills / 2));
    for kill in 0..scale.kills {
        fleet.allow(kill + 1, scale.kills + 2);
        fleet.wait_until_moved(100);
        let victim = fleet.random(3) as usize;
        let aim = match kill % 4 {
            0 => Aim::OpenTransaction,
            1 => Aim::OpenIntake,
            _ => Aim::Anywhere,
        };
        fleet.kill(victim, aim);
        // A router that is killed cannot notice that it was fenced; one that stood still and goes on must.
        if stands_still == Some(kill + 1) {
            fleet.let_stand_still((victim + 1) % 3, Aim::OpenTransaction);
        }
    }
    let tally = fleet.finish();
    tally.report.assert_clean();
    tally.require(&[
        ("fencing", if stands_still.is_some() { tally.fenced } else { 1 }),
        ("aborted records", tally.aborted),
        ("restored partitions beyond those of the start", tally.restored.saturating_sub(13)),
        ("records that intake wrote again", tally.seen),
        ("duplicates", tally.duplicates),
        ("bundle that was refused for its findings", tally.given.refused),
        ("command that was refused", tally.report.counted("switches refused")),
    ]);
    tally.require_at_least(&[
        ("rebalances", tally.rebalances[0], 6),
        ("switches of each partition", tally.switches(), 4),
        ("channels that were chosen again", tally.channels(), 10),
        ("tasks turned down by caps of one", tally.rejected(1), 10),
        ("tasks turned down by caps of two", tally.rejected(2), 10),
        ("tasks turned down by caps of three and more", (3..=5).map(|of| tally.rejected(of)).sum(), 10),
    ]);
}
