//! The OpenAPI document, from the table of operations and the schemas of the wire.

use super::super::read::filter::PAYEE_MAX;
use super::operations::{Good, Op, Shape, all};
use almoner_ledger::{EntityKind, KINDS};
use almoner_wire::{Drafts, Problem, Submission};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem, PathsBuilder,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApiBuilder, Ref, Required, ResponseBuilder, Schema};

/// `[a-z0-9][a-z0-9.-]{0,62}`
const CHAIN: &str = "[a-z0-9][a-z0-9.-]{0,62}";
const ID: &str = "[a-z0-9][a-z0-9-]{0,62}";
const NUMBER: &str = "(0|[1-9][0-9]{0,8})";

/// How a parameter looks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Look {
    Chain,
    Id,
    Event,
    Gift,
    EventOrGift,
    Code,
    Kind,
    KindName,
    Number,
    Limit,
    Flag,
    Entity(EntityKind),
    Text,
    Day,
    Amount,
    Currency,
    Order,
}

/// Every parameter of every operation: its name, how it looks, what it is for.
const PARAMETERS: &[(&str, Look, &str)] = &[
    ("chain", Look::Chain, "the id of a chain"),
    ("id", Look::Id, "the id of an entity within its chain"),
    ("event", Look::Event, "an event: <chain>-<seq>, or its index in the log"),
    ("gift", Look::Gift, "a gift in an event, counted from 0: <chain>-<seq>.<k>"),
    ("receipt", Look::EventOrGift, "an event, or a gift in it"),
    ("code", Look::Code, "the code of a refusal or a problem"),
    ("kind", Look::KindName, "a kind of event; its version is 1"),
    ("at", Look::Number, "the state after so many events; such an answer never changes"),
    ("after", Look::Number, "only what comes after this cursor; `next` of the page before has it"),
    ("limit", Look::Limit, "how many rows at the most"),
    ("type", Look::Kind, "only events of this type"),
    ("before", Look::Number, "only what comes before this cursor"),
    ("order", Look::Order, "asc: the oldest first; desc: the newest first"),
    ("from", Look::Number, "the index of the first entry; without it what is published next"),
    ("fund", Look::Entity(EntityKind::Fund), "only this fund: <chain>/fund/<id>, or its id beside its chain"),
    (
        "project",
        Look::Entity(EntityKind::Project),
        "only this project: <chain>/project/<id>, or its id beside its chain",
    ),
    ("payee", Look::Text, "only payments to this chain, organisation or name, whatever its case"),
    ("effective_from", Look::Day, "only what took effect on this day or later"),
    ("effective_to", Look::Day, "only what took effect on this day or earlier"),
    ("amount_min", Look::Amount, "only with an amount of at least so much, in `currency` if that is named"),
    ("amount_max", Look::Amount, "only with an amount of at most so much"),
    ("currency", Look::Currency, "only what tells an amount in this currency"),
    ("activity", Look::Entity(EntityKind::Activity), "only what was reported of this activity: <chain>/activity/<id>"),
    ("import", Look::Entity(EntityKind::Import), "only what this file holds or told: <chain>/import/<id>"),
    ("dry_run", Look::Flag, "say what drafts (or one signed note, as text/plain) would do, and change nothing"),
];

/// A parameter by its name.
pub(super) fn parameter(name: &str) -> Option<&'static (&'static str, Look, &'static str)> {
    PARAMETERS.iter().find(|(known, ..)| *known == name)
}

/// What a parameter is for.
pub(super) fn meaning(name: &str) -> &'static str {
    parameter(name).map_or("", |(.., what)| what)
}

fn schema(look: Look) -> Schema {
    let text = |pattern: String| {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(format!("^{pattern}$"))).build().into()
    };
    let number = |from: usize, to: usize| {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(from)).maximum(Some(to)).build().into()
    };
    match look {
        Look::Chain => text(CHAIN.to_owned()),
        Look::Id => text(ID.to_owned()),
        Look::Entity(kind) => text(format!("(({CHAIN}/)?{kind}/)?{ID}")),
        Look::Text => ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(PAYEE_MAX))
            .build()
            .into(),
        Look::Day => text("[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])".to_owned()),
        // What an amount of an event may be, at most 24 characters of it.
        Look::Amount => {
            text("(0|-?[1-9][0-9]{0,22}|(0|-?[1-9][0-9]{0,16})\\.[0-9]{1,5}|-0\\.[0-9]{0,4}[1-9])".to_owned())
        }
        Look::Currency => text("(CNY|EUR|JPY|USD)".to_owned()),
        Look::Order => ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["asc", "desc"])).build().into(),
        Look::Event => text(format!("({NUMBER}|{CHAIN}-{NUMBER})")),
        Look::Gift => text(format!("({NUMBER}|{CHAIN}-{NUMBER})\\.{NUMBER}")),
        Look::EventOrGift => text(format!("({NUMBER}|{CHAIN}-{NUMBER})(\\.{NUMBER})?")),
        Look::Code => text("[a-z_]{1,40}(\\.[a-z_]{1,40})?".to_owned()),
        Look::Kind => {
            let kinds = KINDS.iter().map(|kind| kind.kind);
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(kinds)).build().into()
        }
        Look::KindName => text("[a-z_]{1,40}\\.[a-z_]{1,40}".to_owned()),
        // What JavaScript counts exactly.
        Look::Number => number(0, (1 << 53) - 1),
        Look::Limit => number(1, 1000),
        Look::Flag => ObjectBuilder::new().schema_type(Type::Boolean).build().into(),
    }
}

