//! The values in the data: members, amounts, currencies, dates, references.

use crate::stage::{Stage, gift, pump_works, spent};
use crate::{Row, row};
use serde_json::json;

pub(crate) fn rows(stage: &Stage) -> Vec<Row> {
    let fund = || stage.well("fund.opened/1", r#"{"fund":"fund/new","class":"restricted","purpose":"p"}"#);
    let gift = || stage.well("donation.received/1", gift());
    let gross = |amount: &str| gift().but(r#""gross":"10.00""#, &format!(r#""gross":"{amount}""#));
    let yen = gift().but("account/bank", "account/yen").but("CNY", "JPY");
    let spend = |amount: &str| stage.well("expenditure.recorded/1", spent("fund/water", amount));
    let many = |count: usize| {
        let gifts = vec![json!({"gross": "1.00", "fee": "0.00"}); count];
        gift().but(r#"[{"fee":"0.00","gross":"10.00"}]"#, &json!(gifts).to_string())
    };
    let mut undo = stage.gifts.reference();
    undo["hash"] = json!(stage.bought.hash().to_base64());
    undo.as_object_mut()
        .unwrap()
        .extend(json!({"effective_date": "2026-11-21", "reason": "r"}).as_object().unwrap().clone());
    let hold = |on: &str| stage.pen.draft("watch", "hold.placed/1", json!({"hold": "hold/h2", "on": on, "basis": "b"}));

    let project = || stage.well("project.proposed/1", r#"{"project":"project/new","title":{"en":"W"}}"#);
    let payout = |lines: serde_json::Value| {
        let data =
            json!({"account": "account/bank", "currency": "CNY", "effective_date": "2026-11-21", "lines": lines});
        stage.well("settlement.received/1", data)
    };
    let milestone = |reviewers: &[&str], quorum: u32| {
        let reviewers: Vec<_> = reviewers.iter().map(|chain| json!({"chain": chain, "role": "reviewer"})).collect();
        let mut data = json!({"milestone": "milestone/new", "project": "project/wells", "title": {"en": "M"}});
        data.as_object_mut().unwrap().extend(
            json!({"indicator": "wells", "baseline": "0", "target": "1", "unit": "well", "due": "2027-01-01",
                   "reviewers": reviewers, "quorum": quorum})
            .as_object()
            .unwrap()
            .clone(),
        );
        stage.well("milestone.planned/1", data)
    };
    let moved = || {
        let data = json!({"account": "account/bank", "currency": "CNY", "fund": "fund/water", "amount": "1.00",
                          "effective_date": "2026-11-21"});
        stage.well("allocation.made/1", data)
    };
    let years = |from: u32, to: u32| {
        let data = json!({"envelope": "envelope/new", "name": {"en": "E"}, "currency": "CNY", "amount": "1.00",
                          "from_year": from, "to_year": to, "programmes": []});
        stage.well("envelope.announced/1", data)
    };
    let opened = |amount: &str| {
        let line = json!({"head": "assets:bank", "account": "account/bank", "fund": "fund/water", "currency": "CNY",
                          "amount": amount});
        let data = json!({"basis": "audited", "effective_date": "2026-01-01", "lines": [line]});
        stage.well("balance.opened/1", data)
    };
    let promised = |amount: &str, part: &str| {
        let data = json!({"pledge": "pledge/new", "fund": "fund/water", "currency": "CNY", "amount": amount,
                          "date": "2026-11-20", "schedule": [{"due": "2027-01-01", "amount": part}]});
        stage.well("pledge.made/1", data)
    };

    vec![
        row("a type that nobody knows", fund().with("type", "fund.blessed/1"), 422, "data.unknown_type"),
        row("a version that nobody knows", fund().with("type", "fund.opened/2"), 422, "data.unknown_type"),
        row("a member that the type does not have", fund().but("{", r#"{"colour":"blue","#), 422, "data.unknown_field"),
        row(
            "a member of a gift that gifts do not have",
            gift().but(r#""fee""#, r#""name":"Ann","fee""#),
            422,
            "data.unknown_field",
        ),
        row("no purpose", fund().but(r#","purpose":"p""#, ""), 422, "data.missing_field"),
        row("a gift without its fee", gift().but(r#""fee":"0.00","#, ""), 422, "data.missing_field"),
        row("a class of fund that does not exist", fund().but("restricted", "holy"), 422, "data.word"),
        row("a purpose that is no text", fund().but(r#""purpose":"p""#, r#""purpose":7"#), 422, "data.type"),
        row("an empty purpose", fund().but(r#""purpose":"p""#, r#""purpose":"""#), 422, "data.text"),
        row(
            "a donor that is a name and not a commitment",
            gift().but(r#""fee""#, r#""donor":"Ann","fee""#),
            422,
            "data.digest",
        ),
        row("a title of two lines", project().but(r#"{"en":"W"}"#, r#"{"en":"W\nX"}"#), 422, "data.name"),
        row("a title that nobody sees", project().but(r#"{"en":"W"}"#, "{\"en\":\"\u{200b} \"}"), 422, "data.name"),
        row("a title in no language", project().but(r#"{"en":"W"}"#, "{}"), 422, "data.language"),
        row("a payout without lines", payout(json!([])), 422, "data.count"),
        row("a quorum of two of one reviewer", milestone(&["geo"], 2), 422, "data.range"),
        row("a reviewer who stands twice", milestone(&["geo", "geo"], 1), 422, "data.twice"),
        row("money moved to where it is", moved(), 422, "data.same"),
        row("years that run backwards", years(2027, 2026), 422, "data.order"),
        row("an asset below zero", opened("-5.00"), 422, "data.sign"),
        row("a schedule that is not the promise", promised("3.00", "1.00"), 422, "data.sum"),
        row(
            "a payee who is two",
            spend("1.00").but(&pump_works().to_string(), r#"{"organisation":"X","chain":"clinic"}"#),
            422,
            "data.together",
        ),
        row("an own fund written as another's", gift().but("fund/water", "well/fund/water"), 422, "ref.not_canonical"),
        row("a fund in capitals", fund().but("fund/new", "fund/NEW"), 422, "ref.not_canonical"),
        row("a fund with a slash too many", fund().but("fund/new", "fund/new/er"), 422, "ref.not_canonical"),
        row("a new fund that is an account", fund().but("fund/new", "account/new"), 422, "ref.not_canonical"),
        row("a hold on an account", hold("well/account/bank"), 422, "ref.not_canonical"),
        row("one digit after the point", gross("10.0"), 422, "amount.malformed"),
        row("three digits after the point", gross("10.000"), 422, "amount.malformed"),
        row("no digits after the point", gross("10"), 422, "amount.malformed"),
        row("yen with sen", yen, 422, "amount.malformed"),
        row("a leading zero", gross("010.00"), 422, "amount.malformed"),
        row("a plus sign", gross("+10.00"), 422, "amount.malformed"),
        row("a comma", gross("1,000.00"), 422, "amount.malformed"),
        row("an exponent", gross("1e1"), 422, "amount.malformed"),
        row("minus nothing", gross("-0.00"), 422, "amount.malformed"),
        row("digits of another script", gross("１０.00"), 422, "amount.malformed"),
        row("a gift below zero", gross("-10.00"), 422, "amount.not_positive"),
        row("a gift of nothing", gross("0.00"), 422, "amount.not_positive"),
        row("a payment below zero", spend("-1.00"), 422, "amount.not_positive"),
        row("more than one event may carry", gross("100000000000000.01"), 422, "amount.too_large"),
        row("a currency that does not exist", gift().but("CNY", "XXX"), 422, "currency.unknown"),
        row("a currency that is not in force", gift().but("CNY", "HRK"), 422, "currency.withdrawn"),
        row("a currency in small letters", gift().but("CNY", "cny"), 422, "currency.unknown"),
        row("pounds into an account of yuan", gift().but("CNY", "GBP"), 422, "currency.mismatch"),
        row("a day that does not exist", gift().but("2026-11-21", "2026-11-31"), 422, "date.invalid"),
        row("a day in no year", gift().but("2026-11-21", "0000-11-21"), 422, "date.invalid"),
        row("a day as the English write it", gift().but("2026-11-21", "21/11/2026"), 422, "date.invalid"),
        row("a fund that nobody opened", gift().but("fund/water", "fund/fire"), 422, "ref.unknown"),
        row("an account that nobody opened", gift().but("account/bank", "account/purse"), 422, "ref.unknown"),
        row("a project where a fund belongs", gift().but("fund/water", "project/wells"), 422, "ref.unknown"),
        row("a hold on a chain that does not exist", hold("nobody"), 422, "ref.unknown"),
        row("the hash of another event", stage.well("event.reversed/1", undo), 422, "ref.hash"),
        row("a fund that is there already", fund().but("fund/new", "fund/water"), 422, "ref.exists"),
        row("no gifts", many(0), 422, "gifts.count"),
        row("257 gifts", many(257), 422, "gifts.count"),
        row("a fee above the gift", gift().but(r#""fee":"0.00""#, r#""fee":"10.01""#), 422, "gifts.count"),
        row(
            "a rule of attribution that does not exist",
            fund().but("{", r#"{"attribution":"lifo/1","#),
            422,
            "attribution.unknown",
        ),
    ]
}
