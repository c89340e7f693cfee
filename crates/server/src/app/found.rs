//! How a new ledger begins: its directory, its keys, and its first events.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use super::directory::{LedgerDirectory, write_key};
use super::engine;
use super::node::Node;
use super::options::Options;
use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::{Hash, SecretKey, note};
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;

impl LedgerDirectory {
    /// Whether a ledger of this origin stands already where the options say that a new one is made.
    ///
    /// # Errors
    /// When the cluster cannot be asked.
    pub fn holds(origin: &str, options: &Options) -> anyhow::Result<bool> {
        engine::exists(origin, options)
    }

    /// Makes a ledger: directory, keys from the seeds, policy, store, anchor, and its first events.
    ///
    /// The registrar's key belongs on another machine; it is made here so that a small ledger can
    /// begin at all.
    ///
    /// # Errors
    /// When a ledger is here already, or a file cannot be written.
    pub fn init(&self, origin: &str, seeds: &mut dyn FnMut() -> [u8; 32], options: Options) -> anyhow::Result<Node> {
        if self.exists() {
            bail!("{} holds a ledger already; choose another directory", self.path().display());
        }
        if !almoner_proof::key::is_key_name(origin) {
            bail!("an origin is a name like `giving.example/ledger`, without spaces and without +");
        }
        if origin.contains('~') || ["-anchor", "-checkpoints"].iter().any(|end| origin.ends_with(end)) {
            bail!(
                "an origin has no `~` and does not end in -anchor or -checkpoints: streams on a cluster are named so"
            );
        }
        if engine::exists(origin, &options)? {
            bail!(
                "the cluster holds a ledger of the origin {origin} already: choose another origin, or serve that one"
            );
        }
        std::fs::create_dir_all(self.path().join("keys"))
            .with_context(|| format!("cannot make {}", self.path().display()))?;
        let log = SecretKey::from_seed(origin, &seeds());
        let registrar = SecretKey::from_seed("operator/registrar", &seeds());
        let sequencer = SecretKey::from_seed("operator/sequencer", &seeds());
        let importer = SecretKey::from_seed("importer/key", &seeds());
        for (name, key) in
            [("log", &log), ("registrar", &registrar), ("sequencer", &sequencer), ("importer", &importer)]
        {
            write_key(&self.key(name), &key.to_line(), &key.verifier().to_string())?;
        }
        std::fs::write(self.policy(), format!("log {}\nquorum none\n", log.verifier()))?;
        let time = options.begins.clone().unwrap_or_else(crate::clock::now);
        let node = Node::create(self, log, options)?;
        begin(&node, &time, [&registrar, &sequencer, &importer])?;
        node.publish()?;
        Ok(node)
    }
}

/// The first events: the operator's chain and the log itself, and the chain of the importer.
fn begin(node: &Node, time: &str, [registrar, sequencer, importer]: [&SecretKey; 3]) -> anyhow::Result<()> {
    let mut chains: BTreeMap<&str, (u64, Hash)> = BTreeMap::new();
    let keys = |list: &[(&SecretKey, &str, &str)]| {
        let entries: Vec<String> = list
            .iter()
            .map(|(key, holder, roles)| {
                format!(r#"{{"vkey":"{}","holder":"{holder}","roles":[{roles}]}}"#, key.verifier())
            })
            .collect();
        entries.join(",")
    };
    let opened = |name: &str, keys: String| {
        format!(
            r#"{{"name":{{"en":"{name}"}},"keys":[{keys}],"admin_quorum":1,"approvals":[],"recovery":{{"keys":[],"quorum":1}}}}"#
        )
    };
    let operator = keys(&[(registrar, "registrar", r#""admin","registrar""#), (sequencer, "server", r#""sequencer""#)]);
    let import = keys(&[(importer, "importer", r#""admin","book""#)]);
    let mut importer_hash = Hash::default();
    for step in 0..4 {
        let (chain, kind, data, signers) = match step {
            0 => ("operator", "chain.opened/1", opened("Operator", operator.clone()), vec![registrar, sequencer]),
            1 => ("operator", "log.opened/1", r#"{"rules":1}"#.to_owned(), vec![registrar]),
            2 => (
                "importer",
                "chain.opened/1",
                opened("Importer of other people's reports", import.clone()),
                vec![registrar, importer],
            ),
            _ => {
                let data = format!(
                    r#"{{"chain":"importer","role":"importer","event":"importer#0","hash":"{importer_hash}"}}"#
                );
                ("operator", "chain.admitted/1", data, vec![registrar])
            }
        };
        let (seq, prev) = chains.get(chain).copied().unwrap_or_default();
        let draft =
            Draft { log: &node.shared().origin, chain, seq, prev, seen: (0, empty_root()), time, kind, data: &data };
        let text = draft.text();
        let hash = Hash::of(text.as_bytes());
        chains.insert(chain, (seq.saturating_add(1), hash));
        if step == 2 {
            importer_hash = hash;
        }
        let outcome = node.submit(vec![note::sign(&text, &signers).into_bytes()])?;
        if let Some(Err(refusal)) = outcome.first() {
            bail!("the ledger refuses its own beginning: {refusal}");
        }
    }
    Ok(())
}
