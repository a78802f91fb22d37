//! Runs what the documentation shows: every fenced block says by its info string what it is, and is put to the test.
//!
//! | mark after the language | what is done |
//! |---|---|
//! | `bundle=NAME file=PATH` | it is a file of that bundle; in the end the bundle passes `check`, without a warning, and `test` |
//! | `bundle=NAME file=PATH broken` | as above, but `check` finds errors |
//! | `settings=FILE` | they are read as `segue run` reads them, without a fault |
//! | `input=FILE` | it is a file that commands read |
//! | `run`, `run exit=N` | it is run by a shell, and ends with that exit code |
//! | `output` | what the block above it writes; `...` stands for any text, on a line of its own for any lines |
//! | `broker` | it needs a broker: its command lines are parsed and not run |
//! | `example` | it is only shown; JSON is parsed, and metrics that it names exist |
//!
//! A block without a mark is a fault, and so is a link that leads nowhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;
use segue::cli::Cli;
use segue::settings::{Purpose, Settings};
use segue_testkit::router::binary;

#[path = "docs/reference.rs"]
mod reference;

/// Pages that hold formats and no commands: other tests hold them against the code.
const FORMATS: [&str; 2] = ["reference/formats.md", "reference/output.md"];

/// Tools of others that a broker's block may use.
const OTHERS: [&str; 6] = [
    "curl",
    "kafka-acls.sh",
    "kafka-console-consumer.sh",
    "kafka-console-producer.sh",
    "kafka-consumer-groups.sh",
    "kafka-topics.sh",
];

/// A fenced block.
#[derive(Debug, Default)]
struct Block {
    line: usize,
    language: String,
    marks: Vec<String>,
    text: String,
}

impl Block {
    fn has(&self, mark: &str) -> bool {
        self.marks.iter().any(|one| one == mark)
    }

    /// The value of a mark such as `file=PATH`.
    fn value(&self, name: &str) -> Option<&str> {
        self.marks.iter().find_map(|mark| mark.strip_prefix(name)?.strip_prefix('='))
    }
}

/// What stands for a database of addresses.
const DATABASE: &str = "crates/lookup/tests/data/maxmind/GeoIP2-City-Test.mmdb";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn page(name: &str) -> String {
    fs::read_to_string(docs().join(name)).unwrap()
}

/// The pages whose blocks are run, by their path below `docs`.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned()];
    for folder in ["guide", "reference"] {
        for entry in fs::read_dir(docs().join(folder)).unwrap() {
            pages.push(format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()));
        }
    }
    pages.retain(|page| page.ends_with(".md") && !FORMATS.contains(&page.as_str()));
    pages.sort();
    pages
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (line, content) in text.lines().enumerate() {
        match content.trim_start().strip_prefix("```") {
            Some(_) if open => open = false,
            Some(info) => {
                let mut words = info.split_whitespace().map(str::to_owned);
                let language = words.next().unwrap_or_default();
                let marks = words.collect();
                blocks.push(Block { line: line + 1, language, marks, text: String::new() });
                open = true;
            }
            None if open => {
                let block = blocks.last_mut().unwrap();
                block.text.push_str(content);
                block.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!open, "the last block has no end");
    blocks
}

/// Runs a page in a directory of its own; returns what is wrong with it.
fn run(text: &str) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let mut faults = Vec::new();
    let mut bundles: BTreeMap<String, bool> = BTreeMap::new();
    let mut said: Option<String> = None;
    for block in blocks(text) {
        let last = said.take();
        let result = match (block.language.as_str(), &block) {
            (_, block) if block.value("bundle").is_some() && block.value("file").is_some() => {
                let name = block.value("bundle").unwrap();
                *bundles.entry(name.to_owned()).or_default() |= block.has("broken");
                write(&root.join(name).join(block.value("file").unwrap()), &block.text)
            }
            (_, block) if block.value("input").is_some() => {
                write(&root.join(block.value("input").unwrap()), &block.text)
            }
            ("yaml", block) if block.value("settings").is_some() => {
                settings(root, block.value("settings").unwrap(), &block.text)
            }
            ("sh", block) if block.has("run") => shell(root, block).map(|output| said = Some(output)),
            ("sh", block) if block.has("broker") => parsed(&block.text),
            (_, block) if block.has("output") => match last {
                Some(said) => matches(&block.text, &said),
                None => Err("no `run` stands right above this output".to_owned()),
            },
            (_, block) if block.has("example") => example(block),
            _ => Err("a block has no mark that says what it is".to_owned()),
        };
        faults.extend(result.err().map(|fault| format!("line {}: {fault}", block.line)));
    }
    for (bundle, broken) in bundles {
        faults.extend(judge(root, &bundle, broken).err());
    }
    faults
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).map_err(|error| error.to_string())
}

