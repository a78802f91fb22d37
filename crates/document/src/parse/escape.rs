//! Escapes in strings.

use super::{Fault, Parser, not_json};

impl Parser<'_> {
    pub(super) fn escape(&mut self) -> Result<(), Fault> {
        let letter = *self.bytes.get(self.at + 1).ok_or(not_json("text ended inside a string"))?;
        self.at += 2;
        let character = match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode_escape()?,
            _ => return Err(not_json("unknown escape in a string")),
        };
        self.unescaped.push(character);
        Ok(())
    }

    fn unicode_escape(&mut self) -> Result<char, Fault> {
        const LONE: Fault = not_json("half of a surrogate pair in a string");
        let high = self.four_digits()?;
        if !(0xd800..0xe000).contains(&high) {
            return char::from_u32(high).ok_or(LONE);
        }
        if high >= 0xdc00 || self.bytes.get(self.at..self.at + 2) != Some(b"\\u") {
            return Err(LONE);
        }
        self.at += 2;
        let low = self.four_digits()?;
        if !(0xdc00..0xe000).contains(&low) {
            return Err(LONE);
        }
        char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).ok_or(LONE)
    }

    fn four_digits(&mut self) -> Result<u32, Fault> {
        const BAD: Fault = not_json("expected four hexadecimal digits");
        let digits = self.bytes.get(self.at..self.at + 4).ok_or(BAD)?;
        let mut number = 0;
        for digit in digits {
            number = number * 16 + (*digit as char).to_digit(16).ok_or(BAD)?;
        }
        self.at += 4;
        Ok(number)
    }
}
