//! Lots, by number: what they came in as stands small, where their records begin beside it.

use super::records::NONE;
use super::{RowKind, arena_id, index};
use almoner_ledger::Rows;

/// A lot.
#[derive(Clone, Copy, Debug)]
pub(super) struct LotRow {
    pub(super) net: i64,
    pub(super) fee: i64,
    pub(super) pool: u32,
    pub(super) birth: u32,
    /// Newest record of the lot.
    pub(super) head: u32,
    /// Transfer: the outflow. Debt that took over: its row in `debts`.
    pub(super) link: u32,
    /// Number of records, counted up to `records::CHAIN + 1`.
    pub(super) count: u8,
    pub(super) kind: RowKind,
}

/// All lots.
#[derive(Clone, Debug, Default)]
pub(super) struct Lots {
    /// Net, fee, birth, kind and pool, link: never changed.
    facts: Rows<5>,
    heads: Vec<u32>,
    counts: Vec<u8>,
}

/// The kind stands in the lowest bits of the pool's column.
const KINDS: [RowKind; 8] = {
    use RowKind::{Before, Debt, Gift, OwnIncome, Transfer};
    [Gift, OwnIncome, Before, Transfer, Debt, Debt, Debt, Debt]
};

impl Lots {
    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    /// Appends a lot that has no records yet; gives its number.
    pub(super) fn push(&mut self, row: &LotRow) -> u32 {
        let id = arena_id(self.len());
        let pool = i64::from(row.pool) << 3 | row.kind as i64;
        // Most lots have no link: nothing is zero, which is the smallest.
        let link = i64::from(row.link.wrapping_add(1));
        self.facts.push([row.net, row.fee, i64::from(row.birth), pool, link]);
        self.heads.push(NONE);
        self.counts.push(0);
        id
    }

    pub(super) fn get(&self, lot: u32) -> Option<LotRow> {
        let at = index(lot);
        let [net, fee, birth, pool, link] = self.facts.get(at)?;
        Some(LotRow {
            net,
            fee,
            pool: u32::try_from(pool >> 3).ok()?,
            birth: u32::try_from(birth).ok()?,
            head: *self.heads.get(at)?,
            link: u32::try_from(link).ok()?.wrapping_sub(1),
            count: *self.counts.get(at)?,
            kind: *KINDS.get(usize::try_from(pool & 7).ok()?)?,
        })
    }

    /// What changes of a lot: its newest record and how many there are.
    pub(super) fn records_of(&mut self, lot: u32) -> Option<(&mut u32, &mut u8)> {
        Some((self.heads.get_mut(index(lot))?, self.counts.get_mut(index(lot))?))
    }
}
