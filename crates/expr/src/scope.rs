//! The facts that an expression is evaluated on, as slots that are filled when an expression first asks for them.

mod find;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use segue_document::{Document, Kind};
use segue_index::Scratch;
use segue_model::{Event, Past, Rows, Timestamp};
use segue_value::{Fault, Value};

use crate::local::{self, Local};
use crate::slots::{Layout, OF_ACTION};

/// How many slots have their room from the beginning.
const NEAR: usize = 64;
/// How many slots beyond those are made room for at once: of a large bundle, an event touches only some.
const PAGE: usize = 16;

/// What is known at the moment of a decision.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The event that is decided on, or that began the absence that is; none: `null`.
    pub event: Option<&'a Event>,
    /// The event of a source that began it; none: `null`.
    pub cause: Option<&'a Event>,
    /// True if a timer is decided on rather than the event itself.
    pub is_timer: bool,
    /// The subject's own attributes; none: an empty map.
    pub who: Option<&'a Document>,
    /// The subject's tables; one that is absent is empty.
    pub own: &'a BTreeMap<String, Rows>,
    /// The tables of everyone; one that is absent is empty.
    pub everyone: &'a BTreeMap<String, Rows>,
    /// The channel the person was last heard on; none: an empty map.
    pub channel: Option<ChannelFacts<'a>>,
    /// Where the person is, or was last; none: an empty map.
    pub place: Option<AroundFacts<'a>>,
    /// The device that the person is at, or was last; none: an empty map.
    pub device: Option<AroundFacts<'a>>,
    /// What is remembered of the subject's past, this event included.
    pub past: &'a Past,
    /// The moment of the decision.
    pub now: Timestamp,
    /// The IANA time zone of those whose own is not known.
    pub zone: &'a str,
    /// The action, where there is one; none: `null`.
    pub action: Option<ActionFacts<'a>>,
}

/// What an expression may know of the channel that a person was last heard on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelFacts<'a> {
    /// The channel's id.
    pub id: &'a str,
    /// When the person was heard there.
    pub at: Timestamp,
}

/// What an expression may know of a place or of a device.
#[derive(Clone, Copy, Debug)]
pub struct AroundFacts<'a> {
    /// What is known of it: an object.
    pub facts: &'a Document,
    /// When the person was there.
    pub at: Timestamp,
}

/// What an expression may know of the action that it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct ActionFacts<'a> {
    /// The action's id.
    pub id: &'a str,
    /// The action's group; none: `null`.
    pub group: Option<&'a str>,
    /// How hard it is, in the bundle's word.
    pub complexity: &'a str,
    /// How much discretion it asks for, in the bundle's word.
    pub sensitivity: &'a str,
    /// True if policies may let it pass.
    pub transactional: bool,
}

