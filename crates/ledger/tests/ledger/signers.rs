//! Who must sign, beyond the rows of the table.

use crate::world::{Bend, World, opening};
use serde_json::json;

#[test]
fn the_log_begins_with_operator_and_its_rules() {
    let mut world = World::empty();
    let data = opening("Well", vec![world.key_entry("well/ann", "ann", &["admin"])], 1, json!([]));
    let told = world.event("well", "ann", "chain.opened/1", data.clone());
    assert_eq!(told.unwrap_err().code().word(), "signers.wrong", "nobody could register it");
    let reg = world.key_entry("operator/reg", "reg", &["registrar", "admin"]);
    world.event("operator", "reg", "chain.opened/1", opening("Operator", vec![reg], 1, json!([]))).unwrap();
    let told = world.event("well", "ann+operator/reg", "chain.opened/1", data);
    assert_eq!(told.unwrap_err().code().word(), "log.order", "index 1 is log.opened");
    let rules = |rules: u32| json!({"rules": rules});
    assert_eq!(world.event("operator", "reg", "log.rules_set/1", rules(1)).unwrap_err().code().word(), "log.order");
    assert_eq!(world.event("operator", "reg", "log.opened/1", rules(2)).unwrap_err().code().word(), "rules.unknown");
    assert_eq!(world.event("operator", "reg", "log.opened/1", rules(1)), Ok(1));
}

#[test]
fn a_quorum_of_two_is_exactly_two_holders() {
    let mut world = World::opened();
    let keys: &[(&str, &str, &[&str])] = &[
        ("ann", "ann", &["admin"]),
        ("ann2", "ann", &["admin"]),
        ("bob", "bob", &["admin", "book"]),
        ("cat", "cat", &["admin"]),
    ];
    world.open("well", keys, 2, json!([])).unwrap();
    world.admit_chain("well", "charity", None).unwrap();
    let eli = json!({"key": world.key_entry("well/eli", "eli", &["book"])});
    for (signers, code) in [
        ("eli", "signers.wrong"),
        ("ann+eli", "signers.wrong"),
        ("ann+ann2+eli", "signers.wrong"),
        ("ann+bob", "signers.wrong"),
        ("ann+bob+cat+eli", "signers.wrong"),
    ] {
        assert_eq!(
            world.event("well", signers, "key.added/1", eli.clone()).unwrap_err().code().word(),
            code,
            "{signers}"
        );
    }
    world.event("well", "ann+bob+eli", "key.added/1", eli).unwrap();
    world
        .event("well", "eli", "fund.opened/1", json!({"fund": "fund/f", "class": "restricted", "purpose": "p"}))
        .unwrap();

    // A retired label binds its key for ever, and no key comes back under another label.
    world.event("well", "ann+bob", "key.retired/1", json!({"key": "well/eli"})).unwrap();
    world.seeds.insert("well/fay".to_owned(), "well/eli".to_owned());
    let fay = json!({"key": world.key_entry("well/fay", "fay", &["book"])});
    assert_eq!(world.event("well", "ann+bob+fay", "key.added/1", fay).unwrap_err().code().word(), "key.exists");
    world.seeds.insert("well/eli".to_owned(), "another".to_owned());
    let eli = json!({"key": world.key_entry("well/eli", "eli", &["book"])});
    assert_eq!(world.event("well", "ann+bob+eli", "key.added/1", eli).unwrap_err().code().word(), "key.exists");

    // Retiring one's own key is possible while the quorum stands: three holders, two needed.
    world.event("well", "ann+cat", "key.retired/1", json!({"key": "well/cat"})).unwrap();
    let told = world.event("well", "ann+bob", "key.retired/1", json!({"key": "well/bob"}));
    assert_eq!(told.unwrap_err().code().word(), "key.quorum");
    world.event("well", "ann+bob", "key.retired/1", json!({"key": "well/ann2"})).unwrap();
}

