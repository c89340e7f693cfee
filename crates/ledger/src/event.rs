//! The registry of event kinds. A kind is one file in `event/` and one line here.
//!
//! Its file holds the shape of `data` (a closed schema), who may sign it, its preconditions and its
//! effects. `docs/EVENTS.md` is generated from what stands in those files.

mod context;
mod explain;
mod introduced;
mod prelude;
mod promise;
pub mod reported;

pub use crate::id::KindNo;
pub use context::{Context, Decision, Event, Gifts, Kind, Prior, Reversal, Signers};

use crate::intern::Interner;
use crate::nearest::nearest;
use crate::refusal::Refusal;
use crate::shape::{Member, Shape};
use std::sync::LazyLock;

/// A kind as the registry knows it.
pub struct KindInfo {
    /// `noun.verb/version`
    pub kind: &'static str,
    /// Who signs.
    pub signers: Signers,
    /// One sentence.
    pub summary: &'static str,
    /// What it does to the books, by examples: its vector.
    pub effect: &'static str,
    /// What its data looks like: an object.
    pub shape: Shape,
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
            shape: K::SHAPE,
            example: K::EXAMPLE,
            decode: |data| match serde_json::from_str::<K>(data) {
                Ok(event) => Ok(Box::new(event)),
                Err(_) => Err(explain::explain::<K>(data)),
            },
        }
    }

    /// What it does to the books and to the trail, in words: one example for each way in which it moves them.
    pub fn effects(&self) -> impl Iterator<Item = &'static str> {
        self.effect.split("--\n").filter_map(|example| Some(example.split_once("\n\n")?.1.trim_end()))
    }

    /// Members of data.
    #[must_use]
    pub fn members(&self) -> &'static [Member] {
        self.shape.members()
    }

    /// Its data as JSON Schema, 2020-12.
    #[must_use]
    pub fn schema(&self) -> serde_json::Value {
        let mut schema = self.shape.schema();
        if let Some(object) = schema.as_object_mut() {
            object.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
            object.insert("title".to_owned(), self.kind.into());
            object.insert("description".to_owned(), self.summary.into());
        }
        schema
    }

    /// Types the data of an event.
    ///
    /// # Errors
    /// `data.*`, `ref.not_canonical`, `amount.malformed`, `currency.unknown`, `date.invalid`.
    pub fn decode(&self, data: &str) -> Result<Box<dyn Event>, Refusal> {
        (self.decode)(data)
    }
}

impl std::fmt::Debug for KindInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind)
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
    activity_observed::ActivityObserved,
    transaction_observed::TransactionObserved,
    import_compared::ImportCompared,
}

// A kind's number is its place.
const _: () = assert!(FILES.len() < 256);

/// The kind of a type line.
#[must_use]
pub fn kind_of(name: &str) -> Option<KindNo> {
    // Asked for every event.
    static BY_NAME: LazyLock<Interner<&'static str>> = LazyLock::new(|| {
        let mut names = Interner::default();
        for info in KINDS {
            names.give(info.kind);
        }
        names
    });
    BY_NAME.number(name).and_then(|no| u8::try_from(no).ok()).map(KindNo)
}

/// A kind as people name it: without a version the first.
#[must_use]
pub fn kind_named(name: &str) -> Option<KindNo> {
    if name.contains('/') { kind_of(name) } else { kind_of(&format!("{name}/1")) }
}

/// The kind that somebody most likely meant; versions are not compared.
#[must_use]
pub fn kind_meant(name: &str) -> Option<&'static KindInfo> {
    let without = |kind: &'static str| kind.split('/').next().unwrap_or(kind);
    let near = nearest(name.split('/').next().unwrap_or(name), KINDS.iter().map(|info| without(info.kind)))?;
    KINDS.iter().find(|info| without(info.kind) == near)
}

impl KindNo {
    /// What the registry says of it.
    #[must_use]
    pub fn info(self) -> &'static KindInfo {
        // Every number is that of a place; the first is any.
        KINDS.get(usize::from(self.0)).unwrap_or(&KINDS[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_file_is_registered_and_every_example_decodes() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/event");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .filter(|name| {
                !["context", "explain", "introduced", "prelude", "promise", "reported"].contains(&name.as_str())
            })
            .collect();
        files.sort();
        let mut named: Vec<&str> = FILES.to_vec();
        named.sort_unstable();
        assert_eq!(files, named, "a file without its line in the registry, or a line without its file");
        for kind in KINDS {
            assert!(almoner_proof::text::is_event_type(kind.kind), "{}", kind.kind);
            kind.decode(kind.example).unwrap_or_else(|why| panic!("{}: {why}", kind.kind));
            almoner_proof::json::check(kind.example).unwrap();
        }
    }

    /// What a reader is told is what is read: the schema takes an example exactly when the decoder does, whole, with any
    /// member (of any object in it) left out, and with one that nobody knows.
    #[test]
    fn the_schema_of_each_kind_takes_what_its_decoder_takes() {
        for kind in KINDS {
            let schema = jsonschema::draft202012::new(&kind.schema()).unwrap();
            let agree = |data: &Value, what: &str| {
                let read = kind.decode(&data.to_string()).is_ok();
                assert_eq!(schema.is_valid(data), read, "{} {what}: {data}", kind.kind);
                read
            };
            let example: Value = serde_json::from_str(kind.example).unwrap();
            assert!(agree(&example, "as it is"));
            for at in objects(&example) {
                let members: Vec<String> = example.pointer(&at).unwrap().as_object().unwrap().keys().cloned().collect();
                for member in members {
                    let mut less = example.clone();
                    less.pointer_mut(&at).unwrap().as_object_mut().unwrap().remove(&member);
                    agree(&less, "with a member left out");
                }
                let mut more = example.clone();
                more.pointer_mut(&at).unwrap().as_object_mut().unwrap().insert("NOBODY".to_owned(), Value::Null);
                assert!(!agree(&more, "with one more"));
            }
        }
    }

    fn objects(value: &Value) -> Vec<String> {
        let inner = |at: String, value: &Value| objects(value).into_iter().map(move |rest| format!("/{at}{rest}"));
        match value {
            Value::Object(members) => {
                let inside = members.iter().flat_map(|(name, value)| inner(name.clone(), value));
                std::iter::once(String::new()).chain(inside.collect::<Vec<_>>()).collect()
            }
            Value::Array(items) => {
                items.iter().enumerate().flat_map(|(nth, value)| inner(nth.to_string(), value)).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        }
    }
}
