//! Where somebody signs in from, by the address: what a rule makes of it, and of the same address once there is another database.

use std::fs;
use std::path::Path;
use std::time::Duration;

use segue_testkit::topics::wait_within;
use serde_json::{Value, json};

use crate::time::{Story, whole};

const TOPIC: &str = "app.events";
/// The router looks at its files every ten seconds.
const FOUND_WITHIN: Duration = Duration::from_secs(30);

const LONDON: &str = "81.2.69.160";
const LINKOPING: &str = "89.160.20.112";
const LINKOPING_AS_IPV6: &str = "[::ffff:89.160.20.112]:443";
const JAPAN: &str = "2001:218::1";
const INTERNAL: &str = "10.0.0.1";

#[test]
fn who_signs_in_from_abroad_is_asked_and_a_new_database_is_believed_while_the_router_runs() {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("geo.mmdb");
    put(&database, &bytes("GeoIP2-City-Test.mmdb"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let looked_up = format!("lookups: {{ip: \"{}\"}}", database.display());
    let begun = Story::begin_on(root.join("tests/data/abroad"), &[TOPIC], |setup| setup.with(&looked_up));
    let Some(story) = begun else { return };
    story.world.set_clock("2026-03-02T10:00:00Z");
    let ada = json!({"customer_id": "c1", "first_name": "Ada", "country": "GB"});
    story.event(TOPIC, "k1", "customer.changed", "c1", &ada);
    sign_in(&story, "home", json!({"ip": LONDON}));
    sign_in(&story, "internal", json!({"ip": INTERNAL}));
    // Who says where it is, in words or in degrees, is not asked where its address is.
    sign_in(&story, "told", json!({"ip": LINKOPING, "country": "gb"}));
    sign_in(&story, "measured", json!({"ip": LINKOPING, "lat": 51.5, "lon": -0.1}));
    sign_in(&story, "abroad", json!({"ip": LINKOPING}));
    let tasks = story.wait("the first to be asked about", "desk.tasks", 1, |_| true);
    assert_eq!(tasks.len(), 1, "of one person, they come in their order: the others gave none");
    assert_eq!(whole(&tasks[0]), asked_about_linkoping());
    sign_in(&story, "mapped", json!({"ip": LINKOPING_AS_IPV6}));
    sign_in(&story, "far", json!({"ip": JAPAN}));
    assert_eq!(whats(&story, 3)[1..], ["Ask Ada about Linköping", "Ask Ada about JP"]);

    // Cut off: the former goes on.
    put(&database, &bytes("GeoIP2-City-Test.mmdb")[..10_000]);
    wait_for_files(&story, "refused", 1.0);
    sign_in(&story, "refused", json!({"ip": LINKOPING}));
    assert_eq!(whats(&story, 4)[3], "Ask Ada about Linköping");
    put(&database, &bytes("GeoIP2-Country-Test.mmdb"));
    wait_for_files(&story, "read", 2.0);
    sign_in(&story, "later", json!({"ip": LINKOPING}));
    assert_eq!(whats(&story, 5)[4], "Ask Ada about SE");

    let says = story.says();
    assert!(says.contains("database of addresses cannot be used: the former goes on"), "{says}");
    let told = story.read("desk.tasks").into_iter().chain(story.read("segue.decisions"));
    let told: String = told.map(|one| String::from_utf8(one.value.unwrap_or_default()).unwrap()).collect();
    for address in [LONDON, LINKOPING, JAPAN, INTERNAL] {
        assert!(!says.contains(address) && !told.contains(address), "{address} stays where it came in");
    }
    // The log has the places, so a replay of it needs no database, whatever became of the files since.
    drop(directory);
    assert_eq!(story.end(&["desk.tasks"]).len(), 5);
}

fn sign_in(story: &Story, id: &str, mut data: Value) {
    data["customer_id"] = json!("c1");
    story.event(TOPIC, id, "signed-in", "c1", &data);
}

/// What the tasks say, in their order, once there are so many.
fn whats(story: &Story, count: usize) -> Vec<String> {
    let tasks = story.wait("tasks", "desk.tasks", count, |_| true);
    assert_eq!(tasks.len(), count);
    tasks.iter().map(|task| task["data"]["what"].as_str().unwrap().to_owned()).collect()
}

fn wait_for_files(story: &Story, result: &str, count: f64) {
    let label = format!("result=\"{result}\"");
    wait_within(FOUND_WITHIN, &format!("{count} files to be {result}"), || {
        let found = story.metric("segue_address_databases_total", &[&label]);
        found.filter(|found| *found >= count).map(|_| ())
    });
}

fn bytes(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read(root.join("crates/lookup/tests/data/maxmind").join(name)).unwrap()
}

/// Puts a file in the place of the database, as its makers say that it is done.
fn put(database: &Path, bytes: &[u8]) {
    let new = database.with_extension("new");
    fs::write(&new, bytes).unwrap();
    fs::rename(new, database).unwrap();
}

fn asked_about_linkoping() -> Value {
    json!({"action": "ask-whether-it-was-they", "rule": "signed-in-abroad", "subject": "c1", "per": "person", "journey": "abroad",
        "priority": {"score": 1.0, "rank": 1, "propensity": 1.0, "context": 1.0, "value": 1.0, "lever": 1.0},
        "what": "Ask Ada about Linköping", "how": [], "tone": null, "assignee": null, "channel": null,
        "released_at": "2026-03-02T10:00:00Z", "due_at": null, "expires_at": null,
        "shared": {"who": {"first_name": "Ada", "country": "GB"},
            "where": {"country": "SE", "region": "Östergötland County", "city": "Linköping", "lat": 58.4167, "lon": 15.6167,
                "timezone": "Europe/Stockholm", "at": "2026-03-02T10:00:00Z"}},
        "cause": {"source": "app", "event": "abroad", "type": "signed-in"}})
}
