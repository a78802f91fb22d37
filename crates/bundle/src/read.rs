//! Texts -> the compiled bundle, or all that is wrong with it. Pure.
//!
//! Order matters: what expressions may name follows from sources and tables, what an action may name from the rules
//! that propose it, and what it may tell from its destination.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use segue_calendar::Calendar;
use segue_expr::{Layout, Shape, Side};
use segue_model::identity::LINKED;
use segue_yaml::{Finding, Node, Place, Report, SourceFile};

use crate::around;
use crate::bundle::{
    Absence, Action, Begins, Bundle, Channel, Destination, Policy, Rule, Signal, Source, Table, Test,
};
use crate::context::Compiler;
use crate::documents::decision_table::Tables;
use crate::documents::destination::Draft;
use crate::documents::event_type::Types;
use crate::documents::rule;
use crate::documents::topic::Named;
use crate::documents::{self, Document, Documents};
use crate::limits;
use crate::names::Known;
use crate::needs;
use crate::proposed::Proposed;
use crate::shadowed;
use crate::share::{self, Shared};
use crate::unused;
use crate::uses;
use crate::watchers;

/// A bundle that can be used.
#[derive(Debug)]
pub struct Loaded {
    /// The bundle.
    pub bundle: Bundle,
    /// What is hardly as it was meant.
    pub warnings: Vec<Finding>,
}

/// A file that could not be read as it is: which, its code, the byte, and what is wrong.
pub(crate) struct Unreadable {
    pub(crate) path: String,
    pub(crate) code: &'static str,
    pub(crate) at: usize,
    pub(crate) message: String,
}

/// Compiles a bundle from its files: paths relative to the bundle, with `/` between names, and texts. Files that end
/// in `.yaml` hold documents; the others are schemas and rows of decision tables for them to name.
///
/// # Errors
/// All findings, errors and warnings, sorted by place, if at least one is an error.
pub fn read(files: Vec<(String, String)>) -> Result<Loaded, Vec<Finding>> {
    read_files(files, &[])
}

pub(crate) fn read_files(
    files: Vec<(String, String)>,
    unreadable: &[Unreadable],
) -> Result<Loaded, Vec<Finding>> {
    let mut files: Vec<_> =
        files.into_iter().map(|(path, text)| SourceFile { path, text: without_mark(text) }).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut report = Report::new(&files);
    for Unreadable { path, code, at, message } in unreadable {
        let Some(index) = files.iter().position(|file| file.path == *path) else { continue };
        let place = Place::of_bytes(index, &files[index].text, *at, *at);
        let finding = report.error(code, place, message.clone());
        finding.hint = match *code {
            "not-utf8" => Some("save it as UTF-8".to_owned()),
            "unreadable" => Some("see to its rights, or take it out of the bundle".to_owned()),
            _ => None,
        };
        report.is_incomplete |= is_documents(path) || *code == "too-big";
    }
    let is_unreadable = |path: &str| unreadable.iter().any(|file| file.path == path);
    let has_documents = files.iter().any(|file| is_documents(&file.path));
    for index in (0..files.len()).filter(|index| is_nearly_documents(&files[*index].path)) {
        not_read(&mut report, index, has_documents);
    }
    let nodes: Vec<Node> = (0..files.len())
        .filter(|index| is_documents(&files[*index].path) && !is_unreadable(&files[*index].path))
        .flat_map(|index| segue_yaml::documents(&mut report, index))
        .collect();
    let bundle = compile(&mut report, &nodes);
    let (has_errors, findings) = report.finish();
    match bundle {
        Some(bundle) if !has_errors => Ok(Loaded { bundle, warnings: findings }),
        _ => Err(findings),
    }
}

/// True for files that hold documents.
pub(crate) fn is_documents(path: &str) -> bool {
    path.ends_with(".yaml")
}

/// True for files that are not read, though their authors may think so.
pub(crate) fn is_nearly_documents(path: &str) -> bool {
    let end = path.rsplit_once('.').map_or("", |(_, end)| end);
    end != "yaml" && ["yml", "yaml"].contains(&end.to_ascii_lowercase().as_str())
}

