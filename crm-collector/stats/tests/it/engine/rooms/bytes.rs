//! Numbers, series and choices out of bytes. When the bytes are used up, zeros follow.

/// Bytes that are read from the front.
pub(super) struct Bytes<'a> {
    left: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub(super) fn new(left: &'a [u8]) -> Self {
        Self { left }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, left)) = self.left.split_first() else { return 0 };
        self.left = left;
        *first
    }

    /// At most `most`, and seldom that.
    pub(super) fn up_to(&mut self, most: usize) -> usize {
        (usize::from(self.byte()) * 256 + usize::from(self.byte())) % (most + 1)
    }

    pub(super) fn small(&mut self) -> i32 {
        i32::from(self.byte()) - 64
    }

    /// Any number at all, those of a shop most often.
    pub(super) fn number(&mut self) -> f64 {
        match self.byte() {
            0..100 => f64::from(self.small()),
            100..150 => f64::from(self.byte()) * 100.0 + f64::from(self.byte()) / 100.0,
            150..170 => 0.0,
            170..180 => -f64::from(self.byte()),
            kind => match kind % 10 {
                0 => f64::NAN,
                1 => f64::INFINITY,
                2 => f64::NEG_INFINITY,
                3 => 1e300 * f64::from(self.small()),
                4 => 1e-300 * f64::from(self.small()),
                5 => f64::MAX,
                6 => f64::MIN_POSITIVE,
                7 => 1e15 + f64::from(self.byte()),
                8 => -0.0,
                _ => f64::from_bits(u64::from_le_bytes(std::array::from_fn(|_| self.byte()))),
            },
        }
    }

    pub(super) fn numbers(&mut self, most: usize) -> Vec<f64> {
        let count = self.up_to(most);
        (0..count).map(|_| self.number()).collect()
    }

    /// A series: single numbers, runs, lines, seasons and noise, one after the other.
    pub(super) fn series(&mut self, most: usize) -> Vec<f64> {
        let mut series = Vec::new();
        while !self.is_empty() && series.len() < most {
            let kind = self.byte();
            let start = self.number();
            let length = match kind % 8 {
                0..3 => 1,
                _ => usize::from(self.byte() % 64),
            };
            let step = self.number();
            let mut state = u32::from(kind) + 1;
            for index in 0..length.min(most - series.len()) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let chance = f64::from(state >> 8) / f64::from(1_u32 << 24) - 0.5;
                series.push(match kind % 8 {
                    3 => start,
                    4 => start + step * index as f64,
                    5 => start + if index % 7 == 0 { step } else { 0.0 },
                    6 => (start + chance * step).round(),
                    _ => start + chance * step,
                });
            }
        }
        series
    }
}
