//! Why an event could not be used: the closed list of codes.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why an event could not be used. The list is closed: users' dashboards and retries go by it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FailureCode { $($(#[$doc])* $name,)* }

        impl FailureCode {
            /// Every code there is.
            pub const ALL: &'static [FailureCode] = &[$(FailureCode::$name,)*];

            /// The code as the header `segue-error` carries it.
            pub fn as_str(self) -> &'static str {
                match self { $(FailureCode::$name => $text,)* }
            }
        }
    };
}

codes! {
    /// Longer than the limit.
    TooLarge = "too-large",
    /// Text that is not UTF-8.
    NotUtf8 = "not-utf8",
    /// Not JSON.
    NotJson = "not-json",
    /// More containers inside one another than the limit.
    TooDeep = "too-deep",
    /// More values than the limit.
    TooMany = "too-many",
    /// An object that names a member twice.
    DuplicateKey = "duplicate-key",
    /// Bytes framed in a way the source's format does not have.
    BadFraming = "bad-framing",
    /// Not a CloudEvent, where one was due.
    NotCloudevent = "not-cloudevent",
    /// Without an id.
    NoId = "no-id",
    /// Without a type.
    NoType = "no-type",
    /// Of a type that the source does not declare.
    UndeclaredType = "undeclared-type",
    /// Without data, where data are required.
    NoData = "no-data",
    /// Data that the schema does not admit.
    Schema = "schema",
    /// About no one that could be found.
    NoSubject = "no-subject",
    /// A time that is none, or more than a day ahead.
    BadTime = "bad-time",
    /// A link between identities that is none.
    BadLink = "bad-link",
    /// An outcome that is none.
    BadOutcome = "bad-outcome",
    /// An outcome of a task that is not known.
    UnknownTask = "unknown-task",
    /// A fault of the router itself.
    Internal = "internal",
}

impl FailureCode {
    /// The code of that text.
    pub fn parse(text: &str) -> Option<FailureCode> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
