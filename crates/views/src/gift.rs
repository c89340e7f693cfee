//! Where did my gift go: the report over one gift, by the rule fifo/1.

use crate::Views;
use crate::given_back::GivenBack;
use crate::trail::{Outflow, Run, TrailError};
use almoner_ledger::data::Ref;
use almoner_ledger::telling::Moving;
use almoner_ledger::{ChainNo, EntityKind, Money, Said, decode};
use almoner_proof::{Envelope, Hash};
use serde::Serialize;

/// Gives the note at a log index; reports ask for the few events that they name.
pub type NoteAt<'a> = &'a dyn Fn(u64) -> Option<Envelope>;

/// The trail of a gift, in the settled JSON's shape. Amounts are decimal strings.
#[derive(Debug, Clone, Serialize)]
pub struct GiftTrail {
    /// `<chain>#<seq>.<k>`
    pub gift: String,
    /// ISO 4217.
    pub currency: String,
    /// The rule that attributes pooled money.
    pub rule: &'static str,
    /// Given.
    pub gross: String,
    /// Fee of the channel.
    pub fee: String,
    /// Still in a pool.
    pub free: String,
    /// Spent.
    pub spent: String,
    /// Lent.
    pub lent: String,
    /// Paid to a chain that has not confirmed it.
    pub in_transit: String,
    /// Confirmed by another chain, or moved to another pool.
    pub passed_on: String,
    /// Given back.
    pub refunded: String,
    /// Reversed as a mistake.
    pub reversed: String,
    /// Carried by other money since this was refunded or reversed.
    pub taken_over: String,
    /// Events that took it back, or a part of it, the oldest first.
    pub given_back: Vec<GivenBack>,
    /// In order of position, followed over every hop: those of the window.
    pub segments: Vec<SegmentView>,
    /// The sums of all segments by state, in minor units, in the order in which the states come.
    #[serde(skip)]
    pub states: Vec<(&'static str, i128)>,
    /// How many segments there are in all.
    #[serde(skip)]
    pub count: usize,
}

/// Which segments of a trail are told. A gift may go through as many payments as there are, and each hop is read from
/// the ledger.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// So many are passed over.
    pub from: usize,
    /// So many are told.
    pub rows: usize,
    /// About so many bytes of JSON; one segment at least.
    pub bytes: usize,
    /// So many hops of one segment: half of them from its start, half from its end.
    pub hops: usize,
}

impl Window {
    /// All segments, whole.
    pub const ALL: Window = Window { from: 0, rows: usize::MAX, bytes: usize::MAX, hops: usize::MAX };
}

/// A stretch of a gift and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct SegmentView {
    /// Decimal string, in the currency of where the money is now.
    pub amount: String,
    /// fee, free, spent, lent, in transit, refunded, reversed, taken over …
    pub state: String,
    /// The payments and moves that it went through.
    pub hops: Vec<HopView>,
    /// How many of them, in the middle, are left out.
    #[serde(skip_serializing_if = "is_zero")]
    pub hops_left_out: usize,
}

/// A payment or move that a stretch went through.
#[derive(Debug, Clone, Serialize)]
pub struct HopView {
    /// `<chain>#<seq>`
    pub event: String,
    /// Log index.
    pub index: u64,
    /// Event hash, base64.
    pub hash: String,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Chain that paid.
    pub chain: String,
    /// Fund that paid.
    pub fund: Option<String>,
    /// Project that it was for.
    pub project: Option<String>,
    /// Who was paid.
    pub payee: Option<String>,
    /// What for.
    pub purpose: Option<String>,
    /// The milestone that gated the payment, `<chain>/milestone/<id>`.
    pub milestone: Option<String>,
    /// When, as the payer says.
    pub date: Option<String>,
    /// How the money left its pool.
    #[serde(skip)]
    pub step: Step,
}

/// How money leaves a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is paid to somebody.
    Paid,
    /// It is set aside for a project of the fund, or taken back from one.
    SetAside,
    /// It goes with its project.
    Left,
}

