//! The types that a source declares, and their schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use segue_expr::Shape;
use segue_model::identity::LINKED;
use segue_model::subject::PERSON;
use segue_schema::schema::keywords::KEYWORDS;
use segue_schema::{Schema, SchemaFault};
use segue_yaml::{Node, Place, Report, closest, did_you_mean};

use super::fields::{Fields, Keys, Text};
use super::whose::{self, Whose};
use super::{Documents, around, identity, inbound, journey, news};
use crate::bundle::{EventType, Into, SubjectPath};
use crate::conditions::Domains;
use crate::names::unite;
use crate::paths;

const KEYS: Keys =
    Keys { known: &["schema", "into", "subject", "identity", "channel", "where", "device", "journey"] };

/// All that the sources declare, gathered while they are read.
pub(crate) struct Types<'d> {
    pub(crate) documents: &'d Documents<'d>,
    /// The data of each type, over all sources.
    pub(crate) shapes: BTreeMap<String, Shape>,
    /// True if all types are known that the sources declare.
    pub(crate) is_whole: bool,
    /// The types that some source declares to be about someone.
    pub(crate) about_someone: BTreeSet<String>,
    /// The kinds of subject that events of each type can be about.
    pub(crate) kinds: BTreeMap<String, BTreeSet<String>>,
    /// All kinds of subject that anything names.
    pub(crate) all_kinds: BTreeSet<String>,
    /// False if some `subject` could not be read, so that kinds may be missing.
    pub(crate) are_kinds_known: bool,
    /// What `into: who` fills, by the kind of subject.
    pub(crate) who: BTreeMap<String, Shape>,
    /// True if something else may be filled by what could not be read.
    pub(crate) is_who_open: bool,
    /// The data of each type that fills a table, by the table's id.
    pub(crate) fills: BTreeMap<String, Vec<(String, Shape)>>,
    /// The paths whose schema says that they are private, as expressions name them.
    pub(crate) private: BTreeSet<Vec<String>>,
    /// The tables whose rows belong to subjects, with the kind of these.
    pub(crate) tables: BTreeMap<String, String>,
    /// Which values the schemas admit of fields.
    pub(crate) domains: Domains,
    /// True if some source says of its events where they come from.
    pub(crate) has_place: bool,
    /// True if some source says with which device they were made.
    pub(crate) has_device: bool,
    /// What is said to end a journey, and where.
    pub(crate) ends: Vec<(String, Place)>,
    /// Each schema file that was asked for; `None` if it is no good.
    pub(crate) schemas: BTreeMap<usize, Option<Arc<Schema>>>,
}

/// Reads one type. `inherited` is the source's subject, which holds unless the type has its own.
pub(crate) fn read(
    report: &mut Report<'_>,
    types: &mut Types<'_>,
    kind: &str,
    place: Place,
    node: &Node,
    inherited: Option<&Whose>,
) -> Option<EventType> {
    let Some(fields) = Fields::of_node(report, format!("type `{kind}`"), node, &KEYS) else {
        types.add_unread(kind);
        return None;
    };
    if kind.is_empty() || kind.starts_with(news::PREFIX) {
        let _ = report.error("reserved-type", place, format!("no source may declare the type `{kind}`"));
        types.add_unread(kind);
        return None;
    }
    let own = whose::read(report, types, &fields).filter(|_| kind != LINKED);
    let identity = identity::read(report, &fields);
    let journey = fields.get("journey").and_then(|node| journey::read(report, types, node));
    let channel = inbound::read(report, types, &fields);
    let around = around::read(report, types, &fields);
    let into = into(report, types, &fields);
    identity::check_link(report, kind, &fields, into.as_ref());
    let schema = fields.required_text(report, "schema").and_then(|path| types.schema(report, path));
    // A type whose schema is missing is known all the same, so that nothing else is said to be unknown for it.
    let shape = schema.as_ref().map_or(Shape::Any, |schema| schema.shape().clone());
    journey::check_id(report, journey.as_ref(), [(&kind.to_owned(), &shape)].into_iter());
    if let Some((path, place)) = inbound::path(channel.as_ref()) {
        journey::check_path(report, path, place, [(&kind.to_owned(), &shape)].into_iter());
    }
    around.check(report, [(&kind.to_owned(), &shape)].into_iter(), [(&kind.to_owned(), &shape)].into_iter());
    // One that cannot be read is not replaced by the source's: that would be a second finding for one fault.
    let inherited = inherited.filter(|_| fields.get("subject").is_none() && kind != LINKED);
    let kinds = whose::kinds_of(report, kind, &shape, (own.as_ref(), inherited));
    let is_everyone = own.as_ref().or(inherited).is_some_and(|whose| whose.path == SubjectPath::Everyone);
    if !is_everyone {
        let _ = types.about_someone.insert(kind.to_owned());
    }
    if let Some((into, place)) = &into {
        check_filler(report, types, kind, (is_everyone, &kinds), into, *place);
    }
    types.kinds.entry(kind.to_owned()).or_default().extend(kinds.iter().cloned());
    types.add(kind, shape, &kinds, into.as_ref().map(|(into, _)| into));
    let declared = schema.as_ref().and_then(|schema| Some((types.file_of(schema)?, Arc::clone(schema))));
    types.domains.add(kind, declared, into.as_ref().map(|(into, _)| into));
    if let Some(schema) = &schema {
        types.add_private(schema, into.as_ref().map(|(into, _)| into));
    }
    Some(EventType {
        schema: schema?,
        into: into.map(|(into, _)| into),
        removes: false,
        subject: own.map(|whose| whose.path),
        identity,
        channel: channel.map(|(channel, _)| channel),
        place: around.place,
        device: around.device,
        journey: journey.map(|(journey, _)| journey),
    })
}

