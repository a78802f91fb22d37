//! The events, profiles and rules that are measured.
//!
//! Events are structured CloudEvents of 600 bytes or so, with a data object of 18 properties under a schema that looks
//! at every one of them. Rules are mixed: one type of event or several, equality, lists, ranges, beginnings of texts,
//! presence, arithmetic, `||`, and some that ask the past.

use std::fmt::Write as _;
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_log::{Append, Header, Record};
use segue_wire::topics::LOG;

use crate::random::Random;

pub const TOPIC: &str = "shop.events";
pub const TYPES: u64 = 20;
/// Noon of the second of March 2026.
pub const BEGAN_MS: i64 = 1_772_452_800_000;

const COUNTRIES: [&str; 12] = ["FR", "DE", "IT", "ES", "PT", "NL", "BE", "AT", "PL", "SE", "FI", "IE"];
const CHANNELS: [&str; 6] = ["web", "app", "phone", "shop", "partner", "mail"];
const TIERS: [&str; 4] = ["bronze", "silver", "gold", "platinum"];
const SEGMENTS: [&str; 8] = ["retail", "student", "family", "senior", "business", "private", "expat", "new"];
const CAMPAIGNS: [&str; 16] = [
    "spring-01",
    "spring-02",
    "spring-03",
    "spring-04",
    "summer-01",
    "summer-02",
    "summer-03",
    "summer-04",
    "autumn-01",
    "autumn-02",
    "autumn-03",
    "autumn-04",
    "winter-01",
    "winter-02",
    "winter-03",
    "winter-04",
];

pub const EVENT_SCHEMA: &str = r#"{"type": "object", "additionalProperties": false,
  "required": ["customer_id", "country", "channel", "amount", "quantity"],
  "properties": {
    "customer_id": {"type": "string", "pattern": "^c[0-9]{1,9}$"},
    "country": {"enum": ["FR", "DE", "IT", "ES", "PT", "NL", "BE", "AT", "PL", "SE", "FI", "IE"]},
    "channel": {"enum": ["web", "app", "phone", "shop", "partner", "mail"]},
    "product": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"},
    "campaign": {"type": "string", "maxLength": 40},
    "segment": {"type": "string"},
    "currency": {"const": "EUR"},
    "amount": {"type": "number", "minimum": 0, "maximum": 100000},
    "score": {"type": "number", "minimum": 0, "maximum": 1},
    "quantity": {"type": "integer", "minimum": 1, "maximum": 1000},
    "days_late": {"type": "integer", "minimum": 0},
    "step": {"type": "integer", "minimum": 0, "maximum": 20},
    "is_first": {"type": "boolean"},
    "ordered_at": {"type": "string", "format": "date-time"},
    "ip": {"type": "string", "format": "ipv4"},
    "page": {"type": "string", "minLength": 1, "maxLength": 200},
    "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 8},
    "note": {"type": "string", "maxLength": 400}
  }}"#;

const WHO_SCHEMA: &str = r#"{"type": "object", "properties": {
    "first_name": {"type": "string"}, "last_name": {"type": "string"}, "tier": {"type": "string"},
    "segment": {"type": "string"}, "country": {"type": "string"}, "debt": {"type": "number"},
    "rent_amount": {"type": "number"}, "sentiment": {"type": "number"}, "on_holiday": {"type": "boolean"},
    "phone": {"type": "string"}, "account_manager": {"type": "string"}, "accepts_calls": {"type": "number"},
    "next_flight": {"type": "string"}, "age": {"type": "integer"}, "main_account": {"type": "string"}}}"#;

const AROUND: &str = r#"
source: crm
topic: crm.events
events: {customer.changed: {schema: who.json, into: who}}
---
destination: service
topic: service.tasks
lanes: {urgent: {at_least: 80, topic: service.urgent}}
share: [who.first_name, who.account_manager, event.data.amount, event.data.product]
"#;

/// The name of an event type.
pub fn kind(number: u64) -> String {
    format!("order.step-{number:02}")
}

