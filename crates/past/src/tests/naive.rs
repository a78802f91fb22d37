//! What is remembered gives the same as looking at all events that ever were.

use proptest::prelude::*;

use super::*;

/// One event: kind, milliseconds since the one before, how late it is, what it says.
type Drawn = (bool, i64, i64, Option<u8>, Option<i32>);

const WINDOW: i64 = 1_000;

fn drawn() -> impl Strategy<Value = Drawn> {
    let late = prop_oneof![3 => Just(0i64), 1 => 0..1_500i64];
    (
        any::<bool>(),
        prop_oneof![0..300i64, Just(1_000)],
        late,
        proptest::option::of(0..3u8),
        proptest::option::of(-9..9i32),
    )
}

fn events(drawn: &[Drawn]) -> Vec<Event> {
    let mut now = 10_000;
    let mut events = Vec::new();
    for (n, (is_a, after, late, s, number)) in drawn.iter().enumerate() {
        now += after;
        let mut members = Vec::new();
        members.extend(s.map(|s| format!("\"s\": \"{s}\"")));
        members.extend(number.map(|number| format!("\"n\": {number}")));
        let data = format!("{{{}}}", members.join(", "));
        events.push(event(if *is_a { "a" } else { "b" }, &format!("e{n}"), now - late, now, &data));
    }
    events
}

/// The events that a call with these types, window and `same` looks at, once the last event is there.
fn counted<'e>(events: &'e [Event], types: &[&str], window: Option<i64>, same: bool) -> Vec<&'e Event> {
    let this = events.last().unwrap();
    let s = |event: &Event| event.data.root().get("s").map(|s| s.raw().to_owned());
    let is_within = |event: &Event| {
        window.is_none_or(|window| event.instant().0 > this.logged_at.0 - window)
            && types.contains(&event.kind.as_str())
            && (!same || (s(this).is_some() && s(event) == s(this)))
    };
    events.iter().filter(|event| is_within(event)).collect()
}

fn numbers(events: &[&Event]) -> Vec<i64> {
    events.iter().filter_map(|event| event.data.root().get("n")?.as_i64()).collect()
}

proptest! {
    #[test]
    fn what_is_remembered_gives_the_same_as_all_there_ever_was(drawn in prop::collection::vec(drawn(), 1..40)) {
        let events = events(&drawn);
        for (types, window, same) in [
            ("a", Some(WINDOW), false), ("a|b", Some(WINDOW), true), ("a", None, false), ("a|b", None, true),
            ("b", None, true), ("a|b", Some(2 * WINDOW), false),
        ] {
            let kinds: Vec<&str> = types.split('|').collect();
            let seen = counted(&events, &kinds, window, same);
            let text = window.map(|window| format!("{}s", window / 1_000));
            let rest: Vec<&str> = text.as_deref().into_iter().chain(same.then_some("data.s")).collect();
            let call = |name: &str, path: Option<&str>, rest: &[&str]| {
                let source: Vec<&str> = [name, types].into_iter().chain(path).chain(rest.iter().copied()).collect();
                compile(&source).unwrap()
            };
            let n = Some("data.n");
            let mut calls = vec![
                call("count", None, &rest), call("sum", n, &rest), call("min", n, &rest), call("max", n, &rest),
            ];
            let all = numbers(&seen);
            let shown = |number: Option<&i64>| number.map_or("NoSuchKey".to_owned(), i64::to_string);
            let mut expected = vec![
                seen.len().to_string(),
                all.iter().sum::<i64>().to_string(),
                shown(all.iter().min()),
                shown(all.iter().max()),
            ];
            if window.is_some() {
                calls.push(call("distinct", n, &rest));
                expected.push(all.iter().collect::<std::collections::BTreeSet<_>>().len().to_string());
            } else {
                calls.push(call("last", None, &rest));
                let this = events.last().unwrap();
                // Of one instant the one that the log has last, whatever its type.
                let before = seen.iter().filter(|event| event.id != this.id);
                let last = before.max_by_key(|event| event.instant());
                expected.push(last.map_or("null".to_owned(), |event| format!("{:?}", event.id)));
            }
            for ((call, found), expected) in calls.iter().zip(after(&events, &calls)).zip(expected) {
                prop_assert!(is_as_expected(&found, &expected), "{call:?}: {found} instead of {expected}");
            }
        }
    }
}
