//! The table: its rows, the index over them, and what it decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use segue_index::{Atom, Index, Scratch, Seen};
use segue_value::{Rest, Shape, Text, Value};

use crate::cell::Cell;
use crate::fault::{Ambiguous, CellFault};
use crate::parse::{self, TextFault, Written};

/// The most rows that a table may have.
pub const ROWS_MAX: usize = 100_000;
/// The most columns that a table may have, inputs and outputs together.
pub const COLUMNS_MAX: usize = 100;

/// Which of the rows that are hit count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hit {
    /// The first one.
    #[default]
    First,
    /// The only one; it is a fault if there are two.
    Unique,
    /// All of them, as a list.
    Collect,
}

/// A decision table.
#[derive(Clone, Debug)]
pub struct DecisionTable {
    pub(crate) hit: Hit,
    pub(crate) inputs: Vec<String>,
    outputs: Vec<String>,
    /// The input cells, row by row.
    pub(crate) cells: Vec<Cell>,
    /// For each row, the map that it gives.
    results: Vec<Value<'static>>,
    input_shapes: Vec<Shape>,
    shape: Shape,
    index: Index,
}

impl DecisionTable {
    /// The table of these names and texts of cells; a row has a cell for each input, then for each output.
    ///
    /// ```
    /// use segue_decision_table::{DecisionTable, Hit};
    /// use segue_value::{Value, operator};
    ///
    /// let rows = [vec!["bad", "", "apologetic"], vec!["", "gold | silver", "warm"]];
    /// let table = DecisionTable::new(Hit::First, &["mood", "tier"], &["tone"], &rows).expect("a table");
    /// let row = table.decide(&[Value::text("good"), Value::text("gold")]).expect("no two rows");
    /// assert!(operator::equals(&row.field("tone").expect("an output"), &Value::text("warm")));
    /// assert!(table.decide(&[Value::text("good"), Value::Null]).expect("no two rows").is_null());
    ///
    /// let faults = DecisionTable::new(Hit::First, &["age"], &["tone"], &[vec!["[18..", "x"]]).unwrap_err();
    /// assert_eq!(faults[0].to_string(), "row 1, column 1: a range is not closed");
    /// ```
    ///
    /// # Errors
    /// All that is wrong with the names and the cells.
    pub fn new<T: AsRef<str>>(
        hit: Hit,
        inputs: &[T],
        outputs: &[T],
        rows: &[Vec<T>],
    ) -> Result<DecisionTable, Vec<CellFault>> {
        let mut faults = head_faults(inputs, outputs, rows.len());
        if !faults.is_empty() {
            return Err(faults);
        }
        let names = |all: &[T]| all.iter().map(|name| name.as_ref().to_owned()).collect::<Vec<_>>();
        let (inputs, outputs) = (names(inputs), names(outputs));
        let mut written = Vec::with_capacity(rows.len() * inputs.len());
        let mut values = Vec::with_capacity(rows.len() * outputs.len());
        for (place, row) in rows.iter().enumerate() {
            read_row(place, row, inputs.len(), outputs.len(), &mut written, &mut values, &mut faults);
        }
        let width = inputs.len();
        for column in 0..width {
            parse::read_timestamps(written.iter_mut().skip(column).step_by(width));
        }
        for (place, cell) in written.iter().enumerate() {
            if let Err(fault) = cell.check() {
                faults.push(cell_fault(place / width, place % width, fault));
            }
        }
        if !faults.is_empty() {
            faults.sort_by_key(|fault| (fault.row, fault.column));
            return Err(faults);
        }
        (0..outputs.len()).for_each(|column| as_doubles(&mut values, column, outputs.len()));
        let cells: Vec<Cell> = written.into_iter().map(|one| one.cell).collect();
        Ok(DecisionTable {
            hit,
            input_shapes: (0..width)
                .map(|column| input_shape(cells.iter().skip(column).step_by(width)))
                .collect(),
            shape: result_shape(hit, &outputs, &values),
            index: index(&cells, width),
            results: values.chunks(outputs.len()).map(|row| result(&outputs, row)).collect(),
            inputs,
            outputs,
            cells,
        })
    }

    /// Which of the rows that are hit count.
    pub fn hit(&self) -> Hit {
        self.hit
    }

