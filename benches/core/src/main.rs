//! What the rule core takes, beside what others take for the same: one run, one table.
//!
//! `cargo bench` in this directory; `cargo bench --no-default-features` leaves out the peers that take long to build.
//! `-- NAME...` runs only some of `parse`, `conditions`, `matching`, `tables`, `whole`, `candidates`, `records`.

#![forbid(unsafe_code)]

mod candidates;
mod conditions;
mod facts;
mod harness;
mod matching;
mod parse;
mod random;
mod records;
mod table;
mod tables;
mod whole;
mod world;
#[cfg(feature = "zen")]
mod zen;

fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let rounds =
        std::env::var("SEGUE_BENCH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(15);
    let is_wanted = |name: &str| named.is_empty() || named.iter().any(|named| named == name);
    if is_wanted("parse") {
        parse::bench(rounds);
    }
    if is_wanted("conditions") {
        conditions::bench(rounds);
    }
    if is_wanted("matching") {
        matching::bench(rounds);
    }
    if is_wanted("tables") {
        tables::bench(rounds);
    }
    if is_wanted("whole") {
        whole::bench(rounds);
    }
    if is_wanted("candidates") {
        candidates::bench(rounds);
    }
    if is_wanted("records") {
        records::bench(rounds);
    }
}
