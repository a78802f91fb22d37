//! `segue test` as authors of bundles meet it: what is said of a failure, what was reached, and tests that are rewritten
//! or recorded.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// A bundle from `segue init`, with a file of more tests, in a directory of its own.
struct Bundle {
    directory: tempfile::TempDir,
}

impl Bundle {
    fn new() -> Bundle {
        let bundle = Bundle { directory: tempfile::tempdir().unwrap() };
        let made = Command::new(binary()).arg("init").arg(bundle.path()).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        bundle
    }

    /// The bundle with only these tests.
    fn with(tests: &str) -> Bundle {
        let bundle = Bundle::new();
        bundle.write("tests.yaml", tests);
        bundle
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("bundle")
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).unwrap();
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    fn test(&self, more: &[&str]) -> Output {
        Command::new(binary()).arg("test").arg(self.path()).args(more).output().unwrap()
    }

    /// Records lines into a file of the bundle.
    fn record(&self, lines: &str, file: &str) -> Output {
        let mut child = Command::new(binary())
            .args(["test", self.path().to_str().unwrap(), "--record"])
            .arg(if file == "-" { PathBuf::from("-") } else { self.path().join(file) })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_segue")
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// One JSON document, as the published schema says.
fn json(output: &Output) -> Value {
    let schema =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/tests.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let document = serde_json::from_slice(&output.stdout).unwrap();
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let faults: Vec<String> = schema.iter_errors(&document).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}\n{document}");
    document
}

/// A step in which the payment of a customer fails for the second time.
fn step(expect: &str) -> String {
    let data = "{customer_id: c1, account_id: A1, amount: 20.0, attempts: 2}";
    format!(
        "  - at: 2026-03-02T10:00:00Z\n    event: {{source: billing, type: payment.failed, subject: c1, data: {data}}}\n    expect: {expect}\n"
    )
}

/// A test of a good customer with one such step.
fn test(name: &str, expect: &str) -> String {
    let given = "{who: {c1: {first_name: Ada, tier: gold, sentiment: -0.4}}}";
    format!("test: {name}\ngiven: {given}\nsteps:\n{}", step(expect))
}

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
    assert_eq!(stderr(&failed), "0 passed, 1 failed\n");

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
    assert!(stderr(&nothing).starts_with("error[no-tests]: "), "{}", stderr(&nothing));
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

#[test]
fn coverage_shows_what_no_test_has_reached_in_its_line() {
    let bundle = Bundle::with(&test("a call", "[{action: call-about-payment}, {action: send-payment-link}]"));
    let said = bundle.test(&["--coverage"]);
    assert_eq!(code(&said), 0, "what is not reached is no failure");
    let text = stdout(&said);
    for line in [
        "payment-trouble       1          0       0  always fired",
        "payment-failed        1          -       0",
        "events never sent: account.changed of crm, customer.changed of crm",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
    let rules = bundle.read("rules.yaml");
    let number = rules.lines().position(|line| line.starts_with("when: ")).unwrap() + 1;
    let clause = format!(
        "\n{number} | when: event.data.attempts >= 2 && who.tier in ['gold', 'platinum']\n  |                                   {} never false\n",
        "^".repeat(32)
    );
    assert!(text.contains(&format!("--> rules.yaml:{number}:35\n")) && text.contains(&clause), "{text}");
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("coverage: ") && last.ends_with(" branches"), "{last}");

    // The same, of the same run, for programs; with the other side of the condition nothing is missing there.
    let other = test("a link", "[{action: send-payment-link}]").replace("tier: gold", "tier: basic");
    bundle.write("more.yaml", &other);
    let coverage = json(&bundle.test(&["--coverage", "--output", "json"]))["coverage"].take();
    let rule =
        coverage["rules"].as_array().unwrap().iter().find(|one| one["rule"] == "payment-trouble").unwrap();
    assert_eq!((&rule["fired"], &rule["not_fired"], &rule["errors"]), (&json!(1), &json!(1), &json!(0)));
    assert!(
        rule["clauses"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["file"] == "rules.yaml" && one["line"] == number)
    );
    let lines = bundle.test(&["--coverage", "--output", "jsonl"]);
    let line: Value = serde_json::from_str(stdout(&lines).lines().last().unwrap()).unwrap();
    assert_eq!(line["coverage"], coverage);
}

#[test]
fn coverage_is_about_signals_and_policies_too() {
    let bundle = Bundle::with(&test("a call", "[{action: call-about-payment}, {action: send-payment-link}]"));
    bundle.write(
        "more.yaml",
        "signal: costly-payment
on: payment.failed
when: >
  event.data.amount > 100.0
  || event.data.attempts > 5
---
policy: one-link
cap: {at_most: 1, per: 24h, action: send-payment-link}
",
    );
    let coverage = json(&bundle.test(&["--coverage", "--output", "json"]))["coverage"].take();
    let signal = &coverage["signals"][0];
    assert_eq!(
        (&signal["signal"], &signal["fired"], &signal["not_fired"]),
        (&json!("costly-payment"), &json!(0), &json!(1))
    );
    let places: Vec<_> =
        signal["clauses"].as_array().unwrap().iter().map(|one| (&one["line"], &one["column"])).collect();
    assert_eq!(places, [(&json!(4), &json!(3)), (&json!(5), &json!(6))]);
    assert_eq!(
        coverage["rejections"],
        json!([{"action": "send-payment-link", "by": "one-link", "times": 0}])
    );
    let text = bundle.test(&["--coverage"]);
    assert!(stdout(&text).contains("send-payment-link by one-link: 0  never"), "{}", stdout(&text));
    assert!(
        stdout(&text)
            .contains("5 |   || event.data.attempts > 5\n  |      ^^^^^^^^^^^^^^^^^^^^^^^ never true\n"),
        "{}",
        stdout(&text)
    );

    let again =
        test("a second link is too many", "[{action: call-about-payment}, {action: send-payment-link}]")
            + "  - after: 1h\n"
            + step("[{action: call-about-payment}, {action: send-payment-link}]")
                .lines()
                .skip(1)
                .collect::<Vec<_>>()
                .join("\n")
                .as_str();
    bundle.write("tests.yaml", &again);
    let failed = bundle.test(&["--coverage"]);
    assert!(
        stdout(&failed).contains("note: action `send-payment-link` was turned down by `one-link`"),
        "{}",
        stdout(&failed)
    );
    assert!(stdout(&failed).contains("send-payment-link by one-link: 1\n"), "{}", stdout(&failed));
}

#[test]
fn update_writes_what_came_where_it_stands_and_nothing_else_and_then_has_nothing_to_do() {
    let tests = format!(
        "# Ours.\n{}---\n{}",
        test("wrong", "[{action: call-about-payment, tone: 'warm'}]   # the best"),
        test("right", "[ {action: call-about-payment},\n              {action: send-payment-link} ]")
    );
    let bundle = Bundle::with(&tests);
    let twin = Bundle::with(&tests);
    let told = json(&twin.test(&["--update", "--output", "json"]))["updated"].take();
    assert_eq!((&told[0]["line"], told[0]["added"].as_array().unwrap().len()), (&json!(7), 1));
    let updated = bundle.test(&["--update"]);
    assert_eq!(code(&updated), 0, "{}{}", stdout(&updated), stderr(&updated));
    let new = tests.replace("'warm'}]", "\"apologetic\"}, {action: send-payment-link, subject: c1}]");
    assert_eq!(bundle.read("tests.yaml"), new);
    let shown = "\
rewrote tests.yaml:7: step 1 of wrong
-    expect: [{action: call-about-payment, tone: 'warm'}]   # the best
+    expect: [{action: call-about-payment, tone: \"apologetic\"}, {action: send-payment-link, subject: c1}]   # the best

passed  wrong
passed  right
";
    assert_eq!(stdout(&updated), shown);
    assert_eq!(stderr(&updated), "1 list rewritten\n2 passed, 0 failed\n");
    let again = bundle.test(&["--update", "--output", "json"]);
    assert_eq!((code(&again), bundle.read("tests.yaml")), (0, new));
    assert_eq!(json(&again)["updated"], json!([]));
    assert!(
        fs::read_dir(bundle.path()).unwrap().all(|entry| entry
            .unwrap()
            .path()
            .extension()
            .is_none_or(|end| end != "new"))
    );
}

#[test]
fn update_leaves_a_test_alone_whose_event_failed() {
    let tests = test("wrong", "[{action: call-about-payment}]").replace("amount: 20.0", "amount: twenty");
    let bundle = Bundle::with(&tests);
    let output = bundle.test(&["--update"]);
    assert_eq!((code(&output), bundle.read("tests.yaml")), (1, tests));
    assert!(stderr(&output).starts_with("0 lists rewritten\n"), "{}", stderr(&output));
}

fn line(topic: &str, at: &str, value: &Value) -> String {
    json!({"topic": topic, "at": at, "value": value}).to_string() + "\n"
}

fn payment(id: &str, amount: &Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "b", "type": "payment.failed", "time": "2026-03-02T09:59:58Z",
        "data": {"customer_id": "c1", "account_id": "A: 1", "amount": amount, "attempts": 2}})
}

#[test]
fn recorded_events_become_a_test_that_passes() {
    let bundle = Bundle::new();
    let customer = json!({"specversion": "1.0", "id": "k-1", "source": "crm", "type": "customer.changed", "subject": "c1",
        "data": {"first_name": "Ada", "tier": "gold", "sentiment": -0.4}});
    let lines = line("crm.events", "2026-03-02T10:00:00Z", &customer)
        + &line("billing.events", "2026-03-02T10:00:05Z", &payment("p-1", &json!(20.5)))
        + &line("billing.events", "2026-03-02T10:00:04Z", &payment("p-1", &json!(20.5)));
    let recorded = bundle.record(&lines, "recorded.yaml");
    assert_eq!(code(&recorded), 0, "{}", stderr(&recorded));
    let text = bundle.read("recorded.yaml");
    let steps = r#"test: "recorded: 3 events from 2026-03-02T10:00:00Z"
steps:
  - at: 2026-03-02T10:00:00Z
    event: {source: crm, type: customer.changed, subject: c1, id: k-1, data: {first_name: Ada, tier: gold, sentiment: -0.4}}
    expect: []
  - at: 2026-03-02T10:00:05Z
    event: {source: billing, type: payment.failed, subject: c1, id: p-1, time: "2026-03-02T09:59:58Z", data: {customer_id: c1, account_id: "A: 1", amount: 20.5, attempts: 2}}
    expect: [{action: call-about-payment, subject: c1}, {action: send-payment-link, subject: c1}]
  - at: 2026-03-02T10:00:05Z
"#;
    assert!(text.contains(steps), "{text}");
    assert!(text.ends_with("    expect: []\n"), "the same event again is a duplicate: {text}");
    assert_eq!(code(&bundle.test(&["--filter", "recorded: 3 events"])), 0);

    let again = bundle.record(&lines, "recorded.yaml");
    assert_eq!((code(&again), bundle.read("recorded.yaml")), (2, text));
    let shown = bundle.record(&lines, "-");
    assert!(
        stdout(&shown).contains("test: \"recorded: 3 events from 2026-03-02T10:00:00Z, 2\""),
        "{}",
        stdout(&shown)
    );
}

#[test]
fn plain_messages_and_what_concerns_everyone_can_be_recorded_from_topics_and_from_the_log() {
    let bundle = Bundle { directory: tempfile::tempdir().unwrap() };
    fs::create_dir(bundle.path()).unwrap();
    bundle.write(
        "all.yaml",
        "source: web
topic: web.clicks
format: json
envelope: {type: name, id: id, time: sent.at, subject: user.id}
events: {cart.left: {schema: cart.json}}
---
source: shop
topic: shop.products
subject: everyone
events: {product.changed: {schema: product.json, into: products}}
---
table: products
key: data.sku
of: everyone
---
rule: cart
on: cart.left
when: products[event.data.sku].stock > 0
propose: [call]
---
action: call
to: desk
what: \"Call about {{ event.data.sku }}\"
---
destination: desk
topic: desk.tasks
share: [event.data.sku]
",
    );
    bundle.write("cart.json", r#"{"properties": {"sku": {"type": "string"}}}"#);
    bundle.write(
        "product.json",
        r#"{"properties": {"sku": {"type": "string"}, "stock": {"type": "integer"}}}"#,
    );
    let product = json!({"specversion": "1.0", "id": "p-1", "type": "product.changed", "data": {"sku": "lamp", "stock": 3}});
    let click = json!({"name": "cart.left", "id": "m-1", "sent": {"at": "2026-03-02T09:59:00Z"}, "user": {"id": "c1"}, "sku": "lamp"});
    let logged = json!({"v": 1, "kind": "event", "at": 1_772_449_200_000_i64,
        "origin": {"topic": "web.clicks", "incarnation": 0, "partition": 0, "offset": 7, "n": 0},
        "source": "web", "id": "m-2", "type": "cart.left", "time": 1_772_449_200_000_i64, "subject": "c2", "journey": "m-2",
        "data": {"name": "cart.left", "id": "m-2", "user": {"id": "c2"}, "sku": "lamp"}});
    let lines = line("shop.products", "2026-03-02T09:00:00Z", &product)
        + &line("web.clicks", "2026-03-02T10:00:00Z", &click)
        + &line("segue.log", "2026-03-02T11:00:00Z", &logged);
    let recorded = bundle.record(&lines, "recorded.yaml");
    assert_eq!(code(&recorded), 0, "{}", stderr(&recorded));
    let text = bundle.read("recorded.yaml");
    assert_eq!(text.matches("expect: [{action: call, subject: c").count(), 2, "{text}");
    let tested = bundle.test(&[]);
    assert_eq!((code(&tested), stderr(&tested)), (0, "1 passed, 0 failed\n"));
}

#[test]
fn a_failed_event_becomes_a_test_once_the_bundle_takes_it() {
    let bundle = Bundle::new();
    let events = bundle.directory.path().join("events.jsonl");
    let lines = line("billing.events", "2026-03-02T10:00:00Z", &payment("p-1", &json!("20")))
        + &line("billing.events", "2026-03-02T10:00:01Z", &payment("p-2", &json!(30)));
    fs::write(&events, &lines).unwrap();
    let replayed = Command::new(binary())
        .arg("replay")
        .arg(bundle.path())
        .args(["--only", "failed,task", "--events"])
        .arg(&events)
        .output()
        .unwrap();
    let failed: String = stdout(&replayed).lines().filter(|line| line.contains("segue.failed")).collect();
    assert!(!failed.is_empty());

    let still = bundle.record(&failed, "recorded.yaml");
    assert_eq!(code(&still), 1);
    assert!(
        stderr(&still).contains("line 1 is left out: it fails: schema: /data/amount"),
        "{}",
        stderr(&still)
    );
    assert!(!bundle.path().join("recorded.yaml").exists());

    let partly = bundle.record(&lines, "partly.yaml");
    assert_eq!(code(&partly), 4, "{}", stderr(&partly));
    assert!(!bundle.read("partly.yaml").contains("p-1"));

    let schema = "schemas/payment-failed.json";
    let mended = bundle.read(schema).replace("\"type\": \"number\"", "\"type\": [\"number\", \"string\"]");
    bundle.write(schema, &mended);
    bundle.write(
        "rules.yaml",
        &bundle.read("rules.yaml").replace("value: event.data.amount", "value: \"1.0\""),
    );
    let recorded = bundle.record(&failed, "recorded.yaml");
    assert_eq!(code(&recorded), 0, "{}", stderr(&recorded));
    assert!(bundle.read("recorded.yaml").contains("amount: \"20\""), "{}", bundle.read("recorded.yaml"));
    assert_eq!(code(&bundle.test(&["--filter", "recorded: 1 event"])), 0);
}

#[test]
fn events_that_cannot_be_read_and_files_that_are_not_there_are_said() {
    let bundle = Bundle::new();
    let none = bundle.record("\n", "recorded.yaml");
    assert_eq!((code(&none), stderr(&none)), (2, "error[no-events]: there are no events to record\n"));
    let broken = bundle.record("{}\n", "recorded.yaml");
    assert_eq!(code(&broken), 1);
    assert!(stderr(&broken).contains("line 1: `topic` is missing"), "{}", stderr(&broken));
    let unread = bundle.record(&line("nobody.reads", "2026-03-02T10:00:00Z", &json!({})), "recorded.yaml");
    assert!(stderr(&unread).contains("no source of the bundle reads nobody.reads"), "{}", stderr(&unread));
    let events = bundle.directory.path().join("events.jsonl");
    fs::write(&events, line("billing.events", "2026-03-02T10:00:00Z", &payment("p-1", &json!(20)))).unwrap();
    let shown = bundle.test(&["--record", events.to_str().unwrap()]);
    assert!(
        code(&shown) == 0 && stdout(&shown).contains("id: p-1"),
        "the events come from there: {}",
        stderr(&shown)
    );
    let both = bundle.test(&["--record", events.to_str().unwrap(), "--events", events.to_str().unwrap()]);
    assert_eq!((code(&both), stdout(&both)), (2, ""));
    assert_eq!(code(&bundle.test(&["--record", "-", "--output", "json"])), 2);
    let missing = bundle.test(&["--record", "x.yaml", "--events", "gone.jsonl"]);
    assert_eq!(code(&missing), 2);
    assert_eq!(
        code(&bundle.test(&["--events", "x"])),
        2,
        "without --record there is nothing to read them for"
    );
    assert!(!Path::new("x.yaml").exists());
}
