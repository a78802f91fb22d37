//! "did you mean ...": the known name that is nearest to a misspelt one.

/// The hint for `name`, if one of `known` is near enough to be meant.
pub(crate) fn did_you_mean<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let name: Vec<char> = name.chars().take(64).collect();
    let enough = (name.len() / 3).max(1);
    known
        .into_iter()
        .map(|known| (distance(&name, &known.chars().take(64).collect::<Vec<_>>()), known))
        .filter(|(distance, _)| *distance <= enough)
        .min()
        .map(|(_, known)| format!("did you mean `{known}`?"))
}

/// How many characters must be added, removed, changed or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_meant_if_it_is_near() {
        for (name, expected) in [
            ("amuont", Some("did you mean `amount`?")),
            ("amonut", Some("did you mean `amount`?")),
            ("Amount", Some("did you mean `amount`?")),
            ("tir", Some("did you mean `tier`?")),
            ("completely", None),
            ("", None),
        ] {
            assert_eq!(
                did_you_mean(name, ["amount", "tier", "mount_everest"]).as_deref(),
                expected,
                "{name}"
            );
        }
    }
}
