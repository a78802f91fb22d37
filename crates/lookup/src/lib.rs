//! What coordinates, addresses and user agents stand for. Pure: the tables come with the program, but for the databases of
//! addresses, whose bytes are given.
//!
//! Shape: [`zones`] coordinates -> time zone, [`addresses`] an IP address -> place, [`agents`] a user agent -> device,
//! [`hints`] User-Agent Client Hints -> device.
//! Invariants: no input makes it panic, and what is kept of inputs is bounded; what it says is a function of the input, of
//! this version of the program and of those databases. So intake writes what is said here into the log, and nothing that
//! decides asks again.

pub mod addresses;
pub mod agents;
pub mod hints;
pub mod zones;

pub use addresses::Addresses;
pub use agents::Agents;

/// What is known of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// `phone`, `tablet`, `desktop`, `wearable`, `tv` or `other`.
    pub kind: Option<&'static str>,
    /// The family of its operating system, as uap-core names it: `iOS`, say.
    pub os: Option<String>,
    /// The family of its browser, as uap-core names it: `Mobile Safari`, say.
    pub browser: Option<String>,
}
