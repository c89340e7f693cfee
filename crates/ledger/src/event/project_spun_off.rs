//! project.spun_off: a project leaves with its money and promises for a chain of its own.

use super::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

data! {
    /// Data of `project.spun_off/1`.
    pub(super) struct ProjectSpunOff {
        /// Own project.
        pub(super) project: Ref,
        /// Id of the chain that adopts it.
        pub(super) to: String,
        /// When the money moves.
        effective_date: Date,
        /// Every bank balance of the project's pools, none left behind.
        pub(super) lines: Vec<Line>,
        /// Open pledges that go along.
        pub(super) promises: Vec<Promise>,
    }
}

data! {
    /// One balance that leaves.
    pub(super) struct Line {
        /// Own fund.
        pub(super) fund: Ref,
        /// Own account.
        account: Ref,
        /// The account's.
        pub(super) currency: Currency,
        /// The whole balance.
        pub(super) amount: Figure,
    }
}

data! {
    /// One promise that leaves, with the donor's consent.
    pub(super) struct Promise {
        /// Own pledge.
        pub(super) pledge: Ref,
        /// Commitment to the donor's consent.
        consent: Digest,
    }
}

impl Kind for ProjectSpunOff {
    const TYPE: &'static str = "project.spun_off/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "A project leaves for a chain of its own, with every balance of its pools and, where the donors consent, promises. Restrictions travel.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/project.spun_off.txt");
    const EXAMPLE: &'static str = r#"{"project":"project/lab","to":"lab-foundation","effective_date":"2026-11-21","lines":[{"fund":"fund/lab","account":"account/bank","currency":"CNY","amount":"100.00"}],"promises":[]}"#;
}

impl Event for ProjectSpunOff {
    fn tell(&self) -> Telling<'_> {
        vec![("project", Slot::Entity(&self.project)), ("to", Slot::Chain(&self.to))]
    }

    fn moved(&self) -> Option<Moved<'_>> {
        Some(Moved { date: self.effective_date, how: Moving::Left { project: &self.project } })
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let project = context.mine::<Project>(&self.project)?;
        let to = context.chain_named(&self.to)?;
        if to.no == context.chain {
            return Err(Refusal::new(Code::RefUnknown, "a project is spun off to another chain"));
        }
        if self.lines.len() > LINES_MAX {
            return Err(Refusal::new(Code::DataCount, "256 stand here at most").at("lines"));
        }
        let mut entry = Entry::on(self.effective_date);
        let mut totals: BTreeMap<Pool, Money> = BTreeMap::new();
        let mut listed = BTreeMap::new();
        for line in &self.lines {
            let account = context.account(&line.account, line.currency)?;
            let fund = context.mine::<Fund>(&line.fund)?.no;
            let pool = Pool { chain: context.chain, fund, project: Some(project.no), currency: line.currency };
            let amount = line.amount.positive(line.currency).at("amount").at("lines")?;
            let total = totals.entry(Pool { project: None, ..pool }).or_insert(Money::zero(line.currency));
            *total = total.plus(amount)?;
            context.guard_outflow(pool, *total)?;
            let key = pool.account(Head::Bank(account));
            if listed.insert(key, amount).is_some() {
                return Err(Refusal::new(Code::DataTwice, "a balance stands twice").at("lines"));
            }
            if context.balance(key) != amount {
                return Err(wrong_state(format!("the balance is {}, not {amount}", context.balance(key))));
            }
            entry = entry
                .debit(pool.account(Head::Transfers), amount)
                .credit(pool.account(Head::Bank(account)), amount)
                .flow(Flow::Outflow { pool, amount, how: Use::Sent });
        }
        let left = context.project_accounts(project.no).any(|(key, balance)| {
            key.head.is_spendable() && balance != listed.get(&key).copied().unwrap_or(Money::zero(balance.currency()))
        });
        if left {
            return Err(wrong_state(
                "the lines must be every bank balance of the project's pools, and nothing may be clearing",
            ));
        }
        let mut effects = Vec::new();
        let mut moved = BTreeSet::new();
        for promise in &self.promises {
            let pledge = context.mine::<Pledge>(&promise.pledge)?;
            if !moved.insert(pledge.no) {
                return Err(Refusal::new(Code::DataTwice, "a promise stands twice").at("promises"));
            }
            if pledge.said.fund.is_none() || pledge.standing.state != PromiseState::Open {
                return Err(wrong_state(format!("{} is not open, or not made to this chain", promise.pledge)));
            }
            effects.push(context.stand(pledge, PledgeStanding { state: PromiseState::Moved, ..pledge.standing }));
        }
        use ProjectStatus::{Approved, Finalising, Implementing, Suspended};
        let leaves = [Approved, Implementing, Suspended, Finalising];
        let from = super::project_status_changed::leaves(project, &leaves, ProjectStatus::SpunOff)?;
        let gone = Some(Gone { to: to.no, from });
        effects.push(context.stand(project, ProjectStanding { status: ProjectStatus::SpunOff, gone }));
        effects.push(Effect::Post(entry));
        Ok(effects)
    }

    fn reverse(&self, context: &Context<'_>, reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        // Once adopted, the adoption rests on it; until then the project comes back as it went.
        let project = context.mine::<Project>(&self.project)?;
        let Some(gone) = project.standing.gone else {
            return Err(wrong_state(format!("{} is not gone", self.project)));
        };
        let mut effects = vec![context.stand(project, ProjectStanding { status: gone.from, gone: None })];
        for promise in &self.promises {
            let pledge = context.mine::<Pledge>(&promise.pledge)?;
            effects.push(context.stand(pledge, PledgeStanding { state: PromiseState::Open, ..pledge.standing }));
        }
        let mut entry = context.negation(reversal.prior.index, reversal.date)?;
        for (nth, line) in (0u32..).zip(&self.lines) {
            let amount = line.amount.positive(line.currency)?;
            let pool = context.pool(&line.fund, Some(&self.project), line.currency)?;
            entry = entry.flow(Flow::GiveBack { of: (reversal.prior.index, nth), pool, amount });
        }
        effects.push(Effect::Post(entry));
        Ok(effects)
    }
}
