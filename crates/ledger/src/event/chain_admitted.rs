//! chain.admitted: the operator lets a chain in.

use super::prelude::*;
use crate::data::EventId;

data! {
    /// Data of `chain.admitted/1`.
    pub(super) struct ChainAdmitted {
        /// The chain's id.
        chain: String,
        /// What it is admitted as.
        role: ChainRole,
        /// Id of the chain that may place holds on it.
        supervisor: Option<String>,
        /// `<chain>#0`.
        event: EventId,
        /// Hash of that chain.opened.
        hash: Digest,
    }
}

impl Kind for ChainAdmitted {
    const TYPE: &'static str = "chain.admitted/1";
    const SIGNERS: Signers = Signers::One(&[Role::Registrar]);
    const SUMMARY: &'static str = "The operator admits a chain in a role and names who supervises it.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/chain.admitted.txt");
    const EXAMPLE: &'static str = r#"{"chain":"well","role":"charity","supervisor":"commission","event":"well#0","hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#;
}

impl Event for ChainAdmitted {
    fn tell(&self) -> Telling<'_> {
        vec![("chain", Slot::Chain(&self.chain)), ("role", Slot::Word(ChainRole::LIST, self.role.word()))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        if context.chain_id != "operator" {
            return Err(Refusal::new(Code::ChainRole, "only operator admits chains"));
        }
        let chain = context.chain_named(&self.chain)?;
        if self.event.chain != self.chain || self.event.seq != 0 {
            return Err(Refusal::new(Code::RefUnknown, &self.event));
        }
        if chain.opened != self.hash.0 {
            return Err(Refusal::new(Code::RefHash, &self.event));
        }
        if chain.role.is_some() {
            return Err(wrong_state(format!("{} is admitted already", self.chain)));
        }
        let supervisor = self.supervisor.as_deref().map(|id| context.chain_named(id)).transpose()?.map(|c| c.no);
        if supervisor == Some(chain.no) {
            return Err(Refusal::new(Code::ChainRole, "nobody supervises itself"));
        }
        Ok(vec![Effect::Chain(ChainChange::Admitted { chain: chain.no, role: self.role, supervisor })])
    }
}
