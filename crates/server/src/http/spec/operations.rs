//! Every operation of the API: its path, its parameters, what it answers, and an example.

use super::super::read::entity_told::Told;
use almoner_wire::{self as wire, Paged};
use utoipa::ToSchema;
use utoipa::openapi::schema::ComponentsBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};

/// What every read may answer that is not a success.
const READ: &[u16] = &[400, 404, 406, 408, 429, 431, 500, 503];
/// What a submission may.
const WRITE: &[u16] = &[400, 406, 408, 409, 413, 415, 422, 429, 431, 500, 503];

/// A schema under its name, and how it and those that it is made of come into the document.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    name: fn() -> String,
    add: fn(ComponentsBuilder, String) -> ComponentsBuilder,
}

impl Shape {
    pub(super) fn of<T: ToSchema>() -> Shape {
        Shape { name: || T::name().into_owned(), add: add::<T> }
    }

    /// Of a type that is generic over a part, which it names but does not bring with it.
    pub(super) fn over<T: ToSchema, P: ToSchema>() -> Shape {
        Shape { name: || T::name().into_owned(), add: add_over::<T, P> }
    }

    fn page<T: Paged<Row: ToSchema> + ToSchema>() -> Shape {
        Shape::over::<T, T::Row>()
    }

    /// Of an entity alone, under a name of its own for each kind: they are one generic type.
    fn alone<E: ToSchema>() -> Shape {
        Shape { name: || format!("{}Told", E::name()), add: add_over::<wire::Told<E>, E> }
    }

    /// With it in them.
    pub(super) fn added(self, components: ComponentsBuilder) -> ComponentsBuilder {
        (self.add)(components, (self.name)())
    }

    /// As others refer to it.
    pub(super) fn reference(self) -> RefOr<Schema> {
        Ref::from_schema_name((self.name)()).into()
    }
}

fn add<T: ToSchema>(components: ComponentsBuilder, name: String) -> ComponentsBuilder {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    components.schemas_from_iter(parts).schema(name, T::schema())
}

fn add_over<T: ToSchema, P: ToSchema>(components: ComponentsBuilder, name: String) -> ComponentsBuilder {
    add::<T>(add::<P>(components, P::name().into_owned()), name)
}

/// What a success is.
#[derive(Clone, Copy)]
pub(super) enum Good {
    Json(Shape),
    /// A list, which has other forms too.
    List(Shape),
    Text(&'static str),
}

/// An operation.
pub(super) struct Op {
    pub(super) method: &'static str,
    /// With `{name}` for each parameter in it.
    pub(super) path: String,
    pub(super) id: String,
    pub(super) title: String,
    /// Those of the path first, in their order, then those of the query.
    pub(super) parameters: Vec<&'static str>,
    pub(super) good: Vec<(u16, Good)>,
    problems: &'static [u16],
    /// Whether a copy that the client has may be good still.
    pub(super) is_kept: bool,
    /// Path and query of an example.
    example: String,
}

impl Op {
    fn get(path: &str, id: &str, title: &str, query: &[&'static str], good: Good, example: &str) -> Op {
        let in_path = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let known = |name: &str| super::document::parameter(name).map(|(name, ..)| *name);
        Op {
            method: "GET",
            path: path.to_owned(),
            id: id.to_owned(),
            title: title.to_owned(),
            parameters: in_path.filter_map(known).chain(query.iter().copied()).collect(),
            good: vec![(200, good)],
            problems: READ,
            is_kept: query.contains(&"at"),
            example: example.to_owned(),
        }
    }

    /// Whose answer tells what may change at any moment.
    fn of_now(self) -> Op {
        Op { is_kept: false, ..self }
    }

    /// Whether a parameter stands in the path.
    pub(super) fn has_in_path(&self, name: &str) -> bool {
        self.path.contains(&format!("{{{name}}}"))
    }

    /// The path with its query, as a URI Template (RFC 6570).
    pub(super) fn template(&self) -> String {
        let query: Vec<&str> = self.parameters.iter().copied().filter(|name| !self.has_in_path(name)).collect();
        if query.is_empty() { self.path.clone() } else { format!("{}{{?{}}}", self.path, query.join(",")) }
    }

    /// Every status that it may answer.
    pub(super) fn statuses(&self) -> Vec<u16> {
        let mut statuses: Vec<u16> = self.good.iter().map(|(status, _)| *status).collect();
        statuses.extend(self.is_kept.then_some(304));
        statuses.extend(self.problems());
        statuses
    }

    /// Those that are problems.
    pub(super) fn problems(&self) -> &'static [u16] {
        self.problems
    }

