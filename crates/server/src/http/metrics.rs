//! What a monitor reads, in the OpenMetrics text format, at an address of its own: it is the operator's, not the public's.

use super::fault::Fault;
use super::{AppState, Meters};
use crate::app::{Node, Status};
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;

const MEDIA: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `/metrics`, and nothing else.
pub(super) fn router(node: AppState, meters: &Meters) -> Router {
    let mut registry = Registry::with_prefix("almoner");
    meters.register(&mut registry);
    registry.register_collector(Box::new(Figures(node)));
    Router::new().route("/metrics", get(metrics)).with_state(Arc::new(registry))
}

async fn metrics(State(registry): State<Arc<Registry>>) -> Response {
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, &registry) {
        Ok(()) => ([(header::CONTENT_TYPE, MEDIA)], text).into_response(),
        Err(error) => super::Problem::new(Fault::Internal, &error.to_string()).into_response(),
    }
}

/// Read from the node when they are asked for.
struct Figures(Arc<Node>);

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Figures")
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let shared = self.0.shared();
        let is_ready = matches!(shared.status(), Status::Ready | Status::Following);
        let waiting = shared.waiting().map_or(0, |waited| waited.as_secs());
        let foreign = shared.foreign();
        let mut tell = |name, help, figure: &dyn EncodeMetric| {
            figure.encode(encoder.encode_descriptor(name, help, None, figure.metric_type())?)
        };
        tell(
            "ready",
            "1 while events are taken or followed, 0 when /readyz says why not",
            &gauge(u64::from(is_ready)),
        )?;
        tell("events", "Events that are durable and anchored", &gauge(shared.committed()))?;
        tell("published_events", "Events under the newest published checkpoint", &gauge(shared.published_size()))?;
        let (recalled, is_rechecked) = shared.recalled();
        tell(
            "unproven_events",
            "Events that the start took back from the replay file and that are not decided again yet",
            &gauge(if is_rechecked { 0 } else { recalled }),
        )?;
        tell("queue_depth", "Requests that wait for the sequencer", &gauge(shared.queued()))?;
        tell("epoch", "The epoch in which this node writes a log on a cluster; 0 elsewhere", &gauge(shared.epoch()))?;
        tell("waiting_seconds", "How long a write has waited for the store", &gauge(waiting))?;
        tell(
            "foreign_anchor_events",
            "Events in the anchor's stream that are not this ledger's and were passed over: others can write there",
            &ConstCounter::new(foreign.anchor),
        )?;
        tell(
            "foreign_checkpoint_events",
            "The same in the stream of published checkpoints",
            &ConstCounter::new(foreign.checkpoints),
        )
    }
}

fn gauge(figure: u64) -> ConstGauge<u64> {
    ConstGauge::new(figure)
}
