//! organisation.described: who stands behind a chain.

use super::prelude::*;

data! {
    /// Data of `organisation.described/1`.
    pub(super) struct OrganisationDescribed {
        /// Such as GB-CHC-313139, CN-USCI-…, US-EIN-….
        identifiers: Vec<String>,
        /// Name, in at least one language.
        names: Words,
        /// ISO 3166-1 alpha-2.
        country: Option<String>,
        /// Web address.
        url: Option<String>,
        /// Text, in at least one language.
        summary: Option<Words>,
    }
}

impl Kind for OrganisationDescribed {
    const TYPE: &'static str = "organisation.described/1";
    const SIGNERS: Signers = Signers::One(&[Role::Admin, Role::Book, Role::Report]);
    const SUMMARY: &'static str =
        "The organisation says who it is: registered identifiers (org-id.guide) and names in several languages.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/organisation.described.txt");
    const EXAMPLE: &'static str = r#"{"identifiers":["GB-CHC-313139"],"names":{"en":"The Well"},"country":"GB","url":"https://well.example/","summary":{"en":"Water for villages."}}"#;
}

impl Event for OrganisationDescribed {
    fn tell(&self) -> Telling<'_> {
        vec![("name", Slot::Name(&self.names))]
    }

    fn decide(&self, _: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_words("names", &self.names)?;
        for text in self.identifiers.iter().chain(&self.country).chain(&self.url) {
            check_text("identifiers, country, url", text)?;
        }
        if let Some(summary) = &self.summary {
            check_prose("summary", summary)?;
        }
        Ok(vec![Effect::Chain(ChainChange::Described {
            identifiers: self.identifiers.clone(),
            names: self.names.clone(),
        })])
    }
}
