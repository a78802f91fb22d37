//! Names, functions and habits of other languages: where the fault is, and what to write instead.

use super::{no_faults, one_fault_each};

#[test]
fn names_of_other_languages_are_told_with_what_is_meant() {
    one_fault_each(&[
        ("who.tier != '' && «True»", "unknown-name: unknown name `True` [did you mean `true`?]"),
        ("«FALSE» || who.tier == ''", "unknown-name: unknown name `FALSE` [did you mean `false`?]"),
        ("who.tier == «None»", "unknown-name: unknown name `None` [did you mean `null`?]"),
        ("who.tier != «NULL»", "unknown-name: unknown name `NULL` [did you mean `null`?]"),
        ("who.tier == «nil»", "unknown-name: unknown name `nil` [did you mean `null`?]"),
        ("«NOW» > event.data.due", "unknown-name: unknown name `NOW` [did you mean `now`?]"),
        ("«data».amount > 1.0", "unknown-name: unknown name `data` [did you mean `event.data`?]"),
        ("«customer».tier == 'a'", "unknown-name: unknown name `customer` [did you mean `who`?]"),
        ("«amount» > 1.0", "unknown-name: unknown name `amount` [did you mean `event.data.amount`?]"),
        ("«first_name» == 'x'", "unknown-name: unknown name `first_name` [did you mean `who.first_name`?]"),
        ("who.tier == «gold»", "unknown-name: unknown name `gold` [a text stands in quotes: `'gold'`]"),
        (
            "who.tier in ['a', «gold»]",
            "unknown-name: unknown name `gold` [a text stands in quotes: `'gold'`]",
        ),
        ("event.data.amount > «gold»", "unknown-name: unknown name `gold`"),
        (
            "event.«amount» > 1.0",
            "unknown-field: no schema has a field `amount` here [did you mean `event.data.amount`?]",
        ),
        (
            "event.data.«subject» == 'x'",
            "unknown-field: no schema has a field `subject` here [did you mean `event.subject`?]",
        ),
        ("who.tier.«length» > 2", "unknown-field: a text has no field `length` [write `size(who.tier)`]"),
        (
            "event.data.items.«length» > 2",
            "unknown-field: a list has no field `length` [write `size(event.data.items)`]",
        ),
    ]);
}

#[test]
fn functions_of_other_languages_are_told_with_what_is_meant() {
    one_fault_each(&[
        ("«len»(who.tier) > 2", "unknown-function: unknown function `len` [write `size(who.tier)`]"),
        ("who.tier.«length»() > 2", "unknown-function: unknown function `length` [write `size(who.tier)`]"),
        (
            "event.data.items.«count»() > 2",
            "unknown-function: unknown function `count` [write `size(event.data.items)`]",
        ),
        ("«NOT»(who.tier == 'a')", "unknown-function: unknown function `NOT` [write `!(who.tier == 'a')`]"),
        ("«is_null»(who.tier)", "unknown-function: unknown function `is_null` [write `!has(who.tier)`]"),
        ("«exists»(who.tier)", "unknown-function: unknown function `exists` [write `has(who.tier)`]"),
        (
            "«coalesce»(who.tier, 'x') == 'x'",
            "unknown-function: unknown function `coalesce` [write `has(who.tier) ? who.tier : 'x'`]",
        ),
        (
            "«str»(event.data.amount) == 'x'",
            "unknown-function: unknown function `str` [write `string(event.data.amount)`]",
        ),
        (
            "«now»() > event.data.due",
            "unknown-function: unknown function `now` [`now` is a name: write it without brackets]",
        ),
        (
            "who.tier.«toLowerCase»() == 'gold'",
            "unknown-function: unknown function `toLowerCase` \
             [to compare small and capital letters alike, write `who.tier.matches('(?i)^text$')`]",
        ),
        (
            "who.tier.«includes»('go')",
            "unknown-function: unknown function `includes` [write `who.tier.contains('go')`]",
        ),
        (
            "«startswith»(who.tier, 'go')",
            "unknown-function: unknown function `startswith` [write `who.tier.startsWith('go')`]",
        ),
        (
            "«contains»(who.tier, 'go')",
            "unknown-function: unknown function `contains` [call it on a value: `x.contains(..)`]",
        ),
        (
            "«max»(event.data.amount, 2.0) > 1.0",
            "bad-call: `max` is of what was, and not of two values [write `event.data.amount > 2.0 ? event.data.amount : 2.0`]",
        ),
    ]);
    no_faults(&["who.tier.matches('(?i)^gold$')"]);
}

#[test]
fn comparisons_that_bind_otherwise_than_thought_are_told_with_brackets() {
    one_fault_each(&[
        (
            "«!who.tier» in ['gold']",
            "wrong-type: `!` is done first, and `who.tier` is a text [write `!(who.tier in ['gold'])`]",
        ),
        (
            "true && «!event.data.amount» > 3.0",
            "wrong-type: `!` is done first, and `event.data.amount` is a number (double) [write `!(event.data.amount > 3.0)`]",
        ),
        (
            "«1 < event.data.days_late <= 3»",
            "wrong-type: comparisons are not joined: the first gives true or false \
             [write `1 < event.data.days_late && event.data.days_late <= 3`]",
        ),
    ]);
    no_faults(&[
        "!accounts.A1.open == true",
        "!(who.tier in ['gold'])",
        "!event.data.free == event.data.free.x",
    ]);
}

#[test]
fn lengths_of_time_and_times_are_refused_with_their_limit() {
    let too_long = |text: &str| {
        format!(
            "bad-duration: `{text}` is longer than a duration can be, some 292 years [write at most `15250w`]"
        )
    };
    one_fault_each(&[
        ("duration(«'99999999w'») > duration('1d')", &too_long("99999999w")),
        ("count('payment.failed', «'99999999w'») > 1", &too_long("99999999w")),
        ("count('payment.failed', «'15251w'») > 1", &too_long("15251w")),
        (
            "now > timestamp(«'2026-03-02T10:00:00+25:00'»)",
            "bad-timestamp: the offset `+25:00` of `2026-03-02T10:00:00+25:00` is beyond a day [an offset is at most `+23:59`]",
        ),
        (
            "count('payment.failed', «24») > 2",
            "bad-call: a window is a length of time with its unit, in quotes [write `'24h'`, if hours are meant]",
        ),
        (
            "count('payment.failed', «duration('24h')») > 2",
            "bad-call: a window is a text, and no duration is made of it here [write `'24h'`]",
        ),
        (
            "count(«payment.failed», '24h') > 2",
            "bad-call: a type of event, or a list of types, stands here as it is, in quotes [write `'payment.failed'`]",
        ),
    ]);
    no_faults(&["duration('15250w') > duration('1d')", "now > timestamp('2026-03-02T10:00:00+23:59')"]);
}
