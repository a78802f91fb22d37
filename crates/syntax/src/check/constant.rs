//! Arguments that must stand in the source as they are: types of events, paths, windows, ids. What is to be remembered
//! is known when the bundle is read.

use crate::ast::{Expr, IdedExpr, LiteralValue};

use super::{Checker, Path, extent};
use crate::hint::did_you_mean;
use segue_model::Span;
use segue_value::{Duration, Shape, Timestamp};

/// The types of events that a call asks for, as far as they are known, and the data of each.
#[derive(Default)]
pub(super) struct Types {
    pub(super) shapes: Vec<(String, Shape)>,
}

impl Types {
    /// As what the data of any of them is read.
    pub(super) fn data(&self) -> Shape {
        let shapes = self.shapes.iter().map(|(_, shape)| shape.clone());
        shapes.reduce(|a, b| a.join(&b)).unwrap_or(Shape::Any)
    }
}

/// True if `duration(..)` takes the text.
pub(super) fn is_duration(text: &str) -> bool {
    Duration::parse(text).is_some()
}

/// True for what would be a duration, were its numbers smaller.
pub(super) fn is_too_long(text: &str) -> bool {
    let small = |digit: char| if digit.is_ascii_digit() { '1' } else { digit };
    let mut short: String = text.chars().map(small).collect();
    // Numbers of one digit each.
    while short.contains("11") {
        short = short.replace("11", "1");
    }
    Duration::parse(text).is_none() && Duration::parse(&short).is_some()
}

/// The offset of what would be a timestamp, were its offset within a day.
pub(super) fn beyond_a_day(text: &str) -> Option<&str> {
    let at = text.len().checked_sub("+00:00".len())?;
    let (before, offset) = (text.get(..at)?, text.get(at..)?);
    let is_offset = offset.starts_with(['+', '-']) && offset.get(3..4) == Some(":");
    (is_offset && Timestamp::parse(&format!("{before}Z")).is_some()).then_some(offset)
}

/// True if `timestamp(..)` takes the text.
pub(super) fn is_timestamp(text: &str) -> bool {
    Timestamp::parse(text).is_some()
}

