// Writes ../display.json: what Intl.NumberFormat of this Node prints, as the second implementation that
// Amount.Display is compared with.
//
//   node display_golden.js
//
// The number of decimals is passed explicitly, because the table of ICU (CLDR) is not the one of
// ISO 4217: it gives COP, HUF and IDR, for instance, no decimals. Numbers are passed as strings, which
// are formatted exactly. The file records every currency whose digits ICU would have chosen otherwise.
const fs = require("fs");
const path = require("path");

const locales = ["en", "de", "fr", "es", "ja", "pt-BR"];
const currencies = ["USD", "EUR", "GBP", "JPY", "CHF", "KWD", "BRL", "CNY", "XOF", "XCG", "HUF", "CLF", "SEK", "AUD"];
const values = ["0", "0.5", "-1", "12.5", "999.99", "1234.5", "-1234.56", "9999", "10000", "-12345.678",
  "1234567.8", "0.0035", "-0.000000000000000001", "1234567890123456.78", "-98765432109876543210987654321.5"];

const table = fs.readFileSync(path.join(__dirname, "../../table.go"), "utf8");
const digits = new Map([...table.matchAll(/\{"([A-Z]{3})", (\d)\}/g)].map((m) => [m[1], Number(m[2])]));

const rows = [];
for (const locale of locales) {
  for (const currency of currencies) {
    for (const value of values) {
      const decimals = Math.max(digits.get(currency), (value.split(".")[1] ?? "").length);
      const format = new Intl.NumberFormat(locale, {
        style: "currency", currency, minimumFractionDigits: decimals, maximumFractionDigits: decimals,
      });
      rows.push([locale, currency, value, format.format(value)]);
    }
  }
}
const differing = [...digits].filter(([currency, d]) => d !==
  new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits);
const head = { node: process.versions.node, icu: process.versions.icu, cldr: process.versions.cldr,
  digits_differ_from_iso: differing.map(([currency]) => currency) };
fs.writeFileSync(path.join(__dirname, "../display.json"),
  `{\n"source": ${JSON.stringify(head)},\n"columns": ["locale", "currency", "value", "display"],\n"rows": [\n` +
  rows.map((r) => JSON.stringify(r)).join(",\n") + "\n]\n}\n");
