//! Operands and arguments that never go together.

use super::{no_faults, one_fault_each};

#[test]
fn arithmetic_goes_with_what_it_has_a_meaning_for() {
    one_fault_each(&[
        (
            "who.tier + «event.data.amount»",
            "wrong-type: `event.data.amount` is a number (double) and `who.tier` a text: `+` does not go with them \
             [write `string(event.data.amount)`]",
        ),
        (
            "event.data.amount * «2»",
            "wrong-type: `2` is a whole number (int) and `event.data.amount` a number (double): `*` does not go with them \
             [write `2.0` instead of `2`]",
        ),
        (
            "«2» * (event.data.amount - 1.0)",
            "wrong-type: `2` is a whole number (int) and `event.data.amount - 1.0` a number (double): `*` does not go with them \
             [write `2.0` instead of `2`]",
        ),
        (
            "«event.data.days_late» / event.data.amount > 1.0",
            "wrong-type: `event.data.days_late` is a whole number (int) and `event.data.amount` a number (double): `/` does not go with them \
             [write `double(event.data.days_late)`]",
        ),
        (
            "now - «3»",
            "wrong-type: `3` is a whole number (int) and `now` a timestamp: `-` does not go with them \
             [a length of time is a duration: `duration('72h')`]",
        ),
        (
            "now - «'3d'» < now",
            "wrong-type: `'3d'` is a text: `-` does not go with it [write `duration('3d')`]",
        ),
        (
            "now + «event.data.due»",
            "wrong-type: `event.data.due` is a timestamp and `now` a timestamp: `+` does not go with them \
             [add a duration: `duration('72h')`]",
        ),
        ("«now» * 2", "wrong-type: `now` is a timestamp: `*` does not go with it"),
        ("«1.5» % 2.0", "wrong-type: `1.5` is a number (double): `%` does not go with it [write `int(1.5)`]"),
        (
            "2u + «1»",
            "wrong-type: `1` is a whole number (int) and `2u` a whole number (uint): `+` does not go with them \
             [write `1u` instead of `1`]",
        ),
        ("-«who.tier» == 'a'", "wrong-type: `-` turns the sign of a number; `who.tier` is a text"),
        ("[1] + «2»", "wrong-type: `2` is a whole number (int) and `[1]` a list: `+` does not go with them"),
        ("who.tier + «null»", "wrong-type: `null` is null: `+` does not go with it"),
        // An empty list takes nothing from what is known of the others.
        (
            "-(«[[], ['a']][0][0]»)",
            "wrong-type: `-` turns the sign of a number; `[[], ['a']][0][0]` is a text",
        ),
    ]);
    no_faults(&[
        "event.data.free + 1 + event.data.free.x",
        "now - event.data.due > duration('3d')",
        "1u + 2u * 3u % 4u == 5u",
        "b'a' + b'b' == b'ab'",
        "duration('1h') + duration('2h') < now - event.data.due",
        "[1] + ['a'] == []",
        "[][0] + 1 == 2 && [].all(item, item.price > 1.0) && -([[], [1]][1][0]) < 0",
        "'a' + string(1)",
        "-1.5 + -event.data.amount",
    ]);
}

