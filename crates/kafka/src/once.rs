//! Reads a partition once, for a command: no group is joined, nothing is committed, nothing is written.

use std::ops::Range;

use segue_log::{Error, Record, TopicPartition};

use crate::lives::Lives;
use crate::lookup::Lookup;
use crate::scan::Scanner;
use crate::settings::Settings;

/// Shows each committed record of a partition that its topic still keeps to `visit`, up to its present end, and returns the
/// places of the first record and of the end.
///
/// # Errors
/// [`Error::Environment`] where no broker answers, and [`Error::Lost`] where the partition cannot be read to its end.
pub fn read(
    settings: &Settings,
    partition: &TopicPartition,
    visit: &mut dyn FnMut(Record),
) -> Result<Range<u64>, Error> {
    let lookup = Lookup::connect(settings, Lives::default())?;
    Scanner::new(settings)?.scan(partition, 0, &lookup, visit)
}
