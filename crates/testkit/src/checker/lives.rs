//! Tasks are lived through again: what is held is released or withdrawn when it must be, and once; what has left is
//! brought up again, is overdue, and expires at its times, unless what its destination said of it came before.

use std::collections::BTreeMap;

use super::absences::{Taken, taken, withdrawing};
use super::clock::Clock;
use super::fates::{Fate, Fates};
use super::read::{Copy, Decision, Read, Said, Task, Verdict, Way, Word};
use super::report::{FaultKind, Report};
use super::{Evidence, Life};

/// How long a task is known after it has expired.
const KNOWN_AFTER_EXPIRY_MS: i64 = 30 * DAY_MS;
/// How long after its release, if it does not expire.
const KNOWN_AFTER_RELEASE_MS: i64 = 60 * DAY_MS;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Something that happened to a task and is told to sources and rules.
pub(super) struct Told<'r> {
    pub(super) task: &'r str,
    pub(super) action: &'r str,
    pub(super) partition: u32,
    pub(super) subject: &'r str,
    pub(super) cause: &'r [String; 3],
    pub(super) stage: &'r str,
    pub(super) at_ms: i64,
    /// Where its destination said so, if it did; else time brought it.
    pub(super) said_at: Option<u64>,
}

/// What is known of one task.
struct Lived<'r> {
    id: &'r str,
    life: &'r Life,
    /// What decisions said of it, in order.
    mentions: Vec<(&'r Decision, &'r Verdict)>,
    /// What its destination said of it.
    outcomes: Vec<(&'r Copy, Fate)>,
    /// What its destination was told of it after its release.
    told_again: Vec<&'r Task>,
}

pub(super) fn check<'r>(
    evidence: &'r Evidence,
    read: &'r Read<'_>,
    fates: &Fates,
    clock: &Clock,
    report: &mut Report,
) -> Vec<Told<'r>> {
    let mut told = Vec::new();
    let mut lived: BTreeMap<&str, Lived<'_>> = BTreeMap::new();
    for decision in &read.decisions {
        for verdict in &decision.verdicts {
            match (verdict.word, verdict.stage.as_str()) {
                (Word::Held, "behind") => report.count("held while behind", 1),
                (Word::Held, "destination") => report.count("held by a closed destination", 1),
                _ => {}
            }
            let (Some(id), Some(life)) = (&verdict.task, evidence.times.lives.get(&verdict.action)) else {
                continue;
            };
            let lived = lived.entry(id).or_insert_with(|| Lived {
                id,
                life,
                mentions: Vec::new(),
                outcomes: Vec::new(),
                told_again: Vec::new(),
            });
            lived.mentions.push((decision, verdict));
        }
    }
    for (copy, fate) in read.log.iter().zip(fates) {
        let (Some(outcome), Some(fate)) = (&copy.outcome, *fate) else { continue };
        match lived.get_mut(outcome.task.as_str()) {
            _ if fate == Fate::Seen => {}
            Some(lived) => lived.outcomes.push((copy, fate)),
            None if fate != Fate::Failed && !evidence.times.lives.is_empty() => {
                report.fault(FaultKind::OutcomeWrong, &copy.at, "no task of that id was released");
            }
            None => {}
        }
    }
    for task in read.tasks.iter().filter(|task| task.said != Said::Released) {
        match lived.get_mut(task.id.as_str()) {
            Some(lived) => lived.told_again.push(task),
            None => report.fault(FaultKind::TaskPhantom, &task.at, "told again, and never released"),
        }
    }
    let events = taken(read, fates, clock);
    for lived in lived.values() {
        ended(evidence, &events, lived, report);
        let mut walk = Walk { lived, clock, told: &mut told, report };
        walk.go();
    }
    told
}

