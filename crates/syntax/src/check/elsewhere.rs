//! Names and functions of other languages, and what stands for them here.

use crate::names::Names;
use segue_value::Shape;

/// Names that are nothing here, in small letters, and what is meant.
const NAMES: [(&str, &str); 26] = [
    ("true", "true"),
    ("false", "false"),
    ("yes", "true"),
    ("no", "false"),
    ("null", "null"),
    ("none", "null"),
    ("nil", "null"),
    ("undefined", "null"),
    ("nan", "null"),
    ("today", "now"),
    ("datetime", "now"),
    ("current_date", "now"),
    ("current_timestamp", "now"),
    ("hour", "local.hour"),
    ("weekday", "local.weekday"),
    ("data", "event.data"),
    ("payload", "event.data"),
    ("body", "event.data"),
    ("message", "event.data"),
    ("customer", "who"),
    ("user", "who"),
    ("person", "who"),
    ("profile", "who"),
    ("subject", "event.subject"),
    ("self", "event"),
    ("this", "event"),
];

/// What is meant by a name that is none.
pub(super) fn name(name: &str, names: &Names) -> Option<String> {
    let small = name.to_lowercase();
    let is_there = |path: &str| {
        let root = path.split('.').next().unwrap_or(path);
        matches!(path, "true" | "false" | "null") || names.roots.contains_key(root)
    };
    let meant = NAMES.iter().find(|(known, _)| *known == small).map(|(_, meant)| *meant);
    let meant = meant.or_else(|| names.roots.keys().map(String::as_str).find(|root| **root == small));
    if let Some(meant) = meant.filter(|meant| is_there(meant)) {
        return Some(format!("did you mean `{meant}`?"));
    }
    field(name, names).map(|path| format!("did you mean `{path}`?"))
}

/// Where there is a field of that name.
fn field(name: &str, names: &Names) -> Option<String> {
    let of = |shape: Option<&Shape>| match shape {
        Some(Shape::Map { fields, .. }) => fields.contains_key(name),
        _ => false,
    };
    let (event, who) = (names.roots.get("event"), names.roots.get("who"));
    let data = match event {
        Some(Shape::Map { fields, .. }) => fields.get("data"),
        _ => None,
    };
    let places = [("event.data", data), ("who", who), ("event", event)];
    places.into_iter().find(|(_, shape)| of(*shape)).map(|(prefix, _)| format!("{prefix}.{name}"))
}

/// What is meant by a function that is none. `x` is what it is called on or its first argument, `y` the next.
pub(super) fn function(name: &str, x: &str, y: &str) -> Option<String> {
    let small: String = name.to_lowercase().chars().filter(|c| *c != '_').collect();
    Some(match small.as_str() {
        "len" | "length" | "strlen" | "count" => format!("write `size({x})`"),
        "not" => format!("write `!({x})`"),
        "isnull" | "isnone" | "isempty" | "empty" | "missing" => format!("write `!has({x})`"),
        "exists" | "defined" | "isdefined" | "isset" | "notnull" | "isnotnull" => format!("write `has({x})`"),
        "coalesce" | "ifnull" | "nvl" | "default" => format!("write `has({x}) ? {x} : {y}`"),
        "abs" => format!("write `{x} < 0.0 ? -{x} : {x}`"),
        "round" | "floor" | "ceil" | "trunc" => {
            format!("`int({x})` cuts off the fraction; nothing else rounds")
        }
        "str" | "tostring" => format!("write `string({x})`"),
        "float" | "number" | "decimal" | "tonumber" | "parsefloat" => format!("write `double({x})`"),
        "integer" | "toint" | "parseint" => format!("write `int({x})`"),
        "boolean" => format!("write `bool({x})`"),
        "date" | "datetime" | "todate" | "parsedate" | "totimestamp" => format!("write `timestamp({x})`"),
        "now" | "today" | "getdate" | "utcnow" | "currenttimestamp" => {
            "`now` is a name: write it without brackets".to_owned()
        }
        "lower" | "upper" | "tolower" | "toupper" | "tolowercase" | "touppercase" | "lowerascii"
        | "upperascii" | "casefold" => {
            format!("to compare small and capital letters alike, write `{x}.matches('(?i)^text$')`")
        }
        "includes" | "has" => format!("write `{x}.contains({y})`"),
        "startswith" => format!("write `{x}.startsWith({y})`"),
        "endswith" => format!("write `{x}.endsWith({y})`"),
        "regex" | "regexp" | "regexpmatch" | "match" | "test" | "like" => format!("write `{x}.matches({y})`"),
        "any" | "some" => format!("write `{x}.exists(i, ..)`"),
        "every" => format!("write `{x}.all(i, ..)`"),
        "find" => format!("write `{x}.filter(i, ..)`"),
        "concat" => format!("write `{x} + {y}`"),
        "iif" | "ifelse" => "write `condition ? a : b`".to_owned(),
        _ => return None,
    })
}

/// True for what other languages call the size of a text or a list.
pub(super) fn is_size(field: &str) -> bool {
    matches!(field, "length" | "len" | "size" | "count" | "Length" | "Count")
}
