//! The functions of the router: those that ask the past, `decide`, and those about places.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::ast::{CallExpr, EntryExpr, Expr, IdedExpr};

use super::constant::{Types, literal};
use super::kind::Kind;
use super::{Checker, Flow, extent};
use crate::hint::did_you_mean;
use crate::names::RESERVED;
use segue_value::{Rest, Shape};

/// All of them; none is called on a value.
pub(super) const FUNCTIONS: [&str; 14] = [
    "age",
    "avg",
    "count",
    "decide",
    "distance_km",
    "distinct",
    "last",
    "max",
    "min",
    "outcomes",
    "released",
    "since",
    "speed_kmh",
    "sum",
];

/// What may become of a task.
const OUTCOMES: [&str; 7] =
    ["accepted", "answered", "completed", "declined", "expired", "failed", "unanswered"];

impl Checker<'_> {
    pub(super) fn past(&mut self, node: &IdedExpr, call: &CallExpr) -> Flow {
        let name = call.func_name.as_str();
        let place = self.places.function(node, name);
        let given = call.args.len();
        if !arity(name).contains(&given) {
            let hint = Some(format!("write `{}`", signature(name)));
            self.fault(place, "bad-call", format!("`{name}` does not take {given} arguments"), hint);
            return Flow::of(gives(name));
        }
        match (name, &call.args[..]) {
            ("min" | "max", [a, b]) if !is_text(a) && !is_text(b) => {
                let part = |node: &IdedExpr| self.excerpt(node);
                let (a, b) =
                    (part(a).unwrap_or_else(|| "a".to_owned()), part(b).unwrap_or_else(|| "b".to_owned()));
                let sign = if name == "min" { '<' } else { '>' };
                let message = format!("`{name}` is of what was, and not of two values");
                let hint = Some(format!("write `{a} {sign} {b} ? {a} : {b}`"));
                self.fault(place, "bad-call", message, hint);
            }
            ("count", [types, rest @ ..]) => {
                let types = self.types(types);
                self.narrow(name, rest, &types);
            }
            ("sum" | "min" | "max" | "avg", [types, path, rest @ ..]) => {
                let types = self.types(types);
                self.narrow(name, rest, &types);
                return self.figure(name, path, &types);
            }
            ("distinct", [types, path, window, rest @ ..]) => {
                let types = self.types(types);
                if let (Some(path), _) = self.path(path, &types.shapes) {
                    let _ = self.reads(&path);
                }
                self.window(window);
                rest.iter().for_each(|same| self.same(same, &types.shapes));
            }
            ("last", [types, rest @ ..]) => {
                let types = self.types(types);
                rest.iter().for_each(|same| self.same(same, &types.shapes));
                return self.latest(&types);
            }
            ("since", [types, rest @ ..]) => {
                let types = self.types(types);
                rest.iter().for_each(|same| self.same(same, &types.shapes));
            }
            ("released", [action, rest @ ..]) => {
                self.action(action);
                self.narrow(name, rest, &Types::default());
            }
            ("outcomes", [action, outcome, rest @ ..]) => {
                self.action(action);
                let _ = self.id(outcome, "an outcome", OUTCOMES);
                self.narrow(name, rest, &Types::default());
            }
            ("age", [table, key]) => self.age(table, key),
            ("decide", [table, inputs]) => return self.decide(table, inputs),
            (_, args) => args.iter().for_each(|arg| self.place(name, arg)),
        }
        Flow::of(gives(name))
    }

    /// The window and the paths of `same`, either of which may be left out.
    fn narrow(&mut self, name: &str, args: &[IdedExpr], types: &Types) {
        match args {
            [] => {}
            [window] if Self::is_window(window) => self.window(window),
            [same] => self.same(same, &types.shapes),
            [window, same, ..] if Self::is_window(window) || literal(window).is_none() => {
                self.window(window);
                self.same(same, &types.shapes);
            }
            [window, ..] => {
                let hint = Some(format!("write `{}`", signature(name)));
                let message = "the window comes before the paths that must agree".to_owned();
                self.fault(extent(self.places, window), "bad-call", message, hint);
            }
        }
    }

    /// `sum`, `min`, `max` and `avg`: figures of the values at a path.
    fn figure(&mut self, name: &str, node: &IdedExpr, types: &Types) -> Flow {
        let (path, shape) = self.path(node, &types.shapes);
        let kind = Kind::of(&shape);
        let is_extreme = matches!(name, "min" | "max");
        let fits = kind.is_none_or(|kind| kind.is_number() || (is_extreme && kind == Kind::Timestamp));
        if !fits {
            let of = if is_extreme { "numbers or timestamps" } else { "numbers" };
            let message = format!("`{name}` is of {of}; {}", self.is_a(node, &shape));
            self.fault(extent(self.places, node), "wrong-type", message, None);
        }
        let shape = match name {
            "avg" => Shape::Double,
            "sum" if kind.is_none() => Shape::Any,
            "sum" if shape == Shape::Int => Shape::Int,
            "sum" => Shape::Double,
            _ if fits => shape,
            _ => Shape::Any,
        };
        let flows = path.into_iter().map(|path| self.reads(&path)).collect();
        Flow { flows, ..Flow::of(shape) }
    }

    /// The event that `last` gives.
    fn latest(&mut self, types: &Types) -> Flow {
        let mut fields = match self.names.roots.get("event") {
            Some(Shape::Map { fields, .. }) => fields.clone(),
            _ => BTreeMap::new(),
        };
        for name in ["id", "type", "source", "subject", "journey"] {
            let _ = fields.entry(name.to_owned()).or_insert(Shape::Text);
        }
        let _ = fields.entry("time".to_owned()).or_insert(Shape::Timestamp);
        let _ = fields.insert("data".to_owned(), types.data());
        let shape = Shape::Map { fields, rest: Box::new(Rest::Closed) };
        // As what leaves the router it counts as this event.
        Flow { places: vec![vec!["event".to_owned()]], ..Flow::of(shape) }
    }

    fn action(&mut self, node: &IdedExpr) {
        let actions = self.names.actions.clone();
        let _ = self.id(node, "an action", actions.iter().map(String::as_str));
    }

    /// Since a row was written: the table by its name or its id, and the key.
    fn age(&mut self, table: &IdedExpr, key: &IdedExpr) {
        let roots = self.names.roots.clone();
        let tables = roots.keys().map(String::as_str).filter(|name| !RESERVED.contains(name));
        let id = match &table.expr {
            Expr::Ident(name) if tables.clone().any(|table| table == name) => Some(name.clone()),
            _ => self.id(table, "a table", tables),
        };
        if let Some(id) = id {
            let _ = self.learnt.reads.insert(vec![id, "[]".to_owned()]);
        }
        let flow = self.walk(key);
        if !matches!(flow.shape, Shape::Text | Shape::Any) {
            let message = format!("the key of a row is a text; {}", self.is_a(key, &flow.shape));
            let hint = self.excerpt(key).map(|part| format!("write `string({part})`"));
            self.fault(extent(self.places, key), "wrong-type", message, hint);
        }
        let _ = self.settle(flow);
    }

    /// A row of a decision table. What it is given decides, and cannot be seen in what it gives.
    fn decide(&mut self, table: &IdedExpr, inputs: &IdedExpr) -> Flow {
        let tables = self.names.decision_tables.clone();
        let found = self.id(table, "a decision table", tables.keys().map(String::as_str));
        let flow = self.walk(inputs);
        let given = flow.shape.clone();
        if !matches!(flow.shape, Shape::Map { .. } | Shape::Any) {
            let message = format!(
                "the inputs are a map, such as `{{'tier': who.tier}}`; {}",
                self.is_a(inputs, &flow.shape)
            );
            self.fault(extent(self.places, inputs), "wrong-type", message, None);
        }
        let _ = self.settle(flow);
        let Some((id, known)) = found.as_ref().and_then(|id| tables.get_key_value(id)) else {
            return Flow::of(Shape::Any);
        };
        if let Expr::Map(map) = &inputs.expr {
            let (mut missing, mut is_misnamed) = (known.inputs.clone(), false);
            for entry in &map.entries {
                let EntryExpr::MapEntry(entry) = &entry.expr else { continue };
                let Some(name) = literal(&entry.key) else {
                    missing.clear();
                    continue;
                };
                if !missing.remove(name) && !known.inputs.contains(name) {
                    let message = format!("the decision table `{id}` has no input `{name}`");
                    let hint = did_you_mean(name, known.inputs.iter().map(String::as_str));
                    self.fault(self.places.token(&entry.key), "unknown-name", message, hint);
                    is_misnamed = true;
                }
            }
            // What is missing may be what has the wrong name.
            if let Some(name) = missing.first().filter(|_| !is_misnamed) {
                let message = format!("the decision table `{id}` is not given its input `{name}`");
                self.fault(extent(self.places, inputs), "bad-call", message, None);
            }
        }
        self.ask(id, known, inputs, &given);
        Flow::of(known.result.clone())
    }

    /// Something that has a place: an event, or a map with `lat` and `lon`, and for a speed a `time`.
    fn place(&mut self, name: &str, node: &IdedExpr) {
        let flow = self.walk(node);
        let needs: &[&str] = if name == "speed_kmh" { &["lat", "lon", "time"] } else { &["lat", "lon"] };
        match &flow.shape {
            Shape::Any => {}
            map @ Shape::Map { .. } => {
                let is_event = map.member("where").is_some();
                if let Some(lacking) = needs.iter().find(|field| !is_event && map.member(field).is_none()) {
                    let part =
                        self.excerpt(node).map_or_else(|| "this".to_owned(), |part| format!("`{part}`"));
                    let message = format!("{part} has no `{lacking}`, which `{name}` needs");
                    self.fault(extent(self.places, node), "wrong-type", message, None);
                }
            }
            other => {
                let message =
                    format!("`{name}` is of maps with {}; {}", needs.join(", "), self.is_a(node, other));
                self.fault(extent(self.places, node), "wrong-type", message, None);
            }
        }
        // Where somebody is cannot be told from a distance, but that somebody moved can.
        let _ = self.settle(flow);
    }
}

