//! disbursement.confirmed: the payee says that the money arrived. The only inflow of a payment
//! between chains, so that nothing is counted twice.

use super::prelude::*;
use super::promise::Promise;

data! {
    /// Data of `disbursement.confirmed/1`.
    pub(super) struct DisbursementConfirmed {
        /// The payer's `<chain>/disbursement/<id>`.
        disbursement: Ref,
        /// `<chain>#<seq>` of disbursement.paid.
        event: crate::data::EventId,
        /// Its event hash.
        hash: Digest,
        /// Own account.
        account: Ref,
        /// Own fund.
        fund: Ref,
        /// Own project.
        project: Option<Ref>,
        /// Own pledge, or commitment of the same fund and project, that is paid on.
        pledge: Option<Ref>,
        /// As paid.
        currency: Currency,
        /// As paid.
        amount: Figure,
        /// When it arrived.
        effective_date: Date,
    }
}

impl Kind for DisbursementConfirmed {
    const TYPE: &'static str = "disbursement.confirmed/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str =
        "The payee, on its own chain, confirms that a payment arrived, and takes over its trail.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/disbursement.confirmed.txt");
    const EXAMPLE: &'static str = r#"{"disbursement":"foundation/disbursement/d1","event":"foundation#12","hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","account":"account/bank","fund":"fund/village","currency":"CNY","amount":"50000.00","effective_date":"2026-11-23"}"#;
}

impl Event for DisbursementConfirmed {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("amount", Slot::Amount(self.amount, self.currency)),
            ("place", Slot::Place(&self.fund, self.project.as_ref())),
        ]
    }

    fn references(&self) -> Vec<EventRef> {
        vec![EventRef { event: self.event.clone(), hash: self.hash }]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let payment = context.theirs::<Disbursement>(&self.disbursement)?;
        let prior = context.prior(&EventRef { event: self.event.clone(), hash: self.hash })?;
        if payment.said.payee.chain.as_deref() != Some(context.chain_id) {
            return Err(Refusal::new(Code::ChainRole, "only the payee confirms a payment"));
        }
        if payment.standing.state != PaymentState::Paid || payment.standing.paid_index() != Some(prior.index) {
            return Err(wrong_state("the payment is not paid by that event, or confirmed or failed already"));
        }
        let amount = self.amount.positive(self.currency).at("amount")?;
        let sent = payment.said.amount;
        if sent != amount {
            return Err(wrong_state(format!("{sent} was paid, not {amount}")));
        }
        let confirmed = DisbursementStanding { state: PaymentState::Confirmed, ..payment.standing };
        let pool = context.open_pool(&self.fund, self.project.as_ref(), self.currency)?;
        let account = context.account(&self.account, self.currency)?;
        let mut effects = vec![context.stand(payment, confirmed), Effect::Note(Note::RestsOn(prior.index))];
        let mut entry = Entry::on(self.effective_date).debit(pool.account(Head::Bank(account)), amount);
        let mut unpromised = amount;
        if let Some(reference) = &self.pledge {
            let (head, taken, paid) = Promise::mine(context, reference)?.pay_on(context, pool, amount)?;
            entry = entry.credit(pool.account(head), taken);
            unpromised = amount.minus(taken)?;
            effects.push(paid);
        }
        entry = entry.credit(pool.account(context.income_head(pool.fund)), unpromised);
        effects.push(Effect::Post(entry.flow(Flow::Confirm { of: (prior.index, 0), to: pool, amount })));
        Ok(effects)
    }
}
