# What an event says, one sentence for each kind, under the kind's name.
# $who: the author's name. Amounts come with their currency; what people wrote comes marked as theirs.

log-opened = { $who } opened the log, under the rules of version { $rules }
log-rules_set = { $who } set the rules to version { $rules }
sequencer-epoch_opened = { $who } started another process that writes the log (the { $epoch }. one)
chain-opened = { $who } opened its chain and introduced its first keys
chain-admitted = { $who } admitted { $chain } as { $role }
key-added = { $who } added a key of { $holder }
key-retired = { $who } retired the key { $key }
organisation-described = { $who } described who it is: { $name }
account-opened = { $who } opened the account { $account } ({ $kind }, { $currency })
settlement-received = { $who } saw { $total } arrive at the account { $account }
fund-opened = { $who } opened the fund { $fund } ({ $class }): { $purpose }
programme-opened = { $who } opened the programme { $programme }
envelope-announced = { $who } announced { $envelope }: { $amount } from { $from } to { $to }, owed to nobody
project-proposed = { $who } proposed the project { $project }
project-approved = { $who } approved the project { $project }
project-status_changed = { $who } says that the project { $project } is { $status }
project-spun_off = { $who } let the project { $project } go to { $to }, with its money and promises
project-adopted = { $who } took over the project { $project } ({ $from })
budget-set = { $who } set the budget of the project { $project } to { $total }
campaign-opened = { $who } opened the appeal { $campaign } for { $target }, for { $place }
campaign-closed = { $who } closed the appeal { $campaign }; of any surplus: { $surplus }
pledge-made = { $side ->
    [given] { $who } notes that it means to give { $amount } to { $place }, not binding
   *[received] { $who } notes a pledge of { $amount } for { $place }, not binding
}
commitment-agreed = { $by ->
    [sponsor] { $who } notes a binding commitment of { $sponsor }: { $amount } for { $place }{ $conditions ->
        [0] {""}
        [one] {", with a condition"}
       *[other] , with { $conditions } conditions
    }
   *[nobody] { $who } notes a binding commitment of { $amount } for { $place }{ $conditions ->
        [0] {""}
        [one] {", with a condition"}
       *[other] , with { $conditions } conditions
    }
}
pledge-cancelled = { $who } notes that { $promise } is withdrawn: { $reason }
donation-received = { $count ->
    [one] { $who } received a gift of { $gross }, of which fees { $fee }, for { $place }
   *[other] { $who } received { $count } gifts, in all { $gross }, of which fees { $fee }, for { $place }
}
donation-refunded = { $who } gave { $amount } back to a donor of { $event }, from { $place }: { $reason }
allocation-made = { $way ->
    [project] { $who } set { $amount } of { $fund } aside for { $to }
    [fund-free] { $who } took { $amount } back from { $from } to the free money of { $fund }
   *[both] { $who } moved { $amount } of { $fund } from { $from } to { $to }
}
grant-awarded = { $who } awarded { $amount } to { $recipient }: { $purpose }
grant-accepted = { $who } accepted the grant { $grant }
grant-tranche_earned = { $who } says that a part of the grant { $grant } is earned: { $milestone }
disbursement-requested = { $who } asked for { $amount } for { $payee }: { $purpose }
disbursement-approved = { $who } approved the payment of { $amount } to { $payee }: { $purpose }
disbursement-paid = { $who } paid { $amount } to { $payee }: { $purpose }
disbursement-confirmed = { $who } confirms that { $amount } arrived, for { $place }
disbursement-failed = { $who } says that the payment of { $amount } to { $payee } came back: { $reason }
payment-irregular = { $who } reports a payment against the rules: { $amount } to { $payee } ({ $class })
expenditure-recorded = { $what ->
    [purpose] { $who } spent { $amount }, paid to { $payee }: { $purpose }
   *[class] { $who } spent { $amount }, paid to { $payee } ({ $class })
}
milestone-planned = { $who } planned the milestone { $milestone } of { $project }, due { $due }
milestone-evidenced = { $documents ->
    [one] { $who } showed evidence for the milestone { $milestone }: a document
   *[other] { $who } showed evidence for the milestone { $milestone }: { $documents } documents
}
milestone-attested = { $who } attests the milestone { $milestone }
hold-placed = { $who } placed a hold on { $on }: { $basis }
hold-lifted = { $who } lifted the hold { $hold }: { $reason }
event-reversed = { $who } reversed { $event }: { $reason }
balance-opened = { $who } brought its balances of { $date } along ({ $basis })
import-declared = { $who } brought in the file { $name }
transaction-observed = { $value ->
    [given] { $who } notes what others reported of { $activity }: { $currency } { $amount }
   *[none] { $who } notes what others reported of { $activity }, without a value
}
activity-observed = { $name ->
    [title] { $who } notes an activity that others reported: { $title }
   *[identifier] { $who } notes an activity that others reported, without a title: { $identifier }
}
import-compared = { $replaces ->
    [0] { $who } compared the file { $import } with what was told before: { $gone } of it no longer in the newest file, { $again } told before and in it
    [one] { $who } lets the file { $import } take the place of an older one: { $gone } of what was told no longer in the newest file, { $again } told before and in it
   *[other] { $who } lets the file { $import } take the place of { $replaces } older ones: { $gone } of what was told no longer in the newest file, { $again } told before and in it
}

# Where a sentence cannot be filled.
unknown-event = { $who } signed an event of a kind that is not known here

# Who is paid.
a-person = a person

# Closed lists.
ChainRole-charity = a charity
ChainRole-sponsor = a sponsor
ChainRole-platform = a giving platform
ChainRole-reviewer = a reviewer
ChainRole-regulator = a regulator
ChainRole-payee = a payee
ChainRole-importer = an importer
AccountKind-bank = bank account
AccountKind-wallet = payment wallet
AccountKind-cash = cash box
AccountKind-platform = money at a giving platform
FundClass-unrestricted = unrestricted
FundClass-designated = designated
FundClass-restricted = restricted
FundClass-endowment-expendable = expendable endowment
FundClass-endowment-permanent = permanent endowment
FundClass-agency = held for others
ProjectStatus-proposed = proposed
ProjectStatus-approved = approved
ProjectStatus-implementing = under way
ProjectStatus-suspended = paused
ProjectStatus-finalising = winding up
ProjectStatus-closed = closed
ProjectStatus-cancelled = given up
ProjectStatus-spun-off = gone to a chain of its own
NaturalClass-staff = staff
NaturalClass-goods = goods
NaturalClass-services = services
NaturalClass-construction = construction
NaturalClass-equipment = equipment
NaturalClass-medical = medical
NaturalClass-travel = travel
NaturalClass-premises = premises
NaturalClass-training = training
NaturalClass-support = support paid to persons
NaturalClass-communication = communication
NaturalClass-professional = professional fees
NaturalClass-payment-fees = payment fees
NaturalClass-other = other
Basis-audited = from audited accounts
Basis-imported = from another system
Basis-unexplained = unexplained
