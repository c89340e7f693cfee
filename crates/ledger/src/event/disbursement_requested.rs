//! disbursement.requested: somebody asks for a payment.

use super::prelude::*;

data! {
    /// Data of `disbursement.requested/1`.
    pub(super) struct DisbursementRequested {
        /// New `disbursement/<id>`.
        disbursement: Ref,
        /// Own fund.
        fund: Ref,
        /// Own project.
        project: Option<Ref>,
        /// Own grant that is paid on; fund, project and recipient are its.
        grant: Option<Ref>,
        /// Tranche of the grant; must stand when the grant has tranches.
        milestone: Option<Ref>,
        /// ISO 4217.
        currency: Currency,
        /// How much.
        amount: Figure,
        /// Who is to be paid.
        payee: Payee,
        /// What for.
        purpose: String,
    }
}

impl Kind for DisbursementRequested {
    const TYPE: &'static str = "disbursement.requested/1";
    const SIGNERS: Signers = Signers::One(&[Role::Request]);
    const SUMMARY: &'static str =
        "A payment is asked for; the chain's policy says how many other holders must approve it.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/disbursement.requested.txt");
    const EXAMPLE: &'static str = r#"{"disbursement":"disbursement/d1","fund":"fund/water","project":"project/wells","currency":"CNY","amount":"50000.00","payee":{"chain":"village"},"purpose":"Drilling, first well"}"#;
}

impl Event for DisbursementRequested {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("amount", Slot::Amount(self.amount, self.currency)),
            ("payee", Slot::Payee(&self.payee)),
            ("purpose", Slot::Text(&self.purpose)),
        ]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        self.payee.check()?;
        check_text("purpose", &self.purpose)?;
        if let Some(chain) = &self.payee.chain
            && context.chain_named(chain)?.no == context.chain
        {
            return Err(Refusal::new(Code::PayeeSelf, "use allocation.made").at("payee"));
        }
        let pool = context.open_pool(&self.fund, self.project.as_ref(), self.currency)?;
        let amount = self.amount.positive(self.currency).at("amount")?;
        let grant = self.grant.as_ref().map(|g| context.mine::<Grant>(g)).transpose()?;
        let milestone = self.milestone.as_ref().map(|m| context.any::<Milestone>(m)).transpose()?.map(|m| m.no);
        if let Some(grant) = grant {
            let Grant { recipient, amount: total, tranches, .. } = grant.said;
            let paid = total.alike(grant.standing.paid);
            let same_payee = recipient.chain == self.payee.chain
                && recipient.organisation == self.payee.organisation
                && recipient.person == self.payee.person;
            if !same_payee || (grant.said.fund, grant.said.project) != (pool.fund, pool.project) {
                return Err(wrong_state("payee, fund and project are those of the grant"));
            }
            if total.minus(paid)?.minus(amount)?.is_negative() {
                return Err(Refusal::new(Code::GrantExceeded, format!("{paid} of {total} is paid")));
            }
            if tranches.is_empty() != milestone.is_none() || milestone.is_some_and(|m| grant.said.tranche(m).is_none())
            {
                return Err(wrong_state("milestone names a tranche of the grant"));
            }
        } else if milestone.is_some() {
            return Err(Refusal::new(Code::DataTogether, "a milestone stands only with a grant").at("milestone"));
        }
        let said = Disbursement {
            fund: pool.fund,
            project: pool.project,
            grant: grant.map(|g| g.no),
            milestone,
            amount,
            payee: self.payee.clone(),
            purpose: self.purpose.clone(),
            request: context.event_hash,
            requester: context.holder.to_owned(),
            approvers: Vec::new(),
            needed: context.own()?.approvers_for(amount),
            expense: grant.is_none(),
        };
        let standing = DisbursementStanding { state: PaymentState::Requested, paid_at: None, from_payable: 0 };
        Ok(vec![context.open(0, &self.disbursement, said, standing)?])
    }
}
