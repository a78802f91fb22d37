//! JSON Merge Patch (RFC 7386).

use crate::document::Document;
use crate::value::{Kind, Value};
use crate::write::Writer;

/// Applies `patch` to `target` as RFC 7386 says: members given replace, `null` removes, objects merge.
pub fn merge_patch(target: Option<Value<'_>>, patch: Value<'_>) -> Document {
    let mut writer = Writer::new();
    write_merged(&mut writer, target, patch);
    Document::parse_owned(writer.finish()).expect("a merge of two documents is one")
}

/// Wraps `value` into objects, one for each name of the path, outermost first: the patch that sets just that place.
pub fn replace_at(path: &[&str], value: Value<'_>) -> Document {
    let mut writer = Writer::new();
    for name in path {
        let _ = writer.begin_object().key(name);
    }
    let _ = writer.value(value);
    for _ in path {
        let _ = writer.end_object();
    }
    Document::parse_owned(writer.finish()).expect("a wrapped document is one")
}

fn write_merged(writer: &mut Writer, target: Option<Value<'_>>, patch: Value<'_>) {
    if patch.kind() != Kind::Object {
        let _ = writer.value(patch);
        return;
    }
    let target = target.filter(|target| target.kind() == Kind::Object);
    let _ = writer.begin_object();
    for (name, old) in target.iter().flat_map(|target| target.members()) {
        match patch.get(name) {
            None => {
                let _ = writer.key(name).value(old);
            }
            Some(new) if new.is_null() => {}
            Some(new) => write_merged(writer.key(name), Some(old), new),
        }
    }
    for (name, new) in patch.members() {
        let is_old = target.is_some_and(|target| target.get(name).is_some());
        if !is_old && !new.is_null() {
            write_merged(writer.key(name), None, new);
        }
    }
    let _ = writer.end_object();
}
