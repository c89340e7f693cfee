//! The API is what its document says.

use crate::house::{ask, get, read};
use almoner_wire as wire;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

#[test]
fn the_document_is_as_committed_and_as_served() {
    let text = almoner_server::http::openapi();
    if std::env::var_os("ALMONER_BLESS").is_some() {
        std::fs::write(file(), &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file()).unwrap(), text, "run scripts/bless, and look at the difference");
    assert_eq!(get("/v1/openapi.json").body, text);
    assert!(text.contains("\"openapi\": \"3.1.0\""), "{}", text.lines().take(3).collect::<String>());
}

#[test]
fn every_schema_that_is_referred_to_is_there() {
    let text = almoner_server::http::openapi();
    let document: Value = serde_json::from_str(&text).unwrap();
    let named = text.split("\"#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap());
    let missing: BTreeSet<&str> = named.filter(|name| document["components"]["schemas"].get(name).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // An entity asked for by itself is that entity, and no other.
    for list in ["accounts", "funds", "projects", "activities"] {
        let path =
            format!("/paths/~1v1~1{list}~1{{chain}}~1{{id}}/get/responses/200/content/application~1json/schema/$ref");
        let name = document.pointer(&path).unwrap().as_str().unwrap().rsplit('/').next().unwrap();
        let of = document["components"]["schemas"][name]["allOf"][0]["$ref"].as_str().unwrap();
        let kind = if list == "activities" { "Activity" } else { list.trim_end_matches('s') };
        assert!(of.to_lowercase().contains(&format!("/{}", kind.to_lowercase())), "{list}: {name} of {of}");
    }
}

/// What the house has for each parameter.
fn filled(path: &str) -> String {
    let id = match path.split('/').nth(2).unwrap_or_default() {
        "accounts" => "well/bank",
        "funds" => "well/water",
        "projects" => "well/wells",
        "disbursements" => "well/d1",
        "milestones" => "well/m1",
        "holds" => "commission/h1",
        _ => "well/none",
    };
    path.replace("{chain}/{id}", id)
        .replace("{chain}", "well")
        .replace("{event}", "well-10")
        .replace("{gift}", "well-10.1")
        .replace("{receipt}", "well-10.1")
        .replace("{code}", "chain.gap")
        .replace("{kind}", "donation.received")
}

#[test]
fn every_operation_is_there_and_answers_as_documented() {
    let document: Value = serde_json::from_str(&almoner_server::http::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    for (path, item) in paths {
        let Some(operation) = item.get("get") else { continue };
        // It has no end; what its head says is what it would begin with.
        let method = if path == "/v1/stream" { "HEAD" } else { "GET" };
        let answer = ask(method, &filled(path), &[]);
        let response = &operation["responses"][answer.status.to_string()];
        let media = answer.header("content-type").split(';').next().unwrap_or_default().to_owned();
        assert!(response["content"].get(&media).is_some(), "{path}: {} as {media}", answer.status);
        assert!(answer.status == 200 || filled(path).ends_with("/none"), "{path}: {}", answer.body);
    }
    let index = read("/v1");
    let operations: usize = paths.values().map(|item| item.as_object().unwrap().len()).sum();
    assert_eq!(index["links"].as_array().unwrap().len(), operations);
    let page = get("/v1/reference").body;
    assert_eq!(page.matches("<pre>curl ").count(), operations);
    assert!(!page.contains("<script") && !page.contains("//cdn"), "{page}");
}

/// Routes are declared by text, so the text is read.
#[test]
fn every_route_of_the_api_is_in_the_document() {
    let document: Value = serde_json::from_str(&almoner_server::http::openapi()).unwrap();
    let known: BTreeSet<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut sources = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http")];
    let mut found = BTreeSet::new();
    while let Some(path) = sources.pop() {
        if path.is_dir() {
            sources.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for part in text.split(".route(\"").skip(1).chain(text.split("negotiate::list(Router::new(), \"").skip(1)) {
            found.insert(part.split('"').next().unwrap().to_owned());
        }
    }
    assert!(found.contains("/v1/log") && found.contains("/v1/events"), "{found:?}");
    // Pages are for people; a tile's path has slashes, which no template of OpenAPI can say; the monitor's is elsewhere.
    let is_api = |path: &&String| path.starts_with("/v1") || path.starts_with("/problems");
    for route in found.iter().filter(is_api) {
        assert!(known.contains(route.as_str()), "{route} is not in the document");
    }
}

/// An answer read as its type and written again is the answer.
fn is_its_type<T: Serialize + DeserializeOwned>(path: &str) {
    let said = read(path);
    let told: T = serde_json::from_value(said.clone()).unwrap_or_else(|error| panic!("{path}: {error} in {said}"));
    assert_eq!(serde_json::to_value(told).unwrap(), said, "{path}");
}

#[test]
fn answers_are_the_types_of_the_wire() {
    is_its_type::<wire::Index>("/v1");
    is_its_type::<wire::Log>("/v1/log");
    is_its_type::<wire::LogTotals>("/v1/totals");
    is_its_type::<wire::Events>("/v1/events?limit=5");
    is_its_type::<wire::Events>("/v1/chains/well/events");
    is_its_type::<wire::EventTold>("/v1/events/well-11");
    is_its_type::<wire::GiftTold>("/v1/gifts/well-10.1");
    is_its_type::<wire::Balances>("/v1/balances");
    is_its_type::<wire::Chains>("/v1/chains");
    is_its_type::<wire::Chain>("/v1/chains/well");
    is_its_type::<wire::Codes>("/v1/refusals");
    is_its_type::<wire::Kinds>("/v1/kinds");
    is_its_type::<wire::Kind>("/v1/kinds/donation.received");
    is_its_type::<wire::Advice>("/problems/chain.gap");
    is_its_type::<wire::Accounts>("/v1/accounts");
    is_its_type::<wire::Funds>("/v1/funds");
    is_its_type::<wire::Projects>("/v1/projects");
    is_its_type::<wire::Disbursements>("/v1/disbursements");
    is_its_type::<wire::Milestones>("/v1/milestones");
    is_its_type::<wire::Holds>("/v1/holds");
    is_its_type::<wire::Told<wire::Account>>("/v1/accounts/well/bank");
    is_its_type::<wire::Told<wire::FundFigures>>("/v1/funds/well/water");
    is_its_type::<wire::Told<wire::ProjectFigures>>("/v1/projects/well/wells");
    is_its_type::<wire::Told<wire::Disbursement>>("/v1/disbursements/well/d1");
    is_its_type::<wire::Told<wire::Milestone>>("/v1/milestones/well/m1");
    is_its_type::<wire::Told<wire::Hold>>("/v1/holds/commission/h1");
}
