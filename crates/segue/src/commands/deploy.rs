//! `segue deploy`: a bundle is checked, kept in `segue.bundles`, and named by a command in `segue.shared`, from where every
//! partition of the log goes over to it.

use std::path::Path;

use segue_bundle::Bundle;
use segue_kafka::admin;
use segue_kafka::direct::Direct;
use segue_log::Append;
use segue_wire::bundles;
use segue_wire::command::Says;
use segue_wire::topics::{BUNDLES, SHARED};
use serde_json::json;

use crate::bundles::load_for_running;
use crate::cli::{DeployArgs, Output};
use crate::commands::standing::{self, Known, append, unreachable};
use crate::commands::topics::named;
use crate::exit::{Exit, Failure};
use crate::settings::Settings;
use crate::terminal::{Done, Stop, Terminal};

/// Deploys a bundle, or goes back to the one before.
///
/// # Errors
/// The bundle has findings, and nothing is written; or settings, brokers or topics cannot be used.
pub fn run(args: &DeployArgs, terminal: &Terminal) -> Done {
    let settings = standing::settings(&args.settings)?;
    let bundle = match &args.bundle {
        Some(path) => Some((path.as_path(), load_for_running(path, terminal)?)),
        None => None,
    };
    // Nothing goes to the topics of one that only decides beside.
    let writing = bundle.as_ref().map(|(_, bundle)| bundle).filter(|_| !args.shadow);
    look_for_topics(&settings, writing, terminal)?;
    let direct = standing::connect(&settings)?;
    let known = Known::read(&direct)?;
    if args.shadow {
        return shadow(bundle.as_ref(), &direct, &known, &settings, terminal);
    }
    let digest = match &bundle {
        Some((path, bundle)) => {
            keep(&direct, &known, path, bundle)?;
            if known.bundle().is_none() {
                keep_first(&direct, &known, &settings);
            }
            bundle.digest.clone()
        }
        None => before(&known)?,
    };
    if known.bundle() == Some(&*digest) {
        terminal.note(&format!("{digest} stands already: nothing is changed"));
        return say(&digest, known.former(), true, terminal);
    }
    let stands = standing::give(&direct, Says::Switch(digest.clone()), terminal)?;
    let former = known.bundle();
    say(&digest, former, stands, terminal)
}

/// Lets a bundle decide beside the one that counts, or none any more.
fn shadow(
    bundle: Option<&(&Path, Bundle)>,
    direct: &Direct,
    known: &Known,
    settings: &Settings,
    terminal: &Terminal,
) -> Done {
    let digest = match bundle {
        None if known.shadow().is_none() => {
            let failure = deploy_failure("no bundle decides beside the one that counts");
            let hint = "`segue deploy BUNDLE --settings FILE --shadow` lets one do so";
            return Err(failure.hint(hint).into());
        }
        None => None,
        Some((path, bundle)) => {
            let counts = standing::decided_by(direct, known, settings);
            if counts.is_some_and(|counts| counts.digest == bundle.digest) {
                let failure = deploy_failure(format!("{} is the bundle that counts", bundle.digest));
                return Err(failure.hint("beside itself it would show nothing").into());
            }
            keep(direct, known, path, bundle)?;
            Some(bundle.digest.clone())
        }
    };
    let stands = if digest.as_deref() == known.shadow() {
        terminal.note("it decides beside the one that counts already: nothing is changed");
        true
    } else {
        standing::give(direct, Says::Shadow(digest.clone()), terminal)?
    };
    match terminal.output {
        Output::Human => {
            let word = if stands { "decides" } else { "is to decide" };
            let beside = digest.map(|digest| format!("{digest} {word} beside the one that counts"));
            terminal
                .show(&beside.unwrap_or_else(|| format!("no bundle {word} beside the one that counts")))?;
        }
        _ => terminal.data(&json!({"v": 1, "shadow": digest, "stands": stands}).to_string())?,
    }
    Ok(if stands { Exit::Fine } else { Exit::Partly })
}

