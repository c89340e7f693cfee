//! Where events go: a ledger's directory, opened in this process, or a server's URL.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use crate::failure::{Failure, Outcome, While as _};
use crate::web::api::{self, Server};
use crate::web::brief;
use almoner_ledger::{Code, Drafted};
use almoner_proof::key::is_key_name;
use almoner_proof::merkle::empty_root;
use almoner_proof::{Hash, VerifierKey};
use almoner_server::app::{LedgerDirectory, Node, Options};
use almoner_views::chains::KeyView;
use almoner_wire::{Chain, DRAFTS_MAX, Draft, DryRun, EventTold, KeyState, Log, Outcome as Decided};
use serde_json::Value;
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

/// An active key of a chain.
#[derive(Debug, Clone)]
pub struct MaySign {
    /// `<chain>/<label>`
    pub name: String,
    /// Whose it is, within the chain.
    pub holder: String,
    /// What it may sign.
    pub roles: Vec<String>,
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
                let origin = server.get::<Log>("/v1/log")?.origin;
                if is_key_name(&origin) && !origin.contains(char::is_control) {
                    Ok(origin)
                } else {
                    Err(Failure::new(format!("{} tells no usable origin: `{}`", server.base(), brief(&origin))))
                }
            }
        }
    }

    /// The log's key.
    ///
    /// # Errors
    /// When the server cannot be reached, or tells none.
    pub fn vkey(&self) -> Outcome<VerifierKey> {
        let told = match self {
            Target::Directory(node) => node.vkey().to_string(),
            Target::Server(server) => server.get::<Log>("/v1/log")?.vkey,
        };
        VerifierKey::parse(&told).while_doing("reading the log's key")
    }

    /// Log index and hash of a published event of a chain.
    ///
    /// # Errors
    /// When the ledger cannot be reached or read.
    pub fn event_at(&self, chain: &str, seq: u64) -> Outcome<Option<(u64, Hash)>> {
        match self {
            Target::Directory(node) => {
                let Some(index) = node.shared().views().index_of(chain, seq) else { return Ok(None) };
                let note = node.shared().note(index).while_doing("reading the ledger")?;
                Ok(note.map(|note| (index, note.hash())))
            }
            Target::Server(server) => {
                let told = server.find::<EventTold>(&format!("/v1/events/{chain}-{seq}"))?;
                let hash = told.map(|told| (told.row.told.index, Hash::from_base64(&told.row.told.hash)));
                let Some((index, hash)) = hash else { return Ok(None) };
                let hash =
                    hash.ok_or_else(|| Failure::new(format!("{} tells no hash of {chain}#{seq}", server.base())))?;
                Ok(Some((index, hash)))
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
                let Some(told) = server.find::<Chain>(&format!("/v1/chains/{chain}"))? else { return Ok(None) };
                Ok(Hash::from_base64(&told.head.hash).map(|prev| Head { seq: told.next_seq, prev }))
            }
        }
    }

    /// What is said of a chain that is not there.
    #[must_use]
    pub fn no_chain(&self, chain: &str) -> Failure {
        match self {
            Target::Directory(node) => {
                let views = node.shared().views();
                views.chain_called(chain, views.size()).err().map(Failure::from)
            }
            // The server says what was meant.
            Target::Server(server) => server.get::<Chain>(&format!("/v1/chains/{chain}")).err(),
        }
        .unwrap_or_else(|| Failure::new(format!("there is no chain {chain}")))
        .coded(Code::ChainUnknown.word())
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
                let Log { size, root, .. } = server.get("/v1/log")?;
                Ok(Hash::from_base64(&root).filter(|_| size > 0).map_or(none, |root| (size, root)))
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
                Target::Server(server) => said.extend(server.submit(part)?.results.iter().map(decided)),
            }
        }
        Ok(said)
    }

    /// What some drafts would do, each on the books that those before it leave. Nothing changes.
    ///
    /// # Errors
    /// When there are more than 64, or the ledger cannot be reached.
    pub fn dry_run(&self, drafts: &[Draft]) -> Outcome<DryRun> {
        if drafts.len() > DRAFTS_MAX {
            return Err(Failure::usage(format!("at most {DRAFTS_MAX} events in one dry run")));
        }
        match self {
            Target::Directory(node) => {
                let origin = &node.shared().origin;
                let drafts = drafts.iter().map(|draft| Drafted::read(&draft.text, &draft.signers, origin)).collect();
                let answer = node.rehearse(drafts).map_err(Failure::new)?;
                answer.blocking_recv().while_doing("asking the ledger")?.while_doing("reading the ledger")
            }
            Target::Server(server) => server.dry_run(drafts),
        }
    }

    /// Keys of a chain that may sign now; none if there is no such chain.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub fn keys_of(&self, chain: &str) -> Outcome<Option<Vec<MaySign>>> {
        match self {
            Target::Directory(node) => {
                let views = node.shared().views();
                let chain = views.chain_no(chain).and_then(|no| views.chain_at(no, None));
                let keys = chain.map(|chain| chain.keys.into_iter().filter(|key| key.retired.is_none()));
                let told = |key: KeyView| MaySign {
                    name: key.name,
                    holder: key.holder,
                    roles: key.roles.into_iter().map(str::to_owned).collect(),
                };
                Ok(keys.map(|keys| keys.map(told).collect()))
            }
            Target::Server(server) => {
                let Some(told) = server.find::<Chain>(&format!("/v1/chains/{chain}"))? else { return Ok(None) };
                let keys = told.keys.into_iter().filter(|key| key.state == KeyState::Active);
                Ok(Some(keys.map(|key| MaySign { name: key.key, holder: key.holder, roles: key.roles }).collect()))
            }
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

    /// Waits until a server has published what it has taken by now: only of that it tells. A server that takes longer than
    /// ten seconds is not waited for.
    ///
    /// # Errors
    /// When the ledger cannot be reached, or a checkpoint cannot be stored.
    pub fn settle(&self) -> Outcome {
        self.publish()?;
        let Target::Server(server) = self else { return Ok(()) };
        let taken = server.get::<Log>("/v1/log")?.committed;
        for _ in 0..100 {
            if server.get::<Log>("/v1/log")?.size >= taken {
                break;
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
        Ok(())
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

fn decided(outcome: &Decided) -> Said {
    match outcome {
        Decided::Accepted(accepted) => Said::Accepted { index: accepted.index, duplicate: accepted.duplicate },
        Decided::Refused(problem) => {
            let problem = api::quoted(problem);
            Said::Refused { text: api::sentence(&problem), code: problem.code }
        }
    }
}

/// Heads of chains that one process writes to, so that it need not ask for each event.
pub type Heads = BTreeMap<String, Head>;
