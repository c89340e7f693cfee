//! Entities as they go over the wire: what was said of them and how they stand, references written
//! `<chain>/<kind>/<id>`.

use almoner_ledger::data::Payee;
use almoner_ledger::entity::HoldTarget;
use almoner_ledger::{ChainNo, Currency, EntityNo, Money, Said, Standing};
use almoner_views::figures::{Strip, Sum};
use almoner_views::{EntityAt, Views};
use almoner_wire::{self as wire, Amount, CampaignState, HoldState};
use serde::Serialize;

/// An entity of any kind.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::http) enum Entity {
    Account(wire::Account),
    Fund(wire::Fund),
    Programme(wire::Programme),
    Envelope(wire::Envelope),
    Project(wire::Project),
    Campaign(wire::Campaign),
    Pledge(wire::Pledge),
    Commitment(wire::Commitment),
    Grant(wire::Grant),
    Disbursement(wire::Disbursement),
    Milestone(wire::Milestone),
    Hold(wire::Hold),
    Import(wire::Import),
    Activity(wire::Activity),
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

fn chain(views: &Views, no: ChainNo) -> String {
    views.chain(no).map(|chain| chain.id.clone()).unwrap_or_default()
}

fn text(money: Money) -> String {
    money.amount().to_string()
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

/// An entity with what is particular to its kind; `None` where what is said of it and how it stands are not of one kind,
/// which the ledger rules out.
pub(in crate::http) fn entity(views: &Views, entity: &EntityAt<'_>) -> Option<Entity> {
    let of = |no: EntityNo| views.reference(no).unwrap_or_default();
    let opt = |no: Option<EntityNo>| no.and_then(|no| views.reference(no));
    let date = |date: &Option<almoner_ledger::data::Date>| date.map(|date| date.to_string());
    let opened = wire::Opened {
        reference: of(entity.no),
        chain: chain(views, entity.chain),
        kind: entity.kind.word().to_owned(),
        id: entity.id.to_owned(),
        opened: views.event_at(entity.opened)?,
    };
    let (said, standing) = entity.parts();
    let minor = |currency: Currency| move |minor: i64| text(Money::from_minor(minor, currency));
    Some(match (said, standing) {
        (Said::Account { kind, currency, name }, Standing::Fixed) => Entity::Account(wire::Account {
            opened,
            account_type: kind.word().to_owned(),
            currency: currency.code().to_owned(),
            name: name.clone(),
        }),
        (Said::Fund { class, purpose, name, until, sensitive, programme }, Standing::Fixed) => {
            Entity::Fund(wire::Fund {
                opened,
                class: class.word().to_owned(),
                purpose: purpose.clone(),
                name: name.clone(),
                until: date(until),
                sensitive: *sensitive,
                programme: opt(*programme),
            })
        }
        (Said::Programme { name }, Standing::Fixed) => {
            Entity::Programme(wire::Programme { opened, name: name.clone() })
        }
        (Said::Envelope { name, amount, programmes, from_year, to_year }, Standing::Fixed) => {
            Entity::Envelope(wire::Envelope {
                opened,
                name: name.clone(),
                currency: code(*amount),
                amount: text(*amount),
                programmes: programmes.iter().map(|no| of(*no)).collect(),
                from_year: *from_year,
                to_year: *to_year,
                note: "announced, owed to nobody".to_owned(),
            })
        }
        (Said::Project { title, summary, programme, target, budget }, Standing::Project { status, gone }) => {
            Entity::Project(wire::Project {
                opened,
                name: title.clone(),
                summary: summary.clone(),
                programme: opt(*programme),
                target: target.map(amount),
                budget: budget
                    .iter()
                    .map(|(heading, line)| wire::BudgetLine { heading: heading.clone(), amount: amount(*line) })
                    .collect(),
                state: status.word().to_owned(),
                gone_to: gone.map(|gone| chain(views, gone.to)),
            })
        }
        (Said::Campaign { title, fund, project, target }, Standing::Campaign { received, open }) => {
            Entity::Campaign(wire::Campaign {
                opened,
                name: title.clone(),
                fund: of(*fund),
                project: opt(*project),
                currency: code(*target),
                target: text(*target),
                received: minor(target.currency())(received),
                state: if open { CampaignState::Open } else { CampaignState::Closed },
            })
        }
        (Said::Pledge { amount, fund, to, programme }, Standing::Pledge { paid, state }) => {
            Entity::Pledge(wire::Pledge {
                opened,
                currency: code(*amount),
                amount: text(*amount),
                fund: opt(*fund),
                to: to.map(|no| chain(views, no)),
                programme: opt(*programme),
                paid: minor(amount.currency())(paid),
                state: state.word().to_owned(),
            })
        }
        (
            Said::Commitment { amount, fund, project, conditional },
            Standing::Commitment { receivable, advance, paid, state },
        ) => {
            let minor = minor(amount.currency());
            Entity::Commitment(wire::Commitment {
                opened,
                currency: code(*amount),
                amount: text(*amount),
                fund: of(*fund),
                project: opt(*project),
                conditional: *conditional,
                receivable: minor(receivable),
                advance: minor(advance),
                paid: minor(paid),
                state: state.word().to_owned(),
            })
        }
        (
            Said::Grant { recipient, fund, project, amount, accepted, tranches },
            Standing::Grant { payable, prepaid, paid },
        ) => {
            let minor = minor(amount.currency());
            let tranche = |tranche: &almoner_ledger::entity::Tranche| wire::Tranche {
                milestone: of(tranche.milestone),
                amount: text(tranche.amount),
                advance: tranche.advance,
                earned: tranche.earned,
                paid: text(tranche.paid),
            };
            Entity::Grant(wire::Grant {
                opened,
                recipient: payee(recipient),
                fund: of(*fund),
                project: opt(*project),
                currency: code(*amount),
                amount: text(*amount),
                accepted: *accepted,
                tranches: tranches.iter().map(tranche).collect(),
                payable: minor(payable),
                prepaid: minor(prepaid),
                paid: minor(paid),
            })
        }
        (
            Said::Disbursement {
                fund,
                project,
                grant,
                milestone,
                amount,
                payee: to,
                purpose,
                request,
                requester,
                approvers,
                needed,
                ..
            },
            Standing::Disbursement { state, paid_at, .. },
        ) => Entity::Disbursement(wire::Disbursement {
            opened,
            fund: of(*fund),
            project: opt(*project),
            grant: opt(*grant),
            milestone: opt(*milestone),
            currency: code(*amount),
            amount: text(*amount),
            payee: payee(to),
            purpose: purpose.clone(),
            request: request.to_base64(),
            requester: requester.clone(),
            approvers: approvers.clone(),
            approvers_needed: *needed,
            state: state.word().to_owned(),
            paid_at: paid_at.and_then(|index| views.event_at(index)),
        }),
        (
            Said::Milestone {
                project, title, indicator, target, unit, due, reviewers, quorum, evidence, attested, ..
            },
            Standing::Milestone { state },
        ) => Entity::Milestone(wire::Milestone {
            opened,
            project: of(*project),
            name: title.clone(),
            indicator: indicator.clone(),
            target: target.clone(),
            unit: unit.clone(),
            due: due.to_string(),
            reviewers: reviewers.iter().map(|no| chain(views, *no)).collect(),
            quorum: *quorum,
            evidence: evidence.map(|hash| hash.to_base64()),
            attested_by: attested.iter().map(|no| chain(views, *no)).collect(),
            state: state.word().to_owned(),
        }),
        (Said::Hold { on, basis, expires }, Standing::Hold { lifted }) => {
            let on = match on {
                HoldTarget::Chain(no) => chain(views, *no),
                HoldTarget::Entity(no) => of(*no),
            };
            let state = if lifted { HoldState::Lifted } else { HoldState::Placed };
            Entity::Hold(wire::Hold { opened, on, basis: basis.clone(), expires: date(expires), state })
        }
        (Said::Import { sha256, publisher, name }, Standing::Import { replaced_by }) => Entity::Import(wire::Import {
            opened,
            sha256: sha256.clone(),
            publisher: publisher.clone(),
            file: name.clone(),
            replaced_by: opt(replaced_by),
        }),
        (Said::Activity { identifier, title, publisher, import }, Standing::Fixed) => {
            Entity::Activity(wire::Activity {
                opened,
                identifier: identifier.clone(),
                title: title.clone(),
                publisher: publisher.clone(),
                import: of(*import),
            })
        }
        _ => return None,
    })
}
