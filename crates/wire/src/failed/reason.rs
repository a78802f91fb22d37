//! Why an event failed, read again from the headers of its record on `segue.failed`.

use segue_model::Timestamp;

/// How often an event was sent round again; a header of the record that is sent.
pub const RETRIES: &str = "segue-retries";

/// Which failed event a record is sent again for, as `PARTITION/OFFSET` of `segue.failed`; a header of the record that is sent.
pub const RETRY_OF: &str = "segue-retry-of";

/// What the headers behind those that came say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The code, one of the closed list; of a later version perhaps another one.
    pub code: String,
    /// What is wrong, after a JSON Pointer where there is one.
    pub detail: String,
    /// The topic that it came from.
    pub topic: String,
    /// The partition that it came from.
    pub partition: u32,
    /// Its offset there.
    pub offset: u64,
    /// When it was logged.
    pub at: Timestamp,
    /// The id of the source's document, where it is known.
    pub source: Option<String>,
    /// How many bytes of it were left out.
    pub left_out: u64,
    /// How many of the headers are those that came: the first ones.
    pub came: usize,
    /// How often it had been sent round again before it failed this time.
    pub retries: u32,
}

impl Reason {
    /// Reads the headers of a record of `segue.failed`; `None` where it is none that the router wrote. What came may have
    /// headers of the same names: ours stand behind them.
    pub fn read<'h>(headers: impl IntoIterator<Item = (&'h str, Option<&'h [u8]>)>) -> Option<Reason> {
        let headers: Vec<(&str, Option<&str>)> = headers
            .into_iter()
            .map(|(name, value)| (name, value.and_then(|value| std::str::from_utf8(value).ok())))
            .collect();
        let came = headers.iter().rposition(|(name, _)| *name == "segue-error")?;
        let of = |headers: &[(&str, Option<&str>)], wanted: &str| {
            let found = headers.iter().rev().find(|(name, _)| *name == wanted);
            found.and_then(|(_, value)| *value).map(str::to_owned)
        };
        let ours = &headers[came..];
        let origin = of(ours, "segue-origin")?;
        let mut places = origin.rsplitn(3, '/');
        let offset = places.next()?.parse().ok()?;
        let partition = places.next()?.parse().ok()?;
        Some(Reason {
            code: of(ours, "segue-error")?,
            detail: of(ours, "segue-detail").unwrap_or_default(),
            topic: places.next()?.to_owned(),
            partition,
            offset,
            at: Timestamp::parse(&of(ours, "segue-at")?)?,
            source: of(ours, "segue-source"),
            left_out: of(ours, "segue-left-out").and_then(|bytes| bytes.parse().ok()).unwrap_or(0),
            came,
            retries: of(&headers[..came], RETRIES).and_then(|count| count.parse().ok()).unwrap_or(0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failed::{Failed, encode};
    use crate::incoming::{Failure, Frame};
    use crate::origin::Origin;
    use segue_model::FailureCode;

    #[test]
    fn what_was_written_of_a_failed_event_is_read_again_also_where_it_came_with_such_headers() {
        let headers = vec![
            ("segue-error", Some(&b"no-id"[..])),
            ("segue-origin", Some(&b"elsewhere/1/1"[..])),
            (RETRIES, Some(&b"2"[..])),
        ];
        let frame = Frame { key: Some(b"k"), value: Some(b"{"), headers };
        let failure = Failure::new(FailureCode::NotJson, "no JSON").at("/data");
        let origin = Origin { topic: "crm.events".into(), incarnation: 7, partition: 3, offset: 42, n: 0 };
        let at = Timestamp(1_772_445_600_000);
        let record = encode(&Failed::of(&frame, &failure, origin, Some("crm"), at));
        let read = |headers: &[(String, Option<Vec<u8>>)]| {
            Reason::read(headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())))
        };
        let reason = Reason {
            code: "not-json".into(),
            detail: "/data: no JSON".into(),
            topic: "crm.events".into(),
            partition: 3,
            offset: 42,
            at,
            source: Some("crm".into()),
            left_out: 0,
            came: 3,
            retries: 2,
        };
        assert_eq!(read(&record.headers), Some(reason));
        assert_eq!(read(&record.headers[..2]), None, "headers that came are no reason of ours");
        assert_eq!(read(&[]), None);
    }
}
