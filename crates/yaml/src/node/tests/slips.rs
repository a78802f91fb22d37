//! Slips of authors: what is said, where exactly, and what else is read of the file.

use crate::findings::{Finding, Report, Severity, SourceFile};
use crate::node::{Node, documents};

fn read(text: &str) -> (Vec<Finding>, Vec<String>) {
    let files = [SourceFile { path: "x.yaml".into(), text: text.into() }];
    let mut report = Report::new(&files);
    let documents = documents(&mut report, 0);
    (report.finish().1, documents.iter().map(Node::to_json).collect())
}

/// Each text has one finding: (text, line and columns, message, hint).
fn one_finding_each(cases: &[(&str, usize, std::ops::Range<usize>, &str, &str)]) {
    for (text, line, columns, message, hint) in cases {
        let (found, _) = read(text);
        let shown: Vec<_> = found
            .iter()
            .map(|one| (one.line, one.column..one.end_column, one.message.as_str(), one.hint.as_deref()))
            .collect();
        assert_eq!(shown, [(*line, columns.clone(), *message, Some(*hint))], "{text:?}");
    }
}

#[test]
fn a_document_that_begins_again_lacks_its_mark_and_is_read_as_two() {
    let text = "rule: a\non: x\npropose: [y]\n\nrule: b\non: z\npropose: [y]\nrule: c\non: x\n";
    let (found, documents) = read(text);
    let shown: Vec<_> =
        found.iter().map(|one| (one.line, one.column..one.end_column, one.message.as_str())).collect();
    assert_eq!(
        shown,
        [(5, 1..5, "the document has a second `rule`"), (8, 1..5, "the document has a second `rule`")]
    );
    assert!(found.iter().all(|one| one.hint.as_deref() == Some("a `---` is missing before this line")));
    assert_eq!(
        documents,
        [
            r#"{"rule":"a","on":"x","propose":["y"]}"#,
            r#"{"rule":"b","on":"z","propose":["y"]}"#,
            r#"{"rule":"c","on":"x"}"#
        ]
    );
    for text in
        ["rule: a\nrule: b\non: x\n", "rule: a\non: x\nrule: b\n", "{rule: a, on: x, rule: b, on: y}\n"]
    {
        let (found, documents) = read(text);
        assert!(
            found.iter().all(|one| one.code == "duplicate-key" && one.hint.is_none()),
            "{text} {found:?}"
        );
        assert_eq!(documents.len(), 1, "{text}");
    }
}

