//! Results of tests as JUnit XML, which build servers read: a suite for each file, a case for each test.
//!
//! The few elements that it takes are written by hand: escaping is all there is to it, and a writer of XML would be one
//! more crate to keep. Tests run on a virtual clock, so that a case has no time of its own.

use std::fmt::Write;

use segue_bundle::{Finding, Severity};

use crate::suite::TestResult;
use crate::suite::failures::failures;

/// The results, in the order of the files.
pub(super) fn document(results: &[TestResult]) -> String {
    let mut suites: Vec<(&str, Vec<Case>)> = Vec::new();
    for result in results {
        let case = Case {
            name: result.name.clone(),
            line: result.line,
            wrong: failures(result)
                .into_iter()
                .map(|failure| Wrong {
                    element: "failure",
                    kind: failure.kind.as_str(),
                    text: format!("{}:{}: {}", result.file, failure.line, failure.message),
                    message: failure.message,
                })
                .collect(),
            notes: result.steps.iter().flat_map(|step| step.notes.clone()).collect(),
        };
        match suites.iter_mut().find(|(file, _)| *file == result.file) {
            Some((_, cases)) => cases.push(case),
            None => suites.push((&result.file, vec![case])),
        }
    }
    write(&suites)
}

/// What is wrong with a bundle that cannot be used: a case for each finding that is an error.
pub(super) fn findings(findings: &[Finding]) -> String {
    let mut suites: Vec<(&str, Vec<Case>)> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
        let wrong = Wrong {
            element: "error",
            kind: finding.code,
            message: finding.message.clone(),
            text: finding.to_string(),
        };
        let name = format!("{}:{}: {}", finding.line, finding.column, finding.code);
        let case = Case { name, line: finding.line, wrong: vec![wrong], notes: Vec::new() };
        match suites.iter_mut().find(|(file, _)| *file == finding.file) {
            Some((_, cases)) => cases.push(case),
            None => suites.push((&finding.file, vec![case])),
        }
    }
    write(&suites)
}

struct Case {
    name: String,
    line: usize,
    wrong: Vec<Wrong>,
    notes: Vec<String>,
}

struct Wrong {
    element: &'static str,
    kind: &'static str,
    message: String,
    text: String,
}

fn write(suites: &[(&str, Vec<Case>)]) -> String {
    let all: Vec<&Case> = suites.iter().flat_map(|(_, cases)| cases).collect();
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let _ = writeln!(xml, "<testsuites name=\"segue test\"{}>", counts(&all));
    for (file, cases) in suites {
        let counts = counts(&cases.iter().collect::<Vec<_>>());
        let _ = writeln!(xml, "  <testsuite name=\"{}\"{counts} skipped=\"0\">", escaped(file));
        for case in cases {
            write_case(&mut xml, file, case);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>");
    xml
}

fn counts(cases: &[&Case]) -> String {
    let of = |element: &str| {
        let has = |case: &&&Case| case.wrong.iter().any(|wrong| wrong.element == element);
        cases.iter().filter(has).count()
    };
    format!(" tests=\"{}\" failures=\"{}\" errors=\"{}\"", cases.len(), of("failure"), of("error"))
}

fn write_case(xml: &mut String, file: &str, case: &Case) {
    let (name, file) = (escaped(&case.name), escaped(file));
    let _ = write!(
        xml,
        "    <testcase name=\"{name}\" classname=\"{file}\" file=\"{file}\" line=\"{}\"",
        case.line
    );
    let Some(first) = case.wrong.first() else {
        xml.push_str("/>\n");
        return;
    };
    // One element for all: readers of the format look at the first.
    let (message, text) = match case.wrong.len() {
        1 => (first.message.clone(), first.text.clone()),
        many => {
            let texts: Vec<&str> = case.wrong.iter().map(|wrong| wrong.text.as_str()).collect();
            (format!("{} (and {} more)", first.message, many - 1), texts.join("\n"))
        }
    };
    let notes: String = case.notes.iter().map(|note| format!("\nnote: {note}")).collect();
    let _ = writeln!(
        xml,
        ">\n      <{element} message=\"{}\" type=\"{}\">{}</{element}>\n    </testcase>",
        escaped(&message),
        escaped(first.kind),
        escaped(&format!("{text}{notes}")),
        element = first.element
    );
}

/// A text as it can stand in an element or an attribute. What XML cannot say at all is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // An attribute would turn these into blanks.
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    out
}
