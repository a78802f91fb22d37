//! What was found -> why it came out so: plain data, which [`crate::human`] and [`crate::json`] write.

use segue_bundle::bundle::{Begins, Rule};
use segue_decide::{Asked, AskedKind, Clause};
use segue_document::{Document, Value};
use segue_expr::Expression;
use segue_model::Subject;

use crate::case::Case;
use crate::change::{Goal, Turn, smallest};
use crate::ended::ended;
use crate::find::Found;
use crate::levers::Levers;
use crate::names::Names;
use crate::words::sentence;

/// What of it is wanted.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only this rule; without it, those that fired, or all of them if none did.
    pub rule: Option<String>,
    /// True if values are shown that schemas mark as private.
    pub is_unmasked: bool,
    /// True if the smallest changes are looked for.
    pub has_changes: bool,
}

/// Why one decision came out as it did.
#[derive(Clone, Debug)]
pub struct Why {
    /// The decision's id; one on which no rule fired has no record of its own.
    pub decision: String,
    /// True if there is a record of it.
    pub is_recorded: bool,
    /// True if it was run again; else it is told from its record alone, and less of it can be told.
    pub is_run: bool,
    /// True if the bundle that decided is the one that is there.
    pub is_same_bundle: bool,
    /// When it was made.
    pub at: String,
    /// Whom it is about.
    pub subject: String,
    /// The kind of subject.
    pub per: String,
    /// The source of the event, or `segue` of the router's own.
    pub source: String,
    /// The source's line for people.
    pub source_about: Option<String>,
    /// The event's id, or the timer's.
    pub event: String,
    /// Its type, or the kind of timer.
    pub kind: String,
    /// The event that began it, if it is another: source and id.
    pub cause: Option<(String, String)>,
    /// The bundle that decided.
    pub bundle: String,
    /// What the rules said.
    pub rules: Vec<RuleWhy>,
    /// Rules that looked at it, did not fire and are not told of.
    pub others: Vec<String>,
    /// What became of the candidates.
    pub candidates: Vec<CandidateWhy>,
}

/// What a rule or a signal said.
#[derive(Clone, Debug, Default)]
pub struct RuleWhy {
    /// Its id.
    pub id: String,
    /// True of a signal.
    pub is_signal: bool,
    /// Its line for people.
    pub about: Option<String>,
    /// Whether it fired; `None`: its condition ended in an error, and it did not.
    pub fired: Option<bool>,
    /// What set it off, where that is no event, in a sentence.
    pub began: Option<String>,
    /// Why it was not even asked, in a sentence.
    pub not_asked: Option<String>,
    /// What of a signal could not be told though its condition is met: whom it is about, or what it says.
    pub error: Option<String>,
    /// The parts of its condition.
    pub clauses: Vec<ClauseWhy>,
    /// What would have turned it, if that was looked for.
    pub turn: Option<Turn>,
}

/// What a part of a condition said.
#[derive(Clone, Debug)]
pub struct ClauseWhy {
    /// Its source.
    pub source: String,
    /// What it came to; `None`: an error.
    pub truth: Option<bool>,
    /// The error.
    pub error: Option<String>,
    /// What it says of single facts.
    pub sentences: Vec<String>,
    /// The facts, as expressions write them, and their values as JSON.
    pub values: Vec<(String, Option<String>)>,
}

/// What became of a candidate.
#[derive(Clone, Debug)]
pub struct CandidateWhy {
    /// The action's id.
    pub action: String,
    /// Its line for people.
    pub about: Option<String>,
    /// The rule that proposed it.
    pub rule: String,
    /// released, held or rejected.
    pub verdict: String,
    /// Where that was settled.
    pub stage: String,
    /// What turned it down or holds it.
    pub by: Option<String>,
    /// The line for people of that policy.
    pub by_about: Option<String>,
    /// More about it.
    pub detail: Option<String>,
    /// Its rank and factors, as JSON.
    pub priority: Option<String>,
    /// The channel, where one was chosen.
    pub channel: Option<String>,
    /// The task.
    pub task: Option<String>,
    /// The parts of the condition that turned it down.
    pub clauses: Vec<ClauseWhy>,
    /// What would have turned it, if that was looked for.
    pub turn: Option<Turn>,
}

/// Says why.
pub fn explain(case: &Case, found: &Found, options: &Options) -> Why {
    Explainer::new(case, found, options).why()
}

struct Explainer<'c> {
    case: &'c Case,
    found: &'c Found,
    options: &'c Options,
    subject: Subject,
}