/// A compiled bundle with so many mixed rules. With `everywhere`, each event makes a task and is remembered.
pub fn bundle(rules: u64, everywhere: bool) -> Arc<Bundle> {
    let mut random = Random(7);
    let mut text = AROUND.to_owned();
    let _ = write!(text, "---\nsource: shop\ntopic: {TOPIC}\nsubject: data.customer_id\nevents:\n");
    for number in 0..TYPES {
        let _ = writeln!(text, "  {}: {{schema: event.json}}", kind(number));
    }
    for number in 0..40 {
        let _ = write!(
            text,
            "---\naction: act-{number:02}\nto: service\n\
             what: \"Call {{{{ who.first_name }}}} about the order of {{{{ event.data.amount }}}}\"\n\
             how: [\"Open {{{{ event.data.product }}}}\", \"Offer the payment link\"]\n\
             tone: \"{{{{ who.sentiment < 0.0 ? 'apologetic' : 'warm' }}}}\"\n\
             priority: {{propensity: who.accepts_calls, context: \"who.country == event.data.country ? 1.0 : 0.8\", \
             value: event.data.amount, lever: 1.2}}\n",
        );
    }
    for number in 0..rules {
        let on = match random.below(100) {
            0..85 => kind(random.below(TYPES)),
            85..95 => {
                format!("[{}, {}]", kind(2 * random.below(TYPES / 2)), kind(2 * random.below(TYPES / 2) + 1))
            }
            _ => format!("[{}]", (0..TYPES).map(kind).collect::<Vec<_>>().join(", ")),
        };
        let when = condition(&mut random);
        let action = if everywhere { number % 39 } else { number % 40 };
        let _ = write!(
            text,
            "---\nrule: rule-{number:05}\non: {on}\nwhen: \"{when}\"\npropose: [act-{action:02}]\n"
        );
    }
    if everywhere {
        for number in 0..TYPES {
            let kind = kind(number);
            let _ = write!(
                text,
                "---\nrule: every-{number:02}\non: {kind}\nwhen: \"count('{kind}', '1h') >= 1 && who.tier != 'none'\"\n\
                 propose: [act-39]\n"
            );
        }
    }
    compile(text)
}

/// A bundle with one rule for each of these conditions, on the first type of event.
pub fn bundle_of(conditions: &[&str]) -> Arc<Bundle> {
    let mut text = AROUND.to_owned();
    let kind = kind(0);
    let _ = write!(text, "---\nsource: shop\ntopic: {TOPIC}\nsubject: data.customer_id\n");
    let _ = write!(
        text,
        "events: {{{kind}: {{schema: event.json}}, account.changed: {{schema: account.json, into: accounts}}}}\n"
    );
    let _ = write!(text, "---\ntable: accounts\nkey: data.account_id\n");
    let _ = write!(text, "---\naction: act\nto: service\nwhat: \"Call\"\n");
    for (number, when) in conditions.iter().enumerate() {
        let _ = write!(text, "---\nrule: rule-{number:05}\non: {kind}\nwhen: \"{when}\"\npropose: [act]\n");
    }
    compile(text)
}

/// A bundle whose one rule, on the first type of event, proposes so many actions, with what the examples have around them:
/// groups of five, channels with addresses, consent, weights and quiet hours, two in three actions eligible or not by a
/// fact, priorities of four factors, a pause after a no, a cap for each group and channel, and one task for each group, three in all.
pub fn bundle_of_candidates(candidates: u64) -> Arc<Bundle> {
    let mut text = AROUND.to_owned();
    let kind = kind(0);
    let _ = write!(text, "---\nsource: shop\ntopic: {TOPIC}\nsubject: data.customer_id\n");
    let _ = writeln!(text, "events: {{{kind}: {{schema: event.json}}}}");
    text.push_str(AROUND_CANDIDATES);
    for number in 0..candidates {
        let group = number / 5;
        let _ = write!(
            text,
            "---\naction: act-{number:03}\ngroup: group-{group:02}\nto: service\n\
             what: \"Call {{{{ who.first_name }}}} about the order of {{{{ event.data.amount }}}}\"\n\
             complexity: complex\nchannels: [app, phone]\n\
             priority: {{propensity: who.accepts_calls, context: \"who.country == event.data.country ? 1.0 : 0.8\", \
             value: event.data.amount, lever: 1.{number:03}}}\n",
        );
        // The first is always eligible, so that a decision among one is a decision.
        if number % 3 != 0 {
            let _ = writeln!(text, "eligible: \"who.tier in ['gold', 'platinum']\"");
        }
        if number % 5 == 0 {
            let _ = write!(
                text,
                "---\npolicy: few-of-{group:02}\ncap: {{at_most: 1000, per: 7d, group: group-{group:02}}}\n"
            );
        }
    }
    if candidates > 0 {
        let actions: Vec<String> = (0..candidates).map(|number| format!("act-{number:03}")).collect();
        let _ = write!(
            text,
            "---\nrule: propose\non: {kind}\nwhen: event.data.amount >= 0.0\npropose: [{}]\n",
            actions.join(", ")
        );
    }
    compile(text)
}

