//! The past, as rules ask for it: `count`, `sum`, `min`, `max`, `avg`, `distinct`, `last`, `since`, `released`, `outcomes`; and `age`.
//!
//! Shape: [`PastCall::compile`] takes a function's name and its constant arguments; [`PastCall::needs`] says what must be
//! remembered for it; [`PastCall::evaluate`] gives its value. [`remember`] writes what the needs of a bundle ask for.
//! Windows are half open: an event counts if its instant is later than `now` minus the window.
//! Invariant: what a call asks for is covered by its needs; the answer is a function of what is remembered, the event
//! and `now`.

mod evaluate;
mod needs;
mod remember;

use std::collections::BTreeMap;

use segue_model::{Event, Past, Span, Timestamp};
use segue_value::{Fault, Shape};

pub use evaluate::{age, of_surroundings};
pub use needs::{Need, Needs, RunningNeed, TypeNeeds};
pub use remember::{Forgotten, kept, remember, seen};

/// The functions that this crate knows, but for `age`, whose key is no constant.
pub const FUNCTIONS: [&str; 10] =
    ["avg", "count", "distinct", "last", "max", "min", "outcomes", "released", "since", "sum"];

/// A constant argument of a call.
#[derive(Clone, Copy, Debug)]
pub enum Argument<'s> {
    /// A text.
    Text(&'s str),
    /// A list of texts.
    Texts(&'s [&'s str]),
}

/// What is wrong with a call: which argument, counted from 0, or the call as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misuse {
    /// The argument; `None`: how many there are.
    pub argument: Option<usize>,
    /// The finding's code.
    pub code: &'static str,
    /// What is wrong: lower case, no full stop.
    pub message: String,
}

/// What a call is evaluated on.
#[derive(Clone, Copy, Debug)]
pub struct PastFacts<'a> {
    /// What is remembered of the subject, this event included.
    pub past: &'a Past,
    /// The event that is decided on: what `same` compares with. None where a moment is decided on.
    pub event: Option<&'a Event>,
    /// Where a timer is decided on rather than the event itself: then the event is one of those before.
    pub is_timer: bool,
    /// The moment of the decision.
    pub now: Timestamp,
}

/// What is asked of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Count,
    Sum,
    Min,
    Max,
    Avg,
    Distinct,
    Last,
    Since,
}

/// Of what kind of past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Events of some types.
    Events,
    /// Tasks of an action that were released.
    Released,
    /// What destinations said became of the tasks of an action: one kind of outcome.
    Outcomes,
}

/// A call of a function of the past.
#[derive(Clone, Debug)]
pub struct PastCall {
    name: &'static str,
    function: Function,
    of: Of,
    /// The types of event, or the action, or the name of its outcomes.
    types: Vec<String>,
    /// The path of the values, from `data` on.
    path: Option<Vec<String>>,
    window: Option<Span>,
    /// The paths on which events must agree with the one that is decided on.
    same: Vec<Vec<String>>,
    /// What stands at the path, or of `last` the data.
    shape: Shape,
    /// Of `last`: the paths of the event that are read of it; `None`: all of it.
    read: Option<Vec<Vec<String>>>,
}

impl PastCall {
    /// Compiles a call. `data` has the data of every type of event, for the shapes of values.
    ///
    /// # Errors
    /// If there are too few or too many arguments, or one is not what it must be. Whether types, actions and fields
    /// exist is not asked here.
    pub fn compile(
        name: &str,
        arguments: &[Argument<'_>],
        data: &BTreeMap<String, Shape>,
    ) -> Result<PastCall, Misuse> {
        let name = FUNCTIONS.into_iter().find(|known| *known == name).ok_or_else(|| Misuse {
            argument: None,
            code: "unknown-function",
            message: format!("unknown function `{name}`"),
        })?;
        let (function, of) = match name {
            "sum" => (Function::Sum, Of::Events),
            "min" => (Function::Min, Of::Events),
            "max" => (Function::Max, Of::Events),
            "avg" => (Function::Avg, Of::Events),
            "distinct" => (Function::Distinct, Of::Events),
            "last" => (Function::Last, Of::Events),
            "since" => (Function::Since, Of::Events),
            "released" => (Function::Count, Of::Released),
            "outcomes" => (Function::Count, Of::Outcomes),
            _ => (Function::Count, Of::Events),
        };
        let mut reader = Reader { name, arguments, next: 0 };
        let mut types = reader.types(of)?;
        if of == Of::Outcomes {
            types = vec![outcome_name(&types[0], reader.text("an outcome")?)];
        }
        let has_path = matches!(
            function,
            Function::Sum | Function::Min | Function::Max | Function::Avg | Function::Distinct
        );
        let path = if has_path { Some(reader.path()?) } else { None };
        let has_window = !matches!(function, Function::Last | Function::Since);
        let window = if has_window { reader.window(function == Function::Distinct)? } else { None };
        let same = reader.same()?;
        reader.end()?;
        let shape = match (&path, function) {
            (Some(path), _) => shape_at(&types, path, data),
            (None, Function::Last) => shape_at(&types, &["data".to_owned()], data),
            (None, _) => Shape::Int,
        };
        Ok(PastCall { name, function, of, types, path, window, same, shape, read: None })
    }

    /// Says that only these paths of the event that `last` gives are read, such as `["data", "amount"]`: nothing else of
    /// its data is remembered.
    pub fn reading(&mut self, paths: Vec<Vec<String>>) {
        self.read = Some(paths);
    }

    /// The name of the function.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The types of event, or the action, or the name of its outcomes.
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// The path of the values that it goes by, from `data` on.
    pub fn path(&self) -> Option<&[String]> {
        self.path.as_deref()
    }

    /// Its window; `None`: all the past.
    pub fn window(&self) -> Option<Span> {
        self.window
    }

    /// True if events count only if they agree with the one that is decided on.
    pub fn is_same(&self) -> bool {
        !self.same.is_empty()
    }

    /// Why it has no value, in words.
    pub fn describe(&self, fault: Fault) -> String {
        match fault {
            Fault::NoSuchKey if self.function == Function::Since => {
                format!("`since`: there was no `{}` before", self.types.join("`, `"))
            }
            Fault::NoSuchKey => format!("`{}` of none has no value", self.name),
            other => format!("`{}`: {other}", self.name),
        }
    }
}

/// Under which name the outcomes of one kind of an action's tasks are remembered.
pub fn outcome_name(action: &str, outcome: &str) -> String {
    format!("{action}/{outcome}")
}

/// Reads the arguments of a call, one after the other.
struct Reader<'a> {
    name: &'static str,
    arguments: &'a [Argument<'a>],
    next: usize,
}

