//! The cases of cel-spec, as far as they need no protobuf messages and no optional library.
//!
//! The page `docs/reference/conformance.md` names each case that comes out otherwise, and why. It is held to the truth
//! from both sides: a case that fails and is not on it, and one that is on it and passes, are faults.

use std::collections::{BTreeMap, BTreeSet};

use segue_document::{Document, Kind, Value as Json};
use segue_value::{List, Map};

use super::*;
use crate::fixture::{event, map, names};
use crate::{Rest, Shape};

/// The sections, as cel-spec names its files.
const SECTIONS: &[(&str, &str)] = &[
    ("basic", include_str!("../../../tests/conformance/basic.json")),
    ("bindings_ext", include_str!("../../../tests/conformance/bindings_ext.json")),
    ("block_ext", include_str!("../../../tests/conformance/block_ext.json")),
    ("comparisons", include_str!("../../../tests/conformance/comparisons.json")),
    ("conversions", include_str!("../../../tests/conformance/conversions.json")),
    ("dynamic", include_str!("../../../tests/conformance/dynamic.json")),
    ("encoders_ext", include_str!("../../../tests/conformance/encoders_ext.json")),
    ("enums", include_str!("../../../tests/conformance/enums.json")),
    ("fields", include_str!("../../../tests/conformance/fields.json")),
    ("fp_math", include_str!("../../../tests/conformance/fp_math.json")),
    ("integer_math", include_str!("../../../tests/conformance/integer_math.json")),
    ("lists", include_str!("../../../tests/conformance/lists.json")),
    ("logic", include_str!("../../../tests/conformance/logic.json")),
    ("macros", include_str!("../../../tests/conformance/macros.json")),
    ("macros2", include_str!("../../../tests/conformance/macros2.json")),
    ("math_ext", include_str!("../../../tests/conformance/math_ext.json")),
    ("namespace", include_str!("../../../tests/conformance/namespace.json")),
    ("optionals", include_str!("../../../tests/conformance/optionals.json")),
    ("parse", include_str!("../../../tests/conformance/parse.json")),
    ("plumbing", include_str!("../../../tests/conformance/plumbing.json")),
    ("proto2", include_str!("../../../tests/conformance/proto2.json")),
    ("proto2_ext", include_str!("../../../tests/conformance/proto2_ext.json")),
    ("proto3", include_str!("../../../tests/conformance/proto3.json")),
    ("string", include_str!("../../../tests/conformance/string.json")),
    ("string_ext", include_str!("../../../tests/conformance/string_ext.json")),
    ("timestamps", include_str!("../../../tests/conformance/timestamps.json")),
    ("type_deductions", include_str!("../../../tests/conformance/type_deductions.json")),
    ("wrappers", include_str!("../../../tests/conformance/wrappers.json")),
];

/// Sections of optional libraries of cel-go; `macros2` are the comprehensions of two variables.
const OPTIONAL: [&str; 7] =
    ["bindings_ext", "block_ext", "encoders_ext", "macros2", "math_ext", "optionals", "string_ext"];

/// What names the messages that the cases are about.
const MESSAGES: [&str; 2] = ["TestAllTypes", "cel.expr.conformance"];

/// The share of the cases that must pass, in percent.
const PASSED_MIN: usize = 99;

#[test]
fn the_cases_of_cel_spec_come_out_as_it_says_except_those_on_the_page() {
    let (mut passed, mut failed) = (0, BTreeMap::new());
    let mut left_out = [0, 0];
    let mut by_section = BTreeMap::<_, [usize; 2]>::new();
    for (section, text) in SECTIONS {
        let cases = Document::parse_own(text).unwrap();
        for case in cases.root().items() {
            if OPTIONAL.contains(section) || needs_library(case) {
                left_out[0] += 1;
                continue;
            }
            if needs_messages(case) {
                left_out[1] += 1;
                continue;
            }
            let counts = by_section.entry(section).or_default();
            counts[0] += 1;
            match run(case) {
                Ok(()) => passed += 1,
                Err(why) => {
                    counts[1] += 1;
                    let name = format!("{section}/{}/{}", text_of(case, "suite"), text_of(case, "name"));
                    let _ = failed.insert(name, format!("{}: {why}", text_of(case, "expr")));
                }
            }
        }
    }
    let total = passed + failed.len();
    report(&by_section, total, passed, left_out);
    let page = include_str!("../../../../../docs/reference/conformance.md");
    let known: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let unknown: Vec<_> = failed.iter().filter(|(name, _)| !known.contains(name.as_str())).collect();
    let healed: Vec<_> = known.iter().filter(|name| !failed.contains_key(**name)).collect();
    assert!(unknown.is_empty(), "not on the page: {unknown:#?}");
    assert!(healed.is_empty(), "on the page, and pass: {healed:#?}");
    assert!(passed * 100 >= total * PASSED_MIN, "{passed} of {total}");
    assert!(total > 1_000, "only {total} cases were found");
}

