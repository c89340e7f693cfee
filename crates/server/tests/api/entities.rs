//! Every kind of entity that the ledger's registry has is told: in its list, alone, and on a page. One of each is opened
//! here; a kind that nobody opens fails.

use crate::house::{Answer, Author, begin, send, settle};
use almoner_ledger::EntityKind;
use almoner_ledger::entity::{
    AccountKind, CampaignState, FundClass, HoldState, MilestoneState, PaymentState, ProjectStatus, PromiseState,
};
use almoner_proof::{Hash, SecretKey};
use almoner_site::page_of;
use almoner_wire as wire;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::LazyLock;

struct Place {
    base: String,
    _directory: tempfile::TempDir,
}

impl Place {
    fn get(&self, path: &str) -> Answer {
        send(&self.base, "GET", path, &[])
    }

    fn read(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// The one entity of a kind, as its list tells it.
    fn row(&self, kind: EntityKind) -> Value {
        let page = self.read(&format!("/v1/{}", kind.list()));
        let rows = page[kind.list()].as_array().unwrap_or_else(|| panic!("{page} has no {}", kind.list()));
        assert_eq!(rows.len(), 1, "one {kind} is opened here: {page}");
        rows[0].clone()
    }
}

/// A ledger with one entity of each kind.
static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    let (node, base) = begin(directory.path());
    let registrar = SecretKey::from_seed("operator/registrar", &[2; 32]);
    let keys = [("well/treasurer", 50), ("geo/lab", 51), ("commission/desk", 52)];
    let [well, geo, commission] = keys.map(|(name, seed)| SecretKey::from_seed(name, &[seed; 32]));
    let mut author = Author::new(&node);
    let name = json!({"en": "N"});
    author.open("commission", name.clone(), "regulator", &commission, &["admin", "supervise"], &registrar);
    author.open("well", name.clone(), "charity", &well, &["admin", "book", "report", "request"], &registrar);
    author.open("geo", name.clone(), "reviewer", &geo, &["admin", "attest"], &registrar);
    let (zeros, day) = (Hash([0; 32]).to_base64(), "2026-11-20");
    for (kind, data) in [
        ("account.opened/1", json!({"account": "account/bank", "kind": "bank", "currency": "CNY"})),
        ("fund.opened/1", json!({"fund": "fund/water", "class": "restricted", "purpose": "Water"})),
        ("programme.opened/1", json!({"programme": "programme/science", "name": name})),
        (
            "envelope.announced/1",
            json!({"envelope": "envelope/great", "name": name, "currency": "CNY", "amount": "9.00", "programmes": ["programme/science"], "from_year": 2026, "to_year": 2030}),
        ),
        (
            "project.proposed/1",
            json!({"project": "project/wells", "title": name, "currency": "CNY", "target": "7.00", "programme": "programme/science"}),
        ),
        (
            "campaign.opened/1",
            json!({"campaign": "campaign/flood", "title": name, "fund": "fund/water", "currency": "CNY", "target": "5.00", "from": day, "until": day, "if_over": "o", "if_failed": "f"}),
        ),
        (
            "pledge.made/1",
            json!({"pledge": "pledge/p", "currency": "CNY", "amount": "4.00", "date": day, "fund": "fund/water"}),
        ),
        (
            "commitment.agreed/1",
            json!({"commitment": "commitment/c", "fund": "fund/water", "currency": "CNY", "amount": "3.00", "date": day, "conditions": []}),
        ),
        (
            "milestone.planned/1",
            json!({"milestone": "milestone/m", "project": "project/wells", "title": name, "indicator": "i", "target": "1", "unit": "u", "due": day, "reviewers": [{"chain": "geo", "role": "r"}], "quorum": 1}),
        ),
        (
            "grant.awarded/1",
            json!({"grant": "grant/g", "recipient": {"organisation": "XX-Reg-1", "name": "Pump works"}, "fund": "fund/water", "currency": "CNY", "amount": "2.00", "date": day, "purpose": "p", "milestones": [{"milestone": "milestone/m", "tranche": "2.00"}]}),
        ),
        (
            "disbursement.requested/1",
            json!({"disbursement": "disbursement/d", "fund": "fund/water", "currency": "CNY", "amount": "1.00", "payee": {"organisation": "XX-Reg-2"}, "purpose": "p"}),
        ),
        (
            "import.declared/1",
            json!({"import": "import/f", "sha256": "0".repeat(64), "name": "f.xml", "standard": "iati 2.03", "mapper": "m", "findings": []}),
        ),
        (
            "activity.observed/1",
            json!({"import": "import/f", "activity": "activity/a", "key": zeros, "line": 1, "identifier": "XX-1", "titles": [], "findings": []}),
        ),
    ] {
        author.sign("well", kind, data, &[&well]);
    }
    let hold = json!({"hold": "hold/h", "on": "well/fund/water", "basis": "b"});
    author.sign("commission", "hold.placed/1", hold, &[&commission]);
    settle(&node);
    Place { base, _directory: directory }
});

