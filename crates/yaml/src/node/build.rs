//! The parser's events -> nodes. Nothing here recurs: depth is a number, and limited.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::meant;
use super::scalar::plain_kind;
use super::syntax;
use super::{BYTES_MAX, Key, Node, Scalar, ScalarKind, Value};
use crate::findings::{Place, Report};

const NODES_MAX: usize = 10_000;
const DEPTH_MAX: usize = 32;

/// The documents of one file. What is wrong goes to the report; what was whole before it is returned.
pub fn documents(report: &mut Report<'_>, file: usize) -> Vec<Node> {
    let files = report.files;
    let text = &files[file].text;
    let first = Place::in_line(file, 1, 1, 1);
    if text.len() > BYTES_MAX {
        let _ = report.error("too-big", first, format!("the file is longer than {} MiB", BYTES_MAX >> 20));
        report.is_incomplete = true;
        return Vec::new();
    }
    let mut builder = Builder { report, file, open: Vec::new(), documents: Vec::new(), nodes: 0 };
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let (event, span) = match next {
            Ok(next) => next,
            Err(error) => {
                let place = builder.place(Span::empty(*error.marker()));
                // A text that is a document of its own is what the parser took the broken line for.
                if builder.documents.last().is_some_and(|last| matches!(last.value, Value::Scalar(_))) {
                    let _ = builder.documents.pop();
                }
                syntax::report(builder.report, place, error.info());
                builder.report.is_incomplete = true;
                break;
            }
        };
        if builder.take(event, span).is_none() {
            builder.report.is_incomplete = true;
            break;
        }
    }
    builder.documents
}

/// A list or mapping that is not ended yet.
struct Open {
    place: Place,
    span: Span,
    /// The keys and values so far, one after the other; of a list, values alone.
    nodes: Vec<Node>,
    is_map: bool,
}

struct Builder<'r, 'f> {
    report: &'r mut Report<'f>,
    file: usize,
    open: Vec<Open>,
    documents: Vec<Node>,
    nodes: usize,
}

impl Builder<'_, '_> {
    /// Takes in one event; `None` if a limit says to stop.
    fn take(&mut self, event: Event<'_>, span: Span) -> Option<()> {
        let place = self.place(span);
        match event {
            Event::Alias(_) => {
                self.refuse(place, "aliases are not supported");
                // The parser knows the anchor, whose value stands elsewhere: nothing takes its place.
                self.add(Node {
                    place,
                    value: Value::Scalar(scalar(String::new(), ScalarStyle::Plain, span)),
                })?;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let meant = self.meant(place, span, style);
                if meant.is_none() {
                    self.check_features(place, anchor, tag.is_some());
                }
                let text = meant.unwrap_or_else(|| text.into_owned());
                self.add(Node { place, value: Value::Scalar(scalar(text, style, span)) })?;
            }
            Event::SequenceStart(anchor, tag) => self.begin(place, span, anchor, tag.is_some(), false)?,
            Event::MappingStart(anchor, tag) => self.begin(place, span, anchor, tag.is_some(), true)?,
            Event::SequenceEnd | Event::MappingEnd => self.end(place, span)?,
            _ => {}
        }
        Some(())
    }

    fn begin(&mut self, place: Place, span: Span, anchor: usize, has_tag: bool, is_map: bool) -> Option<()> {
        self.check_features(place, anchor, has_tag);
        if self.open.len() == DEPTH_MAX {
            let message = format!("more than {DEPTH_MAX} levels inside one another");
            let _ = self.report.error("too-deep", place, message);
            return None;
        }
        self.open.push(Open { place, span, nodes: Vec::new(), is_map });
        Some(())
    }

    fn end(&mut self, end: Place, end_span: Span) -> Option<()> {
        let open = self.open.pop()?;
        let mut place = open.place;
        (place.end_line, place.end_column) = (end.end_line, end.end_column);
        let span = Span { start: open.span.start, end: end_span.end };
        let value = match self.template(&open, place, span) {
            Some(text) => text,
            None if open.is_map && self.open.is_empty() => return self.unmarked(open.nodes, place),
            None if open.is_map => self.map(open.nodes),
            None => Value::List(open.nodes),
        };
        self.add(Node { place, value })
    }

    /// A mapping that is a document, or several that no `---` divides: each begins with the key of the first.
    fn unmarked(&mut self, nodes: Vec<Node>, whole: Place) -> Option<()> {
        let (mut rest, mut begin) = (nodes, whole);
        let is_flow = |place: Place| {
            let line = self.report.files[self.file].text.lines().nth(place.line - 1).unwrap_or_default();
            line.chars().nth(place.column - 1) == Some('{')
        };
        let is_divided = !is_flow(whole);
        while let Some(at) = second_beginning(&rest).filter(|_| is_divided) {
            let next = rest.split_off(at);
            let place = next[0].place;
            let what = key_text(&next[0]).unwrap_or_default();
            self.report.error("duplicate-key", place, format!("the document has a second `{what}`")).hint =
                Some("a `---` is missing before this line".to_owned());
            let value = self.map(std::mem::replace(&mut rest, next));
            let end = Place { end_line: place.line, end_column: place.column, ..begin };
            self.add(Node { place: end, value })?;
            begin = Place { line: place.line, column: place.column, ..whole };
        }
        let value = self.map(rest);
        self.add(Node { place: begin, value })
    }

