//! What expressions may name, and what stands there: worked out of the schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use segue_expr::{DecisionShape, Names, Rest, Shape};

use crate::context::Context;
use crate::documents::event_type::Types;

/// The shapes of all that the bundle declares.
pub(crate) struct Known {
    /// The data of each type of event, over all sources that declare it.
    pub(crate) types: Arc<BTreeMap<String, Shape>>,
    /// The id of every action.
    pub(crate) actions: Arc<BTreeSet<String>>,
    /// The decision tables.
    pub(crate) decision_tables: Arc<BTreeMap<String, DecisionShape>>,
    /// The types of a source's events that a signal goes back to.
    pub(crate) causes: BTreeMap<String, BTreeSet<String>>,
    /// The subject's own attributes, by its kind; of a kind that is not here they may be anything.
    pub(crate) who: BTreeMap<String, Shape>,
    /// All kinds of subject.
    pub(crate) kinds: BTreeSet<String>,
    /// The rows of each table.
    pub(crate) rows: BTreeMap<String, Shape>,
    /// Whether some source says of its events where they come from, and with which device they were made.
    pub(crate) around: (bool, bool),
    /// The kind of subject whose rows each table has; one that is not here is everyone's.
    pub(crate) tables: BTreeMap<String, String>,
}

impl Known {
    /// What an expression may name that is evaluated on events of these types, for subjects of these kinds.
    pub(crate) fn names<'t>(
        &self,
        types: impl IntoIterator<Item = &'t str>,
        kinds: &BTreeSet<String>,
        has_action: bool,
    ) -> Names {
        let types: Vec<&str> = types.into_iter().collect();
        let causes: BTreeSet<String> = types.iter().flat_map(|kind| self.causes_of(kind)).collect();
        let cause = self.event(self.data_of(causes.iter().map(String::as_str)));
        self.names_with(self.event(self.data_of(types)), cause, kinds, has_action)
    }

    /// The attributes of a subject of one of these kinds.
    pub(crate) fn who_of<'k>(&self, kinds: impl IntoIterator<Item = &'k String>) -> Shape {
        let of = |kind: &String| self.who.get(kind).cloned().unwrap_or_else(Shape::open_map);
        kinds.into_iter().map(of).reduce(|a, b| a.join(&b)).unwrap_or_else(Shape::open_map)
    }

    fn names_with(&self, event: Shape, cause: Shape, kinds: &BTreeSet<String>, has_action: bool) -> Names {
        let mut roots: BTreeMap<String, Shape> = BTreeMap::from([
            ("cause".to_owned(), cause),
            ("event".to_owned(), event),
            ("who".to_owned(), self.who_of(kinds)),
            ("now".to_owned(), Shape::Timestamp),
            ("channel".to_owned(), closed([("id", Shape::Text), ("at", Shape::Timestamp)])),
            (
                "local".to_owned(),
                closed([
                    ("hour", Shape::Int),
                    ("minute", Shape::Int),
                    ("weekday", Shape::Int),
                    ("date", Shape::Text),
                ]),
            ),
        ]);
        for (name, shape) in self.around() {
            let _ = roots.insert(name.to_owned(), shape);
        }
        if has_action {
            let texts = ["id", "group", "complexity", "sensitivity"].map(|name| (name, Shape::Text));
            let action = closed(texts.into_iter().chain([("transactional", Shape::Bool)]));
            let _ = roots.insert("action".to_owned(), action);
        }
        let is_seen = |table: &String| self.tables.get(table).is_none_or(|of| kinds.contains(of));
        for (table, row) in self.rows.iter().filter(|(table, _)| is_seen(table)) {
            let rest = Box::new(Rest::Open(row.clone()));
            // A table whose id is a name already is in the report; the name keeps its meaning.
            let _ = roots.entry(table.clone()).or_insert(Shape::Map { fields: BTreeMap::new(), rest });
        }
        let (event_types, actions) = (Arc::clone(&self.types), Arc::clone(&self.actions));
        let decision_tables = Arc::clone(&self.decision_tables);
        Names { roots, event_types, actions, decision_tables, untyped: false }
    }
}

