//! What promises do not allow: milestones, grants, commitments.

use crate::stage::{Stage, asked_for};
use crate::{Row, row};
use acceptance::DAY;
use almoner_proof::Hash;
use serde_json::json;

pub(crate) fn rows(stage: &Stage) -> Vec<Row> {
    let pay = |id: &str| json!({"disbursement": format!("disbursement/{id}"), "account": "account/bank", "effective_date": DAY});
    let attest = |chain: &str| {
        let data = json!({"milestone": "well/milestone/m1", "event": "well#20", "hash": Hash::of(b"x").to_base64()});
        stage.pen.draft(chain, "milestone.attested/1", data)
    };
    let plan = |reviewer: &str| {
        let data = json!({
            "milestone": "milestone/m2", "project": "project/wells", "title": {"en": "T"}, "indicator": "i", "target": "1", "unit": "u",
            "due": DAY, "reviewers": [{"chain": reviewer, "role": "r"}], "quorum": 1,
        });
        stage.well("milestone.planned/1", data)
    };
    let commitment = |amount: &str, tranche: &str| {
        let condition = json!({"barrier": "the first well", "right_of_return": true, "tranche": tranche});
        let data = json!({"commitment": "commitment/c", "fund": "fund/water", "currency": "CNY", "amount": amount, "date": DAY, "conditions": [condition]});
        stage.well("commitment.agreed/1", data)
    };
    let earned = json!({"grant": "grant/g1", "milestone": "milestone/m1", "effective_date": DAY});
    let mut more = asked_for("disbursement/more", "100.01");
    more["grant"] = json!("grant/g2");

    vec![
        row(
            "a payment on a tranche whose milestone nobody attested",
            stage.well("disbursement.paid/1", pay("early")),
            422,
            "milestone.unattested",
        ),
        row(
            "a tranche earned whose milestone nobody attested",
            stage.well("grant.tranche_earned/1", earned),
            422,
            "milestone.unattested",
        ),
        row("an attestation by somebody who is no reviewer of it", attest("mole"), 422, "milestone.not_reviewer"),
        row("an attestation before there is evidence", attest("geo"), 422, "state.wrong"),
        row("a reviewer who has a key of the charity", plan("twin"), 422, "milestone.not_independent"),
        row("a charity that reviews itself", plan("well"), 422, "milestone.not_independent"),
        row("more asked for than the grant", stage.well("disbursement.requested/1", more), 422, "grant.exceeded"),
        row("tranches above the commitment", commitment("100.00", "100.01"), 422, "promise.exceeded"),
    ]
}
