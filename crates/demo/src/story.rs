//! What happens on a day: small scenes of a few moments each, told at once and mixed as days mix them.

use segue_model::{Span, Timestamp};
use serde_json::{Value, json};

use crate::cast::{Customer, PRODUCTS, euro};
use crate::random::Random;
use crate::systems::{Moment, System};

const DAY: Span = Span(86_400_000);
const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// When the story begins: a Monday, at nine.
pub const BEGIN: &str = "2026-03-02T09:00:00Z";

/// The story as far as it was told.
#[derive(Debug)]
pub struct Story {
    random: Random,
    customers: Vec<Customer>,
    /// How many events each system has published, for their ids.
    published: u64,
    /// Nine o'clock of the day that is told next.
    morning: Timestamp,
}

/// Moments that belong together, in their order.
type Scene = Vec<Moment>;

impl Story {
    /// The story of these numbers and people.
    pub fn new(random: Random, customers: Vec<Customer>, morning: Timestamp) -> Story {
        Story { random, customers, published: 0, morning }
    }

    /// Nine o'clock of the day that is told next.
    pub fn morning(&self) -> Timestamp {
        self.morning
    }

    /// Tells a day: what happens, and when. It begins with a payment that fails, so that there is something to do.
    pub fn day(&mut self) -> Vec<(Timestamp, Moment)> {
        let mut people = self.customers.clone();
        self.random.shuffle(&mut people);
        // The first is one who gets a call.
        people.sort_by_key(|customer| !customer.is_called());
        let [payer, others @ ..] = people.as_mut_slice() else { return Vec::new() };
        self.random.shuffle(others);
        let Some([mover, angry, urgent, tenant, reader, kind, last]) = others.first_chunk::<7>() else {
            return Vec::new();
        };
        let mut payment = self.payment(payer);
        let first = payment.remove(0);
        let scenes = vec![
            payment,
            self.new_job(mover),
            self.angry_post(angry),
            self.urgent_case(urgent),
            self.rent(tenant),
            self.campaign(reader),
            self.kind_word(kind),
            self.oddities(last),
        ];
        let mut at = self.morning;
        let mut day = vec![(at, first)];
        for moment in self.mix(scenes) {
            at = at.plus(Span(self.random.between(4, 19) * MINUTE_MS));
            day.push((at, moment));
        }
        self.morning = self.morning.plus(DAY);
        day
    }

    /// Mixes scenes; each keeps its order.
    fn mix(&mut self, mut scenes: Vec<Scene>) -> Vec<Moment> {
        let mut mixed = Vec::new();
        scenes.iter_mut().for_each(|scene| scene.reverse());
        loop {
            scenes.retain(|scene| !scene.is_empty());
            if scenes.is_empty() {
                return mixed;
            }
            let turn = self.random.between(0, scenes.len() as i64 - 1) as usize;
            mixed.extend(scenes[turn].pop());
        }
    }

    /// A payment fails, and the system that says so says it twice.
    fn payment(&mut self, who: &Customer) -> Scene {
        let purpose =
            *self.random.one_of(&["the home insurance", "the car lease", "the gym", "the energy bill"]);
        let amount = euro(&mut self.random, 39, 219);
        let says = format!("{} payment of {amount} EUR for {purpose} failed", genitive(who));
        let data =
            json!({"customer_id": who.id, "account_id": who.account, "amount": amount, "purpose": purpose});
        let first = self.moment(System::Billing, "payment.failed", who, data, says);
        let again =
            Moment { says: format!("{} (the same message, sent again)", first.says), ..first.clone() };
        vec![first, again]
    }

    /// Marketing alone would say "call or mail". With what the CRM knows it is three things for three teams.
    fn new_job(&mut self, who: &Customer) -> Scene {
        let company =
            *self.random.one_of(&["Nordlicht", "Ferro & Sons", "Atelier Sud", "Blue Harbour", "Kestrel"]);
        let title = *self.random.one_of(&["head of design", "site manager", "data engineer", "team lead"]);
        let days = self.random.between(5, 40);
        let since = self.morning.plus(Span(-days * DAY.0)).to_string();
        let job = json!({"customer_id": who.id, "job": {"title": title, "company": company, "since": since}});
        let topic =
            *self.random.one_of(&["the address is wrong", "a statement is missing", "a refund is late"]);
        let offers: Vec<_> = PRODUCTS.iter().filter(|product| product.0 != who.product).collect();
        let (product, name, ..) = **self.random.one_of(&offers);
        let name_of = who.first_name;
        let case = self.case(who, topic, false);
        let mut closed = case.clone();
        closed.data["status"] = json!("closed");
        closed.says = format!("{} case is closed: {topic}", genitive(who));
        let closed = Moment { id: self.next_id(System::Crm), ..closed };
        let visit = |story: &mut Story, visit: u32, nth: &str| {
            let says = format!("{name_of} looks at the page of the {name}, the {nth} time");
            story.moment(
                System::Marketing,
                "page.visited",
                who,
                json!({"product": product, "visit": visit}),
                says,
            )
        };
        vec![
            case,
            self.moment(
                System::Crm,
                "customer.changed",
                who,
                job,
                format!("{name_of} is now {title} at {company}"),
            ),
            visit(self, 1, "first"),
            visit(self, 2, "second"),
            closed,
        ]
    }

