//! Who is in the story: the customers, and what the systems know of them before it begins.

use serde_json::{Value, json};

use crate::random::Random;
use crate::systems::{Moment, System};

/// A customer.
#[derive(Clone, Debug)]
pub struct Customer {
    /// The id, in every system.
    pub id: String,
    /// The first name, by which the story knows the customer.
    pub first_name: &'static str,
    /// The last name.
    pub last_name: &'static str,
    /// How much the customer is worth.
    pub tier: &'static str,
    /// The mood, in tenths from -10 to 10.
    pub mood: i64,
    /// What the customer has.
    pub product: &'static str,
    /// The account.
    pub account: String,
}

/// A product: id, name, rate in percent, guide.
pub const PRODUCTS: [(&str, &str, f64, &str); 4] = [
    ("home-loan", "home loan", 3.35, "Your first home"),
    ("car-loan", "car loan", 4.85, "New, used, or none at all"),
    ("travel-card", "travel card", 1.25, "Paying abroad"),
    ("savings-plan", "savings plan", 2.15, "A little each month"),
];

const NAMES: [(&str, &str); 8] = [
    ("Ada", "Berg"),
    ("Max", "Oduya"),
    ("Lena", "Moreau"),
    ("Tomas", "Novak"),
    ("Ines", "Costa"),
    ("Noor", "Haddad"),
    ("Emil", "Lund"),
    ("Yuki", "Tanaka"),
];
/// As many as there are names, so that each story has enough of each.
const TIERS: [&str; 8] = ["platinum", "platinum", "gold", "gold", "gold", "silver", "silver", "silver"];

impl Customer {
    /// True of a customer whom the bank calls when something goes wrong.
    pub fn is_called(&self) -> bool {
        self.tier != "silver"
    }
}

/// Who is in the story of these numbers.
pub fn customers(random: &mut Random) -> Vec<Customer> {
    let mut tiers = TIERS;
    random.shuffle(&mut tiers);
    let person = |(number, ((first_name, last_name), tier))| Customer {
        id: format!("c-{}", 101 + number),
        first_name,
        last_name,
        tier,
        mood: random.between(-6, 8),
        product: random.one_of(&PRODUCTS).0,
        account: format!("A-{}", random.between(10_000, 99_999)),
    };
    NAMES.into_iter().zip(tiers).enumerate().map(person).collect()
}

/// What the systems say before the story begins.
pub fn introduction(customers: &[Customer], random: &mut Random) -> Vec<Moment> {
    let mut moments = Vec::new();
    for (product, name, rate, guide) in PRODUCTS {
        let data = json!({"product": product, "name": name, "rate": rate, "guide": guide});
        moments.push(known(System::Catalogue, "product.changed", product, "", data));
    }
    for customer in customers {
        let data = json!({
            "customer_id": customer.id,
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "tier": customer.tier,
            "sentiment": customer.mood as f64 / 10.0,
            "products": [customer.product],
            "accepts_calls": random.between(10, 18) as f64 / 20.0,
        });
        moments.push(known(System::Crm, "customer.changed", &customer.id, &customer.id, data));
        let data = json!({
            "customer_id": customer.id,
            "account_id": customer.account,
            "balance": euro(random, 2_000, 9_000),
        });
        moments.push(known(System::Billing, "account.changed", &customer.id, &customer.id, data));
    }
    moments
}

/// An amount with cents, of which the last is never 0: JSON does not write it.
pub fn euro(random: &mut Random, low: i64, high: i64) -> Value {
    let cents = random.between(low, high) * 100 + random.between(0, 9) * 10 + 5;
    json!(cents as f64 / 100.0)
}

fn known(system: System, kind: &'static str, name: &str, customer: &str, data: Value) -> Moment {
    let id = format!("{}-{name}", system.name());
    Moment { system, kind, id, customer: customer.to_owned(), data, says: String::new() }
}
