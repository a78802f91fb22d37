//! Sources changed as the grammar allows: a part that stands for a value makes room for another one, an operator for
//! another operator. So most of them are read, checked and evaluated, where those changed without regard end early.

use crate::mutate::{OF_SOURCES, Random, part_end, tokens as cut};

/// What stands between two values.
const OPERATORS: [&str; 14] = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"];
/// Longer sources are refused as they are.
const BYTES_MAX: usize = 1500;
/// What is called with something in its brackets that is no value of its own: a variable, a field, a pattern.
const NAMING: [&str; 7] = ["all", "exists", "exists_one", "existsOne", "map", "filter", "has"];

/// Changes one of the corpus in one place or two.
pub(crate) fn grown(corpus: &[Vec<String>], random: &mut Random) -> String {
    let mut made = random.of(corpus).clone();
    for _ in 0..1 + random.below(2) {
        let before = made.clone();
        change(&mut made, corpus, random);
        if made.iter().map(String::len).sum::<usize>() > BYTES_MAX {
            made = before;
        }
    }
    made.concat()
}

fn change(made: &mut Vec<String>, corpus: &[Vec<String>], random: &mut Random) {
    if random.below(4) == 0 {
        let places: Vec<usize> = (0..made.len()).filter(|at| is_operator(made, *at)).collect();
        if !places.is_empty() {
            made[*random.of(&places)] = (*random.of(&OPERATORS)).to_owned();
            return;
        }
    }
    let places = operands(made);
    if places.is_empty() {
        return;
    }
    let (start, end) = *random.of(&places);
    let part = made[start..end].concat();
    let by = match random.below(8) {
        0..=2 => random.of(OF_SOURCES.around).replace('#', &part),
        3 => {
            let times = *random.of(&[2, 3, 20]);
            format!("[{}]", vec![part; times].join(", "))
        }
        4 => {
            let times = *random.of(&[2, 3, 12]);
            format!("({})", vec![part; times].join(*random.of(&[" && ", " || ", " + ", " == "])))
        }
        5 => {
            let values = OF_SOURCES.edges.iter().filter(|edge| is_begin(edge));
            (*random.of(&values.collect::<Vec<_>>())).to_string()
        }
        _ => {
            let other = random.of(corpus);
            match operands(other) {
                places if places.is_empty() => return,
                places => {
                    let (start, end) = *random.of(&places);
                    format!("({})", other[start..end].concat())
                }
            }
        }
    };
    let _ = made.splice(start..end, cut(&by));
}

/// An operator between two values: not a sign before one.
fn is_operator(tokens: &[String], at: usize) -> bool {
    let before = tokens[..at].iter().rev().find(|token| !token.trim().is_empty());
    OPERATORS.contains(&tokens[at].as_str())
        && before
            .is_some_and(|token| !OPERATORS.contains(&token.as_str()) && !"([{,?:!".contains(token.as_str()))
}

/// The parts that stand for a value, each with its first token and that past its last.
fn operands(tokens: &[String]) -> Vec<(usize, usize)> {
    let is_value = |at: usize| {
        let before = at.checked_sub(1).map(|before| tokens[before].as_str());
        let called = at.checked_sub(2).map(|called| tokens[called].as_str());
        let is_named = before == Some("(") && called.is_some_and(|called| NAMING.contains(&called));
        let is_pattern = before == Some("(") && called == Some("matches");
        is_begin(&tokens[at]) && before != Some(".") && !is_named && !is_pattern && !is_joined(tokens, at)
    };
    (0..tokens.len()).filter(|at| is_value(*at)).map(|at| (at, operand_end(tokens, at))).collect()
}

fn is_begin(token: &str) -> bool {
    token != "in" && token.starts_with(|c: char| c.is_alphanumeric() || "_'\"([{".contains(c))
}

/// True if the token goes on with what stands before it: the brackets of a call or an index, a text with a prefix.
fn is_joined(tokens: &[String], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| tokens[before].as_str()) else { return false };
    let ends_value =
        before != "in" && before.ends_with(|c: char| c.is_alphanumeric() || "_'\")]}`".contains(c));
    ends_value && tokens[at].starts_with(['(', '[', '{', '\'', '"'])
}

/// Where the value ends that begins with a token: with the last call, index or field that goes on with it.
fn operand_end(tokens: &[String], start: usize) -> usize {
    let mut end = part_end(tokens, start);
    while end < tokens.len() {
        if tokens[end] == "." {
            end = (end + 2).min(tokens.len());
        } else if is_joined(tokens, end) {
            end = part_end(tokens, end);
        } else {
            break;
        }
    }
    end
}
