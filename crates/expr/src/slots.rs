//! Which facts a bundle's expressions read: each constant path, such as `event.data.amount`, becomes a numbered slot.
//!
//! Shape: [`Slots`] collects while expressions are compiled; [`Slots::finish`] makes the [`Layout`] that scopes of that
//! bundle are made with. Two expressions that read one path as one type share its slot, so that a fact is looked for
//! once a decision, however many rules ask for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_decision_table::DecisionTable;
use segue_document::Name;
use segue_value::Shape;

use crate::past::PastCall;

/// In the number of a slot: it belongs to the action, and is filled for each action anew.
pub(crate) const OF_ACTION: u32 = 1 << 31;

/// The slots of a bundle while its expressions are compiled.
#[derive(Debug, Default)]
pub struct Slots {
    layout: Layout,
    /// The slots of each path: more than one if it is read as several types.
    by_path: BTreeMap<Vec<String>, Vec<u32>>,
}

/// What the slots of a bundle stand for.
#[derive(Debug, Default)]
pub struct Layout {
    /// Slots of facts that all actions share, by number.
    pub(crate) shared: Vec<Slot>,
    /// The decision tables that `decide` may name, by id.
    pub(crate) tables: BTreeMap<String, Arc<DecisionTable>>,
    /// Slots of the action, by number without [`OF_ACTION`].
    pub(crate) action: Vec<Slot>,
}

/// What a slot stands for.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) root: Root,
    /// The names below the root.
    pub(crate) fields: Vec<Name>,
    /// The document that it stands in, if it stands in one that is known before: most do.
    pub(crate) base: Base,
    /// What type of value its schema says.
    pub(crate) shape: Shape,
    /// True if the slot holds whether the last field is there, rather than its value.
    pub(crate) is_presence: bool,
}

/// Where a slot's value is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// In the data of the event; the first of the names is that of the data.
    Data,
    /// In what is known of the subject.
    Who,
    /// Elsewhere.
    Other,
}

/// What of a row is read.
pub(crate) struct RowPart<'p> {
    pub(crate) fields: &'p [String],
    pub(crate) shape: &'p Shape,
    pub(crate) is_presence: bool,
}

/// Where a path begins.
#[derive(Debug)]
pub(crate) enum Root {
    Event,
    Cause,
    Who,
    Now,
    Local,
    Action,
    Channel,
    Where,
    Device,
    Table(String),
    /// A row of a table by a key that stands in a slot: it is the same wherever it is asked for.
    Row {
        table: String,
        key: u32,
    },
    /// A function of the past: it is the same wherever it is called with the same arguments.
    Past(Box<PastCall>),
}

impl Root {
    fn of(name: &str) -> Root {
        match name {
            "event" => Root::Event,
            "cause" => Root::Cause,
            "who" => Root::Who,
            "now" => Root::Now,
            "local" => Root::Local,
            "action" => Root::Action,
            "channel" => Root::Channel,
            "where" => Root::Where,
            "device" => Root::Device,
            table => Root::Table(table.to_owned()),
        }
    }

    /// The name that stands in a source.
    pub(crate) fn name(&self) -> &str {
        match self {
            Root::Event => "event",
            Root::Cause => "cause",
            Root::Who => "who",
            Root::Now => "now",
            Root::Local => "local",
            Root::Action => "action",
            Root::Channel => "channel",
            Root::Where => "where",
            Root::Device => "device",
            Root::Table(name) | Root::Row { table: name, .. } => name,
            Root::Past(call) => call.name(),
        }
    }
}

impl Slots {
    /// No slots yet.
    pub fn new() -> Slots {
        Slots::default()
    }

    /// No slots yet, and the decision tables that expressions may name, by id.
    pub fn with_tables(tables: BTreeMap<String, Arc<DecisionTable>>) -> Slots {
        let mut slots = Slots::default();
        slots.layout.tables = tables;
        slots
    }

    pub(crate) fn table(&self, id: &str) -> Option<&Arc<DecisionTable>> {
        self.layout.tables.get(id)
    }

    /// The slot of a path that begins with a root, read as `shape`.
    pub(crate) fn of(&mut self, path: Vec<String>, shape: &Shape, is_presence: bool) -> u32 {
        let known = self.by_path.get(&path).into_iter().flatten().copied();
        for number in known {
            let slot = self.layout.slot(number);
            if slot.is_presence == is_presence && (is_presence || slot.shape == *shape) {
                return number;
            }
        }
        let root = Root::of(&path[0]);
        let is_of_action = matches!(root, Root::Action);
        let (slots, flag) =
            if is_of_action { (&mut self.layout.action, OF_ACTION) } else { (&mut self.layout.shared, 0) };
        let number = slots.len() as u32 | flag;
        slots.push(Slot::new(root, &path[1..], shape, is_presence));
        self.by_path.entry(path).or_default().push(number);
        number
    }

