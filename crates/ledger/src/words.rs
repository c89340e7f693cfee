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

macro_rules! kinds {
    ($($(#[doc = $meaning:literal])+ $kind:ident { in $file:ident, stands $standing:ident, $word:literal, list $list:literal })+) => {
        words! {
            /// Kinds of entity.
            pub EntityKind { $($(#[doc = $meaning])+ $kind = $word),+ }
        }
        impl EntityKind {
            /// The word for several, which is the name of their list in the API.
            #[must_use]
            pub fn list(self) -> &'static str {
                match self { $(EntityKind::$kind => $list),+ }
            }
        }
    };
}
crate::entity_kinds!(kinds);

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
