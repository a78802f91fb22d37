//! Instants as the router writes them: RFC 3339 in UTC. Read here so that the checker depends on nothing that it checks.

/// Milliseconds since the epoch of a text such as `2026-03-02T10:00:00.5Z`.
#[must_use]
pub fn instant(text: &str) -> Option<i64> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let numbers = |text: &str, by: char| -> Option<[i64; 3]> {
        let mut parts = text.split(by).map(|part| part.parse::<i64>().ok());
        let three = [parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then_some(three)
    };
    let [year, month, day] = numbers(date, '-')?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = numbers(clock, ':')?;
    let ms = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    // Howard Hinnant's `days_from_civil`.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000 + ms)
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn an_instant_is_what_the_calendar_says() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-03-02T10:00:00Z", Some(1_772_445_600_000)),
            ("2026-03-02T10:00:00.25Z", Some(1_772_445_600_250)),
            ("2000-02-29T00:00:00.123Z", Some(951_782_400_123)),
            ("1969-12-31T23:59:59.999Z", Some(-1)),
            ("2026-03-02 10:00:00Z", None),
            ("2026-03-02T10:00Z", None),
            ("", None),
        ] {
            assert_eq!(instant(text), ms, "{text}");
        }
    }
}
