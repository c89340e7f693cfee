//! The eight programmes of the great commitment, with the charity that carries each.

use crate::demo::cast::Cast;
use crate::demo::shape::Shape;

/// A programme of the sponsor and the charity that works in it.
pub(super) struct Programme {
    pub programme: &'static str,
    /// The fund's id, on both chains.
    pub fund: &'static str,
    pub grant: &'static str,
    pub pledge: &'static str,
    /// English, simplified Chinese, Japanese.
    pub names: [&'static str; 3],
    pub purpose: &'static str,
    /// The charity's project.
    pub project: [&'static str; 3],
    /// What the sponsor grants each year, in CNY million.
    pub yearly: i64,
    pub charity: Cast,
    /// Titles of the milestones that gate the grant; none: it is unconditional.
    pub milestones: &'static [[&'static str; 3]],
    pub indicator: &'static str,
    pub targets: &'static [&'static str],
    pub unit: &'static str,
}

/// CNY millions in minor units.
pub(super) const fn million(yuan: i64) -> i64 {
    yuan * 100_000_000
}

const fn charity(id: &'static str, identifier: &'static str, names: [&'static str; 3], summary: &'static str) -> Cast {
    Cast { id, shape: Shape::Office, role: "charity", identifier, names, summary }
}

const NONE: &[[&str; 3]] = &[];

pub(super) const PROGRAMMES: [Programme; 8] = [
    Programme {
        programme: "programme/science",
        fund: "fund/science",
        grant: "grant/science",
        pledge: "pledge/science",
        names: ["Basic science", "基础科学", "基礎科学"],
        purpose: "Long-term support of scientists who choose their own questions",
        project: ["Questions of their own", "自己的问题", "自分の問い"],
        yearly: 320,
        charity: charity(
            "north-star-science",
            "CN-USCI-5300000000DEMO040F",
            ["North Star Science Fund", "北辰科学基金会", "北辰科学財団"],
            "Supports basic research for ten years at a time.",
        ),
        milestones: NONE,
        indicator: "scientists supported",
        targets: &[],
        unit: "PERSON",
    },
    Programme {
        programme: "programme/education",
        fund: "fund/education",
        grant: "grant/education",
        pledge: "pledge/education",
        names: ["Education", "教育创新", "教育"],
        purpose: "Teachers and courseware for schools far from cities",
        project: ["Teachers far away", "远方的老师", "遠くの先生"],
        yearly: 180,
        charity: charity(
            "stone-bridge",
            "CN-USCI-5300000000DEMO041G",
            ["Stone Bridge Education Foundation", "石桥教育基金会", "石橋教育財団"],
            "Trains teachers and reviews courseware.",
        ),
        milestones: NONE,
        indicator: "teachers trained",
        targets: &[],
        unit: "PERSON",
    },
    Programme {
        programme: "programme/rural",
        fund: "fund/rural",
        grant: "grant/rural",
        pledge: "pledge/rural",
        names: ["Rural life", "乡村振兴", "農村の暮らし"],
        purpose: "Village enterprises and those who run them",
        project: ["Village stewards", "乡村经营者", "村の経営者"],
        yearly: 210,
        charity: charity(
            "green-ridge",
            "CN-USCI-5300000000DEMO042H",
            ["Green Ridge Rural Trust", "青岭乡村基金会", "青嶺農村財団"],
            "Works with villages that run their own affairs.",
        ),
        milestones: NONE,
        indicator: "villages",
        targets: &[],
        unit: "villages",
    },
    Programme {
        programme: "programme/carbon",
        fund: "fund/carbon",
        grant: "grant/carbon",
        pledge: "pledge/carbon",
        names: ["Carbon", "碳中和", "カーボン"],
        purpose: "Capture and storage that can be measured",
        project: ["Clear sky pilots", "晴空试点", "晴空実証"],
        yearly: 260,
        charity: charity(
            "clear-sky",
            "CN-USCI-5300000000DEMO043J",
            ["Clear Sky Carbon Trust", "晴空碳行动基金会", "晴空カーボン財団"],
            "Pilots of carbon capture, measured by others.",
        ),
        milestones: &[
            ["First pilot runs", "首个试点运行", "最初の実証が動く"],
            ["Ten thousand tonnes stored", "封存一万吨", "一万トンを貯留"],
            ["A hundred thousand tonnes stored", "封存十万吨", "十万トンを貯留"],
        ],
        indicator: "tonnes of CO2e stored",
        targets: &["1000", "10000", "100000"],
        unit: "TCO2E",
    },
    Programme {
        programme: "programme/food-energy-water",
        fund: "fund/food-energy-water",
        grant: "grant/food-energy-water",
        pledge: "pledge/food-energy-water",
        names: ["Food, energy and water", "食物、能源与水", "食料・エネルギー・水"],
        purpose: "Wells, seeds and small power for dry counties",
        project: ["Three springs", "三泉计划", "三つの泉"],
        yearly: 240,
        charity: charity(
            "three-springs",
            "CN-USCI-5300000000DEMO044K",
            ["Three Springs Institute", "三泉研究院", "三泉研究所"],
            "Field trials of wells, seeds and small power.",
        ),
        milestones: &[
            ["Forty wells in use", "四十口井投入使用", "四十の井戸が使われる"],
            ["Two hundred wells in use", "二百口井投入使用", "二百の井戸が使われる"],
            ["A thousand wells in use", "一千口井投入使用", "千の井戸が使われる"],
        ],
        indicator: "wells in use",
        targets: &["40", "200", "1000"],
        unit: "wells",
    },
    Programme {
        programme: "programme/emergencies",
        fund: "fund/emergencies",
        grant: "grant/emergencies",
        pledge: "pledge/emergencies",
        names: ["Public emergencies", "公众应急", "緊急事態"],
        purpose: "First aid devices and people who know how to use them",
        project: ["Five minutes", "五分钟", "五分間"],
        yearly: 150,
        charity: charity(
            "ferry-light",
            "CN-USCI-5300000000DEMO045L",
            ["Ferry Light Emergency Fund", "渡灯应急基金会", "渡灯緊急基金"],
            "First aid in public places.",
        ),
        milestones: NONE,
        indicator: "devices in place",
        targets: &[],
        unit: "devices",
    },
    Programme {
        programme: "programme/ageing",
        fund: "fund/ageing",
        grant: "grant/ageing",
        pledge: "pledge/ageing",
        names: ["Ageing", "养老科技", "高齢者"],
        purpose: "Care at home for people who live alone",
        project: ["Evening calls", "晚间问候", "夕べの電話"],
        yearly: 130,
        charity: charity(
            "evening-pine",
            "CN-USCI-5300000000DEMO046M",
            ["Evening Pine Care Foundation", "晚松关怀基金会", "晩松ケア財団"],
            "Care at home, by neighbours and alarms.",
        ),
        milestones: NONE,
        indicator: "homes",
        targets: &[],
        unit: "homes",
    },
    Programme {
        programme: "programme/digital-giving",
        fund: "fund/digital-giving",
        grant: "grant/digital-giving",
        pledge: "pledge/digital-giving",
        names: ["Digital giving", "公益数字化", "デジタル寄付"],
        purpose: "Open tools for small charities",
        project: ["A ledger for everybody", "人人可用的账本", "みんなの台帳"],
        yearly: 90,
        charity: charity(
            "paper-crane",
            "CN-USCI-5300000000DEMO047N",
            ["Paper Crane Digital Giving", "纸鹤数字公益中心", "折り鶴デジタル寄付"],
            "Tools that small charities can run themselves.",
        ),
        milestones: NONE,
        indicator: "charities that use the tools",
        targets: &[],
        unit: "organisations",
    },
];
