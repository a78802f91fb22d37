//! MaxMind's own test databases, each of their networks as events: bytes in, the place in the record of the log out.
//!
//! What is expected stands in `crates/lookup/tests/data/maxmind/*.jsonl`, which is the source of the databases; its
//! licence is told beside it.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use segue_intake::addresses::Database;
use segue_intake::{Addresses, Intake, Limits, Outcome, Taken};
use segue_log::Record;
use segue_model::Timestamp;
use segue_wire::{LogRecord, log_record};
use serde_json::{Value, json};

const BUNDLE: &str = "
source: app
topic: app.events
subject: data.user
format: json
envelope: {type: kind, id: id}
where: {ip: data.ip, lat: data.lat, lon: data.lon, country: data.country, region: data.region, city: data.city, timezone: data.zone}
events: {opened: {schema: opened.json}}
";

const SCHEMA: &str = r#"{"type": "object", "properties": {"kind": {}, "id": {}, "user": {"type": "string"}, "ip": {}, "lat": {}, "lon": {}, "country": {}, "region": {}, "city": {}, "zone": {}}}"#;

const CITY: (&[u8], &str) = (
    include_bytes!("../../lookup/tests/data/maxmind/GeoIP2-City-Test.mmdb"),
    include_str!("../../lookup/tests/data/maxmind/GeoIP2-City-Test.jsonl"),
);
const COUNTRY: (&[u8], &str) = (
    include_bytes!("../../lookup/tests/data/maxmind/GeoIP2-Country-Test.mmdb"),
    include_str!("../../lookup/tests/data/maxmind/GeoIP2-Country-Test.jsonl"),
);

fn intake() -> Intake {
    let files =
        vec![("all.yaml".to_owned(), BUNDLE.to_owned()), ("opened.json".to_owned(), SCHEMA.to_owned())];
    Intake::new(Arc::new(segue_bundle::read(files).unwrap().bundle), Limits::CONTRACT)
}

fn asking(database: &[u8]) -> Intake {
    let database = Database::read(database.to_vec()).unwrap();
    intake().asking(Arc::new(Addresses::new(vec![Arc::new(database)])))
}

/// The place in the log of an event with these members; null if there is none.
fn place(intake: &Intake, members: &Value) -> Value {
    let mut event = json!({"kind": "opened", "id": "e1", "user": "u1"});
    event.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let record = Record {
        topic: "app.events".into(),
        partition: 0,
        incarnation: 0,
        offset: 0,
        appended_at_ms: 0,
        key: None,
        value: Some(event.to_string().into_bytes()),
        headers: Vec::new(),
    };
    let mut taken = Taken::default();
    intake.take(&record, Timestamp(0), &mut taken);
    assert_eq!(taken.outcome, Outcome::Logged { copies: 1 });
    let logged = log_record::decode(taken.appends[0].value.as_deref().unwrap()).unwrap();
    let LogRecord::Event { event, .. } = logged else { panic!("no event: {taken:?}") };
    event.surroundings.place.map(|place| serde_json::from_str(place.text()).unwrap()).unwrap_or_default()
}

/// The first and the last address of a network, as texts.
fn ends(network: &str) -> [String; 2] {
    let (first, bits) = network.split_once('/').unwrap();
    let (first, bits): (IpAddr, u32) = (first.parse().unwrap(), bits.parse().unwrap());
    let (first, bits) = match first {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)), bits + 96),
        IpAddr::V6(v6) => (u128::from(v6), bits),
    };
    let last = first | u128::MAX.checked_shr(bits).unwrap_or(0);
    [first, last].map(|address| {
        // What is below 2^32 stands for IPv4 in these sources.
        u32::try_from(address).map_or_else(
            |_| Ipv6Addr::from(address).to_string(),
            |v4| std::net::Ipv4Addr::from(v4).to_string(),
        )
    })
}

