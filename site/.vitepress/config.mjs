import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { pictureOf } from '../diagrams.mjs';

const page = (text, link) => ({ text, link });

/** Code without colours, which would be styles in the markup: the service allows none (docs/security.md). */
const highlight = (code) => `<pre v-pre><code>${code.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</code></pre>`;

/** A diagram as the picture of it that lies in site/public/pictures: a page of the service draws none itself. */
function diagrams(md) {
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (...args) => {
    const [tokens, index] = args;
    const { info, content } = tokens[index];
    if (info !== 'mermaid') return fence(...args);
    const name = pictureOf(content);
    if (!existsSync(new URL(`../public/pictures/${name}`, import.meta.url)))
      throw new Error(`A diagram has no picture, or another one: npm run pictures in site draws it (${name}).`);
    return `<p><img class="diagram" src="/pictures/${name}" alt="" /></p>`;
  };
}

/** The documents write {{…}} for templates of tasks, which Vue would take for its own. */
function braces(md) {
  const render = md.renderer.render;
  md.renderer.render = (...args) => render.apply(md.renderer, args).replaceAll('{{', '&#123;&#123;');
}

/** What is not among the documents lies in the repository, which a page of the service cannot lead to: its name stays. */
function withinTheDocuments(md) {
  md.core.ruler.push('within-the-documents', ({ tokens }) => {
    for (const { children } of tokens) {
      let isOutside = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') isOutside = /^\.\.\//.test(token.attrGet('href') ?? '');
        if (isOutside && token.type.startsWith('link_'))
          Object.assign(token, { type: token.type.replace('link', 'em'), tag: 'em', attrs: null });
      }
    }
  });
}

/** Columns of numbers by a class: a style in the markup would not count. */
function alignment(md) {
  for (const cell of ['th_open', 'td_open'])
    md.renderer.rules[cell] = (tokens, index, options, _, self) => {
      const token = tokens[index];
      if (token.attrGet('style') === 'text-align:right') token.attrJoin('class', 'right');
      token.attrs = (token.attrs ?? []).filter(([name]) => name !== 'style');
      return self.renderToken(tokens, index, options);
    };
}

/** The documents lie beside the site, whose packages they need. */
const packagesOfTheSite = {
  name: 'packages-of-the-site',
  enforce: 'pre',
  resolveId(source) {
    return /^vue(\/|$)/.test(source) ? this.resolve(source, fileURLToPath(import.meta.url), { skipSelf: true }) : null;
  },
};

/** Pages hold neither scripts nor styles themselves: the service allows none (`serve-guide.ts`). */
const transformHtml = (html) =>
  html.replaceAll(/<script id="check-[^>]*>[^<]*<\/script>/g, '').replaceAll(/ style="[^"]*"/g, '');

export default defineConfig({
  title: 'Scheduled Task Runner',
  description: 'A multi-tenant task scheduler: every occurrence accounted for, started once, on time.',
  lang: 'en',
  base: '/guide/',
  srcDir: '../docs',
  outDir: '../dist/guide',
  cleanUrls: true,
  // Its way to hold transitions up is a style in the page.
  appearance: { disableTransition: false },
  metaChunk: true,
  transformHtml,
  head: [['script', { src: '/guide/first.js' }]],
  vite: { plugins: [packagesOfTheSite], publicDir: fileURLToPath(new URL('../public', import.meta.url)) },
  ignoreDeadLinks: [/localhost/],
  markdown: {
    highlight,
    config: (md) => [diagrams, withinTheDocuments, braces, alignment].forEach((extend) => extend(md)),
  },
  themeConfig: {
    logoLink: '/guide/start',
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [page('Start', '/start'), page('How to', '/how-to'), page('Operations', '/operations')],
    sidebar: [
      {
        text: 'Begin',
        items: [
          page('Start in five minutes', '/start'),
          page('Concepts and glossary', '/concepts'),
          page('How to …', '/how-to'),
          page('Beside others', '/comparison'),
        ],
      },
      {
        text: 'Use',
        items: [
          page('Scheduling rules', '/scheduling'),
          page('The action http', '/http-action'),
          page('Test flows', '/test-flow'),
          page('Events in', '/events'),
          page('What leaves', '/integrations'),
          page('Why it (not) ran', '/explain'),
          page('In a Nest application', '/module'),
          page('Testing', '/testing'),
          page('Coming from elsewhere', '/importing'),
        ],
      },
      {
        text: 'Reach',
        items: [
          page('The dashboard', '/dashboard'),
          page('The command line', '/cli'),
          page('The HTTP of the API', '/http'),
          page('Getting in', '/authentication'),
        ],
      },
      {
        text: 'Operate',
        items: [
          page('Configuration', '/configuration'),
          page('Operations', '/operations'),
          page('MongoDB', '/mongodb'),
          page('Metrics', '/metrics'),
          page('Scaling', '/scaling'),
          page('Fleets', '/fleets'),
          page('Security', '/security'),
          page('Architecture', '/architecture'),
        ],
      },
    ],
  },
});
