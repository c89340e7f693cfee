//! Where events go: a ledger's directory, opened in this process, or a server's URL.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use crate::failure::{Failure, Outcome, While as _};
use crate::web::{self, ANSWER_MAX, Answer, Web, brief};
use almoner_proof::Hash;
use almoner_proof::key::is_key_name;
use almoner_proof::merkle::empty_root;
use almoner_server::app::{LedgerDirectory, Node, Options};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a ledger that says that it is busy is asked again.
const BUSY_FOR: Duration = Duration::from_secs(30);

/// Where a chain stands: what the next event's draft needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Next seq.
    pub seq: u64,
    /// Hash of the last event; zeros before the first.
    pub prev: Hash,
}

/// What the ledger said of one event.
#[derive(Debug, Clone)]
pub enum Said {
    /// It is in the log.
    Accepted {
        /// Log index.
        index: u64,
        /// It was there before.
        duplicate: bool,
    },
    /// It is not.
    Refused {
        /// Stable code.
        code: String,
        /// What to do, and what it is about.
        text: String,
    },
}

impl Said {
    /// The index, or the refusal as a failure.
    ///
    /// # Errors
    /// When it was refused.
    pub fn accepted(&self) -> Outcome<u64> {
        match self {
            Said::Accepted { index, .. } => Ok(*index),
            Said::Refused { code, text } => Err(Failure::new(format!("{code}: {text}"))),
        }
    }
}

/// A ledger that takes events.
pub enum Target {
    /// Opened in this process.
    Directory(Arc<Node>),
    /// A server.
    Server(Server),
}

/// Most rows of all pages of a list together: of balances some 200 MiB.
const ROWS_MAX: usize = 200_000;

/// A server of this program's API. What it answers is its word and nothing more.
pub struct Server {
    web: Web,
}

/// Whether a LEDGER argument is a URL.
#[must_use]
pub fn is_url(ledger: &str) -> bool {
    ledger.starts_with("http://") || ledger.starts_with("https://")
}

impl Target {
    /// Opens a directory, or names a server.
    ///
    /// # Errors
    /// When the directory holds no ledger or is open in another process.
    pub fn open(ledger: &str) -> Outcome<Target> {
        if is_url(ledger) {
            return Ok(Target::Server(Server::new(ledger)));
        }
        let directory = LedgerDirectory::new(ledger);
        if !directory.exists() {
            return Err(Failure::usage(format!("{ledger} holds no ledger"))
                .hint("make one with `almoner init DIR --origin NAME`, or give a server's URL"));
        }
        // The same variable that `serve` and `init` take: a ledger has one anchor.
        let anchor = std::env::var_os("ALMONER_ANCHOR").map(std::path::PathBuf::from);
        let node = Node::open(&directory, Options { anchor, ..Options::default() }).map_err(|error| {
            Failure::new(format!("{error:#}")).hint("if a server runs on this directory, give its URL instead")
        })?;
        Ok(Target::Directory(Arc::new(node)))
    }

