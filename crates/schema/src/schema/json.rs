//! Lets the JSON Schema validator read our documents in place: nothing is copied unless an error is reported.

use std::borrow::Cow;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node, NodeIdentity, Object};
use segue_document::{Document, Items, Kind, Members, Name, Value, Writer};
use serde_json::Number;

/// Our documents, as a representation of JSON.
pub(crate) struct DocumentJson;

impl Json for DocumentJson {
    type Node<'a> = Cursor<'a>;
    type PreparedKey = Name;
    type StringBuffer = Option<Document>;

    fn prepare_key(key: &str) -> Name {
        Name::new(key)
    }

    fn with_string_node<T>(
        buffer: &mut Option<Document>,
        string: &str,
        f: impl FnOnce(Cursor<'_>) -> T,
    ) -> T {
        let mut writer = Writer::new();
        let _ = writer.string(string);
        let document = Document::parse_own(&writer.finish()).expect("a written string is valid JSON");
        f(Cursor(buffer.insert(document).root()))
    }
}

/// One value. (The traits are not ours, nor is [`Value`], so it is wrapped.)
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a>(pub(crate) Value<'a>);

impl<'a> Node<'a, DocumentJson> for Cursor<'a> {
    type Object = Cursor<'a>;
    type Array = Cursor<'a>;
    type Number = Cursor<'a>;

    fn as_object(&self) -> Option<Self> {
        (self.0.kind() == Kind::Object).then_some(*self)
    }

    fn as_array(&self) -> Option<Self> {
        (self.0.kind() == Kind::Array).then_some(*self)
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        self.0.as_str().map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<Self> {
        (self.0.kind() == Kind::Number).then_some(*self)
    }

    fn as_boolean(&self) -> Option<bool> {
        self.0.as_bool()
    }

    fn is_null(&self) -> bool {
        self.0.is_null()
    }

    fn json_type(&self) -> JsonType {
        match self.0.kind() {
            Kind::Null => JsonType::Null,
            Kind::Bool => JsonType::Boolean,
            Kind::Number => JsonType::Number,
            Kind::String => JsonType::String,
            Kind::Array => JsonType::Array,
            Kind::Object => JsonType::Object,
        }
    }

    fn to_value(&self) -> Cow<'a, serde_json::Value> {
        // A number beyond a double is the only document that the other parser refuses.
        Cow::Owned(serde_json::from_str(self.0.raw()).unwrap_or(serde_json::Value::Null))
    }

    /// Where the value's text begins: no two values of living documents share it.
    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(self.0.raw().as_ptr() as usize))
    }
}

impl JsonNumber for Cursor<'_> {
    fn as_u64(&self) -> Option<u64> {
        self.0.raw().parse().ok()
    }

    fn as_i64(&self) -> Option<i64> {
        self.0.as_i64()
    }

    fn as_f64(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0.raw())
    }

    fn to_number(&self) -> Cow<'_, Number> {
        let nearest = || Number::from_f64(f64::MAX.copysign(self.0.as_f64().unwrap_or(1.0)));
        let number = self.0.raw().parse().ok().or_else(nearest);
        Cow::Owned(number.expect("the greatest double is finite"))
    }
}

impl<'a> Object<'a, DocumentJson> for Cursor<'a> {
    type Node = Cursor<'a>;
    type MemberName = &'a str;
    type MembersIter = MemberCursors<'a>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, key: &Name) -> Option<Cursor<'a>> {
        self.0.get_named(key).map(Cursor)
    }

    fn members(&self) -> Self::MembersIter {
        MemberCursors(self.0.members())
    }
}

impl<'a> Array<'a, DocumentJson> for Cursor<'a> {
    type Node = Cursor<'a>;
    type ElementsIter = ItemCursors<'a>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn elements(&self) -> Self::ElementsIter {
        ItemCursors(self.0.items())
    }
}

/// Members, wrapped.
pub(crate) struct MemberCursors<'a>(Members<'a>);

impl<'a> Iterator for MemberCursors<'a> {
    type Item = (&'a str, Cursor<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, value)| (name, Cursor(value)))
    }
}

/// Items, wrapped.
pub(crate) struct ItemCursors<'a>(Items<'a>);

impl<'a> Iterator for ItemCursors<'a> {
    type Item = Cursor<'a>;

    #[inline]
    fn next(&mut self) -> Option<Cursor<'a>> {
        self.0.next().map(Cursor)
    }
}
