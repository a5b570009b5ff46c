// Lints the OpenAPI document that is named on the command line, by the rules in redocly.yaml. It is what `redocly lint`
// does, without the 230 packages that the command brings along.
import { fileURLToPath } from 'node:url';
import core from '@redocly/openapi-core';

const [ref] = process.argv.slice(2);
if (!ref) {
  console.error('usage: node lint.js DOCUMENT');
  process.exit(2);
}
const config = await core.loadConfig({ configPath: fileURLToPath(new URL('redocly.yaml', import.meta.url)) });
const problems = await core.lint({ ref, config });
if (problems.length > 0) {
  core.formatProblems(problems, { totals: core.getTotals(problems), version: '' });
  process.exit(1);
}
