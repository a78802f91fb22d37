//! What a part of a condition says of single facts, and what those were: for those who ask why it came out so.
//!
//! Shape: a node and a scope -> [`Claim`]s, each with its terms and their values as JSON. Nothing is decided by it: it is
//! made after the decision, on the same scope, and only where somebody asks.

use segue_model::Span;
use segue_value::{Value, json};

use crate::evaluate::Run;
use crate::node::{Comparison, Node, Row};
use crate::scope::Scope;
use crate::slots::Root;

/// The most claims of one part of a condition, and the most facts that are read for one claim.
const CLAIMS_MAX: usize = 16;

/// One statement about facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What it says.
    pub says: Says,
    /// What it came to; `None`: it ended in an error.
    pub truth: Option<bool>,
    /// What it has to be for the part of the condition to hold: false below a `!`.
    pub wanted: bool,
    /// The facts that its computed sides are made of.
    pub reads: Vec<Term>,
}

/// What a claim says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// Two terms compare so: `==`, `!=`, `<`, `<=`, `>` or `>=`.
    Compares(Term, &'static str, Term),
    /// A term is one of these constants, as JSON.
    OneOf(Term, Vec<String>),
    /// A term is in a list or a map.
    In(Term, Term),
    /// A fact is there.
    Has(Fact),
    /// A term is true.
    Holds(Term),
    /// Something else, which `reads` says the facts of.
    Other,
}

/// A side of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What it is.
    pub fact: Fact,
    /// Its value as JSON; `None`: it has none.
    pub json: Option<String>,
}

/// What a term is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It stands in the source.
    Constant,
    /// A path, from its root on: `["who", "consent", "phone"]`.
    Path(Vec<String>),
    /// A field of a row, or the row: the table, the key if there is one, the names below it.
    Row(String, Option<String>, Vec<String>),
    /// A function of the past.
    Past(Past),
    /// Computed from other facts.
    Computed,
}

/// A call of a function of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The function.
    pub name: &'static str,
    /// The types of event, the action, or the action and the outcome.
    pub types: Vec<String>,
    /// The path of the values that it goes by.
    pub path: Option<Vec<String>>,
    /// Its window; `None`: all the past.
    pub window: Option<Span>,
    /// True if events count only if they agree with the one that is decided on.
    pub is_same: bool,
    /// The names below the event that it gives.
    pub fields: Vec<String>,
}

/// The claims of a part of a condition.
pub(crate) fn claims(node: &Node, scope: &Scope<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    add(node, true, scope, &mut claims);
    claims
}

fn add(node: &Node, wanted: bool, scope: &Scope<'_>, claims: &mut Vec<Claim>) {
    match node {
        Node::Not(of) => return add(of, !wanted, scope, claims),
        Node::And(parts) | Node::Or(parts) => {
            return parts.iter().for_each(|part| add(part, wanted, scope, claims));
        }
        _ => {}
    }
    if claims.len() == CLAIMS_MAX {
        return;
    }
    let mut reads = Vec::new();
    let mut side = |node: &Node| {
        let term = term(node, scope);
        if term.fact == Fact::Computed {
            add_reads(node, scope, &mut reads);
        }
        term
    };
    let says = match node {
        Node::Test(test) => {
            let constant = Term { fact: Fact::Constant, json: json_of(&test.constant) };
            let fact = of_slot(test.slot, scope);
            if test.is_flipped {
                Says::Compares(constant, test.comparison.flipped().symbol(), fact)
            } else {
                Says::Compares(fact, test.comparison.symbol(), constant)
            }
        }
        Node::Compare(comparison, parts) => compared(*comparison, side(&parts[0]), side(&parts[1])),
        Node::Member(of, set) => {
            let mut of_set: Vec<String> = set.items().filter_map(|item| json_of(&item)).collect();
            of_set.truncate(CLAIMS_MAX);
            Says::OneOf(side(of), of_set)
        }
        Node::In(parts) => Says::In(side(&parts[0]), side(&parts[1])),
        Node::InTable(table, key) => Says::Has(Fact::Row(table.to_string(), text_of(key, scope), Vec::new())),
        Node::Has(of, name) => Says::Has(below(term(of, scope).fact, name)),
        Node::Slot(slot) if scope.layout().slot(*slot).is_presence => Says::Has(of_slot(*slot, scope).fact),
        Node::Row(row) if row.is_presence => Says::Has(of_row(row, scope)),
        Node::Slot(_) | Node::Row(_) | Node::Field(..) | Node::Index(_) => Says::Holds(side(node)),
        other => {
            add_reads(other, scope, &mut reads);
            Says::Other
        }
    };
    let truth = Run::new(scope).truth(node, None).ok();
    claims.push(Claim { says, truth, wanted, reads });
}

