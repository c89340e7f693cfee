//! What every kind's file uses.

pub(crate) use super::context::{Context, Event, Gifts, Kind, Prior, Reversal, Signers};
pub(crate) use crate::currency::Currency;
pub(crate) use crate::data::{
    Date, Digest, EventRef, GiftRef, Payee, Ref, Words, check_prose, check_text, check_words,
};
pub(crate) use crate::effect::{ChainChange, Note, ReportedMoney};
pub(crate) use crate::entity::{
    Account, AccountKind, Activity, Campaign, CampaignStanding, CampaignState, Commitment, CommitmentStanding,
    Disbursement, DisbursementStanding, Envelope, Fixed, Found, Fund, FundClass, Gone, Grant, GrantStanding, Hold,
    HoldStanding, HoldState, HoldTarget, Import, ImportStanding, Milestone, MilestoneStanding, MilestoneState,
    PaymentState, Pledge, PledgeStanding, Programme, Project, ProjectStanding, ProjectStatus, PromiseState, Tranche,
    lower, raise,
};
pub(crate) use crate::entry::{Entry, Flow, GiftPlace, Head, Pool, Source, Use};
pub(crate) use crate::id::{ChainNo, EntityNo};
pub(crate) use crate::money::{Figure, Money};
pub(crate) use crate::refusal::{At, Code, Refusal};
pub(crate) use crate::rules::{GIFTS_MAX, LINES_MAX};
pub(crate) use crate::shape::data;
pub(crate) use crate::telling::{Moved, Moving, Slot, TakenBack, Telling};
pub(crate) use crate::words::{ChainRole, EntityKind, Function, NaturalClass};
pub(crate) use almoner_proof::introduction::Role;

/// An effect as a kind writes it.
pub(crate) type Effect = crate::effect::Effect<Entry>;

/// Roles that open what others refer to.
pub(crate) const OPENS: Signers = Signers::One(&[Role::Admin, Role::Book]);
/// Roles that post.
pub(crate) const BOOKS: Signers = Signers::One(&[Role::Book]);
/// Roles that report on work.
pub(crate) const REPORTS: Signers = Signers::One(&[Role::Report, Role::Book]);

/// A refusal because an entity is not in the right state.
pub(crate) fn wrong_state(what: impl std::fmt::Display) -> Refusal {
    Refusal::new(Code::StateWrong, what)
}
