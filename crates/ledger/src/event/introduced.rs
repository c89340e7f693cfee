//! The shapes of what proof reads of events that introduce keys. The structs stand there, because a verifier of receipts
//! reads them too; the test of the registry holds these shapes against them.

use crate::currency::Currency;
use crate::data::Words;
use crate::money::Figure;
use crate::shape::{Form, Member, Shape, Shaped};
use almoner_proof::introduction::{Approval, ChainOpened, KeyAdded, KeyEntry, Recovery, Role};

/// A verifier key as text.
struct VKey;

impl Shaped for VKey {
    const SHAPE: Shape = Shape::Text(Form { name: "verifier key", pattern: "" });
}
impl Shaped for Role {
    const SHAPE: Shape = Shape::Word(&[
        (Role::Admin.word(), "Keys and policy."),
        (Role::Book.word(), "What posts or promises."),
        (Role::Request.word(), "Payment requests."),
        (Role::Approve.word(), "Payment approvals."),
        (Role::Report.word(), "Projects, milestones, outcomes."),
        (Role::Attest.word(), "Attestations."),
        (Role::Supervise.word(), "Holds."),
        (Role::Registrar.word(), "Opens and admits chains (chain operator only)."),
        (Role::Sequencer.word(), "The server's own events (chain operator only)."),
    ]);
}
impl Shaped for KeyEntry {
    const SHAPE: Shape = Shape::Object(&[
        Member::of::<VKey>("vkey", "`<chain>/<label>+<id>+<base64>`."),
        Member::of::<String>("holder", "A person or body within the chain; several keys may have one holder."),
        Member::of::<Vec<Role>>("roles", "What the key may sign."),
    ]);
}
impl Shaped for Approval {
    const SHAPE: Shape = Shape::Object(&[
        Member::of::<Currency>("currency", "ISO 4217."),
        Member::of::<Figure>("from", "From this amount on."),
        Member::of::<u32>("approvers", "Distinct holders, the requester excluded; at most 16."),
    ]);
}
impl Shaped for Recovery {
    const SHAPE: Shape = Shape::Object(&[
        Member::of::<Vec<VKey>>("keys", "Verifier keys; none of them is another key of the chain, now or later."),
        Member::of::<u32>("quorum", "How many of them sign: 1 to the number of keys, 1 where there are none."),
    ]);
}
impl Shaped for ChainOpened {
    const SHAPE: Shape = Shape::Object(&[
        Member::of::<Words>("name", "Name, in at least one language."),
        Member::of::<Vec<KeyEntry>>("keys", "The first keys; every one signs this event."),
        Member::of::<u32>("admin_quorum", "How many admin holders change keys and policy."),
        Member::of::<Vec<Approval>>("approvals", "From which amount on payments need how many approvers."),
        Member::of::<Recovery>("recovery", "For when all other keys are lost."),
    ]);
}
impl Shaped for KeyAdded {
    const SHAPE: Shape = Shape::Object(&[Member::of::<KeyEntry>("key", "The new key.")]);
}