/// True for a text that is written out, or a list.
fn is_text(node: &IdedExpr) -> bool {
    literal(node).is_some() || matches!(node.expr, Expr::List(_))
}

fn gives(name: &str) -> Shape {
    match name {
        "count" | "distinct" | "released" | "outcomes" => Shape::Int,
        "avg" | "distance_km" | "speed_kmh" => Shape::Double,
        "since" | "age" => Shape::Duration,
        _ => Shape::Any,
    }
}

fn arity(name: &str) -> RangeInclusive<usize> {
    match name {
        "count" | "released" => 1..=3,
        "sum" | "min" | "max" | "avg" | "outcomes" => 2..=4,
        "distinct" => 3..=4,
        "last" | "since" => 1..=2,
        _ => 2..=2,
    }
}

/// How a function is called.
fn signature(name: &str) -> &'static str {
    match name {
        "count" => "count(type[, window][, same])",
        "sum" => "sum(type, path[, window][, same])",
        "min" => "min(type, path[, window][, same])",
        "max" => "max(type, path[, window][, same])",
        "avg" => "avg(type, path[, window][, same])",
        "distinct" => "distinct(type, path, window[, same])",
        "last" => "last(type[, same])",
        "since" => "since(type[, same])",
        "age" => "age(table, key)",
        "released" => "released(action[, window][, same])",
        "outcomes" => "outcomes(action, outcome[, window][, same])",
        "decide" => "decide(table, inputs)",
        "distance_km" => "distance_km(a, b)",
        _ => "speed_kmh(a, b)",
    }
}
