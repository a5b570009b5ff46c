// Writes ../golden.json: what Intl of this Node prints, which the printers are compared with.
//
//   node golden.js
//
// Numbers are passed as strings, which are formatted exactly; a percentage is passed as its hundredth. The distance from
// UTC is that of Intl with "UTC" for "GMT" and the typographic minus, in every language. Dates are the parts put together,
// because V8 writes a plain space for U+202F when it formats them as a whole.
const fs = require("fs");
const path = require("path");
const { languages, ranges, tag, day, month, minute, utc } = require("./intl.js");

const whole = (format, t) => format.formatToParts(t).map((p) => p.value).join("");
const iso = (t) => t.toISOString().slice(0, 10);
const dates = [utc(1, 1, 1), utc(999, 12, 31), utc(2026, 1, 1), utc(2026, 2, 28), utc(2024, 2, 29), utc(2026, 3, 31), utc(2026, 4, 9),
  utc(2026, 5, 10), utc(2026, 6, 11), utc(2026, 7, 20), utc(2026, 8, 21), utc(2026, 9, 22), utc(2026, 10, 1), utc(2026, 11, 30),
  utc(2026, 12, 31), utc(9999, 12, 31)];
const periods = [[utc(2026, 10, 1), utc(2026, 10, 31)], [utc(2026, 2, 1), utc(2026, 2, 28)], [utc(2026, 10, 5), utc(2026, 11, 4)],
  [utc(2026, 12, 5), utc(2027, 1, 4)], [utc(2026, 1, 1), utc(2026, 12, 31)], [utc(2026, 3, 15), utc(2026, 3, 15)],
  [utc(2026, 8, 31), utc(2026, 9, 1)], [utc(2024, 2, 29), utc(2025, 2, 28)]];
const instants = [["2026-10-01T04:05:00Z", "UTC"], ["2026-10-01T12:00:59Z", "UTC"], ["2026-07-01T22:30:00Z", "Europe/Berlin"],
  ["2026-12-31T23:59:59Z", "Europe/Berlin"], ["2026-01-15T04:05:00Z", "America/New_York"], ["2026-03-01T18:31:00Z", "Asia/Kolkata"],
  ["2026-06-10T03:00:00Z", "America/St_Johns"], ["2026-10-20T13:00:00Z", "Australia/Sydney"], ["2026-05-05T00:00:00Z", "UTC"]];
const numbers = ["0", "7", "-7", "12", "999", "1000", "1234", "-1234.5", "9999.25", "10000", "12345.678", "999999", "1000000",
  "-1234567.891", "0.5", "0.000000001", "-0.05", "123456789012345678901234567890.123456789"];
const percents = ["0", "80", "12.5", "100", "-3.25", "1234.5", "10000", "0.001"];
const counts = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "20", "21", "22", "25", "71", "99",
  "100", "101", "102", "103", "111", "112", "121", "122", "199", "1000", "1001", "1002", "10000", "100000", "999999", "1000000",
  "1000001", "2000000", "11000000", "1000000000", "0.5", "1.5", "2.5", "0.1", "1.1", "10.1", "1000000.5", "-1", "-2", "-1.5"];

// distance asks in English: "GMT-3:30" becomes "UTC−3:30".
function distance(instant, timeZone) {
  const format = new Intl.DateTimeFormat("en", { hour: "numeric", timeZone, timeZoneName: "shortOffset" });
  const name = format.formatToParts(instant).find((p) => p.type === "timeZoneName").value;
  return name.replace("GMT", "UTC").replace("-", "\u2212").replace(/\+0$/, "");
}

const kinds = {};
for (const language of languages) {
  const row = (kind, cells) => ((kinds[kind] ??= {})[language] = cells);
  row("date", dates.map((d) => [iso(d), whole(day(language), d)]));
  row("month", dates.map((d) => [iso(d).slice(0, 7), whole(month(language), d)]));
  if (ranges.includes(language)) {
    row("period", periods.map(([from, to]) => [iso(from), iso(to), day(language).formatRange(from, to)]));
  }
  row("time", instants.map(([t, zone]) =>
    [t, zone, whole(minute(language, zone), new Date(t)) + " " + distance(new Date(t), zone)]));
  const plain = new Intl.NumberFormat(tag(language), { maximumFractionDigits: 20 });
  row("number", numbers.map((n) => [n, plain.format(n)]));
  const percent = new Intl.NumberFormat(tag(language), { style: "percent", maximumFractionDigits: 20 });
  row("percent", percents.map((n) => [n, percent.format(`${n}e-2`)]));
  const rule = new Intl.PluralRules(language, { maximumFractionDigits: 20 });
  row("plural", counts.map((n) => [n, rule.select(Number(n))]));
}
const { node, icu, cldr } = process.versions;
const lines = Object.entries(kinds).map(([kind, of]) =>
  `"${kind}": {\n${Object.entries(of).map(([language, cells]) => `"${language}": ${JSON.stringify(cells)}`).join(",\n")}\n}`);
fs.writeFileSync(path.join(__dirname, "../golden.json"),
  `{\n"source": ${JSON.stringify({ node, icu, cldr })},\n${lines.join(",\n")}\n}\n`);