/// Without any documents, there is no bundle.
fn not_read(report: &mut Report<'_>, file: usize, has_documents: bool) {
    let path = &report.files[file].path;
    let name = path.rsplit_once('/').map_or(path.as_str(), |(_, name)| name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let place = Place::in_line(file, 1, 1, 1);
    let message = format!("`{name}` is not read");
    let finding = if has_documents {
        report.warning("not-read", place, message)
    } else {
        report.error("not-read", place, message)
    };
    finding.hint = Some(format!("rename it to `{stem}.yaml`"));
}

fn without_mark(text: String) -> String {
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

/// `None` only if something is in the report.
fn compile(report: &mut Report<'_>, nodes: &[Node]) -> Option<Bundle> {
    let documents = Documents::sort(report, nodes);
    let topics_named = Named::of(&documents);
    let mut types = Types::new(&documents, tables_of_subjects(&documents));
    let sources: Vec<Option<Source>> = documents
        .of("source")
        .iter()
        .map(|document| documents::source::read(report, &topics_named, &mut types, document))
        .collect();
    documents::signal::declare(report, &mut types);
    let tables: Vec<Option<Table>> = documents
        .of("table")
        .iter()
        .map(|document| documents::table::read(report, &types, document))
        .collect();
    documents::journey::check_ends(report, &types);
    let decisions = documents::decision_table::read(report, &documents);
    let mut known = known(&documents, &types, &decisions);
    types.domains.ask(&decisions.by_id);
    documents::news::name(report, &documents, &mut types.domains);
    let mut compiler = Compiler::new(decisions.by_id.clone());
    let signals = documents::signal::read(report, &mut types, &mut known, &mut compiler);
    let rules = rules(report, &types, &known, &mut compiler);
    let proposed = Proposed::of(&known, &rules);
    let drafts = destinations(report, &documents, &topics_named);
    let actions = actions(report, &types, &known, &proposed, &drafts, &mut compiler);
    let channels = channels(report, &types, &known, &proposed, &drafts, &mut compiler);
    let policies = policies(report, &types, &known, &proposed, &mut compiler);
    uses::check(report, &compiler.uses, &types.domains, &decisions.written, &compiler.failed);
    check_shares(report, &documents, &known, &proposed, &drafts);
    shadowed::check(report, &rules);
    unused::check(report, &documents);
    let calendars = calendars(report, &documents);
    let tests = tests(report, &documents, &sources, &known, &drafts);

    let rules: BTreeMap<String, Arc<Rule>> =
        rules.into_iter().map(|draft| (draft.rule.id.clone(), Arc::new(draft.rule))).collect();
    let signals: BTreeMap<String, Arc<Signal>> =
        by_id(signals, |signal| &signal.id)?.into_iter().map(|(id, signal)| (id, Arc::new(signal))).collect();
    let actions = by_id(actions, |action| &action.id)?;
    let policies = by_id(policies, |policy| &policy.id)?;
    let channels = by_id(channels, |channel| &channel.id)?;
    let layout = compiler.slots.finish();
    Some(Bundle {
        digest: digest(report.files, types.schemas.keys().chain(&decisions.files)),
        remembers: around::remembers(&layout, &drafts, &rules, &channels, calendars.as_ref()?),
        kinds: known.kinds,
        rules_by_type: watchers::by_type(&rules, on_event, |rule| rule.when.as_ref()),
        absences_by_type: rules_by(&rules, |rule| absence(rule).map(|_| &rule.on)),
        unless_by_type: rules_by(&rules, |rule| absence(rule).map(|absence| &absence.unless)),
        each_by_type: rules_by(&rules, |rule| matches!(rule.begins, Begins::Each(_)).then_some(&rule.on)),
        sides: sides(&rules),
        moments: rules.values().filter(|rule| matches!(rule.begins, Begins::Moment(_))).cloned().collect(),
        calendars: calendars?,
        signals_by_type: watchers::by_type(&signals, |signal| &signal.on, |signal| signal.when.as_ref()),
        limits: limits::by_action(&policies, &actions),
        needs: needs::of(&rules, &signals, &actions, &channels, &policies),
        signals,
        policies,
        channels,
        hears: hears(&layout, &drafts),
        layout,
        links: types.shapes.contains_key(LINKED),
        sources: by_id(sources, |source| &source.id)?,
        tables: by_id(tables, |table| &table.id)?,
        decision_tables: decisions.by_id,
        rules,
        actions,
        destinations: drafts.into_iter().map(of_draft).collect(),
        private: types.private.clone(),
        tests,
    })
}

fn tests(
    report: &mut Report<'_>,
    documents: &Documents<'_>,
    sources: &[Option<Source>],
    known: &Known,
    drafts: &[Draft],
) -> Vec<Test> {
    let names = documents::test::Names { documents, sources, known, topics: topics(drafts) };
    documents.of("test").iter().map(|document| documents::test::read(report, &names, document)).collect()
}

fn rules<'d>(
    report: &mut Report<'_>,
    types: &Types<'d>,
    known: &Known,
    compiler: &mut Compiler,
) -> Vec<rule::Draft<'d>> {
    let documents = types.documents;
    let read = |document| documents::rule::read(report, documents, types, known, compiler, document);
    documents.of("rule").iter().map(read).collect()
}