#[test]
fn every_kind_of_entity_has_a_list_and_is_told_alone() {
    for kind in EntityKind::ALL {
        let row = PLACE.row(*kind);
        assert_eq!(row["kind"], kind.word());
        let alone = PLACE.read(&format!("/v1/{}/{}/{}", kind.list(), text(&row["chain"]), text(&row["id"])));
        for (member, value) in row.as_object().unwrap() {
            assert_eq!(alone[member], *value, "{kind}: {member}");
        }
        assert_eq!(alone["latest_events"].as_array().unwrap().last(), Some(&row["opened"]), "{kind}");
    }
}

#[test]
fn every_kind_of_entity_has_a_page_or_its_chain_has() {
    for kind in EntityKind::ALL {
        let row = PLACE.row(*kind);
        let (chain, id) = (text(&row["chain"]), text(&row["id"]));
        let own = page_of(*kind, chain, id);
        let page = PLACE.get(own.as_deref().unwrap_or(&format!("/c/{chain}")));
        assert_eq!(page.status, 200, "{kind}: {}", page.body);
        // Who pastes its name comes to its page.
        let found = PLACE.get(&format!("/search?q={}", text(&row["ref"])));
        assert_eq!((found.status == 303).then(|| found.header("location").to_owned()), own, "{kind}");
        let opening = PLACE.get(&format!("/log/{}", row["opened"]["index"]));
        assert!(opening.status == 200 && opening.body.contains(id), "{kind}: {}", opening.body);
    }
}

/// A row read as the type that has the kind's name, and written again, is the row.
#[test]
fn every_kind_of_entity_has_its_type_on_the_wire() {
    macro_rules! is_its_type {
        ($($(#[$about:meta])+ $kind:ident $line:tt)+) => {
            $({
                let row = PLACE.row(EntityKind::$kind);
                let told: wire::$kind = serde_json::from_value(row.clone()).unwrap();
                assert_eq!(serde_json::to_value(told).unwrap(), row);
            })+
        };
    }
    almoner_ledger::entity_kinds!(is_its_type);
}

/// What the document says of a member of a schema.
fn member<'a>(document: &'a Value, schema: &str, member: &str) -> &'a Value {
    let schema = &document["components"]["schemas"][schema];
    let parts = schema["allOf"].as_array().map_or(std::slice::from_ref(schema), Vec::as_slice);
    let found = parts.iter().find_map(|part| part["properties"].get(member));
    found.unwrap_or_else(|| panic!("no {member} in {schema}"))
}

/// The words stand once, in the ledger; what readers of the API are told is compared with them.
#[test]
fn the_document_has_the_words_of_the_ledger() {
    let document: Value = serde_json::from_str(&almoner_server::http::openapi()).unwrap();
    macro_rules! words {
        ($list:ty) => {
            <$list>::ALL.iter().map(|word| word.word()).collect::<Vec<&str>>()
        };
    }
    for (schema, name, words) in [
        ("Account", "type", words!(AccountKind)),
        ("Fund", "class", words!(FundClass)),
        ("Project", "state", words!(ProjectStatus)),
        ("Pledge", "state", words!(PromiseState)),
        ("Commitment", "state", words!(PromiseState)),
        ("Disbursement", "state", words!(PaymentState)),
        ("Milestone", "state", words!(MilestoneState)),
    ] {
        let (last, rest) = words.split_last().unwrap();
        let said = format!("{} or {last}.", rest.join(", "));
        assert_eq!(member(&document, schema, name)["description"], said, "{schema}");
    }
    for (schema, words) in [("CampaignState", words!(CampaignState)), ("HoldState", words!(HoldState))] {
        let said = &document["components"]["schemas"][schema];
        let told = said["enum"].as_array().cloned();
        let each = || said["oneOf"].as_array().unwrap().iter().map(|one| one["enum"][0].clone()).collect();
        assert_eq!(Value::from(told.unwrap_or_else(each)), json!(words), "{schema}");
    }
}

#[test]
fn the_document_refers_to_nothing_that_it_has_not() {
    let whole = almoner_server::http::openapi();
    let document: Value = serde_json::from_str(&whole).unwrap();
    let named = whole.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next());
    let missing: BTreeSet<&str> = named.filter(|name| document["components"]["schemas"].get(name).is_none()).collect();
    assert_eq!(missing, BTreeSet::new());
    for kind in EntityKind::ALL {
        let path = &document["paths"][format!("/v1/{}/{{chain}}/{{id}}", kind.list())];
        let schema = &path["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
        let name = text(schema).rsplit('/').next().unwrap_or_default();
        let title = format!("{}{}", kind.word()[..1].to_uppercase(), &kind.word()[1..]);
        assert!(name == format!("{title}Told") || name == format!("{title}FiguresTold"), "{kind}: {name}");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