fn into(report: &mut Report<'_>, types: &mut Types<'_>, fields: &Fields<'_>) -> Option<(Into, Place)> {
    let Text { text, place } = fields.text(report, "into")?;
    if text == "who" {
        return Some((Into::Who, place));
    }
    if types.documents.check(report, "table", text, place) {
        return Some((Into::Table(text.to_owned()), place));
    }
    // What it must mean is filled with whatever it may be, so that nothing is said to be missing there.
    match closest(text, types.documents.ids("table").chain(["who"])) {
        Some("who") => {
            types.is_who_open = true;
            types.domains.open_who();
        }
        Some(table) => {
            types.domains.open_table(table);
            types.fills.entry(table.to_owned()).or_default().push((text.to_owned(), Shape::Any));
        }
        None => {}
    }
    None
}

/// Says so if an event cannot fill what belongs to a subject, since it is about no subject of that kind.
fn check_filler(
    report: &mut Report<'_>,
    types: &Types<'_>,
    kind: &str,
    (is_everyone, kinds): (bool, &BTreeSet<String>),
    into: &Into,
    place: Place,
) {
    let (what, of) = match into {
        Into::Who => ("`who`".to_owned(), None),
        Into::Table(table) => match types.tables.get(table) {
            Some(of) if of == PERSON => (format!("`{table}`, whose rows belong to persons"), Some(of)),
            Some(of) => (format!("`{table}`, whose rows belong to subjects of the kind {of}"), Some(of)),
            None => return,
        },
    };
    if is_everyone {
        let message = format!("`{kind}` is about everyone and cannot fill {what}");
        let _ = report.error("wrong-subject", place, message);
    } else if let Some(of) = of.filter(|of| !kinds.is_empty() && !kinds.contains(*of)) {
        let message = format!("`{kind}` is about no subject of the kind {of} and cannot fill {what}");
        report.error("wrong-subject", place, message).hint =
            Some(format!("say whose it is: `subject: {{{of}: data...}}`"));
    }
}

/// Says so if a path into the data of a type leads to no field of its schema.
pub(crate) fn check_path(report: &mut Report<'_>, kind: &str, shape: &Shape, path: &[String], place: Place) {
    let Err(hint) = paths::follow(shape, &path[1..]) else { return };
    let message = format!("the schema of `{kind}` has no field `{}`", paths::display(&path[1..]));
    report.no_field(place, message, hint);
}

