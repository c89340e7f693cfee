//! What others reported: files and their activities.

use super::super::super::Problem;
use super::super::observed::{activity_figures, import_figures};
use super::{Scene, Told};
use almoner_ledger::EntityNo;
use almoner_ledger::entity::{Activity, Found, Import};
use almoner_wire::{self as wire, ActivityFigures, ImportFigures};

impl Told for Import {
    type Page = wire::Imports;
    type Alone = ImportFigures;

    fn row(found: Found<'_, Import>, opened: wire::Opened, scene: &Scene<'_>) -> wire::Import {
        let Import { sha256, publisher, name } = found.said;
        wire::Import {
            opened,
            sha256: sha256.clone(),
            publisher: publisher.clone(),
            file: name.clone(),
            replaced_by: scene.opt(found.standing.replaced_by),
        }
    }

    fn alone(import: wire::Import, no: EntityNo, scene: &Scene<'_>) -> Result<ImportFigures, Problem> {
        Ok(import_figures(scene.views, import, no, scene.at))
    }
}

impl Told for Activity {
    type Page = wire::Activities;
    type Alone = ActivityFigures;

    fn row(found: Found<'_, Activity>, opened: wire::Opened, scene: &Scene<'_>) -> wire::Activity {
        let Activity { identifier, title, publisher, import } = found.said;
        wire::Activity {
            opened,
            identifier: identifier.clone(),
            title: title.clone(),
            publisher: publisher.clone(),
            import: scene.of(*import),
        }
    }

    fn alone(activity: wire::Activity, no: EntityNo, scene: &Scene<'_>) -> Result<ActivityFigures, Problem> {
        Ok(activity_figures(scene.views, activity, no, scene.at))
    }
}
