//! The functions of the router: what they are given must stand there as it is, and must exist.

use super::{learn, no_faults, one_fault_each};

#[test]
fn what_asks_the_past_names_types_paths_and_windows_that_there_are() {
    one_fault_each(&[
        (
            "count(«'payment.faild'») > 1",
            "unknown-name: no source declares the type `payment.faild` [did you mean `payment.failed`?]",
        ),
        ("count(['payment.failed', «'x'»], '24h') > 1", "unknown-name: no source declares the type `x`"),
        (
            "count(«who.tier») > 1",
            "bad-call: a type of event, or a list of types, stands here as it is, in quotes \
             [what must be remembered is known when the bundle is read]",
        ),
        (
            "count('payment.failed', «'24'») > 1",
            "bad-duration: `24` is no duration [write a number and a unit, as in `90s`, `15m`, `24h`, `7d`, `2w`]",
        ),
        (
            "count('payment.failed', «'0s'») > 1",
            "bad-duration: `0s` is no duration [write a number and a unit, as in `90s`, `15m`, `24h`, `7d`, `2w`]",
        ),
        (
            "count('payment.failed', «who.tier», 'journey') > 1",
            "bad-call: a window stands here as it is, in quotes [what must be remembered is known when the bundle is read]",
        ),
        (
            "count('payment.failed', «'journey'», '24h') > 1",
            "bad-call: the window comes before the paths that must agree [write `count(type[, window][, same])`]",
        ),
        (
            "«count»() > 1",
            "bad-call: `count` does not take 0 arguments [write `count(type[, window][, same])`]",
        ),
        (
            "sum('payment.failed', 'data.«amuont»') > 1.0",
            "unknown-field: the schema of `payment.failed` has no field `data.amuont` [did you mean `amount`?]",
        ),
        (
            "sum('payment.failed', «'amount'») > 1.0",
            "bad-path: `amount` is no path of an event [it begins with `data`, as in `data.amount`, or is `journey`]",
        ),
        (
            "sum('payment.failed', «'data.account_id'») > 1",
            "wrong-type: `sum` is of numbers; `'data.account_id'` is a text",
        ),
        (
            "max('payment.failed', «'journey'») > 1",
            "wrong-type: `max` is of numbers or timestamps; `'journey'` is a text",
        ),
        (
            "distinct('page.viewed', 'data.product', «'data.product'») > 1",
            "bad-duration: `data.product` is no duration [write a number and a unit, as in `90s`, `15m`, `24h`, `7d`, `2w`]",
        ),
        (
            "count('payment.failed', '24h', ['data.account_id', 'data.«acount_id»']) > 1",
            "unknown-field: the schema of `payment.failed` has no field `data.acount_id` [did you mean `account_id`?]",
        ),
        (
            "count('page.viewed', 'data.«product»') > 1",
            "unknown-field: the schema of `this event` has no field `data.product`",
        ),
        (
            "count('page.viewed', «'data.account_id'») > 1",
            "wrong-type: `data.account_id` is a whole number (int) there and a text in this event: they never agree",
        ),
    ]);
    no_faults(&[
        "count(['payment.failed', 'payment.settled'], '1h30m', 'data.account_id') > 1",
        "count('payment.failed', ['data.account_id', 'journey']) > 1 && released('call', 'journey') == 0",
        "avg('payment.failed', 'data.amount', '7d', 'journey') > 1.0",
        "last('payment.failed') == null || last('payment.failed', 'data.account_id').data.amount > 1.0",
    ]);
}

