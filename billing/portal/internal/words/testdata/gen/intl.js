// What formats.js and golden.js ask of Intl: the same forms, in the Gregorian calendar and with Latin digits, as on the
// invoices.
const languages = ["ar", "cs", "da", "de", "en", "es", "fi", "fr", "he", "it", "ja", "ko", "nb", "nl", "pl", "pt", "ru", "sv",
  "tr", "uk", "zh"];
const ranges = ["de", "en", "fr"]; // in the others a stretch of days is two dates

const tag = (language) => `${language}-u-ca-gregory-nu-latn`;
const day = (language, timeZone = "UTC") =>
  new Intl.DateTimeFormat(tag(language), { year: "numeric", month: "short", day: "numeric", timeZone });
const month = (language) => new Intl.DateTimeFormat(tag(language), { year: "numeric", month: "long", timeZone: "UTC" });

// minute has the hour with or without a zero before it, as the short time of the language has it.
function minute(language, timeZone = "UTC") {
  const short = new Intl.DateTimeFormat(tag(language), { timeStyle: "short", timeZone: "UTC" });
  const hour = short.formatToParts(utc(2026, 10, 5, 4)).find((p) => p.type === "hour").value.length === 2 ? "2-digit" : "numeric";
  return new Intl.DateTimeFormat(tag(language),
    { year: "numeric", month: "short", day: "numeric", hour, minute: "2-digit", timeZone });
}

function utc(year, month, day, hour = 0, minute = 0) {
  const t = new Date(Date.UTC(2000, month - 1, day, hour, minute));
  t.setUTCFullYear(year, month - 1, day); // Date.UTC takes the years 0 to 99 for 1900 to 1999
  return t;
}

module.exports = { languages, ranges, tag, day, month, minute, utc };
