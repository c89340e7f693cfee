//! The demo's figures, asked of the ledger that it makes.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

use almoner_cli::demo::{Settings, Story, Summary, build_with};
use almoner_ledger::entity::{Campaign, CampaignStanding, CampaignState, Envelope, Fund};
use almoner_ledger::{EntityKind, Money};
use almoner_proof::Policy;
use almoner_proof::receipt::{Verdict, judge};
use almoner_server::app::{LedgerDirectory, Node, Options};
use almoner_views::figures::{Selection, Strip};
use almoner_views::gift::GiftTrail;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory that goes away with its owner; the anchor stands in it, beside the ledger.
struct Place(PathBuf);

impl Place {
    fn new() -> Place {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("almoner-demo-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Place(path)
    }
    fn anchor(&self) -> PathBuf {
        self.0.join("anchor")
    }
    fn ledger(&self) -> LedgerDirectory {
        LedgerDirectory::new(self.0.join("ledger"))
    }
    fn build(&self, stories: &[Story], gifts: u32) -> Summary {
        let settings = Settings { gifts, anchor: Some(self.anchor()), ..Settings::default() };
        build_with(&self.ledger(), stories, &settings, &|_, _, _| {}).unwrap_or_else(|failure| panic!("{failure}"))
    }
    fn open(&self) -> Node {
        Node::open(&self.ledger(), Options { anchor: Some(self.anchor()), ..Options::default() }).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn cny(text: &str) -> Money {
    almoner_ledger::money::Figure::parse(text).unwrap().signed(almoner_ledger::Currency::parse("CNY").unwrap()).unwrap()
}

fn minor(text: &str) -> i64 {
    text.replace('.', "").parse().unwrap()
}

fn trail(node: &Node, reference: &str) -> GiftTrail {
    let (event, k) = reference.rsplit_once('.').unwrap();
    let (chain, seq) = event.split_once('#').unwrap();
    let shared = node.shared();
    let note_at = |index| shared.note(index).ok().flatten();
    shared
        .views()
        .gift_trail(chain, seq.parse().unwrap(), k.parse().unwrap(), None, almoner_views::gift::Window::ALL, &note_at)
        .unwrap()
}

/// Every fund's strip adds up to what its bank and clearing accounts hold.
fn strips_add_up(node: &Node) -> usize {
    let views = node.shared().views();
    // Over the whole log nothing moves in or out: every such move has both its pools in it.
    for strip in views.strips(Selection::All, None) {
        assert!(strip.moved_in.is_zero() && strip.moved_out.is_zero(), "{strip:?}");
    }
    let balances = views.balances(None, None, None);
    let mut checked = 0;
    for fund in views.entities::<Fund>(None, None) {
        let chain = views.chain(fund.chain).unwrap().id.clone();
        for strip in views.strips(Selection::Fund(fund.no), None) {
            let spendable =
                |account: &str| account.starts_with("assets:bank:") || account.starts_with("assets:clearing:");
            let rows = balances.iter().filter(|row| row.chain == chain && row.fund == fund.id);
            let rows = rows.filter(|row| row.currency == strip.currency.to_string() && spendable(&row.account));
            let held: i64 = rows.map(|row| minor(&row.amount)).sum();
            assert_eq!(strip.unspent.minor(), i128::from(held), "{chain}/fund/{}", fund.id);
            // Whole, so that no heading is left out of the sum.
            let Strip {
                currency: _,
                opening,
                received,
                fees,
                spent,
                passed_on,
                refunded,
                reversed,
                moved_in,
                moved_out,
                unspent,
            } = strip;
            let sum = [opening, received, moved_in].iter().map(|m| m.minor()).sum::<i128>();
            let less = [fees, spent, passed_on, refunded, reversed, moved_out].iter().map(|m| m.minor()).sum::<i128>();
            assert_eq!(sum - less, unspent.minor());
            assert!(held >= 0, "{chain}/fund/{} is overdrawn", fund.id);
            checked += 1;
        }
    }
    checked
}

/// An honest log breaks no rule of who may sign what: each of its events has a genuine receipt.
fn genuine_receipts(node: &Node) -> u64 {
    let shared = node.shared();
    let policy = Policy::parse(&format!("log {}\nquorum none\n", node.vkey())).unwrap();
    let size = shared.published_size();
    for index in 0..size {
        let note = shared.note(index).unwrap().unwrap();
        let receipt = shared.receipt(note.chain(), note.seq, None).unwrap().unwrap();
        let judged = judge(receipt.to_text().as_bytes(), Some(&policy));
        assert_eq!(judged.verdict, Verdict::Genuine, "{} at #{index}: {}", note.kind(), judged.why);
    }
    size
}

#[test]
fn all_four_stories_make_a_ledger_whose_figures_hold() {
    let place = Place::new();
    let summary = place.build(&Story::ALL, 4_000);
    let node = place.open();
    {
        let shared = node.shared();
        assert_eq!(shared.published().map(|p| (p.size, p.root)), Some((summary.events, summary.root.0)));
        let views = shared.views();
        assert_eq!(views.size(), summary.events);
        assert_eq!(views.gift_count(None), i64::try_from(summary.gifts).unwrap());
        assert_eq!(views.defects().collect::<Vec<_>>(), vec![]);
        assert_eq!(views.irregular().len(), 2);
        for kind in ["hold.placed/1", "hold.lifted/1", "project.spun_off/1", "project.adopted/1", "event.reversed/1"] {
            assert!((0..views.size()).any(|i| views.event(i).unwrap().0 == kind), "{kind}");
        }
        let envelopes: Vec<_> = views.entities::<Envelope>(None, None).map(|found| found.said).collect();
        assert!(matches!(&envelopes[..], [Envelope { amount, programmes, .. }]
            if *amount == cny("50000000000.00") && programmes.len() == 8));
        for (title, path) in &summary.look {
            assert!(exists(&views, path), "{title} {path}");
        }
    }
    assert!(strips_add_up(&node) > 25);

    assert_eq!(genuine_receipts(&node), summary.events);
    let gift = trail(&node, summary.gift.as_deref().unwrap()).told;
    assert_eq!((gift.gross.as_str(), gift.fee.as_str()), ("100.00", "0.60"));
    let sum: i64 = gift.segments.iter().map(|segment| minor(&segment.amount)).sum();
    assert_eq!(sum, minor(&gift.gross), "{gift:#?}");
    let spent: Vec<_> = gift.segments.iter().filter(|segment| segment.state == "spent").collect();
    assert_eq!(spent.iter().map(|s| s.amount.as_str()).collect::<Vec<_>>(), ["40.00", "59.40"]);
    assert!(spent.iter().all(|segment| segment.hops.len() >= 4), "{gift:#?}");
    assert_eq!(spent[0].hops.last().unwrap().chain, "upper-stream-school");

    // The donor's opening opens the commitment that the event carries.
    let secret = &summary.secrets[0];
    let opening = &secret.openings[0];
    let salt = almoner_proof::b64::decode_exact::<32>(&opening.salt).unwrap();
    let commitment = almoner_proof::commitment::commit(&salt, &opening.field, &opening.value).to_string();
    let (chain, seq) = secret.event.split_once('#').unwrap();
    let index = node.shared().views().index_of(chain, seq.parse().unwrap()).unwrap();
    let note = node.shared().note(index).unwrap().unwrap();
    let data: serde_json::Value = serde_json::from_str(note.data()).unwrap();
    assert_eq!(data["gifts"][secret.gift as usize]["donor"], commitment.as_str());
}

fn exists(views: &almoner_views::Views, path: &str) -> bool {
    let mut parts = path.trim_start_matches('/').split('/');
    let (page, name, id) = (parts.next().unwrap(), parts.next().unwrap(), parts.next());
    let entity = |kind| views.find(views.chain_no(name).unwrap(), kind, id.unwrap()).is_some();
    match page {
        "c" => views.chain_no(name).is_some(),
        "f" => entity(EntityKind::Fund),
        "p" => entity(EntityKind::Project),
        "r" => {
            let (chain, rest) = name.rsplit_once('-').unwrap();
            views.index_of(chain, rest.split('.').next().unwrap().parse().unwrap()).is_some()
        }
        _ => false,
    }
}

#[test]
fn twenty_million_are_given_in_a_day_to_the_cent() {
    let place = Place::new();
    let summary = place.build(&[Story::Disaster], Settings::default().gifts);
    assert!(summary.gifts > 30_000 && summary.gift.is_none());
    let node = place.open();
    let views = node.shared().views();
    let campaign = views.entities::<Campaign>(None, None).next().unwrap();
    let closed = CampaignStanding { received: cny("20000000.00").minor(), state: CampaignState::Closed };
    assert_eq!(campaign.standing, closed);
    let relief = views.chain_no("harbour-relief").unwrap();
    let fund = views.find(relief, EntityKind::Fund, "flood").unwrap();
    let strip = views.strips(Selection::Fund(fund), None)[0];
    assert_eq!((strip.refunded, strip.reversed.minor() > 0), (cny("300.00").into(), true));
    // Nothing stays clearing: what was delivered twice was reversed, what was given back left nothing.
    let clearing =
        views.balances(Some("harbour-relief"), None, None).into_iter().filter(|row| row.account.contains("clearing"));
    assert_eq!(clearing.collect::<Vec<_>>(), vec![]);
    assert_eq!(views.defects().collect::<Vec<_>>(), vec![]);
    drop(views);
    strips_add_up(&node);
}

#[test]
fn each_story_stands_alone_and_has_a_name() {
    for story in Story::ALL {
        assert_eq!(Story::parse(story.name()), Some(story));
        let place = Place::new();
        let summary = place.build(&[story], 1_000);
        assert!(summary.events > 50 && !summary.look.is_empty(), "{}", story.name());
        assert_eq!(summary.gift.is_some(), story == Story::Question);
        let node = place.open();
        assert_eq!(node.shared().views().defects().collect::<Vec<_>>(), vec![]);
        strips_add_up(&node);
    }
    assert_eq!(Story::parse("prize"), None);
}

#[cfg(unix)]
#[test]
fn the_demos_keys_are_on_the_server_closed_to_others_and_the_summary_says_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let summary = place.build(&[Story::Lab], 1_000);
    let key = place.ledger().key("stone-lantern-director");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(place.ledger().key("stone-lantern-recovery").exists());
    assert!(summary.keys.contains("registrar"));
}
