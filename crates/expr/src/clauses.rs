//! The parts of a condition: where they stand in its source, and what must hold of single facts for it to be true.

use std::ops::Range;

use segue_index::{Atom, Bound, Constant, Test as IndexTest};
use segue_syntax::Places;
use segue_syntax::ast::{Expr, IdedExpr, operators};
use segue_syntax::scan::{Piece, piece};
use segue_value::Value;

use crate::function::Call;
use crate::node::{Comparison, Node, Set, Test};
use crate::slots::OF_ACTION;

/// The most conjunctions of a normal form; a condition that would need more is indexed by less of it, or not at all.
const CONJUNCTIONS_MAX: usize = 16;

/// A disjunction of conjunctions of tests.
type NormalForm = Vec<Vec<Atom>>;

/// Where the parts stand that `&&` and `||` join at the top of a tree, in the order of the source. Without any, the
/// whole is one part.
pub(crate) fn ranges(tree: &IdedExpr, source: &str, places: &Places<'_>) -> Vec<Range<usize>> {
    let mut joints = Vec::new();
    add_joints(tree, places, &mut joints);
    let starts = std::iter::once(0).chain(joints.iter().map(|joint| joint.end));
    let ends = joints.iter().map(|joint| joint.start).chain([source.len()]);
    starts.zip(ends).map(|(start, end)| trimmed(source, start, end)).collect()
}

fn add_joints(tree: &IdedExpr, places: &Places<'_>, joints: &mut Vec<Range<usize>>) {
    if let Expr::Call(call) = &tree.expr
        && [operators::LOGICAL_AND, operators::LOGICAL_OR].contains(&call.func_name.as_str())
        && let [a, b] = &call.args[..]
    {
        add_joints(a, places, joints);
        let (start, end) = places.token(tree);
        joints.push(start..end);
        add_joints(b, places, joints);
    }
}

/// Without white space, and without brackets that are closed or opened in another part.
fn trimmed(source: &str, start: usize, end: usize) -> Range<usize> {
    let (mut start, mut end) = (start, end.max(start));
    loop {
        let text = source.get(start..end).unwrap_or_default();
        let front = text.len() - text.trim_start().len();
        let back = text.len() - text.trim_end().len();
        if front == text.len() {
            return start..start;
        }
        (start, end) = (start + front, end - back);
        let text = &source[start..end];
        match balance(text) {
            balance if balance > 0 && text.starts_with(['(', '!', '-']) => start += 1,
            balance if balance < 0 && text.ends_with(')') => end -= 1,
            _ => return start..end,
        }
    }
}

/// How many more brackets are opened than closed.
fn balance(text: &str) -> i32 {
    let (mut at, mut balance) = (0, 0);
    while at < text.len() {
        let (found, next) = piece(text.as_bytes(), at);
        balance += match found {
            Piece::Open => 1,
            Piece::Close(_) => -1,
            _ => 0,
        };
        at = next;
    }
    balance
}

/// The nodes of those parts, in the same order.
pub(crate) fn leaves(node: &Node) -> Vec<&Node> {
    match node {
        Node::And(parts) | Node::Or(parts) => parts.iter().flat_map(leaves).collect(),
        leaf => vec![leaf],
    }
}

/// What must hold of single facts for the node to be true or an error; `None` if nothing is known to have to.
///
/// A fact that cannot be read counts as passing every test: the node may then be an error. Hence an `&&` that is no
/// false has no part that is false, and an `||` that is no false has one that is not, errors or not.
pub(crate) fn normal_form(node: &Node) -> Option<NormalForm> {
    necessary(node, true, &mut true)
}

/// Whether the normal form is not only necessary: where all tests of one of its conjunctions are true of facts that are
/// there and of the kind that they are compared with, the node is true.
pub(crate) fn is_exact(node: &Node) -> bool {
    let mut is_exact = true;
    necessary(node, true, &mut is_exact).is_some() && is_exact
}