/// Writes what was counted where a proof gathers it.
fn report(by_section: &BTreeMap<&&str, [usize; 2]>, total: usize, passed: usize, left_out: [usize; 2]) {
    use std::io::Write;
    let Some(path) = std::env::var_os("SEGUE_PROOF") else { return };
    let mut text = format!(
        "### cel-spec conformance\n\n{passed} of {total} cases pass ({:.2} %). Left out: {} of optional libraries, {} that need \
         protobuf messages.\n\n| section | cases | otherwise |\n|---|---|---|\n",
        passed as f64 * 100.0 / total as f64,
        left_out[0],
        left_out[1],
    );
    for (section, [cases, otherwise]) in by_section {
        text.push_str(&format!("| {section} | {cases} | {otherwise} |\n"));
    }
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    writeln!(file, "{text}").unwrap();
}

fn text_of<'d>(case: Json<'d>, name: &str) -> &'d str {
    case.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// Cases with functions of their own, or with optional values.
fn needs_library(case: Json<'_>) -> bool {
    let declares = |variable: Json<'_>| variable.get("function").is_some();
    text_of(case, "expr").contains("optional.")
        || case.get("typeEnv").is_some_and(|variables| variables.items().any(declares))
}

fn needs_messages(case: Json<'_>) -> bool {
    let mut writer = segue_document::Writer::new();
    let _ = writer.value(case);
    let whole = writer.finish();
    // The types of instants and of lengths of time are CEL's own; of them cases may speak.
    let own = ["google.protobuf.Timestamp", "google.protobuf.Duration"];
    let rest = own.iter().fold(whole, |text, name| text.replace(name, ""));
    MESSAGES.iter().any(|name| rest.contains(name)) || rest.contains("google.protobuf")
}

/// Runs one case; `Err` says what came instead.
fn run(case: Json<'_>) -> Result<(), String> {
    let world = Given::of(case)?;
    let compiled = compile(&world.source, &world.names);
    let is_error_wanted = case.get("evalError").is_some();
    let (expression, layout) = match compiled {
        Ok(compiled) => compiled,
        // What can only end in an error may be refused as soon as it is read.
        Err(_) if is_error_wanted => return Ok(()),
        Err(faults) => return Err(format!("refused: {}", faults[0].message)),
    };
    let deduced = case.get("typedResult").and_then(|result| result.get("deducedType"));
    if deduced.is_some_and(|deduced| !is_of(deduced, expression.shape())) {
        return Err(format!("the type {:?}", expression.shape()));
    }
    if case.get("checkOnly").is_some() {
        return Ok(());
    }
    let facts = World { event: event(&world.data), ..World::new() };
    let scope = facts.scope(&layout);
    let wanted = case.get("value").or_else(|| case.get("typedResult")?.get("result"));
    let found = expression
        .with_value(&scope, |value| Ok(wanted.map(|wanted| (is_same(wanted, value), format!("{value:?}")))));
    match found {
        Err(_) if is_error_wanted => Ok(()),
        Err(error) => Err(format!("the error: {error}")),
        Ok(_) if is_error_wanted => Err("no error".to_owned()),
        Ok(Some((true, _))) => Ok(()),
        Ok(Some((false, value))) => Err(format!("the value {value}")),
        Ok(None) => Err("the case wants nothing".to_owned()),
    }
}

/// A case as this language can say it: its variables are fields of an event.
struct Given {
    source: String,
    names: Names,
    data: String,
}

