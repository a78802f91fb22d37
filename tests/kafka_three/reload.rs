//! Bundles are deployed every two seconds while routers are killed, and one in five is bad: each step is decided by one
//! bundle, no partition goes back, and a bad one never decides. In small this is part of `kills`.

use std::time::Duration;

use crate::fleet::{Aim, Fleet, Scale, of_scale};

#[test]
#[ignore = "minutes long: `./proof reload` runs it, and in small it is part of `kills`"]
fn bundles_that_are_deployed_while_routers_are_killed_are_gone_over_to_step_by_step() {
    let scale = Scale::of(Scale { events: 20_000, kills: 3 }, Scale { events: 100_000, kills: 18 });
    let (switches, bad) = of_scale((6, 1), (40, 10));
    let Some(mut fleet) = Fleet::start_three(scale) else { return };
    fleet.reload(Duration::from_secs(2));
    for kill in 0..scale.kills {
        fleet.allow(kill + 1, scale.kills + 2);
        fleet.wait_until_moved(100);
        fleet.kill(kill % 3, if kill % 2 == 0 { Aim::OpenTransaction } else { Aim::Anywhere });
    }
    let tally = fleet.finish();
    tally.report.assert_clean();
    tally.require_at_least(&[
        ("switches of each partition", tally.switches(), switches),
        ("bundles", tally.report.counted("bundles switched to"), 3),
        ("bad bundles", tally.given.refused + tally.given.unusable, bad),
        ("commands that were refused", tally.report.counted("switches refused"), tally.given.unusable),
        ("kills", tally.kills, scale.kills),
    ]);
    tally.require(&[
        ("bundle that was refused for its findings", tally.given.refused),
        ("decisions by a bundle switched to", tally.report.counted("decisions by a bundle switched to")),
        ("aborted records", tally.aborted),
    ]);
}
