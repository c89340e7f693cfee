//! Commands that read: balances, receipt, trail, show, tail.

use crate::failure::{Failure, Outcome, While as _};
use crate::output;
use crate::place::{Folded, Place, parse_citation};
use crate::target::{Server, is_url};
use almoner_proof::{Checkpoint, Envelope};
use almoner_views::balances::BalanceRow;
use almoner_views::gift::Window;
use almoner_views::receipt::Under;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

pub(super) fn check_at(at: Option<u64>, size: u64) -> Outcome {
    match at {
        Some(at) if at > size => Err(Failure::usage(format!("--at {at}: only {size} events are published"))),
        _ => Ok(()),
    }
}

pub(crate) fn balances(from: &str, chain: Option<&str>, fund: Option<&str>, at: Option<u64>, as_json: bool) -> Outcome {
    let body = if is_url(from) {
        let pairs =
            [("chain", chain.map(str::to_owned)), ("fund", fund.map(str::to_owned)), ("at", at.map(|a| a.to_string()))];
        let query: Vec<String> =
            pairs.iter().filter_map(|(name, value)| value.as_ref().map(|v| format!("{name}={v}"))).collect();
        Server::new(from).get_all(&format!("/v1/balances?{}", query.join("&")), "balances")?
    } else {
        let place = Place::open(from)?;
        let folded = place.fold(|_| {})?;
        check_at(at, folded.size)?;
        let rows: Vec<BalanceRow> = folded.views.balances(chain, fund, at);
        let root = match at {
            Some(at) => place
                .root_at(at, folded.size)
                .ok_or_else(|| Failure::could_not_check(format!("the root at {at} cannot be read")))?,
            None => folded.root,
        };
        json!({ "origin": folded.origin, "size": at.unwrap_or(folded.size), "root": root.to_base64(),
            "policy_source": folded.policy_source, "balances": rows })
    };
    if as_json {
        return output::json(&body);
    }
    for row in body.get("balances").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        output::line(&format!("{:>24} {}  {}", text("amount"), text("currency"), text("account")))?;
    }
    Ok(())
}

pub(crate) fn receipt(event: &str, from: &str, out: Option<&Path>) -> Outcome {
    let wrong = || Failure::usage(format!("{event}: an event is written <chain>-<seq>[.k] or <chain>#<seq>[.k]"));
    let (chain, seq, gift) = parse_citation(event).ok_or_else(wrong)?;
    let text = if is_url(from) {
        let suffix = gift.map(|k| format!(".{k}")).unwrap_or_default();
        let (status, body) = Server::new(from).fetch(&format!("/v1/receipts/{chain}-{seq}{suffix}"))?;
        if status != 200 {
            return Err(Failure::new(format!("{status}: {}", String::from_utf8_lossy(&body))));
        }
        String::from_utf8(body).while_doing("reading the receipt")?
    } else {
        let place = Place::open(from)?;
        let folded = place.fold(|_| {})?;
        let index = index_of(&folded, &chain, seq)?;
        let under = Under { size: folded.size, note: &folded.checkpoint };
        let note_at = |index: u64| place.note(index, folded.size);
        let path_at = |index: u64| place.path(index, folded.size);
        folded
            .views
            .receipt(index, gift.map(u64::from), None, under, &note_at, &path_at)
            .map_err(Failure::new)?
            .to_text()
    };
    output::write(out, &text)
}

fn index_of(folded: &Folded, chain: &str, seq: u64) -> Outcome<u64> {
    folded.views.index_of(chain, seq).ok_or_else(|| Failure::new(format!("there is no event {chain}#{seq} in the log")))
}

