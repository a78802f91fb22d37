//! Facts -> what stands at a path of names.

use std::sync::Arc;

use segue_document::{self as document, Kind, Name};
use segue_model::{Event, Rows};
use segue_value::{Fault, Map, Rest, Shape, Text, Timestamp, Value};

use super::{ActionFacts, AroundFacts, ChannelFacts, Facts, Scope};
use crate::past::{PastFacts, of_surroundings};
use crate::slots::{Base, Root, Slot};

/// What stands at a path, before it is a value: a field of it may be all that is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Found<'a> {
    Json(document::Value<'a>),
    Event(&'a Event),
    Table(Option<&'a Rows>),
    Local,
    Action(ActionFacts<'a>),
    Channel(ChannelFacts<'a>),
    Around(AroundFacts<'a>),
    /// A map without members.
    Empty,
    Value(Value<'a>),
}

const EVENT_FIELDS: [&str; 9] =
    ["data", "device", "id", "journey", "source", "subject", "time", "type", "where"];
/// Of those, the ones that an event need not have.
const AROUND_FIELDS: [&str; 2] = ["device", "where"];
const CHANNEL_FIELDS: [&str; 2] = ["at", "id"];
const LOCAL_FIELDS: [&str; 4] = ["date", "hour", "minute", "weekday"];
const ACTION_FIELDS: [&str; 5] = ["complexity", "group", "id", "sensitivity", "transactional"];

impl<'a> Scope<'a> {
    /// What a slot stands for.
    pub(super) fn fill(&self, number: u32) -> Result<Value<'a>, Fault> {
        let slot = self.layout().slot(number);
        let facts = self.facts();
        match (slot.base, facts.event, facts.who) {
            (Base::Data, Some(event), _) => return of_document(slot, event.data.root(), &slot.fields[1..]),
            (Base::Who, _, Some(who)) => return of_document(slot, who.root(), &slot.fields),
            (Base::Data, None, _) | (Base::Who, _, None) | (Base::Other, ..) => {}
        }
        let found = self.root(&slot.root)?;
        if !slot.is_presence {
            let found = slot.fields.iter().try_fold(found, |found, name| self.step(&found, name))?;
            return Ok(self.value(found, &slot.shape));
        }
        let Some((name, fields)) = slot.fields.split_last() else {
            // Only a row can be asked for as a whole, and one that is not there is an error above.
            return Ok(Value::Bool(true));
        };
        let found = fields.iter().try_fold(found, |found, name| self.step(&found, name))?;
        match self.step(&found, name) {
            Ok(_) => Ok(Value::Bool(true)),
            Err(Fault::NoSuchKey) => Ok(Value::Bool(false)),
            Err(fault) => Err(fault),
        }
    }

    /// Where reading a slot ends in an error: the name that is not there, and what it is asked of.
    pub(crate) fn missing<'s>(&self, slot: &'s Slot) -> Option<(&'s str, Value<'a>)>
    where
        's: 'a,
    {
        let mut found = self.root(&slot.root).ok()?;
        for name in &slot.fields {
            match self.step(&found, name) {
                Ok(below) => found = below,
                Err(_) => return Some((name, self.value(found, &Shape::Any))),
            }
        }
        None
    }

    fn root(&self, root: &'a Root) -> Result<Found<'a>, Fault> {
        let facts = self.facts();
        Ok(match root {
            Root::Event => facts.event.map_or(Found::Value(Value::Null), Found::Event),
            Root::Cause => facts.cause.map_or(Found::Value(Value::Null), Found::Event),
            Root::Who => facts.who.map_or(Found::Empty, |who| Found::Json(who.root())),
            Root::Now => Found::Value(moment(facts.now)),
            Root::Local if self.local().is_some() => Found::Local,
            Root::Local => Found::Value(Value::Null),
            Root::Action => self.action().map_or(Found::Value(Value::Null), Found::Action),
            Root::Channel => facts.channel.map_or(Found::Empty, Found::Channel),
            Root::Where => facts.place.map_or(Found::Empty, Found::Around),
            Root::Device => facts.device.map_or(Found::Empty, Found::Around),
            Root::Table(name) => Found::Table(self.rows(name)),
            Root::Row { table, key } => {
                let key = self.read(*key)?.as_text().ok_or(Fault::NoOverload)?;
                let row = self.rows(table).and_then(|rows| rows.0.get(key)).ok_or(Fault::NoSuchKey)?;
                Found::Json(row.document.root())
            }
            Root::Past(call) => {
                let Facts { past, event, is_timer, now, .. } = *facts;
                let facts = PastFacts { past, event, is_timer, now };
                Found::Value(call.evaluate(&facts)?)
            }
        })
    }

    /// One name further.
    fn step(&self, found: &Found<'a>, name: &Name) -> Result<Found<'a>, Fault> {
        match found {
            Found::Json(value) if value.kind() == Kind::Object => {
                value.get_named(name).map(Found::Json).ok_or(Fault::NoSuchKey)
            }
            Found::Event(event) => of_event(event, name).ok_or(Fault::NoSuchKey),
            Found::Table(rows) => {
                let row = rows.and_then(|rows| rows.0.get(&**name)).ok_or(Fault::NoSuchKey)?;
                Ok(Found::Json(row.document.root()))
            }
            Found::Local => self.of_local(name).map(Found::Value).ok_or(Fault::NoSuchKey),
            Found::Action(action) => of_action(action, name).map(Found::Value).ok_or(Fault::NoSuchKey),
            Found::Channel(channel) => of_channel(channel, name).map(Found::Value).ok_or(Fault::NoSuchKey),
            Found::Around(around) => of_around(around, name).ok_or(Fault::NoSuchKey),
            Found::Empty => Err(Fault::NoSuchKey),
            Found::Value(value) => value.field(name).map(Found::Value),
            Found::Json(_) => Err(Fault::NoOverload),
        }
    }

    fn value(&self, found: Found<'a>, shape: &'a Shape) -> Value<'a> {
        let member = |name: &'static str, found: Option<Found<'a>>| {
            let shape = shape.member(name).unwrap_or(&Shape::Any);
            (text(name), found.map_or(Value::Null, |found| self.value(found, shape)))
        };
        match found {
            Found::Json(value) => Value::of_json(value, shape),
            Found::Value(value) => value,
            Found::Empty => map([]),
            Found::Event(event) => {
                let is_there =
                    |name: &&'static str| !AROUND_FIELDS.contains(name) || of_event(event, name).is_some();
                let names = EVENT_FIELDS.into_iter().filter(is_there);
                map(names.map(|name| member(name, of_event(event, name))))
            }
            Found::Around(around) => Timestamp::of_millis(around.at.0)
                .map_or_else(|| map([]), |at| of_surroundings(around.facts, at)),
            Found::Local => map(LOCAL_FIELDS.map(|name| member(name, self.of_local(name).map(Found::Value)))),
            Found::Channel(channel) => {
                map(CHANNEL_FIELDS.map(|name| member(name, of_channel(&channel, name).map(Found::Value))))
            }
            Found::Action(action) => {
                map(ACTION_FIELDS.map(|name| member(name, of_action(&action, name).map(Found::Value))))
            }
            Found::Table(rows) => {
                let row = match shape {
                    Shape::Map { rest, .. } => match &**rest {
                        Rest::Open(row) => row,
                        Rest::Closed => &Shape::Any,
                    },
                    _ => &Shape::Any,
                };
                let rows = rows.into_iter().flat_map(|rows| &rows.0);
                map(rows.map(|(key, value)| (text(key), Value::of_json(value.document.root(), row))))
            }
        }
    }

    fn of_local(&self, name: &str) -> Option<Value<'a>> {
        let local = self.local()?;
        Some(match name {
            "hour" => Value::Int(local.hour),
            "minute" => Value::Int(local.minute),
            "weekday" => Value::Int(local.weekday),
            "date" => Value::Text(Text::Made(Arc::from(local.date.as_str()))),
            _ => return None,
        })
    }
}

/// What a slot stands for whose value stands at these names below a value of a document.
fn of_document<'a>(
    slot: &'a Slot,
    mut value: document::Value<'a>,
    fields: &'a [Name],
) -> Result<Value<'a>, Fault> {
    for (at, name) in fields.iter().enumerate() {
        if value.kind() != Kind::Object {
            return Err(Fault::NoOverload);
        }
        match value.get_named(name) {
            Some(below) => value = below,
            None if slot.is_presence && at + 1 == fields.len() => return Ok(Value::Bool(false)),
            None => return Err(Fault::NoSuchKey),
        }
    }
    Ok(if slot.is_presence { Value::Bool(true) } else { Value::of_json(value, &slot.shape) })
}

fn of_event<'a>(event: &'a Event, name: &str) -> Option<Found<'a>> {
    Some(match name {
        "data" => Found::Json(event.data.root()),
        "id" => Found::Value(text(&event.id)),
        "type" => Found::Value(text(&event.kind)),
        "source" => Found::Value(text(&event.source)),
        "time" => Found::Value(moment(event.time)),
        "subject" => Found::Value(event.subject.as_ref().map_or(Value::Null, |subject| text(&subject.id))),
        "journey" => Found::Value(text(&event.journey)),
        "where" => Found::Around(own(event.surroundings.place.as_deref()?, event)),
        "device" => Found::Around(own(event.surroundings.device.as_deref()?, event)),
        _ => return None,
    })
}

