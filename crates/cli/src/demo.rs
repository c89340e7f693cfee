//! The demo: a fresh ledger in which four of the stories of the domain have happened.
//!
//! Every organisation is invented. The events are real: signed by keys of their own, countersigned,
//! approved, confirmed, and admitted by the same code as anybody's. Stories are told in the order of
//! their dates, mixed, as they would reach one log; between two chapters a checkpoint is published,
//! so that `seen` names sizes that were really published.

mod cast;
mod commitment;
mod disaster;
mod gifts;
mod lab;
mod pay;
mod people;
mod question;
mod shape;
mod stage;
mod stream;
mod world;

use crate::failure::{Failure, Outcome, While as _};
use crate::target::Target;
use almoner_proof::Hash;
use almoner_proof::receipt::Opening;
use almoner_server::app::{LedgerDirectory, Options};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use world::World;

/// The origin of every demo ledger; their keys differ. On a cluster that holds it already a number follows.
pub const ORIGIN: &str = "demo.almoner.example/giving";

/// Demos on one cluster that are looked past.
const DEMOS_MAX: u32 = 1000;

/// A story that the demo can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// The great commitment: 50 billion announced, drawn by eight programmes.
    Commitment,
    /// The lab: a project grows up and leaves with its money and a promise.
    Lab,
    /// The disaster: 20 million in a day, emergency payments, a hold.
    Disaster,
    /// The donor's question: one gift of CNY 100 over six hops.
    Question,
}

impl Story {
    /// All of them.
    pub const ALL: [Story; 4] = [Story::Commitment, Story::Lab, Story::Disaster, Story::Question];

    /// As `--story` takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Story::Commitment => "commitment",
            Story::Lab => "lab",
            Story::Disaster => "disaster",
            Story::Question => "question",
        }
    }

    /// The story of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Story> {
        Story::ALL.into_iter().find(|story| story.name() == name)
    }
}

/// How large the demo is, and where its anchor stands.
#[derive(Debug, Clone)]
pub struct Settings {
    /// About how many gifts all four stories together tell of: 1,000 to 100,000.
    pub gifts: u32,
    /// Where the anchor is; `None` is the default place.
    pub anchor: Option<PathBuf>,
    /// A cluster's connection string; `None` keeps the log in the directory.
    pub store: Option<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { gifts: 40_000, anchor: None, store: None }
    }
}

/// What a donor keeps: the gift and what opens its commitments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// `<chain>#<seq>`
    pub event: String,
    /// Which gift in it.
    pub gift: u32,
    /// What opens it, as a receipt carries it.
    pub openings: Vec<Opening>,
}

/// What was built.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The log's origin.
    pub origin: String,
    /// The log's key, as a policy names it.
    pub vkey: String,
    /// Events in the log.
    pub events: u64,
    /// Gifts in those events.
    pub gifts: u64,
    /// Root of the last published checkpoint, which covers every event.
    pub root: Hash,
    /// What to look at: title, and path on the site without the language.
    pub look: Vec<(String, String)>,
    /// The gift of CNY 100, for `almoner trail`, if its story was told.
    pub gift: Option<String>,
    /// The opening of that gift's donor. In a real ledger only the donor and an erasable vault have it.
    pub secrets: Vec<Secret>,
    /// What a reader must know about the demo's keys.
    pub keys: &'static str,
}

const KEYS: &str = "every key of the demo lies unencrypted in DIR/keys, the registrar's and each organisation's too, \
and donors' salts come from a known seed: a real ledger keeps none of that on its server";

