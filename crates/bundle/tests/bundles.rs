//! Bundles as directories and as texts: what a good one compiles to, and how a directory is read.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use segue_bundle::bundle::{Envelope, Format, Into, SubjectPath, TestTime};
use segue_bundle::{Bundle, LoadError, Loaded, load, read};
use segue_decision_table::Hit;
use segue_model::{Span, Subject, Timestamp};
use segue_value::Value;

fn good() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good")
}

fn loaded() -> Bundle {
    let Loaded { bundle, warnings } = load(&good()).unwrap_or_else(|error| match error {
        LoadError::Findings(findings) => panic!("{}", findings[0]),
        error => panic!("{error}"),
    });
    assert_eq!(warnings, []);
    bundle
}

fn path(text: &str) -> Vec<String> {
    text.split('.').map(str::to_owned).collect()
}

#[test]
fn a_good_bundle_compiles_to_what_it_says() {
    let bundle = loaded();
    let billing = &bundle.sources["billing"];
    assert_eq!(billing.topics, ["billing.events"]);
    assert_eq!(billing.subject, Some(SubjectPath::Path(path("data.customer_id"))));
    assert!(!billing.ignore_undeclared && bundle.sources["shop"].ignore_undeclared);
    assert_eq!(billing.events["account.changed"].into, Some(Into::Table("accounts".into())));
    assert_eq!(billing.events["customer.changed"].into, Some(Into::Who));
    let envelope = Envelope {
        kind: path("event_name"),
        id: path("message_id"),
        time: Some(path("sent_at")),
        subject: Some(path("user.id")),
    };
    assert_eq!(bundle.sources["shop"].format, Format::Json(envelope));
    assert_eq!(bundle.sources["shop"].events["product.changed"].subject, Some(SubjectPath::Everyone));
    assert!(bundle.tables["accounts"].patch && bundle.tables["accounts"].of.as_deref() == Some("person"));
    assert!(bundle.tables["products"].is_of_everyone() && !bundle.tables["products"].patch);
    let watching = |kind| bundle.rules_by_type[kind].all().map(|rule| rule.id.as_str()).collect::<Vec<_>>();
    assert_eq!(watching("payment.failed"), ["interest", "payment-trouble"]);
    assert_eq!(watching("page.viewed"), ["interest"]);
    let call = &bundle.actions["call-about-payment"];
    assert_eq!((call.to.as_str(), call.how.len(), call.tone.is_some()), ("crm-service", 2, true));
    assert!(call.priority.propensity.is_none());
    assert_eq!(call.priority.lever.as_ref().map(|lever| lever.source()), Some("1.2"));
    let lanes = &bundle.destinations["crm-service"].lanes;
    assert_eq!(
        lanes.iter().map(|lane| lane.at_least).collect::<Vec<_>>(),
        [80.0, 1.5],
        "the highest bar first"
    );
    assert_eq!(bundle.destinations["crm-service"].share[3], ["accounts", "[]", "balance"]);
    assert!((0..bundle.layout.len() as u32).any(|slot| bundle.layout.name(slot) == "event.data.amount"));
}

