//! What is wrong with a decision table, at its place: in the document or in the CSV file.

use segue_decision_table::{CellFault, DecisionTable, Finding};
use segue_yaml::{Place, Report};

use super::{Head, Rows};
use crate::documents::Document;

/// The most findings of one kind that are reported of a table.
const FINDINGS_MAX: usize = 100;

/// Reports the faults of cells and of the head.
pub(super) fn faults(
    report: &mut Report<'_>,
    head: &Head<'_>,
    rows: &Rows<'_>,
    whole: Place,
    faults: Vec<CellFault>,
) {
    for fault in faults.into_iter().take(FINDINGS_MAX) {
        let (code, place) = match fault.row {
            Some(row) => ("bad-cell", rows.cell(report, row, fault.column, fault.range)),
            None => match head.all().nth(fault.column).filter(|_| !fault.range.is_empty()) {
                Some(name) => ("duplicate-key", name.place),
                None => ("too-big", whole),
            },
        };
        report.error(code, place, fault.message).hint = fault.hint;
    }
}

/// Reports rows that are never hit, rows that overlap, and what no row is hit by.
pub(super) fn findings(
    report: &mut Report<'_>,
    document: &Document<'_>,
    rows: &Rows<'_>,
    table: &DecisionTable,
) {
    for finding in table.findings().into_iter().take(FINDINGS_MAX) {
        match finding {
            Finding::NeverHit { row, by } => {
                let message = format!(
                    "this row is never hit: the row at {} comes before it and admits all that it does",
                    shown(report, rows.row(report, by))
                );
                report.warning("never-hit", rows.row(report, row), message).hint =
                    Some("move it up, or leave it out".to_owned());
            }
            Finding::NeverAdmits { row, column, .. } => {
                let place = rows.cell(report, row, column, 0..0);
                let _ = report.warning("never-hit", place, "the input of this cell is never given that");
            }
            Finding::Overlap { row, other, only_fractions } => {
                let message = format!(
                    "this row and that at {} can both be hit, and the table has `hit: unique`{}",
                    shown(report, rows.row(report, row)),
                    if only_fractions { "; numbers with a fraction hit both" } else { "" }
                );
                let place = rows.row(report, other);
                let finding = if only_fractions {
                    report.warning("overlap", place, message)
                } else {
                    report.error("overlap", place, message)
                };
                finding.hint =
                    Some("narrow one of them, or write `hit: first` and put the exception first".to_owned());
            }
            Finding::Gap { .. } => {
                report.warning("gap", document.place, finding.to_string()).hint = Some(
                    "`decide` gives null there: add a row for it, of empty cells for all that is left"
                        .to_owned(),
                );
            }
            Finding::NotChecked(_) => {
                let _ = report.warning("not-checked", document.place, finding.to_string());
            }
        }
    }
}

fn shown(report: &Report<'_>, place: Place) -> String {
    format!("{}:{}", report.files[place.file].path, place.line)
}
