# 出来事の種類ごとに一文。キーは種類の名前。
# $who：作者の名前。金額には通貨が付き、人が書いた文字には印が付く。

log-opened = { $who }が台帳を開きました（規則の版 { $rules }）
log-rules_set = { $who }が規則を版 { $rules } にしました
sequencer-epoch_opened = { $who }が台帳に書く別のプロセスを始めました（{ $epoch } 番目）
chain-opened = { $who }がチェーンを開き、最初の鍵を登録しました
chain-admitted = { $who }が{ $chain }を{ $role }として認めました
key-added = { $who }が{ $holder }の鍵を加えました
key-retired = { $who }が鍵 { $key } の使用を終えました
organisation-described = { $who }が自らについて述べました：{ $name }
account-opened = { $who }が口座 { $account }（{ $kind }、{ $currency }）を開きました
settlement-received = { $who }の口座 { $account } に { $total } が入金されました
fund-opened = { $who }が基金 { $fund }（{ $class }）を設けました：{ $purpose }
programme-opened = { $who }がプログラム { $programme } を始めました
envelope-announced = { $who }が{ $envelope }を発表しました：{ $from } 年から { $to } 年まで { $amount }（誰への債務でもありません）
project-proposed = { $who }が事業 { $project } を提案しました
project-approved = { $who }が事業 { $project } を承認しました
project-status_changed = { $who }によると、事業 { $project } は{ $status }です
project-spun_off = { $who }が事業 { $project } を資金と約束とともに{ $to }へ移しました
project-adopted = { $who }が事業 { $project } を引き継ぎました（{ $from }）
budget-set = { $who }が事業 { $project } の予算を { $total } にしました
campaign-opened = { $who }が{ $place }のために目標 { $target } の募金 { $campaign } を始めました
campaign-closed = { $who }が募金 { $campaign } を終えました。余りがあれば：{ $surplus }
pledge-made = { $side ->
    [given] { $who }は{ $place }へ { $amount } を寄付する意向です（拘束力なし）
   *[received] { $who }が{ $place }への { $amount } の寄付の意向を記録しました（拘束力なし）
}
commitment-agreed = { $by ->
    [sponsor] { $who }が{ $sponsor }の拘束力ある約束を記録しました：{ $place }のために { $amount }{ $conditions ->
        [0] {""}
       *[other] （条件 { $conditions } 件）
    }
   *[nobody] { $who }が拘束力ある約束を記録しました：{ $place }のために { $amount }{ $conditions ->
        [0] {""}
       *[other] （条件 { $conditions } 件）
    }
}
pledge-cancelled = { $who }が{ $promise }の取り下げを記録しました：{ $reason }
donation-received = { $count ->
    [1] { $who }が{ $place }への寄付 { $gross }（うち手数料 { $fee }）を受け取りました
   *[other] { $who }が{ $place }への寄付 { $count } 件、計 { $gross }（うち手数料 { $fee }）を受け取りました
}
donation-refunded = { $who }が{ $event }の寄付者に{ $place }から { $amount } を返しました：{ $reason }
allocation-made = { $way ->
    [project] { $who }が{ $fund }の { $amount } を{ $to }に割り当てました
    [fund-free] { $who }が { $amount } を{ $from }から{ $fund }の割り当てのない資金に戻しました
   *[both] { $who }が{ $fund }の { $amount } を{ $from }から{ $to }へ移しました
}
grant-awarded = { $who }が{ $recipient }に { $amount } の助成を決めました：{ $purpose }
grant-accepted = { $who }が助成 { $grant } を受けました
grant-tranche_earned = { $who }によると、助成 { $grant } の一部の条件が満たされました：{ $milestone }
disbursement-requested = { $who }が{ $payee }への { $amount } の支払いを求めました：{ $purpose }
disbursement-approved = { $who }が{ $payee }への { $amount } の支払いを承認しました：{ $purpose }
disbursement-paid = { $who }が{ $payee }に { $amount } を支払いました：{ $purpose }
disbursement-confirmed = { $who }が{ $place }への { $amount } の着金を確認しました
disbursement-failed = { $who }によると、{ $payee }への { $amount } の支払いは戻りました：{ $reason }
payment-irregular = { $who }が規則に反する支払いを報告しました：{ $payee }に { $amount }（{ $class }）
expenditure-recorded = { $what ->
    [purpose] { $who }が { $amount } を支出し、{ $payee }に支払いました：{ $purpose }
   *[class] { $who }が { $amount } を支出し、{ $payee }に支払いました（{ $class }）
}
milestone-planned = { $who }が{ $project }の目標 { $milestone } を定めました（期限 { $due }）
milestone-evidenced = { $who }が目標 { $milestone } の証拠を示しました：文書 { $documents } 件
milestone-attested = { $who }が目標 { $milestone } の達成を証言しました
hold-placed = { $who }が{ $on }の支払いを止めました：{ $basis }
hold-lifted = { $who }が停止 { $hold } を解きました：{ $reason }
event-reversed = { $who }が{ $event }を取り消しました：{ $reason }
balance-opened = { $who }が { $date } の残高を引き継ぎました（{ $basis }）
import-declared = { $who }がファイル { $name } を取り込みました
transaction-observed = { $value ->
    [given] { $who }が{ $activity }について他者の報告を記録しました：{ $currency } { $amount }
   *[none] { $who }が{ $activity }について他者の報告を記録しました（金額なし）
}
activity-observed = { $name ->
    [title] { $who }が他者の報告した活動を記録しました：{ $title }
   *[identifier] { $who }が他者の報告した活動を記録しました（題名なし）：{ $identifier }
}
import-compared = { $replaces ->
    [0] { $who }がファイル { $import } を以前の記録と比べました：{ $gone } 件は最新のファイルになく、{ $again } 件は以前に記録され、いまもあります
   *[other] { $who }がファイル { $import } で古いファイル { $replaces } 件を置き換えました：{ $gone } 件は最新のファイルになく、{ $again } 件は以前に記録され、いまもあります
}

