//! A person who is erased, with all ids: at once nothing that the router says shows them, and once topics are compacted and what is
//! old is gone, no byte of them is left, neither on the brokers' disks nor in the router's directory nor in any log.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use segue_log::{Append, Header, Place};
use segue_testkit::router::{Router, Setup, binary};
use segue_testkit::topics::{produce, read_all, wait_for};
use serde_json::{Value, json};

use crate::world::{PARTITIONS, World};

/// What is planted of Ann: her ids, what is known of her, what she did, what failed, and what was said of her.
const CANARIES: [&str; 20] = [
    "canary-01-customer",
    "canary-02-visitor",
    "canary-03-phone",
    "canary-04-first-name",
    "canary-05-city",
    "canary-06-email",
    "canary-07-telephone",
    "canary-08-wishes",
    "canary-09-cart",
    "canary-10-item",
    "canary-11-note",
    "canary-12-place",
    "canary-13-page",
    "canary-14-garbage",
    "canary-15-wrong",
    "canary-16-header",
    "canary-17-reason",
    "canary-18-late",
    "canary-19-link",
    "canary-20-correlation",
];
const ANN: &str = CANARIES[0];
const SOURCES: [&str; 3] = ["crm.events", "web.events", "desk.outcomes"];
/// Topics that others own: what they hold is not the router's to remove.
const OTHERS: [&str; 5] = ["crm.events", "web.events", "desk.outcomes", "desk.tasks", "crm.status"];
const GONE_WITHIN: Duration = Duration::from_secs(120);

#[test]
fn of_whoever_is_erased_nothing_is_shown_at_once_and_no_byte_is_left_in_the_end() {
    let Some(world) = World::begin_beside() else { return };
    for topic in SOURCES {
        world.kafka.create_topic(topic, PARTITIONS, &[]);
    }
    let state = tempfile::tempdir().unwrap();
    // Nothing compresses what it writes to topics: it could not be found.
    let mut setup = world
        .setup()
        .with(&format!("state: {{dir: {:?}}}", state.path()))
        .with("pseudonyms: {secret: \"a secret of the test\"}");
    setup.bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/erased");
    setup.apply_topics();
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    let story = Story { world: &world, setup: &setup };
    let task = story.plant();
    let dirs = [world.kafka.directory(), state.path()];
    wait_for("all canaries to be planted but the late one", || {
        (found(&dirs, &router).len() == 19).then_some(())
    });
    story.is_exported();
    for topic in ["desk.tasks", "crm.status", "segue.decisions"] {
        let keys: Vec<_> =
            read_all(world.brokers(), topic).into_iter().map(|record| record.key.unwrap()).collect();
        assert!(
            !keys.is_empty() && keys.iter().all(|key| key.len() == 32 && named(key).next().is_none()),
            "{topic}"
        );
    }

    let phone = format!("web:{}", CANARIES[2]);
    let dry = story.told(&["erase", &phone, "--dry-run", "--output", "json"]);
    assert_eq!(
        (&dry["dry_run"], &dry["ids"]),
        (&json!(true), &json!([ANN, "web:canary-02-visitor", "web:canary-03-phone"]))
    );
    assert_eq!(story.told(&["export", ANN])["ids"], dry["ids"], "nothing was done");
    let url = router.url();
    let asked = ["erase", &phone, "--url", &url, "--output", "json"];
    let said: Value = serde_json::from_slice(&run(&asked).stdout).unwrap();
    let decisions = said["decisions"].as_u64().unwrap();
    assert_eq!((&said["stands"], &said["ids"]), (&json!(true), &dry["ids"]), "{said}");
    assert!(decisions >= 3 && dry["decisions"] == said["decisions"], "{said}");

    story.is_nothing_shown(&router, &task);
    // What comes late finds a mark; Bo is as he was.
    let late = json!({"customer": ANN, "item": CANARIES[17]});
    story.event("crm.events", "late", "cart.left", &late, Some("2026-01-02T10:00:00Z"));
    wait_for("what came late to be dropped", || {
        (router.metric("segue_log_copies_total", &["erased"]) == Some(1.0)).then_some(())
    });
    is_nothing(&["export", ANN], &setup.run(&["export", ANN]));
    story.forget_soon();
    let (mut round, mut left) = (0, Vec::new());
    let began = Instant::now();
    while round == 0 || !left.is_empty() {
        assert!(began.elapsed() < GONE_WITHIN, "{left:#?} are left after {round} rounds");
        round += 1;
        story.others(round);
        left = places(&dirs, &router);
    }
    let bo = story.told(&["export", "bo"]);
    assert!(
        bo["decisions"].as_array().is_some_and(|all| !all.is_empty()),
        "of others what is kept stays: {bo}"
    );
}

