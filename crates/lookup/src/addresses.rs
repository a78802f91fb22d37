//! An IP address -> place, by databases in MaxMind's format, which the operator gives.
//!
//! Shape: bytes -> [`Database`], or a [`Fault`] of them; some databases -> [`Addresses`], which is asked.
//! Invariants: no bytes and no address make it panic or go on without an end: a database is tried before it is taken, a
//! walk through it has a number of steps, and what breaks off in the reader is caught here. An entry that cannot be read
//! says nothing. What is said is a function of the bytes and the address.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use maxminddb::{Reader, WithinOptions};
use serde::Deserialize;

/// The largest database, in bytes: it is held in memory whole. The largest that are sold have less than half of it.
pub const DATABASE_BYTES_MAX: usize = 1 << 30;
/// The most databases that are asked, one after the other.
pub const DATABASES_MAX: usize = 4;
/// The longest text that is read as an address, in bytes: none is longer, with its port.
const ADDRESS_BYTES_MAX: usize = 64;
/// The longest text of a place, in bytes; a longer one counts as none.
const TEXT_BYTES_MAX: usize = 128;
/// How many entries of a database are tried before it is taken.
const TRIED_MAX: usize = 1_000;
/// How many networks, with an entry or without, are gone through for them.
const STEPS_MAX: usize = 100_000;
/// The most bytes that are told of what the reader says of damage.
const DETAIL_BYTES_MAX: usize = 200;

/// Why a database is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is larger than [`DATABASE_BYTES_MAX`].
    #[error("is larger than {DATABASE_BYTES_MAX} bytes")]
    TooLarge,
    /// It is of another format, or damaged.
    #[error("is no whole database in MaxMind's format: {0}")]
    Damaged(String),
    /// It says other things of addresses than where they are.
    #[error("says of no address where it is: it is a database of the type `{0}`")]
    NoPlaces(String),
}

/// What is known of where an address is. Each part is there only where it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place<'d> {
    /// The country's code of two letters.
    pub country: Option<&'d str>,
    /// The largest part of the country that it is in, by its English name.
    pub region: Option<&'d str>,
    /// The city, by its English name.
    pub city: Option<&'d str>,
    /// Latitude and longitude, in degrees.
    pub coordinates: Option<(f64, f64)>,
    /// The IANA name of the time zone.
    pub timezone: Option<&'d str>,
}

/// One database, whole in memory.
pub struct Database {
    reader: Reader<Vec<u8>>,
}

/// The databases that are asked, in their order. Without any, no address is known.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    databases: Vec<Arc<Database>>,
}

impl Database {
    /// Reads a database, and tries some of its entries.
    ///
    /// # Errors
    /// It is too large, damaged, or says nothing of places; another file is needed.
    pub fn read(bytes: Vec<u8>) -> Result<Database, Fault> {
        if bytes.len() > DATABASE_BYTES_MAX {
            return Err(Fault::TooLarge);
        }
        caught(|| {
            let database = Database { reader: Reader::from_source(bytes).map_err(damaged)? };
            database.try_entries()?;
            Ok(database)
        })
        .unwrap_or_else(|| Err(Fault::Damaged("the reader broke off".to_owned())))
    }

    /// When it was made, in seconds since the epoch, as it says itself.
    pub fn built_at_secs(&self) -> u64 {
        self.reader.metadata().build_epoch
    }

