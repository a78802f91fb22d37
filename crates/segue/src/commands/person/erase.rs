//! Erasing a person: a command in `segue.shared`, obeyed by every partition of the log at one place; then the decisions that
//! are kept for long are taken away, one by one.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use segue_engine::changelog;
use segue_log::{Append, Place};
use segue_model::Timestamp;
use segue_wire::command::Says;
use segue_wire::topics::{KEPT, PROFILES, RETRIED, SHARED};
use serde_json::json;

use super::held::People;
use super::kept;
use crate::cli::Output;
use crate::commands::broker::Broker;
use crate::commands::standing::{self, LOOK_AGAIN_AFTER, STANDS_WITHIN, unreachable};
use crate::exit::{Exit, Failure};
use crate::terminal::{Done, Terminal, many};

/// So many tombstones are written at once.
const WRITTEN_MAX: usize = 1_000;

/// What was erased, or would be.
struct Gone {
    ids: BTreeSet<String>,
    decisions: u64,
    is_dry: bool,
    /// True once every partition has obeyed.
    stands: bool,
}

/// Erases whoever has that id.
///
/// # Errors
/// Settings or brokers cannot be used.
pub(super) fn run(subject: &str, file: &Path, is_dry: bool, terminal: &Terminal) -> Done {
    let broker = Broker::connect(&standing::settings(file)?)?;
    for topic in [KEPT, RETRIED] {
        let _ = broker.needs(topic)?;
    }
    let people = People::read(&broker, subject, terminal)?;
    let ids = people.ids(subject);
    let mut gone = Gone { ids, decisions: 0, is_dry, stands: !is_dry };
    if !is_dry {
        let given_at = standing::tell(&broker.direct, Says::Erase(subject.to_owned()))?;
        let mut marks = Vec::new();
        for id in &gone.ids {
            // Where one is not obeyed in time, none of the others is waited for.
            let (obeyed, at) = match gone.stands {
                true => wait(&broker, &people.ends, id, given_at)?,
                false => (false, given_at),
            };
            gone.stands = obeyed;
            marks.push(mark(id, at));
        }
        broker.direct.write(&marks).map_err(unreachable)?;
    }
    // What was decided before the last of them obeyed is all there now.
    gone.decisions = take_away(&broker, &gone)?;
    if !people.is_known && gone.decisions == 0 {
        terminal.note("nothing was known of a person of that id; ids are as events have them, those of a namespace `NAMESPACE:ID`");
    }
    say(subject, &gone, terminal)
}

/// What tells those who read other topics that whoever has an id was erased. It stands beside what is said of failed events, where
/// it goes by itself a day after the last record that it could be asked about.
fn mark(id: &str, at: Timestamp) -> Append {
    let key = Some(changelog::key_of_erased(id));
    standing::append(RETRIED, key, changelog::erased_record(at).into_bytes())
}

/// Waits until every partition of the log says that whoever has an id is erased, and returns from when on; false if that takes
/// too long.
fn wait(broker: &Broker, ends: &[u64], id: &str, given_at: Timestamp) -> Result<(bool, Timestamp), Failure> {
    let mut latest = given_at;
    let began = Instant::now();
    let key = changelog::key_of_erased(id);
    // The last one is that of what concerns everyone, where nobody is known.
    let logs = ends.len().saturating_sub(1);
    let mut next = ends.to_vec();
    let mut waiting: BTreeSet<usize> = (0..logs).collect();
    while !waiting.is_empty() && began.elapsed() < STANDS_WITHIN {
        for partition in waiting.clone() {
            let number = u32::try_from(partition).unwrap_or(u32::MAX);
            let mut obeyed = false;
            next[partition] = broker.read(PROFILES, number, next[partition], &mut |record| {
                let is_mark = record.key.as_deref() == Some(key.as_bytes());
                let at = record.value.as_deref().filter(|_| is_mark).and_then(changelog::erased_at);
                obeyed |= at.is_some_and(|at| at >= given_at);
                latest = latest.max(at.unwrap_or_default());
            })?;
            if obeyed {
                let _ = waiting.remove(&partition);
            }
        }
        if !waiting.is_empty() {
            std::thread::sleep(LOOK_AGAIN_AFTER);
        }
    }
    Ok((waiting.is_empty(), latest))
}

/// Takes away the decisions on all these ids that are kept for long, and says how many there are.
fn take_away(broker: &Broker, gone: &Gone) -> Result<u64, Failure> {
    let mut decisions = 0;
    let mut tombstones = Vec::new();
    for id in &gone.ids {
        kept::each(broker, KEPT, id, &mut |record| {
            decisions += 1;
            tombstones.push(Append {
                topic: KEPT.into(),
                place: Place::Partition(record.partition),
                key: record.key,
                value: None,
                headers: Vec::new(),
            });
        })?;
    }
    if !gone.is_dry {
        for some in tombstones.chunks(WRITTEN_MAX) {
            broker.direct.write(some).map_err(unreachable)?;
        }
    }
    Ok(decisions)
}

fn say(subject: &str, gone: &Gone, terminal: &Terminal) -> Done {
    let others: Vec<&str> = gone.ids.iter().map(String::as_str).filter(|id| *id != subject).collect();
    match terminal.output {
        Output::Human => {
            let whom = match others.len() {
                0 => subject.to_owned(),
                count => {
                    format!("{subject}, with {} ({}),", many(count as u64, "other id"), others.join(", "))
                }
            };
            let word = match (gone.is_dry, gone.stands) {
                (true, _) => "would be erased",
                (_, true) => "is erased",
                (_, false) => "is to be erased",
            };
            let decisions = many(gone.decisions, "kept decision");
            terminal.show(&format!("{} {word}, and {decisions}", segue_bundle::visible(&whom)))?;
        }
        _ => {
            let data = json!({
                "v": 1, "subject": subject, "ids": gone.ids, "decisions": gone.decisions,
                "dry_run": gone.is_dry, "stands": gone.stands,
            });
            terminal.data(&data.to_string())?;
        }
    }
    if gone.is_dry {
        return Ok(Exit::Fine);
    }
    if !gone.stands {
        terminal.note(&format!(
            "the command is in {SHARED}, and not all partitions have obeyed within {} s: give it again, for each of these ids, once the router runs, so that all decisions that are kept are found",
            STANDS_WITHIN.as_secs()
        ));
        return Ok(Exit::Partly);
    }
    terminal.note("topics forget within 30 days; what destinations and sources hold is theirs to erase");
    Ok(Exit::Fine)
}