#[test]
fn tests_keep_their_numbers_and_their_lines() {
    let bundle = loaded();
    let test = &bundle.tests[0];
    assert_eq!((test.file.as_str(), test.line), ("service/tests.yaml", 1));
    assert_eq!(
        test.given_who[&Subject::person("c1")],
        r#"{"tier":"gold","first_name":"Ada","sentiment":-0.50}"#
    );
    let at = Timestamp::parse("2026-03-02T10:00:00Z").unwrap();
    assert_eq!((test.steps[0].when, test.steps[0].line), (TestTime::At(at), 4));
    let event = test.steps[0].event.as_ref().unwrap();
    assert_eq!(event.data.as_deref(), Some(r#"{"amount":20.0,"account_id":"A1","customer_id":"c1"}"#));
    let task = r#"{"action":"call-about-payment","subject":"c1"}"#;
    assert_eq!(test.steps[0].expect.as_deref(), Some(&[task.to_owned()][..]));
    assert_eq!(test.steps[1].when, TestTime::After(Span(7_200_000)));
    assert_eq!(test.steps[1].expect.as_deref(), Some(&[][..]));
}

#[test]
fn what_is_no_directory_is_said_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let none = dir.path().join("none");
    let said = load(&none).unwrap_err().to_string();
    assert!(said.starts_with(&format!("there is no directory {}: give", none.display())), "{said}");
    let file = dir.path().join("s.yaml");
    fs::write(&file, SOURCE).unwrap();
    let said = load(&file).unwrap_err().to_string();
    assert!(
        said.contains("s.yaml is a file") && said.ends_with(&format!("{}", dir.path().display())),
        "{said}"
    );
    assert!(load(&file.join("below")).unwrap_err().to_string().starts_with("there is no directory"));
}

#[test]
fn what_is_named_nearly_like_documents_is_said_not_to_be_read() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["rules.yml", "team/more.YAML"] {
        fs::create_dir_all(dir.path().join("team")).unwrap();
        fs::write(dir.path().join(name), "rule: r\n").unwrap();
    }
    let found = codes(load(dir.path()).unwrap_err());
    assert_eq!(found.iter().map(|found| found.1).collect::<Vec<_>>(), ["not-read", "not-read"]);
    fs::write(dir.path().join("s.yaml"), SOURCE).unwrap();
    fs::write(dir.path().join("a.json"), "{}").unwrap();
    let warnings = load(dir.path()).unwrap().warnings;
    let hints: Vec<_> = warnings.iter().filter_map(|warning| warning.hint.as_deref()).collect();
    assert_eq!(hints, ["rename it to `rules.yaml`", "rename it to `more.yaml`"]);
}

fn codes(error: LoadError) -> Vec<(String, &'static str, usize, usize)> {
    match error {
        LoadError::Findings(findings) => {
            findings.into_iter().map(|f| (f.file, f.code, f.line, f.column)).collect()
        }
        error => panic!("{error}"),
    }
}

const SOURCE: &str = "source: s\ntopic: s\nevents: {a: {schema: a.json}}\n";

#[test]
fn a_directory_is_read_whole_but_for_what_is_hidden_or_built() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(load(dir.path()), Err(LoadError::Empty { .. })));
    for (name, text) in [
        ("z/deep/s.yaml", SOURCE),
        ("z/deep/a.json", "{}"),
        (".hidden/x.yaml", "nonsense: 1"),
        ("target/x.yaml", "nonsense: 1"),
        ("unused.json", "no schema at all"),
    ] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let Loaded { bundle: first, warnings } = load(dir.path()).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(first.sources.len(), 1);
    fs::write(dir.path().join("unused.json"), "changed").unwrap();
    assert_eq!(load(dir.path()).unwrap().bundle.digest, first.digest);
    fs::write(dir.path().join("z/deep/a.json"), "true").unwrap();
    assert_ne!(load(dir.path()).unwrap().bundle.digest, first.digest, "a schema is part of the bundle");
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_bundle_only() {
    use std::os::unix::fs::symlink;
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(other.path().join("x.yaml"), "nonsense: 1").unwrap();
    // As a mounted configuration has it: the files lie in a hidden directory, links lead there.
    fs::create_dir(dir.path().join("..data")).unwrap();
    fs::write(dir.path().join("..data/s.yaml"), SOURCE).unwrap();
    fs::write(dir.path().join("..data/a.json"), "{}").unwrap();
    symlink("..data/s.yaml", dir.path().join("s.yaml")).unwrap();
    symlink("..data/a.json", dir.path().join("a.json")).unwrap();
    symlink(dir.path(), dir.path().join("loop")).unwrap();
    symlink(other.path(), dir.path().join("away")).unwrap();
    assert_eq!(load(dir.path()).unwrap().bundle.sources.len(), 1);
    symlink(other.path().join("x.yaml"), dir.path().join("x.yaml")).unwrap();
    assert_eq!(codes(load(dir.path()).unwrap_err()), [("x.yaml".to_owned(), "outside", 1, 1)]);
}

