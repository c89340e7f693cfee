//! A transaction keeps its key wherever it stands, so importing a later edition of a file is a diff.

use std::collections::BTreeSet;

use super::{activity, all};

const PARTS: [&str; 3] = [
    "<transaction ref='r'><transaction-type code='3'/><value currency='EUR' value-date='2020-01-01'>1</value></transaction>",
    "<transaction ref='r'><transaction-type code='3'/><value currency='EUR' value-date='2020-01-01'>2</value></transaction>",
    "<transaction><transaction-type code='3'/><value currency='EUR' value-date='2020-01-01'>1</value></transaction>",
];

fn keys(content: &str) -> Vec<[u8; 32]> {
    activity(content).1.iter().map(|t| t.key).collect()
}

#[test]
fn order_does_not_matter() {
    let [a, b, c] = PARTS;
    let first: BTreeSet<_> = keys(&[a, b, c, a].concat()).into_iter().collect();
    assert_eq!(first.len(), 4);
    for content in [[c, a, b, a], [a, a, c, b], [b, a, a, c]] {
        assert_eq!(keys(&content.concat()).into_iter().collect::<BTreeSet<_>>(), first);
    }
    assert!(keys(&[a, b, c].concat()).iter().all(|key| first.contains(key)));
}

#[test]
fn equal_ones_have_ordinals() {
    let [a, b, _] = PARTS;
    let (_, seen) = activity(&[a, b, a, a].concat());
    assert_eq!(seen.iter().map(|t| t.ordinal).collect::<Vec<_>>(), [0, 0, 1, 2]);
    assert_eq!(seen.iter().map(|t| t.key).collect::<BTreeSet<_>>().len(), 4);
}

#[test]
fn only_what_is_said_matters() {
    let [a, ..] = PARTS;
    let key = keys(a);
    for same in [
        "<transaction ref=' r '>\n<value value-date=\"2020-01-01\"> 1 </value><!-- x --><transaction-type code='&#51;'/></transaction>",
        "<transaction ref='r'><transaction-type code='3'></transaction-type><receiver-org/><value currency='' value-date='2020-01-01'>1</value></transaction>",
    ] {
        assert_eq!(keys(same), key, "{same}");
    }
    for other in [
        a.replace(">1<", ">1.0<"),
        a.replace("EUR", "USD"),
        a.replace("ref='r'", "ref='R'"),
        a.replace("code='3'", "code='4'"),
        a.replace("value-date='2020-01-01'", "value-date='2020-01-02'"),
        a.replace("<value", "<sector code='1'/><value"),
        a.replace("<value", "<provider-org ref='x'/><value"),
        a.replace("<value", "<receiver-org ref='x'/><value"),
    ] {
        assert_ne!(keys(&other), key, "{other}");
    }
    let elsewhere = format!(
        "<iati-activities><iati-activity default-currency='EUR'><iati-identifier>B</iati-identifier>{a}</iati-activity></iati-activities>"
    );
    assert_ne!(all(elsewhere.as_bytes()).unwrap().1[0].key, key[0]);
}
