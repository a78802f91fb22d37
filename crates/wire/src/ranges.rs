//! Offsets as the joined records list them: `["0-41", "43"]`.

/// A growing set of offsets, kept as ranges; both ends belong to a range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// A set without offsets.
    pub fn new() -> Ranges {
        Ranges::default()
    }

    /// Adds an offset. Offsets come in growing order; one that is not greater than the last is already known or
    /// would break the order, so it is put in its place.
    pub fn push(&mut self, offset: u64) {
        match self.0.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(offset) => *last = offset,
            Some((_, last)) if *last >= offset => self.insert(offset),
            _ => self.0.push((offset, offset)),
        }
    }

    /// True if it holds no offset.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many offsets it holds.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// The ranges, in growing order, apart from each other.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().copied()
    }

    /// Each range as a text: `0-41`, or `43` for a single offset.
    pub fn texts(&self) -> impl Iterator<Item = String> + '_ {
        self.iter().map(
            |(first, last)| {
                if first == last { first.to_string() } else { format!("{first}-{last}") }
            },
        )
    }

    fn insert(&mut self, offset: u64) {
        if self.0.iter().any(|(first, last)| (*first..=*last).contains(&offset)) {
            return;
        }
        self.0.push((offset, offset));
        self.0.sort_unstable();
        self.0.dedup_by(|next, kept| {
            let touches = kept.1.checked_add(1) == Some(next.0);
            if touches {
                kept.1 = next.1;
            }
            touches
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_join_and_gaps_part() {
        let mut ranges = Ranges::new();
        for offset in [0, 1, 2, 4, 6, 7] {
            ranges.push(offset);
        }
        assert_eq!(ranges.texts().collect::<Vec<_>>(), ["0-2", "4", "6-7"]);
        ranges.push(5);
        assert_eq!(ranges.texts().collect::<Vec<_>>(), ["0-2", "4-7"]);
        assert_eq!(ranges.count(), 7);
    }

    proptest! {
        #[test]
        fn they_hold_exactly_what_was_pushed(offsets in prop::collection::vec(0u64..60, 0..60)) {
            let mut ranges = Ranges::new();
            offsets.iter().for_each(|offset| ranges.push(*offset));
            let held: Vec<u64> = ranges.iter().flat_map(|(first, last)| first..=last).collect();
            let pushed: Vec<u64> =
                offsets.iter().copied().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
            prop_assert_eq!(&held, &pushed);
            prop_assert_eq!(ranges.count(), pushed.len() as u64);
            let mut gaps = ranges.iter().zip(ranges.iter().skip(1));
            prop_assert!(gaps.all(|((_, last), (first, _))| last + 1 < first));
        }
    }
}
