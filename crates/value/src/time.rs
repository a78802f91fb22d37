//! Instants and lengths of time, to the nanosecond, within the bounds of CEL.

/// An instant of the years 1 to 9999, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Seconds since the epoch.
    pub seconds: i64,
    /// Nanoseconds on top, 0 to 999,999,999.
    pub nanos: u32,
}

/// A length of time of at most some ten thousand years, either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration {
    /// Whole seconds.
    pub seconds: i64,
    /// Nanoseconds on top, 0 to 999,999,999: half a second less than none is one second less and half a second on top.
    pub nanos: u32,
}