/// The bundle before the one that stands.
fn before(known: &Known) -> Result<String, Failure> {
    let former = known.standing.as_ref().filter(|standing| standing.former != standing.bundle);
    let Some(former) = former.and_then(|standing| standing.former.clone()) else {
        let failure = deploy_failure("there is no bundle to go back to");
        return Err(failure.hint("`segue deploy BUNDLE --settings FILE` deploys one"));
    };
    if !known.has(&former) {
        let what = format!("the bundle before, {former}, is not in {BUNDLES}");
        return Err(deploy_failure(what).hint("deploy it from its directory"));
    }
    Ok(former)
}

/// Says which topics are not there: without the router's own, nothing can be deployed; tasks for others wait.
fn look_for_topics(settings: &Settings, bundle: Option<&Bundle>, terminal: &Terminal) -> Result<(), Stop> {
    let kafka = &settings.kafka;
    let existing = admin::topics(&kafka.brokers, kafka.properties.reveal()).map_err(unreachable)?;
    for topic in [SHARED, BUNDLES] {
        if !existing.contains_key(topic) {
            let failure = Failure::environment("topics", format!("topic {topic} is missing"));
            return Err(failure.hint("`segue topics apply` makes what is missing").into());
        }
    }
    let named = bundle.map(named).unwrap_or_default();
    let all = named.tasks.keys().chain(named.outcomes.keys()).chain(named.statuses.keys());
    let missing: Vec<&str> = all
        .chain(named.sources.keys())
        .filter(|topic| !existing.contains_key(*topic))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        terminal.note(&format!(
            "topics of the bundle are missing: {}; what goes there waits, and what comes from there is read once they are made",
            missing.join(", ")
        ));
    }
    Ok(())
}

/// Keeps a bundle, unless it is there already.
fn keep(direct: &Direct, known: &Known, path: &Path, bundle: &Bundle) -> Result<(), Failure> {
    if known.has(&bundle.digest) {
        return Ok(());
    }
    let mut files = segue_bundle::texts(path)
        .map_err(|error| deploy_failure(format!("cannot read it again: {error}")))?;
    files.sort();
    let again = segue_bundle::read(files.clone()).map(|loaded| loaded.bundle.digest);
    if again.ok().as_ref() != Some(&bundle.digest) {
        return Err(deploy_failure("its files changed while they were read").hint("deploy it again"));
    }
    let parts = bundles::parts(&bundle.digest, &files)
        .map_err(|error| deploy_failure(format!("the bundle cannot be kept: {error}")))?;
    let appends: Vec<Append> =
        parts.into_iter().map(|(key, value)| append(BUNDLES, Some(key), value)).collect();
    direct.write(&appends).map_err(unreachable)
}

/// Keeps the bundle of the settings, which routers were started with, so that there is a way back from the first that is
/// deployed. Where it cannot be read here, there is none.
fn keep_first(direct: &Direct, known: &Known, settings: &Settings) {
    if let Ok(loaded) = segue_bundle::load(&settings.bundle) {
        let _ = keep(direct, known, &settings.bundle, &loaded.bundle);
    }
}

fn say(digest: &str, former: Option<&str>, stands: bool, terminal: &Terminal) -> Done {
    match terminal.output {
        Output::Human => {
            let former = former.map(|former| format!(", before it {former}")).unwrap_or_default();
            let word = if stands { "stands" } else { "was given" };
            terminal.show(&format!("{digest} {word}{former}"))?;
        }
        _ => {
            let data = json!({"v": 1, "bundle": digest, "former": former, "stands": stands});
            terminal.data(&data.to_string())?;
        }
    }
    Ok(if stands { Exit::Fine } else { Exit::Partly })
}

fn deploy_failure(message: impl Into<String>) -> Failure {
    Failure::usage("deploy", message)
}
