//! What is inside of lists and maps.

use segue_document as document;

use super::json::member_shape;
use super::{List, Map, Value, key_order};
use crate::fault::Fault;

impl<'a> Value<'a> {
    /// The member of a map, as `x.name` asks for it.
    ///
    /// # Errors
    /// [`Fault::NoSuchKey`], or [`Fault::NoOverload`] if this is no map.
    #[inline]
    pub fn field(&self, name: &str) -> Result<Value<'a>, Fault> {
        let Value::Map(map) = self else { return Err(Fault::NoOverload) };
        map.member(name).ok_or(Fault::NoSuchKey)
    }

    /// True if the map has that member, as `has(x.name)` asks; one that is null is there.
    ///
    /// # Errors
    /// [`Fault::NoOverload`] if this is no map.
    pub fn has(&self, name: &str) -> Result<bool, Fault> {
        let Value::Map(map) = self else { return Err(Fault::NoOverload) };
        map.contains(&Value::text(name))
    }

    /// The item of a list or the member of a map, as `x[key]` asks for it. A list takes whole numbers of any type.
    ///
    /// # Errors
    /// [`Fault::IndexOutOfBounds`], [`Fault::NoSuchKey`]; [`Fault::NoOverload`] for types that do not go together.
    pub fn index(&self, key: &Value<'_>) -> Result<Value<'a>, Fault> {
        match self {
            Value::List(list) => {
                let place = place(key)?.ok_or(Fault::IndexOutOfBounds)?;
                list.item(place).ok_or(Fault::IndexOutOfBounds)
            }
            Value::Map(map) => map.get(key)?.ok_or(Fault::NoSuchKey),
            _ => Err(Fault::NoOverload),
        }
    }

    /// What a comprehension walks over: the items of a list, the keys of a map in their order.
    ///
    /// # Errors
    /// [`Fault::NoOverload`] for what is neither.
    pub fn walk<'s>(&'s self) -> Result<impl Iterator<Item = Value<'a>> + use<'s, 'a>, Fault> {
        match self {
            Value::List(list) => Ok(Either::Left(list.items())),
            Value::Map(map) => Ok(Either::Right(map.keys())),
            _ => Err(Fault::NoOverload),
        }
    }
}

/// The place in a list that a number says; `None` for one that no list has.
fn place(key: &Value<'_>) -> Result<Option<usize>, Fault> {
    match key {
        Value::Int(place) => Ok(usize::try_from(*place).ok()),
        Value::UInt(place) => Ok(usize::try_from(*place).ok()),
        Value::Double(place) if place.fract() == 0.0 => {
            Ok((0.0..4_294_967_296.0).contains(place).then_some(*place as usize))
        }
        _ => Err(Fault::NoOverload),
    }
}

impl<'a> List<'a> {
    /// How many items.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            List::Json(value, _) => value.len(),
            List::Made(items) => items.len(),
        }
    }

    /// True if it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at that place.
    pub fn item(&self, place: usize) -> Option<Value<'a>> {
        match self {
            List::Json(value, shape) => value.item(place).map(|item| Value::of_json(item, shape)),
            List::Made(items) => items.get(place).cloned(),
        }
    }

    /// The items in order.
    pub fn items<'s>(&'s self) -> impl Iterator<Item = Value<'a>> + use<'s, 'a> {
        match self {
            List::Json(value, shape) => {
                let shape = *shape;
                Either::Left(value.items().map(move |item| Value::of_json(item, shape)))
            }
            List::Made(items) => Either::Right(items.iter().cloned()),
        }
    }
}

impl<'a> Map<'a> {
    /// How many members.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Map::Json(value, _) => value.len(),
            Map::Made(entries) => entries.len(),
        }
    }

    /// True if it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The member of that name.
    pub fn member(&self, name: &str) -> Option<Value<'a>> {
        match self {
            Map::Json(value, shape) => {
                value.get(name).map(|member| Value::of_json(member, member_shape(shape, name)))
            }
            Map::Made(entries) => find(entries, &Value::text(name)),
        }
    }

    /// The member of that key; numbers are the same key whatever their type.
    ///
    /// # Errors
    /// [`Fault::NoOverload`] for a value that can be no key.
    pub fn get(&self, key: &Value<'_>) -> Result<Option<Value<'a>>, Fault> {
        match (key, self) {
            (Value::Text(name), Map::Json(..)) => Ok(self.member(name.as_str())),
            (Value::Text(_) | Value::Int(_) | Value::UInt(_) | Value::Bool(_), Map::Made(entries)) => {
                Ok(find(entries, key))
            }
            (Value::Double(number), Map::Made(entries)) => {
                Ok(if number.is_nan() { None } else { find(entries, key) })
            }
            (Value::Int(_) | Value::UInt(_) | Value::Bool(_) | Value::Double(_), Map::Json(..)) => Ok(None),
            _ => Err(Fault::NoOverload),
        }
    }

    /// True if there is a member of that key.
    ///
    /// # Errors
    /// As [`Map::get`].
    pub fn contains(&self, key: &Value<'_>) -> Result<bool, Fault> {
        match (key, self) {
            // The member is not made a value, which of a number is most of the work.
            (Value::Text(name), Map::Json(value, _)) => Ok(value.get(name.as_str()).is_some()),
            _ => Ok(self.get(key)?.is_some()),
        }
    }

    /// The keys in their order.
    pub fn keys<'s>(&'s self) -> impl Iterator<Item = Value<'a>> + use<'s, 'a> {
        match self {
            Map::Json(value, _) => {
                Either::Left(members(*value).into_iter().map(|(name, _)| Value::text(name)))
            }
            Map::Made(entries) => Either::Right(entries.iter().map(|(key, _)| key.clone())),
        }
    }

    /// Keys and values in the order of the keys.
    pub fn entries(&self) -> Vec<(Value<'a>, Value<'a>)> {
        match self {
            Map::Json(value, shape) => {
                let entry =
                    |(name, member)| (Value::text(name), Value::of_json(member, member_shape(shape, name)));
                members(*value).into_iter().map(entry).collect()
            }
            Map::Made(entries) => entries.to_vec(),
        }
    }
}

/// The members of an object in the order of their names.
fn members(value: document::Value<'_>) -> Vec<(&str, document::Value<'_>)> {
    let mut members: Vec<_> = value.members().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    members
}

fn find<'a>(entries: &[(Value<'a>, Value<'a>)], key: &Value<'_>) -> Option<Value<'a>> {
    let place = entries.binary_search_by(|(known, _)| key_order(known, key)).ok()?;
    Some(entries[place].1.clone())
}

/// One of two iterators.
enum Either<A, B> {
    Left(A),
    Right(B),
}

impl<T, A: Iterator<Item = T>, B: Iterator<Item = T>> Iterator for Either<A, B> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match self {
            Either::Left(a) => a.next(),
            Either::Right(b) => b.next(),
        }
    }
}
