//! disbursement.approved: another holder approves a payment.

use super::prelude::*;

data! {
    /// Data of `disbursement.approved/1`.
    pub(super) struct DisbursementApproved {
        /// Own disbursement.
        disbursement: Ref,
        /// Event hash of disbursement.requested: this and nothing else is approved.
        request: Digest,
    }
}

impl Kind for DisbursementApproved {
    const TYPE: &'static str = "disbursement.approved/1";
    const SIGNERS: Signers = Signers::One(&[Role::Approve]);
    const SUMMARY: &'static str = "A holder other than the requester approves a payment; people count, not keys.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/disbursement.approved.txt");
    const EXAMPLE: &'static str =
        r#"{"disbursement":"disbursement/d1","request":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#;
}

impl Event for DisbursementApproved {
    fn tell(&self) -> Telling<'_> {
        vec![("payment", Slot::Payment(&self.disbursement))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let payment = context.mine::<Disbursement>(&self.disbursement)?;
        let mut said = payment.said.clone();
        if said.request != self.request.0 {
            return Err(Refusal::new(Code::ApprovalChanged, "the request's hash is another"));
        }
        if payment.standing.state != PaymentState::Requested {
            return Err(wrong_state(format!("{} waits for no approval", self.disbursement)));
        }
        if said.requester == context.holder || said.approvers.iter().any(|a| a == context.holder) {
            return Err(Refusal::new(Code::ApprovalSelf, context.holder));
        }
        said.approvers.push(context.holder.to_owned());
        let is_last = said.approvers.len() >= said.needed as usize;
        let mut effects = vec![context.say(payment, said)];
        if is_last {
            let approved = DisbursementStanding { state: PaymentState::Approved, ..payment.standing };
            effects.push(context.stand(payment, approved));
        }
        Ok(effects)
    }
}
