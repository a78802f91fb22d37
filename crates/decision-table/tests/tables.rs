//! Tables as they are written, what they decide, and what is found wrong with them.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use proptest::prelude::*;
use segue_decision_table::{Ambiguous, CellFault, DecisionTable, Finding, Hit, Scratch};
use segue_value::{Shape, Timestamp, Value, json};

fn table_of(hit: Hit, inputs: &[&str], rows: &[&[&str]]) -> Result<DecisionTable, Vec<CellFault>> {
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.to_vec()).collect();
    DecisionTable::new(hit, inputs, &["out"], &rows)
}

/// What the table decides, as JSON.
fn decided(table: &DecisionTable, inputs: &[Value<'_>]) -> String {
    json::json(&table.decide(inputs).unwrap()).unwrap()
}

/// Whether a table with a first column of these cells hits its first row for the value.
fn hits(cells: &[&str], value: &Value<'_>) -> bool {
    let rows: Vec<Vec<&str>> = cells.iter().map(|cell| vec![*cell, "x"]).collect();
    let table = DecisionTable::new(Hit::First, &["in"], &["out"], &rows).unwrap();
    table.hits(std::slice::from_ref(value), &mut Scratch::default()).any(|row| row == 0)
}

#[test]
fn cells_admit_what_they_say() {
    let (int, double, text) = (Value::Int, Value::Double, |text| Value::text(text));
    for (cell, admitted, refused) in [
        ("", vec![int(1), Value::Null, text(""), Value::Bool(false)], vec![]),
        ("  ", vec![int(1)], vec![]),
        ("5", vec![int(5), double(5.0), Value::UInt(5)], vec![int(4), text("5"), Value::Null]),
        ("'5'", vec![text("5")], vec![int(5)]),
        ("-2.5e0", vec![double(-2.5)], vec![int(-2)]),
        ("18446744073709551615", vec![Value::UInt(u64::MAX)], vec![double(1.8446744073709552e19)]),
        ("007", vec![text("007")], vec![int(7)]),
        ("true", vec![Value::Bool(true)], vec![Value::Bool(false), text("true")]),
        ("null", vec![Value::Null], vec![text("null"), Value::Bool(false)]),
        ("gold", vec![text("gold")], vec![text("Gold"), text(" gold"), Value::Null]),
        ("it's", vec![text("it's")], vec![]),
        ("'it''s | so'", vec![text("it's | so")], vec![text("it's")]),
        ("\"a\"", vec![text("a")], vec![text("\"a\"")]),
        ("''", vec![text("")], vec![Value::Null]),
        ("gold | 'a|b' | 3", vec![text("gold"), text("a|b"), int(3)], vec![text("a"), text("3")]),
        ("[0..10)", vec![int(0), double(9.5)], vec![int(10), int(-1), text("5"), Value::Null]),
        ("(0..10]", vec![int(10), double(0.5)], vec![int(0), double(f64::NAN)]),
        ("[ .. 10 )", vec![int(-1_000), double(f64::NEG_INFINITY)], vec![int(10)]),
        ("[-5..)", vec![int(-5)], vec![double(-5.5)]),
        ("[a..c)", vec![text("a"), text("bz")], vec![text("c"), int(1)]),
        ("['a..'..'b']", vec![text("a.."), text("b")], vec![text("a")]),
        (">= 5", vec![int(5), double(5.5)], vec![int(4), text("6")]),
        (">5", vec![int(6)], vec![int(5)]),
        ("<= 5", vec![int(5)], vec![int(6)]),
        ("< 5", vec![double(4.9)], vec![int(5), Value::Bool(false)]),
        ("!= 5", vec![int(4), text("5"), Value::Null], vec![int(5), double(5.0)]),
        ("!= gold", vec![text("silver"), int(1)], vec![text("gold")]),
    ] {
        for value in admitted {
            assert!(hits(&[cell], &value), "{cell:?} admits {value:?}");
        }
        for value in refused {
            assert!(!hits(&[cell], &value), "{cell:?} refuses {value:?}");
        }
    }
}

#[test]
fn a_column_of_dates_and_times_is_one_of_timestamps_and_any_other_is_not() {
    let at = |text: &str| Value::Timestamp(Timestamp::parse(text).unwrap());
    let dates = ["[2026-03-01T00:00:00Z..2026-04-01T00:00:00+02:00)", "null", "2026-05-01T00:00:00Z"];
    assert!(hits(&dates, &at("2026-03-31T21:59:59Z")));
    assert!(!hits(&dates, &at("2026-03-31T22:00:00Z")));
    assert!(!hits(&dates, &Value::text("2026-03-31T21:59:59Z")));
    assert!(hits(&["2026-03-01T00:00:00Z", "soon"], &Value::text("2026-03-01T00:00:00Z")));
    let table = table_of(Hit::First, &["in"], &[&["2026-03-01T00:00:00Z", "x"]]).unwrap();
    assert_eq!(table.input_shape(0), &Shape::Timestamp);
}

#[test]
fn every_fault_is_told_with_its_place() {
    for (cell, place, message) in [
        (" [0..10", 1..7, "a range is not closed"),
        ("[0,10]", 0..6, "a range has no `..`"),
        ("[..]", 0..4, "a range has no ends"),
        ("[10..0]", 0..7, "nothing is within the range"),
        ("(5..5]", 0..6, "nothing is within the range"),
        ("[0..x]", 0..6, "the ends of the range are of different kinds"),
        ("> true", 0..6, "a bound must have an order"),
        (">=", 0..2, "nothing follows `>=`"),
        ("== 5", 0..4, "`==` is not written"),
        ("<> 5", 0..4, "`<>` is not a comparison"),
        (">= 5 | 6", 3..8, "a comparison is with one value"),
        ("a | > 5", 4..7, "a list holds values, not ranges or comparisons"),
        ("a || b", 3..3, "a list has an empty item"),
        ("'a", 0..2, "a quote is not closed"),
        ("'a'b", 3..4, "something follows the quotes"),
        ("1e999", 0..5, "the number is out of range"),
    ] {
        let faults = table_of(Hit::First, &["in"], &[&["a", "x"], &[cell, "x"]]).unwrap_err();
        let found: Vec<_> =
            faults.iter().map(|one| (one.row, one.column, one.range.clone(), one.message.as_str())).collect();
        assert_eq!(found, [(Some(1), 0, place, message)], "{cell}");
    }
}

#[test]
fn all_faults_come_at_once_in_the_order_of_the_table() {
    let rows = [vec!["[1..", "2", "x"], vec!["1", "[2..1]", "'x"], vec!["1"]];
    let faults = DecisionTable::new(Hit::First, &["a", "b"], &["out"], &rows).unwrap_err();
    let places: Vec<_> = faults.iter().map(|one| (one.row.unwrap(), one.column)).collect();
    assert_eq!(places, [(0, 0), (1, 1), (1, 2), (2, 1)]);
    let faults = DecisionTable::new(Hit::First, &["a", "a"], &[], &[]).unwrap_err();
    let messages: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(messages, ["column 2: the input `a` is there already", "column 3: a table needs an output"]);
}

#[test]
fn the_hit_policy_says_which_rows_count() {
    let rows: [&[&str]; 3] = [&["[0..10]", "low"], &["[5..20]", "2"], &["7", "null"]];
    let first = table_of(Hit::First, &["in"], &rows).unwrap();
    let unique = table_of(Hit::Unique, &["in"], &rows).unwrap();
    let collect = table_of(Hit::Collect, &["in"], &rows).unwrap();
    for (value, first_row, all) in [
        (1, r#"{"out":"low"}"#, r#"[{"out":"low"}]"#),
        (7, r#"{"out":"low"}"#, r#"[{"out":"low"},{"out":2},{"out":null}]"#),
        (15, r#"{"out":2}"#, r#"[{"out":2}]"#),
        (50, "null", "null"),
    ] {
        let value = [Value::Int(value)];
        assert_eq!(decided(&first, &value), first_row);
        assert_eq!(decided(&collect, &value), all);
    }
    assert_eq!(decided(&unique, &[Value::Int(15)]), r#"{"out":2}"#);
    assert_eq!(decided(&unique, &[Value::Int(50)]), "null");
    assert_eq!(unique.decide(&[Value::Int(7)]).unwrap_err(), Ambiguous { first: 0, second: 1 });
    // What is not given is null.
    assert_eq!(decided(&first, &[]), "null");
}

#[test]
fn outputs_are_literals_and_their_shapes_are_known() {
    let rows = [vec!["1", "5", "a | b", ""], vec!["2", "2.5", "> 5", "true"], vec!["3", "1", "'7'", "true"]];
    let table = DecisionTable::new(Hit::First, &["in"], &["n", "t", "b"], &rows).unwrap();
    assert_eq!(decided(&table, &[Value::Int(1)]), r#"{"b":null,"n":5.0,"t":"a | b"}"#);
    // Of numbers of which one is a double, all are.
    assert_eq!(decided(&table, &[Value::Int(3)]), r#"{"b":true,"n":1.0,"t":"7"}"#);
    assert_eq!(table.shape().member("n"), Some(&Shape::Double));
    assert_eq!(table.shape().member("t"), Some(&Shape::Text));
    assert_eq!(table.shape().member("b"), Some(&Shape::Bool));
    assert_eq!(table.shape().member("x"), None);
    assert_eq!(table.input_shape(0), &Shape::Double);
}

fn findings(hit: Hit, rows: &[&[&str]]) -> Vec<String> {
    let names = ["a", "b", "c"];
    let table = table_of(hit, &names[..rows[0].len() - 1], rows).unwrap();
    table.findings().iter().map(ToString::to_string).collect()
}

#[test]
fn a_row_that_an_earlier_one_covers_is_never_hit() {
    let never = |rows: &[&[&str]]| {
        let mut found = findings(Hit::First, rows);
        found.retain(|finding| finding.contains("never"));
        found
    };
    let covered = |row, by| {
        vec![format!("row {row} is never hit: row {by} comes before it and admits all that it does")]
    };
    assert_eq!(never(&[&["[0..10)", "", "x"], &["[2..5]", "gold", "x"]]), covered(2, 1));
    assert_eq!(never(&[&["a | b", "x"], &["c", "x"], &["b", "x"]]), covered(3, 1));
    assert_eq!(never(&[&["", "x"], &["", "x"]]), covered(2, 1));
    assert_eq!(never(&[&["!= 5", "x"], &["'5'", "x"]]), covered(2, 1));
    // Each of these is hit by something.
    for rows in [
        [&["[0..10)", "x"][..], &["[2..10]", "x"]],
        [&["gold", "x"], &["", "x"]],
        [&[">= 0", "x"], &["!= 5", "x"]],
        [&["true | false", "x"], &["", "x"]],
        [&["> 5", "x"], &[">= 5", "x"]],
        [&["!= 5", "x"], &["5", "x"]],
    ] {
        assert_eq!(never(&rows), Vec::<String>::new(), "{rows:?}");
    }
}

#[test]
fn rows_that_can_be_hit_at_once_overlap() {
    let overlap = |a: &[&str], b: &[&str]| {
        let mut found = findings(Hit::Unique, &[a, b]);
        found.retain(|finding| finding.contains("rows"));
        found.join("; ")
    };
    let both = "rows 1 and 2 can both be hit";
    assert_eq!(overlap(&["[0..10]", "x"], &["[10..20]", "x"]), both);
    assert_eq!(overlap(&["[0..10)", "x"], &["[10..20]", "x"]), "");
    assert_eq!(overlap(&["> 5", "x"], &["< 6", "x"]), format!("{both}, by fractions only"));
    assert_eq!(overlap(&["> 5", "x"], &["< 6.0", "x"]), both);
    assert_eq!(overlap(&["gold", "", "x"], &["", "5", "x"]), both);
    assert_eq!(overlap(&["gold", "4", "x"], &["", "5", "x"]), "");
    assert_eq!(overlap(&["!= a", "x"], &["!= b", "x"]), both);
    assert_eq!(overlap(&["", "x"], &["", "x"]), both);
}

#[test]
fn a_combination_without_a_row_is_a_gap() {
    let gap = |rows: &[&[&str]]| findings(Hit::Collect, rows).join("; ");
    assert_eq!(gap(&[&["< 0", "x"], &["> 0", "x"]]), "no row is hit by a: 0");
    assert_eq!(gap(&[&["< 0", "x"], &[">= 0", "x"]]), "");
    assert_eq!(gap(&[&["<= 5", "x"], &[">= 6", "x"]]), "no row is hit by a: 5.5; only fractions are missed");
    assert_eq!(gap(&[&["<= 5", "x"], &[">= 6.5", "x"]]), "no row is hit by a: 5.75");
    assert_eq!(gap(&[&["true", "x"]]), "no row is hit by a: false");
    assert_eq!(gap(&[&["true", "x"], &["false", "x"]]), "");
    assert_eq!(gap(&[&["a | b", "x"]]), "no row is hit by a: any other text");
    assert_eq!(gap(&[&["a", "x"], &["< 1", "x"], &[">= 1", "x"]]), "no row is hit by a: any other text");
    assert_eq!(gap(&[&["[..b)", "x"], &["(b..]", "x"]]), r#"no row is hit by a: "b""#);
    assert_eq!(gap(&[&["null", "x"]]), "no row is hit by a: anything");
    assert_eq!(gap(&[&["a", "", "x"], &["", "1", "x"]]), "no row is hit by a: any other text, b: 0");
    assert_eq!(gap(&[&["a", "", "x"], &["!= a", "> 1", "x"], &["", "<= 1", "x"]]), "");
    assert_eq!(
        gap(&[&["< 2026-01-01T00:00:00Z", "x"], &["> 2026-01-01T00:00:00Z", "x"]]),
        r#"no row is hit by a: "2026-01-01T00:00:00Z""#
    );
    let none: &[Vec<&str>] = &[];
    let empty = DecisionTable::new(Hit::First, &["a"], &["out"], none).unwrap();
    assert_eq!(empty.findings()[0].to_string(), "no row is hit by a: anything");
}

fn wide(hit: Hit, rows: &[Vec<String>]) -> DecisionTable {
    let names: Vec<String> = (0..rows[0].len()).map(|at| format!("n{at}")).collect();
    let (inputs, outputs) = names.split_at(names.len() - 1);
    DecisionTable::new(hit, inputs, outputs, rows).unwrap()
}

#[test]
fn ten_thousand_rows_are_checked() {
    let keyed =
        |at: usize| vec![format!("key-{}", at / 2), format!("[{}..{})", at % 2 * 50, at % 2 * 50 + 50)];
    let mut rows: Vec<Vec<String>> =
        (0..10_000).map(|at| keyed(at).into_iter().chain([at.to_string()]).collect()).collect();
    let (mut first, mut unique) = (wide(Hit::First, &rows), wide(Hit::Unique, &rows));
    let gap = "no row is hit by n0: \"key-0\", n1: -1";
    assert_eq!(first.findings()[0].to_string(), gap);
    assert_eq!(unique.findings()[0].to_string(), gap);
    // One that is covered, one that overlaps, and one that takes what is left.
    rows[9_998] = ["key-17", "[10..20)", "x"].map(str::to_owned).to_vec();
    rows.push(["", "", "x"].map(str::to_owned).to_vec());
    (first, unique) = (wide(Hit::First, &rows), wide(Hit::Unique, &rows));
    let shown = |table: &DecisionTable| table.findings().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(shown(&first), ["row 9999 is never hit: row 35 comes before it and admits all that it does"]);
    let overlaps = shown(&unique);
    assert_eq!(overlaps[..2], ["rows 35 and 9999 can both be hit", "rows 1 and 10001 can both be hit"]);
    assert_eq!(decided(&first, &[Value::text("key-4999"), Value::Int(80)]), r#"{"n2":9999}"#);
}

#[test]
fn what_would_take_too_long_is_said_not_to_have_been_checked() {
    // Every row admits the beginning of all that follow, and none all of another.
    let crossed: Vec<Vec<String>> =
        (0..12_000).map(|at| vec![format!("[{at}..{})", 30_000 + at), String::new()]).collect();
    let table = wide(Hit::First, &crossed);
    let (never_hit, gap) = (&table.findings()[0], &table.findings()[1]);
    assert_eq!(never_hit.to_string(), "the table is too large to be checked for rows that are never hit");
    assert!(matches!(gap, Finding::Gap { .. }));
    // Nine pigeons, eight holes: each in none, or two in one, is always so; who looks for a gap has to try them all.
    let (pigeons, holes) = (9, 8);
    let row = |cells: &[(usize, &str)]| {
        let mut row = vec![String::new(); pigeons * holes + 1];
        cells.iter().for_each(|(at, cell)| row[*at] = (*cell).to_owned());
        row
    };
    let place = |pigeon: usize, hole: usize| pigeon * holes + hole;
    let nowhere = (0..pigeons).map(|one| {
        let cells: Vec<_> = (0..holes).map(|hole| (place(one, hole), "false")).collect();
        row(&cells)
    });
    let together =
        (0..pigeons).flat_map(|one| (0..one).map(move |other| (one, other))).flat_map(|(one, other)| {
            (0..holes).map(move |hole| row(&[(place(one, hole), "true"), (place(other, hole), "true")]))
        });
    let table = wide(Hit::Collect, &nowhere.chain(together).collect::<Vec<_>>());
    let shown: Vec<String> = table.findings().iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["the table is too large to be checked for combinations without a row"]);
}

#[test]
fn what_an_input_is_given_is_all_that_counts() {
    use segue_decision_table::{Given, Limit};
    let (int, texts) = (Value::Int, |all: &[&'static str]| all.iter().map(|one| Value::text(one)).collect());
    let found = |hit, given: Vec<Given>, cells: &[&str]| {
        let rows: Vec<Vec<&str>> = cells.iter().map(|cell| vec![*cell, "x"]).collect();
        let table = DecisionTable::new(hit, &["a"], &["out"], &rows).unwrap();
        table.findings_given(&[given]).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let of = |shape: Shape, limits: Vec<Limit>| vec![Given { shape, limits }];
    let tiers = || of(Shape::Text, vec![Limit::OneOf(texts(&["gold", "silver", "basic"]))]);
    let (first, unique, collect) = (Hit::First, Hit::Unique, Hit::Collect);
    // Enumerations.
    assert_eq!(found(first, tiers(), &["gold | silver", "basic"]), "");
    assert_eq!(found(first, tiers(), &["gold | silver"]), "no row is hit by a: \"basic\"");
    let never = |row| format!("row {row}, column 1: its input is never given that");
    assert_eq!(found(first, tiers(), &["gold", "silver | glod", "basic"]), never(2));
    assert_eq!(found(first, tiers(), &["gold", "!= basic", "", "basic"]).matches("never").count(), 1);
    assert_eq!(found(unique, tiers(), &["!= gold", "gold"]), "");
    let two = of(Shape::Any, vec![Limit::OneOf(texts(&["a", "b"]))]);
    assert_eq!(found(unique, two, &["!= a", "!= b"]), "");
    // What comes from one of two places.
    let mut either = tiers();
    either.push(Given::only(Value::text("unknown")));
    assert_eq!(found(first, either.clone(), &["gold", "silver", "basic", "unknown"]), "");
    either.push(Given::anything());
    assert_eq!(found(first, either, &["gold"]), "no row is hit by a: \"basic\"");
    // Bounds, whole numbers and types.
    let from_zero = || of(Shape::Int, vec![Limit::AtLeast(int(0)), Limit::Below(int(10))]);
    assert_eq!(found(collect, from_zero(), &["[0..5)", ">= 5"]), "");
    assert_eq!(found(collect, from_zero(), &["[1..5]", "[6..9]"]), "no row is hit by a: 0");
    assert_eq!(found(collect, from_zero(), &["[0..5]", "[6..8]"]), "no row is hit by a: 9");
    assert_eq!(
        found(collect, from_zero(), &["", "< 0", "10", "2.5", "young", "> 8"]),
        [2, 3, 4, 5].map(never).join("; ")
    );
    assert_eq!(found(unique, from_zero(), &["> 5", "< 6"]), "");
    assert_eq!(found(collect, of(Shape::Bool, vec![]), &["true"]), "no row is hit by a: false");
    assert_eq!(found(collect, of(Shape::Double, vec![Limit::Above(int(0))]), &["(0..1]", "(1..)"]), "");
    assert_eq!(found(collect, of(Shape::Text, vec![]), &["5", "a", "!= a"]), never(1));
    assert_eq!(found(collect, of(Shape::Timestamp, vec![]), &["2026-01-01T00:00:00Z", ""]), "");
    // A column that tells nothing apart.
    assert_eq!(found(first, tiers(), &[""]), "");
}

/// A cell as text, and what it admits of the numbers and texts that the property test gives.
type Reading = (String, fn(&Given, &[i64]) -> bool, Vec<i64>);

/// A number in halves, or a text.
#[derive(Clone, Debug)]
enum Given {
    Halves(i64),
    Text(i64),
    Null,
}

fn halves(given: &Given, so: impl Fn(i64) -> bool) -> bool {
    matches!(given, Given::Halves(halves) if so(*halves))
}

fn reading() -> impl Strategy<Value = Reading> {
    let cell = |text: String, admits: fn(&Given, &[i64]) -> bool, with: Vec<i64>| (text, admits, with);
    (0..8_u8, -4_i64..5, 1_i64..5).prop_map(move |(sort, a, length)| {
        let b = a + length;
        match sort {
            0 | 1 => cell(String::new(), |_, _| true, vec![]),
            2 => cell(format!("{a}"), |given, with| halves(given, |so| so == 2 * with[0]), vec![a]),
            3 => cell(
                format!("[{a}..{b})"),
                |given, with| halves(given, |so| 2 * with[0] <= so && so < 2 * with[1]),
                vec![a, b],
            ),
            4 => cell(
                format!("({a}.0 .. {b}]"),
                |given, with| halves(given, |so| 2 * with[0] < so && so <= 2 * with[1]),
                vec![a, b],
            ),
            5 => cell(format!("> {a}"), |given, with| halves(given, |so| so > 2 * with[0]), vec![a]),
            6 => cell(format!("!= {a}"), |given, with| !halves(given, |so| so == 2 * with[0]), vec![a]),
            _ => cell(
                format!("text{a} | 'text{b}'"),
                |given, with| matches!(given, Given::Text(text) if with.contains(text)),
                vec![a, b],
            ),
        }
    })
}

fn given() -> impl Strategy<Value = Given> {
    prop_oneof![
        8 => (-10_i64..12).prop_map(Given::Halves),
        4 => (-4_i64..5).prop_map(Given::Text),
        1 => Just(Given::Null),
    ]
}

fn value_of(given: &Given) -> Value<'static> {
    match given {
        Given::Halves(halves) if halves % 4 == 0 => Value::Int(halves / 2),
        Given::Halves(halves) => Value::Double(*halves as f64 / 2.0),
        Given::Text(text) => Value::made(format!("text{text}")).unwrap(),
        Given::Null => Value::Null,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rows_hit_are_those_that_asking_each_row_finds(
        rows in prop::collection::vec(prop::collection::vec(reading(), 3), 0..60),
        asked in prop::collection::vec(prop::collection::vec(given(), 3), 1..20),
    ) {
        let texts: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| cell.0.clone()).chain(["x".to_owned()]).collect())
            .collect();
        let names: Vec<String> = ["a", "b", "c", "out"].map(str::to_owned).to_vec();
        let table = DecisionTable::new(Hit::First, &names[..3], &names[3..], &texts).unwrap();
        let findings = table.findings();
        let mut scratch = Scratch::default();
        for asked in &asked {
            let expected: Vec<usize> = rows
                .iter()
                .enumerate()
                .filter(|(_, row)| row.iter().zip(asked).all(|(cell, given)| cell.1(given, &cell.2)))
                .map(|(place, _)| place)
                .collect();
            let values: Vec<_> = asked.iter().map(value_of).collect();
            let found: Vec<usize> = table.hits(&values, &mut scratch).collect();
            prop_assert_eq!(&found, &expected, "{:?}", asked);
            for finding in &findings {
                if let Finding::NeverHit { row, by } = finding {
                    prop_assert!(!found.contains(row) || found.contains(by), "{finding}");
                }
            }
        }
    }

    #[test]
    fn overlaps_and_gaps_are_those_that_trying_every_value_finds(
        rows in prop::collection::vec(prop::collection::vec(reading(), 2), 1..8),
    ) {
        let numeric = |row: &Vec<Reading>| row.iter().all(|cell| !cell.0.contains("text"));
        let rows: Vec<_> = rows.into_iter().filter(numeric).collect();
        prop_assume!(!rows.is_empty());
        let texts: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| cell.0.clone()).chain(["x".to_owned()]).collect())
            .collect();
        let names: Vec<String> = ["a", "b", "out"].map(str::to_owned).to_vec();
        let table = DecisionTable::new(Hit::Unique, &names[..2], &names[2..], &texts).unwrap();
        let (mut pairs, mut missed) = (std::collections::BTreeSet::new(), false);
        // Every half between the least and the greatest number of a cell, and one on either side.
        for a in -10..20 {
            for b in -10..20 {
                let asked = [Given::Halves(a), Given::Halves(b)];
                let hit = |row: &&Vec<Reading>| row.iter().zip(&asked).all(|(cell, one)| cell.1(one, &cell.2));
                let hits: Vec<usize> = (0..rows.len()).filter(|row| hit(&&rows[*row])).collect();
                missed |= hits.is_empty();
                for (place, row) in hits.iter().enumerate() {
                    pairs.extend(hits[..place].iter().map(|earlier| (*earlier, *row)));
                }
            }
        }
        let findings = table.findings();
        let overlaps: std::collections::BTreeSet<_> = findings
            .iter()
            .filter_map(|one| match one {
                Finding::Overlap { row, other, .. } => Some((*row, *other)),
                _ => None,
            })
            .collect();
        prop_assert!(overlaps.is_superset(&pairs), "{findings:?}, but {pairs:?}");
        let beyond_numbers = |pair: &&(usize, usize)| {
            // Rows that admit what is no number can meet there alone.
            rows[pair.0].iter().zip(&rows[pair.1]).any(|(a, b)| a.1(&Given::Null, &a.2) && b.1(&Given::Null, &b.2))
        };
        prop_assert!(overlaps.difference(&pairs).all(|pair| beyond_numbers(&pair)), "{findings:?}, but {pairs:?}");
        prop_assert_eq!(findings.iter().any(|one| matches!(one, Finding::Gap { .. })), missed, "{:?}", findings);
    }
}

/// Prints what a decision costs. `cargo test -p segue-decision-table --test tables -- --ignored --nocapture`
#[test]
#[ignore = "a measurement, not a check"]
#[allow(clippy::disallowed_methods, reason = "it measures time")]
fn what_a_decision_costs() {
    for rows in [100_i64, 1_000, 10_000] {
        let texts: Vec<Vec<String>> = (0..rows)
            .map(|row| {
                let tier = ["", "gold", "silver | bronze"][row as usize % 3].to_owned();
                let (low, country) = (row % 97 * 10, row * 7 % 50);
                vec![tier, format!("[{low}..{})", low + 30), format!("country-{country}"), row.to_string()]
            })
            .collect();
        let names = ["tier", "amount", "country", "out"].map(str::to_owned);
        let started = std::time::Instant::now();
        let table = DecisionTable::new(Hit::First, &names[..3], &names[3..], &texts).unwrap();
        let built = started.elapsed();
        let started = std::time::Instant::now();
        let findings = table.findings().len();
        let checked = started.elapsed();
        let given: Vec<[Value<'static>; 3]> = (0..64_i64)
            .map(|one| {
                let country = Value::made(format!("country-{}", one * 13 % 50)).unwrap();
                [Value::text(["gold", "bronze"][one as usize % 2]), Value::Double(one as f64 * 15.0), country]
            })
            .collect();
        let mut scratch = Scratch::default();
        let (mut best, mut best_fresh, mut found) = (u128::MAX, u128::MAX, 0);
        for _ in 0..1_000 {
            let started = std::time::Instant::now();
            found =
                given.iter().filter(|one| !table.decide_with(*one, &mut scratch).unwrap().is_null()).count();
            best = best.min(started.elapsed().as_nanos() / given.len() as u128);
            let started = std::time::Instant::now();
            assert_eq!(given.iter().filter(|one| !table.decide(*one).unwrap().is_null()).count(), found);
            best_fresh = best_fresh.min(started.elapsed().as_nanos() / given.len() as u128);
        }
        println!(
            "{rows} rows: built in {built:?}, {findings} findings in {checked:?}, {best} ns a decision, \
             {best_fresh} ns without scratch, {found} of {} hit",
            given.len()
        );
    }
}
