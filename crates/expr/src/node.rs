//! A compiled expression: a tree of what is to be done, with every name resolved and every constant worked out.

use std::cmp::Ordering;
use std::sync::Arc;

use segue_decision_table::DecisionTable;
use segue_value::{List, Regex, Shape, Text, Value};

use crate::function::Call;

/// One step of an evaluation.
#[derive(Debug)]
pub(crate) enum Node {
    Constant(Value<'static>),
    /// A fact.
    Slot(u32),
    /// The variable of a loop; 0 is that of the outermost.
    Local(u32),
    /// A fact against a constant.
    Test(Test),
    /// Whether a value is one of a list of constants.
    Member(Box<Node>, Set),
    /// A row of a table by a computed key, and fields of it.
    Row(Box<Row>),
    /// Whether a table has a row: its name, the key.
    InTable(Box<str>, Box<Node>),
    /// The time since a row was written: of a table, by key.
    Age(Box<str>, Box<Node>),
    Field(Box<Node>, Box<str>),
    Has(Box<Node>, Box<str>),
    Index(Box<[Node; 2]>),
    Not(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Choice(Box<[Node; 3]>),
    Compare(Comparison, Box<[Node; 2]>),
    In(Box<[Node; 2]>),
    Arithmetic(Arithmetic, Box<[Node; 2]>),
    Negate(Box<Node>),
    /// A text against a pattern that was compiled when the source was.
    Matches(Box<Node>, Box<Regex>),
    Call(Call, Box<[Node]>),
    Decide(Box<Decide>),
    List(Box<[Node]>),
    Map(Box<[(Node, Node)]>),
    Loop(Box<Loop>),
}

/// A fact against a constant.
#[derive(Debug)]
pub(crate) struct Test {
    pub(crate) slot: u32,
    pub(crate) comparison: Comparison,
    pub(crate) constant: Value<'static>,
    /// True if the constant stood on the left: only messages show it.
    pub(crate) is_flipped: bool,
}

/// A row of a table by a computed key, and fields of it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) table: Box<str>,
    pub(crate) key: Node,
    pub(crate) fields: Box<[Box<str>]>,
    pub(crate) shape: Shape,
    /// True if it is asked whether the last field is there, rather than for its value.
    pub(crate) is_presence: bool,
    /// Where the key stands in a slot: the slot that holds the same value, if there is one.
    pub(crate) slot: Option<u32>,
}

/// `decide`: a decision table and what it is given.
#[derive(Debug)]
pub(crate) struct Decide {
    pub(crate) table: Arc<DecisionTable>,
    pub(crate) inputs: Inputs,
}

#[derive(Debug)]
pub(crate) enum Inputs {
    /// In the order of the table's.
    InOrder(Box<[Node]>),
    /// A map that is made, or found, when it is asked.
    Map(Node),
}

/// `all`, `exists`, `exists_one`, `map` and `filter`.
#[derive(Debug)]
pub(crate) struct Loop {
    pub(crate) kind: LoopKind,
    pub(crate) range: Node,
    /// Of `map` and `filter`: which items are taken.
    pub(crate) filter: Option<Node>,
    pub(crate) body: Node,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoopKind {
    All,
    Exists,
    ExistsOne,
    Collect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Comparison {
    pub(crate) fn of(operator: &str) -> Option<Comparison> {
        Some(match operator {
            "_==_" => Comparison::Equal,
            "_!=_" => Comparison::NotEqual,
            "_<_" => Comparison::Less,
            "_<=_" => Comparison::LessEqual,
            "_>_" => Comparison::Greater,
            "_>=_" => Comparison::GreaterEqual,
            _ => return None,
        })
    }

    /// What is said of `b, a` by what is said of `a, b`.
    pub(crate) fn flipped(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::LessEqual => Comparison::GreaterEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterEqual => Comparison::LessEqual,
            same => same,
        }
    }

    /// Whether an order is what is asked for.
    #[inline]
    pub(crate) fn admits(self, order: Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterEqual => order.is_ge(),
        }
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::LessEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterEqual => ">=",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Arithmetic {
    pub(crate) fn of(operator: &str) -> Option<Arithmetic> {
        Some(match operator {
            "_+_" => Arithmetic::Add,
            "_-_" => Arithmetic::Subtract,
            "_*_" => Arithmetic::Multiply,
            "_/_" => Arithmetic::Divide,
            "_%_" => Arithmetic::Modulo,
            _ => return None,
        })
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Divide => "/",
            Arithmetic::Modulo => "%",
        }
    }
}

/// A list of constants that is looked into: texts and whole numbers in order, the rest as they stand.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) texts: Box<[Arc<str>]>,
    pub(crate) whole: Box<[i64]>,
    pub(crate) others: Box<[Value<'static>]>,
}

impl Set {
    /// The set of a list of constants that are no lists or maps.
    pub(crate) fn of(list: &Value<'static>) -> Option<Set> {
        let Value::List(List::Made(items)) = list else { return None };
        let (mut texts, mut whole, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for item in items.iter() {
            match item {
                Value::List(_) | Value::Map(_) => return None,
                Value::Text(Text::Made(text)) => texts.push(Arc::clone(text)),
                Value::Text(Text::Borrowed(text)) => texts.push(Arc::from(*text)),
                Value::Int(number) => whole.push(*number),
                other => others.push(other.clone()),
            }
        }
        texts.sort();
        texts.dedup();
        whole.sort_unstable();
        whole.dedup();
        Some(Set { texts: texts.into(), whole: whole.into(), others: others.into() })
    }

    /// All of them, in no order that means anything.
    pub(crate) fn items(&self) -> impl Iterator<Item = Value<'static>> {
        let texts = self.texts.iter().map(|text| Value::Text(Text::Made(Arc::clone(text))));
        texts.chain(self.whole.iter().copied().map(Value::Int)).chain(self.others.iter().cloned())
    }
}

impl Node {
    pub(crate) fn constant(&self) -> Option<&Value<'static>> {
        match self {
            Node::Constant(value) => Some(value),
            _ => None,
        }
    }
}
