//! project.status_changed: a project goes on, pauses or ends.

use super::prelude::*;
use std::collections::BTreeMap;

data! {
    /// Data of `project.status_changed/1`.
    pub(super) struct ProjectStatusChanged {
        /// Own project.
        project: Ref,
        /// What it becomes: implementing, suspended, finalising, closed or cancelled.
        status: ProjectStatus,
        /// Why.
        reason: Option<String>,
    }
}

impl Kind for ProjectStatusChanged {
    const TYPE: &'static str = "project.status_changed/1";
    const SIGNERS: Signers = REPORTS;
    const SUMMARY: &'static str = "A project goes on, pauses or ends. Closing needs every pool of it at zero.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/project.status_changed.txt");
    const EXAMPLE: &'static str = r#"{"project":"project/wells","status":"implementing"}"#;
}

impl Event for ProjectStatusChanged {
    fn tell(&self) -> Telling<'_> {
        vec![("project", Slot::Entity(&self.project)), ("status", Slot::Word(ProjectStatus::LIST, self.status.word()))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        use ProjectStatus::{Approved, Cancelled, Closed, Finalising, Implementing, Proposed, SpunOff, Suspended};
        let project = context.mine::<Project>(&self.project)?;
        if let Some(reason) = &self.reason {
            check_text("reason", reason)?;
        }
        let from: &[ProjectStatus] = match self.status {
            Implementing => &[Approved, Suspended],
            Suspended => &[Implementing],
            Finalising => &[Implementing, Suspended],
            Closed => &[Finalising],
            Cancelled => &[Proposed, Approved, Implementing, Suspended],
            Proposed | Approved | SpunOff => &[],
        };
        if matches!(self.status, Closed | Cancelled) && money_left(context, project)? {
            return Err(wrong_state(format!("{} still holds money: spend, allocate or return it first", self.project)));
        }
        Ok(vec![to(context, project, from, self.status)?])
    }
}

/// Whether any pool of the project holds spendable money, bank and clearing together.
fn money_left(context: &Context<'_>, project: Found<'_, Project>) -> Result<bool, Refusal> {
    let accounts = context.project_accounts(project.no);
    let mut pools: BTreeMap<Pool, Money> = BTreeMap::new();
    for (key, balance) in accounts.filter(|(key, _)| key.head.is_spendable()) {
        let sum = pools.entry(key.pool).or_insert(Money::zero(key.pool.currency));
        *sum = sum.plus(balance)?;
    }
    Ok(pools.values().any(|sum| !sum.is_zero()))
}

/// Changes the status if it is one of `from`.
pub(super) fn to(
    context: &Context<'_>,
    project: Found<'_, Project>,
    from: &[ProjectStatus],
    status: ProjectStatus,
) -> Result<Effect, Refusal> {
    leaves(project, from, status)?;
    Ok(context.stand(project, ProjectStanding { status, gone: None }))
}

/// The status that it has, which must be one of `from` for it to become `status`.
pub(super) fn leaves(
    project: Found<'_, Project>,
    from: &[ProjectStatus],
    status: ProjectStatus,
) -> Result<ProjectStatus, Refusal> {
    let now = project.standing.status;
    if !from.contains(&now) {
        return Err(wrong_state(format!("project/{} is {now}, which does not become {status}", project.id)));
    }
    Ok(now)
}