    /// The names of the inputs.
    pub fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// The names of the outputs.
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// What the literals of an input's column are: a number is a double; anything, if they are of several kinds or
    /// there are none.
    pub fn input_shape(&self, input: usize) -> &Shape {
        self.input_shapes.get(input).unwrap_or(&Shape::Any)
    }

    /// The literals that the cells of an input's column name, row by row: number of the row, and the literals.
    pub fn literals(
        &self,
        input: usize,
    ) -> impl Iterator<Item = (usize, impl Iterator<Item = &Value<'static>>)> {
        let cells = self.cells.iter().skip(input).step_by(self.inputs.len());
        cells.enumerate().map(|(row, cell)| (row, cell.literals()))
    }

    /// The values of an output, row by row.
    pub fn values(&self, output: &str) -> impl Iterator<Item = Value<'static>> {
        self.results.iter().filter_map(move |row| row.field(output).ok())
    }

    /// What [`decide`](Self::decide) gives when a row is hit: a map of the outputs, or under `collect` a list of them.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.results.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.results.is_empty()
    }

    /// The outputs of the row that the values hit, or under `collect` the list of those of all rows hit; null if none
    /// is. The values stand in the order of the inputs; one that is left out counts as null.
    ///
    /// # Errors
    /// Under `unique`, if two rows are hit.
    pub fn decide(&self, inputs: &[Value<'_>]) -> Result<Value<'static>, Ambiguous> {
        self.decide_with(inputs, &mut Scratch::default())
    }

    /// As [`decide`](Self::decide), with memory that is used again, so that a hit allocates nothing but the list of
    /// `collect`.
    ///
    /// # Errors
    /// Under `unique`, if two rows are hit.
    pub fn decide_with(
        &self,
        inputs: &[Value<'_>],
        scratch: &mut Scratch,
    ) -> Result<Value<'static>, Ambiguous> {
        let mut hits = self.hits(inputs, scratch);
        let Some(first) = hits.next() else { return Ok(Value::Null) };
        match self.hit {
            Hit::First => Ok(self.results[first].clone()),
            Hit::Unique => match hits.next() {
                None => Ok(self.results[first].clone()),
                Some(second) => Err(Ambiguous { first, second }),
            },
            Hit::Collect => {
                let rows: Vec<_> =
                    std::iter::once(first).chain(hits).map(|row| self.results[row].clone()).collect();
                Ok(Value::list(rows).expect("a table has no more rows than a list may have items"))
            }
        }
    }

    /// The rows that the values hit, by rising number from 0, whatever the hit policy.
    pub fn hits<'h>(
        &'h self,
        inputs: &'h [Value<'h>],
        scratch: &'h mut Scratch,
    ) -> impl Iterator<Item = usize> + use<'h> {
        let seen = |slot: u32| Seen::Value(inputs.get(slot as usize).unwrap_or(&Value::Null));
        let survivors = self.index.survivors(seen, scratch);
        // Buckets may have blurred a range, and the index passes what has no order with it.
        survivors.filter(move |row| {
            let cells = self.row(*row).iter().enumerate();
            cells.into_iter().all(|(place, cell)| cell.admits(inputs.get(place).unwrap_or(&Value::Null)))
        })
    }

    pub(crate) fn row(&self, row: usize) -> &[Cell] {
        &self.cells[row * self.inputs.len()..][..self.inputs.len()]
    }
}

fn head_faults<T: AsRef<str>>(inputs: &[T], outputs: &[T], rows: usize) -> Vec<CellFault> {
    let mut faults = Vec::new();
    let mut fault = |column, length, message: String| {
        faults.push(CellFault { row: None, column, range: 0..length, message, hint: None });
    };
    for (what, names, first) in [("input", inputs, 0), ("output", outputs, inputs.len())] {
        if names.is_empty() {
            fault(first, 0, format!("a table needs an {what}"));
        }
        let mut known = BTreeSet::new();
        for (place, name) in names.iter().enumerate() {
            let name = name.as_ref();
            if !known.insert(name) {
                fault(first + place, name.len(), format!("the {what} `{name}` is there already"));
            }
        }
    }
    if inputs.len() + outputs.len() > COLUMNS_MAX {
        fault(COLUMNS_MAX, 0, format!("a table has at most {COLUMNS_MAX} columns"));
    }
    if rows > ROWS_MAX {
        fault(0, 0, format!("a table has at most {ROWS_MAX} rows"));
    }
    faults
}