    /// How a person tries it.
    pub(super) fn curl(&self) -> String {
        match (self.method, self.id.as_str()) {
            ("POST", _) => {
                format!("curl -s --data-binary @event -H 'Content-Type: text/plain' \"$LEDGER{}\"", self.example)
            }
            _ => format!("curl -s \"$LEDGER{}\"", self.example),
        }
    }
}

/// All of them, in the order in which people look for them.
pub(super) fn all() -> Vec<Op> {
    let (json, list) = (Good::Json, Good::List);
    let page = &["at", "after", "limit"][..];
    let either_way = &["at", "order", "after", "before", "limit"][..];
    let mut ops = vec![
        Op::get("/v1", "index", "Where everything is", &[], json(Shape::of::<wire::Index>()), "/v1"),
        Op::get(
            "/v1/log",
            "log",
            "The log: its name, size, root and key",
            &["at"],
            json(Shape::of::<wire::Log>()),
            "/v1/log",
        )
        .of_now(),
        Op::get(
            "/v1/totals",
            "totals",
            "Totals of the whole log",
            &["at"],
            json(Shape::of::<wire::LogTotals>()),
            "/v1/totals",
        ),
        Op {
            method: "POST",
            path: "/v1/events".to_owned(),
            id: "submit".to_owned(),
            title: "Submit one signed note, or many; or try drafts".to_owned(),
            parameters: vec!["dry_run"],
            good: vec![(200, json(Shape::of::<wire::Submitted>())), (201, json(Shape::of::<wire::Accepted>()))],
            problems: WRITE,
            is_kept: false,
            example: "/v1/events".to_owned(),
        },
        Op::get(
            "/v1/events",
            "events",
            "Events, in the order of the log",
            super::super::read::events::PARAMETERS,
            list(Shape::page::<wire::Events>()),
            "/v1/events?order=desc&limit=10",
        ),
        Op::get(
            "/v1/stream",
            "stream",
            "Entries as they are published (server-sent events); goes on behind the header Last-Event-ID",
            &["from"],
            Good::Text("text/event-stream"),
            "/v1/stream?from=0",
        ),
        Op::get(
            "/v1/events/{event}",
            "event",
            "One event",
            &["at"],
            json(Shape::of::<wire::EventTold>()),
            "/v1/events/0",
        ),
        Op::get(
            "/v1/gifts/{gift}",
            "gift",
            "Where a gift went",
            page,
            json(Shape::of::<wire::GiftTold>()),
            "/v1/gifts/well-7.0",
        ),
        Op::get(
            "/v1/receipts/{receipt}",
            "receipt",
            "The receipt of an event or of a gift in it",
            &[],
            Good::Text("text/plain"),
            "/v1/receipts/well-7.0",
        ),
        Op::get(
            "/v1/balances",
            "balances",
            "Balances of all accounts",
            &["at", "chain", "fund", "after", "limit"],
            list(Shape::page::<wire::Balances>()),
            "/v1/balances?chain=well",
        ),
        Op::get("/v1/chains", "chains", "Chains", page, list(Shape::page::<wire::Chains>()), "/v1/chains"),
        Op::get(
            "/v1/chains/{chain}",
            "chain",
            "A chain, its keys, and the head to draft on",
            &["at"],
            json(Shape::of::<wire::Chain>()),
            "/v1/chains/well",
        )
        .of_now(),
        Op::get(
            "/v1/chains/{chain}/events",
            "chain_events",
            "Events of a chain, by seq",
            either_way,
            list(Shape::page::<wire::Events>()),
            "/v1/chains/well/events",
        ),
        Op::get(
            "/v1/chains/{chain}/balances",
            "chain_balances",
            "Balances of a chain",
            &["at", "fund", "after", "limit"],
            list(Shape::page::<wire::Balances>()),
            "/v1/chains/well/balances",
        ),
    ];
    ops.extend(entities());
    ops.extend([
        Op::get("/v1/kinds", "kinds", "Kinds of event", &[], json(Shape::of::<wire::Kinds>()), "/v1/kinds"),
        Op::get(
            "/v1/kinds/{kind}",
            "kind",
            "A kind of event, and the JSON Schema of its data",
            &[],
            json(Shape::of::<wire::Kind>()),
            "/v1/kinds/donation.received",
        ),
        Op::get(
            "/v1/observed",
            "observed",
            "What others reported, of one activity or file if asked",
            &["at", "activity", "import", "after", "limit"],
            list(Shape::page::<wire::ObservedList>()),
            "/v1/observed?limit=10",
        ),
        Op::get(
            "/v1/refusals",
            "refusals",
            "Every code of a refusal or a problem",
            &[],
            json(Shape::of::<wire::Codes>()),
            "/v1/refusals",
        ),
        Op::get(
            "/problems/{code}",
            "problem",
            "What a code means",
            &[],
            json(Shape::of::<wire::Advice>()),
            "/problems/chain.gap",
        ),
        Op::get(
            "/v1/policy",
            "policy",
            "The log's key as a policy, which proves nothing by itself",
            &[],
            Good::Text("text/plain"),
            "/v1/policy",
        ),
        Op::get(
            "/checkpoint",
            "checkpoint",
            "The newest checkpoint (c2sp.org/tlog-tiles)",
            &[],
            Good::Text("text/plain"),
            "/checkpoint",
        ),
        Op::get(
            "/v1/openapi.json",
            "openapi",
            "This document",
            &[],
            Good::Text("application/json"),
            "/v1/openapi.json",
        ),
        Op::get("/v1/reference", "reference", "The same for people", &[], Good::Text("text/html"), "/v1/reference"),
        Op::get("/livez", "livez", "Whether the process answers", &[], Good::Text("text/plain"), "/livez"),
        Op::get("/readyz", "readyz", "Whether events are taken, or why not", &[], Good::Text("text/plain"), "/readyz"),
    ]);
    ops
}

macro_rules! of_every_kind {
    ($($(#[$about:meta])+ $kind:ident $line:tt)+) => {
        [$(of::<almoner_ledger::entity::$kind>()),+]
    };
}

/// A list and one of it, for every kind of entity.
fn entities() -> Vec<Op> {
    almoner_ledger::entity_kinds!(of_every_kind).into_iter().flatten().collect()
}

fn of<K: Told>() -> [Op; 2] {
    let (list, one) = (K::KIND.list(), K::KIND.word());
    let (page, alone) = (Shape::page::<K::Page>(), Shape::alone::<K::Alone>());
    let all = format!("/v1/{list}");
    let single = format!("/v1/{list}/{{chain}}/{{id}}");
    let title = format!("{}{}", list.get(..1).unwrap_or_default().to_uppercase(), list.get(1..).unwrap_or_default());
    let article = if one.starts_with(['a', 'e', 'i']) { "An" } else { "A" };
    let example = format!("/v1/{list}/well/example");
    [
        Op::get(&all, list, &title, &["at", "chain", "order", "after", "before", "limit"], Good::List(page), &all),
        Op::get(&single, one, &format!("{article} {one}"), &["at"], Good::Json(alone), &example),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_and_places_are_unique_and_every_parameter_is_known() {
        let ops = all();
        let ids: BTreeSet<&str> = ops.iter().map(|op| op.id.as_str()).collect();
        let places: BTreeSet<(&str, &str)> = ops.iter().map(|op| (op.method, op.path.as_str())).collect();
        assert_eq!((ids.len(), places.len()), (ops.len(), ops.len()));
        for op in &ops {
            let in_path = op.path.matches('{').count();
            assert_eq!(op.parameters.iter().filter(|name| op.has_in_path(name)).count(), in_path, "{}", op.path);
            assert!(op.parameters.iter().all(|name| super::super::document::parameter(name).is_some()), "{}", op.path);
        }
    }
}