/// A story as the stage plays it: chapters with dates, told in order.
trait Tale {
    /// Date and title of each chapter.
    fn chapters(&self) -> Vec<(&'static str, &'static str)>;
    /// Tells one.
    fn tell(&mut self, chapter: usize, world: &mut World<'_>) -> Outcome;
}

/// Makes a ledger in the directory and lives the stories in it.
///
/// `progress` is told the chapter, chapters done and chapters in all.
///
/// # Errors
/// When the directory holds a ledger already or cannot be written, or the ledger refuses an event,
/// which the failure names.
pub fn build(directory: &LedgerDirectory, stories: &[Story], progress: &dyn Fn(&str, u64, u64)) -> Outcome<Summary> {
    build_with(directory, stories, &Settings::default(), progress)
}

/// As [`build`], in another size or with the anchor elsewhere.
///
/// # Errors
/// Those of [`build`].
pub fn build_with(
    directory: &LedgerDirectory,
    stories: &[Story],
    settings: &Settings,
    progress: &dyn Fn(&str, u64, u64),
) -> Outcome<Summary> {
    if !(1_000..=100_000).contains(&settings.gifts) {
        return Err(Failure::usage("the demo tells of 1,000 to 100,000 gifts"));
    }
    // The demo publishes by itself, between chapters: the node's own clock must not come in between.
    let options = Options {
        publish_every: Duration::from_secs(3600),
        anchor: settings.anchor.clone(),
        store: settings.store.clone(),
        begins: Some("2021-04-01T00:00:00Z".to_owned()),
        ..Options::default()
    };
    let origin = free_origin(&options)?;
    let node =
        directory.init(&origin, &mut world::fresh_seed, options).map_err(|why| Failure::new(format!("{why:#}")))?;
    let vkey = node.vkey();
    let node = Arc::new(node);
    let target = Target::Directory(Arc::clone(&node));
    let mut world = World::new(&target, &node, directory, settings.gifts)?;
    tell_all(&mut world, stories, progress)?;
    let World { look, gift, secrets, .. } = world;
    let shared = node.shared();
    let published = shared.published().ok_or_else(|| Failure::new("nothing was published"))?;
    let gifts = u64::try_from(shared.views().gift_count(None)).while_doing("counting the gifts")?;
    let summary = Summary {
        origin,
        vkey,
        events: shared.committed(),
        gifts,
        root: Hash(published.root),
        look,
        gift,
        secrets,
        keys: KEYS,
    };
    drop(node);
    target.close();
    Ok(summary)
}

/// The first of the demo's origins that the cluster holds nothing of.
fn free_origin(options: &Options) -> Outcome<String> {
    for number in 1..=DEMOS_MAX {
        let origin = if number == 1 { ORIGIN.to_owned() } else { format!("{ORIGIN}-{number}") };
        if !LedgerDirectory::holds(&origin, options).map_err(|why| Failure::new(format!("{why:#}")))? {
            return Ok(origin);
        }
    }
    Err(Failure::new(format!("the cluster holds {DEMOS_MAX} demos already"))
        .hint("delete some, or use another cluster"))
}

fn tell_all(world: &mut World<'_>, stories: &[Story], progress: &dyn Fn(&str, u64, u64)) -> Outcome {
    let mut tales: Vec<Box<dyn Tale>> = Vec::new();
    for story in Story::ALL.into_iter().filter(|story| stories.contains(story)) {
        tales.push(match story {
            Story::Commitment => Box::new(commitment::Commitment),
            Story::Lab => Box::new(lab::Lab::default()),
            Story::Disaster => Box::new(disaster::Disaster::default()),
            Story::Question => Box::new(question::Question::default()),
        });
    }
    let mut plan = Vec::new();
    for (tale, told) in tales.iter().enumerate() {
        let chapters = told.chapters().into_iter().enumerate();
        plan.extend(chapters.map(|(chapter, (date, title))| (date, tale, chapter, title)));
    }
    // Dates are written so that they sort as text; within a story the chapters stand in order already.
    plan.sort_unstable();
    let total = plan.len() as u64;
    for ((date, tale, chapter, title), done) in plan.into_iter().zip(0u64..) {
        progress(title, done, total);
        world.begin(date)?;
        if let Some(tale) = tales.get_mut(tale) {
            tale.tell(chapter, world)?;
        }
        world.publish()?;
    }
    progress("told", total, total);
    Ok(())
}
