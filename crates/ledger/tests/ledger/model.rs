//! A reference model of the books: plain maps, coded from the table of kinds (3-GIVING §2) and from
//! the events' own JSON. It shares no code with the ledger, and decides nothing: it is told what was
//! admitted, says what the balances must be, and holds the invariants against it.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Chain, fund, project or nothing, account name, currency.
pub(crate) type Key = (String, String, String, String, String);
type Posts = Vec<(Key, i128)>;

#[derive(Clone, Debug, Default)]
pub(crate) struct Gift {
    pub gross: i128,
    pub fee: i128,
    pub refunded: i128,
    pub fee_back: i128,
    pub reversed: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Promise {
    pub pool: (String, String, String),
    pub currency: String,
    pub amount: i128,
    pub conditional: bool,
    pub receivable: i128,
    pub advance: i128,
    pub open: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Tranche {
    pub milestone: String,
    pub amount: i128,
    pub advance: bool,
    pub earned: bool,
    pub paid: i128,
}

#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub pool: (String, String),
    pub currency: String,
    pub recipient: Value,
    pub amount: i128,
    pub paid: i128,
    pub tranches: Vec<Tranche>,
}

#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub pool: (String, String),
    pub currency: String,
    pub amount: i128,
    pub grant: String,
    pub milestone: String,
    pub requester: String,
    pub approvers: BTreeSet<String>,
    pub state: &'static str,
    pub paid_by: u64,
}

#[derive(Default)]
pub(crate) struct Model {
    pub balances: BTreeMap<Key, i128>,
    pub events: BTreeMap<u64, (String, String, Value)>,
    posts: BTreeMap<u64, Posts>,
    classes: BTreeMap<(String, String), String>,
    pub gifts: BTreeMap<u64, Vec<Gift>>,
    /// What is left of a gift event's credits, income first.
    credits: BTreeMap<u64, Vec<(String, i128)>>,
    pub promises: BTreeMap<(String, String), Promise>,
    pub grants: BTreeMap<String, Grant>,
    pub payments: BTreeMap<String, Payment>,
    /// Milestone → who attested the newest evidence.
    pub milestones: BTreeMap<String, BTreeSet<String>>,
    pub holds: BTreeMap<String, String>,
    pub reversed: BTreeSet<u64>,
    /// Spin-offs that nobody adopted yet.
    pub gone: BTreeMap<u64, Value>,
}

pub(crate) fn text<'a>(data: &'a Value, member: &str) -> &'a str {
    data[member].as_str().unwrap_or("")
}

/// Id of a reference's last part.
pub(crate) fn id(data: &Value, member: &str) -> String {
    text(data, member).rsplit('/').next().unwrap_or("").to_owned()
}

/// Minor units of a decimal text.
pub(crate) fn minor(value: &Value) -> i128 {
    value.as_str().map_or(0, |text| text.replace('.', "").parse().unwrap())
}

impl Model {
    pub(crate) fn class(&self, chain: &str, fund: &str) -> &str {
        self.classes.get(&(chain.to_owned(), fund.to_owned())).map_or("", String::as_str)
    }

    pub(crate) fn spendable(&self, chain: &str, fund: &str, currency: &str) -> i128 {
        let own = |key: &Key| key.0 == chain && key.1 == fund && key.4 == currency && is_money(&key.3);
        self.balances.iter().filter(|(key, _)| own(key)).map(|(_, amount)| amount).sum()
    }

    /// Agency money is neither income nor expense.
    fn own_or_held(&self, chain: &str, fund: &str, head: &str) -> String {
        if self.class(chain, fund) == "agency" { "liabilities:held-for-others" } else { head }.to_owned()
    }

