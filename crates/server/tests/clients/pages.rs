//! Pages end by bytes as well as by rows, have one row at least, and fit together.

use crate::server::Server;
use almoner_server::http::Limits;

/// What no page is longer than: its limit and one row.
const LONGEST: usize = (1 << 20) + (128 << 10);

#[test]
fn pages_of_events_end_by_bytes() {
    let server = Server::start(Limits { drain: std::time::Duration::ZERO, ..Limits::default() }, 40);
    for list in ["/v1/events", "/v1/events?chain=importer", "/v1/chains/importer/events"] {
        let join = if list.contains('?') { '&' } else { '?' };
        let mut path = format!("{list}{join}limit=1000");
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let answer = server.ask(&path);
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.body.len() <= LONGEST, "{path}: {} bytes", answer.body.len());
            let page = answer.json();
            let rows = page["events"].as_array().unwrap();
            assert!(!rows.is_empty(), "{path}");
            seen.extend(rows.iter().map(|row| row["index"].as_u64().unwrap()));
            pages += 1;
            match page["next"].as_str() {
                Some(next) => {
                    assert!(answer.head.contains(&format!("link: <{}>; rel=\"next\"", next.to_ascii_lowercase())));
                    path = next.to_owned();
                }
                None => break,
            }
        }
        assert!(pages > 3, "{list}: {pages} pages");
        let all = server.node.shared().published_size();
        let expected: Vec<u64> = (0..all)
            .filter(|index| {
                list == "/v1/events" || server.node.shared().note(*index).unwrap().unwrap().chain() == "importer"
            })
            .collect();
        assert_eq!(seen, expected, "{list}");
    }
}
