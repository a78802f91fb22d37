//! What cannot be used: one kind of record for each reason there is.

use segue_log::Append;

use super::events::{append, header, rfc3339, structured};
use super::random::Random;
use super::{Load, System};

/// A way in which a record cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Garbage {
    /// Text that ends in the middle.
    NotJson,
    /// A text with a byte that UTF-8 does not have.
    NotUtf8,
    /// A value of no bytes.
    Empty,
    /// Kafka's null for a value.
    NullValue,
    /// A value of [`Load::large_bytes`].
    TooLarge,
    /// Two hundred arrays inside one another.
    TooDeep,
    /// Twelve thousand numbers.
    TooMany,
    /// An object that names a member twice.
    DuplicateKey,
    /// An object that is no CloudEvent.
    NotCloudevent,
    /// An event without an id.
    NoId,
    /// An event without a type.
    NoType,
    /// An event with a time that is none.
    BadTime,
    /// Data that the schema does not admit.
    Schema,
    /// A type that is not declared.
    Undeclared,
    /// An event about no one.
    NoSubject,
}

impl Garbage {
    /// All there are.
    pub const ALL: [Garbage; 15] = [
        Garbage::NotJson,
        Garbage::NotUtf8,
        Garbage::Empty,
        Garbage::NullValue,
        Garbage::TooLarge,
        Garbage::TooDeep,
        Garbage::TooMany,
        Garbage::DuplicateKey,
        Garbage::NotCloudevent,
        Garbage::NoId,
        Garbage::NoType,
        Garbage::BadTime,
        Garbage::Schema,
        Garbage::Undeclared,
        Garbage::NoSubject,
    ];

    /// The code that its failed event carries.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Garbage::NotJson | Garbage::Empty => "not-json",
            Garbage::NotUtf8 => "not-utf8",
            Garbage::NullValue => "no-data",
            Garbage::TooLarge => "too-large",
            Garbage::TooDeep => "too-deep",
            Garbage::TooMany => "too-many",
            Garbage::DuplicateKey => "duplicate-key",
            Garbage::NotCloudevent => "not-cloudevent",
            Garbage::NoId => "no-id",
            Garbage::NoType => "no-type",
            Garbage::BadTime => "bad-time",
            Garbage::Schema => "schema",
            Garbage::Undeclared => "undeclared-type",
            Garbage::NoSubject => "no-subject",
        }
    }
}

/// Makes a record that cannot be used. What breaks the bytes comes from any of the systems, the rest from billing; a
/// load without billing has only the former.
pub(super) fn make(load: &Load, index: u64, random: &mut Random) -> (Append, Garbage) {
    let system = random.one_of(&load.systems);
    let kinds = if load.systems.contains(&System::Billing) { &Garbage::ALL[..] } else { &Garbage::ALL[..2] };
    let garbage = random.one_of(kinds);
    let subject = load.subject(random);
    let record = match garbage {
        Garbage::NotJson => broken(system, index, &subject, b"{\"oops\": "),
        Garbage::NotUtf8 => broken(system, index, &subject, b"{\"oops\": \"\xc3\x28\"}"),
        _ => of_billing(load, garbage, index, &subject),
    };
    (record, garbage)
}

/// Bytes that are no JSON, framed as that system frames its events.
fn broken(system: System, index: u64, subject: &str, value: &[u8]) -> Append {
    let headers = match system {
        System::Crm => vec![
            header("ce_specversion", "1.0"),
            header("ce_id", &format!("crm-{index}")),
            header("ce_type", "case.opened"),
            header("ce_source", "/crm"),
            header("ce_subject", subject),
            header("content-type", "application/json"),
        ],
        System::Billing | System::Visits => vec![header("content-type", "application/cloudevents+json")],
        System::Shop => Vec::new(),
    };
    append(system, subject, headers, value)
}

fn of_billing(load: &Load, garbage: Garbage, index: u64, subject: &str) -> Append {
    let id = format!("billing-{index}");
    let time = rfc3339(load.time_ms(index));
    let settled = |data: &str| structured("payment.settled", &id, subject, &time, data);
    let payment =
        |amount: &str| format!(r#"{{"account_id":"{subject}-0","amount":{amount},"currency":"EUR"}}"#);
    let whole = settled(&payment("12.5"));
    let without = |part: String| {
        let text = String::from_utf8(whole.value.clone().unwrap_or_default()).expect("it was made from text");
        Append { value: Some(text.replacen(&part, "", 1).into_bytes()), ..whole.clone() }
    };
    match garbage {
        Garbage::TooLarge => settled(&payment(&format!("\"{}\"", "x".repeat(load.large_bytes)))),
        Garbage::TooDeep => settled(&format!("{}{}", "[".repeat(200), "]".repeat(200))),
        Garbage::TooMany => settled(&format!("[{}0]", "0,".repeat(12_000))),
        Garbage::DuplicateKey => settled(r#"{"amount":1.5,"amount":2.5}"#),
        Garbage::Schema => settled(&payment("\"much\"")),
        Garbage::Undeclared => structured("payment.teleported", &id, subject, &time, &payment("12.5")),
        Garbage::BadTime => structured("payment.settled", &id, subject, "yesterday", &payment("12.5")),
        Garbage::NoId => without(format!(r#""id":"{id}","#)),
        Garbage::NoType => without(r#""type":"payment.settled","#.to_owned()),
        Garbage::NoSubject => without(format!(r#""subject":"{subject}","#)),
        Garbage::NotCloudevent => append(System::Billing, subject, Vec::new(), payment("12.5")),
        Garbage::NullValue => Append { value: None, headers: Vec::new(), ..whole },
        Garbage::Empty | Garbage::NotJson | Garbage::NotUtf8 => Append { value: Some(Vec::new()), ..whole },
    }
}