/// What an absence waited for withdraws the task that is held because of it, and nothing else does in its name.
fn ended(
    evidence: &Evidence,
    events: &BTreeMap<(u32, &str), Vec<Taken<'_>>>,
    lived: &Lived<'_>,
    report: &mut Report,
) {
    let Some((first, verdict)) = lived.mentions.first().filter(|(_, verdict)| verdict.word == Word::Held)
    else {
        return;
    };
    let absence = evidence.times.absences.iter().find(|absence| absence.rule == verdict.rule);
    let events = events.get(&(first.log.partition, first.subject.as_str())).map_or(&[][..], Vec::as_slice);
    let [source, id, kind] = &first.cause;
    let right =
        absence.and_then(|absence| withdrawing(absence, events, [&**source, &**id, &**kind], &first.log));
    let end = lived.mentions.iter().find(|(_, verdict)| verdict.word != Word::Held);
    let by_absence = end.filter(|(_, verdict)| verdict.stage == "unless").map(|(decision, _)| &decision.log);
    let left = end.map(|(decision, _)| &decision.log);
    // A release at the record that would have withdrawn it came before that.
    let is_wrong = match (right, by_absence) {
        (Some(right), Some(by)) => right != by,
        (Some(right), None) => left.is_none_or(|left| right < left),
        (None, by) => by.is_some(),
    };
    if is_wrong {
        let detail =
            format!("to be withdrawn at {right:?}, withdrawn so at {by_absence:?}, ended at {left:?}");
        report.fault(FaultKind::LifeWrong, lived.id, detail);
    }
}

/// How far a task has come.
#[derive(Clone, Copy)]
enum Stage<'r> {
    New,
    Held { first_ms: i64, until_ms: i64 },
    Released(&'r Decision),
    Withdrawn,
}

struct Walk<'a, 'r> {
    lived: &'a Lived<'r>,
    clock: &'a Clock,
    told: &'a mut Vec<Told<'r>>,
    report: &'a mut Report,
}

