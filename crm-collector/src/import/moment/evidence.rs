//! What a whole column of dates shows of what comes first in them: a day above 12 anywhere proves it.

use super::date::{self, DateOrder};

/// What a column of dates shows.
#[derive(Debug)]
pub(in crate::import) struct Evidence<P> {
    /// Orders in which all dates so far can be read.
    possible: [bool; 3],
    /// For each order, the first date that can be read in no other.
    proofs: [Option<(P, String)>; 3],
    /// The first date that can be read in several.
    open: Option<(P, String)>,
    last: Vec<u8>,
}

/// How the dates of a column are read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::import) enum DateStyle<P> {
    /// There is nothing to decide.
    Plain,
    /// One order is shown by a date that can be read in no other.
    Shown(DateOrder, (P, String)),
    /// Dates show different orders, and others none.
    Mixed([(P, String); 2]),
    /// No date shows an order, and this one needs one.
    Open((P, String)),
}

impl<P> Default for Evidence<P> {
    fn default() -> Self {
        Self { possible: [true; 3], proofs: [None, None, None], open: None, last: Vec::new() }
    }
}

impl<P: Copy> Evidence<P> {
    /// Takes in a date that stands at a place.
    pub(in crate::import) fn look_at(&mut self, text: &[u8], place: impl FnOnce() -> P) {
        // Most dates are as ISO has them, and many stand in a row.
        if matches!(text, [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', ..])
            || text == self.last
        {
            return;
        }
        self.last.clear();
        self.last.extend_from_slice(text);
        let place = place();
        let mut rest = text;
        let Some(numbers) = date::numbers(&mut rest) else { return };
        if numbers.separator == b'.' || numbers.is_plain() {
            return;
        }
        let dates = DateOrder::ALL.map(|order| match order {
            DateOrder::YearFirst if numbers.separator != b'-' => None,
            order => numbers.in_order(order),
        });
        let mut found = dates.iter().flatten();
        let Some(first) = found.next() else { return };
        let told = || (place, String::from_utf8_lossy(text).into_owned());
        let is_one = dates.iter().flatten().count() == 1;
        for (index, date) in dates.iter().enumerate() {
            let fits = date.is_some();
            if let Some(possible) = self.possible.get_mut(index) {
                *possible &= fits;
            }
            if let Some(proof) = self.proofs.get_mut(index)
                && fits
                && is_one
            {
                proof.get_or_insert_with(told);
            }
        }
        if !is_one && found.any(|other| other != first) {
            self.open.get_or_insert_with(told);
        }
    }

    /// How the column is read.
    pub(in crate::import) fn finish(self) -> DateStyle<P> {
        let mut proofs = DateOrder::ALL
            .into_iter()
            .zip(self.proofs)
            .filter_map(|(order, proof)| Some((order, proof?)));
        match (proofs.next(), proofs.next(), self.open) {
            (Some((_, one)), Some((_, other)), _) => DateStyle::Mixed([one, other]),
            (Some((order, proof)), None, _) => DateStyle::Shown(order, proof),
            (None, _, Some(open)) => {
                let mut possible =
                    DateOrder::ALL.into_iter().zip(self.possible).filter(|(_, possible)| *possible);
                match (possible.next(), possible.next()) {
                    // Two dates leave one order that neither of them shows alone.
                    (Some((order, _)), None) => DateStyle::Shown(order, open),
                    _ => DateStyle::Open(open),
                }
            }
            (None, _, None) => DateStyle::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(dates: &[&str]) -> DateStyle<usize> {
        let mut evidence = Evidence::default();
        dates.iter().enumerate().for_each(|(at, date)| evidence.look_at(date.as_bytes(), || at));
        evidence.finish()
    }

    #[test]
    fn a_day_above_twelve_anywhere_decides_for_the_column() {
        let shown = |order, at, text: &str| DateStyle::Shown(order, (at, text.to_owned()));
        let slashes = ["01-05-2019", "1/7/2019 10:00", "1/27/2019"];
        assert_eq!(style(&slashes), shown(DateOrder::MonthFirst, 2, "1/27/2019"));
        assert_eq!(style(&["4/5/19", "13/5/19"]), shown(DateOrder::DayFirst, 1, "13/5/19"));
        assert_eq!(style(&["22-12-11", "99-12-11"]), shown(DateOrder::YearFirst, 1, "99-12-11"));
    }

    #[test]
    fn what_is_not_shown_is_open_and_what_is_mixed_is_told() {
        assert_eq!(
            style(&["5/5/2019", "4/5/2019", "4/6/2019"]),
            DateStyle::Open((1, "4/5/2019".into()))
        );
        let mixed = [(0, "13/5/2019".to_owned()), (1, "5/13/2019".to_owned())];
        assert_eq!(style(&["13/5/2019", "5/13/2019"]), DateStyle::Mixed(mixed));
        for plain in ["2019-04-05", "04.05.2019", "5/5/2019", "1751364000", "5 May 2019", ""] {
            assert_eq!(style(&[plain]), DateStyle::Plain, "{plain}");
        }
    }
}
