//! campaign.opened: an appeal to the public.

use super::prelude::*;

/// Data of `campaign.opened/1`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CampaignOpened {
    campaign: Ref,
    title: Words,
    fund: Ref,
    project: Option<Ref>,
    currency: Currency,
    target: Figure,
    from: Date,
    until: Date,
    permit: Option<String>,
    filing: Option<String>,
    platforms: Option<Vec<String>>,
    if_over: String,
    if_failed: String,
}

impl Kind for CampaignOpened {
    const TYPE: &'static str = "campaign.opened/1";
    const SIGNERS: Signers = REPORTS;
    const SUMMARY: &'static str = "An appeal: for which fund, how much, how long, under which permit, and what happens with too much or too little.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/campaign.opened.txt");
    const MEMBERS: &'static [(&'static str, &'static str)] = &[
        ("campaign", "new `campaign/<id>`"),
        ("title", "language → title"),
        ("fund", "own fund that gifts go to"),
        ("project?", "own project"),
        ("currency", "ISO 4217"),
        ("target", "how much is sought"),
        ("from", "first day"),
        ("until", "last day"),
        ("permit?", "public fundraising permit"),
        ("filing?", "filing number"),
        ("platforms?", "where it runs"),
        ("if_over", "what happens with more than the target"),
        ("if_failed", "what happens with less"),
    ];
    const EXAMPLE: &'static str = r#"{"campaign":"campaign/flood","title":{"en":"Flood relief"},"fund":"fund/relief","currency":"CNY","target":"20000000.00","from":"2026-07-21","until":"2026-08-21","if_over":"for rebuilding","if_failed":"used as far as it goes"}"#;
}

impl Event for CampaignOpened {
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
        let said = Said::Campaign {
            title: self.title.clone(),
            fund: pool.fund,
            project: pool.project,
            target: self.target.positive(self.currency).at("target")?,
        };
        let standing = Standing::Campaign { received: 0, open: true };
        Ok(vec![context.open(0, EntityKind::Campaign, &self.campaign, said, standing)?])
    }
}
