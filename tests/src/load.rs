//! An author who appends, remembers what was acknowledged, and sends again what was not.

use crate::{Chance, Client, DAY, Event, House, Pen, Served};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// One chain's author.
pub struct Author {
    pub chain: String,
    pen: Pen,
    /// Signed and sent, and no answer came: they are stored or not, and sent again as they are.
    unknown: Vec<Event>,
    /// Seq → index and hash, as the server said.
    pub acknowledged: BTreeMap<u64, (u64, String)>,
}

impl Author {
    pub fn new(chain: &str, pen: Pen) -> Author {
        Author { chain: chain.to_owned(), pen, unknown: Vec::new(), acknowledged: BTreeMap::new() }
    }

    /// Appends batch after batch until the server is gone.
    pub fn append_until_it_ends(&mut self, client: &Client, mut chance: Chance, acknowledged: &AtomicU64) {
        loop {
            let count = chance.between(1, 60);
            if !self.append(client, count) {
                return;
            }
            acknowledged.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Sends what is unknown, or else a new batch; tells whether it was acknowledged.
    pub fn append(&mut self, client: &Client, count: u64) -> bool {
        if self.unknown.is_empty() {
            let gift = json!({
                "account": "account/bank", "currency": "CNY", "fund": "fund/water", "effective_date": DAY,
                "gifts": [{"gross": "10.00", "fee": "0.06"}],
            });
            self.unknown = (0..count).map(|_| self.pen.write(&self.chain, "donation.received/1", &gift)).collect();
        }
        let notes: Vec<String> = self.unknown.iter().map(Event::note).collect();
        // Gone, or shutting down: nothing is known of the batch.
        let Ok(answer) = client.try_send_many(&notes) else { return false };
        if answer.status == 503 {
            return false;
        }
        let results = answer.ok().json["results"].as_array().unwrap().clone();
        assert_eq!(results.len(), self.unknown.len());
        for (event, result) in self.unknown.drain(..).zip(results) {
            assert!(result["status"] == 201 || result["status"] == 200, "{}: {result}", event.id());
            assert_eq!(result["hash"], event.hash().to_base64());
            let seq = event.id().rsplit_once('#').unwrap().1.parse().unwrap();
            let index = result["index"].as_u64().unwrap();
            let before = self.acknowledged.insert(seq, (index, event.hash().to_base64()));
            assert_eq!(before, None, "{} was acknowledged already", event.id());
        }
        true
    }
}

/// Clients that append at the same time, each on a chain of its own.
const AUTHORS: usize = 4;

/// Opens a charity for each author and gives the authors.
pub fn authors(house: &House, served: &Served) -> Vec<Author> {
    so_many_authors(AUTHORS, house, served)
}

/// The same, for so many.
pub fn so_many_authors(count: usize, house: &House, served: &Served) -> Vec<Author> {
    let mut pen = Pen::new(house, &served.client);
    let chains: Vec<String> = (0..count).map(|n| format!("charity-{n}")).collect();
    let mut events: Vec<Event> = Vec::new();
    for chain in &chains {
        let key = Pen::key(&format!("{chain}/alice"));
        events.extend(pen.open(chain, &[(&key, "alice", &["admin", "book"])], json!([]), json!({})));
        let account = json!({"account": "account/bank", "kind": "bank", "currency": "CNY"});
        events.push(pen.write(chain, "account.opened/1", account));
        let fund = json!({"fund": "fund/water", "class": "restricted", "purpose": "Water"});
        events.push(pen.write(chain, "fund.opened/1", fund));
    }
    let notes: Vec<String> = events.iter().map(Event::note).collect();
    for result in served.client.send_many(&notes) {
        assert_eq!(result["status"], 201, "{result}");
    }
    chains.iter().map(|chain| Author::new(chain, pen.clone())).collect()
}

/// Every acknowledged event is in the log, at its index and with its hash.
pub fn nothing_is_lost(authors: &[Author], served: &Served) -> u64 {
    let size = served.published();
    for author in authors {
        let mut held = author.acknowledged.iter();
        let mut path = Some(format!("/v1/chains/{}/events?limit=1000", author.chain));
        let mut expected = held.next();
        while let Some(page) = path {
            let page = served.client.get(&page).ok().json;
            for event in page["events"].as_array().unwrap() {
                let Some((seq, (index, hash))) = expected else { break };
                if event["seq"] == *seq {
                    assert_eq!(
                        (&event["index"], &event["hash"]),
                        (&json!(index), &json!(hash)),
                        "{}#{seq}",
                        author.chain
                    );
                    expected = held.next();
                }
            }
            path = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(expected, None, "{}: acknowledged, and not in a log of {size} events", author.chain);
        if let Some((seq, (index, hash))) = author.acknowledged.last_key_value() {
            let event = served.client.get(&format!("/v1/events/{}-{seq}", author.chain)).ok().json;
            assert_eq!((&event["index"], &event["hash"]), (&json!(index), &json!(hash)), "{}#{seq}", author.chain);
        }
    }
    size
}

/// The full audit of the directory: verified, over at least so many events.
pub fn audited(house: &House, at_least: usize) {
    let report: Value = house.almoner(["audit", &house.ledger(), "--json"]).ok().json();
    assert_eq!(report["verdict"], "verified", "{report}");
    let size = report["size"].as_u64().unwrap();
    assert!(size >= at_least as u64, "{size} events, {at_least} acknowledged");
}
