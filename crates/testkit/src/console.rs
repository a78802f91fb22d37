//! Kafka's own console tools, in Java: clients that share no code with ours, nor with the library that ours stands on.

use std::borrow::Cow;
use std::fmt::Write;
use std::fs;
use std::process::{Command, Stdio};

use segue_log::Append;

use crate::kafka::Kafka;

/// Stands for null in the files of the console producer.
const NULL: &str = "NULL-MARKER";
/// How long the console consumer waits for another record before it ends.
const QUIET_MS: &str = "4000";

/// A record as the console consumer shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    /// The partition.
    pub partition: u32,
    /// The offset.
    pub offset: u64,
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// Says whether the console producer can send a record: it reads lines of text.
#[must_use]
pub fn is_text(record: &Append) -> bool {
    let line = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(['\t', '\n', '\r']));
    let headers = record.headers.iter().all(|header| header.value.as_deref().is_some_and(line));
    headers && record.key.as_deref().is_none_or(line) && record.value.as_deref().is_none_or(line)
}

impl Kafka {
    /// Writes records with the console producer: those of one topic in their order, those of different topics at once.
    ///
    /// # Panics
    /// When Java cannot be started or says that a record was not written.
    pub fn console_produce(&self, records: &[Append]) {
        let mut topics: Vec<&str> = records.iter().map(|record| &*record.topic).collect();
        topics.sort_unstable();
        topics.dedup();
        let directory = tempfile::tempdir().expect("a directory can be made");
        let start = |topic: &str| {
            let file = directory.path().join(topic);
            let lines: String = records.iter().filter(|record| &*record.topic == topic).map(line).collect();
            fs::write(&file, lines).expect("the directory can be written to");
            let mut command = self.java(
                "org.apache.kafka.tools.ConsoleProducer",
                &[
                    "--bootstrap-server",
                    self.brokers(),
                    "--topic",
                    topic,
                    "--producer-property",
                    "linger.ms=20",
                ],
            );
            for property in
                ["parse.headers=true", "parse.key=true", "headers.separator=;;", "headers.key.separator==="]
            {
                let _ = command.args(["--property", property]);
            }
            let _ = command.args(["--property", &format!("null.marker={NULL}")]);
            let input = fs::File::open(&file).expect("it was just written");
            let _ = command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("Java can be started")
        };
        let started: Vec<_> = topics.into_iter().map(start).collect();
        for process in started {
            let output = process.wait_with_output().expect("it is our child");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && !said.contains("ERROR"), "the console producer: {said}");
        }
    }

    /// Reads a topic with the console consumer, as a reader of committed records.
    ///
    /// # Panics
    /// When Java cannot be started, or shows something that is no record.
    #[must_use]
    pub fn console_consume(&self, topics: &[&str]) -> Vec<Vec<Shown>> {
        let start = |topic: &&str| {
            let mut command: Command = self.java(
                "org.apache.kafka.tools.consumer.ConsoleConsumer",
                &["--bootstrap-server", self.brokers(), "--topic", topic, "--from-beginning"],
            );
            let _ = command.args(["--isolation-level", "read_committed", "--timeout-ms", QUIET_MS]);
            for property in ["print.partition=true", "print.offset=true", "print.key=true"] {
                let _ = command.args(["--property", property]);
            }
            let _ = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
            command.spawn().expect("Java can be started")
        };
        let started: Vec<_> = topics.iter().map(start).collect();
        let read = |process: std::process::Child| {
            let output = process.wait_with_output().expect("it is our child");
            let text = String::from_utf8(output.stdout).expect("values and keys are text");
            // That nothing came any more is told in the same place.
            let mut shown: Vec<Shown> =
                text.lines().filter(|line| line.starts_with("Partition:")).map(shown).collect();
            shown.sort();
            shown
        };
        started.into_iter().map(read).collect()
    }
}

/// `headers`, key and value, separated by tabs.
fn line(record: &Append) -> String {
    assert!(is_text(record), "the console producer takes lines of text");
    let mut line = String::new();
    for header in &record.headers {
        let between = if line.is_empty() { "" } else { ";;" };
        write!(line, "{between}{}=={}", header.name, text(header.value.as_ref())).expect("a text takes all");
    }
    if line.is_empty() {
        line += NULL;
    }
    writeln!(line, "\t{}\t{}", text(record.key.as_ref()), text(record.value.as_ref()))
        .expect("a text takes all");
    line
}

fn text(bytes: Option<&Vec<u8>>) -> Cow<'_, str> {
    bytes.map_or(Cow::Borrowed(NULL), |bytes| String::from_utf8_lossy(bytes))
}

fn shown(line: &str) -> Shown {
    let mut fields = line.splitn(4, '\t');
    let mut field = || fields.next().unwrap_or_default();
    let number = |text: &str, name: &str| {
        let number = text.strip_prefix(name).and_then(|number| number.parse::<u64>().ok());
        number.unwrap_or_else(|| panic!("no record: {line}"))
    };
    let partition = number(field(), "Partition:");
    Shown {
        partition: u32::try_from(partition).expect("tests use few partitions"),
        offset: number(field(), "Offset:"),
        key: field().to_owned(),
        value: field().to_owned(),
    }
}
