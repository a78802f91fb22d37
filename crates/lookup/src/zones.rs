//! Coordinates -> time zone, by the borders that come with the program.

use std::sync::LazyLock;

use tzf_rs::EmbeddedFinder;

/// The borders, a constant of the program. They stay in its own data: nothing is unpacked but a small index.
static BORDERS: LazyLock<EmbeddedFinder> = LazyLock::new(EmbeddedFinder::new);

/// The IANA name of the zone at these coordinates, in degrees; `None` where no zone is known, and where they are no
/// coordinates. At sea it is one of `Etc/`.
pub fn at(lat: f64, lon: f64) -> Option<&'static str> {
    if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lon) {
        return None;
    }
    let name = BORDERS.get_tz_name(lon, lat);
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_in_the_zone_whose_clocks_hang_there() {
        for (lat, lon, zone) in [
            (48.8566, 2.3522, "Europe/Paris"),
            (40.7128, -74.0060, "America/New_York"),
            (35.6762, 139.6503, "Asia/Tokyo"),
            (-33.8688, 151.2093, "Australia/Sydney"),
            (27.7172, 85.3240, "Asia/Kathmandu"),
        ] {
            assert_eq!(at(lat, lon), Some(zone));
        }
    }

    #[test]
    fn what_are_no_coordinates_has_no_zone_and_the_edges_of_the_map_do_no_harm() {
        for (lat, lon) in [(90.1, 0.0), (0.0, 180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert_eq!(at(lat, lon), None);
        }
        for lat in [-90.0, -89.999_999, -0.0, 0.0, 89.999_999, 90.0] {
            for lon in [-180.0, -179.999_999, -0.0, 0.0, 179.999_999, 180.0] {
                let zone = at(lat, lon);
                assert!(zone.is_none_or(|zone| zone.contains('/')), "{lat} {lon} {zone:?}");
            }
        }
    }
}
