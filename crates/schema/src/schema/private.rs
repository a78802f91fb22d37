//! Which parts of a document its schema marks `x-sensitivity: private`.

use segue_document::{Document, Value};

use super::limits::target;

/// How deep is looked; also ends schemas that refer to themselves.
const DEPTH_MAX: usize = 16;
/// The most paths that are kept: no schema within the limits has more, unless it refers to itself.
const PATHS_MAX: usize = 5_000;

/// Every path so marked; `[]` stands for any item of a list.
pub(super) fn paths(document: &Document) -> Vec<Vec<String>> {
    let mut walk = Walk { document, path: Vec::new(), found: Vec::new() };
    walk.look(document.root(), 0);
    walk.found.sort();
    walk.found.dedup();
    walk.found
}

struct Walk<'d> {
    document: &'d Document,
    path: Vec<String>,
    found: Vec<Vec<String>>,
}

impl<'d> Walk<'d> {
    fn look(&mut self, schema: Value<'d>, depth: usize) {
        if depth > DEPTH_MAX || self.found.len() == PATHS_MAX {
            return;
        }
        if schema.get("x-sensitivity").and_then(Value::as_str) == Some("private") {
            // What lies below a private place is private with it.
            self.found.push(self.path.clone());
            return;
        }
        for (name, property) in schema.get("properties").iter().flat_map(|map| map.members()) {
            self.below(name, property, depth);
        }
        if let Some(items) = schema.get("items") {
            self.below("[]", items, depth);
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for inner in schema.get(keyword).iter().flat_map(|list| list.items()) {
                self.look(inner, depth + 1);
            }
        }
        for keyword in ["then", "else"] {
            if let Some(inner) = schema.get(keyword) {
                self.look(inner, depth + 1);
            }
        }
        let reference = schema.get("$ref").and_then(Value::as_str);
        if let Some(target) = reference.and_then(|reference| target(self.document, reference)) {
            self.look(target, depth + 1);
        }
    }

    fn below(&mut self, name: &str, schema: Value<'d>, depth: usize) {
        self.path.push(name.to_owned());
        self.look(schema, depth + 1);
        let _ = self.path.pop();
    }
}
