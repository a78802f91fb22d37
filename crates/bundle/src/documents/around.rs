//! `where` and `device` of a source or of a type: where in its events the place and the device are found.

use std::collections::BTreeMap;

use segue_expr::Shape;
use segue_yaml::{Node, Place, Report};

use super::event_type::Types;
use super::fields::{Fields, Keys, bad_path};
use super::journey;
use crate::around::{DEVICE_PARTS, PLACE_PARTS, Parts};
use crate::bundle::EventType;
use crate::paths;

const PLACE_KEYS: Keys = Keys { known: &["lat", "lon", "country", "region", "city", "timezone", "ip"] };
const DEVICE_KEYS: Keys = Keys { known: &["user_agent", "hints", "kind", "os", "browser"] };

/// The parts of both, with the place of each path.
#[derive(Default)]
pub(super) struct Around {
    pub(super) place: Option<Parts>,
    pub(super) device: Option<Parts>,
    of_place: Vec<Place>,
    of_device: Vec<Place>,
}

/// Reads both; that there are such is noted in `types`, also where they are wrong, which is in the report.
pub(super) fn read(report: &mut Report<'_>, types: &mut Types<'_>, fields: &Fields<'_>) -> Around {
    let mut around = Around::default();
    if let Some(node) = fields.get("where").filter(|_| fields.knows("where")) {
        types.has_place = true;
        around.place = parts(report, "`where`", node, &PLACE_KEYS, &mut around.of_place);
        check_pair(report, around.place.as_ref(), node);
    }
    if let Some(node) = fields.get("device").filter(|_| fields.knows("device")) {
        types.has_device = true;
        around.device = parts(report, "`device`", node, &DEVICE_KEYS, &mut around.of_device);
    }
    around
}

fn parts(
    report: &mut Report<'_>,
    owner: &str,
    node: &Node,
    keys: &'static Keys,
    places: &mut Vec<Place>,
) -> Option<Parts> {
    let fields = Fields::of_node(report, owner.to_owned(), node, keys)?;
    let mut parts = Parts::default();
    let mut is_whole = true;
    for name in keys.known {
        let Some(text) = fields.text(report, name) else { continue };
        let Some(path) = paths::parse(text.text, false) else {
            bad_path(report, text);
            is_whole = false;
            continue;
        };
        if path[0] != "data" || path.len() < 2 {
            let message = format!("`{}` is no path into the data of an event", text.text);
            report.error("bad-path", text.place, message).hint = Some("it begins with `data.`".to_owned());
            is_whole = false;
            continue;
        }
        let _ = parts.0.insert(name, path);
        places.push(text.place);
    }
    if parts.0.is_empty() && is_whole && !report.has_any_at(node.place) {
        let message = format!("{owner} names at least one part");
        report.error("wrong-type", node.place, message).hint =
            Some(format!("it may have {}", keys.known.join(", ")));
    }
    Some(parts)
}

/// One coordinate is no place.
fn check_pair(report: &mut Report<'_>, parts: Option<&Parts>, node: &Node) {
    let Some(Parts(parts)) = parts else { return };
    let (has, lacks) = match (parts.contains_key("lat"), parts.contains_key("lon")) {
        (true, false) => ("lat", "lon"),
        (false, true) => ("lon", "lat"),
        _ => return,
    };
    if !report.has_any_at(node.place) {
        let message = format!("`where` has `{has}` and lacks the key `{lacks}`");
        let _ = report.error("missing-key", node.place, message);
    }
}

impl Around {
    /// As [`Around::check`], for the types of a source that say nothing of their own.
    pub(super) fn check_inherited(&self, report: &mut Report<'_>, events: &BTreeMap<String, EventType>) {
        let of_place = events.iter().filter(|(_, event)| event.place.is_none()).map(shape);
        let of_device = events.iter().filter(|(_, event)| event.device.is_none()).map(shape);
        self.check(report, of_place, of_device);
    }

    /// What is made of something private is private too: a part of the place or of the device, and all of them that
    /// are worked out of it.
    pub(super) fn mark_private(&self, types: &mut Types<'_>, events: &BTreeMap<String, EventType>) {
        for event in events.values() {
            for (root, parts) in [
                ("where", event.place.as_ref().or(self.place.as_ref())),
                ("device", event.device.as_ref().or(self.device.as_ref())),
            ] {
                let parts = parts.into_iter().flat_map(|parts| &parts.0);
                let private = parts.filter(|(_, path)| is_private(event, &path[1..])).map(|(name, _)| *name);
                for name in private.flat_map(made_of) {
                    let path = [root].into_iter().chain(name).map(str::to_owned);
                    let path: Vec<String> = path.collect();
                    let of_event = ["event".to_owned()].into_iter().chain(path.iter().cloned()).collect();
                    types.private.extend([path, of_event]);
                }
            }
        }
    }

    /// Says so if no type has what a path leads to, or if a type has something else there than that part can be.
    pub(super) fn check<'t>(
        &self,
        report: &mut Report<'_>,
        of_place: impl Iterator<Item = (&'t String, &'t Shape)> + Clone,
        of_device: impl Iterator<Item = (&'t String, &'t Shape)> + Clone,
    ) {
        check(report, self.place.as_ref(), &self.of_place, of_place);
        check(report, self.device.as_ref(), &self.of_device, of_device);
    }
}

fn check<'t>(
    report: &mut Report<'_>,
    parts: Option<&Parts>,
    places: &[Place],
    types: impl Iterator<Item = (&'t String, &'t Shape)> + Clone,
) {
    let in_order = |parts: &Parts| {
        let all = PLACE_PARTS.iter().chain(&DEVICE_PARTS);
        all.filter_map(|name| Some((*name, parts.0.get(name)?.clone()))).collect::<Vec<_>>()
    };
    for ((name, path), place) in parts.map(in_order).into_iter().flatten().zip(places) {
        journey::check_path(report, &path, *place, types.clone());
        for (kind, shape) in types.clone() {
            let found = path[1..].iter().try_fold(shape, |shape, name| shape.member(name));
            if let Some(found) = found.filter(|found| !may_be(name, found)) {
                let needs = match name {
                    "lat" | "lon" => "a number",
                    "hints" => "a map",
                    _ => "a text",
                };
                let message = format!(
                    "`{}` is {} of `{kind}`, and {name} is {needs}",
                    paths::display(&path),
                    found.noun()
                );
                let _ = report.error("wrong-type", *place, message);
                break;
            }
        }
    }
}

fn shape<'e>((kind, event): (&'e String, &'e EventType)) -> (&'e String, &'e Shape) {
    (kind, event.schema.shape())
}

fn is_private(event: &EventType, path: &[String]) -> bool {
    event.schema.private().iter().any(|private| path.starts_with(private) || private.starts_with(path))
}

/// What is made of a part: nothing stands for all.
fn made_of(part: &'static str) -> Vec<Option<&'static str>> {
    match part {
        "lat" | "lon" => vec![Some("lat"), Some("lon"), Some("timezone")],
        "ip" | "user_agent" | "hints" => vec![None],
        other => vec![Some(other)],
    }
}

fn may_be(part: &str, shape: &Shape) -> bool {
    match (part, shape) {
        (_, Shape::Any) => true,
        ("lat" | "lon", shape) => matches!(shape, Shape::Int | Shape::Double),
        ("hints", shape) => matches!(shape, Shape::Map { .. }),
        (_, shape) => matches!(shape, Shape::Text),
    }
}