/// The facts, made ready for expressions: each looked for when the first expression asks for it, and only once.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    shared: Rc<Shared<'a>>,
    /// The first slots, which most expressions ask for.
    near: Rc<[Cell<'a>]>,
    action: Option<ActionFacts<'a>>,
    of_action: OnceCell<Rc<[Cell<'a>]>>,
}

/// What stands in a slot once it was asked for.
type Cell<'a> = OnceCell<Result<Value<'a>, Fault>>;

/// What scopes that differ in their action have in common.
#[derive(Debug)]
struct Shared<'a> {
    layout: &'a Layout,
    facts: Facts<'a>,
    /// The slots beyond the first.
    pages: Box<[OnceCell<Box<[Cell<'a>; PAGE]>>]>,
    local: OnceCell<Option<Local>>,
    /// Memory for decision tables to work in.
    scratch: RefCell<Scratch>,
}

impl<'a> Scope<'a> {
    /// A scope of these facts, for the expressions that were compiled with the slots of `layout` and for no others.
    pub fn new(layout: &'a Layout, facts: Facts<'a>) -> Scope<'a> {
        let count = layout.shared.len();
        let near = (0..count.min(NEAR)).map(|_| OnceCell::new()).collect();
        let pages = (0..count.saturating_sub(NEAR).div_ceil(PAGE)).map(|_| OnceCell::new()).collect();
        let shared = Shared { layout, facts, pages, local: OnceCell::new(), scratch: RefCell::default() };
        Scope { shared: Rc::new(shared), near, action: facts.action, of_action: OnceCell::new() }
    }

    /// The same facts with another action; what was looked for already is not looked for again.
    pub fn with_action(&self, action: ActionFacts<'a>) -> Scope<'a> {
        Scope {
            shared: Rc::clone(&self.shared),
            near: Rc::clone(&self.near),
            action: Some(action),
            of_action: OnceCell::new(),
        }
    }

    /// What stands in a slot of the layout: its value, or `None` where reading it is an error.
    #[inline]
    pub fn slot(&self, slot: u32) -> Option<&Value<'a>> {
        self.read(slot).ok()
    }

    /// What stands in a slot, or why there is nothing.
    #[inline]
    pub(crate) fn read(&self, slot: u32) -> Result<&Value<'a>, Fault> {
        let held = match self.near.get(slot as usize) {
            Some(cell) => match cell.get() {
                Some(held) => held,
                None => self.filled(cell, slot),
            },
            None => self.far(slot),
        };
        held.as_ref().map_err(|fault| *fault)
    }

    #[inline(never)]
    fn filled<'s>(&'s self, cell: &'s Cell<'a>, slot: u32) -> &'s Result<Value<'a>, Fault> {
        cell.get_or_init(|| self.fill(slot))
    }

    /// What stands in a slot of the action, or in one beyond the first.
    #[inline(never)]
    fn far(&self, slot: u32) -> &Result<Value<'a>, Fault> {
        if slot & OF_ACTION == 0 {
            let place = slot as usize - NEAR;
            let page = &self.shared.pages[place / PAGE];
            let cells = page.get_or_init(|| Box::new([const { OnceCell::new() }; PAGE]));
            self.filled(&cells[place % PAGE], slot)
        } else {
            let cells =
                self.of_action.get_or_init(|| self.layout().action.iter().map(|_| OnceCell::new()).collect());
            self.filled(&cells[(slot & !OF_ACTION) as usize], slot)
        }
    }

    pub(crate) fn layout(&self) -> &'a Layout {
        self.shared.layout
    }

    pub(crate) fn facts(&self) -> &Facts<'a> {
        &self.shared.facts
    }

    pub(crate) fn action(&self) -> Option<ActionFacts<'a>> {
        self.action
    }

    pub(crate) fn scratch(&self) -> &RefCell<Scratch> {
        &self.shared.scratch
    }

    /// The rows of a table: the subject's own, else everyone's.
    pub(crate) fn rows(&self, table: &str) -> Option<&'a Rows> {
        let facts = &self.shared.facts;
        facts.own.get(table).or_else(|| facts.everyone.get(table))
    }

    /// The person's own clock; `None` outside of the years that have a calendar.
    pub(crate) fn local(&self) -> Option<&Local> {
        let facts = &self.shared.facts;
        let own =
            || facts.who.and_then(|who| who.root().get("timezone")).and_then(segue_document::Value::as_str);
        let there = || facts.place.and_then(|place| place.facts.root().get("timezone")?.as_str());
        let local = || local::local(facts.now, own().into_iter().chain(there()).chain([facts.zone]));
        self.shared.local.get_or_init(local).as_ref()
    }

    /// What stands at a path of fields, where that is a number or a container of a document: writing it from there
    /// keeps its numbers to the bit.
    pub(crate) fn verbatim(&self, path: &[String]) -> Option<segue_document::Value<'a>> {
        let facts = &self.shared.facts;
        let (document, fields) = match path {
            [root, data, fields @ ..] if root == "event" && data == "data" => (&facts.event?.data, fields),
            [root, data, fields @ ..] if root == "cause" && data == "data" => (&facts.cause?.data, fields),
            [root, fields @ ..] if root == "who" => (facts.who?, fields),
            [root, fields @ ..] if root == "where" => (facts.place?.facts, fields),
            [root, place, fields @ ..] if root == "event" && place == "where" => {
                (facts.event?.surroundings.place.as_deref()?, fields)
            }
            _ => return None,
        };
        let value = document.root().at_path(fields.iter().map(String::as_str))?;
        matches!(value.kind(), Kind::Number | Kind::Array | Kind::Object).then_some(value)
    }
}
