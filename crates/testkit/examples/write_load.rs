//! Writes a load as lines for `segue replay`: `cargo run -p segue-testkit --example write_load -- EVENTS [SEED]`.

use std::io::{self, BufWriter, Write};
use std::time::Instant;

use segue_testkit::load::{Load, write_lines};

fn main() -> io::Result<()> {
    let mut numbers = std::env::args().skip(1).map_while(|argument| argument.parse::<u64>().ok());
    let mut load = Load { events: numbers.next().unwrap_or(1_000), ..Load::default() };
    load.seed = numbers.next().unwrap_or(load.seed);
    let began = Instant::now();
    let bytes: usize = load.records().map(|record| record.value.map_or(0, |value| value.len())).sum();
    let seconds = began.elapsed().as_secs_f64();
    eprintln!(
        "{} records, {bytes} bytes of values, made in {seconds:.3} s: {:.0} records/s",
        load.events,
        load.events as f64 / seconds
    );
    let mut out = BufWriter::new(io::stdout().lock());
    write_lines(load.records(), load.started_at_ms, &mut out)?;
    out.flush()
}