#[test]
fn a_file_that_cannot_be_read_is_one_finding_beside_the_others() {
    use std::os::unix::fs::symlink;
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    // A pipe would be waited for without end; a link that leads nowhere is there and is not.
    assert!(std::process::Command::new("mkfifo").arg(path("pipe.yaml")).status().unwrap().success());
    symlink("nowhere.json", path("a.json")).unwrap();
    symlink("nowhere.csv", path("rows.csv")).unwrap();
    fs::write(path("s.yaml"), SOURCE).unwrap();
    let table = "decision-table: t\ninputs: [a]\noutputs: [b]\nrows: rows.csv\n---\npolicy: x\nunknown: 1\n";
    fs::write(path("t.yaml"), table).unwrap();
    let found = codes(load(directory.path()).unwrap_err());
    let found: Vec<_> = found.iter().map(|(file, code, line, _)| (file.as_str(), *code, *line)).collect();
    let unreadable = |file| (file, "unreadable", 1);
    assert_eq!(
        found,
        [
            unreadable("a.json"),
            unreadable("pipe.yaml"),
            unreadable("rows.csv"),
            ("t.yaml", "missing-key", 6),
            ("t.yaml", "unknown-key", 7),
        ]
    );
}

#[test]
fn what_is_wrong_inside_a_file_is_shown_there() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("s.yaml"), SOURCE).unwrap();
    fs::write(dir.path().join("a.json"), "{\"properties\": {\n  \"é\": {\"type\": \"txt\"}}}").unwrap();
    fs::write(dir.path().join("t.yaml"), b"about: x\n\xff").unwrap();
    assert_eq!(
        codes(load(dir.path()).unwrap_err()),
        [("a.json".to_owned(), "schema-invalid", 2, 17), ("t.yaml".to_owned(), "not-utf8", 2, 1),]
    );
}

#[test]
fn what_cannot_be_read_is_not_said_to_be_unknown() {
    let files = [
        ("a.yaml", "rule: r\non: a\npropose: [x]\nwhne: local.hour > 8\n"),
        ("b.yaml", "action: x\nto: [d\nwhat: text\n"),
    ];
    let findings = read(files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec()).unwrap_err();
    let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["unknown-key", "yaml-syntax"]);
}

