//! pledge.cancelled: a pledge or commitment ends unpaid, wholly or in part.

use super::prelude::*;
use super::promise::Promise;

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
        match Promise::mine(context, &self.promise)? {
            Promise::Pledge(pledge) if pledge.standing.state == PromiseState::Open => {
                let cancelled = PledgeStanding { state: PromiseState::Cancelled, ..pledge.standing };
                Ok(vec![context.stand(pledge, cancelled)])
            }
            Promise::Commitment(commitment) if commitment.standing.state == PromiseState::Open => {
                let &Commitment { amount, fund, project, .. } = commitment.said;
                if commitment.standing.advance != 0 {
                    return Err(wrong_state("cash is held on this commitment: return it first"));
                }
                let mut effects = Vec::with_capacity(2);
                let receivable = amount.alike(commitment.standing.receivable);
                if !receivable.is_zero() {
                    let pool = Pool { chain: context.chain, fund, project, currency: amount.currency() };
                    let entry = Entry::on(self.effective_date)
                        .debit(pool.account(context.spending_head(pool.fund, Head::PledgeLoss)), receivable)
                        .credit(pool.account(Head::PledgeReceivable), receivable);
                    effects.push(Effect::Post(entry));
                }
                let state = PromiseState::Cancelled;
                effects.push(
                    context.stand(commitment, CommitmentStanding { receivable: 0, state, ..commitment.standing }),
                );
                Ok(effects)
            }
            Promise::Pledge(_) | Promise::Commitment(_) => {
                Err(wrong_state(format!("{} is no open pledge or commitment", self.promise)))
            }
        }
    }

    fn reverse(&self, context: &Context<'_>, reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        let opened = match Promise::mine(context, &self.promise)? {
            Promise::Pledge(pledge) if pledge.standing.state == PromiseState::Cancelled => {
                context.stand(pledge, PledgeStanding { state: PromiseState::Open, ..pledge.standing })
            }
            Promise::Commitment(commitment) if commitment.standing.state == PromiseState::Cancelled => {
                let mut stands = CommitmentStanding { state: PromiseState::Open, ..commitment.standing };
                for posting in context.posted(reversal.prior.index) {
                    if posting.account.head == Head::PledgeReceivable {
                        lower(&mut stands.receivable, posting.amount)?;
                    }
                }
                context.stand(commitment, stands)
            }
            Promise::Pledge(_) | Promise::Commitment(_) => {
                return Err(wrong_state(format!("{} was opened again by a refund", self.promise)));
            }
        };
        let entry = context.negation(reversal.prior.index, reversal.date)?;
        Ok(vec![opened, Effect::Post(entry)])
    }
}
