//! A small generator of numbers that look random and never differ from run to run: SplitMix64.

/// The odd constant that the state moves on by.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of numbers.
pub(super) struct Random(u64);

impl Random {
    /// The stream of one record of one load.
    pub(super) fn of(seed: u64, index: u64) -> Random {
        Random(mix(seed).wrapping_add(index.wrapping_mul(0xd134_2543_de82_ef95)))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number below `bound`. Its small bias towards low numbers does not matter here.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

fn mix(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_reference() {
        // The first outputs of Vigna's splitmix64.c from state 1234567.
        let mut random = Random(1_234_567);
        let first = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([random.next(), random.next(), random.next()], first);
    }
}