#[test]
fn a_key_of_another_id_under_a_known_name_is_unknown() {
    let mut world = World::opened();
    world.charity("well", None);
    let fund = json!({"fund": "fund/f", "class": "restricted", "purpose": "p"});
    world.seeds.insert("well/bob".to_owned(), "thief".to_owned());
    assert_eq!(world.event("well", "bob", "fund.opened/1", fund.clone()).unwrap_err().code().word(), "key.unknown");
    // Even when a refused event taught the ring that key.
    let key = world.secret("well/bob").verifier();
    world.ring.add(&key.name, key.id, key.key);
    assert_eq!(world.event("well", "bob", "fund.opened/1", fund).unwrap_err().code().word(), "key.unknown");
}

#[test]
fn an_event_of_another_chain_or_place_does_not_fit() {
    let mut world = World::opened();
    world.charity("well", None);
    world.charity("clinic", None);
    let fund = r#"{"fund":"fund/f","class":"restricted","purpose":"p"}"#;
    let note = world.note("well", "bob", "fund.opened/1", fund, &Bend::default());
    // The text is signed as a whole: nothing of it can be moved to another chain.
    let moved = note.replace("\nchain well\n", "\nchain clinic\n");
    assert_eq!(world.decide(moved.as_bytes()).unwrap_err().code().word(), "signature.invalid");
    world.submit(note.as_bytes()).unwrap();
    let again = world.decide(note.as_bytes()).unwrap_err();
    assert_eq!(again.code().word(), "chain.fork", "the caller tells that it is a duplicate");
    let head = again.head().expect("a conflict tells the head");
    assert_eq!(head.1, world.hash_of(world.books.size() - 1));
}

#[test]
fn a_new_key_counts_only_where_it_signed_itself() {
    // Another key of the listed name is known to the ring, as a refused neighbour could once make it known.
    let stranger = |world: &mut World, name: &str| {
        world.seeds.insert(name.to_owned(), "stranger".to_owned());
        let key = world.secret(name).verifier();
        world.ring.add(&key.name, key.id, key.key);
    };
    let mut world = World::opened();
    let opened = opening("New", vec![world.key_entry("new/ann", "ann", &["admin"])], 1, json!([]));
    stranger(&mut world, "new/ann");
    let told = world.event("new", "ann+operator/reg", "chain.opened/1", opened);
    assert_eq!(told.unwrap_err().code().word(), "key.unknown");

    world.charity("well", None);
    let added = json!({"key": world.key_entry("well/eli", "eli", &["book"])});
    stranger(&mut world, "well/eli");
    let before = world.picture();
    assert_eq!(world.event("well", "ann+eli", "key.added/1", added.clone()).unwrap_err().code().word(), "key.unknown");
    assert_eq!(world.picture(), before);
    world.seeds.remove("well/eli");
    world.event("well", "ann+eli", "key.added/1", added).unwrap();
}

