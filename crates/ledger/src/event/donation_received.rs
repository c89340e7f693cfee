//! donation.received: 1 to 256 gifts in one event.

use super::prelude::*;
use super::promise::Promise;

data! {
    /// Data of `donation.received/1`.
    pub(super) struct DonationReceived {
        /// Own account.
        account: Ref,
        /// The account's.
        currency: Currency,
        /// Own fund.
        fund: Ref,
        /// Own project: the money is set aside for it.
        project: Option<Ref>,
        /// Own `pledge/<id>`, or `commitment/<id>` of the same fund and project, that is paid on.
        pledge: Option<Ref>,
        /// Own campaign.
        campaign: Option<Ref>,
        /// Id of the platform's chain.
        platform: Option<String>,
        /// Day of the gifts, without a time.
        effective_date: Date,
        /// The gifts, 1 to 256.
        gifts: Vec<Gift>,
    }
}

data! {
    /// One gift. The donor appears as a commitment only.
    struct Gift {
        /// What the donor gave.
        gross: Figure,
        /// What the payment channel kept of it; zero or more, less than gross.
        fee: Figure,
        /// Commitment to the donor (FORMATS, commitments); never a name.
        donor: Option<Digest>,
        /// Tag of the channel's reference (FORMATS, commitments): finds the gift that is entered twice.
        ref_tag: Option<Digest>,
    }
}

impl Kind for DonationReceived {
    const TYPE: &'static str = "donation.received/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "1 to 256 gifts arrive at an account, for one fund (IATI 1).";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/donation.received.txt");
    const EXAMPLE: &'static str = r#"{"account":"account/bank","currency":"CNY","fund":"fund/water","effective_date":"2026-11-20","gifts":[{"gross":"100.00","fee":"0.60","donor":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}]}"#;
}

impl Event for DonationReceived {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("count", Slot::count(&self.gifts)),
            ("gross", Slot::sum(self.gifts.iter().map(|gift| gift.gross), self.currency)),
            ("fee", Slot::sum(self.gifts.iter().map(|gift| gift.fee), self.currency)),
            ("place", Slot::Place(&self.fund, self.project.as_ref())),
        ]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let account = context.account(&self.account, self.currency)?;
        let pool = context.open_pool(&self.fund, self.project.as_ref(), self.currency)?;
        if let Some(platform) = &self.platform
            && context.chain_named(platform)?.role != Some(ChainRole::Platform)
        {
            return Err(Refusal::new(Code::ChainRole, format!("{platform} is not admitted as a platform")));
        }
        let (gross, fee) = self.totals()?;
        let net = gross.minus(fee)?;
        let mut entry = Entry::on(self.effective_date)
            .debit(pool.account(Head::Clearing(account)), net)
            .debit(pool.account(Head::Expense(Function::RaisingFunds, NaturalClass::PaymentFees)), fee);
        let mut effects = Vec::with_capacity(2);
        let mut unpromised = gross;
        if let Some(reference) = &self.pledge {
            let (head, taken, paid) = Promise::mine(context, reference)?.pay_on(context, pool, gross)?;
            entry = entry.credit(pool.account(head), taken);
            unpromised = gross.minus(taken)?;
            effects.push(paid);
        }
        entry = entry.credit(pool.account(context.income_head(pool.fund)), unpromised);
        if let Some(reference) = &self.campaign {
            let campaign = context.mine::<Campaign>(reference)?;
            let (appeal, mut standing) = (campaign.said, campaign.standing);
            let is_for_it = appeal.fund == pool.fund && appeal.target.currency() == self.currency;
            if !is_for_it || standing.state == CampaignState::Closed {
                return Err(wrong_state(format!("{reference} is closed, or for another fund or currency")));
            }
            raise(&mut standing.received, gross)?;
            effects.push(context.stand(campaign, standing));
        }
        effects.push(Effect::Post(entry.flow(Flow::Inflow { pool, net, fee, source: Source::Gifts })));
        Ok(effects)
    }

    fn reverse(&self, context: &Context<'_>, reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        let of = (reversal.prior.index, 0);
        let pool = context.pool(&self.fund, self.project.as_ref(), self.currency)?;
        let Some(items) = reversal.items else {
            let mut effects = super::promise::undo(context, reversal.prior, pool, self.totals()?.0)?.effects;
            let mut entry = context.negation(of.0, reversal.date)?;
            let (gross, fee) = self.totals()?;
            entry.flows.insert(0, Flow::ReverseInflow { of, pool, gift: None, net: gross.minus(fee)? });
            effects.push(Effect::Post(entry));
            return Ok(effects);
        };
        let account = context.account(&self.account, self.currency)?;
        let places = self.places();
        let mut entry = Entry::on(reversal.date);
        let (mut net, mut fee) = (Money::zero(self.currency), Money::zero(self.currency));
        for item in items {
            let place =
                places.get(*item as usize).ok_or_else(|| Refusal::new(Code::RefUnknown, format!("gift {item}")))?;
            net = net.plus(Money::from_minor(place.net, self.currency))?;
            fee = fee.plus(Money::from_minor(place.fee, self.currency))?;
            let net = Money::from_minor(place.net, self.currency);
            entry = entry.flow(Flow::ReverseInflow { of, pool, gift: Some(*place), net });
        }
        let undone = super::promise::undo(context, reversal.prior, pool, net.plus(fee)?)?;
        for (head, part) in undone.parts {
            entry = entry.debit(pool.account(head), part);
        }
        entry = entry
            .credit(pool.account(Head::Clearing(account)), net)
            .credit(pool.account(Head::Expense(Function::RaisingFunds, NaturalClass::PaymentFees)), fee);
        let mut effects = undone.effects;
        effects.push(Effect::Post(context.with_loans(entry)?));
        Ok(effects)
    }

    fn gifts(&self) -> Option<&dyn Gifts> {
        Some(self)
    }
}