/// The channels and policies around those candidates.
const AROUND_CANDIDATES: &str = r#"---
channel: phone
address: who.phone
consent: "!who.on_holiday || who.tier == 'platinum'"
weight: "{'simple': 0.16, 'complex': 0.38, 'difficult': 0.46}[action.complexity]"
quiet: {from: "21:00", until: "08:00"}
---
channel: app
consent: who.accepts_calls > 0.3
weight: "{'simple': 0.38, 'complex': 0.15, 'difficult': 0.1}[action.complexity]"
---
policy: pause-after-no
suppress: {after: declined, times: 2, within: 30d, of: group, for: 60d}
---
policy: few-calls
cap: {at_most: 1000, per: 7d, channel: phone}
---
policy: one-for-each-group
choose: {top: 1, per: group}
---
policy: three-at-once
choose: {top: 3, per: decision}
"#;

/// How many documents go into one file, so that none is too big.
const DOCUMENTS_PER_FILE: usize = 250;

fn compile(text: String) -> Arc<Bundle> {
    let account = r#"{"type": "object", "properties": {"customer_id": {"type": "string"},
        "account_id": {"type": "string"}, "balance": {"type": "number"}}}"#;
    let schemas = [("event.json", EVENT_SCHEMA), ("who.json", WHO_SCHEMA), ("account.json", account)];
    let mut files: Vec<(String, String)> =
        schemas.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let documents: Vec<&str> = text.split("---\n").collect();
    for (number, documents) in documents.chunks(DOCUMENTS_PER_FILE).enumerate() {
        files.push((format!("{number:03}.yaml"), documents.join("---\n")));
    }
    match segue_bundle::read(files) {
        Ok(loaded) => Arc::new(loaded.bundle),
        Err(findings) => panic!("{:#?}", &findings[..findings.len().min(5)]),
    }
}

/// A condition of two to five parts.
fn condition(random: &mut Random) -> String {
    let mut parts = vec![selective(random)];
    for _ in 0..1 + random.below(3) {
        parts.push(any(random));
    }
    if random.percent(5) {
        parts.push(format!("({} || {})", any(random), any(random)));
    }
    parts.join(" && ")
}

fn selective(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!("event.data.campaign == '{}'", random.of(&CAMPAIGNS)),
        1 => format!("event.data.product.startsWith('{}')", product(random).split_at(3).0),
        2 => format!(
            "event.data.country == '{}' && who.country == '{}'",
            random.of(&COUNTRIES),
            random.of(&COUNTRIES)
        ),
        _ => {
            let low = random.below(95) * 10;
            format!("event.data.amount >= {low}.0 && event.data.amount < {}.0", low + 40)
        }
    }
}

fn any(random: &mut Random) -> String {
    match random.below(16) {
        0 | 1 => format!("event.data.country == '{}'", random.of(&COUNTRIES)),
        2 => format!("event.data.channel in ['{}', '{}']", random.of(&CHANNELS), random.of(&CHANNELS)),
        3 => format!("event.data.channel == '{}'", random.of(&CHANNELS)),
        4 | 5 => format!("who.tier in ['{}', '{}']", random.of(&TIERS), random.of(&TIERS)),
        6 => format!("who.tier == '{}'", random.of(&TIERS)),
        7 => format!("who.segment == '{}'", random.of(&SEGMENTS)),
        8 => format!("who.debt < {}.0", 100 + 100 * random.below(20)),
        9 => format!("event.data.quantity >= {}", 1 + random.below(90)),
        10 => format!("event.data.days_late > {}", random.below(30)),
        11 => format!("event.data.score < 0.{}", 1 + random.below(9)),
        12 => format!("event.data.step != {}", random.below(20)),
        13 => "has(who.phone)".to_owned(),
        14 => format!("event.data.amount * {}.0 > who.rent_amount", 1 + random.below(9)),
        _ => "!who.on_holiday".to_owned(),
    }
}