#[test]
fn a_recovery_that_nobody_or_anybody_could_make_is_refused() {
    let mut world = World::opened();
    let told = |world: &mut World, recovery: &[&str], quorum: u64| {
        let mut data = opening("New", vec![world.key_entry("new/ann", "ann", &["admin"])], 1, json!([]));
        let keys: Vec<String> = recovery.iter().map(|label| world.vkey(&format!("new/{label}"))).collect();
        data["recovery"] = json!({"keys": keys, "quorum": quorum});
        let note = world.note("new", "ann+operator/reg", "chain.opened/1", &data.to_string(), &Bend::default());
        world.decide(note.as_bytes()).map(|_| ()).map_err(|refusal| refusal.code().word())
    };
    world.seeds.insert("new/copy".to_owned(), "new/ann".to_owned());
    world.seeds.insert("new/s3".to_owned(), "new/s1".to_owned());
    let many: Vec<String> = (0..20).map(|n| format!("r{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (recovery, quorum, right) in [
        (&[][..], 1, Ok(())),
        (&["s1"], 1, Ok(())),
        (&["s1", "s2"], 2, Ok(())),
        (&many, 14, Ok(())),
        (&[], 0, Err("key.quorum")),
        (&[], 2, Err("key.quorum")),
        (&["s1"], 0, Err("key.quorum")),
        (&["s1"], 2, Err("key.quorum")),
        (&["s1"], 4_000_000_000, Err("key.quorum")),
        (&many, 15, Err("key.quorum")),
        (&["s1", "s1"], 1, Err("key.exists")),
        (&["s1", "s3"], 1, Err("key.exists")),
        (&["ann"], 1, Err("key.exists")),
        (&["copy"], 1, Err("key.exists")),
    ] {
        assert_eq!(told(&mut world, recovery, quorum), right, "{recovery:?} {quorum}");
    }

    // Nor does a recovery key become a signing key later, by its label or by its bytes.
    let mut data = opening("New", vec![world.key_entry("new/ann", "ann", &["admin"])], 1, json!([]));
    data["recovery"] = json!({"keys": [world.vkey("new/s1")], "quorum": 1});
    world.event("new", "ann+operator/reg", "chain.opened/1", data).unwrap();
    world.admit_chain("new", "charity", None).unwrap();
    world.seeds.insert("new/other".to_owned(), "new/s1".to_owned());
    for label in ["s1", "other"] {
        let added = json!({"key": world.key_entry(&format!("new/{label}"), "sam", &["admin"])});
        let told = world.event("new", &format!("ann+{label}"), "key.added/1", added);
        assert_eq!(told.unwrap_err().code().word(), "key.exists", "{label}");
    }
}

#[test]
fn a_policy_asks_for_no_more_approvers_than_can_ever_sign() {
    let mut world = World::opened();
    let mut told = |chain: &str, approvers: u64| {
        let approvals = json!([{"currency": "CNY", "from": "1.00", "approvers": approvers}]);
        world.open(chain, &[("ann", "ann", &["admin"])], 1, approvals).map_err(|refusal| refusal.code().word())
    };
    assert_eq!(told("big", 4_000_000_000), Err("data.range"));
    assert_eq!(told("big", 17), Err("data.range"));
    assert!(told("big", 16).is_ok());
    assert!(told("none", 0).is_ok(), "a currency in which nobody need approve");
}

/// Reviewers of a milestone of `well`, in a world where `rev2` has the key of `rev1`, `rev4` later takes that of `rev3`,
/// `rev5` that of `payer`.
struct Reviewed(World);

impl Reviewed {
    fn world() -> Reviewed {
        let mut world = World::opened();
        world.charity("well", None);
        world.charity("payer", None);
        for n in 1..=5 {
            let chain = format!("rev{n}");
            let seed = if n == 2 { "rev1/eve".to_owned() } else { format!("{chain}/eve") };
            world.seeds.insert(format!("{chain}/eve"), seed);
            world.person(&chain, "eve", &["attest"], "reviewer");
        }
        let project = json!({"project": "project/wells", "title": {"en": "Wells"}, "summary": "Wells.", "currency": "CNY", "target": "6000.00"});
        world.ok("well", "project.proposed/1", project);
        world.ok("payer", "fund.opened/1", json!({"fund": "fund/f", "class": "restricted", "purpose": "p"}));
        Reviewed(world)
    }

    /// Gives a chain another key, with the bytes of somebody else's.
    fn borrow(&mut self, chain: &str, label: &str, whose: &str, by: &str) {
        self.0.seeds.insert(format!("{chain}/{label}"), whose.to_owned());
        let added = json!({"key": self.0.key_entry(&format!("{chain}/{label}"), label, &["report"])});
        self.0.event(chain, &format!("{by}+{label}"), "key.added/1", added).unwrap();
    }

    fn plan(&mut self, id: &str, reviewers: &[&str]) -> Result<u64, &'static str> {
        let reviewers: Vec<_> = reviewers.iter().map(|chain| json!({"chain": chain, "role": "r"})).collect();
        let milestone = json!({"milestone": format!("milestone/{id}"), "project": "project/wells", "title": {"en": "W"},
            "indicator": "wells", "target": "1", "unit": "wells", "due": "2026-12-31", "quorum": 1, "reviewers": reviewers});
        self.0.event("well", "bob", "milestone.planned/1", milestone).map_err(|refusal| refusal.code().word())
    }

    fn grant(&mut self, id: &str, milestone: &str) -> Result<u64, &'static str> {
        let tranches = json!([{"milestone": format!("well/milestone/{milestone}"), "tranche": "10.00"}]);
        let grant = json!({"grant": format!("grant/{id}"), "recipient": {"chain": "well"}, "fund": "fund/f", "currency": "CNY",
            "amount": "10.00", "date": "2026-03-01", "purpose": "wells", "milestones": tranches});
        self.0.event("payer", "bob", "grant.awarded/1", grant).map_err(|refusal| refusal.code().word())
    }

    fn evidence(&mut self, milestone: &str) -> u64 {
        let data = json!({"milestone": format!("milestone/{milestone}"), "documents": [almoner_proof::Hash::of(b"photo").to_base64()]});
        self.0.ok("well", "milestone.evidenced/1", data)
    }

    fn attest(&mut self, reviewer: &str, milestone: &str, evidence: u64) -> Result<u64, &'static str> {
        let data = json!({"milestone": format!("well/milestone/{milestone}"), "event": self.0.name_of(evidence),
            "hash": self.0.hash_of(evidence).to_base64()});
        self.0.event(reviewer, "eve", "milestone.attested/1", data).map_err(|refusal| refusal.code().word())
    }
}

