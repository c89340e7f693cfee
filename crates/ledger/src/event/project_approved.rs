//! project.approved: a proposed project may begin.

use super::prelude::*;

data! {
    /// Data of `project.approved/1`.
    pub(super) struct ProjectApproved {
        /// Own project.
        project: Ref,
    }
}

impl Kind for ProjectApproved {
    const TYPE: &'static str = "project.approved/1";
    const SIGNERS: Signers = Signers::One(&[Role::Admin, Role::Approve]);
    const SUMMARY: &'static str = "The trustees approve a project.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/project.approved.txt");
    const EXAMPLE: &'static str = r#"{"project":"project/wells"}"#;
}

impl Event for ProjectApproved {
    fn tell(&self) -> Telling<'_> {
        vec![("project", Slot::Entity(&self.project))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let project = context.mine::<Project>(&self.project)?;
        Ok(vec![super::project_status_changed::to(
            context,
            project,
            &[ProjectStatus::Proposed],
            ProjectStatus::Approved,
        )?])
    }
}
