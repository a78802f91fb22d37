use crate::fixture::{World, compile_template, names};

#[test]
fn texts_are_made_of_values() {
    let world = World::new();
    for (template, expected) in [
        ("no expression", "no expression"),
        ("", ""),
        ("Call {{ who.first_name }} about {{ event.data.amount }}", "Call Ada about 20"),
        ("{{who.tier}}{{who.tier}}", "goldgold"),
        ("due {{ event.data.due }}", "due 2026-03-01T11:00:00Z"),
        ("{{ event.data.note }}", "say \"hi\""),
        ("{{ event.data.items.map(i, i.sku) }}", "[\"a\",\"b\"]"),
        ("{{ event.data.items[0] }}", "{\"count\":2,\"price\":1.5,\"sku\":\"a\"}"),
        ("{{ event.data.amount + 0.25 }} {{ 1 == 1 }} {{ null }}", "20.25 true null"),
        ("{{ '}}' + who.tier }}", "}}gold"),
        ("{{ {'a': {'b': 'x'}}.a.b }} }} { {", "x }} { {"),
        ("{{ who.sentiment < 0.0 ? 'apologetic' : 'warm' }}", "apologetic"),
        ("ä{{ 'ö' }}ü", "äöü"),
    ] {
        let (template, layout) = compile_template(template, &world.names)
            .unwrap_or_else(|faults| panic!("{template}: {faults:?}"));
        let rendered = template.render(&world.scope(&layout));
        assert_eq!((rendered.text.as_str(), rendered.errors), (expected, vec![]), "{}", template.source());
    }
}

#[test]
fn a_part_that_errs_stays_empty_and_is_reported() {
    let world = World::new();
    let (template, layout) =
        compile_template("Call {{ who.phone }} of {{ who.first_name }}", &world.names).unwrap();
    let rendered = template.render(&world.scope(&layout));
    assert_eq!(rendered.text, "Call  of Ada");
    assert_eq!(rendered.errors, ["`who.phone`: there is no `phone`"]);
}

#[test]
fn faults_stand_in_the_whole_text() {
    for (text, expected) in [
        ("ä {{ who.teir }} and {{ event.dat }}", &["unknown-field@teir", "unknown-field@dat"][..]),
        ("{{ who.tier", &["syntax@{{"]),
        ("{{ who.tier } }", &["syntax@{{"]),
        ("a {{ }} b", &["syntax@ "]),
        ("{{ 1 + }}", &["syntax@"]),
        ("{{ who.tier }} {{ x }} {{", &["unknown-name@x", "syntax@{{"]),
    ] {
        let faults = compile_template(text, &names()).err().unwrap_or_default();
        let found: Vec<String> =
            faults.iter().map(|fault| format!("{}@{}", fault.code, &text[fault.start..fault.end])).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn what_may_leave_is_what_can_be_seen_in_the_text() {
    let text = "{{ who.sentiment < 0.0 ? 'sorry' : 'hello' }} {{ who.first_name }} {{ accounts[who.main_account].balance }}";
    let (template, _) = compile_template(text, &names()).unwrap();
    assert_eq!(template.paths(), [vec!["accounts", "[]", "balance"], vec!["who", "first_name"]]);
    assert_eq!(template.reads().len(), 4);
}
