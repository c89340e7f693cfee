//! Where did my gift go: the report over one gift, by the rule fifo/1.

use crate::Views;
use crate::trail::{Outflow, Run, State, TrailError};
use almoner_ledger::data::Ref;
use almoner_ledger::entity::Disbursement;
use almoner_ledger::telling::Moving;
use almoner_ledger::{ChainNo, Currency, Money, PoolNo, decode};
use almoner_proof::{Envelope, Hash};
use almoner_wire::{Gift, Hop, Segment, Step, Totals};

/// Gives the note at a log index; reports ask for the few events that they name.
pub type NoteAt<'a> = &'a dyn Fn(u64) -> Option<Envelope>;

/// The trail of a gift, and what is not told of it.
#[derive(Debug, Clone)]
pub struct GiftTrail {
    /// As it goes over the wire: the segments are those of the window.
    pub told: Gift,
    /// The sums of all segments by state, in minor units, in the order in which the states come.
    pub states: Vec<(&'static str, i128)>,
    /// How many segments there are in all.
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
        let mut became = Became::default();
        let (mut segments, mut states, mut count, mut room) = (Vec::new(), Vec::new(), 0usize, window.bytes);
        self.trails.trail.each_run(lot, &part, last, &mut |run| {
            let name = run.state.name();
            became.take(&run, || self.is_elsewhere(&run, index));
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
        let told = Gift {
            gift: format!("{name}.{k}"),
            currency: currency.to_string(),
            rule: "fifo/1".to_owned(),
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
            totals: became.totals(currency, sums.gross, sums.refunded),
            segments,
        };
        Ok(GiftTrail { told, states, count })
    }

    /// Whether free money came into the hands of another chain than the gift's.
    fn is_elsewhere(&self, run: &Run, gift: u64) -> bool {
        let arrived = run.hops.last().and_then(|hop| self.trails.trail.arrived(*hop));
        let lot = arrived.and_then(|lot| self.trails.trail.lot(lot));
        let pool = lot.and_then(|lot| self.trails.headings.pool(PoolNo(lot.pool.0)));
        pool.is_some_and(|pool| self.event(gift).is_some_and(|(_, chain)| chain != pool.chain))
    }

    fn segment(&self, run: &Run, amount: String, most: usize, note_at: NoteAt<'_>) -> Segment {
        // Where no more than `most` hops are, all are told.
        let left_out = run.hops.len().saturating_sub(most);
        let (start, end) = if left_out == 0 {
            (run.hops.len(), run.hops.len())
        } else {
            (most.div_ceil(2), run.hops.len().saturating_sub(most / 2))
        };
        let kept = run.hops.iter().take(start).chain(run.hops.iter().skip(end));
        let hops = kept.map(|hop| self.hop(*hop, note_at)).collect();
        Segment { amount, state: run.state.name().to_owned(), hops, hops_left_out: left_out as u64 }
    }

    fn hop(&self, outflow: Outflow, note_at: NoteAt<'_>) -> Hop {
        let index = self.trails.index_of_outflow(outflow).unwrap_or(0);
        let note = note_at(index);
        let event = note.as_ref().and_then(|note| decode(note).ok()).map(|(_, event)| event);
        let moved = event.as_ref().and_then(|event| event.moved());
        let (kind, chain) = self.event(index).unwrap_or(("", almoner_ledger::ChainNo(0)));
        let mut hop = Hop {
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
    fn asked(&self, hop: &mut Hop, chain: ChainNo, request: &Ref) {
        let Some(request) = self.named::<Disbursement>(chain, &request.id, None) else { return };
        let Disbursement { fund, project, payee, purpose, milestone, .. } = request.said;
        let id = |no| self.entity(no, None).map(|e| format!("{}/{}", e.kind(), e.id));
        (hop.fund, hop.project) = (id(*fund), project.and_then(id));
        hop.payee = Some(payee.label());
        hop.purpose = Some(purpose.clone());
        hop.milestone = milestone.and_then(|no| self.entity(no, None)).map(|m| {
            let chain = self.chain(m.chain).map(|c| c.id.as_str()).unwrap_or_default();
            format!("{chain}/{}/{}", m.kind(), m.id)
        });
    }

    /// Whether an event took money out of a pool.
    #[must_use]
    pub fn has_outflow(&self, index: u64) -> bool {
        self.trails.has_outflow(index)
    }
}

/// What became of a gift, followed over every hop, in minor units.
#[derive(Debug, Default)]
struct Became {
    fees: i64,
    spent: i64,
    unspent: i64,
    /// Refunded or reversed, here or where it went.
    undone: i64,
}

impl Became {
    /// A run whose amount is the gift's own; one in another currency stays with what was passed on.
    fn take(&mut self, run: &Run, is_elsewhere: impl FnOnce() -> bool) {
        let sum = match run.state {
            _ if run.from.is_none() => return,
            State::Fee => &mut self.fees,
            State::Spent | State::Lent => &mut self.spent,
            State::Free if is_elsewhere() => return,
            State::Free => &mut self.unspent,
            State::Refunded | State::Reversed | State::TakenOver => &mut self.undone,
            State::InTransit | State::Circular => return,
        };
        // Together they are the gift, which fits.
        *sum = sum.saturating_add(run.amount);
    }

    fn totals(&self, currency: Currency, gross: i64, refunded: i64) -> Totals {
        let text = |minor: i64| Money::from_minor(minor, currency).amount().to_string();
        let told = [self.fees, self.spent, self.unspent, self.undone];
        let passed_on = told.iter().fold(gross, |rest, sum| rest.saturating_sub(*sum));
        let refunded = refunded.min(self.undone);
        Totals {
            currency: currency.to_string(),
            opening: text(0),
            received: text(gross),
            fees: text(self.fees),
            spent: text(self.spent),
            passed_on: text(passed_on),
            refunded: text(refunded),
            reversed: text(self.undone.saturating_sub(refunded)),
            moved_in: text(0),
            moved_out: text(0),
            unspent: text(self.unspent),
        }
    }
}
