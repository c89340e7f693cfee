//! Sums of decimal text, exact to the last digit, whatever their size.

use std::fmt;

use super::number::{MAX_SIDE_DIGITS, Number};

/// Decimal digits per limb.
const LIMB_DIGITS: usize = 9;
const LIMB: u32 = 1_000_000_000;
/// Limbs behind the point: 7 × 9 = 63 digits, the most a [`Number`] has there.
const FRACTION_LIMBS: usize = MAX_SIDE_DIGITS / LIMB_DIGITS;
/// All limbs: 7 behind the point, 7 before it, and 2 (10^18) for the carries of as many additions.
const LIMBS: usize = 2 * FRACTION_LIMBS + 2;

/// A sum of decimal texts: fixed point with 63 digits behind the point, positive and negative terms apart.
///
/// Its text (`Display`) has as many digits behind the point as the longest term, as Python's `Decimal` gives it:
/// `100.00 + 0.5` is `100.50`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exact {
    plus: [u32; LIMBS],
    minus: [u32; LIMBS],
    scale: usize,
}

impl Exact {
    /// Adds a number.
    pub(super) fn add(&mut self, number: &Number) {
        self.scale = self.scale.max(number.fraction.len());
        let side = if number.negative { &mut self.minus } else { &mut self.plus };
        let mut carry = 0;
        for (limb, term) in side.iter_mut().zip(limbs(number)) {
            // Two limbs and a carry are below 2^31.
            let sum = limb.saturating_add(term).saturating_add(carry);
            *limb = sum % LIMB;
            carry = sum / LIMB;
        }
    }

    /// Subtracts a number.
    pub(super) fn subtract(&mut self, number: &Number) {
        self.add(&Number { negative: !number.negative, ..number.clone() });
    }
}

/// A number's limbs, least first.
fn limbs(number: &Number) -> [u32; LIMBS] {
    let mut digits = [b'0'; LIMBS * LIMB_DIGITS];
    let point = FRACTION_LIMBS * LIMB_DIGITS;
    let behind = digits.iter_mut().take(point).rev().zip(number.fraction.bytes());
    behind.for_each(|(place, digit)| *place = digit);
    let before = digits.iter_mut().skip(point).zip(number.whole.bytes().rev());
    before.for_each(|(place, digit)| *place = digit);
    let mut limbs = [0; LIMBS];
    for (limb, chunk) in limbs.iter_mut().zip(digits.chunks(LIMB_DIGITS)) {
        // Nine digits fit.
        let value = |digit: &u8| u32::from(digit.saturating_sub(b'0'));
        *limb = chunk.iter().rev().fold(0, |sum: u32, digit| sum.saturating_mul(10).saturating_add(value(digit)));
    }
    limbs
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let negative = self.minus.iter().rev().gt(self.plus.iter().rev());
        let (large, small) = if negative { (&self.minus, &self.plus) } else { (&self.plus, &self.minus) };
        let mut borrow = 0;
        let mut digits = Vec::with_capacity(LIMBS * LIMB_DIGITS);
        for (a, b) in large.iter().zip(small) {
            // Each limb is below `LIMB`, and twice that is below 2^31; what is borrowed makes up for what is taken.
            let taken = b.saturating_add(borrow);
            borrow = u32::from(*a < taken);
            let mut limb = a.saturating_add(borrow.saturating_mul(LIMB)).saturating_sub(taken);
            for _ in 0..LIMB_DIGITS {
                digits.push(char::from_digit(limb % 10, 10).unwrap_or('0'));
                limb /= 10;
            }
        }
        let point = FRACTION_LIMBS * LIMB_DIGITS;
        let (behind, before) = digits.split_at(point.min(digits.len()));
        let whole: String = before.iter().rev().skip_while(|c| **c == '0').collect();
        let fraction: String = behind.iter().rev().take(self.scale).collect();
        let sign = if negative { "-" } else { "" };
        let whole = if whole.is_empty() { "0" } else { &whole };
        if fraction.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_keep_every_digit() {
        for (terms, expected) in [
            (&[][..], "0"),
            (&["100.00", "0.5"], "100.50"),
            (&["1", "-1.00"], "0.00"),
            (&["0.1", "0.2", "-0.3"], "0.0"),
            (&["-0.000000000000000001", "1"], "0.999999999999999999"),
            (&["999999999", "1"], "1000000000"),
            (&["-999999999.999999999", "-0.000000001"], "-1000000000.000000000"),
            (&["123456789012345678901234567890.5", "-0.5"], "123456789012345678901234567890.0"),
            (&["5", "-12"], "-7"),
        ] {
            let mut sum = Exact::default();
            terms.iter().for_each(|t| sum.add(&Number::parse(t).unwrap()));
            assert_eq!(sum.to_string(), expected);
            terms.iter().for_each(|t| sum.subtract(&Number::parse(t).unwrap()));
            assert!(sum.to_string().bytes().all(|b| b == b'0' || b == b'.'), "{sum}");
        }
        let nines = "9".repeat(MAX_SIDE_DIGITS);
        let mut sum = Exact::default();
        (0..11).for_each(|_| sum.add(&Number::parse(&format!("{nines}.{nines}")).unwrap()));
        assert_eq!(sum.to_string(), format!("10{nines}.{}89", "9".repeat(MAX_SIDE_DIGITS - 2)));
    }
}
