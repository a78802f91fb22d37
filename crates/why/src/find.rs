//! Where in a run something was decided on.

use std::collections::{BTreeMap, BTreeSet};

use segue_decide::{Asked, Named};
use segue_document::{Document, Limits, Value};
use segue_intake::Intake;
use segue_log::{Append, Record};
use segue_model::{Event, Subject, Timestamp, id};
use segue_wire::topics::DECISIONS;

use crate::case::Case;
use crate::fate::seen;
use crate::walk::{Step, Walk};

/// The most decisions that one question is answered with.
pub const FOUND_MAX: usize = 32;

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A task: all decisions in which it was a candidate.
    Task(String),
    /// A decision.
    Decision(String),
    /// An event: the source's document, and the event's id. What follows from it counts too.
    Event(String, String),
    /// All that was decided on, to begin with the first.
    All,
}

/// Something that was decided on.
#[derive(Clone, Debug)]
pub struct Found {
    /// After how many steps of the run.
    pub(crate) step: u64,
    /// The record that was taken at it, unless it was a timer.
    pub(crate) record: Option<usize>,
    /// When that was.
    pub(crate) at: Timestamp,
    /// The id that a decision on it has.
    pub(crate) decision: String,
    /// The decision, unless no rule fired.
    pub(crate) document: Option<Document>,
    /// What was asked.
    pub(crate) asked: Vec<Asked>,
    /// The event, where it was asked of nothing, and rules only began to wait for what ends their absence.
    pub(crate) begun: Option<Named>,
    /// True if the decision's record is all that there is: it was not run again.
    pub(crate) is_record: bool,
}

impl Found {
    /// A decision of which the record is all that there is.
    pub fn of_record(document: Document) -> Found {
        let root = document.root();
        let decision = text(root, "decision").unwrap_or_default();
        let at = text(root, "at").and_then(|at| Timestamp::parse(&at)).unwrap_or_default();
        let (asked, document) = (Vec::new(), Some(document));
        Found { step: 0, record: None, at, decision, document, asked, begun: None, is_record: true }
    }

    /// When it was decided.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// True if the run has decided what this record says, to the byte.
    pub fn is_as_recorded(&self, record: &Document) -> bool {
        self.document.as_ref().is_some_and(|document| document.root().raw() == record.root().raw())
    }

    /// True if it is what this record is of, decided so or otherwise: a decision of that id, at that time where both were made.
    fn is_decision_of(&self, record: &Document) -> bool {
        let same_time =
            self.document.as_ref().is_none_or(|own| text(own.root(), "at") == text(record.root(), "at"));
        !self.is_record && text(record.root(), "decision").is_some_and(|id| id == self.decision) && same_time
    }

    /// True if a decision came of it in the run that is in no record.
    pub fn is_only_run(&self) -> bool {
        !self.is_record && self.document.is_some()
    }

    /// What was decided on, as far as it is known beside the decision.
    pub(crate) fn stimulus(&self) -> Named {
        let asked = self.asked.first().map(|asked| &asked.stimulus);
        asked.or(self.begun.as_ref()).cloned().unwrap_or_default()
    }

    /// Whom it is about.
    pub fn subject(&self, case: &Case) -> Subject {
        let root = self.document.as_ref().map(Document::root);
        let key = root.and_then(|root| text(root, "subject"));
        let key = key.unwrap_or_else(|| self.stimulus().subject);
        let named = key.split_once('/').filter(|(kind, _)| case.bundle.kinds.contains(*kind));
        match (root.and_then(|root| text(root, "per")), named) {
            (Some(kind), _) => {
                let id = key.strip_prefix(&format!("{kind}/")).unwrap_or(&key).to_owned();
                Subject { kind, id }
            }
            (None, Some((kind, id))) => Subject { kind: kind.to_owned(), id: id.to_owned() },
            (None, None) => Subject::person(key),
        }
    }
}

fn text(value: Value<'_>, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// What was decided, in the order of the run.
    pub found: Vec<Found>,
    /// True if there is more of it.
    pub has_more: bool,
}

impl Search {
    /// The ids that the decisions on an event have, by whatever bundle they were made: of those found, and of the event itself.
    pub fn decisions(&self, case: &Case, (source, id): (&str, &str)) -> BTreeSet<String> {
        let intake = Intake::new(case.bundle.clone(), Limits::CONTRACT);
        let may_be = case.records.iter().filter(|(record, _)| may_be(record, id));
        let events = may_be.flat_map(|(record, at)| seen(&intake, record, *at).events);
        let own = events.filter(|event| (&*event.source, &*event.id) == (source, id));
        let own = own.filter_map(|event| event.subject.map(|subject| id::decision(source, id, &subject)));
        let found = self.found.iter().map(|found| found.decision.clone());
        own.map(|decision| decision.to_string()).chain(found).collect()
    }

