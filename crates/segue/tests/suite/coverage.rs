//! What the tests have reached.

use serde_json::{Value, json};

use super::{Bundle, code, json, stdout, step, test};

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
