//! A receipt as it is at 10^9 events: a real one, whose event and introductions are placed far apart in a tree of that
//! size, of which only their leaves are real.

use crate::limits;
use crate::load::{Load, World};
use crate::served::options;
use almoner_proof::checkpoint::cosigned_text;
use almoner_proof::key::ALG_COSIGNATURE;
use almoner_proof::merkle::{Subtrees, inclusion_path, leaf_hash, node_hash, range_root};
use almoner_proof::note::{Note, signature_line};
use almoner_proof::receipt::{Extra, Receipt, Verdict, judge};
use almoner_proof::{Checkpoint, Hash, Policy, SecretKey, VerifierKey, b64};
use almoner_server::app::LedgerDirectory;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::{Duration, Instant};

const SIZE: u64 = 1_000_000_000;
/// Where the event stands; and how far above its own place stands whatever is not the log's first event.
const EVENT: u64 = 876_543_210;
const ABOVE: u64 = 345_678_900;
const WITNESSES: u8 = 3;
const TIME: u64 = 1_795_000_000;

/// A tree of which few leaves are known; every subtree without one of them is made up.
struct Sparse(BTreeMap<u64, Hash>);

impl Subtrees for Sparse {
    type Error = Infallible;

    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, Infallible> {
        if let Some(leaf) = self.0.get(&index).filter(|_| level == 0) {
            return Ok(*leaf);
        }
        if level == 0 || self.0.range(index << level..(index + 1) << level).next().is_none() {
            return Ok(Hash::of(format!("{level}/{index}").as_bytes()));
        }
        let (left, right) = (self.subtree(level - 1, index * 2)?, self.subtree(level - 1, index * 2 + 1)?);
        Ok(node_hash(&left, &right))
    }
}

pub(crate) fn receipts() {
    let dir = tempfile::tempdir().unwrap();
    let World { node, mut chains } = World::new(dir.path(), options(dir.path()));
    let load = Load::gifts(&node, &mut chains[..1], 1, 1);
    let outcomes = node.submit(vec![load.notes[0].clone().into_bytes()]).unwrap();
    assert!(outcomes.iter().all(Result::is_ok));
    node.publish().unwrap();
    let chain = &chains[0].id;
    let seq = node.shared().head(chain).unwrap().0 - 1;
    let small = node.shared().receipt(chain, seq, Some(0)).unwrap().unwrap();
    node.stop();
    let log = LedgerDirectory::new(dir.path()).read_key("log").unwrap();

    let mut extra = Extra::parse(small.extra.as_deref().unwrap()).unwrap();
    let event = b64::decode(&extra.event).unwrap();
    let mut leaves = BTreeMap::from([(EVENT, leaf_hash(&event))]);
    for key in &mut extra.keys {
        // Operator's own opening stands at the beginning of every log.
        key.index += if key.index == 0 { 0 } else { ABOVE };
        leaves.insert(key.index, leaf_hash(&b64::decode(&key.event).unwrap()));
    }
    let mut tree = Sparse(leaves);
    for key in &mut extra.keys {
        let Ok(path) = inclusion_path(&mut tree, key.index, SIZE);
        key.proof = path.iter().map(|hash| hash.to_base64()).collect();
    }
    let (Ok(path), Ok(root)) = (inclusion_path(&mut tree, EVENT, SIZE), range_root(&mut tree, 0, SIZE));
    let (checkpoint, policy) = cosigned(&log, root);
    let signatures = {
        let notes = extra.keys.iter().map(|key| b64::decode(&key.event).unwrap()).chain([event]);
        let lines = notes.map(|note| Note::parse(&note).unwrap().signatures.len());
        lines.sum::<usize>() + Note::parse(checkpoint.as_bytes()).unwrap().signatures.len()
    };
    let mut receipt = Receipt { extra: None, index: EVENT, path, checkpoint };
    let hashes = receipt.path.len();
    let without = receipt.to_text().len();
    let keys = extra.keys.len();
    receipt.extra = Some(extra.to_json().into_bytes());
    let text = receipt.to_text();

    let mut times: Vec<Duration> = (0..300)
        .map(|_| {
            let start = Instant::now();
            let judged = judge(text.as_bytes(), Some(&policy));
            let time = start.elapsed();
            assert_eq!(judged.verdict, Verdict::Genuine, "{}", judged.why);
            assert_eq!(judged.proven.unwrap().accepted.witnesses.len(), usize::from(WITNESSES));
            time
        })
        .collect();
    times.sort();
    let (median, one) = (times[150], limits::verify_time(&load.notes[0]));
    println!(
        "10 receipt at 10^9 events, {hashes} hashes and {WITNESSES} cosignatures, without extra: {:.2} of 2.1 KiB ({without} bytes)",
        without as f64 / (2.1 * 1024.0)
    );
    println!(
        "10 the same with its one-gift event and the introductions of {keys} keys: {:.2} of 10 KiB ({} bytes)",
        text.len() as f64 / 10240.0,
        text.len()
    );
    println!(
        "10 verified, one core: {:.2} of 1 ms, and {:.2} times verify_strict alone of its {signatures} signatures (median {median:.2?}; one signature {one:.2?})",
        median.as_secs_f64() / 0.001,
        median.as_secs_f64() / (one.as_secs_f64() * signatures as f64)
    );
}

/// A checkpoint of the log with the witnesses' lines, and the policy that asks for all of them.
fn cosigned(log: &SecretKey, root: Hash) -> (String, Policy) {
    let checkpoint = Checkpoint { origin: log.name().to_owned(), size: SIZE, root };
    let mut note = checkpoint.sign(log);
    let mut policy = format!("log {}\n", log.verifier());
    let mut names = String::new();
    for number in 0..WITNESSES {
        let name = format!("witness-{number}.example");
        let key = SecretKey::from_seed(&name, &[100 + number; 32]);
        let verifier = VerifierKey::new(&name, ALG_COSIGNATURE, key.verifier().key);
        let signature = key.sign(cosigned_text(TIME, &checkpoint.text()).as_bytes());
        note.push_str(&signature_line(&name, verifier.id, &[TIME.to_be_bytes().as_slice(), &signature].concat()));
        policy.push_str(&format!("witness w{number} {verifier}\n"));
        names.push_str(&format!(" w{number}"));
    }
    policy.push_str(&format!("group all-of-them all{names}\nquorum all-of-them\n"));
    (note, Policy::parse(&policy).unwrap())
}
