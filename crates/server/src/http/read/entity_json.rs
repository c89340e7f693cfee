//! Entities as JSON: the members of their bodies, references written `<chain>/<kind>/<id>`.

use almoner_ledger::data::Payee;
use almoner_ledger::entity::{HoldTarget, MilestoneState, PaymentState, PromiseState};
use almoner_ledger::{Body, ChainNo, Entity, EntityNo, Money};
use almoner_views::Views;
use almoner_views::figures::Strip;
use serde_json::{Map, Value, json};

/// An entity with what is particular to its kind.
pub(in crate::http) fn entity(views: &Views, entity: &Entity) -> Value {
    let mut value = json!({
        "ref": views.reference(entity.no),
        "chain": chain(views, entity.chain),
        "kind": entity.kind.word(),
        "id": entity.id,
        "opened": entity.opened,
        "event": views.citation(entity.opened),
    });
    if let (Value::Object(all), Value::Object(own)) = (&mut value, body(views, &entity.body)) {
        // A member of the body never hides one of the above: an account's `kind` is told as `account_kind`.
        all.extend(own);
    }
    value
}

/// A strip; amounts are decimal strings.
pub(in crate::http) fn strip(strip: &Strip) -> Value {
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

fn body(views: &Views, body: &Body) -> Value {
    let of = |no: &EntityNo| views.reference(*no);
    let opt = |no: &Option<EntityNo>| no.and_then(|no| views.reference(no));
    let date = |date: &Option<almoner_ledger::data::Date>| date.map(|date| date.to_string());
    match body {
        Body::Account { kind, currency, name } => {
            json!({"account_kind": kind.word(), "currency": currency.code(), "name": name})
        }
        Body::Fund { class, purpose, name, until, sensitive, programme } => json!({
            "class": class.word(), "purpose": purpose, "name": name, "until": date(until),
            "sensitive": sensitive, "programme": opt(programme),
        }),
        Body::Programme { name } => json!({"name": name}),
        Body::Envelope { name, amount, programmes, from_year, to_year } => json!({
            "name": name, "currency": amount.currency().code(), "amount": text(*amount),
            "programmes": programmes.iter().filter_map(of).collect::<Vec<_>>(), "from_year": from_year, "to_year": to_year,
            "note": "announced, owed to nobody",
        }),
        Body::Project { title, summary, status, programme, target, budget, gone_to } => {
            let line = |(heading, amount): &(String, Money)| json!({"heading": heading, "currency": amount.currency().code(), "amount": text(*amount)});
            let target = target.map(|target| json!({"currency": target.currency().code(), "amount": text(target)}));
            json!({
                "title": title, "summary": summary, "status": status.word(), "programme": opt(programme), "target": target,
                "budget": budget.iter().map(line).collect::<Vec<_>>(), "gone_to": gone_to.map(|no| chain(views, no)),
            })
        }
        Body::Campaign { title, fund, project, target, received, open } => json!({
            "title": title, "fund": of(fund), "project": opt(project), "currency": target.currency().code(),
            "target": text(*target), "received": text(*received), "open": open,
        }),
        Body::Pledge { amount, fund, to, programme, paid, state } => json!({
            "currency": amount.currency().code(), "amount": text(*amount), "fund": opt(fund), "to": to.map(|no| chain(views, no)),
            "programme": opt(programme), "paid": text(*paid), "state": promise(*state),
        }),
        Body::Commitment { amount, fund, project, conditional, receivable, advance, paid, state } => json!({
            "currency": amount.currency().code(), "amount": text(*amount), "fund": of(fund), "project": opt(project),
            "conditional": conditional, "receivable": text(*receivable), "advance": text(*advance), "paid": text(*paid),
            "state": promise(*state),
        }),
        Body::Grant { recipient, fund, project, amount, payable, prepaid, paid, accepted, tranches } => {
            let tranches = tranches.iter().map(|t| {
                json!({"milestone": of(&t.milestone), "amount": text(t.amount), "advance": t.advance, "earned": t.earned, "paid": text(t.paid)})
            });
            json!({
                "recipient": payee(recipient), "fund": of(fund), "project": opt(project), "currency": amount.currency().code(),
                "amount": text(*amount), "payable": text(*payable), "prepaid": text(*prepaid), "paid": text(*paid),
                "accepted": accepted, "tranches": tranches.collect::<Vec<_>>(),
            })
        }
        Body::Disbursement {
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
            state,
            paid_at,
            ..
        } => json!({
            "fund": of(fund), "project": opt(project), "grant": opt(grant), "milestone": opt(milestone),
            "currency": amount.currency().code(), "amount": text(*amount), "payee": payee(to), "purpose": purpose,
            "request": request.to_base64(), "requester": requester, "approvers": approvers, "approvers_needed": needed,
            "state": payment(*state), "paid_at": paid_at.and_then(|index| views.citation(index)),
        }),
        Body::Milestone {
            project,
            title,
            indicator,
            target,
            unit,
            due,
            reviewers,
            quorum,
            evidence,
            attested,
            state,
            ..
        } => json!({
            "project": of(project), "title": title, "indicator": indicator, "target": target, "unit": unit, "due": due.to_string(),
            "reviewers": reviewers.iter().map(|no| chain(views, *no)).collect::<Vec<_>>(), "quorum": quorum,
            "evidence": evidence.map(|hash| hash.to_base64()),
            "attested_by": attested.iter().map(|no| chain(views, *no)).collect::<Vec<_>>(), "state": milestone(*state),
        }),
        Body::Hold { on, basis, expires, lifted } => {
            let on = match on {
                HoldTarget::Chain(no) => chain(views, *no),
                HoldTarget::Entity(no) => json!(of(no)),
            };
            json!({"on": on, "basis": basis, "expires": date(expires), "lifted": lifted})
        }
        Body::Import { sha256, publisher, name } => json!({"sha256": sha256, "publisher": publisher, "name": name}),
    }
}
