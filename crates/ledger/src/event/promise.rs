//! What a gift does to the promise and the appeal that it names, and how that is undone. Shared by
//! gifts, confirmed payments, refunds and reversals.

use super::prelude::*;

/// A promise to the author's chain: what gifts and payments may name as the one that they pay on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Promise<'a> {
    /// An intention.
    Pledge(Found<'a, Pledge>),
    /// Binding.
    Commitment(Found<'a, Commitment>),
}

impl<'a> Promise<'a> {
    /// One's own.
    ///
    /// # Errors
    /// `ref.*`, also when the reference is to something else.
    pub(super) fn mine(context: &Context<'a>, reference: &Ref) -> Result<Promise<'a>, Refusal> {
        if reference.kind == EntityKind::Pledge {
            context.mine(reference).map(Promise::Pledge)
        } else if reference.kind == EntityKind::Commitment {
            context.mine(reference).map(Promise::Commitment)
        } else {
            Err(Refusal::new(Code::RefUnknown, format!("{reference} is no pledge and no commitment")).about(reference))
        }
    }

    /// Pays on it: where that is credited, how much of it the promise takes, and that it stands so after.
    pub(super) fn pay_on(
        self,
        context: &Context<'_>,
        pool: Pool,
        amount: Money,
    ) -> Result<(Head, Money, Effect), Refusal> {
        let not_for_it = || wrong_state("the promise is not open, or for another fund, project or currency");
        match self {
            Promise::Commitment(commitment) => {
                let (mut stands, total) = (commitment.standing, commitment.said.amount);
                // The commitment was recognised in its own project's pool, and is settled there.
                let place = (commitment.said.fund, commitment.said.project, total.currency());
                if stands.state != PromiseState::Open || place != (pool.fund, pool.project, pool.currency) {
                    return Err(not_for_it());
                }
                let (head, taken) = if commitment.said.conditional {
                    let taken = amount.at_most(total.minus(total.alike(stands.advance))?);
                    raise(&mut stands.advance, taken)?;
                    (Head::RefundableAdvance, taken)
                } else {
                    let taken = amount.at_most(total.alike(stands.receivable));
                    lower(&mut stands.receivable, taken)?;
                    if stands.receivable == 0 {
                        stands.state = PromiseState::Fulfilled;
                    }
                    (Head::PledgeReceivable, taken)
                };
                raise(&mut stands.paid, taken)?;
                Ok((head, taken, context.stand(commitment, stands)))
            }
            Promise::Pledge(pledge) => {
                let (mut stands, total) = (pledge.standing, pledge.said.amount);
                let place = (pledge.said.fund, total.currency());
                if stands.state != PromiseState::Open || place != (Some(pool.fund), pool.currency) {
                    return Err(not_for_it());
                }
                raise(&mut stands.paid, amount)?;
                if !total.minus(total.alike(stands.paid))?.is_positive() {
                    stands.state = PromiseState::Fulfilled;
                }
                // An indicative pledge was never recognised, so what it pays is income now.
                Ok((Head::Donations, Money::zero(amount.currency()), context.stand(pledge, stands)))
            }
        }
    }

    /// How it stands when a payment on it is taken back: `parts` are the credits that are undone.
    fn unpay(self, context: &Context<'_>, parts: &[(Head, Money)]) -> Result<Effect, Refusal> {
        match self {
            Promise::Commitment(commitment) => {
                let mut stands = commitment.standing;
                for (head, part) in parts {
                    if *head == Head::PledgeReceivable {
                        lower(&mut stands.paid, *part)?;
                        raise(&mut stands.receivable, *part)?;
                        stands.state = PromiseState::Open;
                    } else if *head == Head::RefundableAdvance {
                        lower(&mut stands.paid, *part)?;
                        lower(&mut stands.advance, *part)?;
                    }
                }
                Ok(context.stand(commitment, stands))
            }
            Promise::Pledge(pledge) => {
                let (mut stands, total) = (pledge.standing, pledge.said.amount);
                for (_, part) in parts {
                    lower(&mut stands.paid, *part)?;
                    let is_due = total.minus(total.alike(stands.paid))?.is_positive();
                    if stands.state == PromiseState::Fulfilled && is_due {
                        stands.state = PromiseState::Open;
                    }
                }
                Ok(context.stand(pledge, stands))
            }
        }
    }
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
        effects.push(Promise::mine(context, reference)?.unpay(context, &parts)?);
    }
    if let Some(reference) = gifts.and_then(|gifts| gifts.campaign()) {
        let campaign = context.mine::<Campaign>(reference)?;
        let mut standing = campaign.standing;
        lower(&mut standing.received, amount)?;
        effects.push(context.stand(campaign, standing));
    }
    Ok(Undone { parts, effects })
}
