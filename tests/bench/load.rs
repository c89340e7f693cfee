//! Signed load: many chains, one or 256 gifts an event.

use almoner_proof::commitment::commit;
use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::{Hash, SecretKey, note};
use almoner_server::app::{LedgerDirectory, Node, Options};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

/// Chains that write at once.
const CHAINS: u64 = 128;
const TIME: &str = "2026-11-21T00:00:00Z";

/// A charity that is ready to receive.
pub(crate) struct Chain {
    pub id: String,
    key: SecretKey,
    seq: u64,
    prev: Hash,
}

impl Chain {
    fn next(&mut self, origin: &str, extra: &[&SecretKey], kind: &str, data: &Value) -> String {
        let data = data.to_string();
        let draft = Draft {
            log: origin,
            chain: &self.id,
            seq: self.seq,
            prev: self.prev,
            seen: (0, empty_root()),
            time: TIME,
            kind,
            data: &data,
        };
        let text = draft.text();
        self.seq += 1;
        self.prev = Hash::of(text.as_bytes());
        let mut keys = vec![&self.key];
        keys.extend(extra);
        note::sign(&text, &keys)
    }
}

/// A ledger with charities.
pub(crate) struct World {
    pub node: Node,
    pub chains: Vec<Chain>,
}

impl World {
    pub(crate) fn new(dir: &Path, options: Options) -> World {
        let directory = LedgerDirectory::new(dir);
        let mut seed = 0u8;
        let mut seeds = || {
            seed += 1;
            [seed; 32]
        };
        let node = directory.init("bench.example/giving", &mut seeds, options).unwrap();
        let registrar = directory.read_key("registrar").unwrap();
        let origin = node.shared().origin.clone();
        let mut operator =
            Chain { id: "operator".to_owned(), key: registrar.clone(), seq: 3, prev: last_hash(&node, "operator") };
        let mut notes = Vec::new();
        let mut chains = Vec::new();
        for number in 0..CHAINS {
            let id = format!("charity-{number}");
            let seed = Hash::of(id.as_bytes()).0;
            let mut chain = Chain {
                key: SecretKey::from_seed(&format!("{id}/book"), &seed),
                id: id.clone(),
                seq: 0,
                prev: Hash::default(),
            };
            let keys =
                json!([{ "vkey": chain.key.verifier().to_string(), "holder": "office", "roles": ["admin", "book"] }]);
            let opened = json!({ "name": { "en": id }, "keys": keys, "admin_quorum": 1, "approvals": [], "recovery": { "keys": [], "quorum": 1 } });
            notes.push(chain.next(&origin, &[&registrar], "chain.opened/1", &opened));
            let admitted =
                json!({ "chain": id, "role": "charity", "event": format!("{id}#0"), "hash": chain.prev.to_base64() });
            notes.push(operator.next(&origin, &[], "chain.admitted/1", &admitted));
            notes.push(chain.next(
                &origin,
                &[],
                "account.opened/1",
                &json!({ "account": "account/bank", "kind": "bank", "currency": "CNY" }),
            ));
            notes.push(chain.next(
                &origin,
                &[],
                "fund.opened/1",
                &json!({ "fund": "fund/water", "class": "restricted", "purpose": "Water" }),
            ));
            chains.push(chain);
        }
        for outcome in node.submit(notes.into_iter().map(String::into_bytes).collect()).unwrap() {
            outcome.unwrap();
        }
        World { node, chains }
    }
}

fn last_hash(node: &Node, chain: &str) -> Hash {
    let index = {
        let views = node.shared().views();
        views.chain(views.chain_no(chain).unwrap()).unwrap().events().iter().next_back().unwrap()
    };
    node.shared().note(index).unwrap().unwrap().hash()
}

/// Signed notes, by chain.
pub(crate) struct Load {
    pub notes: Vec<String>,
    by_chain: Vec<Vec<String>>,
}

impl Load {
    /// The next events of these chains, as many of each, signed on all cores.
    pub(crate) fn gifts(node: &Node, chains: &mut [Chain], events: usize, gifts: usize) -> Load {
        let origin = node.shared().origin.clone();
        let each = events.div_ceil(chains.len());
        let by_chain: Vec<Vec<String>> = chains
            .par_iter_mut()
            .enumerate()
            .map(|(number, chain)| {
                let count = each.min(events.saturating_sub(number * each));
                (0..count)
                    .map(|_| {
                        let list: Vec<Value> = (0..gifts)
                            .map(|gift| {
                                let salt = Hash::of(format!("{number} {} {gift}", chain.seq).as_bytes()).0;
                                json!({ "gross": "100.00", "fee": "0.60", "donor": commit(&salt, "gifts/0/donor", "x").to_base64() })
                            })
                            .collect();
                        let data = json!({ "account": "account/bank", "currency": "CNY", "fund": "fund/water", "effective_date": "2026-11-20", "gifts": list });
                        chain.next(&origin, &[], "donation.received/1", &data)
                    })
                    .collect()
            })
            .collect();
        Load { notes: by_chain.concat(), by_chain }
    }

    /// Whole chains dealt to so many connections, their events taken in turn.
    pub(crate) fn by_connection(&self, connections: usize) -> Vec<Vec<String>> {
        let mut parts = vec![Vec::new(); connections.min(self.by_chain.len())];
        let count = parts.len();
        for (part, notes) in parts.iter_mut().enumerate() {
            let own: Vec<&Vec<String>> = self.by_chain.iter().skip(part).step_by(count).collect();
            let longest = own.iter().map(|c| c.len()).max().unwrap_or(0);
            for turn in 0..longest {
                notes.extend(own.iter().filter_map(|chain| chain.get(turn).cloned()));
            }
        }
        parts.retain(|part| !part.is_empty());
        parts
    }
}
