//! donation.refunded: one gift goes back to its donor, whole or in part.

use super::prelude::*;

data! {
    /// Data of `donation.refunded/1`.
    pub(super) struct DonationRefunded {
        /// Which gift.
        donation: GiftRef,
        /// Own account that pays.
        account: Ref,
        /// Where it is paid from.
        from: From,
        /// The gift's.
        currency: Currency,
        /// The gift's fund.
        fund: Ref,
        /// The gift's project.
        project: Option<Ref>,
        /// How much, gross.
        amount: Figure,
        /// Fee that the channel gives back.
        fee_recovered: Option<Figure>,
        /// When.
        effective_date: Date,
        /// A code or a sentence.
        reason: String,
    }
}

crate::words::words! {
    /// Where a refund is paid from.
    pub(super) From {
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
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/donation.refunded.txt");
    const EXAMPLE: &'static str = r#"{"donation":{"event":"well#7","hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","gift":0},"account":"account/bank","from":"bank","currency":"CNY","fund":"fund/water","amount":"100.00","effective_date":"2026-11-21","reason":"donor's wish"}"#;
}

impl Event for DonationRefunded {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("amount", Slot::Amount(self.amount, self.currency)),
            ("event", Slot::Event(&self.donation.event)),
            ("place", Slot::Place(&self.fund, self.project.as_ref())),
            ("reason", Slot::Text(&self.reason)),
        ]
    }

    fn takes_back(&self) -> Option<TakenBack<'_>> {
        Some(TakenBack { date: self.effective_date, reason: &self.reason, currency: Some(self.currency) })
    }

    fn references(&self) -> Vec<EventRef> {
        vec![EventRef { event: self.donation.event.clone(), hash: self.donation.hash }]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_text("reason", &self.reason)?;
        let prior = context.prior(&EventRef { event: self.donation.event.clone(), hash: self.donation.hash })?;
        let (index, gift) = (prior.index, self.donation.gift);
        if prior.envelope.chain() != context.chain_id {
            return Err(Refusal::new(Code::RefUnknown, "a gift is refunded by the chain that received it"));
        }
        let place = prior
            .event
            .gifts()
            .and_then(|gifts| gifts.places().get(gift as usize).copied())
            .ok_or_else(|| Refusal::new(Code::RefUnknown, format!("gift {gift}")))?;
        let amount = self.amount.positive(self.currency).at("amount")?;
        let fee = self.fee_recovered.map(|fee| fee.positive(self.currency)).transpose().at("fee_recovered")?;
        let account = context.account(&self.account, self.currency)?;
        let pool = context.pool(&self.fund, self.project.as_ref(), self.currency)?;
        context.guard_hold(pool)?;
        let reversed = context.reversed(index);
        if reversed.is_some_and(|items| items.as_ref().is_none_or(|items| items.contains(&gift))) {
            return Err(wrong_state("the gift was reversed"));
        }
        let too_large = || Refusal::new(Code::AmountTooLarge, "what is refunded of the gift, together");
        let after = context.refunded(index, gift).checked_add(amount.minor()).ok_or_else(too_large)?;
        if after > place.gross() {
            return Err(Refusal::new(Code::RefundExceeded, format!("{after} of {} minor units", place.gross())));
        }
        let fee_after = context.fee_recovered(index, gift).checked_add(fee.map_or(0, Money::minor));
        let fee_after = fee_after.ok_or_else(too_large)?;
        if fee_after > place.fee {
            return Err(Refusal::new(
                Code::RefundExceeded,
                format!("{fee_after} of a fee of {} minor units", place.fee),
            ));
        }
        let undone = super::promise::undo(context, prior, pool, amount)?;
        context.guard_outflow(pool, amount)?;
        let pay = match self.from {
            From::Clearing => Head::Clearing(account),
            From::Bank => Head::Bank(account),
        };
        let mut entry = Entry::on(self.effective_date);
        for (head, part) in undone.parts {
            entry = entry.debit(pool.account(head), part);
        }
        entry =
            entry.credit(pool.account(pay), amount).flow(Flow::Refund { of: (index, 0), pool, gift: place, amount });
        if let Some(fee) = fee {
            let expense = Head::Expense(Function::RaisingFunds, NaturalClass::PaymentFees);
            let zero = Money::zero(self.currency);
            entry = entry.debit(pool.account(pay), fee).credit(pool.account(expense), fee).flow(Flow::Inflow {
                pool,
                net: fee,
                fee: zero,
                source: Source::Own,
            });
        }
        let mut effects = undone.effects;
        effects.push(Effect::Note(Note::RestsOn(index)));
        effects.push(Effect::Note(Note::Refunded { index, gift, minor: after, fee: fee_after }));
        effects.push(Effect::Post(entry));
        Ok(effects)
    }
}
