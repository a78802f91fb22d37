use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/maxmind")
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(data().join(name)).unwrap()
}

fn addresses(names: &[&str]) -> Addresses {
    Addresses::new(names.iter().map(|name| Arc::new(Database::read(bytes(name)).unwrap())).collect())
}

const CITY: &str = "GeoIP2-City-Test.mmdb";
const COUNTRY: &str = "GeoIP2-Country-Test.mmdb";

/// Addresses with an entry in the databases and without.
const ASKED: [&str; 8] = [
    "81.2.69.160",
    "89.160.20.112",
    "216.160.83.56",
    "2001:218::1",
    "2a02:d280::",
    "10.0.0.1",
    "::1",
    "255.255.255.255",
];

#[test]
fn what_is_known_of_an_address_is_said_and_nothing_else() {
    let both = addresses(&[CITY, COUNTRY]);
    let london = Place {
        country: Some("GB"),
        region: Some("England"),
        city: Some("London"),
        coordinates: Some((51.5142, -0.0931)),
        timezone: Some("Europe/London"),
    };
    let forms = [
        "81.2.69.160",
        " 81.2.69.160 ",
        "81.2.69.160:443",
        "::ffff:81.2.69.160",
        "[::ffff:81.2.69.160]",
        "[::ffff:81.2.69.160]:443",
    ];
    for text in forms {
        assert_eq!(both.place(text), london, "{text}");
    }
    let of_others = ["10.1.2.3", "192.168.0.1", "127.0.0.1", "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1"];
    let of_none = [
        "",
        "unknown",
        "81.2.69",
        "81.2.69.160, 10.0.0.1",
        "081.2.69.160",
        "[81.2.69.160]",
        "[::ffff:81.2.69.160",
        "[]",
        "fe80::1%eth0",
    ];
    for text in of_others.into_iter().chain(of_none).chain([&*"1".repeat(1_000_000)]) {
        assert_eq!(both.place(text), Place::default(), "{}", &text[..text.len().min(40)]);
    }
    assert_eq!(Addresses::default().place("81.2.69.160"), Place::default());
    // MaxMind's databases have IPv4 there too; those of others may not.
    assert!(address("::ffff:81.2.69.160").is_some_and(|address| address.is_ipv4()));
}

#[test]
fn the_first_database_that_knows_anything_is_believed_as_a_whole() {
    let ask = |names: &[&str], text| addresses(names).place(text).city.map(str::to_owned);
    assert_eq!(ask(&[CITY, COUNTRY], "81.2.69.160").as_deref(), Some("London"));
    assert_eq!(
        ask(&[COUNTRY, CITY], "81.2.69.160"),
        None,
        "no city of the one beside a country of the other"
    );
    // In the city database, this network has no entry.
    let (city, both) = (addresses(&[CITY]), addresses(&[CITY, COUNTRY]));
    let only = "50.114.0.1";
    assert_eq!((city.place(only), both.place(only).country), (Place::default(), Some("US")));
}

#[test]
fn what_is_damaged_or_hostile_is_refused_or_says_nothing_and_never_breaks_off() {
    let mut refused = Vec::new();
    let mut taken = Vec::new();
    for entry in fs::read_dir(data().join("bad")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match Database::read(fs::read(&path).unwrap()) {
            Ok(database) => {
                let addresses = Addresses::new(vec![Arc::new(database)]);
                for asked in ASKED {
                    let _ = addresses.place(asked);
                }
                taken.push(name);
            }
            Err(fault) => refused.push((name, fault)),
        }
    }
    refused.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!((refused.len(), taken), (29, Vec::new()), "{refused:#?}");
}

/// Damage behind the entries that are tried is found when it is asked for.
#[test]
fn an_entry_that_cannot_be_read_says_nothing_and_the_others_what_they_say() {
    let mut opened = 0;
    for entry in fs::read_dir(data().join("bad")).unwrap() {
        let Ok(reader) = Reader::from_source(fs::read(entry.unwrap().path()).unwrap()) else { continue };
        let untried = Addresses::new(vec![Arc::new(Database { reader })]);
        for asked in ASKED {
            let _ = untried.place(asked);
        }
        opened += 1;
    }
    assert!(opened >= 15, "{opened}");
    let mut file = bytes(CITY);
    let name = "Linköping".as_bytes();
    while let Some(at) = file.windows(name.len()).position(|window| window == name) {
        file[at + 4] = 0xff;
    }
    let untried = Addresses::new(vec![Arc::new(Database { reader: Reader::from_source(file).unwrap() })]);
    assert_eq!(untried.place("89.160.20.112"), Place::default());
    assert_eq!(untried.place("81.2.69.160").city, Some("London"));
}

#[test]
fn what_says_no_places_is_refused_by_its_type() {
    for (name, kind) in [("GeoLite2-ASN-Test.mmdb", "GeoLite2-ASN"), ("MaxMind-DB-test-ipv4-24.mmdb", "Test")]
    {
        let fault = Database::read(bytes(name)).unwrap_err();
        assert_eq!(fault, Fault::NoPlaces(kind.to_owned()), "{name}");
    }
    for no_database in [&b""[..], b"PK\x03\x04", b"\xab\xcd\xefMaxMind.com", &[0; 100_000]] {
        let fault = Database::read(no_database.to_vec()).unwrap_err();
        assert!(matches!(fault, Fault::Damaged(_)), "{fault:?}");
    }
}

