//! Where the values of a YAML text stand, byte by byte, for those who change one of them and leave the rest alone.
//!
//! The texts are those of a bundle that has been read: what is wrong with a text was said then, and here such a text has
//! no values at all. Anchors, aliases and tags do not occur in bundles and are not looked at.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// A value and the bytes it takes.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) start: usize,
    /// After its last byte; blanks, comments and line ends behind it do not count.
    pub(super) end: usize,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind {
    /// A value that holds no others: its content, quotes and escapes undone.
    Scalar(String),
    List(Vec<Node>),
    /// Keys and values.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The value of a key.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|(_, value)| value)
    }

    /// A key and its value.
    pub(super) fn entry(&self, name: &str) -> Option<&(Node, Node)> {
        let Kind::Map(members) = &self.kind else { return None };
        members.iter().find(|(key, _)| key.text() == Some(name))
    }

    /// The values of a list; of anything else none.
    pub(super) fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The content of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The value that the names lead to; a number is a place in a list.
    pub(super) fn at_path(&self, path: &[String]) -> Option<&Node> {
        path.iter().try_fold(self, |node, name| match &node.kind {
            Kind::List(items) => items.get(name.parse::<usize>().ok()?),
            _ => node.get(name),
        })
    }
}

/// The documents of a text; `None` if it is no YAML.
pub(super) fn documents(text: &str) -> Option<Vec<Node>> {
    // The parser counts characters.
    let mut bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    bytes.push(text.len());
    let mut reader = Reader { text, bytes, open: Vec::new(), documents: Vec::new() };
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let (event, span) = next.ok()?;
        reader.take(event, span)?;
    }
    Some(reader.documents)
}

/// Where a part of a scalar's content stands in its text: quotes, line ends and indentation undone. White space on one
/// side matches any run of it on the other. `None` where the content is written with escapes that hide it.
pub(super) fn part(text: &str, content: &str, part: Range<usize>) -> Option<Range<usize>> {
    let quote = text.chars().next().filter(|first| ['"', '\''].contains(first));
    let is_block = text.starts_with(['|', '>']);
    let mut at = if is_block { text.find('\n')? } else { usize::from(quote.is_some()) };
    let (mut start, mut end) = (None, at);
    for (place, character) in content.char_indices().filter(|(_, character)| !character.is_whitespace()) {
        if place >= part.end {
            break;
        }
        at += text[at..].len() - text[at..].trim_start().len();
        let is_escaped = match quote {
            Some('"') => text[at..].starts_with('\\'),
            Some(_) => text[at..].starts_with("''"),
            None => false,
        };
        let begin = at;
        at += usize::from(is_escaped);
        if !text[at..].starts_with(character) {
            return None;
        }
        if place >= part.start && start.is_none() {
            start = Some(begin);
        }
        at += character.len_utf8();
        end = at;
    }
    Some(start?..end)
}

/// A list or mapping that is not ended yet: where it begins, and what it holds so far; of a mapping, keys and values one
/// after the other.
struct Open {
    start: usize,
    nodes: Vec<Node>,
    is_map: bool,
}

