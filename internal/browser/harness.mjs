// What all browser tests share: the demo as a process, a browser, pages that remember every complaint.
import { spawn, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.resolve(here, '../..');
export const shots = path.join(root, 'out', 'screenshots');
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// startDemo builds examples/portal and starts it on a free port. A demo that does not start is a failure.
export async function startDemo() {
  const binary = path.join(root, 'out', 'portal-demo');
  mkdirSync(path.dirname(binary), { recursive: true });
  execFileSync('go', ['build', '-o', binary, './examples/portal'], { cwd: root, stdio: 'inherit' });
  const demo = spawn(binary, ['-addr', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    let seen = '';
    demo.stdout.on('data', (chunk) => {
      seen += chunk;
      const found = seen.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    });
    demo.on('exit', (code) => reject(new Error(`the demo ended with ${code}: ${seen}`)));
  });
  return { url, stop: () => new Promise((done) => { demo.on('exit', done); demo.kill('SIGINT'); }) };
}

// startBrowser starts the Chromium of the system; BILLHATCH_CHROMIUM names another one.
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.BILLHATCH_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

// open gives a page of its own, with cookies of its own. complaints collects errors of the console, exceptions and
// requests to other origins.
export async function open(browser, base, options = {}) {
  const context = await browser.newContext({ baseURL: base, locale: 'en-US', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    // A page that answers 404 or 503 on purpose is reported by the browser itself; that is no complaint of the page.
    if (message.type() === 'error' && !/Failed to load resource: the server responded with a status of/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== base) complaints.push(`a request to ${url.origin}`);
  });
  return { context, page, complaints, close: () => context.close() };
}

// seriousFindings runs axe in the page, shadow trees included, and gives what is serious or critical. It is evaluated
// from outside, so that the page keeps its content security policy.
export async function seriousFindings(page) {
  await page.evaluate(axeSource);
  const results = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return results.violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')}`);
}

// overflow tells by how many pixels a page is wider than its window.
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
