//! The compiled bundle: immutable, shared by every partition, all names resolved and all expressions compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use segue_calendar::Calendar;
use segue_decision_table::DecisionTable;
use segue_expr::past::Needs;
use segue_expr::{Expression, Layout, Side, Template};
use segue_model::{Span, Subject};
use segue_schema::Schema;

use crate::around::{Parts, Remembers};
pub use crate::channel::{Channel, Inbound, QuietHours, released_on};
pub use crate::life::{Absence, Ask, Begins, Complexity, Each, Hold, Journey, Sensitivity, TestOutcome};
pub use crate::limits::Limits;
pub use crate::priority::{Learning, PriorityFormula, Propensity};
use crate::watchers::Watchers;

/// All that integration engineers wrote, checked and compiled.
#[derive(Debug)]
pub struct Bundle {
    /// Names this content: [`segue_model::id::digest`] over the files' paths and texts, in the order of the paths.
    pub digest: String,
    /// The kinds of subject that it names; `person` is always among them.
    pub kinds: BTreeSet<String>,
    /// Sources by id.
    pub sources: BTreeMap<String, Source>,
    /// Tables by id.
    pub tables: BTreeMap<String, Table>,
    /// Decision tables by id.
    pub decision_tables: BTreeMap<String, Arc<DecisionTable>>,
    /// Rules by id.
    pub rules: BTreeMap<String, Arc<Rule>>,
    /// The rules that fire on a type of event.
    pub rules_by_type: BTreeMap<String, Watchers<Rule>>,
    /// The rules of absence that a type of event begins, in the order of their ids.
    pub absences_by_type: BTreeMap<String, Vec<Arc<Rule>>>,
    /// The rules of absence that a type of event ends, by their `unless`, in the order of their ids.
    pub unless_by_type: BTreeMap<String, Vec<Arc<Rule>>>,
    /// The rules that look, for many, at a type of event about everyone, in the order of their ids.
    pub each_by_type: BTreeMap<String, Vec<Arc<Rule>>>,
    /// Where the values stand that tie subjects to such events, in their order.
    pub sides: Vec<Side>,
    /// The rules of moments, in the order of their ids.
    pub moments: Vec<Arc<Rule>>,
    /// Signals by id.
    pub signals: BTreeMap<String, Arc<Signal>>,
    /// The signals that are made from a type of event.
    pub signals_by_type: BTreeMap<String, Watchers<Signal>>,
    /// Policies by id.
    pub policies: BTreeMap<String, Policy>,
    /// The ids of the policies that may turn an action down, in the order of their ids.
    pub limits: Limits,
    /// What must be remembered of the past.
    pub needs: Needs,
    /// The facts that its expressions read: what every scope is made with.
    pub layout: Layout,
    /// Actions by id.
    pub actions: BTreeMap<String, Action>,
    /// True if events may say that two ids are one person: then more is kept of what is known.
    pub links: bool,
    /// True if anything asks on which channel a person was last heard: else it is not remembered.
    pub hears: bool,
    /// Whether anything asks where a person was last, and with which device.
    pub remembers: Remembers,
    /// Channels by id.
    pub channels: BTreeMap<String, Channel>,
    /// Calendars by id.
    pub calendars: BTreeMap<String, Calendar>,
    /// Destinations by id.
    pub destinations: BTreeMap<String, Destination>,
    /// The paths that schemas mark as private: `["who", "income"]`; what is below them is private too.
    pub private: BTreeSet<Vec<String>>,
    /// Tests, in the order of files and documents.
    pub tests: Vec<Test>,
}

impl Bundle {
    /// True if anything looks at events of a type: a rule, a signal, or the past.
    pub fn looks_at(&self, kind: &str) -> bool {
        self.rules_by_type.contains_key(kind)
            || self.signals_by_type.contains_key(kind)
            || self.absences_by_type.contains_key(kind)
            || self.unless_by_type.contains_key(kind)
            || self.needs.events.contains_key(kind)
    }
}