    /// The log's origin.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub fn origin(&self) -> Outcome<String> {
        match self {
            Target::Directory(node) => Ok(node.shared().origin.clone()),
            Target::Server(server) => {
                // It goes into what people sign.
                let origin = text(&server.get("/v1/log")?, "origin");
                if is_key_name(&origin) && !origin.contains(char::is_control) {
                    Ok(origin)
                } else {
                    Err(Failure::new(format!("{} tells no usable origin: `{}`", server.web.base(), brief(&origin))))
                }
            }
        }
    }

    /// Where a chain stands; `None` if there is no such chain.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub fn head(&self, chain: &str) -> Outcome<Option<Head>> {
        match self {
            Target::Directory(node) => Ok(node.shared().head(chain).map(|(seq, prev)| Head { seq, prev })),
            Target::Server(server) => {
                let Some(body) = server.find(&format!("/v1/chains/{chain}"))? else { return Ok(None) };
                let seq = body.get("next_seq").and_then(Value::as_u64).unwrap_or(0);
                Ok(Hash::from_base64(&text(&body, "head")).map(|prev| Head { seq, prev }))
            }
        }
    }

    /// The newest published checkpoint, for `seen`.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub fn seen(&self) -> Outcome<(u64, Hash)> {
        let none = (0, empty_root());
        match self {
            Target::Directory(node) => Ok(node.shared().published().map_or(none, |p| (p.size, Hash(p.root)))),
            Target::Server(server) => {
                let body = server.get("/v1/log")?;
                let size = body.get("size").and_then(Value::as_u64).unwrap_or(0);
                Ok(Hash::from_base64(&text(&body, "root")).filter(|_| size > 0).map_or(none, |root| (size, root)))
            }
        }
    }

    /// Submits notes in order, in requests of at most a thousand.
    ///
    /// # Errors
    /// When the ledger cannot be reached or takes no events; what was stored stays stored, and the
    /// same notes may be sent again.
    pub fn submit(&self, notes: &[String]) -> Outcome<Vec<Said>> {
        let mut said = Vec::with_capacity(notes.len());
        for part in chunks(notes) {
            match self {
                Target::Directory(node) => {
                    let outcomes =
                        node.submit(part.iter().map(|n| n.clone().into_bytes()).collect()).map_err(Failure::new)?;
                    said.extend(outcomes.into_iter().map(|outcome| match outcome {
                        Ok(accepted) => Said::Accepted { index: accepted.index, duplicate: accepted.duplicate },
                        Err(refusal) => Said::Refused {
                            code: refusal.code().to_string(),
                            text: format!("{} ({})", refusal.advice(), refusal.detail()),
                        },
                    }));
                }
                Target::Server(server) => said.extend(server.submit(part)?),
            }
        }
        Ok(said)
    }

    /// What an event would do to the books, or why not (the refusal's text).
    ///
    /// # Errors
    /// When the ledger cannot be reached.
    pub fn dry_run(&self, note: &str) -> Outcome<Result<Vec<String>, String>> {
        match self {
            Target::Directory(node) => {
                let answer = node.try_event(note.as_bytes()).map_err(Failure::new)?;
                let answer = answer.blocking_recv().while_doing("asking the ledger")?;
                Ok(answer.map_err(|refusal| refusal.to_string()))
            }
            Target::Server(server) => server.dry_run(note),
        }
    }

    /// Calls `each(type, data)` for every event of a chain, in order.
    ///
    /// # Errors
    /// When the ledger cannot be reached.
    pub fn events_of(&self, chain: &str, each: &mut dyn FnMut(&str, &Value)) -> Outcome {
        match self {
            Target::Directory(node) => {
                let shared = node.shared();
                let indices = {
                    let views = shared.views();
                    views
                        .chain_no(chain)
                        .and_then(|no| views.chain(no))
                        .map_or_else(Vec::new, |chain| chain.events().iter().collect())
                };
                for index in indices {
                    let note = shared.note(index).while_doing("reading the ledger")?;
                    let note = note.ok_or_else(|| Failure::new(format!("entry {index} cannot be read")))?;
                    each(note.kind(), &serde_json::from_str(note.data()).unwrap_or_default());
                }
                Ok(())
            }
            Target::Server(server) => server.events_of(chain, each),
        }
    }

    /// Publishes what was submitted, as far as that is ours to do.
    ///
    /// # Errors
    /// When the checkpoint cannot be stored.
    pub fn publish(&self) -> Outcome {
        match self {
            Target::Directory(node) => node.publish().while_doing("publishing the checkpoint"),
            // A server publishes by itself, within a second.
            Target::Server(_) => Ok(()),
        }
    }

    /// Ends in order.
    pub fn close(self) {
        if let Target::Directory(node) = self {
            node.stop();
        }
    }
}

/// At most a thousand notes and 12 MiB in one request.
fn chunks(notes: &[String]) -> Vec<&[String]> {
    let mut parts = Vec::new();
    let mut rest = notes;
    while !rest.is_empty() {
        let mut bytes = 0usize;
        let fits = rest.iter().take(1000).take_while(|note| {
            bytes = bytes.saturating_add(note.len());
            bytes < 12 * 1024 * 1024
        });
        let count = fits.count().max(1);
        let (part, after) = rest.split_at(count);
        parts.push(part);
        rest = after;
    }
    parts
}

