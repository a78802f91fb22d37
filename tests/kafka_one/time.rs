//! What time brings, end to end: whole tasks and statuses, on bundles of the examples, by a clock that is moved by hand.

use std::path::{Path, PathBuf};
use std::process::Output;

use segue_log::{Append, Header, Place, Record};
use segue_testkit::evidence::replay;
use segue_testkit::router::{Router, Setup};
use segue_testkit::topics::{produce, read_all, wait_for};
use serde_json::{Value, json};

use crate::world::{PARTITIONS, World};

/// A router on one of the examples, or on another bundle.
pub(crate) struct Story {
    pub(crate) world: World,
    bundle: PathBuf,
    router: Router,
}

impl Story {
    pub(crate) fn begin(example: &str, sources: &[&str]) -> Option<Story> {
        let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
        Story::begin_on(bundle, sources, |setup| setup)
    }

    /// Begins on any bundle, with what else the settings are to say.
    pub(crate) fn begin_on(
        bundle: PathBuf,
        sources: &[&str],
        with: impl FnOnce(Setup) -> Setup,
    ) -> Option<Story> {
        let world = World::begin_beside()?;
        // The topics of the sources are their owners' to make.
        sources.iter().for_each(|topic| world.kafka.create_topic(topic, PARTITIONS, &[]));
        let mut setup = with(world.setup_by_hand());
        setup.bundle.clone_from(&bundle);
        // What is told to nobody must not stand in the log either, however much is logged.
        setup.log_level = Some("debug".to_owned());
        setup.apply_topics();
        let mut router = Router::start(&setup);
        router.wait_until_ready();
        Some(Story { world, bundle, router })
    }

    /// Publishes an event; its key is whom it is about.
    pub(crate) fn event(&self, topic: &str, id: &str, kind: &str, key: &str, data: &Value) {
        let event = json!({"specversion": "1.0", "id": id, "source": "/test", "type": kind, "data": data});
        self.publish(topic, key, "application/cloudevents+json", &event);
    }

    /// Lets the destination say what became of a task.
    pub(crate) fn outcome(&self, topic: &str, task: &Value, outcome: &Value) {
        let mut outcome = outcome.clone();
        outcome["task"] = task["data"]["task"].clone();
        self.publish(topic, "any", "application/json", &outcome);
    }

    /// Publishes a value of that content type.
    pub(crate) fn publish(&self, topic: &str, key: &str, content_type: &str, value: &Value) {
        let header =
            Header { name: "content-type".to_owned(), value: Some(content_type.as_bytes().to_vec()) };
        let record = Append {
            topic: topic.into(),
            place: Place::Key,
            key: Some(key.as_bytes().to_vec()),
            value: Some(value.to_string().into_bytes()),
            headers: vec![header],
        };
        produce(self.world.brokers(), [record]);
    }

    pub(crate) fn bundle(&self) -> &Path {
        &self.bundle
    }

