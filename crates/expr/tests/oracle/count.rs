//! What came of the expressions that were compared, and what they were made of.

use std::collections::BTreeMap;
use std::fmt;

use segue_expr::Fault;

use crate::COMPARED_MIN;

/// What both came to.
pub(crate) enum CameTo {
    /// A value of that type; true if an error in one of its clauses made no difference.
    Value(String, bool),
    /// A value that JSON cannot say: of its type is known that it is the same.
    Unsaid,
    Error,
}

/// What an expression is made of, by what stands in its source.
const PARTS: &[(&str, &[&str])] = &[
    ("all", &[".all("]),
    ("exists", &[".exists("]),
    ("exists_one", &[".exists_one("]),
    ("map", &[".map("]),
    ("filter", &[".filter("]),
    ("has", &["has("]),
    ("in", &[" in "]),
    ("a choice", &[" ? "]),
    ("&& and ||", &[" && ", " || "]),
    ("matches", &["matches("]),
    ("text beyond ASCII", &["ä", "日", "😀", "\\u0301"]),
    ("bytes", &["b'", "bytes("]),
    ("timestamps", &["timestamp(", "now", "event.time", "data.due"]),
    ("durations", &["duration("]),
    ("lists in lists", &["[["]),
    ("maps", &["{"]),
    ("parts of time", &[".get"]),
    ("fields of the facts", &["event.", "who.", "accounts"]),
    ("dyn", &["dyn("]),
    ("type", &["type("]),
];

/// The fewest expressions that each part must stand in, one of so many.
const PART_MIN: usize = 100;

#[derive(Debug, Default)]
pub(crate) struct Counts {
    values: BTreeMap<String, usize>,
    absorbed: usize,
    unsaid: usize,
    errors: usize,
    refused: BTreeMap<&'static str, usize>,
    pub(crate) against_kinds: usize,
    parts: BTreeMap<&'static str, usize>,
}

impl Counts {
    pub(crate) fn came_to(&mut self, source: &str, came_to: CameTo) {
        match came_to {
            CameTo::Value(kind, absorbs) => {
                *self.values.entry(kind).or_default() += 1;
                self.absorbed += usize::from(absorbs);
            }
            CameTo::Unsaid => self.unsaid += 1,
            CameTo::Error => self.errors += 1,
        }
        for (part, signs) in PARTS {
            if signs.iter().any(|sign| source.contains(sign)) {
                *self.parts.entry(part).or_default() += 1;
            }
        }
    }

    pub(crate) fn refused(&mut self, faults: &[Fault]) {
        *self.refused.entry(faults[0].code).or_default() += 1;
    }

    fn all_values(&self) -> usize {
        self.values.values().sum()
    }

    fn compared(&self) -> usize {
        self.all_values() + self.unsaid + self.errors
    }

    /// Too little would be shown if most were refused or in error, or if some part of the language were not among them.
    pub(crate) fn assert_wide(&self, cases: usize) {
        assert!(self.compared() * 100 >= cases * COMPARED_MIN, "{self}");
        assert!(self.all_values() * 2 > cases && self.errors > cases / 20, "{self}");
        assert!(self.absorbed > cases / 100, "{self}");
        for (part, _) in PARTS {
            assert!(self.parts.get(part).is_some_and(|count| *count > cases / PART_MIN), "{part}: {self}");
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: &BTreeMap<_, usize>| {
            counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        };
        let values: BTreeMap<&str, usize> =
            self.values.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
        let refused = self.refused.values().sum::<usize>();
        writeln!(
            f,
            "- {} compared: {} values, {} values that JSON cannot say, {} errors in both",
            self.compared(),
            self.all_values(),
            self.unsaid,
            self.errors
        )?;
        writeln!(f, "- {refused} not compared, refused by the checker: {}", list(&self.refused))?;
        writeln!(f, "- {} compared though the checker is against their kinds", self.against_kinds - refused)?;
        writeln!(f, "- {} values though one of their clauses is an error", self.absorbed)?;
        writeln!(f, "- values by type: {}", list(&values))?;
        write!(f, "- made of: {}", list(&self.parts))
    }
}
