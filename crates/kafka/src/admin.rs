//! Topics: which there are and how they are set, and making those that are missing.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{
    AdminClient, AdminOptions, NewTopic, OwnedResourceSpecifier, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;
use segue_log::Error;

use crate::context::number;

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A topic that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// How many partitions it has.
    pub partitions: u32,
    /// How many replicas its first partition has.
    pub replication: u32,
    /// Its settings, defaults included; empty where they may not be seen.
    pub configs: BTreeMap<String, String>,
}

/// A topic that there should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPlan {
    /// Its name.
    pub name: String,
    /// How many partitions it gets.
    pub partitions: u32,
    /// How many replicas it gets; `None` for the cluster's default.
    pub replication: Option<u32>,
    /// Its settings, where they differ from the cluster's.
    pub configs: BTreeMap<String, String>,
}

/// What became of a topic that was to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Created,
    /// It was there already; how it is set was not looked at.
    Existed,
    /// The cluster refused, for this reason.
    Refused(String),
}

/// Returns the topics that there are, by name, without those that Kafka keeps for itself.
///
/// # Errors
/// [`Error::Environment`] when no broker answers within ten seconds or a property is wrong.
pub fn topics(
    brokers: &str,
    properties: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Topic>, Error> {
    let admin = admin(brokers, properties)?;
    let metadata =
        admin.inner().fetch_metadata(None, ANSWER_WITHIN).map_err(|error| silent(brokers, error))?;
    let mut topics = BTreeMap::new();
    for topic in metadata.topics().iter().filter(|topic| !topic.name().starts_with("__")) {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let replicas = topic.partitions().first().map_or(0, |partition| partition.replicas().len());
        let found = Topic {
            partitions: count(topic.partitions().len()),
            replication: count(replicas),
            configs: BTreeMap::new(),
        };
        let _ = topics.insert(topic.name().to_owned(), found);
    }
    add_configs(&admin, &mut topics);
    Ok(topics)
}

/// Makes topics, and says of each what became of it, in their order.
///
/// # Errors
/// [`Error::Environment`] when no broker answers within ten seconds or a property is wrong.
pub fn create(
    brokers: &str,
    properties: &BTreeMap<String, String>,
    plans: &[TopicPlan],
) -> Result<Vec<(String, Outcome)>, Error> {
    let admin = admin(brokers, properties)?;
    let topics: Vec<NewTopic<'_>> = plans.iter().map(new_topic).collect();
    let options = AdminOptions::new().operation_timeout(Some(ANSWER_WITHIN));
    let answers = block_on(admin.create_topics(&topics, &options)).map_err(|error| silent(brokers, error))?;
    let outcome = |answer| match answer {
        Ok(name) => (name, Outcome::Created),
        Err((name, RDKafkaErrorCode::TopicAlreadyExists)) => (name, Outcome::Existed),
        Err((name, code)) => (name, Outcome::Refused(code.to_string())),
    };
    Ok(answers.into_iter().map(outcome).collect())
}

fn new_topic(plan: &TopicPlan) -> NewTopic<'_> {
    let replication = TopicReplication::Fixed(plan.replication.map_or(-1, number));
    let topic = NewTopic::new(&plan.name, number(plan.partitions), replication);
    plan.configs.iter().fold(topic, |topic, (name, value)| topic.set(name, value))
}

/// Settings are worth knowing and not worth failing for: to see them takes a right of its own.
fn add_configs(admin: &AdminClient<DefaultClientContext>, topics: &mut BTreeMap<String, Topic>) {
    let names: Vec<String> = topics.keys().cloned().collect();
    let asked: Vec<_> = names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
    let options = AdminOptions::new().request_timeout(Some(ANSWER_WITHIN));
    let answers = match block_on(admin.describe_configs(&asked, &options)) {
        Ok(answers) => answers,
        Err(error) => {
            tracing::info!(%error, "settings of topics cannot be seen");
            return;
        }
    };
    for resource in answers.into_iter().flatten() {
        if let OwnedResourceSpecifier::Topic(name) = &resource.specifier
            && let Some(topic) = topics.get_mut(name)
        {
            let configs = resource.entries.into_iter();
            topic.configs = configs.filter_map(|entry| Some((entry.name, entry.value?))).collect();
        }
    }
}

fn admin(
    brokers: &str,
    properties: &BTreeMap<String, String>,
) -> Result<AdminClient<DefaultClientContext>, Error> {
    crate::lookup::refuse_secrets(brokers)?;
    let mut config = ClientConfig::new();
    for (name, value) in properties {
        let _ = config.set(name, value);
    }
    let made = config.set("bootstrap.servers", brokers).create();
    made.map_err(crate::lookup::environment)
}

fn silent(brokers: &str, error: rdkafka::error::KafkaError) -> Error {
    Error::Environment(format!("no usable answer from the brokers {brokers}: {error}"))
}

/// Waits for a future on this thread: the admin client answers from a thread of its own, so no executor is needed.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
