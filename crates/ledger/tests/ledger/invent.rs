//! What a random history tries next: mostly proper events, now and then an improper one.

use crate::model::{Model, id};
use crate::random::{Story, Try};
use serde_json::{Value, json};

pub(crate) const DATE: &str = "2026-11-21";
const FUNDS: &[&str] =
    &["general", "general", "water", "water", "water", "water", "plan", "keep", "keep", "trust", "grow"];

fn money(minor: u64, currency: &str) -> String {
    if currency == "JPY" { minor.to_string() } else { format!("{}.{:02}", minor / 100, minor % 100) }
}

impl Story {
    fn chain(&mut self) -> &'static str {
        if self.dice.one_in(4) { "clinic" } else { "well" }
    }
    fn fund(&mut self) -> String {
        format!("fund/{}", self.dice.pick(FUNDS).unwrap())
    }
    /// An account and its currency.
    fn account(&mut self) -> (String, &'static str) {
        let (account, currency) = match self.dice.roll(8) {
            0 => ("till", "CNY"),
            1 => ("yen", "JPY"),
            _ => ("bank", "CNY"),
        };
        (format!("account/{account}"), currency)
    }
    /// A fund, and an amount that it mostly can pay.
    fn outgoing(&mut self, chain: &str, currency: &str) -> (String, u64) {
        let fund = *self.dice.pick(FUNDS).unwrap();
        let has = u64::try_from(self.model.spendable(chain, fund, currency)).unwrap_or(0);
        let amount = if has == 0 || self.dice.one_in(5) { self.amount() } else { self.dice.roll(has) + 1 };
        (format!("fund/{fund}"), amount)
    }
    fn amount(&mut self) -> u64 {
        let bound = *self.dice.pick(&[3, 100, 20_000, 20_000, 20_000, 8_000_000]).unwrap();
        self.dice.roll(bound) + u64::from(!self.dice.one_in(200))
    }
    fn project(&mut self, mut data: Value) -> Value {
        if self.dice.one_in(3) {
            let name = *self.dice.pick(&["wells", "school"]).unwrap();
            data["project"] = json!(format!("project/{name}"));
        }
        data
    }
    fn fresh(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}/x{}", self.next)
    }
    fn payee(&mut self, chain: &str) -> Value {
        let other = if chain == "well" { "clinic" } else { "well" };
        if self.dice.one_in(2) { json!({"chain": other}) } else { json!({"organisation": "X-1"}) }
    }
    fn of_chain<'a>(model: &'a Model, chain: &str) -> Vec<(u64, &'a str, &'a Value)> {
        let own = model.events.iter().filter(|(_, (c, kind, _))| c == chain && !kind.is_empty());
        own.map(|(index, (_, kind, data))| (*index, kind.as_str(), data)).collect()
    }

    pub(crate) fn invent(&mut self) -> Option<Try> {
        let chain = self.chain();
        match self.dice.roll(40) {
            0..=6 => Some(self.donation(chain)),
            7..=8 => Some(self.settlement(chain)),
            9..=11 => self.refund(chain),
            12..=15 => self.reversal(chain),
            16..=18 => Some(self.expenditure(chain)),
            19..=20 => Some(self.allocation(chain)),
            21 => Some(self.commitment(chain)),
            22 => self.cancellation(chain),
            23..=24 => Some(self.grant(chain)),
            25..=27 => Some(self.milestone()),
            28 => self.tranche(),
            29..=30 => Some(self.request(chain)),
            31 => self.approval(),
            32..=33 => self.payment(),
            34 => self.confirmation(),
            35 => self.failure(),
            36 => Some(self.irregular(chain)),
            37 if self.dice.one_in(2) => Some(self.hold()),
            38 => Some(self.opening(chain)),
            39 if self.dice.one_in(3) => self.departure(),
            _ => Some(self.donation(chain)),
        }
    }

    fn donation(&mut self, chain: &'static str) -> Try {
        let (account, currency) = self.account();
        let gifts: Vec<Value> = (0..=self.dice.roll(3))
            .map(|_| {
                let gross = self.amount();
                let fee = match self.dice.roll(4) {
                    0 => 0,
                    1 => gross,
                    _ => self.dice.roll(gross / 10 + 2),
                };
                json!({"gross": money(gross, currency), "fee": money(fee, currency)})
            })
            .collect();
        let mut data = json!({"account": account, "currency": currency, "fund": self.fund(), "effective_date": DATE, "gifts": gifts});
        data = self.project(data);
        self.promised(chain, &mut data);
        Try(chain, "bob", "donation.received/1", data)
    }

    /// Often on a promise, and then mostly for its fund.
    fn promised(&mut self, chain: &str, data: &mut Value) {
        let own: Vec<_> = self
            .model
            .promises
            .iter()
            .filter(|((c, _), _)| c == chain)
            .map(|(k, p)| (k.1.clone(), p.clone()))
            .collect();
        if !self.dice.one_in(2) {
            return;
        }
        let Some((name, promise)) = self.dice.pick(&own).cloned() else { return };
        data["pledge"] = json!(format!("commitment/{name}"));
        if data["currency"] == json!(promise.currency) && !self.dice.one_in(10) {
            data["fund"] = json!(format!("fund/{}", promise.pool.1));
            data.as_object_mut().unwrap().remove("project");
            if !promise.pool.2.is_empty() {
                data["project"] = json!(format!("project/{}", promise.pool.2));
            }
        }
    }

    fn settlement(&mut self, chain: &'static str) -> Try {
        let (account, currency) = self.account();
        let lines: Vec<Value> = (0..=self.dice.roll(3))
            .map(|_| {
                let amount = self.amount();
                let line = json!({"fund": self.fund(), "amount": money(amount, currency)});
                self.project(line)
            })
            .collect();
        let data = json!({"account": account, "currency": currency, "effective_date": DATE, "lines": lines});
        Try(chain, "bob", "settlement.received/1", data)
    }

    fn refund(&mut self, chain: &'static str) -> Option<Try> {
        let gifts: Vec<u64> = self.model.gifts.keys().copied().filter(|i| self.model.events[i].0 == chain).collect();
        let index = *self.dice.pick(&gifts)?;
        let event = self.model.events[&index].2.clone();
        let gift = self.dice.roll(self.model.gifts[&index].len() as u64);
        let of = &self.model.gifts[&index][usize::try_from(gift).unwrap()];
        let left = u64::try_from(of.gross - of.refunded).unwrap();
        let fee = u64::try_from(of.fee).unwrap();
        let currency = event["currency"].as_str().unwrap().to_owned();
        let amount = match self.dice.roll(6) {
            0 => self.amount(),
            1 => left + 1,
            2 => left,
            _ => self.dice.roll(left) + 1,
        };
        let from = *self.dice.pick(&["bank", "clearing"]).unwrap();
        let mut data = json!({
            "donation": {"event": self.world.name_of(index), "hash": self.world.hash_of(index).to_base64(), "gift": gift},
            "account": event["account"], "from": from, "currency": currency, "fund": event["fund"],
            "amount": money(amount, &currency), "effective_date": DATE, "reason": "wish"});
        if let Some(project) = event.get("project") {
            data["project"] = project.clone();
        }
        if self.dice.one_in(3) {
            data["fee_recovered"] = json!(money(self.dice.roll(fee + 1), &currency));
        }
        Some(Try(chain, "bob", "donation.refunded/1", data))
    }

    fn reversal(&mut self, chain: &'static str) -> Option<Try> {
        let kinds = [
            "donation.received/1",
            "settlement.received/1",
            "expenditure.recorded/1",
            "allocation.made/1",
            "payment.irregular/1",
            "commitment.agreed/1",
            "pledge.cancelled/1",
            "grant.awarded/1",
            "grant.tranche_earned/1",
            "balance.opened/1",
            "project.spun_off/1",
            "event.reversed/1",
            "disbursement.paid/1",
        ];
        let own = Story::of_chain(&self.model, chain);
        let own: Vec<u64> =
            own.into_iter().filter(|(_, kind, _)| kinds.contains(kind)).map(|(index, ..)| index).collect();
        let index = *self.dice.pick(&own)?;
        let mut data = json!({"event": self.world.name_of(index), "hash": self.world.hash_of(index).to_base64(),
            "effective_date": DATE, "reason": "mistake"});
        if let Some(gifts) = self.model.gifts.get(&index).map(Vec::len)
            && self.dice.one_in(2)
        {
            let items: Vec<u64> = (0..gifts as u64 + 1).filter(|_| self.dice.one_in(2)).collect();
            if !items.is_empty() && (items.iter().all(|i| *i < gifts as u64) || self.dice.one_in(10)) {
                data["items"] = json!(items);
            }
        }
        Some(Try(chain, "bob", "event.reversed/1", data))
    }

    fn expenditure(&mut self, chain: &'static str) -> Try {
        let (account, currency) = self.account();
        let (fund, amount) = self.outgoing(chain, currency);
        let data = json!({"account": account, "fund": fund, "currency": currency, "amount": money(amount, currency),
            "payee": {"organisation": "X-1"}, "function": "charitable", "class": "goods", "related_party": false,
            "effective_date": DATE});
        Try(chain, "bob", "expenditure.recorded/1", self.project(data))
    }

    fn allocation(&mut self, chain: &'static str) -> Try {
        let banks = self
            .model
            .balances
            .iter()
            .filter(|(key, amount)| key.0 == chain && key.3.contains(":bank:") && **amount > 0);
        let banks: Vec<_> = banks.map(|(key, amount)| (key.clone(), u64::try_from(*amount).unwrap())).collect();
        let (account, currency) = self.account();
        let (account, currency, fund, from, has) = match self.dice.pick(&banks).cloned() {
            Some((key, has)) => {
                (format!("account/{}", key.3.rsplit(':').next().unwrap()), key.4, format!("fund/{}", key.1), key.2, has)
            }
            None => (account, currency.to_owned(), self.fund(), String::new(), 10),
        };
        let amount = if self.dice.one_in(6) { has + 1 } else { self.dice.roll(has) + 1 };
        let mut data = json!({"account": account, "currency": currency, "fund": fund, "amount": money(amount, &currency), "effective_date": DATE});
        if !from.is_empty() {
            data["from"] = json!(format!("project/{from}"));
        }
        let to = *self.dice.pick(&["", "project/wells", "project/school"]).unwrap();
        if !to.is_empty() {
            data["to"] = json!(to);
        }
        Try(chain, "bob", "allocation.made/1", data)
    }

    fn commitment(&mut self, chain: &'static str) -> Try {
        let (_, currency) = self.account();
        let amount = self.amount();
        let conditions = if self.dice.one_in(3) {
            json!([{"barrier": "b", "right_of_return": true, "tranche": money(amount, currency)}])
        } else {
            json!([])
        };
        let data = json!({"commitment": self.fresh("commitment"), "fund": self.fund(), "currency": currency,
            "amount": money(amount, currency), "date": DATE, "conditions": conditions});
        Try(chain, "bob", "commitment.agreed/1", self.project(data))
    }

    fn cancellation(&mut self, chain: &'static str) -> Option<Try> {
        let own: Vec<String> =
            self.model.promises.keys().filter(|(c, _)| c == chain).map(|(_, name)| name.clone()).collect();
        let name = self.dice.pick(&own)?;
        let data = json!({"promise": format!("commitment/{name}"), "effective_date": DATE, "reason": "withdrawn"});
        Some(Try(chain, "bob", "pledge.cancelled/1", data))
    }

    fn milestone(&mut self) -> Try {
        let known: Vec<String> = self.model.milestones.keys().cloned().collect();
        let planned: Vec<String> = Story::of_chain(&self.model, "well")
            .into_iter()
            .filter(|(_, kind, _)| *kind == "milestone.planned/1")
            .map(|(_, _, data)| id(data, "milestone"))
            .collect();
        if planned.is_empty() || self.dice.one_in(6) {
            let data = json!({"milestone": self.fresh("milestone"), "project": "project/wells", "title": {"en": "M"},
                "indicator": "i", "target": "1", "unit": "u", "due": DATE, "quorum": 2,
                "reviewers": [{"chain": "geo", "role": "r"}, {"chain": "rock", "role": "r"}]});
            return Try("well", "bob", "milestone.planned/1", data);
        }
        if known.is_empty() || self.dice.one_in(6) {
            let name = self.dice.pick(&planned).unwrap();
            let data = json!({"milestone": format!("milestone/{name}"), "documents": [almoner_proof::Hash::default().to_base64()]});
            return Try("well", "bob", "milestone.evidenced/1", data);
        }
        let name = self.dice.pick(&known).unwrap().clone();
        let evidence = Story::of_chain(&self.model, "well")
            .into_iter()
            .rfind(|(_, kind, data)| *kind == "milestone.evidenced/1" && id(data, "milestone") == name)
            .unwrap()
            .0;
        let reviewer = if self.model.milestones[&name].contains("geo") { "rock" } else { "geo" };
        let data = json!({"milestone": format!("well/milestone/{name}"), "event": self.world.name_of(evidence),
            "hash": self.world.hash_of(evidence).to_base64()});
        Try(reviewer, "eve", "milestone.attested/1", data)
    }

    fn grant(&mut self, chain: &'static str) -> Try {
        let (_, currency) = self.account();
        let (fund, amount) = self.outgoing(chain, currency);
        let amount = amount.max(2);
        let known: Vec<String> = self.model.milestones.keys().cloned().collect();
        let gates = match (self.dice.pick(&known).cloned(), chain) {
            (Some(first), "well") if !self.dice.one_in(4) => {
                let second = self.dice.pick(&known).unwrap().clone();
                let advance = self.dice.one_in(2);
                let name = |id: &str| format!("milestone/{id}");
                if second == first {
                    json!([{"milestone": name(&first), "tranche": money(amount, currency), "advance": advance}])
                } else {
                    let part = amount / 2;
                    json!([{"milestone": name(&first), "tranche": money(part, currency), "advance": advance},
                        {"milestone": name(&second), "tranche": money(amount - part, currency)}])
                }
            }
            _ => json!([]),
        };
        let data = json!({"grant": self.fresh("grant"), "recipient": self.payee(chain), "fund": fund,
            "currency": currency, "amount": money(amount, currency), "date": DATE, "purpose": "p", "milestones": gates});
        Try(chain, "bob", "grant.awarded/1", self.project(data))
    }

    fn tranche(&mut self) -> Option<Try> {
        let gated: Vec<(String, String)> = self
            .model
            .grants
            .iter()
            .flat_map(|(name, grant)| grant.tranches.iter().map(|t| (name.clone(), t.milestone.clone())))
            .collect();
        let ready: Vec<(String, String)> =
            gated.iter().filter(|(_, m)| self.model.milestones[m].len() > 1).cloned().collect();
        let gated = if ready.is_empty() { gated } else { ready };
        let (grant, milestone) = self.dice.pick(&gated)?;
        let data = json!({"grant": format!("grant/{grant}"), "milestone": format!("milestone/{milestone}"), "effective_date": DATE});
        Some(Try("well", "bob", "grant.tranche_earned/1", data))
    }

    fn request(&mut self, chain: &'static str) -> Try {
        let grants: Vec<_> = self.model.grants.iter().map(|(name, grant)| (name.clone(), grant.clone())).collect();
        let name = self.fresh("disbursement");
        if let Some((id, grant)) = self.dice.pick(&grants).cloned()
            && !self.dice.one_in(3)
        {
            let tranche = self.dice.pick(&grant.tranches).cloned();
            let most =
                u64::try_from(tranche.as_ref().map_or(grant.amount - grant.paid, |t| t.amount - t.paid)).unwrap();
            let amount = if self.dice.one_in(2) { most } else { self.dice.roll(most) + 1 };
            let mut data = json!({"disbursement": name, "fund": format!("fund/{}", grant.pool.0), "grant": format!("grant/{id}"),
                "currency": grant.currency, "amount": money(amount, &grant.currency), "payee": grant.recipient, "purpose": "p"});
            if !grant.pool.1.is_empty() {
                data["project"] = json!(format!("project/{}", grant.pool.1));
            }
            if let Some(tranche) = tranche {
                data["milestone"] = json!(format!("milestone/{}", tranche.milestone));
            }
            let owner = if self.model.events.values().any(|(c, kind, d)| {
                c == "well" && kind == "grant.awarded/1" && d["grant"] == json!(format!("grant/{id}"))
            }) {
                "well"
            } else {
                "clinic"
            };
            return Try(owner, "bob", "disbursement.requested/1", data);
        }
        let (_, currency) = self.account();
        let (fund, amount) = self.outgoing(chain, currency);
        let data = json!({"disbursement": name, "fund": fund, "currency": currency, "amount": money(amount, currency),
            "payee": self.payee(chain), "purpose": "p"});
        Try(chain, "bob", "disbursement.requested/1", self.project(data))
    }

    /// A payment in one of these states: its chain, its id, and the request's index.
    fn find(&mut self, states: &[&str]) -> Option<(&'static str, String, u64)> {
        let all: Vec<_> = self
            .model
            .events
            .iter()
            .filter(|(_, (_, kind, data))| {
                kind == "disbursement.requested/1"
                    && states.contains(&self.model.payments[&id(data, "disbursement")].state)
            })
            .map(|(index, (chain, _, data))| {
                (if chain == "well" { "well" } else { "clinic" }, id(data, "disbursement"), *index)
            })
            .collect();
        self.dice.pick(&all).cloned()
    }

    fn approval(&mut self) -> Option<Try> {
        let (chain, name, index) = self.find(&["requested"])?;
        let who = *self.dice.pick(&["cat", "dan", "bob2"]).unwrap();
        let data =
            json!({"disbursement": format!("disbursement/{name}"), "request": self.world.hash_of(index).to_base64()});
        Some(Try(chain, who, "disbursement.approved/1", data))
    }

    fn payment(&mut self) -> Option<Try> {
        let (chain, name, _) = self.find(&["requested", "requested", "paid"])?;
        let account = if self.model.payments[&name].currency == "JPY" { "account/yen" } else { "account/bank" };
        let data = json!({"disbursement": format!("disbursement/{name}"), "account": account, "effective_date": DATE});
        Some(Try(chain, "bob", "disbursement.paid/1", data))
    }

    fn confirmation(&mut self) -> Option<Try> {
        let (chain, name, _) = self.find(&["paid", "confirmed", "failed"])?;
        let payment = self.model.payments[&name].clone();
        let payee = if chain == "well" { "clinic" } else { "well" };
        let (currency, account) =
            (payment.currency.clone(), if payment.currency == "JPY" { "account/yen" } else { "account/bank" });
        let amount = u64::try_from(payment.amount).unwrap();
        let mut data = json!({"disbursement": format!("{chain}/disbursement/{name}"), "event": self.world.name_of(payment.paid_by),
            "hash": self.world.hash_of(payment.paid_by).to_base64(), "account": account, "fund": self.fund(),
            "currency": currency, "amount": money(amount, &currency), "effective_date": DATE});
        self.promised(payee, &mut data);
        Some(Try(payee, "bob", "disbursement.confirmed/1", data))
    }

    fn failure(&mut self) -> Option<Try> {
        let (chain, name, _) = self.find(&["paid", "paid", "confirmed", "failed"])?;
        let data =
            json!({"disbursement": format!("disbursement/{name}"), "effective_date": DATE, "reason": "came back"});
        Some(Try(chain, "bob", "disbursement.failed/1", data))
    }

    fn irregular(&mut self, chain: &'static str) -> Try {
        let (account, currency) = self.account();
        let amount = self.amount() + 1;
        let data = json!({"account": account, "fund": self.fund(), "currency": currency, "amount": money(amount, currency),
            "payee": {"organisation": "X-1"}, "function": "management", "class": "staff", "effective_date": DATE,
            "breaches": ["approval.missing"], "evidence": almoner_proof::Hash::default().to_base64(), "ratify_by": "2026-12-01"});
        Try(chain, "abe+ann", "payment.irregular/1", self.project(data))
    }

    fn hold(&mut self) -> Try {
        let placed: Vec<String> = self.model.holds.keys().cloned().collect();
        if let Some(name) = self.dice.pick(&placed)
            && !self.dice.one_in(5)
        {
            return Try("commission", "sue", "hold.lifted/1", json!({"hold": format!("hold/{name}"), "reason": "r"}));
        }
        let on = *self.dice.pick(&["well", "well/fund/water", "well/project/wells", "clinic"]).unwrap();
        let data = json!({"hold": self.fresh("hold"), "on": on, "basis": "b"});
        Try("commission", "sue", "hold.placed/1", data)
    }

    fn opening(&mut self, chain: &'static str) -> Try {
        let (account, currency) = self.account();
        let (cash, debt) = (self.amount() + 1, self.amount() + 1);
        let lines = json!([
            {"head": "assets:bank", "account": account, "fund": self.fund(), "currency": currency, "amount": money(cash, currency)},
            {"head": "liabilities:payable", "fund": self.fund(), "currency": currency, "amount": format!("-{}", money(debt, currency))}]);
        Try(chain, "bob", "balance.opened/1", json!({"basis": "imported", "effective_date": DATE, "lines": lines}))
    }

    /// A project of well's leaves for clinic, with what it holds, or somebody takes it in.
    fn departure(&mut self) -> Option<Try> {
        if let Some((index, gone)) = self.model.gone.iter().next().map(|(index, gone)| (*index, gone.clone())) {
            let lines: Vec<Value> = gone["lines"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| json!({"fund": line["fund"], "account": line["account"]}))
                .collect();
            let data = json!({"project": self.fresh("project"), "title": {"en": "P"}, "effective_date": DATE, "lines": lines, "promises": [],
                "from": {"event": self.world.name_of(index), "hash": self.world.hash_of(index).to_base64()}});
            return Some(Try("clinic", "bob", "project.adopted/1", data));
        }
        let project = *self.dice.pick(&["wells", "school"]).unwrap();
        let lines: Vec<Value> = self
            .model
            .balances
            .iter()
            .filter(|(key, amount)| {
                key.0 == "well" && key.2 == project && key.3.starts_with("assets:bank:") && **amount > 0
            })
            .map(|(key, amount)| {
                let account = key.3.rsplit(':').next().unwrap();
                json!({"fund": format!("fund/{}", key.1), "account": format!("account/{account}"), "currency": key.4,
                    "amount": money(u64::try_from(*amount).unwrap(), &key.4)})
            })
            .collect();
        let data = json!({"project": format!("project/{project}"), "to": "clinic", "effective_date": DATE, "lines": lines, "promises": []});
        Some(Try("well", "bob", "project.spun_off/1", data))
    }
}