impl Gifts for DonationReceived {
    fn count(&self) -> usize {
        self.gifts.len()
    }

    fn places(&self) -> Vec<GiftPlace> {
        let mut places = Vec::with_capacity(self.gifts.len());
        let (mut net_from, mut fee_from) = (0i64, 0i64);
        for gift in &self.gifts {
            // Admission has checked that these fit; of a note that was never admitted nothing is
            // asked. So nothing saturates that counts.
            let minor = |figure: Figure| figure.not_negative(self.currency).map_or(0, Money::minor);
            let (gross, fee) = (minor(gift.gross), minor(gift.fee));
            let net = gross.saturating_sub(fee);
            places.push(GiftPlace { net_from, net, fee_from, fee });
            net_from = net_from.saturating_add(net);
            fee_from = fee_from.saturating_add(fee);
        }
        places
    }

    fn promise(&self) -> Option<&Ref> {
        self.pledge.as_ref()
    }

    fn campaign(&self) -> Option<&Ref> {
        self.campaign.as_ref()
    }

    fn currency(&self) -> Currency {
        self.currency
    }

    fn date(&self) -> Date {
        self.effective_date
    }

    fn place(&self) -> (&Ref, Option<&Ref>) {
        (&self.fund, self.project.as_ref())
    }
}

impl DonationReceived {
    fn totals(&self) -> Result<(Money, Money), Refusal> {
        if !(1..=GIFTS_MAX).contains(&self.gifts.len()) {
            return Err(Refusal::new(Code::GiftsCount, self.gifts.len()));
        }
        let mut totals = (Money::zero(self.currency), Money::zero(self.currency));
        for (k, gift) in self.gifts.iter().enumerate() {
            let gross = gift.gross.positive(self.currency).item("gifts", k, "gross")?;
            let fee = gift.fee.not_negative(self.currency).item("gifts", k, "fee")?;
            if gross.minus(fee)?.is_negative() {
                return Err(Refusal::new(Code::GiftsCount, format!("fee {fee} of gross {gross}")));
            }
            totals = (totals.0.plus(gross)?, totals.1.plus(fee)?);
        }
        Ok(totals)
    }
}
