//! The stage that every row is played on: a few chains with some money, requests and promises.

use acceptance::{Client, DAY, Event, House, Pen, Served};
use almoner_proof::SecretKey;
use serde_json::{Value, json};

/// A running server and who is on it.
pub(crate) struct Stage {
    pub(crate) served: Served,
    /// Its directory goes when the stage goes.
    pub(crate) house: House,
    pub(crate) pen: Pen,
    /// Events that rows refer to, as `well#7`.
    pub(crate) gifts: Event,
    pub(crate) bought: Event,
    pub(crate) fund: Event,
    pub(crate) reversal: Event,
    pub(crate) asked: Event,
    /// All events of the stage, in log order, from index 4 on.
    pub(crate) events: Vec<Event>,
}

/// Keys of the charity `well`: person after person.
pub(crate) fn well(label: &str) -> SecretKey {
    Pen::key(&format!("well/{label}"))
}

/// What an organisation outside of the log is called here.
pub(crate) fn pump_works() -> Value {
    json!({"organisation": "CN-USCI-91330100MA0000000X", "name": "Pump works"})
}

impl Stage {
    /// A charity `well` of Alice (does everything), Bob (approves), Carol (whose key is retired) and
    /// Dave (books); its supervisor `watch`; the reviewers `geo`, `mole` and `twin` (which has Alice's
    /// key); the charity `clinic`; and `dry`, which is open but not admitted.
    pub(crate) fn set() -> Stage {
        let house = House::new("http.example/ledger");
        let served = house.serve();
        let mut pen = Pen::new(&house, &served.client);
        let mut all = Vec::new();
        let everything: &[&str] = &["admin", "book", "request", "approve", "report"];
        let one = |name: &str| Pen::key(name);

        all.extend(pen.open(
            "watch",
            &[(&one("watch/ines"), "ines", &["admin", "supervise"])],
            json!([]),
            json!({"role": "regulator"}),
        ));
        let people: &[(&SecretKey, &str, &[&str])] = &[
            (&well("alice"), "alice", everything),
            (&well("alice-phone"), "alice", &["approve"]),
            (&well("bob"), "bob", &["approve"]),
            (&well("carol"), "carol", &["book"]),
            (&well("dave"), "dave", &["book"]),
        ];
        let two_pairs_of_eyes = json!([{"currency": "CNY", "from": "50000.00", "approvers": 1}]);
        all.extend(pen.open("well", people, two_pairs_of_eyes, json!({"supervisor": "watch"})));
        all.extend(pen.open(
            "geo",
            &[(&one("geo/gina"), "gina", &["admin", "attest"])],
            json!([]),
            json!({"role": "reviewer"}),
        ));
        all.extend(pen.open(
            "mole",
            &[(&one("mole/max"), "max", &["admin", "attest"])],
            json!([]),
            json!({"role": "reviewer"}),
        ));
        let same_key = SecretKey::from_seed("twin/tim", &almoner_proof::Hash::of(b"well/alice").0);
        all.extend(pen.open(
            "twin",
            &[(&same_key, "tim", &["admin", "attest"])],
            json!([]),
            json!({"role": "reviewer"}),
        ));
        all.extend(pen.open("clinic", &[(&one("clinic/chen"), "chen", everything)], json!([]), json!({})));
        // Opened, but nobody admits it.
        let dry = pen.opening("dry", &[(&one("dry/dora"), "dora", everything)], json!([]));
        pen.follow(&dry);
        all.push(dry);

        let mut write = |chain: &str, kind: &str, data: Value| {
            let event = pen.write(chain, kind, data);
            all.push(event.clone());
            event
        };
        write("well", "account.opened/1", json!({"account": "account/bank", "kind": "bank", "currency": "CNY"}));
        write("well", "account.opened/1", json!({"account": "account/yen", "kind": "bank", "currency": "JPY"}));
        write(
            "well",
            "fund.opened/1",
            json!({"fund": "fund/general", "class": "unrestricted", "purpose": "Whatever is needed"}),
        );
        let fund =
            write("well", "fund.opened/1", json!({"fund": "fund/water", "class": "restricted", "purpose": "Water"}));
        write(
            "well",
            "fund.opened/1",
            json!({"fund": "fund/frozen", "class": "restricted", "purpose": "Under a hold"}),
        );
        write("well", "project.proposed/1", json!({"project": "project/wells", "title": {"en": "Twelve wells"}}));
        // Water gets 1,000 from two donors, and keeps 996 less what follows.
        let gifts = write(
            "well",
            "donation.received/1",
            json!({
                "account": "account/bank", "currency": "CNY", "fund": "fund/water", "effective_date": DAY,
                "gifts": [{"gross": "600.00", "fee": "0.00"}, {"gross": "400.00", "fee": "4.00"}],
            }),
        );
        write("well", "settlement.received/1", settled("fund/water", "996.00"));
        write(
            "well",
            "donation.received/1",
            json!({
                "account": "account/bank", "currency": "CNY", "fund": "fund/frozen", "effective_date": DAY,
                "gifts": [{"gross": "500.00", "fee": "0.00"}],
            }),
        );
        write("well", "settlement.received/1", settled("fund/frozen", "500.00"));
        write(
            "watch",
            "hold.placed/1",
            json!({"hold": "hold/h1", "on": "well/fund/frozen", "basis": "Charity Law art. 97"}),
        );
        // 10 of the second gift goes back, so that the gifts cannot simply be reversed.
        let mut refund = json!({"account": "account/bank", "from": "bank", "currency": "CNY", "fund": "fund/water", "amount": "10.00", "effective_date": DAY, "reason": "donor's wish"});
        refund["donation"] = gifts.reference();
        refund["donation"]["gift"] = json!(1);
        write("well", "donation.refunded/1", refund);
        // A pump is bought, and that is undone.
        let bought = write("well", "expenditure.recorded/1", spent("fund/water", "100.00"));
        let mut undo = bought.reference();
        undo.as_object_mut()
            .unwrap()
            .extend(json!({"effective_date": DAY, "reason": "entered twice"}).as_object().unwrap().clone());
        let reversal = write("well", "event.reversed/1", undo);
        // Two large payments: the first waits for Bob, the second has his approval.
        let asked = write("well", "disbursement.requested/1", asked_for("disbursement/waiting", "60000.00"));
        let approved = write("well", "disbursement.requested/1", asked_for("disbursement/approved", "60000.00"));
        let approval = json!({"disbursement": "disbursement/approved", "request": approved.hash().to_base64()});
        let approval = pen.draft("well", "disbursement.approved/1", approval).by(&[&well("bob")]);
        pen.follow(&approval);
        all.push(approval);
        // A grant of 300 that waits for its milestone, with a payment on it; and one of 100 without conditions.
        let mut write = |chain: &str, kind: &str, data: Value| {
            let event = pen.write(chain, kind, data);
            all.push(event.clone());
            event
        };
        write(
            "well",
            "milestone.planned/1",
            json!({
                "milestone": "milestone/m1", "project": "project/wells", "title": {"en": "First well gives water"}, "indicator": "wells in use",
                "target": "1", "unit": "wells", "due": "2026-12-31", "reviewers": [{"chain": "geo", "role": "hydrologist"}], "quorum": 1,
            }),
        );
        write(
            "well",
            "grant.awarded/1",
            json!({
                "grant": "grant/g1", "recipient": pump_works(), "fund": "fund/water", "currency": "CNY", "amount": "300.00", "date": DAY,
                "purpose": "The first well", "milestones": [{"milestone": "milestone/m1", "tranche": "300.00"}],
            }),
        );
        let mut on_grant = asked_for("disbursement/early", "300.00");
        on_grant["grant"] = json!("grant/g1");
        on_grant["milestone"] = json!("milestone/m1");
        write("well", "disbursement.requested/1", on_grant);
        write(
            "well",
            "grant.awarded/1",
            json!({
                "grant": "grant/g2", "recipient": pump_works(), "fund": "fund/water", "currency": "CNY", "amount": "100.00", "date": DAY,
                "purpose": "Spare parts", "milestones": [],
            }),
        );
        write("well", "key.retired/1", json!({"key": "well/carol"}));
        write(
            "importer",
            "import.declared/1",
            json!({"import": "import/0f", "sha256": "0".repeat(64), "name": "a.xml", "standard": "iati 2.03", "mapper": "iati-1", "findings": []}),
        );
        write("importer", "transaction.observed/1", observed());

        let notes: Vec<String> = all.iter().map(Event::note).collect();
        for (event, result) in all.iter().zip(served.client.send_many(&notes)) {
            assert_eq!(result["status"], 201, "{} {result}", event.text());
        }
        // One event has seen the newest checkpoint, so that its chain may not see less again.
        served.published();
        let log = served.client.get("/v1/log").json;
        let seen = format!("{} {}", log["size"], log["root"].as_str().unwrap());
        let data = json!({"programme": "programme/health", "name": {"en": "Health"}});
        let event = pen.draft("clinic", "programme.opened/1", data).with("seen", seen);
        pen.follow(&event);
        assert_eq!(served.client.send(&event.note()).status, 201);
        all.push(event);
        served.published();
        Stage { served, house, pen, gifts, bought, fund, reversal, asked, events: all }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.served.client
    }

