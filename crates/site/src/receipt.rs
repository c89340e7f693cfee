//! `/r/{chain}-{seq}[.k]`: a receipt in plain words, and where the gift went.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use crate::money::{money, read};
use crate::{Frame, Line, Link, Scene};
use almoner_ledger::data::{Ref, told_label};
use almoner_ledger::event::Gifts;
use almoner_ledger::{Currency, EntityKind, Money, decode};
use almoner_proof::text::foreign;
use almoner_views::gift::{GiftTrail, Window};
use almoner_wire::{self as wire, GivenBack, Step};
use askama::Template;

/// What is shown of a gift's trail.
const SHOWN: Window = Window { from: 0, rows: 100, bytes: 128 << 10, hops: 32 };

/// Events that took gifts back that are shown.
const BACK: usize = 100;

/// What the server knows and the views do not.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Log index of the event.
    pub index: u64,
    /// Which gift in it.
    pub gift: Option<u32>,
    /// The verdict of the server's own check: genuine, different, cannot-check.
    pub verdict: &'static str,
    /// What the check said.
    pub why: String,
    /// What was mended before it, in the words of the judgement.
    pub mended: Vec<String>,
    /// What the check left out, in the words of the judgement.
    pub not_checked: Option<String>,
    /// How many witnesses cosigned.
    pub witnesses: usize,
    /// The key to compare with the charity's own, one that the receipt's chain was opened with; `None` on a
    /// chain that cannot be opened a second time.
    pub key: Option<String>,
}

/// A receipt's page.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "receipt.html")]
pub struct ReceiptPage {
    /// Its surroundings.
    pub frame: Frame,
    /// `<chain>-<seq>[.k]`, as in the address.
    pub code: String,
    /// Who signed.
    pub chain: Link,
    /// The event.
    pub event: Line,
    /// Event hash, base64.
    pub hash: String,
    /// Keys that signed: name, holder, index of the introduction.
    pub signers: Vec<Signer>,
    /// See [`Asked`].
    pub asked: Asked,
    /// The gift, if the page is about one.
    pub gift: Option<GiftView>,
    /// The gifts inside the event, if it is about the event.
    pub gifts: Vec<(String, String)>,
    /// Events that reversed it.
    pub reversed_by: Vec<Line>,
    /// What took its gifts back later.
    pub given_back: Vec<BackRow>,
}

/// An event that took a gift back, or a part of it.
#[derive(Debug, Clone, Default)]
pub struct BackRow {
    /// `<chain>#<seq>`
    pub event: String,
    /// Its log index.
    pub index: u64,
    /// Which gift, where it is about one.
    pub gift: Option<u32>,
    /// How much; `None`: all of it.
    pub amount: Option<String>,
    /// What was done, in words.
    pub how: &'static str,
    /// When, as the charity says.
    pub day: String,
    /// Why, in the charity's words.
    pub reason: String,
}

impl BackRow {
    fn of(back: GivenBack) -> BackRow {
        let currency = back.currency.as_deref().and_then(Currency::parse);
        let amount = back.amount.as_deref().zip(currency).and_then(|(text, currency)| read(text, currency));
        BackRow {
            event: back.event,
            index: back.index,
            gift: back.gift,
            amount: amount.map(money),
            how: back.how.said(),
            day: back.date.unwrap_or_default(),
            reason: back.reason.unwrap_or_default(),
        }
    }
}

/// A key that signed.
#[derive(Debug, Clone, Default)]
pub struct Signer {
    /// `<chain>/<label>`
    pub name: String,
    /// Whose.
    pub holder: String,
    /// Index of the event that introduced it.
    pub introduced: u64,
}

