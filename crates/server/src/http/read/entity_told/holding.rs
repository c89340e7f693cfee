//! Accounts and funds: where money lies, and what it is for.

use super::super::super::Problem;
use super::super::rows::{PAGE_BYTES, fitting};
use super::{Scene, Told, alone_as_listed};
use almoner_ledger::EntityNo;
use almoner_ledger::entity::{Account, Found, Fund};
use almoner_views::figures::Selection;
use almoner_wire::{self as wire, FundFigures, PoolTotals};

/// Pools that are told of one fund; its balances tell all.
const POOLS_MAX: usize = 1000;

impl Told for Account {
    type Page = wire::Accounts;
    alone_as_listed!(wire::Account);

    fn row(found: Found<'_, Account>, opened: wire::Opened, _: &Scene<'_>) -> wire::Account {
        let Account { kind, currency, name } = found.said;
        wire::Account {
            opened,
            account_type: kind.word().to_owned(),
            currency: currency.code().to_owned(),
            name: name.clone(),
        }
    }
}

impl Told for Fund {
    type Page = wire::Funds;
    type Alone = FundFigures;

    fn row(found: Found<'_, Fund>, opened: wire::Opened, scene: &Scene<'_>) -> wire::Fund {
        let Fund { class, purpose, name, until, sensitive, programme } = found.said;
        wire::Fund {
            opened,
            class: class.word().to_owned(),
            purpose: purpose.clone(),
            name: name.clone(),
            until: until.map(|date| date.to_string()),
            sensitive: *sensitive,
            programme: scene.opt(*programme),
        }
    }

    /// With its money, by pools as far as they have room.
    fn alone(fund: wire::Fund, no: EntityNo, scene: &Scene<'_>) -> Result<FundFigures, Problem> {
        let pools = scene.views.pools_of(no, scene.at);
        let told = pools.iter().take(POOLS_MAX).map(|project| PoolTotals {
            project: scene.opt(*project),
            totals: scene.totals(Selection::Pool(no, *project)),
        });
        let (told, _) = fitting(told, PAGE_BYTES / 2)?;
        // Saturating: of pools at most all are told.
        let pools_left_out = pools.len().saturating_sub(told.len()) as u64;
        Ok(FundFigures { fund, totals: scene.totals(Selection::Fund(no)), pools: told, pools_left_out })
    }
}
