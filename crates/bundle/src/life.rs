//! The parts of the compiled bundle that are about time: what makes a rule fire, and how a task lives once it is decided.

use segue_expr::{Expression, Template, Tie};
use segue_model::{Span, Subject};

/// What makes a rule fire.
#[derive(Debug)]
pub enum Begins {
    /// An event of one of its types.
    Event,
    /// That something did not follow an event of one of its types.
    Absence(Absence),
    /// An event about everyone, for each subject of whom this is true.
    Each(Each),
    /// A moment that this expression gives, a timestamp: there is no event, and the rule looks at no type.
    Moment(Expression),
}

/// What must not follow an event, and in which time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// The types of event any of which ends the waiting.
    pub unless: Vec<String>,
    /// How long is waited, from the instant of the event on: half open, so that one exactly then is too late.
    pub within: Span,
    /// The path on which both events must agree: names from the event on, such as `["data", "session"]` or
    /// `["journey"]`; `None`: any event of the types ends it.
    pub same: Option<Vec<String>>,
}

/// For whom an event about everyone matters.
#[derive(Debug)]
pub struct Each {
    /// What must be true of a subject.
    pub condition: Expression,
    /// What ties subjects to the event, branch by branch.
    pub ties: Vec<Tie>,
}

/// How long after the first decision a task is released at the earliest.
#[derive(Debug)]
pub enum Hold {
    /// Always as long.
    Span(Span),
    /// As this expression says: a duration, or the text of one such as `'3h'`.
    Expression(Box<Expression>),
}

/// A question that a task puts.
#[derive(Debug)]
pub struct Ask {
    /// The question.
    pub question: Template,
    /// The answers to choose from; at least one, each once.
    pub answers: Vec<String>,
    /// How long after its release an answer is waited for.
    pub wait: Span,
}

/// The matter that events belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journey {
    /// Where its id is found: names to follow from the event; `None`: the CloudEvents correlationid, else the id of the
    /// cause.
    pub id: Option<Vec<String>>,
    /// The types of event that end it.
    pub ends: Vec<String>,
}

/// How hard an action is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Complexity {
    /// Anyone can do it.
    #[default]
    Simple,
    /// It takes somebody who knows.
    Complex,
    /// It takes time, too.
    Difficult,
}

impl Complexity {
    /// As the bundle writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Complexity::Simple => "simple",
            Complexity::Complex => "complex",
            Complexity::Difficult => "difficult",
        }
    }
}

/// How much discretion an action asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sensitivity {
    /// Anyone may know.
    Public,
    /// The person's own matter.
    #[default]
    Personal,
    /// Not even those near the person.
    Private,
}

impl Sensitivity {
    /// As the bundle writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Sensitivity::Public => "public",
            Sensitivity::Personal => "personal",
            Sensitivity::Private => "private",
        }
    }
}

/// What a destination says in a test: of the latest task of an action for a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// The action's id.
    pub action: String,
    /// The subject; `None`: of whichever subject.
    pub subject: Option<Subject>,
    /// What became of it: accepted, completed, declined, failed or answered.
    pub outcome: String,
    /// The answer, of `answered` only.
    pub answer: Option<String>,
    /// Why, in the destination's words.
    pub reason: Option<String>,
}
