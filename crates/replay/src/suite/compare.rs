//! What is otherwise between the tasks that a test expects and those that came.
//!
//! Each expected task is first paired with the one that is most like it: the same action, then the same subject and
//! channel, then as many equal fields as can be. So a task too many shows as just that, and not as a difference in every
//! task after it. What is left of the expected is missing, what is left of the others was not expected; of the pairs,
//! each field is compared, and their order: tasks leave best first.

use segue_document::{Document, Kind, Value};

/// What is otherwise. Places are indices from 0 into the lists that were compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Which expected task is which of those that came, in the order of the expected.
    pub pairs: Vec<(usize, usize)>,
    /// The fields of pairs that differ.
    pub differences: Vec<Difference>,
    /// Expected tasks that did not come.
    pub missing: Vec<usize>,
    /// Tasks that came and were not expected.
    pub extra: Vec<usize>,
    /// True if the pairs came in another order.
    pub is_disordered: bool,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The expected task.
    pub expected_place: usize,
    /// The task that came.
    pub actual_place: usize,
    /// The names that lead to the field; a number is a place in a list, from 0.
    pub path: Vec<String>,
    /// What was expected, as JSON.
    pub expected: String,
    /// What is there, as JSON; `None`: nothing.
    pub actual: Option<String>,
}

impl Comparison {
    /// True if nothing is otherwise.
    pub fn is_empty(&self) -> bool {
        self.differences.is_empty() && self.missing.is_empty() && self.extra.is_empty() && !self.is_disordered
    }
}

impl Difference {
    /// The path as one text, such as `shared.who.first_name` or `how[1]`.
    pub fn path_text(&self) -> String {
        let mut text = String::new();
        for name in &self.path {
            if name.bytes().all(|byte| byte.is_ascii_digit()) {
                text.push_str(&format!("[{name}]"));
            } else {
                text.push_str(if text.is_empty() { "" } else { "." });
                text.push_str(name);
            }
        }
        text
    }
}

/// Compares expected tasks, each a part of one, with those that came.
pub fn compare(expected: &[Document], actual: &[Document]) -> Comparison {
    let pairs = pairs(expected, actual);
    let mut comparison =
        Comparison { is_disordered: !pairs.is_sorted_by_key(|pair| pair.1), ..Comparison::default() };
    for &(expected_place, actual_place) in &pairs {
        let mut path = Vec::new();
        differences(
            expected[expected_place].root(),
            actual[actual_place].root(),
            &mut path,
            &mut |path, a, b| {
                comparison.differences.push(Difference {
                    expected_place,
                    actual_place,
                    path: path.to_vec(),
                    expected: a.raw().to_owned(),
                    actual: b.map(|value| value.raw().to_owned()),
                });
            },
        );
    }
    comparison.missing =
        (0..expected.len()).filter(|place| pairs.iter().all(|pair| pair.0 != *place)).collect();
    comparison.extra = (0..actual.len()).filter(|place| pairs.iter().all(|pair| pair.1 != *place)).collect();
    comparison.pairs = pairs;
    comparison
}

/// Finds out which expected task is which, the surest pairs first.
fn pairs(expected: &[Document], actual: &[Document]) -> Vec<(usize, usize)> {
    let mut likely = Vec::new();
    for (a, wanted) in expected.iter().enumerate() {
        for (b, came) in actual.iter().enumerate() {
            likely.extend(likeness(wanted.root(), came.root()).map(|likeness| (likeness, a, b)));
        }
    }
    likely.sort_by_key(|&(likeness, a, b)| (std::cmp::Reverse(likeness), a.abs_diff(b), a, b));
    let (mut wanted_taken, mut came_taken) = (vec![false; expected.len()], vec![false; actual.len()]);
    let mut pairs = Vec::new();
    for (_, a, b) in likely {
        if !wanted_taken[a] && !came_taken[b] {
            (wanted_taken[a], came_taken[b]) = (true, true);
            pairs.push((a, b));
        }
    }
    pairs.sort_unstable();
    pairs
}

/// How much a task is like the expected one; `None` if it is another action.
fn likeness(expected: Value<'_>, actual: Value<'_>) -> Option<u32> {
    let mut likeness = 0;
    for (name, wanted) in expected.members() {
        let mut is_equal = true;
        let came = actual.get(name);
        match came {
            Some(came) => differences(wanted, came, &mut Vec::new(), &mut |_, _, _| is_equal = false),
            None => is_equal = false,
        }
        match (name, is_equal) {
            ("action", false) => return None,
            (_, false) => {}
            ("subject", true) => likeness += 1_000,
            ("channel", true) => likeness += 100,
            (_, true) => likeness += 1,
        }
    }
    Some(likeness)
}