    /// The slot of a function of the past, or of a field of the event that it gives. `key` is the same for equal calls.
    pub(crate) fn of_past(
        &mut self,
        key: String,
        call: PastCall,
        fields: Vec<String>,
        is_presence: bool,
    ) -> u32 {
        let path: Vec<String> = std::iter::once(key).chain(fields.iter().cloned()).collect();
        let known = self.by_path.entry(path).or_default();
        let same = known.iter().copied().find(|number| self.layout.slot(*number).is_presence == is_presence);
        same.unwrap_or_else(|| {
            let number = self.layout.shared.len() as u32;
            let root = Root::Past(Box::new(call));
            self.layout.shared.push(Slot::new(root, &fields, &Shape::Any, is_presence));
            known.push(number);
            number
        })
    }

    /// The slot of a field of a row, or of the row, whose key stands in another slot.
    pub(crate) fn of_row(&mut self, table: &str, key: u32, row: RowPart<'_>) -> u32 {
        let RowPart { fields, shape, is_presence } = row;
        let path: Vec<String> =
            std::iter::once(format!("{table}[{key}]")).chain(fields.iter().cloned()).collect();
        let known = self.by_path.entry(path).or_default();
        let is_same = |number: &u32| {
            let slot = self.layout.slot(*number);
            slot.is_presence == is_presence && slot.shape == *shape
        };
        if let Some(number) = known.iter().copied().find(is_same) {
            return number;
        }
        let number = self.layout.shared.len() as u32;
        let root = Root::Row { table: table.to_owned(), key };
        self.layout.shared.push(Slot::new(root, fields, shape, is_presence));
        known.push(number);
        number
    }

    /// What the slots stand for; no expression can be added any more.
    pub fn finish(self) -> Layout {
        self.layout
    }
}

impl Slot {
    fn new(root: Root, fields: &[String], shape: &Shape, is_presence: bool) -> Slot {
        let base = match (&root, fields) {
            (Root::Event, [data, ..]) if data == "data" => Base::Data,
            (Root::Who, _) => Base::Who,
            _ => Base::Other,
        };
        let fields = fields.iter().map(|name| Name::new(name)).collect();
        Slot { root, fields, base, shape: shape.clone(), is_presence }
    }
}

impl Layout {
    pub(crate) fn slot(&self, number: u32) -> &Slot {
        if number & OF_ACTION == 0 {
            &self.shared[number as usize]
        } else {
            &self.action[(number & !OF_ACTION) as usize]
        }
    }

    /// True if an expression reads the channel that a person was last heard on.
    pub fn reads_channel(&self) -> bool {
        self.shared.iter().any(|slot| matches!(slot.root, Root::Channel))
    }

    /// True if an expression reads where a person was last; the local time goes by it too.
    pub fn reads_place(&self) -> bool {
        self.shared.iter().any(|slot| matches!(slot.root, Root::Where | Root::Local))
    }

    /// True if an expression reads with which device a person was last seen.
    pub fn reads_device(&self) -> bool {
        self.shared.iter().any(|slot| matches!(slot.root, Root::Device))
    }

    /// How many slots there are, those of the action aside.
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// True if no expression reads a fact that all actions share.
    pub fn is_empty(&self) -> bool {
        self.shared.is_empty()
    }

    /// The path that a slot stands for, as it may be written: `event.data.amount`, `has(who.phone)`,
    /// `accounts[who.main].balance`.
    pub fn name(&self, slot: u32) -> String {
        let slot = self.slot(slot);
        let root = match &slot.root {
            Root::Row { table, key } => format!("{table}[{}]", self.name(*key)),
            root => root.name().to_owned(),
        };
        let names: Vec<&str> =
            std::iter::once(root.as_str()).chain(slot.fields.iter().map(|name| &**name)).collect();
        let path = names.join(".");
        if slot.is_presence { format!("has({path})") } else { path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_path_read_as_one_type_has_one_slot() {
        let mut slots = Slots::new();
        let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        let amount = slots.of(path("event.data.amount"), &Shape::Double, false);
        assert_eq!(slots.of(path("event.data.amount"), &Shape::Double, false), amount);
        let as_whole = slots.of(path("event.data.amount"), &Shape::Int, false);
        let has = slots.of(path("event.data.amount"), &Shape::Int, true);
        let action = slots.of(path("action.id"), &Shape::Text, false);
        assert_eq!((amount, as_whole, has, action), (0, 1, 2, OF_ACTION));
        let layout = slots.finish();
        assert_eq!(layout.len(), 3);
        assert_eq!(layout.name(has), "has(event.data.amount)");
        assert_eq!(layout.name(action), "action.id");
    }
}
