// What each node found, as something worth looking at.

import { divergingBars, donut, hue, shareBars, sortableTable } from "./charts.js";
import { element, outsideText } from "./elements.js";
import { card, figureText, hasValue, tiles } from "./figures.js";
import { inLanguage, money, nameOf, percent, say, withSign } from "./language.js";

/** Makes the card of a node's update; a node that is not known gets its JSON. */
export function cardOf(node, update, currency) {
  const make = Object.hasOwn(makers, node) ? makers[node] : undefined;
  try {
    if (make) return make(update, currency);
  } catch (error) {
    // An update of another version of the workflow may have another shape; its JSON still says everything.
    console.debug("no card for", node, error);
  }
  if (!update || !Object.keys(update).length) return null;
  return card("raw", nameOf(node), element("details", {}, element("summary", {}, say("rawUpdate")),
    outsideText(JSON.stringify(update, null, 2), "pre", { tabindex: 0 })));
}

const makers = {
  convert_portfolio: portfolioCard,
  analyze_risk: riskCard,
  analyze_performance: performanceCard,
  generate_recommendations: recommendationsCard,
};

const wholeNumber = { maximumFractionDigits: 0, minimumFractionDigits: 0 };

const tone = (value) => (value > 0 ? "gain-text" : value < 0 ? "loss-text" : "");

function portfolioCard({ portfolio, notes = [], inputs = [] }) {
  if (!portfolio?.holdings?.length) {
    return notes.length ? card("notes", nameOf("convert_portfolio"), remarks(notes)) : null;
  }
  const { holdings, totals = {}, currency } = portfolio;
  const sources = inputs.filter((input) => input.recognised_as !== "nothing").map((input) => input.name);
  const rate = totals.cost > 0 && typeof totals.hold_pl === "number" ? totals.hold_pl / totals.cost : undefined;
  return card("portfolio", say("holdings"),
    element("div", { class: "headline" },
      element("span", { class: "big" }, money(totals.amount, currency)),
      typeof totals.hold_pl === "number" && element("span", { class: `change ${tone(totals.hold_pl)}` },
        `${money(totals.hold_pl, currency, withSign)}${rate === undefined ? "" : `  ${percent(rate, withSign)}`}`),
      typeof totals.day_pl === "number" && element("span", { class: "quiet" },
        `${say("dayProfit")} `, element("span", { class: tone(totals.day_pl) }, money(totals.day_pl, currency,
          withSign)))),
    element("div", { class: "portfolio-parts" }, allocation(holdings, currency), holdingsTable(holdings, currency)),
    remarks([...notes, ...(portfolio.warnings ?? [])]),
    sources.length > 0 && element("p", { class: "quiet source" }, say("readFrom", ""), outsideText(sources.join(
      ", "))));
}

function allocation(holdings, currency) {
  const groups = [...Map.groupBy(holdings, (holding) => holding.asset_class?.value ?? "unknown")]
    .map(([name, members]) => ({ label: nameOf(name), value: members.reduce((sum, one) => sum + (one.amount ?? 0),
        0) }))
    .sort((a, b) => b.value - a.value);
  const total = groups.reduce((sum, group) => sum + group.value, 0);
  const list = element("ul", { class: "legend" }, groups.map((group, index) => element("li", {},
    element("i", { class: `swatch ${hue(index)}` }), element("span", {}, group.label),
    element("b", {}, percent(total > 0 ? group.value / total : undefined)),
    element("span", { class: "quiet" }, money(group.value, currency, { notation: "compact",
      minimumFractionDigits: 0, maximumFractionDigits: 1 })))));
  const spoken = groups.map((group) => `${group.label} ${percent(group.value / total)}`).join(", ");
  return element("div", { class: "allocation" }, donut(groups, `${say("allocation")}: ${spoken}`), list);
}

function holdingsTable(holdings, currency) {
  const total = holdings.reduce((sum, holding) => sum + (holding.amount ?? 0), 0);
  const cash = (key) => ({
    key,
    isNumber: true,
    value: (row) => row[key],
    show: (row) => element("span", { class: key === "amount" ? "" : tone(row[key]) },
      money(row[key], row.currency ?? currency, key === "amount" ? {} : withSign)),
  });
  return sortableTable([
    { key: "name", label: say("fund"), value: (row) => row.name, show: fundName },
    { key: "class", label: say("assetClass"), value: (row) => nameOf(row.asset_class?.value), show: (row) =>
        nameOf(row.asset_class?.value) },
    { ...cash("amount"), label: say("amount") },
    { key: "share", label: say("share"), isNumber: true, value: (row) => row.amount, show: (row) => percent(row
        .amount / total) },
    { ...cash("hold_pl"), label: say("profit") },
    {
      key: "rate",
      label: say("rate"),
      isNumber: true,
      value: (row) => row.hold_rate,
      show: (row) => element("span", { class: tone(row.hold_rate) }, percent(row.hold_rate, withSign)),
    },
  ], holdings, say("holdings"));
}