/// A system that publishes events.
#[derive(Debug)]
pub struct Source {
    /// The document's id.
    pub id: String,
    /// One line for people.
    pub about: Option<String>,
    /// The topics that it publishes on.
    pub topics: Vec<String>,
    /// How its records are framed.
    pub format: Format,
    /// Where the subject's id is found, unless a type says otherwise; `None`: the CloudEvents subject.
    pub subject: Option<SubjectPath>,
    /// The namespace of the ids of its persons, unless a type says otherwise; `None`: the canonical one.
    pub identity: Option<String>,
    /// The topic on which it is told what became of its events.
    pub status: Option<String>,
    /// The channel that its events come in on, unless a type says otherwise.
    pub channel: Option<Inbound>,
    /// Where its events have the place, unless a type says otherwise.
    pub place: Option<Parts>,
    /// Where its events have the device, unless a type says otherwise.
    pub device: Option<Parts>,
    /// The matter that its events belong to, unless a type says otherwise.
    pub journey: Option<Journey>,
    /// True if types that are not declared are counted and dropped rather than failed.
    pub ignore_undeclared: bool,
    /// The declared types.
    pub events: BTreeMap<String, EventType>,
}

/// Where the subject of an event is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectPath {
    /// The event is about no single subject.
    Everyone,
    /// A person: names to follow from the event, such as `["data", "customer_id"]` or `["subject"]`.
    Path(Vec<String>),
    /// A subject of each of these kinds whose id is there, in the order of the kinds.
    Kinds(BTreeMap<String, Vec<String>>),
}

/// How a source's records are framed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// CloudEvents, structured or binary mode, told apart by the content type.
    CloudEvents,
    /// A plain JSON message; the envelope is found at these paths, and the data are the whole message.
    Json(Envelope),
    /// Change events of Debezium.
    Debezium,
    /// Messages of the Segment specification.
    Segment,
}

/// Where a plain JSON message keeps what a CloudEvent has in its envelope: names to follow from the message's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The type. Required.
    pub kind: Vec<String>,
    /// The id. Required.
    pub id: Vec<String>,
    /// The time.
    pub time: Option<Vec<String>>,
    /// The subject's id.
    pub subject: Option<Vec<String>>,
}

/// A declared type of event.
#[derive(Debug)]
pub struct EventType {
    /// What its data must be.
    pub schema: Arc<Schema>,
    /// What its data fill, of a data event.
    pub into: Option<Into>,
    /// True if it says that what its data fill is gone: the row, or the attributes that its data name.
    pub removes: bool,
    /// Where its subject is found, if it says so itself.
    pub subject: Option<SubjectPath>,
    /// The namespace of the id of its person, if it says so itself.
    pub identity: Option<String>,
    /// The channel that it comes in on, if it says so itself.
    pub channel: Option<Inbound>,
    /// Where it has the place, if it says so itself.
    pub place: Option<Parts>,
    /// Where it has the device, if it says so itself.
    pub device: Option<Parts>,
    /// The matter that it belongs to, if it says so itself.
    pub journey: Option<Journey>,
}

/// What the data of a data event fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Into {
    /// The subject's own attributes.
    Who,
    /// A row of this table.
    Table(String),
}

/// A table.
#[derive(Debug)]
pub struct Table {
    /// The document's id.
    pub id: String,
    /// One line for people.
    pub about: Option<String>,
    /// Where the row's key is found in an event: names to follow, such as `["data", "account_id"]`.
    pub key: Vec<String>,
    /// The kind of subject whose rows they are; `None` for reference data that all subjects see.
    pub of: Option<String>,
    /// True if a row's data are merged into it rather than replacing it.
    pub patch: bool,
    /// After how long a row that was not touched is gone; `None`: never.
    pub expires: Option<Span>,
}

impl Table {
    /// True for reference data that all subjects see.
    pub fn is_of_everyone(&self) -> bool {
        self.of.is_none()
    }
}