impl<'c> Explainer<'c> {
    fn new(case: &'c Case, found: &'c Found, options: &'c Options) -> Explainer<'c> {
        Explainer { case, found, options, subject: found.subject(case) }
    }

    fn names(&self) -> Names<'_> {
        let kind = &self.subject.kind;
        Names { bundle: &self.case.bundle, kind, is_unmasked: self.options.is_unmasked }
    }

    fn why(&self) -> Why {
        let root = self.found.document.as_ref().map(Document::root);
        let stimulus = root.and_then(|root| root.get("stimulus"));
        let asked = self.found.stimulus();
        let of = |name: &str, or: &str| {
            stimulus.and_then(|stimulus| text(stimulus, name)).unwrap_or_else(|| or.to_owned())
        };
        let source = of("source", &asked.source);
        let cause = stimulus.and_then(|stimulus| stimulus.get("cause"));
        let cause = cause.and_then(|cause| Some((text(cause, "source")?, text(cause, "event")?)));
        let digest = || self.case.bundle.digest.clone();
        let bundle = root.and_then(|root| text(root, "bundle")).unwrap_or_else(digest);
        let (rules, others) = self.rules(&of("type", &asked.kind));
        Why {
            decision: self.found.decision.clone(),
            is_recorded: root.is_some(),
            is_run: !self.found.is_record,
            is_same_bundle: bundle == self.case.bundle.digest,
            at: root.and_then(|root| text(root, "at")).unwrap_or_else(|| self.found.at.to_string()),
            subject: self.subject.key(),
            per: self.subject.kind.clone(),
            source_about: self.case.bundle.sources.get(&source).and_then(|source| source.about.clone()),
            event: of("event", &asked.event),
            kind: of("type", &asked.kind),
            cause: cause.or(asked.cause).filter(|cause| cause.0 != source || cause.1 != asked.event),
            source,
            bundle,
            rules,
            others,
            candidates: self.candidates(),
        }
    }

    fn rules(&self, kind: &str) -> (Vec<RuleWhy>, Vec<String>) {
        if self.found.is_record {
            return (self.recorded_rules(), Vec::new());
        }
        let is_rule = |asked: &&Asked| matches!(asked.kind, AskedKind::Rule | AskedKind::Signal);
        let asked: Vec<&Asked> = self.found.asked.iter().filter(is_rule).collect();
        if let Some(wanted) = &self.options.rule {
            let found = asked.iter().find(|one| one.id == *wanted);
            let rule = match found {
                Some(asked) => self.rule(asked),
                None => self.not_asked(wanted, kind),
            };
            return (vec![rule], Vec::new());
        }
        if self.found.begun.is_some() {
            let began = self.case.bundle.absences_by_type.get(kind).into_iter().flatten();
            let of_kind = began.filter(|rule| rule.per == self.subject.kind);
            return (of_kind.map(|rule| self.not_asked(&rule.id, kind)).collect(), Vec::new());
        }
        let has_fired = asked.iter().any(|one| one.fired == Some(true));
        let is_told = |one: &&&Asked| !has_fired || one.fired != Some(false);
        let told = asked.iter().filter(is_told).map(|one| self.rule(one)).collect();
        let others = asked.iter().filter(|one| !is_told(one)).map(|one| one.id.clone()).collect();
        (told, others)
    }

    /// The rules that fired, as the record names them.
    fn recorded_rules(&self) -> Vec<RuleWhy> {
        let root = self.found.document.as_ref().map(Document::root);
        let ids = root.and_then(|root| root.get("rules")).into_iter().flat_map(Value::items);
        let of = |id: &str| {
            let about = self.case.bundle.rules.get(id).and_then(|rule| rule.about.clone());
            RuleWhy { id: id.to_owned(), about, fired: Some(true), ..RuleWhy::default() }
        };
        ids.filter_map(Value::as_str).map(of).collect()
    }

