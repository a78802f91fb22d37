//! `decision-table` documents: rows that turn inputs into outputs, written in the document or in a CSV file beside it.

mod csv;
mod report;

pub(crate) use report::findings;

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_decision_table::{DecisionTable, Hit};
use segue_expr::DecisionShape;

use super::fields::{Fields, Keys, Text, text, texts};
use super::{Document, Documents};
use csv::Sheet;
use segue_yaml::{Node, Place, Report, ScalarKind, Value};

const KEYS: Keys = Keys { known: &["decision-table", "about", "hit", "inputs", "outputs", "rows"] };

/// The longest CSV file, in bytes.
pub(crate) const CSV_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What the decision tables of the bundle are.
#[derive(Default)]
pub(crate) struct Tables<'n> {
    /// Those that could be read with rows, as they are written.
    pub(crate) written: Vec<Written<'n>>,
    /// By id.
    pub(crate) by_id: BTreeMap<String, Arc<DecisionTable>>,
    /// The CSV files that hold rows.
    pub(crate) files: Vec<usize>,
}

/// A decision table with its rows and where they stand.
pub(crate) struct Written<'n> {
    id: &'n str,
    place: Place,
    rows: Rows<'n>,
    /// The texts of the cells.
    cells: Vec<Vec<String>>,
    pub(crate) table: Arc<DecisionTable>,
    /// True if these are all rows.
    pub(crate) is_whole: bool,
}

impl Written<'_> {
    /// The id of the document.
    pub(crate) fn id(&self) -> &str {
        self.id
    }
}

impl Tables<'_> {
    /// What expressions may know of them.
    pub(crate) fn shapes(&self) -> BTreeMap<String, DecisionShape> {
        let shape = |table: &DecisionTable| DecisionShape {
            inputs: table.inputs().iter().cloned().collect(),
            result: table.shape().clone(),
        };
        self.by_id.iter().map(|(id, table)| (id.clone(), shape(table))).collect()
    }
}

/// Reads all decision tables. One with a fault in its rows is known all the same, without rows.
pub(crate) fn read<'n>(report: &mut Report<'_>, documents: &Documents<'n>) -> Tables<'n> {
    let mut tables = Tables::default();
    for document in documents.of("decision-table") {
        match table(report, &mut tables, document) {
            Some(table) => {
                let _ = tables.by_id.insert(document.id.to_owned(), table);
            }
            None => report.doubtful.push((Some("decision-table"), document.id.to_owned())),
        }
    }
    tables
}

/// The names of a table's columns.
struct Head<'n> {
    inputs: Vec<Text<'n>>,
    outputs: Vec<Text<'n>>,
}

impl<'n> Head<'n> {
    fn all(&self) -> impl Iterator<Item = &Text<'n>> {
        self.inputs.iter().chain(&self.outputs)
    }
}

/// The rows, and where they stand.
enum Rows<'n> {
    Written(Vec<&'n Node>),
    Sheet(Sheet),
}

/// What could be read of the rows.
struct Read<'n> {
    rows: Rows<'n>,
    /// The texts of their cells.
    cells: Vec<Vec<String>>,
    /// True if these are all of them.
    is_whole: bool,
}