impl<'r> Walk<'_, 'r> {
    fn go(&mut self) {
        let mut stage = Stage::New;
        let mut given_up = None;
        for (decision, verdict) in &self.lived.mentions {
            if let (Stage::Released(_), Word::Rejected) = (stage, verdict.word) {
                // It was to be brought up again, and was withdrawn instead: that is looked at below.
                let is_reminder = decision.stimulus[2] == "reminder" && given_up.is_none();
                if !is_reminder {
                    self.wrong(decision, "rejected after its release");
                }
                given_up = Some(decision.at_ms);
                continue;
            }
            stage = self.next(stage, decision, verdict);
        }
        let partition = self.lived.mentions.first().map_or(0, |(decision, _)| decision.log.partition);
        let end = self.clock.end(partition);
        match stage {
            Stage::Held { until_ms, .. } if until_ms <= end => {
                let detail = format!("held until {until_ms}, and nothing came of it by {end}");
                self.report.fault(FaultKind::LifeWrong, self.lived.id, detail);
                self.refuse_all();
            }
            Stage::Released(decision) => self.after(decision, given_up, end),
            Stage::Held { .. } => {
                self.report.count("still held", 1);
                self.refuse_all();
            }
            Stage::New | Stage::Withdrawn => self.refuse_all(),
        }
    }

    /// What one decision makes of the task until it leaves.
    fn next(&mut self, stage: Stage<'r>, decision: &'r Decision, verdict: &Verdict) -> Stage<'r> {
        let (at_ms, hold_ms) = (decision.at_ms, self.lived.life.hold_ms);
        // What waits for its destination comes up again whenever that opens.
        let is_due = |until_ms| match decision.way {
            Way::Timer(at_ms) => at_ms == until_ms || until_ms == i64::MAX,
            _ => false,
        };
        let until_ms = verdict.until_ms.unwrap_or(i64::MAX);
        let (is_right, after, told) = match (stage, verdict.word) {
            (Stage::New, Word::Held) => {
                let is_right = match verdict.stage.as_str() {
                    "hold" => hold_ms > 0 && until_ms == at_ms + hold_ms,
                    _ => until_ms > at_ms && until_ms >= at_ms + hold_ms,
                };
                (is_right, Stage::Held { first_ms: at_ms, until_ms }, "held")
            }
            (Stage::Held { first_ms, until_ms: due_ms }, Word::Held) => {
                // Its hold is asked once; what holds it again is something else.
                let is_right = is_due(due_ms) && verdict.stage != "hold" && until_ms > at_ms;
                (is_right, Stage::Held { first_ms, until_ms }, "held")
            }
            (Stage::New, Word::Released) => (hold_ms == 0, Stage::Released(decision), "released"),
            (Stage::Held { first_ms, until_ms }, Word::Released) => {
                self.report.count("held and released", 1);
                (is_due(until_ms) && at_ms >= first_ms + hold_ms, Stage::Released(decision), "released")
            }
            (Stage::Held { until_ms, .. }, Word::Rejected) => {
                self.report.count("held and withdrawn", 1);
                let is_right = is_due(until_ms) || (verdict.stage == "unless" && at_ms <= until_ms);
                (is_right, Stage::Withdrawn, "withdrawn")
            }
            (stage, _) => (false, stage, ""),
        };
        if !is_right {
            self.wrong(decision, &format!("{:?} at {at_ms}", verdict.word));
        }
        if !told.is_empty() {
            self.tell(told, at_ms);
        }
        after
    }

    /// What becomes of the task after its release, until the end of the log.
    fn after(&mut self, release: &Decision, given_up: Option<i64>, end: i64) {
        let (life, from) = (self.lived.life, release.at_ms);
        // Of a task of which nothing more can be heard nothing is known.
        let is_heard = life.has_outcomes || is_timed(life);
        let timers = timers(life, from).into_iter().filter(|(at, ..)| is_heard && *at <= end);
        let mut times: Vec<(i64, u8, Next<'r>)> = timers.collect();
        for (copy, fate) in &self.lived.outcomes {
            let is_known = is_heard && copy.at >= release.log;
            let (Some((now, _)), true) = (self.clock.at(&copy.at), is_known) else {
                self.refuse(copy, *fate);
                continue;
            };
            times.push((now, u8::MAX, Next::Outcome(copy, *fate)));
        }
        times.sort_by_key(|(at, class, _)| (*at, *class));
        let (mut over, mut is_accepted, mut is_forgotten) = (None, false, false);
        let mut again = Vec::new();
        for (at, _, next) in times {
            match next {
                Next::Outcome(copy, fate) if is_forgotten => self.refuse(copy, fate),
                Next::Outcome(copy, fate) if !is_offered(life, copy) => {
                    self.report.count("answers that are none", 1);
                    self.refuse(copy, fate);
                }
                Next::Outcome(copy, fate) => {
                    let word = copy.outcome.as_ref().map_or("", |outcome| outcome.word.as_str());
                    if fate != Fate::NoRule {
                        self.report.fault(FaultKind::OutcomeWrong, &copy.at, "its task is known");
                    }
                    // That somebody is at it is said once, and not of what is over.
                    let is_told = word == "accepted" && (is_accepted || over.is_some());
                    if over == Some(word) || is_told {
                        continue;
                    }
                    self.report.count("outcomes", 1);
                    self.tell_of(word, at, Some(copy.at.offset));
                    is_accepted |= word == "accepted";
                    over = if word == "accepted" { over } else { Some(word) };
                }
                Next::Forget => is_forgotten = true,
                _ if over.is_some() => {}
                Next::Stage("expired") => {
                    over = Some("expired");
                    self.tell("expired", at);
                }
                Next::Stage(stage) => self.tell(stage, at),
                Next::Reminder if is_accepted => {}
                Next::Reminder if given_up == Some(at) => {
                    over = Some("withdrawn");
                    again.push((at, Said::Withdrawn));
                    self.tell("withdrawn", at);
                }
                Next::Reminder => again.push((at, Said::Reminder)),
            }
        }
        if given_up.is_some() && !again.iter().any(|(_, said)| *said == Said::Withdrawn) {
            self.report.fault(
                FaultKind::LifeWrong,
                self.lived.id,
                "withdrawn when it was not brought up again",
            );
        }
        self.compare_again(&again);
    }

    /// What its destination was told again is what it had to be told.
    fn compare_again(&mut self, again: &[(i64, Said)]) {
        let mut found: Vec<_> = self.lived.told_again.iter().map(|task| (task.said_ms, task.said)).collect();
        found.sort_by_key(|(at, _)| *at);
        self.report.count("reminders", found.iter().filter(|(_, said)| *said == Said::Reminder).count());
        if found != again {
            let detail = format!("its destination was told {found:?}, and had to be told {again:?}");
            self.report.fault(FaultKind::LifeWrong, self.lived.id, detail);
        }
    }

    /// Nothing can be said of a task that has not left.
    fn refuse_all(&mut self) {
        for (copy, fate) in &self.lived.outcomes {
            self.refuse(copy, *fate);
        }
        self.compare_again(&[]);
    }

    fn refuse(&mut self, copy: &Copy, fate: Fate) {
        if fate != Fate::Failed {
            let detail = "its task is not known at that time, or does not offer that answer";
            self.report.fault(FaultKind::OutcomeWrong, &copy.at, detail);
        }
    }

    fn wrong(&mut self, decision: &Decision, detail: &str) {
        let detail = format!("{detail}, in {} on {}", decision.at, decision.stimulus[2]);
        self.report.fault(FaultKind::LifeWrong, self.lived.id, detail);
    }

    fn tell(&mut self, stage: &'r str, at_ms: i64) {
        self.tell_of(stage, at_ms, None);
    }

    fn tell_of(&mut self, stage: &'r str, at_ms: i64, said_at: Option<u64>) {
        let Some((first, verdict)) = self.lived.mentions.first() else { return };
        let (task, subject, cause) = (self.lived.id, first.subject.as_str(), &first.cause);
        let (action, partition) = (verdict.action.as_str(), first.log.partition);
        self.told.push(Told { task, action, partition, subject, cause, stage, at_ms, said_at });
    }
}

