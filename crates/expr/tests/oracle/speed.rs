//! How long one evaluation takes, next to the interpreter. Asked for by hand: it measures, it does not judge.

use std::hint::black_box;
use std::time::Instant;

use segue_expr::{Expression, Slots};

use crate::interpreter;
use crate::world::World;

const ROUNDS: u32 = 200_000;

#[test]
#[ignore = "measures; run it by hand on a quiet machine"]
fn an_evaluation_takes_nanoseconds() {
    let data = r#"{"account_id": "A1", "amount": 20, "days_late": 3, "note": "hi",
        "items": [{"sku": "a", "price": 1.50, "count": 2}, {"sku": "b", "price": 10, "count": 1}]}"#;
    let who = r#"{"first_name": "Ada", "tier": "gold", "main_account": "A1", "sentiment": -0.5, "timezone": "Europe/Paris"}"#;
    let world = World::new(data, who);
    for source in [
        "event.data.amount > 10.0",
        "event.data.amount > 10.0 && who.tier in ['gold', 'platinum'] && event.data.days_late >= 3 && event.data.account_id == 'A1'",
        "who.tier == 'silver' && event.data.amount > 10.0 && event.data.days_late >= 3 && event.data.account_id == 'A1'",
        "who.first_name.startsWith('A') && (who.sentiment < 0.0 || has(who.phone)) && who.tier in ['gold', 'platinum']",
        "event.data.items.exists(i, i.price > 5.0)",
        "accounts[who.main_account].balance < event.data.amount * 2.0",
        "now - event.time > duration('1h')",
        "who.phone == '1' || event.data.amount > 10.0",
    ] {
        let mut slots = Slots::new();
        let expression = Expression::compile(source, &world.names, &mut slots).unwrap();
        let layout = slots.finish();
        let scope = world.scope(&layout);
        let start = Instant::now();
        for _ in 0..ROUNDS {
            let _ = black_box(black_box(&expression).truth(black_box(&scope)));
        }
        let ours = start.elapsed() / ROUNDS;
        let (tree, roots) = (interpreter::prepared(source), world.roots());
        let start = Instant::now();
        for _ in 0..ROUNDS / 20 {
            let _ = black_box(interpreter::truth(black_box(&tree), black_box(&roots)));
        }
        let theirs = start.elapsed() / (ROUNDS / 20);
        println!("{ours:>9.1?} {theirs:>9.1?}  {source}");
    }
}
