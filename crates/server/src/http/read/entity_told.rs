//! Entities as they go over the wire: what was said of them and how they stand, references written
//! `<chain>/<kind>/<id>`. One implementation of [`Told`] for each kind, in the files of `entity_told/`, which are those of
//! the wire; paths, pages and the OpenAPI document are made of these and of the ledger's registry.

mod holding;
mod promise;
mod reported;
mod work;

use super::super::Problem;
use almoner_ledger::data::Payee;
use almoner_ledger::entity::{EntityType, Found};
use almoner_ledger::{ChainNo, Currency, EntityNo, Money};
use almoner_views::Views;
use almoner_views::figures::{Selection, Strip, Sum};
use almoner_wire::{self as wire, Amount, Paged, Plain, Totals};
use serde::Serialize;
use utoipa::ToSchema;

/// A kind of entity as the API tells it.
pub(in crate::http) trait Told: EntityType {
    /// A page of its list; its rows are what is told of one.
    type Page: Plain<Row: Serialize + ToSchema> + ToSchema;
    /// What is told of one alone: often more than in the list.
    type Alone: Serialize + ToSchema;

    /// One of its list.
    fn row(found: Found<'_, Self>, opened: wire::Opened, scene: &Scene<'_>) -> Row<Self>;

    /// The same alone.
    fn alone(row: Row<Self>, no: EntityNo, scene: &Scene<'_>) -> Result<Self::Alone, Problem>;
}

/// What is told of one in the list of its kind.
pub(in crate::http) type Row<K> = <<K as Told>::Page as Paged>::Row;

/// Alone as in the list.
macro_rules! alone_as_listed {
    ($row:ty) => {
        type Alone = $row;

        fn alone(row: $row, _: almoner_ledger::EntityNo, _: &Scene<'_>) -> Result<$row, Problem> {
            Ok(row)
        }
    };
}
use alone_as_listed;

/// What it is told from.
pub(in crate::http) struct Scene<'a> {
    pub(in crate::http) views: &'a Views,
    pub(in crate::http) at: Option<u64>,
}

impl Scene<'_> {
    /// An entity as in the list of its kind; none if the event that opened it is not known.
    pub(in crate::http) fn row<K: Told>(&self, found: Found<'_, K>) -> Option<Row<K>> {
        let opened = wire::Opened {
            reference: self.of(found.no),
            chain: self.chain(found.chain),
            kind: K::KIND.word().to_owned(),
            id: found.id.to_owned(),
            opened: self.views.event_at(found.opened)?,
        };
        Some(K::row(found, opened, self))
    }

    fn chain(&self, no: ChainNo) -> String {
        self.views.chain(no).map(|chain| chain.id.clone()).unwrap_or_default()
    }

    fn of(&self, no: EntityNo) -> String {
        self.views.reference(no).unwrap_or_default()
    }

    fn opt(&self, no: Option<EntityNo>) -> Option<String> {
        no.and_then(|no| self.views.reference(no))
    }

    fn totals(&self, selection: Selection) -> Vec<Totals> {
        self.views.strips(selection, self.at).iter().map(totals).collect()
    }
}

/// Money by its headings.
pub(in crate::http) fn totals(strip: &Strip) -> wire::Totals {
    let text = |sum: Sum| sum.amount().to_string();
    wire::Totals {
        currency: strip.currency.code().to_owned(),
        opening: text(strip.opening),
        received: text(strip.received),
        fees: text(strip.fees),
        spent: text(strip.spent),
        passed_on: text(strip.passed_on),
        refunded: text(strip.refunded),
        reversed: text(strip.reversed),
        moved_in: text(strip.moved_in),
        moved_out: text(strip.moved_out),
        unspent: text(strip.unspent),
    }
}

fn text(money: Money) -> String {
    money.amount().to_string()
}

fn minor(minor: i64, currency: Currency) -> String {
    text(Money::from_minor(minor, currency))
}

fn code(money: Money) -> String {
    money.currency().code().to_owned()
}

fn amount(money: Money) -> Amount {
    Amount { currency: code(money), amount: text(money) }
}

fn payee(payee: &Payee) -> wire::Payee {
    wire::Payee {
        chain: payee.chain.clone(),
        organisation: payee.organisation.clone(),
        person: payee.person.as_ref().map(|person| person.0.to_base64()),
        name: payee.name.clone(),
    }
}