/// Says when something matters.
#[derive(Debug)]
pub struct Rule {
    /// The document's id.
    pub id: String,
    /// One line for people.
    pub about: Option<String>,
    /// The kind of subject that it decides for.
    pub per: String,
    /// The types of event that it looks at; none of a moment.
    pub on: Vec<String>,
    /// What makes it fire.
    pub begins: Begins,
    /// What must be true; `None`: nothing more. Of an absence and of a moment it is asked when the rule fires.
    pub when: Option<Expression>,
    /// The actions that it proposes, by id.
    pub propose: Vec<String>,
}

/// An event made from an event.
#[derive(Debug)]
pub struct Signal {
    /// The document's id, which is its type of event.
    pub id: String,
    /// One line for people.
    pub about: Option<String>,
    /// The types of event that it is made from.
    pub on: Vec<String>,
    /// What must be true; `None`: nothing more.
    pub when: Option<Expression>,
    /// Its data, member by member; `None`: the data of the event that it is made from.
    pub data: Option<Vec<(String, Expression)>>,
    /// Whom it is about instead of the subject of the event: the kind, and the id.
    pub subject: Option<(String, Expression)>,
}

/// What keeps candidates back.
#[derive(Debug)]
pub struct Policy {
    /// The document's id.
    pub id: String,
    /// One line for people.
    pub about: Option<String>,
    /// What it does.
    pub kind: PolicyKind,
    /// What lets a candidate pass.
    pub unless: Option<Expression>,
}

/// What a policy does.
#[derive(Debug)]
pub enum PolicyKind {
    /// It limits how many tasks one subject gets in a time.
    Cap(Cap),
    /// It keeps the best of a decision.
    Choose(Choose),
    /// It pauses what a destination said something of.
    Suppress(Suppress),
    /// It leaves a share of subjects alone.
    Control(Control),
}

/// The best of a decision, and no more.
#[derive(Debug)]
pub struct Choose {
    /// How many.
    pub top: u64,
    /// Of what.
    pub per: Per,
}

/// Of what the best are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Of the candidates of one group; one without a group is of none.
    Group,
    /// Of the candidates on one channel; one without a channel is on none.
    Channel,
    /// Of all candidates.
    Decision,
}

/// Nothing more for a time, after a destination has said something so often.
#[derive(Debug)]
pub struct Suppress {
    /// What was said: an outcome.
    pub after: String,
    /// How often.
    pub times: u64,
    /// Within which time: half open, by the instants of the outcomes.
    pub within: Span,
    /// For how long from the last of them: half open.
    pub lasts: Span,
    /// The names under which the outcomes that count are remembered, by the action that they pause.
    pub names: BTreeMap<String, Vec<String>>,
}

/// So many subjects get no task of a group, and it is seen what becomes of them and of the others.
#[derive(Debug)]
pub struct Control {
    /// How many in a hundred.
    pub percent: f64,
    /// The group.
    pub group: String,
    /// What is hoped for.
    pub goal: Option<Goal>,
}

/// What is hoped for of a subject.
#[derive(Debug)]
pub struct Goal {
    /// An event of this type.
    pub kind: String,
    /// Within so long: half open, from the decision to the event's instant.
    pub within: Span,
}

/// So many tasks in a time, and no more.
#[derive(Debug)]
pub struct Cap {
    /// How many.
    pub at_most: u64,
    /// In which time: half open, by the time of the log.
    pub per: Span,
    /// Of what, as it is written.
    pub of: Capped,
    /// The actions that count, by id; of a channel, those that can be done on it.
    pub actions: Vec<String>,
}

/// What a cap counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capped {
    /// Tasks of an action.
    Action(String),
    /// Tasks of all actions of a group.
    Group(String),
    /// Tasks on a channel, of whatever action.
    Channel(String),
}

