//! The people of an organisation: their keys, and who signs and approves what.

use almoner_ledger::event::Signers;
use almoner_proof::SecretKey;
use almoner_proof::introduction::Role;

/// How an organisation shares its work among people.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// Director, treasurer, officer and an outside trustee; two of them approve what is large.
    Office,
    /// A head and a clerk.
    Small,
    /// Attests, and nothing else.
    Reviewer,
    /// Places holds, and nothing else.
    Regulator,
    /// Collects gifts for others.
    Platform,
}

/// A key's label and its roles.
pub(super) type KeyPlan = (&'static str, &'static [Role]);

impl Shape {
    /// Label, which is the holder too, and roles.
    pub(super) fn keys(self) -> &'static [KeyPlan] {
        use Role::{Admin, Approve, Attest, Book, Report, Request, Supervise};
        match self {
            Shape::Office => &[
                ("director", &[Admin, Approve]),
                ("treasurer", &[Admin, Book]),
                ("officer", &[Request, Report]),
                ("trustee", &[Approve]),
            ],
            Shape::Small => &[("head", &[Admin, Approve]), ("clerk", &[Admin, Book, Request, Report])],
            Shape::Reviewer => &[("reviewer", &[Admin, Attest])],
            Shape::Regulator => &[("inspector", &[Admin, Supervise])],
            Shape::Platform => &[("desk", &[Admin, Book, Report])],
        }
    }

    pub(super) fn quorum(self) -> u32 {
        if matches!(self, Shape::Office) { 2 } else { 1 }
    }

    /// Currency, least minor units, approvers.
    pub(super) fn approvals(self) -> &'static [(&'static str, i64, u32)] {
        match self {
            Shape::Office => &[("CNY", 5_000_000, 2), ("JPY", 1_000_000, 2)],
            Shape::Small => &[("CNY", 5_000_000, 1), ("JPY", 1_000_000, 1)],
            Shape::Reviewer | Shape::Regulator | Shape::Platform => &[],
        }
    }
}

/// Keys and policy of an organisation that is in the log.
pub(super) struct Person {
    shape: Shape,
    keys: Vec<(KeyPlan, SecretKey)>,
}

impl Person {
    pub(super) fn new(shape: Shape, keys: Vec<(KeyPlan, SecretKey)>) -> Person {
        Person { shape, keys }
    }

    /// Labels of the keys that sign a kind.
    pub(super) fn signers(&self, signers: Signers) -> Vec<&'static str> {
        let with = |role: Role| self.keys.iter().filter(move |((_, roles), _)| roles.contains(&role));
        match signers {
            // The first role that the kind names is the most particular one.
            Signers::One(roles) => {
                roles.iter().find_map(|role| with(*role).next()).map(|((label, _), _)| *label).into_iter().collect()
            }
            Signers::Opening | Signers::AdminQuorum | Signers::AdminQuorumAndNewKey | Signers::TwoHolders => {
                with(Role::Admin).map(|((label, _), _)| *label).take(2).collect()
            }
        }
    }

    /// Labels of those who approve a payment, as many as the policy asks for.
    pub(super) fn approvers(&self, currency: &str, minor: i64) -> Vec<&'static str> {
        let plan = self.shape.approvals().iter().find(|(of, from, _)| *of == currency && minor >= *from);
        let needed = plan.map_or(0, |(_, _, approvers)| *approvers as usize);
        let may = self.keys.iter().filter(|((_, roles), _)| roles.contains(&Role::Approve));
        may.map(|((label, _), _)| *label).take(needed).collect()
    }

    pub(super) fn secrets(&self, labels: &[&str]) -> Vec<&SecretKey> {
        self.keys.iter().filter(|((label, _), _)| labels.contains(label)).map(|(_, key)| key).collect()
    }
}
