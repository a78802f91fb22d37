//! Bundles that are told apart by what they say.

/// The text of a bundle's file, in which each task says at its end, behind a space, what it is told here: a few letters
/// and digits in brackets.
#[must_use]
pub fn marked(text: &str, mark: &str) -> String {
    let mut marked = String::with_capacity(text.len() + 64);
    for line in text.lines() {
        match (line.strip_prefix("what: "), line.strip_suffix('"')) {
            (Some(_), Some(open)) => marked.push_str(&format!("{open} {mark}\"")),
            (Some(_), None) => marked.push_str(&format!("{line} {mark}")),
            (None, _) => marked.push_str(line),
        }
        marked.push('\n');
    }
    marked
}