/// Says what to do.
#[derive(Debug)]
pub struct Action {
    /// The document's id.
    pub id: String,
    /// One line for people.
    pub about: Option<String>,
    /// What policies count it within.
    pub group: Option<String>,
    /// True if policies with `unless: action.transactional` let it pass.
    pub transactional: bool,
    /// The destination's id.
    pub to: String,
    /// What to do, in one line.
    pub what: Template,
    /// How to do it, step by step.
    pub how: Vec<Template>,
    /// The tone to take.
    pub tone: Option<Template>,
    /// Who is to do it.
    pub assignee: Option<Template>,
    /// How hard it is.
    pub complexity: Complexity,
    /// How much discretion it asks for.
    pub sensitivity: Sensitivity,
    /// The channels that it can be done on, the preferred first; none: no channel is chosen.
    pub channels: Vec<String>,
    /// What its score is made of.
    pub priority: PriorityFormula,
    /// The hard requirement; `None`: true.
    pub eligible: Option<Expression>,
    /// Whether it is relevant now; `None`: true.
    pub applicable: Option<Expression>,
    /// Whether it is in the person's own interest; `None`: true.
    pub suitable: Option<Expression>,
    /// How long after the first decision it is released at the earliest; `None`: at once.
    pub hold: Option<Hold>,
    /// The id of the calendar that is open when it is released.
    pub during: Option<String>,
    /// How long after its release it is promised to be ended.
    pub due: Option<Span>,
    /// How long after its release it is over.
    pub expires: Option<Span>,
    /// How long after its release it is brought up again; ascending, each below `expires`.
    pub remind: Vec<Span>,
    /// The question that it puts.
    pub ask: Option<Ask>,
}

/// A downstream system that takes tasks.
#[derive(Debug)]
pub struct Destination {
    /// The document's id.
    pub id: String,
    /// One line for people.
    pub about: Option<String>,
    /// The topic of its tasks.
    pub topic: String,
    /// Its lanes, the one with the highest bar first.
    pub lanes: Vec<Lane>,
    /// What it may be told, as paths: the only things that leave. `accounts[].balance` is `["accounts", "[]", "balance"]`.
    pub share: Vec<Vec<String>>,
    /// The topic on which it says what became of its tasks.
    pub outcomes: Option<String>,
}

/// A topic of its own for tasks of a high score.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// The document's name for it.
    pub name: String,
    /// The lowest score that goes there.
    pub at_least: f64,
    /// Its topic.
    pub topic: String,
}

/// A `test` document.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its line of text.
    pub name: String,
    /// The file it stands in, relative to the bundle.
    pub file: String,
    /// The line it begins in, from 1.
    pub line: usize,
    /// What is known before the first step: attributes as JSON text, by subject.
    pub given_who: BTreeMap<Subject, String>,
    /// The steps.
    pub steps: Vec<TestStep>,
}

/// One step of a test.
#[derive(Clone, Debug)]
pub struct TestStep {
    /// The line it begins in, from 1.
    pub line: usize,
    /// When it happens.
    pub when: TestTime,
    /// The event that comes in, if one does.
    pub event: Option<TestEvent>,
    /// What a destination says of a task, if it says something.
    pub outcome: Option<TestOutcome>,
    /// Exactly the tasks since the last step, best first, each a partial match written as JSON text; `None`: not looked at.
    pub expect: Option<Vec<String>>,
    /// The candidates rejected since the last step, in the same way.
    pub rejected: Option<Vec<String>>,
    /// The tasks withdrawn since the last step, in the same way.
    pub withdrawn: Option<Vec<String>>,
    /// What sources were told since the last step, in the same way.
    pub status: Option<Vec<String>>,
}

/// When a step happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestTime {
    /// At this instant.
    At(segue_model::Timestamp),
    /// So long after the step before.
    After(Span),
}

/// An event of a test.
#[derive(Clone, Debug)]
pub struct TestEvent {
    /// The source's id.
    pub source: String,
    /// The type.
    pub kind: String,
    /// The CloudEvents subject, if given.
    pub subject: Option<String>,
    /// The id, if given; else one is made from the test and the step.
    pub id: Option<String>,
    /// The time, if given; else that of the step.
    pub time: Option<String>,
    /// The data as JSON text.
    pub data: Option<String>,
}
