//! One condition, its facts at hand, beside the `cel` crate's interpreter with its context made before, and compiled
//! zen-expression with its variables made before.

use std::sync::Arc;

use cel::{Context, Program};
use segue_document::Document;
use segue_model::profile::Row;
use serde_json::json;

use crate::facts::Met;
use crate::harness::{Case, Figures, run};
use crate::table::{Aim, head, line};
use crate::world;

/// A condition as the examples of rules have it, and as zen writes it.
struct Condition {
    cel: &'static str,
    zen: &'static str,
}

const CONDITIONS: [Condition; 12] = [
    Condition { cel: "event.data.days_late > 3", zen: "event.data.days_late > 3" },
    Condition { cel: "who.segment == 'retail'", zen: "who.segment == 'retail'" },
    Condition { cel: "who.tier in ['gold', 'platinum']", zen: "who.tier in ['gold', 'platinum']" },
    Condition { cel: "has(who.phone)", zen: "who.phone != null" },
    Condition { cel: "!who.on_holiday", zen: "not who.on_holiday" },
    Condition { cel: "who.debt < 1000.0", zen: "who.debt < 1000.0" },
    Condition {
        cel: "accounts[who.main_account].balance < who.rent_amount",
        zen: "accounts[who.main_account].balance < who.rent_amount",
    },
    Condition {
        cel: "event.data.amount > 100.0 && who.debt < 1000.0",
        zen: "event.data.amount > 100.0 and who.debt < 1000.0",
    },
    Condition {
        cel: "event.data.amount > 100.0 && who.tier in ['gold', 'platinum'] && event.data.country == 'FR' && who.debt < 1000.0",
        zen: "event.data.amount > 100.0 and who.tier in ['gold', 'platinum'] and event.data.country == 'FR' and who.debt < 1000.0",
    },
    Condition {
        cel: "event.data.product.startsWith('ABC') && event.data.channel in ['web', 'app'] && event.data.quantity >= 2",
        zen: "startsWith(event.data.product, 'ABC') and event.data.channel in ['web', 'app'] and event.data.quantity >= 2",
    },
    Condition {
        cel: "who.country == event.data.country || event.data.amount * 2.0 > who.rent_amount",
        zen: "who.country == event.data.country or event.data.amount * 2.0 > who.rent_amount",
    },
    Condition {
        cel: "event.data.tags.exists(t, t == 'vip') || who.segment == 'retail'",
        zen: "some(event.data.tags, # == 'vip') or who.segment == 'retail'",
    },
];

/// Facts under which all conditions are true, or all false.
struct Side {
    data: serde_json::Value,
    who: serde_json::Value,
    balance: f64,
    truth: bool,
}

fn sides() -> [Side; 2] {
    let data = |amount: f64,
                country: &str,
                late: i64,
                product: &str,
                channel: &str,
                quantity: i64,
                tags: [&str; 3]| {
        json!({"customer_id": "c1", "country": country, "channel": channel, "product": product,
            "campaign": "spring-01", "segment": "retail", "currency": "EUR", "amount": amount, "score": 0.5,
            "quantity": quantity, "days_late": late, "step": 3, "is_first": false,
            "ordered_at": "2026-03-02T10:00:00Z", "ip": "10.0.0.1", "page": "/catalogue", "tags": tags})
    };
    let true_who = json!({"first_name": "Ada", "last_name": "Byron", "tier": "gold", "segment": "retail",
        "country": "FR", "debt": 20.5, "rent_amount": 900.25, "sentiment": -0.2, "on_holiday": false,
        "phone": "+33 6 1", "account_manager": "m1", "accepts_calls": 0.8, "next_flight": "SG1", "age": 40,
        "main_account": "A1"});
    let false_who = json!({"first_name": "Ada", "last_name": "Byron", "tier": "silver", "segment": "student",
        "country": "DE", "debt": 1020.5, "rent_amount": 900.25, "sentiment": -0.2, "on_holiday": true,
        "account_manager": "m1", "accepts_calls": 0.8, "next_flight": "SG1", "age": 40, "main_account": "A1"});
    [
        Side {
            data: data(149.95, "FR", 5, "ABC-0001", "web", 2, ["x", "vip", "y"]),
            who: true_who,
            balance: 212.35,
            truth: true,
        },
        Side {
            data: data(49.95, "FR", 1, "XYZ-0001", "phone", 1, ["x", "y", "z"]),
            who: false_who,
            balance: 1212.35,
            truth: false,
        },
    ]
}