struct Story<'w> {
    world: &'w World,
    setup: &'w Setup,
}

impl Story<'_> {
    /// Lets Ann and Bo do things, and returns Ann's task.
    fn plant(&self) -> Value {
        let [ann, visitor, phone, ..] = CANARIES;
        let known = json!({"customer": ann, "first_name": CANARIES[3], "city": CANARIES[4], "email": CANARIES[5], "phone": CANARIES[6]});
        self.event("crm.events", "known", "customer.changed", &known, None);
        let wishes = json!({"visitor": visitor, "wishes": CANARIES[7]});
        self.event("web.events", "wishes", "visitor.changed", &wishes, None);
        let viewed = json!({"visitor": phone, "page": CANARIES[12]});
        self.event("web.events", "page", "page.viewed", &viewed, None);
        let id = |namespace: &str, id: &str| json!({"namespace": namespace, "id": id});
        for (event, a, b) in [
            (CANARIES[18], id("web", visitor), id("person", ann)),
            ("link", id("web", phone), id("web", visitor)),
        ] {
            let data = json!({"customer": ann, "a": a, "b": b});
            self.event("crm.events", event, "identity.linked", &data, None);
        }
        wait_for("three ids to be one person", || {
            let output = self.setup.run(&["export", &format!("web:{phone}")]);
            let held: Value = serde_json::from_slice(&output.stdout).ok()?;
            (held["ids"].as_array()?.len() == 3).then_some(())
        });
        let cart = json!({"customer": ann, "item": CANARIES[9], "note": CANARIES[10], "place": {"city": CANARIES[11]}});
        self.event("crm.events", CANARIES[8], "cart.left", &cart, None);
        let known = json!({"customer": "bo", "first_name": "Bo", "city": "Rome"});
        self.event("crm.events", "known-bo", "customer.changed", &known, None);
        let cart = json!({"customer": "bo", "item": "a book", "note": "soon", "place": {"city": "Rome"}});
        self.event("crm.events", "cart-bo", "cart.left", &cart, None);
        // What cannot be read, by its key; what names her, and is not as it should be.
        let header = Header { name: "came-from".to_owned(), value: Some(CANARIES[15].into()) };
        let garbage = record("crm.events", ann, format!("{{{}", CANARIES[13]), vec![header]);
        let wrong = json!({"customer": ann, "item": 7, "note": CANARIES[14]});
        produce(self.world.brokers(), [garbage]);
        self.event("crm.events", "wrong", "cart.left", &wrong, None);
        wait_for("both to fail", || {
            (read_all(self.world.brokers(), "segue.failed").len() == 2).then_some(())
        });
        let task =
            wait_for("Ann's task", || self.tasks().into_iter().find(|task| task["data"]["subject"] == ann));
        let declined = json!({"task": task["data"]["task"], "outcome": "declined", "reason": CANARIES[16], "at": "2026-03-02T11:00:00Z"});
        produce(self.world.brokers(), [record("desk.outcomes", ann, declined.to_string(), Vec::new())]);
        wait_for("her answer to be told", || {
            let told = read_all(self.world.brokers(), "crm.status");
            told.iter().any(|status| text(&status.value).contains("\"declined\"")).then_some(())
        });
        task
    }

    /// An event of a source; its key is nobody's id.
    fn event(&self, topic: &str, id: &str, kind: &str, data: &Value, time: Option<&str>) {
        let mut event =
            json!({"specversion": "1.0", "id": id, "source": "/test", "type": kind, "data": data});
        event["correlationid"] = json!(if id == CANARIES[8] { CANARIES[19] } else { "none" });
        if let Some(time) = time {
            event["time"] = json!(time);
        }
        produce(self.world.brokers(), [record(topic, id, event.to_string(), Vec::new())]);
    }

    fn tasks(&self) -> Vec<Value> {
        let all = read_all(self.world.brokers(), "desk.tasks");
        all.iter().map(|record| serde_json::from_str(text(&record.value)).unwrap()).collect()
    }

    /// What a command with the settings says as JSON.
    fn told(&self, arguments: &[&str]) -> Value {
        let output = self.setup.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Everything that the router holds of her is in the export, and nothing of others.
    fn is_exported(&self) {
        let whole = self.told(&["export", CANARIES[0], "--output", "json"]);
        let said = whole.to_string();
        let missing: Vec<_> = CANARIES.iter().filter(|canary| !said.contains(**canary)).collect();
        assert_eq!(missing, ["canary-18-late"].iter().collect::<Vec<_>>());
        assert!(!said.contains("\"bo\"") && !said.contains("Rome"), "{said}");
        let count = |name: &str| whole[name].as_array().unwrap().len();
        assert!(count("decisions") >= 3 && count("failed") == 2 && count("events") >= 6, "{said}");
        assert_eq!(whole["profiles"].as_object().unwrap().len(), 3);
    }

    /// Nothing that is asked of the router or of its topics says anything of her.
    fn is_nothing_shown(&self, router: &Router, task: &Value) {
        let text = |name: &str| task["data"][name].as_str().unwrap();
        let cart = format!("crm/{}", CANARIES[8]);
        let visitor = format!("web:{}", CANARIES[1]);
        let url = router.url();
        for question in [
            vec!["why", text("task")],
            vec!["why", text("decision")],
            vec!["why", "--event", &cart],
            vec!["why", "--event", "web/page"],
            vec!["export", ANN],
            vec!["export", &visitor],
            vec!["failed", "show", "0/0"],
        ] {
            let of_topics = self.setup.run(&question);
            is_nothing(&question, &of_topics);
            if question[0] != "failed" {
                is_nothing(&question, &run(&[&question[..], &["--url", &url]].concat()));
            }
        }
        for form in ["human", "jsonl"] {
            let listed = self.setup.run(&["failed", "list", "--output", form]);
            assert!(listed.status.success());
            says_nothing(&listed);
        }
        let sent = self.setup.run(&["failed", "retry", "--all", "--dry-run", "--output", "json"]);
        says_nothing(&sent);
        let (ready, metrics) = (router.readyz().unwrap().1, router.metrics().unwrap());
        assert_eq!(named(ready.as_bytes()).chain(named(metrics.as_bytes())).count(), 0);
    }

    /// Has topics forget within seconds what they would within days.
    fn forget_soon(&self) {
        let soon = [("segment.ms", "500"), ("file.delete.delay.ms", "0")];
        let compacted = [
            ("cleanup.policy", "compact"),
            ("delete.retention.ms", "0"),
            ("max.compaction.lag.ms", "500"),
            ("min.cleanable.dirty.ratio", "0.001"),
        ];
        for topic in ["segue.profiles", "segue.kept-decisions", "segue.bundles"] {
            self.world.kafka.keep_topic(topic, &[&compacted[..], &soon].concat());
        }
        let old = [("cleanup.policy", "delete"), ("retention.ms", "5000")];
        let own = ["segue.log", "segue.shared", "segue.decisions", "segue.failed", "segue.retried"];
        for topic in own.iter().chain(&OTHERS) {
            self.world.kafka.keep_topic(topic, &[&old[..], &soon].concat());
        }
    }

    /// Others go on, so that something is written to every partition of every topic.
    fn others(&self, round: usize) {
        for number in 0..24 {
            let cart = json!({"customer": format!("other-{number}"), "item": "a pen", "note": "blue", "place": {"city": "Oslo"}});
            self.event("crm.events", &format!("cart-{round}-{number}"), "cart.left", &cart, None);
            let known = json!({"customer": format!("other-{number}"), "first_name": "O", "city": "Oslo"});
            self.event("crm.events", &format!("known-{round}-{number}"), "customer.changed", &known, None);
        }
        for partition in 0..PARTITIONS {
            let of = |topic: &str| Append {
                place: Place::Partition(partition),
                ..record(topic, "any", format!("{{{round}"), Vec::new())
            };
            produce(self.world.brokers(), ["web.events", "desk.outcomes"].map(of));
        }
    }
}

