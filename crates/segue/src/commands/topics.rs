//! `segue topics`: the topics that the service needs; `plan` shows them, `apply` makes those that are missing.

use std::path::Path;

use segue_bundle::Bundle;
use segue_kafka::admin::{self, Outcome, TopicPlan};
use serde_json::{Value, json};

use crate::bundles;
use crate::cli::{Output, TopicsArgs, TopicsCommand};
use crate::commands::standing;
use crate::exit::{BROKERS_HINT, Exit, Failure};
use crate::settings::Settings;
use crate::terminal::{self, Done, Stop, Style, Terminal};
use crate::topics::{Named, Row, State, compare, wanted};

/// Shows or makes topics. Exit code 1 where a topic is there and not as it should be.
///
/// # Errors
/// Where settings or bundle cannot be used, or no broker answers.
pub fn run(args: &TopicsArgs, terminal: &Terminal) -> Done {
    match &args.command {
        TopicsCommand::Plan(file) => {
            let (_, rows) = look(&file.settings, terminal)?;
            write(&rows, terminal)?;
            Ok(verdict(&rows, terminal))
        }
        TopicsCommand::Apply(file) => apply(&file.settings, terminal),
    }
}

/// The topics that a bundle names.
pub fn named(bundle: &Bundle) -> Named {
    let mut named = Named::default();
    for source in bundle.sources.values() {
        named.sources.extend(source.topics.iter().map(|topic| (topic.clone(), source.id.clone())));
        named.statuses.extend(source.status.iter().map(|topic| (topic.clone(), source.id.clone())));
    }
    for destination in bundle.destinations.values() {
        let topics = destination.lanes.iter().map(|lane| &lane.topic).chain([&destination.topic]);
        named.tasks.extend(topics.map(|topic| (topic.clone(), destination.id.clone())));
        named
            .outcomes
            .extend(destination.outcomes.iter().map(|topic| (topic.clone(), destination.id.clone())));
    }
    named
}

fn look(file: &Path, terminal: &Terminal) -> Result<(Settings, Vec<Row>), Stop> {
    let settings = standing::settings(file)?;
    let bundle = bundles::load_for_running(&settings.bundle, terminal)?;
    let kafka = &settings.kafka;
    let existing = admin::topics(&kafka.brokers, kafka.properties.reveal()).map_err(unreachable)?;
    let rows = compare(wanted(&settings, &named(&bundle)), &existing);
    Ok((settings, rows))
}

fn apply(file: &Path, terminal: &Terminal) -> Done {
    let (settings, rows) = look(file, terminal)?;
    let missing = rows.iter().filter(|row| row.state == State::Missing);
    let plans: Vec<TopicPlan> = missing.map(|row| row.wanted.plan.clone()).collect();
    let kafka = &settings.kafka;
    let outcomes = match plans.as_slice() {
        [] => Vec::new(),
        plans => admin::create(&kafka.brokers, kafka.properties.reveal(), plans).map_err(unreachable)?,
    };
    let results: Vec<Applied<'_>> = rows.iter().map(|row| applied(row, &outcomes)).collect();
    write_applied(&results, terminal)?;
    let many = |word: &str| results.iter().filter(|result| result.word == word).count();
    let (made, refused) = (many(MADE), many(REFUSED));
    terminal.note(&format!("{} made, {refused} refused", terminal::many(made as u64, "topic")));
    match refused {
        0 => Ok(verdict(&rows, terminal)),
        all if all == plans.len() => Ok(Exit::Environment),
        _ => Ok(Exit::Partly),
    }
}

const MADE: &str = "made";
const REFUSED: &str = "refused";

/// What `apply` has to say of a topic.
struct Applied<'r> {
    topic: &'r str,
    word: &'static str,
    detail: Option<String>,
}

fn applied<'r>(row: &'r Row, outcomes: &[(String, Outcome)]) -> Applied<'r> {
    let topic = row.wanted.plan.name.as_str();
    let outcome = outcomes.iter().find(|(name, _)| name == topic).map(|(_, outcome)| outcome);
    let (word, detail) = match (&row.state, outcome) {
        (_, Some(Outcome::Created)) => (MADE, None),
        (_, Some(Outcome::Refused(why))) => (REFUSED, Some(why.clone())),
        (State::Missing, None) => (REFUSED, Some("the brokers did not answer for it".to_owned())),
        (State::Differs(what), None) => ("differs", Some(what.join("; "))),
        (State::MissingAtOwner, None) => ("missing-at-owner", None),
        (State::Exists, None) | (_, Some(Outcome::Existed)) => ("existed", None),
    };
    Applied { topic, word, detail }
}