    /// The log's size and every balance.
    pub(crate) fn state(&self) -> (Value, Value) {
        let log = self.client().get("/v1/log").ok().json;
        (log["committed"].clone(), self.client().get("/v1/balances").ok().json["balances"].clone())
    }

    /// The server's own key on `operator`.
    pub(crate) fn sequencer(&self) -> SecretKey {
        self.house.key("sequencer")
    }

    /// A draft of `well`, signed by Alice unless the row says otherwise.
    pub(crate) fn well(&self, kind: &str, data: impl ToString) -> Event {
        self.pen.draft("well", kind, data)
    }
}

/// Money that arrives at the bank.
fn settled(fund: &str, amount: &str) -> Value {
    json!({"account": "account/bank", "currency": "CNY", "effective_date": DAY, "lines": [{"fund": fund, "amount": amount}]})
}

/// A pump that is bought.
pub(crate) fn spent(fund: &str, amount: &str) -> Value {
    json!({
        "account": "account/bank", "fund": fund, "currency": "CNY", "amount": amount, "payee": pump_works(),
        "function": "charitable", "class": "equipment", "related_party": false, "effective_date": DAY,
    })
}

/// A payment that is asked for.
pub(crate) fn asked_for(id: &str, amount: &str) -> Value {
    json!({"disbursement": id, "fund": "fund/water", "currency": "CNY", "amount": amount, "payee": pump_works(), "purpose": "Drilling"})
}

/// One gift of 10.00 to the fund Water.
pub(crate) fn gift() -> Value {
    json!({
        "account": "account/bank", "currency": "CNY", "fund": "fund/water", "effective_date": DAY,
        "gifts": [{"gross": "10.00", "fee": "0.00"}],
    })
}

/// A transaction of somebody else's file.
pub(crate) fn observed() -> Value {
    json!({"import": "import/0f", "key": almoner_proof::Hash::of(b"a transaction").to_base64(), "line": 42, "activity": "GB-CHC-1", "findings": []})
}
