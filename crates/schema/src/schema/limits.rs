//! What a schema may be, looked at before it is compiled: draft, references, depth, and size once references are followed.

use std::collections::BTreeMap;

use segue_document::{Document, Kind, Value};

use super::{SchemaFault, range_of};

/// The most schemas inside one another.
const DEPTH_MAX: usize = 16;
/// The most subschemas that one value could meet, every reference followed.
const SUBSCHEMAS_MAX: usize = 5_000;
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Keywords whose value is a schema.
#[rustfmt::skip]
const SINGLE: [&str; 11] = [
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames",
    "then", "unevaluatedItems", "unevaluatedProperties",
];
/// Keywords whose value is a list of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords whose value names schemas.
const MAPS: [&str; 5] = ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];

/// Every schema directly below `schema`, with the keyword that holds it.
pub(super) fn children<'d>(schema: Value<'d>) -> impl Iterator<Item = (&'d str, Value<'d>)> {
    schema.members().flat_map(|(keyword, value)| {
        let inner: Vec<Value<'d>> = if SINGLE.contains(&keyword) {
            vec![value]
        } else if LISTS.contains(&keyword) {
            value.items().collect()
        } else if MAPS.contains(&keyword) {
            value.members().map(|(_, schema)| schema).collect()
        } else {
            Vec::new()
        };
        inner.into_iter().map(move |schema| (keyword, schema))
    })
}

/// The schema that a reference inside the document means.
pub(super) fn target<'d>(document: &'d Document, reference: &str) -> Option<Value<'d>> {
    let fragment = reference.strip_prefix('#')?;
    if fragment.is_empty() {
        return Some(document.root());
    }
    if !fragment.starts_with('/') {
        return anchored(document.root(), fragment);
    }
    fragment.split('/').skip(1).try_fold(document.root(), |value, token| {
        let name = token.replace("~1", "/").replace("~0", "~");
        value.get(&name).or_else(|| value.item(name.parse().ok()?))
    })
}

fn anchored<'d>(schema: Value<'d>, name: &str) -> Option<Value<'d>> {
    let is_named =
        ["$anchor", "$dynamicAnchor"].iter().any(|key| schema.get(key).and_then(Value::as_str) == Some(name));
    if is_named { Some(schema) } else { children(schema).find_map(|(_, inner)| anchored(inner, name)) }
}

/// Everything that the limits refuse.
pub(super) fn faults(document: &Document) -> Vec<SchemaFault> {
    let mut walk = Walk { document, faults: Vec::new(), sizes: BTreeMap::new() };
    let root = document.root();
    if let Some(draft) = root.get("$schema")
        && draft.as_str().map(|draft| draft.trim_end_matches('#')) != Some(DRAFT)
    {
        walk.fault("schema-invalid", draft, format!("the draft must be 2020-12: `{DRAFT}`"));
    }
    walk.look(root, 0);
    // Sizes are only asked of what is not too deep, since the walk follows the depth.
    if walk.faults.is_empty() && walk.size(root) > SUBSCHEMAS_MAX {
        walk.fault(
            "schema-too-big",
            root,
            format!("more than {SUBSCHEMAS_MAX} subschemas once references are followed"),
        );
    }
    walk.faults
}

struct Walk<'d> {
    document: &'d Document,
    faults: Vec<SchemaFault>,
    /// How many subschemas a reference comes to, by where its target begins; `None` while it is being counted.
    sizes: BTreeMap<usize, Option<usize>>,
}

impl<'d> Walk<'d> {
    fn fault(&mut self, code: &'static str, value: Value<'d>, message: String) {
        self.faults.push(SchemaFault { code, at: range_of(self.document, value), message, words: None });
    }

    fn look(&mut self, schema: Value<'d>, depth: usize) {
        if !matches!(schema.kind(), Kind::Object | Kind::Bool) {
            let message = match schema.kind() {
                Kind::Array => {
                    "a schema is an object, `true` or `false`; one schema for each item is `prefixItems`"
                }
                Kind::String => {
                    "a schema is an object, `true` or `false`: write a type as `{\"type\": \"string\"}`"
                }
                _ => "a schema is an object, `true` or `false`",
            };
            self.fault("schema-invalid", schema, message.to_owned());
            return;
        }
        if depth > DEPTH_MAX {
            self.fault(
                "schema-too-deep",
                schema,
                format!("more than {DEPTH_MAX} schemas inside one another"),
            );
            return;
        }
        if depth > 0
            && let Some(id) = schema.get("$id")
        {
            self.fault("schema-invalid", id, "`$id` below the root is not supported".to_owned());
        }
        for keyword in ["$ref", "$dynamicRef"] {
            let Some(value) = schema.get(keyword) else { continue };
            match value.as_str() {
                Some(reference) if !reference.starts_with('#') => {
                    let message = format!("`{keyword}` must stay inside the file: `#/$defs/...`");
                    self.fault("schema-remote", value, message);
                }
                Some(reference) if target(self.document, reference).is_none() => {
                    self.fault("schema-invalid", value, format!("`{reference}` is not in the file"));
                }
                _ => {}
            }
        }
        for (_, inner) in children(schema) {
            self.look(inner, depth + 1);
        }
    }

    fn size(&mut self, schema: Value<'d>) -> usize {
        let mut total = 1usize;
        for (keyword, inner) in children(schema) {
            if keyword != "$defs" && keyword != "definitions" {
                total = total.saturating_add(self.size(inner));
            }
        }
        for keyword in ["$ref", "$dynamicRef"] {
            let reference = schema.get(keyword).and_then(Value::as_str);
            let Some(target) = reference.and_then(|reference| target(self.document, reference)) else {
                continue;
            };
            total = total.saturating_add(self.size_of_target(target));
        }
        total
    }

    fn size_of_target(&mut self, target: Value<'d>) -> usize {
        let at = range_of(self.document, target).start;
        match self.sizes.get(&at) {
            Some(Some(size)) => *size,
            // A reference to what holds it: the value's own depth bounds how often it is followed.
            Some(None) => 1,
            None => {
                let _ = self.sizes.insert(at, None);
                let size = self.size(target);
                let _ = self.sizes.insert(at, Some(size));
                size
            }
        }
    }
}
