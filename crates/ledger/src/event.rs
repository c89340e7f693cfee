//! The registry of event kinds. A kind is one file in `event/` and one line here.
//!
//! Its file holds the shape of `data` (a closed schema), who may sign it, its preconditions and its
//! effects. `docs/EVENTS.md` is generated from what stands in those files.

mod context;
mod promise;

pub use context::{Context, Prior, Reversal};

use crate::data::{EventRef, Ref};
use crate::effect::Effect;
use crate::entry::GiftPlace;
use crate::refusal::{Refusal, from_serde};
use almoner_proof::introduction::Role;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::LazyLock;

/// An event's data, typed. Decoded once, off the sequencer.
pub trait Event: Debug + Send + Sync {
    /// Events whose bytes the decision needs.
    fn references(&self) -> Vec<EventRef> {
        Vec::new()
    }

    /// What it does to the books, or why it may not.
    ///
    /// # Errors
    /// A named refusal; nothing has happened then.
    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal>;

    /// What undoing it does, for kinds whose effects are postings or promises.
    ///
    /// # Errors
    /// `reversal.not_reversible` for kinds with an exit of their own.
    fn reverse(&self, _context: &Context<'_>, _reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        Err(Refusal::new("reversal.not_reversible", "this type has an exit of its own, or none"))
    }

    /// Where each gift of the event lies; empty for all but gifts.
    fn gifts(&self) -> Vec<GiftPlace> {
        Vec::new()
    }

    /// How many gifts; without working out where they lie.
    fn gift_count(&self) -> usize {
        0
    }

    /// The promise that a gift pays on.
    fn promise(&self) -> Option<&Ref> {
        None
    }

    /// The appeal that a gift answers.
    fn campaign(&self) -> Option<&Ref> {
        None
    }
}

/// Who must sign a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signers {
    /// Exactly one active key of the chain with one of these roles.
    One(&'static [Role]),
    /// Every key in its data, and one active registrar key (but for operator's own first event).
    Opening,
    /// The admin quorum, distinct holders.
    AdminQuorum,
    /// The admin quorum and the key that is added.
    AdminQuorumAndNewKey,
    /// The admin quorum, and at least two holders where the chain has two.
    TwoHolders,
}

/// A kind's file implements this beside [`Event`].
pub trait Kind: Event + DeserializeOwned + 'static {
    /// `noun.verb/version`
    const TYPE: &'static str;
    /// Who signs.
    const SIGNERS: Signers;
    /// One sentence for the reference.
    const SUMMARY: &'static str;
    /// What it does to the books, as in the table of the domain.
    const EFFECT: &'static str;
    /// Members of data: name and meaning. A trailing `?` marks what may be left out.
    const MEMBERS: &'static [(&'static str, &'static str)];
    /// An example that decodes.
    const EXAMPLE: &'static str;
}

/// A kind as the registry knows it.
pub struct KindInfo {
    /// `noun.verb/version`
    pub kind: &'static str,
    /// Who signs.
    pub signers: Signers,
    /// One sentence.
    pub summary: &'static str,
    /// Effect on the books.
    pub effect: &'static str,
    /// Members of data.
    pub members: &'static [(&'static str, &'static str)],
    /// An example.
    pub example: &'static str,
    decode: fn(&str) -> Result<Box<dyn Event>, Refusal>,
}

impl KindInfo {
    const fn of<K: Kind>() -> KindInfo {
        KindInfo {
            kind: K::TYPE,
            signers: K::SIGNERS,
            summary: K::SUMMARY,
            effect: K::EFFECT,
            members: K::MEMBERS,
            example: K::EXAMPLE,
            decode: |data| match serde_json::from_str::<K>(data) {
                Ok(event) => Ok(Box::new(event)),
                Err(error) => Err(from_serde(&error)),
            },
        }
    }

    /// Types the data of an event.
    ///
    /// # Errors
    /// `data.*`, `ref.not_canonical`, `amount.malformed`, `currency.unknown`, `date.invalid`.
    pub fn decode(&self, data: &str) -> Result<Box<dyn Event>, Refusal> {
        (self.decode)(data)
    }
}

macro_rules! kinds {
    ($($module:ident::$kind:ident),+ $(,)?) => {
        $(#[allow(dead_code, reason = "members that only readers use are part of the signed shape")]
        mod $module;)+
        /// Every kind, in the order of the registry.
        pub static KINDS: &[KindInfo] = &[$(KindInfo::of::<$module::$kind>()),+];
        /// The files that the registry names; a test compares them with the folder.
        pub const FILES: &[&str] = &[$(stringify!($module)),+];
    };
}