fn compared(comparison: Comparison, left: Term, right: Term) -> Says {
    Says::Compares(left, comparison.symbol(), right)
}

fn term(node: &Node, scope: &Scope<'_>) -> Term {
    let fact = match node {
        Node::Constant(_) => Fact::Constant,
        Node::Slot(slot) => return of_slot(*slot, scope),
        Node::Row(row) => of_row(row, scope),
        Node::Field(of, name) => below(term(of, scope).fact, name),
        Node::Index(parts) => match text_of(&parts[1], scope) {
            Some(name) => below(term(&parts[0], scope).fact, &name),
            None => Fact::Computed,
        },
        _ => Fact::Computed,
    };
    let json = Run::new(scope).value(node, None).ok().and_then(|value| json_of(&value));
    Term { fact, json }
}

/// The field of that name of a fact.
fn below(fact: Fact, name: &str) -> Fact {
    match fact {
        Fact::Path(path) => Fact::Path(path.into_iter().chain([name.to_owned()]).collect()),
        Fact::Row(table, key, fields) => {
            Fact::Row(table, key, fields.into_iter().chain([name.to_owned()]).collect())
        }
        Fact::Past(past) => {
            let fields = past.fields.iter().cloned().chain([name.to_owned()]).collect();
            Fact::Past(Past { fields, ..past })
        }
        Fact::Constant | Fact::Computed => Fact::Computed,
    }
}

fn of_slot(number: u32, scope: &Scope<'_>) -> Term {
    let slot = scope.layout().slot(number);
    let fields: Vec<String> = slot.fields.iter().map(|name| name.to_string()).collect();
    let fact = match &slot.root {
        Root::Row { table, key } => {
            let key = scope.slot(*key).and_then(Value::as_text).map(str::to_owned);
            Fact::Row(table.clone(), key, fields)
        }
        Root::Table(table) if fields.is_empty() => Fact::Path(vec![table.clone()]),
        Root::Table(table) => Fact::Row(table.clone(), Some(fields[0].clone()), fields[1..].to_vec()),
        Root::Past(call) => Fact::Past(Past {
            name: call.name(),
            types: call.types().to_vec(),
            path: call.path().map(<[String]>::to_vec),
            window: call.window(),
            is_same: call.is_same(),
            fields,
        }),
        root => Fact::Path(std::iter::once(root.name().to_owned()).chain(fields).collect()),
    };
    Term { fact, json: scope.slot(number).and_then(json_of) }
}

fn of_row(row: &Row, scope: &Scope<'_>) -> Fact {
    let fields = row.fields.iter().map(|name| name.to_string()).collect();
    Fact::Row(row.table.to_string(), text_of(&row.key, scope), fields)
}

fn text_of(node: &Node, scope: &Scope<'_>) -> Option<String> {
    Run::new(scope).value(node, None).ok()?.as_text().map(str::to_owned)
}

fn json_of(value: &Value<'_>) -> Option<String> {
    json::json(value).ok()
}

/// Adds the facts below a node, each once. What loops say of their items is not among them.
fn add_reads(node: &Node, scope: &Scope<'_>, reads: &mut Vec<Term>) {
    match node {
        Node::Slot(_) | Node::Row(_) | Node::Field(..) | Node::Index(_) => {
            let found = term(node, scope);
            if found.fact != Fact::Computed && !reads.contains(&found) && reads.len() < CLAIMS_MAX {
                reads.push(found);
            }
        }
        Node::Test(test) => {
            let found = of_slot(test.slot, scope);
            if !reads.contains(&found) && reads.len() < CLAIMS_MAX {
                reads.push(found);
            }
        }
        Node::Member(of, _)
        | Node::Age(_, of)
        | Node::InTable(_, of)
        | Node::Not(of)
        | Node::Negate(of)
        | Node::Matches(of, _)
        | Node::Has(of, _) => add_reads(of, scope, reads),
        Node::And(parts) | Node::Or(parts) | Node::Call(_, parts) | Node::List(parts) => {
            parts.iter().for_each(|part| add_reads(part, scope, reads));
        }
        Node::Choice(parts) => parts.iter().for_each(|part| add_reads(part, scope, reads)),
        Node::Compare(_, parts) | Node::In(parts) | Node::Arithmetic(_, parts) => {
            parts.iter().for_each(|part| add_reads(part, scope, reads));
        }
        Node::Loop(of) => add_reads(&of.range, scope, reads),
        Node::Constant(_) | Node::Local(_) | Node::Decide(_) | Node::Map(_) => {}
    }
}
