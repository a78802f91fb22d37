//! `segue init`: a small bundle to start from, that passes `check` and `test`.

use std::fs;
use std::io;
use std::path::Path;

use crate::cli::InitArgs;
use crate::commands::schema;
use crate::exit::{Exit, Failure};
use crate::terminal::{Done, Terminal, shown};

/// The bundle's files, by their path in it.
pub const FILES: &[(&str, &str)] = &[
    ("sources.yaml", include_str!("../../bundles/init/sources.yaml")),
    ("rules.yaml", include_str!("../../bundles/init/rules.yaml")),
    ("tests.yaml", include_str!("../../bundles/init/tests.yaml")),
    ("schemas/account-changed.json", include_str!("../../bundles/init/schemas/account-changed.json")),
    ("schemas/customer-changed.json", include_str!("../../bundles/init/schemas/customer-changed.json")),
    ("schemas/payment-failed.json", include_str!("../../bundles/init/schemas/payment-failed.json")),
];

/// Where the schema of bundle documents is written, for editors. What is hidden is not read as part of the bundle.
const SCHEMA: &str = ".segue/bundle.schema.json";

/// Writes the bundle, and says what to do next.
///
/// # Errors
/// Where anything stands in the directory, or it cannot be written.
pub fn run(args: &InitArgs, terminal: &Terminal) -> Done {
    let directory = &args.dir;
    if holds_anything(directory).map_err(|error| unusable(directory, &error))? {
        let message = format!("{} is not empty", shown(directory));
        return Err(Failure::usage("not-empty", message)
            .hint("name a directory that is empty or not there yet")
            .into());
    }
    let files = FILES.iter().map(|(path, text)| (*path, with_modelines(path, text)));
    for (path, text) in files.chain([(SCHEMA, schema::BUNDLE.to_owned())]) {
        let path = directory.join(path);
        let written =
            fs::create_dir_all(path.parent().unwrap_or(directory)).and_then(|()| fs::write(&path, text));
        written.map_err(|error| unusable(&path, &error))?;
    }
    let (directory, rules) = (shown(directory), shown(&directory.join("rules.yaml")));
    terminal.note(&format!(
        "wrote {} files to {directory}\n\nnext:\n  segue check {directory}    report what is wrong with it: nothing\n  \
         segue test {directory}     run its tests\n  then change {rules} and run both again",
        FILES.len() + 1
    ));
    Ok(Exit::Fine)
}

/// The text of a file with the line that tells editors which schema its documents follow. Editors look for it in each
/// document anew, so each has one.
fn with_modelines(path: &str, text: &str) -> String {
    if !path.ends_with(".yaml") {
        return text.to_owned();
    }
    let line =
        format!("# yaml-language-server: $schema={}{SCHEMA}\n", "../".repeat(path.matches('/').count()));
    line.clone() + &text.replace("\n---\n", &format!("\n---\n{line}"))
}

/// True where something stands in the directory. One that is not there holds nothing.
fn holds_anything(directory: &Path) -> io::Result<bool> {
    match fs::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage("directory", format!("cannot write {}: {error}", shown(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_names_the_schema_from_where_it_stands() {
        let line = "# yaml-language-server: $schema=";
        let text = with_modelines("a/b.yaml", "rule: x\n---\nrule: y\n");
        let expected = format!(
            "{line}../.segue/bundle.schema.json\nrule: x\n---\n{line}../.segue/bundle.schema.json\nrule: y\n"
        );
        assert_eq!(text, expected);
        assert_eq!(with_modelines("a.json", "{}"), "{}");
    }
}
