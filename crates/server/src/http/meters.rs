//! What is counted while requests are answered. Every label has few values, whatever is asked for.

use super::quota::Kind;
use crate::app::{Accepted, Outcome};
use almoner_ledger::refusal::Class;
use axum::extract::MatchedPath;
use axum::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// Upper bounds of the times that are told apart, in seconds.
const SECONDS: [f64; 12] = [0.000_25, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// Of what has no route.
const NOWHERE: &str = "none";

/// The figures of one server; a clone counts the same.
#[derive(Debug, Clone)]
pub struct Meters {
    requests: Family<Request, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    events: Counter,
    refused: Family<Refused, Counter>,
    quotas: Family<Quota, Counter>,
    pub(super) clients: Gauge,
    pub(super) connections: Gauge,
    pub(super) streams: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    class: &'static str,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Quota {
    quota: &'static str,
}

impl Default for Meters {
    fn default() -> Meters {
        Meters {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            events: Counter::default(),
            refused: Family::default(),
            quotas: Family::default(),
            clients: Gauge::default(),
            connections: Gauge::default(),
            streams: Gauge::default(),
        }
    }
}

impl Meters {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("requests", "Answers by route and status", self.requests.clone());
        let help = "From a request's head to its answer, without the writing of it";
        registry.register_with_unit("request", help, Unit::Seconds, self.seconds.clone());
        registry.register("events_appended", "Events that came over HTTP and were taken", self.events.clone());
        registry.register("events_refused", "Events that came over HTTP and were refused", self.refused.clone());
        registry.register("quota_refused", "Requests that were refused for their client's quota", self.quotas.clone());
        registry.register("quota_clients", "Clients whose quotas are remembered", self.clients.clone());
        registry.register("connections", "Connections that have a place", self.connections.clone());
        registry.register("streams", "Streams of events that are open", self.streams.clone());
    }

    /// An answer is there.
    pub(super) fn answered(&self, method: &Method, route: Option<&MatchedPath>, status: StatusCode, after: Duration) {
        let method = match *method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            _ => "other",
        };
        let route = route.map_or(NOWHERE, MatchedPath::as_str).to_owned();
        self.seconds.get_or_create(&Route { route: route.clone() }).observe(after.as_secs_f64());
        self.requests.get_or_create(&Request { method, route, status: status.as_u16() }).inc();
    }

    /// What became of an event.
    pub(super) fn decided(&self, outcome: &Outcome) {
        match outcome {
            Ok(Accepted { duplicate: false, .. }) => {
                self.events.inc();
            }
            Ok(_) => {}
            Err(refusal) => {
                let class = match refusal.code().class() {
                    Class::Unprocessable => "unprocessable",
                    Class::Conflict => "conflict",
                    Class::TooLarge => "too_large",
                    Class::Defect => "defect",
                };
                self.refused.get_or_create(&Refused { class, code: refusal.code().word() }).inc();
            }
        }
    }

    /// A client had no quota left.
    pub(super) fn refused_for(&self, kind: Kind) {
        self.quotas.get_or_create(&Quota { quota: kind.word() }).inc();
    }
}