struct Reader<'t> {
    text: &'t str,
    bytes: Vec<usize>,
    open: Vec<Open>,
    documents: Vec<Node>,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Option<()> {
        let start = *self.bytes.get(span.start.index())?;
        let end = *self.bytes.get(span.end.index())?;
        match event {
            Event::Scalar(text, style, _, _) => {
                let end = start + self.text[start..end].trim_end().len();
                // The parser's place of a block is that of its first line: what changes it begins at the mark before.
                let start = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => self.mark_of_block(start)?,
                    _ => start,
                };
                self.add(Node { start, end, kind: Kind::Scalar(text.into_owned()) });
            }
            Event::SequenceStart(..) => self.open.push(Open { start, nodes: Vec::new(), is_map: false }),
            Event::MappingStart(..) => self.open.push(Open { start, nodes: Vec::new(), is_map: true }),
            Event::SequenceEnd | Event::MappingEnd => self.end(end)?,
            _ => {}
        }
        Some(())
    }

    fn end(&mut self, end: usize) -> Option<()> {
        let Open { start, nodes, is_map } = self.open.pop()?;
        let is_flow = self.text[start..].starts_with(['[', '{']) && end > start;
        let last = nodes.last().map_or(start, |node| node.end);
        // A block ends with the last value in it, a flow with its bracket, behind which the parser counts blanks.
        let end = if is_flow { start + self.text[start..end].rfind([']', '}'])? + 1 } else { last };
        let kind = if is_map {
            let mut members = Vec::with_capacity(nodes.len() / 2);
            let mut nodes = nodes.into_iter();
            while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
                members.push((key, value));
            }
            Kind::Map(members)
        } else {
            Kind::List(nodes)
        };
        self.add(Node { start, end, kind });
        Some(())
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(open) => open.nodes.push(node),
            None => self.documents.push(node),
        }
    }

    fn mark_of_block(&self, start: usize) -> Option<usize> {
        if self.text[start..].starts_with(['|', '>']) {
            return Some(start);
        }
        self.text[..start].rfind(['|', '>'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice<'t>(text: &'t str, node: &Node) -> &'t str {
        &text[node.start..node.end]
    }

    fn path<'n>(node: &'n Node, path: &str) -> &'n Node {
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        node.at_path(&path).unwrap()
    }

    #[test]
    fn each_value_is_found_where_it_stands() {
        let text = "test: ä\nsteps: # äöü\n  - at: x   # when\n    expect: [ {a: 'b c', d: \"e\"} , f ]   # why\n  - expect:\n      # first\n      - a: b c # here\n        d: |\n          one\n          two\n\n      - {e: f}\n    after: 1h\n---\ntest: two\nsteps: []\n";
        let documents = documents(text).unwrap();
        assert_eq!(documents.len(), 2);
        for (at, expected) in [
            ("test", "ä"),
            ("steps.0.expect", "[ {a: 'b c', d: \"e\"} , f ]"),
            ("steps.0.expect.0", "{a: 'b c', d: \"e\"}"),
            ("steps.0.expect.0.a", "'b c'"),
            ("steps.0.expect.0.d", "\"e\""),
            ("steps.0.expect.1", "f"),
            ("steps.1.expect.0.a", "b c"),
            ("steps.1.expect.0.d", "|\n          one\n          two"),
            ("steps.1.expect.1", "{e: f}"),
            ("steps.1.after", "1h"),
        ] {
            assert_eq!(slice(text, path(&documents[0], at)), expected, "{at}");
        }
        let block = slice(text, path(&documents[0], "steps.1.expect"));
        assert!(block.starts_with("- a: b c # here") && block.ends_with("{e: f}"), "{block}");
        assert_eq!(slice(text, path(&documents[1], "steps")), "[]");
    }

    #[test]
    fn a_part_of_a_scalar_is_found_in_each_style() {
        for (text, content) in [
            ("a && b == 'c'", "a && b == 'c'"),
            ("\"a && b == 'c'\"", "a && b == 'c'"),
            ("'a && b == ''c'''", "a && b == 'c'"),
            ("|\n  a &&\n  b == 'c'", "a &&\nb == 'c'\n"),
            (">\n  a &&\n    b == 'c'", "a &&\n  b == 'c'\n"),
            ("a\n  && b == 'c'", "a && b == 'c'"),
        ] {
            let at = content.find('b').unwrap();
            let found = part(text, content, at..at + 4).unwrap();
            assert_eq!(&text[found], "b ==", "{text}");
        }
        assert_eq!(part(r#""\u0061 && b""#, "a && b", 5..6), None);
    }

    #[test]
    fn what_is_no_yaml_has_no_values() {
        assert!(documents("a: [").is_none());
    }
}
