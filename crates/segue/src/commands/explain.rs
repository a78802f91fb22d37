//! `segue explain`: what a code means and what to do about it.

use serde_json::json;

use crate::cli::{ExplainArgs, Output};
use crate::exit::{Exit, Failure};
use crate::explain::{self, Page};
use crate::terminal::{Done, Stop, Style, Terminal};

/// Writes the pages of a code, or a list of all codes.
///
/// # Errors
/// There is no such code.
pub fn run(args: &ExplainArgs, terminal: &Terminal) -> Done {
    let pages: Vec<Page> = match &args.code {
        None => explain::pages().collect(),
        Some(code) => pages_of(code)?,
    };
    match terminal.output {
        Output::Json => {
            let all: Vec<_> = pages.iter().map(Page::json).collect();
            terminal.data(&format!("{:#}", json!({"v": 1, "codes": all})))?;
        }
        Output::Jsonl => pages.iter().try_for_each(|page| terminal.data(&page.json().to_string()))?,
        _ if args.code.is_none() => list(&pages, terminal)?,
        _ => pages.iter().enumerate().try_for_each(|(index, page)| show(index, page, terminal))?,
    }
    Ok(Exit::Fine)
}

fn pages_of(code: &str) -> Result<Vec<Page>, Failure> {
    // As it stands in a message: `error[unknown-field]`.
    let code = code.trim_start_matches("error[").trim_start_matches("warning[").trim_end_matches(']');
    let pages: Vec<Page> = explain::pages().filter(|page| page.explanation.code == code).collect();
    if pages.is_empty() {
        let hint = match explain::nearest(code) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`segue explain` lists all codes".to_owned(),
        };
        return Err(Failure::usage("unknown-code", format!("there is no code `{code}`")).hint(hint));
    }
    Ok(pages)
}

fn show(index: usize, page: &Page, terminal: &Terminal) -> Result<(), Stop> {
    if index > 0 {
        terminal.show("")?;
    }
    let code = terminal.styled(Style::Strong, page.explanation.code);
    terminal.show(&format!("{code}: {}\n\n{}", page.of.one(), page.text()))
}

fn list(pages: &[Page], terminal: &Terminal) -> Result<(), Stop> {
    let width = pages.iter().map(|page| page.explanation.code.len()).max().unwrap_or_default();
    let mut before = None;
    for page in pages {
        if before != Some(page.of) {
            let heading = terminal.styled(Style::Strong, page.of.many());
            let gap = if before.is_some() { "\n" } else { "" };
            terminal.show(&format!("{gap}{heading}"))?;
            before = Some(page.of);
        }
        terminal.show(&format!("  {:width$}  {}", page.explanation.code, page.summary()))?;
    }
    terminal.note("\nsegue explain CODE    what it means, an example, and what to do");
    Ok(())
}
