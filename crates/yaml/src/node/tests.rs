//! What texts are read as, where their parts stand, and what is refused; slips that are told from the text in `slips`.

mod slips;

use super::*;
use crate::findings::Report;

fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let files = [SourceFile { path: "x.yaml".into(), text: text.into() }];
    let mut report = Report::new(&files);
    let documents = documents(&mut report, 0);
    let found = report.finish().1.into_iter().map(|f| format!("{} {}:{}", f.code, f.line, f.column));
    (documents.iter().map(Node::to_json).collect(), found.collect())
}

#[test]
fn scalars_follow_the_core_schema() {
    for (yaml, json) in [
        ("[on, yes, no, off, y]", r#"["on","yes","no","off","y"]"#),
        ("[true, False, ~, null, ]", "[true,false,null,null]"),
        ("[1, -2, +3, 0x1F, 0o17, 007, 1_000]", r#"[1,-2,3,31,15,7,"1_000"]"#),
        ("[20.0, 1., .5, 1e3, 1.50, -.5, .inf, .nan]", "[20.0,1.0,0.5,1e3,1.50,-0.5,null,null]"),
        (
            "[e3, '.', 1.2.3, 2026-03-02T10:00:00Z, 12:30]",
            r#"["e3",".","1.2.3","2026-03-02T10:00:00Z","12:30"]"#,
        ),
        ("['1', \"true\", \"a\\tb\", 'it''s']", r#"["1","true","a\tb","it's"]"#),
        ("a: {b: [], c: {}}\n", r#"{"a":{"b":[],"c":{}}}"#),
        ("t: |\n  a\n  b\nf: >\n  a\n  b\n", r#"{"t":"a\nb\n","f":"a b\n"}"#),
    ] {
        assert_eq!(read(yaml), (vec![json.to_owned()], vec![]), "{yaml}");
    }
    assert_eq!(read("a: 1\n---\nb: 2\n").0, [r#"{"a":1}"#, r#"{"b":2}"#]);
}

#[test]
fn what_is_refused_is_refused_at_its_place() {
    for (yaml, expected) in [
        ("a: &x 1\nb: *x\n", vec!["yaml-feature 1:4", "yaml-feature 2:4"]),
        ("a: !!str 1\n", vec!["yaml-feature 1:4"]),
        ("a:\n  <<: {b: 1}\n", vec!["yaml-feature 2:3"]),
        ("a: 1\nb: 2\na: 3\n", vec!["duplicate-key 3:1"]),
        ("? [a]\n: 1\n", vec!["wrong-type 1:3"]),
        ("a: [1\nb: 2\n", vec!["yaml-syntax 2:2"]),
    ] {
        assert_eq!(read(yaml).1, expected, "{yaml}");
    }
    assert_eq!(read(&"[".repeat(40)).1, ["too-deep 1:33"]);
    assert_eq!(read(&format!("[{}]", "1,".repeat(10_001))).1, ["too-big 1:20002"]);
    assert_eq!(read(&" ".repeat(BYTES_MAX + 1)).1, ["too-big 1:1"]);
}

#[test]
fn a_part_of_a_scalar_has_its_own_place() {
    // In each, the content's `xyz` is looked for.
    for (yaml, line, column) in [
        ("a: b xyz c", 1, 6),
        ("é: 'it''s xyz'", 1, 11),
        ("a: \"\\\"\\u00e9\\t xyz\"", 1, 16),
        ("a: \"one \\\n   two xyz\"", 2, 8),
        ("a: 'one\n   two xyz'", 2, 8),
        ("a: one\n   two xyz", 2, 8),
        ("a: |\n  one\n    two xyz\n", 3, 9),
        ("a: >-\n  one\n\n  two xyz\n", 4, 7),
        ("# comment\r\na: |\r\n  one\r\n  two xyz\r\n", 4, 7),
    ] {
        let files = [SourceFile { path: "x.yaml".into(), text: yaml.into() }];
        let mut report = Report::new(&files);
        let documents = documents(&mut report, 0);
        let Value::Map(members) = &documents[0].value else { panic!("{yaml}") };
        let content = members[0].1.as_text().unwrap();
        let start = content.find("xyz").unwrap();
        let place = members[0].1.place_inside(&files[0], start, start + 3);
        assert_eq!((place.line, place.column), (line, column), "{yaml:?}");
        assert_eq!((place.end_line, place.end_column), (line, column + 3), "{yaml:?}");
    }
}

#[test]
fn what_the_parser_gives_up_on_is_said_plainly_with_what_to_do() {
    for (yaml, line, columns, message, hint) in [
        ("a: x\n\tb: y\n", 2, 1..2, "is a tab", "replace the tab"),
        ("a:\n  - b\n \t- c\n", 3, 2..3, "is a tab", "replace the tab"),
        ("a: {{ b }} c\n", 1, 4..11, "begins a mapping", "put text with {{ }} into quotes"),
        ("a: [{{ b }}]\n", 1, 5..12, "begins a mapping", "put text with {{ }} into quotes"),
        ("a: [b {{ c }}, d]\n", 1, 7..18, "begins a mapping", "put text with {{ }} into quotes"),
        ("a: [b, c[].d]\n", 1, 8..13, "`c[].d`", "put a path with [] into quotes"),
        ("a: [c[]]\n", 1, 5..8, "`c[]`", "put a path with [] into quotes"),
        ("a: {b: c[0].d, e: 1}\n", 1, 8..14, "`c[0].d`", "put it into quotes"),
        ("a: 'it's'\n", 1, 8..9, "after its closing quote", "double quotes: `\"it's\"`"),
        ("a: \"\\d\"\n", 1, 5..7, "is no escape", "write the backslash twice"),
        ("a: 'b\n", 1, 4..5, "not closed", "the same quote"),
        ("a: b: c\n", 1, 5..6, "a second `: `", "into quotes"),
        ("a: b\n  c: d\n", 2, 4..5, "has its value already", "in the same column"),
        ("a b\nc: d\n", 2, 2..3, "is no `key: value`", "in the line above"),
        ("a: b\nc\nd: e\n", 2, 1..2, "there is no colon", "write a colon"),
        ("a: - b\n", 1, 4..5, "a line of its own", "`[a, b]`"),
        ("a: [b\nc: d\n", 2, 2..3, "`: `", "close the `[`"),
        ("a: {b: 1, c]\n", 1, 12..13, "`,` or `}`", "close the mapping"),
        ("a: @b\n", 1, 4..5, "cannot begin", "into quotes"),
        ("a: !b.c\n", 1, 4..8, "`!` begins a tag", "into quotes"),
        ("a: > 5\n", 1, 4..5, "on the next line", "into quotes"),
        ("a: [1,,2]\n", 1, 7..8, "a value was expected", "the comma"),
        ("%X\na: 1\n", 2, 1..2, "a document", "`---`"),
    ] {
        let files = [SourceFile { path: "x.yaml".into(), text: yaml.into() }];
        let mut report = Report::new(&files);
        let _ = documents(&mut report, 0);
        let found = report.finish().1;
        assert_eq!(found.len(), 1, "{yaml:?} {found:?}");
        assert_eq!((found[0].line, found[0].column..found[0].end_column), (line, columns), "{yaml:?}");
        assert!(found[0].message.contains(message), "{yaml:?} {}", found[0].message);
        assert!(found[0].hint.as_ref().is_some_and(|found| found.contains(hint)), "{yaml:?} {found:?}");
    }
}
