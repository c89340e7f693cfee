//! What must not start: a second writer, an old copy, a ledger without its anchor.

use acceptance::load::{Author, audited, authors, nothing_is_lost};
use acceptance::{House, copy_folder};

/// A ledger with some events, stopped; and how many they are.
fn stopped(origin: &str) -> (House, Vec<Author>) {
    let house = House::new(origin);
    let served = house.serve();
    let mut authors = authors(&house, &served);
    for author in &mut authors {
        assert!(author.append(&served.client, 10));
    }
    assert!(served.terminate().success());
    (house, authors)
}

fn contains(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is not said: {text}");
    }
}

#[test]
fn a_second_process_is_refused_with_a_clear_text() {
    let (house, authors) = stopped("lock.example/ledger");
    let served = house.serve();
    contains(&house.refuses_to_serve(), &["in use by another", "stop the other process"]);
    // The commands that write to a directory take the same lock, and say what to do instead.
    let fixtures = acceptance::vectors("vectors/iati/version-2.03.xml");
    let import = house.almoner(["import", "iati", fixtures.to_str().unwrap(), "--to", &house.ledger()]).ended(1);
    contains(&import.err, &["in use by another", "give its URL instead"]);
    // Reading beside a running server is allowed, and the server is not disturbed.
    house.almoner(["balances", "--from", &house.ledger(), "--json"]).ok();
    nothing_is_lost(&authors, &served);
    assert!(served.terminate().success());
}

#[test]
fn a_restored_older_copy_is_refused_until_the_newest_is_back() {
    let (house, mut authors) = stopped("copy.example/ledger");
    let (ledger, old, newest) = (house.path("ledger"), house.path("old"), house.path("newest"));
    copy_folder(&ledger, &old);
    let served = house.serve();
    for author in &mut authors {
        assert!(author.append(&served.client, 5));
    }
    assert!(served.terminate().success());
    copy_folder(&ledger, &newest);

    copy_folder(&old, &ledger);
    let text = house.refuses_to_serve();
    contains(&text, &["old or cut copy", "restore a newer copy"]);
    // It says how much is missing, and refusing changed nothing: it still refuses, and the newest copy still runs.
    contains(&house.refuses_to_serve(), &["were signed and acknowledged"]);
    copy_folder(&newest, &ledger);
    let served = house.serve();
    nothing_is_lost(&authors, &served);
    assert!(served.terminate().success());
    audited(&house, authors.iter().map(|author| author.acknowledged.len()).sum());
}

#[test]
fn a_ledger_without_its_anchor_is_refused() {
    let (house, authors) = stopped("anchor.example/ledger");
    let anchor = house.anchor();
    let kept = std::fs::read(&anchor).unwrap();

    std::fs::remove_file(&anchor).unwrap();
    contains(&house.refuses_to_serve(), &["no usable anchor", anchor.to_str().unwrap(), "--anchor"]);
    assert!(!anchor.exists(), "it must not make a new one by itself");

    std::fs::write(&anchor, b"").unwrap();
    contains(&house.refuses_to_serve(), &["anchor"]);
    std::fs::write(&anchor, vec![0; kept.len()]).unwrap();
    contains(&house.refuses_to_serve(), &["anchor"]);

    // Moved on purpose and named, it serves.
    std::fs::remove_file(&anchor).unwrap();
    std::fs::write(house.path("moved"), &kept).unwrap();
    let served = house.serve_with(&["--anchor", &house.text("moved")]);
    nothing_is_lost(&authors, &served);
    assert!(served.terminate().success());
}
