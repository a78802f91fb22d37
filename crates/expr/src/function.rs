//! The functions of CEL, as the evaluation knows them; of what kinds their arguments are is for `segue_syntax`.

use segue_value::function::Part;

/// A function as the evaluation knows it; what is called on a value has that value as its first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Bool,
    Bytes,
    Double,
    Duration,
    Dyn,
    Int,
    Size,
    Text,
    Timestamp,
    Type,
    UInt,
    Contains,
    EndsWith,
    StartsWith,
    /// The kilometres between two places.
    Distance,
    /// The speed that takes one from one place and time to another.
    Speed,
    /// A part of a timestamp or a duration.
    Part(Part),
}

/// The calls by name, and whether they are called on a value.
const CALLS: &[(&str, bool, Call)] = &[
    ("bool", false, Call::Bool),
    ("bytes", false, Call::Bytes),
    ("distance_km", false, Call::Distance),
    ("double", false, Call::Double),
    ("duration", false, Call::Duration),
    ("dyn", false, Call::Dyn),
    ("int", false, Call::Int),
    ("size", false, Call::Size),
    ("speed_kmh", false, Call::Speed),
    ("string", false, Call::Text),
    ("timestamp", false, Call::Timestamp),
    ("type", false, Call::Type),
    ("uint", false, Call::UInt),
    ("contains", true, Call::Contains),
    ("endsWith", true, Call::EndsWith),
    ("getDate", true, Call::Part(Part::Date)),
    ("getDayOfMonth", true, Call::Part(Part::DayOfMonth)),
    ("getDayOfWeek", true, Call::Part(Part::DayOfWeek)),
    ("getDayOfYear", true, Call::Part(Part::DayOfYear)),
    ("getFullYear", true, Call::Part(Part::FullYear)),
    ("getHours", true, Call::Part(Part::Hours)),
    ("getMilliseconds", true, Call::Part(Part::Milliseconds)),
    ("getMinutes", true, Call::Part(Part::Minutes)),
    ("getMonth", true, Call::Part(Part::Month)),
    ("getSeconds", true, Call::Part(Part::Seconds)),
    ("size", true, Call::Size),
    ("startsWith", true, Call::StartsWith),
];

impl Call {
    /// The function of that name. `matches` and the macros are not among them: they are nodes of their own.
    pub(crate) fn of(name: &str, is_member: bool) -> Option<Call> {
        let known = CALLS.iter().find(|(known, member, _)| *known == name && *member == is_member);
        known.map(|(.., call)| *call)
    }

    /// As it is written.
    pub(crate) fn name(self) -> &'static str {
        CALLS.iter().find(|(.., call)| *call == self).map_or("", |(name, ..)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::Call;

    #[test]
    fn every_function_that_is_known_can_be_evaluated() {
        for (name, is_member) in segue_syntax::functions() {
            assert!(name == "matches" || Call::of(name, is_member).is_some(), "{name}");
        }
    }
}
