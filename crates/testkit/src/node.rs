//! One broker: its settings, its directory and its process.
//!
//! The broker must not outlive the test, however the test ends. So a small shell starts Java and waits for its
//! standard input, which this process holds: when the process dies, the pipe closes, the shell kills the broker and
//! removes the cluster's directory. The shell has a process group of its own, or Ctrl-C would end it before it could.

use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const LOG4J: &str = include_str!("../kafka/log4j2.properties");

/// Holds Java, kills it when told to (`keep` spares the data) or when nobody is left to tell.
const WATCHDOG: &str = r#"
log=$1; directory=$2; shift 2
"$@" >>"$log" 2>&1 </dev/null & pid=$!
word=; read word
kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null
if [ "$word" != keep ]; then rm -rf "$directory"; fi
"#;

/// Where a broker listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) clients: u16,
    pub(crate) controller: u16,
}

/// One broker of the cluster, running or killed.
#[derive(Debug)]
pub(crate) struct Node {
    jars: PathBuf,
    cluster: PathBuf,
    home: PathBuf,
    process: Option<Child>,
}

impl Node {
    /// Writes the settings of broker `id` (counted from 1) below `cluster`.
    pub(crate) fn new(jars: &Path, cluster: &Path, id: usize, ports: &[Ports]) -> io::Result<Self> {
        let home = cluster.join(format!("node-{id}"));
        fs::create_dir_all(&home)?;
        fs::write(home.join("node.properties"), properties(&home, id, ports))?;
        fs::write(home.join("log4j2.properties"), LOG4J)?;
        Ok(Self { jars: jars.to_owned(), cluster: cluster.to_owned(), home, process: None })
    }

    /// Begins to format the broker's directory.
    pub(crate) fn format(&self, cluster_id: &str) -> io::Result<Child> {
        let log = fs::File::create(self.home.join("format.log"))?;
        java(&self.jars, &self.home, 128)
            .args(["kafka.tools.StorageTool", "format", "-t", cluster_id, "-c"])
            .arg(self.home.join("node.properties"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
    }

    /// Starts the broker; it takes some seconds until it answers.
    pub(crate) fn start(&mut self) -> io::Result<()> {
        let broker = java(&self.jars, &self.home, 512);
        let process = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(self.home.join("broker.log"))
            .arg(&self.cluster)
            .arg(broker.get_program())
            .args(broker.get_args())
            .arg("kafka.Kafka")
            .arg(self.home.join("node.properties"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        self.process = Some(process);
        Ok(())
    }

    /// Kills the broker at once and keeps its data.
    pub(crate) fn kill(&mut self) {
        if let Some(stdin) = self.process.as_mut().and_then(|process| process.stdin.as_mut()) {
            let _ = stdin.write_all(b"keep\n");
        }
        self.end();
    }

    /// Closes the shell's input and waits for it.
    fn end(&mut self) {
        if let Some(mut process) = self.process.take() {
            drop(process.stdin.take());
            let _ = process.wait();
        }
    }

    /// Returns what the broker has logged.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.home.join("broker.log")).unwrap_or_default()
    }

    /// Returns the last lines of what the broker said, for a message.
    pub(crate) fn last_words(&self) -> String {
        let said: String = ["format.log", "broker.log"]
            .iter()
            .filter_map(|name| fs::read_to_string(self.home.join(name)).ok())
            .collect();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(5)..].join(" | ")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.end();
    }
}

/// Begins a command line of Java with every jar on its path.
pub(crate) fn java(jars: &Path, home: &Path, heap_mb: u32) -> Command {
    let mut command = Command::new("java");
    let _ = command
        .arg(format!("-Xmx{heap_mb}m"))
        .args(["-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"])
        .arg(format!("-Dlog4j2.configurationFile={}", home.join("log4j2.properties").display()))
        .arg("-cp")
        // Java itself expands the star; no shell may.
        .arg(format!("{}/*", jars.display()));
    command
}

/// Settings of a broker that is also a controller. The intervals are short so that tests of time-outs are.
fn properties(home: &Path, id: usize, ports: &[Ports]) -> String {
    let own = ports[id - 1];
    let replicas = ports.len();
    let in_sync = if replicas > 1 { 2 } else { 1 };
    let voters: Vec<String> = ports
        .iter()
        .enumerate()
        .map(|(index, ports)| format!("{}@127.0.0.1:{}", index + 1, ports.controller))
        .collect();
    let Ports { clients, controller } = own;
    // Who has not been denied anything may do everything. Only where the broker is alone: several elect their leader before
    // rights can be read, and would need rights for that.
    let rights: &[&str] = match ports.len() {
        1 => &[
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found=true",
        ],
        _ => &[],
    };
    let data = home.join("data");
    let common = [
        "process.roles=broker,controller".to_owned(),
        format!("node.id={id}"),
        format!("listeners=PLAINTEXT://127.0.0.1:{clients},CONTROLLER://127.0.0.1:{controller}"),
        format!("advertised.listeners=PLAINTEXT://127.0.0.1:{clients}"),
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT".to_owned(),
        "inter.broker.listener.name=PLAINTEXT".to_owned(),
        "controller.listener.names=CONTROLLER".to_owned(),
        format!("controller.quorum.voters={}", voters.join(",")),
        format!("log.dirs={}", data.display()),
        "auto.create.topics.enable=false".to_owned(),
        "delete.topic.enable=true".to_owned(),
        format!("default.replication.factor={replicas}"),
        format!("min.insync.replicas={in_sync}"),
        "offsets.topic.num.partitions=4".to_owned(),
        format!("offsets.topic.replication.factor={replicas}"),
        "transaction.state.log.num.partitions=4".to_owned(),
        format!("transaction.state.log.replication.factor={replicas}"),
        format!("transaction.state.log.min.isr={in_sync}"),
        format!("share.coordinator.state.topic.replication.factor={replicas}"),
        format!("share.coordinator.state.topic.min.isr={in_sync}"),
        "group.initial.rebalance.delay.ms=0".to_owned(),
        "group.min.session.timeout.ms=1000".to_owned(),
        "transaction.abort.timed.out.transaction.cleanup.interval.ms=1000".to_owned(),
        "broker.session.timeout.ms=6000".to_owned(),
        "broker.heartbeat.interval.ms=1000".to_owned(),
        "log.cleaner.dedupe.buffer.size=16777216".to_owned(),
        // What is too old, or taken away from a compacted topic, goes within seconds where a topic asks for that.
        "log.initial.task.delay.ms=500".to_owned(),
        // Indexes are made as large as they may become, and tests read all that is on the disk.
        "log.index.size.max.bytes=262144".to_owned(),
        "log.retention.check.interval.ms=1000".to_owned(),
        "log.cleaner.backoff.ms=500".to_owned(),
        "num.network.threads=2".to_owned(),
        "num.io.threads=4".to_owned(),
        "num.recovery.threads.per.data.dir=1".to_owned(),
        String::new(),
    ];
    rights.iter().map(|line| (*line).to_owned()).chain(common).collect::<Vec<_>>().join("\n")
}
