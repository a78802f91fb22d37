//! What is said of tests that fail, to people, programs and build servers.

use serde_json::{Value, json};

use super::{Bundle, code, json, stderr, stdout, test};

#[test]
fn a_failure_says_which_field_of_which_task_and_what_was_missing_and_what_too_many() {
    let expect =
        "[{action: call-about-payment, subject: c1, tone: warm}, {action: send-payment-link, subject: c9}]";
    let bundle = Bundle::with(&test("a call", expect));
    let failed = bundle.test(&[]);
    assert_eq!(code(&failed), 1);
    let expected = "\
FAILED  a call
        tests.yaml:4: step 1, at 2026-03-02T10:00:00Z
          call-about-payment for c1: tone
            expected \"warm\"
            actual   \"apologetic\"
          send-payment-link for c1: subject
            expected \"c9\"
            actual   \"c1\"
";
    assert_eq!(stdout(&failed), expected);
    assert!(stderr(&failed).ends_with("0 passed, 1 failed\n"));

    let report = json(&bundle.test(&["--output", "json"]));
    assert_eq!((&report["passed"], &report["failed"]), (&json!(0), &json!(1)));
    let first = json!({"line": 4, "message": "task 1: tone: expected \"warm\", got \"apologetic\"", "kind": "differs",
        "step": 1, "at": "2026-03-02T10:00:00Z", "task": "call-about-payment for c1", "path": "tone",
        "expected": "warm", "actual": "apologetic"});
    assert_eq!(report["tests"][0]["failures"][0], first);
}

#[test]
fn tasks_that_are_missing_too_many_or_in_another_order_are_told_apart() {
    let other = "[{action: send-payment-link}, {action: call-about-payment}]";
    let bundle = Bundle::with(&test("another order", other));
    let said = bundle.test(&[]);
    let order = "          another order, best first
            expected \"send-payment-link for c1, call-about-payment for c1\"
            actual   \"call-about-payment for c1, send-payment-link for c1\"\n";
    assert!(stdout(&said).ends_with(order), "{}", stdout(&said));

    bundle.write("tests.yaml", &test("one", "[{action: send-payment-link}]"));
    let extra = stdout(&bundle.test(&[])).to_owned();
    assert!(extra.contains("not expected: call-about-payment for c1"), "{extra}");
    assert!(!extra.contains("missing") && !extra.contains("send-payment-link"), "{extra}");

    bundle.write("tests.yaml", &test("three", "[{action: call-about-payment}, {action: call-about-payment, subject: c2}, {action: send-payment-link}]"));
    let missing = bundle.test(&["--output", "jsonl"]);
    let line: Value = serde_json::from_str(stdout(&missing).lines().next().unwrap()).unwrap();
    let kinds: Vec<_> = line["failures"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds, ["missing"]);
    assert_eq!(line["failures"][0]["expected"], json!({"action": "call-about-payment", "subject": "c2"}));
}

#[test]
fn an_event_that_fails_and_an_expression_that_ends_in_an_error_are_named() {
    let wrong = test("wrong", "[]").replace("amount: 20.0", "amount: twenty");
    // Nobody knows the tier, so the first rule's condition is an error.
    let unknown = test("unknown", "[]").replace("tier: gold, ", "");
    let bundle = Bundle::with(&format!("{wrong}---\n{unknown}"));
    let said = bundle.test(&[]);
    assert!(stdout(&said).contains("the event failed: schema: /data/amount"), "{}", stdout(&said));
    assert!(
        stdout(&said).contains("note: the condition of rule `payment-trouble` ended in an error"),
        "{}",
        stdout(&said)
    );
}

#[test]
fn a_filter_that_nothing_matches_is_wrong_usage() {
    let bundle = Bundle::new();
    assert_eq!(code(&bundle.test(&["--filter", "good customer"])), 0);
    let nothing = bundle.test(&["--filter", "bad customer"]);
    assert_eq!((code(&nothing), stdout(&nothing)), (2, ""));
    assert!(stderr(&nothing).contains("error[no-tests]: "), "{}", stderr(&nothing));
}

#[test]
fn build_servers_get_xml_in_which_every_text_is_escaped() {
    let name = "\"a <b> & 'c' \\x01 \\\"d\\\"\"";
    let bundle = Bundle::with(&test(name, "[{action: call-about-payment, what: 'a < b & \"c\"'}]"));
    bundle.write("more.yaml", &test("fine", "[{action: call-about-payment}, {action: send-payment-link}]"));
    let output = bundle.test(&["--output", "junit"]);
    assert_eq!(code(&output), 1);
    let document = roxmltree::Document::parse(stdout(&output)).unwrap();
    let root = document.root_element();
    let counts = |node: roxmltree::Node<'_, '_>| {
        ["tests", "failures", "errors"].map(|name| node.attribute(name).unwrap().to_owned())
    };
    assert_eq!((root.tag_name().name(), counts(root)), ("testsuites", ["2", "1", "0"].map(str::to_owned)));
    let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    let names: Vec<_> = cases
        .iter()
        .map(|case| (case.attribute("classname").unwrap(), case.attribute("name").unwrap()))
        .collect();
    assert_eq!(names, [("more.yaml", "fine"), ("tests.yaml", "a <b> & 'c' \u{fffd} \"d\"")]);
    let failure = cases[1].first_element_child().unwrap();
    assert_eq!((failure.tag_name().name(), failure.attribute("type")), ("failure", Some("differs")));
    assert!(failure.text().unwrap().contains("expected \"a < b & \\\"c\\\"\""), "{:?}", failure.text());
    assert!(failure.text().unwrap().lines().count() == 2, "what differs, and the task that was not expected");
    assert!(cases[0].first_element_child().is_none());

    bundle.write("broken.yaml", "rule: r\nwhne: <x>\n");
    let broken = bundle.test(&["--output", "junit"]);
    assert_eq!(code(&broken), 1);
    let document = roxmltree::Document::parse(stdout(&broken)).unwrap();
    assert!(
        document.descendants().any(|node| node.attribute("type") == Some("unknown-key")),
        "{}",
        stdout(&broken)
    );
}
