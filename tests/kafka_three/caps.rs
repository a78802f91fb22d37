//! Caps hold to the unit, however often routers come and go: no window has more than it allows, and none turns down what
//! it has room for. In small this is part of `kills`.

use std::time::Duration;

use crate::fleet::{Aim, Fleet, Scale, of_scale};
use crate::tally::Tally;

/// The sizes of the caps: all of them must have turned something down.
pub(crate) const SIZES: [u64; 5] = [1, 2, 3, 4, 5];
/// How often another router leaves and comes back after each kill.
const OTHERS: usize = 4;
/// How long after each of these the next follows: long enough for the others to notice.
const PAUSE: Duration = Duration::from_secs(1);

#[test]
#[ignore = "minutes long: `./proof caps` runs it, and in small it is part of `kills`"]
fn caps_hold_to_the_unit_while_routers_come_and_go() {
    let scale = Scale::of(Scale { events: 20_000, kills: 3 }, Scale { events: 80_000, kills: 20 });
    let least = of_scale(20, 200);
    let Some(mut fleet) = Fleet::start_three(scale) else { return };
    for kill in 0..scale.kills {
        fleet.allow(kill + 1, scale.kills + 2);
        let victim = kill % 3;
        // Who has come back only just has few partitions yet, and it takes long to hit a transaction of its own.
        fleet.strike(victim, if kill % 4 == 0 { Aim::OpenTransaction } else { Aim::Anywhere });
        // The one that was killed comes back meanwhile: there is always one that goes on.
        for turn in 0..OTHERS {
            let other = (victim + 1 + turn % 2) % 3;
            fleet.leave(other);
            fleet.go_on(PAUSE);
            fleet.come(other);
            fleet.go_on(PAUSE);
        }
    }
    fleet.wait_until_shared_out();
    fleet.note("all kills are done");
    let tally = fleet.finish();
    tally.report.assert_clean();
    let [of_decide, _] = tally.rebalances;
    // Changes while a dead member is waited for are settled together, so there are fewer rebalances than changes.
    tally.require_at_least(&[
        ("changes of who is there", tally.changes, least),
        ("rebalances", of_decide, least * 3 / 10),
        ("kills", tally.kills, scale.kills),
    ]);
    tally.require(&[("aborted records", tally.aborted), ("records that intake wrote again", tally.seen)]);
    require_rejections(&tally, 50);
}

/// Goes on if caps of each of these sizes have turned down so much.
fn require_rejections(tally: &Tally, least: usize) {
    for at_most in SIZES {
        let rejected = tally.rejected(at_most);
        let what = format!("tasks turned down by caps of {at_most}");
        tally.require_at_least(&[(&what, rejected, least)]);
    }
}
