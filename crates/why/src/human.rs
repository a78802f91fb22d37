//! Why, in sentences that can be read aloud.

use segue_document::{Document, Value};

use crate::change::Turn;
use crate::explain::{CandidateWhy, ClauseWhy, RuleWhy, Why};
use crate::names::{MASKED, PRIORITY_FACTORS, listed};

/// How many ids of rules that did not fire are listed.
const OTHERS_MAX: usize = 8;

/// The lines.
pub fn lines(why: &Why) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(came_in(why));
    if let Some((source, event)) = &why.cause {
        lines.push(format!("It goes back to event {event} of {source}."));
    }
    for rule in &why.rules {
        match why.is_run {
            true => lines.extend(of_rule(rule)),
            false => lines.push(format!("Rule {} fired.", named(&rule.id, rule.about.as_ref()))),
        }
    }
    if !why.others.is_empty() {
        let some = why.others.iter().take(OTHERS_MAX).cloned();
        let more = why.others.len().saturating_sub(OTHERS_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(format!("Not fired: {}{more}.", some.collect::<Vec<_>>().join(", ")));
    }
    if why.rules.is_empty() && why.others.is_empty() && why.candidates.is_empty() {
        lines.push("No rule looks at it.".to_owned());
    }
    for candidate in &why.candidates {
        lines.extend(of_candidate(candidate));
    }
    if why.is_recorded {
        lines.push(format!("Decision {}, bundle {}.", why.decision, why.bundle));
    }
    if !why.is_run {
        let reason = match why.is_same_bundle {
            true => "the log of that time is gone, or what was known before it",
            false => "another bundle decided than the one that is there",
        };
        lines.push(format!("This is told from the record of the decision alone: {reason}. What each condition said, and what would have turned it, can no longer be told."));
    }
    lines
}

fn came_in(why: &Why) -> String {
    let whom = if why.per == "person" { why.subject.clone() } else { format!("{} {}", why.per, why.subject) };
    let what = match (why.source.as_str(), why.kind.as_str()) {
        ("segue", "absence") => "the time was up in which something had to come".to_owned(),
        ("segue", "moment") => "a moment came that a rule had worked out".to_owned(),
        ("segue", "release") => "a task that was held came up again".to_owned(),
        ("segue", "reminder") => "a task was to be brought up again".to_owned(),
        ("segue", kind) => format!("{kind} followed, which the router itself raises"),
        (source, kind) => {
            let about = why.source_about.as_ref().map(|about| format!(" ({about})")).unwrap_or_default();
            format!("{kind} came in from {source}{about}, event {}", why.event)
        }
    };
    format!("{}, {whom}: {what}.", time(&why.at))
}

/// `2026-03-02 10:00:00 UTC`
fn time(at: &str) -> String {
    match at.strip_suffix('Z').and_then(|at| at.split_once('T')) {
        Some((date, time)) => format!("{date} {time} UTC"),
        None => at.to_owned(),
    }
}

fn named(id: &str, about: Option<&String>) -> String {
    about.map_or_else(|| id.to_owned(), |about| format!("{id} ({about})"))
}

fn of_rule(rule: &RuleWhy) -> Vec<String> {
    let what = if rule.is_signal { "Signal" } else { "Rule" };
    let name = named(&rule.id, rule.about.as_ref());
    let verb = match (rule.fired, rule.is_signal) {
        (Some(true), false) => "fired",
        (Some(true), true) => "was raised",
        (_, false) => "did not fire",
        (_, true) => "was not raised",
    };
    let mut lines = Vec::new();
    if let Some(why) = &rule.not_asked {
        lines.push(format!("{what} {name} {verb}: {why}."));
        return lines;
    }
    if let Some(error) = &rule.error {
        let met = if rule.clauses.is_empty() { "" } else { "its condition is met, but " };
        lines.push(format!("{what} {name} {verb}: {met}it ended in an error: {error}."));
        return lines;
    }
    if rule.clauses.is_empty() && rule.began.is_none() {
        lines.push(format!("{what} {name} {verb}: it asks for nothing more than the event."));
        return lines;
    }
    lines.push(format!("{what} {name} {verb}."));
    lines.extend(rule.began.iter().map(|began| format!("  - {began}.")));
    let is_fired = rule.fired == Some(true);
    let told = rule.clauses.iter().filter(|clause| (clause.truth == Some(true)) == is_fired);
    lines.extend(told.flat_map(of_clause));
    lines.extend(of_turn(
        rule.turn.as_ref(),
        if is_fired { "It would not have fired" } else { "It would have fired" },
        !is_fired,
    ));
    lines
}