impl Given {
    fn of(case: Json<'_>) -> Result<Given, String> {
        let mut source = text_of(case, "expr").to_owned();
        let mut members = Vec::new();
        let mut fields = Vec::new();
        let bindings: Vec<_> = case.get("bindings").into_iter().flat_map(Json::members).collect();
        if case.get("container").is_some() || is_nested(&bindings) {
            return Err("names with dots, and containers of names, are not known".to_owned());
        }
        for (name, bound) in bindings {
            // Words of the language cannot be given another meaning.
            if ["true", "false", "null"].contains(&name) {
                continue;
            }
            let value = bound.get("value").ok_or("a variable without a value")?;
            let path: Vec<&str> = name.split('.').collect();
            match json(value) {
                Some(json) => {
                    let shape = declared(case, name).unwrap_or(Shape::Any);
                    let (json, shape) = path[1..].iter().rev().fold((json, shape), |(json, shape), name| {
                        (format!("{{\"{name}\":{json}}}"), map(&[(name, shape)]))
                    });
                    members.push(format!("\"{}\":{json}", path[0]));
                    fields.push((path[0], shape));
                    source = replaced(&source, path[0], &format!("event.data.{}", path[0]));
                }
                None => source = replaced(&source, name, &literal(value)?),
            }
        }
        let mut names = names();
        let _ = names.roots.insert("event".to_owned(), map(&[("data", map(&fields))]));
        names.untyped = case.get("disableCheck").and_then(Json::as_bool) == Some(true);
        Ok(Given { source, names, data: format!("{{{}}}", members.join(",")) })
    }
}

/// True if one name of a variable continues another.
fn is_nested(bindings: &[(&str, Json<'_>)]) -> bool {
    let continues = |(a, _): &(&str, _)| bindings.iter().any(|(b, _)| b.starts_with(&format!("{a}.")));
    bindings.iter().any(continues)
}

/// The source with another text for a name that stands alone.
fn replaced(source: &str, name: &str, by: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || "_.'\"".contains(c);
    let mut made = String::new();
    let mut rest = source;
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let is_alone = !before.ends_with(is_word)
            && !after.starts_with(|c: char| c.is_alphanumeric() || "_'\"".contains(c));
        made.push_str(before);
        made.push_str(if is_alone { by } else { name });
        rest = after;
    }
    made + rest
}

/// The shape that the case declares for a variable.
fn declared(case: Json<'_>, name: &str) -> Option<Shape> {
    let mut variables = case.get("typeEnv")?.items();
    shape(variables.find(|variable| text_of(*variable, "name") == name)?.get("ident")?.get("type")?)
}

fn shape(declared: Json<'_>) -> Option<Shape> {
    if let Some(primitive) = declared.get("primitive").and_then(Json::as_str) {
        return Some(match primitive {
            "BOOL" => Shape::Bool,
            "INT64" => Shape::Int,
            "UINT64" => Shape::UInt,
            "DOUBLE" => Shape::Double,
            "STRING" => Shape::Text,
            _ => return None,
        });
    }
    if let Some(list) = declared.get("listType") {
        return Some(Shape::List(Box::new(shape(list.get("elemType")?)?)));
    }
    if let Some(map) = declared.get("mapType") {
        let rest = Box::new(Rest::Open(shape(map.get("valueType")?)?));
        return Some(Shape::Map { fields: BTreeMap::new(), rest });
    }
    declared.get("null").map(|_| Shape::Null)
}

/// True if a shape is the type that a case deduces. Of maps that are written out more is known than CEL says.
fn is_of(deduced: Json<'_>, found: &Shape) -> bool {
    let item = deduced.get("listType").and_then(|list| list.get("elemType"));
    match (found, item) {
        (Shape::Any, _) => deduced.get("dyn").is_some(),
        (Shape::Bytes, _) => deduced.get("primitive").and_then(Json::as_str) == Some("BYTES"),
        (Shape::List(found), Some(item)) => is_of(item, found),
        (Shape::Map { .. }, _) => deduced.get("mapType").is_some(),
        (found, _) => shape(deduced).as_ref() == Some(found),
    }
}

/// A value of a case as JSON, where JSON can say it so that it is read as the same type.
fn json(value: Json<'_>) -> Option<String> {
    let (kind, of) = value.members().next()?;
    Some(match kind {
        "int64Value" => of.as_str()?.to_owned(),
        "boolValue" | "stringValue" | "nullValue" => {
            let mut writer = segue_document::Writer::new();
            let _ = writer.value(of);
            writer.finish()
        }
        "doubleValue" if of.kind() == Kind::Number => of.raw().to_owned(),
        "listValue" => {
            let items: Option<Vec<_>> =
                of.get("values").into_iter().flat_map(Json::items).map(json).collect();
            format!("[{}]", items?.join(","))
        }
        "mapValue" => {
            let entry = |entry: Json<'_>| {
                let key = entry.get("key")?.get("stringValue")?.as_str()?;
                Some(format!("\"{key}\":{}", json(entry.get("value")?)?))
            };
            let entries: Option<Vec<_>> =
                of.get("entries").into_iter().flat_map(Json::items).map(entry).collect();
            format!("{{{}}}", entries?.join(","))
        }
        _ => return None,
    })
}

