//! Where in an event its subject's place and device are found, as the bundle declares it.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_calendar::Calendar;
use segue_expr::{Layout, Side};

use crate::bundle::{Begins, Bundle, Channel, EventType, Rule, Source};
use crate::documents::destination::Draft;

/// The parts of a place that an event may have.
pub const PLACE_PARTS: [&str; 7] = ["lat", "lon", "country", "region", "city", "timezone", "ip"];
/// The parts of a device that an event may have: `hints` are User-Agent Client Hints.
pub const DEVICE_PARTS: [&str; 5] = ["user_agent", "hints", "kind", "os", "browser"];

/// Where the parts of a place or of a device are found: by the part's name, names to follow from the event, such as
/// `["data", "lat"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts(pub BTreeMap<&'static str, Vec<String>>);

impl Source {
    /// Where a type of its events has the place: what the type says wins over what the source does.
    pub fn place_of<'s>(&'s self, declared: &'s EventType) -> Option<&'s Parts> {
        declared.place.as_ref().or(self.place.as_ref())
    }

    /// Where a type of its events has the device.
    pub fn device_of<'s>(&'s self, declared: &'s EventType) -> Option<&'s Parts> {
        declared.device.as_ref().or(self.device.as_ref())
    }
}

impl Bundle {
    /// True if events of any source say by that part where they come from: `ip`, say.
    pub fn places_by(&self, part: &str) -> bool {
        let all = |source: &'_ Source| {
            let types = source.events.values().filter_map(|event| event.place.as_ref());
            types.chain(&source.place).any(|parts| parts.0.contains_key(part))
        };
        self.sources.values().any(all)
    }
}

/// What of the surroundings is remembered of subjects, since something asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remembers {
    /// The place: for itself, or for the time of day that goes by it.
    pub place: bool,
    /// The device.
    pub device: bool,
}

/// What a bundle asks for: expressions, what destinations share, what ties subjects to events, and clocks of persons.
pub(crate) fn remembers(
    layout: &Layout,
    drafts: &[Draft],
    rules: &BTreeMap<String, Arc<Rule>>,
    channels: &BTreeMap<String, Channel>,
    calendars: &BTreeMap<String, Calendar>,
) -> Remembers {
    let mut remembers = Remembers {
        place: layout.reads_place()
            || calendars.values().any(Calendar::goes_by_person)
            || rules.values().any(|rule| ties_by_place(rule))
            || channels.values().any(|channel| channel.quiet.is_some()),
        device: layout.reads_device(),
    };
    for path in drafts.iter().flat_map(|draft| &draft.destination.share) {
        remembers.place |= path[0] == "where";
        remembers.device |= path[0] == "device";
    }
    remembers
}

fn ties_by_place(rule: &Rule) -> bool {
    let Begins::Each(each) = &rule.begins else { return false };
    each.ties.iter().any(|tie| matches!(tie.side, Side::Where(_)))
}