unknown-event = { $who }がここでは知られていない種類の出来事に署名しました

a-person = 個人

ChainRole-charity = 慈善団体
ChainRole-sponsor = 資金提供者
ChainRole-platform = 寄付プラットフォーム
ChainRole-reviewer = 評価者
ChainRole-regulator = 監督機関
ChainRole-payee = 受取人
ChainRole-importer = 取込者
AccountKind-bank = 銀行口座
AccountKind-wallet = 決済ウォレット
AccountKind-cash = 現金
AccountKind-platform = 寄付プラットフォーム上の資金
FundClass-unrestricted = 使途自由
FundClass-designated = 使途指定（理事会）
FundClass-restricted = 使途制限
FundClass-endowment-expendable = 取り崩せる基本財産
FundClass-endowment-permanent = 永久基本財産
FundClass-agency = 預り金
ProjectStatus-proposed = 提案中
ProjectStatus-approved = 承認済み
ProjectStatus-implementing = 実施中
ProjectStatus-suspended = 中断中
ProjectStatus-finalising = 終了手続き中
ProjectStatus-closed = 終了
ProjectStatus-cancelled = 取りやめ
ProjectStatus-spun-off = 独立したチェーンへ移管済み
NaturalClass-staff = 人件費
NaturalClass-goods = 物品
NaturalClass-services = サービス
NaturalClass-construction = 建設
NaturalClass-equipment = 設備
NaturalClass-medical = 医療
NaturalClass-travel = 旅費
NaturalClass-premises = 施設
NaturalClass-training = 研修
NaturalClass-support = 個人への支援
NaturalClass-communication = 通信
NaturalClass-professional = 専門家報酬
NaturalClass-payment-fees = 決済手数料
NaturalClass-other = その他
Basis-audited = 監査済みの計算書から
Basis-imported = 別の仕組みから
Basis-unexplained = 説明なし
