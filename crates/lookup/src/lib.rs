//! What coordinates and user agents stand for. Pure: the tables come with the program.
//!
//! Shape: [`zones`] coordinates -> time zone, [`agents`] a user agent -> device, [`hints`] User-Agent Client Hints -> device.
//! Invariants: no input makes it panic, and what is kept of inputs is bounded; what it says is a function of the input and
//! of this version of the program. So intake writes what is said here into the log, and nothing that decides asks again.

pub mod agents;
pub mod hints;
pub mod zones;

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