fn read_row<T: AsRef<str>>(
    place: usize,
    row: &[T],
    inputs: usize,
    outputs: usize,
    written: &mut Vec<Written>,
    values: &mut Vec<Value<'static>>,
    faults: &mut Vec<CellFault>,
) {
    if row.len() != inputs + outputs {
        let message = format!("the row has {} cells, the table {} columns", row.len(), inputs + outputs);
        let hint = Some("leave a cell empty to admit anything".to_owned());
        let column = row.len().min(inputs + outputs - 1);
        faults.push(CellFault { row: Some(place), column, range: 0..0, message, hint });
    }
    let anything = || parse::cell("").expect("an empty cell admits anything");
    for column in 0..inputs {
        let cell = row.get(column).map_or_else(|| Ok(anything()), |text| parse::cell(text.as_ref()));
        written.push(cell.unwrap_or_else(|fault| {
            faults.push(cell_fault(place, column, fault));
            anything()
        }));
    }
    for column in inputs..inputs + outputs {
        let value = row.get(column).map_or(Ok(Value::Null), |text| parse::output(text.as_ref()));
        values.push(value.unwrap_or_else(|fault| {
            faults.push(cell_fault(place, column, fault));
            Value::Null
        }));
    }
}

fn cell_fault(row: usize, column: usize, fault: TextFault) -> CellFault {
    CellFault { row: Some(row), column, range: fault.range, message: fault.message, hint: fault.hint }
}

fn index(cells: &[Cell], width: usize) -> Index {
    let condition = |row: &[Cell]| {
        let tests = row.iter().enumerate().filter_map(|(slot, cell)| Some((slot as u32, cell.test()?)));
        vec![tests.map(|(slot, test)| Atom { slot, test }).collect()]
    };
    let conditions: Vec<Vec<Vec<Atom>>> = cells.chunks(width).map(condition).collect();
    Index::build(&conditions)
}

fn result(outputs: &[String], row: &[Value<'static>]) -> Value<'static> {
    let key = |name: &String| Value::Text(Text::Made(Arc::from(name.as_str())));
    let entries = outputs.iter().map(key).zip(row.iter().cloned()).collect();
    Value::map(entries).expect("the outputs have different names")
}

fn input_shape<'c>(cells: impl Iterator<Item = &'c Cell>) -> Shape {
    let shapes = cells.flat_map(Cell::literals).filter(|literal| !literal.is_null()).map(shape_of);
    let number = |shape| if shape == Shape::Int { Shape::Double } else { shape };
    shapes.map(number).reduce(|a, b| a.join(&b)).unwrap_or(Shape::Any)
}

/// Makes doubles of the numbers of an output, if one of them is a double: what adds up with one adds up with all.
fn as_doubles(values: &mut [Value<'static>], column: usize, width: usize) {
    let is_double = |value: &Value<'_>| matches!(value, Value::Double(_));
    if values.iter().skip(column).step_by(width).any(is_double) {
        for value in values.iter_mut().skip(column).step_by(width) {
            if let Some(number) = value.as_number() {
                *value = Value::Double(number);
            }
        }
    }
}

fn result_shape(hit: Hit, outputs: &[String], values: &[Value<'static>]) -> Shape {
    let column = |place| values.iter().skip(place).step_by(outputs.len());
    // As with the fields of documents, that it may be null is not told.
    let shapes = |place| column(place).map(shape_of).filter(|shape| *shape != Shape::Null);
    let shape = |place| shapes(place).reduce(|a, b| a.join(&b)).unwrap_or(Shape::Any);
    let fields = outputs.iter().enumerate().map(|(place, name)| (name.clone(), shape(place))).collect();
    let map = Shape::Map { fields, rest: Box::new(Rest::Closed) };
    if hit == Hit::Collect { Shape::List(Box::new(map)) } else { map }
}

/// The shape of a literal. One beyond the whole numbers of JSON's schemas counts as a double.
fn shape_of(literal: &Value<'static>) -> Shape {
    match literal {
        Value::Null => Shape::Null,
        Value::Bool(_) => Shape::Bool,
        Value::Int(_) => Shape::Int,
        Value::UInt(_) | Value::Double(_) => Shape::Double,
        Value::Text(_) => Shape::Text,
        Value::Timestamp(_) => Shape::Timestamp,
        _ => Shape::Any,
    }
}
