//! Distances and speeds between places on the earth, which is a ball here.
//!
//! The functions of angles are those of the program itself, not of the machine, so that a replay elsewhere gives the
//! same number to the bit.

use segue_value::{Fault, Timestamp, Value};

/// The mean radius of the earth, in kilometres.
const RADIUS_KM: f64 = 6_371.008_8;

/// A place, in radians.
struct Place {
    lat: f64,
    lon: f64,
}

/// The kilometres between two places, each a map with `lat` and `lon` or an event with such a `where`.
pub(super) fn distance_km(a: &Value<'_>, b: &Value<'_>) -> Result<f64, Fault> {
    let (a, b) = (place(a)?, place(b)?);
    let half = |from: f64, to: f64| libm::sin((to - from) / 2.0);
    let (across, along) = (half(a.lat, b.lat), half(a.lon, b.lon));
    let haversine = across * across + libm::cos(a.lat) * libm::cos(b.lat) * along * along;
    Ok(2.0 * RADIUS_KM * libm::asin(libm::sqrt(haversine.min(1.0))))
}

/// The kilometres an hour that take one from the one place and `time` to the other, whichever came first; none where
/// nobody moved.
pub(super) fn speed_kmh(a: &Value<'_>, b: &Value<'_>) -> Result<f64, Fault> {
    let distance = distance_km(a, b)?;
    let (a, b) = (time(a)?, time(b)?);
    if distance == 0.0 {
        return Ok(0.0);
    }
    let apart = a.since(b).ok_or(Fault::Overflow)?;
    let hours = apart.to_nanos().unsigned_abs() as f64 / 3.6e12;
    if hours == 0.0 { Err(Fault::DivisionByZero) } else { Ok(distance / hours) }
}

fn place(of: &Value<'_>) -> Result<Place, Fault> {
    let inner = of.field("where").ok();
    let of = inner.as_ref().unwrap_or(of);
    let angle = |name: &str| {
        let degrees = of.field(name)?.as_number().ok_or(Fault::NoOverload)?;
        if degrees.is_finite() { Ok(degrees.to_radians()) } else { Err(Fault::NotFinite) }
    };
    Ok(Place { lat: angle("lat")?, lon: angle("lon")? })
}

fn time(of: &Value<'_>) -> Result<Timestamp, Fault> {
    match of.field("time")? {
        Value::Timestamp(time) => Ok(time),
        _ => Err(Fault::NoOverload),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64, time: &str) -> Value<'static> {
        let time = Value::Timestamp(Timestamp::parse(time).unwrap());
        let members = [("lat", Value::Double(lat)), ("lon", Value::Double(lon)), ("time", time)];
        Value::map(members.map(|(name, value)| (Value::text(name), value)).into()).unwrap()
    }

    #[test]
    fn distances_are_those_of_a_map_of_the_world() {
        let paris = at(48.8566, 2.3522, "2026-03-02T10:00:00Z");
        let london = at(51.5074, -0.1278, "2026-03-02T11:00:00Z");
        let opposite = at(-48.8566, -177.6478, "2026-03-02T10:00:00Z");
        assert!((distance_km(&paris, &london).unwrap() - 343.6).abs() < 0.5);
        assert!((distance_km(&paris, &opposite).unwrap() - 20_015.1).abs() < 0.5);
        assert_eq!(distance_km(&paris, &paris), Ok(0.0));
        assert!((speed_kmh(&london, &paris).unwrap() - 343.6).abs() < 0.5);
        assert_eq!(speed_kmh(&paris, &paris), Ok(0.0));
        assert_eq!(speed_kmh(&paris, &opposite), Err(Fault::DivisionByZero));
    }

    #[test]
    fn a_place_is_two_numbers_or_stands_in_an_event() {
        let paris = at(48.8566, 2.3522, "2026-03-02T10:00:00Z");
        let event = Value::map(vec![(Value::text("where"), paris.clone())]).unwrap();
        assert_eq!(distance_km(&event, &paris), Ok(0.0));
        assert_eq!(speed_kmh(&event, &paris), Err(Fault::NoSuchKey), "an event has its own time");
        assert_eq!(distance_km(&Value::Null, &paris), Err(Fault::NoOverload));
        let nowhere = at(f64::NAN, 0.0, "2026-03-02T10:00:00Z");
        assert_eq!(distance_km(&nowhere, &paris), Err(Fault::NotFinite));
    }
}
