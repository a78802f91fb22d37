//! What the page of findings shows as examples, put to the test: each makes the finding that it explains, at the place
//! that its carets mark.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use segue_bundle::{Explanation, Finding, explain, findings, read};

/// The files of the good bundle, beside which examples are read.
fn good() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good");
    let mut files = Vec::new();
    for folder in ["", "schemas/", "service/"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_str().unwrap();
                files.push((format!("{folder}{name}"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

/// What is found of an example.
fn found(explanation: &Explanation<'_>) -> Vec<Finding> {
    let mut files = good();
    match explanation.language {
        "yaml" => files.push(("team/example.yaml".to_owned(), explanation.example.clone())),
        _ => {
            let source = "source: x\ntopic: x\nevents: {x.y: {schema: example.json}}\n";
            files.push(("team/x.yaml".to_owned(), source.to_owned()));
            files.push(("team/example.json".to_owned(), explanation.example.clone()));
        }
    }
    match read(files) {
        Ok(loaded) => loaded.warnings,
        Err(findings) => findings,
    }
}

/// The line and the columns that carets mark; a `#` that touches them counts as one.
fn marks(text: &str) -> Vec<(usize, usize, usize)> {
    let mut marks = Vec::new();
    let mut meant = 0;
    for (index, line) in text.lines().enumerate() {
        match line.strip_prefix('#').filter(|rest| rest.trim_start().starts_with('^')) {
            Some(rest) => {
                let start = if rest.starts_with('^') { 1 } else { line.find('^').unwrap() + 1 };
                marks.push((meant, start, line.trim_end().len() + 1));
            }
            None => meant = index + 1,
        }
    }
    marks
}

#[test]
fn every_example_makes_its_finding_at_the_place_that_it_marks() {
    let (mut run, mut failed) = (0, Vec::new());
    for code in findings::codes() {
        let explanation = explain(code).unwrap();
        // What text shows cannot be read as a file of a bundle.
        if explanation.language == "text" {
            continue;
        }
        run += 1;
        let found = found(&explanation);
        let places: Vec<_> = found
            .iter()
            .filter(|one| one.code == code)
            .map(|one| (one.line, one.column, one.end_column))
            .collect();
        let marks = marks(&explanation.example);
        let expected = if explanation.language == "yaml" {
            !marks.is_empty() && places == marks
        } else {
            !places.is_empty()
        };
        if !expected || found.iter().any(|one| one.code != code) {
            let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
            failed.push(format!("{code}: marked {marks:?}, found {places:?}\n{}", shown.join("\n")));
        }
    }
    assert!(run > 25, "{run} examples were run");
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
