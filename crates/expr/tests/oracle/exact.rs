//! Whole numbers and doubles compared exactly, as is done here by choice, and lists joined with lists only: what the
//! operators of the interpreter do otherwise.

use std::cmp::Ordering;

use cel::ExecutionError;
use cel::common::ast::{CallExpr, Expr, operators};
use cel::common::functions::Function;
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelUInt};
use cel::common::value::{CowVal, Val};

type Made<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

/// The operators by their name in the tree and the name that they get.
const OPERATORS: [(&str, &str); 8] = [
    (operators::EQUALS, "@equal"),
    (operators::NOT_EQUALS, "@unequal"),
    (operators::LESS, "@less"),
    (operators::LESS_EQUALS, "@at_most"),
    (operators::GREATER, "@greater"),
    (operators::GREATER_EQUALS, "@at_least"),
    (operators::IN, "@within"),
    (operators::ADD, "@sum"),
];

/// The functions by the names that operators get.
pub(crate) const FUNCTIONS: &[(&str, Function)] = &[
    ("@equal", |args| pair(args, |a, b| Ok(equal(a, b)))),
    ("@unequal", |args| pair(args, |a, b| Ok(!equal(a, b)))),
    ("@less", |args| pair(args, |a, b| Ok(order(a, b)?.is_lt()))),
    ("@at_most", |args| pair(args, |a, b| Ok(order(a, b)?.is_le()))),
    ("@greater", |args| pair(args, |a, b| Ok(order(a, b)?.is_gt()))),
    ("@at_least", |args| pair(args, |a, b| Ok(order(a, b)?.is_ge()))),
    ("@within", |args| pair(args, within)),
    ("@sum", sum),
];

/// Makes an operator one of those here. Those that loops count and collect with stay: only so does the interpreter know
/// them for what they are.
pub(crate) fn replace(call: &mut CallExpr) {
    let is_of_loop =
        matches!(call.args.first().map(|first| &first.expr), Some(Expr::Ident(name)) if name == "@result");
    let by = OPERATORS.iter().find(|(operator, _)| *operator == call.func_name);
    if let Some((_, name)) = by.filter(|_| !is_of_loop) {
        call.func_name = (*name).to_owned();
    }
}

fn fault(message: &str) -> ExecutionError {
    ExecutionError::function_error("operator", message)
}

fn pair<'b, 'v>(
    args: Vec<CowVal<'b, 'v>>,
    truth: impl FnOnce(&dyn Val, &dyn Val) -> Result<bool, ExecutionError>,
) -> Made<'b, 'v> {
    let [a, b] = &args[..] else { return Err(fault("not two operands")) };
    Ok(CowVal::owned(CelBool::from(truth(a.as_ref(), b.as_ref())?)))
}

fn equal(a: &dyn Val, b: &dyn Val) -> bool {
    if let Some(order) = across(a, b) {
        return order == Some(Ordering::Equal);
    }
    if let (Some(a), Some(b)) = (a.downcast_ref::<CelList<'_>>(), b.downcast_ref::<CelList<'_>>()) {
        let (a, b) = (a.inner(), b.inner());
        return a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a.as_ref(), b.as_ref()));
    }
    if let (Some(a), Some(b)) = (a.downcast_ref::<CelMap<'_>>(), b.downcast_ref::<CelMap<'_>>()) {
        let Some(other) = b.as_indexer() else { return false };
        let is_same =
            |value: &dyn Val, key: &dyn Val| other.get(key).is_ok_and(|found| equal(value, found.as_ref()));
        return a.inner().len() == b.inner().len()
            && a.inner().iter().all(|(key, value)| is_same(value.as_ref(), key.inner()));
    }
    a.equals(b)
}

fn order(a: &dyn Val, b: &dyn Val) -> Result<Ordering, ExecutionError> {
    match across(a, b) {
        Some(order) => order.ok_or_else(|| fault("no order")),
        None => a.as_comparer().ok_or_else(|| fault("no order"))?.compare(b),
    }
}

fn within(item: &dyn Val, container: &dyn Val) -> Result<bool, ExecutionError> {
    match container.downcast_ref::<CelList<'_>>() {
        Some(list) => Ok(list.inner().iter().any(|known| equal(item, known.as_ref()))),
        None => container.as_container().ok_or_else(|| fault("no container"))?.contains(item),
    }
}

fn sum<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Made<'b, 'v> {
    let [a, b] = &args[..] else { return Err(fault("not two operands")) };
    let is_list = |value: &dyn Val| value.downcast_ref::<CelList<'_>>().is_some();
    if is_list(a.as_ref()) != is_list(b.as_ref()) {
        return Err(fault("a list and no list"));
    }
    let sum = a.as_adder().ok_or_else(|| fault("no sum"))?.add(b.as_ref())?;
    Ok(CowVal::Owned(sum.into_owned()))
}

/// The order of a whole number and a double, which not-a-number has with none; nothing for other operands.
fn across(a: &dyn Val, b: &dyn Val) -> Option<Option<Ordering>> {
    match (whole(a), double(b), double(a), whole(b)) {
        (Some(a), Some(b), ..) => Some(exactly(a, b)),
        (_, _, Some(a), Some(b)) => Some(exactly(b, a).map(Ordering::reverse)),
        _ => None,
    }
}

fn whole(value: &dyn Val) -> Option<i128> {
    let int = value.downcast_ref::<CelInt>().map(|int| i128::from(*int.inner()));
    int.or_else(|| value.downcast_ref::<CelUInt>().map(|uint| i128::from(*uint.inner())))
}

fn double(value: &dyn Val) -> Option<f64> {
    value.downcast_ref::<CelDouble>().map(|double| *double.inner())
}

/// A cast saturates far beyond every whole number there is.
fn exactly(whole: i128, double: f64) -> Option<Ordering> {
    let fraction = 0.0_f64.partial_cmp(&double.fract()).unwrap_or(Ordering::Equal);
    (!double.is_nan()).then(|| whole.cmp(&(double.trunc() as i128)).then(fraction))
}
