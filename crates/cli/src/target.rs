//! Where events go: a ledger's directory, opened in this process, or a server's URL.

use crate::failure::{Failure, Outcome, While as _};
use almoner_proof::Hash;
use almoner_proof::merkle::empty_root;
use almoner_server::app::{LedgerDirectory, Node, Options};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

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

/// A server's address and client.
pub struct Server {
    base: String,
    agent: ureq::Agent,
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
            Target::Server(server) => Ok(text(&server.get("/v1/log")?, "origin")),
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
                            code: refusal.code().to_owned(),
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
                    views.chain_no(chain).and_then(|no| views.chain(no)).map(|c| c.events.clone()).unwrap_or_default()
                };
                for index in indices {
                    let note = shared.note(index).while_doing("reading the ledger")?;
                    let note = note.ok_or_else(|| Failure::new(format!("entry {index} cannot be read")))?;
                    each(note.kind(), &serde_json::from_str(note.data()).unwrap_or_default());
                }
                Ok(())
            }
            Target::Server(server) => {
                let mut path = format!("/v1/chains/{chain}/events?limit=1000");
                loop {
                    let Some(page) = server.find(&path)? else { return Ok(()) };
                    for event in page.get("events").and_then(Value::as_array).into_iter().flatten() {
                        each(&text(event, "type"), event.get("data").unwrap_or(&Value::Null));
                    }
                    match page.get("next").and_then(Value::as_str) {
                        Some(next) => path = next.to_owned(),
                        None => return Ok(()),
                    }
                }
            }
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
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(120)));
        Server { base: base.trim_end_matches('/').to_owned(), agent: config.build().into() }
    }

    /// GET as JSON.
    ///
    /// # Errors
    /// When it cannot be reached or answers a problem.
    pub fn get(&self, path: &str) -> Outcome<Value> {
        let (status, body) = self.fetch(path)?;
        let body: Value = serde_json::from_slice(&body).while_doing(format!("reading {path}"))?;
        match status {
            200 => Ok(body),
            _ if text(&body, "code") == "at.beyond" => Err(Failure::usage(text(&body, "detail"))),
            _ => Err(Failure::new(format!(
                "{}{path}: {status} {}: {}",
                self.base,
                text(&body, "code"),
                text(&body, "detail")
            ))),
        }
    }

    /// GET of a list with all its pages: the first answer, with the rows of all.
    ///
    /// # Errors
    /// Those of [`Server::get`].
    pub fn get_all(&self, path: &str, rows: &str) -> Outcome<Value> {
        let mut whole = self.get(path)?;
        let next = |page: &mut Value| page.as_object_mut().and_then(|page| page.remove("next"));
        let mut path = next(&mut whole);
        while let Some(Value::String(next_path)) = path {
            let mut page = self.get(&next_path)?;
            path = next(&mut page);
            let more = page.get_mut(rows).and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
            if more.is_empty() {
                return Err(Failure::new(format!("{}{next_path}: a page without rows", self.base)));
            }
            if let Some(rows) = whole.get_mut(rows).and_then(Value::as_array_mut) {
                rows.extend(more);
            }
        }
        Ok(whole)
    }

    /// GET as JSON; `None` for 404.
    ///
    /// # Errors
    /// When it cannot be reached or answers another problem.
    pub fn find(&self, path: &str) -> Outcome<Option<Value>> {
        let (status, body) = self.fetch(path)?;
        match status {
            200 => serde_json::from_slice(&body).map(Some).while_doing(format!("reading {path}")),
            404 => Ok(None),
            status => Err(Failure::new(format!("{}{path}: {status} {}", self.base, String::from_utf8_lossy(&body)))),
        }
    }

    /// GET as bytes, with the status.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub fn fetch(&self, path: &str) -> Outcome<(u16, Vec<u8>)> {
        let url = format!("{}{path}", self.base);
        let mut response = self.agent.get(&url).call().while_doing(format!("asking {url}"))?;
        let body = response
            .body_mut()
            .with_config()
            .limit(64 * 1024 * 1024)
            .read_to_vec()
            .while_doing(format!("reading {url}"))?;
        Ok((response.status().as_u16(), body))
    }

    fn dry_run(&self, note: &str) -> Outcome<Result<Vec<String>, String>> {
        let url = format!("{}/v1/events?dry_run=true", self.base);
        let mut response =
            self.agent.post(&url).content_type("text/plain").send(note).while_doing(format!("asking {url}"))?;
        let status = response.status().as_u16();
        let body: Value = response.body_mut().read_json().while_doing(format!("reading {url}"))?;
        if status == 200 {
            let lines = body.get("would").and_then(Value::as_array).into_iter().flatten();
            return Ok(Ok(lines.filter_map(Value::as_str).map(str::to_owned).collect()));
        }
        Ok(Err(format!("{}: {} ({})", text(&body, "code"), text(&body, "detail"), text(&body, "about"))))
    }

    fn submit(&self, notes: &[String]) -> Outcome<Vec<Said>> {
        let url = format!("{}/v1/events", self.base);
        // A busy ledger says so; the same request may be sent again, because events are idempotent.
        for attempt in 0..30u32 {
            let mut response =
                self.agent.post(&url).send_json(json!({ "events": notes })).while_doing(format!("sending to {url}"))?;
            let status = response.status().as_u16();
            let body: Value = response
                .body_mut()
                .with_config()
                .limit(64 * 1024 * 1024)
                .read_json()
                .while_doing(format!("reading {url}"))?;
            match status {
                200 => {
                    return Ok(body.get("results").and_then(Value::as_array).into_iter().flatten().map(said).collect());
                }
                503 if attempt < 29 => std::thread::park_timeout(Duration::from_millis(200)),
                _ => return Err(Failure::new(format!("{url}: {status} {}", text(&body, "detail")))),
            }
        }
        Err(Failure::new(format!("{url}: busy for too long")))
    }
}

fn said(result: &Value) -> Said {
    match result.get("index").and_then(Value::as_u64) {
        Some(index) => {
            Said::Accepted { index, duplicate: result.get("duplicate").and_then(Value::as_bool).unwrap_or(false) }
        }
        None => Said::Refused {
            code: text(result, "code"),
            text: format!("{} ({})", text(result, "detail"), text(result, "about")),
        },
    }
}

/// Heads of chains that one process writes to, so that it need not ask for each event.
pub type Heads = BTreeMap<String, Head>;