    /// Folds an admitted event in.
    pub(crate) fn fold(&mut self, index: u64, chain: &str, holder: &str, kind: &str, data: &Value) {
        let currency = text(data, "currency").to_owned();
        let pool = (id(data, "fund"), id(data, "project"));
        let bank = format!("assets:bank:{}", id(data, "account"));
        let clearing = format!("assets:clearing:{}", id(data, "account"));
        let amount = minor(&data["amount"]);
        let own = |pool: &(String, String), head: &str, currency: &str| -> Key {
            (chain.to_owned(), pool.0.clone(), pool.1.clone(), head.to_owned(), currency.to_owned())
        };
        let here = |head: &str| own(&pool, head, &currency);
        let mut posts: Posts = Vec::new();
        match kind {
            "fund.opened/1" => {
                self.classes.insert((chain.to_owned(), pool.0.clone()), text(data, "class").to_owned());
            }
            "balance.opened/1" => {
                for line in data["lines"].as_array().unwrap() {
                    let (pool, currency) = ((id(line, "fund"), id(line, "project")), text(line, "currency"));
                    let head = match id(line, "account") {
                        none if none.is_empty() => text(line, "head").to_owned(),
                        account => format!("assets:bank:{account}"),
                    };
                    posts.push((own(&pool, &head, currency), minor(&line["amount"])));
                    posts.push((own(&pool, "equity:opening", currency), -minor(&line["amount"])));
                }
            }
            "donation.received/1" => {
                let gifts: Vec<Gift> = data["gifts"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|gift| Gift { gross: minor(&gift["gross"]), fee: minor(&gift["fee"]), ..Gift::default() })
                    .collect();
                let (gross, fee) = (gifts.iter().map(|g| g.gross).sum(), gifts.iter().map(|g| g.fee).sum::<i128>());
                posts.push((here(&clearing), gross - fee));
                posts.push((here("expenses:raising-funds:payment-fees"), fee));
                let mut credits = self.take_promise(chain, data, gross);
                let promised: i128 = credits.iter().map(|(_, part)| part).sum();
                credits.insert(0, (self.own_or_held(chain, &pool.0, "income:donations"), gross - promised));
                posts.extend(credits.iter().map(|(head, part)| (here(head), -part)));
                self.gifts.insert(index, gifts);
                self.credits.insert(index, credits);
            }
            "settlement.received/1" => {
                for line in data["lines"].as_array().unwrap() {
                    let pool = (id(line, "fund"), id(line, "project"));
                    posts.push((own(&pool, &bank, &currency), minor(&line["amount"])));
                    posts.push((own(&pool, &clearing, &currency), -minor(&line["amount"])));
                }
            }
            "donation.refunded/1" => {
                let (of, gift) = self.gift_of(&data["donation"]);
                posts.extend(self.undo(of, amount).into_iter().map(|(head, part)| (here(&head), part)));
                let pay = if text(data, "from") == "bank" { &bank } else { &clearing };
                posts.push((here(pay), -amount));
                let fee = minor(&data["fee_recovered"]);
                posts.push((here(pay), fee));
                posts.push((here("expenses:raising-funds:payment-fees"), -fee));
                let gift = &mut self.gifts.get_mut(&of).unwrap()[gift];
                gift.refunded += amount;
                gift.fee_back += fee;
            }
            "allocation.made/1" => {
                posts.push((own(&(pool.0.clone(), id(data, "to")), &bank, &currency), amount));
                posts.push((own(&(pool.0.clone(), id(data, "from")), &bank, &currency), -amount));
            }
            "expenditure.recorded/1" | "payment.irregular/1" => {
                let head = format!("expenses:{}:{}", text(data, "function"), text(data, "class"));
                posts.push((here(&self.own_or_held(chain, &pool.0, &head)), amount));
                posts.push((here(&bank), -amount));
                if let Some(payment) = self.payments.get_mut(&id(data, "disbursement")) {
                    (payment.state, payment.paid_by) = ("paid", index);
                }
            }
            "commitment.agreed/1" => {
                let conditional = !data["conditions"].as_array().unwrap().is_empty();
                let receivable = if conditional { 0 } else { amount };
                posts.push((here("assets:pledge-receivable"), receivable));
                posts.push((here(&self.own_or_held(chain, &pool.0, "income:donations")), -receivable));
                let promise = Promise {
                    pool: (chain.to_owned(), pool.0.clone(), pool.1.clone()),
                    currency: currency.clone(),
                    amount,
                    conditional,
                    receivable,
                    advance: 0,
                    open: true,
                };
                self.promises.insert((chain.to_owned(), id(data, "commitment")), promise);
            }
            "pledge.cancelled/1" => {
                let promise = self.promises.get_mut(&(chain.to_owned(), id(data, "promise"))).unwrap();
                let (lost, pool) = (promise.receivable, (promise.pool.1.clone(), promise.pool.2.clone()));
                (promise.receivable, promise.open) = (0, false);
                let currency = promise.currency.clone();
                let head = self.own_or_held(chain, &pool.0, "expenses:pledge-loss");
                posts.push((own(&pool, &head, &currency), lost));
                posts.push((own(&pool, "assets:pledge-receivable", &currency), -lost));
            }
            "grant.awarded/1" => {
                let tranches: Vec<Tranche> = data["milestones"].as_array().unwrap().iter().map(tranche).collect();
                if tranches.is_empty() {
                    posts.push((here(&self.own_or_held(chain, &pool.0, "expenses:grants-made")), amount));
                    posts.push((here("liabilities:grants-payable"), -amount));
                }
                let recipient = data["recipient"].clone();
                let grant = Grant { pool, currency, recipient, amount, paid: 0, tranches };
                self.grants.insert(id(data, "grant"), grant);
            }
            "grant.tranche_earned/1" => {
                let name = id(data, "milestone");
                assert!(self.milestones[&name].len() >= 2, "earned without its quorum");
                let grant = self.grants.get_mut(&id(data, "grant")).unwrap();
                let tranche = grant.tranches.iter_mut().find(|t| t.milestone == name).unwrap();
                assert!(!tranche.earned, "earned twice");
                tranche.earned = true;
                let (total, before) = (tranche.amount, tranche.paid);
                let (pool, currency) = (grant.pool.clone(), grant.currency.clone());
                let made = self.own_or_held(chain, &pool.0, "expenses:grants-made");
                posts.push((own(&pool, &made, &currency), total));
                posts.push((own(&pool, "assets:prepayment", &currency), -before));
                posts.push((own(&pool, "liabilities:grants-payable", &currency), before - total));
            }
            "milestone.evidenced/1" => {
                self.milestones.insert(id(data, "milestone"), BTreeSet::new());
            }
            "milestone.attested/1" => {
                self.milestones.entry(id(data, "milestone")).or_default().insert(chain.to_owned());
            }
            "disbursement.requested/1" => {
                let payment = Payment {
                    pool,
                    currency,
                    amount,
                    grant: id(data, "grant"),
                    milestone: id(data, "milestone"),
                    requester: holder.to_owned(),
                    approvers: BTreeSet::new(),
                    state: "requested",
                    paid_by: 0,
                };
                self.payments.insert(id(data, "disbursement"), payment);
            }
            "disbursement.approved/1" => {
                let payment = self.payments.get_mut(&id(data, "disbursement")).unwrap();
                assert!(payment.requester != holder, "approved by its requester");
                assert!(payment.approvers.insert(holder.to_owned()), "approved twice by one holder");
            }
            "disbursement.paid/1" => posts = self.pay(index, chain, data),
            "disbursement.failed/1" => posts = self.fail(&id(data, "disbursement")),
            "disbursement.confirmed/1" => {
                let payment = self.payments.get_mut(&id(data, "disbursement")).unwrap();
                assert_eq!((payment.state, payment.amount), ("paid", amount), "confirmed otherwise than paid");
                payment.state = "confirmed";
                posts.push((here(&bank), amount));
                let mut credits = self.take_promise(chain, data, amount);
                let promised: i128 = credits.iter().map(|(_, part)| part).sum();
                credits.push((self.own_or_held(chain, &pool.0, "income:donations"), amount - promised));
                posts.extend(credits.iter().map(|(head, part)| (here(head), -part)));
            }
            "project.spun_off/1" => {
                for line in data["lines"].as_array().unwrap() {
                    let (pool, currency) = ((id(line, "fund"), pool.1.clone()), text(line, "currency"));
                    let bank = format!("assets:bank:{}", id(line, "account"));
                    posts.push((own(&pool, "equity:transfers", currency), minor(&line["amount"])));
                    posts.push((own(&pool, &bank, currency), -minor(&line["amount"])));
                }
                self.gone.insert(index, data.clone());
            }
            "project.adopted/1" => {
                let of = self.index_of(text(&data["from"], "event"));
                let left = self.gone.remove(&of).expect("adopted what is not gone");
                let lines = left["lines"].as_array().unwrap().clone();
                for (line, said) in data["lines"].as_array().unwrap().iter().zip(lines) {
                    let (pool, currency) = ((id(line, "fund"), pool.1.clone()), text(&said, "currency").to_owned());
                    let bank = format!("assets:bank:{}", id(line, "account"));
                    posts.push((own(&pool, &bank, &currency), minor(&said["amount"])));
                    posts.push((own(&pool, "equity:transfers", &currency), -minor(&said["amount"])));
                }
            }
            "hold.placed/1" => {
                self.holds.insert(id(data, "hold"), text(data, "on").to_owned());
            }
            "hold.lifted/1" => {
                self.holds.remove(&id(data, "hold"));
            }
            "event.reversed/1" => posts = self.reverse(data),
            _ => {}
        }
        for (key, amount) in &posts {
            *self.balances.entry(key.clone()).or_default() += amount;
        }
        self.balances.retain(|_, amount| *amount != 0);
        self.posts.insert(index, posts);
        self.events.insert(index, (chain.to_owned(), kind.to_owned(), data.clone()));
    }

