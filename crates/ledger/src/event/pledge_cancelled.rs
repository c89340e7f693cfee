//! pledge.cancelled: a pledge or commitment ends unpaid, wholly or in part.

use super::prelude::*;

data! {
    /// Data of `pledge.cancelled/1`.
    pub(super) struct PledgeCancelled {
        /// Own `pledge/<id>` or `commitment/<id>`.
        promise: Ref,
        /// When it was withdrawn.
        effective_date: Date,
        /// A code or a sentence.
        reason: String,
    }
}

impl Kind for PledgeCancelled {
    const TYPE: &'static str = "pledge.cancelled/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str =
        "A pledge or commitment is withdrawn. What is paid stays; what was recognised and is unpaid is a loss.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/pledge.cancelled.txt");
    const EXAMPLE: &'static str = r#"{"promise":"pledge/p1","effective_date":"2026-06-30","reason":"withdrawn"}"#;
}

impl Event for PledgeCancelled {
    fn tell(&self) -> Telling<'_> {
        vec![("promise", Slot::Entity(&self.promise)), ("reason", Slot::Text(&self.reason))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_text("reason", &self.reason)?;
        let promise = context.mine(self.promise.kind, &self.promise)?;
        let mut effects = Vec::new();
        let cancelled = match promise.parts() {
            (_, Standing::Pledge { paid, state: PromiseState::Open }) => {
                Standing::Pledge { paid, state: PromiseState::Cancelled }
            }
            (
                &Said::Commitment { amount, fund, project, .. },
                Standing::Commitment { receivable, advance, paid, state: PromiseState::Open },
            ) => {
                if advance != 0 {
                    return Err(wrong_state("cash is held on this commitment: return it first"));
                }
                let receivable = amount.alike(receivable);
                if !receivable.is_zero() {
                    let pool = Pool { chain: context.chain, fund, project, currency: amount.currency() };
                    let entry = Entry::on(self.effective_date)
                        .debit(pool.account(context.spending_head(pool.fund, Head::PledgeLoss)), receivable)
                        .credit(pool.account(Head::PledgeReceivable), receivable);
                    effects.push(Effect::Post(entry));
                }
                Standing::Commitment { receivable: 0, advance, paid, state: PromiseState::Cancelled }
            }
            _ => return Err(wrong_state(format!("{} is no open pledge or commitment", self.promise))),
        };
        effects.push(context.stand(promise, cancelled));
        Ok(effects)
    }

    fn reverse(&self, context: &Context<'_>, reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        let promise = context.mine(self.promise.kind, &self.promise)?;
        let opened = match promise.standing {
            Standing::Pledge { paid, state: PromiseState::Cancelled } => {
                Standing::Pledge { paid, state: PromiseState::Open }
            }
            Standing::Commitment { mut receivable, advance, paid, state: PromiseState::Cancelled } => {
                for posting in context.posted(reversal.prior.index) {
                    if posting.account.head == Head::PledgeReceivable {
                        lower(&mut receivable, posting.amount)?;
                    }
                }
                Standing::Commitment { receivable, advance, paid, state: PromiseState::Open }
            }
            Standing::Fixed
            | Standing::Import { .. }
            | Standing::Project { .. }
            | Standing::Campaign { .. }
            | Standing::Pledge { .. }
            | Standing::Commitment { .. }
            | Standing::Grant { .. }
            | Standing::Disbursement { .. }
            | Standing::Milestone { .. }
            | Standing::Hold { .. } => {
                return Err(wrong_state(format!("{} was opened again by a refund", self.promise)));
            }
        };
        let entry = context.negation(reversal.prior.index, reversal.date)?;
        Ok(vec![context.stand(promise, opened), Effect::Post(entry)])
    }
}
