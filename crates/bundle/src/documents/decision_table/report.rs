//! What is wrong with a decision table, at its place: in the document or in the CSV file.

use std::ops::Range;

use segue_decision_table::{CellFault, Finding, Given};
use segue_value::Value;
use segue_yaml::{Place, Report, did_you_mean};

use super::{Head, Rows, Written};
use crate::uses::GivenInput;

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

/// Reports rows that are never hit, rows that overlap, and what no row is hit by, given what the inputs are.
pub(crate) fn findings(report: &mut Report<'_>, written: &Written<'_>, inputs: &[GivenInput]) {
    let Written { rows, table, .. } = written;
    let given: Vec<Vec<Given>> = inputs.iter().map(|input| input.given.clone()).collect();
    for finding in table.findings_given(&given).into_iter().take(FINDINGS_MAX) {
        match finding {
            Finding::NeverHit { row, by } => {
                let message = format!(
                    "this row is never hit: the row at {} comes before it and admits all that it does",
                    shown(report, rows.row(report, by))
                );
                report.warning("never-hit", rows.row(report, row), message).hint =
                    Some("move it up, or leave it out".to_owned());
            }
            Finding::NeverAdmits { row, column, literal } => {
                never_admits(report, written, &inputs[column], (row, column), literal);
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
                report.warning("gap", written.place, finding.to_string()).hint = Some(
                    "`decide` gives null there: add a row for it, of empty cells for all that is left"
                        .to_owned(),
                );
            }
            Finding::NotChecked(_) => {
                let _ = report.warning("not-checked", written.place, finding.to_string());
            }
        }
    }
}

/// Reports a cell, or one of its literals, that its input is never given.
fn never_admits(
    report: &mut Report<'_>,
    written: &Written<'_>,
    input: &GivenInput,
    (row, column): (usize, usize),
    literal: Option<usize>,
) {
    let text = &written.cells[row][column];
    let range = literal.map_or(0..text.len(), |at| part(text, at));
    let shown_text = text[range.clone()].trim().to_owned();
    let place = written.rows.cell(report, row, column, range);
    let name = &written.table.inputs()[column];
    let asked =
        input.asked_at.map(|place| format!(" (asked at {})", shown(report, place))).unwrap_or_default();
    let mut literals = written.table.literals(column).nth(row).into_iter().flat_map(|(_, literals)| literals);
    let value = literals.nth(literal.unwrap_or(0));
    if let Some(given) = input.given.first()
        && value.is_some_and(|value| !input.can_be(value))
    {
        let message = format!(
            "`{shown_text}` is never what the input `{name}` is given: that is {}{asked}",
            given.shape.noun()
        );
        let _ = report.error("wrong-type", place, message);
        return;
    }
    let message = format!("the input `{name}` is never given `{shown_text}`{asked}");
    match value.and_then(Value::as_text).and_then(|text| did_you_mean(text, input.texts())) {
        // A name near it is meant: a slip, as with the names of fields.
        Some(hint) => report.error("never-hit", place, message).hint = Some(hint),
        None => {
            let _ = report.warning("never-hit", place, message);
        }
    }
}

/// Where the literal of that number stands in the text of a cell.
fn part(text: &str, at: usize) -> Range<usize> {
    let mut start = text.len() - text.trim_start().trim_start_matches("!=").trim_start().len();
    for number in 0.. {
        let rest = &text[start..];
        let quote = rest.chars().next().filter(|first| ['\'', '"'].contains(first));
        let length = match quote {
            // A quote within quotes is written twice.
            Some(quote) => {
                let mut end = 1;
                while let Some(next) = rest[end..].find(quote) {
                    end += next + 1;
                    if !rest[end..].starts_with(quote) {
                        break;
                    }
                    end += 1;
                }
                end
            }
            None => rest.find('|').unwrap_or(rest.len()),
        };
        let bar = rest[length..].find('|').map(|bar| start + length + bar + 1);
        if number == at {
            return start..start + rest[..length].trim_end().len();
        }
        let Some(next) = bar else { break };
        start = next + text[next..].len() - text[next..].trim_start().len();
    }
    0..text.len()
}

fn shown(report: &Report<'_>, place: Place) -> String {
    format!("{}:{}", report.files[place.file].path, place.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_found_in_the_text_of_its_cell() {
        for (text, at, expected) in [
            ("gold", 0, "gold"),
            (" gold | silver ", 0, "gold"),
            (" gold | silver ", 1, "silver"),
            ("'a|b' | 'it''s' | \"c\"", 0, "'a|b'"),
            ("'a|b' | 'it''s' | \"c\"", 1, "'it''s'"),
            ("'a|b' | 'it''s' | \"c\"", 2, "\"c\""),
            ("!= é", 0, "é"),
            ("a|é|c", 2, "c"),
        ] {
            assert_eq!(&text[part(text, at)], expected, "{text}");
        }
    }
}
