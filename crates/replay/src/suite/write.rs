//! JSON -> YAML in flow style: one line, quotes only where they are needed.

use segue_document::{Kind, Value, Writer};

/// Words that YAML, or an older YAML, does not read as text.
const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// A value on one line, as it can stand anywhere.
pub(super) fn flow(value: Value<'_>) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// A text, quoted if it has to be.
pub(super) fn text(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut writer = Writer::new();
    let _ = writer.string(text);
    let mut out = String::new();
    for character in writer.finish().chars() {
        // JSON takes these as they are, YAML does not.
        match character {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out
}

fn write(value: Value<'_>, out: &mut String) {
    match value.kind() {
        Kind::String => out.push_str(&text(value.as_str().unwrap_or_default())),
        Kind::Array => {
            out.push('[');
            for (place, item) in value.items().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                write(item, out);
            }
            out.push(']');
        }
        Kind::Object => {
            out.push('{');
            for (place, (name, member)) in value.members().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                out.push_str(&text(name));
                out.push_str(": ");
                write(member, out);
            }
            out.push('}');
        }
        Kind::Null | Kind::Bool | Kind::Number => out.push_str(value.raw()),
    }
}

/// True for what everyone reads as text without quotes, also within brackets.
fn is_plain(text: &str) -> bool {
    let is_in = |c: char| c.is_alphanumeric() || " -_./@+%()".contains(c);
    text.starts_with(char::is_alphabetic)
        && !text.ends_with(' ')
        && text.chars().all(is_in)
        && text.len() <= 120
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use segue_document::Document;

    use super::*;

    #[test]
    fn quotes_stand_only_where_they_are_needed() {
        let json = r#"{"a":"call-about-payment","b":"Call Ada","c":"a: b","d":"12","e":"yes","f":"","g":[1.50,true,null],"h":"a\nb\u0001","i j":{}}"#;
        let written = flow(Document::parse_own(json).unwrap().root());
        assert_eq!(
            written,
            r#"{a: call-about-payment, b: Call Ada, c: "a: b", d: "12", e: "yes", f: "", g: [1.50, true, null], h: "a\nb\u0001", i j: {}}"#
        );
        assert_eq!(quoted("a\u{7f}"), "\"a\\u007f\"");
    }
}