/// Takes a field that differs: its path, what was expected, what is there.
type Tell<'t, 'd> = dyn FnMut(&[String], Value<'d>, Option<Value<'d>>) + 't;

/// Tells where `actual` does not hold what `expected` names. Members that are not named may be anything.
pub(super) fn differences<'d>(
    expected: Value<'d>,
    actual: Value<'d>,
    path: &mut Vec<String>,
    tell: &mut Tell<'_, 'd>,
) {
    match (expected.kind(), actual.kind()) {
        (Kind::Object, Kind::Object) => {
            for (name, expected) in expected.members() {
                path.push(name.to_owned());
                match actual.get(name) {
                    Some(actual) => differences(expected, actual, path, tell),
                    None => tell(path, expected, None),
                }
                let _ = path.pop();
            }
        }
        (Kind::Array, Kind::Array) if expected.len() == actual.len() => {
            for (place, (expected, actual)) in expected.items().zip(actual.items()).enumerate() {
                path.push(place.to_string());
                differences(expected, actual, path, tell);
                let _ = path.pop();
            }
        }
        _ if expected == actual => {}
        _ => tell(path, expected, Some(actual)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks(texts: &[&str]) -> Vec<Document> {
        texts.iter().map(|text| Document::parse_own(text).unwrap()).collect()
    }

    #[test]
    fn a_task_too_many_is_just_that_and_not_a_difference_in_each_after_it() {
        let expected = tasks(&[r#"{"action":"call","subject":"c1"}"#, r#"{"action":"mail"}"#]);
        let actual = tasks(&[
            r#"{"action":"link","subject":"c1"}"#,
            r#"{"action":"call","subject":"c1"}"#,
            r#"{"action":"mail","subject":"c1"}"#,
        ]);
        let found = compare(&expected, &actual);
        assert_eq!((found.pairs, found.extra, found.missing), (vec![(0, 1), (1, 2)], vec![0], vec![]));
        assert!(found.differences.is_empty() && !found.is_disordered);
    }

    #[test]
    fn another_order_is_told_from_other_tasks() {
        let expected = tasks(&[r#"{"action":"call"}"#, r#"{"action":"mail"}"#]);
        let found = compare(&expected, &tasks(&[r#"{"action":"mail"}"#, r#"{"action":"call"}"#]));
        assert!(found.is_disordered && found.missing.is_empty() && found.extra.is_empty());
        let other = compare(&expected, &tasks(&[r#"{"action":"text"}"#, r#"{"action":"mail"}"#]));
        assert_eq!((other.missing, other.extra, other.is_disordered), (vec![0], vec![0], false));
    }

    #[test]
    fn of_two_tasks_of_one_action_each_is_compared_with_the_one_that_is_most_like_it() {
        let expected = tasks(&[
            r#"{"action":"call","subject":"c2","tone":"warm"}"#,
            r#"{"action":"call","subject":"c1","tone":"warm"}"#,
        ]);
        let actual = tasks(&[
            r#"{"action":"call","subject":"c1","tone":"warm"}"#,
            r#"{"action":"call","subject":"c2","tone":"brief"}"#,
        ]);
        let found = compare(&expected, &actual);
        assert_eq!(found.pairs, [(0, 1), (1, 0)]);
        let paths: Vec<String> = found.differences.iter().map(Difference::path_text).collect();
        assert_eq!(paths, ["tone"]);
    }

    #[test]
    fn fields_are_compared_at_any_depth_and_those_not_named_may_be_anything() {
        let expected = tasks(&[r#"{"action":"call","priority":{"score":2},"how":["a","b"],"x":1,"l":[1]}"#]);
        let actual = tasks(&[
            r#"{"action":"call","priority":{"score":2.0,"rank":1},"how":["a","c"],"l":[1,2],"z":0}"#,
        ]);
        let found = compare(&expected, &actual);
        let told: Vec<_> =
            found.differences.iter().map(|one| (one.path_text(), one.actual.as_deref())).collect();
        assert_eq!(told, [("how[1]".into(), Some("\"c\"")), ("x".into(), None), ("l".into(), Some("[1,2]"))]);
    }
}