pub(crate) fn trail(gift: &str, from: &str, at: Option<u64>, as_json: bool) -> Outcome {
    let wrong = || Failure::usage(format!("{gift}: a gift is written <chain>-<seq>.<k>, counted from 0"));
    let (chain, seq, k) = parse_citation(gift).ok_or_else(wrong)?;
    let k = k.ok_or_else(wrong)?;
    let body = if is_url(from) {
        let query = at.map(|at| format!("?at={at}")).unwrap_or_default();
        Server::new(from).get_all(&format!("/v1/gifts/{chain}-{seq}.{k}{query}"), "segments")?
    } else {
        let place = Place::open(from)?;
        let folded = place.fold(|_| {})?;
        check_at(at, folded.size)?;
        let trail = folded
            .views
            .gift_trail(&chain, seq, k, at, Window::ALL, &|index| place.note(index, folded.size))
            .map_err(Failure::new)?;
        serde_json::to_value(trail).while_doing("writing the trail")?
    };
    if as_json {
        return output::json(&body);
    }
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let currency = text("currency");
    output::line(&format!("{} of {} {currency}, by the rule {}", text("gift"), text("gross"), text("rule")))?;
    for name in ["fee", "spent", "lent", "in_transit", "passed_on", "free", "refunded", "reversed", "taken_over"] {
        let amount = text(name);
        if !amount.trim_start_matches(['0', '.']).is_empty() {
            output::line(&format!("  {:12} {amount:>16}", name.replace('_', " ")))?;
        }
    }
    for segment in body.get("segments").and_then(Value::as_array).into_iter().flatten() {
        let member = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        output::line(&format!("  {} {currency}: {}", member(segment, "amount"), member(segment, "state")))?;
        for hop in segment.get("hops").and_then(Value::as_array).into_iter().flatten() {
            let payee = member(hop, "payee");
            let payee = if payee.is_empty() { String::new() } else { format!(" to {payee}") };
            output::line(&format!(
                "    {} {} {}{payee} ({})",
                member(hop, "date"),
                member(hop, "chain"),
                member(hop, "type"),
                member(hop, "event")
            ))?;
        }
    }
    output::line(
        "  Pooled money is attributed by a rule, oldest first; a signature proves who said it, not that a payment happened.",
    )
}

fn shown(note: &Envelope, index: u64) -> Value {
    let data: Value = serde_json::from_str(note.data()).unwrap_or_default();
    json!({
        "index": index,
        "event": format!("{}#{}", note.chain(), note.seq),
        "hash": note.hash().to_base64(),
        "type": note.kind(),
        "data": data,
        "note": String::from_utf8_lossy(note.bytes()),
    })
}

pub(crate) fn show(event: &str, from: &str, as_json: bool) -> Outcome {
    let number = almoner_proof::text::parse_decimal(event);
    let wrong =
        || Failure::usage(format!("{event}: an event is written <chain>-<seq>, <chain>#<seq>, or as a log index"));
    let body = if is_url(from) {
        let path = match number {
            Some(index) => index.to_string(),
            None => parse_citation(event).map(|(chain, seq, _)| format!("{chain}-{seq}")).ok_or_else(wrong)?,
        };
        Server::new(from).get(&format!("/v1/events/{path}"))?
    } else {
        let place = Place::open(from)?;
        let folded = place.fold(|_| {})?;
        let index = match number {
            Some(index) => index,
            None => {
                let (chain, seq, _) = parse_citation(event).ok_or_else(wrong)?;
                index_of(&folded, &chain, seq)?
            }
        };
        let note = place.note(index, folded.size).ok_or_else(|| Failure::new(format!("there is no entry {index}")))?;
        shown(&note, index)
    };
    if as_json {
        return output::json(&body);
    }
    output::line(body.get("note").and_then(Value::as_str).unwrap_or_default().trim_end())
}

/// What `tail` shows.
pub(crate) struct Filter {
    pub(crate) chain: Option<String>,
    pub(crate) kind: Option<String>,
}

impl Filter {
    fn takes(&self, note: &Envelope) -> bool {
        let kind =
            self.kind.as_deref().is_none_or(|kind| note.kind() == kind || note.kind().split('/').next() == Some(kind));
        kind && self.chain.as_deref().is_none_or(|chain| note.chain() == chain)
    }
}

pub(crate) fn tail(ledger: &str, filter: &Filter, count: usize, follow: bool, as_json: bool) -> Outcome {
    let mut from = None;
    loop {
        let place = Place::open(ledger)?;
        let checkpoint = place.source.checkpoint().map_err(|e| Failure::could_not_check(e.to_string()))?;
        let parsed = Checkpoint::of_note(&checkpoint);
        let size = parsed.ok_or_else(|| Failure::refuted("the checkpoint cannot be read"))?.size;
        let mut found = Vec::new();
        let mut index = size;
        // Backwards until there are enough, or to what was shown last.
        while index > from.unwrap_or(0) && (from.is_some() || found.len() < count) {
            index -= 1;
            let note = place
                .note(index, size)
                .ok_or_else(|| Failure::could_not_check(format!("entry {index} cannot be read")))?;
            if filter.takes(&note) {
                found.push((index, note));
            }
        }
        for (index, note) in found.iter().rev() {
            if as_json {
                output::json(&shown(note, *index))?;
            } else {
                output::line(&format!("{index:>8}  {}  {}#{}  {}", note.time(), note.chain(), note.seq, note.kind()))?;
            }
        }
        if !follow {
            return Ok(());
        }
        from = Some(size);
        std::thread::park_timeout(Duration::from_secs(1));
    }
}
