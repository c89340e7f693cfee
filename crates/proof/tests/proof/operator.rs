//! Every rule of who may stand where, broken once by an operator who holds the log's key and a registrar.
//!
//! The trees are genuine and the signatures valid; only the rules part these receipts. The same cases lie in
//! `tests/vectors/operator`, where the reader in Go judges them too.

use crate::tree::{ORIGIN, Tree, policy, policy_text, vkey};
use almoner_proof::VerifierKey;
use almoner_proof::receipt::{KeyMisplaced, Unchecked, Verdict, judge};
use serde_json::json;
use std::path::Path;

/// Why it gets its verdict, the verdict, and how the receipt is made.
type Case = (&'static str, Verdict, fn(&mut Tree) -> String);

const GENUINE: Verdict = Verdict::Genuine;
const DIFFERENT: Verdict = Verdict::Different;
const GIFT: &str = "donation.received/1";
const REPORT: &str = "progress.reported/1";

/// What most receipts of `well` need.
const BASE: &str = "well/alice@2 operator/registrar@0";

/// A gift on `chain`, by these signers, whose keys are these.
fn gift(tree: &mut Tree, chain: &str, signers: &str, keys: &str) -> String {
    let event = tree.says(chain, GIFT, signers);
    tree.receipt(event, keys)
}

/// A gift of well signed by a key that was added by these, with the entries of the vouchers.
fn added(tree: &mut Tree, key: &str, signers: &str, keys: &str) -> String {
    let at = tree.adds("well", key, signers);
    let name = format!("well/{}", key.split(':').next().unwrap());
    gift(tree, "well", &name, &format!("{name}@{at} {keys} {BASE}"))
}

/// A gift of hill, opened with hal by these signers, who have these entries.
fn opened(tree: &mut Tree, keys: &str, recovery: &str, signers: &str, entries: &str) -> String {
    let at = tree.opens("hill", keys, recovery, 1, signers);
    gift(tree, "hill", "hill/hal", &format!("hill/hal@{at} {entries}"))
}

/// A gift of well by nora, whose key came with a recovery signed by these.
fn recovered(tree: &mut Tree, signers: &str, entries: &str) -> String {
    let at = tree.recovers("well", "nora:admin,book", signers);
    gift(tree, "well", "well/nora", &format!("well/nora@{at} {entries} operator/registrar@0"))
}

/// A revocation on well by these.
fn revoked(tree: &mut Tree, signers: &str, entries: &str) -> String {
    let event = tree.says("well", "key.revoked/1", signers);
    tree.receipt(event, entries)
}

/// An operator with recovery keys of its own, and a registrar from a recovery by these.
fn operator_recovered(signers: &str, entries: &str) -> String {
    let mut tree = Tree::default();
    tree.opens("operator", "registrar:admin,registrar", "safe", 1, "operator/registrar");
    tree.recovers("operator", "second:admin,registrar", signers);
    let at = tree.opens("hill", "hal:admin,book", "", 1, "hill/hal operator/second");
    gift(&mut tree, "hill", "hill/hal", &format!("hill/hal@{at} operator/second@1 operator/safe@0 {entries}"))
}

const OPENINGS: &[Case] = &[
    ("a gift booked by a first key", GENUINE, |t| gift(t, "well", "well/alice", BASE)),
    ("the operator's own opening", GENUINE, |t| t.receipt(0, "operator/registrar@0 operator/sequencer@0")),
    ("the operator's own opening, without one of its keys", DIFFERENT, |t| t.receipt(0, "operator/registrar@0")),
    ("an event of the operator", GENUINE, |t| t.receipt(1, "operator/registrar@0")),
    ("a charity's opening", GENUINE, |t| t.receipt(2, "well/alice@2 well/bob@2 well/dora@2 operator/registrar@0")),
    ("a charity's opening, its own keys not introduced", DIFFERENT, |t| t.receipt(2, "operator/registrar@0")),
    ("opened without a registrar", DIFFERENT, |t| opened(t, "hal:admin,book", "", "hill/hal", "")),
    ("opened by a registrar who is not introduced", DIFFERENT, |t| {
        opened(t, "hal:admin,book", "", "hill/hal operator/registrar", "")
    }),
    ("opened by the sequencer", DIFFERENT, |t| {
        opened(t, "hal:admin,book", "", "hill/hal operator/sequencer", "operator/sequencer@0")
    }),
    ("opened by the registrar and the sequencer", DIFFERENT, |t| {
        let entries = "operator/registrar@0 operator/sequencer@0";
        opened(t, "hal:admin,book", "", "hill/hal operator/registrar operator/sequencer", entries)
    }),
    ("opened by an admin of the operator who is no registrar", DIFFERENT, |t| {
        let at = t.adds("operator", "clerk:admin", "operator/clerk operator/registrar");
        let entries = format!("operator/clerk@{at} operator/registrar@0");
        opened(t, "hal:admin,book", "", "hill/hal operator/clerk", &entries)
    }),
    ("opened by a registrar whom the operator added", GENUINE, |t| {
        let at = t.adds("operator", "second:registrar", "operator/second operator/registrar");
        let entries = format!("operator/second@{at} operator/registrar@0");
        opened(t, "hal:admin,book", "", "hill/hal operator/second", &entries)
    }),
    ("opened by two registrars", DIFFERENT, |t| {
        let at = t.adds("operator", "second:registrar", "operator/second operator/registrar");
        let entries = format!("operator/second@{at} operator/registrar@0");
        opened(t, "hal:admin,book", "", "hill/hal operator/registrar operator/second", &entries)
    }),
    ("opened by a registrar who was added later", DIFFERENT, |t| {
        let at = t.opens("hill", "hal:admin,book", "", 1, "hill/hal operator/second");
        let later = t.adds("operator", "second:registrar", "operator/second operator/registrar");
        gift(t, "hill", "hill/hal", &format!("hill/hal@{at} operator/second@{later} operator/registrar@0"))
    }),
    ("opened by a charity's key with the role registrar", DIFFERENT, |t| {
        let at = t.adds("well", "fred:registrar", "well/alice well/fred");
        opened(t, "hal:admin,book", "", "hill/hal well/fred", &format!("well/fred@{at} {BASE}"))
    }),
    ("opened by itself, with the role registrar", DIFFERENT, |t| {
        opened(t, "hal:admin,book,registrar", "", "hill/hal", "operator/registrar@0")
    }),
    ("opened with a key of another chain beside", DIFFERENT, |t| {
        opened(t, "hal:admin,book", "", "hill/hal operator/registrar well/alice", BASE)
    }),
    ("a listed key did not sign the opening", DIFFERENT, |t| {
        opened(t, "hal:admin,book ivo:attest", "", "hill/hal operator/registrar", "operator/registrar@0")
    }),
    ("a listed key's line on the opening is by other bytes", DIFFERENT, |t| {
        opened(t, "hal:admin,book ivo:attest", "", "hill/hal !hill/ivo operator/registrar", "operator/registrar@0")
    }),
    ("the registrar's line on the opening is by other bytes", DIFFERENT, |t| {
        opened(t, "hal:admin,book", "", "hill/hal !operator/registrar", "operator/registrar@0")
    }),
    ("recovery keys need not sign the opening", GENUINE, |t| {
        opened(t, "hal:admin,book", "safe", "hill/hal operator/registrar", "operator/registrar@0")
    }),
    ("a recovery key signs the opening", DIFFERENT, |t| {
        let at = t.opens("hill", "hal:admin,book", "safe", 1, "hill/hal hill/safe operator/registrar");
        gift(t, "hill", "hill/hal", &format!("hill/hal@{at} hill/safe@{at} operator/registrar@0"))
    }),
    ("a key listed twice in the opening, with two sets of roles", DIFFERENT, |t| {
        opened(t, "hal:attest hal:admin,book", "", "hill/hal operator/registrar", "operator/registrar@0")
    }),
    ("a first key that is also a recovery key", DIFFERENT, |t| {
        opened(t, "hal:admin,book", "hal", "hill/hal operator/registrar", "operator/registrar@0")
    }),
    ("an opening that is not at seq 0", DIFFERENT, |t| {
        t.says("hill", REPORT, "well/alice");
        let data = json!({
            "name": { "en": "hill" }, "admin_quorum": 1, "approvals": [], "recovery": { "keys": [], "quorum": 1 },
            "keys": [{ "vkey": vkey("hill/hal"), "holder": "hal", "roles": ["admin", "book"] }],
        });
        let at = t.writes("hill", "chain.opened/1", data, "hill/hal operator/registrar");
        gift(t, "hill", "hill/hal", &format!("hill/hal@{at} operator/registrar@0"))
    }),
    ("an opening with a member that it does not have", DIFFERENT, |t| {
        let data = json!({
            "name": { "en": "hill" }, "admin_quorum": 1, "approvals": [], "recovery": { "keys": [], "quorum": 1 },
            "keys": [{ "vkey": vkey("hill/hal"), "holder": "hal", "roles": ["admin", "book"] }], "note": "",
        });
        let at = t.writes("hill", "chain.opened/1", data, "hill/hal operator/registrar");
        gift(t, "hill", "hill/hal", &format!("hill/hal@{at} operator/registrar@0"))
    }),
    ("an opening without a member that it must have", DIFFERENT, |t| {
        let data = json!({
            "name": { "en": "hill" }, "admin_quorum": 1, "recovery": { "keys": [], "quorum": 1 },
            "keys": [{ "vkey": vkey("hill/hal"), "holder": "hal", "roles": ["admin", "book"] }],
        });
        let at = t.writes("hill", "chain.opened/1", data, "hill/hal operator/registrar");
        gift(t, "hill", "hill/hal", &format!("hill/hal@{at} operator/registrar@0"))
    }),
    ("an opening with a role that there is not", DIFFERENT, |t| {
        opened(t, "hal:admin,book,king", "", "hill/hal operator/registrar", "operator/registrar@0")
    }),
    ("an opening that lists a key of another chain", DIFFERENT, |t| {
        let data = json!({
            "name": { "en": "hill" }, "admin_quorum": 1, "approvals": [], "recovery": { "keys": [], "quorum": 1 },
            "keys": [{ "vkey": vkey("well/eve"), "holder": "eve", "roles": ["admin", "book"] }],
        });
        let at = t.writes("hill", "chain.opened/1", data, "operator/registrar well/eve");
        gift(t, "well", "well/eve", &format!("well/eve@{at} operator/registrar@0"))
    }),
    ("a second opening alone, which one receipt cannot show", GENUINE, |t| {
        let at = t.opens("well", "ivo:admin,book", "", 1, "operator/registrar well/ivo");
        gift(t, "well", "well/ivo", &format!("well/ivo@{at} operator/registrar@0"))
    }),
    ("two openings of one chain", DIFFERENT, |t| {
        let at = t.opens("well", "ivo:admin,book", "", 1, "operator/registrar well/ivo");
        gift(t, "well", "well/ivo", &format!("well/ivo@{at} {BASE}"))
    }),
    ("two openings of one chain, signed by a key of the first", DIFFERENT, |t| {
        let at = t.opens("well", "ivo:admin,book", "", 1, "operator/registrar well/ivo");
        gift(t, "well", "well/alice", &format!("well/ivo@{at} {BASE}"))
    }),
    ("two openings of another chain, needed by nobody", DIFFERENT, |t| {
        let at = t.opens("mill", "ivo:admin,book", "", 1, "mill/ivo operator/registrar");
        gift(t, "well", "well/alice", &format!("mill/ivo@{at} mill/mia@3 {BASE}"))
    }),
    ("a key of a second opening vouches for one of the first", DIFFERENT, |t| {
        let at = t.opens("well", "ivo:admin,book", "", 1, "operator/registrar well/ivo");
        added(t, "carol:book", "well/carol well/ivo", &format!("well/ivo@{at}"))
    }),
    ("a second opening that lists the charity's own key again", DIFFERENT, |t| {
        let at = t.opens("well", "alice:admin,book ivo:admin", "", 1, "operator/registrar well/alice well/ivo");
        gift(t, "well", "well/alice", &format!("well/ivo@{at} {BASE}"))
    }),
    ("a second opening as the event, under the key of the first", DIFFERENT, |t| {
        let at = t.opens("well", "alice:admin,book", "", 1, "operator/registrar well/alice");
        t.receipt(at, BASE)
    }),
    ("an opening after a key of its chain was added", DIFFERENT, |t| {
        let at = t.adds("hill", "hal:admin,book", "hill/hal hill/ivo");
        let opening = t.opens("hill", "ivo:admin", "", 1, "hill/ivo operator/registrar");
        gift(t, "hill", "hill/hal", &format!("hill/hal@{at} hill/ivo@{opening} operator/registrar@0"))
    }),
    ("the operator's chain opened again, with another registrar", DIFFERENT, |t| {
        let at = t.opens("operator", "third:admin,registrar", "", 1, "operator/third");
        let hill = t.opens("hill", "hal:admin,book", "", 1, "hill/hal operator/third");
        gift(t, "hill", "hill/hal", &format!("hill/hal@{hill} operator/third@{at}"))
    }),
    ("the operator's chain opened again, both openings shown", DIFFERENT, |t| {
        let at = t.opens("operator", "third:admin,registrar", "", 1, "operator/third");
        let hill = t.opens("hill", "hal:admin,book", "", 1, "hill/hal operator/third");
        gift(t, "hill", "hill/hal", &format!("hill/hal@{hill} operator/third@{at} operator/registrar@0"))
    }),
    ("the operator's own opening with a stranger's signature", DIFFERENT, |_| {
        let mut t = Tree::default();
        t.opens("operator", "registrar:admin,registrar", "", 1, "operator/registrar well/alice");
        t.receipt(0, "operator/registrar@0")
    }),
    ("the operator's chain opens at index 1", DIFFERENT, |_| {
        let mut t = Tree::default();
        t.says("well", REPORT, "well/alice");
        t.opens("operator", "registrar:admin,registrar", "", 1, "operator/registrar");
        t.receipt(1, "operator/registrar@1")
    }),
];

const ADDED: &[Case] = &[
    ("added by an admin", GENUINE, |t| added(t, "carol:book", "well/alice well/carol", "")),
    ("added by two admins", GENUINE, |t| added(t, "carol:book", "well/alice well/bob well/carol", "well/bob@2")),
    ("added by an admin who was added", GENUINE, |t| {
        let at = t.adds("well", "ada:admin", "well/ada well/alice");
        added(t, "carol:book", "well/ada well/carol", &format!("well/ada@{at}"))
    }),
    ("the event that adds a key", GENUINE, |t| {
        let at = t.adds("well", "carol:book", "well/alice well/carol");
        t.receipt(at, &format!("well/carol@{at} {BASE}"))
    }),
    ("the event that adds a key, the new key not introduced", DIFFERENT, |t| {
        let at = t.adds("well", "carol:book", "well/alice well/carol");
        t.receipt(at, BASE)
    }),
    ("the event that adds a key, by an attestor", DIFFERENT, |t| {
        let at = t.adds("well", "carol:book", "well/carol well/dora");
        t.receipt(at, &format!("well/carol@{at} well/dora@2 {BASE}"))
    }),
    ("added by itself only", DIFFERENT, |t| added(t, "carol:book", "well/carol", "")),
    ("added by itself only, as an admin", DIFFERENT, |t| added(t, "carol:admin,book", "well/carol", "")),
    ("added by a registrar only", DIFFERENT, |t| added(t, "carol:book", "operator/registrar well/carol", "")),
    ("added by an admin and a registrar", DIFFERENT, |t| {
        added(t, "carol:book", "operator/registrar well/alice well/carol", "")
    }),
    ("added by an attestor", DIFFERENT, |t| added(t, "carol:book", "well/carol well/dora", "well/dora@2")),
    ("added by an admin and an attestor", DIFFERENT, |t| {
        added(t, "carol:book", "well/alice well/carol well/dora", "well/dora@2")
    }),
    ("added by a recovery key", DIFFERENT, |t| added(t, "carol:book", "well/carol well/spare1", "well/spare1@2")),
    ("added by an admin and a recovery key", DIFFERENT, |t| {
        added(t, "carol:book", "well/alice well/carol well/spare1", "well/spare1@2")
    }),
    ("added by an admin of another chain", DIFFERENT, |t| added(t, "carol:book", "mill/mia well/carol", "mill/mia@3")),
    ("added by an admin and an admin of another chain", DIFFERENT, |t| {
        added(t, "carol:book", "mill/mia well/alice well/carol", "mill/mia@3")
    }),
    ("added by an admin whose line is by other bytes", DIFFERENT, |t| {
        added(t, "carol:book", "!well/alice well/carol", "")
    }),
    ("added by an admin who is not introduced", DIFFERENT, |t| {
        let at = t.adds("well", "carol:book", "well/bob well/carol");
        gift(t, "well", "well/carol", &format!("well/carol@{at} {BASE}"))
    }),
    ("added by an admin who was added by an attestor", DIFFERENT, |t| {
        let at = t.adds("well", "ada:admin", "well/ada well/dora");
        added(t, "carol:book", "well/ada well/carol", &format!("well/ada@{at} well/dora@2"))
    }),
    ("added by an admin who was added later", DIFFERENT, |t| {
        let at = t.adds("well", "carol:book", "well/ada well/carol");
        let later = t.adds("well", "ada:admin", "well/ada well/alice");
        gift(t, "well", "well/carol", &format!("well/carol@{at} well/ada@{later} {BASE}"))
    }),
    ("two keys that add each other", DIFFERENT, |t| {
        let first = t.adds("well", "ada:admin,book", "well/ada well/eve");
        let second = t.adds("well", "eve:admin,book", "well/ada well/eve");
        gift(t, "well", "well/ada", &format!("well/ada@{first} well/eve@{second} {BASE}"))
    }),
    ("added without its own signature", DIFFERENT, |t| added(t, "carol:book", "well/alice", "")),
    ("added with its own line by other bytes", DIFFERENT, |t| added(t, "carol:book", "well/alice !well/carol", "")),
    ("another key under the name that was added", DIFFERENT, |t| {
        let at = t.adds("well", "carol:book", "well/alice well/carol");
        gift(t, "well", "!well/carol", &format!("!well/carol@{at} {BASE}"))
    }),
    ("added again under another key", DIFFERENT, |t| {
        let at = t.adds("well", "carol:book", "well/alice well/carol");
        let data = json!({ "key": { "vkey": vkey("!well/carol"), "holder": "carol", "roles": ["book"] } });
        let again = t.writes("well", "key.added/1", data, "well/alice !well/carol");
        t.receipt(again, &format!("well/carol@{at} {BASE}"))
    }),
    ("the same key added again", DIFFERENT, |t| {
        let at = t.adds("well", "carol:admin", "well/alice well/carol");
        let again = t.adds("well", "carol:admin", "well/alice well/carol");
        t.receipt(again, &format!("well/carol@{at} {BASE}"))
    }),
    ("a first key added again", DIFFERENT, |t| added(t, "dora:book", "well/alice well/dora", "well/bob@2")),
    ("introduced by key.added of another version", DIFFERENT, |t| {
        let data = json!({ "key": { "vkey": vkey("well/carol"), "holder": "carol", "roles": ["book"] } });
        let at = t.writes("well", "key.added/2", data, "well/alice well/carol");
        gift(t, "well", "well/carol", &format!("well/carol@{at} {BASE}"))
    }),
    ("introduced by an event that introduces nothing", DIFFERENT, |t| {
        let data = json!({ "key": { "vkey": vkey("well/carol"), "holder": "carol", "roles": ["book"] } });
        let at = t.writes("well", REPORT, data, "well/alice well/carol");
        gift(t, "well", "well/carol", &format!("well/carol@{at} {BASE}"))
    }),
    ("introduced by the event of another key", DIFFERENT, |t| {
        let at = t.adds("well", "carol:book", "well/alice well/carol");
        gift(t, "well", "well/eve", &format!("well/eve@{at} {BASE}"))
    }),
    ("introduced after the event", DIFFERENT, |t| {
        let event = t.says("well", GIFT, "well/carol");
        let at = t.adds("well", "carol:book", "well/alice well/carol");
        t.receipt(event, &format!("well/carol@{at} {BASE}"))
    }),
    ("an entry twice", DIFFERENT, |t| gift(t, "well", "well/alice", &format!("well/alice@2 {BASE}"))),
    ("two entries of one name", DIFFERENT, |t| {
        let at = t.adds("well", "alice:admin", "well/alice well/bob");
        gift(t, "well", "well/alice", &format!("well/alice@{at} well/bob@2 {BASE}"))
    }),
    ("an entry that is not needed and holds", GENUINE, |t| {
        gift(t, "well", "well/alice", &format!("mill/mia@3 well/spare1@2 well/dora@2 {BASE}"))
    }),
    ("an entry that is not needed and does not hold", DIFFERENT, |t| {
        let at = t.adds("well", "carol:book", "well/carol well/dora");
        gift(t, "well", "well/alice", &format!("well/carol@{at} well/dora@2 {BASE}"))
    }),
    ("an entry that is not needed, of a chain without a registrar", DIFFERENT, |t| {
        let at = t.opens("hill", "hal:admin", "", 1, "hill/hal");
        gift(t, "well", "well/alice", &format!("hill/hal@{at} {BASE}"))
    }),
    ("an entry that is not needed, whose voucher is missing", DIFFERENT, |t| {
        let at = t.adds("well", "carol:book", "well/bob well/carol");
        gift(t, "well", "well/alice", &format!("well/carol@{at} {BASE}"))
    }),
    ("no entries at all", DIFFERENT, |t| gift(t, "well", "well/alice", "")),
    ("the operator adds a registrar", GENUINE, |t| {
        let at = t.adds("operator", "second:registrar", "operator/registrar operator/second");
        t.receipt(at, &format!("operator/second@{at} operator/registrar@0"))
    }),
    ("a registrar who is no admin adds a registrar", DIFFERENT, |t| {
        let second = t.adds("operator", "second:registrar", "operator/registrar operator/second");
        let third = t.adds("operator", "third:registrar", "operator/second operator/third");
        let entries = format!("operator/third@{third} operator/second@{second} operator/registrar@0");
        opened(t, "hal:admin,book", "", "hill/hal operator/third", &entries)
    }),
    ("the sequencer adds a registrar", DIFFERENT, |t| {
        let third = t.adds("operator", "third:registrar", "operator/sequencer operator/third");
        let entries = format!("operator/third@{third} operator/sequencer@0 operator/registrar@0");
        opened(t, "hal:admin,book", "", "hill/hal operator/third", &entries)
    }),
];

const RECOVERED: &[Case] = &[
    ("recovered by the quorum and a registrar", GENUINE, |t| {
        recovered(t, "operator/registrar well/nora well/spare1 well/spare3", "well/spare1@2 well/spare3@2")
    }),
    ("recovered by more than the quorum", GENUINE, |t| {
        let entries = "well/spare1@2 well/spare2@2 well/spare3@2";
        recovered(t, "operator/registrar well/nora well/spare1 well/spare2 well/spare3", entries)
    }),
    ("the recovery itself", GENUINE, |t| {
        let at = t.recovers("well", "nora:admin", "operator/registrar well/nora well/spare1 well/spare2");
        t.receipt(at, &format!("well/nora@{at} well/spare1@2 well/spare2@2 operator/registrar@0"))
    }),
    ("added by an admin from a recovery", GENUINE, |t| {
        let at = t.recovers("well", "nora:admin", "operator/registrar well/nora well/spare1 well/spare2");
        let entries = format!("well/nora@{at} well/spare1@2 well/spare2@2");
        let carol = t.adds("well", "carol:book", "well/carol well/nora");
        gift(t, "well", "well/carol", &format!("well/carol@{carol} {entries} operator/registrar@0"))
    }),
    ("recovered by fewer than the quorum", DIFFERENT, |t| {
        recovered(t, "operator/registrar well/nora well/spare1", "well/spare1@2")
    }),
    ("recovered by one recovery key under two labels", DIFFERENT, |t| {
        let keys = "safe safe-twin";
        let at = t.opens("hill", "hal:admin", keys, 2, "hill/hal operator/registrar");
        let signers = "hill/nora hill/safe hill/safe-twin operator/registrar";
        let nora = t.recovers("hill", "nora:admin,book", signers);
        let entries = format!("hill/nora@{nora} hill/safe@{at} hill/safe-twin@{at} operator/registrar@0");
        gift(t, "hill", "hill/nora", &entries)
    }),
    ("recovered by a registrar alone", DIFFERENT, |t| recovered(t, "operator/registrar well/nora", "well/spare1@2")),
    ("recovered by a registrar alone, where the quorum is 0", DIFFERENT, |t| {
        let at = t.opens("hill", "hal:admin", "safe", 0, "hill/hal operator/registrar");
        let nora = t.recovers("hill", "nora:admin,book", "hill/nora operator/registrar");
        gift(t, "hill", "hill/nora", &format!("hill/nora@{nora} hill/safe@{at} operator/registrar@0"))
    }),
    ("recovered by a registrar alone, no opening shown", DIFFERENT, |t| {
        recovered(t, "operator/registrar well/nora", "")
    }),
    ("recovered by ordinary keys", DIFFERENT, |t| {
        recovered(t, "operator/registrar well/alice well/bob well/nora", "well/alice@2 well/bob@2")
    }),
    ("recovered by the quorum and an ordinary key", DIFFERENT, |t| {
        let signers = "operator/registrar well/alice well/nora well/spare1 well/spare2";
        recovered(t, signers, "well/alice@2 well/spare1@2 well/spare2@2")
    }),
    ("recovered by a recovery key and an ordinary key", DIFFERENT, |t| {
        recovered(t, "operator/registrar well/alice well/nora well/spare1", "well/alice@2 well/spare1@2")
    }),
    ("recovered with a recovery key of another chain", DIFFERENT, |t| {
        recovered(t, "mill/milo operator/registrar well/nora well/spare1", "mill/milo@3 well/spare1@2")
    }),
    ("recovered by the quorum and a recovery key of another chain", DIFFERENT, |t| {
        let signers = "mill/milo operator/registrar well/nora well/spare1 well/spare2";
        recovered(t, signers, "mill/milo@3 well/spare1@2 well/spare2@2")
    }),
    ("recovered without a registrar", DIFFERENT, |t| {
        recovered(t, "well/nora well/spare1 well/spare2", "well/spare1@2 well/spare2@2")
    }),
    ("recovered with the sequencer instead of a registrar", DIFFERENT, |t| {
        let entries = "well/spare1@2 well/spare2@2 operator/sequencer@0";
        recovered(t, "operator/sequencer well/nora well/spare1 well/spare2", entries)
    }),
    ("recovered with two registrars", DIFFERENT, |t| {
        let at = t.adds("operator", "second:registrar", "operator/registrar operator/second");
        let signers = "operator/registrar operator/second well/nora well/spare1 well/spare2";
        recovered(t, signers, &format!("well/spare1@2 well/spare2@2 operator/second@{at}"))
    }),
    ("recovered without the new key's signature", DIFFERENT, |t| {
        recovered(t, "operator/registrar well/spare1 well/spare2", "well/spare1@2 well/spare2@2")
    }),
    ("recovered with a recovery key's line by other bytes", DIFFERENT, |t| {
        recovered(t, "operator/registrar well/nora well/spare1 !well/spare2", "well/spare1@2 well/spare2@2")
    }),
    ("a recovery that lists a first key again", DIFFERENT, |t| {
        let at = t.recovers("well", "alice:book", "operator/registrar well/alice well/spare1 well/spare2");
        gift(t, "well", "well/alice", &format!("well/alice@{at} well/spare1@2 well/spare2@2 operator/registrar@0"))
    }),
    ("recovered by the keys of a second opening", DIFFERENT, |t| {
        let at = t.opens("well", "ivo:admin", "loot", 1, "operator/registrar well/ivo");
        recovered(t, "operator/registrar well/loot well/nora", &format!("well/loot@{at} well/alice@2"))
    }),
    ("the operator's own recovery", GENUINE, |_| operator_recovered("operator/safe operator/second", "")),
    ("the operator's own recovery with a registrar", DIFFERENT, |_| {
        operator_recovered("operator/registrar operator/safe operator/second", "operator/registrar@0")
    }),
    ("the operator's own recovery without a recovery key", DIFFERENT, |_| operator_recovered("operator/second", "")),
];

const REVOKED: &[Case] = &[
    ("revoked by an admin", GENUINE, |t| revoked(t, "well/alice", BASE)),
    ("revoked by two admins", GENUINE, |t| revoked(t, "well/alice well/bob", &format!("well/bob@2 {BASE}"))),
    ("revoked by recovery keys", GENUINE, |t| {
        revoked(t, "well/spare1 well/spare2", "well/spare1@2 well/spare2@2 operator/registrar@0")
    }),
    ("revoked by fewer recovery keys than the quorum, which is a threshold", GENUINE, |t| {
        revoked(t, "well/spare1", "well/spare1@2 operator/registrar@0")
    }),
    ("revoked by an admin and a recovery key", DIFFERENT, |t| {
        revoked(t, "well/alice well/spare1", &format!("well/spare1@2 {BASE}"))
    }),
    ("revoked by recovery keys and an admin", DIFFERENT, |t| {
        revoked(t, "well/alice well/spare1 well/spare2", &format!("well/spare1@2 well/spare2@2 {BASE}"))
    }),
    ("revoked by an attestor", DIFFERENT, |t| revoked(t, "well/dora", "well/dora@2 operator/registrar@0")),
    ("revoked by an admin and an attestor", DIFFERENT, |t| {
        revoked(t, "well/alice well/dora", &format!("well/dora@2 {BASE}"))
    }),
    ("revoked by a key that books", DIFFERENT, |t| {
        let at = t.adds("well", "carol:book", "well/alice well/carol");
        revoked(t, "well/carol", &format!("well/carol@{at} {BASE}"))
    }),
    ("revoked by a registrar", DIFFERENT, |t| revoked(t, "operator/registrar", BASE)),
    ("revoked by an admin and a registrar", DIFFERENT, |t| revoked(t, "operator/registrar well/alice", BASE)),
    ("revoked by an admin of another chain", DIFFERENT, |t| revoked(t, "mill/mia", &format!("mill/mia@3 {BASE}"))),
    ("revoked by a recovery key of another chain", DIFFERENT, |t| {
        revoked(t, "mill/milo", &format!("mill/milo@3 {BASE}"))
    }),
    ("revoked by recovery keys of two chains", DIFFERENT, |t| {
        revoked(t, "mill/milo well/spare1", &format!("mill/milo@3 well/spare1@2 {BASE}"))
    }),
];

const EVENTS: &[Case] = &[
    ("a gift by an admin who does not book", DIFFERENT, |t| gift(t, "well", "well/bob", &format!("well/bob@2 {BASE}"))),
    ("a gift by an attestor", DIFFERENT, |t| gift(t, "well", "well/dora", &format!("well/dora@2 {BASE}"))),
    ("a gift by an attestor and a key that books", GENUINE, |t| {
        gift(t, "well", "well/alice well/dora", &format!("well/dora@2 {BASE}"))
    }),
    ("a gift by a recovery key", DIFFERENT, |t| gift(t, "well", "well/spare1", "well/spare1@2 operator/registrar@0")),
    ("a gift by a key that books and a recovery key", DIFFERENT, |t| {
        gift(t, "well", "well/alice well/spare1", &format!("well/spare1@2 {BASE}"))
    }),
    ("a gift by a registrar", DIFFERENT, |t| gift(t, "well", "operator/registrar", BASE)),
    ("a gift by a key that books and a registrar", DIFFERENT, |t| {
        gift(t, "well", "operator/registrar well/alice", BASE)
    }),
    ("a gift by a key that books on another chain", DIFFERENT, |t| {
        gift(t, "well", "mill/mia", &format!("mill/mia@3 {BASE}"))
    }),
    ("a gift by a key that books and one of another chain", DIFFERENT, |t| {
        gift(t, "well", "mill/mia well/alice", &format!("mill/mia@3 {BASE}"))
    }),
    ("a gift whose line is by other bytes", DIFFERENT, |t| gift(t, "well", "!well/alice", BASE)),
    ("a gift of a later version by an attestor", DIFFERENT, |t| {
        let event = t.says("well", "donation.received/2", "well/dora");
        t.receipt(event, &format!("well/dora@2 {BASE}"))
    }),
    ("a report by an attestor: roles of other kinds are not judged", GENUINE, |t| {
        let event = t.says("well", REPORT, "well/dora");
        t.receipt(event, "well/dora@2 operator/registrar@0")
    }),
    ("an irregular payment by two", GENUINE, |t| {
        let event = t.says("well", "payment.irregular/1", "well/alice well/bob");
        t.receipt(event, &format!("well/bob@2 {BASE}"))
    }),
    ("a report by a recovery key", DIFFERENT, |t| {
        let event = t.says("well", REPORT, "well/spare1");
        t.receipt(event, "well/spare1@2 operator/registrar@0")
    }),
    ("a report by a registrar", DIFFERENT, |t| {
        let event = t.says("well", REPORT, "operator/registrar");
        t.receipt(event, BASE)
    }),
    ("a report with a registrar beside", DIFFERENT, |t| {
        let event = t.says("well", REPORT, "operator/registrar well/alice");
        t.receipt(event, BASE)
    }),
    ("a report with a key of another chain beside", DIFFERENT, |t| {
        let event = t.says("well", REPORT, "mill/mia well/alice");
        t.receipt(event, &format!("mill/mia@3 {BASE}"))
    }),
    ("key.retired by an attestor: roles of other kinds are not judged", GENUINE, |t| {
        let event = t.says("well", "key.retired/1", "well/dora");
        t.receipt(event, "well/dora@2 operator/registrar@0")
    }),
];

fn cases() -> Vec<Case> {
    [OPENINGS, ADDED, RECOVERED, REVOKED, EVENTS].concat()
}

#[test]
fn every_rule_broken_once_is_noticed() {
    let mut wrong = Vec::new();
    for (why, verdict, make) in cases() {
        let judged = judge(make(&mut Tree::new()).as_bytes(), Some(&policy()));
        if judged.verdict != verdict {
            wrong.push(format!("{why}: {:?} at {:?}: {}", judged.verdict, judged.step, judged.why));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_six_kinds_need_a_key_that_books() {
    let kinds = [
        "donation.received/1",
        "donation.refunded/1",
        "settlement.received/1",
        "disbursement.paid/1",
        "disbursement.confirmed/1",
        "expenditure.recorded/1",
    ];
    for kind in kinds {
        for (signer, verdict) in [("well/alice", GENUINE), ("well/bob", DIFFERENT), ("well/dora", DIFFERENT)] {
            let mut tree = Tree::new();
            let event = tree.says("well", kind, signer);
            let receipt = tree.receipt(event, &format!("{signer}@2 operator/registrar@0"));
            let judged = judge(receipt.as_bytes(), Some(&policy()));
            assert_eq!(judged.verdict, verdict, "{kind} by {signer}: {}", judged.why);
        }
    }
}

/// The words of a judgement's `not_checked`.
fn not_checked(receipt: &str) -> Vec<&'static str> {
    let judged = judge(receipt.as_bytes(), Some(&policy()));
    assert_eq!(judged.verdict, GENUINE, "{}", judged.why);
    judged.not_checked.into_iter().map(Unchecked::word).collect()
}

#[test]
fn what_was_not_checked_is_said_and_nothing_else() {
    let mut tree = Tree::new();
    let gift = tree.says("well", GIFT, "well/alice");
    let report = tree.says("well", REPORT, "well/alice");
    let added = tree.adds("well", "carol:book", "well/alice well/carol");
    let revoked = tree.says("well", "key.revoked/1", "well/alice");
    let all_but_roles = ["revocation", "thresholds", "later", "second-opening"];
    assert_eq!(not_checked(&tree.receipt(gift, BASE)), all_but_roles);
    assert_eq!(
        not_checked(&tree.receipt(report, BASE)),
        ["revocation", "roles", "thresholds", "later", "second-opening"]
    );
    assert_eq!(not_checked(&tree.receipt(added, &format!("well/carol@{added} {BASE}"))), all_but_roles);
    assert_eq!(not_checked(&tree.receipt(revoked, BASE)), all_but_roles);
    // An opening is signed by all whom it lists; operator's own stands at the one place that it can have.
    let opening = tree.receipt(2, "well/alice@2 well/bob@2 well/dora@2 operator/registrar@0");
    assert_eq!(not_checked(&opening), ["revocation", "later", "second-opening"]);
    assert_eq!(not_checked(&tree.receipt(0, "operator/registrar@0 operator/sequencer@0")), ["later"]);
    assert_eq!(not_checked(&tree.receipt(1, "operator/registrar@0")), ["revocation", "roles", "thresholds", "later"]);
    // What is not genuine establishes nothing.
    let judged = judge(tree.receipt(gift, "").as_bytes(), Some(&policy()));
    assert_eq!((judged.verdict, judged.not_checked.as_slice()), (DIFFERENT, &Unchecked::ALL[..]));
}

#[test]
fn registrar_signed_is_said_of_keys_that_a_registrar_saw() {
    let mut tree = Tree::new();
    let at = tree.adds("well", "carol:book", "well/alice well/carol");
    let nora = tree.recovers("well", "nora:book", "operator/registrar well/nora well/spare1 well/spare2");
    let spares = "well/spare1@2 well/spare2@2";
    let rows = [
        ("well/alice", BASE.to_owned(), 2, true),
        ("well/carol", format!("well/carol@{at} {BASE}"), at, false),
        ("well/nora", format!("well/nora@{nora} {spares} operator/registrar@0"), nora, true),
    ];
    for (signer, keys, introduced_at, registrar_signed) in rows {
        let event = tree.says("well", GIFT, signer);
        let judged = judge(tree.receipt(event, &keys).as_bytes(), Some(&policy()));
        let proven = judged.proven.as_ref().unwrap();
        let found = &proven.signers[0];
        assert_eq!(found.key.to_string(), vkey(signer));
        assert_eq!((found.introduced_at, found.registrar_signed), (introduced_at, registrar_signed), "{signer}");
        let said = judged.lines("").join("\n");
        assert_eq!(said.contains("registrar-signed"), registrar_signed, "{said}");
        assert!(said.contains(&format!("signed by {signer}, a key that this chain introduced at #{introduced_at}")));
    }
    // Nobody stands above the operator.
    let judged = judge(tree.receipt(1, "operator/registrar@0").as_bytes(), Some(&policy()));
    assert!(!judged.proven.unwrap().signers[0].registrar_signed);
}

#[test]
fn the_words_claim_no_more_than_one_receipt_shows() {
    let mut tree = Tree::new();
    let at = tree.opens("well", "ivo:admin,book", "spare1", 1, "operator/registrar well/ivo");
    let forged = gift(&mut tree, "well", "well/ivo", &format!("well/ivo@{at} operator/registrar@0"));
    let said = judge(forged.as_bytes(), Some(&policy())).lines("").join("\n");
    assert!(!said.contains("charity signed"), "{said}");
    assert!(said.contains("One receipt cannot show whether the operator opened well a second time"), "{said}");
    let compare = format!("The key in the receipt is {}; compare it with the charity's own", vkey("well/ivo"));
    assert!(said.contains(&compare), "{said}");
    // A key that was added later is not the one to compare: the operator's own opening could add one of its name.
    let mut tree = Tree::new();
    let receipt = added(&mut tree, "carol:book", "well/alice well/carol", "");
    let judged = judge(receipt.as_bytes(), Some(&policy()));
    assert_eq!(judged.proven.unwrap().key_to_compare(), Some(vkey("well/alice")));
    // Of the operator's own chain there is one opening.
    let said = judge(tree.receipt(1, "operator/registrar@0").as_bytes(), Some(&policy())).lines("").join("\n");
    assert!(!said.contains("second time"), "{said}");
}

#[test]
fn a_known_key_shows_a_second_opening() {
    let parse = |name: &str| VerifierKey::parse(&vkey(name)).unwrap();
    let judged = |receipt: &str| judge(receipt.as_bytes(), Some(&policy()));
    let mut tree = Tree::new();
    let honest = added(&mut tree, "carol:book", "well/alice well/carol", "");
    for known in ["well/alice", "well/bob", "well/dora"] {
        let compared = judged(&honest).with_key(&parse(known)).unwrap();
        assert_eq!(compared.verdict, GENUINE, "{known}");
        assert!(!compared.not_checked.contains(&Unchecked::SecondOpening));
        assert!(!compared.lines("").join("\n").contains("second time"));
    }
    // A key that was added later, the same name with other bytes, and a key that never was.
    for unknown in ["well/carol", "!well/alice", "well/eve"] {
        let compared = judged(&honest).with_key(&parse(unknown)).unwrap();
        assert_eq!((compared.verdict, compared.step.word()), (DIFFERENT, "key"), "{unknown}");
        assert!(compared.proven.is_none());
        for said in [vkey(unknown).as_str(), "added later", "not what is asked for", "#2"] {
            assert!(compared.why.contains(said), "{}", compared.why);
        }
    }
    // The operator's second opening may name the charity's recovery key, which need not sign, but no first key.
    let at = tree.opens("well", "ivo:admin,book", "spare1", 1, "operator/registrar well/ivo");
    let forged = gift(&mut tree, "well", "well/ivo", &format!("well/ivo@{at} operator/registrar@0"));
    assert_eq!(judged(&forged).verdict, GENUINE);
    assert_eq!(judged(&forged).with_key(&parse("well/alice")).unwrap().verdict, DIFFERENT);
    let recovery = judged(&forged).with_key(&parse("well/spare1"));
    assert!(matches!(recovery, Err(KeyMisplaced::Recovery(_))), "{recovery:?}");
    let other = judged(&honest).with_key(&parse("mill/mia"));
    assert!(matches!(other, Err(KeyMisplaced::OtherChain { .. })), "{other:?}");
    // What is not genuine stays what it is.
    let bent = judge(tree.receipt(0, "").as_bytes(), Some(&policy())).with_key(&parse("well/alice")).unwrap();
    assert_eq!((bent.verdict, bent.step.word()), (DIFFERENT, "introduction"));
}

/// The same cases as files, for readers in other languages. `ALMONER_WRITE_VECTORS=1` writes them again.
#[test]
fn the_cases_lie_in_tests_vectors_operator() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/operator");
    let mut files = vec![("policy".to_owned(), policy_text())];
    let mut rows = Vec::new();
    for (number, (why, verdict, make)) in cases().into_iter().enumerate() {
        let file = format!("receipts/{number:03}.tlog-proof");
        rows.push(json!({ "file": file, "policy": "policy", "verdict": verdict.word(), "why": why }));
        files.push((file, make(&mut Tree::new())));
    }
    files.push(("EXPECTED.json".to_owned(), format!("{:#}\n", json!({ "receipts": rows }))));
    if std::env::var_os("ALMONER_WRITE_VECTORS").is_some() {
        std::fs::remove_dir_all(&folder).unwrap_or_default();
        std::fs::create_dir_all(folder.join("receipts")).unwrap();
        for (name, text) in &files {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    for (name, text) in &files {
        let found = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(&found == text, "{name} of {ORIGIN} differs; run this test with ALMONER_WRITE_VECTORS=1");
    }
    assert_eq!(std::fs::read_dir(folder.join("receipts")).unwrap().count(), rows.len());
}
