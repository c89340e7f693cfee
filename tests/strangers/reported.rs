//! Imports as people meet them: several files of which one is broken, odd names, what a download left instead, a file
//! that is published again. Pages, rows and commands tell the same.

use acceptance::House;
use serde_json::{Value, json};

/// A file of one activity with these transactions: reference and value.
fn file(name: &str, transactions: &[(&str, &str)]) -> String {
    let mut text = format!(
        "<iati-activities version=\"2.03\">\n<iati-activity default-currency=\"EUR\">\n<iati-identifier>XX-LANTERN-1</iati-identifier>\n\
         <reporting-org ref=\"XX-LANTERN\"><narrative>{name}</narrative></reporting-org>\n\
         <title><narrative xml:lang=\"en\">Lanterns for schools</narrative></title>\n\
         <participating-org role=\"4\"><narrative>Oil Works</narrative></participating-org>\n<location/>\n"
    );
    for (day, value) in transactions {
        text.push_str(&format!(
            "<transaction><transaction-type code=\"3\"/><transaction-date iso-date=\"{day}\"/><value>{value}</value></transaction>\n"
        ));
    }
    text + "</iati-activity>\n</iati-activities>\n"
}

fn write(house: &House, name: &str, text: impl AsRef<[u8]>) -> String {
    std::fs::write(house.path(name), text).unwrap();
    house.text(name)
}

/// `import iati … --json`, with its exit code.
fn import(house: &House, files: &[&str], to: &str, code: i32) -> Value {
    let key = house.text("ledger/keys/importer");
    let mut arguments = vec!["import", "iati"];
    arguments.extend(files);
    arguments.extend(["--to", to, "--key", &key, "--json"]);
    house.almoner(arguments).ended(code).json()
}

#[test]
fn one_files_fault_never_stops_another() {
    let house = House::new("import.example/several");
    let good = write(&house, "a.xml", file("Lantern Trust", &[("2026-01-01", "1")]));
    let broken = write(&house, "b.xml", file("Lantern & Oil", &[("2026-01-01", "2")]));
    let page = write(&house, "c.xml", "<!doctype html><title>Sign in</title>");
    let other = write(&house, "d.xml", file("Lantern Trust", &[("2026-01-01", "1"), ("2026-03-01", "3")]));
    let files = [good.as_str(), &broken, &page, "/nowhere/e.xml", &other];
    let told = import(&house, &files, &house.ledger(), 1);
    let rows = told["files"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["file"].as_str().unwrap()).collect::<Vec<_>>(), files);
    assert_eq!(
        rows.iter().map(|row| row["imported"].as_u64()).collect::<Vec<_>>(),
        [Some(1), None, None, None, Some(1)]
    );
    let fault = |row: usize| (rows[row]["error"]["code"].as_str().unwrap(), rows[row]["error"]["line"].as_u64());
    assert_eq!(
        [fault(1), fault(2), fault(3)],
        [("xml.malformed", Some(4)), ("file.web_page", None), ("file.unreadable", None)]
    );
    assert!(rows[2]["error"]["detail"].as_str().unwrap().contains("Sign in"), "{}", rows[2]);
    assert_eq!(told["appended"], 2 + 1 + 1 + 1 + 1, "two files, one activity, two transactions, one comparison");

    // To people the same; and again nothing is added.
    let mut arguments = vec!["import", "iati"];
    arguments.extend(files);
    let ledger = house.ledger();
    arguments.extend(["--to", &ledger]);
    let ran = house.almoner(arguments).ended(1);
    assert!(ran.out.contains("0 events appended") && ran.out.contains("1 there already"), "{}", ran.out);
    for name in ["b.xml: line 4: not well-formed", "c.xml: this is a web page", "nowhere/e.xml"] {
        assert!(ran.err.contains(name), "{name}: {}", ran.err);
    }

    // What ends all of it is told of each file.
    let told = import(&house, &files[..2], "http://127.0.0.1:9", 1);
    assert_eq!(told["files"].as_array().unwrap().len(), 2);
    assert!(told["files"].as_array().unwrap().iter().all(|row| row["error"]["detail"].is_string()), "{told}");
}

#[test]
fn nothing_in_a_file_nor_its_name_refuses_it() {
    let house = House::new("import.example/odd");
    let text = file("Women\u{92}s Lantern", &[("2026-01-01", "1")]).replace(" ref=\"XX-LANTERN\"", "");
    let odd = write(&house, "odd\u{1b}[2J\u{92}\n.xml", text);
    let told = import(&house, &[&odd], &house.ledger(), 0);
    let row = &told["files"][0];
    assert_eq!((&row["imported"], &row["publisher"]), (&json!(1), &json!("Women\u{2019}s Lantern")));
    assert_eq!(row["remarks"][0]["line"], 4);
    let event = house.almoner(["show", "importer-1", "--from", &house.ledger(), "--json"]).ok().json();
    assert_eq!(event["data"]["findings"][0]["code"], "replaced-character", "{event}");
    assert_eq!(
        (&event["data"]["findings"][0]["line"], &event["data"]["name"]),
        (&json!(4), &json!("odd\\u{1b}[2J\\u{92}\\u{a}.xml"))
    );
    assert_eq!(event["data"]["left_out"], json!([{"path": "iati-activity/location", "count": 1}]));
}