fn text(body: &Value, key: &str) -> String {
    body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl Server {
    /// Names a server.
    #[must_use]
    pub fn new(base: &str) -> Server {
        Server { web: Web::new(base) }
    }

    /// GET as JSON.
    ///
    /// # Errors
    /// When it cannot be reached or answers a problem.
    pub fn get(&self, path: &str) -> Outcome<Value> {
        let answer = self.fetch(path, ANSWER_MAX)?;
        match answer.status {
            200 => self.json(path, &answer),
            _ => Err(self.refused(path, &answer)),
        }
    }

    /// GET of a list with all its pages: the first answer, with the rows of all. The next page is where this list goes
    /// on, and nowhere else that a server may name; each has rows, and together they have so many at the most as are
    /// worth holding.
    ///
    /// # Errors
    /// Those of [`Server::get`], and what is said above.
    pub fn get_all(&self, path: &str, rows: &str) -> Outcome<Value> {
        let list = path.split('?').next().unwrap_or(path);
        let next = |page: &mut Value| page.as_object_mut().and_then(|page| page.remove("next"));
        let mut whole = self.get(path)?;
        let mut path = next(&mut whole);
        while let Some(Value::String(at)) = path {
            if at.split_once('?').is_none_or(|(endpoint, _)| endpoint != list) {
                return Err(Failure::new(format!("the next page of {list} is said to be {}", brief(&at))));
            }
            let mut page = self.get(&at)?;
            path = next(&mut page);
            let more = page.get_mut(rows).and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
            let Some(all) = whole.get_mut(rows).and_then(Value::as_array_mut).filter(|_| !more.is_empty()) else {
                return Err(Failure::new(format!("{}: a page without rows", brief(&at))));
            };
            all.extend(more);
            if all.len() > ROWS_MAX {
                return Err(Failure::new(format!("{list} has more than {ROWS_MAX} rows: ask for a part of it")));
            }
        }
        Ok(whole)
    }

    /// GET as JSON; `None` for 404.
    ///
    /// # Errors
    /// When it cannot be reached or answers another problem.
    pub fn find(&self, path: &str) -> Outcome<Option<Value>> {
        let answer = self.fetch(path, ANSWER_MAX)?;
        match answer.status {
            200 => self.json(path, &answer).map(Some),
            404 => Ok(None),
            _ => Err(self.refused(path, &answer)),
        }
    }

    /// GET as bytes; anything but 200 is a failure.
    ///
    /// # Errors
    /// When it cannot be reached, or answers a problem or more than `limit` bytes.
    pub fn bytes(&self, path: &str, limit: usize) -> Outcome<Vec<u8>> {
        let answer = self.fetch(path, limit)?;
        if answer.status == 200 { Ok(answer.body) } else { Err(self.refused(path, &answer)) }
    }

    fn fetch(&self, path: &str, limit: usize) -> Outcome<Answer> {
        self.web.get(path, limit).while_doing(format!("asking {}{path}", self.web.base()))
    }

    fn post(&self, path: &str, media: &str, body: &[u8]) -> Outcome<Answer> {
        let doing = || format!("sending to {}{path}", self.web.base());
        self.web.post(path, media, body, ANSWER_MAX).while_doing(doing())
    }

    fn json(&self, path: &str, answer: &Answer) -> Outcome<Value> {
        web::json(&answer.body).while_doing(format!("reading {}{path}", self.web.base()))
    }

    /// An answer that says no.
    fn refused(&self, path: &str, answer: &Answer) -> Failure {
        let problem = Problem::read(answer);
        // What the person asked for, not what the server did.
        if problem.code == "at.beyond" {
            return Failure::usage(problem.detail);
        }
        Failure::new(format!("{}{path}: {} {}", self.web.base(), answer.status, problem.text()))
    }

    fn events_of(&self, chain: &str, each: &mut dyn FnMut(&str, &Value)) -> Outcome {
        let out_of_order =
            || Failure::new(format!("{} tells the events of {chain} out of order, or without an end", self.web.base()));
        // The cursor is ours: where a server says that the next page is, another host may be, or this page again.
        let mut seq = 0u64;
        loop {
            let after = seq.checked_sub(1).map(|after| format!("&after={after}")).unwrap_or_default();
            let Some(page) = self.find(&format!("/v1/chains/{chain}/events?limit=1000{after}"))? else {
                return Ok(());
            };
            let before = seq;
            for event in page.get("events").and_then(Value::as_array).into_iter().flatten() {
                if event.get("seq").and_then(Value::as_u64) != Some(seq) {
                    return Err(out_of_order());
                }
                each(&text(event, "type"), event.get("data").unwrap_or(&Value::Null));
                seq = seq.saturating_add(1);
            }
            if page.get("next").is_none_or(Value::is_null) {
                return Ok(());
            }
            if seq == before {
                return Err(out_of_order());
            }
        }
    }

    fn dry_run(&self, note: &str) -> Outcome<Result<Vec<String>, String>> {
        let path = "/v1/events?dry_run=true";
        let answer = self.post(path, "text/plain", note.as_bytes())?;
        if answer.status == 200 {
            let body = self.json(path, &answer)?;
            let lines = body.get("would").and_then(Value::as_array).into_iter().flatten();
            return Ok(Ok(lines.filter_map(Value::as_str).map(str::to_owned).collect()));
        }
        let problem = Problem::read(&answer);
        if problem.code.is_empty() { Err(self.refused(path, &answer)) } else { Ok(Err(problem.text())) }
    }

    fn submit(&self, notes: &[String]) -> Outcome<Vec<Said>> {
        let path = "/v1/events";
        let body = json!({ "events": notes }).to_string();
        let since = Instant::now();
        loop {
            let answer = self.post(path, "application/json", body.as_bytes())?;
            match answer.status {
                200 => {
                    let body = self.json(path, &answer)?;
                    let results = body.get("results").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                    if results.len() != notes.len() {
                        let text = format!(
                            "{}{path}: {} answers to {} events, so nobody knows which were taken",
                            self.web.base(),
                            results.len(),
                            notes.len()
                        );
                        return Err(Failure::new(text).hint("send the same again: what is there already is found"));
                    }
                    return Ok(results.iter().map(said).collect());
                }
                // A busy ledger says so; the same request may be sent again, because events are idempotent.
                503 if since.elapsed() < BUSY_FOR => std::thread::park_timeout(Duration::from_millis(200)),
                _ => return Err(self.refused(path, &answer)),
            }
        }
    }
}

/// What a server says of a refusal (RFC 9457), as far as it may be quoted.
struct Problem {
    code: String,
    detail: String,
    about: String,
}

impl Problem {
    fn read(answer: &Answer) -> Problem {
        match web::json(&answer.body) {
            Ok(body) => Problem::of(&body),
            Err(_) => {
                let detail = brief(&String::from_utf8_lossy(&answer.body));
                Problem { code: String::new(), detail, about: String::new() }
            }
        }
    }

    fn of(body: &Value) -> Problem {
        let member = |name: &str| brief(&text(body, name));
        Problem { code: member("code"), detail: member("detail"), about: member("about") }
    }

    /// `<code>: <detail> (<about>)`, as far as it is there.
    fn text(&self) -> String {
        let code = if self.code.is_empty() { String::new() } else { format!("{}: ", self.code) };
        format!("{code}{}", self.sentence())
    }

    fn sentence(&self) -> String {
        if self.about.is_empty() { self.detail.clone() } else { format!("{} ({})", self.detail, self.about) }
    }
}

fn said(result: &Value) -> Said {
    match result.get("index").and_then(Value::as_u64) {
        Some(index) => {
            Said::Accepted { index, duplicate: result.get("duplicate").and_then(Value::as_bool).unwrap_or(false) }
        }
        None => {
            let problem = Problem::of(result);
            Said::Refused { text: problem.sentence(), code: problem.code }
        }
    }
}

/// Heads of chains that one process writes to, so that it need not ask for each event.
pub type Heads = BTreeMap<String, Head>;
