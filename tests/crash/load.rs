//! An author who appends, remembers what was acknowledged, and sends again what was not.

use acceptance::{Chance, Client, DAY, Event, Pen};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// One chain's author.
pub(crate) struct Author {
    pub(crate) chain: String,
    pen: Pen,
    /// Signed and sent, and no answer came: they are stored or not, and sent again as they are.
    unknown: Vec<Event>,
    /// Seq → index and hash, as the server said.
    pub(crate) acknowledged: BTreeMap<u64, (u64, String)>,
}

impl Author {
    pub(crate) fn new(chain: &str, pen: Pen) -> Author {
        Author { chain: chain.to_owned(), pen, unknown: Vec::new(), acknowledged: BTreeMap::new() }
    }

    /// Appends batch after batch until the server is gone.
    pub(crate) fn append_until_it_ends(&mut self, client: &Client, mut chance: Chance, acknowledged: &AtomicU64) {
        loop {
            let count = chance.between(1, 60);
            if !self.append(client, count) {
                return;
            }
            acknowledged.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Sends what is unknown, or else a new batch; tells whether it was acknowledged.
    pub(crate) fn append(&mut self, client: &Client, count: u64) -> bool {
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