    /// Log index of `<chain>#<seq>` among the events that were folded.
    pub(crate) fn index_of(&self, event: &str) -> u64 {
        let (chain, seq) = event.split_once('#').unwrap();
        let seq: usize = seq.parse().unwrap();
        let mut own = self.events.iter().filter(|(_, (c, ..))| c == chain);
        *own.nth(seq).unwrap().0
    }

    fn gift_of(&self, reference: &Value) -> (u64, usize) {
        let gift = reference["gift"].as_u64().unwrap();
        (self.index_of(text(reference, "event")), usize::try_from(gift).unwrap())
    }

    /// What a promise takes of an inflow, and where it is credited.
    fn take_promise(&mut self, chain: &str, data: &Value, amount: i128) -> Vec<(String, i128)> {
        let Some(promise) = self.promises.get_mut(&(chain.to_owned(), id(data, "pledge"))) else { return Vec::new() };
        assert!(promise.open, "paid on a promise that is not open");
        if promise.conditional {
            let part = amount.min(promise.amount - promise.advance);
            promise.advance += part;
            vec![("liabilities:refundable-advance".to_owned(), part)]
        } else {
            let part = amount.min(promise.receivable);
            promise.receivable -= part;
            promise.open = promise.receivable > 0;
            vec![("assets:pledge-receivable".to_owned(), part)]
        }
    }

