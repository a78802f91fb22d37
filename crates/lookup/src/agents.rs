//! A user agent -> device, by the expressions of uap-core.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};

use ua_parser::{Extractor, Regexes};

use crate::Device;

/// The longest user agent that is looked at, in bytes. Of a longer one nothing is known: none that a maker wrote is.
pub const AGENT_BYTES_MAX: usize = 2_048;
/// How many user agents one generation of what is kept has at most.
const KEPT_MAX: usize = 4_096;
/// How many bytes one generation of what is kept has at most, keys and values together.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// The expressions of uap-core, in their order. A constant of the program; made when it is first asked, since that takes
/// a tenth of a second and some memory that a router without user agents need not pay.
static EXPRESSIONS: LazyLock<Extractor<'static>> = LazyLock::new(|| {
    let regexes: Regexes<'static> = serde_json::from_str(include_str!("../data/uap-core.json"))
        .expect("the expressions are part of the program, and a test reads them");
    Extractor::try_from(regexes).expect("the expressions are part of the program, and a test makes them")
});

/// What the expressions say of a user agent, in uap-core's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Families {
    /// Of the browser.
    pub browser: Option<String>,
    /// Of the operating system.
    pub os: Option<String>,
    /// Of the device.
    pub device: Option<String>,
}

/// Devices by user agents. Keeps those asked lately: few makers' texts stand in most events.
#[derive(Default)]
pub struct Agents {
    kept: Mutex<Kept>,
}

/// What was asked lately: once the one generation is full, the one before goes.
#[derive(Default)]
struct Kept {
    late: BTreeMap<String, Device>,
    late_bytes: usize,
    before: BTreeMap<String, Device>,
}

impl Agents {
    /// The device of a user agent; nothing is known of one that is empty or longer than [`AGENT_BYTES_MAX`].
    pub fn device(&self, agent: &str) -> Device {
        let agent = agent.trim();
        if agent.is_empty() || agent.len() > AGENT_BYTES_MAX {
            return Device::default();
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(device) = kept.late.get(agent) {
            return device.clone();
        }
        let device = kept.before.remove(agent).unwrap_or_else(|| device(agent, families(agent)));
        kept.keep(agent, device.clone());
        device
    }
}

impl Kept {
    fn keep(&mut self, agent: &str, device: Device) {
        let texts = [&device.os, &device.browser].into_iter().flatten().map(String::len);
        let bytes = agent.len() + texts.sum::<usize>();
        if self.late.len() >= KEPT_MAX || self.late_bytes + bytes > KEPT_BYTES_MAX {
            self.before = std::mem::take(&mut self.late);
            self.late_bytes = 0;
        }
        self.late_bytes += bytes;
        let _ = self.late.insert(agent.to_owned(), device);
    }
}

impl fmt::Debug for Agents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agents").finish_non_exhaustive()
    }
}

/// What the expressions say; a family that they call `Other` is none.
pub fn families(agent: &str) -> Families {
    let known = |family: &str| (family != "Other" && !family.is_empty()).then(|| family.to_owned());
    let (browser, os, device) = EXPRESSIONS.extract(agent);
    Families {
        browser: browser.and_then(|found| known(&found.family)),
        os: os.and_then(|found| known(&found.os)),
        device: device.and_then(|found| known(&found.device)),
    }
}

fn device(agent: &str, families: Families) -> Device {
    let Families { browser, os, device } = families;
    let kind = kind(agent, os.as_deref().unwrap_or_default(), device.as_deref().unwrap_or_default());
    Device { kind: Some(kind), os, browser }
}

/// Systems of desks, each with what its name begins with. (A tablet of Apple's that asks for pages of desks says that it
/// is a Mac.)
const DESKTOPS: [&str; 13] = [
    "Windows",
    "Mac OS",
    "Linux",
    "Ubuntu",
    "Chrome OS",
    "Fedora",
    "Debian",
    "FreeBSD",
    "OpenBSD",
    "NetBSD",
    "Red Hat",
    "SUSE",
    "Solaris",
];
/// Systems of phones.
const PHONES: [&str; 12] = [
    "iOS",
    "Windows Phone",
    "Windows Mobile",
    "Windows CE",
    "BlackBerry OS",
    "KaiOS",
    "Firefox OS",
    "Symbian OS",
    "Symbian^3",
    "Bada",
    "Maemo",
    "Nokia Series 40",
];
/// Systems of television sets and of what is plugged into them.
const TVS: [&str; 5] = ["tvOS", "ATV OS X", "WebOS", "Roku", "Chromecast"];
/// Words that makers of television sets and of what is plugged into them use.
const TV_WORDS: [&str; 14] = [
    "SmartTV",
    "SMART-TV",
    "Smart-TV",
    "HbbTV",
    "BRAVIA",
    "AppleTV",
    "Apple TV",
    "GoogleTV",
    "Google TV",
    "Android TV",
    "CrKey",
    "Roku/",
    "AFTS",
    "AFTM",
];

/// The kind of a device. uap-core names models and no kinds, so it is told by the system, and by the words that makers
/// agree on: `Mobile` in what Android says is a phone, and its absence a tablet.
fn kind(agent: &str, os: &str, device: &str) -> &'static str {
    let says = |words: &[&str]| words.iter().any(|word| agent.contains(word));
    if device == "Spider" {
        "other"
    } else if os.eq_ignore_ascii_case("watchOS") || device.contains("Watch") || says(&["Wear OS"]) {
        "wearable"
    } else if TVS.contains(&os) || says(&TV_WORDS) {
        "tv"
    } else if device.starts_with("iPad") || says(&["iPad", "Tablet; ", "PlayBook", "Silk/", "Kindle"]) {
        "tablet"
    } else if PHONES.contains(&os) {
        "phone"
    } else if os == "Android" {
        if says(&["Mobile", "Opera Mini", "Opera Mobi"]) { "phone" } else { "tablet" }
    } else if DESKTOPS.iter().any(|desktop| os.starts_with(desktop)) {
        "desktop"
    } else if says(&["Mobile", "Opera Mini", "MIDP", "Nokia", "BlackBerry"]) {
        "phone"
    } else {
        "other"
    }
}

#[cfg(test)]
mod tests;