/// A gift and its trail.
#[derive(Debug, Clone, Default)]
pub struct GiftView {
    /// Given.
    pub gross: String,
    /// Fee of the channel.
    pub fee: String,
    /// What reached the fund.
    pub net: String,
    /// When, as the charity says.
    pub day: String,
    /// For what.
    pub fund: Link,
    /// For which project.
    pub project: Option<Link>,
    /// Where it is now: label and amount; the amounts sum to what was given.
    pub now: Vec<(&'static str, String)>,
    /// Spent so far, in words.
    pub spent: String,
    /// The rule that attributes.
    pub rule: String,
    /// In order of position.
    pub segments: Vec<Segment>,
    /// How many segments are not shown.
    pub left_out: usize,
}

/// A stretch of the gift.
#[derive(Debug, Clone, Default)]
pub struct Segment {
    /// How much.
    pub amount: String,
    /// Where it is, in words.
    pub state: &'static str,
    /// Who holds it, if it is not spent yet.
    pub with: Option<Link>,
    /// The steps that it went through.
    pub hops: Vec<Hop>,
    /// How many steps in the middle are not shown.
    pub hops_left_out: u64,
}

/// A step.
#[derive(Debug, Clone, Default)]
pub struct Hop {
    /// Log index of its event.
    pub index: u64,
    /// `<chain>#<seq>`
    pub event: String,
    /// When, as the payer says.
    pub day: String,
    /// Who paid or moved it.
    pub from: Link,
    /// What was done, in a sentence; what others wrote in it is marked.
    pub what: String,
}

/// The words for a state of the trail.
fn state(word: &str) -> &'static str {
    match word {
        "fee" => "kept by the payment channel as its fee",
        "free" => "not spent yet",
        "spent" => "spent",
        "lent" => "lent or invested, expected back",
        "in transit" => "paid, not yet confirmed by who was paid",
        "refunded" => "given back to the donor",
        "reversed" => "taken back: it was entered by mistake",
        "taken over" => "given back after it had been used; other money stands in for it",
        _ => "came round in a circle: please report this as a defect",
    }
}

impl ReceiptPage {
    /// What *genuine* means, in the words of the judgement.
    #[must_use]
    pub fn genuine_means(&self) -> &'static str {
        almoner_proof::receipt::GENUINE_MEANS
    }

    /// Fills the page; `None` if there is no such event or gift yet.
    #[must_use]
    pub fn of(scene: &Scene<'_>, asked: Asked, frame: Frame) -> Option<ReceiptPage> {
        let note = scene.note(asked.index)?;
        let no = scene.views.chain_no(note.chain())?;
        let chain = scene.views.chain_at(no, scene.size())?;
        let signers = note
            .signatures()
            .filter_map(|(name, _)| chain.keys.iter().find(|key| key.name == name))
            .map(|key| Signer { name: key.name.clone(), holder: key.holder.clone(), introduced: key.introduced });
        let base = format!("{}-{}", note.chain(), note.seq);
        let event = decode(&note).ok().map(|(_, event)| event);
        let received = event.as_ref().and_then(|event| event.gifts());
        let (mut gift, mut gifts) = (None, Vec::new());
        if let Some(k) = asked.gift {
            let trail = scene.views.gift_trail(note.chain(), note.seq, k, scene.size(), SHOWN, scene.note_at).ok()?;
            gift = Some(GiftView::of(scene, &trail, note.chain(), received?)?);
        } else if let Some(received) = received {
            let amount = |gross: i64| money(Money::from_minor(gross, received.currency()));
            let places = received.places().into_iter().enumerate();
            gifts = places.map(|(k, place)| (format!("{base}.{k}"), amount(place.gross()))).collect();
        }
        Some(ReceiptPage {
            code: asked.gift.map_or_else(|| base.clone(), |k| format!("{base}.{k}")),
            chain: scene.chain_link(no),
            event: scene.line(asked.index)?,
            hash: note.hash().to_base64(),
            signers: signers.collect(),
            reversed_by: scene.lines(scene.views.reversed_by_at(asked.index, scene.at)),
            given_back: scene
                .views
                .given_back(asked.index, asked.gift, scene.size(), scene.note_at)
                .into_iter()
                .take(BACK)
                .map(BackRow::of)
                .collect(),
            gift,
            gifts,
            asked,
            frame,
        })
    }
}