/// Why a trail cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GiftError {
    /// No such event, or after `at`.
    #[error("there is no event {0} in the log so far; an event is written <chain>#<seq>")]
    NoEvent(String),
    /// The event has no such gift.
    #[error("the event {0} has no gift {1}; gifts are counted from 0")]
    NoGift(String, u32),
    /// A defect of ours.
    #[error("the trail cannot be followed: {0}")]
    Trail(#[from] TrailError),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Views {
    /// The trail of gift `k` of an event, over the first `at` events.
    ///
    /// # Errors
    /// See [`GiftError`].
    pub fn gift_trail(
        &self,
        chain: &str,
        seq: u64,
        k: u32,
        at: Option<u64>,
        window: Window,
        note_at: NoteAt<'_>,
    ) -> Result<GiftTrail, GiftError> {
        let name = format!("{chain}#{seq}");
        let index = self.index_of(chain, seq).filter(|i| at.is_none_or(|size| *i < size));
        let index = index.ok_or_else(|| GiftError::NoEvent(name.clone()))?;
        let note = note_at(index).ok_or_else(|| GiftError::NoEvent(name.clone()))?;
        let no_gift = || GiftError::NoGift(name.clone(), k);
        let (_, event) = decode(&note).map_err(|_| no_gift())?;
        let gifts = event.gifts().ok_or_else(no_gift)?;
        let place = gifts.places().get(k as usize).copied().ok_or_else(no_gift)?;
        let currency = gifts.currency();
        let lot = self.trails.lot_of((index, 0))?;
        let part = self.trails.part(lot, &place);
        let last = at.map(|size| size.saturating_sub(1));
        let sums = self.trails.trail.sums(lot, &part, last)?;
        let text = |minor: i64| Money::from_minor(minor, currency).amount().to_string();
        let (mut segments, mut states, mut count, mut room) = (Vec::new(), Vec::new(), 0usize, window.bytes);
        self.trails.trail.each_run(lot, &part, last, &mut |run| {
            let name = run.state.name();
            match states.iter_mut().find(|(state, _)| *state == name) {
                // A conversion may make much of little, so the sum is wider than an amount; runs are too few to fill it.
                Some((_, sum)) => *sum = i128::saturating_add(*sum, run.amount.into()),
                None => states.push((name, run.amount.into())),
            }
            if count >= window.from && segments.len() < window.rows && (room > 0 || segments.is_empty()) {
                let segment = self.segment(&run, text(run.amount), window.hops, note_at);
                let bytes = serde_json::to_string(&segment).map_or(0, |text| text.len());
                if bytes > room && !segments.is_empty() {
                    room = 0;
                } else {
                    room = room.saturating_sub(bytes);
                    segments.push(segment);
                }
            }
            count = count.saturating_add(1);
        })?;
        Ok(GiftTrail {
            gift: format!("{name}.{k}"),
            currency: currency.to_string(),
            rule: "fifo/1",
            gross: text(sums.gross),
            fee: text(sums.fee),
            free: text(sums.free),
            spent: text(sums.spent),
            lent: text(sums.lent),
            in_transit: text(sums.in_transit),
            passed_on: text(sums.passed_on),
            refunded: text(sums.refunded),
            reversed: text(sums.reversed),
            taken_over: text(sums.taken_over),
            given_back: self.given_back(index, Some(k), at, note_at),
            segments,
            states,
            count,
        })
    }

    fn segment(&self, run: &Run, amount: String, most: usize, note_at: NoteAt<'_>) -> SegmentView {
        // Where no more than `most` hops are, all are told.
        let left_out = run.hops.len().saturating_sub(most);
        let (start, end) = if left_out == 0 {
            (run.hops.len(), run.hops.len())
        } else {
            (most.div_ceil(2), run.hops.len().saturating_sub(most / 2))
        };
        let kept = run.hops.iter().take(start).chain(run.hops.iter().skip(end));
        let hops = kept.map(|hop| self.hop(*hop, note_at)).collect();
        SegmentView { amount, state: run.state.name().to_owned(), hops, hops_left_out: left_out }
    }

    fn hop(&self, outflow: Outflow, note_at: NoteAt<'_>) -> HopView {
        let index = self.trails.index_of_outflow(outflow).unwrap_or(0);
        let note = note_at(index);
        let event = note.as_ref().and_then(|note| decode(note).ok()).map(|(_, event)| event);
        let moved = event.as_ref().and_then(|event| event.moved());
        let (kind, chain) = self.event(index).unwrap_or(("", almoner_ledger::ChainNo(0)));
        let mut hop = HopView {
            event: self.citation(index).unwrap_or_default(),
            index,
            hash: note.as_ref().map_or_else(Hash::default, Envelope::hash).to_base64(),
            kind: kind.to_owned(),
            chain: self.chain(chain).map(|c| c.id.clone()).unwrap_or_default(),
            fund: None,
            project: None,
            payee: None,
            purpose: None,
            milestone: None,
            date: moved.map(|moved| moved.date.to_string()),
            step: Step::Paid,
        };
        match moved.map(|moved| moved.how) {
            None => {}
            Some(Moving::Asked(request)) => self.asked(&mut hop, chain, request),
            Some(Moving::Paid { fund, project, payee, purpose, .. }) => {
                (hop.fund, hop.project) = (Some(fund.to_string()), project.map(ToString::to_string));
                (hop.payee, hop.purpose) = (Some(payee.label()), purpose.map(str::to_owned));
            }
            Some(Moving::SetAside { fund, project }) => {
                (hop.fund, hop.project) = (Some(fund.to_string()), project.map(ToString::to_string));
                hop.step = Step::SetAside;
            }
            Some(Moving::Left { project }) => (hop.project, hop.step) = (Some(project.to_string()), Step::Left),
        }
        hop
    }

    /// What a request said of the payment that it asked for.
    fn asked(&self, hop: &mut HopView, chain: ChainNo, request: &Ref) {
        let request = self.find(chain, EntityKind::Disbursement, &request.id).and_then(|no| self.entity(no, None));
        let Some(Said::Disbursement { fund, project, payee, purpose, milestone, .. }) = request.map(|e| e.said) else {
            return;
        };
        let id = |no| self.entity(no, None).map(|e| format!("{}/{}", e.kind, e.id));
        (hop.fund, hop.project) = (id(*fund), project.and_then(id));
        hop.payee = Some(payee.label());
        hop.purpose = Some(purpose.clone());
        hop.milestone = milestone.and_then(|no| self.entity(no, None)).map(|m| {
            let chain = self.chain(m.chain).map(|c| c.id.as_str()).unwrap_or_default();
            format!("{chain}/{}/{}", m.kind, m.id)
        });
    }

    /// Whether an event took money out of a pool.
    #[must_use]
    pub fn has_outflow(&self, index: u64) -> bool {
        self.trails.has_outflow(index)
    }
}
