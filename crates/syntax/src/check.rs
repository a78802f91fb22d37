//! What a tree may be: known names, fields that some schema has, functions that there are, and values of kinds that
//! go together. On the way it learns the shape of the result, which field paths are read, and what it costs.
//!
//! A [`Flow`] is what is known of a part's value: its shape, the places it stands for, and the paths whose values can
//! be seen in it. A comparison shows a truth value and no path; a choice shows its branches and not its condition.
//!
//! Only what can never be is a fault: where a schema says nothing, anything goes.
//!
//! Read on: `call` and `operator` (calls), `function` (those of CEL), `past` and `constant` (those of the router),
//! `comprehension`, `cost`; `kind`, `extent` and `words` help them; `compare` finds what a condition demands, and
//! `want` says what a bundle wants.

mod asked;
mod call;
mod compare;
mod comprehension;
mod constant;
mod cost;
mod elsewhere;
mod extent;
mod function;
mod hints;
mod kind;
mod operator;
mod past;
mod reading;
mod want;

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, MapExpr, SelectExpr};

use crate::fault::Fault;
use crate::hint::did_you_mean;
use crate::names::{Names, RESERVED, TYPES};
use crate::parse::Places;
use cost::Cost;
use extent::extent;
use kind::{any_of, known, noun};
use reading::Readings;
use segue_value::{Rest, Shape};

pub use asked::{Asked, AskedInput, Origin, can_be};
pub use compare::{Comparison, Demands, Operator};
pub use function::functions;
pub use reading::{Reading, Root};
pub use want::Wanted;

/// The names that stand for something once a source says of its events what it is.
const AROUND: [(&str, &str); 2] = [
    ("device", "no source says with which device its events were made: give one `device`"),
    ("where", "no source says where its events come from: give one `where`"),
];

/// A path of field names; `[]` stands for any item of a list or any row of a table.
type Path = Vec<String>;

/// What is known of a part's value.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) shape: Shape,
    /// The keys of a map that are not all texts.
    keys: Option<Shape>,
    /// How many items the value has at most, where that is known.
    items: Option<u64>,
    /// Of a part of what a loop goes over: how often that whole loop runs. The parts of all its items are no more than
    /// a document has values.
    inside: Option<u64>,
    /// Of the variable of a loop over the keys of a map: how often that whole loop runs. In one run no key comes twice.
    key_of: Option<u64>,
    /// The places that the part itself stands for; not yet read, since a field of them may be all that is asked.
    places: Vec<Path>,
    /// The paths that were read and whose values can be seen in this one.
    flows: BTreeSet<Path>,
}

impl Flow {
    fn of(shape: Shape) -> Flow {
        Flow {
            shape,
            keys: None,
            items: None,
            inside: None,
            key_of: None,
            places: Vec::new(),
            flows: BTreeSet::new(),
        }
    }

    /// The shape of the value as a part of another, where nothing tells that its keys are no texts.
    fn inner_shape(&self) -> Shape {
        if self.keys.is_some() { Shape::Any } else { self.shape.clone() }
    }
}

/// What was learnt of a whole tree.
#[derive(Debug)]
pub struct Learnt {
    /// All that is wrong.
    pub(crate) faults: Vec<Fault>,
    /// Every path that is read.
    pub reads: BTreeSet<Path>,
    /// Those of which more is read than how many there are, or under which keys.
    pub whole: BTreeSet<Path>,
    /// The paths whose values can be seen in the result.
    pub flows: BTreeSet<Path>,
    /// The field names and texts of the source.
    pub(crate) words: BTreeSet<String>,
    /// What the result is.
    pub shape: Shape,
    /// What must hold for the result to be true.
    pub demands: Demands,
    /// Every comparison with constants for being equal or there, wherever it stands.
    pub comparisons: Vec<Comparison>,
    /// Every field of a name that is read, as far as it is written out, and where it stands in the source.
    pub fields: Vec<(Path, (usize, usize))>,
    /// What decision tables are asked with.
    pub asked: Vec<Asked>,
}

impl Default for Learnt {
    fn default() -> Learnt {
        Learnt {
            faults: Vec::new(),
            reads: BTreeSet::new(),
            whole: BTreeSet::new(),
            flows: BTreeSet::new(),
            words: BTreeSet::new(),
            shape: Shape::Any,
            demands: Demands::default(),
            comparisons: Vec::new(),
            fields: Vec::new(),
            asked: Vec::new(),
        }
    }
}

/// Checks a tree.
pub(crate) fn check(tree: &IdedExpr, names: &Names, places: &Places<'_>) -> Learnt {
    let mut checker =
        Checker { names, places, learnt: Learnt::default(), locals: Vec::new(), cost: Cost::default() };
    let result = checker.walk(tree);
    let shape = known(result.inner_shape());
    let flows = checker.settle(result);
    let mut learnt = checker.learnt;
    learnt.faults.sort_by_key(|fault| fault.start);
    if names.untyped {
        let at_evaluation = ["wrong-type", "unknown-name", "unknown-field", "unknown-function"];
        learnt.faults.retain(|fault| !at_evaluation.contains(&fault.code));
    }
    let demands = Demands::of(tree, places);
    let Readings { comparisons, fields, .. } = Readings::of(tree, places);
    Learnt { flows, shape, demands, comparisons, fields, ..learnt }
}