    /// Runs a command with the settings of the router.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut setup = self.world.setup_by_hand();
        setup.bundle.clone_from(&self.bundle);
        setup.run(arguments)
    }

    /// What `segue why` says of a task, from the router's own log.
    pub(crate) fn why(&self, task: &Value) -> String {
        let output = self.run(&["why", task["data"]["task"].as_str().unwrap()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command says that asks the running router.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Output {
        let mut command = std::process::Command::new(segue_testkit::router::binary());
        command.args(arguments).args(["--url", &self.router.url()]).output().unwrap()
    }

    /// Waits until so many records of a topic are there that are so.
    pub(crate) fn wait(
        &self,
        what: &str,
        topic: &str,
        count: usize,
        is: impl Fn(&Value) -> bool,
    ) -> Vec<Value> {
        wait_for(what, || {
            let all: Vec<Value> = self.read(topic).iter().map(parsed).filter(|value| is(value)).collect();
            (all.len() >= count).then_some(all)
        })
    }

    /// Waits until so many events have failed.
    pub(crate) fn failed(&self, count: usize) -> Vec<Record> {
        wait_for("events to fail", || {
            let all = self.read("segue.failed");
            (all.len() >= count).then_some(all)
        })
    }

    pub(crate) fn read(&self, topic: &str) -> Vec<Record> {
        read_all(self.world.brokers(), topic)
    }

    /// The sum of the router's series of that name with these labels.
    pub(crate) fn metric(&self, name: &str, labels: &[&str]) -> Option<f64> {
        self.router.metric(name, labels)
    }

    /// All that the router says of itself: its log, its metrics and whether it is ready.
    pub(crate) fn says(&self) -> String {
        let (ready, metrics) = (self.router.readyz().unwrap().1, self.router.metrics().unwrap());
        [self.router.log(), metrics, ready].concat()
    }

    /// Ends the router.
    pub(crate) fn stop(self) {
        let (status, ..) = self.router.stop();
        assert!(status.success());
    }

    /// Ends the router, then compares all that these topics hold with what a replay of the log gives, to the byte, and
    /// returns it: each subject's in its order.
    pub(crate) fn end(self, topics: &[&str]) -> Vec<Value> {
        let Story { world, bundle, router } = self;
        let (status, ..) = router.stop();
        assert!(status.success());
        let read = |topic: &str| read_all(world.brokers(), topic);
        let mut told: Vec<Record> = topics.iter().flat_map(|topic| read(topic)).collect();
        // What has a key stays in the order of its key; what has none has no order of its own.
        let place = |topic: &str, key: &Option<Vec<u8>>, value: &Option<Vec<u8>>| {
            let value = if key.is_none() { value.clone() } else { None };
            (topic.to_owned(), key.clone(), value)
        };
        told.sort_by_key(|record| (place(&record.topic, &record.key, &record.value), record.offset));
        let mut again = replay(&bundle, &read("segue.log"));
        // The sort is stable, so each subject's stay in their order.
        again.sort_by_key(|output| place(&output.topic, &output.key, &output.value));
        let text = |value: &Option<Vec<u8>>| String::from_utf8_lossy(value.as_deref().unwrap()).into_owned();
        let told_of: Vec<_> =
            told.iter().map(|record| (record.topic.to_string(), &record.key, text(&record.value))).collect();
        let again: Vec<_> =
            again.iter().map(|output| (output.topic.clone(), &output.key, text(&output.value))).collect();
        let odd: Vec<_> = told_of.iter().zip(&again).filter(|(told, again)| told != again).collect();
        assert!(told_of == again, "a replay gives the same: {} and {}: {odd:#?}", told_of.len(), again.len());
        told.iter().map(parsed).collect()
    }
}

fn parsed(record: &Record) -> Value {
    serde_json::from_slice(record.value.as_deref().unwrap()).unwrap()
}

pub(crate) fn is_about(subject: &'static str) -> impl Fn(&Value) -> bool {
    move |value| value["subject"] == subject
}

/// The stages of which a source was told: event, stage, action, when.
pub(crate) fn stages(all: &[Value]) -> Vec<String> {
    let statuses = all.iter().filter(|value| value["type"] == "segue.status");
    let line = |status: &Value| {
        let text = |name: &str| status["data"][name].as_str().unwrap_or("-").to_owned();
        [text("event"), text("stage"), text("action"), text("reason"), text("at")].join(" ")
    };
    statuses.map(line).collect()
}

/// A task without what only names it: its id, its decision and its bundle.
pub(crate) fn whole(task: &Value) -> Value {
    let mut data = task["data"].clone();
    let members = data.as_object_mut().unwrap();
    for name in ["task", "decision", "bundle"] {
        assert!(members.remove(name).is_some_and(|member| member.is_string()), "{name}");
    }
    data
}

#[test]
fn a_patient_is_asked_and_says_yes_or_keeps_silent() {
    let Some(story) = Story::begin("care", &["clinic.events"]) else { return };
    let delayed = |id: &str, patient: &str, minutes: u32| {
        let data = json!({"patient_id": patient, "appointment_id": format!("A-{patient}"), "doctor": "Who",
            "minutes": minutes});
        story.event("clinic.events", id, "appointment.delayed", patient, &data);
    };
    story.world.set_clock("2026-03-02T10:00:00Z");
    for (id, patient, name) in [("k1", "p1", "Ada"), ("k2", "p2", "Bo")] {
        let data = json!({"patient_id": patient, "first_name": name, "phone": "+331"});
        story.event("clinic.events", id, "patient.changed", patient, &data);
    }
    delayed("e1", "p1", 45);
    delayed("e2", "p2", 20);
    let asked = story.wait("both to be asked", "patient.messages", 2, |_| true);
    let of_ada = asked.iter().find(|task| is_about("p1")(task)).unwrap();
    assert_eq!(whole(of_ada), question_to_ada());

    story.world.set_clock("2026-03-02T10:10:00Z");
    let yes = json!({"outcome": "answered", "answer": "yes", "at": "2026-03-02T10:09:58Z"});
    story.outcome("patient.answers", of_ada, &yes);
    let moved = story.wait("the desk to hear of Ada", "clinic.desk.tasks", 1, |_| true);
    assert_eq!(
        (&moved[0]["data"]["action"], &moved[0]["subject"]),
        (&json!("move-appointment"), &json!("p1"))
    );

    // Not yet: an event of the same patient that troubles nobody shows that the log has come that far.
    story.world.set_clock("2026-03-02T10:59:59.999Z");
    delayed("e3", "p2", 5);
    let _ = story.wait("the short delay to be passed over", "clinic.status", 1, |status| {
        status["data"]["event"] == "e3" && status["data"]["stage"] == "no-action"
    });
    assert_eq!(story.read("clinic.desk.tasks").len(), 1, "the hour is not over");
    story.world.set_clock("2026-03-02T11:00:00Z");
    let _ = story.wait("the silent one to be called", "clinic.desk.tasks", 1, is_about("p2"));

    let all = story.end(&["clinic.desk.tasks", "clinic.status", "patient.messages"]);
    let desk: Vec<Value> =
        all.iter().filter(|value| value["data"]["rule"].is_string()).take(2).map(whole).collect();
    assert_eq!(desk[0]["what"], "Offer Ada another hour for A-p1");
    assert_eq!(desk[0]["how"], json!(["Dr Who is 45 minutes late today", "Confirm by text message"]));
    assert_eq!(desk[0]["due_at"], "2026-03-02T10:40:00Z");
    assert_eq!(desk[0]["shared"]["who"], json!({"first_name": "Ada", "phone": "+331"}));
    assert_eq!(desk[1]["what"], "Call Bo on +331 about A-p2");
    assert_eq!(
        (&desk[1]["released_at"], &desk[1]["journey"]),
        (&json!("2026-03-02T11:00:00Z"), &json!("e2"))
    );
    assert_eq!(
        stages(&all),
        [
            "k1 no-action - - 2026-03-02T10:00:00Z",
            "e1 decided - - 2026-03-02T10:00:00Z",
            "e1 released ask-to-reschedule - 2026-03-02T10:00:00Z",
            "e1 answered ask-to-reschedule - 2026-03-02T10:10:00Z",
            "e1 released move-appointment - 2026-03-02T10:10:00Z",
            "e1 overdue move-appointment - 2026-03-02T10:40:00Z",
            "k2 no-action - - 2026-03-02T10:00:00Z",
            "e2 decided - - 2026-03-02T10:00:00Z",
            "e2 released ask-to-reschedule - 2026-03-02T10:00:00Z",
            "e3 no-action - - 2026-03-02T10:59:59.999Z",
            "e2 unanswered ask-to-reschedule - 2026-03-02T11:00:00Z",
            "e2 released phone-patient - 2026-03-02T11:00:00Z",
        ]
    );
}

#[test]
fn a_sale_is_told_of_at_each_stage_and_a_rent_at_risk_in_time_or_not_at_all() {
    let Some(story) = Story::begin("finance", &["bank.events", "shop.sales"]) else { return };
    let checks = |action: &str| {
        let action = action.to_owned();
        story.wait(&action.clone(), "credit.tasks", 1, move |task| task["data"]["action"] == action).remove(0)
    };
    let completed = |task: &Value, at: &str| {
        story.world.set_clock(at);
        story.outcome("credit.outcomes", task, &json!({"outcome": "completed", "at": at}));
    };
    story.world.set_clock("2026-03-02T10:00:00Z");
    let sale = json!({"customer_id": "c9", "sale_id": "S-1", "amount": 250.0});
    story.event("shop.sales", "s1", "sale.requested", "c9", &sale);
    let rent = json!({"amount": 900.0, "due": "2026-03-11T03:00:00Z"});
    for (customer, name) in [("c1", "Ada"), ("c2", "Bo")] {
        let account = json!({"customer_id": customer, "account_id": "A", "balance": 500.0});
        story.event("bank.events", &format!("a-{customer}"), "account.changed", customer, &account);
        let who = json!({"customer_id": customer, "first_name": name, "main_account": "A",
            "timezone": "Europe/Paris", "rent": rent});
        story.event("bank.events", &format!("k-{customer}"), "customer.changed", customer, &who);
    }
    let check = checks("check-credit");
    // The clock goes on only when all of this is in the log.
    let of_bank = |value: &Value| value["source"] == "bank";
    let _ = story.wait("the bank's events to be logged", "segue.log", 4, of_bank);
    completed(&check, "2026-03-02T11:00:00Z");
    let invoice = checks("verify-invoice");
    assert_eq!(invoice["data"]["due_at"], "2026-03-02T15:00:00Z");
    story.world.set_clock("2026-03-02T16:00:00Z");
    let _ = story.wait("it to be overdue", "shop.status", 1, |status| status["data"]["stage"] == "overdue");
    completed(&invoice, "2026-03-02T16:01:00Z");
    let _ = checks("verify-payment");

    // A Sunday, four in the morning in Paris: both warnings wait until the advisers are there.
    let is_held = |value: &Value| value["result"] == "held";
    story.world.set_clock("2026-03-08T03:00:00Z");
    let _ = story.wait("both to be held", "segue.decisions", 2, is_held);
    story.world.set_clock("2026-03-08T20:00:00Z");
    let money = json!({"customer_id": "c2", "account_id": "A", "balance": 2500.0});
    story.event("bank.events", "a-3", "account.changed", "c2", &money);
    let _ = story.wait("the money to be logged", "segue.log", 5, of_bank);
    assert!(story.read("bank.adviser.tasks").is_empty(), "nobody is called on a Sunday");
    story.world.set_clock("2026-03-09T08:00:00Z");
    let warned = story.wait("Ada to be warned", "bank.adviser.tasks", 1, |_| true);
    let withdrawn = story.wait("Bo to be left alone", "segue.decisions", 1, |value| {
        value["subject"] == "c2" && value["candidates"][0]["by"] == "applicable"
    });
    assert_eq!(withdrawn[0]["stimulus"]["timer"]["due"], "2026-03-09T08:00:00Z");
    assert_eq!(whole(&warned[0]), warning_to_ada(&warned[0]["data"]["cause"]["event"]));

    let all = story.end(&["bank.adviser.tasks", "credit.tasks", "shop.status"]);
    assert_eq!(all.iter().filter(|value| is_about("c2")(value)).count(), 0, "Bo has the money");
    assert_eq!(
        stages(&all),
        [
            "s1 decided - - 2026-03-02T10:00:00Z",
            "s1 released check-credit - 2026-03-02T10:00:00Z",
            "s1 completed check-credit - 2026-03-02T11:00:00Z",
            "s1 released verify-invoice - 2026-03-02T11:00:00Z",
            "s1 overdue verify-invoice - 2026-03-02T15:00:00Z",
            "s1 completed verify-invoice - 2026-03-02T16:01:00Z",
            "s1 released verify-payment - 2026-03-02T16:01:00Z",
            "s1 overdue verify-payment - 2026-03-03T00:01:00Z",
        ]
    );
}

/// The task that asks Ada, whole.
fn question_to_ada() -> Value {
    json!({"action": "ask-to-reschedule", "rule": "doctor-late", "subject": "p1", "per": "person", "journey": "e1",
            "priority": {"score": 1.0, "rank": 1, "propensity": 1.0, "context": 1.0, "value": 1.0, "lever": 1.0},
            "what": "Ask Ada whether to move the appointment: Dr Who is 45 minutes late", "how": [],
            "tone": "apologetic", "assignee": null, "channel": null,
            "question": "Dr Who is running late. Move your appointment?", "answers": ["yes", "no"],
            "released_at": "2026-03-02T10:00:00Z", "due_at": null, "expires_at": "2026-03-02T14:00:00Z",
            "shared": {"who": {"first_name": "Ada"}, "event": {"data": {"doctor": "Who", "minutes": 45}}},
            "cause": {"source": "clinic", "event": "e1", "type": "appointment.delayed"}})
}

/// The task that a moment of that name led to, whole.
fn warning_to_ada(moment: &Value) -> Value {
    json!({"action": "warn-low-balance", "rule": "rent-at-risk", "subject": "c1", "per": "person",
            "journey": moment,
            "priority": {"score": 1.0, "rank": 1, "propensity": 1.0, "context": 1.0, "value": 1.0, "lever": 1.0},
            "what": "Tell Ada that the account does not cover the rent of 900.0",
            "how": ["Offer a transfer from savings", "Offer an overdraft until the salary is in"],
            "tone": "friendly", "assignee": null, "channel": null, "released_at": "2026-03-09T08:00:00Z",
            "due_at": null, "expires_at": "2026-03-11T08:00:00Z",
            "shared": {"who": {"first_name": "Ada", "rent": {"amount": 900.0}}},
            "cause": {"source": "segue", "event": moment, "type": "moment"}})
}
