//! Where addresses are, in a running router: its database is there from the start, a new file is asked once it is found, and one
//! that cannot be used changes nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use segue_testkit::router::{Router, Setup};
use segue_testkit::topics::wait_within;

use crate::client::{STRUCTURED, embedded, post, wait_for_events};

/// The router looks at its files every ten seconds.
const FOUND_WITHIN: Duration = Duration::from_secs(30);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(root().join("crates/lookup/tests/data/maxmind").join(name)).unwrap()
}

/// A router whose database is `geo.mmdb` of that directory, and whose log is there too.
fn setup(directory: &Path) -> Setup {
    let database = directory.join("geo.mmdb");
    let setup =
        embedded(&directory.join("log")).with(&format!("lookups: {{ip: \"{}\"}}", database.display()));
    Setup { bundle: root().join("tests/data/doors"), ..setup }
}

/// Puts a file in the place of the database, as its makers say that it is done.
fn put(directory: &Path, bytes: &[u8]) {
    fs::write(directory.join("new"), bytes).unwrap();
    fs::rename(directory.join("new"), directory.join("geo.mmdb")).unwrap();
}

fn wait_for_files(router: &Router, result: &str, count: f64) {
    let label = format!("result=\"{result}\"");
    let _ = wait_within(FOUND_WITHIN, &format!("{count} files to be {result}"), || {
        router.metric("segue_address_databases_total", &[&label]).filter(|found| *found >= count)
    });
}

/// Says that somebody signed in from an address; returns what all tasks say.
fn opened(router: &Router, number: usize, ip: &str) -> Vec<String> {
    let event = format!(
        r#"{{"specversion":"1.0","id":"e-{number}","source":"/doors","type":"door.opened","subject":"c{number}","data":{{"ip":"{ip}"}}}}"#
    );
    let answer = post(router, "/events", STRUCTURED, &event);
    assert_eq!(answer.status, 202, "{answer:?}");
    let tasks = wait_for_events(router, "/tasks/desk", number);
    assert!(!tasks.iter().any(|task| task.to_string().contains(ip)), "the address itself leaves nowhere");
    tasks.iter().map(|task| task["data"]["what"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_new_database_is_asked_without_a_restart_and_one_that_cannot_be_used_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    put(directory.path(), &bytes("GeoIP2-City-Test.mmdb"));
    let mut router = Router::start(&setup(directory.path()));
    router.wait_until_ready();
    let built = router.metric("segue_address_database_built_seconds", &["geo.mmdb"]).unwrap();
    assert!(built > 1_500_000_000.0, "{built}");
    assert_eq!(opened(&router, 1, "81.2.69.160"), ["London"]);
    assert_eq!(opened(&router, 2, "10.0.0.1"), ["London", "nowhere"]);

    put(directory.path(), &bytes("GeoIP2-City-Test.mmdb")[..10_000]);
    wait_for_files(&router, "refused", 1.0);
    assert_eq!(opened(&router, 3, "89.160.20.112")[2], "Linköping");

    put(directory.path(), &bytes("GeoIP2-Country-Test.mmdb"));
    wait_for_files(&router, "read", 2.0);
    // The worker that found it asks it from its next turn on.
    assert_eq!(opened(&router, 4, "81.2.69.160"), ["London", "nowhere", "Linköping", "GB"]);
    let log = router.log();
    assert!(log.contains("database of addresses cannot be used: the former goes on"), "{log}");
    let (status, _, _) = router.stop();
    assert!(status.success(), "{status}");
}

#[test]
fn what_cannot_be_used_is_refused_at_the_start_with_its_key_and_what_is_needed() {
    let directory = tempfile::tempdir().unwrap();
    let half = &bytes("GeoIP2-City-Test.mmdb")[..10_000];
    let missing: [(Option<&[u8]>, &str); 3] = [
        (None, "geo.mmdb is no file"),
        (Some(half), "geo.mmdb is no whole database in MaxMind's format"),
        (
            Some(&bytes("GeoLite2-ASN-Test.mmdb")),
            "geo.mmdb says of no address where it is: it is a database of the type `GeoLite2-ASN`",
        ),
    ];
    for (bytes, expected) in missing {
        if let Some(bytes) = bytes {
            put(directory.path(), bytes);
        }
        let output = setup(directory.path()).run(&["run"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("error[settings]: "), "{said}");
        assert!(said.contains("\n  lookups.ip: ") && said.contains(expected), "{said}");
        assert!(said.contains("(a whole file in MaxMind's format with cities or countries"), "{said}");
    }
}
