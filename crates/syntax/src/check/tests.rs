//! Sources with marks around what is at fault, and what is said of it: of kinds in `kinds`, of the functions of the
//! router in `past`, of what conditions demand in `demands`; here of shapes and of cost.

mod demands;
mod elsewhere;
mod kinds;
mod past;

use super::*;
use crate::fixture::names;
use crate::parse;

pub(super) fn learn(source: &str) -> Learnt {
    let (tree, info) = parse::parse(source).unwrap_or_else(|fault| panic!("{source}: {fault:?}"));
    check(&tree, &names(), &Places::new(source, info))
}

/// The faults of a source, as `code: message [hint]`, with marks around their places.
fn marked(source: &str) -> (String, Vec<String>) {
    let faults = learn(source).faults;
    let mut text = source.to_owned();
    for fault in faults.iter().rev() {
        text.insert(fault.end, '»');
        text.insert(fault.start, '«');
    }
    let line = |fault: Fault| {
        let hint = fault.hint.map(|hint| format!(" [{hint}]")).unwrap_or_default();
        format!("{}: {}{hint}", fault.code, fault.message)
    };
    (text, faults.into_iter().map(line).collect())
}

/// Each source has one fault, where its marks are.
pub(super) fn one_fault_each(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        let (text, faults) = marked(&source.replace(['«', '»'], ""));
        assert_eq!((text.as_str(), faults), (*source, vec![(*expected).to_owned()]));
    }
}

pub(super) fn no_faults(sources: &[&str]) {
    for source in sources {
        assert_eq!(marked(source).1, Vec::<String>::new(), "{source}");
    }
}

#[test]
fn the_shape_of_a_result_is_known_as_far_as_the_schemas_go() {
    let texts = || Shape::List(Box::new(Shape::Text));
    for (source, expected) in [
        ("event.data.amount + 1.0", Shape::Double),
        ("event.data.days_late * 2", Shape::Int),
        ("event.data.free + 2", Shape::Int),
        ("event.data.free + event.data.free", Shape::Any),
        ("event.data.free + duration('1h')", Shape::Any),
        ("now - event.data.due", Shape::Duration),
        ("now - duration('1h')", Shape::Timestamp),
        ("duration('1h') + now", Shape::Timestamp),
        ("who.tier + 'x'", Shape::Text),
        ("-who.sentiment", Shape::Double),
        ("!(who.tier == 'gold')", Shape::Bool),
        ("true ? 1 : 2", Shape::Int),
        ("true ? 1 : 2.0", Shape::Any),
        ("true ? who.tier : null", Shape::Text),
        ("[1, 2]", Shape::List(Box::new(Shape::Int))),
        ("[1, 2.0][0]", Shape::Any),
        ("['a'] + [who.tier]", texts()),
        ("{'a': 1, 'b': 2}[who.tier]", Shape::Int),
        ("{'a': 0.5}.a", Shape::Double),
        ("{1: 'a'}[1]", Shape::Text),
        ("{1: {2: 'a'}}[1]", Shape::Any),
        ("accounts[who.main_account].balance", Shape::Double),
        ("accounts.A1.open", Shape::Bool),
        ("who.scores['call']", Shape::Double),
        ("event.data.items.map(i, i.sku)", texts()),
        ("event.data.items.filter(i, i.price > 1.0)[0].price", Shape::Double),
        ("event.data.items.map(i, i.count > 1, i.price * 2.0)[0]", Shape::Double),
        ("event.data.items.exists_one(i, i.price > 1.0)", Shape::Bool),
        ("accounts.map(k, k)", texts()),
        ("{1: 'a', 2: 'b'}.map(k, k + 1)", Shape::List(Box::new(Shape::Int))),
        ("type(1)", Shape::Type),
        ("int", Shape::Type),
        ("dyn(1)", Shape::Any),
        ("uint(1)", Shape::UInt),
        ("b'a'", Shape::Bytes),
        ("size(who.tier)", Shape::Int),
        ("now.getHours()", Shape::Int),
        ("string(now)", Shape::Text),
        ("count('payment.failed')", Shape::Int),
        ("distinct('page.viewed', 'data.product', '1h')", Shape::Int),
        ("sum('payment.failed', 'data.amount', '1h')", Shape::Double),
        ("sum('payment.settled', 'data.amount')", Shape::Int),
        ("sum(['payment.settled', 'payment.failed'], 'data.amount')", Shape::Double),
        ("avg('payment.settled', 'data.amount')", Shape::Double),
        ("max('payment.settled', 'data.amount')", Shape::Int),
        ("min('payment.failed', 'data.due')", Shape::Timestamp),
        ("last('payment.failed').data.amount", Shape::Double),
        ("last('payment.failed').time", Shape::Timestamp),
        ("since('payment.failed')", Shape::Duration),
        ("age('accounts', 'A1')", Shape::Duration),
        ("age(accounts, who.main_account)", Shape::Duration),
        ("released('call', '7d')", Shape::Int),
        ("outcomes('call', 'declined', '7d')", Shape::Int),
        ("decide('tone-by-mood', {'mood': 'bad', 'tier': who.tier}).tone", Shape::Text),
    ] {
        let learnt = learn(source);
        assert_eq!((learnt.shape, learnt.faults), (expected, Vec::new()), "{source}");
    }
}