fn write_applied(results: &[Applied<'_>], terminal: &Terminal) -> Result<(), Stop> {
    let as_json =
        |result: &Applied<'_>| json!({"topic": result.topic, "result": result.word, "detail": result.detail});
    match terminal.output {
        Output::Human => results.iter().try_for_each(|Applied { topic, word, detail }| {
            let detail = detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
            terminal.show(&format!("{word:<16}  {topic}{detail}"))
        }),
        Output::Json => {
            let all: Vec<Value> = results.iter().map(as_json).collect();
            terminal.data(&format!("{:#}", json!({"v": 1, "topics": all})))
        }
        _ => results.iter().try_for_each(|result| terminal.data(&as_json(result).to_string())),
    }
}

fn unreachable(error: impl std::fmt::Display) -> Failure {
    Failure::environment("kafka", error.to_string()).hint(BROKERS_HINT)
}

/// Says what is left to do, and answers with 1 if something is not as it should be.
fn verdict(rows: &[Row], terminal: &Terminal) -> Exit {
    let differing = rows.iter().filter(|row| matches!(row.state, State::Differs(_))).count();
    let at_owners = rows.iter().filter(|row| row.state == State::MissingAtOwner).count();
    if at_owners > 0 {
        let topics = terminal::many(at_owners as u64, "topic");
        terminal.note(&format!("{topics} of sources not there: their owners make them"));
    }
    if differing > 0 {
        let topics = terminal::many(differing as u64, "topic");
        terminal.note(&format!("{topics} not as it should be: what is there is never changed from here"));
        return Exit::Bad;
    }
    Exit::Fine
}

fn write(rows: &[Row], terminal: &Terminal) -> Result<(), Stop> {
    match terminal.output {
        Output::Human => {
            let name = rows.iter().map(|row| row.wanted.plan.name.len()).max().unwrap_or(0).max(5);
            let purpose = rows.iter().map(|row| row.wanted.purpose.len()).max().unwrap_or(0).max(3);
            let head = format!("{:name$}  partitions  {:purpose$}  state", "topic", "for");
            terminal.show(&terminal.styled(Style::Strong, &head))?;
            rows.iter().try_for_each(|row| {
                let plan = &row.wanted.plan;
                let partitions = row.partitions.unwrap_or(plan.partitions);
                let partitions = match row.state {
                    State::MissingAtOwner => "-".to_owned(),
                    _ => partitions.to_string(),
                };
                let state = state_words(&row.state, terminal);
                terminal.show(&format!(
                    "{:name$}  {partitions:>10}  {:purpose$}  {state}",
                    plan.name, row.wanted.purpose
                ))
            })
        }
        Output::Json => {
            let all: Vec<Value> = rows.iter().map(as_json).collect();
            terminal.data(&format!("{:#}", json!({"v": 1, "topics": all})))
        }
        _ => rows.iter().try_for_each(|row| terminal.data(&as_json(row).to_string())),
    }
}

fn state_words(state: &State, terminal: &Terminal) -> String {
    match state {
        State::Exists => terminal.styled(Style::Good, "exists"),
        State::Missing => terminal.styled(Style::Warning, "missing"),
        State::MissingAtOwner => terminal.styled(Style::Warning, "missing: its owner makes it"),
        State::Differs(what) => format!("{}: {}", terminal.styled(Style::Error, "differs"), what.join("; ")),
    }
}

fn as_json(row: &Row) -> Value {
    let (state, differences) = match &row.state {
        State::Exists => ("exists", &[][..]),
        State::Missing => ("missing", &[][..]),
        State::MissingAtOwner => ("missing-at-owner", &[][..]),
        State::Differs(what) => ("differs", what.as_slice()),
    };
    let plan = &row.wanted.plan;
    json!({
        "topic": plan.name,
        "for": row.wanted.purpose,
        "state": state,
        "differences": differences,
        "partitions": row.partitions,
        "wanted": {"partitions": plan.partitions, "replication": plan.replication, "configs": plan.configs},
    })
}