    /// The text that must have been meant where YAML took a part of it for something else; says so.
    fn meant(&mut self, place: Place, span: Span, style: ScalarStyle) -> Option<String> {
        if style != ScalarStyle::Plain {
            return None;
        }
        let text = &self.report.files[self.file].text;
        let found = meant::read(text, place, span.start.index(), span.end.index())?;
        let finding = if found.is_error {
            self.report.error(found.code, found.place, found.message)
        } else {
            self.report.warning(found.code, found.place, found.message)
        };
        finding.hint = Some(found.hint.to_owned());
        found.text
    }

    /// `{{ x }}` without quotes is a mapping in a mapping: it is refused, and read as the text that was meant.
    fn template(&mut self, open: &Open, mut place: Place, span: Span) -> Option<Value> {
        let is_nested = matches!(open.nodes.first().map(|key| &key.value), Some(Value::Map(_)));
        if !(open.is_map && is_nested && open.nodes.len() == 2) {
            return None;
        }
        let text = &self.report.files[self.file].text;
        let length = span.end.index().saturating_sub(span.start.index());
        let content: String = text.chars().skip(span.start.index()).take(length).collect();
        if !content.starts_with("{{") {
            return None;
        }
        // The parser counts a blank after the brace as its own.
        let blanks = content.len() - content.trim_end_matches(' ').len();
        place.end_column -= blanks.min(place.end_column - 1);
        let content = content.trim_end().to_owned();
        let message = "without quotes, `{` begins a mapping here";
        self.report.error("wrong-type", place, message).hint =
            Some("put text with {{ }} into quotes".to_owned());
        let mut scalar = scalar(content, ScalarStyle::Plain, span);
        scalar.kind = ScalarKind::Text;
        Some(Value::Scalar(scalar))
    }

    /// Pairs up keys and values, and refuses what cannot be a key.
    fn map(&mut self, nodes: Vec<Node>) -> Value {
        let mut members: Vec<(Key, Node)> = Vec::with_capacity(nodes.len() / 2);
        let mut seen = std::collections::BTreeSet::new();
        let mut nodes = nodes.into_iter();
        while let (Some(key), Some(mut value)) = (nodes.next(), nodes.next()) {
            let place = key.place;
            let Value::Scalar(Scalar { text, style, .. }) = key.value else {
                let _ = self.report.error("wrong-type", place, "a key must be text");
                continue;
            };
            if text == "<<" && style == ScalarStyle::Plain {
                self.refuse(place, "merge keys are not supported");
                continue;
            }
            if !seen.insert(text.clone()) {
                let _ = self.report.error("duplicate-key", place, format!("the key `{text}` is given twice"));
                continue;
            }
            if value.is_null() && value.place.column == value.place.end_column {
                // An empty value has no place of its own.
                value.place = place;
            }
            members.push((Key { text, place }, value));
        }
        Value::Map(members)
    }

    fn add(&mut self, node: Node) -> Option<()> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let _ =
                self.report.error("too-big", node.place, format!("more than {NODES_MAX} values in one file"));
            return None;
        }
        match self.open.last_mut() {
            Some(open) => open.nodes.push(node),
            None => self.documents.push(node),
        }
        Some(())
    }

    fn check_features(&mut self, place: Place, anchor: usize, has_tag: bool) {
        if anchor != 0 {
            self.refuse(place, "anchors are not supported");
        }
        if has_tag {
            self.refuse(place, "tags are not supported");
        }
    }

    fn refuse(&mut self, place: Place, message: &str) {
        self.report.error("yaml-feature", place, message).hint = Some("write the value out".to_owned());
    }

    fn place(&self, span: Span) -> Place {
        let spot = |marker: Marker| (marker.line().max(1), marker.col() + 1);
        let ((line, column), (end_line, end_column)) = (spot(span.start), spot(span.end));
        Place { file: self.file, line, column, end_line, end_column }
    }
}

fn scalar(text: String, style: ScalarStyle, span: Span) -> Scalar {
    let kind = if style == ScalarStyle::Plain { plain_kind(&text) } else { ScalarKind::Text };
    Scalar { text, kind, style, start: span.start.index() }
}

fn key_text(key: &Node) -> Option<&str> {
    match &key.value {
        Value::Scalar(Scalar { text, .. }) => Some(text),
        _ => None,
    }
}

/// Where among keys and values the first key stands again, with other keys before and after it: one that merely is there
/// twice begins no document.
fn second_beginning(nodes: &[Node]) -> Option<usize> {
    let first = key_text(nodes.first()?)?;
    let at = (2..nodes.len()).step_by(2).find(|at| key_text(&nodes[*at]) == Some(first))?;
    (at > 2 && nodes.len() - at > 2).then_some(at)
}
