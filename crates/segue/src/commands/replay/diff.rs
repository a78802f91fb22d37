//! `segue replay --diff`: what another bundle would have made of the same events.

use std::path::Path;
use std::sync::Arc;

use segue_model::Timestamp;
use segue_why::case::{Case, RECORDS_MAX};
use segue_why::diff::{Diff, diff, human, json};

use crate::bundles;
use crate::cli::{Output, ReplayArgs};
use crate::commands::events;
use crate::exit::{Exit, Failure};
use crate::replay;
use crate::terminal::{Done, Terminal, shown};
use crate::wiring;

/// Compares, and ends with 1 if more differs than may.
pub(super) fn run(args: &ReplayArgs, other: &Path, until: Option<Timestamp>, terminal: &Terminal) -> Done {
    let share = args.against.threshold.as_deref().map(share).transpose()?;
    let addresses = wiring::addresses(&args.lookups)?;
    let mut input = events::open(&args.events)?;
    let this = Arc::new(bundles::load_for_running(&args.bundle, terminal)?);
    let that = Arc::new(bundles::load_for_running(other, terminal)?);
    let read = replay::read_all(&mut input, RECORDS_MAX).map_err(|error| super::unread(args, error))?;
    let (records, unread) = read;
    if records.is_empty() && unread.count > 0 {
        return Err(super::no_line(args, &unread).into());
    }
    if records.is_empty() {
        return Err(Failure::usage("no-events", format!("{} holds no events", shown(&args.events))).into());
    }
    events::say_unread(&args.events, &unread, terminal);
    let settings = wiring::default_engine_settings();
    let (given, copy) = (Vec::new(), records.clone());
    let case = Case {
        bundle: this,
        settings: settings.clone(),
        addresses: addresses.clone(),
        given: given.clone(),
        records,
        until,
    };
    let diff = diff(&case, &Case { bundle: that, settings, addresses, given, records: copy, until });
    let is_over = is_over(&diff, args.against.at_most, share);
    match terminal.output {
        Output::Json => terminal.data(&json::document(&diff, is_over))?,
        Output::Jsonl => json::lines(&diff, is_over).iter().try_for_each(|line| terminal.data(line))?,
        _ => {
            let lines = human::lines(&diff, &shown(&args.bundle), &shown(other));
            terminal.show(&lines.join("\n"))?;
        }
    }
    Ok(match (is_over, unread.count) {
        (true, _) => Exit::Bad,
        (false, 0) => Exit::Fine,
        (false, _) => Exit::Partly,
    })
}

/// True if more tasks differ than may: so many, or such a share of what either bundle makes.
fn is_over(diff: &Diff, at_most: u64, share: Option<f64>) -> bool {
    let differing = diff.differences.len() as f64;
    match share {
        Some(share) => differing > share * diff.tasks.0.max(diff.tasks.1) as f64,
        None => differing > at_most as f64,
    }
}

/// The share that a percentage is.
fn share(text: &str) -> Result<f64, Failure> {
    let percent = text.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    match percent.filter(|percent| (0.0..=100.0).contains(percent)) {
        Some(percent) => Ok(percent / 100.0),
        None => Err(Failure::usage("usage", format!("`{text}` is no percentage"))
            .hint("write it as `--threshold 2%`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage_and_nothing_else() {
        assert_eq!(share("2%"), Ok(0.02));
        assert_eq!(share("0.5%"), Ok(0.005));
        for wrong in ["2", "%", "-1%", "101%", "two%", "NaN%"] {
            assert_eq!(share(wrong).map_err(|failure| failure.exit), Err(Exit::Usage), "{wrong}");
        }
    }

    #[test]
    fn without_any_difference_nothing_is_over_and_nothing_is_divided() {
        let same = Diff::default();
        assert!(!is_over(&same, 0, None));
        assert!(!is_over(&same, 0, Some(0.0)));
    }
}