/// Each way down this tree ends in the node at which IPv4 begins, or in nothing: there are 2^95 ways, and a walk that
/// passes over what it knows would never end.
#[test]
fn a_tree_that_is_made_to_be_walked_for_ever_is_left_after_some_steps() {
    let nodes: u32 = 97;
    let mut file = Vec::new();
    for node in 0..nodes {
        let child = if node < 96 { node + 1 } else { nodes };
        for _ in 0..2 {
            file.extend(&child.to_be_bytes()[1..]);
        }
    }
    file.extend([0; 16]);
    file.push(0xe0);
    file.extend(metadata(nodes));
    assert!(matches!(Database::read(file).unwrap_err(), Fault::NoPlaces(_)));
}

/// A tree of one node, both ways of which lead to this entry.
fn with_entry(entry: &[u8]) -> Vec<u8> {
    let mut file = [&17u32.to_be_bytes()[1..], &17u32.to_be_bytes()[1..], &[0; 16]].concat();
    file.extend(entry);
    file.extend(metadata(1));
    file
}

/// The metadata of a tree of so many nodes, each of six bytes.
fn metadata(nodes: u32) -> Vec<u8> {
    let database = bytes(CITY);
    let marker = database.windows(14).rposition(|window| window == b"\xab\xcd\xefMaxMind.com").unwrap();
    let mut metadata = database[marker..].to_vec();
    set(&mut metadata, "node_count", nodes);
    set(&mut metadata, "record_size", 24);
    metadata
}

/// A list may name one thing thousands of times, and that may be as long as the file: to pass over all of it would take minutes
/// for each event. What an entry may cost is limited by the reader, and this holds it to that.
#[test]
fn an_entry_that_names_something_long_many_times_is_refused_at_once() {
    const TIMES: u32 = 8_000;
    const LENGTH: u32 = 4_000_000;
    let mut entry = b"\xe2\x47country\xe1\x48iso_code\x42GB\x4csubdivisions\x1e\x04".to_vec();
    entry.extend(&(TIMES - 285).to_be_bytes()[2..]);
    let long_at = entry.len() as u32 + TIMES * 5;
    for _ in 0..TIMES {
        entry.push(0x38);
        entry.extend(long_at.to_be_bytes());
    }
    let region = b"\xe2\x45names\xe1\x42en\x47England\x41x";
    let long =
        [&b"\x1f\x04"[..], &(LENGTH - 65_821).to_be_bytes()[1..], &[0x00, 0x07].repeat(LENGTH as usize)]
            .concat();
    let fault = Database::read(with_entry(&[&entry, &region[..], &long].concat())).unwrap_err();
    assert!(matches!(&fault, Fault::Damaged(why) if why.contains("limit")), "{fault:?}");
    // It is that length that is refused: with nothing long in it, the same is read.
    let database = Database::read(with_entry(&[&entry, &region[..], b"\x00\x04"].concat())).unwrap();
    let addresses = Addresses::new(vec![Arc::new(database)]);
    assert_eq!(addresses.place("81.2.69.160").region, Some("England"));
}

/// Sets a number of the metadata, in the bytes that it has.
fn set(metadata: &mut [u8], name: &str, value: u32) {
    let at = metadata.windows(name.len()).position(|window| window == name.as_bytes()).unwrap() + name.len();
    let bytes = usize::from(metadata[at] & 0x1f);
    metadata[at + 1..=at + bytes].copy_from_slice(&value.to_be_bytes()[4 - bytes..]);
}

/// Asks a database of which parts were changed, if it is still taken. What matters is that this ends.
fn ask_changed(file: Vec<u8>) {
    if let Ok(database) = Database::read(file) {
        let addresses = Addresses::new(vec![Arc::new(database)]);
        for asked in ASKED {
            let place = addresses.place(asked);
            assert!(place.city.is_none_or(|city| city.len() <= TEXT_BYTES_MAX));
            assert!(place.coordinates.is_none_or(|(lat, lon)| lat.abs() <= 90.0 && lon.abs() <= 180.0));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_break_off(
        name in prop::sample::select(vec![CITY, COUNTRY, "MaxMind-DB-no-ipv4-search-tree.mmdb"]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        from_end in any::<bool>(),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut file = bytes(name);
        let whole = file.len();
        for (at, value) in changes {
            // The metadata stand at the end, and what is changed there has the largest effect.
            let at = if from_end { whole - 1 - at.index(400) } else { at.index(whole) };
            file[at] = value;
        }
        if let Some(at) = cut {
            file.truncate(at.index(whole));
        }
        ask_changed(file);
    }

    #[test]
    fn no_bytes_behind_a_right_beginning_make_it_break_off(
        body in prop::collection::vec(any::<u8>(), 0..3_000),
        metadata in any::<bool>(),
    ) {
        let file = bytes(CITY);
        let marker = file.windows(14).rposition(|window| window == b"\xab\xcd\xefMaxMind.com").unwrap();
        let mut made = body;
        made.extend(if metadata { &file[marker..] } else { &file[marker..marker + 14] });
        ask_changed(made);
    }
}