kinds! {
    log_opened::LogOpened,
    log_rules_set::LogRulesSet,
    sequencer_epoch_opened::SequencerEpochOpened,
    chain_opened::ChainOpened,
    chain_admitted::ChainAdmitted,
    key_added::KeyAdded,
    key_retired::KeyRetired,
    organisation_described::OrganisationDescribed,
    account_opened::AccountOpened,
    settlement_received::SettlementReceived,
    fund_opened::FundOpened,
    programme_opened::ProgrammeOpened,
    envelope_announced::EnvelopeAnnounced,
    project_proposed::ProjectProposed,
    project_approved::ProjectApproved,
    project_status_changed::ProjectStatusChanged,
    project_spun_off::ProjectSpunOff,
    project_adopted::ProjectAdopted,
    budget_set::BudgetSet,
    campaign_opened::CampaignOpened,
    campaign_closed::CampaignClosed,
    pledge_made::PledgeMade,
    commitment_agreed::CommitmentAgreed,
    pledge_cancelled::PledgeCancelled,
    donation_received::DonationReceived,
    donation_refunded::DonationRefunded,
    allocation_made::AllocationMade,
    grant_awarded::GrantAwarded,
    grant_accepted::GrantAccepted,
    grant_tranche_earned::GrantTrancheEarned,
    disbursement_requested::DisbursementRequested,
    disbursement_approved::DisbursementApproved,
    disbursement_paid::DisbursementPaid,
    disbursement_confirmed::DisbursementConfirmed,
    disbursement_failed::DisbursementFailed,
    payment_irregular::PaymentIrregular,
    expenditure_recorded::ExpenditureRecorded,
    milestone_planned::MilestonePlanned,
    milestone_evidenced::MilestoneEvidenced,
    milestone_attested::MilestoneAttested,
    hold_placed::HoldPlaced,
    hold_lifted::HoldLifted,
    event_reversed::EventReversed,
    balance_opened::BalanceOpened,
    import_declared::ImportDeclared,
    transaction_observed::TransactionObserved,
}

/// The kind of a type line.
#[must_use]
pub fn kind_of(name: &str) -> Option<&'static KindInfo> {
    static BY_NAME: LazyLock<BTreeMap<&'static str, &'static KindInfo>> =
        LazyLock::new(|| KINDS.iter().map(|kind| (kind.kind, kind)).collect());
    BY_NAME.get(name).copied()
}

/// What every kind's file uses.
mod prelude {
    pub(super) use super::{Context, Event, Kind, Reversal, Signers};
    pub(super) use crate::data::{Date, Digest, EventRef, GiftRef, Payee, Ref, Words, check_text, check_words};
    pub(super) use crate::effect::{ChainChange, Effect, Note};
    pub(super) use crate::entity::{
        AccountKind, Body, ChainRole, Entity, EntityKind, EntityNo, Function, FundClass, HoldTarget, MilestoneState,
        NaturalClass, PaymentState, ProjectStatus, PromiseState, Tranche,
    };
    pub(super) use crate::entry::{Entry, Flow, GiftPlace, Head, Pool, Source, Use};
    pub(super) use crate::money::{Currency, Figure, Money};
    pub(super) use crate::refusal::Refusal;
    pub(super) use crate::rules::{GIFTS_MAX, LINES_MAX};
    pub(super) use almoner_proof::introduction::Role;
    pub(super) use serde::Deserialize;

    /// Roles that open what others refer to.
    pub(super) const OPENS: Signers = Signers::One(&[Role::Admin, Role::Book]);
    /// Roles that post.
    pub(super) const BOOKS: Signers = Signers::One(&[Role::Book]);
    /// Roles that report on work.
    pub(super) const REPORTS: Signers = Signers::One(&[Role::Report, Role::Book]);

    /// A refusal because an entity is not in the right state.
    pub(super) fn wrong_state(what: impl std::fmt::Display) -> Refusal {
        Refusal::new("state.wrong", what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_registered_and_every_example_decodes() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/event");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .filter(|name| !["context", "promise"].contains(&name.as_str()))
            .collect();
        files.sort();
        let mut named: Vec<&str> = FILES.to_vec();
        named.sort_unstable();
        assert_eq!(files, named, "a file without its line in the registry, or a line without its file");
        for kind in KINDS {
            assert!(almoner_proof::text::is_event_type(kind.kind), "{}", kind.kind);
            kind.decode(kind.example).unwrap_or_else(|why| panic!("{}: {why}", kind.kind));
            almoner_proof::json::check(kind.example).unwrap();
            let value: serde_json::Value = serde_json::from_str(kind.example).unwrap();
            let members: Vec<&str> = kind.members.iter().map(|(name, _)| name.trim_end_matches('?')).collect();
            for key in value.as_object().unwrap().keys() {
                assert!(members.contains(&key.as_str()), "{}: {key} is not described", kind.kind);
            }
            for (name, _) in kind.members.iter().filter(|(name, _)| !name.ends_with('?')) {
                assert!(value.get(name).is_some(), "{}: {name} is missing in the example", kind.kind);
            }
        }
    }
}
