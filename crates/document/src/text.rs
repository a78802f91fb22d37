//! Texts and numbers, looked at with few steps where they are short, as most are.

/// The powers of ten that a double holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];
/// Up to so many digits, a whole number is exact as a double.
const EXACT_DIGITS_MAX: usize = 15;

/// True if the two texts are the same, without a call for texts of up to sixteen bytes.
#[inline]
pub fn same_text(a: &str, b: &str) -> bool {
    same_bytes(a.as_bytes(), b.as_bytes())
}

#[inline]
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if a.len() > 16 {
        return a == b;
    }
    if let (Some(a_first), Some(a_last)) = (a.first_chunk::<8>(), a.last_chunk::<8>()) {
        return b.first_chunk::<8>() == Some(a_first) && b.last_chunk::<8>() == Some(a_last);
    }
    if let (Some(a_first), Some(a_last)) = (a.first_chunk::<4>(), a.last_chunk::<4>()) {
        return b.first_chunk::<4>() == Some(a_first) && b.last_chunk::<4>() == Some(a_last);
    }
    if let (Some(a_first), Some(a_last)) = (a.first_chunk::<2>(), a.last_chunk::<2>()) {
        return b.first_chunk::<2>() == Some(a_first) && b.last_chunk::<2>() == Some(a_last);
    }
    a == b
}

/// True if the text begins so, without a call for beginnings of up to sixteen bytes.
#[inline]
pub fn begins_with(text: &str, start: &str) -> bool {
    text.as_bytes().get(..start.len()).is_some_and(|text| same_bytes(text, start.as_bytes()))
}

/// The whole number that a text of a few digits says; `None` if it is for another to read.
#[inline]
pub(crate) fn few_digits(text: &str) -> Option<i64> {
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > EXACT_DIGITS_MAX {
        return None;
    }
    let mut whole = 0;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        whole = whole * 10 + i64::from(digit);
    }
    Some(if is_negative { -whole } else { whole })
}

/// The nearest double to a number of a few digits, with a point or without; `None` if it is for another to read. With
/// so few digits both the number without its point and the power of ten are exact, so that one division rounds right.
#[inline]
pub(crate) fn few_digits_double(text: &str) -> Option<f64> {
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > EXACT_DIGITS_MAX {
        return None;
    }
    let (mut whole, mut point) = (0u64, None);
    for (at, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            whole = whole * 10 + u64::from(digit);
        } else if *byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let decimals = point.map_or(0, |at| digits.len() - 1 - at);
    let number = whole as f64 / TENS[decimals];
    Some(if is_negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_length_are_told_apart_by_every_byte() {
        for length in 0..40 {
            let text = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop".get(..length).unwrap();
            assert!(same_text(text, &String::from(text)), "{length}");
            assert!(!same_text(text, &format!("{text}x")), "{length}");
            assert!(begins_with(&format!("{text}x"), text), "{length}");
            assert!(!begins_with(text, &format!("{text}x")), "{length}");
            for at in 0..length {
                let mut other = text.to_owned();
                other.replace_range(at..=at, "X");
                assert!(!same_text(text, &other), "{length} {at}");
                assert!(!begins_with(&format!("{other}x"), text), "{length} {at}");
            }
        }
        assert!(!begins_with("\u{e9}", "\u{3a9}"));
        assert!(begins_with("\u{e9}t\u{e9}", "\u{e9}t"));
    }

    #[test]
    fn numbers_of_few_digits_are_read_as_the_library_reads_them() {
        for text in [
            "0",
            "-0",
            "7",
            "-7",
            "10",
            "149.95",
            "-0.2",
            "0.001",
            "0.1",
            "999999999999999",
            "99999999999.999",
            "0.00000000000001",
            "12345.6789012345",
            "-212.35",
            "1000.0",
        ] {
            if let Some(whole) = few_digits(text) {
                assert_eq!(text.parse(), Ok(whole), "{text}");
            }
            let read = few_digits_double(text).map(f64::to_bits);
            assert!(read.is_none_or(|read| text.parse().map(f64::to_bits) == Ok(read)), "{text}");
        }
        for cents in 0..100_000 {
            let text = format!("{}.{:02}", cents / 100, cents % 100);
            assert_eq!(
                few_digits_double(&text).map(f64::to_bits),
                text.parse().ok().map(f64::to_bits),
                "{text}"
            );
        }
        assert_eq!((few_digits("-0"), few_digits("1.5"), few_digits("1e3")), (Some(0), None, None));
        assert_eq!(few_digits_double("-0").map(f64::to_bits), Some((-0.0f64).to_bits()));
        assert_eq!((few_digits_double("1e3"), few_digits_double("1234567890.1234567")), (None, None));
    }
}
