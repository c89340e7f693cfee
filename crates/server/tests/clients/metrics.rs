//! What a monitor is told, at an address of its own.

use crate::server::Server;
use almoner_server::http::{Limits, Quota, Serving, proxy, serve_metrics};
use std::time::Duration;

#[test]
fn figures_are_told_at_an_address_of_their_own() {
    let limits = Limits {
        proxies: vec![proxy("127.0.0.1").unwrap()],
        reads: Quota { requests: 1, window: Duration::from_secs(3600) },
        drain: Duration::ZERO,
        ..Limits::default()
    };
    let server = Server::start(limits, 0);
    let (tell, told) = std::sync::mpsc::channel();
    let (node, meters) = (std::sync::Arc::clone(&server.node), server.meters.clone());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let serving = Serving::bind("127.0.0.1:0").await.unwrap();
            tell.send(serving.address).unwrap();
            serve_metrics(serving, node, meters, std::future::pending()).await;
        });
    });
    let monitor = told.recv().unwrap();
    let ask = |address, path: &str, headers: &str| {
        let mut client = crate::server::Client::to(address);
        client.send(format!("{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n").as_bytes());
        client.answer()
    };
    assert_eq!(ask(server.address, "GET /v1/funds/importer/none", "").status, 404);
    assert_eq!(ask(server.address, "GET /never/heard/of", "").status, 404);
    let note = "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\nnote";
    assert_eq!(ask(server.address, "POST /v1/events", note).status, 422);
    let forwarded = "X-Forwarded-For: 192.0.2.1\r\n";
    assert_eq!([(); 2].map(|()| ask(server.address, "GET /v1/log", forwarded).status), [200, 429]);
    let answer = ask(monitor, "GET /metrics", "");
    assert!(answer.head.contains("content-type: application/openmetrics-text"), "{}", answer.head);
    let text = String::from_utf8(answer.body).unwrap();
    for line in [
        "almoner_ready 1",
        "almoner_queue_depth 0",
        "almoner_requests_total{method=\"GET\",route=\"/v1/funds/{chain}/{id}\",status=\"404\"} 1",
        "almoner_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "almoner_requests_total{method=\"POST\",route=\"/v1/events\",status=\"422\"} 1",
        "almoner_request_seconds_count{route=\"/v1/log\"} 1",
        "almoner_events_refused_total{class=\"unprocessable\",code=\"grammar.note\"} 1",
        "almoner_quota_refused_total{quota=\"reads\"} 1",
        "almoner_streams 0",
    ] {
        assert!(text.lines().any(|one| one == line), "{line} is not in\n{text}");
    }
    assert!(text.contains("almoner_events "), "{text}");
    assert_eq!(ask(monitor, "GET /v1/log", "").status, 404, "nothing else is there");
    assert_eq!(ask(server.address, "GET /metrics", "").status, 404, "nor is this where the public is");
}
