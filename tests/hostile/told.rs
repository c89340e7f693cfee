//! Answers in the shape of the API, whatever they say.

use almoner_wire::{
    Accepted, Approvals, BalanceRow, Balances, Chain, ChainRow, DryRun, Event, EventAt, EventRow, EventTold, Events,
    Finding, Fix, Gift, GiftTold, GivenBack, Gone, Head, Hop, How, Log, Observed, Outcome, PoolChange, Results, Rules,
    Segment, Step, Totals, Tree, Tried, Would,
};
use serde_json::{Value, json};

/// What a log of this name and no events says.
pub(crate) fn log(origin: &str) -> String {
    let text = String::new;
    let log = Log {
        origin: origin.to_owned(),
        size: 0,
        root: text(),
        vkey: text(),
        rules: Rules { version: 1, currencies: text() },
        committed: 0,
        chains: 0,
        gifts: 0,
        observed: 0,
        observed_current: 0,
    };
    serde_json::to_string(&log).unwrap()
}

/// An event in a list.
pub(crate) fn event(seq: u64, kind: &str, data: Value) -> EventRow {
    let told = Event {
        index: seq,
        event: format!("importer#{seq}"),
        chain: "importer".to_owned(),
        seq,
        hash: String::new(),
        kind: kind.to_owned(),
        time: String::new(),
        data,
        note: String::new(),
    };
    EventRow { told, reverses: None }
}

/// A page of events.
pub(crate) fn events(rows: Vec<EventRow>, next: Option<&str>) -> String {
    let page = Events { events: rows, next: next.map(str::to_owned), origin: String::new(), size: 0 };
    serde_json::to_string(&page).unwrap()
}

/// As many events that were taken.
pub(crate) fn taken(count: u64) -> String {
    let accepted = |index| {
        let text = String::new();
        Outcome::Accepted(Accepted { status: 201, index, hash: text.clone(), duplicate: false, receipt: text })
    };
    serde_json::to_string(&Results { results: (0..count).map(accepted).collect() }).unwrap()
}

/// A draft that does all sorts of things.
fn tried(word: &str) -> Tried {
    let text = || word.to_owned();
    let pool =
        PoolChange { fund: text(), project: Some(text()), currency: text(), before: text(), after: format!("{word}.") };
    let fix = Fix {
        action: "allocate".to_owned(),
        fund: format!("well/fund/{word}"),
        project: "well/project/a".to_owned(),
        account: "well/account/a".to_owned(),
        currency: "CNY".to_owned(),
        amount: "1.00".to_owned(),
    };
    Tried::Would(Box::new(Would {
        admitted: true,
        event: text(),
        hash: text(),
        sentence: [("en".to_owned(), text())].into(),
        would: vec![text()],
        pools: vec![pool],
        approvals: Some(Approvals { needed: 2, have: 1 }),
        findings: vec![Finding { code: text(), event: Some(text()), member: Some(text()), about: Some(text()) }],
        fix: vec![fix],
    }))
}

/// Something reported that no newest file holds.
fn observed(word: &str) -> Observed {
    let text = || word.to_owned();
    let by = EventAt { event: text(), index: 1 };
    let gone = Some(Gone { by, newest: Some(text()), says: text() });
    Observed { index: 1, event: text(), activity: Some(text()), current: false, held_by: None, gone }
}

/// What a path is answered, with this word wherever a text can stand, and in a member that nobody knows.
pub(crate) fn said(request: &str, word: &str) -> Value {
    let text = || word.to_owned();
    let path = request.split(' ').next_back().unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let tail = path.strip_prefix("/v1/").unwrap_or_default();
    let row = Event {
        index: 1,
        event: text(),
        chain: text(),
        seq: 0,
        hash: text(),
        kind: text(),
        time: text(),
        data: json!({word: word}),
        note: text(),
    };
    let row = EventRow { told: row, reverses: None };
    let totals = || Totals {
        currency: text(),
        opening: text(),
        received: text(),
        fees: text(),
        spent: text(),
        passed_on: text(),
        refunded: text(),
        reversed: text(),
        moved_in: text(),
        moved_out: text(),
        unspent: text(),
    };
    let value = if tail.starts_with("balances") {
        let balances = vec![BalanceRow {
            chain: text(),
            fund: text(),
            project: Some(text()),
            account: text(),
            currency: text(),
            amount: text(),
        }];
        serde_json::to_value(Balances { balances, next: None, origin: text(), size: 3, root: text() })
    } else if tail.starts_with("gifts/") {
        let hop = Hop {
            event: text(),
            index: 1,
            hash: text(),
            kind: text(),
            chain: text(),
            fund: Some(text()),
            project: Some(text()),
            payee: Some(text()),
            purpose: Some(text()),
            milestone: Some(text()),
            date: Some(text()),
            step: Step::Paid,
        };
        let back = GivenBack {
            event: text(),
            index: 1,
            how: How::Refunded,
            gift: Some(0),
            amount: Some(text()),
            currency: Some(text()),
            date: Some(text()),
            reason: Some(text()),
        };
        let segment = Segment { amount: text(), state: text(), hops: vec![hop], hops_left_out: 0 };
        let gift = Gift {
            gift: text(),
            currency: text(),
            rule: text(),
            gross: text(),
            fee: text(),
            free: text(),
            spent: text(),
            lent: text(),
            in_transit: text(),
            passed_on: text(),
            refunded: text(),
            reversed: text(),
            taken_over: text(),
            given_back: vec![back],
            totals: totals(),
            segments: vec![segment],
        };
        let (event, origin, root) = (text(), text(), text());
        serde_json::to_value(GiftTold { gift, event, index: 1, next: None, origin, size: 3, root })
    } else if tail.starts_with("chains/") && tail.ends_with("/events") {
        serde_json::to_value(Events { events: vec![row], next: None, origin: text(), size: 3 })
    } else if tail.starts_with("chains/") {
        serde_json::to_value(Chain {
            row: ChainRow { chain: text(), ..ChainRow::default() },
            keys: Vec::new(),
            keys_left_out: 0,
            origin: text(),
            size: 3,
            next_seq: 1,
            head: Head { seq: 0, hash: text() },
            seen: Tree { size: 3, root: text() },
        })
    } else if tail.starts_with("events/") {
        serde_json::to_value(EventTold { row, reversed_by: Vec::new(), observed: Some(observed(word)) })
    } else if request.contains("dry_run") {
        serde_json::to_value(DryRun { size: 3, head: None, results: vec![tried(word)] })
    } else {
        Ok(
            json!({"results": [{"code": word, "detail": word, "about": word}], "code": word, "detail": word, "about": word}),
        )
    };
    let mut value = value.unwrap();
    value[word] = json!(word);
    value
}
