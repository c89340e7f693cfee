//! An honest log of over 600 events: what every case of cheating starts from.

use super::log::{ORIGIN, Place, Writer, key};

/// The log, and where things stand that the cases bend.
pub(crate) struct Story {
    pub writer: Writer,
    pub admitted_clinic: Place,
    /// Seq 1 of clinic.
    pub first_of_clinic: Place,
    /// Some gift in the middle.
    pub gift: Place,
    pub refund: Place,
    pub evidenced: Place,
    pub attested: Place,
    pub earned: Place,
    pub requested: Place,
    pub approved: Place,
    pub paid: Place,
    pub confirmed: Place,
    /// A payment of clinic, and the hold on its fund that comes right after it.
    pub before_hold: Place,
    pub hold: Place,
    pub lifted: Place,
    /// Two signatures.
    pub key_added: Place,
    /// By the key that was added.
    pub by_carol: Place,
    pub last: Place,
}

/// What authors do wrong, their signatures all being real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twist {
    None,
    /// Who requested the payment approves it, with another of their keys.
    SelfApproval,
    /// A retired key signs.
    RetiredKey,
    /// An author signs a root that never was.
    FalseSeen,
    /// An author signs a size that the log had not reached.
    SeenAhead,
    /// An author goes back to an older checkpoint.
    SeenBack,
    /// The tranche is declared earned before its milestone is attested.
    EarnedUnattested,
    /// A fund pays more than it has.
    Overdrawn,
}

