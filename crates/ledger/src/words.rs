//! Closed lists of words: an enum each, with its spelling on the wire.

macro_rules! words {
    ($(#[$doc:meta])* $vis:vis $name:ident { $($(#[doc = $meaning:literal])+ $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[doc = $meaning])+ $variant),+ }
        impl $crate::shape::Shaped for $name {
            const SHAPE: $crate::shape::Shape =
                $crate::shape::Shape::Word(&[$(($word, concat!($($meaning),+))),+]);
        }
        impl $name {
            /// The list's name, as it stands here.
            $vis const LIST: &'static str = stringify!($name);
            /// Every value.
            $vis const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The word on the wire.
            #[must_use]
            $vis fn word(self) -> &'static str { match self { $($name::$variant => $word),+ } }
            /// Reads the word.
            #[must_use]
            $vis fn parse(text: &str) -> Option<$name> { $name::ALL.iter().copied().find(|v| v.word() == text) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.word()) }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                $name::parse(&text).ok_or_else(|| {
                    let all: Vec<&str> = $name::ALL.iter().map(|v| v.word()).collect();
                    let near = crate::nearest::nearest(&text, all.iter().copied());
                    let what = format!("{text} is none of {}", all.join(", "));
                    crate::refusal::Code::DataWord.says(crate::nearest::meant(&what, near))
                })
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Kinds of entity.
    pub EntityKind {
        /// Where money lies.
        Account = "account",
        /// Money with a purpose and a restriction.
        Fund = "fund",
        /// Work of several chains under one name.
        Programme = "programme",
        /// An announced total, owed to nobody.
        Envelope = "envelope",
        /// Work that a fund pays for.
        Project = "project",
        /// An appeal.
        Campaign = "campaign",
        /// An intention to give.
        Pledge = "pledge",
        /// A binding promise to the beneficiary.
        Commitment = "commitment",
        /// A promise to a recipient.
        Grant = "grant",
        /// A payment, from request to confirmation.
        Disbursement = "disbursement",
        /// What is to be achieved, and who attests it.
        Milestone = "milestone",
        /// A supervisor's stop.
        Hold = "hold",
        /// An imported file.
        Import = "import",
        /// Work that an imported file reports.
        Activity = "activity",
    }
}

words! {
    /// Fund classes (Charities SORP; ASC 958; agency money is never income).
    pub FundClass {
        /// Free.
        Unrestricted = "unrestricted",
        /// Free, set aside by the trustees.
        Designated = "designated",
        /// For the donor's purpose.
        Restricted = "restricted",
        /// Capital that may be spent.
        EndowmentExpendable = "endowment-expendable",
        /// Capital that may not.
        EndowmentPermanent = "endowment-permanent",
        /// Others' money, held for them.
        Agency = "agency",
    }
}

words! {
    /// Kinds of account.
    pub AccountKind {
        /// A bank account.
        Bank = "bank",
        /// A payment wallet.
        Wallet = "wallet",
        /// A cash box.
        Cash = "cash",
        /// Money at a giving platform.
        Platform = "platform",
    }
}

words! {
    /// A project's life.
    pub ProjectStatus {
        /// Proposed.
        Proposed = "proposed",
        /// Approved.
        Approved = "approved",
        /// Under way.
        Implementing = "implementing",
        /// Paused.
        Suspended = "suspended",
        /// Winding up.
        Finalising = "finalising",
        /// Done; every pool at zero.
        Closed = "closed",
        /// Given up.
        Cancelled = "cancelled",
        /// Gone to a chain of its own.
        SpunOff = "spun-off",
    }
}

words! {
    /// Function of an expense (Charities SORP).
    pub Function {
        /// For the purpose.
        Charitable = "charitable",
        /// To raise money.
        RaisingFunds = "raising-funds",
        /// To run the charity.
        Management = "management",
    }
}

words! {
    /// Natural class of an expense.
    pub NaturalClass {
        /// Wages.
        Staff = "staff",
        /// Goods and supplies.
        Goods = "goods",
        /// Services bought.
        Services = "services",
        /// Building.
        Construction = "construction",
        /// Equipment.
        Equipment = "equipment",
        /// Medical supplies and care.
        Medical = "medical",
        /// Travel.
        Travel = "travel",
        /// Premises.
        Premises = "premises",
        /// Training and scholarships.
        Training = "training",
        /// Support paid to persons.
        Support = "support",
        /// Communication.
        Communication = "communication",
        /// Professional fees.
        Professional = "professional",
        /// Fees of payment channels.
        PaymentFees = "payment-fees",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// What a chain is admitted as.
    pub ChainRole {
        /// A charity.
        Charity = "charity",
        /// Gives.
        Sponsor = "sponsor",
        /// A giving platform.
        Platform = "platform",
        /// Attests milestones.
        Reviewer = "reviewer",
        /// Supervises.
        Regulator = "regulator",
        /// Receives: a village committee, a supplier.
        Payee = "payee",
        /// Brings other people's reports.
        Importer = "importer",
    }
}

impl ProjectStatus {
    /// Whether nothing new is booked on the project.
    #[must_use]
    pub fn is_over(self) -> bool {
        match self {
            ProjectStatus::Closed | ProjectStatus::Cancelled | ProjectStatus::SpunOff => true,
            ProjectStatus::Proposed
            | ProjectStatus::Approved
            | ProjectStatus::Implementing
            | ProjectStatus::Suspended
            | ProjectStatus::Finalising => false,
        }
    }
}