/// The text of a literal.
pub(super) fn literal(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

/// The literals of a text or a list of texts that is written out.
pub(super) fn literals(node: &IdedExpr) -> Option<Vec<(&IdedExpr, &str)>> {
    match &node.expr {
        Expr::List(list) if !list.elements.is_empty() => {
            list.elements.iter().map(|element| Some((element, literal(element)?))).collect()
        }
        _ => literal(node).map(|text| vec![(node, text)]),
    }
}

impl Checker<'_> {
    /// A text that is not written out where it must be.
    fn no_constant(&mut self, node: &IdedExpr, what: &str) {
        let message = format!("{what} stands here as it is, in quotes");
        let hint = match (super::plain_path(node), self.excerpt(node)) {
            // The name of a type looks like fields; one of a field that there is may be meant as such.
            (Some(path), Some(part)) if self.names.event_types.contains_key(&path.join(".")) => {
                format!("write `'{part}'`")
            }
            _ => "what must be remembered is known when the bundle is read".to_owned(),
        };
        self.fault(extent(self.places, node), "bad-call", message, Some(hint));
    }

    /// The types of events.
    pub(super) fn types(&mut self, node: &IdedExpr) -> Types {
        let mut types = Types::default();
        let Some(texts) = literals(node) else {
            self.no_constant(node, "a type of event, or a list of types,");
            return types;
        };
        let known = self.names.event_types.clone();
        for (at, text) in texts {
            let _ = self.learnt.words.insert(text.to_owned());
            match known.get(text) {
                Some(shape) => types.shapes.push((text.to_owned(), shape.clone())),
                None => {
                    let message = format!("no source declares the type `{text}`");
                    let hint = did_you_mean(text, known.keys().map(String::as_str));
                    self.fault(self.places.token(at), "unknown-name", message, hint);
                }
            }
        }
        types
    }

    /// One of the ids that there are.
    pub(super) fn id<'n>(
        &mut self,
        node: &IdedExpr,
        noun: &str,
        known: impl IntoIterator<Item = &'n str> + Clone,
    ) -> Option<String> {
        let Some(text) = literal(node) else {
            self.no_constant(node, &format!("the id of {noun}"));
            return None;
        };
        let _ = self.learnt.words.insert(text.to_owned());
        if known.clone().into_iter().any(|known| known == text) {
            return Some(text.to_owned());
        }
        let message = format!("there is no {} `{text}`", noun.split_once(' ').map_or(noun, |(_, noun)| noun));
        self.fault(self.places.token(node), "unknown-name", message, did_you_mean(text, known));
        None
    }

    /// A window: a duration as the bundle writes it.
    pub(super) fn window(&mut self, node: &IdedExpr) {
        let Some(text) = literal(node) else {
            self.no_window(node);
            return;
        };
        // A window is no longer than any other duration.
        if Span::parse(text).is_none_or(|span| span.0 <= 0) || !is_duration(text) {
            self.bad_duration(self.places.token(node), text);
        }
    }

    /// A number, or a duration as it is written elsewhere, where a window must stand.
    fn no_window(&mut self, node: &IdedExpr) {
        let place = extent(self.places, node);
        match &node.expr {
            Expr::Literal(_) => {
                let message = "a window is a length of time with its unit, in quotes".to_owned();
                let hint =
                    self.excerpt(node).map(|number| format!("write `'{number}h'`, if hours are meant"));
                self.fault(place, "bad-call", message, hint);
            }
            Expr::Call(call) if call.func_name == "duration" && call.args.len() == 1 => {
                let message = "a window is a text, and no duration is made of it here".to_owned();
                let hint = self.excerpt(&call.args[0]).map(|text| format!("write `{text}`"));
                self.fault(place, "bad-call", message, hint);
            }
            _ => self.no_constant(node, "a window"),
        }
    }

    /// True for what can only be meant as a window.
    pub(super) fn is_window(node: &IdedExpr) -> bool {
        match &node.expr {
            Expr::Literal(LiteralValue::String(text)) => {
                text.inner().starts_with(|c: char| c.is_ascii_digit())
            }
            Expr::Literal(_) => true,
            Expr::Call(call) => call.func_name == "duration",
            _ => false,
        }
    }

    /// A path of events of these types, and what stands there.
    pub(super) fn path(&mut self, node: &IdedExpr, types: &[(String, Shape)]) -> (Option<Path>, Shape) {
        let Some(text) = literal(node) else {
            self.no_constant(node, "a path");
            return (None, Shape::Any);
        };
        let path: Path = text.split('.').map(str::to_owned).collect();
        self.learnt.words.extend(path.iter().cloned());
        let is_word = |segment: &String| {
            !segment.is_empty() && !segment.contains(|c: char| c.is_whitespace() || "[]'\"`".contains(c))
        };
        let is_journey = matches!(&path[..], [journey] if journey == "journey");
        if !(is_journey || (path.len() > 1 && path[0] == "data" && path.iter().all(is_word))) {
            let message = format!("`{text}` is no path of an event");
            let hint = Some("it begins with `data`, as in `data.amount`, or is `journey`".to_owned());
            self.fault(self.places.token(node), "bad-path", message, hint);
            return (None, Shape::Any);
        }
        if is_journey {
            return (Some(path), Shape::Text);
        }
        let mut shape: Option<Shape> = None;
        for (kind, data) in types {
            let Some(found) = self.follow(node, text, kind, data) else { return (None, Shape::Any) };
            shape = Some(shape.map_or_else(|| found.clone(), |shape| shape.join(&found)));
        }
        (Some(path), shape.unwrap_or(Shape::Any))
    }

    /// What stands at a path below `data` of events of a type; a fault at the first name that there is not.
    fn follow(&mut self, node: &IdedExpr, text: &str, kind: &str, data: &Shape) -> Option<Shape> {
        let mut shape = data;
        let mut start = "data".len();
        for name in text.split('.').skip(1) {
            start += 1;
            match shape.member(name) {
                Some(member) => shape = member,
                None => {
                    let message =
                        format!("the schema of `{kind}` has no field `{}`", &text[..start + name.len()]);
                    let hint = match shape {
                        Shape::Map { fields, .. } => did_you_mean(name, fields.keys().map(String::as_str)),
                        _ => None,
                    };
                    let (from, to) = self.places.token(node);
                    // A text without escapes and with one quote on either side has every name in its place.
                    let is_plain = to - from == text.len() + 2;
                    let place =
                        if is_plain { (from + 1 + start, from + 1 + start + name.len()) } else { (from, to) };
                    self.fault(place, "unknown-field", message, hint);
                    return None;
                }
            }
            start += name.len();
        }
        Some(shape.clone())
    }

    /// The paths on which a remembered event must agree with this one: both must have them.
    pub(super) fn same(&mut self, node: &IdedExpr, types: &[(String, Shape)]) {
        let Some(paths) = literals(node) else {
            self.no_constant(node, "a path, or a list of paths,");
            return;
        };
        if self.names.roots.get("event") == Some(&Shape::Null) {
            let message = "there is no event here that others could agree with".to_owned();
            self.fault(extent(self.places, node), "bad-call", message, None);
            return;
        }
        let here = self.names.roots.get("event").and_then(|event| event.member("data")).cloned();
        let here: Vec<(String, Shape)> =
            here.into_iter().map(|data| ("this event".to_owned(), data)).collect();
        for (at, _) in paths {
            let (found, theirs) = self.path(at, types);
            let Some(path) = found else { continue };
            let (Some(_), ours) = self.path(at, &here) else { continue };
            if !super::kind::can_equal(&theirs, &ours) {
                let message = format!(
                    "`{}` is {} there and {} in this event: they never agree",
                    path.join("."),
                    super::kind::noun(&theirs),
                    super::kind::noun(&ours)
                );
                self.fault(self.places.token(at), "wrong-type", message, None);
            }
            let _ = self.reads(&path);
        }
    }

    /// A path of a remembered event is read; it counts as one of this event.
    pub(super) fn reads(&mut self, path: &[String]) -> Path {
        let mut read = vec!["event".to_owned()];
        read.extend(path.iter().cloned());
        let _ = self.learnt.reads.insert(read.clone());
        read
    }
}
