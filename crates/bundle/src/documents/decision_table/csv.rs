//! Rows from a CSV file: a head that names inputs and outputs in any order, then a row a line.
//!
//! The `csv` crate reads the cells. It keeps where a row begins and not where a cell does, so that place is walked to
//! when something is to be said of it.

use std::ops::Range;

use csv::{ReaderBuilder, StringRecord};
use segue_yaml::{Place, Report, did_you_mean};

use super::{CSV_BYTES_MAX, Head, Text};
use crate::documents::event_type::resolve;

/// The most faults of rows that are reported of one file.
const FAULTS_MAX: usize = 100;

/// A CSV file whose cells have been read.
pub(super) struct Sheet {
    file: usize,
    /// Where each row begins, in bytes.
    starts: Vec<usize>,
    /// For each column of the table, its place among the cells of a row.
    order: Vec<usize>,
}

/// Reads the file of that path, beside the document or from the root of the bundle: the rows that could be read, the
/// texts of their cells in the order of the columns, and whether these are all of them.
pub(super) fn read(
    report: &mut Report<'_>,
    files: &mut Vec<usize>,
    head: &Head<'_>,
    path: Text<'_>,
) -> Option<(Sheet, Vec<Vec<String>>, bool)> {
    let file = find(report, path)?;
    files.push(file);
    // A file that cannot be read has that said of its beginning.
    if report.has_any_at(Place::in_line(file, 1, 1, 1)) {
        return None;
    }
    let text = &report.files[file].text;
    if text.len() > CSV_BYTES_MAX {
        let message = format!("the file is longer than {} MiB", CSV_BYTES_MAX / (1024 * 1024));
        let _ = report.error("too-big", Place::in_line(file, 1, 1, 1), message);
        return None;
    }
    let records = records(text);
    let first = records.first().map(|(start, record)| (*start, record.clone())).unwrap_or_default();
    let order = order(report, file, head, &first);
    check_quotes(report, file, &records)?;
    let order = order?;
    let (mut starts, mut cells, mut faults) = (Vec::new(), Vec::new(), 0);
    for (start, record) in records.iter().skip(1) {
        if record.len() == first.1.len() {
            starts.push(*start);
            cells.push(order.iter().map(|cell| record[*cell].to_owned()).collect());
            continue;
        }
        faults += 1;
        if faults <= FAULTS_MAX {
            let message =
                format!("the row has {} cells, the head of the file {}", record.len(), first.1.len());
            report.error("bad-cell", line(report, file, *start), message).hint = Some(
                "leave a cell empty to admit anything; put one that holds a comma into quotes".to_owned(),
            );
        }
    }
    Some((Sheet { file, starts, order }, cells, faults == 0))
}

fn find(report: &mut Report<'_>, path: Text<'_>) -> Option<usize> {
    let here = &report.files[path.place.file].path;
    let folder = here.rsplit_once('/').map_or("", |(folder, _)| folder);
    let Some(near) = resolve(folder, path.text) else {
        let _ = report.error("outside", path.place, format!("`{}` leads out of the bundle", path.text));
        return None;
    };
    let far = resolve("", path.text);
    let of_path =
        |wanted: &str| report.files.iter().position(|file| file.path == wanted && wanted.ends_with(".csv"));
    let found = of_path(&near).or_else(|| far.as_deref().and_then(of_path));
    if found.is_none() {
        let paths = report.files.iter().map(|file| file.path.as_str()).filter(|path| path.ends_with(".csv"));
        let hint = if path.text.ends_with(".csv") {
            did_you_mean(&near, paths.clone()).or_else(|| did_you_mean(path.text, paths))
        } else {
            Some("the names of files with rows end in `.csv`".to_owned())
        };
        report.error("file-missing", path.place, format!("there is no file `{}`", path.text)).hint = hint;
    }
    found
}

/// The rows, the head among them, each with where it begins.
fn records(text: &str) -> Vec<(usize, StringRecord)> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = Vec::new();
    let mut record = StringRecord::new();
    // What is read is UTF-8 text in memory, so that nothing can fail.
    while reader.read_record(&mut record).unwrap_or(false) {
        let start = record.position().map_or(0, |position| position.byte() as usize);
        let gap = text[start..].len() - text[start..].trim_start_matches(['\r', '\n']).len();
        records.push((start + gap, record.clone()));
    }
    records
}

