//! The texts of cells. What a cell may be:
//!
//! | text | admits |
//! |---|---|
//! | nothing | anything |
//! | `gold`, `'gold'`, `"gold"`, `5`, `2.5`, `true`, `null` | what equals it |
//! | `a \| b` | what equals one of them |
//! | `[0..10)`, `(0..10]`, `[..10)`, `[10..)` | what is within; `[` and `]` belong to it, `(` and `)` do not |
//! | `>= 5`, `> 5`, `<= 5`, `< 5` | what is |
//! | `!= 5` | what does not equal it |
//!
//! A quote within quotes is written twice. If all literals of a column, but for `null`, are texts that are RFC 3339
//! dates and times, they are timestamps.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use segue_value::{Text, Timestamp, Value, operator};

use crate::cell::{Cell, End};

/// What is wrong in a text, and where.
#[derive(Debug)]
pub(crate) struct TextFault {
    pub(crate) range: Range<usize>,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// A cell, and where its text stands in that of the cell, without the space around.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) cell: Cell,
    range: Range<usize>,
}

/// The signs that a comparison can begin with, longer ones before their beginnings.
const SIGNS: [&str; 8] = [">=", "<=", "!=", "==", "<>", ">", "<", "="];

/// A part of a text, and where it begins.
#[derive(Clone, Copy)]
struct Part<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Part<'t> {
    fn of(text: &'t str) -> Part<'t> {
        Part { text, at: 0 }.trimmed()
    }

    fn trimmed(self) -> Part<'t> {
        let front = self.text.len() - self.text.trim_start().len();
        Part { text: self.text.trim(), at: self.at + front }
    }

    fn from(self, start: usize) -> Part<'t> {
        Part { text: &self.text[start..], at: self.at + start }.trimmed()
    }

    fn until(self, end: usize) -> Part<'t> {
        Part { text: &self.text[..end], at: self.at }.trimmed()
    }

    fn range(self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    fn fault<T>(self, message: impl Into<String>, hint: Option<&str>) -> Result<T, TextFault> {
        Err(TextFault { range: self.range(), message: message.into(), hint: hint.map(str::to_owned) })
    }

    /// Where the separator stands, if not within the quotes that the part begins with.
    fn find(self, separator: &str) -> Option<usize> {
        let start = match quoted(self.text) {
            Some(Some((_, length))) => length,
            Some(None) => return None,
            None => 0,
        };
        self.text[start..].find(separator).map(|at| start + at)
    }
}

/// The cell of an input.
pub(crate) fn cell(text: &str) -> Result<Written, TextFault> {
    let whole = Part::of(text);
    let cell = if whole.text.is_empty() {
        Cell::Any
    } else if whole.text.starts_with(['[', '(']) {
        range(whole)?
    } else if let Some(sign) = SIGNS.iter().find(|sign| whole.text.starts_with(**sign)) {
        comparison(sign, whole)?
    } else {
        list(whole)?
    };
    Ok(Written { cell, range: whole.range() })
}

/// The value that a cell of an output stands for: `null` if it is empty.
pub(crate) fn output(text: &str) -> Result<Value<'static>, TextFault> {
    let whole = Part::of(text);
    if whole.text.is_empty() { Ok(Value::Null) } else { literal(whole) }
}

/// Makes timestamps of the texts of a column, if all can be.
pub(crate) fn read_timestamps<'c>(column: impl Iterator<Item = &'c mut Written> + 'c) {
    let mut column: Vec<&mut Written> = column.collect();
    let mut any = false;
    for literal in column.iter().flat_map(|written| written.cell.literals()) {
        match literal {
            Value::Null => {}
            Value::Text(text) if Timestamp::parse(text.as_str()).is_some() => any = true,
            _ => return,
        }
    }
    if !any {
        return;
    }
    let read = |literal: &mut Value<'static>| {
        if let Value::Text(text) = literal
            && let Some(at) = Timestamp::parse(text.as_str())
        {
            *literal = Value::Timestamp(at);
        }
    };
    for written in &mut column {
        match &mut written.cell {
            Cell::Any => {}
            Cell::OneOf(literals) => literals.iter_mut().for_each(read),
            Cell::Not(literal) => read(literal),
            Cell::Range { low, high } => {
                [low, high].into_iter().flatten().for_each(|end| read(&mut end.value))
            }
        }
    }
}

impl Written {
    /// What is wrong with the ends of a range, once it is known what they are.
    pub(crate) fn check(&self) -> Result<(), TextFault> {
        let Cell::Range { low, high } = &self.cell else { return Ok(()) };
        let fault = |message: &str, hint: Option<&str>| {
            let hint = hint.map(str::to_owned);
            Err(TextFault { range: self.range.clone(), message: message.to_owned(), hint })
        };
        for end in [low, high].into_iter().flatten() {
            if matches!(end.value, Value::Null | Value::Bool(_)) {
                let hint = "numbers, texts and timestamps have an order";
                return fault("a bound must have an order", Some(hint));
            }
        }
        let (Some(low), Some(high)) = (low, high) else { return Ok(()) };
        match operator::compare(&low.value, &high.value) {
            Err(_) => fault("the ends of the range are of different kinds", Some("quote both, or neither")),
            Ok(Ordering::Less) => Ok(()),
            Ok(Ordering::Equal) if low.inclusive && high.inclusive => Ok(()),
            Ok(Ordering::Equal) => {
                fault("nothing is within the range", Some("write the value alone, or `[a..a]`"))
            }
            Ok(Ordering::Greater) => fault("nothing is within the range", Some("write the lower end first")),
        }
    }
}