#[test]
fn one_type_of_two_sources_may_have_two_schemas() {
    let files = [
        ("a.json", r#"{"properties": {"n": {"type": "integer"}, "a": {"type": "string"}}}"#),
        ("b.json", r#"{"properties": {"n": {"type": "number"}, "b": {"type": "string"}}}"#),
        ("s.yaml", SOURCE),
        ("t.yaml", "source: t\ntopic: t\nevents: {a: {schema: b.json}}\n"),
        (
            "r.yaml",
            "rule: r\non: a\nwhen: event.data.n > 1.0 && event.data.a == event.data.b\npropose: [x]\n",
        ),
        ("x.yaml", "action: x\nto: d\nwhat: text\n---\ndestination: d\ntopic: d\n"),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    assert_eq!(read(files.to_vec()).unwrap().bundle.sources.len(), 2);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(?s).{0,200}", yaml in r#"[a-z:{}\[\],'"|>&*!?#% \n\\-]{0,120}"#) {
        let _ = read(vec![("a.yaml".to_owned(), text.clone()), ("a.json".to_owned(), text)]);
        let _ = read(vec![("a.yaml".to_owned(), yaml)]);
    }

    #[test]
    fn no_broken_line_makes_it_panic(line in 0usize..40, with in r#"[ ]{0,4}[a-z'"{}\[\]:#|>.-]{0,12}"#) {
        let text = fs::read_to_string(good().join("service/calls.yaml")).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        let at = line % lines.len();
        lines[at] = &with;
        let _ = read(vec![("a.yaml".to_owned(), lines.join("\n"))]);
    }

    #[test]
    fn no_bundle_of_broken_parts_makes_it_panic(
        broken in proptest::collection::vec((0usize..1000, 0usize..2000, part()), 1..6)
    ) {
        let mut files = whole();
        for (file, at, with) in broken {
            let count = files.len();
            let text = &mut files[file % count].1;
            let start = text.floor_char_boundary(at % (text.len() + 1));
            let end = text.ceil_char_boundary((start + at % 7).min(text.len()));
            text.replace_range(start..end, &with);
        }
        let _ = read(files);
    }
}

#[rustfmt::skip]
const PARTS: &[&str] = &[
        "- ", "[", "]", "{{", "}}", "'", "\"", ",", "\n", "\n---\n", ": ", "when: true", "decide('tones', {'tier': 1})",
        "[0..10)", "a | ", ">= ", "!= x", "hit: unique", "rows: tones.csv", "event.data.amount < 0.0", "who", "é",
        "on: a", "signal: interest", "\"enum\": [1, \"é\"]", "\"const\": null", "\"maximum\": 1e400", "\r\n", "null",
        "accounts[who", "count('x', '1h')", "\t", "#", "&a *a", "|\n", ">-\n", "duplicate", "1e999", "0x",
    ];

/// What is put into a file: something that means something there, or not.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![3 => proptest::sample::select(PARTS).prop_map(str::to_owned), 1 => "(?s).{0,6}"]
}

/// The good bundle with decision tables, one of them with rows in a file.
fn whole() -> Vec<(String, String)> {
    let mut files = segue_bundle::texts(&good()).expect("the good bundle is there");
    for (path, text) in
        [("tones.csv", "tone,tier\nwarm,\"gold\"\n\"plain \"\"x\"\"\",\n"), ("tones.yaml", TONES)]
    {
        files.push((path.to_owned(), text.to_owned()));
    }
    files
}

const TONES: &str = r#"
decision-table: tones
inputs: [tier]
outputs: [tone]
rows: tones.csv
---
decision-table: prices
hit: collect
inputs: [amount, tier]
outputs: [price]
rows:
  - ["[0..10)", "gold | silver", 5]
  - [">= 10", "", 7.5]
  - ["5", "", null]
  - ["", "!= gold", "'x'"]
---
signal: warm
on: payment.failed
data: {tone: "decide('tones', {'tier': who.tier}).tone"}
---
rule: warm-ones
on: warm
when: event.data.tone == 'warm'
propose: [send-offer]
---
signal: expensive
on: payment.failed
when: "decide('prices', {'amount': event.data.amount, 'tier': who.tier}).exists(row, row.price == 5)"
---
rule: dear
on: expensive
propose: [call-about-payment]
"#;

#[test]
fn a_cap_that_always_lets_an_action_pass_cannot_turn_it_down() {
    const POLICIES: &str = "
policy: limit
cap: {at_most: 1, per: 7d, group: loud}
unless: action.transactional
---
policy: other
cap: {at_most: 1, per: 7d, group: loud}
unless: action.transactional && who.tier == 'gold'
---
action: confirm
group: loud
to: marketing
what: Confirm
transactional: true
---
action: shout
group: loud
to: marketing
what: Shout
---
rule: loud
on: page.viewed
propose: [confirm, shout]
";
    let mut files = segue_bundle::texts(&good()).unwrap();
    files.push(("policies.yaml".to_owned(), POLICIES.to_owned()));
    let caps = read(files).unwrap().bundle.limits.caps;
    assert_eq!(
        (caps["confirm"].as_slice(), caps["shout"].as_slice()),
        (&["other".to_owned()][..], &["limit".to_owned(), "other".to_owned()][..])
    );
}

#[test]
fn decision_tables_are_read_from_documents_and_from_files() {
    let Loaded { bundle, warnings } = read(whole()).unwrap();
    assert_eq!(warnings, []);
    let tones = &bundle.decision_tables["tones"];
    let decide = |tier: &'static str| {
        let row = tones.decide(&[Value::text(tier)]).unwrap();
        row.field("tone").unwrap().as_text().unwrap().to_owned()
    };
    assert_eq!((decide("gold"), decide("none")), ("warm".to_owned(), "plain \"x\"".to_owned()));
    let prices = &bundle.decision_tables["prices"];
    assert_eq!((prices.hit(), prices.len(), prices.inputs().len()), (Hit::Collect, 4, 2));
    // The rows are part of what the bundle is.
    let mut changed = whole();
    changed
        .iter_mut()
        .filter(|(path, _)| path == "tones.csv")
        .for_each(|(_, text)| text.push_str("cold,x\n"));
    assert_ne!(read(changed).unwrap().bundle.digest, bundle.digest);
}
