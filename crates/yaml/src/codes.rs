//! What codes mean: read from the pages of the documentation, so that page and program say the same.
//!
//! Shape: a page's headings of the third rank that hold nothing but a code in backquotes begin an [`Explanation`]; what
//! stands below one before its fenced block is the cause, the block is the example, and what follows is the remedy.
//! The page of the findings is the closed list of them: a finding whose code has no section there is a fault of the
//! program.

/// The page that explains the findings, in alphabetical order.
const FINDINGS: &str = include_str!("../../../docs/reference/findings.md");

/// What a code means and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation<'p> {
    /// The code.
    pub code: &'p str,
    /// What went wrong, as Markdown: paragraphs with an empty line between them.
    pub cause: String,
    /// The language of the example, such as `yaml`.
    pub language: &'p str,
    /// What it looks like.
    pub example: String,
    /// What to do, as Markdown.
    pub remedy: String,
}

/// The explanations on a page, in its order.
pub fn explanations(page: &str) -> impl Iterator<Item = Explanation<'_>> {
    let sections = page.split("\n### `").skip(1);
    sections.filter_map(|section| {
        let (code, text) = section.split_once("`\n")?;
        // What follows under a heading of a higher rank is no longer of the last section.
        Some(explanation(code, text.split("\n## ").next().unwrap_or(text)))
    })
}

/// The explanations of all findings.
pub(crate) fn of_findings() -> impl Iterator<Item = Explanation<'static>> {
    explanations(FINDINGS)
}

/// True if it is the code of a finding.
pub(crate) fn is_known(code: &str) -> bool {
    FINDINGS.contains(&format!("\n### `{code}`\n"))
}

fn explanation<'p>(code: &'p str, text: &'p str) -> Explanation<'p> {
    let (cause, rest) = text.split_once("\n```").unwrap_or((text, ""));
    let (info, rest) = rest.split_once('\n').unwrap_or_default();
    let (example, remedy) = rest.split_once("```\n").unwrap_or((rest, ""));
    Explanation {
        code,
        cause: cause.trim().to_owned(),
        language: info.split(' ').next().unwrap_or_default(),
        example: example.trim_end().to_owned(),
        remedy: remedy.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_cause_example_and_remedy() {
        let page = "# Page\n\n## All\n\n### `a-b`\n\nOne.\nTwo.\n\n```yaml example\nx: 1\n```\n\nDo it.\n\n### `c`\n\nNothing.\n\n## Next\n\ntext\n";
        let found: Vec<_> = explanations(page).collect();
        assert_eq!(found.len(), 2);
        let Explanation { code, cause, language, example, remedy } = &found[0];
        assert_eq!((*code, cause.as_str(), *language), ("a-b", "One.\nTwo.", "yaml"));
        assert_eq!((example.as_str(), remedy.as_str()), ("x: 1", "Do it."));
        assert_eq!((found[1].cause.as_str(), found[1].example.as_str()), ("Nothing.", ""));
    }

    #[test]
    fn every_finding_is_explained_whole_and_in_alphabetical_order() {
        let all: Vec<_> = of_findings().collect();
        assert!(all.len() > 30 && all.is_sorted_by(|a, b| a.code < b.code), "sort the sections");
        for one in &all {
            assert!(is_known(one.code) && !is_known(&format!("{}x", one.code)));
            let parts = [&one.cause, &one.example, &one.remedy];
            assert!(parts.iter().all(|part| !part.is_empty()), "{}: cause, example, remedy", one.code);
        }
    }
}
