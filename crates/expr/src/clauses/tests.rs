use super::*;
use crate::Layout;
use crate::fixture::{World, compile};

#[test]
fn clauses_are_what_and_and_or_join_at_the_top_each_with_what_it_came_to() {
    let world = World::new();
    for (source, expected) in [
        ("true", "true=true"),
        (
            "who.tier == 'gold' && event.data.amount > 30.0",
            "who.tier == 'gold'=true | event.data.amount > 30.0=false",
        ),
        (
            "  (who.tier == 'a' || who.sentiment < 0.0) && !(1 == 2 && true)&&has(who.phone)",
            "who.tier == 'a'=false | who.sentiment < 0.0=true | !(1 == 2 && true)=true | has(who.phone)=false",
        ),
        ("((who.phone == '1') || (true))", "(who.phone == '1')=there is no `phone` | (true)=true"),
        ("true || dyn(who.tier)", "true=true | dyn(who.tier)=the value is no bool but string"),
        (
            "event.data.items.exists(i, i.count > 1 && i.price > 1.0)",
            "event.data.items.exists(i, i.count > 1 && i.price > 1.0)=true",
        ),
        ("who.tier == 'a && b' && true", "who.tier == 'a && b'=false | true=true"),
        ("!(!(true && false))", "!(!(true && false))=false"),
        ("!!(true && false)", "true=true | false=false"),
        ("true ? true && false : true", "true ? true && false : true=false"),
        ("'é' == 'é' && 'ö' == 'o'", "'é' == 'é'=true | 'ö' == 'o'=false"),
    ] {
        let (expression, layout) = compile(source, &world.names).unwrap();
        let explained = expression.explain(&world.scope(&layout));
        assert_eq!(explained.len(), expression.clauses().len());
        let told = explained.into_iter().map(|(range, truth)| match truth {
            Ok(truth) => format!("{}={truth}", &source[range]),
            Err(error) => format!("{}={error}", &source[range]),
        });
        assert_eq!(told.collect::<Vec<_>>().join(" | "), expected, "{source}");
    }
}

/// The normal form of a source, as it may be read; `-` where there is none.
fn form(source: &str) -> String {
    let (expression, layout) = compile(source, &World::new().names).unwrap();
    let conjunctions: Option<Vec<String>> =
        expression.normal_form().map(|form| form.iter().map(|atoms| conjunction(atoms, &layout)).collect());
    conjunctions.map_or("-".to_owned(), |found| found.join(" or "))
}

fn conjunction(atoms: &[Atom], layout: &Layout) -> String {
    let atom = |atom: &Atom| {
        let name = layout.name(atom.slot);
        let bound = |bound: &Option<Bound>| {
            bound
                .as_ref()
                .map_or(String::new(), |b| format!("{:?}{}", b.constant, if b.inclusive { "=" } else { "" }))
        };
        match &atom.test {
            IndexTest::OneOf(of) => format!("{name} in {of:?}"),
            IndexTest::NoneOf(of) => format!("{name} not in {of:?}"),
            IndexTest::Range { low, high } => format!("{} < {name} < {}", bound(low), bound(high)),
        }
    };
    atoms.iter().map(atom).collect::<Vec<_>>().join(" and ")
}

#[test]
fn the_normal_form_is_what_must_hold_of_single_facts() {
    for (source, expected) in [
        ("who.tier == 'gold'", "who.tier in [Text(\"gold\")]"),
        ("'gold' != who.tier", "who.tier not in [Text(\"gold\")]"),
        (
            "event.data.amount >= 5.0 && event.data.days_late < 3",
            "Double(5.0)= < event.data.amount <  and  < event.data.days_late < Int(3)",
        ),
        ("5.0 < event.data.amount", "Double(5.0) < event.data.amount < "),
        ("!(event.data.days_late < 3)", "Int(3)= < event.data.days_late < "),
        ("who.tier in ['b', 'a', 'b']", "who.tier in [Text(\"a\"), Text(\"b\")]"),
        ("!(who.tier in ['a'])", "who.tier not in [Text(\"a\")]"),
        (
            "has(who.phone) && !has(who.tier)",
            "has(who.phone) not in [Bool(false)] and has(who.tier) not in [Bool(true)]",
        ),
        ("accounts.A1.open", "accounts.A1.open not in [Bool(false)]"),
        // What is no test of a single fact is left out of a conjunction, and leaves a disjunction open.
        ("who.tier == who.phone && who.tier == 'a'", "who.tier in [Text(\"a\")]"),
        ("who.tier == who.phone || who.tier == 'a'", "-"),
        ("who.tier.startsWith('ab')", "Text(\"ab\")= < who.tier < Text(\"ac\")"),
        ("who.tier.startsWith('')", "Text(\"\")= < who.tier < "),
        ("who.tier.startsWith('a\\U0010ffff')", "Text(\"a\\u{10ffff}\")= < who.tier < Text(\"b\")"),
        ("!who.tier.startsWith('ab')", "-"),
        ("who.tier.endsWith('a')", "-"),
        ("event.data.items.exists(i, i.count > 1)", "-"),
        ("true", "-"),
        (
            "(who.tier == 'a' || who.tier == 'b') && (event.data.days_late == 1 || has(who.phone))",
            "who.tier in [Text(\"a\")] and event.data.days_late in [Int(1)] or who.tier in [Text(\"a\")] and has(who.phone) not in [Bool(false)] \
             or who.tier in [Text(\"b\")] and event.data.days_late in [Int(1)] or who.tier in [Text(\"b\")] and has(who.phone) not in [Bool(false)]",
        ),
        (
            "!(who.tier == 'a' || who.tier == 'b')",
            "who.tier not in [Text(\"a\")] and who.tier not in [Text(\"b\")]",
        ),
        (
            "!(who.tier == 'a' && who.tier == 'b')",
            "who.tier not in [Text(\"a\")] or who.tier not in [Text(\"b\")]",
        ),
        ("who.sentiment < 0.0 / 0.0", "-"),
        ("action.id == 'call'", "-"),
    ] {
        assert_eq!(form(source), expected, "{source}");
    }
}

#[test]
fn a_normal_form_stays_small() {
    let either = |n: usize| format!("(who.tier == '{n}' || who.first_name == '{n}')");
    let all = (0..9).map(either).collect::<Vec<_>>().join(" && ");
    let (expression, _) = compile(&all, &World::new().names).unwrap();
    assert_eq!(expression.normal_form().unwrap().len(), CONJUNCTIONS_MAX);
    let any = (0..20).map(|n| format!("who.tier == '{n}'")).collect::<Vec<_>>().join(" || ");
    assert_eq!(form(&any), "-");
}
