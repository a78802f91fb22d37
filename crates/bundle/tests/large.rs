//! Large bundles: how the work of reading one grows with the number of its documents.

// Helper functions of tests may fail loudly.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "this is about how long reading takes, and decides nothing")]

use std::time::{Duration, Instant};

use segue_bundle::{Bundle, read};

const BASE: &str = "
source: shop
topic: shop.events
subject: data.user
events:
  seen: {schema: seen.json}
  bought: {schema: seen.json}
  returned: {schema: seen.json}
  customer: {schema: who.json, into: who}
  priced: {schema: row.json, into: prices, subject: everyone}
---
table: prices
key: data.sku
of: everyone
---
destination: desk
topic: desk.tasks
share: [event.data.user, event.data.sku, who.first_name]
";
const SEEN: &str = r#"{"type": "object", "properties": {"user": {"type": "string"}, "sku": {"type": "string"},
  "country": {"type": "string"}, "amount": {"type": "number"}, "items": {"type": "integer"}}}"#;
const WHO: &str =
    r#"{"type": "object", "properties": {"first_name": {"type": "string"}, "tier": {"type": "string"}}}"#;
const ROW: &str =
    r#"{"type": "object", "properties": {"sku": {"type": "string"}, "price": {"type": "number"}}}"#;

/// A bundle of so many rules in files of a hundred, with an action for every ten of them.
fn files(rules: usize) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> =
        [("base.yaml", BASE), ("seen.json", SEEN), ("who.json", WHO), ("row.json", ROW)]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into();
    for first in (0..rules).step_by(100) {
        let mut text = String::new();
        for at in first..rules.min(first + 100) {
            let kind = ["seen", "bought", "returned"][at % 3];
            let conditions = [
                format!("event.data.sku == 'sku-{at}'"),
                format!(
                    "event.data.country == 'c{}' && event.data.amount > {}.5 && who.tier in ['gold', 't{at}']",
                    at % 200,
                    at % 977
                ),
                format!(
                    "event.data.items >= {} && count('seen', '7d') > {} && event.data.amount < {}.0",
                    at % 50,
                    at % 5,
                    at % 1013
                ),
                format!(
                    "prices[event.data.sku].price > {}.0 && local.hour >= 9 && event.data.user.startsWith('u{at}')",
                    at % 500
                ),
            ];
            let action = at / 10;
            text += &format!(
                "rule: rule-{at}\non: {kind}\nwhen: >-\n  {}\npropose: [action-{action}]\n---\n",
                conditions[at % 4]
            );
            if at % 10 == 0 {
                text += &format!(
                    "action: action-{action}\nto: desk\nwhat: \"Call {{{{ who.first_name }}}} about {action}\"\npriority: {{value: \"1.0\"}}\n---\n"
                );
            }
        }
        files.push((format!("rules/{first}.yaml"), text));
    }
    files
}

fn loaded(rules: usize) -> (Bundle, Duration) {
    let files = files(rules);
    let start = Instant::now();
    let loaded = read(files).unwrap_or_else(|findings| panic!("{}", findings[0]));
    (loaded.bundle, start.elapsed())
}

#[test]
fn ten_thousand_rules_are_read_in_seconds() {
    let (bundle, time) = loaded(10_000);
    assert_eq!((bundle.rules.len(), bundle.actions.len()), (10_000, 1_000));
    let watching: usize = bundle.rules_by_type.values().map(|watchers| watchers.all().count()).sum();
    assert_eq!(watching, 10_000);
    // Two seconds on one core of a machine of its day; work that grows with the square of the rules takes minutes.
    assert!(time < Duration::from_secs(30), "{time:?}");
}
