//! Writes JSON text, members in the order in which they are given.

use std::fmt::{self, Write as _};

use crate::parse::bytes::{is_plain, plain_end};
use crate::value::{Kind, Value};

/// The name of a member as it is written: see [`member!`](crate::member).
#[derive(Clone, Copy, Debug)]
pub struct Member(&'static str);

impl Member {
    /// For [`member!`](crate::member) alone.
    #[doc(hidden)]
    pub const fn ready(name: &'static str) -> Member {
        Member(name)
    }
}

/// The name of a member, made ready when the program is: `writer.member(member!("id"))` writes what `writer.key("id")`
/// does, with less work. Names that came from outside cannot be given here; one with a quote in it does not compile.
#[macro_export]
macro_rules! member {
    ($name:ident) => {
        $crate::write::Member::ready(concat!(",\"", stringify!($name), "\":"))
    };
}

/// Builds one JSON text. Commas are its own business; that every object and array is ended is the caller's.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    text: String,
    /// True where the next item or member needs a comma before it.
    comma: bool,
}

impl Writer {
    /// A writer that has written nothing.
    pub fn new() -> Writer {
        Writer::default()
    }

    /// A writer that has written nothing, and has room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Writer {
        Writer { text: String::with_capacity(bytes), comma: false }
    }

    /// Begins an object.
    pub fn begin_object(&mut self) -> &mut Writer {
        self.open('{')
    }

    /// Ends the object begun last.
    pub fn end_object(&mut self) -> &mut Writer {
        self.shut('}')
    }

    /// Begins an array.
    pub fn begin_array(&mut self) -> &mut Writer {
        self.open('[')
    }

    /// Ends the array begun last.
    pub fn end_array(&mut self) -> &mut Writer {
        self.shut(']')
    }

    /// Names the next member; its value follows.
    pub fn key(&mut self, name: &str) -> &mut Writer {
        self.before();
        escape(&mut self.text, name);
        self.text.push(':');
        self.comma = false;
        self
    }

    /// As [`Writer::key`], with a name that is ready to be written: see [`member!`](crate::member).
    #[inline]
    pub fn member(&mut self, member: Member) -> &mut Writer {
        self.text.push_str(if self.comma { member.0 } else { &member.0[1..] });
        self.comma = false;
        self
    }

    /// Writes a string.
    pub fn string(&mut self, content: &str) -> &mut Writer {
        self.before();
        escape(&mut self.text, content);
        self
    }

    /// Writes a string, or `null` for none.
    pub fn optional(&mut self, content: Option<&str>) -> &mut Writer {
        match content {
            Some(content) => self.string(content),
            None => self.null(),
        }
    }

    /// Writes a text that has nothing in it to be escaped: no quote, backslash or control character.
    pub fn plain(&mut self, content: impl fmt::Display) -> &mut Writer {
        self.before();
        let start = self.text.len() + 1;
        write!(self.text, "\"{content}\"").expect("writing to a string succeeds");
        debug_assert_eq!(plain_end(self.text.as_bytes(), start) + 1, self.text.len(), "the text is plain");
        self
    }

    /// Writes a whole number.
    pub fn integer(&mut self, number: i64) -> &mut Writer {
        self.before();
        if number < 0 {
            self.text.push('-');
        }
        digits(&mut self.text, number.unsigned_abs());
        self
    }

    /// Writes a whole number without a sign.
    pub fn unsigned(&mut self, number: u64) -> &mut Writer {
        self.before();
        digits(&mut self.text, number);
        self
    }

    /// Writes a double in the shortest form that reads back to the same bits; what is not finite as `null`.
    pub fn double(&mut self, number: f64) -> &mut Writer {
        self.before();
        if number.is_finite() {
            write!(self.text, "{number:?}").expect("writing to a string succeeds");
        } else {
            self.text.push_str("null");
        }
        self
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, truth: bool) -> &mut Writer {
        self.raw(if truth { "true" } else { "false" })
    }

    /// Writes `null`.
    pub fn null(&mut self) -> &mut Writer {
        self.raw("null")
    }

    /// Writes a text that is JSON already.
    pub fn raw(&mut self, json: &str) -> &mut Writer {
        self.before();
        self.text.push_str(json);
        self
    }

    /// Writes a value of a document without white space; numbers and strings keep the text they came with.
    pub fn value(&mut self, value: Value<'_>) -> &mut Writer {
        match value.kind() {
            _ if value.is_compact() => self.raw(value.raw()),
            Kind::Array => {
                let _ = self.begin_array();
                for item in value.items() {
                    let _ = self.value(item);
                }
                self.end_array()
            }
            Kind::Object => {
                let _ = self.begin_object();
                for (name, member) in value.members() {
                    let _ = self.key(name).value(member);
                }
                self.end_object()
            }
            _ => self.raw(value.raw()),
        }
    }

    /// The text written.
    pub fn finish(self) -> String {
        self.text
    }

    fn open(&mut self, bracket: char) -> &mut Writer {
        self.before();
        self.text.push(bracket);
        self.comma = false;
        self
    }

    fn shut(&mut self, bracket: char) -> &mut Writer {
        self.text.push(bracket);
        self.comma = true;
        self
    }

    fn before(&mut self) {
        if self.comma {
            self.text.push(',');
        }
        self.comma = true;
    }
}

/// Writes a number by hand, since most of what is written are numbers and names.
fn digits(text: &mut String, number: u64) {
    let (mut digits, mut first, mut rest) = ([0; 20], 20, number);
    loop {
        first -= 1;
        (digits[first], rest) = (b'0' + (rest % 10) as u8, rest / 10);
        if rest == 0 {
            break;
        }
    }
    text.push_str(std::str::from_utf8(&digits[first..]).expect("digits are ASCII"));
}

fn escape(text: &mut String, content: &str) {
    text.reserve(content.len() + 2);
    text.push('"');
    if is_plain(content.as_bytes()) {
        text.push_str(content);
    } else {
        escape_all(text, content);
    }
    text.push('"');
}

#[cold]
fn escape_all(text: &mut String, content: &str) {
    let bytes = content.as_bytes();
    let mut plain = 0;
    loop {
        let at = plain_end(bytes, plain);
        text.push_str(&content[plain..at]);
        let Some(byte) = bytes.get(at) else { break };
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            _ => write!(text, "\\u{byte:04x}").expect("writing to a string succeeds"),
        }
        plain = at + 1;
    }
}
