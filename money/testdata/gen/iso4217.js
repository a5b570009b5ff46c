// Writes ../iso4217.json from the XML of ISO 4217 list one that the npm package currency-codes carries,
// with the amendments since then. TestISO4217 compares the table of the package with it.
//
//   npm install && node iso4217.js
const fs = require("fs");
const path = require("path");

const xml = fs.readFileSync(require.resolve("currency-codes/iso-4217-list-one.xml"), "utf8");
const digits = {}, without = new Set();
for (const entry of xml.split("<CcyNtry>").slice(1)) {
  const code = /<Ccy>([A-Z]{3})<\/Ccy>/.exec(entry)?.[1];
  const units = /<CcyMnrUnts>([^<]+)<\/CcyMnrUnts>/.exec(entry)?.[1];
  if (!code) continue;
  if (/^\d$/.test(units)) digits[code] = Number(units);
  else without.add(code);
}
const sorted = Object.fromEntries(Object.entries(digits).sort(([a], [b]) => (a < b ? -1 : 1)));
fs.writeFileSync(path.join(__dirname, "../iso4217.json"), JSON.stringify({
  source: "ISO 4217 list one, as carried by the npm package currency-codes 2.2.0",
  published: /Pblshd="([\d-]+)"/.exec(xml)[1],
  digits: sorted,
  without_minor_unit: [...without].sort(),
  amended_source: "datasets/currency-codes data/codes-all.csv at commit ab9b0ae88e8bffd4ac1c468ce9c784738d3376ba",
  added_since: { XAD: 2, XCG: 2 },
  withdrawn_since: { ANG: "2025-03", BGN: "2026-01", CUC: "2021-06" },
}, null, 1) + "\n");
