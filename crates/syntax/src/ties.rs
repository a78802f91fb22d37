//! What ties a subject to an event that is about everyone: by which value of its own, found in which field of the event.
//!
//! A condition is taken apart at its `||`; each branch, taken apart at its `&&`, has to have a part of one of these forms,
//! where `E` is a field of the event, such as `event.data.flight`:
//!
//! | form | the subject's value |
//! |---|---|
//! | `who.a == E`, `E == who.a`, `who.a in E`, `E.exists(x, x == who.a)` | what stands at `who.a` |
//! | `E in who.a` | each item of the list |
//! | `who.a.exists(x, x == E)`, `who.a.exists(x, x.b == E)` | each item of the list, or a field of it |
//! | `where.a == E`, `where.a in E`, `E.exists(x, x == where.a)` | what stands at `where.a`, as it was last known |
//! | `t.exists(k, t[k].b == E)` | a field of each row of the table `t` |

use crate::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};
use crate::check::plain_path;

/// Where the values of a subject stand that tie it to events.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// At a path of `who`; of a list there each item, and of the item what stands at the second path.
    Who(Vec<String>, Option<Vec<String>>),
    /// At a path of the place where it was last.
    Where(Vec<String>),
    /// In each row of a table, at a path.
    Rows(String, Vec<String>),
}

/// What ties a subject to an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The subject's values.
    pub side: Side,
    /// The field of the event: names to follow from it, such as `["data", "flight"]`. Of a list there each item counts.
    pub event: Vec<String>,
    /// True if it is a list in the event.
    pub of_each: bool,
}

/// What ties subjects to events by this condition: for each branch one tie.
///
/// # Errors
/// How many branches have none.
pub fn ties(tree: &IdedExpr) -> Result<Vec<Tie>, usize> {
    let mut branches = Vec::new();
    parts(tree, operators::LOGICAL_OR, &mut branches);
    let found: Vec<Option<Tie>> = branches.iter().map(|branch| of_branch(branch)).collect();
    let without = found.iter().filter(|tie| tie.is_none()).count();
    if without > 0 { Err(without) } else { Ok(found.into_iter().flatten().collect()) }
}

fn of_branch(branch: &IdedExpr) -> Option<Tie> {
    let mut all = Vec::new();
    parts(branch, operators::LOGICAL_AND, &mut all);
    all.into_iter().find_map(tie)
}

fn parts<'e>(node: &'e IdedExpr, joint: &str, found: &mut Vec<&'e IdedExpr>) {
    match &node.expr {
        Expr::Call(CallExpr { func_name, args, .. }) if func_name == joint && args.len() == 2 => {
            args.iter().for_each(|part| parts(part, joint, found));
        }
        _ => found.push(node),
    }
}

fn tie(node: &IdedExpr) -> Option<Tie> {
    match &node.expr {
        Expr::Call(CallExpr { func_name, args, .. }) => {
            let [a, b] = &args[..] else { return None };
            match func_name.as_str() {
                operators::EQUALS => equal(a, b).or_else(|| equal(b, a)),
                operators::IN => match (one(a), event(b)) {
                    (Some(side), Some(event)) => Some(Tie { side, event, of_each: true }),
                    _ => {
                        let side = Side::Who(who(b)?, Some(Vec::new()));
                        Some(Tie { side, event: event(a)?, of_each: false })
                    }
                },
                _ => None,
            }
        }
        Expr::Comprehension(comprehension) => exists(comprehension),
        _ => None,
    }
}

fn equal(subject: &IdedExpr, of_event: &IdedExpr) -> Option<Tie> {
    Some(Tie { side: one(subject)?, event: event(of_event)?, of_each: false })
}

/// `range.exists(x, ... x.b == E ...)`, as the parser has it: it begins with false and joins by `||`.
fn exists(comprehension: &ComprehensionExpr) -> Option<Tie> {
    let begins_false =
        matches!(&comprehension.accu_init.expr, Expr::Literal(LiteralValue::Boolean(begin)) if !**begin);
    let Expr::Call(CallExpr { func_name, args, .. }) = &comprehension.loop_step.expr else { return None };
    let body = args.get(1).filter(|_| begins_false && func_name == operators::LOGICAL_OR)?;
    let item = comprehension.iter_var.as_str();
    let range = plain_path(&comprehension.iter_range)?;
    if let Some(event) = event(&comprehension.iter_range) {
        return of_list(body, item, event);
    }
    let side = |node: &IdedExpr| match range.split_first()? {
        (root, path) if root == "who" && !path.is_empty() => {
            let of_item = plain_path(node).filter(|path| path[0] == item)?;
            Some(Side::Who(path.to_vec(), Some(of_item[1..].to_vec())))
        }
        (table, []) => Some(Side::Rows(table.clone(), of_row(node, table, item)?)),
        _ => None,
    };
    let mut all = Vec::new();
    parts(body, operators::LOGICAL_AND, &mut all);
    all.into_iter().find_map(|part| {
        let Expr::Call(CallExpr { func_name, args, .. }) = &part.expr else { return None };
        let [a, b] = &args[..] else { return None };
        if func_name != operators::EQUALS {
            return None;
        }
        let tie = |subject: &IdedExpr, of_event: &IdedExpr| {
            Some(Tie { side: side(subject)?, event: event(of_event)?, of_each: false })
        };
        tie(a, b).or_else(|| tie(b, a))
    })
}

