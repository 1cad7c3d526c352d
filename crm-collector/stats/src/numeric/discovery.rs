//! Many questions asked at once: how many of the answers that look sure may be chance.

/// For each p-value the smallest false discovery rate at which it is a discovery, its q-value:
/// q₍ᵢ₎ = min over j ≥ i of m·p₍ⱼ₎ / j (Benjamini & Hochberg 1995; the step-up procedure as
/// adjusted values, Yekutieli & Benjamini 1999).
///
/// `tests` is how many questions were asked, where not all their p-values are at hand (those left
/// out must be larger); fewer than the p-values given count as many as they are. A p-value that is
/// not a number proves nothing and counts as 1.
pub fn q_values(p_values: &[f64], tests: usize) -> Vec<f64> {
    let count = tests.max(p_values.len()) as f64;
    let proven = |p: f64| if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) };
    let mut ascending: Vec<usize> = (0..p_values.len()).collect();
    ascending.sort_by(|&a, &b| proven(p_values[a]).total_cmp(&proven(p_values[b])));
    let mut q_values = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (below, &index) in ascending.iter().enumerate().rev() {
        // The quotient first: it is at least 1, so that no q-value is rounded below its p-value.
        least = least.min(proven(p_values[index]) * (count / (below + 1) as f64));
        q_values[index] = least;
    }
    q_values
}

#[cfg(test)]
mod tests {
    use super::q_values;
    use proptest::prelude::*;

    /// The fifteen p-values of Benjamini & Hochberg 1995, section 3.2.
    const THROMBOLYSIS: [f64; 15] = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0000,
    ];

    #[test]
    fn the_first_four_of_the_paper_s_example_are_discoveries() {
        let found = q_values(&THROMBOLYSIS, THROMBOLYSIS.len()).into_iter().map(|q| q <= 0.05);
        assert_eq!(found.collect::<Vec<_>>(), [[true; 4].as_slice(), &[false; 11]].concat());
    }

    #[test]
    fn q_values_are_those_of_the_formula_in_the_order_given() {
        // m·p/j: .01·4/1, .02·4/2, .03·4/3, .5·4/4; none is undercut by a later one.
        let q = q_values(&[0.5, 0.01, 0.03, 0.02], 4);
        for (found, expected) in q.iter().zip([0.5, 0.04, 0.04, 0.04]) {
            assert!((found - expected).abs() < 1e-15, "{q:?}");
        }
        let more = q_values(&[0.01], 5);
        assert!((more[0] - 0.05).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_a_number_is_no_discovery_and_spoils_no_other() {
        assert_eq!(q_values(&[f64::NAN, 0.0001], 2), [1.0, 0.0002]);
        assert_eq!(q_values(&[], 0), [] as [f64; 0]);
    }

    proptest! {
        #[test]
        fn q_values_are_no_smaller_than_p_values_and_keep_their_order(
            p in prop::collection::vec(0.0..=1.0, 1..40),
        ) {
            let q = q_values(&p, p.len());
            for i in 0..p.len() {
                prop_assert!(q[i] >= p[i] - 1e-15 && q[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || q[i] <= q[j]);
                }
            }
        }
    }
}