/// What comes next to a task that has left.
enum Next<'r> {
    Forget,
    Stage(&'static str),
    Reminder,
    Outcome(&'r Copy, Fate),
}

/// What is due after a release, each with its place among what is due in the same instant.
fn timers<'r>(life: &Life, from: i64) -> Vec<(i64, u8, Next<'r>)> {
    let mut timers = Vec::new();
    let known = life.expires_ms.map_or(KNOWN_AFTER_RELEASE_MS, |expires| expires + KNOWN_AFTER_EXPIRY_MS);
    timers.push((from + known, 0, Next::Forget));
    let stages = [(life.expires_ms, "expired"), (life.wait_ms, "unanswered"), (life.due_ms, "overdue")];
    for (class, (after, stage)) in (1..).zip(stages) {
        timers.extend(after.map(|after| (from + after, class, Next::Stage(stage))));
    }
    timers.extend(life.remind_ms.iter().map(|after| (from + after, 9, Next::Reminder)));
    timers
}

/// True unless it is an answer that the task does not offer.
fn is_offered(life: &Life, copy: &Copy) -> bool {
    let said = copy.outcome.as_ref().filter(|said| said.word == "answered");
    let answer = said.and_then(|said| said.answer.as_ref());
    life.answers.is_empty() || answer.is_none_or(|answer| life.answers.contains(answer))
}

fn is_timed(life: &Life) -> bool {
    life.due_ms.is_some() || life.expires_ms.is_some() || life.wait_ms.is_some() || !life.remind_ms.is_empty()
}
