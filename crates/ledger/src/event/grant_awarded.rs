//! grant.awarded: a promise to a recipient.

use super::prelude::*;
use crate::entity::Entity;
use std::collections::BTreeMap;

data! {
    /// Data of `grant.awarded/1`.
    pub(super) struct GrantAwarded {
        /// New `grant/<id>`.
        grant: Ref,
        /// Who gets it.
        recipient: Payee,
        /// Own fund.
        fund: Ref,
        /// Own project.
        project: Option<Ref>,
        /// ISO 4217.
        currency: Currency,
        /// How much in all.
        amount: Figure,
        /// When it was awarded.
        date: Date,
        /// What for.
        purpose: String,
        /// What it hangs on; the tranches sum to amount. Empty: it is owed at once.
        milestones: Vec<Gate>,
    }
}

data! {
    struct Gate {
        /// A milestone, own or `<chain>/milestone/<id>`.
        milestone: Ref,
        /// How much is earned with it.
        tranche: Figure,
        /// Whether it may be paid before it is earned; no if left out.
        advance: Option<bool>,
    }
}

impl Kind for GrantAwarded {
    const TYPE: &'static str = "grant.awarded/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str =
        "A grant (IATI 2). With milestones it is conditional: each tranche is earned when its milestone is attested.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/grant.awarded.txt");
    const EXAMPLE: &'static str = r#"{"grant":"grant/g1","recipient":{"chain":"clinic"},"fund":"fund/relief","currency":"CNY","amount":"50000.00","date":"2026-03-01","purpose":"Medical supplies","milestones":[{"milestone":"clinic/milestone/m1","tranche":"50000.00"}]}"#;
}

impl Event for GrantAwarded {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("amount", Slot::Amount(self.amount, self.currency)),
            ("recipient", Slot::Payee(&self.recipient)),
            ("purpose", Slot::Text(&self.purpose)),
        ]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        self.recipient.check()?;
        check_text("purpose", &self.purpose)?;
        if let Some(chain) = &self.recipient.chain {
            context.chain_named(chain)?;
        }
        let pool = context.open_pool(&self.fund, self.project.as_ref(), self.currency)?;
        let amount = self.amount.positive(self.currency).at("amount")?;
        let zero = Money::zero(self.currency);
        let mut sum = zero;
        let mut tranches = Vec::new();
        let mut named = Vec::new();
        for gate in &self.milestones {
            let milestone = context.any(EntityKind::Milestone, &gate.milestone)?;
            named.push(name_milestone(context, milestone)?);
            let milestone = milestone.no;
            let tranche = gate.tranche.positive(self.currency).at("tranche").at("milestones")?;
            if tranches.iter().any(|t: &Tranche| t.milestone == milestone) {
                return Err(Refusal::new(Code::DataTwice, "a milestone stands twice").at("milestones"));
            }
            sum = sum.plus(tranche)?;
            tranches.push(Tranche {
                milestone,
                amount: tranche,
                advance: gate.advance.unwrap_or(false),
                earned: false,
                paid: zero,
            });
        }
        let conditional = !tranches.is_empty();
        if conditional && sum != amount {
            return Err(Refusal::new(Code::DataSum, format!("the tranches sum to {sum}, the grant is {amount}")));
        }
        let said = Said::Grant {
            recipient: self.recipient.clone(),
            fund: pool.fund,
            project: pool.project,
            amount,
            accepted: false,
            tranches,
        };
        let payable = if conditional { 0 } else { amount.minor() };
        let standing = Standing::Grant { payable, prepaid: 0, paid: 0 };
        let mut effects = vec![context.open(0, EntityKind::Grant, &self.grant, said, standing)?];
        effects.extend(named);
        if !conditional {
            let entry = Entry::on(self.date)
                .debit(pool.account(context.spending_head(pool.fund, Head::GrantsMade)), amount)
                .credit(pool.account(Head::GrantsPayable), amount);
            effects.push(Effect::Post(entry));
        }
        Ok(effects)
    }

    fn reverse(&self, context: &Context<'_>, reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        let grant = context.mine(EntityKind::Grant, &self.grant)?;
        let mut said = Said::clone(&grant.said);
        let standing = match (&mut said, grant.standing) {
            (Said::Grant { amount, tranches, .. }, Standing::Grant { prepaid, paid: 0, .. })
                if !tranches.iter().any(|t| t.earned) =>
            {
                // A grant of nothing: what was requested on it can no longer be paid.
                *amount = Money::zero(self.currency);
                tranches.clear();
                Standing::Grant { payable: 0, prepaid, paid: 0 }
            }
            _ => {
                return Err(Refusal::new(
                    Code::ReversalDependents,
                    "payments on it or tranches earned: undo those first",
                ));
            }
        };
        let mut effects = vec![context.say(grant, said), context.stand(grant, standing)];
        for gate in &self.milestones {
            effects.push(forget_milestone(context, context.any(EntityKind::Milestone, &gate.milestone)?)?);
        }
        effects.push(Effect::Post(context.negation(reversal.prior.index, reversal.date)?));
        Ok(effects)
    }
}

/// From here on the grant's chain is a payer of the milestone, of whom its reviewers are independent.
fn name_milestone(context: &Context<'_>, milestone: &Entity) -> Result<Effect, Refusal> {
    change_payers(context, milestone, |reviewers, payers| {
        let count = payers.entry(context.chain).or_insert(0);
        // Each grant is an event, and there are fewer than a u32 counts.
        *count = count.saturating_add(1);
        let others = payers.keys().copied().chain([milestone.chain]);
        context.guard_independent(reviewers.iter().copied(), others)
    })
}

fn forget_milestone(context: &Context<'_>, milestone: &Entity) -> Result<Effect, Refusal> {
    change_payers(context, milestone, |_, payers| {
        // Above one is left above zero.
        match payers.get_mut(&context.chain).filter(|count| **count > 1) {
            Some(count) => *count = count.saturating_sub(1),
            None => {
                payers.remove(&context.chain);
            }
        }
        Ok(())
    })
}

fn change_payers(
    context: &Context<'_>,
    milestone: &Entity,
    change: impl FnOnce(&[ChainNo], &mut BTreeMap<ChainNo, u32>) -> Result<(), Refusal>,
) -> Result<Effect, Refusal> {
    let mut said = Said::clone(&milestone.said);
    let Said::Milestone { reviewers, payers, .. } = &mut said else {
        return Err(wrong_state("not a milestone"));
    };
    change(reviewers, payers)?;
    Ok(context.say(milestone, said))
}