impl GiftView {
    fn of(scene: &Scene<'_>, trail: &GiftTrail, chain: &str, received: &dyn Gifts) -> Option<GiftView> {
        let currency = Currency::parse(&trail.told.currency)?;
        let amount = |text: &str| read(text, currency);
        let told = &trail.told;
        let (gross, fee) = (amount(&told.gross)?, amount(&told.fee)?);
        let mut now: Vec<(&'static str, Money)> = Vec::new();
        for (name, minor) in &trail.states {
            let (word, more) = (state(name), Money::from_minor(i64::try_from(*minor).ok()?, currency));
            match now.iter_mut().find(|(known, _)| *known == word) {
                Some((_, sum)) => *sum = sum.plus(more).ok()?,
                None => now.push((word, more)),
            }
        }
        let spent = now.iter().find(|(word, _)| *word == state("spent")).map_or(Money::zero(currency), |(_, sum)| *sum);
        let link = |reference: &Ref| {
            let no = scene.views.find(scene.views.chain_no(chain)?, reference.kind, &reference.id)?;
            Some(scene.entity_link(no))
        };
        let (fund, project) = received.place();
        Some(GiftView {
            gross: money(gross),
            fee: money(fee),
            net: money(gross.minus(fee).ok()?),
            day: received.date().to_string(),
            fund: link(fund).unwrap_or_default(),
            project: project.and_then(link),
            spent: money(spent),
            now: now.into_iter().map(|(word, sum)| (word, money(sum))).collect(),
            rule: told.rule.clone(),
            left_out: trail.count.saturating_sub(told.segments.len()),
            segments: told
                .segments
                .iter()
                .map(|segment| Segment {
                    amount: amount(&segment.amount).map(money).unwrap_or_default(),
                    state: state(&segment.state),
                    with: (segment.state == "free").then(|| holder(scene, segment.hops.last(), chain)).flatten(),
                    hops: segment.hops.iter().map(|hop| Hop::of(scene, hop)).collect(),
                    hops_left_out: segment.hops_left_out,
                })
                .collect(),
        })
    }
}

/// Who holds money that came through these hops: whom the last one paid, or else who moved it.
fn holder(scene: &Scene<'_>, last: Option<&wire::Hop>, chain: &str) -> Option<Link> {
    let payee = last.and_then(|hop| hop.payee.as_deref()).and_then(|payee| scene.views.chain_no(payee));
    let no = payee.or_else(|| scene.views.chain_no(last.map_or(chain, |hop| &hop.chain)))?;
    Some(scene.chain_link(no))
}

impl Hop {
    fn of(scene: &Scene<'_>, hop: &wire::Hop) -> Hop {
        let from = scene.views.chain_no(&hop.chain).map(|no| scene.chain_link(no)).unwrap_or_default();
        let payee = hop.payee.as_deref().map(|payee| {
            scene.views.chain_no(payee).map_or_else(|| told_label(payee), |no| foreign(&scene.chain_name(no).text))
        });
        let mut what = match (&payee, hop.step) {
            (Some(payee), _) => format!("paid to {payee}"),
            (None, Step::Paid) => "paid".to_owned(),
            (None, Step::SetAside) => "set aside within the fund".to_owned(),
            (None, Step::Left) => "left with its project".to_owned(),
        };
        if let Some(purpose) = &hop.purpose {
            what.push_str(&format!(": {}", foreign(purpose)));
        }
        if let Some(project) = hop.project.as_deref().and_then(|project| project.strip_prefix("project/")) {
            let named =
                scene.views.chain_no(&hop.chain).and_then(|no| scene.views.find(no, EntityKind::Project, project));
            let title = named.map_or_else(|| project.to_owned(), |no| foreign(&scene.entity_link(no).word.text));
            what.push_str(&format!(" (project {title})"));
        }
        Hop { index: hop.index, event: hop.event.clone(), day: hop.date.clone().unwrap_or_default(), from, what }
    }
}
