//! campaign.opened: an appeal to the public.

use super::prelude::*;

data! {
    /// Data of `campaign.opened/1`.
    pub(super) struct CampaignOpened {
        /// New `campaign/<id>`.
        campaign: Ref,
        /// Title, in at least one language.
        title: Words,
        /// Own fund that gifts go to.
        fund: Ref,
        /// Own project.
        project: Option<Ref>,
        /// ISO 4217.
        currency: Currency,
        /// How much is sought.
        target: Figure,
        /// First day.
        from: Date,
        /// Last day.
        until: Date,
        /// Public fundraising permit.
        permit: Option<String>,
        /// Filing number.
        filing: Option<String>,
        /// Where it runs.
        platforms: Option<Vec<String>>,
        /// What happens with more than the target.
        if_over: String,
        /// What happens with less.
        if_failed: String,
    }
}

impl Kind for CampaignOpened {
    const TYPE: &'static str = "campaign.opened/1";
    const SIGNERS: Signers = REPORTS;
    const SUMMARY: &'static str = "An appeal: for which fund, how much, how long, under which permit, and what happens with too much or too little.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/campaign.opened.txt");
    const EXAMPLE: &'static str = r#"{"campaign":"campaign/flood","title":{"en":"Flood relief"},"fund":"fund/relief","currency":"CNY","target":"20000000.00","from":"2026-07-21","until":"2026-08-21","if_over":"for rebuilding","if_failed":"used as far as it goes"}"#;
}

impl Event for CampaignOpened {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("campaign", Slot::Entity(&self.campaign)),
            ("target", Slot::Amount(self.target, self.currency)),
            ("place", Slot::Place(&self.fund, self.project.as_ref())),
        ]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_words("title", &self.title)?;
        for text in [&self.if_over, &self.if_failed]
            .into_iter()
            .chain(&self.permit)
            .chain(&self.filing)
            .chain(self.platforms.iter().flatten())
        {
            check_text("texts", text)?;
        }
        if self.from > self.until {
            return Err(Refusal::new(Code::DataOrder, "from is after until").at("from"));
        }
        let pool = context.open_pool(&self.fund, self.project.as_ref(), self.currency)?;
        let said = Campaign {
            title: self.title.clone(),
            fund: pool.fund,
            project: pool.project,
            target: self.target.positive(self.currency).at("target")?,
        };
        let standing = CampaignStanding { received: 0, state: CampaignState::Open };
        Ok(vec![context.open(0, &self.campaign, said, standing)?])
    }
}