fn of_clause(clause: &ClauseWhy) -> Vec<String> {
    if clause.sentences.is_empty() {
        return vec![format!("  - `{}` was {}.", clause.source, truth(clause.truth))];
    }
    let mut lines: Vec<String> = clause.sentences.iter().map(|sentence| format!("  - {sentence}.")).collect();
    let is_plain = clause.sentences.iter().any(|one| one.contains("known") || one.contains("missing"));
    if let Some(error) = clause.error.as_ref().filter(|_| !is_plain) {
        lines.push(format!("    It could not be told: {error}."));
    }
    lines
}

fn truth(truth: Option<bool>) -> &'static str {
    match truth {
        Some(true) => "true",
        Some(false) => "false",
        None => "an error",
    }
}

/// Why of one action, in half a sentence: what became of it, or why it was not proposed.
pub fn short(why: &Why, action: &str) -> String {
    if let Some(candidate) = why.candidates.iter().find(|one| one.action == action) {
        return fate(candidate);
    }
    let not_fired = why.rules.iter().find(|rule| rule.fired != Some(true));
    match not_fired {
        Some(RuleWhy { id, not_asked: Some(why), .. }) => format!("rule {id} did not fire: {why}"),
        Some(RuleWhy { id, clauses, .. }) => {
            let first = clauses.iter().find(|clause| clause.truth != Some(true));
            let says = first.and_then(|clause| clause.sentences.first());
            says.map_or_else(
                || format!("rule {id} did not fire"),
                |says| format!("rule {id} did not fire: {says}"),
            )
        }
        None => "it was not proposed".to_owned(),
    }
}

fn fate(candidate: &CandidateWhy) -> String {
    match candidate.verdict.as_str() {
        "released" => format!("went out{}", of_task(candidate)),
        "held" => format!("was held{}: {}", of_task(candidate), held(candidate)),
        _ => format!("did not go out: {}", rejected(candidate)),
    }
}

fn of_candidate(candidate: &CandidateWhy) -> Vec<String> {
    let name = named(&candidate.action, candidate.about.as_ref());
    let is_rejected = candidate.verdict == "rejected";
    let mut lines = Vec::new();
    let fate = format!("{name} {}.", fate(candidate));
    lines.push(fate);
    let untrue = candidate.clauses.iter().filter(|clause| clause.truth != Some(true));
    lines.extend(untrue.flat_map(of_clause));
    // Of what went out, what could not be worked out is told there.
    if let Some(errors) = candidate.detail.as_ref().filter(|_| candidate.verdict == "released") {
        lines.push(format!("  What could not be worked out: {errors}."));
    }
    if let Some(channel) = &candidate.channel {
        let goes = if is_rejected { "It would have gone" } else { "It goes" };
        lines.push(format!("  {goes} by {channel}."));
    }
    if let Some(score) = candidate.priority.as_deref().and_then(score) {
        lines.push(format!("  {score}"));
    }
    let begin = if is_rejected { "It would have gone out" } else { "It would not have gone out" };
    lines.extend(of_turn(candidate.turn.as_ref(), begin, is_rejected));
    lines
}

fn of_task(candidate: &CandidateWhy) -> String {
    candidate.task.as_ref().map(|task| format!(" as task {task}")).unwrap_or_default()
}

fn held(candidate: &CandidateWhy) -> String {
    let detail = candidate.detail.as_deref().unwrap_or("until it may leave");
    let until = detail.strip_prefix("until ").map(|at| format!("until {}", time(at)));
    let until = until.unwrap_or_else(|| detail.to_owned());
    match candidate.stage.as_str() {
        "hold" => format!("it was to be held {until}"),
        "during" => {
            format!("calendar {} was closed {until}", candidate.by.as_deref().unwrap_or_default())
        }
        "behind" => format!("the router was behind, so nothing went out {until}"),
        "paused" => format!("it was paused, so it had to wait {until}"),
        "destination" => format!("its destination could not be written to, so it had to wait {until}"),
        "channel" | "quiet" => format!("it was quiet hours on every channel that it could go by, {until}"),
        stage => format!("{stage}, {until}"),
    }
}

