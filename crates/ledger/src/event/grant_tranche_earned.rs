//! grant.tranche_earned: a milestone is attested, so its tranche is owed.

use super::prelude::*;

data! {
    /// Data of `grant.tranche_earned/1`.
    pub(super) struct GrantTrancheEarned {
        /// Own grant.
        grant: Ref,
        /// The tranche's milestone.
        milestone: Ref,
        /// When.
        effective_date: Date,
    }
}

impl Kind for GrantTrancheEarned {
    const TYPE: &'static str = "grant.tranche_earned/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str =
        "A tranche of a grant is earned: its milestone is attested by the quorum of its reviewers, earlier in the log.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/grant.tranche_earned.txt");
    const EXAMPLE: &'static str =
        r#"{"grant":"grant/g1","milestone":"clinic/milestone/m1","effective_date":"2026-05-01"}"#;
}

impl Event for GrantTrancheEarned {
    fn tell(&self) -> Telling<'_> {
        vec![("grant", Slot::Entity(&self.grant)), ("milestone", Slot::Entity(&self.milestone))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let grant = context.mine::<Grant>(&self.grant)?;
        let milestone = context.any::<Milestone>(&self.milestone)?;
        if milestone.standing.state != MilestoneState::Attested {
            return Err(Refusal::new(Code::MilestoneUnattested, &self.milestone));
        }
        let tranche = grant.said.tranche(milestone.no).filter(|tranche| !tranche.earned);
        let tranche = tranche.ok_or_else(|| wrong_state("the grant has no such tranche, or it is earned already"))?;
        let from_prepaid = tranche.paid.at_most(tranche.amount);
        let owed = tranche.amount.minus(from_prepaid)?;
        let mut standing = grant.standing;
        lower(&mut standing.prepaid, from_prepaid)?;
        raise(&mut standing.payable, owed)?;
        let &Grant { fund, project, .. } = grant.said;
        let pool = Pool { chain: context.chain, fund, project, currency: owed.currency() };
        let entry = Entry::on(self.effective_date)
            .debit(pool.account(context.spending_head(pool.fund, Head::GrantsMade)), tranche.amount)
            .credit(pool.account(Head::Prepayment), from_prepaid)
            .credit(pool.account(Head::GrantsPayable), owed);
        Ok(vec![
            context.say(grant, grant.said.with_tranche(Tranche { earned: true, ..tranche })),
            context.stand(grant, standing),
            Effect::Post(entry),
        ])
    }

    fn reverse(&self, context: &Context<'_>, reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        let grant = context.mine::<Grant>(&self.grant)?;
        let milestone = context.any::<Milestone>(&self.milestone)?.no;
        let tranche = grant.said.tranche(milestone).filter(|tranche| tranche.earned);
        let tranche = tranche.ok_or_else(|| wrong_state("the tranche is not earned"))?;
        let zero = Money::zero(tranche.amount.currency());
        let (mut from_prepaid, mut owed) = (zero, zero);
        for posting in context.posted(reversal.prior.index) {
            if posting.account.head == Head::Prepayment {
                from_prepaid = from_prepaid.minus(posting.amount)?;
            }
            if posting.account.head == Head::GrantsPayable {
                owed = owed.minus(posting.amount)?;
            }
        }
        if tranche.paid != from_prepaid {
            return Err(Refusal::new(
                Code::ReversalDependents,
                "payments or returns since it was earned: undo those first",
            ));
        }
        let mut standing = grant.standing;
        lower(&mut standing.payable, owed)?;
        raise(&mut standing.prepaid, from_prepaid)?;
        Ok(vec![
            context.say(grant, grant.said.with_tranche(Tranche { earned: false, ..tranche })),
            context.stand(grant, standing),
            Effect::Post(context.negation(reversal.prior.index, reversal.date)?),
        ])
    }
}