#[test]
fn a_file_that_is_published_again_takes_the_place_of_the_first() {
    let house = House::new("import.example/again");
    let first =
        write(&house, "january.xml", file("Lantern Trust", &[("2025-11-01", "1000.00"), ("2025-12-01", "250")]));
    let second =
        write(&house, "february.xml", file("Lantern Trust", &[("2025-11-01", "1000.00"), ("2025-12-01", "275")]));
    // Another file of the same publisher, which has no activity in common with these.
    let beside =
        write(&house, "beside.xml", file("Lantern Trust", &[("2025-11-01", "7")]).replace("LANTERN-1", "LANTERN-2"));
    let told = import(&house, &[&first, &beside, &second], &house.ledger(), 0);
    let row = &told["files"][2];
    assert_eq!(
        (&row["imported"], &row["already"], &row["gone"], &row["again"]),
        (&json!(1), &json!(1), &json!(1), &json!(0))
    );
    assert_eq!(row["replaces"], json!([told["files"][0]["import"]]));
    assert_eq!(told["files"][1]["replaces"], json!([]));
    for files in [[&first, &second], [&second, &first]] {
        assert_eq!(import(&house, &files.map(String::as_str), &house.ledger(), 0)["appended"], 0, "imported again");
    }

    let served = house.serve();
    let get = |path: &str| served.client.get(path).ok().json;
    let log = get("/v1/log");
    assert_eq!((&log["observed"], &log["observed_current"]), (&json!(4), &json!(3)));
    let path = |row: usize| told["files"][row]["import"].as_str().unwrap().replace("import/", "importer/");
    let newest = get(&format!("/v1/imports/{}", path(2)));
    assert_eq!(
        newest["totals"],
        json!([{"type": "3", "currency": "EUR", "count": 2, "without_number": 0, "sum": "1275.00"}])
    );
    assert_eq!(
        (&newest["transactions"], &newest["gone"], &newest["replaced_by"]),
        (&json!(2), &json!(1), &Value::Null)
    );
    let old = get(&format!("/v1/imports/{}", path(0)));
    assert_eq!((&old["replaced_by"], &old["totals"]), (&newest["ref"], &json!([])));

    let activities = get("/v1/activities");
    assert_eq!(activities["activities"].as_array().unwrap().len(), 2);
    let id = activities["activities"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["identifier"] == "XX-LANTERN-1")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let activity = get(&format!("/v1/activities/importer/{id}"));
    assert_eq!(activity["totals"][0]["sum"], "1275.00");
    assert_eq!(activity["title"], json!({"en": "Lanterns for schools"}));
    let rows = get(&format!("/v1/observed?activity=importer/activity/{id}"));
    let states: Vec<(&str, bool)> = rows["observed"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["type"] == "transaction.observed/1")
        .map(|row| (row["data"]["raw_value"].as_str().unwrap(), row["current"].as_bool().unwrap()))
        .collect();
    assert_eq!(states, [("1000.00", true), ("250", false), ("275", true)]);
    let gone = rows["observed"].as_array().unwrap().iter().find(|row| row["current"] == false).unwrap();
    assert_eq!(gone["gone"]["newest"], newest["ref"]);
    // Before the second file it stood.
    let at = gone["gone"]["index"].as_u64().unwrap();
    assert_eq!(get(&format!("/v1/activities/importer/{id}?at={at}"))["totals"][0]["count"], 3);
    let pages = get("/v1/observed?limit=2");
    let next = get(pages["next"].as_str().unwrap());
    assert!(next["observed"][0]["index"].as_u64() > pages["observed"][1]["index"].as_u64());

    let words = "No longer in the newest file of this publisher";
    let page = served.client.get(&format!("/a/importer/{id}")).ok().text();
    for part in
        ["Lanterns for schools", "Oil Works", "EUR 1,275.00", "EUR 250.00", "no longer in the newest file", "location"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let index = gone["index"].as_u64().unwrap();
    assert!(served.client.get(&format!("/log/{index}")).ok().text().contains(words));
    let page = served.client.get(&format!("/i/{}", path(2))).ok().text();
    assert!(page.contains("EUR 1,275.00") && page.contains("EUR 250.00"), "{page}");
    assert!(
        served
            .client
            .get(&format!("/i/{}", path(0)))
            .ok()
            .text()
            .contains("A newer file of this publisher took its place")
    );
    assert!(served.client.get("/c/importer").ok().text().contains("february.xml"));
    assert!(served.terminate().success());
    let shown = house.almoner(["show", &index.to_string(), "--from", &house.ledger()]).ok();
    assert!(shown.err.contains("no longer in the newest file of this publisher"), "{}", shown.err);
    house.almoner(["audit", &house.ledger()]).ok();

    // A third time, with the first amount again.
    let third = write(&house, "march.xml", file("Lantern Trust", &[("2025-12-01", "250")]));
    let told = import(&house, &[&third], &house.ledger(), 0);
    let row = &told["files"][0];
    assert_eq!((&row["imported"], &row["gone"], &row["again"]), (&json!(0), &json!(2), &json!(1)));
}