#[test]
fn what_the_past_gives_is_checked_like_any_other_value() {
    one_fault_each(&[
        (
            "last('payment.failed').data.«amuont» > 1.0",
            "unknown-field: no schema has a field `amuont` here [did you mean `amount`?]",
        ),
        (
            "since('payment.failed') > «3»",
            "wrong-type: `3` is a whole number (int) and `since('payment.failed')` a duration: neither is before the other \
             [a length of time is a duration: `duration('72h')`]",
        ),
        ("released(«'cal'», '7d') > 1", "unknown-name: there is no action `cal` [did you mean `call`?]"),
        (
            "outcomes('call', «'decline'») > 1",
            "unknown-name: there is no outcome `decline` [did you mean `declined`?]",
        ),
        (
            "age(«'acounts'», 'A1') > duration('1h')",
            "unknown-name: there is no table `acounts` [did you mean `accounts`?]",
        ),
        (
            "age(accounts, «1») > duration('1h')",
            "wrong-type: the key of a row is a text; `1` is a whole number (int) [write `string(1)`]",
        ),
        (
            "«coutn»('payment.failed') > 1",
            "unknown-function: unknown function `coutn` [did you mean `count`?]",
        ),
    ]);
}

#[test]
fn decision_tables_are_given_the_inputs_that_they_have() {
    one_fault_each(&[
        (
            "decide(«'tone-by-mod'», {}).tone",
            "unknown-name: there is no decision table `tone-by-mod` [did you mean `tone-by-mood`?]",
        ),
        (
            "decide('tone-by-mood', {'mood': 'a', «'tir'»: 'b', 'tier': 'c'}).tone",
            "unknown-name: the decision table `tone-by-mood` has no input `tir` [did you mean `tier`?]",
        ),
        (
            "decide('tone-by-mood', «{'mood': 'a'}»).tone",
            "bad-call: the decision table `tone-by-mood` is not given its input `tier`",
        ),
        (
            "decide('tone-by-mood', «1»).tone",
            "wrong-type: the inputs are a map, such as `{'tier': who.tier}`; `1` is a whole number (int)",
        ),
        (
            "decide('tone-by-mood', {'mood': 'a', 'tier': 'b'}).«ton»",
            "unknown-field: no schema has a field `ton` here [did you mean `tone`?]",
        ),
    ]);
    no_faults(&["decide('tone-by-mood', event.data.free).tone == 'warm'"]);
}

#[test]
fn distances_are_between_what_has_a_place() {
    one_fault_each(&[
        (
            "distance_km(«who», event.data.free) > 1",
            "wrong-type: `who` has no `lat`, which `distance_km` needs",
        ),
        (
            "speed_kmh({'lat': 1.0, 'lon': 1.0, 'time': now}, «{'lat': 1.0, 'lon': 1.0}») > 1.0",
            "wrong-type: `{'lat': 1.0, 'lon': 1.0}` has no `time`, which `speed_kmh` needs",
        ),
        (
            "distance_km({'lat': 1.0, 'lon': 1.0}, «1») > 1.0",
            "wrong-type: `distance_km` is of maps with lat, lon; `1` is a whole number (int)",
        ),
    ]);
}

#[test]
fn figures_flow_and_counts_do_not() {
    for (source, reads, flows) in [
        ("count('payment.failed', '24h', 'data.account_id')", "event.data.account_id", ""),
        ("sum('payment.failed', 'data.amount')", "event.data.amount", "event.data.amount"),
        ("max('payment.failed', 'data.amount', '1h') > 1.0", "event.data.amount", ""),
        ("distinct('page.viewed', 'data.product', '1h')", "event.data.product", ""),
        ("last('payment.failed').data.amount", "event.data.amount", "event.data.amount"),
        ("last('payment.failed')", "event", "event"),
        ("last('payment.failed') == null", "", ""),
        ("since('payment.failed')", "", ""),
        ("age(accounts, who.main_account)", "accounts.[] who.main_account", ""),
        ("decide('tone-by-mood', {'mood': 'bad', 'tier': who.tier}).tone", "who.tier", ""),
    ] {
        let learnt = learn(source);
        let text = |paths: &std::collections::BTreeSet<Vec<String>>| {
            paths.iter().map(|path| path.join(".")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((text(&learnt.reads).as_str(), text(&learnt.flows).as_str()), (reads, flows), "{source}");
    }
}
