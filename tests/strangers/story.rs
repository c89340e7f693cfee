//! One ledger for all: three charities, three currencies, and everything that moves money.

use acceptance::{DAY, Event, House, Pen};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// A stopped ledger of some 400 events, so that its bundles and tiles go beyond the first 256.
pub(crate) fn ledger() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(|| {
        let house = House::new("strangers.example/ledger");
        let served = house.serve();
        let mut pen = Pen::new(&house, &served.client);
        let mut events = Vec::new();
        tell(&mut pen, &mut events);
        let notes: Vec<String> = events.iter().map(Event::note).collect();
        for (event, result) in events.iter().zip(served.client.send_many(&notes)) {
            assert_eq!(result["status"], 201, "{} {result}", event.text());
        }
        assert_eq!(served.published(), events.len() as u64 + 4);
        assert!(served.terminate().success());
        house
    })
}

/// A charity with its account in a currency, and the funds `general` and `water`.
fn charity(pen: &mut Pen, events: &mut Vec<Event>, chain: &str, currencies: &[&str]) {
    let key = Pen::key(&format!("{chain}/alice"));
    let roles: &[&str] = &["admin", "book", "request", "report"];
    events.extend(pen.open(chain, &[(&key, "alice", roles)], json!([]), json!({})));
    for currency in currencies {
        let account = format!("account/{}", currency.to_lowercase());
        events.push(pen.write(
            chain,
            "account.opened/1",
            json!({"account": account, "kind": "bank", "currency": currency}),
        ));
    }
    for (fund, class) in [("general", "unrestricted"), ("water", "restricted"), ("others", "agency")] {
        let data = json!({"fund": format!("fund/{fund}"), "class": class, "purpose": fund});
        events.push(pen.write(chain, "fund.opened/1", data));
    }
    events.push(pen.write(chain, "project.proposed/1", json!({"project": "project/wells", "title": {"en": "Wells"}})));
}

/// `10.07` in a currency with two digits, `1007` in yen.
fn amount(minor: u64, currency: &str) -> String {
    if currency == "JPY" { minor.to_string() } else { format!("{}.{:02}", minor / 100, minor % 100) }
}

fn tell(pen: &mut Pen, events: &mut Vec<Event>) {
    charity(pen, events, "well", &["CNY", "JPY"]);
    charity(pen, events, "lantern", &["GBP", "JPY"]);
    charity(pen, events, "clinic", &["CNY"]);
    for (chain, currency) in
        [("well", "CNY"), ("well", "JPY"), ("lantern", "GBP"), ("lantern", "JPY"), ("clinic", "CNY")]
    {
        money(pen, events, chain, currency);
    }
    between_chains(pen, events);
}

