// What all browser tests share: the demo as a process, a browser, pages that remember every complaint.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// How long a step may take before the test fails, in milliseconds. Generous, because the machine may be busy.
const patience = 30_000;

// startDemo builds examples/portal and starts it on a free port. A demo that does not build or start is a failure.
export async function startDemo() {
  const folder = mkdtempSync(path.join(tmpdir(), 'billhatch-browser-'));
  const binary = path.join(folder, 'portal');
  execFileSync('go', ['build', '-o', binary, './examples/portal'], { cwd: root, stdio: 'inherit' });
  const demo = spawn(binary, ['-addr', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => demo.once('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    let seen = '';
    demo.stdout.on('data', (chunk) => {
      seen += chunk;
      const found = seen.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    });
    ended.then((code) => reject(new Error(`the demo ended with ${code}: ${seen}`)));
  });
  const stop = async () => {
    demo.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true });
  };
  return { url, stop };
}

// What Chromium is started with: the one of the system; BILLHATCH_CHROMIUM names another one.
export const chromiumOptions = {
  executablePath: process.env.BILLHATCH_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
};

export const startBrowser = () => chromium.launch(chromiumOptions);

// What all contexts have in common.
export const contextOptions = (base) => ({ baseURL: base, locale: 'en-US', timezoneId: 'America/Chicago', reducedMotion: 'reduce' });

// open gives a page of its own, with cookies of its own, and its complaints.
export async function open(browser, base, options = {}) {
  const context = await browser.newContext({ ...contextOptions(base), ...options });
  context.setDefaultTimeout(patience);
  const complaints = listen(context, base);
  return { context, page: await context.newPage(), complaints, close: () => context.close() };
}

// listen collects what must not happen in any page of a context: errors of the console, which a violated content security
// policy is, too; exceptions; and requests to other origins.
export function listen(context, base) {
  const complaints = [];
  context.on('console', (message) => {
    // The browser itself reports pages that answer 404 or 503 on purpose. That is no complaint of the page.
    const expected = /^Failed to load resource: the server responded with a status of/.test(message.text());
    if (message.type() === 'error' && !expected) complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== base) complaints.push(`a request to ${origin}`);
  });
  return complaints;
}

// findings runs axe in the page, shadow trees included, and gives what it objects to, of any impact; rules names some, where
// others cannot say anything new. It is evaluated from outside, so that the page keeps its content security policy.
export async function findings(page, rules = undefined) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
  const violations = await page.evaluate(async (rules) => {
    const results = await window.axe.run({ resultTypes: ['violations'], ...(rules && { runOnly: rules }) });
    return results.violations;
  }, rules);
  return violations.map(
    ({ impact, id, help, nodes }) => `${impact}: ${id}: ${help}: ${nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')}`,
  );
}

// overflow tells by how many pixels a page is wider than its window.
export const overflow = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// download does what starts a download, and gives the name and the content of the file.
export async function download(page, start) {
  const begun = page.waitForEvent('download');
  await start();
  const file = await begun;
  assert.equal(await file.failure(), null);
  return { name: file.suggestedFilename(), body: readFileSync(await file.path()) };
}
