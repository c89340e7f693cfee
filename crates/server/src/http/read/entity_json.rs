//! Entities as JSON: the members of what was said and how they stand, references written `<chain>/<kind>/<id>`.

use almoner_ledger::data::Payee;
use almoner_ledger::entity::{HoldTarget, MilestoneState, PaymentState, PromiseState};
use almoner_ledger::{ChainNo, EntityNo, Money, Said, Standing};
use almoner_views::figures::{Strip, Sum};
use almoner_views::{EntityAt, Views};
use serde_json::{Map, Value, json};

/// An entity with what is particular to its kind.
pub(in crate::http) fn entity(views: &Views, entity: &EntityAt<'_>) -> Value {
    let mut value = json!({
        "ref": views.reference(entity.no),
        "chain": chain(views, entity.chain),
        "kind": entity.kind.word(),
        "id": entity.id,
        "opened": entity.opened,
        "event": views.citation(entity.opened),
    });
    let (said, standing) = entity.parts();
    for own in [self::said(views, said), self::standing(views, said, standing)] {
        if let (Value::Object(all), Value::Object(own)) = (&mut value, own) {
            // None of these hides one of the above: an account's `kind` is told as `account_kind`.
            all.extend(own);
        }
    }
    value
}

/// A strip; amounts are decimal strings.
pub(in crate::http) fn strip(strip: &Strip) -> Value {
    let text = |sum: Sum| sum.amount().to_string();
    json!({
        "currency": strip.currency.code(),
        "opening": text(strip.opening),
        "received": text(strip.received),
        "fees": text(strip.fees),
        "spent": text(strip.spent),
        "refunded": text(strip.refunded),
        "reversed": text(strip.reversed),
        "moved_in": text(strip.moved_in),
        "moved_out": text(strip.moved_out),
        "unspent": text(strip.unspent),
    })
}

fn chain(views: &Views, no: ChainNo) -> Value {
    views.chain(no).map(|chain| Value::from(chain.id.as_str())).unwrap_or_default()
}

fn text(money: Money) -> String {
    money.amount().to_string()
}

fn payee(payee: &Payee) -> Value {
    let mut value = Map::new();
    let members = [("chain", &payee.chain), ("organisation", &payee.organisation), ("name", &payee.name)];
    for (name, text) in members {
        if let Some(text) = text {
            value.insert(name.to_owned(), text.as_str().into());
        }
    }
    if let Some(person) = &payee.person {
        value.insert("person".to_owned(), person.0.to_base64().into());
    }
    Value::Object(value)
}

fn promise(state: PromiseState) -> &'static str {
    match state {
        PromiseState::Open => "open",
        PromiseState::Fulfilled => "fulfilled",
        PromiseState::Cancelled => "cancelled",
        PromiseState::Moved => "moved",
    }
}

fn payment(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Requested => "requested",
        PaymentState::Approved => "approved",
        PaymentState::Paid => "paid",
        PaymentState::Confirmed => "confirmed",
        PaymentState::Failed => "failed",
    }
}

fn milestone(state: MilestoneState) -> &'static str {
    match state {
        MilestoneState::Planned => "planned",
        MilestoneState::Evidenced => "evidenced",
        MilestoneState::Attested => "attested",
    }
}

fn standing(views: &Views, said: &Said, standing: Standing) -> Value {
    let text = |minor: i64| said.currency().map(|currency| text(Money::from_minor(minor, currency)));
    match standing {
        Standing::Fixed => json!({}),
        Standing::Import { replaced_by } => {
            json!({"replaced_by": replaced_by.and_then(|no| views.reference(no))})
        }
        Standing::Project { status, gone } => {
            json!({"status": status.word(), "gone_to": gone.map(|gone| chain(views, gone.to))})
        }
        Standing::Campaign { received, open } => json!({"received": text(received), "open": open}),
        Standing::Pledge { paid, state } => json!({"paid": text(paid), "state": promise(state)}),
        Standing::Commitment { receivable, advance, paid, state } => json!({
            "receivable": text(receivable), "advance": text(advance), "paid": text(paid), "state": promise(state),
        }),
        Standing::Grant { payable, prepaid, paid } => {
            json!({"payable": text(payable), "prepaid": text(prepaid), "paid": text(paid)})
        }
        Standing::Disbursement { state, paid_at, .. } => {
            json!({"state": payment(state), "paid_at": paid_at.and_then(|index| views.citation(index))})
        }
        Standing::Milestone { state } => json!({"state": milestone(state)}),
        Standing::Hold { lifted } => json!({"lifted": lifted}),
    }
}