fn destinations(report: &mut Report<'_>, documents: &Documents<'_>, named: &Named<'_>) -> Vec<Draft> {
    let read = |document| documents::destination::read(report, named, document);
    documents.of("destination").iter().map(read).collect()
}

fn calendars(report: &mut Report<'_>, documents: &Documents<'_>) -> Option<BTreeMap<String, Calendar>> {
    let read = documents.of("calendar").iter().map(|document| documents::calendar::read(report, document));
    // All are read, so that all of their faults are found.
    let calendars: Vec<_> = read.collect();
    calendars.into_iter().collect()
}

fn policies(
    report: &mut Report<'_>,
    types: &Types<'_>,
    known: &Known,
    proposed: &Proposed<'_>,
    compiler: &mut Compiler,
) -> Vec<Option<Policy>> {
    let documents = types.documents;
    let read = |document| {
        let actions = documents::policy::actions(documents, document);
        let context = proposed.context(known, &actions, types);
        documents::policy::read(report, types, &context, compiler, document)
    };
    documents.of("policy").iter().map(read).collect()
}

fn channels(
    report: &mut Report<'_>,
    types: &Types<'_>,
    known: &Known,
    proposed: &Proposed<'_>,
    drafts: &[Draft],
    compiler: &mut Compiler,
) -> Vec<Option<Channel>> {
    let documents = types.documents;
    let read = |document: &Document<'_>| {
        let actions = documents::channel::actions(documents, document.id);
        let context = proposed.context(known, &actions, types);
        documents::channel::read(report, drafts, &context, compiler, document)
    };
    documents.of("channel").iter().map(read).collect()
}

/// The types of event on which a rule fires at once.
fn on_event(rule: &Rule) -> &[String] {
    if matches!(rule.begins, Begins::Event) { &rule.on } else { &[] }
}

/// Where the values stand that tie subjects to events about everyone.
fn sides(rules: &BTreeMap<String, Arc<Rule>>) -> Vec<Side> {
    let ties = rules.values().flat_map(|rule| match &rule.begins {
        Begins::Each(each) => each.ties.as_slice(),
        _ => &[],
    });
    let sides: BTreeSet<Side> = ties.map(|tie| tie.side.clone()).collect();
    sides.into_iter().collect()
}

fn absence(rule: &Rule) -> Option<&Absence> {
    match &rule.begins {
        Begins::Absence(absence) => Some(absence),
        Begins::Event | Begins::Each(_) | Begins::Moment(_) => None,
    }
}

/// The rules that look at a type of event in some way, by that type, in the order of their ids.
fn rules_by(
    rules: &BTreeMap<String, Arc<Rule>>,
    types: impl Fn(&Rule) -> Option<&Vec<String>>,
) -> BTreeMap<String, Vec<Arc<Rule>>> {
    let mut by_type: BTreeMap<String, Vec<Arc<Rule>>> = BTreeMap::new();
    for rule in rules.values() {
        for kind in types(rule).into_iter().flatten() {
            by_type.entry(kind.clone()).or_default().push(Arc::clone(rule));
        }
    }
    by_type
}

/// The tables whose rows belong to subjects, with the kind of these.
fn tables_of_subjects(documents: &Documents<'_>) -> BTreeMap<String, String> {
    let of = |table: &Document<'_>| Some((table.id.to_owned(), documents::table::of(table)?));
    documents.of("table").iter().filter_map(of).collect()
}

