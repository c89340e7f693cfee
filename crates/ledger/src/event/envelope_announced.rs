//! envelope.announced: a total that a sponsor announces, owed to nobody.

use super::prelude::*;

data! {
    /// Data of `envelope.announced/1`.
    pub(super) struct EnvelopeAnnounced {
        /// New `envelope/<id>`.
        envelope: Ref,
        /// Name, in at least one language.
        name: Words,
        /// ISO 4217.
        currency: Currency,
        /// The announced total.
        amount: Figure,
        /// Programmes that it is for.
        programmes: Vec<Ref>,
        /// First year.
        from_year: u32,
        /// Last year.
        to_year: u32,
    }
}

impl Kind for EnvelopeAnnounced {
    const TYPE: &'static str = "envelope.announced/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "A sponsor announces a total over years. It is owed to nobody; draws are grants, own spending or investments, never added to it.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/envelope.announced.txt");
    const EXAMPLE: &'static str = r#"{"envelope":"envelope/common-good","name":{"en":"The great commitment"},"currency":"CNY","amount":"50000000000.00","programmes":["programme/science"],"from_year":2021,"to_year":2030}"#;
}

impl Event for EnvelopeAnnounced {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("envelope", Slot::Entity(&self.envelope)),
            ("amount", Slot::Amount(self.amount, self.currency)),
            ("from", Slot::Count(self.from_year.into())),
            ("to", Slot::Count(self.to_year.into())),
        ]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_words("name", &self.name)?;
        if self.from_year > self.to_year {
            return Err(Refusal::new(Code::DataOrder, "from_year is after to_year").at("from_year"));
        }
        let programmes =
            self.programmes.iter().map(|p| Ok(context.any::<Programme>(p)?.no)).collect::<Result<_, Refusal>>()?;
        let said = Envelope {
            name: self.name.clone(),
            amount: self.amount.positive(self.currency).at("amount")?,
            programmes,
            from_year: self.from_year,
            to_year: self.to_year,
        };
        Ok(vec![context.open(0, &self.envelope, said, Fixed)?])
    }
}
