//! sequencer.epoch_opened: another process writes the log from here on.

use super::prelude::*;

data! {
    /// Data of `sequencer.epoch_opened/1`.
    pub(super) struct SequencerEpochOpened {
        /// One more than the epoch before; the first is 1.
        epoch: u64,
    }
}

impl Kind for SequencerEpochOpened {
    const TYPE: &'static str = "sequencer.epoch_opened/1";
    const SIGNERS: Signers = Signers::One(&[Role::Sequencer]);
    const SUMMARY: &'static str = "A sequencer of a shared store has started: it writes the log from here on. \
        History only: what keeps others from writing is the store's expected revision.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/sequencer.epoch_opened.txt");
    const EXAMPLE: &'static str = r#"{"epoch":1}"#;
}

impl Event for SequencerEpochOpened {
    fn tell(&self) -> Telling<'_> {
        vec![("epoch", Slot::Count(self.epoch))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        if context.chain_id != "operator" {
            return Err(Refusal::new(Code::ChainRole, "only operator opens epochs"));
        }
        let next = context.epoch().checked_add(1);
        let next = next.ok_or_else(|| Refusal::new(Code::EpochNotNext, "no epoch comes after this one"))?;
        if self.epoch != next {
            return Err(Refusal::new(Code::EpochNotNext, format!("{} is given, {next} is next", self.epoch)));
        }
        Ok(vec![Effect::Epoch(self.epoch)])
    }
}