fn known(documents: &Documents<'_>, types: &Types<'_>, decisions: &Tables<'_>) -> Known {
    let row = |table: &str| {
        let shapes = types.fills.get(table).into_iter().flatten().map(|(_, shape)| shape.clone());
        shapes.reduce(|a, b| a.join(&b)).unwrap_or(Shape::Any)
    };
    Known {
        types: Arc::new(types.shapes.clone()),
        actions: Arc::new(documents.ids("action").map(str::to_owned).collect()),
        decision_tables: Arc::new(decisions.shapes()),
        causes: documents::news::causes(documents, types),
        who: if types.is_who_open { BTreeMap::new() } else { types.who.clone() },
        kinds: types.all_kinds.clone(),
        around: (types.has_place, types.has_device),
        tables: types.tables.clone(),
        rows: documents.ids("table").map(|table| (table.to_owned(), row(table))).collect(),
    }
}

fn actions(
    report: &mut Report<'_>,
    types: &Types<'_>,
    known: &Known,
    proposed: &Proposed<'_>,
    drafts: &[Draft],
    compiler: &mut Compiler,
) -> Vec<Option<Action>> {
    let mut by_destination: BTreeMap<&str, Vec<&[String]>> = BTreeMap::new();
    for Draft { destination, .. } in drafts.iter().filter(|draft| draft.has_share) {
        let share = destination.share.iter().map(Vec::as_slice);
        by_destination.entry(&destination.id).or_default().extend(share);
    }
    let shared = Shared { by_destination, private: &types.private };
    let mut actions = Vec::new();
    for document in types.documents.of("action") {
        let context = proposed.context(known, &[document.id], types);
        let context = (&context, proposed);
        let documents = types.documents;
        actions.push(documents::action::read(report, documents, context, &shared, compiler, document));
        check_used(report, proposed, document);
    }
    actions
}

fn check_used(report: &mut Report<'_>, proposed: &Proposed<'_>, action: &Document<'_>) {
    if !proposed.has(action.id) {
        let _ =
            report.warning("unused", action.place, format!("no rule proposes the action `{}`", action.id));
    }
}

fn check_shares(
    report: &mut Report<'_>,
    documents: &Documents<'_>,
    known: &Known,
    proposed: &Proposed<'_>,
    drafts: &[Draft],
) {
    for draft in drafts {
        // What leads to no destination may be meant for any. That an action is wrong otherwise does not matter here.
        let is_own = |action: &&Document<'_>| {
            documents::action::to(action).is_none_or(|to| {
                to == draft.destination.id || !documents.ids("destination").any(|id| id == to)
            })
        };
        let own: Vec<&str> = documents.of("action").iter().filter(is_own).map(|action| action.id).collect();
        let mut types = proposed.types(&own);
        if types.is_empty() {
            // Nothing is sent there yet, so whatever any event has may be meant.
            types = known.types.keys().map(String::as_str).collect();
        }
        let kinds = proposed.kinds(&own);
        let kinds = if kinds.is_empty() { known.kinds.clone() } else { kinds };
        share::check_names(report, known, draft, types, &kinds);
    }
}

/// True if an expression or a destination asks on which channel a person was last heard.
fn hears(layout: &Layout, drafts: &[Draft]) -> bool {
    let mut shared = drafts.iter().flat_map(|draft| &draft.destination.share);
    layout.reads_channel() || shared.any(|path| path[0] == "channel")
}

/// All topics that tasks leave on; `None` if not all are known.
fn topics<'d>(drafts: &'d [Draft]) -> Option<BTreeSet<&'d str>> {
    if !drafts.iter().all(|draft| draft.has_topics) {
        return None;
    }
    let destinations = drafts.iter().map(|draft| &draft.destination);
    let of = |destination: &'d Destination| {
        destination.lanes.iter().map(|lane| &lane.topic).chain([&destination.topic])
    };
    Some(destinations.flat_map(of).map(String::as_str).collect())
}

fn of_draft(draft: Draft) -> (String, Destination) {
    (draft.destination.id.clone(), draft.destination)
}

/// All of them by id; `None` if one could not be read, which is in the report.
fn by_id<T>(items: Vec<Option<T>>, id: impl Fn(&T) -> &String) -> Option<BTreeMap<String, T>> {
    items.into_iter().map(|item| item.map(|item| (id(&item).clone(), item))).collect()
}

fn digest<'s>(files: &[SourceFile], schemas: impl Iterator<Item = &'s usize>) -> String {
    let schemas: BTreeSet<usize> = schemas.copied().collect();
    let parts = files
        .iter()
        .enumerate()
        .filter(|(index, file)| is_documents(&file.path) || schemas.contains(index))
        .flat_map(|(_, file)| [file.path.as_bytes(), file.text.as_bytes()]);
    segue_model::id::digest(parts)
}
