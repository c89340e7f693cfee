//! fund.opened: money with a purpose and a restriction.

use super::prelude::*;

data! {
    /// Data of `fund.opened/1`.
    pub(super) struct FundOpened {
        /// New `fund/<id>`.
        fund: Ref,
        /// What the money may be used for.
        class: FundClass,
        /// What the money is for.
        purpose: String,
        /// Name, in at least one language.
        name: Option<Words>,
        /// Date until which the money must be used.
        until: Option<Date>,
        /// Rule of the trail: fifo/1, which is also the default.
        attribution: Option<String>,
        /// True: the charity asks that only totals be shown; single gifts are signed in the log all the same.
        sensitive: Option<bool>,
        /// Programme that the fund belongs to, own or another chain's.
        programme: Option<Ref>,
    }
}

impl Kind for FundOpened {
    const TYPE: &'static str = "fund.opened/1";
    const SIGNERS: Signers = OPENS;
    const SUMMARY: &'static str = "A chain opens a fund: a self-balancing set of accounts with a purpose and a class.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/fund.opened.txt");
    const EXAMPLE: &'static str = r#"{"fund":"fund/water","class":"restricted","purpose":"Water for villages","name":{"en":"Water"},"attribution":"fifo/1"}"#;
}

impl Event for FundOpened {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("fund", Slot::Entity(&self.fund)),
            ("class", Slot::Word(FundClass::LIST, self.class.word())),
            ("purpose", Slot::Text(&self.purpose)),
        ]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_text("purpose", &self.purpose)?;
        self.name.iter().try_for_each(|name| check_words("name", name))?;
        if let Some(rule) = self.attribution.as_deref().filter(|rule| *rule != "fifo/1") {
            return Err(Refusal::new(Code::AttributionUnknown, rule));
        }
        let programme = self.programme.as_ref().map(|p| context.any::<Programme>(p)).transpose()?.map(|p| p.no);
        let said = Fund {
            class: self.class,
            purpose: self.purpose.clone(),
            name: self.name.clone().unwrap_or_default(),
            until: self.until,
            sensitive: self.sensitive.unwrap_or(false),
            programme,
        };
        Ok(vec![context.open(0, &self.fund, said, Fixed)?])
    }
}