fn product(random: &mut Random) -> String {
    let letter = |random: &mut Random| char::from(b'A' + random.below(6) as u8);
    format!("{}{}{}-{:04}", letter(random), letter(random), letter(random), random.below(10_000))
}

/// The text of an event of a customer.
pub fn event(random: &mut Random, number: u64, customers: u64) -> String {
    let kind = kind(random.below(TYPES));
    event_of(random, number, customers, &kind)
}

/// The text of an event of this type.
pub fn event_of(random: &mut Random, number: u64, customers: u64, kind: &str) -> String {
    let customer = random.below(customers);
    let cents = random.below(100_000);
    let (second, minute) = (number % 60, number / 60 % 60);
    format!(
        concat!(
            r#"{{"specversion":"1.0","id":"e-{number:012}","source":"https://shop.example.com","type":"{kind}","#,
            r#""subject":"c{customer}","time":"2026-03-02T11:{minute:02}:{second:02}.{millis:03}Z","#,
            r#""datacontenttype":"application/json","data":{{"customer_id":"c{customer}","country":"{country}","#,
            r#""channel":"{channel}","product":"{product}","campaign":"{campaign}","segment":"{segment}","#,
            r#""currency":"EUR","amount":{euro}.{cents:02},"score":0.{score:03},"quantity":{quantity},"#,
            r#""days_late":{late},"step":{step},"is_first":{first},"ordered_at":"2026-03-02T10:{minute:02}:{second:02}Z","#,
            r#""ip":"10.{a}.{b}.{c}","page":"/catalogue/{segment}/{product}","tags":["{channel}","{country}"]}}}}"#,
        ),
        number = number,
        kind = kind,
        customer = customer,
        minute = minute,
        second = second,
        millis = random.below(1_000),
        country = random.of(&COUNTRIES),
        channel = random.of(&CHANNELS),
        product = product(random),
        campaign = random.of(&CAMPAIGNS),
        segment = random.of(&SEGMENTS),
        euro = cents / 100,
        cents = cents % 100,
        score = random.below(1_000),
        quantity = 1 + random.below(100),
        late = random.below(40),
        step = random.below(20),
        first = random.percent(20),
        a = random.below(256),
        b = random.below(256),
        c = random.below(256),
    )
}

/// What is known of a customer, as JSON: 300 bytes or so.
pub fn who(random: &mut Random, customer: u64) -> String {
    format!(
        concat!(
            r#"{{"first_name":"Ada{customer}","last_name":"Byron","tier":"{tier}","segment":"{segment}","#,
            r#""country":"{country}","debt":{debt}.5,"rent_amount":{rent}.25,"sentiment":{sign}0.{sentiment},"#,
            r#""on_holiday":{holiday},"phone":"+33 6 {phone:08}","account_manager":"m{manager}","#,
            r#""accepts_calls":0.{calls},"next_flight":"SG{flight}","age":{age},"main_account":"A{customer}"}}"#
        ),
        customer = customer,
        tier = random.of(&TIERS),
        segment = random.of(&SEGMENTS),
        country = random.of(&COUNTRIES),
        debt = random.below(2_000),
        rent = 300 + random.below(1_500),
        sign = if random.percent(40) { "-" } else { "" },
        sentiment = 1 + random.below(9),
        holiday = random.percent(10),
        phone = random.below(100_000_000),
        manager = random.below(500),
        calls = 1 + random.below(9),
        flight = random.below(2_000),
        age = 18 + random.below(70),
    )
}

/// The record of a source's topic that holds an event.
pub fn source_record(text: &str, offset: u64) -> Record {
    Record {
        topic: TOPIC.into(),
        partition: 0,
        incarnation: 1,
        offset,
        appended_at_ms: BEGAN_MS,
        key: None,
        value: Some(text.as_bytes().to_vec()),
        headers: vec![Header {
            name: "content-type".to_owned(),
            value: Some(b"application/cloudevents+json; charset=utf-8".to_vec()),
        }],
    }
}

/// What intake appended to the log, as it is read back.
pub fn log_record(append: Append, offset: u64, topic: &Arc<str>) -> Record {
    debug_assert_eq!(&*append.topic, LOG);
    Record {
        topic: topic.clone(),
        partition: 0,
        incarnation: 0,
        offset,
        appended_at_ms: BEGAN_MS,
        key: append.key,
        value: append.value,
        headers: append.headers,
    }
}
