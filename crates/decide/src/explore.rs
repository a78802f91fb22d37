//! Draws from a beta distribution, by what a task's id gives: Thompson sampling that a replay repeats.
//!
//! Everything here is made of additions, multiplications, divisions and square roots, which IEEE 754 rounds alike on every
//! machine, and of whole numbers. The logarithm and the exponential function of a system's library are not, so that this
//! has its own. What is drawn is frozen by a test: another way to draw would decide otherwise on a replay.

/// A stream of numbers that follows from its seed: SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Debug)]
pub(crate) struct Draws(u64);

impl Draws {
    /// The stream of a task: its seed is the first 64 bits of the hash in the task's id.
    pub(crate) fn of_task(id: &str) -> Draws {
        let hash = id.rsplit('-').next().unwrap_or_default();
        Draws(hash.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from the open interval (0, 1): the middles of 2^52 equal parts.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// A number of the beta distribution of these two shapes, both above 0: x / (x + y) of two gamma variates, which are
    /// kept as logarithms, so that shapes near 0 give no 0 / 0.
    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.log_gamma_variate(a), self.log_gamma_variate(b));
        let ratio = exp(-(y - x).abs());
        if y > x { ratio / (1.0 + ratio) } else { 1.0 / (1.0 + ratio) }
    }

    /// The logarithm of a gamma variate: Marsaglia and Tsang, 2000; a shape below 1 through that of one more.
    fn log_gamma_variate(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let of_one_more = self.log_gamma_variate(shape + 1.0);
            return of_one_more + ln(self.unit()) / shape;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        for _ in 0..TRIES_MAX {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            if ln(self.unit()) < 0.5 * x * x + d - d * v + d * ln(v) {
                return ln(d) + ln(v);
            }
        }
        ln(shape)
    }

    /// A number of the normal distribution: Marsaglia's polar method, of whose two numbers the second is left.
    fn normal(&mut self) -> f64 {
        for _ in 0..TRIES_MAX {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                return x * (-2.0 * ln(square) / square).sqrt();
            }
        }
        0.0
    }
}

/// How often a number is drawn that is to be thrown away: at the worst one in five is, so that nobody comes here.
const TRIES_MAX: usize = 200;

const LN_2: f64 = std::f64::consts::LN_2;

/// The natural logarithm of a number above 0 that is not smaller than the normal ones.
fn ln(x: f64) -> f64 {
    const FRACTION: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1_023;
    let mut mantissa = f64::from_bits((bits & FRACTION) | (1_023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    // ln m = 2 artanh((m - 1) / (m + 1)), of which |s| is below 0.172: its 23rd power is below the last bit.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let mut sum = 0.0;
    for odd in (1..=23).rev().step_by(2) {
        sum = sum * square + 1.0 / f64::from(odd);
    }
    exponent as f64 * LN_2 + 2.0 * s * sum
}

/// e to a power that is not above 0.
fn exp(x: f64) -> f64 {
    if x < -700.0 {
        return 0.0;
    }
    let halvings = (-x / LN_2) as i32;
    let rest = x + f64::from(halvings) * LN_2;
    let mut sum = 1.0;
    for factor in (1..=20).rev() {
        sum = 1.0 + sum * rest / f64::from(factor);
    }
    sum * f64::from_bits(((1_023 - halvings) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_and_exponential_agree_with_the_systems_to_their_last_digits() {
        let mut draws = Draws(1);
        for _ in 0..10_000 {
            let x = draws.unit();
            for x in [x, x * 1e-300, x * 1e9] {
                assert!((ln(x) - x.ln()).abs() <= 4e-16 * x.ln().abs().max(1.0), "{x}");
            }
            let power = -x * 600.0;
            assert!((exp(power) - power.exp()).abs() <= 2e-13 * power.exp(), "{power}");
        }
        assert_eq!((ln(1.0), exp(0.0), exp(-1e9)), (0.0, 1.0, 0.0));
    }

    #[test]
    fn what_is_drawn_has_the_mean_and_the_variance_of_its_distribution() {
        for (a, b) in [(0.2, 3.0), (0.5, 0.5), (1.0, 1.0), (10.0, 10.0), (13.0, 57.0), (900.0, 100.0)] {
            let mut draws = Draws(7);
            let count = 40_000;
            let drawn: Vec<f64> = (0..count).map(|_| draws.beta(a, b)).collect();
            let mean = drawn.iter().sum::<f64>() / f64::from(count);
            let variance = drawn.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(count);
            let sum: f64 = a + b;
            let (right, spread) = (a / sum, a * b / (sum * sum * (sum + 1.0)));
            assert!(
                (mean - right).abs() < 4.0 * (spread / f64::from(count)).sqrt(),
                "mean {mean} of {a}, {b}"
            );
            assert!((variance / spread - 1.0).abs() < 0.05, "variance {variance} of {a}, {b}");
            assert!(drawn.iter().all(|x| (0.0..=1.0).contains(x)));
        }
    }

    #[test]
    fn what_is_drawn_for_a_task_is_frozen() {
        let draw = |id: &str, a: f64, b: f64| {
            let mut draws = Draws::of_task(id);
            (draws.unit().to_bits(), draws.beta(a, b).to_bits())
        };
        let id = "t-0badcafe-00112233445566778899aabbccddeeff";
        let other = "t-0badcafe-ffeeddccbbaa99887766554433221100";
        let drawn =
            [draw(id, 10.0, 10.0), draw(id, 0.25, 3.5), draw(other, 10.0, 10.0), draw(other, 130.0, 7.5)];
        let frozen = [
            (4_601_792_107_052_061_702, 4_603_788_273_971_169_207),
            (4_601_792_107_052_061_702, 4_562_761_944_868_244_668),
            (4_605_979_497_615_366_659, 4_603_529_041_585_321_789),
            (4_605_979_497_615_366_659, 4_606_896_703_463_222_226),
        ];
        assert_eq!(drawn, frozen, "another way to draw decides otherwise on a replay");
    }
}
