//! Numbers of variable length, as the packed columns hold them.

use super::error::{Result, StoreError};

/// Appends an unsigned number, seven bits a byte, the lowest first.
pub(super) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
}

/// Appends a signed number, small magnitudes in few bytes.
pub(super) fn put_signed(out: &mut Vec<u8>, value: i64) {
    put(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// Appends a signed number of any size: what fits 64 bits is written as [`put_signed`] does.
pub(super) fn put_wide(out: &mut Vec<u8>, value: i128) {
    let mut rest = ((value << 1) ^ (value >> 127)).cast_unsigned();
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push((rest & 0x7f) as u8);
}

/// Reads numbers back, refusing what was cut short.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        let (&byte, rest) = self.0.split_first().ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(byte)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// An unsigned number. Reports of all customers read some tens of millions of them, so what is at
    /// most eight bytes long is read at once and not byte by byte.
    #[inline]
    pub(super) fn unsigned(&mut self) -> Result<u64> {
        if let Some((eight, _)) = self.0.split_first_chunk::<8>() {
            let word = u64::from_le_bytes(*eight);
            // The number ends with the first byte whose highest bit is not set.
            let ends = !word & 0x8080_8080_8080_8080;
            if ends != 0 {
                let last = ends.trailing_zeros();
                self.0 = &self.0[last as usize / 8 + 1..];
                return Ok(squeezed(word & (u64::MAX >> (63 - last))));
            }
        }
        self.unsigned_bytewise()
    }

    #[cold]
    fn unsigned_bytewise(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(cut_short())
    }

    #[inline]
    pub(super) fn signed(&mut self) -> Result<i64> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// A signed number of any size.
    pub(super) fn wide(&mut self) -> Result<i128> {
        let mut value = 0_u128;
        for shift in (0..128).step_by(7) {
            let byte = self.byte()?;
            value |= u128::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        Err(cut_short())
    }

    /// An unsigned number that has to fit a narrower type.
    #[inline]
    pub(super) fn narrow<T: TryFrom<u64>>(&mut self) -> Result<T> {
        T::try_from(self.unsigned()?).map_err(|_| cut_short())
    }
}

/// Eight groups of seven bits, each in a byte, moved together.
const fn squeezed(word: u64) -> u64 {
    let pairs = (word & 0x007f_007f_007f_007f) | ((word & 0x7f00_7f00_7f00_7f00) >> 1);
    let fours = (pairs & 0x0000_3fff_0000_3fff) | ((pairs & 0x3fff_0000_3fff_0000) >> 2);
    (fours & 0x0fff_ffff) | ((fours & 0x0fff_ffff_0000_0000) >> 4)
}

#[cold]
fn cut_short() -> StoreError {
    StoreError::Damaged("a packed column cannot be read".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wide_numbers_come_back_and_small_ones_are_written_as_before(
            wide in any::<i128>(),
            small in any::<i64>(),
        ) {
            let (mut bytes, mut before) = (Vec::new(), Vec::new());
            put_wide(&mut bytes, small.into());
            put_signed(&mut before, small);
            prop_assert_eq!(&bytes, &before);
            put_wide(&mut bytes, wide);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.wide().unwrap(), i128::from(small));
            prop_assert_eq!(reader.wide().unwrap(), wide);
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn numbers_come_back(
            values in proptest::collection::vec((any::<u64>(), any::<i64>(), 0_u32..64), 0..20),
        ) {
            // Of all lengths: most random numbers have the greatest.
            let values: Vec<_> =
                values.into_iter().map(|(one, other, by)| (one >> by, other >> by)).collect();
            let mut bytes = Vec::new();
            for (unsigned, signed) in &values {
                put(&mut bytes, *unsigned);
                put_signed(&mut bytes, *signed);
            }
            let mut reader = Reader::new(&bytes);
            for (unsigned, signed) in values {
                prop_assert_eq!(reader.unsigned().unwrap(), unsigned);
                prop_assert_eq!(reader.signed().unwrap(), signed);
            }
            prop_assert!(reader.is_empty());
            prop_assert!(reader.byte().is_err());
        }
    }
}