/// Every network of a source, by its first and its last address; returns how many events there were of IPv4 and of IPv6.
fn check((database, source): (&[u8], &str)) -> (usize, usize) {
    let intake = asking(database);
    let (mut of_v4, mut of_v6, mut wrong) = (0, 0, Vec::new());
    for line in source.lines() {
        let mut expected: Value = serde_json::from_str(line).unwrap();
        let network = expected.as_object_mut().unwrap().remove("network").unwrap();
        let has_zone = expected.get("timezone").is_some();
        for ip in ends(network.as_str().unwrap()) {
            *(if ip.contains(':') { &mut of_v6 } else { &mut of_v4 }) += 1;
            let mut found = place(&intake, &json!({"ip": ip}));
            // Where the database knows no zone, it is that of the coordinates.
            if !has_zone && expected.get("lat").is_some() {
                let zone = found.as_object_mut().unwrap().remove("timezone");
                assert!(zone.is_some_and(|zone| zone.as_str().unwrap().contains('/')), "{line}");
            }
            let nothing = expected.as_object().unwrap().is_empty();
            if found != *(if nothing { &Value::Null } else { &expected }) {
                wrong.push(format!("{ip} of {line}\n  {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    (of_v4, of_v6)
}

#[test]
fn every_network_of_the_city_database_is_where_its_source_says() {
    assert_eq!(check(CITY), (40, 460));
}

#[test]
fn every_network_of_the_country_database_is_where_its_source_says() {
    assert_eq!(check(COUNTRY), (38, 652));
}

#[test]
fn what_fields_say_wins_and_an_address_that_is_elsewhere_says_nothing() {
    let intake = asking(CITY.0);
    let london = json!({"country": "GB", "region": "England", "city": "London", "lat": 51.5142, "lon": -0.0931, "timezone": "Europe/London"});
    let ip = "81.2.69.160";
    for (members, expected) in [
        (json!({"ip": ip}), london.clone()),
        (json!({"ip": ip, "country": "gb"}), london.clone()),
        (json!({"ip": ip, "country": "FR"}), json!({"country": "FR"})),
        (json!({"ip": ip, "city": "Leeds"}), json!({"city": "Leeds"})),
        (json!({"ip": ip, "region": "Wales", "country": "GB"}), json!({"region": "Wales", "country": "GB"})),
        (
            json!({"ip": ip, "lat": 48.8566, "lon": 2.3522}),
            json!({"lat": 48.8566, "lon": 2.3522, "timezone": "Europe/Paris"}),
        ),
        // Half a pair of coordinates is none.
        (json!({"ip": ip, "lat": 48.8566}), london.clone()),
    ] {
        assert_eq!(place(&intake, &members), expected, "{members}");
    }
    let mut elsewhere = london;
    elsewhere["timezone"] = json!("Asia/Tokyo");
    assert_eq!(
        place(&intake, &json!({"ip": ip, "zone": "Asia/Tokyo"})),
        elsewhere,
        "the clock is the person's"
    );
}

#[test]
fn an_address_of_which_nothing_is_known_fails_no_event() {
    let intakes = [asking(CITY.0), intake()];
    let of_none =
        [json!("10.0.0.1"), json!("192.168.1.7"), json!("127.0.0.1"), json!("::1"), json!("fe80::1")];
    let no_address =
        [json!("?"), json!(""), json!(2_130_706_433), json!(null), json!(["81.2.69.160"]), json!({})];
    for ip in of_none.iter().chain(&no_address) {
        for intake in &intakes {
            assert_eq!(place(intake, &json!({"ip": ip})), Value::Null, "{ip}");
            assert_eq!(place(intake, &json!({"ip": ip, "city": "Leeds"})), json!({"city": "Leeds"}), "{ip}");
        }
    }
    assert_eq!(place(&intakes[1], &json!({"ip": "81.2.69.160"})), Value::Null, "no database");
}

#[test]
fn another_bundle_asks_the_same_databases_and_others_are_asked_from_then_on() {
    let mut intake = asking(CITY.0);
    let ip = json!({"ip": "81.2.69.160"});
    let files =
        vec![("all.yaml".to_owned(), BUNDLE.to_owned()), ("opened.json".to_owned(), SCHEMA.to_owned())];
    intake = intake.by(Arc::new(segue_bundle::read(files).unwrap().bundle));
    assert_eq!(place(&intake, &ip)["city"], "London");
    intake.ask(Arc::default());
    assert_eq!(place(&intake, &ip), Value::Null);
}
