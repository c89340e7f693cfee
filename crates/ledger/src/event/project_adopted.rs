//! project.adopted: the new chain takes over what was spun off.

use super::prelude::*;
use super::project_spun_off::ProjectSpunOff;
use std::collections::{BTreeMap, BTreeSet};

data! {
    /// Data of `project.adopted/1`.
    pub(super) struct ProjectAdopted {
        /// New `project/<id>`.
        project: Ref,
        /// The project.spun_off that is taken over.
        from: EventRef,
        /// Title, in at least one language.
        title: Words,
        /// When the money arrived.
        effective_date: Date,
        /// Where each line of the spin-off arrives, in its order; a fund of the same class.
        lines: Vec<Line>,
        /// New `pledge/<id>` for each promise that came along, in its order.
        promises: Vec<Ref>,
    }
}

data! {
    struct Line {
        /// Own fund that takes it over.
        fund: Ref,
        /// Own account that it arrives at.
        account: Ref,
    }
}

impl Kind for ProjectAdopted {
    const TYPE: &'static str = "project.adopted/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str =
        "The chain that a project was spun off to takes over its money, restrictions and promises.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/project.adopted.txt");
    const EXAMPLE: &'static str = r#"{"project":"project/lab","from":{"event":"foundation#9","hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},"title":{"en":"The lab"},"effective_date":"2026-11-21","lines":[{"fund":"fund/lab","account":"account/bank"}],"promises":[]}"#;
}

impl Event for ProjectAdopted {
    fn tell(&self) -> Telling<'_> {
        vec![("project", Slot::Entity(&self.project)), ("from", Slot::Event(&self.from.event))]
    }

    fn references(&self) -> Vec<EventRef> {
        vec![self.from.clone()]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_words("title", &self.title)?;
        let prior = context.prior(&self.from)?;
        if prior.envelope.kind() != "project.spun_off/1" {
            return Err(Refusal::new(Code::RefUnknown, "from is not a project.spun_off"));
        }
        let listed: ProjectSpunOff = serde_json::from_str(prior.envelope.data())
            .map_err(|_| Refusal::new(Code::RefUnknown, "from cannot be read"))?;
        if listed.to != context.chain_id || !context.resting_on(prior.index).is_empty() {
            return Err(wrong_state("the project was spun off to another chain, or is adopted already"));
        }
        if context.reversed(prior.index).is_some() {
            return Err(wrong_state("the spin-off was reversed"));
        }
        if self.lines.len() != listed.lines.len() || self.promises.len() != listed.promises.len() {
            return Err(wrong_state("lines and promises are as many as the spin-off listed"));
        }
        let old_chain = context.chain_named(prior.envelope.chain())?.no;
        let old_fund = |fund: &Ref| context.as_meant_by::<Fund>(old_chain, fund).map(|fund| fund.no);
        let old = context.as_meant_by::<Project>(old_chain, &listed.project)?.said;
        let said = Project { title: self.title.clone(), budget: Vec::new(), ..old.clone() };
        let standing = ProjectStanding { status: ProjectStatus::Implementing, gone: None };
        let project = context.next_entity();
        let mut effects =
            vec![context.open(0, &self.project, said, standing)?, Effect::Note(Note::RestsOn(prior.index))];
        let mut entry = Entry::on(self.effective_date);
        let mut funds = BTreeMap::new();
        for (nth, (line, said)) in (0u32..).zip(self.lines.iter().zip(&listed.lines)) {
            let account = context.account(&line.account, said.currency)?;
            let fund = context.mine::<Fund>(&line.fund)?.no;
            if context.class_of(fund) != context.class_of(old_fund(&said.fund)?) {
                return Err(wrong_state(format!(
                    "{} is of another class than {}: restrictions travel",
                    line.fund, said.fund
                )));
            }
            funds.entry(old_fund(&said.fund)?).or_insert(fund);
            let pool = Pool { chain: context.chain, fund, project: Some(project), currency: said.currency };
            let amount = said.amount.positive(said.currency)?;
            entry = entry
                .debit(pool.account(Head::Bank(account)), amount)
                .credit(pool.account(Head::Transfers), amount)
                .flow(Flow::Confirm { of: (prior.index, nth), to: pool, amount });
        }
        effects.push(Effect::Post(entry));
        let mut ids = BTreeSet::new();
        for (nth, (new, promise)) in (1u32..).zip(self.promises.iter().zip(&listed.promises)) {
            let pledge = context.as_meant_by::<Pledge>(old_chain, &promise.pledge)?;
            let amount = pledge.said.amount;
            // Only what was made to the chain goes along, and that names a fund.
            let Some(fund) = pledge.said.fund else {
                return Err(wrong_state(format!("{} was made to another chain", promise.pledge)));
            };
            if !ids.insert(&new.id) {
                return Err(Refusal::new(Code::RefExists, new));
            }
            // Restrictions travel: where the old fund's money arrived, else a fund of the same class.
            let fund = match funds.get(&fund) {
                Some(fund) => *fund,
                None => fund_of_class(context, context.class_of(fund))?,
            };
            let open = amount.minus(amount.alike(pledge.standing.paid))?;
            let said = Pledge { amount: open, fund: Some(fund), to: None, programme: old.programme };
            let standing = PledgeStanding { paid: 0, state: PromiseState::Open };
            effects.push(context.open(nth, new, said, standing)?);
        }
        Ok(effects)
    }
}

fn fund_of_class(context: &Context<'_>, class: FundClass) -> Result<EntityNo, Refusal> {
    let mut funds = context.own()?.funds();
    funds
        .find(|fund| context.class_of(*fund) == class)
        .ok_or_else(|| wrong_state(format!("a promise came along to a fund that is {class}: open such a fund first")))
}
