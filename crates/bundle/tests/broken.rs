//! Every case below `broken/` is read beside the good bundle and holds its own expectations.
//!
//! A case is a file, or a directory whose files are read together. A comment below a line says what is wrong with it:
//! `#   ^^^^ CODE: HINT`, the carets below the characters meant, `warning` before the code of a warning. A `#` that
//! touches its carets counts as one, and `#|` marks the first character alone. Files that end in `.marked` are read
//! without that ending and without such comments, for formats that have none.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use segue_bundle::{Finding, Severity, findings, read};

/// What a finding is compared by: (file, line, column, end column, severity and code, hint).
type Mark = (String, usize, usize, usize, String, Option<String>);

/// A case: its name, its files as they are written, and below which folder they are read.
struct Case {
    name: String,
    files: Vec<(String, String)>,
}

fn files(dir: &Path, prefix: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else {
            found.push((name, fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn kept_cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(root().join("broken")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_str().unwrap().to_owned();
        let mut found = Vec::new();
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), "", &mut found);
        } else {
            found.push((name.clone(), fs::read_to_string(entry.path()).unwrap()));
        }
        cases.push(Case { name, files: found });
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// Cases that are too long to be kept as files.
fn made_cases() -> Vec<Case> {
    let case = |name: &str, files: &[(&str, String)]| Case {
        name: name.to_owned(),
        files: files.iter().map(|(path, text)| ((*path).to_owned(), text.clone())).collect(),
    };
    let rule = |when: &str| format!("rule: made\non: payment.failed\nwhen: {when}\npropose: [send-offer]\n");
    let long = format!("event.data.amount in [{}1.0]", "1.0, ".repeat(500));
    let carets = "^".repeat(long.len());
    let too_long = rule(&long).replace(
        "\npropose",
        &format!("\n#     {carets} too-long: split it into several rules or actions\npropose"),
    );
    let many = format!("{}# ^ too-big\n", "- a\n".repeat(10_001));
    let source = "source: made\ntopic: made\nevents: {made.event: {schema: made.json}}\n";
    let properties: Vec<String> = (0..5_100).map(|at| format!("\"p{at}\": true")).collect();
    let schema = format!("{{\"properties\": {{{}}}}}", properties.join(", "));
    let schema = format!("{schema}\n#{} schema-too-big\n", "^".repeat(schema.len() - 1));
    let rows: String = (0..12_000).map(|at| format!("[{at}..{}),5,x\n", 30_000 + at)).collect();
    let table = "decision-table: prices\n\
                 #               ^^^^^^ warning gap: `decide` gives null there: add a row for it, of empty cells for all that is left\n\
                 #               ^^^^^^ warning not-checked\n\
                 inputs: [a, b]\noutputs: [c]\nrows: prices.csv\n---\n";
    let price = rule("\"decide('prices', {'a': event.data.amount, 'b': 1}).d == 'x'\"");
    let price = price
        .replace("\npropose", &format!("\n#{}^ unknown-field: did you mean `c`?\npropose", " ".repeat(57)));
    // None of these adds nothing to another: each is of larger amounts, and of more accounts.
    let alike: Vec<String> = (0..1_100)
        .map(|at| {
            let when = format!("event.data.amount > {at}.0 && event.data.account_id < 'a{}'", 1_000 + at);
            let marked = if at == 909 { "#     ^^^^^^^^^ warning not-checked\n" } else { "" };
            rule(&when).replace("rule: made\n", &format!("rule: made-{at:04}\n{marked}"))
        })
        .collect();
    vec![
        case(
            "rules that are too many to be compared",
            &[("a.yaml", alike[..600].join("---\n")), ("b.yaml", alike[600..].join("---\n"))],
        ),
        case("an expression that is too long", &[("made.yaml", too_long)]),
        case("a file of too many values", &[("made.yaml", many)]),
        case("a schema that is too big", &[("made.yaml", source.to_owned()), ("made.json.marked", schema)]),
        case(
            "a table that is too large to be checked",
            &[("made.yaml", format!("{table}{price}")), ("prices.csv", format!("a,b,c\n{rows}"))],
        ),
    ]
}

/// The files as they are read, and what is expected of them.
fn prepared(case: &Case) -> (Vec<(String, String)>, Vec<Mark>) {
    let (mut files, mut marks) = (Vec::new(), Vec::new());
    for (name, text) in &case.files {
        let path = format!("team/{}", name.trim_end_matches(".marked"));
        let is_stripped = name.ends_with(".marked");
        let (mut kept, mut meant) = (Vec::new(), 0);
        for (index, line) in text.lines().enumerate() {
            match mark(line) {
                None => {
                    kept.push(line);
                    meant = if is_stripped { kept.len() } else { index + 1 };
                }
                Some((first, end, code, hint)) => {
                    marks.push((path.clone(), meant.max(1), first, end, code, hint));
                    if !is_stripped {
                        kept.push(line);
                    }
                }
            }
        }
        files.push((path, if is_stripped { kept.join("\n") } else { text.clone() }));
    }
    marks.sort();
    (files, marks)
}

/// What a comment marks: first column, the one after the last, code, hint.
fn mark(line: &str) -> Option<(usize, usize, String, Option<String>)> {
    let comment = line.trim_start();
    let rest = comment.strip_prefix('#')?;
    let (first, end, said) = if let Some(said) = rest.strip_prefix('|') {
        (1, 2, said)
    } else {
        let carets = rest.trim_start();
        let said = carets.strip_prefix('^')?.trim_start_matches('^');
        let first = line.find('^')? + 1 - usize::from(rest.starts_with('^'));
        (first, line.len() - said.len() + 1, said)
    };
    let (code, hint) = match said.trim().split_once(": ") {
        Some((code, hint)) => (code, Some(hint.to_owned())),
        None => (said.trim(), None),
    };
    Some((first, end, code.to_owned(), hint))
}

fn mark_of(finding: &Finding) -> Mark {
    let code = match finding.severity {
        Severity::Error => finding.code.to_owned(),
        Severity::Warning => format!("warning {}", finding.code),
    };
    let Finding { file, line, column, end_column, hint, .. } = finding;
    (file.clone(), *line, *column, *end_column, code, hint.clone())
}

/// All cases, each with what was found of it and what was expected.
fn all() -> Vec<(Case, Vec<Finding>, Vec<Mark>)> {
    let mut good = Vec::new();
    files(&root().join("good"), "", &mut good);
    let mut all = Vec::new();
    for case in kept_cases().into_iter().chain(made_cases()) {
        let (files, marks) = prepared(&case);
        let mut whole = good.clone();
        whole.extend(files);
        let found = match read(whole) {
            Ok(loaded) => loaded.warnings,
            Err(findings) => findings,
        };
        all.push((case, found, marks));
    }
    all
}

#[test]
fn every_fault_is_found_at_its_place_with_its_hint_and_nothing_else_is() {
    let all = all();
    assert!(all.len() >= 30, "{} cases", all.len());
    let mut failed = Vec::new();
    for (case, found, expected) in all {
        let mut marks: Vec<Mark> = found.iter().map(mark_of).collect();
        marks.sort();
        if marks == expected && !expected.is_empty() {
            continue;
        }
        let missing: Vec<&Mark> = expected.iter().filter(|mark| !marks.contains(mark)).collect();
        let surplus: Vec<String> =
            found.iter().filter(|one| !expected.contains(&mark_of(one))).map(ToString::to_string).collect();
        let shown = surplus.iter().map(|one| one.chars().take(2_000).collect::<String>());
        let shown: Vec<String> = shown.collect();
        failed.push(format!("{}\nnot found {missing:#?}\nfound\n{}", case.name, shown.join("\n")));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn every_code_has_a_case() {
    let mut left: BTreeSet<&str> = findings::codes().collect();
    for (_, _, expected) in all() {
        for (_, _, _, _, code, _) in expected {
            let _ = left.remove(code.trim_start_matches("warning "));
        }
    }
    // What is no text, or no file, cannot be read but from a directory: the tests of directories have it.
    assert_eq!(left, BTreeSet::from(["not-utf8", "unreadable"]));
}
