//! Networks come and go, and the rules know none of them: an angry post is answered where it was written, and goes on in
//! private once an account is involved; help knows the product, the country and the device. By a clock that is moved by hand.

use serde_json::{Value, json};

use crate::time::{Story, is_about, whole};
use crate::world::PARTITIONS;

const SOURCES: [&str; 6] = [
    "articles.events",
    "customers.events",
    "forum.events",
    "messenger.events",
    "pictures.remarks",
    "products.events",
];
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1";

#[test]
fn an_angry_thread_is_one_matter_from_the_public_post_to_the_private_message() {
    let Some(story) = Story::begin("community", &SOURCES) else { return };
    let task = |action: &'static str, subject: &'static str| {
        let is_it = |task: &Value| task["data"]["action"] == action && is_about(subject)(task);
        story.wait(action, "care.tasks", 1, is_it).pop().unwrap()
    };
    story.world.set_clock("2026-03-02T10:00:00Z");
    meet_customers(&story);

    // A stranger is as angry, and is nobody's customer.
    post(&story, "s1", "stranger", "t-9", (-0.9, true));
    post(&story, "p1", "ada_l", "t-7", (-0.8, false));
    let answer = task("answer-in-public", "c1");
    assert_eq!(whole(&answer), answer_to_ada());
    // The network that came last has a format of its own, and the same rules.
    let remark = json!({"kind": "post.written", "remark": "r-1", "at": "2026-03-02T10:00:00Z", "author": "cy.snaps",
        "thread": "p-5", "mood": -0.6, "about_account": false});
    story.publish("pictures.remarks", "cy.snaps", "application/json", &remark);
    assert_eq!(task("answer-in-public", "c3")["data"]["channel"], "pictures");

    story.world.set_clock("2026-03-02T10:05:00Z");
    post(&story, "p2", "ada_l", "t-7", (-0.9, false));
    post(&story, "p3", "ada_l", "t-7", (-0.3, true));
    let moved = task("move-to-private", "c1");
    assert_eq!(
        (&moved["data"]["channel"], &moved["data"]["journey"]),
        (&json!("messenger"), &answer["data"]["journey"])
    );
    let said = story.why(&moved);
    assert!(said.contains("What was begun in public is about the customer's account now"), "{said}");

    story.world.set_clock("2026-03-02T10:20:00Z");
    let message = json!({"author": "+33 6 5550", "thread": "t-7", "mood": 0.0, "about_account": true});
    story.event("messenger.events", "m1", "message.received", "+33 6 5550", &message);
    assert_eq!(
        task("go-on-in-private", "c1")["data"]["what"],
        "Answer the message of Ada; the matter began in the thread t-7"
    );

    show_help(&story);
    let all = story.end(&["care.tasks", "app.tasks", "customers.status"]);
    let actions: Vec<_> = all
        .iter()
        .filter(|value| value["data"]["rule"].is_string())
        .map(|task| task["data"]["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        ["show-article", "answer-in-public", "move-to-private", "go-on-in-private", "answer-in-public"]
    );
}

/// Tells of Ada and Cy, and by which names the networks know them.
fn meet_customers(story: &Story) {
    let ada = json!({"customer_id": "c1", "first_name": "Ada", "consent": {"messages": true},
        "names": {"forum": "ada_l", "messenger": "+33 6 5550"}});
    story.event("customers.events", "k1", "customer.changed", "c1", &ada);
    let cy = json!({"customer_id": "c3", "first_name": "Cy", "names": {"pictures": "cy.snaps"}});
    story.event("customers.events", "k3", "customer.changed", "c3", &cy);
    let ids = [
        ("l1", "forum", "ada_l", "c1"),
        ("l2", "messenger", "+33 6 5550", "c1"),
        ("l3", "pictures", "cy.snaps", "c3"),
    ];
    for (id, namespace, name, customer) in ids {
        let data =
            json!({"a": {"namespace": namespace, "id": name}, "b": {"namespace": "person", "id": customer}});
        story.event("customers.events", id, "identity.linked", customer, &data);
    }
    let is_link = |status: &Value| ids.iter().any(|link| status["data"]["event"] == link.0);
    let _ = story.wait("the links to be made", "customers.status", ids.len(), is_link);
}

fn post(story: &Story, id: &str, author: &str, thread: &str, (mood, about_account): (f64, bool)) {
    let data = json!({"author": author, "thread": thread, "mood": mood, "about_account": about_account});
    story.event("forum.events", id, "post.written", author, &data);
}

/// A router of Ada's has no signal, in France: she is shown the French article, as it opens on her phone.
fn show_help(story: &Story) {
    let article = json!({"key": "router-9/no-signal/FR", "title": "La lumière rouge",
        "links": {"phone": "app://a/17", "other": "https://help.example/fr/17"}});
    story.event("articles.events", "a1", "article.changed", "articles", &article);
    let is_row = |value: &Value| value["kind"] == "row";
    let _ = story.wait("the article to be known everywhere", "segue.log", PARTITIONS as usize, is_row);
    story.world.set_clock("2026-03-02T11:00:00Z");
    let trouble = |country: &str| json!({"customer_id": "c1", "product": "router-9", "trouble": "no-signal", "country": country, "agent": IPHONE});
    // Nothing is written for Germany.
    story.event("products.events", "d1", "product.in-trouble", "c1", &trouble("DE"));
    story.event("products.events", "d2", "product.in-trouble", "c1", &trouble("FR"));
    let shown = story.wait("help to be shown", "app.tasks", 1, |_| true);
    let data = &shown[0]["data"];
    assert_eq!((&data["how"], &data["channel"]), (&json!(["Open app://a/17"]), &json!("app")));
    assert_eq!(data["what"], "Show 'La lumière rouge' for the router-9");
}

fn answer_to_ada() -> Value {
    json!({"action": "answer-in-public", "rule": "angry-post", "subject": "c1", "per": "person", "journey": "t-7",
        "priority": {"score": 50.0, "rank": 1, "propensity": 1.0, "context": 1.0, "value": 50.0, "lever": 1.0},
        "what": "Answer Ada in the thread t-7",
        "how": ["Say that we have read it, and what we do", "Name nothing that only the customer and we know"],
        "tone": "calm", "assignee": null, "channel": "forum", "released_at": "2026-03-02T10:00:00Z",
        "due_at": "2026-03-02T10:30:00Z", "expires_at": null,
        "shared": {"who": {"first_name": "Ada"}, "event": {"data": {"thread": "t-7"}}},
        "cause": {"source": "forum", "event": "p1", "type": "post.written"}})
}
