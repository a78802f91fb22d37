//! What codes mean: of findings, failed events and errors of commands, as the pages of the reference say it.
//!
//! Shape: three pages -> [`Page`]s -> text for people, or JSON. A code may have a page in each of the three lists.

use std::fmt::Write as _;

use segue_bundle::Explanation;
use segue_bundle::codes::explanations;
use serde_json::{Value, json};

/// The pages, in the order in which they are listed.
const PAGES: [(Of, &str); 3] = [
    (Of::Finding, include_str!("../../../docs/reference/findings.md")),
    (Of::FailedEvent, include_str!("../../../docs/reference/failed-events.md")),
    (Of::Error, include_str!("../../../docs/reference/errors.md")),
];

/// The longest line that is written, in characters.
const WIDTH: usize = 100;

/// What a code is the code of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Something wrong with a bundle.
    Finding,
    /// An event that could not be used.
    FailedEvent,
    /// A command that could not do what it was asked for.
    Error,
}

/// What there is to say about a code.
#[derive(Clone, Debug)]
pub struct Page {
    /// What it is the code of.
    pub of: Of,
    /// What it means, and what to do.
    pub explanation: Explanation<'static>,
}

/// Every page, in the order of the lists.
pub fn pages() -> impl Iterator<Item = Page> {
    PAGES
        .into_iter()
        .flat_map(|(of, text)| explanations(text).map(move |explanation| Page { of, explanation }))
}

/// True if a command's error may have the code.
pub fn is_error(code: &str) -> bool {
    PAGES.iter().any(|(of, text)| *of == Of::Error && text.contains(&format!("\n### `{code}`\n")))
}

/// True if a failed event may have the code.
pub fn is_failed_event(code: &str) -> bool {
    PAGES.iter().any(|(of, text)| *of == Of::FailedEvent && text.contains(&format!("\n### `{code}`\n")))
}

impl Of {
    /// What it is, in words: "a finding of `segue check`".
    pub fn one(self) -> &'static str {
        match self {
            Of::Finding => "a finding of `segue check`",
            Of::FailedEvent => "a failed event",
            Of::Error => "an error of a command",
        }
    }

    /// What its list holds, in words.
    pub fn many(self) -> &'static str {
        match self {
            Of::Finding => "findings of `segue check`",
            Of::FailedEvent => "failed events",
            Of::Error => "errors of commands",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Of::Finding => "finding",
            Of::FailedEvent => "failed-event",
            Of::Error => "error",
        }
    }
}

impl Page {
    /// The first sentence of the cause.
    pub fn summary(&self) -> String {
        let cause = self.explanation.cause.replace('\n', " ");
        let end = [". ", ": "].iter().filter_map(|end| cause.find(end)).min();
        end.map_or(cause.as_str(), |end| &cause[..end]).trim_end_matches('.').to_owned()
    }

    /// The page for people, without its heading.
    pub fn text(&self) -> String {
        let Explanation { cause, example, remedy, .. } = &self.explanation;
        let mut text = String::new();
        let _ = writeln!(text, "{}\n\nSuch as:\n", wrapped(cause));
        for line in example.lines() {
            let _ = writeln!(text, "{}", format!("    {line}").trim_end());
        }
        let _ = write!(
            text,
            "\nWhat to do: {}",
            wrapped(&format!("What to do: {remedy}")).trim_start_matches("What to do: ")
        );
        text
    }

    /// The page for programs: see `segue schema codes`.
    pub fn json(&self) -> Value {
        let Explanation { code, cause, language, example, remedy } = &self.explanation;
        json!({
            "code": code, "of": self.of.word(), "cause": cause, "language": language, "example": example,
            "remedy": remedy,
        })
    }
}

/// The code nearest to a word that is none.
pub fn nearest(word: &str) -> Option<&'static str> {
    segue_bundle::closest(word, pages().map(|page| page.explanation.code))
}

/// The text in lines of at most [`WIDTH`] characters. Links keep only what they are called.
fn wrapped(text: &str) -> String {
    let paragraphs: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| {
            let mut lines = vec![String::new()];
            let plain = without_links(paragraph);
            for word in plain.split_whitespace() {
                let last = lines.last_mut().expect("there is always a line");
                if last.is_empty() {
                    last.push_str(word);
                } else if last.chars().count() + 1 + word.chars().count() <= WIDTH {
                    last.push(' ');
                    last.push_str(word);
                } else {
                    lines.push(word.to_owned());
                }
            }
            lines.join("\n")
        })
        .collect();
    paragraphs.join("\n\n")
}

