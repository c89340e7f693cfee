//! What an event does to money and approvals, in figures: for whoever is about to sign it.

use crate::admitted::Done;
use crate::books::Books;
use crate::effect::Effect;
use crate::entity::{Disbursement, Said, Standing};
use crate::entry::{Head, Pool};
use crate::id::EntityNo;
use crate::money::Money;

/// A pool that lacks money at one of its accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short {
    /// Which.
    pub pool: Pool,
    /// At which account.
    pub account: EntityNo,
    /// How much; above zero.
    pub missing: Money,
}

/// The pools that an event posts to, in the order of its postings; the books hold what it has opened.
#[must_use]
pub fn pools(books: &Books, done: &Done) -> Vec<Pool> {
    let mut pools = Vec::new();
    for effect in &done.effects {
        let Effect::Post(booked) = effect else { continue };
        for posting in &booked.postings {
            let account = books.account_or_new(posting.account, &done.opened);
            let pool = account.and_then(|account| books.pool_or_new(account.pool, &done.opened));
            pools.extend(pool.filter(|pool| !pools.contains(pool)));
        }
    }
    pools
}

/// Approvals of the payment that an event asks for or approves: how many are needed, how many there are with it.
#[must_use]
pub fn approvals(done: &Done) -> Option<(u32, u32)> {
    done.effects.iter().find_map(|effect| {
        let said = match effect {
            Effect::Open(entity) => &entity.said,
            Effect::Say(_, said) => said,
            Effect::Post(_)
            | Effect::Stand(..)
            | Effect::Chain(_)
            | Effect::Rules(_)
            | Effect::Epoch(_)
            | Effect::Note(_) => return None,
        };
        let Said::Disbursement(Disbursement { needed, approvers, .. }) = &**said else { return None };
        Some((*needed, u32::try_from(approvers.len()).unwrap_or(u32::MAX)))
    })
}

/// The account at which a pool lacks most, if it spends more than it has.
#[must_use]
pub fn overdrawn(books: &Books, pool: Pool) -> Option<Short> {
    let missing = books.pool_spendable(pool).ok().filter(|spendable| spendable.is_negative())?.negated();
    let no = books.pool_no(&pool)?;
    let accounts = books.pool_accounts(no).filter_map(|(head, minor)| {
        let Head::Bank(account) = head else { return None };
        Some((minor, account))
    });
    let (_, account) = accounts.min()?;
    Some(Short { pool, account, missing })
}

/// Whether what a project lacks can be set aside for it: the fund has it free, at the same account, and nothing stands in
/// the way.
#[must_use]
pub fn can_be_set_aside(books: &Books, short: Short) -> bool {
    let Short { pool, account, missing } = short;
    let free = Pool { project: None, ..pool };
    let is_over = match pool.project.and_then(|no| books.entity(no)).map(|project| project.standing) {
        Some(Standing::Project(project)) => project.status.is_over(),
        Some(_) | None => true,
    };
    let has = books.pool_spendable(free).map(|has| has.at_most(books.balance(free.account(Head::Bank(account)))));
    !is_over && books.hold_on(free).is_none() && has.is_ok_and(|has| has >= missing)
}
