//! A real Apache Kafka in a box: one broker or three, on free loopback ports, gone with the test.

use std::net::TcpListener;
use std::path::Path;
use std::process::{self, Command};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::jars;
use crate::node::{self, Node, Ports};

/// How long a cluster may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Any cluster id will do; a fixed one saves a start of Java.
const CLUSTER_ID: &str = "c2VndWUtdGVzdGtpdC0xMA";

/// Why there is no Kafka on this machine.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Absent(pub String);

/// A running cluster. Its brokers are killed and its data removed when it is dropped, and also when the process that
/// holds it dies in any other way.
#[derive(Debug)]
pub struct Kafka {
    nodes: Vec<Node>,
    brokers: String,
    jars: std::path::PathBuf,
    cluster: std::path::PathBuf,
}

impl Kafka {
    /// Starts a cluster of one broker or of three, and returns when all of them answer. With three, topics have three
    /// replicas of which two must be in sync.
    ///
    /// # Errors
    /// When Java or Maven is missing, when the jars cannot be fetched, or when the brokers do not come up within a
    /// minute.
    pub fn start(nodes: usize) -> Result<Self, Absent> {
        let version = Command::new("java").arg("-version").output();
        let _ = version.map_err(|error| Absent(format!("Java (java) cannot be run: {error}")))?;
        let jars = jars::fetch()?;
        let said = |error: std::io::Error| Absent(format!("the broker cannot be set up: {error}"));
        let cluster = tempfile::Builder::new().prefix("segue-kafka-").tempdir().map_err(said)?.keep();
        let ports = free_ports(nodes);
        let mut members = Vec::new();
        for id in 1..=nodes {
            members.push(Node::new(&jars, &cluster, id, &ports).map_err(said)?);
        }
        let formats: Result<Vec<_>, _> = members.iter().map(|node| node.format(CLUSTER_ID)).collect();
        for (format, node) in formats.map_err(said)?.iter_mut().zip(&members) {
            if !format.wait().map_err(said)?.success() {
                return Err(Absent(format!("the broker cannot be formatted: {}", node.last_words())));
            }
        }
        for node in &mut members {
            node.start().map_err(said)?;
        }
        let brokers: Vec<String> = ports.iter().map(|ports| format!("127.0.0.1:{}", ports.clients)).collect();
        let kafka = Self { nodes: members, brokers: brokers.join(","), jars, cluster };
        kafka.wait_until_ready(nodes, READY_WITHIN)?;
        Ok(kafka)
    }

    /// Returns the addresses to connect to, separated by commas.
    #[must_use]
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// Returns the directory that holds all that the brokers write, with what they log.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.cluster
    }

    /// Kills one broker (counted from 1) as a power cut would. Its data stays.
    pub fn kill(&mut self, node: usize) {
        self.nodes[node - 1].kill();
    }

    /// Starts a killed broker (counted from 1) again on its data, and returns when every broker answers for itself. Not
    /// all that it holds need be in sync by then.
    ///
    /// # Errors
    /// When it does not come up within a minute.
    pub fn start_again(&mut self, node: usize) -> Result<(), Absent> {
        self.nodes[node - 1]
            .start()
            .map_err(|error| Absent(format!("the broker cannot be started: {error}")))?;
        self.wait_until_ready(self.nodes.len(), READY_WITHIN)
    }

    /// Begins the command line of a tool of Kafka's own, such as `org.apache.kafka.tools.ConsoleProducer`,
    /// `org.apache.kafka.tools.consumer.ConsoleConsumer` or `org.apache.kafka.tools.TopicCommand`.
    #[must_use]
    pub fn java(&self, main_class: &str, arguments: &[&str]) -> Command {
        let mut command = node::java(&self.jars, &self.cluster.join("node-1"), 256);
        let _ = command.arg(main_class).args(arguments);
        command
    }

    /// Counts how often the members of a group were settled anew, as the brokers have logged it.
    #[must_use]
    pub fn rebalances(&self, group: &str) -> usize {
        let settled = format!("Stabilized group {group} generation ");
        self.nodes.iter().map(|node| node.said().matches(&settled).count()).sum()
    }

    fn wait_until_ready(&self, nodes: usize, within: Duration) -> Result<(), Absent> {
        let began = Instant::now();
        // Each is asked for itself: for some seconds the others go on naming one that was just killed.
        let mut unready: Vec<&str> = self.brokers.split(',').collect();
        while began.elapsed() < within {
            unready.retain(|broker| !knows_all(broker, nodes));
            if unready.is_empty() {
                return Ok(());
            }
            // A refused connection fails at once; this keeps the loop from spinning.
            std::thread::sleep(Duration::from_millis(50));
        }
        let words: Vec<String> = self.nodes.iter().map(Node::last_words).collect();
        Err(Absent(format!("no answer from Kafka within {within:?}: {}", words.join(" / "))))
    }
}

/// Starts a cluster as [`Kafka::start`] does; where that is not possible it says so and returns `None`, so that the
/// test can end.
///
/// # Panics
/// When there is no Kafka although the variable `CI` is set: there the suite must not pass by skipping.
#[must_use]
pub fn kafka_or_skip(nodes: usize) -> Option<Kafka> {
    match Kafka::start(nodes) {
        Ok(kafka) => Some(kafka),
        Err(absent) => {
            assert!(std::env::var_os("CI").is_none(), "the suite on a real Kafka cannot run: {absent}");
            eprintln!("SKIPPED: {absent}");
            None
        }
    }
}

/// Returns the one broker that all tests of a test binary share; as [`kafka_or_skip`] otherwise.
///
/// # Panics
/// As [`kafka_or_skip`].
#[must_use]
pub fn shared_kafka_or_skip() -> Option<&'static Kafka> {
    static SHARED: OnceLock<Option<Kafka>> = OnceLock::new();
    SHARED.get_or_init(|| kafka_or_skip(1)).as_ref()
}

/// Asks a broker whether it knows as many brokers as there are. The client is new each time, since one that has learned
/// of the others would ask them as well.
fn knows_all(broker: &str, nodes: usize) -> bool {
    let client = ClientConfig::new().set("bootstrap.servers", broker).set("log_level", "0").create();
    let client: BaseConsumer = client.expect("the settings are right");
    client
        .fetch_metadata(None, Duration::from_millis(500))
        .is_ok_and(|metadata| metadata.brokers().len() == nodes)
}

fn free_ports(nodes: usize) -> Vec<Ports> {
    (0..nodes).map(|_| Ports { clients: free_port(), controller: free_port() }).collect()
}

/// Finds a port below the range from which the system takes those of outgoing connections, so that none is taken in
/// the seconds before the process listens that it is for. Different processes begin at different places.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 15_000 + u16::try_from(process::id() % 800).expect("it is below 800") * 20;
    loop {
        let port = base + NEXT.fetch_add(1, Ordering::Relaxed) % 1_600;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