    /// Takes `amount` of a gift event's credits back, income first.
    fn undo(&mut self, of: u64, amount: i128) -> Vec<(String, i128)> {
        let (chain, _, data) = self.events[&of].clone();
        let mut rest = amount;
        let mut parts = Vec::new();
        for (head, left) in self.credits.get_mut(&of).unwrap() {
            let part = rest.min(*left);
            (*left, rest) = (*left - part, rest - part);
            parts.push((head.clone(), part));
            let Some(promise) = self.promises.get_mut(&(chain.clone(), id(&data, "pledge"))) else { continue };
            match head.as_str() {
                "liabilities:refundable-advance" => promise.advance -= part,
                "assets:pledge-receivable" if part > 0 => {
                    promise.receivable += part;
                    promise.open = true;
                }
                _ => {}
            }
        }
        assert_eq!(rest, 0, "more was given back than credited");
        parts
    }

    fn pay(&mut self, index: u64, chain: &str, data: &Value) -> Posts {
        let payment = self.payments.get_mut(&id(data, "disbursement")).unwrap();
        assert_eq!(payment.state, "requested", "paid twice");
        (payment.state, payment.paid_by) = ("paid", index);
        let payment = payment.clone();
        if payment.currency == "CNY" && payment.amount >= 5_000_000 {
            assert!(payment.approvers.len() >= 2, "paid without approvals");
        }
        let own = |head: String| -> Key {
            (chain.to_owned(), payment.pool.0.clone(), payment.pool.1.clone(), head, payment.currency.clone())
        };
        let class = data["class"].as_str().unwrap_or("other");
        let debit = match self.grants.get_mut(&payment.grant) {
            None => self.own_or_held(chain, &payment.pool.0, &format!("expenses:charitable:{class}")),
            Some(grant) => {
                grant.paid += payment.amount;
                assert!(grant.paid <= grant.amount, "more paid than granted");
                match grant.tranches.iter_mut().find(|t| t.milestone == payment.milestone) {
                    None => "liabilities:grants-payable".to_owned(),
                    Some(tranche) => {
                        tranche.paid += payment.amount;
                        assert!(tranche.paid <= tranche.amount, "more paid than the tranche");
                        assert!(tranche.earned || tranche.advance, "paid before it was earned");
                        let head = if tranche.earned { "liabilities:grants-payable" } else { "assets:prepayment" };
                        head.to_owned()
                    }
                }
            }
        };
        vec![(own(debit), payment.amount), (own(format!("assets:bank:{}", id(data, "account"))), -payment.amount)]
    }