pub fn bench(rounds: usize) {
    let sources: Vec<&str> = CONDITIONS.iter().map(|condition| condition.cel).collect();
    let bundle = world::bundle_of(&sources);
    let sides = sides();
    let met: Vec<Met> = sides.iter().map(met).collect();
    let scopes: Vec<_> = met.iter().map(|met| met.scope(&bundle)).collect();
    let contexts: Vec<Context<'_, '_>> = sides.iter().map(context).collect();
    let programs: Vec<Program> =
        sources.iter().map(|source| Program::compile(source).expect("the condition is CEL")).collect();
    let mut cases = Vec::new();
    for (at, source) in sources.iter().enumerate() {
        let when = bundle.rules[&format!("rule-{at:05}")].when.as_ref().expect("each rule has a condition");
        for (side, scope) in sides.iter().zip(&scopes) {
            let found = when.truth(scope).expect("the condition has a value");
            assert_eq!(found, side.truth, "{source}");
            cases.push(Case::new(name("ours", at, side), 64, move || {
                (0..64).map(|_| u64::from(when.truth(std::hint::black_box(scope)).unwrap_or_default())).sum()
            }));
        }
        for (side, context) in sides.iter().zip(&contexts) {
            let program = &programs[at];
            let found = program.execute(context).expect("the condition has a value");
            assert_eq!(found, cel::Value::Bool(side.truth), "{source}");
            cases.push(Case::new(name("cel", at, side), 1, move || {
                u64::from(program.execute(std::hint::black_box(context)) == Ok(cel::Value::Bool(true)))
            }));
        }
        #[cfg(feature = "zen")]
        for side in &sides {
            cases.push(crate::zen::condition(
                name("zen", at, side),
                CONDITIONS[at].zen,
                variables(side),
                side.truth,
            ));
        }
    }
    let figures = run(cases, rounds);
    show(&figures, &sides, "cel", "the `cel` crate's interpreter", 30.0);
    #[cfg(feature = "zen")]
    show(&figures, &sides, "zen", "zen-expression, compiled", 10.0);
}

fn show(figures: &Figures, sides: &[Side], who: &str, against: &str, aim: f64) {
    println!("\nConditions against {against}.\n");
    head();
    let mut ratios = Vec::new();
    for (at, condition) in CONDITIONS.iter().enumerate() {
        for side in sides {
            let (ours, theirs) = (figures.of(&name("ours", at, side)), figures.of(&name(who, at, side)));
            ratios.push(theirs / ours);
            line(
                &format!("`{}`, {}", condition.cel.replace("||", "\\|\\|"), side.truth),
                ours,
                against,
                theirs,
                Aim::Faster(aim),
            );
        }
    }
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
    println!(
        "\nOf {} conditions {} meet the aim; geometric mean {mean:.1}x, least {least:.1}x.",
        ratios.len(),
        ratios.iter().filter(|ratio| **ratio >= aim).count()
    );
}

fn name(who: &str, at: usize, side: &Side) -> String {
    format!("{who} {at} {}", side.truth)
}

fn met(side: &Side) -> Met {
    let event = json!({"id": "e1", "type": world::kind(0), "subject": "c1", "data": side.data});
    let mut met = Met::of(&event.to_string(), &side.who.to_string());
    let row = json!({"customer_id": "c1", "account_id": "A1", "balance": side.balance});
    let document = Arc::new(Document::parse_own(&row.to_string()).expect("a row is JSON"));
    let rows = met.profile.tables.entry("accounts".to_owned()).or_default();
    let _ = rows.0.insert("A1".to_owned(), Row { document, instants: std::collections::BTreeMap::new() });
    met
}

/// The same facts for the others.
fn variables(side: &Side) -> serde_json::Value {
    json!({"event": {"id": "e1", "type": world::kind(0), "source": "shop", "subject": "c1", "data": side.data},
        "who": side.who, "accounts": {"A1": {"customer_id": "c1", "account_id": "A1", "balance": side.balance}}})
}

fn context(side: &Side) -> Context<'static, 'static> {
    let mut context = Context::default();
    let serde_json::Value::Object(variables) = variables(side) else { unreachable!("it is an object") };
    for (name, value) in variables {
        context.add_variable_from_value(name, cel::to_value(value).expect("JSON is a value"));
    }
    context
}