struct Checker<'c> {
    names: &'c Names,
    places: &'c Places<'c>,
    learnt: Learnt,
    /// The variables of comprehensions, innermost last.
    locals: Vec<(String, Flow)>,
    cost: Cost,
}

impl Checker<'_> {
    fn fault(
        &mut self,
        (start, end): (usize, usize),
        code: &'static str,
        message: String,
        hint: Option<String>,
    ) {
        self.learnt.faults.push(Fault { start, end, code, message, hint });
    }

    /// The value is used as it is: its places are read. Gives the paths that can be seen in it.
    fn settle(&mut self, flow: Flow) -> BTreeSet<Path> {
        let mut flows = flow.flows;
        for place in flow.places {
            let _ = self.learnt.reads.insert(place.clone());
            let _ = self.learnt.whole.insert(place.clone());
            let _ = flows.insert(place);
        }
        flows
    }

    /// The same of a map of which only the keys are asked for, or how many there are.
    fn settle_keys(&mut self, flow: Flow) -> BTreeSet<Path> {
        let Flow { mut flows, places, .. } = flow;
        self.learnt.reads.extend(places.iter().cloned());
        flows.extend(places);
        flows
    }

    fn walk(&mut self, node: &IdedExpr) -> Flow {
        self.cost.step();
        match &node.expr {
            Expr::Literal(literal) => self.literal(literal),
            Expr::Ident(name) => self.name(node, name),
            Expr::Select(select) => self.select(node, select),
            Expr::Call(call) => self.call(node, call),
            Expr::List(list) => self.list(list),
            Expr::Map(map) => self.map(map),
            Expr::Comprehension(comprehension) => self.comprehension(node, comprehension),
            Expr::Struct(structure) => {
                let message = format!("there is no type `{}` to make values of", structure.type_name);
                self.fault(self.places.token(node), "unknown-name", message, None);
                Flow::of(Shape::Any)
            }
            Expr::Unspecified => Flow::of(Shape::Any),
        }
    }

    fn literal(&mut self, literal: &LiteralValue) -> Flow {
        Flow::of(match literal {
            LiteralValue::Boolean(_) => Shape::Bool,
            LiteralValue::Int(_) => Shape::Int,
            LiteralValue::UInt(_) => Shape::UInt,
            LiteralValue::Double(_) => Shape::Double,
            LiteralValue::Null => Shape::Null,
            LiteralValue::Bytes(_) => Shape::Bytes,
            LiteralValue::String(text) => {
                let _ = self.learnt.words.insert(text.inner().to_owned());
                Shape::Text
            }
        })
    }

    fn name(&mut self, node: &IdedExpr, name: &str) -> Flow {
        let bare = name.trim_start_matches('.');
        if bare == name
            && let Some((_, flow)) = self.locals.iter().rev().find(|(local, _)| local == name)
        {
            return flow.clone();
        }
        if let Some(shape) = self.names.roots.get(bare) {
            return Flow { places: vec![vec![bare.to_owned()]], ..Flow::of(shape.clone()) };
        }
        if TYPES.contains(&bare) || bare == "type" {
            return Flow::of(Shape::Type);
        }
        let place = self.places.token(node);
        let hint = if let Some((_, says)) = AROUND.iter().find(|(name, _)| *name == bare) {
            Some((*says).to_owned())
        } else if RESERVED.contains(&bare) {
            Some("it stands for something elsewhere, but not here".to_owned())
        } else {
            let locals =
                self.locals.iter().map(|(name, _)| name.as_str()).filter(|name| !name.starts_with('@'));
            let near = did_you_mean(bare, self.names.roots.keys().map(String::as_str).chain(locals));
            near.or_else(|| elsewhere::name(bare, self.names))
        };
        self.fault(place, "unknown-name", format!("unknown name `{bare}`"), hint);
        Flow::of(Shape::Any)
    }

    fn select(&mut self, node: &IdedExpr, select: &SelectExpr) -> Flow {
        if is_well_known_type(select) {
            return Flow::of(Shape::Type);
        }
        let base = self.walk(&select.operand);
        if select.test && matches!(select.operand.expr, Expr::Map(_)) {
            // What a map that is written out has is known, and no schema is asked.
            let _ = self.settle(base);
            return Flow::of(Shape::Bool);
        }
        let place = self.places.field(node, select);
        if elsewhere::is_size(&select.field) && matches!(base.shape, Shape::Text | Shape::List(_)) {
            return self.size_as_field(&select.operand, base, &select.field, place);
        }
        let field = self.member(base, &select.field, place);
        if select.test {
            let _ = self.settle(field);
            return Flow::of(Shape::Bool);
        }
        field
    }

    /// The field of that name; a fault if there can be none.
    fn member(&mut self, base: Flow, name: &str, place: (usize, usize)) -> Flow {
        let _ = self.learnt.words.insert(name.to_owned());
        let shape = match base.shape.member(name) {
            Some(shape) => shape.clone(),
            None => {
                let root = base.places.first().map_or("", |place| place[0].as_str());
                let (message, hint) = match &base.shape {
                    Shape::Null if ["event", "cause"].contains(&root) => (
                        format!("there is no `{root}` at a moment"),
                        Some("name `who`, a table or the past instead".to_owned()),
                    ),
                    Shape::Map { fields, .. } => (
                        format!("no schema has a field `{name}` here"),
                        self.other_part(&base, name)
                            .or_else(|| did_you_mean(name, fields.keys().map(String::as_str))),
                    ),
                    other => (format!("{} has no field `{name}`", noun(other)), hints::no_field(other)),
                };
                self.fault(place, "unknown-field", message, hint);
                Shape::Any
            }
        };
        self.step_into(base, shape, name)
    }

    /// A field of `event.data` that is looked for in `event`, or the other way round.
    fn other_part(&self, base: &Flow, name: &str) -> Option<String> {
        let [place] = &base.places[..] else { return None };
        let segments: Vec<&str> = place.iter().map(String::as_str).collect();
        let root = segments.first().copied().filter(|root| ["event", "cause"].contains(root))?;
        let other = match segments[..] {
            [_] => format!("{root}.data"),
            [_, "data"] => root.to_owned(),
            _ => return None,
        };
        let shape = self.names.roots.get(root)?;
        let shape = if segments.len() == 1 { shape.member("data")? } else { shape };
        let Shape::Map { fields, .. } = shape else { return None };
        fields.contains_key(name).then(|| format!("did you mean `{other}.{name}`?"))
    }

    /// `x.length`, which many languages have.
    fn size_as_field(&mut self, operand: &IdedExpr, base: Flow, name: &str, place: (usize, usize)) -> Flow {
        let hint = self.excerpt(operand).map(|part| format!("write `size({part})`"));
        self.fault(place, "unknown-field", format!("{} has no field `{name}`", noun(&base.shape)), hint);
        let _ = self.settle(base);
        Flow::of(Shape::Int)
    }

    /// One step further from every place: a field by its name, a row of a table or an item of a list as `[]`.
    fn step_into(&mut self, base: Flow, shape: Shape, segment: &str) -> Flow {
        let mut places = base.places;
        for place in &mut places {
            let is_table = matches!(&place[..], [root] if !RESERVED.contains(&root.as_str()));
            place.push(if is_table { "[]".to_owned() } else { segment.to_owned() });
        }
        Flow { places, flows: base.flows, inside: base.inside, ..Flow::of(shape) }
    }

    fn list(&mut self, list: &ListExpr) -> Flow {
        let mut flows = BTreeSet::new();
        let mut shapes = Vec::new();
        for element in &list.elements {
            let flow = self.walk(element);
            shapes.push(flow.inner_shape());
            flows.extend(self.settle(flow));
        }
        let items = Some(list.elements.len() as u64);
        let item = if shapes.is_empty() { Shape::Nothing } else { any_of(&shapes) };
        Flow { flows, items, ..Flow::of(Shape::List(Box::new(item))) }
    }

    fn map(&mut self, map: &MapExpr) -> Flow {
        let mut flows = BTreeSet::new();
        let mut fields = BTreeMap::new();
        let (mut key_shapes, mut other_shapes) = (Vec::new(), Vec::new());
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else { continue };
            let key = self.walk(&entry.key);
            let value = self.walk(&entry.value);
            match &entry.key.expr {
                Expr::Literal(LiteralValue::String(name)) => {
                    let _ = fields.insert(name.inner().to_owned(), value.inner_shape());
                }
                _ => other_shapes.push(value.inner_shape()),
            }
            key_shapes.push(key.shape.clone());
            self.key(&entry.key, &key.shape);
            flows.extend(self.settle(key));
            flows.extend(self.settle(value));
        }
        let rest = if other_shapes.is_empty() { Rest::Closed } else { Rest::Open(any_of(&other_shapes)) };
        let is_keyed = key_shapes.is_empty() || key_shapes.iter().any(|shape| *shape != Shape::Text);
        Flow {
            flows,
            keys: is_keyed.then(|| any_of(&key_shapes)),
            items: Some(map.entries.len() as u64),
            ..Flow::of(Shape::Map { fields, rest: Box::new(rest) })
        }
    }
}

/// `google.protobuf.Timestamp` and `google.protobuf.Duration`: the types of those values.
fn is_well_known_type(select: &SelectExpr) -> bool {
    let Expr::Select(middle) = &select.operand.expr else { return false };
    let Expr::Ident(root) = &middle.operand.expr else { return false };
    root.trim_start_matches('.') == "google"
        && middle.field == "protobuf"
        && ["Timestamp", "Duration"].contains(&select.field.as_str())
}

/// The path of a part that is nothing but fields selected on a name.
pub fn plain_path(node: &IdedExpr) -> Option<Path> {
    match &node.expr {
        Expr::Ident(name) => Some(vec![name.trim_start_matches('.').to_owned()]),
        Expr::Select(select) if !select.test => {
            let mut path = plain_path(&select.operand)?;
            path.push(select.field.clone());
            Some(path)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
