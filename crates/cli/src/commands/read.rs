//! Commands that read: balances, receipt, trail, show, tail.

use super::event::known;
use crate::failure::{Failure, Outcome, While as _};
use crate::output;
use crate::place::{NO_POLICY, Place, Tiles, find_policy};
use crate::target::is_url;
use crate::web::api::Server;
use almoner_ledger::data::told_label;
use almoner_ledger::nearest::{meant, nearest};
use almoner_proof::merkle::range_root;
use almoner_proof::policy::search::{self, Found};
use almoner_proof::receipt::{Extra, RECEIPT_MAX, Receipt, Verdict, judge, origin};
use almoner_proof::text::{foreign, visible};
use almoner_proof::{Checkpoint, Envelope, b64};
use almoner_site::Scene;
use almoner_site::tell::{self, Ids, Language};
use almoner_views::gift::Window;
use almoner_views::names::{Event, Named};
use almoner_views::receipt::Under;
use almoner_views::{Views, told};
use almoner_wire::{BalanceRow, Balances, EventRow, EventTold, Gift, GiftTold, GivenBack};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// `almoner balances`
#[derive(Debug, clap::Args)]
pub(crate) struct BalancesArgs {
    /// The ledger.
    #[arg(long, value_name = "LEDGER")]
    pub(crate) from: String,
    /// Only this chain.
    #[arg(long)]
    pub(crate) chain: Option<String>,
    /// Only this fund.
    #[arg(long)]
    pub(crate) fund: Option<String>,
    /// As after so many events.
    #[arg(long)]
    pub(crate) at: Option<u64>,
    /// JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `almoner receipt`
#[derive(Debug, clap::Args)]
pub(crate) struct ReceiptArgs {
    /// `<chain>-<seq>[.k]` or `<chain>#<seq>[.k]`.
    pub(crate) event: String,
    /// The ledger.
    #[arg(long, value_name = "LEDGER")]
    pub(crate) from: String,
    /// File to write; standard output otherwise.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

/// `almoner trail`
#[derive(Debug, clap::Args)]
pub(crate) struct TrailArgs {
    /// `<chain>-<seq>.<k>` or `<chain>#<seq>.<k>`.
    pub(crate) gift: String,
    /// The ledger.
    #[arg(long, value_name = "LEDGER")]
    pub(crate) from: String,
    /// As after so many events.
    #[arg(long)]
    pub(crate) at: Option<u64>,
    /// JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `almoner show`
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// `<chain>-<seq>`, `<chain>#<seq>`, or a log index.
    pub(crate) event: String,
    /// The ledger.
    #[arg(long, value_name = "LEDGER")]
    pub(crate) from: String,
    /// JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `almoner tail`
#[derive(Debug, clap::Args)]
pub(crate) struct TailArgs {
    /// The ledger.
    pub(crate) ledger: String,
    /// Only this chain.
    #[arg(long)]
    pub(crate) chain: Option<String>,
    /// Only this type, such as `donation.received/1`.
    #[arg(long = "type")]
    pub(crate) kind: Option<String>,
    /// How many.
    #[arg(short = 'n', default_value_t = 10)]
    pub(crate) count: usize,
    /// Go on as events come.
    #[arg(long)]
    pub(crate) follow: bool,
    /// JSON, one object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

pub(super) fn check_at(at: Option<u64>, size: u64) -> Outcome {
    match at {
        Some(at) if at > size => Err(Failure::usage(format!("--at {at}: only {size} events are published"))),
        _ => Ok(()),
    }
}

pub(crate) fn balances(args: &BalancesArgs) -> Outcome {
    let (from, at, as_json) = (&args.from, args.at, args.json);
    let (chain, fund) = (args.chain.as_deref(), args.fund.as_deref());
    let told = if is_url(from) {
        let pairs =
            [("chain", chain.map(str::to_owned)), ("fund", fund.map(str::to_owned)), ("at", at.map(|a| a.to_string()))];
        let query: Vec<String> =
            pairs.iter().filter_map(|(name, value)| value.as_ref().map(|v| format!("{name}={v}"))).collect();
        let told: Balances = Server::new(from).get_all(&format!("/v1/balances?{}", query.join("&")))?;
        say_unchecked(from, as_json);
        let Balances { origin, size, root, balances, .. } = told;
        BalancesTold { origin, size, root, policy_source: None, balances }
    } else {
        let place = Place::open(from)?;
        let folded = place.fold(|_| {})?;
        check_at(at, folded.size)?;
        let (chain, fund) = folded.views.balances_called(chain, fund, at.unwrap_or(folded.size))?;
        let balances = folded.views.balances(chain, fund, at);
        let root = match at {
            Some(at) => place
                .root_at(at, folded.size)
                .ok_or_else(|| Failure::could_not_check(format!("the root at {at} cannot be read")))?,
            None => folded.root,
        };
        let (size, root, source) = (at.unwrap_or(folded.size), root.to_base64(), folded.policy_source);
        BalancesTold { origin: folded.origin, size, root, policy_source: Some(source), balances }
    };
    if as_json {
        return output::json(&Checked { checked: told.policy_source.is_some(), told });
    }
    for BalanceRow { amount, currency, account, .. } in &told.balances {
        output::line(&format!("{amount:>24} {currency}  {account}"))?;
    }
    Ok(())
}

/// `balances --json`
#[derive(Serialize)]
struct BalancesTold {
    origin: String,
    size: u64,
    root: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_source: Option<search::Source>,
    balances: Vec<BalanceRow>,
}

/// An answer, and whether it stands under a checkpoint that a policy accepted.
#[derive(Serialize)]
struct Checked<T> {
    #[serde(flatten)]
    told: T,
    checked: bool,
}

/// What a server answers nobody checks: that is said to people; for programs it is a member.
fn say_unchecked(from: &str, as_json: bool) {
    if !as_json {
        output::say_unchecked(&format!("this is what {from} answers; `almoner audit {from}` checks the log"));
    }
}

pub(crate) fn receipt(ReceiptArgs { event, from, out }: &ReceiptArgs) -> Outcome {
    let (chain, seq, gift) = cited(event, "an event is written <chain>-<seq>[.k] or <chain>#<seq>[.k]")?;
    let mut is_different = false;
    let text = if is_url(from) {
        let suffix = gift.map(|k| format!(".{k}")).unwrap_or_default();
        let body = Server::new(from).bytes(&format!("/v1/receipts/{chain}-{seq}{suffix}"), RECEIPT_MAX)?;
        if !is_receipt_of(&body, &chain, seq, gift) {
            return Err(Failure::new(format!("{from} answered with something else than a receipt of {event}")));
        }
        match find_policy(None, None, origin(&body).as_deref()) {
            Ok(Some(found)) => is_different = judgement(&body, &found),
            Ok(None) => output::say_unchecked("`almoner verify` judges a receipt, with a policy"),
            Err(failure) => output::say_unchecked(&failure.sentence()),
        }
        if let Some(k) = gift {
            match Server::new(from).get::<GiftTold>(&format!("/v1/gifts/{chain}-{seq}.{k}")) {
                Ok(told) => tell_given_back(&told.gift.given_back),
                Err(failure) => output::say_unchecked(&format!("what came later: {}", failure.sentence())),
            }
        }
        String::from_utf8(body).while_doing("reading the receipt")?
    } else {
        let place = Place::open(from)?;
        let folded = place.fold(|_| {})?;
        let index = index_of(&folded.views, &chain, seq)?;
        let under = Under { size: folded.size, note: &folded.checkpoint };
        let note_at = |index: u64| place.note(index, &folded);
        let path_at = |index: u64| place.path(index, folded.size);
        let receipt = folded
            .views
            .receipt(index, gift.map(u64::from), None, under, &note_at, &path_at)
            .map_err(Failure::new)?
            .to_text();
        if let Some(found) = place.policy(None)? {
            is_different = judgement(receipt.as_bytes(), &found);
        }
        tell_given_back(&folded.views.given_back(index, gift, None, &note_at));
        receipt
    };
    output::write(out.as_deref(), &text)?;
    if is_different {
        return Err(Failure::refuted("the receipt is different from what was signed, or from what the log has"));
    }
    Ok(())
}

/// Says what `verify` would say of a receipt; true where that is *different*.
fn judgement(receipt: &[u8], found: &Found) -> bool {
    let judged = judge(receipt, Some(&found.policy));
    for line in judged.lines(found.source.said()) {
        output::say(&line);
    }
    judged.verdict == Verdict::Different
}

/// Says what took the gifts of an event back later: what a receipt does not show.
fn tell_given_back(back: &[GivenBack]) {
    for line in given_back(back) {
        output::say(&line);
    }
}

/// A line for each: how much, how, when, by what and why.
fn given_back(back: &[GivenBack]) -> Vec<String> {
    let line = |row: &GivenBack| {
        let which = row.gift.map_or("all gifts".to_owned(), |k| format!("gift {k}"));
        let amount = row.amount.as_deref().zip(row.currency.as_deref());
        let amount = amount.map(|(amount, currency)| format!(" {} {}", foreign(currency), foreign(amount)));
        let date = row.date.as_deref().map(|date| format!(" on {}", foreign(date))).unwrap_or_default();
        let reason = row.reason.as_deref().map(|reason| format!(": {}", foreign(reason))).unwrap_or_default();
        let how = row.how.said();
        format!("later: {which}{} {how}{date}, by {}{reason}", amount.unwrap_or_default(), foreign(&row.event))
    };
    back.iter().map(line).collect()
}

/// Whether a file is a receipt that speaks of this event. Whether that is true, `verify` judges.
fn is_receipt_of(bytes: &[u8], chain: &str, seq: u64, gift: Option<u32>) -> bool {
    let extra = Receipt::parse(bytes).and_then(|receipt| Extra::parse(&receipt.extra?));
    extra.is_some_and(|extra| {
        let event = b64::decode(&extra.event).and_then(|note| Envelope::parse(&note).ok());
        extra.gift == gift.map(u64::from) && event.is_some_and(|event| event.chain() == chain && event.seq == seq)
    })
}

/// Reads `<chain>-<seq>[.k]` or `<chain>#<seq>[.k]`; `how` says what is written like that.
fn cited(text: &str, how: &str) -> Outcome<(String, u64, Option<u32>)> {
    match Named::parse(text) {
        Some(Named { event: Event::Seq(chain, seq), gift }) => Ok((chain, seq, gift)),
        Some(Named { event: Event::Index(_), .. }) | None => Err(Failure::usage(format!("{text}: {how}"))),
    }
}

fn index_of(views: &Views, chain: &str, seq: u64) -> Outcome<u64> {
    let event = Named { event: Event::Seq(chain.to_owned(), seq), gift: None };
    Ok(views.event_called(&event, views.size())?)
}

pub(crate) fn trail(args: &TrailArgs) -> Outcome {
    let (gift, from, at, as_json) = (&args.gift, &args.from, args.at, args.json);
    let (chain, seq, k) = cited(gift, "a gift is written <chain>-<seq>.<k>, counted from 0")?;
    let k =
        k.ok_or_else(|| Failure::usage(format!("{gift} is an event: which gift in it? The first is {chain}-{seq}.0")))?;
    let told: Checked<Gift> = if is_url(from) {
        let query = at.map(|at| format!("?at={at}")).unwrap_or_default();
        let told: GiftTold = Server::new(from).get_all(&format!("/v1/gifts/{chain}-{seq}.{k}{query}"))?;
        say_unchecked(from, as_json);
        Checked { told: told.gift, checked: false }
    } else {
        let place = Place::open(from)?;
        let folded = place.fold(|_| {})?;
        check_at(at, folded.size)?;
        let trail = folded
            .views
            .gift_trail(&chain, seq, k, at, Window::ALL, &|index| place.note(index, &folded))
            .map_err(Failure::new)?;
        Checked { told: trail.told, checked: true }
    };
    if as_json {
        return output::json(&told);
    }
    let gift = &told.told;
    let currency = &gift.currency;
    output::line(&format!("{} of {} {currency}, by the rule {}", gift.gift, gift.gross, gift.rule))?;
    for (name, amount) in [
        ("fee", &gift.fee),
        ("spent", &gift.spent),
        ("lent", &gift.lent),
        ("in transit", &gift.in_transit),
        ("passed on", &gift.passed_on),
        ("free", &gift.free),
        ("refunded", &gift.refunded),
        ("reversed", &gift.reversed),
        ("taken over", &gift.taken_over),
    ] {
        if !amount.trim_start_matches(['0', '.']).is_empty() {
            output::line(&format!("  {name:12} {amount:>16}"))?;
        }
    }
    for segment in &gift.segments {
        output::line(&format!("  {} {currency}: {}", segment.amount, segment.state))?;
        for hop in &segment.hops {
            let payee = hop.payee.as_ref().map(|payee| format!(" to {}", told_label(payee))).unwrap_or_default();
            let date = hop.date.as_deref().unwrap_or_default();
            output::line(&format!("    {date} {} {}{payee} ({})", hop.chain, hop.kind, hop.event))?;
        }
    }
    for line in given_back(&gift.given_back) {
        output::line(&format!("  {line}"))?;
    }
    output::line(
        "  Pooled money is attributed by a rule, oldest first; a signature proves who said it, not that a payment happened.",
    )
}

pub(crate) fn show(ShowArgs { event, from, json: as_json }: &ShowArgs) -> Outcome {
    let as_json = *as_json;
    let wrong =
        || Failure::usage(format!("{event}: an event is written <chain>-<seq>, <chain>#<seq>, or as a log index"));
    let name = Named::parse(event).ok_or_else(wrong)?;
    let told: Checked<EventTold> = if is_url(from) {
        let path = match &name.event {
            Event::Index(index) => index.to_string(),
            Event::Seq(chain, seq) => format!("{chain}-{seq}"),
        };
        let told: EventTold = Server::new(from).get(&format!("/v1/events/{path}"))?;
        say_unchecked(from, as_json);
        if let (false, Ok(note)) = (as_json, Envelope::parse(told.row.told.note.as_bytes())) {
            output::say(&visible(&tell::note(Language::En, &Ids, &note)));
        }
        Checked { told, checked: false }
    } else {
        let place = Place::open(from)?;
        let folded = place.fold(|_| {})?;
        let index = folded.views.event_called(&name, folded.size)?;
        let note = place.note(index, &folded).ok_or_else(|| Failure::new(format!("there is no entry {index}")))?;
        let views = &folded.views;
        let reverses = views.reverses(index).and_then(|index| views.event_at(index));
        if !as_json {
            let scene = Scene { views, at: folded.size, note_at: &|index| place.note(index, &folded) };
            output::say(&visible(&tell::note(Language::En, &scene, &note)));
        }
        let row = EventRow { told: told::event(index, &note), reverses };
        let reversed_by = views.reversed_by_at(index, folded.size).into_iter().filter_map(|by| views.event_at(by));
        let observed = views.observed_told_at(index, None);
        Checked { told: EventTold { row, reversed_by: reversed_by.collect(), observed }, checked: true }
    };
    if as_json {
        return output::json(&told);
    }
    if let Some(gone) = told.told.observed.as_ref().and_then(|observed| observed.gone.as_ref()) {
        let newest = gone.newest.as_deref().unwrap_or_default();
        // A server's word: on one line.
        output::say(&visible(&format!("{}, {newest}: {} says so", gone.says, gone.by.event)));
    }
    output::lines(told.told.row.told.note.trim_end())
}

/// What `tail` shows.
struct Filter {
    chain: Option<String>,
    kind: Option<String>,
}

impl Filter {
    fn takes(&self, note: &Envelope) -> bool {
        let kind = self.kind.as_deref().is_none_or(|kind| {
            let without = note.kind().split('/').next().unwrap_or_default();
            [note.kind(), without].iter().any(|name| name.eq_ignore_ascii_case(kind))
        });
        kind && self.chain.as_deref().is_none_or(|chain| note.chain().eq_ignore_ascii_case(chain))
    }
}

pub(crate) fn tail(TailArgs { ledger, chain, kind, count, follow, json: as_json }: TailArgs) -> Outcome {
    if let Some(kind) = kind.as_deref() {
        known(&kind.to_ascii_lowercase())?;
    }
    let filter = &Filter { chain, kind };
    let mut before: Option<Checkpoint> = None;
    loop {
        let place = Place::open(&ledger)?;
        let told = place.told()?;
        let newest = &told.checkpoint;
        let mut tiles = place.tiles(newest.size);
        match &before {
            None => {
                if !told.is_checked && !as_json {
                    output::say_unchecked(NO_POLICY);
                }
                let mut chains = BTreeSet::new();
                let mut found = last(&mut tiles, newest, filter, count, &mut chains)?;
                if let Some(chain) =
                    filter.chain.as_deref().filter(|chain| found.is_empty() && !follow && !chains.contains(*chain))
                {
                    let what = format!("there is no chain {chain} in the first {} events", newest.size);
                    return Err(Failure::new(meant(&what, nearest(chain, chains.iter().map(String::as_str)))));
                }
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

/// The last events that the filter takes, newest first, and the chains of those that were looked at. Backwards from the
/// end, bundle by bundle, until there are enough: the first bundle that is missing or does not stand under the root ends it.
fn last(
    tiles: &mut Tiles<'_>,
    newest: &Checkpoint,
    filter: &Filter,
    count: usize,
    chains: &mut BTreeSet<String>,
) -> Outcome<Vec<(u64, Envelope)>> {
    let mut found = Vec::new();
    for number in (0..newest.size.div_ceil(256)).rev() {
        if found.len() >= count {
            break;
        }
        for (at, entry) in tiles.bundle(number, newest)?.iter().enumerate().rev() {
            let index = number * 256 + at as u64;
            let note = event(entry, index)?;
            if !chains.contains(note.chain()) {
                chains.insert(note.chain().to_owned());
            }
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
        output::json(&Checked { told: told::event(index, note), checked: is_checked })
    } else {
        let (time, chain, seq, kind) = (note.time(), note.chain(), note.seq, note.kind());
        output::line(&format!("{index:>8}  {time}  {chain}#{seq}  {kind}  {}", tell::note(Language::En, &Ids, note)))
    }
}
