// The page's words in Chinese and English, after the browser's language, and numbers as each writes them.

export const isChinese = (navigator.languages?.[0] ?? navigator.language ?? "en").toLowerCase().startsWith("zh");
const locale = isChinese ? "zh-CN" : "en";

const words = {
  sessions: ["Sessions", "会话"],
  newSession: ["New session", "新会话"],
  searchSessions: ["Search or name a session", "搜索或命名会话"],
  noSessions: ["No sessions yet", "还没有会话"],
  noMatches: ["No session has that name", "没有匹配的会话"],
  live: ["live", "进行中"],
  closed: ["closed", "已结束"],
  moreSessions: ["More", "更多"],
  sessionIsClosed: ["This session is closed. It can be read and replayed.", "这个会话已结束，仍可查看和回放。"],
  sessionIsErased: ["This session was erased. Nothing of what was said is kept.", "这个会话已被删除，内容没有保留。"],
  chatbot: ["Chatbot", "聊天机器人"],
  noChatbots: ["Nobody is there to answer yet.", "目前没有可用的聊天机器人。"],
  placeholderOf: ["Message {0}", "发消息给 {0}"],
  newBelow: ["New below", "下方有新内容"],
  unreachable: ["The server cannot be reached.", "无法连接服务器。"],
  notSentYet: ["Not sent yet. {0} It is tried again…", "尚未发送。{0}正在重试…"],
  screenshot: ["Screenshot", "截图"],
  folder: ["{0} is a folder. Add the files in it.", "{0} 是文件夹，请添加其中的文件。"],
  twice: ["{0} is here already.", "{0} 已经添加过了。"],
  tooMany: ["{0} is one too many; at most {1} files can be sent at once.", "{0} 超出数量，一次最多发送 {1} 个文件。"],
  unreadable: ["{0} cannot be read any more. Remove it and add it again.", "{0} 已无法读取，请移除后重新添加。"],
  compareWith: ["Compare with", "对比另一个会话"],
  endCompare: ["End the comparison", "结束对比"],
  same: ["The same from beginning to end, durations apart.", "除耗时外，从头到尾完全一致。"],
  parts: ["The same up to offset {0}; they part at {1}.", "偏移 {0} 之前一致，从 {1} 开始不同。"],
  welcome: ["Ask about your funds", "聊聊你的基金"],
  welcomeText: [
    "Write what you hold, or drop a screenshot of your fund app or a CSV here. Every word of the answer is recorded before you see it, so nothing is lost when the connection is.",
    "写下你的持仓，或把基金App截图、CSV文件拖到这里。回答的每个字都先落盘再显示，断线、刷新、重启都不会丢。",
  ],
  tryRisk: ["I hold 50,000 in an S&P 500 fund and 30,000 in a bond fund. How risky is that?",
    "我持有5万元沪深300指数基金和3万元债券基金，风险大吗？"],
  tryPerformance: ["60,000 in a NASDAQ 100 fund that cost 48,000, and 20,000 in gold. How am I doing?",
    "纳斯达克100基金6万元，成本4.8万元；黄金ETF 2万元，收益怎么样？"],
  message: ["Message", "消息"],
  placeholder: ["Ask 小美 about your funds…", "问问小美你的基金…"],
  attach: ["Attach a screenshot or a CSV", "添加截图或CSV"],
  dropHere: ["Drop screenshots or CSV files", "松开即可添加截图或CSV"],
  remove: ["Remove {0}", "移除 {0}"],
  send: ["Send", "发送"],
  stop: ["Stop", "停止"],
  retry: ["Try again", "重试"],
  copy: ["Copy the answer", "复制回答"],
  copied: ["Copied", "已复制"],
  tooLarge: ["{0} has {1}; at most {2} can be sent at once.", "{0} 有 {1}，一次最多发送 {2}。"],
  wrongType: ["{0} is neither an image nor a text file such as CSV.", "{0} 不是图片，也不是CSV之类的文本文件。"],
  empty: ["{0} is empty.", "{0} 是空文件。"],
  you: ["You", "你"],
  interrupted: ["Stopped here. What was said is kept.", "已停在这里，已说的内容会保留。"],
  rejected: ["Withdrawn: a figure did not pass its check.", "已撤回：有数字没有通过核对。"],
  superseded: ["An earlier attempt (offset {0}) was dropped and begun anew.", "上一次未完成的回答（偏移 {0}）已作废，重新开始。"],
  runFailed: ["The answer failed", "回答失败"],
  runCancelled: ["Stopped", "已停止"],
  runPaused: ["Waiting for an answer", "等待回复"],
  runResumed: ["The server restarted and went on at {0}", "服务重启后从 {0} 继续"],
  reconnecting: ["Connection lost. Reconnecting…", "连接中断，正在重连…"],
  resumedAt: ["Resumed at {0}", "从 {0} 继续"],
  progress: ["Progress", "进度"],
  figures: ["Figures", "数据"],
  backToLive: ["Back to now", "回到现在"],
  lookingAt: ["You are looking at offset {0} of {1}.", "正在查看第 {0} / {1} 个事件时的状态。"],
  playhead: ["Playhead", "播放头"],
  timeline: ["Place in the session", "会话中的位置"],
  offsetOf: ["offset {0} of {1}, {2}", "偏移 {0}，共 {1}，{2}"],
  play: ["Play from here", "从这里播放"],
  pause: ["Pause", "暂停"],
  speed: ["Speed", "速度"],
  inspect: ["The event under the playhead", "播放头处的事件"],
  causeChain: ["Cause", "因果链"],
  recordedAt: ["Recorded", "记录时间"],
  sinceStart: ["{0} after the first event", "首个事件后 {0}"],
  position: ["Position", "全局位置"],
  body: ["Body", "内容"],
  erased: ["Erased", "已删除"],
  export: ["Export", "导出"],
  verify: ["Verify", "验证"],
  verified: ["{0} events, as they were recorded; {1} sealed", "{0} 个事件与记录时一致，其中 {1} 个已封存"],
  changed: ["Changed: offset {0} does not fit", "已被改动：偏移 {0} 对不上"],
  proof: ["Proof", "证明"],
  notVerified: ["not verified yet", "尚未验证"],
  sealed: ["sealed, and as it was recorded", "已封存，与记录时一致"],
  notSealed: ["as it was recorded; not sealed yet", "与记录时一致，尚未封存"],
  doesNotFit: ["does not fit: changed at {0} or before", "对不上：偏移 {0} 或之前被改动"],
  menu: ["Show the sessions", "显示会话列表"],
  close: ["Close", "关闭"],
  skip: ["Skip to the conversation", "跳到对话"],
  perSecond: ["{0} events/s", "{0} 事件/秒"],
  holdings: ["Holdings", "持仓"],
  fund: ["Fund", "基金"],
  assetClass: ["Class", "类别"],
  amount: ["Amount", "金额"],
  share: ["Share", "占比"],
  profit: ["P/L", "盈亏"],
  rate: ["Return", "收益率"],
  dayProfit: ["Today", "当日"],
  allocation: ["Allocation", "资产配置"],
  profitByHolding: ["Profit and loss by holding", "各持仓盈亏"],
  history: ["Value over time", "净值走势"],
  portfolioLine: ["Your funds", "你的组合"],
  benchmarkLine: ["Benchmark", "基准"],
  drawdown: ["Drawdown", "回撤"],
  dailyBasis: ["Today's units through the price history you sent; checked against the reported drawdown.",
    "按今天的份额与你提供的净值逐日计算，并与报告中的回撤核对一致。"],
  monthlyBasis: ["From the monthly returns of the report.", "由报告中的月度收益得出。"],
  risk: ["Risk", "风险"],
  performance: ["Performance", "收益"],
  recommendations: ["Options to consider", "可以考虑"],
  scenario: ["If every class fell at once", "各类资产同时下跌时"],
  notComputed: ["Not computed", "未能计算"],
  readFrom: ["Read from {0}", "来自 {0}"],
  checks: ["{0} rules checked, {1} raised, {2} not computable", "检查了 {0} 条规则，提示 {1} 条，{2} 条缺数据"],
  after: ["after", "之后"],
  buy: ["add", "增加"],
  sell: ["reduce", "减少"],
  noRecommendations: ["Nothing stands out.", "没有需要特别留意的。"],
  rawUpdate: ["The node's update", "节点更新"],
  sortBy: ["Sort by {0}", "按{0}排序"],
  firstToken: ["first word after {0}", "首字 {0}"],
  attempt: ["attempt {0}", "第 {0} 次"],
  loading: ["Loading…", "加载中…"],
  failedToLoad: ["It could not be loaded: {0}", "加载失败：{0}"],
};

