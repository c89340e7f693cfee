//! What a gift does to the promise and the appeal that it names, and how that is undone. Shared by
//! gifts, confirmed payments, refunds and reversals.

use super::prelude::*;

/// Pays on a promise: where it is credited, how much of it the promise takes, and how the promise stands after.
pub(super) fn pay_on(promise: &Entity, pool: Pool, amount: Money) -> Result<(Head, Money, Standing), Refusal> {
    let mut state = PromiseState::Open;
    match promise.parts() {
        // The commitment was recognised in its own project's pool, and is settled there.
        (
            Said::Commitment { amount: total, fund, project, conditional },
            Standing::Commitment { mut receivable, mut advance, mut paid, state: PromiseState::Open },
        ) if (*fund, *project) == (pool.fund, pool.project) && total.currency() == pool.currency => {
            let (head, taken) = if *conditional {
                let taken = amount.at_most(total.minus(total.alike(advance))?);
                raise(&mut advance, taken)?;
                (Head::RefundableAdvance, taken)
            } else {
                let taken = amount.at_most(total.alike(receivable));
                lower(&mut receivable, taken)?;
                if receivable == 0 {
                    state = PromiseState::Fulfilled;
                }
                (Head::PledgeReceivable, taken)
            };
            raise(&mut paid, taken)?;
            Ok((head, taken, Standing::Commitment { receivable, advance, paid, state }))
        }
        (
            Said::Pledge { amount: total, fund: Some(fund), .. },
            Standing::Pledge { mut paid, state: PromiseState::Open },
        ) if *fund == pool.fund && total.currency() == pool.currency => {
            raise(&mut paid, amount)?;
            if !total.minus(total.alike(paid))?.is_positive() {
                state = PromiseState::Fulfilled;
            }
            // An indicative pledge was never recognised, so what it pays is income now.
            Ok((Head::Donations, Money::zero(amount.currency()), Standing::Pledge { paid, state }))
        }
        _ => Err(wrong_state("the promise is not open, or for another fund, project or currency")),
    }
}

/// How a promise stands when a payment on it is taken back: `parts` are the credits that are undone.
fn unpay(promise: &Entity, parts: &[(Head, Money)]) -> Result<Standing, Refusal> {
    let mut standing = promise.standing;
    for (head, part) in parts {
        match (&*promise.said, &mut standing, head) {
            (_, Standing::Commitment { receivable, paid, state, .. }, Head::PledgeReceivable) => {
                lower(paid, *part)?;
                raise(receivable, *part)?;
                *state = PromiseState::Open;
            }
            (_, Standing::Commitment { advance, paid, .. }, Head::RefundableAdvance) => {
                lower(paid, *part)?;
                lower(advance, *part)?;
            }
            (Said::Pledge { amount, .. }, Standing::Pledge { paid, state }, _) => {
                lower(paid, *part)?;
                if *state == PromiseState::Fulfilled && amount.minus(amount.alike(*paid))?.is_positive() {
                    *state = PromiseState::Open;
                }
            }
            _ => {}
        }
    }
    Ok(standing)
}

/// The credits of a gift event that giving `amount` of it back undoes, and what becomes of its promise and appeal.
pub(super) struct Undone {
    /// Where the gift was credited, and how much of that is undone.
    pub(super) parts: Vec<(Head, Money)>,
    /// Promise and appeal as they stand after.
    pub(super) effects: Vec<Effect>,
}

/// Undoes `amount`, gross, of a gift event. What earlier refunds and reversals of it undid is passed over, income first.
pub(super) fn undo(context: &Context<'_>, prior: &Prior, pool: Pool, amount: Money) -> Result<Undone, Refusal> {
    let posted = context.posted(prior.index);
    if posted.is_empty() {
        return Err(Refusal::new(Code::RefUnknown, "the event posted nothing"));
    }
    if posted.iter().any(|p| p.account.pool != pool) {
        return Err(Refusal::new(Code::RefUnknown, "fund, project and currency are those of the gift"));
    }
    let gifts = prior.event.gifts();
    let places = gifts.map(|gifts| gifts.places()).unwrap_or_default();
    let reversed = context.reversed(prior.index).and_then(Option::as_ref).into_iter().flatten();
    let reversed = reversed.filter_map(|gift| places.get(*gift as usize)).map(|place| place.gross());
    // They were parts of one event's gross, which fits.
    let before = reversed.fold(context.refunded_of(prior.index), i64::saturating_add);
    let mut pass = Money::from_minor(before, pool.currency);
    let mut left = amount;
    let mut parts = Vec::new();
    for head in [Head::Donations, Head::HeldForOthers, Head::RefundableAdvance, Head::PledgeReceivable] {
        for posting in posted.iter().filter(|p| p.account.head == head && p.amount.is_negative()) {
            let credit = posting.amount.negated();
            let skipped = credit.at_most(pass);
            pass = pass.minus(skipped)?;
            let part = credit.minus(skipped)?.at_most(left);
            left = left.minus(part)?;
            if !part.is_zero() {
                parts.push((head, part));
            }
        }
    }
    if !left.is_zero() {
        return Err(Refusal::new(Code::RefundExceeded, "more than the event was credited"));
    }
    let mut effects = Vec::new();
    if let Some(reference) = gifts.and_then(|gifts| gifts.promise()) {
        let promise = context.mine(reference.kind, reference)?;
        effects.push(context.stand(promise, unpay(promise, &parts)?));
    }
    if let Some(reference) = gifts.and_then(|gifts| gifts.campaign()) {
        let campaign = context.mine(EntityKind::Campaign, reference)?;
        let Standing::Campaign { mut received, open } = campaign.standing else {
            return Err(wrong_state("not a campaign"));
        };
        lower(&mut received, amount)?;
        effects.push(context.stand(campaign, Standing::Campaign { received, open }));
    }
    Ok(Undone { parts, effects })
}
