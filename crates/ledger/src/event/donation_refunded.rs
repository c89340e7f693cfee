//! donation.refunded: one gift goes back to its donor, whole or in part.

use super::prelude::*;

/// Data of `donation.refunded/1`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DonationRefunded {
    donation: GiftRef,
    account: Ref,
    from: From,
    currency: Currency,
    fund: Ref,
    project: Option<Ref>,
    amount: Figure,
    fee_recovered: Option<Figure>,
    effective_date: Date,
    reason: String,
}

crate::entity::words! {
    /// Where a refund is paid from.
    From {
        /// Before settlement.
        Clearing = "clearing",
        /// After it.
        Bank = "bank",
    }
}

impl Kind for DonationRefunded {
    const TYPE: &'static str = "donation.refunded/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "A gift is given back, whole or in part; never more than was received.";
    const EFFECT: &'static str =
        "D what the gift was credited to, gross; C clearing or bank; a recovered fee: D bank C expense";
    const MEMBERS: &'static [(&'static str, &'static str)] = &[
        ("donation", "{event, hash, gift}: which gift"),
        ("account", "own account that pays"),
        ("from", "clearing or bank"),
        ("currency", "the gift's"),
        ("fund", "the gift's fund"),
        ("project?", "the gift's project"),
        ("amount", "how much, gross"),
        ("fee_recovered?", "fee that the channel gives back"),
        ("effective_date", "when"),
        ("reason", "a code or a sentence"),
    ];
    const EXAMPLE: &'static str = r#"{"donation":{"event":"well#7","hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","gift":0},"account":"account/bank","from":"bank","currency":"CNY","fund":"fund/water","amount":"100.00","effective_date":"2026-11-21","reason":"donor's wish"}"#;
}

impl Event for DonationRefunded {
    fn references(&self) -> Vec<EventRef> {
        vec![EventRef { event: self.donation.event.clone(), hash: self.donation.hash }]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_text("reason", &self.reason)?;
        let prior = context.prior(&EventRef { event: self.donation.event.clone(), hash: self.donation.hash })?;
        let (index, gift) = (prior.index, self.donation.gift);
        if prior.envelope.chain() != context.chain_id {
            return Err(Refusal::new("ref.unknown", "a gift is refunded by the chain that received it"));
        }
        let place = prior
            .event
            .gifts()
            .get(gift as usize)
            .copied()
            .ok_or_else(|| Refusal::new("ref.unknown", format!("gift {gift}")))?;
        let gone =
            context.books.reversed(index).is_some_and(|items| items.as_ref().is_none_or(|items| items.contains(&gift)));
        if gone {
            return Err(wrong_state("the gift was reversed"));
        }
        let amount = self.amount.positive(self.currency)?;
        let already = context.books.refunded(index, gift);
        let after = already.saturating_add(amount.minor()?);
        if after > place.net.saturating_add(place.fee) {
            return Err(Refusal::new(
                "refund.exceeded",
                format!("{} of {} minor units", after, place.net.saturating_add(place.fee)),
            ));
        }
        let account = context.account(&self.account, self.currency)?;
        let pool = context.pool(&self.fund, self.project.as_ref(), self.currency)?;
        context.guard_outflow(pool, amount)?;
        let pay = match self.from {
            From::Clearing => Head::Clearing(account),
            From::Bank => Head::Bank(account),
        };
        let mut entry = Entry::on(self.effective_date);
        let mut effects = Vec::new();
        for (head, part) in self.credited(context, index, pool, amount)? {
            entry = entry.debit(pool.account(head), part);
            if matches!(head, Head::PledgeReceivable | Head::RefundableAdvance)
                && let Some(reference) = prior.event.promise()
            {
                let promise = context.mine(reference.kind, reference)?;
                let mut body = promise.body.clone();
                give_back(&mut body, head, part)?;
                effects.push(context.change(promise, body));
            }
        }
        entry = entry.credit(pool.account(pay), amount).flow(Flow::Refund { of: (index, 0), gift: place, amount });
        if let Some(fee) = self.fee_recovered {
            let fee = fee.positive(self.currency)?;
            if fee.minor()? > place.fee {
                return Err(Refusal::new("refund.exceeded", "more than the gift's fee"));
            }
            entry = entry
                .debit(pool.account(pay), fee)
                .credit(pool.account(Head::Expense(Function::RaisingFunds, NaturalClass::PaymentFees)), fee)
                .flow(Flow::Inflow { pool, net: fee, fee: Money::zero(self.currency), source: Source::Own });
        }
        effects.push(Effect::Note(Note::RestsOn(index)));
        effects.push(Effect::Note(Note::Refunded { index, gift, minor: after }));
        effects.push(Effect::Post(entry));
        Ok(effects)
    }
}

impl DonationRefunded {
    /// The credits of the donation that this refund undoes: what earlier refunds of the event
    /// undid is passed over, income first.
    fn credited(
        &self,
        context: &Context<'_>,
        index: u64,
        pool: Pool,
        amount: Money,
    ) -> Result<Vec<(Head, Money)>, Refusal> {
        let posted =
            context.books.posted(index).ok_or_else(|| Refusal::new("ref.unknown", "the event posted nothing"))?;
        if posted.postings.iter().any(|p| p.account.pool != pool) {
            return Err(Refusal::new("ref.unknown", "fund, project and currency are those of the gift"));
        }
        let order = [Head::Donations, Head::HeldForOthers, Head::RefundableAdvance, Head::PledgeReceivable];
        let mut pass = Money::from_minor(context.books.refunded_of(index), self.currency);
        let mut left = amount;
        let mut parts = Vec::new();
        for head in order {
            for posting in posted.postings.iter().filter(|p| p.account.head == head && p.amount.is_negative()) {
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
        if left.is_zero() {
            Ok(parts)
        } else {
            Err(Refusal::new("refund.exceeded", "more than the event was credited"))
        }
    }
}

fn give_back(promise: &mut Body, head: Head, part: Money) -> Result<(), Refusal> {
    if let Body::Commitment { receivable, advance, paid, state, .. } = promise {
        *paid = paid.minus(part)?;
        if head == Head::PledgeReceivable {
            *receivable = receivable.plus(part)?;
            *state = PromiseState::Open;
        } else {
            *advance = advance.minus(part)?;
        }
    }
    Ok(())
}