    /// Where an address is; nothing is known of one without an entry, and of one whose entry cannot be read.
    fn place(&self, address: IpAddr) -> Place<'_> {
        let entry = caught(|| self.reader.lookup(address).and_then(|found| found.decode::<Entry<'_>>()));
        entry.and_then(Result::ok).flatten().map(|entry| entry.place()).unwrap_or_default()
    }

    /// Looks through the first entries: each can be read, and some say a place. Aliases are gone through as well: else a
    /// tree that is made for it, of which each way ends in one, would be gone through for ever.
    fn try_entries(&self) -> Result<(), Fault> {
        let options = WithinOptions::default().include_networks_without_data().include_aliased_networks();
        let networks = self.reader.networks(options).map_err(damaged)?;
        let (mut tried, mut has_places) = (0, false);
        for network in networks.take(STEPS_MAX) {
            let entry = network.and_then(|found| found.decode::<Entry<'_>>()).map_err(damaged)?;
            has_places |= entry.as_ref().is_some_and(|entry| entry.place() != Place::default());
            tried += usize::from(entry.is_some());
            if tried == TRIED_MAX {
                break;
            }
        }
        match has_places {
            true => Ok(()),
            false => Err(Fault::NoPlaces(cut(&self.reader.metadata().database_type))),
        }
    }
}

impl Addresses {
    /// Asks these databases, the first first.
    pub fn new(databases: Vec<Arc<Database>>) -> Addresses {
        Addresses { databases }
    }

    /// The databases, in their order.
    pub fn databases(&self) -> &[Arc<Database>] {
        &self.databases
    }

    /// Where the address in a text is: what the first database says that knows anything of it. Nothing is known of a text
    /// that is no address. A port behind the address is taken, so are brackets around one of IPv6, and one of IPv4 that is
    /// written as IPv6.
    pub fn place(&self, text: &str) -> Place<'_> {
        if self.databases.is_empty() {
            return Place::default();
        }
        let Some(address) = address(text) else { return Place::default() };
        let mut places = self.databases.iter().map(|database| database.place(address));
        places.find(|place| *place != Place::default()).unwrap_or_default()
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("type", &self.reader.metadata().database_type)
            .finish_non_exhaustive()
    }
}

/// The address in a text.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if text.len() > ADDRESS_BYTES_MAX {
        return None;
    }
    let plain = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let inside = || text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let in_brackets = || inside().and_then(|inside| inside.parse::<Ipv6Addr>().ok()).map(IpAddr::V6);
    plain.or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

/// What a function gives; `None` if it broke off. The reader is another's, and its files may be anybody's.
fn caught<T>(ask: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(ask)).ok()
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn damaged(error: maxminddb::MaxMindDbError) -> Fault {
    Fault::Damaged(cut(&error.to_string()))
}

/// A text of a file that may be anybody's, fit to be shown.
fn cut(text: &str) -> String {
    let mut shown: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    shown.truncate(shown.floor_char_boundary(DETAIL_BYTES_MAX));
    shown
}

/// The parts of an entry that are read. What else stands there is passed over.
#[derive(Deserialize)]
struct Entry<'e> {
    #[serde(borrow, default)]
    country: Country<'e>,
    #[serde(borrow, default)]
    subdivisions: Vec<Named<'e>>,
    #[serde(borrow, default)]
    city: Named<'e>,
    #[serde(borrow, default)]
    location: Location<'e>,
}

/// Of the country where the address is. (Where it is registered is another thing, and no place of a person.)
#[derive(Default, Deserialize)]
struct Country<'e> {
    iso_code: Option<&'e str>,
}

#[derive(Default, Deserialize)]
struct Named<'e> {
    #[serde(borrow, default)]
    names: Names<'e>,
}

#[derive(Default, Deserialize)]
struct Names<'e> {
    en: Option<&'e str>,
}

#[derive(Default, Deserialize)]
struct Location<'e> {
    latitude: Option<f64>,
    longitude: Option<f64>,
    time_zone: Option<&'e str>,
}

impl<'e> Entry<'e> {
    fn place(&self) -> Place<'e> {
        let text = |text: Option<&'e str>| {
            text.map(str::trim).filter(|text| !text.is_empty() && text.len() <= TEXT_BYTES_MAX)
        };
        let within = |most: f64| move |degrees: &f64| (-most..=most).contains(degrees);
        let lat = self.location.latitude.filter(within(90.0));
        let lon = self.location.longitude.filter(within(180.0));
        Place {
            country: text(self.country.iso_code),
            region: text(self.subdivisions.first().and_then(|largest| largest.names.en)),
            city: text(self.city.names.en),
            coordinates: lat.zip(lon),
            timezone: text(self.location.time_zone),
        }
    }
}

#[cfg(test)]
mod tests;
