//! Which properties librdkafka takes, found without a client or a broker.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

use crate::lookup::hidden;

/// A property that librdkafka does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The property.
    pub name: String,
    /// What is wrong, as librdkafka says it, without the value, which may be a secret.
    pub detail: String,
}

/// The properties that librdkafka does not know, or whose value it does not take, in their order. Whether they go
/// together is only known once a client is made of them.
pub fn refused(properties: &BTreeMap<String, String>) -> Vec<Refused> {
    let refused = |(name, value): (&String, &String)| {
        let mut config = ClientConfig::new();
        let detail = match config.set(name, value).create_native_config().err()? {
            KafkaError::ClientConfig(_, detail, name, value) => hidden(&detail, &name, &value),
            error => error.to_string(),
        };
        Some(Refused { name: name.clone(), detail })
    };
    properties.iter().filter_map(refused).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_that_librdkafka_does_not_take_are_told() {
        let properties = [
            ("linger.ms", "7"),
            ("lingr.ms", "7"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("security.protocol", "sasl_ssl"),
            ("socket.timeout.ms", "soon"),
            ("ssl.key.password", "hush"),
        ];
        let refused = refused(&properties.map(|(name, value)| (name.into(), value.into())).into());
        let names: Vec<_> = refused.iter().map(|refused| refused.name.as_str()).collect();
        assert_eq!(names, ["lingr.ms", "socket.timeout.ms"], "{refused:?}");
        assert!(refused[0].detail.contains("No such configuration property"), "{refused:?}");
    }
}