fn described(op: &Op, name: &str) -> Option<Parameter> {
    let (name, look, what) = parameter(name)?;
    let is_in_path = op.has_in_path(name);
    let parameter = ParameterBuilder::new()
        .name(*name)
        .parameter_in(if is_in_path { ParameterIn::Path } else { ParameterIn::Query })
        .required(if is_in_path { Required::True } else { Required::False })
        .description(Some(*what))
        .schema(Some(schema(*look)));
    Some(parameter.build())
}

fn text() -> Schema {
    ObjectBuilder::new().schema_type(Type::String).build().into()
}

/// What `POST /v1/events` takes.
fn submission() -> RequestBody {
    let note = ContentBuilder::new().schema(Some(text())).build();
    let of = |name: &str| Ref::from_schema_name(name);
    let many = OneOfBuilder::new().item(of("Submission")).item(of("Drafts"));
    let many = ContentBuilder::new().schema(Some(Schema::OneOf(many.build()))).build();
    RequestBodyBuilder::new()
        .description(Some("one signed note as text, or 1 to 1,000 of them in JSON; for a dry run 1 to 64 drafts in JSON; at most 16 MiB"))
        .content("text/plain", note)
        .content("application/json", many)
        .required(Some(Required::True))
        .build()
}

fn operation(op: &Op) -> OperationBuilder {
    let mut operation = OperationBuilder::new().operation_id(Some(op.id.clone())).summary(Some(op.title.clone()));
    for parameter in op.parameters.iter().filter_map(|name| described(op, name)) {
        operation = operation.parameter(parameter);
    }
    if op.method == "POST" {
        operation = operation.request_body(Some(submission()));
    }
    for (status, good) in &op.good {
        let (media, content) = match good {
            Good::Json(shape) | Good::List(shape) => {
                ("application/json", ContentBuilder::new().schema(Some(shape.reference())).build())
            }
            // JSON that is described elsewhere is any object.
            Good::Text("application/json") => ("application/json", ContentBuilder::new().build()),
            Good::Text(media) => (*media, ContentBuilder::new().schema(Some(text())).build()),
        };
        let mut response = ResponseBuilder::new().description(words(*status)).content(media, content);
        if let Good::List(_) = good {
            for form in ["text/csv", "application/x-ndjson"] {
                response = response.content(form, ContentBuilder::new().schema(Some(text())).build());
            }
        }
        operation = operation.response(status.to_string(), response.build());
    }
    if op.is_kept {
        let unchanged = ResponseBuilder::new().description("the copy that the client has is good").build();
        operation = operation.response("304", unchanged);
    }
    for status in op.problems() {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new().description(words(*status)).content("application/problem+json", problem);
        operation = operation.response(status.to_string(), response.build());
    }
    operation
}

fn words(status: u16) -> &'static str {
    match status {
        200 => "what was asked for",
        201 => "the event is new, and in the log",
        400 => "the request is not as this path takes it",
        404 => "nothing is here, or not yet at this size of the log",
        406 => "this path has no such form",
        408 => "the request came or took too long",
        409 => "the event does not continue its chain; `head` tells where it is",
        413 => "too much at once",
        415 => "neither a note nor a list of notes",
        422 => "the event is refused; `code` tells why",
        429 => "this client asks too often; `Retry-After` tells when to go on",
        431 => "the head of the request is too large",
        500 => "a defect, or a damaged store",
        503 => "not at the moment; `Retry-After` tells when to try again",
        _ => "see its code",
    }
}

/// The document as it is served, and as it stands in `docs/openapi.json`.
#[must_use]
pub fn openapi() -> String {
    let ops = all();
    let mut paths = PathsBuilder::new();
    let mut components = ComponentsBuilder::new();
    for shape in [Shape::of::<Problem>(), Shape::over::<Submission, String>(), Shape::of::<Drafts>()] {
        components = shape.added(components);
    }
    for op in &ops {
        let method = if op.method == "POST" { HttpMethod::Post } else { HttpMethod::Get };
        // Several operations of one path are merged.
        paths = paths.path(op.path.clone(), PathItem::new(method, operation(op)));
        for (_, good) in &op.good {
            if let Good::Json(shape) | Good::List(shape) = good {
                components = shape.added(components);
            }
        }
    }
    let info = InfoBuilder::new()
        .title("Almoner")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "An event-sourced public ledger for transparent giving. What is not a success is a problem (RFC 9457). \
             Reading is free to all; writing needs no account, because every event is signed.",
        ))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build()));
    let document = OpenApiBuilder::new().info(info.build()).paths(paths.build()).components(Some(components.build()));
    // Of text and numbers: it can be written.
    let mut text = document.build().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
