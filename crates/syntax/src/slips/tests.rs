//! Sources with marks around what is no CEL, and what is said of it.

use crate::fault::Fault;
use crate::parse;

/// The faults of a source, as `message [hint]`, with marks around their places.
fn marked(source: &str) -> (String, Vec<String>) {
    let faults = parse::parse(source).map(|_| ()).err().unwrap_or_default();
    let mut text = source.to_owned();
    for fault in faults.iter().rev() {
        text.insert(fault.end, '⟧');
        text.insert(fault.start, '⟦');
    }
    let line = |fault: Fault| {
        assert_eq!(fault.code, "syntax", "{source}");
        format!("{}{}", fault.message, fault.hint.map(|hint| format!(" [{hint}]")).unwrap_or_default())
    };
    (text, faults.into_iter().map(line).collect())
}

fn check(cases: &[(&str, &[&str])]) {
    let mut failed = Vec::new();
    for (source, expected) in cases {
        let (text, faults) = marked(&source.replace(['⟦', '⟧'], ""));
        if (text.as_str(), &faults[..])
            != (*source, &expected.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()[..])
        {
            failed.push(format!("{source}\n  found {text}\n  {faults:#?}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn words_of_other_languages_are_told_with_the_operator_that_they_mean() {
    check(&[
        ("who.tier == 'a' ⟦AND⟧ x > 1", &["unexpected `AND` [did you mean `&&`?]"]),
        ("who.tier == 'a' ⟦or⟧ x > 1", &["unexpected `or` [did you mean `||`?]"]),
        (
            "a ⟦And⟧ ⟦NOT⟧ b ⟦OR⟧ c",
            &[
                "unexpected `And` [did you mean `&&`?]",
                "unexpected `NOT` [write `!( .. )` around what must not hold]",
                "unexpected `OR` [did you mean `||`?]",
            ],
        ),
        ("⟦not⟧ who.open", &["unexpected `not` [write `!( .. )` around what must not hold]"]),
        ("a.b ⟦is⟧ 'gold'", &["unexpected `is` [did you mean `==`?]"]),
        ("a.b ⟦IS NOT⟧ 'gold'", &["unexpected `IS NOT` [did you mean `!=`?]"]),
        (
            "a.b ⟦is None⟧ && c",
            &["unexpected `is None` [write `a.b == null`, or `!has(a.b)` where it may be missing]"],
        ),
        (
            "a.b ⟦is not null⟧",
            &["unexpected `is not null` [write `a.b != null`, or `has(a.b)` where it may be missing]"],
        ),
        ("who.tier ⟦not in⟧ ['a', 'b']", &["unexpected `not in` [write `!(who.tier in ['a', 'b'])`]"]),
        ("who.tier ⟦IN⟧ ['a', 'b']", &["unexpected `IN` [did you mean `in`?]"]),
        ("f(x)[0].a ⟦contains⟧ 'b'", &["unexpected `contains` [write `f(x)[0].a.contains('b')`]"]),
        ("a ⟦startswith⟧ 'b' && c", &["unexpected `startswith` [write `a.startsWith('b')`]"]),
        (
            "a.b ⟦LIKE⟧ 'g%'",
            &[
                "unexpected `LIKE` [write `a.b.startsWith('..')`, `a.b.contains('..')` or `a.b.matches('..')`]",
            ],
        ),
        ("a.b ⟦between⟧ 1 and -c.d && e", &["unexpected `between` [write `a.b >= 1 && a.b <= -c.d`]"]),
        ("a ⟦gte⟧ 1", &["unexpected `gte` [did you mean `>=`?]"]),
        ("⟦if⟧ a > 1 then b else c", &["unexpected `if` [write `condition ? a : b`]"]),
        ("b ⟦if⟧ a else c", &["unexpected `if` [write `condition ? a : b`]"]),
        ("⟦if⟧ (a) b", &["unexpected `if` [write `condition ? a : b`]"]),
        (
            "[x ⟦for⟧ x in y]",
            &["unexpected `for` [write `list.exists(x, ..)`, `list.filter(x, ..)` or `list.map(x, ..)`]"],
        ),
        ("⟦return⟧ a == 1", &["unexpected `return` [remove it: an expression stands alone]"]),
    ]);
}

#[test]
fn signs_of_other_languages_are_told_with_the_operator_that_they_mean() {
    check(&[
        ("a ⟦<>⟧ 1", &["unexpected `<>` [did you mean `!=`?]"]),
        (
            "a ⟦=⟧ 1 && b ⟦=⟧ 2",
            &["unexpected `=` [did you mean `==`?]", "unexpected `=` [did you mean `==`?]"],
        ),
        ("a ⟦===⟧ 1", &["unexpected `===` [did you mean `==`?]"]),
        ("a ⟦!==⟧ 1", &["unexpected `!==` [did you mean `!=`?]"]),
        ("a ⟦=<⟧ 1", &["unexpected `=<` [did you mean `<=`?]"]),
        ("a ⟦=>⟧ 1", &["unexpected `=>` [did you mean `>=`?]"]),
        ("a ⟦> =⟧ 1", &["unexpected `> =` [did you mean `>=`?]"]),
        ("a.exists(x ⟦=>⟧ x > 1)", &["unexpected `=>` [write a comma after the name: `x, ..`]"]),
        ("a ⟦&⟧ b ⟦|⟧ c", &["unexpected `&` [did you mean `&&`?]", "unexpected `|` [did you mean `||`?]"]),
        ("a ⟦≥⟧ 1", &["unexpected `≥` [did you mean `>=`?]"]),
        ("a ⟦–⟧ 1", &["unexpected `–` [did you mean `-`?]"]),
        ("a⟦->⟧b", &["unexpected `->` [did you mean `.`?]"]),
        ("a⟦..⟧b", &["unexpected `..` [did you mean `.`?]"]),
        (
            "a⟦?.⟧b == 1",
            &["unexpected `?.` [write `a.`, and ask first with `has(..)` where it may be missing]"],
        ),
        ("a.b ⟦??⟧ 'x'", &["unexpected `??` [write `has(a.b) ? a.b : 'x'`]"]),
        ("a.b ⟦=~⟧ 'x.*'", &["unexpected `=~` [write `a.b.matches('x.*')`]"]),
        ("a.b ⟦!~⟧ 'x.*'", &["unexpected `!~` [write `!a.b.matches('x.*')`]"]),
        ("a ⟦+=⟧ 1", &["unexpected `+=` [an expression changes nothing: write `x + y`]"]),
        ("a ⟦**⟧ 2", &["unexpected `**` [multiply, as in `x * x`]"]),
        ("a == 1⟦;⟧", &["unexpected `;` [remove it: an expression ends without it]"]),
        ("a == 1 ⟦#⟧ why", &["unexpected `#` [a comment begins with `//`]"]),
        (
            "⟦/*⟧ why */ a == 1",
            &["unexpected `/*` [a comment begins with `//` and goes on to the end of the line]"],
        ),
        ("a > 10⟦%⟧", &["unexpected `%` [write a share as a number: `0.1` for 10 %]"]),
        ("a > ⟦€⟧10", &["unexpected `€` [write the number alone, without its currency]"]),
        ("a > ⟦$⟧10", &["unexpected `$` [write the number alone, without its currency]"]),
        ("⟦$⟧{a} == 1", &["unexpected `$` [remove `${` and `}`: an expression stands here already]"]),
        (
            "⟦{{⟧ a == 1 }}",
            &["unexpected `{{` [remove the `{{ }}` within: an expression stands here already]"],
        ),
        ("a == ⟦“⟧is gold”", &["unexpected `“` [write `'` or `\"` around a text, no typographic quotes]"]),
        ("a ==⟦\u{a0}⟧'b'", &["a blank that is no ordinary one: U+00A0 [write a space instead of it]"]),
        ("a ⟦?⟧ b", &["`?` without `:` [write `condition ? a : b`]"]),
        ("a ⟦? :⟧ b", &["`? :` without a value between [write `condition ? a : b`]"]),
        ("⟦&&⟧ a", &["unexpected `&&` [write what it goes with before it, or remove it]"]),
        ("a && ⟦||⟧ b", &["unexpected `||` [write what it goes with before it, or remove it]"]),
        ("a⟦.⟧ == 1", &["unexpected `.` [write the name of a field after it, or remove it]"]),
        ("f(a ⟦?⟧ b) && c", &["`?` without `:` [write `condition ? a : b`]"]),
        ("a in ⟦('b', 'c', 'd')⟧", &["a list stands in square brackets [write `['b', 'c', 'd']`]"]),
        ("a⟦,⟧ b", &["unexpected `,` [join conditions with `&&` or `||`]"]),
        ("a⟦)⟧", &["unexpected `)` [remove it, or open the bracket that it closes]"]),
    ]);
}

#[test]
fn numbers_and_texts_are_told_how_they_are_written() {
    check(&[
        ("count('x', ⟦24h⟧) > 2", &["`24h` is no number: a length of time is a text [write `'24h'`]"]),
        (
            "now - duration(⟦1h30m⟧) > a",
            &["`1h30m` is no number: a length of time is a text [write `'1h30m'`]"],
        ),
        ("now - ⟦7d⟧ > a", &["`7d` is no number: a length of time is a text [write `duration('7d')`]"]),
        ("a > ⟦1_000.0⟧", &["unexpected `1_000.0` [write `1000.0`]"]),
        ("a > 1⟦,⟧000.0", &["unexpected `,` [write `1000.0`, without a comma]"]),
        ("a > ⟦5.⟧", &["unexpected `5.` [write `5.0`]"]),
        ("'a' ⟦'b'⟧", &["unexpected `'b'` [put an operator before it, such as `&&` or `==`]"]),
        (
            "a == '⟦\\d⟧'",
            &["`\\d` is no escape of CEL [write `\\\\d`, or `r` before the text, as in `r'\\d'`]"],
        ),
        ("a == 'b⟦\\ud800⟧c'", &["`\\ud800` is no character [write the character itself]"]),
        ("a == '⟦\\u00zz⟧'", &["`\\u00zz` is no character [write the character itself]"]),
        ("a == \"⟦\\x4⟧\"", &["`\\x4` is no character [write the character itself]"]),
    ]);
}

#[test]
fn what_is_cel_is_no_slip_though_something_else_is_wrong() {
    // Each ends too early, which is all that may be said of it.
    for source in [
        "a ? b : c == 1 &&",
        "a ?.5 : 1.0 +",
        "{'a': {'b': 1}, 'c': [1, 2, 3]}.a.b == 0x1F && 10u > 1.5e-3 && f(a, b) &&",
        "a.and.or.is.like && a.`not in` == r'\\d' && b'\\xff' == '\\u00e9\\'\\101' &&",
        "-a - -b && !c && !!d % 2 && // why # not; = <>\n",
        "a[0].f(1)[x] && 'it is <> = and' in b && has(a.b) &&",
        "[a ? [b] : {c: d}][0] &&",
    ] {
        let (_, faults) = marked(source);
        assert_eq!(faults, ["the expression ends too early"], "{source}");
    }
}