/// What must hold for the node to be `wanted` or an error. What is left out of it takes `is_exact` away.
fn necessary(node: &Node, wanted: bool, is_exact: &mut bool) -> Option<NormalForm> {
    match node {
        Node::Not(of) => necessary(of, !wanted, is_exact),
        Node::And(parts) if wanted => every(parts, wanted, is_exact),
        Node::Or(parts) if !wanted => every(parts, wanted, is_exact),
        Node::And(parts) | Node::Or(parts) => any(parts, wanted, is_exact),
        Node::Test(test) => atom(test.slot, of_test(test, wanted)?),
        Node::Member(of, set) => match &**of {
            Node::Slot(slot) => atom(*slot, of_set(set, wanted)?),
            _ => None,
        },
        Node::Call(Call::StartsWith, parts) if wanted => match &**parts {
            [Node::Slot(slot), Node::Constant(Value::Text(start))] => atom(*slot, of_start(start.as_str())),
            _ => None,
        },
        // What is no bool at all is an error, so only the other truth value is out of the question.
        Node::Slot(slot) => atom(*slot, IndexTest::NoneOf(vec![Constant::Bool(!wanted)])),
        _ => None,
    }
}

fn atom(slot: u32, test: IndexTest) -> Option<NormalForm> {
    (slot & OF_ACTION == 0).then(|| vec![vec![Atom { slot, test }]])
}

/// All parts must; what is known of any of them narrows it down.
fn every(parts: &[Node], wanted: bool, is_exact: &mut bool) -> Option<NormalForm> {
    let mut all: Option<NormalForm> = None;
    for part in parts {
        let Some(found) = necessary(part, wanted, is_exact) else {
            *is_exact = false;
            continue;
        };
        all = Some(match all {
            None => found,
            Some(all) if all.len() * found.len() > CONJUNCTIONS_MAX => {
                *is_exact = false;
                all
            }
            Some(all) => {
                let join = |a: &Vec<Atom>, b: &Vec<Atom>| a.iter().chain(b).cloned().collect();
                all.iter().flat_map(|a| found.iter().map(move |b| join(a, b))).collect()
            }
        });
    }
    all
}

/// One part must; a part of which nothing is known leaves nothing to go by.
fn any(parts: &[Node], wanted: bool, is_exact: &mut bool) -> Option<NormalForm> {
    let mut all = Vec::new();
    for part in parts {
        all.extend(necessary(part, wanted, is_exact)?);
        if all.len() > CONJUNCTIONS_MAX {
            return None;
        }
    }
    Some(all)
}

fn of_test(test: &Test, wanted: bool) -> Option<IndexTest> {
    let constant = Constant::of(&test.constant)?;
    // Nothing is said of what is not a number.
    if matches!(constant, Constant::Double(number) if number.is_nan()) {
        return None;
    }
    let comparison = if wanted { test.comparison } else { opposite(test.comparison) };
    let bound = |inclusive| Some(Bound { constant: constant.clone(), inclusive });
    Some(match comparison {
        Comparison::Equal => IndexTest::OneOf(vec![constant]),
        Comparison::NotEqual => IndexTest::NoneOf(vec![constant]),
        Comparison::Less => IndexTest::Range { low: None, high: bound(false) },
        Comparison::LessEqual => IndexTest::Range { low: None, high: bound(true) },
        Comparison::Greater => IndexTest::Range { low: bound(false), high: None },
        Comparison::GreaterEqual => IndexTest::Range { low: bound(true), high: None },
    })
}

/// What holds where the comparison does not: two values in an order are in one of three.
fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterEqual,
        Comparison::LessEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessEqual,
        Comparison::GreaterEqual => Comparison::Less,
    }
}

/// Texts that begin alike stand together: from the beginning itself to before the next text that is no longer and does
/// not begin so.
fn of_start(start: &str) -> IndexTest {
    let bound = |text: &str, inclusive| Bound { constant: Constant::Text(text.into()), inclusive };
    let mut next = start.to_owned();
    let mut high = None;
    while let Some(last) = next.pop() {
        // Between the two are no characters.
        let after = if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(last as u32 + 1) };
        if let Some(after) = after {
            next.push(after);
            high = Some(bound(&next, false));
            break;
        }
    }
    IndexTest::Range { low: Some(bound(start, true)), high }
}

fn of_set(set: &Set, wanted: bool) -> Option<IndexTest> {
    let constants: Option<Vec<Constant>> = set.items().map(|item: Value<'_>| Constant::of(&item)).collect();
    let constants = constants?;
    Some(if wanted { IndexTest::OneOf(constants) } else { IndexTest::NoneOf(constants) })
}

#[cfg(test)]
mod tests;
