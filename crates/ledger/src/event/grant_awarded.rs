//! grant.awarded: a promise to a recipient.

use super::prelude::*;

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
            let milestone = context.any::<Milestone>(&gate.milestone)?;
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
        let said = Grant {
            recipient: self.recipient.clone(),
            fund: pool.fund,
            project: pool.project,
            amount,
            accepted: false,
            tranches,
        };
        let payable = if conditional { 0 } else { amount.minor() };
        let standing = GrantStanding { payable, prepaid: 0, paid: 0 };
        let mut effects = vec![context.open(0, &self.grant, said, standing)?];
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
        let grant = context.mine::<Grant>(&self.grant)?;
        if grant.standing.paid != 0 || grant.said.tranches.iter().any(|t| t.earned) {
            return Err(Refusal::new(Code::ReversalDependents, "payments on it or tranches earned: undo those first"));
        }
        // A grant of nothing: what was requested on it can no longer be paid.
        let nothing = Grant { amount: Money::zero(self.currency), tranches: Vec::new(), ..grant.said.clone() };
        let standing = GrantStanding { payable: 0, ..grant.standing };
        let mut effects = vec![context.say(grant, nothing), context.stand(grant, standing)];
        for gate in &self.milestones {
            effects.push(forget_milestone(context, context.any(&gate.milestone)?));
        }
        effects.push(Effect::Post(context.negation(reversal.prior.index, reversal.date)?));
        Ok(effects)
    }
}

/// From here on the grant's chain is a payer of the milestone, of whom its reviewers are independent.
fn name_milestone(context: &Context<'_>, milestone: Found<'_, Milestone>) -> Result<Effect, Refusal> {
    let mut said = milestone.said.clone();
    let count = said.payers.entry(context.chain).or_insert(0);
    // Each grant is an event, and there are fewer than a u32 counts.
    *count = count.saturating_add(1);
    let others = said.payers.keys().copied().chain([milestone.chain]);
    context.guard_independent(said.reviewers.iter().copied(), others)?;
    Ok(context.say(milestone, said))
}

fn forget_milestone(context: &Context<'_>, milestone: Found<'_, Milestone>) -> Effect {
    let mut said = milestone.said.clone();
    // Above one is left above zero.
    match said.payers.get_mut(&context.chain).filter(|count| **count > 1) {
        Some(count) => *count = count.saturating_sub(1),
        None => {
            said.payers.remove(&context.chain);
        }
    }
    context.say(milestone, said)
}
