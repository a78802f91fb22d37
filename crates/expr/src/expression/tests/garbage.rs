//! What must not make it panic or overflow.

use proptest::prelude::*;

use super::*;
use crate::fixture::compile_template;

/// The deepest sources that are admitted, on a fifth of the stack that a thread has where nothing else is said.
#[test]
fn the_worst_source_that_is_admitted_does_not_overflow_a_thread() {
    let n = segue_syntax::CHAIN_MAX;
    let nest = segue_syntax::NESTING_MAX;
    let mut sources: Vec<String> =
        ["+", "*", "==", "-", "<", " in "].iter().map(|op| vec!["1"; n].join(op)).collect();
    sources.extend([
        "!".repeat(n) + "true",
        "-".repeat(n) + "1",
        format!("event.data.free{}", ".b".repeat(n - 3)),
        format!("event{}", "[0]".repeat(n)),
        format!("'a'{}", ".size()".repeat(n / 2)),
        vec!["true"; 500].join("&&"),
        format!("{}1{}", "[".repeat(nest), "]".repeat(nest)),
        format!("{}1{}", "{'a':".repeat(nest), "}".repeat(nest)),
        format!("{}1{}", "size(".repeat(nest), ")".repeat(nest)),
        format!("{}2", "true?1:".repeat(nest)),
        format!("{}{}{}", "(1+1+1+1+".repeat(nest), "1", ")".repeat(nest)),
        format!("[{}]", "1,".repeat(1000)),
    ]);
    let world = World::new();
    std::thread::scope(|threads| {
        let run = || {
            for source in &sources {
                if let Ok((expression, layout)) = compile(source, &world.names) {
                    let _ = expression.evaluate_json(&world.scope(&layout));
                }
            }
        };
        std::thread::Builder::new()
            .stack_size(400 * 1024)
            .spawn_scoped(threads, run)
            .unwrap()
            .join()
            .unwrap();
    });
}

/// Sources made of the language's own words, in any order: they reach further than any bytes do.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(WORDS);
    prop::collection::vec(word, 0..14).prop_map(|words| words.join(" "))
}

const WORDS: &[&str] = &[
    "event",
    ".data",
    ".free",
    ".items",
    "who",
    ".tier",
    "accounts",
    "now",
    "local",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    "+",
    "-",
    "*",
    "/",
    "%",
    "==",
    "<",
    "in",
    "!",
    "&&",
    "||",
    "'a'",
    "\"",
    "'",
    "r'",
    "1",
    "1.5",
    "2u",
    "0",
    "9223372036854775807",
    "1e308",
    "true",
    "null",
    ".size()",
    "size(",
    "duration('1d')",
    "timestamp(",
    "int(",
    "string(",
    ".exists(i, ",
    ".map(i, ",
    "i",
    ".i",
    "has(",
    "'1h'",
    "now.getHours(",
    "'é'",
    "\n",
    "//",
    "-1",
    ".matches(",
    "dyn(",
    "type(",
    "b'a'",
    "bytes(",
    "'\\u00e9'",
    "uint(",
    "double(",
    "_",
    "@",
    "`",
    "as",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_source_makes_it_panic_and_every_fault_is_inside_of_it(source in prop_oneof![words(), any::<String>(), "[ -~]{0,60}"]) {
        let world = World::new();
        match compile(&source, &world.names) {
            Ok((expression, layout)) => { let _ = expression.evaluate_json(&world.scope(&layout)); }
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    prop_assert!(fault.start <= fault.end && fault.end <= source.len());
                    prop_assert!(source.get(fault.start..fault.end).is_some());
                }
            }
        }
    }

    #[test]
    fn no_text_makes_a_template_panic(parts in prop::collection::vec(prop_oneof![words(), Just("{{".to_owned()), Just("}}".to_owned())], 0..6)) {
        let world = World::new();
        let text = parts.concat();
        match compile_template(&text, &world.names) {
            Ok((template, layout)) => { let _ = template.render(&world.scope(&layout)); }
            Err(faults) => {
                for fault in faults {
                    prop_assert!(text.get(fault.start..fault.end).is_some());
                }
            }
        }
    }

    #[test]
    fn arithmetic_at_the_edges_gives_a_value_or_an_error(
        a in edges(), b in edges(), operator in prop::sample::select(vec!["+", "-", "*", "/", "%", "==", "<", ">="]),
    ) {
        let world = World::new();
        for source in [format!("{a} {operator} {b}"), format!("[{a}][{b}]"), format!("{a} in [{b}]"), format!("-({a})")] {
            if let Ok((expression, layout)) = compile(&source, &world.names) {
                let _ = expression.evaluate_json(&world.scope(&layout));
            }
        }
    }
}

fn edges() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "0",
        "-1",
        "9223372036854775807",
        "(-9223372036854775807 - 1)",
        "18446744073709551615u",
        "0u",
        "1e308",
        "-1e308",
        "0.0",
        "'a'",
        "null",
        "[1]",
        "{1: 2}",
        "now",
        "timestamp('0001-01-01T00:00:00Z')",
        "timestamp('9999-12-31T23:59:59.999999999Z')",
        "duration('500000w')",
        "duration('-315576000000s')",
        "duration('0s')",
        "timestamp(9223372036854775807)",
        "timestamp(-1)",
        "int(1e300)",
        "uint(-1.0)",
        "int('9223372036854775808')",
        "bytes('a')",
        "b'\\xff'",
        "string(b'\\xff')",
        "duration(string(int(1e18)) + 'ns')",
    ])
}
