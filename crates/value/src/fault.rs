//! Why there is no value.

/// Why an operator or a function has no value. Says nothing of the values themselves, which may be a customer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A map has nothing of that key.
    #[error("there is nothing of that key")]
    NoSuchKey,
    /// The values are of types that the operator or function does not go with.
    #[error("the types do not go together")]
    NoOverload,
    /// A division or a remainder by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A number or a time out of its range.
    #[error("a result is out of range")]
    Overflow,
    /// A double that is no number (NaN) is neither less nor greater than any other.
    #[error("what is not a number has no order")]
    NotOrdered,
    /// A list has no item of that index.
    #[error("the list has no item of that index")]
    IndexOutOfBounds,
    /// A map would have a key twice.
    #[error("a map has a key twice")]
    DuplicateKey,
    /// A value cannot be read as what it is asked to be.
    #[error("a value cannot be converted")]
    BadConversion,
    /// A text names no zone of time.
    #[error("there is no such time zone")]
    NoSuchZone,
    /// A value that JSON cannot say.
    #[error("a value cannot be written as JSON")]
    NotJson,
    /// A double that is infinite or no number where a finite one is wanted.
    #[error("the number is not finite")]
    NotFinite,
    /// A result larger than any expression may make.
    #[error("a result is too large")]
    TooLarge,
    /// An evaluation that takes more steps than any expression may.
    #[error("the evaluation takes too many steps")]
    TooMuchWork,
}