impl<'a> Reader<'a> {
    fn misuse(&self, code: &'static str, message: String) -> Misuse {
        Misuse { argument: (self.next < self.arguments.len()).then_some(self.next), code, message }
    }

    fn take(&mut self) -> Option<Argument<'a>> {
        let argument = self.arguments.get(self.next).copied();
        self.next += usize::from(argument.is_some());
        argument
    }

    fn text(&mut self, what: &str) -> Result<&'a str, Misuse> {
        match self.arguments.get(self.next) {
            Some(Argument::Text(text)) => {
                self.next += 1;
                Ok(text)
            }
            _ => Err(self.misuse("bad-call", format!("`{}` asks here for {what}, a text", self.name))),
        }
    }

    /// Types of event, or an action.
    fn types(&mut self, of: Of) -> Result<Vec<String>, Misuse> {
        if of != Of::Events {
            return self.text("an action").map(|action| vec![action.to_owned()]);
        }
        match self.take() {
            Some(Argument::Text(kind)) => Ok(vec![kind.to_owned()]),
            Some(Argument::Texts(kinds)) if !kinds.is_empty() => {
                let mut types: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
                // An event counts once, however often its type is named.
                types.sort();
                types.dedup();
                Ok(types)
            }
            _ => {
                self.next = 0;
                let message = format!("`{}` asks for a type of event, or a list of them", self.name);
                Err(self.misuse("bad-call", message))
            }
        }
    }

    fn path(&mut self) -> Result<Vec<String>, Misuse> {
        let text = self.text("a path such as `data.amount`")?;
        parse_path(text).ok_or_else(|| {
            self.next -= 1;
            self.misuse("bad-path", format!("`{text}` is no path into an event's data"))
        })
    }

    fn window(&mut self, is_required: bool) -> Result<Option<Span>, Misuse> {
        let window = match self.arguments.get(self.next) {
            Some(Argument::Text(text)) => Span::parse(text).filter(|window| window.0 > 0),
            _ => None,
        };
        self.next += usize::from(window.is_some());
        if window.is_none() && is_required {
            return Err(
                self.misuse("bad-duration", format!("`{}` asks for a window, such as `'24h'`", self.name))
            );
        }
        Ok(window)
    }

    fn same(&mut self) -> Result<Vec<Vec<String>>, Misuse> {
        let texts = match self.arguments.get(self.next) {
            None => return Ok(Vec::new()),
            Some(Argument::Text(text)) => &[*text][..],
            Some(Argument::Texts(texts)) => texts,
        };
        let mut same = Vec::new();
        for text in texts {
            let Some(path) = parse_path(text) else {
                let message = if text.starts_with(|c: char| c.is_ascii_digit()) {
                    format!("`{text}` is neither a window nor a path")
                } else {
                    format!("`{text}` is no path such as `data.session` or `journey`")
                };
                return Err(self.misuse("bad-path", message));
            };
            same.push(path);
        }
        same.sort();
        same.dedup();
        self.next += 1;
        Ok(same)
    }

    fn end(&self) -> Result<(), Misuse> {
        if self.next == self.arguments.len() {
            return Ok(());
        }
        Err(self.misuse("bad-call", format!("`{}` takes no more arguments", self.name)))
    }
}

/// `journey`, or names from `data` on.
fn parse_path(text: &str) -> Option<Vec<String>> {
    let path: Vec<String> = text.split('.').map(str::to_owned).collect();
    let is_path = match path[0].as_str() {
        "journey" => path.len() == 1,
        "data" => path.len() > 1 && path.iter().all(|name| !name.is_empty()),
        _ => false,
    };
    is_path.then_some(path)
}

/// What stands at a path of events of these types.
fn shape_at(types: &[String], path: &[String], data: &BTreeMap<String, Shape>) -> Shape {
    if path[0] == "journey" {
        return Shape::Text;
    }
    let shapes = types.iter().map(|kind| {
        let root = data.get(kind).unwrap_or(&Shape::Any);
        path[1..].iter().try_fold(root, |shape, name| shape.member(name)).cloned().unwrap_or(Shape::Any)
    });
    shapes.reduce(|a, b| a.join(&b)).unwrap_or(Shape::Any)
}

#[cfg(test)]
mod tests;
