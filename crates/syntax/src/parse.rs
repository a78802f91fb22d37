//! Source -> tree, with faults in plain words; and the places of the tree's nodes in the source.

use cel::common::ast::SourceInfo;
use cel::parser::Parser;

use crate::ast::{Expr, IdedExpr, SelectExpr};
use crate::fault::Fault;
use crate::guard;
use crate::slips;

/// Parses a source that the guard admits.
///
/// # Errors
/// At least one fault: every slip that is known from other languages, or else where the parser gave up.
pub(crate) fn parse(source: &str) -> Result<(IdedExpr, SourceInfo), Vec<Fault>> {
    guard::admit(source).map_err(|fault| vec![fault])?;
    if source.trim().is_empty() {
        return Err(vec![syntax(source, 0..source.len(), "the expression is empty".to_owned())]);
    }
    Parser::default().enable_ident_escape_syntax(true).parse_with_source_info(source).map_err(|errors| {
        // What the parser says after its first error follows from its attempts to go on.
        let fault = match errors.errors.first() {
            Some(error) => plain(source, error.pos, &error.msg),
            None => syntax(source, 0..source.len(), "not an expression".to_owned()),
        };
        let slips = if fault.code == "too-deep" { Vec::new() } else { slips::find(source) };
        if slips.is_empty() { vec![fault] } else { slips }
    })
}

fn syntax(source: &str, place: std::ops::Range<usize>, message: String) -> Fault {
    let start = source.floor_char_boundary(place.start);
    let end = source.ceil_char_boundary(place.end.max(start));
    Fault { start, end, code: "syntax", message, hint: None }
}

/// The parser's error in plain words.
fn plain(source: &str, (line, column): (isize, isize), message: &str) -> Fault {
    let start = offset(source, line, column);
    let quoted = |prefix: &str| {
        let rest = message.strip_prefix("Syntax error: ")?.strip_prefix(prefix)?.strip_prefix('\'')?;
        Some(rest.rsplit_once("' expecting").map_or(rest.trim_end_matches('\''), |(token, _)| token))
    };
    let prefixes = ["mismatched input ", "extraneous input ", "no viable alternative at input "];
    if let Some(token) = prefixes.iter().find_map(|prefix| quoted(prefix)) {
        if token == "<EOF>" || token.ends_with("<EOF>") {
            return syntax(source, start..start, "the expression ends too early".to_owned());
        }
        return unexpected_token(source, start, token);
    }
    if let Some(token) = quoted("token recognition error at: ") {
        if token.starts_with(['\'', '"']) {
            let message = format!("text without an end, or with a wrong escape: {token}");
            return syntax(source, start..start + token.len(), message);
        }
        return unexpected_token(source, start, token);
    }
    if let Some(rest) = message.strip_prefix("Syntax error: missing ") {
        let wanted = rest.split(" at ").next().unwrap_or(rest).trim_matches('\'');
        return syntax(source, start..start + 1, format!("missing `{wanted}`"));
    }
    if let Some(word) = message.strip_prefix("reserved identifier: ") {
        let message = format!("`{word}` is a word that CEL keeps for itself");
        let mut fault = syntax(source, start..start + word.len(), message);
        fault.hint = Some(format!("write a field of that name in backquotes, as in ``x.`{word}` ``"));
        return fault;
    }
    if message.starts_with("invalid argument to has()") && !source[start..].starts_with(is_name) {
        let mut fault = syntax(source, start..start + 1, "`has` asks for a field by its name".to_owned());
        fault.hint = Some("write the path with dots alone, as in `has(who.tier)`".to_owned());
        return fault;
    }
    if message.contains("must be a simple name") {
        let mut fault = syntax(source, start..start + 1, "a name of your own stands here".to_owned());
        fault.hint = Some("as in `list.exists(x, x > 1)`".to_owned());
        return fault;
    }
    // What the parser says of its own parts helps nobody.
    if message.contains("Context") || message.starts_with("Incomplete") || message.starts_with("No `") {
        return syntax(source, start..start + 1, "the expression is not whole from here on".to_owned());
    }
    if message.contains("ecursion limit") {
        let mut fault = syntax(source, 0..source.len(), "too many levels inside one another".to_owned());
        fault.code = "too-deep";
        return fault;
    }
    syntax(source, start..start + 1, message.trim_start_matches("Syntax error: ").to_owned())
}

fn unexpected_token(source: &str, start: usize, token: &str) -> Fault {
    let token = token.trim();
    let mut fault = syntax(source, start..start + token.len(), format!("unexpected `{token}`"));
    if matches!(token, ")" | "]" | "}") {
        fault.hint = Some("remove it, or open the bracket that it closes".to_owned());
    }
    fault
}

fn is_name(character: char) -> bool {
    character == '_' || character.is_ascii_alphanumeric()
}

/// Where a line and column, both counted from 1 and in characters, stand in the source.
fn offset(source: &str, line: isize, column: isize) -> usize {
    let (Ok(line), Ok(column)) = (usize::try_from(line - 1), usize::try_from(column - 1)) else { return 0 };
    let mut begin = 0;
    for text in source.split_inclusive('\n').take(line) {
        begin += text.len();
    }
    let rest = source.get(begin..).unwrap_or_default();
    begin + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
}

/// Where the nodes of a tree stand in its source.
#[derive(Debug)]
pub struct Places<'s> {
    source: &'s str,
    info: SourceInfo,
}

impl<'s> Places<'s> {
    pub(crate) fn new(source: &'s str, info: SourceInfo) -> Places<'s> {
        Places { source, info }
    }

    /// The whole source.
    pub fn source(&self) -> &'s str {
        self.source
    }

    /// The token that the parser names a node by: of a literal or a name itself, of others their operator or bracket.
    pub fn token(&self, node: &IdedExpr) -> (usize, usize) {
        let length = self.source.len();
        match self.info.offset_for(node.id) {
            Some((first, last)) => {
                let start = (first as usize).min(length);
                let end = (last as usize).saturating_add(1).clamp(start, length);
                self.checked(start, end)
            }
            None => (0, length),
        }
    }

    /// The name of a function that is called; the parser names the call by its opening bracket.
    pub fn function(&self, node: &IdedExpr, name: &str) -> (usize, usize) {
        let (bracket, end) = self.token(node);
        let before = self.source.get(..bracket).unwrap_or_default().trim_end();
        if before.ends_with(name) { (before.len() - name.len(), before.len()) } else { (bracket, end) }
    }

    /// The name of a field that is selected; the parser names the selection by its dot, `has` by its bracket.
    pub(crate) fn field(&self, node: &IdedExpr, select: &SelectExpr) -> (usize, usize) {
        let after = match &select.operand.expr {
            _ if !select.test => self.token(node).0,
            Expr::Select(inner) => self.field(&select.operand, inner).1,
            _ => self.token(&select.operand).1,
        };
        let rest = self.source.get(after..).unwrap_or_default();
        let gap = rest.len() - rest.trim_start_matches(|c: char| c == '.' || c.is_whitespace()).len();
        if rest.get(gap..).is_some_and(|rest| rest.starts_with(&select.field)) {
            (after + gap, after + gap + select.field.len())
        } else {
            self.token(node)
        }
    }

    fn checked(&self, start: usize, end: usize) -> (usize, usize) {
        if self.source.is_char_boundary(start) && self.source.is_char_boundary(end) {
            (start, end)
        } else {
            (0, self.source.len())
        }
    }
}
