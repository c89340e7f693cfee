//! fund.opened: money with a purpose and a restriction.

use super::prelude::*;

/// Data of `fund.opened/1`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FundOpened {
    fund: Ref,
    class: FundClass,
    purpose: String,
    name: Option<Words>,
    until: Option<Date>,
    attribution: Option<String>,
    sensitive: Option<bool>,
    programme: Option<Ref>,
}

impl Kind for FundOpened {
    const TYPE: &'static str = "fund.opened/1";
    const SIGNERS: Signers = OPENS;
    const SUMMARY: &'static str = "A chain opens a fund: a self-balancing set of accounts with a purpose and a class.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/fund.opened.txt");
    const MEMBERS: &'static [(&'static str, &'static str)] = &[
        ("fund", "new `fund/<id>`"),
        ("class", "unrestricted, designated, restricted, endowment-expendable, endowment-permanent or agency"),
        ("purpose", "what the money is for"),
        ("name?", "language → name"),
        ("until?", "date until which the money must be used"),
        ("attribution?", "rule of the trail: fifo/1, which is also the default"),
        (
            "sensitive?",
            "true: the charity asks that only totals be shown; single gifts are signed in the log all the same",
        ),
        ("programme?", "programme that the fund belongs to, own or another chain's"),
    ];
    const EXAMPLE: &'static str = r#"{"fund":"fund/water","class":"restricted","purpose":"Water for villages","name":{"en":"Water"},"attribution":"fifo/1"}"#;
}

impl Event for FundOpened {
    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_text("purpose", &self.purpose)?;
        self.name.iter().try_for_each(|name| check_words("name", name))?;
        if let Some(rule) = self.attribution.as_deref().filter(|rule| *rule != "fifo/1") {
            return Err(Refusal::new(Code::AttributionUnknown, rule));
        }
        let programme =
            self.programme.as_ref().map(|p| context.any(EntityKind::Programme, p)).transpose()?.map(|p| p.no);
        let said = Said::Fund {
            class: self.class,
            purpose: self.purpose.clone(),
            name: self.name.clone().unwrap_or_default(),
            until: self.until,
            sensitive: self.sensitive.unwrap_or(false),
            programme,
        };
        Ok(vec![context.open(0, EntityKind::Fund, &self.fund, said, Standing::Fixed)?])
    }
}