fn said(views: &Views, said: &Said) -> Value {
    let of = |no: &EntityNo| views.reference(*no);
    let opt = |no: &Option<EntityNo>| no.and_then(|no| views.reference(no));
    let date = |date: &Option<almoner_ledger::data::Date>| date.map(|date| date.to_string());
    match said {
        Said::Account { kind, currency, name } => {
            json!({"account_kind": kind.word(), "currency": currency.code(), "name": name})
        }
        Said::Fund { class, purpose, name, until, sensitive, programme } => json!({
            "class": class.word(), "purpose": purpose, "name": name, "until": date(until),
            "sensitive": sensitive, "programme": opt(programme),
        }),
        Said::Programme { name } => json!({"name": name}),
        Said::Envelope { name, amount, programmes, from_year, to_year } => json!({
            "name": name, "currency": amount.currency().code(), "amount": text(*amount),
            "programmes": programmes.iter().filter_map(of).collect::<Vec<_>>(), "from_year": from_year, "to_year": to_year,
            "note": "announced, owed to nobody",
        }),
        Said::Project { title, summary, programme, target, budget } => {
            let line = |(heading, amount): &(String, Money)| json!({"heading": heading, "currency": amount.currency().code(), "amount": text(*amount)});
            let target = target.map(|target| json!({"currency": target.currency().code(), "amount": text(target)}));
            json!({
                "title": title, "summary": summary, "programme": opt(programme), "target": target,
                "budget": budget.iter().map(line).collect::<Vec<_>>(),
            })
        }
        Said::Campaign { title, fund, project, target } => json!({
            "title": title, "fund": of(fund), "project": opt(project), "currency": target.currency().code(),
            "target": text(*target),
        }),
        Said::Pledge { amount, fund, to, programme } => json!({
            "currency": amount.currency().code(), "amount": text(*amount), "fund": opt(fund), "to": to.map(|no| chain(views, no)),
            "programme": opt(programme),
        }),
        Said::Commitment { amount, fund, project, conditional } => json!({
            "currency": amount.currency().code(), "amount": text(*amount), "fund": of(fund), "project": opt(project),
            "conditional": conditional,
        }),
        Said::Grant { recipient, fund, project, amount, accepted, tranches } => {
            let tranches = tranches.iter().map(|t| {
                json!({"milestone": of(&t.milestone), "amount": text(t.amount), "advance": t.advance, "earned": t.earned, "paid": text(t.paid)})
            });
            json!({
                "recipient": payee(recipient), "fund": of(fund), "project": opt(project), "currency": amount.currency().code(),
                "amount": text(*amount), "accepted": accepted, "tranches": tranches.collect::<Vec<_>>(),
            })
        }
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
        } => json!({
            "fund": of(fund), "project": opt(project), "grant": opt(grant), "milestone": opt(milestone),
            "currency": amount.currency().code(), "amount": text(*amount), "payee": payee(to), "purpose": purpose,
            "request": request.to_base64(), "requester": requester, "approvers": approvers, "approvers_needed": needed,
        }),
        Said::Milestone {
            project, title, indicator, target, unit, due, reviewers, quorum, evidence, attested, ..
        } => json!({
            "project": of(project), "title": title, "indicator": indicator, "target": target, "unit": unit, "due": due.to_string(),
            "reviewers": reviewers.iter().map(|no| chain(views, *no)).collect::<Vec<_>>(), "quorum": quorum,
            "evidence": evidence.map(|hash| hash.to_base64()),
            "attested_by": attested.iter().map(|no| chain(views, *no)).collect::<Vec<_>>(),
        }),
        Said::Hold { on, basis, expires } => {
            let on = match on {
                HoldTarget::Chain(no) => chain(views, *no),
                HoldTarget::Entity(no) => json!(of(no)),
            };
            json!({"on": on, "basis": basis, "expires": date(expires)})
        }
        Said::Import { sha256, publisher, name } => json!({"sha256": sha256, "publisher": publisher, "name": name}),
        Said::Activity { identifier, title, publisher, import } => {
            json!({"identifier": identifier, "title": title, "publisher": publisher, "import": of(import)})
        }
    }
}
