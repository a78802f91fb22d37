//! Paths such as `data.customer_id` or `accounts[].balance`: read, written, and followed through shapes.

use segue_expr::{Rest, Shape};
use segue_yaml::did_you_mean;

/// The segment that stands for any row of a table or any item of a list.
pub(crate) const ANY: &str = "[]";

/// The names of a path; `None` if it is none. With `any`, a name may be followed by `[]`.
pub(crate) fn parse(text: &str, any: bool) -> Option<Vec<String>> {
    let mut path = Vec::new();
    for segment in text.split('.') {
        let name = if any { segment.trim_end_matches(ANY) } else { segment };
        let is_odd = |c: char| c.is_whitespace() || c.is_control() || "[]{}()'\"`,/".contains(c);
        if name.is_empty() || name.contains(is_odd) {
            return None;
        }
        path.push(name.to_owned());
        path.extend(std::iter::repeat_n(ANY.to_owned(), (segment.len() - name.len()) / ANY.len()));
    }
    Some(path)
}

/// The path as it is written in the bundle.
pub(crate) fn display(path: &[String]) -> String {
    let mut text = String::new();
    for (index, segment) in path.iter().enumerate() {
        if index > 0 && segment != ANY {
            text.push('.');
        }
        text.push_str(segment);
    }
    text
}

/// `cause` counts as `event`.
pub(crate) fn as_event(path: &[String]) -> Vec<String> {
    let mut path = path.to_vec();
    if path.first().is_some_and(|root| root == "cause") {
        path[0] = "event".to_owned();
    }
    path
}

/// Follows a path through a shape.
///
/// # Errors
/// If no value can stand there: a hint, where a name near the wrong one is known.
pub(crate) fn follow(shape: &Shape, path: &[String]) -> Result<(), Option<String>> {
    let mut shape = shape;
    for name in path {
        shape = match shape {
            Shape::Any => return Ok(()),
            Shape::List(items) if name == ANY => items,
            Shape::Map { fields, rest } => match (fields.get(name), &**rest) {
                (Some(field), _) => field,
                (None, Rest::Open(shape)) => shape,
                (None, Rest::Closed) => return Err(did_you_mean(name, fields.keys().map(String::as_str))),
            },
            _ => return Err(None),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_back_as_written() {
        for (text, expected) in [
            ("data.customer_id", vec!["data", "customer_id"]),
            ("accounts[].balance", vec!["accounts", "[]", "balance"]),
            ("event.data.grid[][].x-y", vec!["event", "data", "grid", "[]", "[]", "x-y"]),
        ] {
            let path = parse(text, true).unwrap();
            assert_eq!(path, expected);
            assert_eq!(display(&path), text);
        }
        for text in ["", ".", "a.", "a..b", "a b", "a['b']", "[]", "a.[]"] {
            assert_eq!(parse(text, true), None, "{text}");
        }
        assert_eq!(parse("a[].b", false), None);
    }
}