/// `[name](address)` becomes `name`; brackets that are no link stay.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(middle) = rest.find("](") {
        let (before, after) = (&rest[..middle], &rest[middle + 2..]);
        let (Some(open), Some(close)) = (before.rfind('['), after.find(')')) else { break };
        plain.push_str(&before[..open]);
        plain.push_str(&before[open + 1..]);
        rest = &after[close + 1..];
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use segue_model::FailureCode;

    use super::*;

    fn codes(of: Of) -> Vec<&'static str> {
        pages().filter(|page| page.of == of).map(|page| page.explanation.code).collect()
    }

    fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }

    /// The texts that follow one of the beginnings, over the sources of a crate. Those of tests are no codes.
    fn written(name: &str, beginnings: &[&str]) -> BTreeSet<String> {
        let mut files = Vec::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
        sources(&root, &mut files);
        let mut found = BTreeSet::new();
        let of_tests = ["tests", "tests.rs", "fixture.rs"];
        let is_for_tests = |file: &Path| file.iter().any(|part| of_tests.iter().any(|one| part == *one));
        for file in files.iter().filter(|file| !is_for_tests(file.strip_prefix(&root).unwrap())) {
            let text = fs::read_to_string(file).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for beginning in beginnings {
                let rest = text.split(beginning).skip(1).map(str::trim_start);
                let quoted = rest.filter_map(|rest| rest.strip_prefix('"')?.split('"').next());
                found.extend(quoted.map(str::to_owned));
            }
        }
        found
    }

    #[test]
    fn every_page_has_a_cause_an_example_and_a_remedy() {
        for page in pages() {
            let Explanation { code, cause, example, remedy, language } = &page.explanation;
            for part in [cause, example, remedy] {
                assert!(!part.is_empty(), "{code}: cause, example, remedy");
            }
            assert!(!language.is_empty() && remedy.ends_with('.'), "{code}");
            assert!(page.text().lines().all(|line| line.chars().count() <= 160), "{}", page.text());
        }
    }

    #[test]
    fn every_failed_event_is_explained() {
        let all: Vec<&str> = FailureCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes(Of::FailedEvent), all);
    }

    #[test]
    fn every_error_of_a_command_is_explained_and_no_other() {
        let mut written = written("segue", &["Failure::usage(", "Failure::environment(", " code:"]);
        let _ = written.insert("usage".to_owned());
        let explained: BTreeSet<String> = codes(Of::Error).into_iter().map(str::to_owned).collect();
        assert_eq!(explained, written);
        assert!(explained.iter().all(|code| is_error(code)) && !is_error("unknown-field"));
        assert!(codes(Of::Error).is_sorted());
    }

    #[test]
    fn every_code_that_a_finding_is_given_is_explained_and_no_other() {
        // Words of the same form that are no codes: names in documents and schemas, and words of statuses.
        let others = ["date-time", "decision-table", "x-sensitivity", "destination-closed", "no-action"];
        let is_code = |text: &&String| {
            let mut words = text.split('-');
            let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
            text.contains('-') && words.all(is_word) && !others.contains(&text.as_str())
        };
        let (mut given, mut all) = (BTreeSet::new(), BTreeSet::new());
        for name in ["bundle", "expr", "past", "schema", "syntax", "decision-table", "yaml"] {
            let first = [".error(", ".warning(", ".refuse(", " code:", "Fault::new("];
            given.extend(written(name, &first));
            let quoted = written(name, &["(", ",", "=", ">", "[", "{"]);
            given.extend(quoted.iter().filter(is_code).cloned());
            all.extend(quoted);
        }
        all.extend(given.iter().cloned());
        let explained: BTreeSet<String> = codes(Of::Finding).into_iter().map(str::to_owned).collect();
        let missing: Vec<_> = given.difference(&explained).collect();
        assert!(missing.is_empty(), "not explained: {missing:?}");
        let unused: Vec<_> = explained.difference(&all).collect();
        assert!(unused.is_empty() && explained.len() > 30, "explained, and given nowhere: {unused:?}");
    }

    #[test]
    fn links_are_shown_by_their_names_and_lines_are_short() {
        assert_eq!(without_links("see [a b](c.md), `x[0]`, [d](e)."), "see a b, `x[0]`, d.");
        let long = wrapped(&"word ".repeat(50));
        assert!(long.lines().count() == 3 && long.lines().all(|line| line.len() <= WIDTH), "{long}");
    }
}