fn rejected(candidate: &CandidateWhy) -> String {
    let by = candidate.by.as_deref().unwrap_or("something");
    let detail = candidate.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
    let policy = || named(by, candidate.by_about.as_ref());
    match candidate.stage.as_str() {
        "eligible" => "it is not possible for them".to_owned(),
        "applicable" => "it is not relevant now".to_owned(),
        "suitable" => "it is not in their own interest".to_owned(),
        "paused" => format!("whoever runs the router has paused it{detail}"),
        "suppress" => format!("policy {} pauses it{detail}", policy()),
        "cap" => format!("policy {} leaves no room{detail}", policy()),
        "choose" => format!("policy {} keeps the best only{detail}", policy()),
        "control" => format!("policy {} keeps them in the control group{detail}", policy()),
        "channel" => match by {
            "consent" => format!("there is no consent for any channel that it can go by{detail}"),
            "address" => format!("there is no address on any channel that it can go by{detail}"),
            "weight" => format!("none of its channels suits it{detail}"),
            _ => format!("policy {} leaves no channel{detail}", policy()),
        },
        "consent" => format!("there is no consent for any channel{detail}"),
        "address" => format!("there is no address on any channel{detail}"),
        "weight" => format!("no channel suits it{detail}"),
        "during" => format!("calendar {by} does not open within 400 days"),
        "loop" => format!("it is too far from what began it{detail}"),
        "unless" => format!("{by} came{detail}"),
        stage if stage == by => format!("{by}{detail}"),
        stage => format!("{stage}: {}{detail}", policy()),
    }
}

/// What would be in the way next.
fn still(by: &str) -> String {
    match by {
        "eligible" => "it would still not be possible for them".to_owned(),
        "applicable" => "it would still not be relevant".to_owned(),
        "suitable" => "it would still not be in their own interest".to_owned(),
        "paused" => "it would still be paused".to_owned(),
        "consent" => "there would still be no consent".to_owned(),
        "address" => "there would still be no address".to_owned(),
        "weight" => "none of its channels would suit it".to_owned(),
        "loop" => "it would still be too far from what began it".to_owned(),
        policy => format!("policy {policy} would still be in the way"),
    }
}

/// Its score; nothing of one that no factor says anything of.
fn score(priority: &str) -> Option<String> {
    let document = Document::parse_own(priority).ok()?;
    let of = |name: &str| document.root().get(name);
    if PRIORITY_FACTORS.iter().all(|name| of(name).and_then(Value::as_f64) == Some(1.0)) {
        return None;
    }
    // What is no number is masked.
    let told = |name: &str| {
        let value = of(name)?;
        Some(value.as_f64().map_or_else(|| MASKED.to_owned(), rounded))
    };
    let factors: Vec<String> =
        PRIORITY_FACTORS.iter().filter_map(|name| Some(format!("{name} {}", told(name)?))).collect();
    let rank = of("rank").and_then(Value::as_i64).unwrap_or_default();
    Some(format!("Its score is {}, rank {rank}: {}.", told("score")?, factors.join(", ")))
}

/// With as many digits as people read: two after the point, or three that say something.
fn rounded(number: f64) -> String {
    let text = if number.abs() < 0.1 { format!("{number:.4}") } else { format!("{number:.2}") };
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short.is_empty() || short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// `is_sought`: that none was found is worth a word.
fn of_turn(turn: Option<&Turn>, begin: &str, is_sought: bool) -> Vec<String> {
    match turn {
        Some(Turn::By(changes)) => {
            let words = listed(changes.iter().map(|change| change.words.clone()), "and");
            vec![format!("  {begin} if {words}.")]
        }
        Some(Turn::None { tried: 0, .. }) if is_sought => {
            vec!["  No single fact was found whose change could be tried.".to_owned()]
        }
        Some(Turn::None { tried, then }) if is_sought => {
            let then = then.as_deref().map(|next| {
                let (change, by) = next;
                format!("  If {}, {}.", change.words, still(by))
            });
            let tries =
                if *tried == 1 { "the one that was tried does not" } else { "none of those tried does" };
            let none = format!("  No change of one or two facts is known to turn it: {tries}.");
            then.into_iter().chain([none]).collect()
        }
        Some(Turn::TooLong) if is_sought => {
            vec!["  What would have turned it was not looked for: the recording is too long.".to_owned()]
        }
        None | Some(_) => Vec::new(),
    }
}
