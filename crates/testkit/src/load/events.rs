//! What the systems publish when all is well.

use std::fmt::Write;
use std::sync::Arc;

use segue_log::{Append, Header, Place};

use super::random::Random;
use super::{Load, System};

/// The types of event with the systems that publish them, and how often each comes beside the others.
const TYPES: [(System, &str, u64); 12] = [
    (System::Crm, "customer.changed", 100),
    (System::Crm, "case.opened", 120),
    (System::Billing, "payment.failed", 140),
    (System::Billing, "payment.settled", 138),
    (System::Billing, "account.changed", 100),
    (System::Billing, "tariff.changed", 2),
    (System::Shop, "page.viewed", 280),
    (System::Shop, "cart.left", 100),
    (System::Shop, UNDECLARED, 20),
    (System::Visits, "visit.planned", 30),
    (System::Visits, "visit.done", 20),
    (System::Visits, "contract.changed", 10),
];

/// A type that the shop's source does not declare; its records are to be ignored.
const UNDECLARED: &str = "ad.shown";

/// The declared types of a system.
pub(super) fn types(system: System) -> impl Iterator<Item = &'static str> {
    let kinds = TYPES.iter().filter(move |(publisher, ..)| *publisher == system).map(|(_, kind, _)| *kind);
    kinds.filter(|kind| *kind != UNDECLARED)
}

/// Makes an event; says whether it is to be ignored.
pub(super) fn make(load: &Load, index: u64, random: &mut Random) -> (Append, bool) {
    let (system, kind) = draw(load, random);
    let subject = load.subject(random);
    let time = rfc3339(load.time_ms(index));
    let append = match system {
        System::Visits => visits(load, kind, index, &subject, &time, random),
        System::Crm => crm(kind, index, &subject, &time, random),
        System::Billing => billing(kind, index, &subject, &time, random),
        System::Shop => shop(kind, index, &subject, &time, random),
    };
    (append, kind == UNDECLARED)
}

fn draw(load: &Load, random: &mut Random) -> (System, &'static str) {
    let published = || TYPES.iter().filter(|(system, ..)| load.systems.contains(system));
    let all: u64 = published().map(|(.., share)| share).sum();
    assert!(all > 0, "a load needs at least one system");
    let mut drawn = random.below(all);
    for (system, kind, share) in published() {
        if drawn < *share {
            return (*system, kind);
        }
        drawn -= share;
    }
    unreachable!("what was drawn is below the sum of the shares");
}

fn crm(kind: &str, index: u64, subject: &str, time: &str, random: &mut Random) -> Append {
    let data = if kind == "customer.changed" {
        let name = random.one_of(&["Ada", "Grace", "Edsger", "Barbara", "Zoë", "Łukasz"]);
        let tier = random.one_of(&["bronze", "silver", "gold"]);
        let manager = random.below(20);
        format!(r#"{{"first_name":"{name}","tier":"{tier}","account_manager":"agent-{manager}"}}"#)
    } else {
        let (severity, product) = (1 + random.below(5), random.one_of(&["router", "phone", "contract"]));
        format!(r#"{{"case_id":"case-{index}","severity":{severity},"product":"{product}"}}"#)
    };
    let id = format!("crm-{index}");
    let mut headers = vec![
        header("ce_specversion", "1.0"),
        header("ce_id", &id),
        header("ce_type", kind),
        header("ce_source", "/crm"),
        header("ce_time", time),
        header("ce_subject", subject),
        header("content-type", "application/json"),
    ];
    if index.is_multiple_of(10) {
        let trace = format!("00-{:016x}{:016x}-{:016x}-01", random.next(), random.next(), random.next() | 1);
        headers.push(header("ce_traceparent", &trace));
    }
    append(System::Crm, subject, headers, data)
}

fn billing(kind: &str, index: u64, subject: &str, time: &str, random: &mut Random) -> Append {
    let (amount, cents) = (1 + random.below(200), random.below(100));
    let (account, attempt) = (random.below(3), 1 + random.below(3));
    let tariff = random.one_of(&["basic", "standard", "premium"]);
    let data = match kind {
        "account.changed" => {
            format!(r#"{{"account_id":"{subject}-{account}","balance":{amount}.{cents:02}}}"#)
        }
        "tariff.changed" => format!(r#"{{"tariff":"{tariff}","price":{amount}.{cents:02}}}"#),
        "payment.failed" => format!(
            r#"{{"account_id":"{subject}-{account}","amount":{amount}.{cents:02},"currency":"EUR","attempt":{attempt}}}"#
        ),
        _ => {
            format!(r#"{{"account_id":"{subject}-{account}","amount":{amount}.{cents:02},"currency":"EUR"}}"#)
        }
    };
    structured(kind, &format!("billing-{index}"), subject, time, &data)
}

/// A structured CloudEvent of billing around any data.
pub(super) fn structured(kind: &str, id: &str, subject: &str, time: &str, data: &str) -> Append {
    let event = format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/billing","type":"{kind}","subject":"{subject}","time":"{time}","datacontenttype":"application/json","data":{data}}}"#
    );
    append(System::Billing, subject, vec![header("content-type", "application/cloudevents+json")], event)
}

fn visits(load: &Load, kind: &str, index: u64, subject: &str, time: &str, random: &mut Random) -> Append {
    let data = match kind {
        "contract.changed" => {
            // Some hours to some days ahead.
            let ahead_ms = (1 + random.below(240)) as i64 * 3_600_000;
            format!(r#"{{"ends_at":"{}"}}"#, rfc3339(load.time_ms(index) + ahead_ms))
        }
        _ => format!(r#"{{"visit_id":"{subject}-visit-{}"}}"#, random.below(3)),
    };
    let record = structured(kind, &format!("visits-{index}"), subject, time, &data);
    let text = String::from_utf8(record.value.unwrap_or_default()).expect("it was made from text");
    let value = text.replacen(r#""source":"/billing""#, r#""source":"/visits""#, 1);
    append(System::Visits, subject, record.headers, value)
}

fn shop(kind: &str, index: u64, subject: &str, time: &str, random: &mut Random) -> Append {
    let mut message = format!(
        r#"{{"event_name":"{kind}","message_id":"shop-{index}","sent_at":"{time}","user":{{"id":"{subject}"}}"#
    );
    let (page, total, cents) = (random.below(500), random.below(100), random.below(100));
    let rest = match kind {
        "cart.left" => write!(message, r#","total":{total}.{cents:02},"items":{}}}"#, 1 + page % 9),
        _ => write!(message, r#","page":"/products/{page}"}}"#),
    };
    rest.expect("writing to a text does not fail");
    append(System::Shop, subject, Vec::new(), message)
}

pub(super) fn append(system: System, key: &str, headers: Vec<Header>, value: impl Into<Vec<u8>>) -> Append {
    Append {
        topic: Arc::from(system.topic()),
        place: Place::Key,
        key: Some(key.as_bytes().to_vec()),
        value: Some(value.into()),
        headers,
    }
}

pub(crate) fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: Some(value.as_bytes().to_vec()) }
}

/// Writes an instant as RFC 3339 in UTC. The calendar is Howard Hinnant's `civil_from_days`.
pub(crate) fn rfc3339(at_ms: i64) -> String {
    let (days, ms) = (at_ms.div_euclid(86_400_000), at_ms.rem_euclid(86_400_000));
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1_000)
}
