//! Work that money is for: programmes, projects, appeals, milestones, and what stops it.

use super::super::super::Problem;
use super::{Scene, Told, alone_as_listed, amount, code, minor, text};
use almoner_ledger::EntityNo;
use almoner_ledger::entity::{
    Campaign, CampaignState, Found, Hold, HoldState, HoldTarget, Milestone, Programme, Project,
};
use almoner_views::figures::Selection;
use almoner_wire::{self as wire, ProjectFigures};

impl Told for Programme {
    type Page = wire::Programmes;
    alone_as_listed!(wire::Programme);

    fn row(found: Found<'_, Programme>, opened: wire::Opened, _: &Scene<'_>) -> wire::Programme {
        wire::Programme { opened, name: found.said.name.clone() }
    }
}

impl Told for Project {
    type Page = wire::Projects;
    type Alone = ProjectFigures;

    fn row(found: Found<'_, Project>, opened: wire::Opened, scene: &Scene<'_>) -> wire::Project {
        let Project { title, summary, programme, target, budget } = found.said;
        let line = |(heading, line): &(String, almoner_ledger::Money)| wire::BudgetLine {
            heading: heading.clone(),
            amount: amount(*line),
        };
        wire::Project {
            opened,
            name: title.clone(),
            summary: summary.clone(),
            programme: scene.opt(*programme),
            target: target.map(amount),
            budget: budget.iter().map(line).collect(),
            state: found.standing.status.word().to_owned(),
            gone_to: found.standing.gone.map(|gone| scene.chain(gone.to)),
        }
    }

    fn alone(project: wire::Project, no: EntityNo, scene: &Scene<'_>) -> Result<ProjectFigures, Problem> {
        Ok(ProjectFigures { project, totals: scene.totals(Selection::Project(no)) })
    }
}

impl Told for Campaign {
    type Page = wire::Campaigns;
    alone_as_listed!(wire::Campaign);

    fn row(found: Found<'_, Campaign>, opened: wire::Opened, scene: &Scene<'_>) -> wire::Campaign {
        let Campaign { title, fund, project, target } = found.said;
        wire::Campaign {
            opened,
            name: title.clone(),
            fund: scene.of(*fund),
            project: scene.opt(*project),
            currency: code(*target),
            target: text(*target),
            received: minor(found.standing.received, target.currency()),
            state: match found.standing.state {
                CampaignState::Open => wire::CampaignState::Open,
                CampaignState::Closed => wire::CampaignState::Closed,
            },
        }
    }
}

impl Told for Milestone {
    type Page = wire::Milestones;
    alone_as_listed!(wire::Milestone);

    fn row(found: Found<'_, Milestone>, opened: wire::Opened, scene: &Scene<'_>) -> wire::Milestone {
        let Milestone { project, title, indicator, target, unit, due, reviewers, quorum, evidence, attested, .. } =
            found.said;
        wire::Milestone {
            opened,
            project: scene.of(*project),
            name: title.clone(),
            indicator: indicator.clone(),
            target: target.clone(),
            unit: unit.clone(),
            due: due.to_string(),
            reviewers: reviewers.iter().map(|no| scene.chain(*no)).collect(),
            quorum: *quorum,
            evidence: evidence.map(|hash| hash.to_base64()),
            attested_by: attested.iter().map(|no| scene.chain(*no)).collect(),
            state: found.standing.state.word().to_owned(),
        }
    }
}

impl Told for Hold {
    type Page = wire::Holds;
    alone_as_listed!(wire::Hold);

    fn row(found: Found<'_, Hold>, opened: wire::Opened, scene: &Scene<'_>) -> wire::Hold {
        let Hold { on, basis, expires } = found.said;
        wire::Hold {
            opened,
            on: match on {
                HoldTarget::Chain(no) => scene.chain(*no),
                HoldTarget::Entity(no) => scene.of(*no),
            },
            basis: basis.clone(),
            expires: expires.map(|date| date.to_string()),
            state: match found.standing.state {
                HoldState::Placed => wire::HoldState::Placed,
                HoldState::Lifted => wire::HoldState::Lifted,
            },
        }
    }
}