/// Where each column of the table is found; `None` if one is not, or the head has one too many.
fn order(
    report: &mut Report<'_>,
    file: usize,
    head: &Head<'_>,
    (start, record): &(usize, StringRecord),
) -> Option<Vec<usize>> {
    let mut is_whole = true;
    for (cell, name) in record.iter().enumerate() {
        let name = name.trim();
        let place = in_cell(report, file, *start, cell, 0..record[cell].len());
        if head.all().all(|known| known.text != name) {
            let message = format!("the column `{name}` is neither an input nor an output");
            report.error("unknown-name", place, message).hint =
                did_you_mean(name, head.all().map(|known| known.text));
            is_whole = false;
        } else if record.iter().take(cell).any(|other| other.trim() == name) {
            let _ = report.error("duplicate-key", place, format!("the column `{name}` is there already"));
            is_whole = false;
        }
    }
    let find = |name: &str| record.iter().position(|cell| cell.trim() == name);
    let order: Vec<Option<usize>> = head.all().map(|name| find(name.text)).collect();
    // A column that is missing may be one with another name, which is said already.
    if is_whole {
        for (name, _) in head.all().zip(&order).filter(|(_, cell)| cell.is_none()) {
            let message = format!("the head of the file has no column `{}`", name.text);
            let _ = report.error("missing-key", line(report, file, *start), message);
        }
    }
    order.into_iter().collect::<Option<Vec<usize>>>().filter(|_| is_whole)
}

/// Says so if a quote is not closed: all that follows it is one cell then.
fn check_quotes(report: &mut Report<'_>, file: usize, records: &[(usize, StringRecord)]) -> Option<()> {
    let text = &report.files[file].text;
    let Some((start, record)) = records.last() else { return Some(()) };
    let open = (0..record.len()).map(|cell| begin(text, *start, cell)).find(|at| {
        let (end, is_closed) = end(text, *at);
        !is_closed && end == text.len()
    });
    let Some(at) = open else { return Some(()) };
    let place = Place::of_bytes(file, text, at, at + 1);
    report.error("bad-cell", place, "a quote is not closed").hint =
        Some("a quote within quotes is written twice".to_owned());
    None
}

impl Sheet {
    pub(super) fn row(&self, report: &Report<'_>, row: usize) -> Place {
        line(report, self.file, self.starts[row])
    }

    pub(super) fn cell(&self, report: &Report<'_>, row: usize, column: usize, range: Range<usize>) -> Place {
        in_cell(report, self.file, self.starts[row], self.order[column], range)
    }
}

/// The line that begins there.
fn line(report: &Report<'_>, file: usize, start: usize) -> Place {
    let text = &report.files[file].text;
    let rest = &text[start..];
    let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
    Place::of_bytes(file, text, start, start + length)
}

/// A stretch of a cell, in bytes of what it says, of the row that begins at `start`.
fn in_cell(report: &Report<'_>, file: usize, start: usize, cell: usize, range: Range<usize>) -> Place {
    let text = &report.files[file].text;
    let at = begin(text, start, cell);
    let is_quoted = text[at..].starts_with('"');
    let spot = |wanted: usize| {
        if !is_quoted {
            return (at + wanted).min(text.len());
        }
        // A quote within quotes is written twice.
        let (mut at, mut said) = (at + 1, 0);
        while said < wanted && at < text.len() {
            let rest = &text[at..];
            let length = rest.chars().next().map_or(1, char::len_utf8);
            at += if rest.starts_with("\"\"") { 2 } else { length };
            said += length;
        }
        at
    };
    Place::of_bytes(file, text, spot(range.start), spot(range.end))
}

/// Where a cell begins of the row that begins at `start`.
fn begin(text: &str, start: usize, cell: usize) -> usize {
    (0..cell).fold(start, |at, _| {
        let (end, _) = end(text, at);
        if text[end..].starts_with(',') { end + 1 } else { end }
    })
}

/// Where the cell ends that begins there, and whether its quotes are closed.
fn end(text: &str, at: usize) -> (usize, bool) {
    let (mut rest, mut is_closed) = (at, true);
    if text[at..].starts_with('"') {
        rest = at + 1;
        is_closed = false;
        while let Some(quote) = text[rest..].find('"') {
            rest += quote + 1;
            if !text[rest..].starts_with('"') {
                is_closed = true;
                break;
            }
            rest += 1;
        }
        if !is_closed {
            return (text.len(), false);
        }
    }
    let length = text[rest..].find([',', '\r', '\n']).unwrap_or(text.len() - rest);
    (rest + length, is_closed)
}
