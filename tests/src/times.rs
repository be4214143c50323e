//! Whether two samples of times can be told apart, as somebody would try who measures answers.
//!
//! The two-sample test of Kolmogorov and Smirnov sees any difference between two distributions, not only between their
//! means. It is a walk over two sorted samples and one series; a crate for it would bring linear algebra along.

use std::time::Duration;

/// What two samples say of each other.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// The median of each sample.
    pub medians: [Duration; 2],
    /// How likely two samples of one distribution are to differ as much as these.
    pub p: f64,
}

impl Comparison {
    /// Compares two samples, each of at least one time.
    #[must_use]
    pub fn of(mut first: Vec<Duration>, mut second: Vec<Duration>) -> Self {
        first.sort_unstable();
        second.sort_unstable();
        let p = likelihood(distance(&first, &second), count(&first), count(&second));
        Self { medians: [first[first.len() / 2], second[second.len() / 2]], p }
    }

    /// How far the medians are apart.
    #[must_use]
    pub fn difference(&self) -> Duration {
        self.medians[0].abs_diff(self.medians[1])
    }
}

/// The greatest distance between the two empirical distributions.
fn distance(first: &[Duration], second: &[Duration]) -> f64 {
    let (mut i, mut j, mut greatest) = (0, 0, 0.0_f64);
    while i < first.len() && j < second.len() {
        let time = first[i].min(second[j]);
        // Past all that are equal, in both: between equal times there is no distance.
        i += first[i..].partition_point(|other| *other == time);
        j += second[j..].partition_point(|other| *other == time);
        let share = |passed: usize, sample: &[Duration]| count(&sample[..passed]) / count(sample);
        greatest = greatest.max((share(i, first) - share(j, second)).abs());
    }
    greatest
}

/// How likely a distance at least as great is by chance: the limit for large samples, with Stephens' correction for
/// smaller ones.
fn likelihood(distance: f64, first: f64, second: f64) -> f64 {
    let root = (first * second / (first + second)).sqrt();
    kolmogorov((root + 0.12 + 0.11 / root) * distance)
}

/// `2 Σ (−1)^(k−1) exp(−2 k² x²)`, which is 1 at zero and falls from there.
fn kolmogorov(x: f64) -> f64 {
    // Below it the sum is 1 to ten places, and needs more and more of its terms.
    if x < 0.2 {
        return 1.0;
    }
    let term = |k: i32| 2.0 * f64::from(1 - 2 * ((k - 1) % 2)) * (-2.0 * f64::from(k * k) * x * x).exp();
    (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0)
}

/// How many times there are, as a number to divide by.
fn count(times: &[Duration]) -> f64 {
    u32::try_from(times.len()).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(from: u64, to: u64) -> Vec<Duration> {
        (from..to).map(Duration::from_micros).collect()
    }

    fn near(first: &[Duration], second: &[Duration], expected: f64) -> bool {
        (distance(first, second) - expected).abs() < 1e-9
    }

    /// The critical values that tables of the distribution give.
    #[test]
    fn the_series_is_that_of_the_tables() {
        for (x, p) in [(1.224, 0.10), (1.358, 0.05), (1.628, 0.01), (1.949, 0.001)] {
            assert!((kolmogorov(x) / p - 1.0).abs() < 0.005, "{x}: {}", kolmogorov(x));
        }
        assert!((kolmogorov(0.0) - 1.0).abs() < 1e-9 && (kolmogorov(0.2) - 1.0).abs() < 1e-9);
        assert!(kolmogorov(4.0) < 1e-13);
    }

    #[test]
    fn the_distance_is_the_greatest_between_the_two_distributions() {
        assert!(near(&times(0, 100), &times(0, 100), 0.0));
        assert!(near(&times(0, 100), &times(100, 200), 1.0));
        assert!(near(&times(0, 100), &times(25, 125), 0.25));
        assert!(near(&times(25, 125), &times(0, 100), 0.25));
        // Half of one sample is at a place where none of the other is.
        let halves = [vec![Duration::ZERO; 50], vec![Duration::from_secs(1); 50]].concat();
        assert!(near(&halves, &[Duration::from_secs(1); 10], 0.5));
    }

    #[test]
    fn equal_samples_are_not_told_apart_and_shifted_ones_are() {
        let same = Comparison::of(times(0, 2_000), times(0, 2_000));
        assert!(same.p > 0.99 && same.difference().is_zero(), "{same:?}");
        let shifted = Comparison::of(times(0, 2_000), times(200, 2_200));
        assert!(shifted.p < 1e-6 && shifted.difference() == Duration::from_micros(200), "{shifted:?}");
        let wider = Comparison::of(times(500, 1_500), times(0, 2_000));
        assert!(wider.p < 1e-6 && wider.difference().is_zero(), "{wider:?}");
    }
}
