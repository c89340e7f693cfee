//! Following: a node that reads what another writes, verifies all of it, and serves it.
//!
//! It holds no key. It believes a checkpoint because the log has signed it and because what this node folded has that
//! root, and it serves nothing that no published checkpoint covers.

use super::directory::LedgerDirectory;
use super::engine::{self, Opened};
use super::fold::Folder;
use super::node::Node;
use super::options::Options;
use super::published::Published;
use super::recover::{Prepared, prepare, spawn};
use super::rehearse::Rehearser;
use super::status::Status;
use almoner_proof::VerifierKey;
use almoner_store::{Anchor, Log, Swap};
use anyhow::bail;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often it looks for what is new: several times between two publications, which are a second apart.
const LOOK_EVERY: Duration = Duration::from_millis(200);

impl Node {
    /// Follows the log that the directory's policy names.
    ///
    /// # Errors
    /// With a text that says what to do, as [`Node::open`].
    pub fn follow(directory: &LedgerDirectory, options: Options) -> anyhow::Result<Node> {
        let verifier = directory.log_of_policy()?;
        let Opened { log, anchor, .. } = engine::follow(directory, &verifier, &options)?;
        Node::start_following(log, anchor, verifier, options.replaying(directory))
    }

    /// Follows any log; `anchor` is this node's own.
    ///
    /// # Errors
    /// As [`Node::follow`].
    pub fn start_following(
        log: Arc<dyn Log>,
        anchor: Box<dyn Anchor>,
        verifier: VerifierKey,
        options: Options,
    ) -> anyhow::Result<Node> {
        let Prepared { shared, folder, recheck } =
            prepare(log, anchor, verifier, Status::Following, options.replay.as_ref())?;
        let mut follower = Follower { shared: Arc::clone(&shared), folder };
        follower.advance(options.progress)?;
        if recheck.is_none() {
            shared.compare_positions(&mut |_| true)?;
        }
        let (rehearser, rehearsals, told) = Rehearser::new(&shared, &follower.folder.books);
        let blocks = follower.folder.books.posted_from(0).len();
        follower.folder.followed_by = Some((rehearsals.sender(), blocks));
        let scrub = Arc::clone(&shared);
        let mut threads = vec![
            spawn("follower", &shared, move || follower.follow_forever())?,
            spawn("rehearser", &shared, move || rehearser.run(&told))?,
            spawn("scrub", &shared, move || scrub.go_round(options.rounds))?,
        ];
        if let Some(recheck) = recheck {
            threads.push(spawn("recheck", &shared, move || recheck.run())?);
        }
        Ok(Node {
            shared,
            publisher: None,
            queue: Mutex::new(None),
            rehearsals: Mutex::new(Some(rehearsals)),
            behind: options.behind,
            threads: Mutex::new(threads),
        })
    }
}

struct Follower {
    shared: Arc<Published>,
    folder: Folder,
}

impl Follower {
    fn follow_forever(mut self) {
        let mut is_silent = false;
        while self.shared.life.pause(LOOK_EVERY) {
            match self.shared.log.refresh() {
                Ok(()) => is_silent = false,
                Err(error) if engine::is_passing(&error) => {
                    if !is_silent {
                        tracing::warn!(%error, "nothing new can be read; what was read before is served");
                    }
                    is_silent = true;
                }
                Err(error) => return self.shared.fail(&format!("the log cannot be followed: {error}")),
            }
            if let Err(error) = self.advance(|_, _| {}) {
                return self.shared.fail(&format!("the log cannot be followed: {error:#}"));
            }
        }
    }

    /// Folds what new checkpoints cover, and publishes the newest of them.
    fn advance(&mut self, progress: fn(u64, u64)) -> anyhow::Result<()> {
        let shared = Arc::clone(&self.shared);
        let fresh = self.folder.learn()?;
        let Some(newest) = fresh.last().cloned() else { return Ok(()) };
        self.folder.fold(newest.size, progress)?;
        let own = shared.anchor.own()?;
        if own.as_ref().is_none_or(|own| own.size < newest.size) {
            match shared.anchor.swap(own.as_ref(), &newest) {
                Swap::Swapped => {}
                Swap::Conflict { .. } => bail!("this node's anchor was moved by somebody else"),
                Swap::Unknown { why } => bail!("this node's anchor could not be written: {why}"),
            }
        } else if let Some(own) = own.filter(|own| own.size > newest.size) {
            bail!(
                "{} entries are published, and this node has verified {} before: the store was restored from an old copy; \
                 restore a newer one",
                newest.size,
                own.size
            );
        }
        shared.know_published(&fresh);
        shared.show_committed(newest.size);
        shared.show_epoch(self.folder.books.epoch());
        Ok(())
    }
}