    fn fail(&mut self, disbursement: &str) -> Posts {
        let payment = self.payments.get_mut(disbursement).unwrap();
        assert_eq!(payment.state, "paid", "failed, but not paid");
        payment.state = "failed";
        let payment = payment.clone();
        let mut posts = negated(&self.posts[&payment.paid_by]);
        if let Some(grant) = self.grants.get_mut(&payment.grant) {
            grant.paid -= payment.amount;
            if let Some(tranche) = grant.tranches.iter_mut().find(|t| t.milestone == payment.milestone) {
                tranche.paid -= payment.amount;
                // An advance that was earned meanwhile is owed again.
                for (key, _) in posts.iter_mut().filter(|(key, _)| tranche.earned && key.3 == "assets:prepayment") {
                    key.3 = "liabilities:grants-payable".to_owned();
                }
            }
        }
        posts
    }

    fn reverse(&mut self, data: &Value) -> Posts {
        let of = self.index_of(text(data, "event"));
        let (chain, kind, event) = self.events[&of].clone();
        let mut posts = Vec::new();
        if let Some(items) = data["items"].as_array() {
            let (mut net, mut fee) = (0, 0);
            for item in items {
                let gift = &mut self.gifts.get_mut(&of).unwrap()[usize::try_from(item.as_u64().unwrap()).unwrap()];
                assert!(!gift.reversed && gift.refunded == 0, "reversed after a reversal or refund");
                gift.reversed = true;
                (net, fee) = (net + gift.gross - gift.fee, fee + gift.fee);
            }
            let own = |head: String| -> Key {
                (chain.clone(), id(&event, "fund"), id(&event, "project"), head, text(&event, "currency").to_owned())
            };
            posts.extend(self.undo(of, net + fee).into_iter().map(|(head, part)| (own(head), part)));
            posts.push((own(format!("assets:clearing:{}", id(&event, "account"))), -net));
            posts.push((own("expenses:raising-funds:payment-fees".to_owned()), -fee));
        } else {
            assert!(self.reversed.insert(of), "reversed twice");
            posts.extend(negated(&self.posts[&of]));
            self.unmake(of, &chain, &kind, &event);
        }
        let loans = self.loans(&posts);
        posts.extend(loans);
        posts
    }