/// `E.exists(x, ... x == who.a ...)`: the same as `who.a in E`.
fn of_list(body: &IdedExpr, item: &str, event: Vec<String>) -> Option<Tie> {
    let mut all = Vec::new();
    parts(body, operators::LOGICAL_AND, &mut all);
    all.into_iter().find_map(|part| {
        let Expr::Call(CallExpr { func_name, args, .. }) = &part.expr else { return None };
        let [a, b] = &args[..] else { return None };
        let is_item = |node: &IdedExpr| plain_path(node).is_some_and(|path| path == [item]);
        let subject = if is_item(a) { b } else { a };
        let ties = func_name == operators::EQUALS && (is_item(a) || is_item(b));
        let side = one(subject).filter(|_| ties)?;
        Some(Tie { side, event: event.clone(), of_each: true })
    })
}

/// `t[k].b`: the path behind the row.
fn of_row(node: &IdedExpr, table: &str, key: &str) -> Option<Vec<String>> {
    match &node.expr {
        Expr::Select(select) if !select.test => {
            let mut path = of_row(&select.operand, table, key)?;
            path.push(select.field.clone());
            Some(path)
        }
        Expr::Call(CallExpr { func_name, args, .. }) if func_name == operators::INDEX => {
            let [of, by] = &args[..] else { return None };
            let is = |node: &IdedExpr, name: &str| plain_path(node).is_some_and(|path| path == [name]);
            (is(of, table) && is(by, key)).then(Vec::new)
        }
        _ => None,
    }
}

/// One value of the subject: a field of its attributes, or of the place where it was last.
fn one(node: &IdedExpr) -> Option<Side> {
    let attribute = who(node).map(|path| Side::Who(path, None));
    attribute.or_else(|| under(node, "where").map(Side::Where))
}

/// A field of the subject's attributes.
fn who(node: &IdedExpr) -> Option<Vec<String>> {
    under(node, "who")
}

/// A field of the event.
fn event(node: &IdedExpr) -> Option<Vec<String>> {
    under(node, "event").filter(|path| path[0] == "data" && path.len() > 1)
}

fn under(node: &IdedExpr, root: &str) -> Option<Vec<String>> {
    let path = plain_path(node)?;
    (path[0] == root && path.len() > 1).then(|| path[1..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> Result<Vec<String>, usize> {
        let (tree, _) = crate::parse::parse(source).expect("the source is CEL");
        let told = |tie: Tie| {
            let side = match tie.side {
                Side::Who(path, None) => format!("who.{}", path.join(".")),
                Side::Who(path, Some(of)) => format!("who.{}[].{}", path.join("."), of.join(".")),
                Side::Where(path) => format!("where.{}", path.join(".")),
                Side::Rows(table, path) => format!("{table}[].{}", path.join(".")),
            };
            format!("{side} = event.{}{}", tie.event.join("."), if tie.of_each { "[]" } else { "" })
        };
        ties(&tree).map(|ties| ties.into_iter().map(told).collect())
    }

    #[test]
    fn each_form_ties() {
        for (source, expected) in [
            ("who.next_flight == event.data.flight", "who.next_flight = event.data.flight"),
            ("event.data.a.b == who.c.d && who.x > 1", "who.c.d = event.data.a.b"),
            ("who.region in event.data.regions", "who.region = event.data.regions[]"),
            ("where.region == event.data.region", "where.region = event.data.region"),
            ("where.city in event.data.cities", "where.city = event.data.cities[]"),
            ("event.data.list.exists(x, x == who.a.b)", "who.a.b = event.data.list[]"),
            ("event.data.model in who.devices", "who.devices[]. = event.data.model"),
            ("who.devices.exists(d, d == event.data.model)", "who.devices[]. = event.data.model"),
            (
                "who.flights.exists(f, f.on > now && event.data.no == f.no)",
                "who.flights[].no = event.data.no",
            ),
            ("bookings.exists(k, bookings[k].flight == event.data.no)", "bookings[].flight = event.data.no"),
        ] {
            assert_eq!(of(source), Ok(vec![expected.to_owned()]), "{source}");
        }
    }

    #[test]
    fn each_branch_has_to_have_one() {
        let both = of("who.a == event.data.x || who.b == event.data.x");
        assert_eq!(both.unwrap(), ["who.a = event.data.x", "who.b = event.data.x"]);
        assert_eq!(of("who.a == event.data.x || who.b > 1"), Err(1));
        for source in [
            "true",
            "who.a != event.data.x",
            "who.a == who.b",
            "who.a == event.id",
            "!(who.a == event.data.x)",
            "who.list.all(x, x == event.data.x)",
            "bookings.exists(k, bookings['a'].flight == event.data.no)",
        ] {
            assert_eq!(of(source), Err(1), "{source}");
        }
    }
}
