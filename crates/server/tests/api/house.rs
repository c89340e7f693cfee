//! A ledger in a temporary directory, served on a port of the system's choice: a charity with a
//! fund, a project, gifts, payments, a milestone and a correction.

use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::{Hash, SecretKey, note};
use almoner_server::app::{LedgerDirectory, Node, Options};
use almoner_server::http::{Serving, serve};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

pub(crate) const ORIGIN: &str = "giving.example/ledger";
/// What a hostile author would write.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script> & \"Wells\"";

pub(crate) struct House {
    pub base: String,
    pub node: Arc<Node>,
    /// What paths with their `at` answered while that size was the newest.
    pub early: Vec<(String, String)>,
    _directory: tempfile::TempDir,
}

/// One house for all tests: they only read it.
pub(crate) static HOUSE: LazyLock<House> = LazyLock::new(build);

pub(crate) struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// A request with headers; any status is an answer.
pub(crate) fn ask(method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(&HOUSE.base, method, path, headers)
}

/// A packed answer, unpacked, and how many bytes went over the wire.
pub(crate) fn packed(path: &str, headers: &[(&str, &str)]) -> (Answer, usize) {
    let headers: Vec<(&str, &str)> = headers.iter().copied().chain([("accept-encoding", "gzip")]).collect();
    let (answer, bytes) = exchange(&HOUSE.base, "GET", path, &headers);
    let mut body = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes.as_slice()), &mut body)
        .unwrap_or_else(|e| panic!("{path}: {e}"));
    (Answer { body: String::from_utf8_lossy(&body).into_owned(), ..answer }, bytes.len())
}

pub(crate) fn send(base: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let (answer, bytes) = exchange(base, method, path, headers);
    Answer { body: String::from_utf8_lossy(&bytes).into_owned(), ..answer }
}

fn exchange(base: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> (Answer, Vec<u8>) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .build()
        .into();
    let mut request = ureq::http::Request::builder().method(method).uri(format!("{base}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = agent.run(request.body(()).unwrap()).unwrap();
    let told = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    let bytes = response.body_mut().read_to_vec().unwrap();
    (Answer { status: response.status().as_u16(), headers: told, body: String::new() }, bytes)
}

pub(crate) fn get(path: &str) -> Answer {
    ask("GET", path, &[])
}

/// JSON of a successful read.
pub(crate) fn read(path: &str) -> Value {
    let answer = get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    assert_eq!(answer.header("content-type"), "application/json", "{path}");
    answer.json()
}

pub(crate) struct Author<'a> {
    pub node: &'a Node,
    pub log: &'a str,
    pub heads: BTreeMap<String, (u64, Hash)>,
}

impl<'a> Author<'a> {
    /// An author who knows the heads of the chains that a new ledger begins with.
    pub(crate) fn new(node: &'a Node) -> Author<'a> {
        let known = |chain: &str| (chain.to_owned(), node.shared().head(chain).unwrap());
        Author { node, log: ORIGIN, heads: ["operator", "importer"].map(known).into() }
    }

    pub(crate) fn sign(&mut self, chain: &str, kind: &str, data: Value, keys: &[&SecretKey]) -> Hash {
        let (seq, prev) = self.heads.get(chain).copied().unwrap_or_default();
        let data = data.to_string();
        let draft = Draft {
            log: self.log,
            chain,
            seq,
            prev,
            seen: (0, empty_root()),
            time: "2026-11-20T09:00:00Z",
            kind,
            data: &data,
        };
        let text = draft.text();
        let outcome = self.node.submit(vec![note::sign(&text, keys).into_bytes()]).unwrap();
        outcome[0].as_ref().unwrap_or_else(|refusal| panic!("{chain} {kind}: {refusal}"));
        let hash = Hash::of(text.as_bytes());
        self.heads.insert(chain.to_owned(), (seq + 1, hash));
        hash
    }

    pub(crate) fn open(
        &mut self,
        chain: &str,
        names: Value,
        role: &str,
        key: &SecretKey,
        roles: &[&str],
        registrar: &SecretKey,
    ) {
        let keys = json!([{"vkey": key.verifier().to_string(), "holder": "treasurer", "roles": roles}]);
        let data = json!({"name": names, "keys": keys, "admin_quorum": 1, "approvals": [], "recovery": {"keys": [], "quorum": 1}});
        let hash = self.sign(chain, "chain.opened/1", data, &[registrar, key]);
        let mut admitted =
            json!({"chain": chain, "role": role, "event": format!("{chain}#0"), "hash": hash.to_base64()});
        if chain == "well" && self.heads.contains_key("commission") {
            admitted["supervisor"] = json!("commission");
        }
        self.sign("operator", "chain.admitted/1", admitted, &[registrar]);
    }
}

fn build() -> House {
    let directory = tempfile::tempdir().unwrap();
    let (node, base) = begin(directory.path());
    let early = story(&node, &base);
    settle(&node);
    House { base, node, early, _directory: directory }
}

/// Seeds of keys: 1, 2, 3 and so on.
pub(crate) fn seeds() -> impl FnMut() -> [u8; 32] {
    let mut count = 0u8;
    move || {
        count += 1;
        [count; 32]
    }
}

/// A new ledger in a folder, served at an address. Its keys are those of the seeds 1, 2, 3 and so on.
pub(crate) fn begin(folder: &Path) -> (Arc<Node>, String) {
    let ledger = LedgerDirectory::new(folder.join("ledger"));
    let mut seeds = seeds();
    let options =
        Options { anchor: Some(folder.join("anchor")), publish_every: Duration::from_millis(1), ..Options::default() };
    let node = Arc::new(ledger.init(ORIGIN, &mut seeds, options).unwrap());
    let base = listen(Arc::clone(&node), std::future::pending());
    (node, base)
}

/// Serves a node until `stop`; gives its address.
pub(crate) fn listen(node: Arc<Node>, stop: impl Future<Output = ()> + Send + 'static) -> String {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let serving = Serving::bind("127.0.0.1:0").await.unwrap();
            tell.send(serving.address).unwrap();
            serve(serving, node, stop).await;
        });
    });
    format!("http://{}", told.recv().unwrap())
}