/// Gifts with fees, settlements, refunds, purchases, reversals, money set aside, promises.
fn money(pen: &mut Pen, events: &mut Vec<Event>, chain: &str, currency: &str) {
    let mut write = |kind: &str, data: Value| {
        let event = pen.write(chain, kind, data);
        events.push(event.clone());
        event
    };
    let account = format!("account/{}", currency.to_lowercase());
    let of = |minor: u64| amount(minor, currency);
    let day = |n: u64| format!("2026-{:02}-{:02}", 1 + n / 28 % 12, 1 + n % 28);
    write(
        "balance.opened/1",
        json!({"basis": "audited", "effective_date": "2026-01-01", "lines": [
        {"head": "assets:bank", "account": account, "fund": "fund/general", "currency": currency, "amount": of(5_000_000)}]}),
    );
    for n in 0..20u64 {
        let fund = ["fund/water", "fund/general", "fund/others"][(n % 3) as usize];
        let (gross, fee) = (10_007 + 13 * n, 60 + n);
        // Dates run backwards here and there, as they do in life.
        let gift = write(
            "donation.received/1",
            json!({
                "account": account, "currency": currency, "fund": fund, "effective_date": day(40 - n),
                "gifts": [{"gross": of(gross), "fee": of(fee)}, {"gross": of(500), "fee": of(0)}],
            }),
        );
        write(
            "settlement.received/1",
            json!({"account": account, "currency": currency, "effective_date": day(40 - n),
            "lines": [{"fund": fund, "amount": of(gross - fee + 500)}]}),
        );
        let mut reference = gift.reference();
        match n % 4 {
            0 => {
                reference["gift"] = json!(1);
                write(
                    "donation.refunded/1",
                    json!({
                        "donation": reference, "account": account, "from": "bank", "currency": currency, "fund": fund,
                        "amount": of(120 + n), "effective_date": day(41 - n), "reason": "donor's wish",
                    }),
                );
            }
            1 => {
                reference["items"] = json!([1]);
                reference["effective_date"] = json!(day(50));
                reference["reason"] = json!("entered twice");
                write("event.reversed/1", reference);
            }
            2 => {
                let spent = write(
                    "expenditure.recorded/1",
                    json!({
                        "account": account, "fund": fund, "currency": currency, "amount": of(1_000 + n),
                        "payee": {"organisation": "GB-COH-1", "name": "Pumps"}, "function": "charitable", "class": "equipment",
                        "related_party": false, "effective_date": day(n),
                    }),
                );
                if n % 8 == 2 {
                    let mut undo = spent.reference();
                    undo["effective_date"] = json!(day(60));
                    undo["reason"] = json!("another fund");
                    write("event.reversed/1", undo);
                }
            }
            _ => {
                write(
                    "allocation.made/1",
                    json!({"account": account, "currency": currency, "fund": "fund/water",
                    "to": "project/wells", "amount": of(300 + n), "effective_date": day(n)}),
                );
            }
        }
    }
    let id = currency.to_lowercase();
    write(
        "commitment.agreed/1",
        json!({"commitment": format!("commitment/{id}"), "fund": "fund/water", "currency": currency,
        "amount": of(200_001), "date": DAY, "conditions": []}),
    );
    write(
        "donation.received/1",
        json!({"account": account, "currency": currency, "fund": "fund/water", "effective_date": DAY,
        "pledge": format!("commitment/{id}"), "gifts": [{"gross": of(70_003), "fee": of(11)}]}),
    );
    write(
        "pledge.cancelled/1",
        json!({"promise": format!("commitment/{id}"), "effective_date": DAY, "reason": "withdrawn"}),
    );
    write(
        "grant.awarded/1",
        json!({"grant": format!("grant/{id}"), "recipient": {"organisation": "GB-CHC-9", "name": "A school"},
        "fund": "fund/water", "currency": currency, "amount": of(9_001), "date": DAY, "purpose": "Pumps", "milestones": []}),
    );
    write(
        "disbursement.requested/1",
        json!({"disbursement": format!("disbursement/{id}"), "grant": format!("grant/{id}"),
        "fund": "fund/water", "currency": currency, "amount": of(4_001), "payee": {"organisation": "GB-CHC-9"}, "purpose": "Pumps"}),
    );
    write(
        "disbursement.paid/1",
        json!({"disbursement": format!("disbursement/{id}"), "account": account, "effective_date": DAY}),
    );
}

/// A grant from one charity to another, paid and confirmed; a payment that came back.
fn between_chains(pen: &mut Pen, events: &mut Vec<Event>) {
    let mut write = |chain: &str, kind: &str, data: Value| {
        let event = pen.write(chain, kind, data);
        events.push(event.clone());
        event
    };
    write(
        "well",
        "grant.awarded/1",
        json!({"grant": "grant/clinic", "recipient": {"chain": "clinic"}, "fund": "fund/general",
        "currency": "CNY", "amount": "1234.56", "date": DAY, "purpose": "Medicine", "milestones": []}),
    );
    write("clinic", "grant.accepted/1", json!({"grant": "well/grant/clinic"}));
    for (id, amount) in [("first", "1000.01"), ("second", "200.00")] {
        let id = format!("disbursement/{id}");
        write(
            "well",
            "disbursement.requested/1",
            json!({"disbursement": id, "grant": "grant/clinic", "fund": "fund/general",
            "currency": "CNY", "amount": amount, "payee": {"chain": "clinic"}, "purpose": "Medicine"}),
        );
        let paid = write(
            "well",
            "disbursement.paid/1",
            json!({"disbursement": id, "account": "account/cny", "effective_date": DAY}),
        );
        if amount == "200.00" {
            write(
                "well",
                "disbursement.failed/1",
                json!({"disbursement": id, "effective_date": DAY, "reason": "account closed"}),
            );
        } else {
            let mut data = paid.reference();
            let rest = json!({"disbursement": format!("well/{id}"), "account": "account/cny", "fund": "fund/water", "currency": "CNY",
                "amount": amount, "effective_date": DAY});
            data.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            write("clinic", "disbursement.confirmed/1", data);
        }
    }
}