    /// The same, held against the records of these decisions: what the run shows otherwise, or not at all, is told from its
    /// record, since that is what happened.
    #[must_use]
    pub fn held_against(mut self, records: Vec<Document>) -> Search {
        for record in records {
            let same = self.found.iter().position(|found| found.is_decision_of(&record));
            match same {
                Some(at) if self.found[at].is_as_recorded(&record) => {}
                Some(at) => self.found[at] = Found::of_record(record),
                None => self.found.push(Found::of_record(record)),
            }
        }
        self.found.sort_by_key(|found| found.at);
        self.has_more |= self.found.len() > FOUND_MAX;
        self.found.truncate(FOUND_MAX);
        self
    }
}

/// Finds what was decided on.
pub fn find(case: &Case, wanted: &Wanted) -> Search {
    let steps = steps(case, wanted);
    let mut search = Search::default();
    let intake = Intake::new(case.bundle.clone(), Limits::CONTRACT);
    let mut walk = Walk::new(case);
    while let Some(step) = walk.next() {
        if !steps.contains(&walk.taken) {
            drop(walk.take());
            continue;
        }
        let place = match step {
            Step::Record(number) => (walk.taken, Some(number), case.records[number].1),
            Step::Due(at) => (walk.taken, None, at),
        };
        walk.pipeline.observe();
        let out = walk.take();
        let asked = walk.pipeline.asked();
        walk.pipeline.look_away();
        let here = found(wanted, &out, asked, place);
        if let (true, Wanted::Event(source, id), (_, Some(number), _)) = (here.is_empty(), wanted, place) {
            search.found.extend(begun(case, &intake, number, (source, id), place));
        }
        search.found.extend(here);
        if search.found.len() > FOUND_MAX {
            search.found.truncate(FOUND_MAX);
            search.has_more = true;
            break;
        }
    }
    search
}

/// The event of a record on which rules began to wait, if it is the one that is wanted.
fn begun(
    case: &Case,
    intake: &Intake,
    number: usize,
    wanted: (&str, &str),
    (step, record, at): Place,
) -> Option<Found> {
    let events = seen(intake, &case.records[number].0, at).events;
    let is_it = |event: &Event| (&*event.source, &*event.id) == wanted;
    let event = events.into_iter().find(is_it)?;
    let subject = event.subject.as_ref()?;
    if !case.bundle.absences_by_type.contains_key(&event.kind) {
        return None;
    }
    let decision = id::decision(&event.source, &event.id, subject).to_string();
    let named = Named {
        decision: decision.clone(),
        subject: subject.key(),
        source: event.source,
        event: event.id,
        kind: event.kind,
        cause: None,
    };
    Some(Found {
        step,
        record,
        at,
        decision,
        document: None,
        asked: Vec::new(),
        begun: Some(named),
        is_record: false,
    })
}

/// What was decided, under these ids, when these records were taken or something fell due; or what was asked then.
pub(crate) fn look(
    case: &Case,
    ids: &BTreeSet<String>,
    records: &BTreeSet<usize>,
) -> BTreeMap<String, Found> {
    let mut all: BTreeMap<String, Found> = BTreeMap::new();
    let mut walk = Walk::new(case);
    while let Some(step) = walk.next() {
        let place = match step {
            Step::Record(number) if records.contains(&number) => {
                (walk.taken, Some(number), case.records[number].1)
            }
            Step::Due(at) => (walk.taken, None, at),
            Step::Record(_) => {
                drop(walk.take());
                continue;
            }
        };
        walk.pipeline.observe();
        let out = walk.take();
        let asked = walk.pipeline.asked();
        walk.pipeline.look_away();
        for found in found(&Wanted::All, &out, asked, place) {
            if ids.contains(&found.decision) {
                let _ = all.entry(found.decision.clone()).or_insert(found);
            }
        }
    }
    all
}

/// The steps to look at more closely.
fn steps(case: &Case, wanted: &Wanted) -> BTreeSet<u64> {
    let mut steps = BTreeSet::new();
    let mut walk = Walk::new(case);
    while let Some(step) = walk.next() {
        let taken = walk.taken;
        let is_named = match (step, wanted) {
            (Step::Record(number), Wanted::Event(_, id)) => may_be(&case.records[number].0, id),
            (_, Wanted::All) => true,
            _ => false,
        };
        let out = walk.take();
        if is_named || decisions(&out).any(|(_, document)| is_it(wanted, document.root())) {
            let _ = steps.insert(taken);
            // One more is looked at than is shown, so that it is known that there are more.
            if steps.len() > FOUND_MAX {
                break;
            }
        }
    }
    steps
}