fn key_entry(name: &str, holder: &str, roles: &str) -> String {
    format!(r#"{{"vkey":"{}","holder":"{holder}","roles":[{roles}]}}"#, key(name).verifier())
}

/// Opens and admits a chain: keys as `(label, holder, roles)`.
fn open(w: &mut Writer, chain: &str, role: &str, keys: &[(&str, &str, &str)], approvals: &str) -> Place {
    let names: Vec<String> = keys.iter().map(|(label, _, _)| format!("{chain}/{label}")).collect();
    let entries: Vec<String> =
        keys.iter().zip(&names).map(|((_, holder, roles), name)| key_entry(name, holder, roles)).collect();
    let data = format!(
        r#"{{"name":{{"en":"{chain}"}},"keys":[{}],"admin_quorum":1,"approvals":[{approvals}],"recovery":{{"keys":[],"quorum":1}}}}"#,
        entries.join(",")
    );
    let mut signers: Vec<&str> = names.iter().map(String::as_str).collect();
    if chain != "operator" {
        signers.push("operator/reg");
    }
    let opened = w.event(&signers, "chain.opened/1", &data);
    if chain == "operator" {
        return opened;
    }
    let supervisor = if role == "charity" { r#""supervisor":"commission","# } else { "" };
    let data =
        format!(r#"{{"chain":"{chain}","role":"{role}",{supervisor}"event":"{chain}#0","hash":"{}"}}"#, opened.hash);
    w.event(&["operator/reg"], "chain.admitted/1", &data)
}

/// Account, fund and project of a charity.
fn furnish(w: &mut Writer, signer: &str, fund: &str) -> Place {
    let first = w.event(&[signer], "account.opened/1", r#"{"account":"account/bank","kind":"bank","currency":"CNY"}"#);
    let data = format!(r#"{{"fund":"fund/{fund}","class":"restricted","purpose":"what it is for"}}"#);
    w.event(&[signer], "fund.opened/1", &data);
    w.event(&[signer], "fund.opened/1", r#"{"fund":"fund/free","class":"unrestricted","purpose":"anything"}"#);
    first
}

fn give(w: &mut Writer, signer: &str, fund: &str, gross: &str) -> Place {
    let data = format!(
        r#"{{"account":"account/bank","currency":"CNY","fund":"fund/{fund}","effective_date":"2026-11-20","gifts":[{{"gross":"{gross}","fee":"0.06"}}]}}"#
    );
    w.event(&[signer], "donation.received/1", &data)
}

fn gifts(w: &mut Writer, count: usize) -> Place {
    let mut last = None;
    for n in 0..count {
        let (signer, fund) = if n % 2 == 0 { ("well/alice", "water") } else { ("clinic/anna", "care") };
        last = Some(give(w, signer, fund, "100.00"));
        if n % 37 == 36 {
            w.publish();
        }
    }
    last.unwrap()
}

fn pay_person(w: &mut Writer, signer: &str, fund: &str, amount: &str) -> Place {
    let data = format!(
        r#"{{"account":"account/bank","fund":"fund/{fund}","currency":"CNY","amount":"{amount}","payee":{{"organisation":"CN-USCI-91330100MA0000000X"}},"function":"charitable","class":"equipment","related_party":false,"effective_date":"2026-11-21"}}"#
    );
    w.event(&[signer], "expenditure.recorded/1", &data)
}

/// The story, as told or with a twist. With a twist the second value is where it stands.
pub(crate) fn tell(twist: Twist) -> (Story, Option<Place>) {
    let mut twisted = None;
    let w = &mut Writer::new(ORIGIN);
    open(w, "operator", "", &[("reg", "registry", r#""admin","registrar""#)], "");
    w.event(&["operator/reg"], "log.opened/1", r#"{"rules":1}"#);
    open(w, "commission", "regulator", &[("judge", "judge", r#""admin","supervise""#)], "");
    open(w, "geo", "reviewer", &[("mei", "mei", r#""admin","attest""#)], "");
    let book = r#""admin","book","report""#;
    open(w, "well", "charity", &[("alice", "alice", book), ("dave", "dave", r#""admin","book""#)], "");
    let admitted_clinic = open(w, "clinic", "charity", &[("anna", "anna", book)], "");
    let first_of_clinic = furnish(w, "clinic/anna", "care");
    let two = r#"{"currency":"CNY","from":"0.01","approvers":1}"#;
    let keys = [
        ("alice", "alice", r#""admin","book","request""#),
        ("alice-two", "alice", r#""approve""#),
        ("bob", "bob", r#""admin","approve""#),
    ];
    open(w, "foundation", "sponsor", &keys, two);
    furnish(w, "well/alice", "water");
    furnish(w, "foundation/alice", "grants");
    give(w, "foundation/alice", "grants", "90000.00");
    w.publish();
    let gift = gifts(w, 120);
    let refunded = w.last_of("clinic");
    let data = format!(
        r#"{{"donation":{{"event":"{refunded}","hash":"{}","gift":0}},"account":"account/bank","from":"clearing","currency":"CNY","fund":"fund/care","amount":"40.00","effective_date":"2026-11-21","reason":"donor's wish"}}"#,
        gift.hash
    );
    let refund = w.event(&["clinic/anna"], "donation.refunded/1", &data);
    w.event(&["well/alice"], "project.proposed/1", r#"{"project":"project/wells","title":{"en":"Wells"}}"#);
    w.event(
        &["well/alice"],
        "milestone.planned/1",
        r#"{"milestone":"milestone/m1","project":"project/wells","title":{"en":"Water"},"indicator":"wells","target":"1","unit":"wells","due":"2026-12-31","reviewers":[{"chain":"geo","role":"hydrologist"}],"quorum":1}"#,
    );
    w.event(
        &["foundation/alice"],
        "grant.awarded/1",
        r#"{"grant":"grant/g1","recipient":{"chain":"well"},"fund":"fund/grants","currency":"CNY","amount":"50000.00","date":"2026-03-01","purpose":"A well","milestones":[{"milestone":"well/milestone/m1","tranche":"50000.00"}]}"#,
    );
    gifts(w, 60);
    let digest = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let data = format!(r#"{{"milestone":"milestone/m1","documents":["{digest}"],"value":"1"}}"#);
    let evidenced = w.event(&["well/alice"], "milestone.evidenced/1", &data);
    let earned_data = r#"{"grant":"grant/g1","milestone":"well/milestone/m1","effective_date":"2026-05-01"}"#;
    if twist == Twist::EarnedUnattested {
        twisted = Some(w.event(&["foundation/alice"], "grant.tranche_earned/1", earned_data));
    }
    let data =
        format!(r#"{{"milestone":"well/milestone/m1","event":"{}","hash":"{}"}}"#, w.last_of("well"), evidenced.hash);
    let attested = w.event(&["geo/mei"], "milestone.attested/1", &data);
    let earned = w.event(&["foundation/alice"], "grant.tranche_earned/1", earned_data);
    let data = r#"{"disbursement":"disbursement/d1","fund":"fund/grants","grant":"grant/g1","milestone":"well/milestone/m1","currency":"CNY","amount":"50000.00","payee":{"chain":"well"},"purpose":"The first well"}"#;
    let requested = w.event(&["foundation/alice"], "disbursement.requested/1", data);
    let approver = if twist == Twist::SelfApproval { "foundation/alice-two" } else { "foundation/bob" };
    let data = format!(r#"{{"disbursement":"disbursement/d1","request":"{}"}}"#, requested.hash);
    let approved = w.event(&[approver], "disbursement.approved/1", &data);
    if twist == Twist::SelfApproval {
        twisted = Some(approved);
    }
    let data = r#"{"disbursement":"disbursement/d1","account":"account/bank","effective_date":"2026-11-21"}"#;
    let paid = w.event(&["foundation/alice"], "disbursement.paid/1", data);
    let data = format!(
        r#"{{"disbursement":"foundation/disbursement/d1","event":"{}","hash":"{}","account":"account/bank","fund":"fund/water","currency":"CNY","amount":"50000.00","effective_date":"2026-11-23"}}"#,
        w.last_of("foundation"),
        paid.hash
    );
    let confirmed = w.event(&["well/alice"], "disbursement.confirmed/1", &data);
    gifts(w, 100);
    if twist == Twist::Overdrawn {
        twisted = Some(pay_person(w, "clinic/anna", "care", "99999999.00"));
    }
    let before_hold = pay_person(w, "clinic/anna", "care", "30.00");
    let data = r#"{"hold":"hold/h1","on":"clinic/fund/care","basis":"Charity Law art. 97"}"#;
    let hold = w.event(&["commission/judge"], "hold.placed/1", data);
    w.publish();
    gifts(w, 20);
    let data = r#"{"hold":"hold/h1","reason":"the accounts are in order"}"#;
    let lifted = w.event(&["commission/judge"], "hold.lifted/1", data);
    pay_person(w, "clinic/anna", "care", "31.00");
    let data = format!(r#"{{"key":{}}}"#, key_entry("well/carol", "carol", r#""admin","book""#));
    let key_added = w.event(&["well/alice", "well/carol"], "key.added/1", &data);
    let by_carol = give(w, "well/carol", "water", "5.00");
    w.event(&["well/alice"], "key.retired/1", r#"{"key":"well/dave"}"#);
    let signer = if twist == Twist::RetiredKey { "well/dave" } else { "well/alice" };
    let after_retirement = give(w, signer, "water", "6.00");
    if twist == Twist::RetiredKey {
        twisted = Some(after_retirement);
    }
    let real = w.publish();
    match twist {
        Twist::FalseSeen => w.seen.1.0[7] ^= 1,
        Twist::SeenAhead => w.seen.0 = w.entries.len() as u64 + 1,
        Twist::SeenBack => w.seen = (0, almoner_proof::merkle::empty_root()),
        _ => {}
    }
    let event = give(w, "well/alice", "water", "7.00");
    if matches!(twist, Twist::FalseSeen | Twist::SeenAhead | Twist::SeenBack) {
        twisted = Some(event);
    }
    w.seen = real;
    gifts(w, 300);
    w.publish();
    let reversed = w.last_of("well");
    let hash = super::log::read(w.entries.iter().rev().find(|e| super::log::read(e).chain() == "well").unwrap()).hash();
    let data =
        format!(r#"{{"event":"{reversed}","hash":"{hash}","effective_date":"2026-11-21","reason":"entered twice"}}"#);
    let last = w.event(&["well/alice"], "event.reversed/1", &data);
    let writer = std::mem::replace(w, Writer::new(ORIGIN));
    let story = Story {
        writer,
        admitted_clinic,
        first_of_clinic,
        gift,
        refund,
        evidenced,
        attested,
        earned,
        requested,
        approved,
        paid,
        confirmed,
        before_hold,
        hold,
        lifted,
        key_added,
        by_carol,
        last,
    };
    (story, twisted)
}

/// The honest one.
pub(crate) fn honest() -> Story {
    tell(Twist::None).0
}