impl Known {
    /// Where an expression stands that is evaluated on events of these types, for subjects of these kinds; of no kind that
    /// is known, for any.
    pub(crate) fn context<'c, 't>(
        &'c self,
        on: impl IntoIterator<Item = &'t str>,
        kinds: BTreeSet<String>,
        has_action: bool,
        types: &'c Types<'_>,
    ) -> Context<'c> {
        let on: Vec<String> = on.into_iter().map(str::to_owned).collect();
        let kinds = if kinds.is_empty() { self.kinds.clone() } else { kinds };
        let names = self.names(on.iter().map(String::as_str), &kinds, has_action);
        Context { names, on, domains: &types.domains, unseen: self.unseen(&kinds) }
    }

    /// Where an expression stands that is evaluated at a moment: there is neither an event nor a cause.
    pub(crate) fn context_of_moment<'c>(
        &'c self,
        kinds: BTreeSet<String>,
        has_action: bool,
        types: &'c Types<'_>,
    ) -> Context<'c> {
        let names = self.names_with(Shape::Null, Shape::Null, &kinds, has_action);
        Context { names, on: Vec::new(), domains: &types.domains, unseen: self.unseen(&kinds) }
    }

    /// The tables of other kinds of subject.
    fn unseen(&self, kinds: &BTreeSet<String>) -> BTreeMap<String, String> {
        let other = self.tables.iter().filter(|(_, of)| !kinds.contains(*of));
        other.map(|(table, of)| (table.clone(), of.clone())).collect()
    }

    /// The data of an event that is of one of these types.
    pub(crate) fn data_of<'t>(&self, types: impl IntoIterator<Item = &'t str>) -> Shape {
        let shapes = types.into_iter().map(|kind| self.types.get(kind).cloned().unwrap_or(Shape::Any));
        shapes.reduce(|a, b| a.join(&b)).unwrap_or(Shape::Any)
    }

    /// The types of a source's events that events of this type go back to: itself, unless it is a signal.
    pub(crate) fn causes_of(&self, kind: &str) -> BTreeSet<String> {
        self.causes.get(kind).cloned().unwrap_or_else(|| BTreeSet::from([kind.to_owned()]))
    }
}

impl Known {
    /// An event with such data.
    fn event(&self, data: Shape) -> Shape {
        let texts = ["id", "type", "source", "subject", "journey"].map(|name| (name, Shape::Text));
        let rest = [("time", Shape::Timestamp), ("data", data)];
        closed(texts.into_iter().chain(rest).chain(self.around()))
    }

    /// The place and the device, where there can be such.
    fn around(&self) -> impl Iterator<Item = (&'static str, Shape)> + use<> {
        let texts = |names: &[&'static str]| {
            let texts = names.iter().map(|name| (*name, Shape::Text));
            texts.chain([("at", Shape::Timestamp)]).collect::<Vec<_>>()
        };
        let mut place = texts(&["country", "region", "city", "timezone"]);
        place.extend([("lat", Shape::Double), ("lon", Shape::Double)]);
        let device = texts(&["kind", "os", "browser"]);
        let (has_place, has_device) = self.around;
        let place = has_place.then(|| ("where", closed(place)));
        place.into_iter().chain(has_device.then(|| ("device", closed(device))))
    }
}

fn closed<'n>(fields: impl IntoIterator<Item = (&'n str, Shape)>) -> Shape {
    let fields = fields.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect();
    Shape::Map { fields, rest: Box::new(Rest::Closed) }
}

/// What has been merged out of both: of a field that one of them declares, what that one says of it.
///
/// Unlike [`Shape::join`], which describes what is one or the other.
pub(crate) fn unite(a: &Shape, b: &Shape) -> Shape {
    match (a, b) {
        (Shape::Map { fields: a, rest: a_rest }, Shape::Map { fields: b, rest: b_rest }) => {
            let mut fields = a.clone();
            for (name, shape) in b {
                let united = a.get(name).map_or_else(|| shape.clone(), |other| unite(other, shape));
                let _ = fields.insert(name.clone(), united);
            }
            let rest = match (&**a_rest, &**b_rest) {
                (Rest::Closed, rest) | (rest, Rest::Closed) => rest.clone(),
                (Rest::Open(a), Rest::Open(b)) => Rest::Open(a.join(b)),
            };
            Shape::Map { fields, rest: Box::new(rest) }
        }
        _ => a.join(b),
    }
}
