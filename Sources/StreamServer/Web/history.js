// Value and drawdown over time. Reports carry no daily series, so the page values today's units with the price
// history that the user sent, as the reports do (`constant_units`), and shows it only where its deepest fall equals
// the reported one. Otherwise the line is made from the report's monthly returns.

import { lineChart, lineLegend } from "./charts.js";
import { element } from "./elements.js";
import { card, hasValue } from "./figures.js";
import { percent, say } from "./language.js";

/** The greatest difference between a drawdown of ours and the reported one. */
const tolerance = 1e-6;
/** Points of a line; more cannot be seen. */
const maximumPoints = 1500;

/** Makes the card once both reports are there; nil where nothing is known over time. */
export async function historyCard(client, conversion, risk, performance) {
  const daily = await dailySeries(client, conversion, risk).catch(() => undefined);
  const series = daily ?? monthlySeries(performance);
  if (!series || series.values.length < 2) return null;
  const lines = [
    { class: "portfolio-line", label: say("portfolioLine"), values: series.values },
    ...(series.benchmark ? [{ class: "benchmark-line", label: say("benchmarkLine"), values: series.benchmark }] : []),
  ];
  const format = (value) => percent(value - 1, { signDisplay: "exceptZero" });
  const falls = [{ class: "drawdown-line", label: say("drawdown"), values: drawdowns(series.values) }];
  return card("history", say("history"),
    lineLegend(lines, series.days),
    lineChart({ days: series.days, lines, height: 180, format,
      title: `${say("history")}: ${format(series.values.at(-1))}` }),
    element("h3", {}, say("drawdown")),
    lineChart({
      days: series.days,
      lines: falls,
      height: 84,
      format: (value) => percent(value),
      isArea: true,
      title: `${say("drawdown")}: ${percent(Math.min(...falls[0].values))}`,
    }),
    element("p", { class: "quiet" }, say(daily ? "dailyBasis" : "monthlyBasis")));
}

/** How far each value is below the highest one before it. */
function drawdowns(values) {
  let peak = -Infinity;
  return values.map((value) => {
    peak = Math.max(peak, value);
    return value / peak - 1;
  });
}

function monthlySeries(performance) {
  const months = performance?.series?.months ?? [];
  if (!months.length || !months.every((month) => hasValue(month.value))) return undefined;
  const values = [1];
  for (const month of months) values.push(values.at(-1) * (1 + month.value.value));
  return { days: [months[0].value.from ?? months[0].period, ...months.map((month) => month.value.to ?? month.period)],
    values };
}

async function dailySeries(client, conversion, risk) {
  const read = async (kind) => {
    const name = conversion.inputs?.find((input) => input.recognised_as === kind)?.name;
    const source = conversion.sources?.find((source) => source.name === name && source.sha256);
    return source && parseTable(await (await client.attachment(source.sha256)).text());
  };
  const prices = await read("nav_history");
  if (!prices) return undefined;
  const holdings = conversion.portfolio.holdings;
  const columns = holdings.map((holding) => ({ units: holding.units, values: prices.columns.get(holding.code) }));
  if (!columns.every((column) => column.units > 0 && column.values?.every(Number.isFinite))) return undefined;
  const total = prices.days.map((_, day) => columns.reduce((sum, column) => sum + column.units * column.values[day],
    0));
  if (!agrees(total, risk?.series?.max_drawdown)) return undefined;
  const series = { days: prices.days, values: total.map((value) => value / total[0]) };
  const benchmark = await read("benchmark").catch(() => undefined);
  const levels = benchmark && [...benchmark.columns.values()][0];
  if (levels && String(benchmark.days) === String(prices.days) && agrees(levels, risk.benchmark
      ?.benchmark_max_drawdown)) {
    series.benchmark = levels.map((value) => value / levels[0]);
  }
  return thin(series);
}

const agrees = (values, figure) =>
  hasValue(figure) && Math.abs(Math.min(...drawdowns(values)) - figure.value) < tolerance;

/** A plain table: days in the first column, a column of numbers for each name. */
function parseTable(text) {
  const [head, ...lines] = text.replace(/^\uFEFF/, "").trim().split(/\r?\n/).map((line) => line.split(","));
  const rows = lines.filter((cells) => /^\d{4}-\d{2}-\d{2}$/.test(cells[0])).sort((a, b) => (a[0] < b[0] ? -1 : 1));
  const columns = new Map(head.slice(1).map((name, index) => [name.trim(), rows.map((cells) => parseFloat(cells[index +
    1]))]));
  return { days: rows.map((cells) => cells[0]), columns };
}

function thin(series) {
  const step = Math.ceil(series.days.length / maximumPoints);
  if (step === 1) return series;
  const keep = (_, index) => index % step === 0 || index === series.days.length - 1;
  return Object.fromEntries(Object.entries(series).map(([key, list]) => [key, list.filter(keep)]));
}