#[test]
fn an_expression_that_yaml_takes_for_a_tag_is_read_as_it_was_meant() {
    let tag = "without quotes, `!` begins a tag, and tags are not supported";
    let quotes = "put an expression that begins with `!` into quotes";
    one_finding_each(&[
        ("a: !has(b.c) && d == 'x'\n", 1, 4..25, tag, quotes),
        ("a: !(b == 'x')\n", 1, 4..15, tag, quotes),
        ("a: !has (b.c)\n", 1, 4..14, tag, quotes),
        ("a: ! b.c == 'x'\n", 1, 4..16, tag, quotes),
        ("a: !b.c\n", 1, 4..8, tag, quotes),
        ("a: !b\n", 1, 4..6, tag, quotes),
        (
            "a: && b == 'x'\n",
            1,
            4..15,
            "without quotes, `&` begins an anchor, and anchors are not supported",
            "put the expression into quotes, and an operand before the `&&`",
        ),
    ]);
    for (text, json) in [
        ("a: !has(b.c) && d == 'x'\n", r#"{"a":"!has(b.c) && d == 'x'"}"#),
        ("a: !(b == 'x') &&\n   c\n", r#"{"a":"!(b == 'x') && c"}"#),
        ("a: !b\nc: 1\n", r#"{"a":"!b","c":1}"#),
        ("a: !!str b\n", r#"{"a":"b"}"#),
        ("a: !Ref b\n", r#"{"a":"b"}"#),
    ] {
        assert_eq!(read(text).1, [json], "{text:?}");
    }
}

#[test]
fn a_comment_that_cuts_a_text_is_told_and_other_comments_are_not() {
    let message = "without quotes, ` #` begins a comment, and the text ends before it";
    let hint = "put the whole text into quotes, or write a space after the `#` of a comment";
    one_finding_each(&[
        ("a: who.tier == 'a #b'\n", 1, 19..22, message, hint),
        ("a: Call {{ b #c }}\n", 1, 14..19, message, hint),
        ("a: Help #1 customers\n", 1, 9..21, message, hint),
        ("a: Call #{{ b }} now\n", 1, 9..21, message, hint),
    ]);
    let severity = |text: &str| read(text).0[0].severity;
    assert_eq!(severity("a: who.tier == 'a #b'\n"), Severity::Error);
    assert_eq!(severity("a: Help #1 customers\n"), Severity::Warning);
    assert_eq!(read("a: who.tier == 'a #b'\n").1, [r#"{"a":"who.tier == 'a #b'"}"#]);
    for text in [
        "a: b # it's 'c'\n",
        "a: b #c\n",
        "a: it's # a note\n",
        "a: b == 'c' # why 'd' == e\n",
        "a: 'b #1'\n",
        "a: [b, #1\n  c]\n",
        "# 1\na: 1 # {{ x }}\n",
        "a: {{b}}#1\n",
    ] {
        let found = read(text).0;
        assert!(!found.iter().any(|one| one.message == message), "{text:?} {found:?}");
    }
}

#[test]
fn what_goes_on_behind_quotes_or_brackets_is_shown_as_it_should_be() {
    let quoted = "the text goes on after its closing quote";
    one_finding_each(&[
        ("a: 'gold' == b\n", 1, 11..12, quoted, "put all of it into double quotes: `\"'gold' == b\"`"),
        ("a: \"gold\" == b\n", 1, 11..12, quoted, "put all of it into single quotes: `'\"gold\" == b'`"),
        ("a: 'the b's c'\n", 1, 11..12, quoted, "put all of it into double quotes: `\"the b's c\"`"),
        ("{\"a\": \"b\" \"c\": 1}\n", 1, 11..12, "a comma was expected here", "put a comma between the two"),
        (
            "a: [1, 2].size() == 2\n",
            1,
            10..11,
            "without quotes, this begins a list, and the line goes on after its end",
            "put all of it into double quotes: `\"[1, 2].size() == 2\"`",
        ),
        (
            "a: {'b': 1}.b == 1\n",
            1,
            12..13,
            "without quotes, this begins a mapping, and the line goes on after its end",
            "put all of it into double quotes: `\"{'b': 1}.b == 1\"`",
        ),
        (
            "a: \"b.matches('\\d+')\"\n",
            1,
            16..18,
            "`\\d` is no escape that YAML knows inside \"...\"",
            "write the backslash twice, or put the text into '...'",
        ),
    ]);
}

#[test]
fn lines_without_their_colon_dashes_or_indentation_are_shown_as_they_should_be() {
    let pair = "here `key: value` was expected, and there is no colon with a space after it";
    let rest = "this line goes on the value above, and is not indented more than its key";
    let above = "a key cannot stand here, since the line above is no `key: value`";
    let dashes = "documents are divided by three dashes at the very beginning of a line";
    let second = "a second `: ` in the line would begin a mapping inside the value";
    one_finding_each(&[
        ("a: b\non:c\nd: e\n", 2, 1..5, pair, "write `on: c`"),
        ("a:b\nc: d\n", 2, 2..3, above, "write `a: b` in the line above"),
        ("a = b\nc: d\n", 2, 2..3, above, "write `a: b` in the line above"),
        ("a: b\non = c\nd: e\n", 2, 1..7, pair, "write `on: c`"),
        ("a: b &&\nc.d == 'e'\nf: g\n", 2, 1..11, rest, "indent it by two spaces"),
        ("a: |\nc.d == 'e'\nf: g\n", 2, 1..11, rest, "indent it by two spaces"),
        ("a: b\n|| c\nf: g\n", 2, 1..5, rest, "indent it by two spaces"),
        ("a: b\n--\nc: d\n", 2, 1..3, dashes, "write `---`"),
        ("a: b\n----\nc: d\n", 2, 1..5, dashes, "write `---`"),
        ("a: [b]\n ---\nc: d\n", 2, 2..5, dashes, "write `---`"),
        ("a: b\n—\nc: d\n", 2, 1..2, dashes, "write `---`"),
        ("a: b &&\n&& c\nf: g\n", 2, 1..5, rest, "indent it by two spaces"),
        ("a: b\nc d\ne: f\n", 2, 1..4, pair, "write a colon and a space after the key"),
        (
            "a: b\nc:\u{a0}d\ne: f\n",
            2,
            3..4,
            "this is a blank that is no ordinary one: U+00A0",
            "write a space instead of it",
        ),
        ("a: b\n  && {'c': 1}.c == 1\n", 2, 10..11, second, "put the value into quotes"),
        (
            "a: *b\n",
            1,
            4..5,
            "`*` begins an alias, which is not supported",
            "write the value out, or put text that begins with `*` into quotes",
        ),
        ("a: ? b\n", 1, 4..5, "`?` begins a key here", "put text that begins with `?` into quotes"),
    ]);
    assert_eq!(read("a:b\nc: d\n").1, Vec::<String>::new(), "a broken line is no document");
}