/// Runs a script; returns all that it writes, as a terminal shows it.
fn shell(root: &Path, block: &Block) -> Result<String, String> {
    let expected = block.value("exit").unwrap_or("0").parse::<i32>().map_err(|error| error.to_string())?;
    let mut folders = vec![binary().parent().unwrap().to_owned()];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let output = Command::new("sh")
        .args(["-ec", &format!("exec 2>&1\n{}", block.text)])
        .current_dir(root)
        .env("PATH", std::env::join_paths(folders).unwrap())
        .env_remove("SEGUE_LOG")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.code() == Some(expected) {
        Ok(said)
    } else {
        Err(format!("ended with {:?}, not {expected}:\n{said}", output.status.code()))
    }
}

/// Compares what was written with what the page shows of it.
fn matches(shown: &str, said: &str) -> Result<(), String> {
    let lines: Vec<&str> = shown.lines().collect();
    let said_lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    let all = lines_match(&lines, &said_lines);
    if all { Ok(()) } else { Err(format!("the command writes otherwise:\n{said}")) }
}

fn lines_match(shown: &[&str], said: &[&str]) -> bool {
    match shown {
        [] => said.is_empty(),
        [line, rest @ ..] if line.trim() == "..." => {
            (0..=said.len()).any(|skipped| lines_match(rest, &said[skipped..]))
        }
        [line, rest @ ..] => {
            said.first().is_some_and(|first| line_matches(line, first)) && lines_match(rest, &said[1..])
        }
    }
}

fn line_matches(shown: &str, said: &str) -> bool {
    let mut parts = shown.split("...");
    let Some(mut rest) = said.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Reads settings as `segue run` does. Each bundle, each secret and each database that they name is put there first.
fn settings(root: &Path, file: &str, text: &str) -> Result<(), String> {
    for line in text.lines() {
        if let Some(bundle) = line.strip_prefix("bundle: ") {
            let bundle = bundle.split('#').next().unwrap().trim();
            fs::create_dir_all(root.join(bundle)).unwrap();
        }
        if let Some((_, database)) = line.split_once("{ip: ")
            && let Some((database, _)) = database.split_once('}')
        {
            assert!(!database.starts_with('/'), "{database}: only what is below the page's own directory");
            let _ = fs::copy(docs().join("..").join(DATABASE), root.join(database)).unwrap();
        }
        if let Some((_, secret)) = line.split_once("{file: ")
            && let Some((secret, _)) = secret.split_once('}')
            && !line.trim_start().starts_with('#')
        {
            assert!(!secret.starts_with('/'), "{secret}: only what is below the page's own directory");
            write(&root.join(secret), "hush\n")?;
        }
    }
    let path = root.join(file);
    write(&path, text)?;
    let read = Settings::read_with(&path, Purpose::Run, Default::default());
    read.map(|_| ()).map_err(|faults| faults.to_string())
}

/// Parses the command lines of a block that needs a broker.
fn parsed(text: &str) -> Result<(), String> {
    let whole = text.replace("\\\n", " ");
    for line in whole.lines() {
        let line = line.split(" #").next().unwrap().split(" | ").next().unwrap().split(" < ").next().unwrap();
        let is_variable = |word: &&str| word.contains('=') && !word.starts_with('-');
        let words: Vec<&str> = line.split_whitespace().skip_while(is_variable).collect();
        match words.first() {
            None => {}
            Some(word) if word.starts_with('#') => {}
            Some(&"segue") => drop(Cli::try_parse_from(&words).map_err(|error| error.to_string())?),
            Some(other) if OTHERS.contains(other) => {}
            Some(other) => return Err(format!("`{other}` is no command that is known here")),
        }
    }
    Ok(())
}

/// Looks at a block that is only shown.
fn example(block: &Block) -> Result<(), String> {
    if block.language == "json" {
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(&block.text);
        let _ = parsed.map_err(|error| error.to_string())?;
    }
    let known = reference::metrics();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for word in block.text.split(|c| !is_name(c)).filter(|word| word.starts_with("segue_")) {
        let base = ["_bucket", "_count", "_sum"].iter().find_map(|suffix| word.strip_suffix(suffix));
        if !known.contains_key(word) && !base.is_some_and(|base| known.contains_key(base)) {
            return Err(format!("there is no metric `{word}`"));
        }
    }
    Ok(())
}

/// A bundle of the page as a whole, once all its files are there.
fn judge(root: &Path, bundle: &str, broken: bool) -> Result<(), String> {
    let call = |words: &[&str]| Command::new(binary()).args(words).current_dir(root).output().unwrap();
    let checked = call(&["check", bundle]);
    let found = String::from_utf8_lossy(&checked.stdout).into_owned();
    match (checked.status.code(), broken) {
        (Some(1), true) => return Ok(()),
        (Some(0), false) if found.is_empty() => {}
        _ => return Err(format!("bundle {bundle}: `check` says otherwise than the page:\n{found}")),
    }
    let tested = call(&["test", bundle]);
    let said = String::from_utf8_lossy(&tested.stderr).into_owned();
    if tested.status.success() || said.contains("no-tests") {
        return Ok(());
    }
    Err(format!("bundle {bundle}: {}{said}", String::from_utf8_lossy(&tested.stdout)))
}

/// The links of a page, below `docs`, that lead nowhere.
fn dead_links(name: &str, text: &str) -> Vec<String> {
    let folder = docs().join(name).parent().unwrap().to_owned();
    let mut dead = Vec::new();
    for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        if link.starts_with("https://") {
            continue;
        }
        let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
        let target = if path.is_empty() { docs().join(name) } else { folder.join(path) };
        let is_there = match anchor {
            "" => target.exists(),
            _ => fs::read_to_string(&target).is_ok_and(|page| anchors(&page).contains(anchor)),
        };
        if !is_there {
            dead.push(format!("{name}: the link `{link}` leads nowhere"));
        }
    }
    dead
}