/// Acknowledged is committed; views and publication follow a moment later.
pub(crate) fn settle(node: &Node) {
    while node.shared().views().size() < node.shared().committed() {
        std::thread::yield_now();
    }
    node.publish().unwrap();
}

/// What some paths answer under the size that is the newest now.
fn remember(node: &Node, base: &str, early: &mut Vec<(String, String)>) {
    settle(node);
    let size = node.shared().published_size();
    let paths = [
        "/",
        "/c/well",
        "/f/well/water",
        "/p/well/wells",
        "/r/well-10.1",
        "/r/well-10",
        "/r/well-11",
        "/log",
        "/log/well-11",
    ];
    let data = [
        "totals",
        "chains",
        "balances",
        "funds",
        "funds/well/water",
        "projects/well/wells",
        "gifts/well-10.1",
        "events/well-11",
    ];
    for path in paths.iter().map(|path| (*path).to_owned()).chain(data.iter().map(|data| format!("/v1/{data}"))) {
        let path = format!("{path}?at={size}");
        let answer = send(base, "GET", &path, &[]);
        if answer.status == 200 {
            early.push((path, answer.body));
        }
    }
}

fn story(node: &Node, base: &str) -> Vec<(String, String)> {
    let mut early = Vec::new();
    // As the directory's own init made it from the second seed.
    let registrar = SecretKey::from_seed("operator/registrar", &[2; 32]);
    let well = SecretKey::from_seed("well/treasurer", &[50; 32]);
    let geo = SecretKey::from_seed("geo/lab", &[51; 32]);
    let commission = SecretKey::from_seed("commission/desk", &[52; 32]);
    let village = SecretKey::from_seed("village/clerk", &[53; 32]);
    let mut author = Author::new(node);
    let all = ["admin", "book", "report", "request", "approve"];
    author.open(
        "commission",
        json!({"en": "Charity Commission"}),
        "regulator",
        &commission,
        &["admin", "supervise"],
        &registrar,
    );
    author.open(
        "well",
        json!({"en": "The Well", "zh-Hans": "水井基金会", "ja": "井戸の会"}),
        "charity",
        &well,
        &all,
        &registrar,
    );
    author.open("geo", json!({"en": "Institute of Hydrology"}), "reviewer", &geo, &["admin", "attest"], &registrar);
    author.open("village", json!({"en": "Village committee of Upper Spring"}), "payee", &village, &all, &registrar);
    let w = [&well];
    author.sign(
        "well",
        "organisation.described/1",
        json!({"identifiers": ["GB-CHC-313139"], "names": {"fr": "Le Puits"}}),
        &w,
    );
    author.sign(
        "well",
        "account.opened/1",
        json!({"account": "account/bank", "kind": "bank", "currency": "CNY", "name": {"en": "Main account"}}),
        &w,
    );
    author.sign(
        "well",
        "fund.opened/1",
        json!({"fund": "fund/free", "class": "unrestricted", "purpose": "Anything we do"}),
        &w,
    );
    let fund = json!({"fund": "fund/water", "class": "restricted", "purpose": "Water for villages", "name": {"en": "Water", "zh-Hans": "水"}, "until": "2028-12-31"});
    author.sign("well", "fund.opened/1", fund, &w);
    let project = json!({"project": "project/wells", "title": {"en": HOSTILE, "ja": "十二の井戸"}, "summary": "Wells for twelve villages.", "currency": "CNY", "target": "600000.00"});
    author.sign("well", "project.proposed/1", project, &w);
    author.sign("well", "project.approved/1", json!({"project": "project/wells"}), &w);
    author.sign("well", "project.status_changed/1", json!({"project": "project/wells", "status": "implementing"}), &w);
    let lines = json!([{"heading": "drilling", "amount": "400000.00"}, {"heading": "pumps", "amount": "200000.00"}]);
    author.sign("well", "budget.set/1", json!({"project": "project/wells", "currency": "CNY", "lines": lines}), &w);
    let milestone = json!({"milestone": "milestone/m1", "project": "project/wells", "title": {"en": "First well gives water"}, "indicator": "wells in use", "baseline": "0", "target": "1", "unit": "wells", "due": "2026-12-31", "reviewers": [{"chain": "geo", "role": "hydrologist"}], "quorum": 1});
    author.sign("well", "milestone.planned/1", milestone, &w);
    remember(node, base, &mut early);
    // Three gifts at seq 10, one entered twice at seq 11.
    let gifts = json!([{"gross": "100.00", "fee": "0.60"}, {"gross": "123456.78", "fee": "740.74"}, {"gross": "50.00", "fee": "0.00"}]);
    author.sign("well", "donation.received/1", json!({"account": "account/bank", "currency": "CNY", "fund": "fund/water", "project": "project/wells", "effective_date": "2026-11-18", "gifts": gifts}), &w);
    let twice = json!({"account": "account/bank", "currency": "CNY", "fund": "fund/water", "effective_date": "2026-11-18", "gifts": [{"gross": "20.00", "fee": "0.12"}]});
    let wrong = author.sign("well", "donation.received/1", twice, &w);
    author.sign("well", "event.reversed/1", json!({"event": "well#11", "hash": wrong.to_base64(), "effective_date": "2026-11-19", "reason": "entered twice"}), &w);
    remember(node, base, &mut early);
    let settled = json!([{"fund": "fund/water", "project": "project/wells", "amount": "122865.44"}]);
    author.sign(
        "well",
        "settlement.received/1",
        json!({"account": "account/bank", "currency": "CNY", "effective_date": "2026-11-19", "lines": settled}),
        &w,
    );
    let spent = json!({"account": "account/bank", "fund": "fund/water", "project": "project/wells", "currency": "CNY", "amount": "60.00", "payee": {"organisation": "CN-USCI-91330100MA0000000X", "name": "Pump works"}, "function": "charitable", "class": "equipment", "related_party": false, "effective_date": "2026-11-20"});
    author.sign("well", "expenditure.recorded/1", spent, &w);
    let request = json!({"disbursement": "disbursement/d1", "fund": "fund/water", "project": "project/wells", "currency": "CNY", "amount": "50000.00", "payee": {"chain": "village"}, "purpose": "Drilling, first well"});
    author.sign("well", "disbursement.requested/1", request, &w);
    let paid = author.sign("well", "disbursement.paid/1", json!({"disbursement": "disbursement/d1", "account": "account/bank", "effective_date": "2026-11-20", "class": "construction"}), &w);
    let v = [&village];
    author.sign(
        "village",
        "account.opened/1",
        json!({"account": "account/bank", "kind": "bank", "currency": "CNY"}),
        &v,
    );
    author.sign(
        "village",
        "fund.opened/1",
        json!({"fund": "fund/spring", "class": "restricted", "purpose": "The spring"}),
        &v,
    );
    let confirmed = json!({"disbursement": "well/disbursement/d1", "event": "well#16", "hash": paid.to_base64(), "account": "account/bank", "fund": "fund/spring", "currency": "CNY", "amount": "50000.00", "effective_date": "2026-11-21"});
    author.sign("village", "disbursement.confirmed/1", confirmed, &v);
    let drilling = json!({"account": "account/bank", "fund": "fund/spring", "currency": "CNY", "amount": "20000.00", "payee": {"person": Hash::of(b"x").to_base64()}, "function": "charitable", "class": "construction", "related_party": false, "effective_date": "2026-11-21"});
    author.sign("village", "expenditure.recorded/1", drilling, &v);
    let evidence = author.sign(
        "well",
        "milestone.evidenced/1",
        json!({"milestone": "milestone/m1", "documents": [Hash::of(b"photo").to_base64()], "value": "1"}),
        &w,
    );
    author.sign(
        "geo",
        "milestone.attested/1",
        json!({"milestone": "well/milestone/m1", "event": "well#17", "hash": evidence.to_base64()}),
        &[&geo],
    );
    author.sign(
        "commission",
        "hold.placed/1",
        json!({"hold": "hold/h1", "on": "well/fund/free", "basis": "Charity Law art. 97"}),
        &[&commission],
    );
    early
}
