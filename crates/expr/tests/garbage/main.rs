//! Mutated sources on mutated documents: none makes the language panic, overflow the stack of a thread, take more time
//! than is bounded, or say two things of one matter.
//!
//! What is mutated is the kept corpus beside this file, `tests/corpus/`, and the sources of the conformance cases. A
//! source that was found to do harm is added to `tests/corpus/found.cel`. In the gate some thousands; with
//! `SEGUE_SCALE=full` some hundred thousand. `SEGUE_SEED` gives the same run again, and it is said where a run fails.
//! No sanitizer is needed: there is no unsafe code here.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

mod check;
/// The names that the tests of the checker speak about, too.
#[path = "../../../syntax/src/fixture.rs"]
mod declared;
mod grammar;
mod mutate;
mod world;

use std::env;
use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use segue_document::Document;
use segue_expr::{DecisionShape, Names};

use check::Came;
use grammar::grown;
use mutate::{OF_DOCUMENTS, OF_SOURCES, Random, mutated, tokens};

const CASES: u64 = 4_000;
const CASES_FULL: u64 = 400_000;
/// How often sources of this crate stand in the corpus beside those of the specification.
const OWN_TIMES: usize = 10;
/// How many cases run on one thread.
const BATCH: u64 = 500;
/// What a thread has where nothing else is said.
const STACK_BYTES: usize = 2 * 1024 * 1024;
/// No case takes a hundredth of it, on a machine that does nothing else.
const CASE_MAX: Duration = Duration::from_secs(60);

const SOURCES: [&str; 4] = [
    include_str!("../corpus/contract.cel"),
    include_str!("../corpus/functions.cel"),
    include_str!("../corpus/edges.cel"),
    include_str!("../corpus/found.cel"),
];
const CASES_OF_THE_SPECIFICATION: [&str; 9] = [
    include_str!("../conformance/basic.json"),
    include_str!("../conformance/comparisons.json"),
    include_str!("../conformance/conversions.json"),
    include_str!("../conformance/fields.json"),
    include_str!("../conformance/macros.json"),
    include_str!("../conformance/macros2.json"),
    include_str!("../conformance/optionals.json"),
    include_str!("../conformance/parse.json"),
    include_str!("../conformance/timestamps.json"),
];
const DOCUMENTS: &str = include_str!("../corpus/documents.jsonl");

/// The documents that are meant for an event, its cause, a subject and a row.
const PLACES: [usize; 4] = [0, 0, 1, 2];

/// What is mutated, cut into tokens.
struct Corpus {
    sources: Vec<Vec<String>>,
    /// Those of the sources that compile.
    valid: Vec<Vec<String>>,
    documents: Vec<Vec<String>>,
}

impl Corpus {
    fn read() -> Corpus {
        let lines = SOURCES.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with("//"));
        let mut sources: Vec<_> = lines.map(tokens).collect();
        let own = sources.len();
        for text in CASES_OF_THE_SPECIFICATION {
            let cases = Document::parse_own(text).unwrap();
            let source =
                |case: segue_document::Value<'_>| tokens(case.get("expr").unwrap().as_str().unwrap());
            sources.extend(cases.root().items().map(source));
        }
        let is_valid = |source: &&Vec<String>| check::compiles(&source.concat());
        let mut valid: Vec<_> = sources.iter().filter(is_valid).cloned().collect();
        // Those of this crate stand for what bundles write; of the others there are many more.
        let own: Vec<_> = sources[..own].iter().filter(is_valid).cloned().collect();
        valid.extend(vec![own; OWN_TIMES].concat());
        Corpus { sources, valid, documents: DOCUMENTS.lines().map(tokens).collect() }
    }
}

#[test]
fn no_source_and_no_document_does_harm() {
    let is_full = env::var("SEGUE_SCALE").is_ok_and(|scale| scale == "full");
    let cases = if is_full { CASES_FULL } else { CASES };
    let seed = env::var("SEGUE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    println!("SEGUE_SEED={seed}");
    let corpus = Arc::new(Corpus::read());
    assert!(corpus.sources.len() > 1_000, "{} sources", corpus.sources.len());
    assert!(corpus.valid.len() > 1_000, "{} to be changed by the grammar", corpus.valid.len());
    let mut came = Came::default();
    for batch in 0..cases / BATCH {
        came.add(&run(&corpus, seed, batch));
    }
    println!("{came}");
    if let Some(path) = env::var_os("SEGUE_PROOF") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "### Mutated sources and documents\n\nseed {seed}\n\n{came}").unwrap();
    }
    // If nothing were evaluated, or nothing refused, nothing would be shown.
    assert!(came.values > cases / 20 && came.errors > cases / 20 && came.refused > cases / 20, "{came}");
    assert!(came.refused * 2 < cases && came.past > cases / 50, "{came}");
    assert!(came.documents > cases && came.documents_refused > cases / 100, "{came}");
}

/// Runs one batch on a thread of its own, and looks after it.
fn run(corpus: &Arc<Corpus>, seed: u64, batch: u64) -> Came {
    let (done, all_done) = sync_channel(1);
    let current = Arc::new(Mutex::new(String::new()));
    let (told, corpus) = (Arc::clone(&current), Arc::clone(corpus));
    let work = move || {
        let mut came = Came::default();
        for case in 0..BATCH {
            let mut random = Random::new(seed, batch * BATCH + case);
            // One in four without regard to the grammar.
            let source = match random.below(4) {
                0 => mutated(&corpus.sources, &OF_SOURCES, &mut random),
                _ => grown(&corpus.valid, &mut random),
            };
            let documents = PLACES.map(|at| match random.below(2) {
                0 => corpus.documents[at].concat(),
                _ => mutated(&corpus.documents, &OF_DOCUMENTS, &mut random),
            });
            *told.lock().unwrap() = format!("{source}\non\n{}", documents.join("\n"));
            check::check(&source, &documents, random.below(4) != 0, &mut came);
            done.send(()).unwrap();
        }
        came
    };
    let worker = thread::Builder::new().stack_size(STACK_BYTES).spawn(work).unwrap();
    loop {
        match all_done.recv_timeout(CASE_MAX) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                panic!("longer than {CASE_MAX:?}, seed {seed}: {}", current.lock().unwrap());
            }
        }
    }
    worker.join().unwrap_or_else(|_| panic!("seed {seed}: {}", current.lock().unwrap()))
}

/// The sources of the corpus themselves, as they are.
#[test]
fn the_corpus_does_no_harm() {
    let mut came = Came::default();
    let documents: Vec<&str> = DOCUMENTS.lines().collect();
    let documents = PLACES.map(|at| documents[at].to_owned());
    for text in SOURCES {
        for source in text.lines() {
            for is_untyped in [false, true] {
                check::check(source, &documents, is_untyped, &mut came);
            }
        }
    }
    assert!(came.values > 60 && came.refused > 10 && came.past > 10, "{came}");
}
