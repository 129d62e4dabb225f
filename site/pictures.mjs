// Draws the Mermaid diagrams of the documents into site/public/pictures, which are part of the repository: a page of the service draws
// none itself. Needs `npm ci` in site and in dashboard, and a chromium (CHROMIUM).
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { pictureOf } from './diagrams.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const { chromium } = createRequire(at('../dashboard/package.json'))('playwright-core');
const program = readFileSync(at('node_modules/mermaid/dist/mermaid.min.js'), 'utf8');
const texts = readdirSync(at('../docs'), { recursive: true })
  .filter((name) => name.endsWith('.md'))
  .map((name) => readFileSync(at(`../docs/${name}`), 'utf8'));
const diagrams = texts.flatMap((text) => [...text.matchAll(/```mermaid\n(.*?)```/gs)].map(([, diagram]) => diagram));

rmSync(at('public/pictures'), { recursive: true, force: true });
mkdirSync(at('public/pictures'));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage();
await page.setContent('<div id="place"></div>');
await page.addScriptTag({ content: program });
for (const diagram of diagrams) {
  const svg = await page.evaluate(async (text) => {
    const config = { startOnLoad: false, theme: 'neutral', htmlLabels: false, flowchart: { htmlLabels: false } };
    globalThis.mermaid.initialize({ ...config, fontFamily: 'system-ui, sans-serif', deterministicIds: true });
    const drawn = await globalThis.mermaid.render('diagram', text);
    const place = document.querySelector('#place');
    place.innerHTML = drawn.svg;
    const { width, height } = place.firstElementChild.viewBox.baseVal;
    place.firstElementChild.setAttribute('width', Math.ceil(width));
    place.firstElementChild.setAttribute('height', Math.ceil(height));
    return new XMLSerializer().serializeToString(place.firstElementChild);
  }, diagram);
  writeFileSync(at(`public/pictures/${pictureOf(diagram)}`), `${svg}\n`);
}
await browser.close();
