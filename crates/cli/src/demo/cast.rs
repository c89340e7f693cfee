//! Invented organisations that several stories, or several chapters of one, have on stage.

use super::shape::Shape;

/// An organisation of the cast.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cast {
    pub id: &'static str,
    pub shape: Shape,
    /// As `chain.admitted` says it.
    pub role: &'static str,
    /// An invented org-id.guide identifier.
    pub identifier: &'static str,
    /// English, simplified Chinese, Japanese.
    pub names: [&'static str; 3],
    pub summary: &'static str,
}

/// Supervises everybody who holds money.
pub(super) const COMMISSION: Cast = Cast {
    id: "commission",
    shape: Shape::Regulator,
    role: "regulator",
    identifier: "CN-USCI-1100000000DEMO001A",
    names: ["Dongling Charity Commission", "东岭慈善监督委员会", "東嶺慈善監督委員会"],
    summary: "Supervises the charities of the demo and may place holds.",
};

/// Three review bodies, shared by the stories.
pub(super) const REVIEWERS: [Cast; 3] = [
    Cast {
        id: "east-gate-review",
        shape: Shape::Reviewer,
        role: "reviewer",
        identifier: "CN-USCI-5200000000DEMO002B",
        names: ["East Gate Review Society", "东门评审学会", "東門レビュー協会"],
        summary: "Reviews field work.",
    },
    Cast {
        id: "long-river-review",
        shape: Shape::Reviewer,
        role: "reviewer",
        identifier: "CN-USCI-5200000000DEMO003C",
        names: ["Long River Review Office", "长河评估事务所", "長河評価事務所"],
        summary: "Reviews accounts and outcomes.",
    },
    Cast {
        id: "maple-review",
        shape: Shape::Reviewer,
        role: "reviewer",
        identifier: "JP-JCN-0000000000104",
        names: ["Maple Street Reviewers", "枫街评审会", "楓通り評価会"],
        summary: "Reviews research and teaching.",
    },
];

/// Appeals for the flood.
pub(super) const RELIEF: Cast = Cast {
    id: "harbour-relief",
    shape: Shape::Office,
    role: "charity",
    identifier: "CN-USCI-5300000000DEMO010K",
    names: ["Harbour Relief Foundation", "港湾救援基金会", "ハーバー救援財団"],
    summary: "Rescue and rebuilding after floods and earthquakes.",
};
/// Is paid by it, and confirms.
pub(super) const VILLAGE: Cast = Cast {
    id: "willow-village",
    shape: Shape::Small,
    role: "payee",
    identifier: "CN-USCI-5400000000DEMO011L",
    names: ["Willow Brook Village Committee", "柳溪村村民委员会", "柳渓村委員会"],
    summary: "The committee of a village on the Qing river.",
};
/// Collect for it.
pub(super) const PLATFORMS: [Cast; 2] = [
    Cast {
        id: "linden-giving",
        shape: Shape::Platform,
        role: "platform",
        identifier: "CN-USCI-9100000000DEMO012M",
        names: ["Linden Giving", "椴树公益平台", "リンデン寄付"],
        summary: "A giving platform.",
    },
    Cast {
        id: "heron-giving",
        shape: Shape::Platform,
        role: "platform",
        identifier: "CN-USCI-9100000000DEMO013N",
        names: ["Heron Giving", "白鹭公益平台", "白鷺寄付"],
        summary: "A giving platform.",
    },
];