    fn rule(&self, asked: &Asked) -> RuleWhy {
        let bundle = &self.case.bundle;
        let is_signal = asked.kind == AskedKind::Signal;
        let (about, when) = if is_signal {
            let signal = bundle.signals.get(&asked.id);
            (signal.and_then(|signal| signal.about.clone()), signal.and_then(|one| one.when.as_ref()))
        } else {
            let rule = bundle.rules.get(&asked.id);
            (rule.and_then(|rule| rule.about.clone()), rule.and_then(|one| one.when.as_ref()))
        };
        let is_fired = asked.fired == Some(true);
        let mut levers = self.levers();
        levers.add_condition(asked, !is_fired);
        let goal = Goal::Fires(asked.id.clone(), !is_fired);
        RuleWhy {
            id: asked.id.clone(),
            is_signal,
            about,
            fired: asked.fired,
            began: bundle.rules.get(&asked.id).filter(|_| !is_signal).and_then(|rule| began(rule)),
            not_asked: None,
            error: asked.error.clone().filter(|_| asked.clauses.iter().all(|one| one.truth == Some(true))),
            clauses: self.clauses(&asked.clauses, when),
            // What a rule fired for is looked at candidate by candidate.
            turn: (!is_signal && when.is_some() && (!is_fired || self.options.rule.is_some()))
                .then(|| self.turn(&goal, levers))
                .flatten(),
        }
    }

    fn not_asked(&self, id: &str, kind: &str) -> RuleWhy {
        let rule = self.case.bundle.rules.get(id);
        RuleWhy {
            id: id.to_owned(),
            about: rule.and_then(|rule| rule.about.clone()),
            fired: Some(false),
            not_asked: Some(match rule {
                Some(rule) => self.why_not_asked(rule, kind),
                None => format!("the bundle has no rule {id}"),
            }),
            ..RuleWhy::default()
        }
    }

    fn why_not_asked(&self, rule: &Rule, kind: &str) -> String {
        let on = crate::names::listed(rule.on.iter().cloned(), "or");
        match &rule.begins {
            Begins::Moment(_) => {
                "it fires at a moment that it works out, and no event sets it off".to_owned()
            }
            _ if !rule.on.iter().any(|one| one == kind) => {
                format!("it looks at {on}, and this was {kind}")
            }
            _ if rule.per != self.subject.kind => {
                format!("it decides for a {}, and this was about a {}", rule.per, self.subject.kind)
            }
            Begins::Absence(absence) => {
                let (number, event) = (self.found.record, self.found.stimulus().event);
                let is_over = || "it waits for something else".to_owned();
                number.map_or_else(is_over, |number| {
                    ended(self.case, number, &event, &self.subject, (rule, absence))
                })
            }
            Begins::Each(each) => format!(
                "it fires for each {} of whom this is true: `{}`; it is not true of this one",
                rule.per,
                each.condition.source()
            ),
            Begins::Event => "it was not asked: the event was a duplicate, or could not be used".to_owned(),
        }
    }

    fn clauses(&self, clauses: &[Clause], expression: Option<&Expression>) -> Vec<ClauseWhy> {
        let (names, whole) = (self.names(), expression.map_or("", Expression::source));
        let of = |clause: &Clause| {
            let source = whole.get(clause.place.clone()).unwrap_or(whole).to_owned();
            let told = || clause.claims.iter().filter(|claim| names.may_tell(claim, &source));
            let sentences = told().map(|claim| sentence(&names, claim, &source)).collect();
            let mut values: Vec<(String, Option<String>)> = Vec::new();
            for claim in told() {
                for term in terms(claim) {
                    let written = names.written(&term.fact);
                    if !written.is_empty() && values.iter().all(|(name, _)| *name != written) {
                        values.push((written, names.json(term)));
                    }
                }
            }
            ClauseWhy { source, truth: clause.truth, error: clause.error.clone(), sentences, values }
        };
        clauses.iter().map(of).collect()
    }

    fn candidates(&self) -> Vec<CandidateWhy> {
        let root = self.found.document.as_ref().map(Document::root);
        let all = root.and_then(|root| root.get("candidates"));
        let of_rule = |rule: &str| self.options.rule.as_ref().is_none_or(|wanted| wanted == rule);
        let of = |one: Value<'_>| self.candidate(one);
        all.into_iter()
            .flat_map(Value::items)
            .filter(|one| text(*one, "rule").is_some_and(|rule| of_rule(&rule)))
            .map(of)
            .collect()
    }