const names = {
  convert_portfolio: ["Read holdings", "读取持仓"],
  analyze_risk: ["Risk", "风险分析"],
  analyze_performance: ["Performance", "收益分析"],
  generate_recommendations: ["Options", "生成建议"],
  character_advisor: ["小美", "小美"],
  pending: ["waiting", "等待"],
  started: ["at work", "进行中"],
  completed: ["done", "完成"],
  failed: ["failed", "失败"],
  skipped: ["skipped", "跳过"],
  abandoned: ["interrupted", "中断"],
  cancelled: ["stopped", "已停止"],
  money: ["Money funds", "货币基金"],
  bond: ["Bonds", "债券"],
  convertible: ["Convertibles", "可转债"],
  commodity: ["Commodities", "商品"],
  real_estate: ["Real estate", "不动产"],
  fund_of_funds: ["Funds of funds", "基金组合"],
  equity_index: ["Index funds", "指数基金"],
  equity_active: ["Active stock funds", "偏股基金"],
  leveraged: ["Leveraged", "杠杆产品"],
  unknown: ["Unknown kind", "未识别类别"],
  volatility: ["Volatility", "年化波动"],
  max_drawdown: ["Deepest fall", "最大回撤"],
  current_drawdown: ["Below the peak", "距高点"],
  value_at_risk_historical: ["Bad day (1 in 20)", "单日风险值"],
  beta: ["Beta", "Beta"],
  sharpe: ["Sharpe", "夏普"],
  tracking_error: ["Tracking error", "跟踪误差"],
  correlation: ["Correlation", "相关性"],
  effective_number: ["Effective holdings", "有效持仓数"],
  top1: ["Largest holding", "最大持仓"],
  equity_share: ["Equity share", "权益占比"],
  mismatch_share: ["Above your risk level", "超出风险等级"],
  largest_drift: ["Furthest from target", "最大偏离"],
  holding_return: ["Since purchase", "持有收益率"],
  annualised_return: ["A year", "年化收益"],
  cumulative_return: ["Whole period", "区间收益"],
  excess_return: ["Against benchmark", "超额收益"],
  xirr: ["Money-weighted, a year", "资金加权年化"],
  time_weighted_return: ["Time-weighted", "时间加权"],
  hit_rate_by_count: ["Holdings in profit", "盈利占比"],
  calmar: ["Calmar", "卡玛"],
  no_holdings: ["there are no holdings", "没有持仓"],
  total_not_positive: ["the total is not positive", "总额不为正"],
  mixed_currencies: ["the currencies differ", "币种不一致"],
  negative_amount: ["an amount is negative", "有金额为负"],
  nav_history_missing: ["needs a price history (CSV with dates and NAVs)", "需要净值历史（含日期和净值的CSV）"],
  coverage_below_minimum: ["too few holdings have data", "有数据的持仓太少"],
  history_too_short: ["the history is too short", "历史太短"],
  below_one_year: ["less than a year of history", "历史不足一年"],
  zero_variance: ["the value never moved", "净值没有波动"],
  no_downside: ["there was no loss", "没有亏损期"],
  no_drawdown: ["it never fell", "从未回撤"],
  total_loss: ["total loss", "全部亏损"],
  money_fund: ["says little for a money fund", "对货币基金无意义"],
  benchmark_missing: ["needs a benchmark series", "需要基准数据"],
  benchmark_never_moved_that_way: ["the benchmark never moved that way", "基准没有这样的区间"],
  flows_missing: ["needs dated purchases and sales", "需要带日期的买卖流水"],
  too_many_flows: ["too many flows", "流水太多"],
  flows_not_dated: ["the flows have no dates", "流水没有日期"],
  end_date_missing: ["the end date is missing", "缺少截止日期"],
  no_sign_change: ["has no solution", "无解"],
  several_roots: ["has several solutions", "有多个解"],
  no_root: ["has no solution", "无解"],
  no_capital_invested: ["no capital was invested", "没有投入"],
  unit_history_missing: ["needs the units over time", "需要份额历史"],
  cost_missing: ["needs what was paid", "需要成本"],
  cost_not_positive: ["the cost is not positive", "成本不为正"],
  day_pl_missing: ["needs the day's result", "需要当日盈亏"],
  targets_missing: ["needs target weights", "需要目标比例"],
  targets_do_not_sum_to_one: ["the targets do not sum to 100%", "目标比例之和不是100%"],
  investor_profile_missing: ["needs your risk profile (C1 to C5)", "需要你的风险等级（C1–C5）"],
  risk_level_unknown: ["a fund's risk level is unknown", "有基金的风险等级未知"],
  not_finite: ["is no finite number", "不是有限的数"],
};

