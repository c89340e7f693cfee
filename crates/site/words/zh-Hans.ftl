# 每种事件一句话，以事件种类命名。
# $who：作者的名称。金额带币种；他人书写的文字带有标记。

log-opened = { $who } 开启了账本，规则版本 { $rules }
log-rules_set = { $who } 将规则设为版本 { $rules }
sequencer-epoch_opened = { $who } 启动了另一个写账本的进程（第 { $epoch } 个）
chain-opened = { $who } 开启了自己的链，并登记了首批密钥
chain-admitted = { $who } 准入 { $chain }，身份为{ $role }
key-added = { $who } 增加了 { $holder } 的一把密钥
key-retired = { $who } 停用了密钥 { $key }
organisation-described = { $who } 说明了自己是谁：{ $name }
account-opened = { $who } 开设了账户 { $account }（{ $kind }，{ $currency }）
settlement-received = { $who } 的账户 { $account } 收到 { $total }
fund-opened = { $who } 设立了基金 { $fund }（{ $class }）：{ $purpose }
programme-opened = { $who } 设立了计划 { $programme }
envelope-announced = { $who } 宣布 { $envelope }：{ $from } 年至 { $to } 年共 { $amount }，不欠任何人
project-proposed = { $who } 提出了项目 { $project }
project-approved = { $who } 批准了项目 { $project }
project-status_changed = { $who } 说明项目 { $project } 的状态：{ $status }
project-spun_off = { $who } 将项目 { $project } 连同资金和承诺移交给 { $to }
project-adopted = { $who } 接手了项目 { $project }（{ $from }）
budget-set = { $who } 将项目 { $project } 的预算设为 { $total }
campaign-opened = { $who } 发起了募捐 { $campaign }，目标 { $target }，用于{ $place }
campaign-closed = { $who } 结束了募捐 { $campaign }；如有结余：{ $surplus }
pledge-made = { $side ->
    [given] { $who } 表示有意捐给{ $place } { $amount }，不具约束力
   *[received] { $who } 记录了一项捐赠意向：{ $amount }，用于{ $place }，不具约束力
}
commitment-agreed = { $by ->
    [sponsor] { $who } 记录了 { $sponsor } 具约束力的承诺：{ $amount }，用于{ $place }{ $conditions ->
        [0] {""}
       *[other] ，附 { $conditions } 项条件
    }
   *[nobody] { $who } 记录了一项具约束力的承诺：{ $amount }，用于{ $place }{ $conditions ->
        [0] {""}
       *[other] ，附 { $conditions } 项条件
    }
}
pledge-cancelled = { $who } 记录 { $promise } 已撤回：{ $reason }
donation-received = { $count ->
    [1] { $who } 收到一笔捐款 { $gross }，其中手续费 { $fee }，用于{ $place }
   *[other] { $who } 收到 { $count } 笔捐款，共 { $gross }，其中手续费 { $fee }，用于{ $place }
}
donation-refunded = { $who } 从{ $place }将 { $event } 的 { $amount } 退还捐赠人：{ $reason }
allocation-made = { $way ->
    [project] { $who } 从{ $fund }中划出 { $amount } 给{ $to }
    [fund-free] { $who } 将 { $amount } 从{ $from }退回{ $fund }的未划拨资金
   *[both] { $who } 将{ $fund }的 { $amount } 从{ $from }调到{ $to }
}
grant-awarded = { $who } 资助 { $recipient } { $amount }：{ $purpose }
grant-accepted = { $who } 接受了资助 { $grant }
grant-tranche_earned = { $who } 说明资助 { $grant } 的一期已达成：{ $milestone }
disbursement-requested = { $who } 申请付给 { $payee } { $amount }：{ $purpose }
disbursement-approved = { $who } 批准付给 { $payee } { $amount }：{ $purpose }
disbursement-paid = { $who } 付给 { $payee } { $amount }：{ $purpose }
disbursement-confirmed = { $who } 确认收到 { $amount }，用于{ $place }
disbursement-failed = { $who } 说明付给 { $payee } 的 { $amount } 被退回：{ $reason }
payment-irregular = { $who } 报告一笔违反规则的付款：付给 { $payee } { $amount }（{ $class }）
expenditure-recorded = { $what ->
    [purpose] { $who } 支出 { $amount }，付给 { $payee }：{ $purpose }
   *[class] { $who } 支出 { $amount }，付给 { $payee }（{ $class }）
}
milestone-planned = { $who } 计划了 { $project } 的里程碑 { $milestone }，期限 { $due }
milestone-evidenced = { $who } 提交了里程碑 { $milestone } 的证据：{ $documents } 份文件
milestone-attested = { $who } 证明里程碑 { $milestone } 已达成
hold-placed = { $who } 暂停了 { $on } 的付款：{ $basis }
hold-lifted = { $who } 解除了暂停 { $hold }：{ $reason }
event-reversed = { $who } 冲销了 { $event }：{ $reason }
balance-opened = { $who } 带入了 { $date } 的余额（{ $basis }）
import-declared = { $who } 导入了文件 { $name }
transaction-observed = { $value ->
    [given] { $who } 记录他人关于 { $activity } 的报告：{ $currency } { $amount }
   *[none] { $who } 记录他人关于 { $activity } 的报告，没有金额
}
activity-observed = { $name ->
    [title] { $who } 记录他人报告的活动：{ $title }
   *[identifier] { $who } 记录他人报告的活动，没有标题：{ $identifier }
}
import-compared = { $replaces ->
    [0] { $who } 将文件 { $import } 与此前所述比较：{ $gone } 项不再见于最新文件，{ $again } 项此前已述且仍在其中
   *[other] { $who } 以文件 { $import } 取代 { $replaces } 个旧文件：{ $gone } 项不再见于最新文件，{ $again } 项此前已述且仍在其中
}

unknown-event = { $who } 签署了一个此处未知种类的事件

a-person = 个人

ChainRole-charity = 慈善组织
ChainRole-sponsor = 资助方
ChainRole-platform = 募捐平台
ChainRole-reviewer = 评审方
ChainRole-regulator = 监管机构
ChainRole-payee = 收款方
ChainRole-importer = 导入方
AccountKind-bank = 银行账户
AccountKind-wallet = 支付钱包
AccountKind-cash = 现金
AccountKind-platform = 平台上的资金
FundClass-unrestricted = 非限定
FundClass-designated = 指定用途
FundClass-restricted = 限定用途
FundClass-endowment-expendable = 可支用的留本基金
FundClass-endowment-permanent = 永久留本基金
FundClass-agency = 代管
ProjectStatus-proposed = 已提出
ProjectStatus-approved = 已批准
ProjectStatus-implementing = 进行中
ProjectStatus-suspended = 暂停
ProjectStatus-finalising = 收尾
ProjectStatus-closed = 已结束
ProjectStatus-cancelled = 已放弃
ProjectStatus-spun-off = 已独立成链
NaturalClass-staff = 人员
NaturalClass-goods = 物资
NaturalClass-services = 服务
NaturalClass-construction = 建设
NaturalClass-equipment = 设备
NaturalClass-medical = 医疗
NaturalClass-travel = 差旅
NaturalClass-premises = 场地
NaturalClass-training = 培训
NaturalClass-support = 发给个人的资助
NaturalClass-communication = 通讯
NaturalClass-professional = 专业服务费
NaturalClass-payment-fees = 支付手续费
NaturalClass-other = 其他
Basis-audited = 来自经审计的账目
Basis-imported = 来自其他系统
Basis-unexplained = 未说明来源
