//! What a gift does to the promise and the appeal that it names, and how that is undone. Shared by
//! gifts, confirmed payments, refunds and reversals.

use super::prelude::*;

/// Pays on a promise: where it is credited, and how much of it the promise takes. The body is
/// changed to how it stands after.
pub(super) fn pay_on(promise: &mut Body, pool: Pool, amount: Money) -> Result<(Head, Money), Refusal> {
    match promise {
        // The commitment was recognised in its own project's pool, and is settled there.
        Body::Commitment { fund, project, conditional, receivable, advance, paid, amount: total, state }
            if *state == PromiseState::Open
                && (*fund, *project) == (pool.fund, pool.project)
                && total.currency() == pool.currency =>
        {
            let (head, taken) = if *conditional {
                let taken = amount.at_most(total.minus(*advance)?);
                *advance = advance.plus(taken)?;
                (Head::RefundableAdvance, taken)
            } else {
                let taken = amount.at_most(*receivable);
                *receivable = receivable.minus(taken)?;
                if receivable.is_zero() {
                    *state = PromiseState::Fulfilled;
                }
                (Head::PledgeReceivable, taken)
            };
            *paid = paid.plus(taken)?;
            Ok((head, taken))
        }
        Body::Pledge { fund: Some(fund), amount: total, paid, state, .. }
            if *state == PromiseState::Open && *fund == pool.fund && total.currency() == pool.currency =>
        {
            *paid = paid.plus(amount)?;
            if !total.minus(*paid)?.is_positive() {
                *state = PromiseState::Fulfilled;
            }
            // An indicative pledge was never recognised, so what it pays is income now.
            Ok((Head::Donations, Money::zero(amount.currency())))
        }
        _ => Err(wrong_state("the promise is not open, or for another fund, project or currency")),
    }
}

/// Takes a payment on a promise back: `parts` are the credits that are undone.
fn unpay(promise: &mut Body, parts: &[(Head, Money)]) -> Result<(), Refusal> {
    for (head, part) in parts {
        match (&mut *promise, head) {
            (Body::Commitment { receivable, paid, state, .. }, Head::PledgeReceivable) => {
                *paid = paid.minus(*part)?;
                *receivable = receivable.plus(*part)?;
                *state = PromiseState::Open;
            }
            (Body::Commitment { advance, paid, .. }, Head::RefundableAdvance) => {
                *paid = paid.minus(*part)?;
                *advance = advance.minus(*part)?;
            }
            (Body::Pledge { amount, paid, state, .. }, _) => {
                *paid = paid.minus(*part)?;
                if *state == PromiseState::Fulfilled && amount.minus(*paid)?.is_positive() {
                    *state = PromiseState::Open;
                }
            }
            _ => {}
        }
    }
    Ok(())
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
        return Err(Refusal::new("ref.unknown", "the event posted nothing"));
    }
    if posted.iter().any(|p| p.account.pool != pool) {
        return Err(Refusal::new("ref.unknown", "fund, project and currency are those of the gift"));
    }
    let places = prior.event.gifts();
    let reversed = context.reversed(prior.index).and_then(Option::as_ref).into_iter().flatten();
    let reversed = reversed.filter_map(|gift| places.get(*gift as usize)).map(|place| place.gross());
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
        return Err(Refusal::new("refund.exceeded", "more than the event was credited"));
    }
    let mut effects = Vec::new();
    if let Some(reference) = prior.event.promise() {
        let promise = context.mine(reference.kind, reference)?;
        let mut body = promise.body.clone();
        unpay(&mut body, &parts)?;
        effects.push(context.change(promise, body));
    }
    if let Some(reference) = prior.event.campaign() {
        let campaign = context.mine(EntityKind::Campaign, reference)?;
        let mut body = campaign.body.clone();
        if let Body::Campaign { received, .. } = &mut body {
            *received = received.minus(amount)?;
        }
        effects.push(context.change(campaign, body));
    }
    Ok(Undone { parts, effects })
}