fn range(whole: Part<'_>) -> Result<Cell, TextFault> {
    let hint = Some("write `[0..10)`, `[..10)` or `(0..]`; a text that begins so needs quotes");
    if !whole.text.ends_with([']', ')']) || whole.text.len() < 2 {
        return whole.fault("a range is not closed", hint);
    }
    let inner = whole.until(whole.text.len() - 1).from(1);
    let Some(dots) = inner.find("..") else { return whole.fault("a range has no `..`", hint) };
    let end = |part: Part<'_>, inclusive| match part.text {
        "" => Ok(None),
        _ => Ok(Some(End { value: literal(part)?, inclusive })),
    };
    let low = end(inner.until(dots), whole.text.starts_with('['))?;
    let high = end(inner.from(dots + 2), whole.text.ends_with(']'))?;
    if low.is_none() && high.is_none() {
        return whole.fault("a range has no ends", Some("leave the cell empty to admit anything"));
    }
    Ok(Cell::Range { low, high })
}

fn comparison(sign: &str, whole: Part<'_>) -> Result<Cell, TextFault> {
    let rest = whole.from(sign.len());
    if rest.text.is_empty() {
        return whole.fault(format!("nothing follows `{sign}`"), None);
    }
    match sign {
        "=" | "==" => return whole.fault(format!("`{sign}` is not written"), Some("write the value alone")),
        "<>" => return whole.fault("`<>` is not a comparison", Some("write `!=`")),
        _ => {}
    }
    if rest.find("|").is_some() {
        let hint = "a list `a | b` stands without a sign; quote a text that holds `|`";
        return rest.fault("a comparison is with one value", Some(hint));
    }
    let value = literal(rest)?;
    let end = |inclusive| Some(End { value: value.clone(), inclusive });
    Ok(match sign {
        "!=" => Cell::Not(value),
        ">=" => Cell::Range { low: end(true), high: None },
        ">" => Cell::Range { low: end(false), high: None },
        "<=" => Cell::Range { low: None, high: end(true) },
        _ => Cell::Range { low: None, high: end(false) },
    })
}

fn list(whole: Part<'_>) -> Result<Cell, TextFault> {
    let mut literals = Vec::new();
    let mut rest = whole;
    loop {
        let bar = rest.find("|");
        let part = bar.map_or(rest, |bar| rest.until(bar));
        if part.text.is_empty() {
            return part.fault("a list has an empty item", Some("write `''` for the empty text"));
        }
        if part.text.starts_with(['[', '(']) || SIGNS.iter().any(|sign| part.text.starts_with(sign)) {
            let hint = "write a row for each, or quote the text";
            return part.fault("a list holds values, not ranges or comparisons", Some(hint));
        }
        literals.push(literal(part)?);
        let Some(bar) = bar else { return Ok(Cell::OneOf(literals)) };
        rest = rest.from(bar + 1);
    }
}

/// The value that a text, which is not empty, stands for.
fn literal(part: Part<'_>) -> Result<Value<'static>, TextFault> {
    let made = |text: &str| Ok(Value::Text(Text::Made(Arc::from(text))));
    match quoted(part.text) {
        Some(None) => {
            return part.fault("a quote is not closed", Some("a quote within quotes is written twice"));
        }
        Some(Some((text, length))) if length == part.text.len() => return made(&text),
        Some(Some((_, length))) => {
            let after = part.from(length);
            return after
                .fault("something follows the quotes", Some("a quote within quotes is written twice"));
        }
        None => {}
    }
    match part.text {
        "null" => Ok(Value::Null),
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        text if is_number(text) => number(part),
        text => made(text),
    }
}

/// What stands in the quotes that the text begins with, and how long that is with them. The inner `None`: they are
/// not closed; the outer: it begins with none.
fn quoted(text: &str) -> Option<Option<(String, usize)>> {
    let quote = text.chars().next().filter(|first| ['\'', '"'].contains(first))?;
    let mut inner = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, one)) = chars.next() {
        if one != quote {
            inner.push(one);
        } else if chars.next_if(|next| next.1 == quote).is_some() {
            inner.push(quote);
        } else {
            return Some(Some((inner, at + 1)));
        }
    }
    Some(None)
}

/// Whether a text is a number as JSON writes them. `007` and `+5` are texts.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.len() - text.trim_start_matches(|one: char| one.is_ascii_digit()).len();
    let text = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || (whole > 1 && text.starts_with('0')) {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
    }
}

fn number(part: Part<'_>) -> Result<Value<'static>, TextFault> {
    if let Ok(int) = part.text.parse() {
        return Ok(Value::Int(int));
    }
    if let Ok(uint) = part.text.parse() {
        return Ok(Value::UInt(uint));
    }
    match part.text.parse::<f64>() {
        Ok(double) if double.is_finite() => Ok(Value::Double(double)),
        _ => part.fault("the number is out of range", Some("quote it if it is a text")),
    }
}
