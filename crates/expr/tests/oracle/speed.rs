//! How long one evaluation takes, next to the interpreter. Asked for by hand: it measures, it does not judge.

use std::hint::black_box;
use std::time::Instant;

use segue_expr::{Expression, Slots};

use crate::interpreter;
use crate::world::World;

const BATCHES: u32 = 300;

/// The nanoseconds of one call, of the quickest of some batches: those that nothing else has disturbed.
#[allow(clippy::disallowed_methods, reason = "time is what is measured")]
fn quickest(batch: u32, mut call: impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        (0..batch).for_each(|_| call());
        start.elapsed().as_nanos() as f64 / f64::from(batch)
    };
    (0..BATCHES).map(time).fold(f64::INFINITY, f64::min)
}

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
        let ours = quickest(1_000, || {
            let _ = black_box(black_box(&expression).truth(black_box(&scope)));
        });
        let (tree, roots) = (interpreter::prepared(source), world.roots());
        let theirs = quickest(100, || {
            let _ = black_box(interpreter::truth(black_box(&tree), black_box(&roots)));
        });
        println!("{ours:>8.1} ns {theirs:>8.1} ns  {source}");
    }
}
