//! Whose clock on the wall is asked.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The zones that come with the program: the same on every machine, so that a replay elsewhere gives the same tasks.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A zone of the IANA database. Cheap to clone; finding one costs more than asking it, so hold on to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(pub(crate) TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone(TimeZone::UTC);

    /// The zone of that name, such as `Europe/Paris`; upper and lower case are one. Offsets such as `+02:00` are none.
    pub fn find(name: &str) -> Option<Zone> {
        ZONES.get(name).ok().map(Zone)
    }

    /// The first of the names that is a zone, UTC if none is: the same choice that gives rules their `local`.
    pub fn first_of<'n>(names: impl IntoIterator<Item = &'n str>) -> Zone {
        names.into_iter().find_map(Zone::find).unwrap_or(Zone::UTC)
    }
}
