//! Commands that read: balances, receipt, trail, show, tail.

use crate::failure::{Failure, Outcome, While as _};
use crate::output;
use crate::place::{Folded, NO_POLICY, Place, Tiles, parse_citation};
use crate::target::{Server, is_url};
use almoner_proof::merkle::range_root;
use almoner_proof::receipt::{Extra, RECEIPT_MAX, Receipt};
use almoner_proof::{Checkpoint, Envelope, b64};
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
        answered(from, &format!("/v1/balances?{}", query.join("&")), Some("balances"), as_json)?
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
        json!({ "origin": folded.origin, "size": at.unwrap_or(folded.size), "root": root.to_base64(), "checked": true,
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
        let body = Server::new(from).bytes(&format!("/v1/receipts/{chain}-{seq}{suffix}"), RECEIPT_MAX)?;
        if !is_receipt_of(&body, &chain, seq, gift) {
            return Err(Failure::new(format!("{from} answered with something else than a receipt of {event}")));
        }
        output::say_unchecked("`almoner verify` judges a receipt");
        String::from_utf8(body).while_doing("reading the receipt")?
    } else {
        let place = Place::open(from)?;
        let folded = place.fold(|_| {})?;
        let index = index_of(&folded, &chain, seq)?;
        let under = Under { size: folded.size, note: &folded.checkpoint };
        let note_at = |index: u64| place.note(index, &folded);
        let path_at = |index: u64| place.path(index, folded.size);
        folded
            .views
            .receipt(index, gift.map(u64::from), None, under, &note_at, &path_at)
            .map_err(Failure::new)?
            .to_text()
    };
    output::write(out, &text)
}

/// Whether a file is a receipt that speaks of this event. Whether that is true, `verify` judges.
fn is_receipt_of(bytes: &[u8], chain: &str, seq: u64, gift: Option<u32>) -> bool {
    let extra = Receipt::parse(bytes).and_then(|receipt| Extra::parse(&receipt.extra?));
    extra.is_some_and(|extra| {
        let event = b64::decode(&extra.event).and_then(|note| Envelope::parse(&note).ok());
        extra.gift == gift.map(u64::from) && event.is_some_and(|event| event.chain() == chain && event.seq == seq)
    })
}

/// What a server answers, which nobody checks: said to people, and a member for programs, whatever the server says of it.
/// Of a list, all its pages: `rows` is the member that holds them.
fn answered(from: &str, path: &str, rows: Option<&str>, as_json: bool) -> Outcome<Value> {
    let server = Server::new(from);
    let body = match rows {
        Some(rows) => server.get_all(path, rows)?,
        None => server.get(path)?,
    };
    if !body.is_object() {
        return Err(Failure::new(format!("{from}{path}: the answer is not a JSON object")));
    }
    if !as_json {
        output::say_unchecked(&format!("this is what {from} answers; `almoner audit {from}` checks the log"));
    }
    Ok(mark(body, false))
}

