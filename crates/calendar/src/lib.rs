//! Calendars: when one is open, when it opens next and when it closes; and the quiet hours of a channel.
//!
//! Shape: texts -> a [`Calendar`] or all faults with their places; then instant and zone -> open or not, and the next
//! instant at which that changes. Instants are milliseconds since the epoch, UTC; hours are half open, `[from, until)`.
//! Pure: no clock and no environment. The zones are those that come with the program, never the machine's.
//!
//! **The clock on the wall decides.** A calendar is open at an instant if the date and the time that the zone's clock
//! shows then are among its hours; nothing else is asked. So a calendar agrees with what rules see as `local`, and:
//!
//! | hours | the clock skips them (a gap) | the clock shows them twice (a fold) |
//! |---|---|---|
//! | begin there | open from the first instant after the gap | begin both times |
//! | end there | close with the gap | end both times: closed between the first end and the second showing |
//! | lie in it whole | never open that day | open twice |
//! | contain it | shorter by the gap | longer by the fold, without a break |
//!
//! A date that a zone left out (Samoa's 30 December 2011) has no hours. A closed date is closed from its first
//! instant to its last by the zone's own clock, and closes nothing else: hours over midnight count as two halves, so
//! that the half on the neighbouring date stays.
//!
//! Read in this order: [`calendar`], [`quiet`], [`zone`]; then `week`, where instants are looked for; `parse`; [`fault`].

pub mod calendar;
pub mod fault;
pub mod quiet;
pub mod zone;

mod parse;
mod week;

pub use calendar::Calendar;
pub use fault::{Fault, Key};
pub use quiet::Quiet;
pub use zone::Zone;