/// The decisions among what leaves, each with its id. What no rule fired on is joined, and has none.
pub(crate) fn decisions(out: &[Append]) -> impl Iterator<Item = (String, Document)> {
    out.iter().filter(|append| &*append.topic == DECISIONS).filter_map(|append| {
        let text = std::str::from_utf8(append.value.as_deref()?).ok()?;
        let document = Document::parse_own(text).ok()?;
        let id = document.root().get("decision")?.as_str()?.to_owned();
        Some((id, document))
    })
}

/// True if a record may be the event of that id.
pub(crate) fn may_be(record: &Record, id: &str) -> bool {
    let value = record.value.as_deref().unwrap_or_default();
    let is_within =
        |bytes: &[u8]| !id.is_empty() && bytes.windows(id.len()).any(|part| part == id.as_bytes());
    // What is written with escapes is looked at in any case.
    let is_plain = id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    is_within(value)
        || !is_plain
        || record.headers.iter().any(|header| is_within(header.value.as_deref().unwrap_or_default()))
}

/// True if a decision is the one of that id, or one in which the task of that id was a candidate.
pub fn names(decision: &Document, id: &str) -> bool {
    let is = |wanted: Wanted| is_it(&wanted, decision.root());
    is(Wanted::Decision(id.to_owned())) || is(Wanted::Task(id.to_owned()))
}

fn is_it(wanted: &Wanted, decision: Value<'_>) -> bool {
    match wanted {
        Wanted::All => true,
        Wanted::Decision(id) => text(decision, "decision").as_deref() == Some(id),
        Wanted::Task(id) => {
            let candidates = decision.get("candidates").into_iter().flat_map(Value::items);
            candidates.into_iter().any(|candidate| text(candidate, "task").as_deref() == Some(id))
        }
        Wanted::Event(source, id) => {
            let Some(stimulus) = decision.get("stimulus") else { return false };
            let is_that = |of: Value<'_>| {
                text(of, "source").as_deref() == Some(source) && text(of, "event").as_deref() == Some(id)
            };
            is_that(stimulus) || stimulus.get("cause").is_some_and(is_that)
        }
    }
}

/// A step: how many were taken before it, the record that it takes, when it is.
type Place = (u64, Option<usize>, Timestamp);

/// What was decided on at one step.
fn found(wanted: &Wanted, out: &[Append], asked: Vec<Asked>, place: Place) -> Vec<Found> {
    let mut order: Vec<String> = Vec::new();
    let mut all: BTreeMap<String, Found> = BTreeMap::new();
    let recorded: Vec<(String, Document)> =
        decisions(out).filter(|(_, document)| is_it(wanted, document.root())).collect();
    // What was asked stands in the order in which it was decided on.
    for one in asked {
        let is_known = recorded.iter().any(|(id, _)| *id == one.stimulus.decision);
        if is_known || is_asked(wanted, &one) {
            let id = one.stimulus.decision.clone();
            entry(&mut all, &mut order, &id, place).asked.push(one);
        }
    }
    for (id, document) in recorded {
        entry(&mut all, &mut order, &id, place).document = Some(document);
    }
    order.iter().filter_map(|id| all.remove(id)).collect()
}

fn entry<'a>(
    all: &'a mut BTreeMap<String, Found>,
    order: &mut Vec<String>,
    id: &str,
    (step, record, at): Place,
) -> &'a mut Found {
    if !all.contains_key(id) {
        order.push(id.to_owned());
    }
    let new = || Found {
        step,
        record,
        at,
        decision: id.to_owned(),
        document: None,
        asked: Vec::new(),
        begun: None,
        is_record: false,
    };
    all.entry(id.to_owned()).or_insert_with(new)
}

/// True if what was asked is about the event that is wanted, though nothing was decided.
fn is_asked(wanted: &Wanted, asked: &Asked) -> bool {
    let stimulus = &asked.stimulus;
    match wanted {
        Wanted::Event(source, id) => {
            let is_that = |of: (&str, &str)| of == (source, id);
            is_that((&stimulus.source, &stimulus.event))
                || stimulus.cause.as_ref().is_some_and(|(source, id)| is_that((source, id)))
        }
        Wanted::Task(_) | Wanted::Decision(_) => false,
        Wanted::All => true,
    }
}
