//! The peers of GoRules.

use futures_executor::block_on;
use serde_json::json;
use zen_engine::Decision;
use zen_engine::model::GraphContent;
use zen_expression::variable::Variable;
use zen_expression::vm::VM;

use crate::harness::Case;
use crate::tables::{Asked, INPUTS, OUTPUTS, Row};

/// A condition, compiled, with its variables and its machine made before.
pub fn condition(name: String, source: &str, variables: serde_json::Value, truth: bool) -> Case<'static> {
    let expression = zen_expression::compile_expression(source).expect("zen reads the condition");
    let variables = Variable::from(variables);
    let mut machine = VM::new();
    let found = expression.evaluate_with(variables.shallow_clone(), &mut machine).expect("it has a value");
    assert!(matches!(found, Variable::Bool(found) if found == truth), "zen: {source}: {found:?}");
    Case::new(name, 1, move || {
        let found = expression.evaluate_with(variables.shallow_clone(), &mut machine);
        u64::from(matches!(found, Ok(Variable::Bool(true))))
    })
}

/// A decision table, compiled, with its variables made before. What it gives is held against `found`, the offers of all
/// rows that are hit.
pub fn table(name: &str, hit: &str, rows: &[Row], asked: &[Asked], found: &[Vec<u64>]) -> Case<'static> {
    let column = |(at, name): (usize, &&str), letter: &str| json!({"id": format!("{letter}{at}"), "name": name, "field": name});
    let inputs: Vec<_> = INPUTS.iter().enumerate().map(|column_at| column(column_at, "i")).collect();
    let outputs: Vec<_> = OUTPUTS.iter().enumerate().map(|column_at| column(column_at, "o")).collect();
    let quoted = |text: &str| format!("\"{text}\"");
    let rules: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            json!({
                "_id": format!("r{at}"),
                "i0": row.amount.map(|(low, high)| format!("[{low}..{high})")).unwrap_or_default(),
                "i1": row.countries.iter().map(|country| quoted(country)).collect::<Vec<_>>().join(", "),
                "i2": row.segment.map(quoted).unwrap_or_default(),
                "i3": row.channel.map(quoted).unwrap_or_default(),
                "i4": row.score.map(|least| format!(">= 0.{least:02}")).unwrap_or_default(),
                "o0": quoted(row.tone), "o1": row.offer.to_string(), "o2": row.urgent.to_string(),
            })
        })
        .collect();
    let content: GraphContent = serde_json::from_value(json!({
        "nodes": [
            {"id": "in", "name": "request", "type": "inputNode", "content": {}},
            {"id": "dt", "name": "table", "type": "decisionTableNode", "content": {
                "hitPolicy": hit, "inputs": inputs, "outputs": outputs, "rules": rules, "passThrough": false}},
            {"id": "out", "name": "out", "type": "outputNode", "content": {}}
        ],
        "edges": [
            {"id": "e1", "sourceId": "in", "targetId": "dt"}, {"id": "e2", "sourceId": "dt", "targetId": "out"}
        ]
    }))
    .expect("zen reads the table");
    let mut decision = Decision::from(content);
    decision.compile();
    let variables: Vec<Variable> = asked
        .iter()
        .map(|asked| {
            Variable::from(json!({"amount": asked.amount, "country": asked.country, "segment": asked.segment,
                "channel": asked.channel, "score": asked.score}))
        })
        .collect();
    for (variables, found) in variables.iter().zip(found) {
        let given = block_on(decision.evaluate(variables.shallow_clone())).expect("zen decides").result;
        let given = given.to_value();
        let offer = |row: &serde_json::Value| row["offer"].as_f64().expect("an offer") as u64;
        let (given, wanted): (Vec<u64>, &[u64]) = match &given {
            serde_json::Value::Array(rows) => (rows.iter().map(offer).collect(), found),
            serde_json::Value::Object(row) if row.is_empty() => (Vec::new(), &[]),
            row if row.is_null() => (Vec::new(), &[]),
            row => (vec![offer(row)], &found[..1]),
        };
        assert_eq!(given, wanted, "zen hits the same rows");
    }
    let asked = variables.len();
    Case::new(name, asked, move || {
        variables
            .iter()
            .map(|variables| u64::from(block_on(decision.evaluate(variables.shallow_clone())).is_ok()))
            .sum()
    })
}
