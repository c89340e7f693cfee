//! campaign.closed: an appeal ends.

use super::prelude::*;

data! {
    /// Data of `campaign.closed/1`.
    pub(super) struct CampaignClosed {
        /// Own campaign.
        campaign: Ref,
        /// The decision on any surplus.
        surplus: String,
    }
}

impl Kind for CampaignClosed {
    const TYPE: &'static str = "campaign.closed/1";
    const SIGNERS: Signers = REPORTS;
    const SUMMARY: &'static str = "An appeal ends, and it is said what happens with any surplus.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/campaign.closed.txt");
    const EXAMPLE: &'static str = r#"{"campaign":"campaign/flood","surplus":"kept in the fund for rebuilding"}"#;
}

impl Event for CampaignClosed {
    fn tell(&self) -> Telling<'_> {
        vec![("campaign", Slot::Entity(&self.campaign)), ("surplus", Slot::Text(&self.surplus))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_text("surplus", &self.surplus)?;
        let campaign = context.mine::<Campaign>(&self.campaign)?;
        if campaign.standing.state == CampaignState::Closed {
            return Err(wrong_state(format!("{} is closed already", self.campaign)));
        }
        Ok(vec![context.stand(campaign, CampaignStanding { state: CampaignState::Closed, ..campaign.standing })])
    }
}
