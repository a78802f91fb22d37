//! Need to know: of all the context, the part that a destination's `share` names, nested by path, and nothing else.

use segue_document::{Value, Writer};
use segue_expr::AroundFacts;
use segue_model::{Event, Profile};

use crate::decide::Near;

/// What is told, as a tree: the values in the order in which `share` names them.
#[derive(Debug)]
enum Told<'a> {
    Value(Value<'a>),
    Text(&'a str),
    Made(String),
    Members(Vec<(&'a str, Told<'a>)>),
}

/// What most of what is told takes, in bytes: the whole of it, and each path.
const ROOM: usize = 64;
const ROOM_OF_PATH: usize = 32;

/// The object of all that `paths` name and that is there, as JSON. A path through rows (`[]`) admits to texts only and
/// adds nothing here.
pub(crate) fn shared(
    paths: &[Vec<String>],
    event: Option<&Event>,
    cause: Option<&Event>,
    near: &Near<'_>,
    profile: &Profile,
) -> String {
    let mut told = Vec::new();
    for path in paths.iter().filter(|path| path.iter().all(|name| name != "[]")) {
        if let Some(value) = value(path, event, cause, near, profile) {
            tell(&mut told, path, value);
        }
    }
    let mut writer = Writer::with_capacity(ROOM + paths.len() * ROOM_OF_PATH);
    write(&mut writer, &told);
    writer.finish()
}

fn value<'a>(
    path: &[String],
    event: Option<&'a Event>,
    cause: Option<&'a Event>,
    near: &Near<'a>,
    profile: &'a Profile,
) -> Option<Told<'a>> {
    let (root, rest) = path.split_first()?;
    let names = || rest.iter().map(String::as_str);
    match root.as_str() {
        "who" => profile.who.as_ref()?.root().at_path(names()).map(Told::Value),
        "channel" => {
            let channel = near.channel?;
            let at = channel.at.to_string();
            Some(match rest.first().map(String::as_str) {
                Some("id") => Told::Text(channel.id),
                Some("at") => Told::Made(at),
                Some(_) => return None,
                None => Told::Members(vec![("id", Told::Text(channel.id)), ("at", Told::Made(at))]),
            })
        }
        "where" => of_around(near.place?, rest),
        "device" => of_around(near.device?, rest),
        "event" | "cause" => {
            let event = if root == "cause" { cause? } else { event? };
            let (attribute, below) = rest.split_first()?;
            if attribute == "data" {
                return event.data.root().at_path(below.iter().map(String::as_str)).map(Told::Value);
            }
            let own = match attribute.as_str() {
                "where" => Some(&event.surroundings.place),
                "device" => Some(&event.surroundings.device),
                _ => None,
            };
            if let Some(facts) = own {
                return of_around(AroundFacts { facts: facts.as_deref()?, at: event.instant() }, below);
            }
            let told = match attribute.as_str() {
                "id" => Told::Text(&event.id),
                "type" => Told::Text(&event.kind),
                "source" => Told::Text(&event.source),
                "subject" => Told::Text(&event.subject.as_ref()?.id),
                "journey" => Told::Text(&event.journey),
                "time" => Told::Made(event.time.to_string()),
                _ => return None,
            };
            below.is_empty().then_some(told)
        }
        _ => None,
    }
}

/// A place or a device, or what stands there at a path.
fn of_around<'a>(around: AroundFacts<'a>, path: &[String]) -> Option<Told<'a>> {
    let at = || Told::Made(around.at.to_string());
    match path {
        [] => {
            let known = around.facts.root().members().map(|(name, value)| (name, Told::Value(value)));
            Some(Told::Members(known.chain([("at", at())]).collect()))
        }
        [name] if name == "at" => Some(at()),
        path => around.facts.root().at_path(path.iter().map(String::as_str)).map(Told::Value),
    }
}

/// Puts a value into the tree. Where a path and one that goes on from it are both shared, the shorter tells all.
fn tell<'a>(members: &mut Vec<(&'a str, Told<'a>)>, path: &'a [String], value: Told<'a>) {
    let Some((name, rest)) = path.split_first() else { return };
    let at = members.iter().position(|(known, _)| known == name);
    if rest.is_empty() {
        match at {
            Some(at) => members[at].1 = value,
            None => members.push((name, value)),
        }
        return;
    }
    let at = at.unwrap_or_else(|| {
        members.push((name, Told::Members(Vec::new())));
        members.len() - 1
    });
    if let Told::Members(below) = &mut members[at].1 {
        tell(below, rest, value);
    }
}

fn write(writer: &mut Writer, members: &[(&str, Told<'_>)]) {
    let _ = writer.begin_object();
    for (name, told) in members {
        let _ = writer.key(name);
        match told {
            Told::Value(value) => {
                let _ = writer.value(*value);
            }
            Told::Text(text) => {
                let _ = writer.string(text);
            }
            Told::Made(text) => {
                let _ = writer.string(text);
            }
            Told::Members(below) => write(writer, below),
        }
    }
    let _ = writer.end_object();
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use segue_document::Document;
    use segue_expr::ChannelFacts;
    use segue_model::{Subject, Surroundings, Timestamp};

    use super::*;

    fn told(paths: &[&str]) -> String {
        let paris = Document::parse_own(r#"{"city": "Paris", "lat": 48.850}"#).expect("valid");
        let paris = Arc::new(paris);
        let event = Event {
            source: "billing".into(),
            namespace: None,
            id: "e1".into(),
            kind: "payment.failed".into(),
            time: Timestamp(0),
            logged_at: Timestamp(0),
            subject: Some(Subject::person("c1")),
            journey: "e1".into(),
            traceparent: None,
            surroundings: Surroundings { place: Some(Arc::clone(&paris)), device: None },
            data: Document::parse_own(r#"{"amount": 20.10, "secret": 1, "deep": {"a": 1, "b": [1, 2]}}"#)
                .expect("valid"),
        };
        let who = Document::parse_own(r#"{"first_name": "Ada", "iban": "X"}"#).expect("valid");
        let profile = Profile { who: Some(Arc::new(who)), ..Profile::default() };
        let paths: Vec<Vec<String>> =
            paths.iter().map(|path| path.split('.').map(str::to_owned).collect()).collect();
        shared(
            &paths,
            Some(&event),
            Some(&event),
            &Near {
                channel: Some(ChannelFacts { id: "web", at: Timestamp(0) }),
                place: Some(AroundFacts { facts: &paris, at: Timestamp(0) }),
                device: None,
            },
            &profile,
        )
    }

    #[test]
    fn only_what_is_named_leaves_and_to_the_bit() {
        assert_eq!(told(&[]), "{}");
        assert_eq!(
            told(&[
                "who.first_name",
                "event.data.amount",
                "event.id",
                "who.none",
                "accounts.[].balance",
                "channel.id",
                "where.lat",
                "where.at",
                "event.where.city",
                "device.kind"
            ]),
            r#"{"who":{"first_name":"Ada"},"event":{"data":{"amount":20.10},"id":"e1","where":{"city":"Paris"}},"channel":{"id":"web"},"where":{"lat":48.850,"at":"1970-01-01T00:00:00Z"}}"#
        );
    }

    #[test]
    fn a_path_and_one_below_it_tell_the_whole_once() {
        for paths in [["event.data.deep", "event.data.deep.a"], ["event.data.deep.a", "event.data.deep"]] {
            assert_eq!(told(&paths), r#"{"event":{"data":{"deep":{"a":1,"b":[1,2]}}}}"#);
        }
    }
}
