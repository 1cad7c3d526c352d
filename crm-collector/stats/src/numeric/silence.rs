//! How likely it is by chance that nothing was sold for so long, of something that sells as it did.

/// The chance that all sales lie in these periods and none in so many others, if each sale could have
/// been in any of them. How many there are is told by the periods that have any, as sales come in lots:
/// as many as would leave so many periods empty (the reciprocal of the squared coefficient of variation,
/// which for single sales is their number), and no more than `most`. A few periods say little of how
/// they differ, so one more is counted that differs as single sales do.
pub(crate) fn chance(sold: &[f64], silent: usize, most: f64) -> f64 {
    let count = sold.len() as f64;
    let with_sales = sold.iter().filter(|value| **value > 0.0).count() as f64;
    if with_sales == 0.0 {
        return 1.0;
    }
    let squares = count * (count - with_sales) / with_sales;
    let sales = (count * count / (squares + 1.0)).min(most);
    (count / (count + silent as f64)).powf(sales)
}

#[cfg(test)]
mod tests {
    use super::chance;

    #[test]
    fn what_sells_each_week_is_not_silent_by_chance_and_single_sales_may_be() {
        assert!(chance(&[30.0, 42.0, 25.0, 38.0, 33.0, 29.0], 50, f64::INFINITY) < 1e-12);
        assert!(chance(&[9.0, 900.0, 7.0, 8.0, 2.0, 1.0], 50, f64::INFINITY) < 1e-12, "in lots");
        // Two sales in ten weeks, ninety weeks before without: about (10/100)².
        let rare = [5.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let found = chance(&rare, 90, f64::INFINITY);
        assert!((1e-3..5e-2).contains(&found), "{found}");
        // One unit is one sale, however even the money is.
        assert!((chance(&[5.0, 5.0], 98, 1.0) - 0.02).abs() < 1e-12);
    }

    #[test]
    fn what_sells_at_christmas_is_silent_each_spring() {
        let of_year = |week: usize| if week % 52 > 44 { 100.0 } else { 0.0 };
        let two_years: Vec<f64> = (0..104).map(of_year).collect();
        assert!(chance(&two_years, 12, f64::INFINITY) > 0.1);
    }

    #[test]
    fn nothing_sold_shows_nothing() {
        for sold in [&[][..], &[0.0, 0.0], &[f64::NAN], &[-5.0]] {
            assert_eq!(chance(sold, 9, f64::INFINITY), 1.0, "{sold:?}");
        }
    }
}