/// A value of a case as a source says it.
fn literal(value: Json<'_>) -> Result<String, String> {
    let (kind, of) = value.members().next().ok_or("a value of no kind")?;
    Ok(match kind {
        "uint64Value" => format!("{}u", of.as_str().unwrap_or_default()),
        "bytesValue" => {
            let bytes = base64(of.as_str().unwrap_or_default());
            format!("b'{}'", bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>())
        }
        "objectValue" if text_of(of, "@type").ends_with("google.protobuf.Duration") => {
            format!("duration('{}')", text_of(of, "value"))
        }
        "objectValue" if text_of(of, "@type").ends_with("google.protobuf.Timestamp") => {
            format!("timestamp('{}')", text_of(of, "value"))
        }
        kind => return Err(format!("a variable of kind {kind}")),
    })
}

/// True if a value is what a case wants, of that type.
fn is_same(wanted: Json<'_>, value: &Value<'_>) -> bool {
    let Some((kind, of)) = wanted.members().next() else { return false };
    match (kind, value) {
        ("nullValue", Value::Null) => true,
        ("boolValue", Value::Bool(truth)) => of.as_bool() == Some(*truth),
        ("int64Value", Value::Int(number)) => of.as_str() == Some(&number.to_string()),
        ("uint64Value", Value::UInt(number)) => of.as_str() == Some(&number.to_string()),
        ("doubleValue", Value::Double(number)) => match of.as_str() {
            Some("NaN") => number.is_nan(),
            Some("Infinity") => *number == f64::INFINITY,
            Some("-Infinity") => *number == f64::NEG_INFINITY,
            _ => of.as_f64() == Some(*number),
        },
        ("stringValue", Value::Text(text)) => of.as_str() == Some(text.as_str()),
        ("bytesValue", Value::Bytes(bytes)) => base64(of.as_str().unwrap_or_default()) == **bytes,
        ("typeValue", Value::Type(name)) => of.as_str() == Some(name.name()),
        ("listValue", Value::List(list)) => are_same(of, list),
        ("mapValue", Value::Map(map)) => are_entries(of, map),
        _ => false,
    }
}

fn are_same(wanted: Json<'_>, list: &List<'_>) -> bool {
    let wanted: Vec<_> = wanted.get("values").into_iter().flat_map(Json::items).collect();
    wanted.len() == list.len()
        && wanted.iter().zip(list.items()).all(|(wanted, item)| is_same(*wanted, &item))
}

fn are_entries(wanted: Json<'_>, map: &Map<'_>) -> bool {
    let wanted: Vec<_> = wanted.get("entries").into_iter().flat_map(Json::items).collect();
    let entries = map.entries();
    let holds = |wanted: &Json<'_>| {
        let (Some(key), Some(value)) = (wanted.get("key"), wanted.get("value")) else { return false };
        entries.iter().any(|(own, of)| is_same(key, own) && is_same(value, of))
    };
    wanted.len() == entries.len() && wanted.iter().all(holds)
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut made, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let digit = ALPHABET.iter().position(|known| *known == byte).expect("the cases are in base64");
        (bits, count) = (bits << 6 | digit as u32, count + 6);
        if count >= 8 {
            count -= 8;
            made.push((bits >> count) as u8);
        }
    }
    made
}