    fn unmake(&mut self, of: u64, chain: &str, kind: &str, event: &Value) {
        match kind {
            "donation.received/1" => {
                let gifts = self.gifts.get_mut(&of).unwrap();
                assert!(gifts.iter().all(|g| !g.reversed && g.refunded == 0), "reversed after a reversal or refund");
                gifts.iter_mut().for_each(|gift| gift.reversed = true);
                let gross = gifts.iter().map(|gift| gift.gross).sum();
                self.undo(of, gross);
            }
            "commitment.agreed/1" => {
                let promise = self.promises.get_mut(&(chain.to_owned(), id(event, "commitment"))).unwrap();
                (promise.receivable, promise.open) = (0, false);
            }
            "pledge.cancelled/1" => {
                let promise = self.promises.get_mut(&(chain.to_owned(), id(event, "promise"))).unwrap();
                promise.receivable = self.posts[&of].iter().map(|(_, amount)| *amount).max().unwrap_or(0).max(0);
                promise.open = true;
            }
            "grant.awarded/1" => {
                let grant = self.grants.get_mut(&id(event, "grant")).unwrap();
                assert_eq!(grant.paid, 0, "reversed with payments on it");
                grant.amount = 0;
                grant.tranches.clear();
            }
            "grant.tranche_earned/1" => {
                let grant = self.grants.get_mut(&id(event, "grant")).unwrap();
                let tranche = grant.tranches.iter_mut().find(|t| t.milestone == id(event, "milestone")).unwrap();
                tranche.earned = false;
            }
            "project.spun_off/1" => {
                self.gone.remove(&of).expect("reversed what was adopted");
            }
            _ => {}
        }
    }

    /// Invariant 9: what a correction takes from a fund that has not got it is lent from `general`.
    fn loans(&self, posts: &Posts) -> Posts {
        let mut pools: BTreeMap<(Key, String), i128> = BTreeMap::new();
        let mut funds: BTreeMap<(String, String, String), i128> = BTreeMap::new();
        for (key, amount) in posts.iter().filter(|(key, _)| is_money(&key.3)) {
            let pool = (key.0.clone(), key.1.clone(), key.2.clone(), String::new(), key.4.clone());
            let account = key.3.rsplit(':').next().unwrap().to_owned();
            *pools.entry((pool, account)).or_default() += amount;
            *funds.entry((key.0.clone(), key.1.clone(), key.4.clone())).or_default() += amount;
        }
        let mut loans = Vec::new();
        for ((chain, fund, currency), change) in funds {
            let after = self.spendable(&chain, &fund, &currency) + change;
            if change >= 0 || after >= 0 || self.class(&chain, &fund) == "unrestricted" {
                continue;
            }
            let mut short = (-after).min(-change);
            for ((pool, account), taken) in &pools {
                if (&pool.0, &pool.1, &pool.4) != (&chain, &fund, &currency) || *taken >= 0 {
                    continue;
                }
                let part = short.min(-taken);
                short -= part;
                let bank = format!("assets:bank:{account}");
                let borrower = |head: &str| -> Key {
                    (chain.clone(), fund.clone(), pool.2.clone(), head.to_owned(), currency.clone())
                };
                let lender = |head: &str| -> Key {
                    (chain.clone(), "general".to_owned(), String::new(), head.to_owned(), currency.clone())
                };
                loans.extend([(borrower(&bank), part), (borrower("liabilities:due-to"), -part)]);
                loans.extend([(lender("assets:due-from"), part), (lender(&bank), -part)]);
            }
        }
        loans
    }
}

fn is_money(head: &str) -> bool {
    head.starts_with("assets:bank:") || head.starts_with("assets:clearing:")
}

fn negated(posts: &Posts) -> Posts {
    posts.iter().map(|(key, amount)| (key.clone(), -amount)).collect()
}

fn tranche(gate: &Value) -> Tranche {
    Tranche {
        milestone: id(gate, "milestone"),
        amount: minor(&gate["tranche"]),
        advance: gate["advance"].as_bool().unwrap_or(false),
        earned: false,
        paid: 0,
    }
}