const DEPENDENT: &str = "milestone.not_independent";

#[test]
fn two_reviewers_are_two() {
    let mut reviewed = Reviewed::world();
    assert_eq!(reviewed.plan("m", &["rev1", "rev2"]), Err(DEPENDENT), "one key on two chains");
    assert_eq!(reviewed.plan("m", &["rev3", "well"]), Err(DEPENDENT), "the implementer itself");
    reviewed.plan("m", &["rev1", "rev3", "rev4"]).unwrap();
    let evidence = reviewed.evidence("m");
    // Keys that come after the plan are seen when it is attested; they concern nobody else.
    reviewed.borrow("rev4", "more", "rev3/eve", "eve");
    assert_eq!(reviewed.attest("rev3", "m", evidence), Err(DEPENDENT));
    assert_eq!(reviewed.attest("rev4", "m", evidence), Err(DEPENDENT));
    assert!(reviewed.attest("rev1", "m", evidence).is_ok());
}

#[test]
fn an_implementer_that_takes_a_reviewers_key_gets_no_attestation() {
    let mut reviewed = Reviewed::world();
    reviewed.plan("m", &["rev3"]).unwrap();
    let evidence = reviewed.evidence("m");
    reviewed.borrow("well", "eve", "rev3/eve", "ann");
    assert_eq!(reviewed.attest("rev3", "m", evidence), Err(DEPENDENT));
}

#[test]
fn a_payer_reviews_nothing_that_its_grant_names() {
    let mut reviewed = Reviewed::world();
    reviewed.plan("own", &["payer"]).unwrap();
    assert_eq!(reviewed.grant("g1", "own"), Err(DEPENDENT), "the payer itself");
    // Two grants name the milestone; a reviewer takes the payer's key afterwards.
    reviewed.plan("m", &["rev5"]).unwrap();
    let evidence = reviewed.evidence("m");
    let grants = [reviewed.grant("g2", "m").unwrap(), reviewed.grant("g3", "m").unwrap()];
    reviewed.borrow("rev5", "bob", "payer/bob", "eve");
    assert_eq!(reviewed.attest("rev5", "m", evidence), Err(DEPENDENT));
    assert_eq!(reviewed.grant("g4", "m"), Err(DEPENDENT));
    // Once no grant of the payer names it any more, they are strangers again.
    reviewed.0.reverse(grants[0], None).unwrap();
    assert_eq!(reviewed.attest("rev5", "m", evidence), Err(DEPENDENT), "one grant is left");
    reviewed.0.reverse(grants[1], None).unwrap();
    assert!(reviewed.attest("rev5", "m", evidence).is_ok());
}