const pick = (pair) => pair[isChinese ? 1 : 0];

/** The page's own words; `{0}` stands for the first value. */
export function say(key, ...values) {
  return pick(words[key]).replace(/\{(\d)\}/g, (_, index) => values[index] ?? "");
}

/** The name of a node, class, figure or reason; one that is unknown is shown as it is. */
export function nameOf(key) {
  return Object.hasOwn(names, key) ? pick(names[key]) : String(key ?? "").replaceAll("_", " ");
}

/** One of the texts `{en, zh}` of a report. */
export function inLanguage(texts) {
  return typeof texts === "string" ? texts : texts?.[isChinese ? "zh" : "en"] ?? texts?.en ?? "";
}

const number = (value, options) => new Intl.NumberFormat(locale, options).format(value);

/** An amount of money; a currency that is no code stays a word. */
export function money(value, currency, options = {}) {
  if (typeof value !== "number") return "–";
  const digits = Math.abs(value) >= 1000 ? 0 : 2;
  const style = { maximumFractionDigits: digits, minimumFractionDigits: digits, ...options };
  const isCode = /^[A-Z]{3}$/.test(currency ?? "");
  return number(value, isCode ? { style: "currency", currency, currencyDisplay: "narrowSymbol", ...style } : style);
}

/** A fraction as a percentage with one decimal. */
export function percent(value, options = {}) {
  if (typeof value !== "number") return "–";
  return number(value, { style: "percent", maximumFractionDigits: 1, minimumFractionDigits: 1, ...options });
}

export const withSign = { signDisplay: "exceptZero" };

/** A plain number. */
export function plain(value, digits = 2) {
  return number(value, { maximumFractionDigits: digits });
}

/** Bytes as people read them. */
export function size(bytes) {
  const unit = bytes < 1024 ? "byte" : bytes < 1 << 20 ? "kilobyte" : "megabyte";
  const value = unit === "byte" ? bytes : bytes / (unit === "kilobyte" ? 1024 : 1 << 20);
  return number(value, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 });
}

/** A duration as people read it. */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60000)
  return `${number(milliseconds / 1000, { maximumFractionDigits: milliseconds < 10000 ? 1 : 0 })} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A moment: the time, with the date where it is another day. */
export function moment(text) {
  const date = new Date(text);
  const isToday = date.toDateString() === new Date().toDateString();
  const time = { hour: "2-digit", minute: "2-digit", hour12: false };
  return date.toLocaleString(locale, isToday ? time : { month: "short", day: "numeric", ...time });
}