function fundName(row) {
  const warnings = row.warnings ?? [];
  return element("span", { class: "fund" }, outsideText(row.name),
    row.code && outsideText(row.code, "small"),
    warnings.length > 0 && outsideText(warnings.join("; "), "small", { class: "warning" }));
}

function remarks(notes) {
  if (!notes.length) return null;
  return element("ul", { class: "remarks" }, notes.map((note) => outsideText(inLanguage(note), "li")));
}

function riskCard(report) {
  const { series = {}, benchmark = {}, concentration = {}, scenario } = report;
  const period = (figure) => (figure?.from && figure?.to ? `${figure.from} – ${figure.to}` : undefined);
  const entries = [
    { name: "volatility", figure: series.volatility },
    { name: "max_drawdown", figure: series.max_drawdown, note: period(series.max_drawdown) },
    { name: "current_drawdown", figure: series.current_drawdown },
    { name: "value_at_risk_historical", figure: series.value_at_risk_historical },
    { name: "beta", figure: benchmark.beta },
    { name: "equity_share", figure: report.equity_share },
    { name: "top1", figure: concentration.top1, note: concentration.top1_name },
    { name: "effective_number", figure: concentration.effective_number },
    { name: "largest_drift", figure: report.drift?.largest },
    { name: "mismatch_share", figure: report.mismatch_share },
  ];
  const shocks = scenario?.shocks?.filter((shock) => shock.loss).map((shock) => ({
    label: `${nameOf(shock.asset_class)} ${percent(shock.shock, wholeNumber)}`,
    share: Math.abs(shock.loss),
    text: money(shock.loss, report.currency, wholeNumber),
    class: "loss",
  })) ?? [];
  return card("risk", say("risk"), ...tiles(entries),
    shocks.length > 0 && element("div", { class: "part" }, element("h3", {}, say("scenario"),
        hasValue(scenario.loss) && element("b", { class: "loss-text" },
          ` ${figureText(scenario.loss)} (${figureText(scenario.loss_share)})`)),
      shareBars(shocks), element("p", { class: "quiet" }, inLanguage(scenario.label))),
    remarks(report.warnings ?? []));
}

function performanceCard(report) {
  const { series = {}, benchmark = {}, money_weighted: flows = {} } = report;
  const entries = [
    { name: "holding_return", figure: report.holding_return, isSigned: true },
    { name: "annualised_return", figure: series.annualised_return, isSigned: true },
    { name: "cumulative_return", figure: series.cumulative_return, isSigned: true },
    { name: "excess_return", figure: benchmark.excess_return, isSigned: true, note: benchmark.name },
    { name: "xirr", figure: flows.xirr, isSigned: true },
    { name: "time_weighted_return", figure: flows.time_weighted_return, isSigned: true },
    { name: "sharpe", figure: series.sharpe },
    { name: "hit_rate_by_count", figure: report.hit_rate_by_count },
  ];
  const rows = (report.holdings ?? []).filter((holding) => typeof holding.hold_pl === "number")
    .toSorted((a, b) => b.hold_pl - a.hold_pl)
    .map((holding) => ({ label: holding.name, value: holding.hold_pl, text: money(holding.hold_pl, report.currency,
        withSign) }));
  return card("performance", say("performance"), ...tiles(entries),
    rows.length > 0 && element("div", { class: "part" }, element("h3", {}, say("profitByHolding")), divergingBars(
      rows)),
    remarks(report.warnings ?? []));
}

function recommendationsCard(report, currency) {
  const { recommendations = [], checks = [], notice } = report;
  const count = (outcome) => checks.filter((check) => check.outcome === outcome).length;
  return card("recommendations", say("recommendations"),
    recommendations.length ?
    element("ol", { class: "options" }, recommendations.map((one) => option(one, currency))) :
    element("p", { class: "quiet" }, say("noRecommendations")),
    element("p", { class: "quiet" }, say("checks", checks.length, count("raised"), count("not_computable"))),
    notice && element("p", { class: "quiet notice-text" }, inLanguage(notice)));
}

function option({ title, severity, trades = [], caveats = [] }, currency) {
  return element("li", { class: `option severity-${Number(severity) || 0}` },
    outsideText(inLanguage(title), "p", { class: "option-title" }),
    trades.length > 0 && element("ul", { class: "trades" }, trades.map((trade) => element("li", {},
      element("span", { class: `move ${trade.amount < 0 ? "less" : "more"}` }, say(trade.amount < 0 ? "sell" :
        "buy")),
      outsideText(trade.name, "span", { class: "trade-name" }),
      element("span", { class: "number" }, money(Math.abs(trade.amount), currency, { maximumFractionDigits: 0,
        minimumFractionDigits: 0 })),
      element("span", { class: "quiet number" },
        `${figureText(trade.weight_before)} → ${figureText(trade.weight_after)}`)))),
    caveats.length > 0 && element("p", { class: "quiet" }, caveats.map(inLanguage).join(isSentence(caveats) ? " " :
      " · ")));
}

const isSentence = (texts) => texts.every((text) => /[.。]$/.test(inLanguage(text)));
