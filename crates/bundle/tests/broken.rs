//! Every file below `broken/` is read beside the good bundle and holds its own expectations.
//!
//! A comment below a line says what is wrong with it: `#   ^^^^ CODE: HINT`, the carets below the characters meant,
//! `warning` before the code of a warning, no hint to look at none. A `#` that touches its carets counts as one.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use segue_bundle::{Finding, Severity, explain, read};

/// What a finding is compared by: (line, column, end column, severity and code).
type Mark = (usize, usize, usize, String);

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

fn expected(text: &str) -> Vec<(Mark, Option<String>)> {
    let (mut marks, mut meant) = (Vec::new(), 0);
    for (index, line) in text.lines().enumerate() {
        let comment = line.trim_start();
        let Some(rest) = comment.strip_prefix('#').map(str::trim_start).filter(|rest| rest.starts_with('^'))
        else {
            meant = index + 1;
            continue;
        };
        let touches = comment.starts_with("#^");
        let first = line.find('^').unwrap() + 1 - usize::from(touches);
        let said = rest.trim_start_matches('^');
        let end = line.len() - said.len() + 1;
        let (code, hint) = match said.trim().split_once(": ") {
            Some((code, hint)) => (code, Some(hint.to_owned())),
            None => (said.trim(), None),
        };
        marks.push(((meant, first, end, code.to_owned()), hint));
    }
    marks.sort();
    marks
}

fn mark(finding: &Finding) -> Mark {
    let code = match finding.severity {
        Severity::Error => finding.code.to_owned(),
        Severity::Warning => format!("warning {}", finding.code),
    };
    (finding.line, finding.column, finding.end_column, code)
}

#[test]
fn every_fault_is_found_at_its_place_with_its_hint() {
    let mut good = Vec::new();
    files(&root().join("good"), "", &mut good);
    let mut broken = Vec::new();
    files(&root().join("broken"), "", &mut broken);
    assert!(broken.len() >= 10);
    let mut failed = Vec::new();
    for (name, text) in broken {
        let path = format!("team/{name}");
        let mut all = good.clone();
        all.push((path.clone(), text.clone()));
        let findings = read(all).expect_err(&name);
        let mut found: Vec<_> = findings.iter().filter(|f| f.file == path).map(|f| (mark(f), f)).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let expected = expected(&text);
        let same = found.len() == expected.len()
            && found.iter().zip(&expected).all(|((found, finding), (mark, hint))| {
                found == mark && (hint.is_none() || *hint == finding.hint)
            });
        if !same || findings.len() != found.len() {
            let shown: Vec<_> = findings.iter().map(ToString::to_string).collect();
            let marks: Vec<_> = found.iter().map(|(mark, _)| mark).collect();
            failed.push(format!("{name}\nexpected {expected:#?}\nfound {marks:#?}\n{}", shown.join("\n")));
        }
        for finding in &findings {
            assert!(explain(finding.code).is_some(), "{}", finding.code);
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
