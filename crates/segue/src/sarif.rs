//! Findings as SARIF 2.1.0, the form in which code hosts and editors take what a checker found.
//!
//! Shape: findings + the bundle's directory as it was typed -> one document. The rules in it are the explanations of
//! the codes that occur. Columns count characters, and an end is the column after the last one, as in a [`Finding`].

use std::path::Path;

use segue_bundle::{Finding, Severity, explain};
use serde_json::{Value, json};

use crate::explain::{Of, Page};

/// The document.
pub fn of(findings: &[Finding], directory: &Path) -> Value {
    let mut codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<Value> = codes.iter().filter_map(|code| rule(code)).collect();
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, &codes, directory)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "segue",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &str) -> Option<Value> {
    let explanation = explain(code)?;
    let page = Page { of: Of::Finding, explanation };
    let summary = page.summary();
    let explanation = page.explanation;
    let fence = format!("```{}\n{}\n```", explanation.language, explanation.example);
    Some(json!({
        "id": code,
        "shortDescription": {"text": format!("{summary}.")},
        "fullDescription": {"text": explanation.cause},
        "help": {
            "text": explanation.remedy,
            "markdown": format!("{}\n\n{fence}\n\n{}", explanation.cause, explanation.remedy),
        },
    }))
}

fn result(finding: &Finding, codes: &[&str], directory: &Path) -> Value {
    let message = match &finding.hint {
        Some(hint) => format!("{} ({hint})", finding.message),
        None => finding.message.clone(),
    };
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({
        "ruleId": finding.code,
        "ruleIndex": codes.binary_search(&finding.code).unwrap_or_default(),
        "level": level,
        "message": {"text": message},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": address(directory, &finding.file)},
            "region": {
                "startLine": finding.line,
                "startColumn": finding.column,
                "endColumn": finding.end_column.max(finding.column + 1),
                "snippet": {"text": finding.line_text},
            },
        }}],
    })
}

/// The file's address: relative where the directory was, so that a code host finds the file in its repository.
fn address(directory: &Path, file: &str) -> String {
    let mut whole = String::new();
    if directory.is_absolute() {
        whole.push_str("file://");
    }
    let directory = directory.to_string_lossy().replace('\\', "/");
    let directory = directory.trim_end_matches('/');
    let path = match directory.strip_prefix("./").unwrap_or(directory) {
        "." => file.to_owned(),
        directory => format!("{directory}/{file}"),
    };
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                whole.push(char::from(byte));
            }
            _ => whole.push_str(&format!("%{byte:02X}")),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_relative_where_the_directory_was_and_has_no_odd_characters() {
        for (directory, expected) in [
            (".", "a/b%20c.yaml"),
            ("./x/", "x/a/b%20c.yaml"),
            ("teams/y", "teams/y/a/b%20c.yaml"),
            ("../y", "../y/a/b%20c.yaml"),
            ("/srv/ü", "file:///srv/%C3%BC/a/b%20c.yaml"),
        ] {
            assert_eq!(address(Path::new(directory), "a/b c.yaml"), expected);
        }
    }

    #[test]
    fn every_result_points_to_its_rule_and_its_place() {
        let files = vec![("r.yaml".to_owned(), "rule: x\nwhne: true\non: a.b\npropose: [y]\n".to_owned())];
        let findings = segue_bundle::read(files).expect_err("it is broken");
        let document = of(&findings, Path::new("b"));
        let run = &document["runs"][0];
        let results = run["results"].as_array().expect("a list");
        assert_eq!(results.len(), findings.len());
        for (result, finding) in results.iter().zip(&findings) {
            let index = result["ruleIndex"].as_u64().expect("a number") as usize;
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], finding.code);
            let region = &result["locations"][0]["physicalLocation"]["region"];
            assert_eq!(region["startLine"], finding.line);
        }
        let unknown = results.iter().find(|result| result["ruleId"] == "unknown-key").expect("it is found");
        assert_eq!(unknown["message"]["text"], "unknown key `whne` in rule `x` (did you mean `when`?)");
        assert_eq!(unknown["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "b/r.yaml");
    }
}
