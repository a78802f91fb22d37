//! From settings to what each crate is told.

use std::sync::Arc;

use segue_document::Limits;
use segue_intake::Addresses;

use crate::cli::LookupArgs;
use crate::exit::Failure;
use crate::loops::databases::{self, DATABASES_MAX};
use crate::settings::{DATABASE_HINT, Settings};

/// What intake takes in.
pub fn intake_limits(settings: &Settings) -> Limits {
    let limits = settings.limits;
    Limits { bytes_max: limits.bytes_max, depth_max: limits.depth_max, values_max: limits.values_max }
}

/// What the engine decides by.
pub fn engine_settings(settings: &Settings) -> segue_engine::Settings {
    segue_engine::Settings {
        dedup: settings.dedup,
        profile_bytes_max: settings.limits.profile_bytes_max,
        zone: settings.zone.clone(),
    }
}

/// What the engine decides by where there are no settings: in `test` and `replay`.
pub fn default_engine_settings() -> segue_engine::Settings {
    segue_engine::Settings {
        dedup: segue_model::Span(86_400_000),
        profile_bytes_max: 512 * 1024,
        zone: "UTC".to_owned(),
    }
}

/// The databases of addresses that a command was given.
///
/// # Errors
/// There are too many of them, or one cannot be used.
pub fn addresses(lookups: &LookupArgs) -> Result<Arc<Addresses>, Failure> {
    let files = &lookups.ip_database;
    if files.len() > DATABASES_MAX {
        let message = format!("{} databases are more than the {DATABASES_MAX} that are asked", files.len());
        return Err(Failure::usage("database", message));
    }
    let read = databases::read_all(files);
    read.map(Arc::new)
        .map_err(|unusable| Failure::usage("database", unusable.to_string()).hint(DATABASE_HINT))
}