fn table<'n>(
    report: &mut Report<'_>,
    tables: &mut Tables<'n>,
    document: &Document<'n>,
) -> Option<Arc<DecisionTable>> {
    let owner = format!("decision table `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let _ = fields.about(report);
    let hit = match fields.get("hit") {
        None => Hit::First,
        Some(_) => match fields.word(report, "hit", &["first", "unique", "collect"]) {
            Some("unique") => Hit::Unique,
            Some("collect") => Hit::Collect,
            _ => Hit::First,
        },
    };
    let names = |report: &mut Report<'_>, name: &str| {
        fields.required(report, name).map(|node| texts(report, name, node, false)).unwrap_or_default()
    };
    let head = Head { inputs: names(report, "inputs"), outputs: names(report, "outputs") };
    let rows =
        fields.required(report, "rows").map(|node| (node, rows(report, &mut tables.files, &head, node)));
    if head.inputs.is_empty() || head.outputs.is_empty() {
        return None;
    }
    let texts = |texts: &[Text<'_>]| texts.iter().map(|text| text.text.to_owned()).collect::<Vec<_>>();
    let (inputs, outputs) = (texts(&head.inputs), texts(&head.outputs));
    let empty = || DecisionTable::new(hit, &inputs, &outputs, &[]).map(Arc::new);
    let Some((node, Some(Read { rows, cells, is_whole }))) = rows else { return empty().ok() };
    match DecisionTable::new(hit, &inputs, &outputs, &cells) {
        Ok(table) => {
            let table = Arc::new(table);
            let (id, place) = (document.id, document.place);
            tables.written.push(Written { id, place, rows, cells, table: Arc::clone(&table), is_whole });
            Some(table)
        }
        Err(faults) => {
            report::faults(report, &head, &rows, node.place, faults);
            empty().ok()
        }
    }
}

/// The rows that could be read, with the texts of their cells in the order of the columns; `None` if there are none.
fn rows<'n>(
    report: &mut Report<'_>,
    files: &mut Vec<usize>,
    head: &Head<'_>,
    node: &'n Node,
) -> Option<Read<'n>> {
    let Value::List(items) = &node.value else {
        if !matches!(&node.value, Value::Scalar(_)) {
            let message = format!("`rows` is a list or the name of a CSV file, not {}", node.describe());
            let _ = report.error("wrong-type", node.place, message);
            return None;
        }
        let path = text(report, "rows", node)?;
        let (sheet, cells, is_whole) = csv::read(report, files, head, path)?;
        return Some(Read { rows: Rows::Sheet(sheet), cells, is_whole });
    };
    let (mut rows, mut cells) = (Vec::new(), Vec::new());
    for item in items {
        match &item.value {
            Value::List(row) => {
                let read: Vec<Option<String>> = row.iter().map(|node| cell(report, node)).collect();
                if let Some(read) = read.into_iter().collect::<Option<Vec<String>>>() {
                    rows.push(item);
                    cells.push(read);
                }
            }
            _ => {
                let message = format!("a row is a list of cells, not {}", item.describe());
                let _ = report.error("wrong-type", item.place, message);
            }
        }
    }
    let is_whole = rows.len() == items.len();
    Some(Read { rows: Rows::Written(rows), cells, is_whole })
}

/// The text of a cell; nothing at all admits anything.
fn cell(report: &mut Report<'_>, node: &Node) -> Option<String> {
    match &node.value {
        Value::Scalar(scalar) if scalar.kind == ScalarKind::Null && scalar.text == "~" => {
            Some("null".to_owned())
        }
        Value::Scalar(scalar) => Some(scalar.text.clone()),
        Value::List(_) => {
            let message = "a cell is text, not a list";
            report.error("wrong-type", node.place, message).hint =
                Some("put a range into quotes, as in \"[0..10)\", and write a list as `a | b`".to_owned());
            None
        }
        Value::Map(_) => {
            let message = "a cell is text, not a mapping";
            report.error("wrong-type", node.place, message).hint = Some("put it into quotes".to_owned());
            None
        }
    }
}

impl Rows<'_> {
    /// Where a row stands.
    fn row(&self, report: &Report<'_>, row: usize) -> Place {
        match self {
            Rows::Written(rows) => rows[row].place,
            Rows::Sheet(sheet) => sheet.row(report, row),
        }
    }

    /// Where a stretch of a cell stands, in bytes of its text; the row's place if there is no such cell.
    fn cell(&self, report: &Report<'_>, row: usize, column: usize, range: std::ops::Range<usize>) -> Place {
        match self {
            Rows::Written(rows) => match &rows[row].value {
                Value::List(cells) if column < cells.len() => {
                    let node = &cells[column];
                    if range.is_empty() {
                        return node.place;
                    }
                    node.place_inside(&report.files[node.place.file], range.start, range.end)
                }
                _ => rows[row].place,
            },
            Rows::Sheet(sheet) => sheet.cell(report, row, column, range),
        }
    }
}