impl<'d> Types<'d> {
    /// Nothing declared yet but the router's own news.
    pub(crate) fn new(documents: &'d Documents<'d>, tables: BTreeMap<String, String>) -> Types<'d> {
        let shapes: BTreeMap<String, Shape> = news::shapes().collect();
        Types {
            documents,
            is_whole: true,
            about_someone: shapes.keys().cloned().collect(),
            shapes,
            kinds: BTreeMap::new(),
            all_kinds: BTreeSet::from([PERSON.to_owned()]),
            are_kinds_known: true,
            who: BTreeMap::new(),
            is_who_open: false,
            fills: BTreeMap::new(),
            private: BTreeSet::new(),
            tables,
            domains: Domains::default(),
            has_place: false,
            has_device: false,
            ends: Vec::new(),
            schemas: BTreeMap::new(),
        }
    }

    /// A type that is declared wrongly is known all the same, so that nothing else is said to be unknown for it.
    fn add_unread(&mut self, kind: &str) {
        let _ = self.about_someone.insert(kind.to_owned());
        self.are_kinds_known = false;
        self.add(kind, Shape::Any, &BTreeSet::new(), None);
        self.domains.add(kind, None, None);
    }

    /// The kinds of subject that events of these types can be about, as far as they are known; the router's own news are
    /// of each.
    pub(crate) fn kinds_of(&self, types: &[String]) -> BTreeSet<String> {
        let of = |kind: &String| match kind.starts_with(news::PREFIX) {
            true => Some(&self.all_kinds),
            false => self.kinds.get(kind),
        };
        types.iter().filter_map(of).flatten().cloned().collect()
    }

    fn add(&mut self, kind: &str, shape: Shape, kinds: &BTreeSet<String>, into: Option<&Into>) {
        match into {
            Some(Into::Who) => {
                for kind in kinds {
                    let who = self.who.get(kind).map_or_else(|| shape.clone(), |who| unite(who, &shape));
                    let _ = self.who.insert(kind.clone(), who);
                }
            }
            Some(Into::Table(table)) => {
                self.fills.entry(table.clone()).or_default().push((kind.to_owned(), shape.clone()));
            }
            None => {}
        }
        let joined = self.shapes.get(kind).map_or_else(|| shape.clone(), |other| other.join(&shape));
        let _ = self.shapes.insert(kind.to_owned(), joined);
    }

    fn add_private(&mut self, schema: &Schema, into: Option<&Into>) {
        let filled: Option<Vec<&str>> = match into {
            Some(Into::Who) => Some(vec!["who"]),
            Some(Into::Table(table)) => Some(vec![table, paths::ANY]),
            None => None,
        };
        for prefix in [Some(vec!["event", "data"]), filled].into_iter().flatten() {
            for path in schema.private() {
                let prefix = prefix.iter().map(|name| (*name).to_owned());
                let _ = self.private.insert(prefix.chain(path.iter().cloned()).collect());
            }
        }
    }

    /// The file that a schema was read from.
    fn file_of(&self, schema: &Arc<Schema>) -> Option<usize> {
        let is_it =
            |known: &Option<Arc<Schema>>| known.as_ref().is_some_and(|known| Arc::ptr_eq(known, schema));
        self.schemas.iter().find(|(_, known)| is_it(known)).map(|(file, _)| *file)
    }

    /// The schema of that path: beside the file that names it, else from the root of the bundle.
    fn schema(&mut self, report: &mut Report<'_>, path: Text<'_>) -> Option<Arc<Schema>> {
        let here = &report.files[path.place.file].path;
        let folder = here.rsplit_once('/').map_or("", |(folder, _)| folder);
        let Some(near) = resolve(folder, path.text) else {
            let _ = report.error("outside", path.place, format!("`{}` leads out of the bundle", path.text));
            return None;
        };
        let far = resolve("", path.text);
        let find = |wanted: &str| {
            report.files.iter().position(|file| file.path == wanted && wanted.ends_with(".json"))
        };
        let Some(file) = find(&near).or_else(|| far.as_deref().and_then(find)) else {
            let message = format!("there is no schema file `{}`", path.text);
            let paths =
                report.files.iter().map(|file| file.path.as_str()).filter(|file| file.ends_with(".json"));
            let hint = if path.text.ends_with(".json") {
                did_you_mean(&near, paths.clone()).or_else(|| did_you_mean(path.text, paths))
            } else {
                Some("the names of schema files end in `.json`".to_owned())
            };
            report.error("schema-missing", path.place, message).hint = hint;
            return None;
        };
        if let Some(schema) = self.schemas.get(&file) {
            return schema.clone();
        }
        // A file that cannot be read has that said of its beginning.
        if report.has_any_at(Place::in_line(file, 1, 1, 1)) {
            return self.schemas.entry(file).or_insert(None).clone();
        }
        let text = &report.files[file].text;
        let schema = Schema::compile(text).map(Arc::new).map_err(|faults| {
            for SchemaFault { code, at, message, words } in faults {
                report.error(code, Place::of_bytes(file, text, at.start, at.end), message).hint =
                    words.and_then(|(word, words)| did_you_mean(&word, words.iter().copied()));
            }
        });
        let schema = schema.ok().filter(|schema| !has_slips(report, file, schema));
        self.schemas.entry(file).or_insert(schema).clone()
    }
}

/// Reports every keyword that is not one and near to one. A schema without what it means by them says too little, so it is
/// not used. What is near to none is an annotation; so is what is near to a very short one, as `note` is to `not`.
fn has_slips(report: &mut Report<'_>, file: usize, schema: &Schema) -> bool {
    let text = &report.files[file].text;
    let keywords = || KEYWORDS.into_iter().filter(|keyword| keyword.len() > 3);
    let mut found = false;
    for one in schema.unknown_keywords() {
        let Some(hint) = did_you_mean(&one.name, keywords()) else { continue };
        let place = Place::of_bytes(file, text, one.at.start, one.at.end);
        let message = format!("`{}` is no keyword of JSON Schema", one.name);
        report.error("schema-invalid", place, message).hint = Some(hint);
        found = true;
    }
    found
}

/// Joins a relative path to a folder; `None` if it is absolute or leads out of the bundle.
pub(crate) fn resolve(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') {
        return None;
    }
    let mut names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                let _ = names.pop()?;
            }
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}
