//! The survivors of an index against a plain reading of every test.
//!
//! The reading here is written from CEL's rules by itself: it shares no comparison with the index.

use std::cmp::Ordering;
use std::sync::Arc;

use proptest::prelude::*;
use segue_index::{Atom, Bound, Constant, Domains, Index, Scratch, Seen, Test};
use segue_value::{Duration, Text, Timestamp, Value};

const SLOTS: u32 = 6;

type Conditions = Vec<Vec<Vec<Atom>>>;

/// True, false, or an error.
type Truth = Option<bool>;

fn both(a: Truth, b: Truth) -> Truth {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn either(a: Truth, b: Truth) -> Truth {
    both(a.map(|a| !a), b.map(|b| !b)).map(|neither| !neither)
}

/// The order of two numbers, of which at least one is no double or both are; exact, by way of decimal digits.
fn order_of_numbers(a: &Constant, b: &Constant) -> Option<Ordering> {
    let whole = |one: &Constant| match one {
        Constant::Int(one) => Some(i128::from(*one)),
        Constant::UInt(one) => Some(i128::from(*one)),
        _ => None,
    };
    match (a, b) {
        (Constant::Double(a), Constant::Double(b)) => a.partial_cmp(b),
        (Constant::Double(_), _) => order_of_numbers(b, a).map(Ordering::reverse),
        (_, Constant::Double(b)) if b.is_nan() => None,
        // Beyond all whole numbers here, where a cast would saturate.
        (_, Constant::Double(b)) if b.abs() > 1e30 => 0.0.partial_cmp(b),
        (a, Constant::Double(b)) => {
            let floor = b.floor();
            let order = whole(a)?.cmp(&(floor as i128));
            Some(if order.is_eq() && floor < *b { Ordering::Less } else { order })
        }
        (a, b) => Some(whole(a)?.cmp(&whole(b)?)),
    }
}

fn is_number(one: &Constant) -> bool {
    matches!(one, Constant::Int(_) | Constant::UInt(_) | Constant::Double(_))
}

fn equal(value: &Constant, other: &Constant) -> bool {
    match (value, other) {
        (a, b) if is_number(a) && is_number(b) => order_of_numbers(a, b) == Some(Ordering::Equal),
        (a, b) => a == b,
    }
}

/// `None`: an error, since the two have no order.
fn order(value: &Constant, other: &Constant) -> Option<Ordering> {
    match (value, other) {
        (a, b) if is_number(a) && is_number(b) => order_of_numbers(a, b),
        (Constant::Bool(a), Constant::Bool(b)) => Some(a.cmp(b)),
        (Constant::Text(a), Constant::Text(b)) => Some(a.chars().cmp(b.chars())),
        (Constant::Timestamp(a), Constant::Timestamp(b)) => Some(a.cmp(b)),
        (Constant::Duration(a), Constant::Duration(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn within(value: &Constant, bound: &Option<Bound>, side: Ordering) -> Truth {
    let Some(bound) = bound else { return Some(true) };
    let order = order(value, &bound.constant)?;
    Some(order == side || (bound.inclusive && order == Ordering::Equal))
}

fn holds(atom: &Atom, facts: &[Fact]) -> Truth {
    let value = match &facts[atom.slot as usize] {
        Fact::Known(value) => value,
        Fact::Unknown => return None,
        Fact::List => {
            return match &atom.test {
                Test::OneOf(_) => Some(false),
                Test::NoneOf(_) => Some(true),
                Test::Range { .. } => None,
            };
        }
    };
    match &atom.test {
        Test::OneOf(constants) => Some(constants.iter().any(|one| equal(value, one))),
        Test::NoneOf(constants) => Some(!constants.iter().any(|one| equal(value, one))),
        Test::Range { low, high } => {
            both(within(value, low, Ordering::Greater), within(value, high, Ordering::Less))
        }
    }
}

fn condition_holds(conjunctions: &[Vec<Atom>], facts: &[Fact]) -> Truth {
    if conjunctions.is_empty() {
        return Some(true);
    }
    let mut truth = Some(false);
    for atoms in conjunctions {
        let conjunction = atoms.iter().map(|one| holds(one, facts)).reduce(both);
        truth = either(truth, conjunction.unwrap_or(Some(true)));
    }
    truth
}

/// What a test gives a slot.
#[derive(Clone, Debug)]
enum Fact {
    Known(Constant),
    Unknown,
    /// A value that no constant can be.
    List,
}

fn value_of(fact: &Fact) -> Option<Value<'static>> {
    let constant = match fact {
        Fact::Known(constant) => constant,
        Fact::Unknown => return None,
        Fact::List => return Some(Value::Bytes(Arc::from(&b"a"[..]))),
    };
    Some(match constant {
        Constant::Null => Value::Null,
        Constant::Bool(value) => Value::Bool(*value),
        Constant::Int(value) => Value::Int(*value),
        Constant::UInt(value) => Value::UInt(*value),
        Constant::Double(value) => Value::Double(*value),
        Constant::Text(text) => Value::Text(Text::Made(Arc::clone(text))),
        Constant::Timestamp(at) => Value::Timestamp(*at),
        Constant::Duration(length) => Value::Duration(*length),
    })
}

fn survivors(index: &Index, facts: &[Fact], scratch: &mut Scratch) -> Vec<usize> {
    let values: Vec<_> = facts.iter().map(value_of).collect();
    let seen = |slot: u32| values[slot as usize].as_ref().map_or(Seen::Unknown, Seen::Value);
    index.survivors(seen, scratch).collect()
}

/// The conditions that the plain reading holds or cannot decide.
fn expected(conditions: &Conditions, facts: &[Fact]) -> Vec<usize> {
    let all = conditions.iter().enumerate();
    all.filter(|(_, one)| condition_holds(one, facts) != Some(false)).map(|(place, _)| place).collect()
}

/// The conditions that the index says hold, where each is said to be exact.
fn sure(index: &Index, facts: &[Fact], scratch: &mut Scratch) -> Vec<usize> {
    let values: Vec<_> = facts.iter().map(value_of).collect();
    let seen = |slot: u32| values[slot as usize].as_ref().map_or(Seen::Unknown, Seen::Value);
    index.judged(seen, scratch).filter(|(_, is_sure)| *is_sure).map(|(place, _)| place).collect()
}

/// Numbers around which types and rounding can go wrong, and few others, so that they meet often.
fn number() -> impl Strategy<Value = Constant> {
    prop_oneof![
        6 => (-3_i64..4).prop_map(Constant::Int),
        2 => (0_u64..4).prop_map(Constant::UInt),
        4 => (-6_i32..8).prop_map(|half| Constant::Double(f64::from(half) / 2.0)),
        1 => prop::sample::select(vec![
            Constant::Int(i64::MAX),
            Constant::Int(i64::MIN),
            Constant::UInt(1 << 63),
            Constant::UInt(u64::MAX),
            Constant::Int((1 << 53) + 1),
            Constant::Double(9_007_199_254_740_992.0),
            Constant::Double(9_223_372_036_854_775_808.0),
            Constant::Double(18_446_744_073_709_551_616.0),
            Constant::Double(-0.0),
            Constant::Double(f64::NAN),
            Constant::Double(f64::INFINITY),
            Constant::Double(f64::NEG_INFINITY),
        ]),
    ]
}

fn constant() -> impl Strategy<Value = Constant> {
    prop_oneof![
        8 => number(),
        6 => prop::sample::select(vec!["", "a", "b", "ba", "gold", "\u{e9}", "\u{1f600}", "\u{ffff}"])
            .prop_map(|text| Constant::Text(Arc::from(text))),
        1 => Just(Constant::Null),
        1 => any::<bool>().prop_map(Constant::Bool),
        1 => (0..2_i64, 0..2_u32).prop_map(|(seconds, nanos)| {
            Constant::Timestamp(Timestamp { seconds, nanos })
        }),
        1 => Just(Constant::Duration(Duration { seconds: 1, nanos: 500_000_000 })),
    ]
}

fn bound() -> impl Strategy<Value = Option<Bound>> {
    prop::option::of(
        (constant(), any::<bool>()).prop_map(|(constant, inclusive)| Bound { constant, inclusive }),
    )
}

fn test() -> impl Strategy<Value = Test> {
    prop_oneof![
        4 => prop::collection::vec(constant(), 0..4).prop_map(Test::OneOf),
        1 => prop::collection::vec(constant(), 0..3).prop_map(Test::NoneOf),
        3 => (bound(), bound()).prop_map(|(low, high)| Test::Range { low, high }),
    ]
}

fn atom(slots: u32) -> impl Strategy<Value = Atom> {
    // The first slots far more often, so that some columns are broad and some narrow.
    (0..slots, 0..slots, test()).prop_map(|(a, b, test)| Atom { slot: a.min(b), test })
}

fn conditions(count: std::ops::Range<usize>) -> impl Strategy<Value = Conditions> {
    let conjunction = || prop::collection::vec(atom(SLOTS), 0..5);
    let condition = prop_oneof![
        8 => conjunction().prop_map(|one| vec![one]),
        2 => prop::collection::vec(conjunction(), 0..4),
    ];
    prop::collection::vec(condition, count)
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let fact =
        prop_oneof![10 => constant().prop_map(Fact::Known), 1 => Just(Fact::Unknown), 1 => Just(Fact::List)];
    prop::collection::vec(fact, SLOTS as usize)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    // The constants are so few that every end of a range has a bucket of its own: nothing may be blurred.
    #[test]
    fn survivors_are_exactly_what_plain_reading_does_not_rule_out(
        conditions in conditions(0..90),
        given in prop::collection::vec(facts(), 1..12),
    ) {
        let index = Index::build(&conditions);
        let mut scratch = Scratch::default();
        for facts in &given {
            prop_assert_eq!(survivors(&index, facts, &mut scratch), expected(&conditions, facts), "{:?}", facts);
        }
    }

    // Two indexes share what the tests of the larger tell apart.
    #[test]
    fn what_is_said_to_hold_holds_and_no_other_is_lost(
        conditions in conditions(1..60),
        given in prop::collection::vec(facts(), 1..12),
    ) {
        let domains = Arc::new(Domains::of(&conditions));
        let mut scratch = Scratch::default();
        for half in [&conditions[..], &conditions[..conditions.len().div_ceil(2)]] {
            let index = Index::within(&domains, half, |place| place % 3 != 0);
            for facts in &given {
                let half = half.to_vec();
                let sure = sure(&index, facts, &mut scratch);
                for place in &sure {
                    prop_assert!(place % 3 != 0 && condition_holds(&half[*place], facts) == Some(true), "{place} {facts:?}");
                }
                prop_assert_eq!(survivors(&index, facts, &mut scratch), expected(&half, facts), "{:?}", facts);
            }
        }
    }

    // Facts of the kind that they are compared with leave nothing open.
    #[test]
    fn whole_numbers_within_whole_numbers_are_always_judged(
        ends in prop::collection::vec((-50_i64..50, 0_i64..20, any::<bool>(), any::<bool>()), 1..300),
        value in -60_i64..80,
    ) {
        let conditions: Conditions = ends
            .iter()
            .map(|(from, length, low_in, high_in)| {
                let low = Some(Bound { constant: Constant::Int(*from), inclusive: *low_in });
                let high = Some(Bound { constant: Constant::Int(from + length), inclusive: *high_in });
                vec![vec![Atom { slot: 0, test: Test::Range { low, high } }]]
            })
            .collect();
        let index = Index::within(&Arc::new(Domains::of(&conditions)), &conditions, |_| true);
        let facts = [Fact::Known(Constant::Int(value))];
        prop_assert_eq!(sure(&index, &facts, &mut Scratch::default()), expected(&conditions, &facts));
    }

    #[test]
    fn buckets_leave_out_nothing_that_holds_and_blur_little(
        ends in prop::collection::vec((-10_000_i64..10_000, 0_i64..500, any::<bool>(), any::<bool>()), 200..400),
        values in prop::collection::vec(-10_000_i64..10_500, 1..40),
    ) {
        let conditions: Conditions = ends
            .iter()
            .map(|(from, length, low_in, high_in)| {
                let low = Some(Bound { constant: Constant::Int(*from), inclusive: *low_in });
                let high = Some(Bound { constant: Constant::Int(from + length), inclusive: *high_in });
                vec![vec![Atom { slot: 0, test: Test::Range { low, high } }]]
            })
            .collect();
        let index = Index::build(&conditions);
        let mut scratch = Scratch::default();
        for value in values {
            let facts = [Fact::Known(Constant::Int(value))];
            let found = survivors(&index, &facts, &mut scratch);
            let wanted = expected(&conditions, &facts);
            prop_assert!(wanted.iter().all(|one| found.contains(one)), "{value}: {found:?}, not {wanted:?}");
            // A bucket holds a 64th of all ends: no more than that can be let pass wrongly on either side of a value.
            prop_assert!(found.len() <= wanted.len() + 2 * conditions.len() / 32 + 2, "{value}: {found:?}");
        }
    }
}

/// A number generator without surprises, for tests that want many rules without shrinking them.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn text(name: &str, number: u64) -> Constant {
    Constant::Text(Arc::from(format!("{name}-{number}").as_str()))
}

/// Rules as a large bundle has them: an event type, some of the fields that all types share, and fields of the type.
fn bundle(count: usize, dice: &mut Dice) -> Conditions {
    let mut conditions = Vec::new();
    for _ in 0..count {
        let kind = dice.below(50);
        let mut atoms = Vec::new();
        if dice.below(20) != 0 {
            atoms.push(Atom { slot: 0, test: Test::OneOf(vec![text("type", kind)]) });
        }
        for slot in 1..5_u32 {
            if dice.below(2) == 0 {
                let sides = [0, 5, 20, 40, 1_000][slot as usize];
                let many = 1 + if dice.below(4) == 0 { dice.below(3) } else { 0 };
                let constants = (0..many).map(|_| text("value", dice.below(sides))).collect();
                atoms.push(Atom { slot, test: Test::OneOf(constants) });
            }
        }
        for slot in 5..7 {
            if dice.below(3) == 0 {
                let from = dice.below(40) as i64;
                let low = Some(Bound { constant: Constant::Int(from), inclusive: true });
                let high = Some(Bound { constant: Constant::Int(from + 5), inclusive: false });
                atoms.push(Atom { slot, test: Test::Range { low, high } });
            }
        }
        if dice.below(2) == 0 {
            let test = Test::NoneOf(vec![text("value", dice.below(3))]);
            atoms.push(Atom { slot: 10 + kind as u32, test });
        }
        conditions.push(vec![atoms]);
    }
    conditions
}

fn event(dice: &mut Dice) -> Vec<Fact> {
    let mut facts = vec![Fact::Unknown; 60];
    facts[0] = Fact::Known(text("type", dice.below(50)));
    for (slot, sides) in [(1, 5), (2, 20), (3, 40), (4, 1_000)] {
        facts[slot] = Fact::Known(text("value", dice.below(sides)));
    }
    for fact in &mut facts[5..7] {
        *fact = Fact::Known(Constant::Double(dice.below(90) as f64 / 2.0));
    }
    for fact in &mut facts[10..] {
        *fact = Fact::Known(text("value", dice.below(3)));
    }
    facts
}

#[test]
fn a_bundle_of_thousands_of_rules_gives_few_survivors_and_one_scratch_serves_all() {
    let mut dice = Dice(7);
    let mut scratch = Scratch::default();
    for count in [1, 63, 64, 65, 1_000, 5_000, 10] {
        let conditions = bundle(count, &mut dice);
        let index = Index::build(&conditions);
        assert_eq!(index.len(), count);
        for _ in 0..20 {
            let facts = event(&mut dice);
            let found = survivors(&index, &facts, &mut scratch);
            let wanted = expected(&conditions, &facts);
            assert!(wanted.iter().all(|one| found.binary_search(one).is_ok()), "{count}");
            // The ends of the two ranges are forty-five each, so that the buckets are exact.
            assert_eq!(found, wanted, "{count}");
        }
    }
}

#[test]
fn conditions_that_share_no_slot_are_still_told_apart() {
    let yes = Value::Text(Text::Borrowed("value-1"));
    let no = Value::Text(Text::Borrowed("value-2"));
    // Far from each other, where the index asks condition by condition, and side by side, where it asks word by word.
    let layouts: [fn(u32) -> u32; 2] = [|place| place % 500, |place| place / 20];
    for (slot_of, expected) in
        layouts.into_iter().zip([vec![77, 577, 1_077, 1_577], (1_540..1_560).collect()])
    {
        let test = Test::OneOf(vec![text("value", 1)]);
        let conditions: Conditions =
            (0..2_000).map(|place| vec![vec![Atom { slot: slot_of(place), test: test.clone() }]]).collect();
        let index = Index::build(&conditions);
        let seen = |slot| Seen::Value(if slot == 77 { &yes } else { &no });
        let found: Vec<_> = index.survivors(seen, &mut Scratch::default()).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_survivor_that_was_not_fetched_does_not_come_back() {
    let conditions: Conditions = (0..9_000).map(|_| vec![]).collect();
    let all = Index::build(&conditions);
    let none = Index::build(&[vec![vec![Atom { slot: 0, test: Test::OneOf(vec![]) }]]]);
    let mut scratch = Scratch::default();
    let unknown = |_| Seen::Unknown;
    assert_eq!(all.survivors(unknown, &mut scratch).take(5_000).last(), Some(4_999));
    let null = Value::Null;
    assert_eq!(none.survivors(|_| Seen::Value(&null), &mut scratch).count(), 0);
    assert_eq!(all.survivors(unknown, &mut scratch).count(), 9_000);
}

#[test]
fn a_slot_is_asked_only_while_a_condition_is_left_that_tests_it() {
    let mut conditions = Conditions::new();
    for place in 0..100 {
        let kind = Atom { slot: 0, test: Test::OneOf(vec![text("type", place % 10)]) };
        let own = Atom { slot: 1 + (place % 10) as u32, test: Test::OneOf(vec![text("value", place)]) };
        conditions.push(vec![vec![kind, own]]);
    }
    let index = Index::build(&conditions);
    let (kind, value) = (Value::Text(Text::Borrowed("type-3")), Value::Text(Text::Borrowed("value-13")));
    let mut asked = Vec::new();
    let seen = |slot| {
        asked.push(slot);
        Seen::Value(if slot == 0 { &kind } else { &value })
    };
    assert_eq!(index.survivors(seen, &mut Scratch::default()).collect::<Vec<_>>(), [13]);
    assert_eq!(asked, [0, 4]);
}

/// Prints what building and asking cost. `cargo test -p segue-index --test survivors -- --ignored --nocapture`
#[test]
#[ignore = "a measurement, not a check"]
#[allow(clippy::disallowed_methods, reason = "it measures time")]
fn what_building_and_asking_cost() {
    for count in [100, 1_000, 10_000] {
        let mut dice = Dice(11);
        let conditions = bundle(count, &mut dice);
        let mut built = std::time::Duration::MAX;
        for _ in 0..10 {
            let started = std::time::Instant::now();
            let _ = Index::build(&conditions);
            built = built.min(started.elapsed());
        }
        let index = Index::build(&conditions);
        let events: Vec<Vec<Option<Value<'_>>>> =
            (0..32).map(|_| event(&mut dice).iter().map(value_of).collect()).collect();
        let mut scratch = Scratch::default();
        let (mut best, mut found) = (u128::MAX, 0);
        for _ in 0..2_000 {
            found = 0;
            let started = std::time::Instant::now();
            for values in &events {
                let seen = |slot: u32| values[slot as usize].as_ref().map_or(Seen::Unknown, Seen::Value);
                found += index.survivors(seen, &mut scratch).count();
            }
            best = best.min(started.elapsed().as_nanos() / events.len() as u128);
        }
        let survivors = found as f64 / events.len() as f64;
        println!("{count} rules: built in {built:?}, {best} ns an event, {survivors:.1} survivors");
    }
}