#[test]
fn a_document_wants_a_condition_a_number_or_a_text() {
    for (wanted, source, expected) in [
        (Wanted::Bool, "who.tier == 'gold'", None),
        (Wanted::Bool, "event.data.free", None),
        (Wanted::Number, "event.data.days_late", None),
        (Wanted::Number, "2u", None),
        (Wanted::Text, "who.tier", None),
        (Wanted::Timestamp, "now", None),
        (Wanted::Any, "[1]", None),
        (
            Wanted::Bool,
            " who.sentiment ",
            Some(
                "who.sentiment: a condition is true or false; this is a number (double) [compare it, as in `who.sentiment > 0`]",
            ),
        ),
        (
            Wanted::Number,
            "who.tier == 'a'",
            Some(
                "who.tier == 'a': a number is wanted here; this is a truth value (bool) [write `who.tier == 'a' ? 1.0 : 0.0`]",
            ),
        ),
        (
            Wanted::Text,
            "1",
            Some("1: a text is wanted here; this is a whole number (int) [write `string(1)`]"),
        ),
        (Wanted::Timestamp, "now - now", Some("now - now: a moment is a timestamp; this is a duration")),
        (
            Wanted::Timestamp,
            "who.tier",
            Some("who.tier: a moment is a timestamp; this is a text [write `timestamp(who.tier)`]"),
        ),
        (Wanted::Span, "now - now", None),
        (Wanted::Span, "who.tier == 'gold' ? '0s' : '3h'", None),
        (
            Wanted::Span,
            "now",
            Some("now: a duration, or the text of one, is wanted here; this is a timestamp"),
        ),
    ] {
        let fault = wanted.fault(&learn(source).shape, source).map(|fault| {
            let hint = fault.hint.map(|hint| format!(" [{hint}]")).unwrap_or_default();
            format!("{}: {}{hint}", &source[fault.start..fault.end], fault.message)
        });
        assert_eq!(fault.as_deref(), expected, "{source}");
    }
}

#[test]
fn at_a_moment_there_is_no_event_to_name_or_to_agree_with() {
    let mut at_a_moment = names();
    for root in ["event", "cause"] {
        let _ = at_a_moment.roots.insert(root.to_owned(), Shape::Null);
    }
    let faults = |source: &str| {
        let (tree, info) = parse::parse(source).unwrap();
        check(&tree, &at_a_moment, &Places::new(source, info)).faults
    };
    let source = "cause.data.amount > event.data.amount || count('payment.failed', 'journey') > 1";
    let found = faults(source);
    let found: Vec<_> = found.iter().map(|fault| (fault.code, &source[fault.start..fault.end])).collect();
    assert_eq!(found, [("unknown-field", "data"), ("unknown-field", "data"), ("bad-call", "'journey'")]);
    assert_eq!(faults("event == null && count('payment.failed', '24h') > 1"), []);
}

#[test]
fn an_expression_that_may_cost_too_much_is_refused_at_its_loop() {
    let message = "too-costly: this loop may take too many steps: lists may be as long as the limits let them \
        [loop over one list only, or let the source say in its event what the loop works out]";
    one_fault_each(&[
        ("event.data.items.exists(i, «event.data.items.exists(j, i.sku == j.sku)»)", message),
        ("event.data.items.exists(i, i.sku in «accounts.map(k, k)»)", message),
        ("accounts.exists(k, «event.data.items.exists(j, j.sku == k)») && true", message),
    ]);
    no_faults(&[
        "event.data.items.exists(i, ['a', 'b', 'c'].exists(j, i.sku.startsWith(j)))",
        "['a', 'b'].exists(j, event.data.items.exists(i, i.sku == j))",
        "event.data.free.lists.exists(l, l.exists(i, i.x == l[0].x))",
        "accounts.exists(k, accounts[k].open && weather[k].days.exists(d, d.rain))",
        "event.data.items.map(i, i.sku).filter(s, s != '').size() > 2",
        "event.data.items.exists(i, i.sku in event.data.free.skus)",
    ]);
}

#[test]
fn names_without_types_let_pass_what_never_goes_together() {
    let source = "1 == 'a' || who.tier + 1 > 2 || whoo || f(1) || who.teir == 'a' || count('x', 5) > 1";
    let (tree, info) = parse::parse(source).unwrap();
    let untyped = Names { untyped: true, ..names() };
    let faults = check(&tree, &untyped, &Places::new(source, info)).faults;
    assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["bad-call"]);
}