#[test]
fn comparisons_are_of_what_can_be_equal_or_has_an_order() {
    one_fault_each(&[
        (
            "who.tier > «event.data.amount»",
            "wrong-type: `event.data.amount` is a number (double) and `who.tier` a text: neither is before the other \
             [write `string(event.data.amount)`]",
        ),
        (
            "event.data.amount >= «'100'»",
            "wrong-type: `'100'` is a text and `event.data.amount` a number (double): neither is before the other \
             [without quotes: `100`]",
        ),
        (
            "«'100'» == event.data.amount",
            "wrong-type: `'100'` is a text and `event.data.amount` a number (double): they are never equal \
             [without quotes: `100`]",
        ),
        (
            "event.data.amount == «who.tier»",
            "wrong-type: `who.tier` is a text and `event.data.amount` a number (double): they are never equal \
             [read the text as a number: `double(who.tier)`]",
        ),
        (
            "who.tier != «1»",
            "wrong-type: `1` is a whole number (int) and `who.tier` a text: they are never equal \
             [a text stands in quotes: `'1'`]",
        ),
        (
            "accounts['A1'].open == «'true'»",
            "wrong-type: `'true'` is a text and `accounts['A1'].open` a truth value (bool): they are never equal \
             [without quotes: `true`]",
        ),
        (
            "event.data.due < «'2026-03-02T10:00:00Z'»",
            "wrong-type: `'2026-03-02T10:00:00Z'` is a text and `event.data.due` a timestamp: neither is before the other \
             [write `timestamp('2026-03-02T10:00:00Z')`]",
        ),
        (
            "event.data.due > «duration('3d')»",
            "wrong-type: `duration('3d')` is a duration and `event.data.due` a timestamp: neither is before the other \
             [the time since then is `now - x`, a duration]",
        ),
        (
            "now - event.data.due > «3»",
            "wrong-type: `3` is a whole number (int) and `now - event.data.due` a duration: neither is before the other \
             [a length of time is a duration: `duration('72h')`]",
        ),
        (
            "(now - event.data.due) > «'3d'»",
            "wrong-type: `'3d'` is a text and `now - event.data.due` a duration: neither is before the other \
             [write `duration('3d')`]",
        ),
        ("who < «1»", "wrong-type: `1` is a whole number (int) and `who` a map: neither is before the other"),
        (
            "who.tier == «['gold']»",
            "wrong-type: `['gold']` is a list and `who.tier` a text: they are never equal",
        ),
        (
            "null < «1»",
            "wrong-type: `1` is a whole number (int) and `null` null: neither is before the other",
        ),
    ]);
    no_faults(&[
        "event.data.amount == 1 && event.data.days_late <= 1.5 && 2u > 1",
        "who.tier == null && null != event.data.items && action.group == null",
        "event.data.free > 1 && event.data.free == 'a' && event.data.free < now",
        "type(event.data.free) == int && type(now) == google.protobuf.Timestamp",
        "true > false && b'a' < b'b' && duration('1h') < duration('1d') && [1] == ['a']",
        "(true ? 1 : 2.0) + 1 == 2 && [1, 2.0][0] + 1 == 2",
        "dyn(1) == '1'",
    ]);
}

#[test]
fn in_looks_for_what_may_be_there() {
    one_fault_each(&[
        (
            "who.tier in ['gold', «1»]",
            "wrong-type: `1` is a whole number (int) and `who.tier` a text: they are never equal \
             [a text stands in quotes: `'1'`]",
        ),
        (
            "«event.data.amount» in event.data.items.map(i, i.sku)",
            "wrong-type: `event.data.amount` is a number (double), an item of `event.data.items.map(i, i.sku)` a text: it is never in it",
        ),
        (
            "«1» in accounts",
            "wrong-type: `1` is a whole number (int), a key of `accounts` a text: it is never in it",
        ),
        (
            "'o' in «who.tier»",
            "wrong-type: `in` looks into a list or a map; `who.tier` is a text [write `who.tier.contains('o')`]",
        ),
        ("accounts[«1»].open", "wrong-type: a key here is a text; `1` is a whole number (int)"),
        (
            "event.data.items[«'a'»].sku == ''",
            "wrong-type: an item of a list is picked by its number; `'a'` is a text",
        ),
        ("«event.data.amount»[0]", "wrong-type: `event.data.amount` is a number (double) and has no items"),
        ("{1: 'a'}[«'b'»]", "wrong-type: a key here is a whole number (int); `'b'` is a text"),
        (
            "{«1.5»: 'a'}",
            "wrong-type: a key is a text, a whole number or a truth value; `1.5` is a number (double)",
        ),
        ("«who.tier».exists(t, t == 'a')", "wrong-type: `who.tier` is a text and has no items to go through"),
    ]);
    no_faults(&[
        "1.0 in [1, 2u] && who.tier in ['a', null] && 1 in {1: 'a'} && 'a' in {'a': 1}",
        "[{1: 'a'}].exists(m, 1 in m) || 7 in {} || has({'a': 1}.b) || 'a' in [1, 'a']",
        "event.data.items[0].sku in accounts && event.data.free in accounts",
        "event.data.items[event.data.days_late].count == 1",
        "{1: 'a'}[1.0] + 'b' == 'ab'",
    ]);
}

