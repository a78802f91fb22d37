//! A router stands still for so long that the others take over; when it goes on, it can do no harm.

use crate::fleet::{Aim, Fleet, Scale};

#[test]
fn a_router_that_stood_still_past_its_session_does_nothing_twice() {
    let scale = Scale::of(Scale { events: 10_000, kills: 0 }, Scale { events: 100_000, kills: 0 });
    let Some(mut fleet) = Fleet::start(scale, &[]) else { return };
    for (round, aim) in [Aim::OpenTransaction, Aim::OpenIntake].into_iter().enumerate() {
        fleet.allow(round + 1, 4);
        fleet.wait_until_moved(100);
        fleet.let_stand_still(round, aim);
    }
    let tally = fleet.finish();
    tally.report.assert_clean();
    tally.require(&[
        ("fencing", tally.fenced),
        ("aborted records", tally.aborted),
        ("records that were written again", tally.seen),
    ]);
}
