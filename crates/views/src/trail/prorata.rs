//! pro-rata/1 (3-GIVING §4): one outflow shared by the balances open at that moment.

use super::error::TrailError;

/// Above this many open gifts a fund cannot use pro-rata/1: every outflow touches every open gift, so a year of a
/// thousand outflows over ten thousand gifts is already ten million shares.
pub const PRO_RATA_MAX_OPEN: usize = 10_000;

/// The share of `amount` that each open balance bears: proportional, rounded by largest remainder, ties by order. The
/// shares sum to `amount` and none exceeds its balance. All in minor units of one currency.
///
/// # Errors
/// `BadAmount` for a negative amount or balance, `TooManyOpen`, `Overflow`, `MoreThanOpen`.
pub fn pro_rata(open: &[i64], amount: i64) -> Result<Vec<i64>, TrailError> {
    if open.len() > PRO_RATA_MAX_OPEN {
        return Err(TrailError::TooManyOpen(open.len()));
    }
    let mut total: i64 = 0;
    for &balance in open {
        if balance < 0 {
            return Err(TrailError::BadAmount(balance));
        }
        total = total.checked_add(balance).ok_or(TrailError::Overflow)?;
    }
    if amount < 0 {
        return Err(TrailError::BadAmount(amount));
    }
    if amount > total {
        return Err(TrailError::MoreThanOpen { amount, open: total });
    }
    if total == 0 {
        return Ok(vec![0; open.len()]);
    }
    let mut shares = Vec::with_capacity(open.len());
    let mut remainders = Vec::with_capacity(open.len());
    let mut left = amount;
    for (order, &balance) in open.iter().enumerate() {
        // 63 + 63 bits fit 127; the quotient is at most `balance`, because `amount <= total`.
        let product = i128::from(balance) * i128::from(amount);
        let share = i64::try_from(product / i128::from(total)).map_err(|_| TrailError::Overflow)?;
        left -= share;
        shares.push(share);
        remainders.push((std::cmp::Reverse(product % i128::from(total)), order));
    }
    remainders.sort_unstable();
    // `left` is the sum of the remainders over `total`, so fewer than the balances that have one; such a balance was
    // rounded down and has room for one more.
    for (_, order) in remainders {
        if left == 0 {
            break;
        }
        if let Some(share) = shares.get_mut(order) {
            *share += 1;
            left -= 1;
        }
    }
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::{TrailError, pro_rata};

    #[test]
    fn the_vector_of_the_document() {
        // A 10, B 10, spend 10, C 10, spend 10.
        let mut open = vec![1000, 1000];
        let spend = |open: &mut Vec<i64>| {
            let shares = pro_rata(open, 1000).unwrap();
            open.iter_mut().zip(shares).for_each(|(balance, share)| *balance -= share);
        };
        spend(&mut open);
        open.push(1000);
        spend(&mut open);
        assert_eq!(open, vec![250, 250, 500]);
    }

    #[test]
    fn remainders_go_to_the_largest_and_ties_to_the_first() {
        assert_eq!(pro_rata(&[1, 1, 1], 2), Ok(vec![1, 1, 0]));
        assert_eq!(pro_rata(&[1, 5, 1], 2), Ok(vec![0, 2, 0])); // 0.29 1.43 0.29
        assert_eq!(pro_rata(&[3, 3, 4], 5), Ok(vec![2, 1, 2])); // 1.5 1.5 2
        assert_eq!(pro_rata(&[0, 7, 0], 7), Ok(vec![0, 7, 0]));
        assert_eq!(pro_rata(&[i64::MAX], i64::MAX), Ok(vec![i64::MAX]));
        assert_eq!(pro_rata(&[], 0), Ok(vec![]));
    }

    #[test]
    fn impossible_shares_are_refused() {
        assert_eq!(pro_rata(&[1], 2), Err(TrailError::MoreThanOpen { amount: 2, open: 1 }));
        assert_eq!(pro_rata(&[1], -1), Err(TrailError::BadAmount(-1)));
        assert_eq!(pro_rata(&[-1], 0), Err(TrailError::BadAmount(-1)));
        assert_eq!(pro_rata(&[i64::MAX, 1], 0), Err(TrailError::Overflow));
        assert_eq!(pro_rata(&[0; 10_001], 0), Err(TrailError::TooManyOpen(10_001)));
    }
}