fn record(topic: &str, key: &str, value: String, mut headers: Vec<Header>) -> Append {
    let kind = if topic == "desk.outcomes" { "application/json" } else { "application/cloudevents+json" };
    headers.push(Header { name: "content-type".to_owned(), value: Some(kind.into()) });
    let key = Some(key.as_bytes().to_vec());
    Append { topic: topic.into(), place: Place::Key, key, value: Some(value.into_bytes()), headers }
}

fn text(value: &Option<Vec<u8>>) -> &str {
    value.as_deref().map_or("", |value| std::str::from_utf8(value).unwrap())
}

fn run(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// What is asked about is not there, and what is said of that says nothing but what was asked.
fn is_nothing(question: &[&str], output: &Output) {
    let said = [&output.stdout[..], &output.stderr].concat();
    assert_eq!(output.status.code(), Some(2), "{question:?}: {}", String::from_utf8_lossy(&said));
    let asked = question.join(" ");
    let more: Vec<_> = named(&said).filter(|canary| !asked.contains(canary)).collect();
    assert!(more.is_empty(), "{question:?} tells of {more:?}");
}

fn says_nothing(output: &Output) {
    assert_eq!(named(&output.stdout).chain(named(&output.stderr)).collect::<Vec<_>>(), [""; 0]);
}

/// The canaries that are in some bytes.
fn named(bytes: &[u8]) -> impl Iterator<Item = &'static str> {
    const BEGIN: &[u8] = b"canary-";
    let places = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(BEGIN));
    let names = |at: usize| CANARIES.iter().position(|canary| bytes[at..].starts_with(canary.as_bytes()));
    let found: BTreeSet<usize> = places.filter_map(names).collect();
    found.into_iter().map(|at| CANARIES[at])
}

/// The canaries that are in any file under these directories, in the name of one, or in what the router logs.
fn found(dirs: &[&Path], router: &Router) -> BTreeSet<&'static str> {
    places(dirs, router).into_iter().flat_map(|(_, canaries)| canaries).collect()
}

/// The same, by file.
fn places(dirs: &[&Path], router: &Router) -> Vec<(PathBuf, Vec<&'static str>)> {
    let logged = named(router.log().as_bytes()).collect();
    let mut all = vec![(PathBuf::from("the router's log"), logged)];
    dirs.iter().for_each(|dir| gather(dir, &mut all));
    all.retain(|(_, canaries)| !canaries.is_empty());
    all
}

fn gather(path: &Path, all: &mut Vec<(PathBuf, Vec<&'static str>)>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            gather(&entry.path(), all);
        }
    } else if let Ok(mut bytes) = fs::read(path) {
        bytes.extend(path.as_os_str().as_encoded_bytes());
        all.push((path.to_owned(), named(&bytes).collect()));
    }
}