fn mark(mut body: Value, is_checked: bool) -> Value {
    if let Value::Object(members) = &mut body {
        members.insert("checked".to_owned(), json!(is_checked));
    }
    body
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
        answered(from, &format!("/v1/gifts/{chain}-{seq}.{k}{query}"), Some("segments"), as_json)?
    } else {
        let place = Place::open(from)?;
        let folded = place.fold(|_| {})?;
        check_at(at, folded.size)?;
        let trail = folded
            .views
            .gift_trail(&chain, seq, k, at, Window::ALL, &|index| place.note(index, &folded))
            .map_err(Failure::new)?;
        mark(serde_json::to_value(trail).while_doing("writing the trail")?, true)
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

fn shown(note: &Envelope, index: u64, is_checked: bool) -> Value {
    let data: Value = serde_json::from_str(note.data()).unwrap_or_default();
    json!({
        "index": index,
        "event": format!("{}#{}", note.chain(), note.seq),
        "hash": note.hash().to_base64(),
        "type": note.kind(),
        "data": data,
        "note": String::from_utf8_lossy(note.bytes()),
        "checked": is_checked,
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
        answered(from, &format!("/v1/events/{path}"), None, as_json)?
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
        let note = place.note(index, &folded).ok_or_else(|| Failure::new(format!("there is no entry {index}")))?;
        let mut body = shown(&note, index, true);
        // Of what somebody else reported: whether the newest file still has it.
        if let (Value::Object(body), Some(one)) = (&mut body, folded.views.observed().at_index(index, None)) {
            body.insert("observed".to_owned(), json!(folded.views.observed_told(&one)));
        }
        body
    };
    if as_json {
        return output::json(&body);
    }
    if let Some(gone) = body.pointer("/observed/gone").filter(|gone| !gone.is_null()) {
        let text = |name: &str| gone.get(name).and_then(Value::as_str).unwrap_or_default();
        output::say(&format!("{}, {}: {} says so", text("says"), text("newest"), text("event")));
    }
    output::lines(body.get("note").and_then(Value::as_str).unwrap_or_default().trim_end())
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
    let mut before: Option<Checkpoint> = None;
    loop {
        let place = Place::open(ledger)?;
        let told = place.told()?;
        let newest = &told.checkpoint;
        let mut tiles = place.tiles(newest.size);
        match &before {
            None => {
                if !told.is_checked && !as_json {
                    output::say_unchecked(NO_POLICY);
                }
                let mut found = last(&mut tiles, newest, filter, count)?;
                while let Some((index, note)) = found.pop() {
                    print_event(&note, index, told.is_checked, as_json)?;
                }
            }
            Some(before) if newest.size < before.size => {
                let text = format!("the log had {} events, and now it is said to have {}", before.size, newest.size);
                return Err(Failure::refuted(text));
            }
            Some(before) if range_root(&mut tiles, 0, before.size)? != before.root => {
                return Err(Failure::refuted(format!("the first {} events are not what they were", before.size)));
            }
            Some(before) => {
                for number in before.size / 256..newest.size.div_ceil(256) {
                    for (entry, index) in tiles.bundle(number, newest)?.iter().zip(number * 256..) {
                        let note = event(entry, index)?;
                        if index >= before.size && filter.takes(&note) {
                            print_event(&note, index, told.is_checked, as_json)?;
                        }
                    }
                }
            }
        }
        if !follow {
            return Ok(());
        }
        before = Some(told.checkpoint);
        std::thread::park_timeout(Duration::from_secs(1));
    }
}

/// The last events that the filter takes, newest first. Backwards from the end, bundle by bundle, until there are enough:
/// the first bundle that is missing or does not stand under the root ends it.
fn last(tiles: &mut Tiles<'_>, newest: &Checkpoint, filter: &Filter, count: usize) -> Outcome<Vec<(u64, Envelope)>> {
    let mut found = Vec::new();
    for number in (0..newest.size.div_ceil(256)).rev() {
        if found.len() >= count {
            break;
        }
        for (at, entry) in tiles.bundle(number, newest)?.iter().enumerate().rev() {
            let index = number * 256 + at as u64;
            let note = event(entry, index)?;
            if found.len() < count && filter.takes(&note) {
                found.push((index, note));
            }
        }
    }
    Ok(found)
}

fn event(entry: &[u8], index: u64) -> Outcome<Envelope> {
    Envelope::parse(entry).map_err(|why| Failure::refuted(format!("entry {index} is no event: {why}")))
}

fn print_event(note: &Envelope, index: u64, is_checked: bool, as_json: bool) -> Outcome {
    if as_json {
        output::json(&shown(note, index, is_checked))
    } else {
        output::line(&format!("{index:>8}  {}  {}#{}  {}", note.time(), note.chain(), note.seq, note.kind()))
    }
}
