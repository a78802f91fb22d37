//! `segue test --update`: what came is written into the tests, once it is sure that they then pass.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use segue_bundle::bundle::Test;
use segue_intake::Addresses;

use super::run_all;
use crate::exit::Failure;
use crate::stdout;
use crate::suite::TestResult;
use crate::suite::update::{Change, Manner, can_be_rewritten, rewrite};
use crate::terminal::shown;

/// What became of it.
pub(super) struct Updated {
    /// The files of the bundle as they now are.
    pub(super) texts: Vec<(String, String)>,
    /// The results of the tests as they now are.
    pub(super) results: Vec<TestResult>,
    /// What was rewritten.
    pub(super) changes: Vec<Change>,
}

/// Rewrites the tests that failed, and runs them again. Nothing is written unless each of them passes then.
///
/// # Errors
/// A file cannot be written, or has changed in the meantime.
pub(super) fn run(
    (directory, addresses): (&Path, &Arc<Addresses>),
    texts: Vec<(String, String)>,
    results: Vec<TestResult>,
    is_wanted: impl Fn(&Test) -> bool,
) -> Result<Updated, Failure> {
    // Where keeping the author's text leads to something else than was meant, the list is written anew.
    let mut anew: Vec<String> = Vec::new();
    for _ in 0..2 {
        let manner = |result: &TestResult| match anew.contains(&result.name) {
            true => Manner::Anew,
            false => Manner::Kept,
        };
        let (new_texts, changes) = rewrite_all(&texts, &results, manner);
        if changes.is_empty() {
            return Ok(Updated { texts, results, changes });
        }
        let rewritten: Vec<&str> = results
            .iter()
            .filter(|result| can_be_rewritten(result))
            .map(|result| result.name.as_str())
            .collect();
        let new_results = match segue_bundle::read(new_texts.clone()) {
            Ok(loaded) => run_all((&Arc::new(loaded.bundle), addresses), &is_wanted),
            Err(_) => Vec::new(),
        };
        let passes = |name: &str| new_results.iter().any(|result| result.name == name && result.passed());
        let wrong: Vec<String> =
            rewritten.iter().filter(|name| !passes(name)).map(|name| (*name).to_owned()).collect();
        if wrong.is_empty() {
            save(directory, &texts, &new_texts)?;
            return Ok(Updated { texts: new_texts, results: new_results, changes });
        }
        anew = wrong;
    }
    let names: Vec<String> = anew.iter().map(|name| format!("`{name}`")).collect();
    Err(Failure::usage("update", format!("nothing was written: it would not make {} pass", names.join(", ")))
        .hint("change what it expects by hand"))
}

fn rewrite_all(
    texts: &[(String, String)],
    results: &[TestResult],
    manner: impl Fn(&TestResult) -> Manner,
) -> (Vec<(String, String)>, Vec<Change>) {
    let mut changes = Vec::new();
    let mut rewritten = Vec::new();
    for (file, text) in texts {
        if !results.iter().any(|result| result.file == *file && !result.passed()) {
            rewritten.push((file.clone(), text.clone()));
            continue;
        }
        // The mark at the beginning, if there is one, is no part of what the parser counts.
        let (mark, body) = match text.strip_prefix('\u{feff}') {
            Some(body) => ("\u{feff}", body),
            None => ("", text.as_str()),
        };
        let (new, of_file) = rewrite(file, body, results, &manner);
        changes.extend(of_file);
        rewritten.push((file.clone(), format!("{mark}{new}")));
    }
    (rewritten, changes)
}

fn save(directory: &Path, old: &[(String, String)], new: &[(String, String)]) -> Result<(), Failure> {
    for ((file, old), (_, new)) in old.iter().zip(new).filter(|(old, new)| old != new) {
        let path = directory.join(file);
        stdout::undisturbed(|| replace(&path, old, new)).map_err(|error| {
            Failure::environment("update", format!("{} cannot be written: {error}", shown(&path)))
        })?;
    }
    Ok(())
}

/// Puts the new text in place of the old one, all or nothing.
fn replace(path: &Path, old: &str, new: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    if fs::read_to_string(&path)? != old {
        return Err(io::Error::other("it has changed in the meantime; run the command again"));
    }
    let permissions = fs::metadata(&path)?.permissions();
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    let mut file = fs::File::create(&beside)?;
    file.write_all(new.as_bytes())?;
    file.sync_all()?;
    fs::set_permissions(&beside, permissions)?;
    fs::rename(&beside, &path)
}
