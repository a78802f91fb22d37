//! From settings to what each crate is told.

use segue_document::Limits;

use crate::settings::Settings;

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