/// What the headings of a page can be linked by.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let slug = |line: &str| {
        let text = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        text.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
    };
    headings.map(slug).collect()
}

#[test]
fn every_block_of_every_page_does_what_the_page_says() {
    let faults: Vec<String> = pages()
        .iter()
        .flat_map(|name| run(&page(name)).into_iter().map(move |fault| format!("docs/{name}: {fault}")))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn every_link_leads_somewhere() {
    let dead: Vec<String> = pages().iter().flat_map(|name| dead_links(name, &page(name))).collect();
    assert!(dead.is_empty(), "{}", dead.join("\n"));
    assert_eq!(dead_links("README.md", "[a](nowhere.md) [b](#no-heading)").len(), 2);
}

#[test]
fn what_is_wrong_on_a_page_is_found() {
    let bundle = "```yaml bundle=b file=a.yaml\nsource: a\n```\n";
    let cases = [
        ("```sh\nsegue check x\n```\n", "no mark"),
        ("```sh run\nsegue check gone\n```\n", "ended with Some(2), not 0"),
        ("```sh run exit=1\ntrue\n```\n", "ended with Some(0), not 1"),
        ("```sh run\nfalse; true\n```\n", "ended with Some(1)"),
        ("```sh run\necho one\n```\n```text output\ntwo\n```\n", "writes otherwise"),
        ("```text output\ntwo\n```\n", "no `run`"),
        ("```sh broker\nsegue topics plan --setting x\n```\n", "--setting"),
        ("```sh broker\nsegue topics plan\n```\n", "--settings"),
        ("```sh broker\nrm -rf x\n```\n", "no command that is known"),
        ("```yaml settings=s.yaml\nbundle: b\n```\n", "instance: is missing"),
        ("```json example\n{\n```\n", "EOF"),
        ("```promql example\nrate(segue_tusks_total[5m])\n```\n", "segue_tusks_total"),
        (bundle, "missing-key"),
    ];
    for (text, expected) in cases {
        let faults = run(text);
        assert!(faults.len() == 1 && faults[0].contains(expected), "{text}: {faults:?}");
    }
    let broken = run("```yaml bundle=b file=a.yaml broken\n# nothing\n```\n");
    assert_eq!(broken.len(), 1, "a bundle that was said to be broken has to be");
}

#[test]
fn dots_stand_for_any_text_and_for_any_lines() {
    for (shown, said, expected) in [
        ("a\n...\nd\n", "a\nb\nc\nd\n", true),
        ("a\n...\nd\n", "a\nd\n", true),
        ("a\n...\n", "a\nb\n", true),
        ("a\n", "a\nb\n", false),
        ("a\nb\n", "a\n", false),
        ("x...z\n", "xyz\n", true),
        ("x...y...\n", "x y 1\n", true),
        ("x...z\n", "xyzw\n", false),
        ("x...q...z\n", "xyz\n", false),
    ] {
        assert_eq!(matches(shown, said).is_ok(), expected, "{shown:?} {said:?}");
    }
}
