//! Promises of money and their payments.

use super::super::super::Problem;
use super::{Scene, Told, alone_as_listed, code, minor, payee, text};
use almoner_ledger::entity::{Commitment, Disbursement, Envelope, Found, Grant, Pledge, Tranche};
use almoner_wire as wire;

impl Told for Envelope {
    type Page = wire::Envelopes;
    alone_as_listed!(wire::Envelope);

    fn row(found: Found<'_, Envelope>, opened: wire::Opened, scene: &Scene<'_>) -> wire::Envelope {
        let Envelope { name, amount, programmes, from_year, to_year } = found.said;
        wire::Envelope {
            opened,
            name: name.clone(),
            currency: code(*amount),
            amount: text(*amount),
            programmes: programmes.iter().map(|no| scene.of(*no)).collect(),
            from_year: *from_year,
            to_year: *to_year,
            note: "announced, owed to nobody".to_owned(),
        }
    }
}

impl Told for Pledge {
    type Page = wire::Pledges;
    alone_as_listed!(wire::Pledge);

    fn row(found: Found<'_, Pledge>, opened: wire::Opened, scene: &Scene<'_>) -> wire::Pledge {
        let Pledge { amount, fund, to, programme } = found.said;
        wire::Pledge {
            opened,
            currency: code(*amount),
            amount: text(*amount),
            fund: scene.opt(*fund),
            to: to.map(|no| scene.chain(no)),
            programme: scene.opt(*programme),
            paid: minor(found.standing.paid, amount.currency()),
            state: found.standing.state.word().to_owned(),
        }
    }
}

impl Told for Commitment {
    type Page = wire::Commitments;
    alone_as_listed!(wire::Commitment);

    fn row(found: Found<'_, Commitment>, opened: wire::Opened, scene: &Scene<'_>) -> wire::Commitment {
        let Commitment { amount, fund, project, conditional } = found.said;
        let minor = |of| minor(of, amount.currency());
        wire::Commitment {
            opened,
            currency: code(*amount),
            amount: text(*amount),
            fund: scene.of(*fund),
            project: scene.opt(*project),
            conditional: *conditional,
            receivable: minor(found.standing.receivable),
            advance: minor(found.standing.advance),
            paid: minor(found.standing.paid),
            state: found.standing.state.word().to_owned(),
        }
    }
}

impl Told for Grant {
    type Page = wire::Grants;
    alone_as_listed!(wire::Grant);

    fn row(found: Found<'_, Grant>, opened: wire::Opened, scene: &Scene<'_>) -> wire::Grant {
        let Grant { recipient, fund, project, amount, accepted, tranches } = found.said;
        let minor = |of| minor(of, amount.currency());
        let tranche = |tranche: &Tranche| wire::Tranche {
            milestone: scene.of(tranche.milestone),
            amount: text(tranche.amount),
            advance: tranche.advance,
            earned: tranche.earned,
            paid: text(tranche.paid),
        };
        wire::Grant {
            opened,
            recipient: payee(recipient),
            fund: scene.of(*fund),
            project: scene.opt(*project),
            currency: code(*amount),
            amount: text(*amount),
            accepted: *accepted,
            tranches: tranches.iter().map(tranche).collect(),
            payable: minor(found.standing.payable),
            prepaid: minor(found.standing.prepaid),
            paid: minor(found.standing.paid),
        }
    }
}

impl Told for Disbursement {
    type Page = wire::Disbursements;
    alone_as_listed!(wire::Disbursement);

    fn row(found: Found<'_, Disbursement>, opened: wire::Opened, scene: &Scene<'_>) -> wire::Disbursement {
        let said = found.said;
        wire::Disbursement {
            opened,
            fund: scene.of(said.fund),
            project: scene.opt(said.project),
            grant: scene.opt(said.grant),
            milestone: scene.opt(said.milestone),
            currency: code(said.amount),
            amount: text(said.amount),
            payee: payee(&said.payee),
            purpose: said.purpose.clone(),
            request: said.request.to_base64(),
            requester: said.requester.clone(),
            approvers: said.approvers.clone(),
            approvers_needed: said.needed,
            state: found.standing.state.word().to_owned(),
            paid_at: found.standing.paid_index().and_then(|index| scene.views.event_at(index)),
        }
    }
}