    /// The answer is public, what concerns the account is not.
    fn angry_post(&mut self, who: &Customer) -> Scene {
        let followers = self.random.between(1_000, 9_000);
        let mood = self.random.between(-10, -8);
        vec![self.post(who, "account", mood, followers, "is furious about the account")]
    }

    fn urgent_case(&mut self, who: &Customer) -> Scene {
        let topic = *self.random.one_of(&["the card is blocked abroad", "a payment went to a stranger"]);
        vec![self.case(who, topic, true)]
    }

    /// The rent is due in two days and the money is not there; then it is.
    fn rent(&mut self, who: &Customer) -> Scene {
        let amount = self.random.between(12, 28) * 50;
        let due = self.morning.plus(Span(self.random.between(46, 60) * HOUR_MS)).to_string();
        let rent = json!({"customer_id": who.id, "rent": {"amount": amount, "due": due}});
        let low = euro(&mut self.random, 40, 390);
        let high = euro(&mut self.random, 2_100, 3_900);
        let account =
            |balance: &Value| json!({"customer_id": who.id, "account_id": who.account, "balance": balance});
        let says = format!("{} rent of {amount} EUR is due in two days", genitive(who));
        vec![
            self.moment(System::Crm, "customer.changed", who, rent, says),
            self.moment(
                System::Billing,
                "account.changed",
                who,
                account(&low),
                format!("{} account is down to {low} EUR", genitive(who)),
            ),
            self.moment(
                System::Billing,
                "account.changed",
                who,
                account(&high),
                format!("{} salary is in: {high} EUR", genitive(who)),
            ),
        ]
    }

    fn campaign(&mut self, who: &Customer) -> Scene {
        let (product, name, ..) = *self.random.one_of(&PRODUCTS);
        let says = format!("{} clicks on the {name} in the spring mail", who.first_name);
        let data = json!({"product": product, "campaign": "spring"});
        vec![self.moment(System::Marketing, "campaign.clicked", who, data, says)]
    }

    fn kind_word(&mut self, who: &Customer) -> Scene {
        let followers = self.random.between(20, 900);
        let (shrug, kind) = (self.random.between(-2, 2), self.random.between(7, 10));
        vec![
            self.post(who, "app", shrug, followers, "mentions our app"),
            self.post(who, "branch", kind, followers, "praises the branch in the old town"),
        ]
    }

    /// What should not come in, and comes in all the same.
    fn oddities(&mut self, who: &Customer) -> Scene {
        let scrolled = json!({"percent": self.random.between(20, 90)});
        let wrong = json!({
            "customer_id": who.id,
            "account_id": who.account,
            "amount": "a lot",
            "purpose": "the gym",
        });
        let name = who.first_name;
        vec![
            self.moment(
                System::Marketing,
                "page.scrolled",
                who,
                scrolled,
                format!("{name} scrolls down a page"),
            ),
            self.moment(
                System::Billing,
                "payment.failed",
                who,
                wrong,
                format!("{} payment failed, says a message with a text for an amount", genitive(who)),
            ),
        ]
    }

    fn case(&mut self, who: &Customer, topic: &str, urgent: bool) -> Moment {
        let id = self.next_id(System::Crm);
        let data = json!({
            "case_id": format!("K-{}", &id[4..]),
            "customer_id": who.id,
            "title": topic,
            "status": "open",
            "urgent": urgent,
        });
        let kind = if urgent { "an urgent case" } else { "a case" };
        let says = format!("{} opens {kind}: {topic}", who.first_name);
        Moment { system: System::Crm, kind: "case.changed", id, customer: who.id.clone(), data, says }
    }

    fn post(&mut self, who: &Customer, about: &str, mood: i64, followers: i64, does: &str) -> Moment {
        let network = *self.random.one_of(&["Mastodon", "Bluesky", "Instagram"]);
        let id = self.next_id(System::Social);
        let data = json!({
            "customer_id": who.id,
            "network": network,
            "url": format!("https://{}.example/{id}", network.to_lowercase()),
            "about": about,
            "sentiment": mood as f64 / 10.0,
            "followers": followers,
        });
        let says = format!("{} {does} on {network}", who.first_name);
        Moment { system: System::Social, kind: "post.published", id, customer: who.id.clone(), data, says }
    }

    fn moment(
        &mut self,
        system: System,
        kind: &'static str,
        who: &Customer,
        data: Value,
        says: String,
    ) -> Moment {
        Moment { system, kind, id: self.next_id(system), customer: who.id.clone(), data, says }
    }

    fn next_id(&mut self, system: System) -> String {
        self.published += 1;
        format!("{}-{:04}", system.name(), self.published)
    }
}

fn genitive(who: &Customer) -> String {
    format!("{}'s", who.first_name)
}