#[test]
fn a_condition_is_true_or_false() {
    one_fault_each(&[
        (
            "«who.tier» && true",
            "wrong-type: a condition is true or false; `who.tier` is a text [compare it, as in `who.tier == 'x'`]",
        ),
        (
            "true || (event.data.amount > 1.0 && «event.data.days_late»)",
            "wrong-type: a condition is true or false; `event.data.days_late` is a whole number (int) \
             [compare it, as in `event.data.days_late > 0`]",
        ),
        (
            "!«event.data.items»",
            "wrong-type: a condition is true or false; `event.data.items` is a list [ask for its size, as in `size(event.data.items) > 0`]",
        ),
        ("«now» ? 1 : 2", "wrong-type: a condition is true or false; `now` is a timestamp"),
        (
            "event.data.items.exists(i, «i.price»)",
            "wrong-type: a condition is true or false; `i.price` is a number (double) [compare it, as in `i.price > 0`]",
        ),
        (
            "event.data.items.filter(i, «i.sku + 'a'») == []",
            "wrong-type: a condition is true or false; `i.sku + 'a'` is a text [compare it, as in `(i.sku + 'a') == 'x'`]",
        ),
        (
            "event.data.items.map(i, «i.count», i) == []",
            "wrong-type: a condition is true or false; `i.count` is a whole number (int) [compare it, as in `i.count > 0`]",
        ),
    ]);
    no_faults(&["event.data.free && !event.data.free", "accounts['A1'].open || event.data.free"]);
}

#[test]
fn functions_take_what_they_have_a_meaning_for() {
    one_fault_each(&[
        (
            "size(«event.data.amount») > 1",
            "wrong-type: `size` takes a text, bytes, a list or a map; `event.data.amount` is a number (double)",
        ),
        (
            "«event.data.amount».startsWith('1')",
            "wrong-type: `startsWith` goes with a text; `event.data.amount` is a number (double) \
             [write `string(event.data.amount)`]",
        ),
        (
            "who.tier.contains(«1»)",
            "wrong-type: `contains` takes a text; `1` is a whole number (int) [write `string(1)`]",
        ),
        (
            "«who.tier».getHours() == 1",
            "wrong-type: `getHours` goes with a timestamp or a duration; `who.tier` is a text [write `timestamp(who.tier)`]",
        ),
        (
            "now.getHours(«1»)",
            "wrong-type: `getHours` takes a text; `1` is a whole number (int) [write `string(1)`]",
        ),
        ("(«now - now»).getDate()", "wrong-type: `getDate` goes with a timestamp; `now - now` is a duration"),
        (
            "int(«event.data.items»)",
            "wrong-type: `int` takes a number, a text or a timestamp; `event.data.items` is a list",
        ),
        ("duration(«3»)", "wrong-type: `duration` takes a text or a duration; `3` is a whole number (int)"),
        (
            "who.tier.matches(«who.first_name»)",
            "bad-call: the pattern of `matches` is a text that stands here as it is \
             [it is made ready when the bundle is read, so no event can make it slow]",
        ),
        ("now.«getHours»('UTC', 1)", "bad-call: `getHours` does not take 2 arguments"),
        (
            "event.data.items.«price» > 1",
            "unknown-field: a list has no field `price` [pick an item, as in `x[0].name`, or ask `x.exists(i, i.name == 'y')`]",
        ),
        (
            "now.«hour» > 1",
            "unknown-field: a timestamp has no field `hour` [ask as in `x.getHours('Europe/Paris')`]",
        ),
    ]);
    no_faults(&[
        "size(event.data.free) + size('a') + [1].size() + size(b'a') + size(accounts) > 0",
        "now.getHours('Europe/Paris') + (now - now).getHours() + event.data.free.getDate() > 0",
        "int('1') + int(1.5) + int(now) + int(2u) == 1 && uint('1') == 1u && double(1) == double('1')",
        "bool('true') && string(b'a') + string(now) + string(duration('1h')) != '' && bytes('a') == b'a'",
        "who.tier.matches('^g' + 'o') && matches(who.tier, 'a') && event.data.free.matches('b')",
        "timestamp(0) < now && timestamp('2026-03-02T10:00:00Z') < now && duration('1d') > duration(now - now)",
    ]);
}

#[test]
fn every_fault_is_found_at_once_and_one_mistake_is_told_once() {
    let (marked, faults) =
        super::marked("(who.tier + 1) * 2 > 'x' && event.data.amuont + 1 == 'a' && size(1) == 1");
    assert_eq!(
        (marked.as_str(), faults.len()),
        ("(who.tier + «1») * 2 > «'x'» && event.data.«amuont» + 1 == «'a'» && size(«1») == 1", 5)
    );
}