/// What an event itself says of a place or of a device.
fn own<'a>(facts: &'a document::Document, event: &Event) -> AroundFacts<'a> {
    AroundFacts { facts, at: event.instant() }
}

fn of_around<'a>(around: &AroundFacts<'a>, name: &Name) -> Option<Found<'a>> {
    match &**name {
        "at" => Some(Found::Value(moment(around.at))),
        _ => around.facts.root().get_named(name).map(Found::Json),
    }
}

fn of_action<'a>(action: &ActionFacts<'a>, name: &str) -> Option<Value<'a>> {
    Some(match name {
        "id" => text(action.id),
        "group" => action.group.map_or(Value::Null, text),
        "complexity" => text(action.complexity),
        "sensitivity" => text(action.sensitivity),
        "transactional" => Value::Bool(action.transactional),
        _ => return None,
    })
}

fn of_channel<'a>(channel: &ChannelFacts<'a>, name: &str) -> Option<Value<'a>> {
    Some(match name {
        "at" => moment(channel.at),
        "id" => text(channel.id),
        _ => return None,
    })
}

/// A moment of the router; `null` outside of the years 1 to 9999.
fn moment<'a>(moment: segue_model::Timestamp) -> Value<'a> {
    Timestamp::of_millis(moment.0).map_or(Value::Null, Value::Timestamp)
}

fn text(text: &str) -> Value<'_> {
    Value::Text(Text::Borrowed(text))
}

/// A map of members that come in the order of their names.
fn map<'a>(members: impl IntoIterator<Item = (Value<'a>, Value<'a>)>) -> Value<'a> {
    Value::Map(Map::Made(members.into_iter().collect()))
}