    fn candidate(&self, one: Value<'_>) -> CandidateWhy {
        let get = |name: &str| text(one, name).unwrap_or_default();
        let (action, verdict, rule) = (get("action"), get("verdict"), get("rule"));
        let (by, detail) = (text(one, "by"), text(one, "detail"));
        let bundle = &self.case.bundle;
        let of_action =
            |asked: &&Asked| asked.id == action && !matches!(asked.kind, AskedKind::Rule | AskedKind::Signal);
        let asked: Vec<&Asked> = self.found.asked.iter().filter(of_action).collect();
        let is_rejected = verdict == "rejected";
        let refused = asked.iter().find(|asked| Some(kind(asked.kind)) == by.as_deref());
        let clauses = match refused {
            Some(asked) if is_rejected => self.clauses(&asked.clauses, self.condition(&action, asked.kind)),
            _ => Vec::new(),
        };
        let mut levers = self.levers();
        for condition in &asked {
            levers.add_condition(condition, is_rejected);
        }
        if is_rejected {
            levers.add_channels(by.as_deref().unwrap_or_default(), &action);
            levers.add_policy(
                by.as_deref().unwrap_or_default(),
                &action,
                detail.as_deref().unwrap_or_default(),
            );
        } else {
            let of_rule = |asked: &&Asked| asked.kind == AskedKind::Rule && asked.id == rule;
            self.found.asked.iter().filter(of_rule).for_each(|asked| levers.add_condition(asked, false));
        }
        let goal = Goal::Kept(action.clone(), is_rejected);
        CandidateWhy {
            about: bundle.actions.get(&action).and_then(|action| action.about.clone()),
            by_about: by.as_ref().and_then(|by| bundle.policies.get(by)).and_then(|one| one.about.clone()),
            stage: get("stage"),
            priority: one
                .get("priority")
                .filter(|one| !one.is_null())
                .map(|one| self.names().priority(&action, one)),
            channel: text(one, "channel"),
            task: text(one, "task"),
            clauses,
            turn: self.turn(&goal, levers),
            action,
            rule,
            verdict,
            by,
            detail,
        }
    }

    fn condition(&self, action: &str, kind: AskedKind) -> Option<&Expression> {
        let action = self.case.bundle.actions.get(action)?;
        match kind {
            AskedKind::Eligible => action.eligible.as_ref(),
            AskedKind::Applicable => action.applicable.as_ref(),
            AskedKind::Suitable => action.suitable.as_ref(),
            AskedKind::Rule | AskedKind::Signal => None,
        }
    }

    fn levers(&self) -> Levers<'_> {
        let has_record = self.found.record.is_some();
        let is_own = |asked: &Asked| asked.stimulus.cause.is_none();
        let is_own_event = has_record && self.found.asked.first().is_some_and(is_own);
        let stimulus = self.found.asked.first().map(|asked| &asked.stimulus).filter(|_| is_own_event);
        let fills = stimulus.and_then(|stimulus| {
            self.case.bundle.sources.get(&stimulus.source)?.events.get(&stimulus.kind)?.into.as_ref()
        });
        Levers { names: self.names(), is_own_event, has_record, fills, all: Vec::new() }
    }

    fn turn(&self, goal: &Goal, levers: Levers<'_>) -> Option<Turn> {
        let mut changes = levers.all;
        changes.sort_by_key(|change| change.is_private);
        let then = |action: &str, by: &str, detail: &str| {
            let mut levers = self.levers();
            levers.add_channels(by, action);
            levers.add_policy(by, action, detail);
            levers.all
        };
        self.options
            .has_changes
            .then(|| smallest(self.case, self.found, &self.subject, goal, &changes, &then))
    }
}

/// What set a rule off, where that is not just an event.
fn began(rule: &Rule) -> Option<String> {
    match &rule.begins {
        Begins::Event => None,
        Begins::Absence(absence) => {
            let unless = crate::names::listed(absence.unless.iter().cloned(), "or");
            Some(format!("No {unless} came within {}", absence.within))
        }
        Begins::Each(each) => Some(format!("The event concerns them: `{}`", each.condition.source())),
        Begins::Moment(at) => Some(format!("The moment was worked out from `{}`", at.source())),
    }
}

/// The condition that was asked, as decisions name it.
fn kind(kind: AskedKind) -> &'static str {
    match kind {
        AskedKind::Rule => "rule",
        AskedKind::Signal => "signal",
        AskedKind::Eligible => "eligible",
        AskedKind::Applicable => "applicable",
        AskedKind::Suitable => "suitable",
    }
}

/// The terms of a claim whose values are worth showing.
fn terms(claim: &segue_expr::Claim) -> Vec<&segue_expr::claims::Term> {
    use segue_expr::claims::Says;
    let own = match &claim.says {
        Says::Compares(left, _, right) => vec![left, right],
        Says::In(left, right) => vec![left, right],
        Says::OneOf(term, _) | Says::Holds(term) => vec![term],
        Says::Has(_) | Says::Other => Vec::new(),
    };
    own.into_iter().chain(&claim.reads).collect()
}

fn text(value: Value<'_>, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}
